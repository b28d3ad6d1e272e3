// Overload control on one hop: the throttle of the client against RFC 7339 §7.2 and RFC 7415 §3.5, and
// closed into a loop with a server.

#include "tests/oracle/overload_hop.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

using namespace sipsim;
using namespace sipsim::oracle;
using namespace std::chrono_literals;
using proxy::OverloadClient;
using proxy::OverloadClientOptions;
using registrar::OverloadOptions;
using registrar::ServiceStation;
using registrar::StationOptions;
using sip::OverloadControl;

namespace
{

OverloadControl
announce(OverloadControl::Algorithm algorithm, std::uint32_t value, std::uint64_t sequence = 1)
{
    return {.algorithms = algorithm,
            .answered = true,
            .value = value,
            .validity = 3'600'000,
            .sequence = sequence};
}

/// Share not sent of each category, and of all, under `oc` per cent; one of `one_in` has no credentials.
std::array<double, 3>
dropped(std::uint32_t oc, std::uint64_t one_in, std::uint64_t requests)
{
    OverloadClient client(kBoth, kProxy);
    client.on_response(SimTime{}, announce(OverloadControl::kLoss, oc));
    std::array<double, 2> offered{};
    std::array<double, 2> lost{};
    for (std::uint64_t n = 0; n < requests; ++n)
    {
        const std::size_t second = n % one_in == 0 ? 0 : 1;
        offered[second] += 1;
        lost[second] += client.passes(SimTime{1ms}, request(n, second == 1)) ? 0 : 1;
    }
    return {lost[0] / offered[0],
            offered[1] > 0 ? lost[1] / offered[1] : 0,
            (lost[0] + lost[1]) / static_cast<double>(requests)};
}

} // namespace

