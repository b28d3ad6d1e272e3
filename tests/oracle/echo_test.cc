#include "analysis/models.h"
#include "model/fleet/fleet_carrier.h"
#include "tests/oracle/stage.h"

#include <array>
#include <cmath>

using namespace sipsim;
using namespace sipsim::oracle;

namespace
{

constexpr std::uint32_t kDevices = 4000;
constexpr std::size_t kRefreshes = 20;

/// A fleet that a power cut has put in step; its refresh is due 0.9 h after each grant.
world::World
in_step(double jitter, bool kept)
{
    world::World world = one_fleet(kDevices, 11);
    world.duration = 20h;
    world.registrars[0].options.challenge = registrar::ChallengeWhen::kNever;
    world.fleets[0].start = {.kind = world::Start::Kind::kAtOnce};
    world.fleets[0].registration.expires = 3600;
    world.fleets[0].registration.refresh = {.kind = registration::RefreshLaw::Kind::kFraction,
                                            .low = 0.9,
                                            .jitter = jitter,
                                            .jitter_per_device = kept};
    world.faults.push_back(
        {.kind = world::FaultKind::kPowerCut, .at = SimTime{10min}, .length = 60s, .fleet = 0});
    return world;
}

std::vector<double>
order_parameter(const world::World& world)
{
    const world::Layout layout(world);
    world::Collector collector(world, layout);
    std::ignore = fleet::run_on_fleet(world, layout, collector);
    const auto results = collector.finish(SimTime{world.duration});
    const auto found = std::ranges::find(results.series, "order_parameter", &world::Series::name);
    REQUIRE(found != results.series.end());
    REQUIRE(found->values.size() > kRefreshes);
    return found->values;
}

/// The estimate is the length of a mean of N unit vectors. That mean is off its expectation by a vector
/// of variance (1 - R^2)/N at most, and the length by no more than the vector's: beyond 4/sqrt(N) with a
/// probability below 2 exp(-16/2) = 7e-4 if all of the variance lay along one direction. Path time (40 ms
/// of 3240 s, the same for all) sets no device apart from another.
constexpr double
tolerance()
{
    return 4 / 63.2;
}

void
check_echo(const world::World& world, double spread, bool kept)
{
    const auto order = order_parameter(world);
    for (std::size_t k = 0; k <= kRefreshes; ++k)
    {
        CAPTURE(k);
        const double law = analysis::echo_order(spread, kept, static_cast<double>(k));
        CHECK(std::abs(order[k] - law) < tolerance());
    }
}

} // namespace

TEST_CASE("after a power cut the refreshes of devices that draw no jitter stay in step for ever")
{
    for (const double order : order_parameter(in_step(0.0, false)))
    {
        CHECK(order > 0.9999);
    }
}

TEST_CASE(
    "the echo of a restart decays as |sinc(x)|^k where each refresh draws anew, as |sinc(k x)| "
    "where a device keeps its draw")
{
    // A period uniform on [r(1-j), r] has mean T = r(1-j/2) and the width x = j/(1-j/2) in units of T. At
    // frequency 1/T its characteristic function has the modulus |sinc(x)|. The sum of k periods has
    // |sinc(x)|^k if they are independent, |sinc(k x)| if they are the same.
    struct Case
    {
        double jitter;
        std::size_t k;
        double anew;
        double kept;
    };

    // sinc(x) = sin(pi x)/(pi x), by hand: j = 0.05: x = 2/39, sinc 0.995680; j = 0.3: x = 6/17, sinc 0.807328.
    constexpr std::array kCases{Case{0.05, 10, 0.957627, 0.620201},
                                Case{0.3, 5, 0.342965, 0.121518}};
    for (const Case& c : kCases)
    {
        const double spread = c.jitter / (1 - c.jitter / 2);
        const auto k = static_cast<double>(c.k);
        CHECK(analysis::echo_order(spread, false, k) == doctest::Approx(c.anew).epsilon(1e-5));
        CHECK(analysis::echo_order(spread, true, k) == doctest::Approx(c.kept).epsilon(1e-5));
        check_echo(in_step(c.jitter, false), spread, false);
        check_echo(in_step(c.jitter, true), spread, true);
    }
}

TEST_CASE("a registrar that spreads what it grants makes the echo decay by the same law (RFC 3261 "
          "10.3: it may choose a shorter expiry)")
{
    for (const bool kept : {false, true})
    {
        world::World world = in_step(0.0, false);
        world.registrars[0].options.expiry_spread = 0.3;
        world.registrars[0].options.expiry_spread_per_user = kept;
        // 2520, 2521 .. 3600 s: 1081 equal steps around 3060 s, as wide as 1081 s.
        check_echo(world, 1081.0 / 3060.0, kept);
    }
}
