#include "model/world/rate_bins.h"
#include "tests/dice.h"
#include "tests/unit/world_stage.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

using namespace sipsim;
using namespace sipsim::world;
using namespace std::chrono_literals;

TEST_CASE("the peak after a fault counts from its very end, within a second of the run too")
{
    World world = phones(1, true);
    world.faults[0].length = 60s + 500ms; // ends at 160.5 s
    Stage stage(world);
    const auto arrive = [&](SimDuration at) {
        stage.collector.on_register_arrival(SimTime{at}, 0, true);
    };
    for (int i = 0; i < 9; ++i)
    {
        arrive(160s + i * 10ms); // before the end
    }
    arrive(160s + 500ms); // at it
    for (int i = 1; i < 4; ++i)
    {
        arrive(160s + 500ms + i * 100ms);
    }
    arrive(161s + 200ms);
    arrive(161s + 499ms);
    arrive(161s + 500ms); // of the next second
    arrive(170s);
    const auto results = stage.collector.finish(SimTime{300s});
    CHECK(stage.metric(results, "register_rate_peak_after").value == 6.0);
}

TEST_CASE("from a whole second on, the peak is that of the bins from the run's start")
{
    Dice dice(1);
    std::vector<SimTime> events;
    for (int i = 0; i < 2000; ++i)
    {
        events.emplace_back(dice.roll(100'000) * 1ms);
    }
    std::ranges::sort(events);
    for (const SimTime from : {SimTime{}, SimTime{37s}, SimTime{90s}, SimTime{200s}, kNever})
    {
        RateBins bins(100s);
        PeakRate peak(from);
        for (const SimTime at : events)
        {
            bins.add(at);
            peak.add(at);
        }
        CHECK(peak.most() == (from == kNever ? 0.0 : bins.peak(from)));
    }
}
