#include "model/registration/options_request.h"
#include "model/sip/codec.h"
#include "tests/unit/registration_fixture.h"

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <variant>

using namespace sipsim;
using namespace sipsim::registration;
using namespace std::chrono_literals;

namespace
{

constexpr sip::Endpoint kMapped{sip::Host{0xCB00'7101U}, 40000};
constexpr std::uint64_t kSecondLife = std::uint64_t{2} << 32U;

void
register_anew(Bench& b, Reason reason = Reason::kAddressChanged)
{
    Outputs out{b.room};
    b.agent.on_register_anew(b.settings, b.account, b.transaction, b.now, reason, out);
    b.take(out);
}

/// Registering anew does nothing.
void
check_idle(Bench& b, Reason reason = Reason::kAddressChanged)
{
    const State state = b.state();
    const SimTime next = b.next_deadline();
    const std::size_t sent = b.sent.size();
    const std::size_t moved = b.moved.size();
    register_anew(b, reason);
    CHECK(b.state() == state);
    CHECK(b.next_deadline() == next);
    CHECK(b.sent.size() == sent);
    CHECK(b.moved.size() == moved);
}

} // namespace

TEST_CASE("a registered account refreshes at once when its address changes, under the new one")
{
    Bench b;
    b.options().refresh = {.kind = RefreshLaw::Kind::kFraction, .low = 0.5};
    b.register_for(3600);
    const sip::Message first = b.request();
    b.run_for(10s);
    b.account.address = kMapped;
    register_anew(b);
    CHECK(b.last().from == State::kRegistered);
    CHECK(b.last().to == State::kRegistering);
    CHECK(b.last().reason == Reason::kAddressChanged);
    REQUIRE(b.sent.size() == 2);
    CHECK_FALSE(b.sent[1].again);
    const sip::Message& second = b.request();
    CHECK(second.via[0].sent_by == kMapped);
    CHECK(second.contacts[0].uri.at == kMapped);
    // RFC 3261 §10.2: the same Call-ID, CSeq one more.
    CHECK(second.call_id == first.call_id);
    CHECK(second.cseq == sip::CSeq{static_cast<std::uint32_t>(first.cseq) + 1});
    // The refresh that was due is not sent as well: the next one counts from this answer.
    b.grant(3600);
    CHECK(b.state() == State::kRegistered);
    CHECK(b.next_deadline() == b.now + 1800s);
    b.run_for(30min - 1ns);
    CHECK(b.sent.size() == 2);
}

TEST_CASE("a failed flow is a reason of its own, and a failure is retried as any other")
{
    Bench b;
    b.register_for(3600);
    register_anew(b, Reason::kFlowFailed);
    CHECK(b.last().reason == Reason::kFlowFailed);
    CHECK(name_of(Reason::kAddressChanged) == "address changed");
    CHECK(name_of(Reason::kFlowFailed) == "flow failed");
    b.run_for(32s); // Timer F: 64*T1
    CHECK(b.state() == State::kWaiting);
    CHECK(b.next_deadline() == b.now + b.options().retry.base);
    CHECK(b.agent.client().bound_until() == kT0 + 3600s); // the old binding still lives
}

TEST_CASE("in every other state registering anew is nothing")
{
    Bench off;
    check_idle(off);
    Bench starting;
    starting.start_at(kT0 + 10s);
    check_idle(starting);
    Bench registering;
    registering.start();
    check_idle(registering, Reason::kFlowFailed);
    registering.answer(500);
    REQUIRE(registering.state() == State::kWaiting);
    check_idle(registering);
    Bench stopped;
    stopped.options().stop_on.push(403);
    stopped.start();
    stopped.answer(403);
    REQUIRE(stopped.state() == State::kStopped);
    check_idle(stopped);
    Bench leaving;
    leaving.options().unregister = Unregister::kOwn;
    leaving.register_for(3600);
    leaving.shut_down();
    REQUIRE(leaving.state() == State::kUnregistering);
    check_idle(leaving, Reason::kFlowFailed);
}

TEST_CASE("an attempt under way goes on under the new address with another request")
{
    // RFC 3261 §17.1.2.2 repeats a request as it is, and §18.1.2 drops a response to a former sent-by: a
    // request that names an address which is no longer ours can come to nothing good.
    Bench b;
    b.start();
    const sip::Message first = b.request();
    b.run_for(100ms);
    b.account.address = kMapped;
    register_anew(b);
    REQUIRE(b.sent.size() == 2);
    CHECK_FALSE(b.sent[1].again);
    const sip::Message second = b.request();
    CHECK(second.via[0].sent_by == kMapped);
    CHECK(second.contacts[0].uri.at == kMapped);
    CHECK(second.via[0].branch != first.via[0].branch); // §17.1.3: a transaction of its own
    CHECK(second.cseq == sip::CSeq{static_cast<std::uint32_t>(first.cseq) + 1});
    CHECK(b.state() == State::kRegistering);
    b.grant(3600);
    CHECK(b.state() == State::kRegistered);
}

TEST_CASE("an OPTIONS asks the domain, from the account to itself (RFC 3261 11.1, 8.1.1)")
{
    Bench b;
    const sip::Message m = options_request(b.settings, b.account, kServer, kSecondLife | 4);
    CHECK(m.is_request());
    CHECK(m.method == sip::Method::kOptions);
    CHECK(m.dst == kServer);
    CHECK(m.request_uri == sip::Uri{.user = {}, .at = {kDomain, 0}, .transport = {}});
    CHECK(m.from == sip::Uri{.user = b.account.user, .at = {kDomain, 0}, .transport = {}});
    CHECK(m.to == m.from);
    CHECK(m.from_tag != sip::Tag{});
    CHECK(m.to_tag == sip::Tag{});
    CHECK(m.cseq == sip::CSeq{5});
    CHECK(m.max_forwards == 70);
    REQUIRE(m.via.size() == 1);
    CHECK(m.via[0].sent_by == kDevice);
    CHECK(m.via[0].rport_asked);
    REQUIRE(m.contacts.size() == 1);
    CHECK(m.contacts[0].uri.at == kDevice);
    CHECK_FALSE(m.expires);
    CHECK(m ==
          options_request(b.settings, b.account, kServer, kSecondLife | 4)); // a repeat is the same
}

TEST_CASE("OPTIONS differ by number, and those of a life share Call-ID and tag with no REGISTER")
{
    Bench b;
    b.start();
    std::set<sip::Branch> branches{b.request().via[0].branch};
    std::set<sip::CallId> calls{b.request().call_id};
    std::set<sip::Tag> tags{b.request().from_tag};
    for (std::uint64_t life = 1; life <= 3; ++life)
    {
        for (std::uint64_t n = 0; n < 50; ++n)
        {
            const auto m = options_request(b.settings, b.account, kServer, (life << 32U) | n);
            branches.insert(m.via[0].branch);
            calls.insert(m.call_id);
            tags.insert(m.from_tag);
        }
    }
    CHECK(branches.size() == 1 + 150);
    CHECK(calls.size() == 1 + 3);
    CHECK(tags.size() == 1 + 3);
}

TEST_CASE("only a response to that OPTIONS answers it (RFC 3261 17.1.3, 18.1.2, 8.1.3.3)")
{
    Bench b;
    const auto request = options_request(b.settings, b.account, kServer, kSecondLife);
    const auto ok = sip::make_response(request, 200, sip::Tag{7});
    CHECK(answers_options(b.account, kSecondLife, ok));
    CHECK_FALSE(answers_options(b.account, kSecondLife | 1, ok));
    CHECK_FALSE(answers_options(b.account, kSecondLife, request));
    auto other = ok;
    other.method = sip::Method::kRegister;
    CHECK_FALSE(answers_options(b.account, kSecondLife, other));
    other = ok;
    other.via[0].sent_by = kMapped;
    CHECK_FALSE(answers_options(b.account, kSecondLife, other));
    other = ok;
    other.via.push(other.via[0]);
    CHECK_FALSE(answers_options(b.account, kSecondLife, other));
    // The account's REGISTER under way is no OPTIONS, and the other way round.
    b.start();
    b.receive(ok);
    CHECK(b.state() == State::kRegistering);
    CHECK_FALSE(answers_options(b.account, kSecondLife, b.response(200)));
}

TEST_CASE(
    "Proxy-Require is written into every REGISTER and OPTIONS, octets counted (RFC 3261 20.29)")
{
    sip::Names names;
    sip::Codec codec(names);
    Bench b;
    b.settings.domain = *names.host("example.com");
    const auto check = [&](const sip::Message& message, bool there) {
        const std::string text = codec.encode(message);
        CHECK((text.find("\r\nProxy-Require: com.example.nat\r\n") != std::string::npos) == there);
        CHECK(sip::encoded_size(message, names) == text.size());
        const auto decoded = codec.decode(text, message.src, message.dst);
        REQUIRE(std::holds_alternative<sip::Message>(decoded));
        CHECK(std::get<sip::Message>(decoded).proxy_require == message.proxy_require);
    };
    b.start();
    check(b.request(), false);
    check(options_request(b.settings, b.account, kServer, 1), false);
    const std::size_t bare = sip::encoded_size(b.request(), names);
    b.crash();
    b.options().proxy_require = *names.option_tag("com.example.nat");
    b.start();
    check(b.request(), true);
    CHECK(sip::encoded_size(b.request(), names) ==
          bare + std::string_view{"Proxy-Require: com.example.nat\r\n"}.size());
    b.grant(60);
    b.run_for(61s);
    REQUIRE(b.sent.size() >= 3);
    check(b.request(), true);
    check(options_request(b.settings, b.account, kServer, 1), true);
}

TEST_CASE("a 420 to Proxy-Require ends the attempt as any rejection does (RFC 3261 21.4.15)")
{
    Bench b;
    b.options().proxy_require = sip::OptionTag{sip::kForeign + 1};
    b.start();
    sip::Message bad = b.response(420);
    bad.unsupported.push(b.options().proxy_require);
    b.receive(bad);
    CHECK(b.last().reason == Reason::kRejected);
    CHECK(b.state() == State::kWaiting);
    CHECK(b.next_deadline() == b.now + b.options().retry.base);
    // RFC 3261 §8.1.3.5 would have the client try without it. Model choice: it is what its operator set.
    b.run_until(b.next_deadline());
    CHECK(b.request().proxy_require.size() == 1);
}
