#include "model/nat/stun_server.h"

#include <doctest/doctest.h>

using namespace sipsim;
using namespace sipsim::nat;

namespace
{

constexpr sip::Host kA1{0xC6336401};
constexpr sip::Host kA2{0xC6336402};
constexpr std::uint16_t kP1 = 3478;
constexpr std::uint16_t kP2 = 3479;
constexpr Endpoint kClient{sip::Host{0xC0000201}, 32853};
constexpr Endpoint kSomebody{sip::Host{0xC0000263}, 9};

const StunServerOptions kTwo{.primary = {kA1, kP1}, .alternate = Endpoint{kA2, kP2}};
const StunServerOptions kOne{.primary = {kA1, kP1}};

StunMessage
request(StunForm form)
{
    StunMessage m;
    m.id = stun_id({7, 8, 9}, 1, form);
    return m;
}

/// Through octets.
StunReply
ask(const StunServerOptions& options, const StunMessage& message, Endpoint at)
{
    const auto reply = StunServer{options}.on_datagram(encode(message), at, kClient);
    REQUIRE(reply);
    CHECK(reply->message.id == message.id);
    return *reply;
}

} // namespace

TEST_CASE("a server has four endpoints, in any of which it takes requests (RFC 3489 8.1)")
{
    const StunServer server{kTwo};
    REQUIRE(server.endpoints().size() == 4);
    CHECK(server.endpoints()[0] == Endpoint{kA1, kP1});
    CHECK(server.endpoints()[1] == Endpoint{kA2, kP1});
    CHECK(server.endpoints()[2] == Endpoint{kA1, kP2});
    CHECK(server.endpoints()[3] == Endpoint{kA2, kP2});
    CHECK(StunServer{kOne}.endpoints().size() == 1);
}

TEST_CASE(
    "the response comes from where table 1 says, wherever the request went (RFC 3489 8.1, RFC 5780 "
    "6.1)")
{
    for (const auto form : {StunForm::kClassic, StunForm::kCookie})
    {
        for (const auto host : {kA1, kA2})
        {
            for (const auto port : {kP1, kP2})
            {
                const auto other_host = host == kA1 ? kA2 : kA1;
                const auto other_port = port == kP1 ? kP2 : kP1;
                for (const bool ip : {false, true})
                {
                    for (const bool change_port : {false, true})
                    {
                        StunMessage m = request(form);
                        m.change = StunChange{ip, change_port};
                        const auto reply = ask(kTwo, m, {host, port});
                        const Endpoint from{ip ? other_host : host,
                                            change_port ? other_port : port};
                        CHECK(reply.from == from);
                        CHECK(reply.to == kClient);
                        const bool classic = form == StunForm::kClassic;
                        CHECK((classic ? reply.message.source : reply.message.response_origin) ==
                              from);
                        CHECK(reply.message.other_address() == Endpoint{other_host, other_port});
                    }
                }
            }
        }
    }
}

TEST_CASE(
    "an RFC 3489 request gets MAPPED-, SOURCE- and CHANGED-ADDRESS and nothing newer (table 2)")
{
    const auto reply = ask(kTwo, request(StunForm::kClassic), {kA1, kP1});
    StunMessage wanted = stun_response(request(StunForm::kClassic), StunClass::kSuccess);
    wanted.mapped = kClient;
    wanted.source = Endpoint{kA1, kP1};
    wanted.changed = Endpoint{kA2, kP2};
    CHECK(reply.message == wanted);
}

TEST_CASE("an RFC 5780 server says both mapped addresses, RESPONSE-ORIGIN and OTHER-ADDRESS (6.1)")
{
    const auto reply = ask(kTwo, request(StunForm::kCookie), {kA1, kP1});
    StunMessage wanted = stun_response(request(StunForm::kCookie), StunClass::kSuccess);
    wanted.xor_mapped = kClient;
    wanted.mapped = kClient;
    wanted.response_origin = Endpoint{kA1, kP1};
    wanted.other = Endpoint{kA2, kP2};
    CHECK(reply.message == wanted);
}

TEST_CASE(
    "a SIP port answers a keepalive with XOR-MAPPED-ADDRESS alone (RFC 5626 8, RFC 5389 7.3.1)")
{
    const auto options = stun_on_sip_port({kA1, 5060});
    const auto reply = ask(options, request(StunForm::kCookie), {kA1, 5060});
    StunMessage wanted = stun_response(request(StunForm::kCookie), StunClass::kSuccess);
    wanted.xor_mapped = kClient;
    CHECK(reply.message == wanted);
    CHECK(reply.from == Endpoint{kA1, 5060});
    CHECK(reply.to == kClient);
    CHECK(encode(reply.message).size() == 32);
    StunRefusal why;
    CHECK_FALSE(StunServer{options}.on_datagram(encode(request(StunForm::kClassic)),
                                                {kA1, 5060},
                                                kClient,
                                                &why));
    CHECK(why.reason == "no magic cookie");
}

