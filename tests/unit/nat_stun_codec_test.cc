#include "model/nat/stun_codec.h"
#include "model/nat/stun_server.h"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

using namespace sipsim;
using namespace sipsim::nat;

namespace
{

constexpr Endpoint kServer{sip::Host{0xC6336401}, 3478}; // 198.51.100.1
constexpr Endpoint kOther{sip::Host{0xC6336402}, 3479};
constexpr Endpoint kClient{sip::Host{0xC0000201}, 32853}; // 192.0.2.1

std::string
octets(std::string_view hex)
{
    std::string text;
    for (std::size_t i = 0; i < hex.size(); ++i)
    {
        if (hex[i] != ' ')
        {
            text.push_back(
                static_cast<char>(std::stoi(std::string{hex.substr(i, 2)}, nullptr, 16)));
            ++i;
        }
    }
    return text;
}

/// Type, attributes as hex; the length is filled in.
std::string
message(std::string_view type, std::string_view id, std::string_view attributes)
{
    const std::string body = octets(attributes);
    std::string text = octets(type);
    text.push_back(static_cast<char>(body.size() >> 8U));
    text.push_back(static_cast<char>(body.size()));
    return text + octets(id) + body;
}

constexpr std::string_view kRequest = "0001";
constexpr std::string_view kCookieId = "2112a442 b7e7a701 bc34d686 fa87dfae";
constexpr std::string_view kClassicId = "00112233 44556677 8899aabb ccddeeff";

std::string
with_fingerprint(std::string text)
{
    text[3] = static_cast<char>(static_cast<std::uint8_t>(text[3]) + 8);
    const std::uint32_t value = stun_fingerprint(text);
    text += octets("8028 0004");
    for (int shift = 24; shift >= 0; shift -= 8)
    {
        text.push_back(static_cast<char>(value >> static_cast<unsigned>(shift)));
    }
    return text;
}

StunMessage
taken(const StunDecoded& decoded)
{
    if (const auto* refusal = std::get_if<StunRefusal>(&decoded))
    {
        FAIL(refusal->reason);
    }
    return std::get<StunMessage>(decoded);
}

/// RFC 5769 §2.1: what ICE sends, with PRIORITY and ICE-CONTROLLED.
const std::string kSampleRequest = octets("000100582112a442b7e7a701bc34d686fa87dfae"
                                          "802200105354554e207465737420636c69656e74"
                                          "002400046e0001ff80290008932ff9b151263b36"
                                          "000600096576746a3a68367659202020"
                                          "000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2"
                                          "80280004e57a3bcf");
/// §2.2.
const std::string kSampleIpv4 = octets("0101003c2112a442b7e7a701bc34d686fa87dfae"
                                       "8022000b7465737420766563746f7220"
                                       "002000080001a147e112a643"
                                       "000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7"
                                       "80280004c07d4c96");
/// §2.3.
const std::string kSampleIpv6 = octets("010100482112a442b7e7a701bc34d686fa87dfae"
                                       "8022000b7465737420766563746f7220"
                                       "002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9"
                                       "00080014a382954e4be67bf11784c97c8292c275bfe3ed41"
                                       "80280004c8fb0b4c");
/// §2.4: long-term credentials, no FINGERPRINT.
const std::string kSampleLongTerm =
    octets("000100602112a44278ad3433c6ad72c029da412e"
           "00060012e3839ee38388e383aae38383e382afe382b90000"
           "0015001c662f2f3439396b39353464364f4c33346f4c394653547679363473"
           "41"
           "0014000b6578616d706c652e6f726700"
           "00080014f67024656dd64a3e02b8e0712e85c9a28ca89666");

} // namespace

TEST_CASE("the sample response says 192.0.2.1:32853 and its fingerprint is right (RFC 5769 2.2)")
{
    const auto decoded = decode_stun(kSampleIpv4);
    const auto m = taken(decoded);
    CHECK(m.kind == StunClass::kSuccess);
    CHECK(m.method == StunMethod::kBinding);
    CHECK(m.id == StunId{{0x2112A442, 0xB7E7A701, 0xBC34D686, 0xFA87DFAE}});
    REQUIRE(m.xor_mapped);
    CHECK(*m.xor_mapped == kClient);
    CHECK(m.software.text() == "test vector");
    CHECK(m.fingerprint);
    CHECK(m.seen.integrity);
    CHECK(m.seen.not_understood.empty());
    CHECK_FALSE(m.mapped);
}

