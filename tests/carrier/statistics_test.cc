// Where user agents meet in a queue at the very same instant, nobody promises which comes first. Behind a
// link each of them is then at most a datagram's time away from where it was on the other carrier; where
// the queue is full another one is dropped, and the run takes another course. Over seeds both carriers
// must still say the same.
//
// Paired: runs of one seed share their random numbers, so each metric's difference within pairs is taken,
// over kSeeds seeds. Two questions, since not to see a difference is not to have none:
//  - a difference: Fisher's randomization test of each metric, Holm over the metrics, family level 1 %;
//  - equivalence: two one-sided t tests at 1 % each: the mean difference is below 1 % of the metric's
//    mean, or below 0.001 of its unit (1 ms, 0.1 % of a share) where that is more. All metrics must pass,
//    so no correction is due.
// Unpaired: other seeds on each carrier, one observation per run, two-sample Kolmogorov-Smirnov at 1 %.
// Seeds are fixed: a verdict is the same in every run. That the tests see a retry wait which is 5 %
// longer on one carrier is tested as well.

#include "analysis/hypothesis_tests.h"
#include "tests/carrier/both_carriers.h"
#include "tests/carrier/carrier_statistics.h"

#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

using namespace sipsim;
using namespace sipsim::carrier;
using registrar::StationOptions;
using world::FaultKind;

