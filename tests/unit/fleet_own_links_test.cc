#include "model/fleet/own_links.h"
#include "tests/dice.h"

#include <doctest/doctest.h>

#include <map>
#include <tuple>

using namespace sipsim;
using namespace sipsim::fleet;
using namespace std::chrono_literals;

namespace
{

constexpr SimTime
at(SimDuration t)
{
    return SimTime{t};
}

const auto kAll = [](std::uint32_t) { return true; };

} // namespace

TEST_CASE("links that may be forgotten do what links that are kept for ever do")
{
    std::uint32_t devices = 1'000'000;
    SUBCASE("of very many devices")
    {
    }
    SUBCASE("of so few that each gets its place")
    {
        devices = 1'000;
    }
    OwnLinks links(devices);
    std::map<std::uint32_t, OwnLink> kept;
    std::map<std::uint32_t, LinkBookings::Booking> booked; // last
    Dice dice(7);
    SimTime now{};
    const network::LinkSpec spec{.propagation = 1ms, .bandwidth_bps = 1'000'000, .jitter = 3ms};
    for (int i = 0; i < 100'000; ++i)
    {
        now += SimDuration{dice.roll(i / 10'000 % 2 == 0 ? 4'000 : 400'000)};
        const std::uint32_t device = dice.roll(1'000);
        OwnLink& known = kept[device];
        const SimTime start = now + SimDuration{dice.roll(2'000'000)};
        const std::uint32_t flight = dice.roll(4);
        OwnLink* found = links.find(device);
        if (found == nullptr)
        {
            CHECK(known.idle(now));
        }
        switch (dice.roll(5))
        {
        case 0: {
            const bool free = known.book(now, start, 90us, flight);
            CHECK(links.of(device, now).book(now, start, 90us, flight) == free);
            if (free)
            {
                booked[device] = {start, flight};
            }
            break;
        }
        case 1: {
            const auto expected = known.take_back(now, start);
            const auto taken = found != nullptr ? found->take_back(now, start) : std::nullopt;
            CHECK(taken.has_value() == expected.has_value());
            CHECK((!expected ||
                   (taken->start == expected->start && taken->flight == expected->flight)));
            break;
        }
        case 2:
            if (const LinkBookings::Booking last = booked[device]; last.start >= now)
            {
                CHECK((found != nullptr && found->cancel(last.start, last.flight)) ==
                      known.cancel(last.start, last.flight));
            }
            break;
        default: {
            // What was offered before, or is booked, and is not over delays it.
            OwnLink& link = links.of(device, now);
            const network::DatagramKey key{.seed = 1,
                                           .device = device,
                                           .n = static_cast<std::uint64_t>(i)};
            for (OwnLink* one : {&link, &known})
            {
                one->direction.occupy(one->busy_until(now, kAll));
            }
            CHECK(link.direction.offer(spec, now, 100, key).arrival ==
                  known.direction.offer(spec, now, 100, key).arrival);
            break;
        }
        }
    }
}

TEST_CASE("memory is that of the links that are busy at a time, up to a place for each")
{
    OwnLinks links(1'000'000);
    CHECK(links.octets() == 0);
    const network::LinkSpec spec{.bandwidth_bps = 8'000'000}; // an octet takes 1 us
    for (std::uint32_t device = 0; device < 1'000'000; ++device)
    {
        // One after the other, each for 100 us: a hundred at a time.
        CHECK(links.of(device, at(device * 1us))
                  .direction.offer(spec, at(device * 1us), 100, {})
                  .arrival == at(device * 1us + 100us));
    }
    CHECK(links.octets() <= 1024 * 44);
    CHECK(links.find(999'999) != nullptr);
    CHECK(links.find(0) == nullptr);

    OwnLinks crowd(100'000);
    for (std::uint32_t device = 0; device < 100'000; ++device)
    {
        std::ignore = crowd.of(device, at(0s)).direction.offer(spec, at(0s), 100, {});
    }
    CHECK(crowd.octets() == 100'000 * 40);
    CHECK(crowd.find(99'999) != nullptr);
}

TEST_CASE("a link has one booking at a time")
{
    OwnLinks links(1'000'000);
    OwnLink& link = links.of(5, at(0s));
    CHECK(link.book(at(0s), at(10ms), 1ms, 1));
    CHECK_FALSE(link.book(at(0s), at(20ms), 1ms, 2));
    CHECK_FALSE(link.book(at(11ms) - 1ns, at(20ms), 1ms, 2));
    CHECK(link.book(at(11ms), at(20ms), 1ms, 2)); // the former is over
    CHECK(link.at(at(20ms)) == 2U);
    CHECK_FALSE(link.at(at(10ms)));
    // One that begins at this instant keeps it busy if its turn is first.
    CHECK(link.busy_until(at(20ms), kAll) == at(21ms));
    CHECK(link.busy_until(at(20ms), [](std::uint32_t flight) { return flight != 2; }) == at(0s));
    CHECK(link.busy_until(at(20ms) - 1ns, kAll) == at(0s));
    CHECK(link.busy_until(at(20ms) + 1ns, [](std::uint32_t) { return false; }) == at(21ms));
    CHECK_FALSE(link.cancel(at(20ms), 1));
    CHECK_FALSE(link.take_back(at(20ms) + 1ns, at(30ms)));
    CHECK_FALSE(link.take_back(at(10ms), at(20ms)));
    CHECK(link.take_back(at(20ms), at(20ms) + 1ns)->flight == 2);
    CHECK(link.idle(at(20ms)));
    CHECK_FALSE(link.book(at(20ms), at(30ms), 4'294'967'296ns, 3)); // longer than 32 bits of ns

    OwnLinks alone(1);
    CHECK(alone.find(0) == nullptr);
    CHECK(alone.of(0, at(0s)).book(at(0s), at(1ms), 1ms, 1));
    CHECK(alone.find(0)->at(at(1ms)) == 1U);
    CHECK(alone.octets() == 40);
}
