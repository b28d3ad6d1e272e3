#include "model/nat/keepalive.h"

#include <doctest/doctest.h>

#include <vector>

using namespace sipsim;
using namespace sipsim::nat;
using namespace std::chrono_literals;

namespace
{

constexpr DrawKey kPhone{.seed = 1, .device = 17, .account = 0};

KeepaliveSchedule
every(SimDuration interval, std::uint32_t boots = 0, SimDuration boot = 100s)
{
    return {{.kind = KeepaliveOptions::Kind::kBlank, .interval = interval},
            kPhone,
            boots,
            SimTime{boot}};
}

} // namespace

TEST_CASE(
    "a blank keepalive has no payload, CRLF two octets (Grandstream P84 and the habit of others)")
{
    KeepaliveOptions options;
    CHECK_FALSE(options.enabled());
    CHECK(options.interval == 20s);
    options.kind = KeepaliveOptions::Kind::kBlank;
    CHECK(options.enabled());
    CHECK(options.octets() == 0);
    options.kind = KeepaliveOptions::Kind::kCrlf;
    CHECK(options.octets() == 2);
}

TEST_CASE("the first keepalive comes within one interval of the boot, drawn anew for each boot")
{
    const KeepaliveSchedule schedule = every(20s);
    CHECK(schedule.first() >= SimTime{100s});
    CHECK(schedule.first() < SimTime{120s});
    CHECK(every(20s).first() == schedule.first());
    CHECK(every(20s, 1).first() != schedule.first());
    double sum = 0;
    for (std::uint32_t boot = 0; boot < 10'000; ++boot)
    {
        sum += to_seconds(every(20s, boot).first() - SimTime{100s});
    }
    CHECK(sum / 10'000 == doctest::Approx(10.0).epsilon(0.02)); // sd 5.8/100 s
}

TEST_CASE("keepalive k is at first + k * interval to the nanosecond, a year long: no drift")
{
    constexpr SimDuration kInterval = 20s + 1ns;
    const KeepaliveSchedule schedule = every(kInterval);
    const SimTime first = schedule.first();
    for (const std::int64_t k : {1LL, 2LL, 4320LL, 1'576'800LL})
    {
        const SimTime due = first + k * kInterval;
        CHECK(schedule.next(due) == due);
        CHECK(schedule.next(due - 1ns) == due);
        CHECK(schedule.next(due + 1ns) == due + kInterval);
        CHECK(schedule.last(due) == due);
        CHECK(schedule.last(due - 1ns) == due - kInterval);
        CHECK(schedule.count(first, due) == static_cast<std::uint64_t>(k));
        CHECK(schedule.count(first, due + 1ns) == static_cast<std::uint64_t>(k) + 1);
    }
    CHECK(schedule.next(SimTime{}) == first);
    CHECK_FALSE(schedule.last(first - 1ns));
    CHECK(schedule.last(first) == first);
}

TEST_CASE("count, next and last say what sending one by one would, and counts of parts add up")
{
    for (const SimDuration interval : {SimDuration{7ns}, SimDuration{10ns}, SimDuration{1ns}})
    {
        const KeepaliveSchedule schedule = every(interval, 3, 50ns);
        std::vector<SimTime> sent;
        for (SimTime due = schedule.first(); due < SimTime{150ns}; due = schedule.next(due + 1ns))
        {
            sent.push_back(due);
        }
        for (SimDuration from = 0ns; from < 100ns; from += 3ns)
        {
            for (SimDuration to = 0ns; to < 120ns; to += 1ns)
            {
                std::uint64_t expected = 0;
                for (const SimTime due : sent)
                {
                    expected += due >= SimTime{from} && due < SimTime{to} ? 1 : 0;
                }
                CHECK(schedule.count(SimTime{from}, SimTime{to}) == expected);
            }
        }
        CHECK(schedule.count(SimTime{0ns}, SimTime{80ns}) +
                  schedule.count(SimTime{80ns}, SimTime{140ns}) ==
              schedule.count(SimTime{0ns}, SimTime{140ns}));
    }
}

TEST_CASE("100 000 devices with a keepalive every 20 s send 5 000 datagrams per second")
{
    const KeepaliveOptions options{.kind = KeepaliveOptions::Kind::kBlank, .interval = 20s};
    std::uint64_t sent = 0;
    for (std::uint32_t device = 0; device < 100'000; ++device)
    {
        sent += KeepaliveSchedule(options, {.seed = 5, .device = device}, 0, SimTime{})
                    .count(SimTime{100s}, SimTime{101s});
    }
    // Binomial(10^5, 1/20): sd 69.
    CHECK(sent > 5000 - 4 * 69);
    CHECK(sent < 5000 + 4 * 69);
}
