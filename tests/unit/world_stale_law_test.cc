#include "tests/unit/world_stage.h"

#include <doctest/doctest.h>

using namespace sipsim;
using namespace sipsim::world;
using namespace std::chrono_literals;

TEST_CASE("what a crash leaves behind has its closed form only where nearly all were registered")
{
    World world = phones(100, false);
    world.fleets[0].registration.expires = 100;
    world.faults = {{.kind = FaultKind::kCrash, .at = SimTime{100s}, .length = 150s}};
    for (const AccountIndex registered : {100U, 98U, 97U, 0U})
    {
        Stage stage(world);
        for (AccountIndex account = 0; account < registered; ++account)
        {
            stage.bind(50s, account, 100s);
        }
        const auto results = stage.collector.finish(SimTime{300s});
        for (const auto* name : {"binding_expiry", "refresh_shortest", "refresh_longest"})
        {
            CHECK(stage.has(results, name) == (registered >= 98));
        }
        if (registered >= 98)
        {
            CHECK(stage.metric(results, "binding_expiry").value == 100.0);
        }
    }
}