namespace
{

constexpr std::uint64_t kSeeds = 30;
constexpr double kLevel = 0.01;
constexpr double kMargin = 0.01;      // of the mean
constexpr double kLeastMargin = 1e-3; // of the metric's unit

/// All lose power and return at once, with new addresses: what registrars knew of them is worth nothing.
world::World
all_return(std::uint64_t seed, std::uint32_t devices = 100)
{
    world::World world = three_pops(devices, seed);
    world.duration = 1300s;
    world.warmup = 300s;
    world.faults.push_back(
        {.kind = FaultKind::kPowerCut, .at = SimTime{900s}, .length = 60s, .new_address = true});
    return world;
}

/// Every datagram takes 0.4 to 0.9 ms of the server's link: a crowd waits there.
world::World
narrow_links(std::uint64_t seed)
{
    world::World world = all_return(seed);
    give_rates(world, 10'000'000);
    world.registrars[0].access.bandwidth_bps = 8'000'000;
    return world;
}

/// Random loss, and a queue of which the last are dropped.
world::World
lossy_short_queue(std::uint64_t seed)
{
    world::World world = narrow_links(seed);
    give_loss(world, 0.05, SimDuration{0});
    world.registrars[0].access.bandwidth_bps = 2'000'000;
    world.registrars[0].access.queue_limit = 50ms;
    return world;
}

/// Constant service times and a place for one in five: many arrive as another one leaves.
world::World
full_station(std::uint64_t seed, StationOptions::WhenFull when)
{
    world::World world = all_return(seed);
    world.fleets[0].registration.retry.base = 20s;
    auto& station = world.registrars[0].options.station;
    station = {.workers = 2,
               .law = StationOptions::Law::kConstant,
               .unauthenticated = 20ms,
               .authenticated = 40ms};
    station.queue = 20;
    station.when_full = when;
    if (when == StationOptions::WhenFull::kRefuse)
    {
        station.retry_after = 7;
    }
    return world;
}

/// The process dies and its host says so: everybody asks again every `wait`.
world::World
outage(std::uint64_t seed, SimDuration wait)
{
    world::World world = three_pops(60, seed);
    world.duration = 1500s;
    world.warmup = 300s;
    world.fleets[0].registration.retry.base = wait;
    world.faults.push_back({.kind = FaultKind::kOutage,
                            .at = SimTime{600s},
                            .length = 600s,
                            .unreachable = world::Unreachable::kIcmp});
    return world;
}

using Metrics = std::map<std::string, std::optional<double>, std::less<>>;

Metrics
metrics_on(Carrier which, const world::World& world)
{
    const world::Layout layout(world);
    world::Collector collector(world, layout);
    Metrics metrics;
    metrics["sip_messages"] =
        static_cast<double>(which == Carrier::kPacket
                                ? ns3carrier::run_on_packets(world, layout, collector).sip_messages
                                : fleet::run_on_fleet(world, layout, collector).sip_messages);
    for (const auto& metric : collector.finish(SimTime{world.duration}).metrics)
    {
        metrics[std::string{metric.name}] = metric.value;
    }
    return metrics;
}

/// One metric over the seeds.
struct Pairs
{
    std::vector<double> packet;
    std::vector<double> differences; // fleet - packet
};

struct Verdict
{
    std::vector<std::string> different;      // significantly
    std::vector<std::string> not_equivalent; // not shown to be
    std::size_t metrics = 0;
    bool ever_differed = false;
};

Verdict
judge(const std::map<std::string, Pairs>& pairs)
{
    Verdict verdict{.different = {}, .not_equivalent = {}, .metrics = pairs.size()};
    std::vector<std::string> names;
    std::vector<double> p;
    for (const auto& [name, pair] : pairs)
    {
        names.push_back(name);
        p.push_back(analysis::sign_flip_p(pair.differences));
        const double mean = analysis::estimate_mean(pair.packet).mean;
        const double margin = std::max(kLeastMargin, kMargin * std::abs(mean));
        if (!analysis::equivalent(pair.differences, margin, kLevel))
        {
            verdict.not_equivalent.push_back(name);
        }
        verdict.ever_differed |=
            std::ranges::any_of(pair.differences, [](double d) { return d != 0; });
    }
    const auto rejected = analysis::holm_rejects(p, kLevel);
    for (std::size_t i = 0; i < names.size(); ++i)
    {
        if (rejected[i])
        {
            verdict.different.push_back(names[i]);
        }
    }
    return verdict;
}

/// Both worlds of each seed, one on each carrier.
template <class OnPackets, class OnFleet>
Verdict
compare(const OnPackets& on_packets, const OnFleet& on_fleet)
{
    std::map<std::string, Pairs> pairs;
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed)
    {
        const Metrics packet = metrics_on(Carrier::kPacket, on_packets(seed));
        const Metrics fleet = metrics_on(Carrier::kFleet, on_fleet(seed));
        for (const auto& [metric, value] : packet)
        {
            const std::string& name = metric; // what a macro may capture
            const auto& other = fleet.at(name);
            CAPTURE(seed);
            CAPTURE(name);
            CHECK(value.has_value() == other.has_value());
            if (value && other)
            {
                pairs[name].packet.push_back(*value);
                pairs[name].differences.push_back(*other - *value);
            }
        }
    }
    return judge(pairs);
}

template <class Make>
Verdict
compare(const Make& make)
{
    return compare(make, make);
}

/// One observation per run.
std::vector<double>
observe(Carrier which,
        std::string_view metric,
        std::uint64_t first_seed,
        std::uint64_t seeds,
        const std::function<world::World(std::uint64_t)>& make)
{
    std::vector<double> values;
    for (std::uint64_t seed = first_seed; seed < first_seed + seeds; ++seed)
    {
        const auto metrics = metrics_on(which, make(seed));
        const auto& value = metrics.find(metric)->second;
        values.push_back(value.value_or(INFINITY)); // not reached: later than all others
    }
    return values;
}

/// Smirnov's test finds the samples' distributions different.
bool
smirnov_rejects(const std::vector<double>& a, const std::vector<double>& b)
{
    return ks_distance(a, b) > ks_critical(a.size(), b.size(), kLevel);
}

} // namespace

