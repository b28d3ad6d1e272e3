#include "tests/unit/nat_traversal_fixture.h"

#include <doctest/doctest.h>

#include <set>

using namespace sipsim;
using namespace sipsim::nat;

namespace
{

using Reason = RegisterAnew::Reason;

TraversalBench
alive(const TraversalOptions& options, const char* nat = "port-restricted-cone")
{
    TraversalBench b(options, nat);
    b.boot();
    b.run_for(3min);
    REQUIRE(b.anew.empty());
    return b;
}

TraversalOptions
by_options(SimDuration interval = 30s, std::uint8_t loss_limit = 3)
{
    return {.probe = Probe::kOptions, .probe_interval = interval, .probe_loss_limit = loss_limit};
}

constexpr TraversalOptions kByStun{.probe = Probe::kStun};

} // namespace

TEST_CASE("OPTIONS go out every interval from a drawn instant on, and answered ones change nothing")
{
    TraversalBench b(by_options());
    b.boot();
    CHECK(b.ready_at == SimTime{});
    b.run_for(1h);
    const auto pings = b.pings();
    REQUIRE(pings.size() == 120);
    CHECK(pings[0] < SimTime{30s});
    for (std::size_t k = 0; k < pings.size(); ++k)
    {
        CHECK(pings[k] == pings[0] + k * 30s);
        CHECK(b.options_sent[k].number == ((std::uint64_t{1} << 32U) | k));
    }
    CHECK(b.anew.empty());
    // Devices are not in step.
    TraversalBench other(by_options());
    other.host.key.device = 3;
    other.boot();
    other.run_for(30s);
    CHECK(other.pings()[0] != pings[0]);
}

TEST_CASE("at 30 s the pending OPTIONS counts as lost when the next is due: anew after 3 x 30 s")
{
    // Timer F is 64*T1 = 32 s (RFC 3261 §17.1.2.2), longer than the interval.
    TraversalBench b = alive(by_options());
    b.sip_alive = false;
    b.options_sent.clear();
    const SimTime first = b.device.next_deadline();
    b.run_until(first + 90s - SimDuration{1});
    CHECK(b.anew.empty());
    // Sent at 0, .5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5 s: ten times each.
    CHECK(b.options_sent.size() == 3 * 10);
    CHECK(b.options_sent[9].at == first + 27500ms);
    b.run_for(1s);
    REQUIRE(b.anew.size() == 1);
    CHECK(b.anew[0].at == first + 90s);
    CHECK(b.anew[0].reason == Reason::kFlowFailed);
    // Counting begins anew.
    b.run_until(first + 181s);
    REQUIRE(b.anew.size() == 2);
    CHECK(b.anew[1].at == first + 180s);
}

TEST_CASE("at 60 s an OPTIONS is lost with Timer F: anew after 2 x 60 s + 32 s (RFC 3261 17.1.2.2)")
{
    TraversalBench b = alive(by_options(60s));
    b.sip_alive = false;
    b.options_sent.clear();
    const SimTime first = b.device.next_deadline();
    b.run_until(first + 153s);
    REQUIRE(b.anew.size() == 1);
    CHECK(b.anew[0].at == first + 152s);
    CHECK(b.options_sent.size() == 3 * 11);
    // By the device's own T1: Timer F is 128 s at T1 = 2 s, so that the next one comes first.
    TraversalBench slow = alive(by_options(60s));
    slow.settings.transaction.t1 = 2s;
    slow.sip_alive = false;
    const SimTime begin = slow.device.next_deadline();
    slow.run_until(begin + 180s);
    REQUIRE(slow.anew.size() == 1);
    CHECK(slow.anew[0].at == begin + 180s);
}