TEST_CASE("the sample response is what we would print, credentials aside (RFC 5769 2.2)")
{
    StunMessage m = taken(decode_stun(kSampleIpv4));
    m.seen = {};
    // Without MESSAGE-INTEGRITY (24 octets); the vector fills SOFTWARE up with a space, we with zeros;
    // we put the address first. So attribute by attribute.
    const std::string text = encode(m);
    CHECK(text.size() == kSampleIpv4.size() - 24);
    CHECK(text.substr(20, 12) == kSampleIpv4.substr(36, 12));
    CHECK(text.substr(32, 15) == kSampleIpv4.substr(20, 15));
    CHECK(text[47] == 0);
    CHECK(taken(decode_stun(text)) == m);
}

TEST_CASE("fingerprints are those of the vectors (RFC 5769 2.1, 2.2, 2.3)")
{
    for (const auto& sample : {kSampleRequest, kSampleIpv4, kSampleIpv6})
    {
        const std::size_t at = sample.size() - 8;
        const std::uint32_t value = stun_fingerprint(std::string_view{sample}.substr(0, at));
        CHECK(sample.substr(at) ==
              octets("8028 0004") + std::string{static_cast<char>(value >> 24U),
                                                static_cast<char>(value >> 16U),
                                                static_cast<char>(value >> 8U),
                                                static_cast<char>(value)});
    }
}

TEST_CASE(
    "the sample request is owed 420 for PRIORITY alone: ICE-CONTROLLED may be ignored (RFC 5769 "
    "2.1, RFC 5389 7.3.1)")
{
    const auto decoded = decode_stun(kSampleRequest);
    const auto& refusal = std::get<StunRefusal>(decoded);
    CHECK(refusal.status == 420);
    REQUIRE(refusal.response);
    REQUIRE(refusal.response->unknown.size() == 1);
    CHECK(refusal.response->unknown[0] == 0x0024);
    CHECK(refusal.response->kind == StunClass::kError);
    CHECK(refusal.response->id == StunId{{0x2112A442, 0xB7E7A701, 0xBC34D686, 0xFA87DFAE}});
    CHECK_MESSAGE(refusal.response->fingerprint, "the request had one");
}

TEST_CASE("a request with long-term credentials is taken, they are not looked at (RFC 5769 2.4)")
{
    const auto m = taken(decode_stun(kSampleLongTerm));
    CHECK(m.kind == StunClass::kRequest);
    CHECK(m.seen.username);
    CHECK(m.seen.integrity);
    CHECK_FALSE(m.fingerprint);
}

TEST_CASE("an IPv6 address is read over (RFC 5769 2.3)")
{
    const auto m = taken(decode_stun(kSampleIpv6));
    CHECK_FALSE(m.mapped_address());
    CHECK(m.fingerprint);
}

TEST_CASE("one flipped bit anywhere makes a message with FINGERPRINT be dropped or no STUN at all")
{
    const std::string good = with_fingerprint(message(kRequest, kCookieId, ""));
    CHECK(taken(decode_stun(good)).fingerprint);
    for (std::size_t i = 0; i < good.size() * 8; ++i)
    {
        // Bits of FINGERPRINT's own type and of the cookie make it another attribute, another form.
        const std::size_t octet = i / 8;
        if ((octet >= 4 && octet < 8) || (octet >= 20 && octet < 24))
        {
            continue;
        }
        std::string bad = good;
        bad[octet] = static_cast<char>(bad[octet] ^ (1 << (i % 8)));
        const auto decoded = decode_stun(bad);
        const auto* refusal = std::get_if<StunRefusal>(&decoded);
        REQUIRE_MESSAGE(refusal != nullptr, "bit ", i);
        CHECK(refusal->status == 0);
    }
}

