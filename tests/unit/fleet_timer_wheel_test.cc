#include "model/base/draw.h"
#include "model/fleet/timer_wheel.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <tuple>
#include <vector>

using namespace sipsim;
using namespace sipsim::fleet;
using namespace std::chrono_literals;

TEST_CASE("entries come out in order of instant, entity and addition, whatever the tick")
{
    TimerWheel wheel;
    const SimTime t{5s};
    wheel.add({t, 2, 0});
    wheel.add({t + 1ns, 0, 1});
    wheel.add({t, 1, 2});
    wheel.add({t, 1, 3});
    wheel.add({t - 1ns, 9, 4});
    std::vector<std::uint32_t> order;
    while (const auto entry = wheel.take_before(SimTime{10s}))
    {
        order.push_back(entry->what);
    }
    CHECK(order == std::vector<std::uint32_t>{4, 2, 3, 0, 1});
}

TEST_CASE(
    "nothing at or after the limit is taken, and what is added meanwhile still comes in order")
{
    TimerWheel wheel;
    wheel.add({SimTime{1h}, 0, 1});
    CHECK_FALSE(wheel.take_before(SimTime{1h}).has_value());
    wheel.add({SimTime{1h + 1ns}, 0, 2});
    wheel.add({SimTime{1h}, 0, 3});
    CHECK(wheel.take_before(SimTime{1h + 1ns})->what == 1);
    CHECK(wheel.take_before(SimTime{1h + 1ns})->what == 3);
    CHECK_FALSE(wheel.take_before(SimTime{1h + 1ns}).has_value());
    CHECK(wheel.take_before(SimTime{1h + 2ns})->what == 2);
    CHECK_FALSE(wheel.take_before(kNever).has_value());
}

TEST_CASE("what is added before the entries that a fruitless look has found comes before them")
{
    TimerWheel wheel;
    for (std::uint32_t i = 0; i < 8; ++i)
    {
        wheel.add({SimTime{1s + i * 2ms}, i, i}); // sparse: a look opens several ticks at once
    }
    CHECK_FALSE(wheel.take_before(SimTime{999ms}).has_value());
    wheel.add({SimTime{999ms}, 9, 8});
    wheel.add({SimTime{1s + 1ms}, 9, 9});
    wheel.add({SimTime{1s + 13ms}, 9, 10});
    wheel.add({SimTime{2s}, 9, 11});
    std::vector<std::uint32_t> order;
    while (const auto entry = wheel.take_before(kNever))
    {
        order.push_back(entry->what);
    }
    CHECK(order == std::vector<std::uint32_t>{8, 0, 9, 1, 2, 3, 4, 5, 6, 10, 7, 11});
}

