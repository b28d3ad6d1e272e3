// Messages after those of RFC 4475 (SIP torture tests); the section is named at each. What a message is
// owed follows from that RFC's own words and from RFC 3261.

#include "model/sip/codec.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

using namespace sipsim;
using namespace sipsim::sip;

namespace
{

constexpr Endpoint kSource{Host{0xC0000202}, 5070};
constexpr Endpoint kDestination{Host{0x0A0000FE}, 5060};

struct Fixture
{
    Names names;
    Codec codec{names};

    Decoded decode(std::string_view text)
    {
        return codec.decode(text, kSource, kDestination);
    }

    Message accepted(std::string_view text)
    {
        const Decoded decoded = decode(text);
        const auto* refusal = std::get_if<Refusal>(&decoded);
        INFO((refusal != nullptr ? refusal->reason : std::string{}));
        CAPTURE(text);
        REQUIRE(std::holds_alternative<Message>(decoded));
        return std::get<Message>(decoded);
    }

    Refusal refused(std::string_view text)
    {
        const Decoded decoded = decode(text);
        CAPTURE(text);
        REQUIRE(std::holds_alternative<Refusal>(decoded));
        const Refusal& refusal = std::get<Refusal>(decoded);
        CHECK_FALSE(refusal.reason.empty());
        return refusal;
    }

    // Refused with `status`, and a response that can be sent as it is.
    Message answered(std::string_view text, std::uint16_t status)
    {
        const Refusal refusal = refused(text);
        INFO(refusal.reason);
        CAPTURE(text);
        CHECK(refusal.status == status);
        REQUIRE(refusal.response);
        CHECK(refusal.response->status == status);
        CHECK(refusal.response->to_tag != Tag{});
        CHECK(refusal.response->src == kDestination);
        CHECK(refusal.response->dst.host == kSource.host);
        CHECK_FALSE(codec.encode(*refusal.response).empty());
        return *refusal.response;
    }

    void silent(std::string_view text)
    {
        const Refusal refusal = refused(text);
        CAPTURE(text);
        CHECK(refusal.status == 0);
        CHECK_FALSE(refusal.response);
    }
};

// A sound request with parts to be replaced.
struct Parts
{
    std::string start = "OPTIONS sip:user@example.com SIP/2.0";
    std::string via = "Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKhjh";
    std::string from = "From: <sip:caller@example.net>;tag=323";
    std::string to = "To: <sip:user@example.com>";
    std::string call_id = "Call-ID: a@192.0.2.2";
    std::string cseq = "CSeq: 8 OPTIONS";
    std::string more = "Max-Forwards: 70";
    std::string body;

    [[nodiscard]] std::string text() const
    {
        std::string out;
        for (const std::string& line : {start, via, from, to, call_id, cseq, more})
        {
            out += line.empty() ? line : line + "\r\n";
        }
        return out + "\r\n" + body;
    }
};

Parts
registering()
{
    Parts parts;
    parts.start = "REGISTER sip:example.com SIP/2.0";
    parts.cseq = "CSeq: 8 REGISTER";
    return parts;
}

Parts
response(const std::string& start = "SIP/2.0 200 OK")
{
    Parts parts;
    parts.start = start;
    parts.to += ";tag=9";
    parts.more.clear();
    return parts;
}

} // namespace