TEST_CASE("message types are those of the RFCs (RFC 3489 11.1, RFC 5389 6)")
{
    StunMessage m;
    const auto type = [&m] { return encode(m).substr(0, 2); };
    CHECK(type() == octets("0001"));
    m.kind = StunClass::kIndication;
    CHECK(type() == octets("0011"));
    m.kind = StunClass::kSuccess;
    CHECK(type() == octets("0101"));
    m.kind = StunClass::kError;
    CHECK(type() == octets("0111"));
    m.method = StunMethod::kSharedSecret;
    CHECK(type() == octets("0112"));
}

TEST_CASE("a CHANGE-REQUEST has bits 4 and 2 (RFC 3489 11.2.4)")
{
    StunMessage m;
    m.change = StunChange{true, false};
    CHECK(encode(m).substr(20) == octets("0003 0004 00000004"));
    m.change = StunChange{false, true};
    CHECK(encode(m).substr(20) == octets("0003 0004 00000002"));
}

TEST_CASE("an error response of RFC 3489 fills its phrase up with spaces and repeats an odd type "
          "(11.2.9, "
          "11.2.10)")
{
    StunMessage m;
    m.kind = StunClass::kError;
    m.error = 420;
    m.unknown.push(0x0031);
    // "Unknown Attribute": 17 octets, 20 with the spaces; class 4, number 20.
    CHECK(encode(m).substr(20) ==
          octets("0009 0018 0000 04 14") + "Unknown Attribute   " + octets("000a 0004 0031 0031"));
    CHECK(taken(decode_stun(encode(m))) == m);
    m.id.words[0] = kStunCookie; // RFC 5389 §15: padding is not counted
    CHECK(encode(m).substr(20) == octets("0009 0015 0000 04 14") + "Unknown Attribute" +
                                      octets("000000 000a 0002 0031 0000"));
    CHECK(taken(decode_stun(encode(m))) == m);
}

TEST_CASE("every message our cores make reads as what it was, in the computed size")
{
    const StunServerOptions options{.primary = kServer, .alternate = kOther, .software = true};
    const StunServer server{options};
    const StunServer on_sip{stun_on_sip_port(kServer)};
    std::vector<StunMessage> messages;
    for (const auto form : {StunForm::kClassic, StunForm::kCookie})
    {
        StunMessage request;
        request.id = stun_id({1, 2, 3}, 4, form);
        messages.push_back(request);
        request.change = StunChange{true, true};
        messages.push_back(request);
        messages.push_back(server.on_message(request, kServer, kClient)->message);
        if (form == StunForm::kClassic)
        {
            request.response_address = kOther;
            messages.push_back(request);
        }
        else
        {
            request.fingerprint = true;
            messages.push_back(request);
            request.padding = 7;
            messages.push_back(request);
            messages.push_back(server.on_message(request, kServer, kClient)->message);
            request.padding.reset();
            request.response_port = 4711;
            messages.push_back(request);
        }
        messages.push_back(server.on_message(request, kServer, kClient)->message);
        messages.push_back(on_sip.on_message(request, kServer, kClient)->message);
    }
    CHECK(messages.size() == 15);
    for (const auto& m : messages)
    {
        const std::string text = encode(m);
        CHECK(text.size() == encoded_size(m));
        CHECK(text.size() % 4 == 0);
        CHECK(taken(decode_stun(text)) == m);
    }
}