TEST_CASE("a random mix of adding and taking equals a sorted list")
{
    const DrawKey key{.seed = 9, .device = 0, .account = 0};
    TimerWheel wheel;
    using Item = std::tuple<SimTime, std::uint32_t, std::uint32_t>; // instant, entity, addition
    std::vector<Item> reference;
    SimTime now{};
    std::uint32_t added = 0;
    std::uint64_t n = 0;
    const auto add = [&] {
        // Delays from nanoseconds to days: all levels, and plenty of equal instants.
        const auto scale = std::uint64_t{1} << (draw_bits(key, Purpose::kRetry, n++) % 47U);
        const auto delay =
            static_cast<SimDuration::rep>(draw_bits(key, Purpose::kRetry, n++) % scale);
        const auto entity = static_cast<std::uint32_t>(draw_bits(key, Purpose::kRetry, n++) % 3);
        const SimTime at = now + SimDuration{delay / 8 * 8};
        wheel.add({at, entity, added});
        reference.emplace_back(at, entity, added++);
    };
    for (int i = 0; i < 20'000; ++i)
    {
        add();
        if (i % 3 != 0)
        {
            const auto least = std::ranges::min_element(reference);
            const auto entry = wheel.take_before(kNever);
            REQUIRE(entry.has_value());
            REQUIRE(Item{entry->at, entry->entity, entry->what} == *least);
            now = entry->at;
            reference.erase(least);
        }
    }
    std::ranges::sort(reference);
    for (const auto& item : reference)
    {
        const auto entry = wheel.take_before(kNever);
        REQUIRE(entry.has_value());
        REQUIRE(Item{entry->at, entry->entity, entry->what} == item);
    }
    CHECK_FALSE(wheel.take_before(kNever).has_value());
}

TEST_CASE(
    "a crowd in one tick comes in order, also what is added while it does, and is not kept twice")
{
    constexpr std::uint32_t kEntries = 300'000; // more than are sorted at once
    const SimTime tick{SimDuration{std::int64_t{5} << 20U}};
    const DrawKey key{.seed = 11, .device = 0, .account = 0};
    using Item = std::tuple<SimTime, std::uint32_t, std::uint32_t>; // instant, entity, addition
    // Nearly all at one instant, or over the tick; of each entity one, or of few very many.
    for (const auto& [instants, entities] :
         {std::pair{1U, kEntries}, {1U, 1U}, {1'000'000U, 7U}, {40U, 4000U}})
    {
        TimerWheel wheel;
        std::vector<Item> reference;
        const auto add = [&](SimTime at, std::uint32_t entity) {
            const auto number = static_cast<std::uint32_t>(reference.size());
            wheel.add({at, entity, number});
            reference.emplace_back(at, entity, number);
        };
        for (std::uint32_t i = 0; i < kEntries; ++i)
        {
            const std::uint64_t drawn = draw_bits(key, Purpose::kRetry, i);
            const SimDuration after{static_cast<SimDuration::rep>((drawn >> 32U) % instants)};
            add(tick + after, static_cast<std::uint32_t>(drawn % entities));
        }
        // In lines of the wheel; a second copy of all would be 16 octets each.
        const std::size_t before = wheel.octets();
        std::vector<Item> taken;
        while (const auto entry = wheel.take_before(kNever))
        {
            taken.emplace_back(entry->at, entry->entity, entry->what);
            if (taken.size() % 1000 == 0 && reference.size() < kEntries + 200)
            {
                add(entry->at, entry->entity);       // after all of that rank
                add(entry->at + 5ns, entry->entity); // among those to come, or after them
            }
        }
        if (entities > 1) // what is of one rank is sorted at once
        {
            CHECK(wheel.octets() < before + 300'000 * 16 / 2);
        }
        std::ranges::sort(reference);
        CHECK(taken == reference);
    }
}

TEST_CASE("what few entries open together is closed again when a crowd comes among them")
{
    constexpr std::uint32_t kEntries = 20'000;
    const auto ms = [](std::uint64_t n) { return SimTime{std::chrono::milliseconds{n}}; };
    const DrawKey key{.seed = 13, .device = 0, .account = 0};
    TimerWheel wheel;
    using Item = std::tuple<SimTime, std::uint32_t, std::uint32_t>; // instant, entity, addition
    std::vector<Item> reference;
    const auto add = [&](SimTime at, std::uint32_t entity) {
        const auto number = static_cast<std::uint32_t>(reference.size());
        wheel.add({at, entity, number});
        reference.emplace_back(at, entity, number);
    };
    for (std::uint32_t i = 1; i < 12; ++i)
    {
        add(ms(5 * i), i);
    }
    std::vector<Item> taken;
    const auto take = [&] {
        const auto entry = wheel.take_before(kNever);
        REQUIRE(entry.has_value());
        taken.emplace_back(entry->at, entry->entity, entry->what);
        return entry->at;
    };
    const SimTime now = take();
    const std::size_t before = wheel.octets();
    for (std::uint32_t i = 0; i < kEntries; ++i)
    {
        // Of each instant and entity several, some of those that wait already.
        const std::uint64_t drawn = draw_bits(key, Purpose::kRetry, i);
        add(now + std::chrono::milliseconds{1 + drawn % 50}, (drawn >> 32U) % 12);
    }
    CHECK(wheel.octets() < before + kEntries * 13 + 8192); // in slots: in a heap, twice as much
    while (taken.size() < reference.size())
    {
        take();
    }
    CHECK_FALSE(wheel.take_before(kNever).has_value());
    std::ranges::sort(reference);
    CHECK(taken == reference);
}

TEST_CASE("a steady state allocates nothing")
{
    TimerWheel wheel;
    for (std::uint32_t i = 0; i < 1000; ++i)
    {
        wheel.add({SimTime{std::chrono::milliseconds{i}}, i, 0});
    }
    const auto turn = [&wheel](int turns) {
        for (int i = 0; i < turns; ++i)
        {
            const auto entry = wheel.take_before(kNever);
            wheel.add({entry->at + 1s, entry->entity, 0});
        }
    };
    turn(10'000);
    const std::size_t before = wheel.octets();
    turn(100'000);
    CHECK(wheel.octets() == before);
}
