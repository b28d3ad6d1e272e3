#include "model/network/link.h"

#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <vector>

using namespace sipsim;
using namespace sipsim::network;
using namespace std::chrono_literals;

namespace
{

constexpr SimTime kStart{1s};

Passage
offer(LinkDirection& link,
      const LinkSpec& spec,
      SimTime now,
      std::uint32_t bytes,
      std::uint64_t n = 0)
{
    return link.offer(spec, now, bytes, {.seed = 1, .device = 7, .link = a_to_b(3), .n = n});
}

} // namespace

TEST_CASE("serialization is bits over rate rounded up to the nanosecond")
{
    CHECK(serialization_time(1000, 8'000'000) == 1ms); // 8000 bit at 8 bit/us
    CHECK(serialization_time(500, 10'000'000) == 400us);
    CHECK(serialization_time(1, 3'000'000'000) == 3ns);  // 8/3 ns
    CHECK(serialization_time(1, 10'000'000'000) == 1ns); // 0.8 ns
    CHECK(serialization_time(0, 1'000'000) == 0ns);
    CHECK(serialization_time(65'535, 0) == 0ns); // infinite
}

TEST_CASE("serialization does not overflow at the slowest rate and the largest size")
{
    // 2^30 bytes at 1 bit/s: 2^33 s.
    CHECK(serialization_time(UINT32_MAX, 1) == SimDuration{8'589'934'592 * 1'000'000'000});
    CHECK(serialization_time(65'535, 16) == SimDuration{32'767'500'000'000});
}

TEST_CASE("an idle link takes serialization plus propagation")
{
    LinkDirection link;
    const LinkSpec spec{.propagation = 5ms, .bandwidth_bps = 1'000'000};
    const auto passage = offer(link, spec, kStart, 500);
    CHECK(passage.carried());
    CHECK(passage.arrival == kStart + 4ms + 5ms);
    CHECK(passage.arrival - kStart == uncontended_time(spec, 500));
    CHECK(link.free_at() == kStart + 4ms);
}

TEST_CASE("datagrams offered at once leave one after the other")
{
    LinkDirection link;
    const LinkSpec spec{.propagation = 5ms, .bandwidth_bps = 1'000'000};
    CHECK(offer(link, spec, kStart, 500).arrival == kStart + 9ms);        // sent 0 to 4 ms
    CHECK(offer(link, spec, kStart, 250).arrival == kStart + 11ms);       // 4 to 6 ms
    CHECK(offer(link, spec, kStart + 5ms, 125).arrival == kStart + 12ms); // 6 to 7 ms
    CHECK(offer(link, spec, kStart + 20ms, 125).arrival == kStart + 26ms);
}

TEST_CASE("a link of infinite rate has no queue")
{
    LinkDirection link;
    const LinkSpec spec{.propagation = 3ms};
    CHECK(offer(link, spec, kStart, 1500).arrival == kStart + 3ms);
    CHECK(offer(link, spec, kStart, 1500).arrival == kStart + 3ms);
}

TEST_CASE("a datagram that would wait longer than the limit is dropped and takes no time")
{
    LinkDirection link;
    const LinkSpec spec{.bandwidth_bps = 1'000'000, .queue_limit = 4ms};
    CHECK(offer(link, spec, kStart, 500).carried());                      // waits 0
    CHECK(offer(link, spec, kStart, 500).carried());                      // waits 4 ms
    CHECK(offer(link, spec, kStart, 500).fate == Fate::kQueueFull);       // would wait 8 ms
    CHECK(offer(link, spec, kStart + 4ms, 500).arrival == kStart + 12ms); // waits 4 ms
}

TEST_CASE("a blocked direction carries nothing until every reason has gone")
{
    LinkDirection link;
    const LinkSpec spec{.bandwidth_bps = 1'000'000};
    link.block();
    link.block();
    CHECK(offer(link, spec, kStart, 500).fate == Fate::kBlocked);
    link.unblock();
    CHECK(offer(link, spec, kStart, 500).fate == Fate::kBlocked);
    link.unblock();
    CHECK(offer(link, spec, kStart, 500).arrival == kStart + 4ms);
}

TEST_CASE("loss happens at its probability")
{
    // Binomial: 100 000 trials at 0.1 have a standard deviation of sqrt(1e5 * 0.1 * 0.9) = 94.9;
    // 4 of them are 380.
    LinkDirection link;
    const LinkSpec spec{.loss = 0.1};
    int lost = 0;
    for (std::uint64_t n = 0; n < 100'000; ++n)
    {
        lost += offer(link, spec, kStart, 500, n).fate == Fate::kLost ? 1 : 0;
    }
    CHECK(std::abs(lost - 10'000) < 380);
}

TEST_CASE("loss 0 loses nothing and loss 1 loses all")
{
    LinkDirection link;
    for (std::uint64_t n = 0; n < 1000; ++n)
    {
        CHECK(offer(link, {.loss = 0.0}, kStart, 500, n).carried());
        CHECK(offer(link, {.loss = 1.0}, kStart, 500, n).fate == Fate::kLost);
    }
}

TEST_CASE("a lost datagram has used the sender's time")
{
    LinkDirection link;
    CHECK(offer(link, {.bandwidth_bps = 1'000'000, .loss = 1.0}, kStart, 500).fate == Fate::kLost);
    CHECK(offer(link, {.bandwidth_bps = 1'000'000}, kStart, 500).arrival == kStart + 8ms);
}

TEST_CASE("whether a datagram is lost depends on its key alone and not on the others")
{
    const LinkSpec spec{.loss = 0.5};
    const auto fates = [&](std::uint64_t first, std::uint64_t last, DatagramKey key) {
        LinkDirection link;
        std::vector<Fate> seen;
        for (key.n = first; key.n < last; ++key.n)
        {
            seen.push_back(link.offer(spec, kStart, 500, key).fate);
        }
        return seen;
    };
    const DatagramKey key{.seed = 1, .device = 7, .link = a_to_b(3)};
    const auto all = fates(0, 200, key);
    const auto tail = fates(100, 200, key);
    CHECK(std::equal(tail.begin(), tail.end(), all.begin() + 100));

    // 200 fair draws agree by chance with probability 2^-200.
    CHECK(all != fates(0, 200, {.seed = 2, .device = 7, .link = a_to_b(3)}));
    CHECK(all != fates(0, 200, {.seed = 1, .device = 8, .link = a_to_b(3)}));
    CHECK(all != fates(0, 200, {.seed = 1, .device = 7, .link = b_to_a(3)}));
    CHECK(all !=
          fates(0, 200, {.seed = 1, .device = 7, .link = device_access(AccessDirection::kUp)}));
}

TEST_CASE("jitter spreads arrivals over its width and never reorders")
{
    LinkDirection link;
    const LinkSpec spec{.propagation = 5ms, .jitter = 2ms};
    SimTime last{};
    double sum = 0.0;
    constexpr int kCount = 10'000;
    for (int n = 0; n < kCount; ++n)
    {
        // 3 ms apart: no datagram can catch up with another, the draws stay as they are.
        const SimTime now = kStart + n * 3ms;
        const auto passage = offer(link, spec, now, 500, static_cast<std::uint64_t>(n));
        CHECK(passage.arrival >= now + 5ms);
        CHECK(passage.arrival < now + 7ms);
        CHECK(passage.arrival >= last);
        last = passage.arrival;
        sum += to_seconds(passage.arrival - now - 5ms);
    }
    // Uniform on [0, 2 ms): mean 1 ms, standard deviation of the mean 2 ms / sqrt(12 * 10^4) = 5.8 us;
    // 4 of them are 23 us.
    CHECK(std::abs(sum / kCount - 1e-3) < 23e-6);
}

TEST_CASE("datagrams offered back to back under jitter arrive in order")
{
    LinkDirection link;
    const LinkSpec spec{.propagation = 5ms, .jitter = 2ms};
    SimTime last{};
    for (std::uint64_t n = 0; n < 1000; ++n)
    {
        const auto passage = offer(link, spec, kStart + SimDuration{static_cast<int>(n)}, 500, n);
        CHECK(passage.arrival >= last);
        last = passage.arrival;
    }
}

TEST_CASE("links of the map and access links have different names")
{
    CHECK(index(b_to_a(static_cast<LinkIndex>(kMaxLinks))) < kFirstAccessLink);
    CHECK(device_access(AccessDirection::kUp) != device_access(AccessDirection::kDown));
    CHECK(server_access(0, AccessDirection::kUp) != device_access(AccessDirection::kDown));
    CHECK(server_access(1, AccessDirection::kUp) != server_access(0, AccessDirection::kDown));
    CHECK(reversed(a_to_b(5)) == b_to_a(5));
    CHECK(link_of(b_to_a(5)) == 5);
}