TEST_CASE_FIXTURE(Fixture, "A short tortuous INVITE is read (RFC 4475 3.1.1.1)")
{
    const Message m =
        accepted("INVITE sip:vivekg@chair-dnrc.example.com;unknownparam SIP/2.0\r\n"
                 "TO :\r\n"
                 " sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n\r\n"
                 "from   : \"J Rosenberg \\\\\\\"\"       <sip:jdrosen@example.com>\r\n"
                 "  ;\r\n"
                 "  tag = 98asjd8\r\n"
                 "MaX-fOrWaRdS: 0068\r\n"
                 "Call-ID: wsinv.ndaksdj@192.0.2.1\r\n"
                 "Content-Length   : 3\r\n"
                 "cseq: 0009\r\n"
                 "  INVITE\r\n"
                 "Via  : SIP  /   2.0\r\n"
                 " /UDP\r\n"
                 "    192.0.2.2;branch=390skdjuw\r\n"
                 "s :\r\n"
                 "NewFangledHeader:   newfangled value\r\n"
                 " continued newfangled value\r\n"
                 "UnknownHeaderWithUnusualValue: ;;,,;;,;\r\n"
                 "Content-Type: application/sdp\r\n"
                 "Route:\r\n"
                 " <sip:services.example.com;lr;unknownwith=value;unknown-no-value>\r\n"
                 "v:  SIP  / 2.0  / TCP     spindle.example.com   ;\r\n"
                 "  branch  =   z9hG4bK9ikj8  ,\r\n"
                 " SIP  /    2.0   / UDP  192.168.255.111   ; branch=\r\n"
                 " z9hG4bK30239\r\n"
                 "m:\"Quoted string \\\"\\\"\" <sip:jdrosen@example.com> ; newparam =\r\n"
                 "      newvalue ;\r\n"
                 "  secondparam ; q = 0.33\r\n"
                 "\r\n"
                 "v=0");
    CHECK(m.method == Method::kInvite);
    CHECK(m.max_forwards == 68);
    CHECK(m.cseq == CSeq{9});
    CHECK(names.text(m.to_tag) == "1918181833n");
    CHECK(names.text(m.from_tag) == "98asjd8");
    REQUIRE(m.via.size() == 3);
    CHECK(names.text(m.via[0].branch) == "390skdjuw");
    CHECK(m.via[1].transport == Transport::kTcp);
    CHECK(names.text(m.via[1].sent_by.host) == "spindle.example.com");
    CHECK(names.text(m.via[2].branch) == "z9hG4bK30239");
    REQUIRE(m.contacts.size() == 1);
    CHECK(names.text(m.contacts[0].uri.user) == "jdrosen");
}

TEST_CASE_FIXTURE(Fixture, "The wide range of valid characters is read (RFC 4475 3.1.1.2)")
{
    using namespace std::string_view_literals;
    const Message m = accepted(
        "!interesting-Method0123456789_*+`.%indeed'~ "
        "sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too."
        "(doesn't-it)@example.com SIP/2.0\r\n"
        "Via: SIP/2.0/TCP host1.example.com;branch=z9hG4bK-.!%66*_+`'~\r\n"
        "To: \"BEL:\\\x07 NUL:\\\0 DEL:\\\x7F\" "
        "<sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com>\r\n"
        "From: token1~` token2'+_ token3*%!.- <sip:mundane@example.com>;fromParam''~+*_!.-%=\"x\";"
        "tag=_token~1'+`*%!-.\r\n"
        "Call-ID: intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{\r\n"
        "CSeq: 139122385 !interesting-Method0123456789_*+`.%indeed'~\r\n"
        "Max-Forwards: 255\r\n"
        "extensionHeader-!.%*+_`'~: \xEF\xBB\xBF\xE5\xA4\xA7\r\n"
        "Content-Length: 0\r\n"
        "\r\n"sv);
    CHECK(m.method == Method::kUnknown);
    CHECK(names.text(m.method_name) == "!interesting-Method0123456789_*+`.%indeed'~");
    CHECK(names.text(m.call_id) == "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{");
    CHECK(names.text(m.from_tag) == "_token~1'+`*%!-.");
    CHECK(names.text(m.to.user) == "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*");
    CHECK(m.max_forwards == 255);
}

TEST_CASE_FIXTURE(Fixture,
                  "Escapes in a user part are resolved, whatever they hide (RFC 4475 3.1.1.3)")
{
    Parts parts;
    parts.start = "OPTIONS sip:sips%3Auser%40example.com@example.net SIP/2.0";
    parts.to = "To: sip:%75se%72@example.com";
    const Message m = accepted(parts.text());
    CHECK(names.text(m.request_uri.user) == "sips:user@example.com");
    CHECK(names.text(m.to.user) == "user");
    CHECK(codec.encode(m).starts_with("OPTIONS sip:sips%3Auser%40example.com@example.net SIP/2.0"));
}

TEST_CASE_FIXTURE(Fixture, "An escaped NUL is a stated limit: 400 (RFC 4475 3.1.1.4 would take it)")
{
    Parts parts = registering();
    parts.more = "Contact: <sip:null-%00-null@host5>";
    answered(parts.text(), 400);
}