TEST_CASE("a malformed datagram is owed silence, 400, 420, 430, 432 or 433, as the RFCs say")
{
    struct Row
    {
        const char* what;
        std::string datagram;
        int status; // -1: taken
    };

    const std::string plain = message(kRequest, kCookieId, "");
    const std::string classic = message(kRequest, kClassicId, "");
    std::string cut = message(kRequest, kCookieId, "0003 0004 00000006");
    cut.resize(cut.size() - 4);
    std::string long_length = plain;
    long_length[3] = 4;
    std::string odd = plain + "x";
    odd[3] = 1;
    std::string bits = plain;
    bits[0] = static_cast<char>(0x80);
    std::string wrong = with_fingerprint(plain);
    wrong.back() = static_cast<char>(wrong.back() ^ 1);
    const std::vector<Row> rows{
        {"a request", plain, -1},
        {"a classic request", classic, -1},
        {"an indication, RFC 5389 7.3.2", message("0011", kCookieId, ""), -1},
        {"nothing", "", 0},
        {"19 octets", plain.substr(0, 19), 0},
        {"SIP", "REGISTER sip:sip.example SIP/2.0\r\n\r\n", 0},
        {"RTP or a channel: first two bits, RFC 5389 6", bits, 0},
        {"shorter than it says", cut, 0},
        {"longer than it says", plain + octets("00000000"), 0},
        {"says more than there is", long_length, 0},
        {"a length of 1, RFC 5389 6", odd, 0},
        {"Allocate: a method we have not, RFC 5389 7.3", message("0003", kCookieId, ""), 0},
        {"Allocate without cookie", message("0003", kClassicId, ""), 0},
        {"an indication in RFC 3489", message("0011", kClassicId, ""), 0},
        {"a Shared Secret Request, RFC 3489 8.2", message("0002", kClassicId, ""), 433},
        {"a Shared Secret Request in RFC 5389", message("0002", kCookieId, ""), 0},
        {"FINGERPRINT wrong, RFC 5389 7.3", wrong, 0},
        {"FINGERPRINT not last", message(kRequest, kCookieId, "8028 0004 00000000 8022 0000"), 0},
        {"FINGERPRINT in RFC 3489 is an attribute one may ignore",
         message(kRequest, kClassicId, "8028 0004 00000000"),
         -1},
        {"attribute beyond the end", message(kRequest, kCookieId, "0003 0008 00000006"), 400},
        {"the same, classic", message(kRequest, kClassicId, "0003 0008 00000006"), 400},
        {"the same, optional", message(kRequest, kCookieId, "8022 ffff"), 400},
        {"the same in a response", message("0101", kCookieId, "0020 0010 00000006"), 0},
        {"CHANGE-REQUEST of 8 octets",
         message(kRequest, kCookieId, "0003 0008 00000006 00000000"),
         400},
        {"RESPONSE-ADDRESS of a strange family",
         message(kRequest, kClassicId, "0002 0008 00030d96 c0000201"),
         400},
        {"RESPONSE-ADDRESS broadcast",
         message(kRequest, kClassicId, "0002 0008 00010d96 ffffffff"),
         400},
        {"no whole words, RFC 3489 11.2", message(kRequest, kClassicId, "8022 0001 41000000"), 400},
        {"no whole words, RFC 5389 15", message(kRequest, kCookieId, "8022 0001 41000000"), -1},
        {"PADDING with RESPONSE-PORT, RFC 5780 6.1",
         message(kRequest, kCookieId, "0026 0004 00000000 0027 0004 12340000"),
         400},
        {"RESPONSE-ADDRESS in RFC 5389, 12.2",
         message(kRequest, kCookieId, "0002 0008 00010d96 c0000201"),
         420},
        {"RESPONSE-PORT in RFC 3489", message(kRequest, kClassicId, "0027 0004 12340000"), 420},
        {"a type nobody knows", message(kRequest, kCookieId, "7fff 0000"), 420},
        {"an optional type nobody knows", message(kRequest, kCookieId, "8000 0000"), -1},
        {"MAPPED-ADDRESS in a request is ignored, RFC 3489 11.2",
         message(kRequest, kClassicId, "0001 0004 00000000"),
         -1},
        {"MESSAGE-INTEGRITY without USERNAME, RFC 3489 8.1",
         message(kRequest, kClassicId, "0008 0014 0000000000000000000000000000000000000000"),
         432},
        {"MESSAGE-INTEGRITY of a user nobody knows, RFC 3489 8.1",
         message(kRequest,
                 kClassicId,
                 "0006 0004 61626364 0008 0014 0000000000000000000000000000000000000000"),
         430},
        {"MESSAGE-INTEGRITY not asked for, RFC 5389 7.3",
         message(kRequest, kCookieId, "0008 0014 0000000000000000000000000000000000000000"),
         -1},
        {"what follows MESSAGE-INTEGRITY is ignored, RFC 5389 15.4",
         message(kRequest,
                 kCookieId,
                 "0008 0014 0000000000000000000000000000000000000000 7fff 0000"),
         -1},
        {"an unknown type in an indication, RFC 5389 7.3.2",
         message("0011", kCookieId, "7fff 0000"),
         0},
        {"an unknown type in a response ends its transaction, RFC 5389 7.3.3",
         message("0101", kCookieId, "7fff 0000"),
         -1},
        {"an error response without ERROR-CODE", message("0111", kCookieId, ""), 0},
        {"error 700", message("0111", kCookieId, "0009 0004 00000700"), 0},
        {"error 0", message("0111", kCookieId, "0009 0004 00000000"), 0},
    };
    for (const auto& row : rows)
    {
        CAPTURE(row.what);
        const auto decoded = decode_stun(row.datagram);
        const auto* refusal = std::get_if<StunRefusal>(&decoded);
        if (row.status < 0)
        {
            CHECK_MESSAGE(refusal == nullptr, row.what, ": ", refusal ? refusal->reason : "");
            continue;
        }
        REQUIRE(refusal != nullptr);
        CHECK(refusal->status == row.status);
        CHECK(!refusal->reason.empty());
        CHECK(refusal->response.has_value() == (row.status != 0));
        if (refusal->response)
        {
            CHECK(refusal->response->error == row.status);
            CHECK(taken(decode_stun(encode(*refusal->response))) == *refusal->response);
        }
    }
}

