// Reachability behind a NAT, from the mapping table alone: closed forms of keepalive and timeout.

#include "analysis/models.h"
#include "model/nat/keepalive.h"
#include "model/nat/nat_table.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

using namespace sipsim;
using namespace sipsim::nat;
using namespace std::chrono_literals;

namespace
{

constexpr Endpoint kServer{sip::Host{0xC633'6401}, 5060};
constexpr Endpoint kDevice{sip::Host{0xC0A8'0102}, 5060};
constexpr sip::Host kOuter{0xCB00'7101};
constexpr std::uint32_t kDevices = 2000;
constexpr std::uint32_t kCalls = 25; // per device

struct Shares
{
    double reached = 0;
    double expired = 0;
    double wrong_port = 0;
};

// Devices that send a REGISTER every `refresh` and a keepalive every `keepalive`, each with phases of its
// own; calls from the server go to where it saw the last REGISTER come from.
Shares
reachability(const NatOptions& options, SimDuration keepalive, SimDuration refresh = 3600s)
{
    NatTable table(options, 1, 0, kDevices, kDevices);
    Shares shares;
    for (std::uint32_t device = 0; device < kDevices; ++device)
    {
        const DrawKey key{.seed = 2, .device = device};
        const KeepaliveSchedule schedule(
            {.kind = KeepaliveOptions::Kind::kBlank, .interval = keepalive},
            key,
            0,
            SimTime{});
        const SimTime phase = SimTime{draw_between(key, Purpose::kStart, 0, 0s, refresh)};
        std::vector<SimTime> calls;
        for (std::uint32_t call = 0; call < kCalls; ++call)
        {
            // After a whole period, so that every device has registered; over an hour, which is whole
            // periods.
            calls.push_back(phase + refresh + draw_between(key, Purpose::kCall, call, 0s, 3600s));
        }
        std::sort(calls.begin(), calls.end());
        SimTime told{};
        const auto keep = [&](SimTime now) {
            if (const auto last = schedule.last(now); last && *last >= told)
            {
                table.outbound_every(schedule.next(told), keepalive, now, device, kDevice, kServer);
            }
            told = now + 1ns;
        };
        Endpoint contact{kOuter, 0};
        SimTime next_register = phase;
        for (const SimTime call : calls)
        {
            for (; next_register <= call; next_register += refresh)
            {
                keep(next_register);
                contact.port =
                    table.outbound(next_register, device, kDevice, kServer).endpoint.port;
            }
            keep(call);
            const Barrier barrier = table.explain(call, device, contact, kServer, kDevice);
            shares.reached += barrier == Barrier::kNone ? 1 : 0;
            shares.expired += barrier == Barrier::kExpired ? 1 : 0;
            shares.wrong_port += barrier == Barrier::kWrongPort ? 1 : 0;
        }
    }
    constexpr double kAll = double{kDevices} * kCalls;
    return {shares.reached / kAll, shares.expired / kAll, shares.wrong_port / kAll};
}

NatOptions
box(SimDuration timeout, PortAssignment ports)
{
    NatOptions options;
    options.timeout = timeout;
    options.ports = ports;
    return options;
}

// Share of time in which some mapping lives, k >= T: it is dead where nothing was sent within the last T. Of
// keepalives none was with probability 1 - T/k, of REGISTERs 1 - T/r, T < r, else 0; their phases are
// independent.
double
live_share(double timeout, double keepalive, double refresh)
{
    const double no_keepalive = 1 - timeout / keepalive;
    const double no_register = std::max(0.0, 1 - timeout / refresh);
    return 1 - no_keepalive * no_register;
}

// Share of time in which the mapping lives that the last REGISTER used, k >= T. The next keepalive comes u
// after it, u uniform on [0, k): where u < T the mapping lives u + T (the keepalive after that one comes too
// late, at u + k), else T, and at the next REGISTER, r later, whatever lives is right again. The mean of
// min(r, L) over r, u in small steps.
double
right_share(double timeout, double keepalive, double refresh)
{
    constexpr int kSteps = 200'000;
    double sum = 0;
    for (int step = 0; step < kSteps; ++step)
    {
        const double u = (step + 0.5) / kSteps * keepalive;
        sum += std::min(refresh, u < timeout ? u + timeout : timeout);
    }
    return sum / kSteps / refresh;
}

// Of 50 000 calls at independent instants: standard deviation at most sqrt(p (1 - p) / 50 000).
double
four_deviations(double p)
{
    return 4 * std::sqrt(p * (1 - p) / (double{kDevices} * kCalls));
}

} // namespace

TEST_CASE(
    "reachability behind a NAT that preserves ports is T/k for timeout T and keepalive k > T, "
    "and what the REGISTERs add")
{
    // T = 30 s, k = 50 s: 0.6, and of the other 0.4 the 30 s after one REGISTER per hour.
    const double expected = live_share(30, 50, 3600);
    CHECK(expected == doctest::Approx(0.6 + 0.4 * 30 / 3600));
    const Shares shares = reachability(box(30s, PortAssignment::kPreserve), 50s);
    CHECK(std::abs(shares.reached - expected) < four_deviations(expected));
    CHECK(shares.expired == doctest::Approx(1 - shares.reached));
    CHECK(shares.wrong_port == 0);
}

TEST_CASE("a keepalive shorter than the timeout makes every device reachable, whatever the ports")
{
    for (const PortAssignment ports :
         {PortAssignment::kPreserve, PortAssignment::kContiguous, PortAssignment::kRandom})
    {
        CHECK(reachability(box(30s, ports), 30s - 1ns).reached == 1);
        CHECK(reachability(box(30s, ports), 20s).reached == 1);
    }
    // At k = T it is dead at the very instant of the keepalive: nobody calls there, but ports change.
    CHECK(reachability(box(30s, PortAssignment::kPreserve), 30s).reached > 0.999);
    CHECK(reachability(box(30s, PortAssignment::kContiguous), 30s).reached < 0.05);
}

TEST_CASE(
    "where each new mapping takes a fresh port, the contact is dead from the mapping's death to "
    "the next REGISTER: about T/r")
{
    // After a REGISTER the next keepalive comes after u, uniform on [0, k). u < T: it refreshes, and the
    // mapping lives u + T; else it lives T. Mean T + T^2/(2k) = 30 + 9 = 39 s of each 3600 s. Whenever
    // another mapping lives by then, its port is the wrong one.
    const double expected = 39.0 / 3600;
    const double live = live_share(30, 50, 3600);
    const Shares shares = reachability(box(30s, PortAssignment::kContiguous), 50s);
    CHECK(std::abs(shares.reached - expected) < four_deviations(expected));
    CHECK(std::abs(shares.wrong_port - (live - expected)) < four_deviations(live));
    CHECK(std::abs(shares.expired - (1 - live)) < four_deviations(live));
    // Drawn ports hit the old one once in 64 512 mappings.
    const Shares drawn = reachability(box(30s, PortAssignment::kRandom), 50s);
    CHECK(std::abs(drawn.reached - expected) < four_deviations(expected) + 1e-4);
}

// T = 30 s. REGISTERs more often than keepalives; a next one that comes while the last one's mapping may
// live (r < 2T), or always does (r <= T).
TEST_CASE("with refreshes as frequent as one likes the shares are those of the closed forms")
{
    struct Case
    {
        SimDuration keepalive;
        SimDuration refresh;
    };

    for (const auto& [keepalive, refresh] :
         {Case{80s, 240s}, {40s, 45s}, {80s, 45s}, {80s, 50s}, {31s, 36s}, {400s, 60s}, {80s, 24s}})
    {
        const double k = to_seconds(keepalive);
        const double r = to_seconds(refresh);
        CAPTURE(k);
        CAPTURE(r);
        const double live = live_share(30, k, r);
        const double right = right_share(30, k, r);
        CHECK(analysis::reachability_behind_nat(30, k, true, r) == doctest::Approx(live));
        CHECK(analysis::reachability_behind_nat(30, k, false, r) ==
              doctest::Approx(right).epsilon(1e-5));
        const Shares kept = reachability(box(30s, PortAssignment::kPreserve), keepalive, refresh);
        CHECK(std::abs(kept.reached - live) <= four_deviations(live));
        const Shares fresh =
            reachability(box(30s, PortAssignment::kContiguous), keepalive, refresh);
        CHECK(std::abs(fresh.reached - right) <= four_deviations(right));
    }
    // r = 280 s, k = 80 s: 37.5 % by keepalives alone, and of the rest the 30 s after each REGISTER.
    CHECK(live_share(30, 80, 280) == doctest::Approx(0.375 + 0.625 * 30 / 280));
}

TEST_CASE("behind Linux a keepalive of 20 s always reaches, one of 40 s 30 s of each 40 s: no "
          "reply makes "
          "it a stream")
{
    const NatOptions linux_box = preset("linux").value();
    CHECK(reachability(linux_box, 20s).reached == 1);
    const double expected = live_share(30, 40, 3600);
    const Shares shares = reachability(linux_box, 40s);
    CHECK(std::abs(shares.reached - expected) < four_deviations(expected));
}
