#include "model/fleet/link_bookings.h"
#include "tests/dice.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <vector>

using namespace sipsim;
using namespace sipsim::fleet;
using namespace std::chrono_literals;

namespace
{

constexpr SimDuration kBucket{1 << 20};  // of fast links, at first
constexpr std::size_t kOctets = 64 * 64; // 64 buckets at first
constexpr std::size_t kMostOctets = 256 * 1024;

struct Booked
{
    SimTime start;
    SimDuration length;
    std::uint32_t flight = 0;
};

/// What LinkBookings is, said in the plainest way; it forgets what has long been past.
class Plain
{
  public:
    [[nodiscard]] bool is_free(SimTime start, SimDuration length) const
    {
        return std::ranges::none_of(booked, [&](const Booked& b) {
            return b.start < start + length && start < b.start + b.length;
        });
    }

    [[nodiscard]] std::ptrdiff_t near(SimTime start, SimDuration distance) const
    {
        return std::ranges::count_if(booked, [&](const Booked& b) {
            return std::chrono::abs(b.start - start) < distance;
        });
    }

    template <class First>
    [[nodiscard]] SimTime busy_until(SimTime now, const First& first) const
    {
        SimTime until = now;
        for (const Booked& b : booked)
        {
            if (b.start < now || (b.start == now && first(b.flight)))
            {
                until = std::max(until, b.start + b.length);
            }
        }
        return until;
    }

    [[nodiscard]] auto first_in(SimTime from, SimTime to)
    {
        auto found = booked.end();
        for (auto b = booked.begin(); b != booked.end(); ++b)
        {
            if (b->start >= from && b->start < to &&
                (found == booked.end() || b->start < found->start))
            {
                found = b;
            }
        }
        return found;
    }

    std::vector<Booked> booked;
};

/// A link's rate, by what a datagram of 1 500 octets takes, and its buckets at first.
struct Speed
{
    SimDuration datagram;
    SimDuration bucket;
};

/// Both, side by side, at an instant that goes on and on.
class Pair
{
  public:
    Pair(std::uint64_t seed, Speed speed, std::uint32_t crowd)
        : dice_(seed),
          speed_(speed),
          crowd_(crowd),
          bookings_(speed.datagram)
    {
    }

    void step()
    {
        go_on();
        const std::uint32_t what = dice_.roll(20);
        what < 12 ? book() : what < 15 ? cancel() : what < 17 ? take_back() : ask();
    }

    std::size_t accepted = 0;
    std::size_t overlapping = 0; // refused
    std::size_t refused = 0;     // though free
    std::size_t taken = 0;
    std::size_t ties = 0;

    [[nodiscard]] const LinkBookings& bookings() const
    {
        return bookings_;
    }

  private:
    // Instants are whole `grain`s, so that many meet.
    [[nodiscard]] SimDuration grain() const
    {
        return std::max(speed_.datagram / 4, SimDuration{1});
    }

    [[nodiscard]] SimTime instant(SimTime from, SimDuration within)
    {
        const auto grains = static_cast<std::uint32_t>(within / grain());
        const SimDuration since{(from.time_since_epoch() / grain() + dice_.roll(grains) + 1) *
                                grain()};
        return dice_.roll(8) == 0 ? from : SimTime{since};
    }

    // Mostly within a datagram or two, now and then by as long as the ring or more, to where an older
    // booking begins, or not at all.
    void go_on()
    {
        const std::uint32_t how = dice_.roll(200);
        if (how == 0)
        {
            now_ += speed_.bucket * (50 + dice_.roll(200));
        }
        else if (how < 100)
        {
            now_ = instant(now_, 64 * speed_.bucket / crowd_);
        }
        else if (const auto next = plain_.first_in(now_, kNever);
                 how < 120 && next != plain_.booked.end())
        {
            now_ = next->start;
        }
        std::erase_if(plain_.booked,
                      [&](const Booked& b) { return b.start + 3 * speed_.bucket < now_; });
    }

