// Who is let try: limits of the registrar on both carriers.

#include "tests/carrier/both_carriers.h"

using namespace sipsim;
using namespace sipsim::carrier;

namespace
{

world::World
guessed(std::uint64_t seed)
{
    world::World world = three_pops(40, seed);
    world.duration = 1800s;
    world.fleets[0].wrong_password = 0.3;
    world.fleets[0].registration.retry.base = 3s;
    return world;
}

/// Some value for every limit, by the bits of `n`.
registrar::AdmissionOptions
some_limits(std::uint64_t n)
{
    using Options = registrar::AdmissionOptions;
    const auto bit = [n](unsigned i) { return ((n >> i) & 1U) != 0; };
    Options o;
    o.session_retries = bit(0) ? 3 : 0;
    o.session_timeout = bit(0) || bit(1) ? 10s : 0s;
    o.session_counts = bit(2) ? Options::Counts::kRetries : Options::Counts::kWrong;
    o.refused_at = bit(3) ? Options::RefusedAt::kLast : Options::RefusedAt::kNext;
    o.timer_from = bit(4) ? Options::TimerFrom::kFirstRequest : Options::TimerFrom::kFirstChallenge;
    o.suspend = 90s;
    o.timeout_suspends = bit(5) && o.session_timeout > 0s;
    o.terminal_retries = bit(6) ? 4 : 0;
    o.register_retries = bit(7) ? 5 : 0;
    o.register_suspend = 60s;
    o.terminal = bit(8) ? Options::Terminal::kSource : Options::Terminal::kAccount;
    o.when_suspended = bit(9) ? Options::WhenSuspended::kForbid : Options::WhenSuspended::kDrop;
    o.source_density = bit(10) ? 4 : 0;
    o.source_ban = bit(11) ? 100s : 0s;
    return o;
}

} // namespace

TEST_CASE("both carriers: the limit that fires, when and upon whom")
{
    world::World world = guessed(1);
    auto& admission = world.registrars[0].options.admission;
    admission.session_retries = 6;
    admission.session_timeout = 10s;
    admission.terminal_retries = 6;
    admission.suspend = 180s;
    const Seen seen = check_same(world);
    CHECK(seen.recorder.count("wrong password") > 0);
    CHECK(seen.recorder.count("limit") > 0);
}

TEST_CASE("both carriers: limits drawn at random, behind a carrier's NAT, with loss")
{
    for (std::uint64_t seed = 1; seed <= 12; ++seed)
    {
        CAPTURE(seed);
        const std::uint64_t drawn = draw_bits({.seed = seed}, Purpose::kTopology, 0);
        world::World world = guessed(seed);
        world.registrars[0].options.admission = some_limits(drawn);
        world.registrars[0].options.stateless = ((drawn >> 20U) & 1U) != 0;
        if (((drawn >> 21U) & 1U) != 0)
        {
            world::NatSpec carrier;
            carrier.name = "cgn";
            carrier.devices = 10;
            world.nats.push_back(carrier);
            world.fleets[0].nat_box = 0;
        }
        if (((drawn >> 22U) & 1U) != 0)
        {
            give_loss(world, 0.05, SimDuration{0});
        }
        check_same(world);
    }
}
