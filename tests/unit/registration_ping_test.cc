#include "model/registration/answer_ping.h"
#include "tests/unit/registration_fixture.h"

using namespace sipsim;
using namespace sipsim::registration;

namespace
{

const Account kAccount{.key = {.seed = 1, .device = 17, .account = 0},
                       .user = sip::UserId{4017},
                       .secret = {},
                       .address = kDevice,
                       .instance = {}};

sip::Message
ping()
{
    sip::Message m;
    m.src = kServer;
    m.dst = kDevice;
    m.method = sip::Method::kOptions;
    m.request_uri = {kAccount.user, kDevice, std::nullopt};
    m.to = m.request_uri;
    m.from.at = kServer;
    m.from_tag = sip::Tag{5};
    m.call_id = sip::CallId{77};
    m.cseq = sip::CSeq{1};
    m.via.push({.sent_by = kServer, .branch = sip::Branch{8}, .rport_asked = true});
    return m;
}

} // namespace

TEST_CASE("a user agent answers OPTIONS 200, to where it came from (RFC 3261 11.2, RFC 3581 4)")
{
    const auto answer = answer_ping(kAccount, ping());
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(answer->method == sip::Method::kOptions);
    CHECK(answer->dst == kServer);
    CHECK(answer->src == kDevice);
    CHECK(answer->call_id == sip::CallId{77});
    CHECK(answer->cseq == sip::CSeq{1});
    REQUIRE(answer->via.size() == 1);
    CHECK(answer->via[0].branch == sip::Branch{8});
    CHECK(answer->via[0].received == kServer.host);
}

TEST_CASE("a copy gets the same answer, another ping another tag (RFC 3261 8.2.7, 19.3)")
{
    CHECK(*answer_ping(kAccount, ping()) == *answer_ping(kAccount, ping()));
    sip::Message other = ping();
    other.call_id = sip::CallId{78};
    CHECK(answer_ping(kAccount, ping())->to_tag != sip::Tag{});
    CHECK(answer_ping(kAccount, other)->to_tag != answer_ping(kAccount, ping())->to_tag);
}

TEST_CASE("OPTIONS for another user: 404 (RFC 3261 8.2.2.1); for none: the device answers")
{
    sip::Message m = ping();
    m.request_uri.user = sip::UserId{4018};
    CHECK(answer_ping(kAccount, m)->status == 404);
    m.request_uri.user = {};
    CHECK(answer_ping(kAccount, m)->status == 200);
}

TEST_CASE("OPTIONS that requires an extension: 420 which lists it (RFC 3261 8.2.2.3)")
{
    sip::Message m = ping();
    m.require.push(sip::OptionTag{sip::kForeign + 1});
    CHECK(answer_ping(kAccount, m)->status == 420);
    CHECK(answer_ping(kAccount, m)->unsupported == m.require);
}

TEST_CASE("what is no OPTIONS request, or cannot be answered, is not")
{
    sip::Message m = ping();
    m.method = sip::Method::kInvite;
    CHECK_FALSE(answer_ping(kAccount, m));
    m = ping();
    m.via.clear();
    CHECK_FALSE(answer_ping(kAccount, m));
    m = ping();
    m.status = 200;
    CHECK_FALSE(answer_ping(kAccount, m));
}