TEST_CASE("RFC 7339: by loss the share of requests not sent is oc")
{
    // Binomial: sd sqrt(p (1 - p)/n) <= 0.5/sqrt(100 000) = 0.0016; four of them.
    for (const std::uint32_t oc : {0U, 1U, 20U, 50U, 99U, 100U})
    {
        CAPTURE(oc);
        const auto share = dropped(oc, 1, 100'000);
        CHECK(std::abs(share[2] - oc / 100.0) < 0.0064);
        if (oc == 0 || oc == 100)
        {
            CHECK(share[2] == oc / 100.0);
        }
    }
}

TEST_CASE("RFC 7339 7.2: requests that go before others are lost only when those others all are")
{
    // Half the requests have credentials. Of 30 % the others bear all: 60 % of them.
    auto share = dropped(30, 2, 200'000);
    CHECK(std::abs(share[0] - 0.6) < 0.0064);
    CHECK(share[1] == 0);
    CHECK(std::abs(share[2] - 0.3) < 0.0064);
    // Of 80 % they bear 50, the rest is 30/50 of those with credentials.
    share = dropped(80, 2, 200'000);
    CHECK(share[0] > 0.9999); // until the mix is known, the first few may go
    CHECK(std::abs(share[1] - 0.6) < 0.0064);
    CHECK(std::abs(share[2] - 0.8) < 0.0064);
}

TEST_CASE("a copy of a request has the fate of the first while the announcement is the same")
{
    OverloadClient client(kBoth, kProxy);
    client.on_response(SimTime{}, announce(OverloadControl::kLoss, 50));
    for (std::uint64_t n = 0; n < 200; ++n)
    {
        const bool first = client.passes(SimTime{1ms}, request(n, false));
        CHECK(client.passes(SimTime{2ms}, request(n, false)) == first);
    }
}

TEST_CASE("RFC 7415: by rate no interval has more than the rate and its tolerance, and little less")
{
    // T = 10 ms. Without credentials TAU = 4 T, with them 9 T: n + 1 requests need n T - TAU.
    for (const bool authenticated : {false, true})
    {
        OverloadClient client(kBoth, kProxy);
        client.on_response(SimTime{}, announce(OverloadControl::kRate, 100));
        std::vector<SimTime> sent;
        SimTime now{};
        for (std::uint64_t n = 0; n < 60'000; ++n)
        {
            now += draw_exponential(kSource, Purpose::kCall, n, 3ms);
            if (client.passes(now, request(n, authenticated)))
            {
                sent.push_back(now);
            }
        }
        const SimDuration tolerance = (authenticated ? 9 : 4) * SimDuration{10ms};
        for (std::size_t i = 0; i < sent.size(); ++i)
        {
            for (const std::size_t n : {std::size_t{10}, std::size_t{100}, std::size_t{1000}})
            {
                if (i + n < sent.size())
                {
                    REQUIRE(sent[i + n] - sent[i] >=
                            static_cast<SimDuration::rep>(n) * SimDuration{10ms} - tolerance);
                }
            }
        }
        const double rate = static_cast<double>(sent.size()) / to_seconds(now - SimTime{});
        CHECK(rate > 98);
        CHECK(rate < 100.1);
    }
}

namespace
{

/// Requests that pass of one every 100 us from `begin` for `length`.
std::uint64_t
passed(OverloadClient& client, SimTime begin, SimDuration length, bool authenticated)
{
    std::uint64_t sent = 0;
    for (SimTime now = begin; now < begin + length; now += 100us)
    {
        sent += client.passes(now, request(sent, authenticated)) ? 1 : 0;
    }
    return sent;
}

} // namespace

TEST_CASE("RFC 7415 3.5.1: a higher rate is sent at once, whatever filled the bucket before")
{
    // T = 1 s: 5 or 10 at once, and then the level is 5 or 10 s. At 400 a second T = 2.5 ms, and a bucket
    // of 2 * 5 T needs 6 T, six requests, to be at TAU = 4 T; TAU2 = 9 T needs one.
    for (const bool authenticated : {false, true})
    {
        OverloadClient client(kBoth, kProxy);
        client.on_response(SimTime{}, announce(OverloadControl::kRate, 1, 1));
        CHECK(passed(client, SimTime{}, 500ms, authenticated) == (authenticated ? 10 : 5));
        client.on_response(SimTime{500ms}, announce(OverloadControl::kRate, 400, 2));
        const std::uint64_t second = passed(client, SimTime{500ms}, 1s, authenticated);
        CHECK(second >= 400 - 6);
        CHECK(second <= 400 + 10);
    }
}

TEST_CASE("RFC 7415 3.5.1: control that begins, anew or after loss, begins with an empty bucket")
{
    OverloadClient client(kBoth, kProxy);
    OverloadControl rate = announce(OverloadControl::kRate, 1, 1);
    rate.validity = 500;
    client.on_response(SimTime{}, rate);
    CHECK(passed(client, SimTime{}, 400ms, true) == 10); // 2 * 5
    CHECK_FALSE(client.passes(SimTime{499ms}, request(1, true)));
    rate.sequence = 2;
    client.on_response(SimTime{600ms}, rate); // the first is over
    CHECK(passed(client, SimTime{600ms}, 400ms, true) == 10);
    client.on_response(SimTime{1s}, announce(OverloadControl::kLoss, 0, 3));
    client.on_response(SimTime{1s}, announce(OverloadControl::kRate, 1, 4));
    CHECK(passed(client, SimTime{1s}, 400ms, true) == 10);
    // The same rate again is no beginning: 0.4 s have gone by of the second that the next one needs.
    client.on_response(SimTime{1400ms}, announce(OverloadControl::kRate, 1, 5));
    CHECK(passed(client, SimTime{1400ms}, 500ms, true) == 0);
}

TEST_CASE("RFC 7415: the rate is not exceeded where a second is no multiple of it, nor by a burst "
          "of any size")
{
    // 1 s / 3 is rounded up: of n requests the last is no sooner than (n - 1)/3 s.
    const OverloadClientOptions single{.algorithms = kBoth.algorithms, .burst = 1};
    OverloadClient client(single, kProxy);
    client.on_response(SimTime{}, announce(OverloadControl::kRate, 3));
    CHECK(client.passes(SimTime{}, request(1, false)));
    CHECK_FALSE(client.passes(SimTime{333'333'333ns}, request(2, false)));
    CHECK(client.passes(SimTime{333'333'334ns}, request(2, false)));

    const OverloadClientOptions great{.algorithms = kBoth.algorithms,
                                      .burst = proxy::kMaxOverloadBurst};
    OverloadClient wide(great, kProxy);
    wide.on_response(SimTime{}, announce(OverloadControl::kRate, 1));
    const sip::Message message = request(0, true);
    std::uint64_t sent = 0;
    for (std::uint64_t n = 0; n < 2'100'000; ++n)
    {
        sent += wide.passes(SimTime{}, message) ? 1 : 0;
    }
    CHECK(sent == 2'000'000);
}

TEST_CASE("RFC 7415: a rate of nought is nothing at all")
{
    OverloadClient client(kBoth, kProxy);
    client.on_response(SimTime{}, announce(OverloadControl::kRate, 0));
    CHECK_FALSE(client.passes(SimTime{1s}, request(1, true)));
}

TEST_CASE("RFC 7339: an announcement holds for its validity; an older one, or of an algorithm not "
          "offered, "
          "is none")
{
    const OverloadClientOptions only_loss{.algorithms = OverloadControl::kLoss};
    OverloadClient client(only_loss, kProxy);
    OverloadControl all = announce(OverloadControl::kLoss, 100, 5);
    all.validity = 500;
    client.on_response(SimTime{1s}, all);
    CHECK_FALSE(client.passes(SimTime{1s + 500ms - 1ns}, request(1, false)));
    CHECK(client.passes(SimTime{1s + 500ms}, request(1, false)));

    client.on_response(SimTime{2s}, all);
    client.on_response(SimTime{2s}, announce(OverloadControl::kLoss, 0, 4)); // out of order
    CHECK_FALSE(client.passes(SimTime{2s}, request(1, false)));
    client.on_response(SimTime{2s}, announce(OverloadControl::kRate, 1000, 6));
    CHECK_FALSE(client.passes(SimTime{2s}, request(1, false)));

    OverloadControl end = announce(OverloadControl::kLoss, 0, 7); // §5.7
    end.validity = 0;
    client.on_response(SimTime{2s}, end);
    CHECK(client.passes(SimTime{2s}, request(1, false)));
}

TEST_CASE("RFC 7339 5.4: only a higher oc-seq updates what is in force; what is over is forgotten")
{
    OverloadClient client(kBoth, kProxy);
    OverloadControl all = announce(OverloadControl::kLoss, 100, 5);
    all.validity = 500;
    client.on_response(SimTime{}, all);
    client.on_response(SimTime{400ms}, all); // a copy of the response: 500 ms from the first
    CHECK_FALSE(client.passes(SimTime{499ms}, request(1, false)));
    CHECK(client.passes(SimTime{500ms}, request(1, false)));
    // The server has begun anew and numbers from one.
    client.on_response(SimTime{600ms}, announce(OverloadControl::kLoss, 100, 1));
    CHECK_FALSE(client.passes(SimTime{600ms}, request(1, false)));
}

TEST_CASE("what has no readable oc-seq is not older than what has one: it can end control")
{
    OverloadClient client(kBoth, kProxy);
    client.on_response(SimTime{}, announce(OverloadControl::kLoss, 100, 5));
    OverloadControl end = announce(OverloadControl::kLoss, 0);
    end.validity = 0;
    end.sequence.reset();
    client.on_response(SimTime{1s}, end);
    CHECK(client.passes(SimTime{1s}, request(1, false)));
}

TEST_CASE("RFC 7339: a loss of more than 100 per cent is all of it")
{
    CHECK(dropped(150, 2, 1000)[2] == 1);
}

namespace
{

struct Loop
{
    double busy = 0;      // share of the worker's time
    double longest_s = 0; // wait, after 20 s
    double sent = 0;      // requests a second
};

/// A proxy offers `rate` requests a second, Poisson, of 10 ms each, to one worker that tells it its load.
Loop
loop(OverloadOptions::Control control, double rate)
{
    StationOptions options;
    options.workers = 1;
    options.law = StationOptions::Law::kExponential;
    options.unauthenticated = 10ms;
    options.authenticated = 10ms;
    options.overload = {.control = control, .target = 0.8, .window = 1s, .validity = 5s};
    ServiceStation station(options, kProxy);
    OverloadClient client(kBoth, kProxy);
    SimTime now{};
    Loop seen;
    std::uint64_t sent = 0;
    for (std::uint64_t n = 0; now < SimTime{620s}; ++n)
    {
        now += draw_exponential(kSource, Purpose::kCall, n, SimDuration{std::llround(1e9 / rate)});
        sip::Message message = request(n, false);
        if (!client.passes(now, message))
        {
            continue;
        }
        message.overload = client.offer();
        const auto admission = station.offer(now, message);
        if (now >= SimTime{20s})
        {
            ++sent;
            seen.busy += to_seconds(admission->done - admission->begins) / 600;
            seen.longest_s = std::max(seen.longest_s, to_seconds(admission->begins - now));
        }
        client.on_response(now, station.overload(now, message)); // Model: it answers at once
    }
    seen.sent = static_cast<double>(sent) / 600;
    return seen;
}

} // namespace

TEST_CASE("the loop is silent below the target: all is sent")
{
    // 40 a second of 10 ms: load 0.4. A window of one second is above 0.8 where 80 Poisson arrivals come
    // instead of 40, 6 sd off; work left adds little. So hardly anything is lost by loss control.
    CHECK(loop(OverloadOptions::Control::kLoss, 40).sent > 39);
    CHECK(loop(OverloadOptions::Control::kRate, 40).sent > 39);
}

TEST_CASE("the loop keeps a worker at its target under any load, and the queue short")
{
    for (const double rate : {120.0, 300.0, 2000.0})
    {
        CAPTURE(rate);
        const Loop loss = loop(OverloadOptions::Control::kLoss, rate);
        // Each window corrects the last: on average 0.8 of the time, but the worker cannot be busier than
        // all of it where chance brings more; within 8 %.
        CHECK(std::abs(loss.busy - 0.8) < 0.08);
        // Without control it would grow to hundreds of seconds. At 2 000 a second one per cent, the least
        // step of oc, is 20 requests, a quarter of what is wanted.
        CHECK(loss.longest_s < (rate > 1000 ? 8 : 2));
        const Loop by_rate = loop(OverloadOptions::Control::kRate, rate);
        // 80 a second, less what is left at the end of a window and what rounding down takes.
        CHECK(by_rate.sent < 80.5);
        CHECK(by_rate.sent > 70);
        CHECK(by_rate.longest_s < 2);
    }
}