TEST_CASE("one answer forgets the losses before it")
{
    TraversalBench b = alive(by_options(60s));
    for (int round = 0; round < 5; ++round)
    {
        b.sip_alive = false;
        b.run_until(b.device.next_deadline() + 110s); // two are lost
        b.sip_alive = true;
        b.run_for(60s);
    }
    CHECK(b.anew.empty());
    TraversalBench strict = alive(by_options(60s, 1));
    strict.sip_alive = false;
    const SimTime first = strict.device.next_deadline();
    strict.run_until(first + 32s);
    REQUIRE(strict.anew.size() == 1);
    CHECK(strict.anew[0].at == first + 32s);
}

TEST_CASE("any final response is an answer, a provisional one is not (RFC 3261 11)")
{
    for (const std::uint16_t status : {200, 401, 404, 405, 408, 420, 503, 603})
    {
        TraversalBench b(by_options());
        b.status = status;
        b.boot();
        b.run_for(10min);
        CHECK(b.anew.empty());
        CHECK_MESSAGE(b.pings().size() == b.options_sent.size(), "nothing is sent again");
    }
    TraversalBench b = alive(by_options());
    b.status = 100;
    const SimTime first = b.device.next_deadline();
    b.run_until(first + 90s);
    CHECK(b.anew.size() == 1);
}

TEST_CASE("an answer to another OPTIONS than the one under way is dropped")
{
    TraversalBench b = alive(by_options());
    b.sip_alive = false;
    const SimTime first = b.device.next_deadline();
    b.run_until(first + 31s);
    REQUIRE(b.device.options_number());
    TraversalOutputs out;
    const std::uint64_t pending = *b.device.options_number();
    b.device.on_options_response(b.settings, b.host, b.now, pending - 1, 200, out);
    CHECK(b.device.options_number() == pending);
    b.run_until(first + 90s);
    CHECK(b.anew.size() == 1);
}

TEST_CASE("an ICMP error loses an OPTIONS at once (RFC 3261 18.4), if the device listens")
{
    TraversalBench b = alive(by_options());
    b.sip_alive = false;
    b.icmp = true;
    const SimTime first = b.device.next_deadline();
    b.run_until(first + 89s);
    REQUIRE(b.anew.size() == 1);
    CHECK(b.anew[0].at == first + 60s + kRtt);
    TraversalBench deaf = alive(by_options());
    deaf.settings.listens_to_icmp = false;
    deaf.sip_alive = false;
    deaf.icmp = true;
    deaf.run_until(deaf.device.next_deadline() + 90s);
    REQUIRE(deaf.anew.size() == 1);
}

TEST_CASE("a NAT that forgets and comes back with another address is nothing to OPTIONS")
{
    // The answer goes where the OPTIONS came from (RFC 3581), so the device sees no difference.
    TraversalBench b = alive(by_options());
    b.reboot_nat();
    b.run_for(10min);
    CHECK(b.anew.empty());
}

TEST_CASE("STUN probes follow each other after 24 to 29 s, drawn for each (RFC 5626 4.4.2)")
{
    TraversalBench b(kByStun);
    b.boot();
    b.run_for(2h);
    const auto sent = b.bindings_to(kSipServer);
    CHECK(b.stun_sent.size() == sent.size());
    CHECK(sent[0] < SimTime{29s});
    std::set<SimDuration> waits;
    SimDuration sum{0};
    for (std::size_t k = 1; k < sent.size(); ++k)
    {
        CHECK(sent[k] - sent[k - 1] >= 24s);
        CHECK(sent[k] - sent[k - 1] < 29s);
        waits.insert(sent[k] - sent[k - 1]);
        sum += sent[k] - sent[k - 1];
    }
    CHECK(waits.size() == sent.size() - 1);
    // Uniform on 5 s: standard deviation 5/sqrt(12) = 1.44 s; of the mean of 270, 0.088 s; four of those.
    REQUIRE(sent.size() > 240);
    CHECK(to_seconds(sum) / static_cast<double>(waits.size()) ==
          doctest::Approx(26.5).epsilon(0.013));
    CHECK(b.anew.empty());
    CHECK(b.stun_sent[0].message.id.form() == StunForm::kCookie);
}

