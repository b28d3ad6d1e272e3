// Models : closed forms to hold simulations against. Of the registrar outage: steady register rate, who
//          it touches and what they send, how they come back, life of a stale binding; of a restart: how
//          its echo decays; of a NAT: how long keepalives keep devices reachable behind it.
// Drives : tests/oracle and notebooks; pure functions of their arguments, nothing but <cmath> behind.
// Keeps  : seconds and 1/s throughout; where an exact law and a textbook one exist, both are here and
//          named.
// Leaves : path delay, loss, queueing and the answer to the registrar's challenge after the outage
//          (each adds round trips, milliseconds against seconds).
#pragma once

#include <vector>

namespace sipsim::analysis
{

// REGISTER/s in equilibrium: each of N accounts refreshes once per period r, so N/r refreshes per
// second, each of `legs` requests (2 if the registrar challenges every time, 1 if never).
// refresh_period_s > 0.
[[nodiscard]] double steady_register_rate(double accounts, double refresh_period_s, double legs);

// When the copies of one unanswered request leave, counted from the first, and when it gives up.
struct ResendLaw
{
    std::vector<double> sent_at_s; // ascending, the first is 0
    double give_up_s;              // > the last of sent_at_s
};

// RFC 3261 §17.1.2.2 over UDP, nobody answering: Timer E starts at T1 and doubles up to T2, Timer F
// ends it at 64*T1. With T1 = 0.5 s, T2 = 4 s: 11 copies at 0, .5, 1.5, 3.5, 7.5, 11.5 ... 31.5 s, and
// failure at 32 s. t1_s > 0, t2_s > 0; a T2 below T1 caps what follows the first interval.
[[nodiscard]] ResendLaw rfc3261_resend_law(double t1_s = 0.5, double t2_s = 4.0);

// A registrar whose host is dead (nothing answers, no ICMP) for outage_s, seen by `accounts` equal
// accounts that refresh every refresh_period_s with phases uniform over it. An account whose refresh
// falls into the outage sends by `resend`, waits retry_wait_s, and begins again.
struct OutageLaw
{
    double accounts;
    double refresh_period_s; // > 0
    double outage_s;         // > 0
    double retry_wait_s;     // >= 0
    // How long a binding outlives the refresh that failed (the lead of the refresh before expiry).
    double refresh_lead_s = 0.0; // >= 0
    bool bindings_lost = false;  // the registrar comes back empty
    ResendLaw resend = rfc3261_resend_law();
};

// T_giveup + wait: the time from one attempt's first copy to the next one's.
[[nodiscard]] double retry_cycle_s(const OutageLaw& law);

// Accounts that begin to retry: those whose refresh falls into the outage. Phases are uniform over r,
// so the share is D/r, and 1 once D >= r: N min(1, D/r). Their refresh falls uniformly into the outage's
// first min(D, r) seconds, so at its end they have been retrying for a time uniform on
// [max(0, D - r), D].
[[nodiscard]] double accounts_in_retry(const OutageLaw& law);

// Accounts that the outage leaves without their old binding for some time or at once: N min(1, D/r)
// with bindings kept, all N with bindings lost (those not in retry notice at their next refresh).
[[nodiscard]] double affected_accounts(const OutageLaw& law);

// Requests per second that one account in retry offers, averaged over its cycle: copies / (T_giveup +
// wait), by the RFC 11 / (32 s + wait).
[[nodiscard]] double offered_rate_per_account(const OutageLaw& law);

// Expected requests arriving at the dead host during [0, D]. An account that began at u has sent, by D,
// its copies at instants tau (attempt k, copy i: tau = k * cycle + t_i) with tau <= D - u. Starts have
// density N/r on u in [0, min(D, r)], so the sum over tau of N/r * [(D - tau)+ - (D - r - tau)+].
// Exact; divide by D for the mean rate. (N min(1, D/r) * offered_rate_per_account is its limit for an
// account in mid-outage whose cycle is short against D.)
[[nodiscard]] double expected_requests_in_outage(const OutageLaw& law);

// Probability that an account in retry has sent a request within t_s after the outage's end (that
// request, reaching a registrar alive, ends its trouble). Exact: its retry time s at the end is uniform
// on [max(0, D - r), D], and it sends within t iff some tau lies in (s, s + t]; the measure of those s
// is a sum over the gaps between consecutive tau. t_s >= 0.
[[nodiscard]] double resend_within(const OutageLaw& law, double t_s);

// The same with the phase of the cycle uniform (D many cycles long): sum over the gaps g of one cycle
// of min(g, t) / cycle. Put shortly: within T2 = 4 s with probability 32 / (32 + wait), otherwise
// uniformly within the wait; exactly 31.5 and wait + 0.5, as the last copy leaves at 31.5 s.
[[nodiscard]] double resend_within_uniform_phase(const OutageLaw& law, double t_s);

// Expected first requests per second at the registrar within [t_s, t_s + width_s] after its return,
// from the accounts in retry only. Each is followed by an answer to the challenge if there is one.
[[nodiscard]] double return_rate(const OutageLaw& law, double t_s, double width_s);

// Expected share of accounts with a live binding t_s after the outage's end (t_s >= 0). With bindings
// kept, missing are those in retry whose first failure is at least refresh_lead_s old and who have not
// sent since the end. With bindings lost, missing are all in retry who have not sent since the end and
// all others whose next refresh (uniform over r - D) is still to come.
[[nodiscard]] double expected_share(const OutageLaw& law, double t_s);

// First t >= 0 at which expected_share reaches `share` (of 1 before), found on a grid of step_s by
// linear interpolation; negative if not within limit_s.
[[nodiscard]] double time_to_expected_share(const OutageLaw& law,
                                            double share,
                                            double limit_s,
                                            double step_s = 0.25);

// Mean remaining life of the binding a crash at a random moment leaves behind: its age has density
// P(R > u) / E[R] with R the refresh interval, so E - E[R^2] / (2 E[R]) for expiry E.
// Fixed R = r: E - r/2. For R uniform on [low, high]: E[R] = (low+high)/2,
// E[R^2] = (low^2 + low*high + high^2)/3. 0 < low <= high <= expiry.
[[nodiscard]] double mean_stale_life(double expiry_s, double refresh_low_s, double refresh_high_s);

// Order parameter of the refreshes k after all began together: |E exp(2 pi i S/T)|, S the time of k
// periods, each uniform over an interval around its mean T whose width is `spread` times T.
// A uniform distribution of width x (in T) has the characteristic function sinc(x) = sin(pi x)/(pi x) at
// frequency 1/T but for a phase. Drawn anew, the k periods are independent: |sinc(x)|^k. Kept by the
// device, S is k times the one draw, uniform over a width of k x: |sinc(k x)|.
// For a period uniform on [r(1-j), r]: T = r(1-j/2), x = j/(1-j/2). spread >= 0, k >= 0.
[[nodiscard]] double echo_order(double spread, bool kept, double k);

// Share of time in which a device behind a NAT of its own can be reached where its registrar saw its last
// REGISTER come from. The NAT forgets a mapping after timeout_s (T) without outbound traffic; the device
// sends a keepalive every keepalive_s (k) and a REGISTER every refresh_s (r), phases independent.
// k < T: no mapping dies, 1.
// k >= T, the port kept: whatever is sent brings the mapping back as it was, so it is dead where neither a
//   keepalive nor a REGISTER came within the last T: 1 - (1 - T/k)(1 - T/r) = T/k + (1 - T/k) T/r; T < r,
//   else 1.
// k >= T, a fresh port for each mapping: the port that the registrar saw is gone with its mapping. The next
//   keepalive comes u after the REGISTER, u uniform on [0, k): if u < T (probability T/k) it refreshes, and
//   the mapping lives u + T; if not, it lives T. Of each r the mean of that, r at most: with m = min(T, r),
//   a = r - T, but in [0, T], m + a (T - a/2)/k; T + T^2/(2k) where r >= 2T.
// Where refreshes are drawn anew, of mean r: if none is less than T (the port kept) or 2T (a fresh one).
// All > 0.
[[nodiscard]] double reachability_behind_nat(double timeout_s,
                                             double keepalive_s,
                                             bool keeps_port,
                                             double refresh_s);

// Keepalives/s at the server: each of N devices sends one per keepalive_s, N/k. keepalive_s > 0.
[[nodiscard]] double keepalive_rate(double devices, double keepalive_s);

} // namespace sipsim::analysis