    void book()
    {
        const SimTime start = instant(now_, 30 * speed_.bucket);
        const SimDuration length = speed_.datagram * (1 + dice_.roll(100)) / 100;
        const bool free = plain_.is_free(start, length);
        const bool got = bookings_.book(now_, start, length, ++flight_);
        REQUIRE((free || !got));
        ++(got ? accepted : free ? refused : overlapping);
        if (got)
        {
            plain_.booked.push_back({start, length, flight_});
        }
        else if (free) // five others begin in its bucket
        {
            REQUIRE(plain_.near(start, speed_.bucket) >= 5);
        }
    }

    void cancel()
    {
        const bool any = !plain_.booked.empty();
        const std::size_t i =
            any ? dice_.roll(static_cast<std::uint32_t>(plain_.booked.size())) : 0;
        if (!any || plain_.booked[i].start < now_)
        {
            REQUIRE_FALSE(bookings_.cancel(instant(now_, speed_.bucket), flight_ + 1));
            return;
        }
        const Booked booked = plain_.booked[i];
        REQUIRE_FALSE(bookings_.cancel(booked.start, booked.flight + 1));
        REQUIRE_FALSE(bookings_.cancel(booked.start + 1ns, booked.flight));
        REQUIRE(bookings_.cancel(booked.start, booked.flight));
        REQUIRE_FALSE(bookings_.cancel(booked.start, booked.flight));
        plain_.booked.erase(plain_.booked.begin() + static_cast<std::ptrdiff_t>(i));
    }

    void take_back()
    {
        const SimTime from = instant(now_, speed_.bucket);
        const SimTime to = from + speed_.bucket * dice_.roll(12) / 4;
        for (;;)
        {
            const auto expected = plain_.first_in(from, to);
            const auto got = bookings_.take_back(from, to);
            REQUIRE(got.has_value() == (expected != plain_.booked.end()));
            if (!got)
            {
                return;
            }
            REQUIRE(got->start == expected->start);
            REQUIRE(got->flight == expected->flight);
            plain_.booked.erase(expected);
            ++taken;
        }
    }

    void ask()
    {
        for (const std::uint32_t odd : {0U, 1U})
        {
            const auto first = [odd](std::uint32_t flight) { return flight % 2 == odd; };
            REQUIRE(std::max(bookings_.busy_until(now_, first), now_) ==
                    plain_.busy_until(now_, first));
        }
        ties += static_cast<std::size_t>(plain_.near(now_, 1ns));
    }

    Dice dice_;
    Speed speed_;
    std::uint32_t crowd_; // steps in the time of a ring, about
    LinkBookings bookings_;
    Plain plain_;
    SimTime now_{};
    std::uint32_t flight_ = 0;
};

constexpr auto kNobody = [](std::uint32_t) { return false; };
constexpr auto kAnybody = [](std::uint32_t) { return true; };

SimTime
at(SimDuration since)
{
    return SimTime{since};
}

} // namespace