TEST_CASE_FIXTURE(Fixture, "A percent sign outside a URI is no escape (RFC 4475 3.1.1.5)")
{
    Parts parts;
    parts.start = "RE%47IST%45R sip:registrar.example.com SIP/2.0";
    parts.cseq = "CSeq: 29344 RE%47IST%45R";
    const Message m = accepted(parts.text());
    CHECK(m.method == Method::kUnknown);
    CHECK(names.text(m.method_name) == "RE%47IST%45R");
}

TEST_CASE_FIXTURE(Fixture, "No blank is needed before an angle bracket (RFC 4475 3.1.1.6)")
{
    Parts parts;
    parts.from = "From: caller<sip:caller@example.com>;tag=323";
    CHECK(names.text(accepted(parts.text()).from_tag) == "323");
}

TEST_CASE_FIXTURE(Fixture,
                  "Long values within our limit are read, beyond it owed 513 (RFC 4475 3.1.1.7)")
{
    Parts parts;
    parts.to = "To: \"I have a" + std::string(300, 'x') + "\" <sip:user" + std::string(200, 'u') +
               "@example.com>";
    parts.call_id = "Call-ID: longreq.one" + std::string(200, 'l');
    CHECK(names.text(accepted(parts.text()).call_id).size() == 211);
    parts.from = "From: <sip:caller@example.net>;tag=" + std::string(256, '1');
    const Refusal refusal = refused(parts.text());
    CHECK(refusal.status == 513);
    CHECK_FALSE(refusal.response); // its From could not be copied
}

TEST_CASE_FIXTURE(Fixture, "A second message in the datagram is discarded (RFC 4475 3.1.1.8)")
{
    Parts parts = registering();
    parts.more = "Content-Length: 0";
    parts.body = "INVITE sip:joe@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2\r\n\r\n";
    CHECK(accepted(parts.text()).method == Method::kRegister);
}

TEST_CASE_FIXTURE(Fixture, "A semicolon in the user part belongs to it (RFC 4475 3.1.1.9)")
{
    Parts parts;
    parts.start = "OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0";
    CHECK(names.text(accepted(parts.text()).request_uri.user) == "user;par=u@example.net");
}

TEST_CASE_FIXTURE(
    Fixture,
    "Unknown and reliable transports in a Via are read as what they are (RFC 4475 3.1.1.10)")
{
    Parts parts;
    parts.via = "Via: SIP/2.0/UDP t1.example.com;branch=z9hG4bKkdjuw\r\n"
                "Via: SIP/2.0/TLS t3.example.com;branch=z9hG4bK39\r\n"
                "Via: SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bK38";
    const Message m = accepted(parts.text());
    CHECK(m.via[0].transport == Transport::kUdp);
    CHECK(m.via[1].transport == Transport::kTls);
    CHECK(m.via[2].transport != Transport::kUdp);
    CHECK(names.text(m.via[2].transport) == "UNKNOWN");
}

TEST_CASE_FIXTURE(Fixture,
                  "More Via values than the envelope holds are owed 513, which cannot be sent")
{
    Parts parts;
    parts.via = "Via: SIP/2.0/UDP a;branch=z9hG4bKa, SIP/2.0/UDP b;branch=z9hG4bKb\r\n"
                "Via: SIP/2.0/UDP c;branch=z9hG4bKc, SIP/2.0/UDP d;branch=z9hG4bKd";
    const Refusal refusal = refused(parts.text());
    CHECK(refusal.status == 513);
    CHECK_FALSE(refusal.response);
}

TEST_CASE_FIXTURE(Fixture,
                  "More contacts than the envelope holds are owed 513, in a response they are cut")
{
    std::string contacts = "Contact: <sip:a@h0>";
    for (int i = 1; i < 9; ++i)
    {
        contacts += ", <sip:a@h" + std::to_string(i) + ">";
    }
    Parts parts = registering();
    parts.more = contacts;
    answered(parts.text(), 513);
    Parts ok = response();
    ok.cseq = "CSeq: 8 REGISTER";
    ok.more = contacts;
    CHECK(accepted(ok.text()).contacts.size() == kMaxContacts);
}

TEST_CASE_FIXTURE(Fixture, "A reason phrase may be unusual or empty (RFC 4475 3.1.1.12, 3.1.1.13)")
{
    CHECK(accepted(response("SIP/2.0 200 = 2**3 * 5**2 \xD0\xBD\xD0\xBE").text()).status == 200);
    CHECK(accepted(response("SIP/2.0 100 ").text()).status == 100);
    CHECK(accepted(response("sip/2.0 699 x").text()).status == 699);
}

