// The server's side of overload control on one hop: its estimate against the load it is given, and when
// it says that there is no overload (RFC 7339 §5.1, §5.7).

#include "tests/oracle/overload_hop.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <utility>
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

TEST_CASE("the server's loss is one less target over load, and comes down when the load does")
{
    OverloadOptions options{.control = OverloadOptions::Control::kLoss, .target = 0.9};
    registrar::OverloadServer server(options, 2, 10ms, kServer);
    const auto idle = [](SimTime) { return SimDuration{0}; };
    sip::Message message = request(1, false);
    message.overload = {.algorithms = OverloadControl::kLoss};
    // 600 requests of 10 ms in a second: load 3 of two workers' 2 s. f = 0.9/3.
    for (int i = 0; i < 600; ++i)
    {
        CHECK(server.on_request(SimTime{i * 1ms}, 10ms, message, idle));
    }
    CHECK(server.answer(SimTime{999ms}, message).value == 0); // the window is not over
    CHECK(server.on_request(SimTime{1s}, 10ms, message, idle));
    CHECK(server.fraction() == doctest::Approx(0.3));
    const OverloadControl said = server.answer(SimTime{1s}, message);
    CHECK(said.value == 70);
    CHECK(said.algorithms == OverloadControl::kLoss);
    CHECK(said.validity == 500);
    CHECK(said.sequence == 100'000);
    // 0.3 of them come, load 0.9: it stays. Then nothing for two windows: all may come again.
    for (int i = 1; i < 180; ++i)
    {
        CHECK(server.on_request(SimTime{1s + i * 1ms}, 10ms, message, idle));
    }
    CHECK(server.on_request(SimTime{2s}, 10ms, message, idle));
    CHECK(server.fraction() == doctest::Approx(0.3));
    CHECK(server.on_request(SimTime{9s}, 10ms, message, idle));
    CHECK(server.fraction() == 1);
    // Who offers nothing is told nothing.
    message.overload = {};
    CHECK_FALSE(server.answer(SimTime{9s}, message).offered());
    // RFC 3261 §8.2.6.2: a response has the Via of the request; no answer to what is not supported.
    message.overload = {.algorithms = OverloadControl::kRate};
    CHECK(server.answer(SimTime{9s}, message) == message.overload);
}

TEST_CASE(
    "without overload control a station returns the client's offer as it is (RFC 3261 8.2.6.2)")
{
    const StationOptions options{.workers = 1};
    const ServiceStation station(options, kProxy);
    sip::Message message = request(1, false);
    message.overload = {.algorithms = OverloadControl::kLoss};
    CHECK(station.overload(SimTime{}, message) == message.overload);
}

namespace
{

constexpr OverloadOptions kByRate{.control = OverloadOptions::Control::kRate, .target = 0.8};

/// Requests of 10 ms to a server of one worker: `each` from each of `hosts` in the second from `second`.
void
fill(registrar::OverloadServer& server, int second, std::uint32_t each, std::uint32_t hosts)
{
    const std::uint32_t all = each * hosts;
    for (std::uint32_t i = 0; i < all; ++i)
    {
        sip::Message message = request(i, false);
        message.src.host = sip::Host{i % hosts};
        message.overload = {.algorithms = kBoth.algorithms};
        CHECK(server.on_request(SimTime{second * 1s + i * SimDuration{1s} / all},
                                10ms,
                                message,
                                [](SimTime) { return SimDuration{0}; }));
    }
}

OverloadControl
said(const registrar::OverloadServer& server, SimTime now)
{
    sip::Message message = request(1, false);
    message.overload = {.algorithms = kBoth.algorithms};
    return server.answer(now, message);
}

} // namespace

TEST_CASE("RFC 7339 5.1, 5.7: a server by rate that is not in overload says oc=0, oc-validity=0")
{
    registrar::OverloadServer server(kByRate, 1, 10ms, kServer);
    fill(server, 0, 100, 1);
    CHECK(said(server, SimTime{999ms}).answered); // no window is over, nothing is known
    CHECK(said(server, SimTime{999ms}).value == 0);
    CHECK(said(server, SimTime{999ms}).validity == 0);
    fill(server, 1, 70, 1); // the window before had 1 s of work in 1 s; 1 > 0.8
    CHECK(server.overloaded());
    CHECK(said(server, SimTime{1999ms}).value == 80);
    CHECK(said(server, SimTime{1999ms}).validity == 500);
    fill(server, 2, 60, 1); // 0.7: neither above 0.8 nor below 0.64
    CHECK(server.overloaded());
    fill(server, 3, 1, 1); // 0.6, and 60 are less than 0.8 * 80
    CHECK_FALSE(server.overloaded());
    CHECK(said(server, SimTime{3s}).value == 0);
    CHECK(said(server, SimTime{3s}).validity == 0);
    CHECK(said(server, SimTime{3s}).algorithms == OverloadControl::kRate);
    fill(server, 4, 70, 1);
    fill(server, 5, 1, 1); // 0.7 is no overload where there was none
    CHECK_FALSE(server.overloaded());

    // A proxy in control that is told so sends what it likes.
    OverloadClient client(kBoth, kProxy);
    client.on_response(SimTime{5s},
                       {.algorithms = OverloadControl::kRate,
                        .answered = true,
                        .value = 0,
                        .validity = 5000,
                        .sequence = 1});
    CHECK_FALSE(client.passes(SimTime{5500ms}, request(1, true)));
    client.on_response(SimTime{5500ms}, said(server, SimTime{5500ms}));
    CHECK(client.passes(SimTime{5500ms}, request(1, true)));
}

TEST_CASE("overload by rate is not over while work is left or a proxy is held back")
{
    registrar::OverloadServer server(kByRate, 1, 10ms, kServer);
    fill(server, 0, 50, 2);
    fill(server, 1, 2, 2);
    REQUIRE(server.overloaded());
    CHECK(server.rate() == doctest::Approx(40));
    // One sends the 40 it may, the other 2: load 0.42 < 0.64, but the first may have more.
    sip::Message message = request(1, false);
    message.src.host = sip::Host{1};
    message.overload = {.algorithms = kBoth.algorithms};
    SimDuration left{0};
    const auto rest = [&](SimTime) { return left; };
    for (int i = 0; i < 38; ++i)
    {
        CHECK(server.on_request(SimTime{1800ms + i * 1ms}, 10ms, message, rest));
    }
    CHECK(server.on_request(SimTime{2s}, 10ms, message, rest));
    CHECK(server.overloaded());
    left = 1ms;
    CHECK(server.on_request(SimTime{3s}, 10ms, message, rest)); // a request in a second, work left
    CHECK(server.overloaded());
    left = 0ms;
    CHECK(server.on_request(SimTime{4s}, 10ms, message, rest));
    CHECK_FALSE(server.overloaded());
}

TEST_CASE("a sender is told no less than two requests in a validity: at less control would lapse")
{
    // Of 0.8 s of work nothing is left over: what is left of the window before is more.
    for (const auto& [validity, least] :
         {std::pair{500ms, 4U}, std::pair{300ms, 7U}, std::pair{5000ms, 1U}})
    {
        OverloadOptions options = kByRate;
        options.validity = validity;
        registrar::OverloadServer server(options, 1, 10ms, kServer);
        sip::Message message = request(1, false);
        message.overload = {.algorithms = kBoth.algorithms};
        for (const SimTime now : {SimTime{}, SimTime{1s}})
        {
            CHECK(server.on_request(now, 10ms, message, [](SimTime) { return SimDuration{1s}; }));
        }
        REQUIRE(server.overloaded());
        CHECK(said(server, SimTime{1s}).value == least);
    }
}

TEST_CASE("a proxy that has just been heard of has its share of the rate at once")
{
    registrar::OverloadServer server(kByRate, 1, 10ms, kServer);
    fill(server, 0, 100, 1);
    fill(server, 1, 1, 1);
    CHECK(server.rate() == doctest::Approx(80));
    fill(server, 1, 1, 4); // three more
    CHECK(server.rate() == doctest::Approx(20));
}

TEST_CASE(
    "the server shares its rate evenly among all senders; what the others leave is its proxies'")
{
    // Two proxies send twelve requests of 20 ms each in a second, a sender that takes no part twelve or
    // eight; 0.3 s of work is left: more than 0.9 s with either. There is room for 0.6 s, 30 requests: ten
    // each, or eight for the one and eleven for each of the two.
    OverloadOptions options{.control = OverloadOptions::Control::kRate, .target = 0.9};
    const auto left = [](SimTime) { return SimDuration{300ms}; };
    for (const auto& [others, each] : {std::pair{12, 10}, std::pair{8, 11}})
    {
        registrar::OverloadServer server(options, 1, 10ms, kServer);
        sip::Message message = request(1, false);
        for (int i = 0; i < 24 + others; ++i)
        {
            const bool part = i < 24;
            message.src.host = part ? sip::Host{static_cast<std::uint32_t>(i % 2)} : sip::Host{2};
            message.overload = {.algorithms = static_cast<std::uint8_t>(part ? 3 : 0)};
            CHECK(server.on_request(SimTime{i * 10ms}, 20ms, message, left));
        }
        message.src.host = sip::Host{1};
        message.overload = {.algorithms = 3};
        CHECK(server.on_request(SimTime{1s}, 20ms, message, left));
        CHECK(server.rate() == doctest::Approx(each));
        CHECK(server.answer(SimTime{1s}, message).value == static_cast<std::uint32_t>(each));
        CHECK(server.answer(SimTime{1s}, message).algorithms == OverloadControl::kRate);
        // Model choice: a client whose list is loss alone is answered loss (RFC 7339 §5.1: one of its list);
        // RFC 7415 §3.4 would have it treated as one that takes no part (RFC 7339 §5.10.2).
        message.overload = {.algorithms = OverloadControl::kLoss};
        CHECK(server.answer(SimTime{1s}, message).algorithms == OverloadControl::kLoss);
    }
}

// RFC 7339 §5.10.2: "MUST reject some requests from non-participating clients with a 503 (Service Unavailable)
// response without the Retry-After header field".
namespace
{

struct Taken
{
    int first = 0; // without credentials
    int second = 0;
    int refused = 0;
};

/// `windows` seconds of 900 requests each, a third with credentials, none of them of a participant, at two
/// workers that take 10 ms for any: what became of those of the last `counted` seconds.
Taken
others(ServiceStation& station, int windows, int counted)
{
    Taken taken;
    for (int i = 0; i < windows * 900; ++i)
    {
        const SimTime now = SimTime{std::chrono::seconds{i / 900}} + (i % 900) * 1111us;
        const bool authenticated = i % 3 == 0;
        const sip::Message message = request(static_cast<std::uint64_t>(i), authenticated);
        const bool place = station.offer(now, message).has_value();
        if (!place)
        {
            const auto refusal = station.refuse(now, message);
            CHECK(refusal.aloud);
            CHECK(refusal.seconds == 0);
        }
        if (i >= (windows - counted) * 900)
        {
            ++(!place ? taken.refused : authenticated ? taken.second : taken.first);
        }
    }
    return taken;
}

StationOptions
two_workers(OverloadOptions::Control control = OverloadOptions::Control::kLoss)
{
    StationOptions options{.workers = 2, .unauthenticated = 10ms, .authenticated = 10ms};
    options.when_full =
        StationOptions::WhenFull::kDrop; // the refusal is the RFC's, not the queue's
    options.overload = {.control = control, .target = 0.9};
    return options;
}

} // namespace

TEST_CASE("where nobody else takes part, those who take no part are taken up to the target")
{
    for (const auto control : {OverloadOptions::Control::kLoss, OverloadOptions::Control::kRate})
    {
        const StationOptions options = two_workers(control);
        ServiceStation station(options, kServer);
        // 900 requests of 10 ms in a second are 4.5 times two workers' time. Taken are such that the load is
        // the target, 180 a second (f := f target/load has no other rest). Those with credentials, 300, go
        // before the rest (§7.2), so that all 180 are of them.
        constexpr int kCounted = 100;
        const Taken taken = others(station, 110, kCounted);
        // A share that is drawn: the load of a window scatters by sqrt(180) requests or less, and f follows
        // it; the mean of a hundred windows within 3 %.
        CHECK(taken.second == doctest::Approx(180 * kCounted).epsilon(0.03));
        CHECK(taken.first < 180 * kCounted / 100); // the mix is measured: hardly any
        CHECK(taken.first + taken.second + taken.refused == 900 * kCounted);
    }
}

namespace
{

/// What a server of one worker, 10 ms a request, target 0.8, takes a second of a proxy that offers `proxy` and
/// sends what it is told, and of `hosts` senders that take no part and send `others` together.
struct Shares
{
    double proxy = 0;
    double others = 0;
    bool overloaded = false;
};

Shares
shared(registrar::OverloadServer& server, int from, int proxy, int others, std::uint32_t hosts)
{
    constexpr int kWindows = 200;
    constexpr int kSettling = 10;
    const auto idle = [](SimTime) { return SimDuration{0}; };
    Shares taken;
    std::uint64_t number = static_cast<std::uint64_t>(from) * 100'000;
    for (int second = 0; second < kWindows; ++second)
    {
        const SimTime start{std::chrono::seconds{from + second}};
        sip::Message offer = request(++number, true);
        offer.src.host = sip::Host{1000};
        offer.overload = {.algorithms = kBoth.algorithms};
        CHECK(server.on_request(start, 10ms, offer, idle));
        const OverloadControl said = server.answer(start, offer);
        const int sent =
            said.validity == 0 ? proxy : std::min<int>(proxy, static_cast<int>(said.value));
        for (int i = 1; i < sent; ++i)
        {
            CHECK(server.on_request(start + i * SimDuration{1s} / proxy, 10ms, offer, idle));
        }
        const bool counted = second >= kSettling;
        taken.proxy += counted ? sent : 0;
        for (int i = 0; i < others; ++i)
        {
            sip::Message other = request(++number, true);
            other.src.host = sip::Host{static_cast<std::uint32_t>(i) % hosts};
            // All of them after the proxy's: windows end by requests, whose instants only have to ascend.
            const bool place = server.on_request(start + 999ms + i * 1us, 10ms, other, idle);
            taken.others += counted && place ? 1 : 0;
        }
    }
    taken.proxy /= kWindows - kSettling;
    taken.others /= kWindows - kSettling;
    taken.overloaded = server.overloaded();
    return taken;
}

} // namespace

TEST_CASE("RFC 7339 5.10.2 by rate: those who take no part get as much as those who do")
{
    // 80 requests a second are the target. "It would be fair to devote the same amount of processing": the
    // even part each, but for what the other leaves. A share drawn of 400 scatters by sqrt(40) or so, and the
    // mean of 190 windows by 0.5: within 2. Who takes part is told whole requests.
    const auto run = [](int proxy, int others, std::uint32_t hosts) {
        registrar::OverloadServer server(kByRate, 1, 10ms, kServer);
        return shared(server, 0, proxy, others, hosts);
    };
    const auto near = [](double value) { return doctest::Approx(value).epsilon(2 / value); };
    const Shares even = run(400, 400, 1);
    CHECK(even.proxy == near(40));
    CHECK(even.others == near(40));
    const Shares four = run(400, 400, 3); // three beside one proxy
    CHECK(four.proxy == near(20));
    CHECK(four.others == near(60));
    const Shares few = run(400, 20, 1);
    CHECK(few.proxy == near(60));
    CHECK(few.others == 20); // none of them is refused
    const Shares modest = run(10, 400, 1);
    CHECK(modest.proxy == 10);
    CHECK(modest.others == near(70));
    for (const Shares& shares : {even, four, few, modest})
    {
        CHECK(shares.overloaded);
    }
}

TEST_CASE("by rate none is refused before overload or after it, and it lasts while one is")
{
    registrar::OverloadServer server(kByRate, 1, 10ms, kServer);
    const Shares before = shared(server, 0, 10, 60, 1); // 0.7 of a worker: no overload
    CHECK(before.others == 60);
    CHECK_FALSE(before.overloaded);
    CHECK(shared(server, 200, 10, 400, 1).overloaded);
    const Shares after = shared(server, 400, 10, 40, 1); // 0.5 < 0.64
    CHECK(after.others == 40);
    CHECK_FALSE(after.overloaded);
}

TEST_CASE("by rate overload is not over in a window in which one was refused, however low its load")
{
    registrar::OverloadServer server(kByRate, 1, 10ms, kServer);
    const auto idle = [](SimTime) { return SimDuration{0}; };
    std::uint64_t n = 0;
    for (; n < 400; ++n)
    {
        CHECK(server.on_request(SimTime{n * 1ms}, 10ms, request(n, true), idle));
    }
    // Load 4, g = 0.2: a few requests, until one is refused.
    SimTime now{1s};
    while (server.on_request(now, 10ms, request(++n, true), idle))
    {
        now += 1ms;
        REQUIRE(n < 430); // 0.2^30
    }
    (void)server.on_request(SimTime{2s}, 10ms, request(++n, true), idle);
    CHECK(server.overloaded());
    // g has gone up to 1: of ten none is refused, and then it is over.
    for (int i = 0; i < 9; ++i)
    {
        CHECK(server.on_request(SimTime{3s}, 10ms, request(++n, true), idle));
    }
    CHECK(server.on_request(SimTime{4s}, 10ms, request(++n, true), idle));
    CHECK_FALSE(server.overloaded());
}

namespace
{

/// A station of one worker, 10 ms a request, target 0.8, by rate. Volleys of `size`, `apart`, of `hosts` senders that
/// take no part, for 300 s; beside them a proxy that sends what it is told in each second.
struct Volleys
{
    SimDuration longest{}; // that anything taken had to wait
    SimDuration last{};
};

Volleys
volleys(int size, SimDuration apart, std::uint32_t hosts, bool proxy)
{
    StationOptions options{.workers = 1, .unauthenticated = 10ms, .authenticated = 10ms};
    options.queue = 1'000'000;
    options.overload = kByRate;
    ServiceStation station(options, kServer);
    Volleys result;
    std::uint64_t n = 0;
    SimTime next{};
    for (int second = 0; second < 300; ++second)
    {
        const SimTime start{std::chrono::seconds{second}};
        sip::Message offer = request(++n, true);
        offer.src.host = sip::Host{100'000};
        offer.overload = {.algorithms = kBoth.algorithms};
        const int told = proxy ? static_cast<int>(station.overload(start, offer).value) : 0;
        for (int i = 0; i < told; ++i)
        {
            (void)station.offer(start, offer);
        }
        for (; next < start + 1s; next += apart)
        {
            for (int i = 0; i < size; ++i)
            {
                sip::Message other = request(++n, true);
                other.src.host = sip::Host{static_cast<std::uint32_t>(i) % hosts};
                const auto place = station.offer(next, other);
                result.last = place ? place->done - next : result.last;
                result.longest = std::max(result.longest, result.last);
            }
        }
    }
    return result;
}

} // namespace

TEST_CASE("by rate volleys with silence between them do not reopen the gate while work is left")
{
    // 400 every 2 s are twice what the worker does. One of which nothing is known is 4 s of work; another is
    // taken whole only when nothing is left of it.
    CHECK(volleys(400, 2s, 1, false).longest < 8s);
}

TEST_CASE("by rate a flood is held to the room there is, however large")
{
    // 20 000 requests a second of 900 senders: two hundred times what the worker does, of which one in a hundred
    // would be two and a half times the target.
    const Volleys found = volleys(1000, 50ms, 900, true);
    CHECK(found.longest < 250s); // the first second's 20 000 are 200 s of work, all of them taken
    CHECK(found.last < 5s);      // which it has done in the end
}

TEST_CASE("a copy has the fate of its request within a window")
{
    OverloadOptions options{.control = OverloadOptions::Control::kLoss, .target = 0.9};
    const auto idle = [](SimTime) { return SimDuration{0}; };
    registrar::OverloadServer server(options, 1, 10ms, kServer);
    const auto nth = [](int n) { return request(static_cast<std::uint64_t>(n), n % 3 == 0); };
    // None is refused where nothing has come before, or in the first window: nothing has been measured.
    CHECK(registrar::OverloadServer(options, 1, 10ms, kServer)
              .on_request(SimTime{1h}, 10ms, request(1, false), idle));
    for (int i = 0; i < 200; ++i)
    {
        CHECK(server.on_request(SimTime{i * 5ms}, 10ms, nth(i), idle));
    }
    // Load 2, f = 0.45: 55 % of 400 are refused, standard deviation at most sqrt(400 0.55 0.45) = 10. The
    // copies come when all have come, and a hundred of one category, so that the mix is another.
    std::vector<bool> taken;
    for (int i = 0; i < 400; ++i)
    {
        taken.push_back(server.on_request(SimTime{1s + i * 1ms}, 10ms, nth(1000 + i), idle));
    }
    for (int i = 0; i < 100; ++i)
    {
        CHECK(server.on_request(SimTime{1450ms}, 10ms, request(5000, true), idle));
    }
    for (int i = 0; i < 400; ++i)
    {
        CHECK(server.on_request(SimTime{1500ms + i * 1ms}, 10ms, nth(1000 + i), idle) ==
              taken[static_cast<std::size_t>(i)]);
    }
    const auto refused = std::ranges::count(taken, false);
    CHECK(refused > 220 - 40);
    CHECK(refused < 220 + 40);
    // RFC 3261 §17: nothing answers an ACK.
    for (int i = 0; i < 20; ++i)
    {
        sip::Message ack = request(static_cast<std::uint64_t>(6000 + i), false);
        ack.method = sip::Method::kAck;
        CHECK(server.on_request(SimTime{1950ms}, 10ms, ack, idle));
    }
}

TEST_CASE("a window in which all were refused does not let all pass in the next")
{
    OverloadOptions options{.control = OverloadOptions::Control::kLoss, .target = 0.9};
    registrar::OverloadServer server(options, 1, 1s, kServer);
    const auto idle = [](SimTime) { return SimDuration{0}; };
    // 100 requests of a second in a window of one: f = 0.9/100, below the least there is, 0.01.
    std::uint64_t n = 0;
    for (; n < 100; ++n)
    {
        CHECK(server.on_request(SimTime{n * 10ms}, 1s, request(n, false), idle));
    }
    // Of a few that come in the second window all are refused (each with 99 %) ...
    for (int i = 0; i < 5; ++i, ++n)
    {
        CHECK_FALSE(server.on_request(SimTime{1s + i * 10ms}, 1s, request(n, false), idle));
    }
    // ... and the third has 0.01 0.9/1, as if one had been taken.
    CHECK_FALSE(server.on_request(SimTime{2s}, 1s, request(n, false), idle));
    CHECK(server.fraction() == doctest::Approx(0.01));
    // Windows without a request are another matter.
    CHECK(server.on_request(SimTime{9s}, 1s, request(n + 1, false), idle));
}

TEST_CASE("a registrar that loads its bindings measures nothing and says what it was told to say")
{
    StationOptions options = two_workers();
    options.load_time = 10s;
    options.retry_after = 30;
    for (const auto how : {StationOptions::WhenFull::kDrop, StationOptions::WhenFull::kRefuse})
    {
        options.while_loading = how;
        ServiceStation station(options, kServer);
        station.begin(SimTime{}, 0);
        for (int i = 0; i < 10'000; ++i) // ten windows of five times what it could serve
        {
            const SimTime now{i * 999us};
            const sip::Message message = request(static_cast<std::uint64_t>(i), false);
            CHECK_FALSE(station.offer(now, message));
            const auto refusal = station.refuse(now, message);
            CHECK(refusal.aloud == (how == StationOptions::WhenFull::kRefuse));
            CHECK(refusal.seconds == (refusal.aloud ? 30U : 0U));
        }
        CHECK(station.offer(SimTime{10s}, request(20'000, false)));
    }
}
