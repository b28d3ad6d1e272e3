// The server's side of overload control on one hop: its estimate against the load it is given, and when
// it says that there is no overload (RFC 7339 §5.1, §5.7).

#include "tests/oracle/overload_hop.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <utility>

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
    registrar::OverloadServer server(options, 2, 10ms);
    const auto idle = [](SimTime) { return SimDuration{0}; };
    sip::Message message = request(1, false);
    message.overload = {.algorithms = OverloadControl::kLoss};
    // 600 requests of 10 ms in a second: load 3 of two workers' 2 s. f = 0.9/3.
    for (int i = 0; i < 600; ++i)
    {
        server.on_request(SimTime{i * 1ms}, 10ms, message, idle);
    }
    CHECK(server.answer(SimTime{999ms}, message).value == 0); // the window is not over
    server.on_request(SimTime{1s}, 10ms, message, idle);
    CHECK(server.fraction() == doctest::Approx(0.3));
    const OverloadControl said = server.answer(SimTime{1s}, message);
    CHECK(said.value == 70);
    CHECK(said.algorithms == OverloadControl::kLoss);
    CHECK(said.validity == 500);
    CHECK(said.sequence == 100'000);
    // 0.3 of them come, load 0.9: it stays. Then nothing for two windows: all may come again.
    for (int i = 1; i < 180; ++i)
    {
        server.on_request(SimTime{1s + i * 1ms}, 10ms, message, idle);
    }
    server.on_request(SimTime{2s}, 10ms, message, idle);
    CHECK(server.fraction() == doctest::Approx(0.3));
    server.on_request(SimTime{9s}, 10ms, message, idle);
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
        server.on_request(SimTime{second * 1s + i * SimDuration{1s} / all},
                          10ms,
                          message,
                          [](SimTime) { return SimDuration{0}; });
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
    registrar::OverloadServer server(kByRate, 1, 10ms);
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
    registrar::OverloadServer server(kByRate, 1, 10ms);
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
        server.on_request(SimTime{1800ms + i * 1ms}, 10ms, message, rest);
    }
    server.on_request(SimTime{2s}, 10ms, message, rest);
    CHECK(server.overloaded());
    left = 1ms;
    server.on_request(SimTime{3s}, 10ms, message, rest); // a request in a second, work left
    CHECK(server.overloaded());
    left = 0ms;
    server.on_request(SimTime{4s}, 10ms, message, rest);
    CHECK_FALSE(server.overloaded());
}

TEST_CASE("a sender is told no less than two requests in a validity: at less control would lapse")
{
    // Of 0.8 s of work nothing is left over for them: the others bring it.
    for (const auto& [validity, least] :
         {std::pair{500ms, 4U}, std::pair{300ms, 7U}, std::pair{5000ms, 1U}})
    {
        OverloadOptions options = kByRate;
        options.validity = validity;
        registrar::OverloadServer server(options, 1, 10ms);
        sip::Message other = request(1, false);
        for (int i = 0; i < 200; ++i)
        {
            server.on_request(SimTime{i * 1ms}, 10ms, other, [](SimTime) {
                return SimDuration{0};
            });
        }
        fill(server, 1, 1, 1);
        REQUIRE(server.overloaded());
        CHECK(said(server, SimTime{1s}).value == least);
    }
}

TEST_CASE("a proxy that has just been heard of has its share of the rate at once")
{
    registrar::OverloadServer server(kByRate, 1, 10ms);
    fill(server, 0, 100, 1);
    fill(server, 1, 1, 1);
    CHECK(server.rate() == doctest::Approx(80));
    fill(server, 1, 1, 4); // three more
    CHECK(server.rate() == doctest::Approx(20));
}

TEST_CASE("the server shares its rate among the proxies it has heard of, less what others bring")
{
    OverloadOptions options{.control = OverloadOptions::Control::kRate, .target = 0.9};
    registrar::OverloadServer server(options, 1, 10ms);
    const auto left = [](SimTime) { return SimDuration{200ms}; };
    for (int i = 0; i < 36; ++i)
    {
        sip::Message message = request(1, false);
        message.src.host = sip::Host{static_cast<std::uint32_t>(i % 3)};
        message.overload = {.algorithms = static_cast<std::uint8_t>(i % 3 == 2 ? 0 : 3)};
        server.on_request(SimTime{i * 10ms}, 20ms, message, left);
    }
    sip::Message message = request(1, false);
    message.overload = {.algorithms = 3};
    message.src.host = sip::Host{1};
    server.on_request(SimTime{1s}, 20ms, message, left);
    // 0.72 s of work and 0.2 s left are more than 0.9 s. These, less 0.2 s and 12 requests of 20 ms without
    // control: 0.46 s, 23 requests, two proxies.
    CHECK(server.rate() == doctest::Approx(11.5));
    CHECK(server.answer(SimTime{1s}, message).value == 11);
    CHECK(server.answer(SimTime{1s}, message).algorithms == OverloadControl::kRate);
    // Model choice: a client whose list is loss alone is answered loss (RFC 7339 §5.1: one of its list);
    // RFC 7415 §3.4 would have it treated as one that takes no part (RFC 7339 §5.10.2).
    message.overload = {.algorithms = OverloadControl::kLoss};
    CHECK(server.answer(SimTime{1s}, message).algorithms == OverloadControl::kLoss);
}
