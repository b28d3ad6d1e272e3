#include "tests/unit/world_stage.h"

#include <doctest/doctest.h>

using namespace sipsim;
using namespace sipsim::world;
using namespace std::chrono_literals;
using registration::Reason;
using registration::State;

TEST_CASE("goodput and wasted REGISTERs: what the registrations after the fault needed, and what "
          "else came")
{
    Stage stage(phones(2, true));
    Collector& c = stage.collector;
    stage.bind(0s, 0, 90s);
    stage.bind(0s, 1, 300s);
    c.on_fault(SimTime{100s}, 0, true);
    c.on_register_arrival(SimTime{159s}, 0, false); // before its end: not judged
    c.on_fault(SimTime{160s}, 0, false);
    const auto move = [&](SimDuration at, AccountIndex ua, State from, State to, Reason reason) {
        c.on_transition(SimTime{at}, ua, {.from = from, .to = to, .reason = reason});
    };
    // Account 0: refused once, then challenged and granted, its second request sent twice.
    move(161s, 0, State::kWaiting, State::kRegistering, Reason::kDeadline);
    c.on_register_arrival(SimTime{161s}, 0, true);
    c.on_register_answered(SimTime{161s}, 0, 503, false);
    move(161s, 0, State::kRegistering, State::kWaiting, Reason::kRejected);
    move(170s, 0, State::kWaiting, State::kRegistering, Reason::kDeadline);
    c.on_register_arrival(SimTime{170s}, 0, true);
    c.on_register_answered(SimTime{170s}, 0, 401, false);
    move(170s, 0, State::kRegistering, State::kRegistering, Reason::kChallenged);
    c.on_register_arrival(SimTime{171s}, 0, true);
    c.on_register_answered(SimTime{180s}, 0, 200, false);
    stage.bind(180s, 0, 300s);
    c.on_register_arrival(SimTime{181s}, 0, true);
    c.on_register_answered(SimTime{181s}, 0, 200, true);
    move(181s, 0, State::kRegistering, State::kRegistered, Reason::kGranted);
    const auto results = c.finish(SimTime{300s});
    // Four came, two were needed. One of two accounts was registered before; it was back at once, and
    // until then nothing was granted.
    CHECK(stage.metric(results, "wasted_registers").value == 2.0);
    CHECK(stage.metric(results, "wasted_share").value == 0.5);
    CHECK(stage.metric(results, "registers_refused").value == 1.0);
}

TEST_CASE(
    "goodput counts what succeeded from the fault's end to 99 %, or to the end where that is not "
    "reached")
{
    for (const bool back : {true, false})
    {
        Stage stage(phones(2, true));
        Collector& c = stage.collector;
        stage.bind(0s, 0, 150s);
        stage.bind(0s, 1, 150s);
        c.on_fault(SimTime{100s}, 0, true);
        stage.grant(159s, 0); // before the end
        c.on_fault(SimTime{160s}, 0, false);
        c.on_register_answered(SimTime{170s}, 0, 200, false);
        stage.bind(170s, 0, 300s);
        stage.grant(170s, 0);
        if (back)
        {
            stage.bind(180s, 1, 300s);
            stage.grant(180s, 1);
            stage.grant(190s, 1); // a refresh, after it
        }
        const auto results = c.finish(SimTime{300s});
        CHECK(stage.metric(results, "goodput").value ==
              doctest::Approx(back ? 2.0 / 20 : 1.0 / 140));
    }
}

TEST_CASE(
    "a removal is no goodput, nor a 200 to whoever has given up: all three figures of it agree")
{
    Stage stage(phones(2, true));
    Collector& c = stage.collector;
    stage.bind(0s, 0, 90s);
    stage.bind(0s, 1, 150s);
    c.on_register_answered(SimTime{170s}, 0, 200, false); // to an attempt that has timed out
    for (const SimDuration at : {170s + 100ms, 170s + 200ms})
    {
        c.on_register_answered(SimTime{at}, 0, 200, false);
        c.on_transition(
            SimTime{at},
            0,
            {.from = State::kUnregistering, .to = State::kOff, .reason = Reason::kRemoved});
    }
    c.on_register_answered(SimTime{200s}, 0, 200, false);
    stage.bind(200s, 1, 300s);
    stage.grant(200s, 1);
    const auto results = c.finish(SimTime{300s});
    CHECK(stage.metric(results, "goodput").value == doctest::Approx(1.0 / 40));
    CHECK(stage.metric(results, "goodput_peak").value == 1.0);
    const auto rate = stage.series(results, "goodput_rate");
    CHECK(rate[170] == 0.0);
    CHECK(rate[200] == 1.0);
}

TEST_CASE("goodput counts to the end of a fall that comes only after the fault's, and is not "
          "defined where "
          "there is none")
{
    for (const bool falls : {true, false})
    {
        Stage stage(phones(2, true));
        stage.bind(0s, 0, 400s);
        stage.bind(0s, 1, falls ? 170s : 400s);
        stage.grant(165s, 0); // while nobody is missing yet
        stage.bind(180s, 1, 400s);
        stage.grant(180s, 1);
        stage.grant(190s, 0);
        const auto results = stage.collector.finish(SimTime{300s});
        CHECK(stage.has(results, "goodput") == falls);
        if (falls)
        {
            CHECK(stage.metric(results, "goodput").value == doctest::Approx(2.0 / 20));
        }
    }
}