TEST_CASE(
    "all types that are not understood are listed, each once, as far as there is room (RFC 3489 "
    "8.1)")
{
    std::string attributes;
    for (int round = 0; round < 2; ++round)
    {
        for (char type = 'a'; type < 'a' + 20; ++type)
        {
            attributes += "30";
            constexpr std::string_view kDigits = "0123456789abcdef";
            attributes += kDigits[static_cast<std::size_t>(type) / 16];
            attributes += kDigits[static_cast<std::size_t>(type) % 16];
            attributes += "0000";
        }
    }
    const auto decoded = decode_stun(message(kRequest, kClassicId, attributes));
    const auto& unknown = std::get<StunRefusal>(decoded).response->unknown;
    REQUIRE(unknown.size() == 16);
    for (std::size_t i = 0; i < unknown.size(); ++i)
    {
        CHECK(unknown[i] == 0x3061 + i);
    }
}

TEST_CASE("of several attributes of a type the first counts (RFC 5389 15)")
{
    const auto decoded = decode_stun(
        message("0101", kCookieId, "0001 0008 0001 0001 c0000201 0001 0008 0001 0002 c0000202"));
    CHECK(*taken(decoded).mapped == Endpoint{sip::Host{0xC0000201}, 1});
}

TEST_CASE(
    "on the SIP port two zero bits, the cookie and whole words are STUN (RFC 5389 8, RFC 5626 8)")
{
    CHECK(looks_like_stun(message(kRequest, kCookieId, "")));
    CHECK(looks_like_stun(kSampleIpv4));
    CHECK_FALSE(looks_like_stun(message(kRequest, kClassicId, "")));
    CHECK_FALSE(looks_like_stun(message(kRequest, kCookieId, "").substr(0, 19)));
    CHECK_FALSE(looks_like_stun(""));
    CHECK_FALSE(looks_like_stun("\r\n\r\n"));
    CHECK_FALSE(looks_like_stun("REGISTER sip:sip.example SIP/2.0\r\n"));
    CHECK_FALSE(looks_like_stun("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP"));
    std::string bits = message(kRequest, kCookieId, "");
    bits[0] = 0x40;
    CHECK_FALSE(looks_like_stun(bits));
}

TEST_CASE("a name of software beyond 64 octets is cut off")
{
    std::string attributes = "8022 0050";
    for (int i = 0; i < 80; ++i)
    {
        attributes += "41";
    }
    CHECK(taken(decode_stun(message(kRequest, kCookieId, attributes))).software.text() ==
          std::string(64, 'A'));
}