TEST_CASE(
    "a server with one address owes 420 for CHANGE-REQUEST and says no OTHER-ADDRESS (RFC 5780 6)")
{
    StunMessage m = request(StunForm::kCookie);
    CHECK_FALSE(ask(kOne, m, {kA1, kP1}).message.other);
    m.change = StunChange{false, true};
    const auto reply = ask(kOne, m, {kA1, kP1});
    CHECK(reply.message.kind == StunClass::kError);
    CHECK(reply.message.error == 420);
    REQUIRE(reply.message.unknown.size() == 1);
    CHECK(reply.message.unknown[0] == 0x0003);
    CHECK(reply.from == Endpoint{kA1, kP1});
    CHECK(reply.to == kClient);
}

TEST_CASE("RESPONSE-ADDRESS sends the response there, with REFLECTED-FROM (RFC 3489 8.1)")
{
    StunMessage m = request(StunForm::kClassic);
    m.response_address = kSomebody;
    const auto reply = ask(kTwo, m, {kA1, kP1});
    CHECK(reply.to == kSomebody);
    CHECK(reply.message.reflected_from == kClient);
    CHECK(reply.message.mapped == kClient);

    auto careful = kTwo;
    careful.response_address = false;
    const auto refused = ask(careful, m, {kA1, kP1});
    CHECK(refused.message.error == 420);
    CHECK_MESSAGE(refused.to == kClient, "errors go where the request came from");
}

TEST_CASE("an error response ignores CHANGE-REQUEST and RESPONSE-ADDRESS (RFC 3489 8.1)")
{
    StunMessage m = request(StunForm::kClassic);
    m.change = StunChange{true, true};
    m.response_address = kSomebody;
    std::string text = encode(m) + std::string{"\x7f\x01\0\0", 4};
    text[3] = static_cast<char>(text[3] + 4);
    const auto reply = StunServer{kTwo}.on_datagram(text, {kA2, kP1}, kClient);
    REQUIRE(reply);
    CHECK(reply->message.error == 420);
    CHECK(reply->from == Endpoint{kA2, kP1});
    CHECK(reply->to == kClient);
}

TEST_CASE("RESPONSE-PORT sends the response to that port of the same address (RFC 5780 7.5)")
{
    StunMessage m = request(StunForm::kCookie);
    m.response_port = 4711;
    const auto reply = ask(kTwo, m, {kA1, kP1});
    CHECK(reply.to == Endpoint{kClient.host, 4711});
    CHECK(reply.message.xor_mapped == kClient);
}

TEST_CASE("PADDING is answered with PADDING of an MTU (RFC 5780 6.1)")
{
    StunMessage m = request(StunForm::kCookie);
    m.padding = 20;
    CHECK(ask(kTwo, m, {kA1, kP1}).message.padding == 1500);
    auto without = kTwo;
    without.padding = 0;
    CHECK(ask(without, m, {kA1, kP1}).message.error == 420);
}

TEST_CASE("responses and indications are not answered (RFC 5389 7.3.2)")
{
    const StunServer server{kTwo};
    StunMessage m = request(StunForm::kCookie);
    for (const auto kind : {StunClass::kIndication, StunClass::kSuccess, StunClass::kError})
    {
        m.kind = kind;
        m.error = kind == StunClass::kError ? 400 : 0;
        CHECK_FALSE(server.on_datagram(encode(m), {kA1, kP1}, kClient));
    }
}

TEST_CASE("who uses FINGERPRINT gets one back")
{
    StunMessage m = request(StunForm::kCookie);
    m.fingerprint = true;
    CHECK(ask(kTwo, m, {kA1, kP1}).message.fingerprint);
    m.change = StunChange{true, true};
    CHECK(ask(kOne, m, {kA1, kP1}).message.fingerprint);
}

TEST_CASE("options are validated, all problems at once")
{
    CHECK(validate(kTwo).empty());
    CHECK(validate(kOne).empty());
    CHECK(validate(StunServerOptions{}).size() == 1);
    CHECK(validate({.primary = {kA1, kP1}, .alternate = Endpoint{kA1, kP1}}).size() == 2);
    CHECK(validate({.primary = {kA1, 0}, .alternate = Endpoint{kA2, 0}, .padding = 65000}).size() ==
          4);
}