TEST_CASE_FIXTURE(Fixture, "Stray separators in header fields are owed 400 (RFC 4475 3.1.2.1)")
{
    Parts parts;
    parts.more = "Contact: \"Joe\" <sip:joe@example.org>;;;;";
    answered(parts.text(), 400);
    parts.more = "Contact: <sip:joe@example.org>,, <sip:j@example.org>";
    answered(parts.text(), 400);
    Parts via;
    via.via = "Via: SIP/2.0/UDP 192.0.2.15;;,;,,";
    CHECK(refused(via.text()).status == 0); // no Via to send a 400 along
}

TEST_CASE_FIXTURE(
    Fixture,
    "A Content-Length beyond the datagram's end is owed 400 (RFC 3261 18.3, RFC 4475 3.1.2.2)")
{
    Parts parts;
    parts.more = "Content-Length: 9999";
    parts.body = "v=0\r\n";
    answered(parts.text(), 400);
    parts.more = "Content-Length: 5";
    accepted(parts.text());
    parts.more = "Content-Length: 99999999999999999999999999999";
    answered(parts.text(), 400);
    Parts ok = response();
    ok.more = "Content-Length: 9999";
    silent(ok.text()); // "if the message is a response, it MUST be discarded"
}

TEST_CASE_FIXTURE(Fixture, "A negative Content-Length is owed 400 (RFC 4475 3.1.2.3)")
{
    Parts parts;
    parts.more = "Content-Length: -999";
    answered(parts.text(), 400);
}

TEST_CASE_FIXTURE(
    Fixture,
    "Scalars out of range: 400 for a request, a response is dropped (RFC 4475 3.1.2.4, 3.1.2.5)")
{
    Parts parts = registering();
    parts.more = "Max-Forwards: 300";
    answered(parts.text(), 400);
    parts.more = "Max-Forwards: -1";
    answered(parts.text(), 400);
    parts.more.clear();
    parts.cseq = "CSeq: 36893488147419103232 REGISTER";
    CHECK(refused(parts.text()).status == 400);
    CHECK_FALSE(refused(parts.text()).response);
    parts.cseq = "CSeq: 2147483648 REGISTER"; // 2^31
    CHECK(refused(parts.text()).status == 400);
    parts.cseq = "CSeq: 2147483647 REGISTER";
    accepted(parts.text());
    Parts ok = response();
    ok.cseq = "CSeq: 9292394834772304023312 OPTIONS";
    silent(ok.text());
}

TEST_CASE_FIXTURE(Fixture,
                  "Unbalanced quotes and brackets are owed 400 (RFC 4475 3.1.2.6, 3.1.2.7)")
{
    Parts parts;
    parts.to = "To: \"Mr. J. User <sip:j.user@example.com>";
    CHECK(refused(parts.text()).status == 400);
    parts.to = "To: <sip:user@example.com";
    CHECK(refused(parts.text()).status == 400);
    parts.to = "To: sip:user@example.com>";
    CHECK(refused(parts.text()).status == 400);
    Parts bracketed;
    bracketed.start = "OPTIONS <sip:user@example.com> SIP/2.0";
    answered(bracketed.text(), 400);
}

TEST_CASE_FIXTURE(
    Fixture,
    "White space in the start line beyond single blanks is owed 400 (RFC 4475 3.1.2.8 to 3.1.2.10)")
{
    for (const std::string start : {"OPTIONS sip:user@example.com; lr SIP/2.0",
                                    "OPTIONS  sip:user@example.com  SIP/2.0",
                                    "OPTIONS sip:user@example.com SIP/2.0  ",
                                    "OPTIONS\tsip:user@example.com SIP/2.0",
                                    " OPTIONS sip:user@example.com SIP/2.0",
                                    "OPTIONS SIP/2.0"})
    {
        Parts parts;
        parts.start = start;
        CAPTURE(start);
        CHECK(refused(parts.text()).status == 400);
    }
}

TEST_CASE_FIXTURE(Fixture, "Header fields in a Request-URI are owed 400 (RFC 4475 3.1.2.11)")
{
    Parts parts;
    parts.start = "OPTIONS sip:user@example.com?Route=%3Csip:example.com%3E SIP/2.0";
    answered(parts.text(), 400);
}