TEST_CASE("bookings of links of all rates equal a plain list of them, over many rounds of the ring")
{
    // Of 1 500 octets: 10 Gbit/s, 100 Mbit/s, 10 Mbit/s and 64 kbit/s. A bucket has room for eight datagrams
    // or more; the ring has 64 of these, at some 40 steps in a ring, so that 10 000 steps are hundreds.
    for (const Speed speed : {Speed{1200ns, kBucket},
                              Speed{120us, kBucket},
                              Speed{1200us, SimDuration{1 << 24}},
                              Speed{187'500us, SimDuration{1LL << 31}}})
    {
        CAPTURE(speed.datagram.count());
        Pair pair(7, speed, 40);
        for (int i = 0; i < 10'000; ++i)
        {
            pair.step();
        }
        CHECK(pair.accepted > 2000);
        CHECK(pair.refused * 100 < pair.accepted); // at moderate density, next to nothing
        CHECK(pair.ties > 100);
        CHECK(pair.taken > 100);
        CHECK((pair.overlapping > 0 || speed.datagram < 2us));
        CHECK(pair.bookings().octets() <= kMostOctets);
    }
}

TEST_CASE("bookings so dense that buckets are full and divided equal a plain list of them")
{
    for (const Speed speed :
         {Speed{1200ns, kBucket}, Speed{120us, kBucket}, Speed{1200us, SimDuration{1 << 24}}})
    {
        CAPTURE(speed.datagram.count());
        Pair pair(8, speed, 2000);
        for (int i = 0; i < 20'000; ++i)
        {
            pair.step();
        }
        CHECK(pair.accepted > 2000);
        CHECK(pair.overlapping > 100);
        CHECK(pair.ties > 100);
        CHECK(pair.taken > 100);
        // Only short datagrams can have shorter buckets: 8 * 120 us is close to 2^20 ns already.
        CHECK((pair.bookings().octets() > kOctets) == (speed.datagram < 100us));
        CHECK(pair.bookings().octets() <= kMostOctets);
    }
}

TEST_CASE("a booking is its flight's over a half-open range")
{
    LinkBookings link(1us);
    REQUIRE(link.book(at(0s), at(1000ns), 100ns, 1));
    CHECK_FALSE(link.book(at(0s), at(901ns), 100ns, 2));
    CHECK_FALSE(link.book(at(0s), at(1099ns), 100ns, 2));
    CHECK_FALSE(link.book(at(0s), at(1010ns), 10ns, 2)); // within
    CHECK_FALSE(link.book(at(0s), at(990ns), 200ns, 2)); // around
    CHECK(link.book(at(0s), at(900ns), 100ns, 3));
    CHECK(link.book(at(0s), at(1100ns), 100ns, 4));
    // [900, 1200) is booked without a gap.
    CHECK_FALSE(link.take_back(at(901ns), at(1000ns)).has_value());
    CHECK_FALSE(link.take_back(at(1000ns), at(1000ns)).has_value());
    CHECK_FALSE(link.take_back(at(1001ns), at(1000ns)).has_value());
    CHECK(link.take_back(at(901ns), at(1001ns))->flight == 1);
    CHECK(link.take_back(at(900ns), at(2000ns))->flight == 3);
    CHECK(link.take_back(at(900ns), at(2000ns))->flight == 4);
    CHECK_FALSE(link.take_back(at(0ns), at(2000ns)).has_value());
}

TEST_CASE(
    "a link is busy with what began before, and at the instant itself with whom the tie prefers")
{
    LinkBookings link(1us);
    CHECK(link.busy_until(at(5us), kAnybody) <= at(5us)); // nothing was ever booked
    REQUIRE(link.book(at(0s), at(1000ns), 100ns, 1));
    REQUIRE(link.book(at(0s), at(1100ns), 100ns, 2));
    CHECK(link.busy_until(at(999ns), kAnybody) <= at(999ns));
    CHECK(link.busy_until(at(1000ns), kNobody) <= at(1000ns));
    CHECK(link.busy_until(at(1000ns), kAnybody) == at(1100ns));
    CHECK(link.at(at(1000ns)) == 1U);
    CHECK_FALSE(link.at(at(999ns)).has_value());
    CHECK_FALSE(link.at(at(1001ns)).has_value()); // it has begun before
    CHECK(link.busy_until(at(1099ns), kNobody) == at(1100ns));
    CHECK(link.busy_until(at(1100ns), kNobody) <= at(1100ns)); // its end is not its own
    CHECK(link.busy_until(at(1100ns), [](std::uint32_t flight) { return flight == 2; }) ==
          at(1200ns));
    CHECK(link.busy_until(at(1200ns), kAnybody) <= at(1200ns));
}

TEST_CASE(
    "a booking over the border of two buckets is seen from both, also where the ring begins anew")
{
    for (const std::int64_t border : {1, 63, 64, 65, 6400})
    {
        CAPTURE(border);
        const SimTime edge = at(border * kBucket);
        const SimTime now = edge - 10 * kBucket > at(0s) ? edge - 10 * kBucket : at(0s);
        LinkBookings link(100us);
        REQUIRE(link.book(now, edge - 50us, 100us, 1));
        CHECK_FALSE(link.book(now, edge, 10us, 2));
        CHECK_FALSE(link.book(now, edge + 50us - 1ns, 10us, 2));
        CHECK_FALSE(link.book(now, edge - 100us, 51us, 2));
        CHECK(link.book(now, edge + 50us, 100us, 3));
        CHECK(link.book(now, edge - 100us, 50us, 4));
        CHECK(link.busy_until(edge + 1us, kNobody) == edge + 50us);
        CHECK_FALSE(link.take_back(edge, edge + 50us).has_value()); // it begins before
        CHECK(link.take_back(edge - 50us, edge)->flight == 1);
        CHECK(link.busy_until(edge + 1us, kNobody) <= edge + 1us);
        CHECK(link.book(edge, edge, 50us, 5));
        CHECK(link.cancel(edge + 50us, 3));
    }
}

TEST_CASE("buckets that are full are divided, and hold all they held")
{
    LinkBookings link(1us);
    std::vector<SimTime> starts;
    for (std::int64_t i = 0; i < 5; ++i)
    {
        starts.push_back(at(i * 200us + 1us));
        REQUIRE(link.book(at(0s), starts.back(), 1us, 0));
    }
    CHECK(link.octets() == kOctets);
    for (std::int64_t i = 0; i < 4; ++i) // five in the first 64th of a bucket
    {
        starts.push_back(at(i * 3us + 3us));
        REQUIRE(link.book(at(0s), starts.back(), 1us, 0));
    }
    for (int i = 0; i < 4; ++i) // a sixth: it has them divided as long as they get shorter
    {
        CHECK_FALSE(link.book(at(0s), at(15us), 1us, 1));
    }
    CHECK(link.octets() == kMostOctets);
    std::ranges::sort(starts);
    for (const SimTime start : starts)
    {
        CHECK_FALSE(link.book(at(0s), start, 1us, 1));
        CHECK(link.busy_until(start, kAnybody) == start + 1us);
    }
    for (const SimTime start : starts)
    {
        const auto booking = link.take_back(at(0s), at(50ms));
        REQUIRE(booking.has_value());
        CHECK(booking->start == start);
    }
    CHECK_FALSE(link.take_back(at(0s), at(50ms)).has_value());
}

TEST_CASE("what is being sent while its bucket is divided is still there")
{
    LinkBookings link(8us);
    REQUIRE(link.book(at(0s), at(10us), 50us, 1));
    for (std::int64_t i = 0; i < 5; ++i)
    {
        REQUIRE(link.book(at(20us), at(100us + i * 200us), 50us, 2));
    }
    CHECK(link.octets() == 2 * kOctets);
    CHECK(link.busy_until(at(20us), kNobody) == at(60us));
    CHECK_FALSE(link.book(at(20us), at(59us), 8us, 3));
    CHECK(link.book(at(20us), at(60us), 8us, 3));
}

TEST_CASE("buckets as short as they get refuse a sixth booking, and memory ends there")
{
    LinkBookings link(1us);
    std::size_t got = 0;
    for (std::int64_t i = 0; i < 10'000; ++i) // 2 us apart: 8 in the shortest bucket, of 2^14 ns
    {
        got += link.book(at(0s), at(i * 2us), 1us, 0) ? 1 : 0;
    }
    // 20 ms are 1220 shortest buckets and a part of one, 11.5 us, which five begin in.
    CHECK(got == 1221 * 5);
    CHECK(link.octets() == kMostOctets);
}

TEST_CASE("nothing is booked a ring ahead, and what stands there meanwhile is kept")
{
    LinkBookings link(1us);
    REQUIRE(link.book(at(0s), at(1us), 1us, 1));
    CHECK_FALSE(link.book(at(0s), at(64 * kBucket), 1us, 2));
    CHECK_FALSE(link.book(at(0s), at(1h), 1us, 2));
    CHECK(link.book(at(0s), at(60 * kBucket), 1us, 3));
    CHECK(link.busy_until(at(1us), kAnybody) == at(2us));
    // When its time has come, what is as far as a ring or two from it is not it.
    for (const std::int64_t rings : {1, 2, 100})
    {
        const SimTime later = at(1us + rings * 64 * kBucket);
        CHECK(link.busy_until(later, kAnybody) <= later);
        CHECK_FALSE(link.cancel(later, 1));
        CHECK(link.book(later, later, 1us, 4));
    }
}

TEST_CASE("a link so slow that a datagram is longer than any bucket is not booked")
{
    LinkBookings link(750s);                       // 16 bit/s
    CHECK_FALSE(link.book(at(0s), at(1s), 3s, 1)); // 6 octets; buckets are of 2^31 ns
    CHECK_FALSE(link.book(at(0s), at(1s), 750s, 1));
    CHECK(link.busy_until(at(2s), kAnybody) <= at(2s));
    CHECK(link.book(at(0s), at(1s), 2s, 1));
}
