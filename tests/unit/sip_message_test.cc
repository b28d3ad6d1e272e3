#include "model/sip/message.h"

#include <doctest/doctest.h>

using namespace sipsim;
using namespace sipsim::sip;

namespace
{

Message
request()
{
    Message m;
    m.method = Method::kRegister;
    m.src = {Host{0x0A000001}, 5062};
    m.dst = {Host{0x0A0000FE}, 5060};
    m.via.push(Via{.sent_by = {Host{0x0A000001}, 5060}, .branch = Branch{7}});
    m.via.push(Via{.sent_by = {Host{0x0A000002}, 5070}, .branch = Branch{8}});
    m.from_tag = Tag{1};
    m.call_id = CallId{2};
    m.cseq = CSeq{3};
    m.expires = 3600;
    return m;
}

} // namespace

TEST_CASE("A response copies Via, From, To, Call-ID and CSeq, and nothing else (RFC 3261 8.2.6.2)")
{
    const Message m = request();
    const Message r = make_response(m, 200, Tag{9});
    CHECK_FALSE(r.is_request());
    CHECK(r.method == Method::kRegister);
    CHECK(r.via == m.via); // source address equals sent-by, no rport asked: nothing to note
    CHECK(r.from_tag == Tag{1});
    CHECK(r.to_tag == Tag{9});
    CHECK(r.call_id == CallId{2});
    CHECK(r.cseq == CSeq{3});
    CHECK_FALSE(r.expires);
    CHECK(r.src == m.dst);
    CHECK(what(r) == "200");
    CHECK(what(m) == "REGISTER");
}

TEST_CASE("A To tag of the request is kept, and a 100 adds none (RFC 3261 8.2.6.2)")
{
    Message m = request();
    CHECK(make_response(m, 100, Tag{9}).to_tag == Tag{});
    m.to_tag = Tag{5};
    CHECK(make_response(m, 200, Tag{9}).to_tag == Tag{5});
}

TEST_CASE("Without rport a response goes to the port of sent-by (RFC 3261 18.2.2)")
{
    Message m = request();
    CHECK(make_response(m, 200, Tag{9}).dst == Endpoint{Host{0x0A000001}, 5060});
    m.via[0].sent_by.port = 0;
    CHECK(make_response(m, 200, Tag{9}).dst == Endpoint{Host{0x0A000001}, 5060});
}

TEST_CASE("A source that is not sent-by is noted in received and answered there (RFC 3261 18.2.1)")
{
    Message m = request();
    m.src = {Host{0xCB007101}, 40000};
    const Message r = make_response(m, 200, Tag{9});
    CHECK(r.via[0].received == Host{0xCB007101});
    CHECK(r.via[0].rport == 0);
    CHECK(r.dst == Endpoint{Host{0xCB007101}, 5060});
    CHECK(r.via[1] == m.via[1]);
}

TEST_CASE("A client that asks for rport is answered to its source port (RFC 3581 4)")
{
    Message m = request();
    m.via[0].rport_asked = true;
    const Message r = make_response(m, 200, Tag{9});
    CHECK(r.via[0].received == Host{0x0A000001}); // even where it equals sent-by
    CHECK(r.via[0].rport == 5062);
    CHECK(r.dst == Endpoint{Host{0x0A000001}, 5062});
}

TEST_CASE(
    "Who writes a received of its own is answered at its source nevertheless (RFC 3261 18.2.1)")
{
    Message m = request();
    m.via[0].received = Host{0xC6336401};
    m.via[1].received = Host{0x0A000003};
    SUBCASE("where sent-by is the source")
    {
        const Message r = make_response(m, 200, Tag{9});
        CHECK(r.via[0].received == Host{});
        CHECK(r.dst == Endpoint{Host{0x0A000001}, 5060});
        CHECK(r.via[1] == m.via[1]); // noted by a hop before
    }
    SUBCASE("where it is not")
    {
        m.src = {Host{0xCB007101}, 40000};
        const Message r = make_response(m, 200, Tag{9});
        CHECK(r.via[0].received == Host{0xCB007101});
        CHECK(r.dst == Endpoint{Host{0xCB007101}, 5060});
    }
    SUBCASE("where it writes the port of rport, too (RFC 3581 4)")
    {
        m.via[0].rport_asked = true;
        m.via[0].rport = 9;
        CHECK(make_response(m, 200, Tag{9}).dst == m.src);
    }
}

TEST_CASE("Methods are case-sensitive tokens (RFC 3261 7.1)")
{
    CHECK(method_of("REGISTER") == Method::kRegister);
    CHECK(method_of("register") == Method::kUnknown);
    CHECK(method_of("UNKNOWN") == Method::kUnknown);
    for (int i = 1; i <= static_cast<int>(Method::kMessage); ++i)
    {
        const auto method = static_cast<Method>(i);
        CHECK(method_of(name_of(method)) == method);
    }
}

TEST_CASE("Reason phrases are those of RFC 3261 21, unknown codes fall back to their class")
{
    CHECK(reason_phrase(200) == "OK");
    CHECK(reason_phrase(423) == "Interval Too Brief");
    CHECK(reason_phrase(606) == "Not Acceptable");
    CHECK(reason_phrase(699) == "Global Failure");
    CHECK(reason_phrase(799) == "Unknown");
    CHECK(reason_phrase(0) == "Unknown");
}