TEST_CASE_FIXTURE(Fixture, "A question mark wants angle brackets (RFC 3261 20, RFC 4475 3.1.2.13)")
{
    Parts parts = registering();
    parts.more = "Contact: sip:user@example.com?Route=%3Csip:sip.example.com%3E";
    answered(parts.text(), 400);
    parts.more = "Contact: <sip:user@example.com?Route=%3Csip:sip.example.com%3E>"; // 3.3.14
    CHECK(accepted(parts.text()).contacts.size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "Blanks inside a URI are owed 400 (RFC 4475 3.1.2.14)")
{
    Parts parts;
    parts.to = "To: \"Watson, Thomas\" < sip:t.watson@example.org >";
    CHECK(refused(parts.text()).status == 400);
}

TEST_CASE_FIXTURE(Fixture,
                  "A display name of other characters than tokens' is owed 400 (RFC 4475 3.1.2.15)")
{
    Parts parts;
    parts.from = "From: Bell, Alexander <sip:a.g.bell@example.com>;tag=43";
    CHECK(refused(parts.text()).status == 400);
}

TEST_CASE_FIXTURE(Fixture,
                  "Another version of SIP is owed 505 (RFC 3261 21.5.6, RFC 4475 3.1.2.16)")
{
    Parts parts;
    parts.start = "OPTIONS sip:t.watson@example.org SIP/7.0";
    answered(parts.text(), 505);
    parts.call_id = "Call-ID:"; // 505 outranks every other fault
    CHECK(refused(parts.text()).status == 505);
    silent(response("SIP/7.0 200 OK").text());
}

TEST_CASE_FIXTURE(Fixture,
                  "A CSeq method that is not the request's is owed 400 (RFC 3261 8.1.1.5, RFC 4475 "
                  "3.1.2.17, 3.1.2.18)")
{
    Parts parts;
    parts.cseq = "CSeq: 8 INVITE";
    CHECK(answered(parts.text(), 400).method == Method::kInvite); // the response copies the CSeq
    Parts unknown;
    unknown.start = "NEWMETHOD sip:user@example.com SIP/2.0";
    unknown.cseq = "CSeq: 34234 OTHER";
    CHECK(names.text(answered(unknown.text(), 400).method_name) == "OTHER");
}

TEST_CASE_FIXTURE(Fixture, "A status code out of range is dropped (RFC 4475 3.1.2.19)")
{
    for (const std::string start : {"SIP/2.0 4294967301 better not break the receiver",
                                    "SIP/2.0 99 x",
                                    "SIP/2.0 700 x",
                                    "SIP/2.0 0200 x",
                                    "SIP/2.0 -20 x",
                                    "SIP/2.0"})
    {
        silent(response(start).text());
    }
}

TEST_CASE_FIXTURE(Fixture, "A request without its mandatory fields is owed 400 (RFC 4475 3.3.1)")
{
    for (const auto member : {&Parts::from, &Parts::to, &Parts::call_id, &Parts::cseq})
    {
        Parts parts;
        (parts.*member).clear();
        const Refusal refusal = refused(parts.text());
        CHECK(refusal.status == 400);
        CHECK_FALSE(refusal.response);
        Parts ok = response();
        (ok.*member).clear();
        silent(ok.text());
    }
    Parts without_via;
    without_via.via.clear();
    silent(without_via.text());
    Parts without_hops; // RFC 2543 knows no Max-Forwards
    without_hops.more.clear();
    CHECK(accepted(without_hops.text()).max_forwards == 70);
}

TEST_CASE_FIXTURE(
    Fixture,
    "A Request-URI of another scheme is owed 416 (RFC 3261 8.2.2.1, RFC 4475 3.3.2, 3.3.3)")
{
    for (const std::string uri : {"nobodyKnowsThisScheme:totallyopaquecontent",
                                  "soap.beep://192.0.2.103:3002",
                                  "tel:+15551234",
                                  "sips:a@b"})
    {
        Parts parts;
        parts.start = "OPTIONS " + uri + " SIP/2.0";
        answered(parts.text(), 416);
    }
}

TEST_CASE_FIXTURE(Fixture, "Other schemes in From, To and Contact are owed 400 (RFC 4475 3.3.4)")
{
    Parts parts = registering();
    parts.to = "To: isbn:2983792873";
    CHECK(refused(parts.text()).status == 400);
    parts = registering();
    parts.more = "Contact: <name:John_Smith>";
    answered(parts.text(), 400);
    Parts moved = response("SIP/2.0 302 Moved");
    moved.more =
        "Contact: <mailto:a@b>, <sip:a@c>"; // RFC 3261 8.1.3.4: tried are those it supports
    CHECK(accepted(moved.text()).contacts.size() == 1);
}

TEST_CASE_FIXTURE(
    Fixture,
    "Require of unknown extensions is owed 420 and Unsupported (RFC 3261 8.2.2.3, RFC 4475 3.3.5)")
{
    Parts parts;
    parts.more = "Require: nothingSupportsThis, nothingSupportsThisEither\r\n"
                 "Proxy-Require: noProxiesSupportThis";
    const Message answer = answered(parts.text(), 420);
    REQUIRE(answer.unsupported.size() == 2);
    CHECK(names.text(answer.unsupported[0]) == "nothingsupportsthis");
    CHECK(codec.encode(answer).find(
              "\r\nUnsupported: nothingsupportsthis, nothingsupportsthiseither\r\n") !=
          std::string::npos);

    parts.start = "ACK sip:user@example.com SIP/2.0"; // ignored in ACK and CANCEL
    parts.cseq = "CSeq: 8 ACK";
    accepted(parts.text());
}

TEST_CASE("a proxy does not look at Require (RFC 3261 16.3)")
{
    Names names;
    CodecOptions options;
    options.check_require = false;
    Codec codec{names, options};
    Parts parts = registering();
    parts.more = "Require: nothingSupportsThis";
    const Decoded decoded = codec.decode(parts.text(), kSource, kDestination);
    REQUIRE(std::holds_alternative<Message>(decoded));
    CHECK(std::get<Message>(decoded).require.size() == 1); // and passes it on
}

TEST_CASE("Require of a supported extension is accepted (RFC 3261 8.2.2.3)")
{
    Names names;
    CodecOptions options;
    options.supported.push(*names.option_tag("path"));
    Codec codec{names, options};
    Parts parts = registering();
    parts.more = "Require: PATH";
    const Decoded decoded = codec.decode(parts.text(), kSource, kDestination);
    REQUIRE(std::holds_alternative<Message>(decoded));
    CHECK(std::get<Message>(decoded).require.size() == 1);
}

TEST_CASE_FIXTURE(Fixture, "Credentials of an unknown scheme are passed over (RFC 4475 3.3.7)")
{
    Parts parts = registering();
    parts.more = "Authorization: NoOneKnowsThisScheme opaque-data=here";
    CHECK_FALSE(accepted(parts.text()).credentials);
}

TEST_CASE_FIXTURE(Fixture,
                  "Credentials with missing or improper directives are owed 400 (RFC 2617 3.2.2)")
{
    const std::string good =
        "Authorization: Digest username=\"bob\", realm=\"biloxi.com\", "
        "nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", uri=\"sip:bob@biloxi.com\", "
        "qop=auth, nc=0000001f, cnonce=\"0a4f113b\", "
        "response=\"6629fae49393a05397450978507c4ef1\", opaque=\"5ccc\"";
    Parts parts = registering();
    parts.more = good;
    const Message m = accepted(parts.text());
    REQUIRE(m.credentials);
    CHECK(names.text(m.credentials->user) == "bob");
    CHECK(m.credentials->nc == 31);
    CHECK(m.credentials->proof[0] == 0x66);
    for (const std::string part : {"username=\"bob\", ",
                                   "realm=\"biloxi.com\", ",
                                   "nc=0000001f, ",
                                   "cnonce=\"0a4f113b\", ",
                                   "uri=\"sip:bob@biloxi.com\", "})
    {
        std::string less = good;
        less.erase(less.find(part), part.size());
        parts.more = less;
        answered(parts.text(), 400);
    }
    std::string uncounted = good;
    uncounted.replace(uncounted.find("nc=0000001f"), 11, "nc=00000000"); // it counts from 1
    parts.more = uncounted;
    answered(parts.text(), 400);
    std::string short_response = good;
    short_response.replace(short_response.find("6629fae4"), 8, "6629fae");
    parts.more = short_response;
    answered(parts.text(), 400);
}

TEST_CASE_FIXTURE(
    Fixture,
    "Single-value fields given twice are owed 400 (RFC 3261 7.3.1, RFC 4475 3.3.8, 3.3.9)")
{
    for (const std::string more : {"CSeq: 59 OPTIONS",
                                   "Call-ID: multi01.98asdh@192.0.2.2",
                                   "From: <sip:other@example.net>;tag=2",
                                   "To: <sip:other@example.com>",
                                   "Max-Forwards: 70\r\nMax-Forwards: 5",
                                   "Expires: 5\r\nExpires: 5",
                                   "Content-Length: 0\r\nl: 5"})
    {
        Parts parts;
        parts.more = more;
        CAPTURE(more);
        answered(parts.text(), 400);
        Parts ok = response();
        ok.more = more.starts_with("Max") ? "CSeq: 8 OPTIONS" : more;
        silent(ok.text());
    }
}

TEST_CASE_FIXTURE(Fixture,
                  "Max-Forwards 0 is owed 483 by who would forward, not by a target (RFC 3261 "
                  "16.3, RFC 4475 3.3.11)")
{
    Parts parts;
    parts.more = "Max-Forwards: 0";
    CHECK(accepted(parts.text()).max_forwards == 0);
    parts.start = "MESSAGE sip:user@example.com SIP/2.0";
    parts.cseq = "CSeq: 8 MESSAGE";
    answered(parts.text(), 483);
    CodecOptions target;
    target.check_max_forwards = false;
    Codec lenient{names, target};
    CHECK(std::holds_alternative<Message>(lenient.decode(parts.text(), kSource, kDestination)));
}

TEST_CASE_FIXTURE(Fixture,
                  "Parameters outside the brackets are Contact's, inside they are the URI's (RFC "
                  "4475 3.3.12, 3.3.13)")
{
    Parts parts = registering();
    parts.more = "Contact: sip:+19725552222@gw1.example.net;transport=tcp;expires=5";
    Message m = accepted(parts.text());
    CHECK_FALSE(m.contacts[0].uri.transport);
    CHECK(m.contacts[0].expires == 5U);
    parts.more = "Contact: <sip:+19725552222@gw1.example.net;transport=tcp;expires=5>";
    m = accepted(parts.text());
    CHECK(m.contacts[0].uri.transport == Transport::kTcp);
    CHECK_FALSE(m.contacts[0].expires);
}

TEST_CASE_FIXTURE(
    Fixture,
    "An RFC 2543 request without branch, tag and Max-Forwards is read (RFC 4475 3.4.1)")
{
    Parts parts;
    parts.via = "Via: SIP/2.0/UDP iftgw.example.com";
    parts.from = "From: <sip:+15551111@ift.client.example.net;user=phone>";
    parts.more.clear();
    const Message m = accepted(parts.text());
    CHECK(m.via[0].branch == Branch{});
    CHECK(m.from_tag == Tag{});
}

TEST_CASE_FIXTURE(Fixture, "A star beside other contacts is owed 400 (RFC 3261 10.3 step 6)")
{
    Parts parts = registering();
    parts.more = "Contact: *, <sip:a@b>\r\nExpires: 0";
    answered(parts.text(), 400);
    parts.more = "Contact: *\r\nExpires: 0";
    CHECK(accepted(parts.text()).contact_star);
}

TEST_CASE_FIXTURE(Fixture, "A malformed ACK is never answered (RFC 3261 17)")
{
    Parts parts;
    parts.start = "ACK sip:user@example.com SIP/2.0";
    parts.cseq = "CSeq: 8 INVITE";
    silent(parts.text());
}

TEST_CASE_FIXTURE(Fixture, "What is no SIP at all is met with silence")
{
    for (const std::string text : {"x",
                                   "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
                                   "OPTIONS sip:a@b SIP/2.0",
                                   "\r\n\r\njunk\r\n\r\n",
                                   "SIP/2.0\r\n\r\n",
                                   "\x16\x03\x01 binary \r\n\r\n",
                                   "OPTIONS sip:a@b SIP/x.0\r\n\r\n"})
    {
        silent(text);
    }
    silent(std::string(65'507, 'A'));
    silent(std::string("\0\0\0\0", 4));
}

TEST_CASE_FIXTURE(
    Fixture,
    "A header cut off by the datagram's end is owed 400, and lines without a name too")
{
    const std::string whole = Parts{}.text();
    answered(whole.substr(0, whole.size() - 2), 400);
    Parts parts;
    parts.more = "this line has no colon";
    answered(parts.text(), 400);
    parts.more = "bad name: x";
    answered(parts.text(), 400);
    parts.start += "\r\n folded: start line";
    answered(parts.text(), 400);
}

TEST_CASE_FIXTURE(Fixture, "Control characters in the fields we read are owed 400")
{
    Parts parts;
    parts.to = std::string("To: <sip:us\0er@example.com>", 27);
    CHECK(refused(parts.text()).status == 400);
    parts = Parts{};
    parts.to = "To: <sip:us%0D%0Aer@example.com>";
    CHECK(refused(parts.text()).status == 400);
    parts = Parts{};
    parts.call_id = "Call-ID: a b";
    CHECK(refused(parts.text()).status == 400);
}

TEST_CASE_FIXTURE(Fixture, "Impossible hosts and ports are owed 400")
{
    for (const std::string uri : {"sip:a@h:0",
                                  "sip:a@h:65536",
                                  "sip:a@h:x",
                                  "sip:a@h:",
                                  "sip:a@",
                                  "sip:@h",
                                  "sip:a@h_%",
                                  "sip:%zz@h",
                                  "sip:a@@h",
                                  "sip:a@[::1",
                                  "sip:"})
    {
        Parts parts;
        parts.start = "OPTIONS " + uri + " SIP/2.0";
        CAPTURE(uri);
        CHECK(refused(parts.text()).status == 400);
    }
    Parts parts;
    parts.start = "OPTIONS sip:a@[2001:db8::1]:5061 SIP/2.0";
    CHECK(names.text(accepted(parts.text()).request_uri.at.host) == "[2001:db8::1]");
}

TEST_CASE_FIXTURE(Fixture, "The same bad request gets the same To tag each time (RFC 3261 8.2.6.2)")
{
    Parts parts;
    parts.more = "Max-Forwards: 300";
    CHECK(answered(parts.text(), 400) == answered(parts.text(), 400));
}

TEST_CASE("A datagram beyond the configured size is owed 513 (RFC 3261 21.5.14)")
{
    Names names;
    Codec codec{names, {.max_datagram = 300, .check_max_forwards = true, .supported = {}}};
    Parts parts;
    CHECK(std::holds_alternative<Message>(codec.decode(parts.text(), kSource, kDestination)));
    parts.body = std::string(200, 'x');
    const Decoded decoded = codec.decode(parts.text(), kSource, kDestination);
    REQUIRE(std::holds_alternative<Refusal>(decoded));
    CHECK(std::get<Refusal>(decoded).status == 513);
    CHECK(std::get<Refusal>(decoded).response);
}

TEST_CASE_FIXTURE(
    Fixture,
    "Every prefix of a request, and every octet of it changed, is judged without harm")
{
    Parts parts = registering();
    parts.more =
        "Contact: \"x\" <sip:a@b>;expires=5;+sip.instance=\"<urn:x>\"\r\n"
        "Authorization: Digest username=\"bob\", realm=\"r\", nonce=\"n\", uri=\"sip:b\", "
        "qop=auth, nc=0000001f, cnonce=\"0\", response=\"6629fae49393a05397450978507c4ef1\"\r\n"
        "Path: <sip:p;lr>\r\nExpires: 5\r\nContent-Length: 0";
    const std::string whole = parts.text();
    accepted(whole);
    int messages = 0;
    for (std::size_t i = 0; i < whole.size(); ++i)
    {
        CHECK_FALSE(std::holds_alternative<Message>(decode(whole.substr(0, i))));
        for (const char c : {'\0', '\n', '"', '<', ',', ';', '%', ':', '\xff', ' '})
        {
            std::string changed = whole;
            changed[i] = c;
            const Decoded decoded = decode(changed);
            if (const auto* message = std::get_if<Message>(&decoded))
            {
                ++messages;
                CHECK(codec.encode(*message).size() == encoded_size(*message, names));
            }
        }
    }
    CHECK(messages > 0);
}