TEST_CASE("statistics: Smirnov on samples whose answer is known")
{
    CHECK(ks_distance({1, 2, 3, 4}, {3, 4, 5, 6}) == doctest::Approx(0.5));
    CHECK(ks_distance({1, 1, 2}, {1, 1, 2}) == 0.0);
    // Tables of the limit distribution: 1.628 at 1 %, 1.358 at 5 %.
    CHECK(ks_critical(100, 100, 0.01) == doctest::Approx(1.628 * std::sqrt(0.02)).epsilon(1e-3));
    CHECK(ks_critical(50, 200, 0.05) == doctest::Approx(1.358 * std::sqrt(0.025)).epsilon(1e-3));
}

TEST_CASE(
    "both carriers: where FIFOs interleave, over 30 seeds, counts are equal, times within 1 ms")
{
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed)
    {
        CAPTURE(seed);
        world::World world = narrow_links(seed);
        give_loss(world, seed % 2 == 0 ? 0.05 : 0.0, SimDuration{0});
        check_close(world);
    }
}

TEST_CASE(
    "both carriers: over 30 seeds no metric differs, 1 % (Fisher, Holm), each within 1 % (TOST)")
{
    const auto holds = [](const Verdict& verdict) {
        CHECK(verdict.metrics >= 17);
        CHECK(verdict.different == std::vector<std::string>{});
        CHECK(verdict.not_equivalent == std::vector<std::string>{});
        return verdict.ever_differed;
    };
    bool ever = false;
    SUBCASE("loss on every link, and a link whose queue is full")
    {
        ever = holds(compare(lossy_short_queue));
        CHECK(ever); // else this were a matter for check_same()
    }
    SUBCASE("a registrar whose queue is full drops")
    {
        holds(compare([](std::uint64_t seed) {
            return full_station(seed, StationOptions::WhenFull::kDrop);
        }));
    }
    SUBCASE("a registrar whose queue is full refuses")
    {
        holds(compare([](std::uint64_t seed) {
            return full_station(seed, StationOptions::WhenFull::kRefuse);
        }));
    }
}

TEST_CASE("both carriers: the paired tests find a retry wait that is 5 % longer on one of them")
{
    const auto found = [](const std::vector<std::string>& names, std::string_view name) {
        return std::ranges::find(names, name) != names.end();
    };
    const auto wait_20s = [](std::uint64_t seed) { return outage(seed, 20s); };
    const auto wait_21s = [](std::uint64_t seed) { return outage(seed, 21s); };
    const Verdict planted = compare(wait_20s, wait_21s);
    CHECK(found(planted.different, "attempts_failed"));
    CHECK(found(planted.different, "time_to_99"));
    CHECK(found(planted.not_equivalent, "attempts_failed"));
    CHECK(found(planted.not_equivalent, "time_to_99"));
}

TEST_CASE(
    "both carriers: with other seeds on each, latency and recovery have one distribution (KS, 1 %)")
{
    constexpr std::uint64_t kRuns = 80;
    constexpr std::uint64_t kOthers = 100'001;
    const auto wait_20s = [](std::uint64_t seed) { return outage(seed, 20s); };
    const auto wait_21s = [](std::uint64_t seed) { return outage(seed, 21s); };
    const auto recovery = observe(Carrier::kPacket, "time_to_99", 1, kRuns, wait_20s);
    CHECK_FALSE(smirnov_rejects(recovery,
                                observe(Carrier::kFleet, "time_to_99", kOthers, kRuns, wait_20s)));
    CHECK(smirnov_rejects(recovery, // the planted difference
                          observe(Carrier::kFleet, "time_to_99", kOthers, kRuns, wait_21s)));

    // Losses and the full queue decide how long a registration takes.
    const auto lossy = [](std::uint64_t seed) {
        world::World world = lossy_short_queue(seed);
        world.fleets[0].count = 50;
        world.registrars[0].access.bandwidth_bps = 1'000'000;
        return world;
    };
    CHECK_FALSE(
        smirnov_rejects(observe(Carrier::kPacket, "register_latency_p50", 1, kRuns, lossy),
                        observe(Carrier::kFleet, "register_latency_p50", kOthers, kRuns, lossy)));
}
