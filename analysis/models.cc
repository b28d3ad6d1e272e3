#include "analysis/models.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace sipsim::analysis
{
namespace
{

double
positive(double x)
{
    return std::max(0.0, x);
}

double
overlap(double a_low, double a_high, double b_low, double b_high)
{
    return positive(std::min(a_high, b_high) - std::max(a_low, b_low));
}

// Send instants of an account in retry, from its first failed request, up to and including the first
// one beyond `until_s`.
std::vector<double>
send_instants(const OutageLaw& law, double until_s)
{
    std::vector<double> out;
    for (double begin = 0.0;; begin += retry_cycle_s(law))
    {
        for (const double t : law.resend.sent_at_s)
        {
            out.push_back(begin + t);
            if (out.back() > until_s)
            {
                return out;
            }
        }
    }
}

// Measure of the retry times s in [low, high] after which no request leaves within (s, s + t].
double
silent_measure(const OutageLaw& law, double low, double high, double t_s)
{
    const auto sends = send_instants(law, high);
    double measure = 0.0;
    for (std::size_t j = 1; j < sends.size(); ++j)
    {
        measure += overlap(sends[j - 1], sends[j] - t_s, low, high);
    }
    return measure;
}

} // namespace

double
steady_register_rate(double accounts, double refresh_period_s, double legs)
{
    return accounts / refresh_period_s * legs;
}

ResendLaw
rfc3261_resend_law(double t1_s, double t2_s)
{
    ResendLaw law{.sent_at_s = {}, .give_up_s = 64.0 * t1_s};
    double interval = t1_s;
    for (double t = 0.0; t < law.give_up_s;
         t += interval, interval = std::min(2.0 * interval, t2_s))
    {
        law.sent_at_s.push_back(t);
    }
    return law;
}

double
retry_cycle_s(const OutageLaw& law)
{
    return law.resend.give_up_s + law.retry_wait_s;
}

double
accounts_in_retry(const OutageLaw& law)
{
    return law.accounts * std::min(1.0, law.outage_s / law.refresh_period_s);
}

double
affected_accounts(const OutageLaw& law)
{
    return law.bindings_lost ? law.accounts : accounts_in_retry(law);
}

double
offered_rate_per_account(const OutageLaw& law)
{
    return static_cast<double>(law.resend.sent_at_s.size()) / retry_cycle_s(law);
}

double
expected_requests_in_outage(const OutageLaw& law)
{
    double sum = 0.0;
    for (const double tau : send_instants(law, law.outage_s))
    {
        sum += positive(law.outage_s - tau) - positive(law.outage_s - law.refresh_period_s - tau);
    }
    return law.accounts / law.refresh_period_s * sum;
}

double
resend_within(const OutageLaw& law, double t_s)
{
    const double low = positive(law.outage_s - law.refresh_period_s);
    return 1.0 - silent_measure(law, low, law.outage_s, t_s) / (law.outage_s - low);
}

double
resend_within_uniform_phase(const OutageLaw& law, double t_s)
{
    const auto& sent = law.resend.sent_at_s;
    double sum = 0.0;
    for (std::size_t i = 0; i < sent.size(); ++i)
    {
        const double next = i + 1 < sent.size() ? sent[i + 1] : retry_cycle_s(law);
        sum += std::min(next - sent[i], t_s);
    }
    return sum / retry_cycle_s(law);
}

double
return_rate(const OutageLaw& law, double t_s, double width_s)
{
    return accounts_in_retry(law) * (resend_within(law, t_s + width_s) - resend_within(law, t_s)) /
           width_s;
}

double
expected_share(const OutageLaw& law, double t_s)
{
    const double r = law.refresh_period_s;
    double low = positive(law.outage_s - r);
    double missing = 0.0;
    if (law.bindings_lost)
    {
        missing = positive(r - law.outage_s - t_s) / r;
    }
    else
    {
        low = std::max(low, law.refresh_lead_s - t_s);
    }
    if (low < law.outage_s)
    {
        missing += silent_measure(law, low, law.outage_s, t_s) / r;
    }
    return 1.0 - missing;
}

double
time_to_expected_share(const OutageLaw& law, double share, double limit_s, double step_s)
{
    double before = expected_share(law, 0.0);
    if (before >= share)
    {
        return 0.0;
    }
    for (double t = step_s; t <= limit_s; t += step_s)
    {
        const double now = expected_share(law, t);
        if (now >= share)
        {
            return t - step_s * (now - share) / (now - before);
        }
        before = now;
    }
    return -1.0;
}

double
mean_stale_life(double expiry_s, double refresh_low_s, double refresh_high_s)
{
    const double mean = 0.5 * (refresh_low_s + refresh_high_s);
    const double square = (refresh_low_s * refresh_low_s + refresh_low_s * refresh_high_s +
                           refresh_high_s * refresh_high_s) /
                          3.0;
    return expiry_s - square / (2.0 * mean);
}

double
echo_order(double spread, bool kept, double k)
{
    const auto sinc = [](double x) {
        return x == 0.0 ? 1.0 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x);
    };
    return kept ? std::abs(sinc(k * spread)) : std::pow(std::abs(sinc(spread)), k);
}

double
reachability_behind_nat(double timeout_s, double keepalive_s, bool keeps_port, double refresh_s)
{
    if (keepalive_s < timeout_s)
    {
        return 1.0;
    }
    const double after_s = std::min(timeout_s, refresh_s); // each REGISTER
    if (keeps_port)
    {
        return 1.0 - (1.0 - timeout_s / keepalive_s) * (1.0 - after_s / refresh_s);
    }
    const double room_s = std::clamp(refresh_s - timeout_s, 0.0, timeout_s);
    return (after_s + room_s * (timeout_s - room_s / 2.0) / keepalive_s) / refresh_s;
}

double
keepalive_rate(double devices, double keepalive_s)
{
    return devices / keepalive_s;
}

} // namespace sipsim::analysis
