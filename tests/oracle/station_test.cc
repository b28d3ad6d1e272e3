// The service station against the closed forms of queueing theory (Kleinrock, Queueing Systems I).

#include "model/registrar/service_station.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <tuple>

using namespace sipsim;
using namespace std::chrono_literals;
using registrar::ServiceStation;
using registrar::StationOptions;

namespace
{

struct Measured
{
    double mean_wait_s = 0;
    double waiting_share = 0; // of requests that found all workers busy
    double lost_share = 0;
};

/// Poisson arrivals at `rate` per second, mean service 1 ms.
Measured
serve(const StationOptions& options, double rate, std::uint64_t arrivals, std::uint64_t seed)
{
    const DrawKey server{.seed = seed, .device = kServerDevice, .account = 0};
    const DrawKey source{.seed = seed, .device = kServerDevice + 1, .account = 0};
    ServiceStation station(options, server);
    const SimDuration gap{std::llround(1e9 / rate)};
    SimTime now{};
    double waits = 0;
    std::uint64_t waited = 0;
    std::uint64_t lost = 0;
    for (std::uint64_t n = 0; n < arrivals; ++n)
    {
        now += draw_exponential(source, Purpose::kCall, n, gap);
        const auto admission = station.offer(now, false);
        if (!admission)
        {
            ++lost;
            continue;
        }
        waits += to_seconds(admission->begins - now);
        waited += admission->begins > now ? 1 : 0;
    }
    const auto all = static_cast<double>(arrivals);
    return {.mean_wait_s = waits / all,
            .waiting_share = static_cast<double>(waited) / all,
            .lost_share = static_cast<double>(lost) / all};
}

StationOptions
station_of(std::uint32_t workers, StationOptions::Law law)
{
    return {.workers = workers, .law = law, .unauthenticated = 1ms, .authenticated = 1ms};
}

constexpr std::uint64_t kArrivals = 2'000'000;

} // namespace

TEST_CASE("M/M/1 at rho = 0.8: the mean wait is rho/(1 - rho) service times, 0.8 of all wait")
{
    const auto m = serve(station_of(1, StationOptions::Law::kExponential), 800, kArrivals, 1);
    // W = rho/(mu - lambda) = 0.8/200 s = 4 ms. The asymptotic variance of the mean wait over n
    // arrivals is about (2 + 5 rho - 4 rho^2 + rho^3) rho / (1 - rho)^4 / n in service times squared
    // (Daley 1968): 3.95 * 0.8 / 0.0016 / 2e6 = 1.0e-3, sd 0.031; four of them are 0.13 of 4.
    CHECK(std::abs(m.mean_wait_s - 4e-3) < 0.13e-3);
    // P(wait) = rho (PASTA).
    CHECK(std::abs(m.waiting_share - 0.8) < 0.005);
}

TEST_CASE("M/D/1 waits half as long as M/M/1 (Pollaczek-Khinchine)")
{
    // W = rho/(2 (1 - rho)) service times = 2 ms; its variance is below that of M/M/1.
    const auto m = serve(station_of(1, StationOptions::Law::kConstant), 800, kArrivals, 2);
    CHECK(std::abs(m.mean_wait_s - 2e-3) < 0.065e-3);
}

TEST_CASE("M/M/c waits as Erlang's C formula says")
{
    // c = 4, a = 3.2 (rho = 0.8): B by its recursion, C = B/(1 - rho (1 - B)).
    double b = 1;
    const double a = 3.2;
    for (int k = 1; k <= 4; ++k)
    {
        b = a * b / (k + a * b);
    }
    const double c = b / (1 - 0.8 * (1 - b));
    const auto m = serve(station_of(4, StationOptions::Law::kExponential), 3200, kArrivals, 3);
    // P(wait) = C; W = C/(c mu - lambda) = C/800 s. Waits are a quarter as long as those of one worker
    // and correlated over as many arrivals, hence a quarter of its tolerance.
    CHECK(std::abs(m.waiting_share - c) < 0.01);
    CHECK(std::abs(m.mean_wait_s - c / 800) < 0.035e-3);
}

TEST_CASE("M/M/1/K loses the share (1 - rho) rho^K / (1 - rho^(K+1)), also in overload")
{
    for (const double rho : {0.8, 1.0, 2.0})
    {
        auto options = station_of(1, StationOptions::Law::kExponential);
        options.queue = 4; // and one in service: K = 5
        const auto m = serve(options, 1000 * rho, kArrivals, 4);
        const double k = 5;
        const double lost =
            rho == 1.0 ? 1 / (k + 1) : (1 - rho) * std::pow(rho, k) / (1 - std::pow(rho, k + 1));
        // Binomial sd is below 4e-4; losses come in runs of a few.
        CHECK(std::abs(m.lost_share - lost) < 0.003);
    }
}

TEST_CASE("a station whose process dies forgets what waited")
{
    const auto options = station_of(1, StationOptions::Law::kConstant);
    ServiceStation station(options, {});
    for (int i = 0; i < 10; ++i)
    {
        std::ignore = station.offer(SimTime{}, true);
    }
    CHECK(station.waiting(SimTime{}) == 9);
    CHECK(station.waiting(SimTime{5ms}) == 4);
    station.clear();
    CHECK(station.waiting(SimTime{5ms}) == 0);
    CHECK(station.offer(SimTime{5ms}, true)->done == SimTime{6ms});
}