TEST_CASE(
    "a STUN probe that nobody answers fails the flow after 39.5 s (RFC 5626 4.4.2, RFC 5389 7.2.1)")
{
    TraversalBench b = alive(kByStun);
    b.sip_alive = false;
    const SimTime first = b.device.next_deadline();
    b.run_until(first + 2min);
    REQUIRE(b.anew.size() >= 1);
    CHECK(b.anew[0].at == first + 39500ms);
    CHECK(b.anew[0].reason == Reason::kFlowFailed);
    // The next one comes 24 to 29 s later and takes 39.5 s to fail.
    REQUIRE(b.anew.size() == 2);
    CHECK(b.anew[1].at - b.anew[0].at >= 24s + 39500ms);
    CHECK(b.anew[1].at - b.anew[0].at < 29s + 39500ms);

    TraversalBench told = alive(kByStun);
    told.sip_alive = false;
    told.icmp = true;
    const SimTime next = told.device.next_deadline();
    told.run_until(next + 20s);
    REQUIRE(told.anew.size() == 1);
    CHECK(told.anew[0].at == next + kRtt);
}

TEST_CASE("a STUN probe that is answered after the next was due is followed at once")
{
    TraversalBench b = alive(kByStun);
    b.sip_alive = false;
    b.stun_sent.clear();
    const SimTime first = b.device.next_deadline();
    b.run_until(first + 30s);
    b.sip_alive = true;
    b.run_for(2s);
    // Its seventh and last send, 31.5 s after the first (RFC 5389 §7.2.1), gets through.
    CHECK(b.bindings_to(kSipServer) == std::vector<SimTime>{first, first + 31500ms + kRtt});
    CHECK(b.anew.empty());
}

TEST_CASE("a STUN probe notices another mapped address: the flow has failed (RFC 5626 4.4.2)")
{
    TraversalBench b = alive(kByStun);
    CHECK_FALSE(b.device.mapped());
    b.reboot_nat();
    const SimTime next = b.device.next_deadline();
    b.run_for(5min);
    REQUIRE(b.anew.size() == 1);
    CHECK(b.anew[0].at == next + kRtt);
    CHECK(b.anew[0].reason == Reason::kAddressChanged);
    CHECK_MESSAGE(!b.device.mapped(), "no STUN mode: own addresses in Via and Contact");
}

TEST_CASE("what a failed flow saw is not held against the next")
{
    TraversalBench b = alive(kByStun);
    b.sip_alive = false;
    b.run_until(b.device.next_deadline() + 40s);
    REQUIRE(b.anew.size() == 1);
    b.reboot_nat();
    b.sip_alive = true;
    b.run_for(5min);
    CHECK(b.anew.size() == 1);
}

TEST_CASE("in STUN mode the probe corrects the address that Via and Contact name")
{
    TraversalOptions options{.mode = TraversalMode::kStun, .probe = Probe::kStun};
    TraversalBench b = alive(options, "restricted-cone");
    REQUIRE(b.device.mapped() == Endpoint{kBox, 5060});
    b.reboot_nat();
    b.run_for(1min);
    CHECK(b.device.mapped() == Endpoint{kBoxLater, 5060});
    CHECK(b.anew.size() == 1);
    // Behind a symmetric NAT a single Binding misleads, until the SIP server says what it sees.
    options.discovery = StunDiscoveryKind::kBinding;
    TraversalBench misled(options, "symmetric");
    misled.boot();
    misled.run_for(1s);
    const auto wrong = misled.device.mapped();
    misled.run_for(5min);
    REQUIRE(misled.anew.size() == 1);
    CHECK(misled.anew[0].reason == Reason::kAddressChanged);
    CHECK(misled.device.mapped() != wrong);
    CHECK(misled.device.mapped() == misled.leave(kSipServer));
}

TEST_CASE("probes go on beside Bindings that keep the mapping, each by its own clock")
{
    TraversalOptions options = by_options();
    options.mode = TraversalMode::kStun;
    options.refresh = StunRefresh::kBinding;
    TraversalBench b(options, "full-cone");
    b.boot();
    b.run_for(10min);
    CHECK(b.pings().size() == 20);
    CHECK(b.bindings_to(kStunServer).size() == 2 + 30);
    // An OPTIONS under way is not lost by an ICMP error from the STUN server.
    b.run_until(b.device.next_deadline());
    while (!b.device.options_number())
    {
        b.run_until(b.device.next_deadline());
    }
    TraversalOutputs none;
    b.device.on_transport_error(b.settings, b.host, b.now, kStunServer, none);
    CHECK(b.device.options_number());
    b.run_for(1s);
    b.sip_alive = false;
    const auto before = b.now;
    b.run_for(2min);
    REQUIRE(b.anew.size() == 1);
    CHECK(b.anew[0].at - before >= 90s);
    b.device.on_down();
    CHECK(b.device.next_deadline() == kNever);
    CHECK_FALSE(b.device.options_number());
}

TEST_CASE("keepalives as they are sent: blank where a mode wants some and none is chosen")
{
    using Kind = KeepaliveOptions::Kind;
    const auto kind = [](TraversalMode mode, StunRefresh refresh, Kind chosen) {
        return TraversalOptions{.mode = mode, .keepalive = {.kind = chosen}, .refresh = refresh}
            .keepalives()
            .kind;
    };
    CHECK(kind(TraversalMode::kNone, StunRefresh::kKeepalive, Kind::kNone) == Kind::kNone);
    CHECK(kind(TraversalMode::kNone, StunRefresh::kKeepalive, Kind::kCrlf) == Kind::kCrlf);
    CHECK(kind(TraversalMode::kKeepalive, StunRefresh::kBinding, Kind::kNone) == Kind::kBlank);
    CHECK(kind(TraversalMode::kKeepalive, StunRefresh::kKeepalive, Kind::kCrlf) == Kind::kCrlf);
    CHECK(kind(TraversalMode::kStun, StunRefresh::kKeepalive, Kind::kNone) == Kind::kBlank);
    CHECK(kind(TraversalMode::kStun, StunRefresh::kKeepalive, Kind::kCrlf) == Kind::kCrlf);
    CHECK(kind(TraversalMode::kStun, StunRefresh::kBinding, Kind::kBlank) == Kind::kNone);
    CHECK(kind(TraversalMode::kStun, StunRefresh::kNone, Kind::kBlank) == Kind::kNone);
    CHECK(kind(TraversalMode::kVpn, StunRefresh::kKeepalive, Kind::kNone) == Kind::kNone);
}

TEST_CASE("options that contradict each other are all named at once")
{
    CHECK(validate(TraversalOptions{}).empty());
    TraversalOptions o{.mode = TraversalMode::kStun,
                       .form = StunForm::kCookie,
                       .refresh = StunRefresh::kBinding,
                       .probe = Probe::kStun,
                       .probe_interval = 0s,
                       .probe_interval_min = 30s,
                       .probe_interval_max = 20s,
                       .probe_loss_limit = 0};
    const auto problems = validate(o);
    REQUIRE(problems.size() == 5);
    CHECK(problems[0].starts_with("stun.form = rfc5389: must be rfc3489"));
    CHECK(problems[1].starts_with("stun.refresh = binding: must be"));
    CHECK(problems[2] == "probe_interval = 0s: must be 100ms to 1d");
    CHECK(problems[3] == "probe_interval_max = 20s: must be at least probe_interval_min (30s)");
    CHECK(problems[4] == "probe_loss_limit = 0: must be 1 to 255");
    o = {.mode = TraversalMode::kVpn, .keepalive = {.kind = KeepaliveOptions::Kind::kCrlf}};
    REQUIRE(validate(o).size() == 1);
    CHECK(validate(o)[0].starts_with("keepalive = crlf: must be none with traversal = vpn"));
}
