#include "model/sip/names.h"

#include <doctest/doctest.h>

#include <string>

using namespace sipsim::sip;

namespace
{

template <class Id>
std::uint64_t
number(Id id)
{
    return static_cast<std::uint64_t>(id);
}

} // namespace

TEST_CASE("Canonical identities have fixed texts that read back as themselves")
{
    Names names;
    CHECK(names.text(CallId{0xabc}) == "0000000000000abc");
    CHECK(names.text(Branch{0xabc}) == "z9hG4bK0000000000000abc");
    CHECK(names.text(UserId{42}) == "u0000042");
    CHECK(names.text(UserId{123456789}) == "u123456789");
    CHECK(names.text(SecretId{1}) == "secret-0000000000000001");
    CHECK(names.text(InstanceId{0x1234'5678'9abc'def0}) ==
          "urn:uuid:00000000-1234-4000-8000-56789abcdef0");
    for (const std::uint64_t n : {std::uint64_t{1}, std::uint64_t{0xdeadbeef}, kForeign - 1})
    {
        CHECK(names.call_id(names.text(CallId{n})) == CallId{n});
        CHECK(names.tag(names.text(Tag{n})) == Tag{n});
        CHECK(names.branch(names.text(Branch{n})) == Branch{n});
        CHECK(names.nonce(names.text(Nonce{n})) == Nonce{n});
        CHECK(names.cnonce(names.text(Cnonce{n})) == Cnonce{n});
        CHECK(names.user(names.text(UserId{n})) == UserId{n});
        CHECK(names.secret(names.text(SecretId{n})) == SecretId{n});
        CHECK(names.instance(names.text(InstanceId{n})) == InstanceId{n});
        CHECK(names.length(CallId{n}) == names.text(CallId{n}).size());
        CHECK(names.length(Branch{n}) == names.text(Branch{n}).size());
        CHECK(names.length(UserId{n}) == names.text(UserId{n}).size());
        CHECK(names.length(InstanceId{n}) == names.text(InstanceId{n}).size());
    }
}

TEST_CASE("A text that would not be printed again as it was is kept as foreign")
{
    Names names;
    for (const std::string text : {"0000000000000ABC",
                                   "0",
                                   "0000000000000000",
                                   "8000000000000000",
                                   "0000000000000abg",
                                   "a84b4c76e66710@pc33.atlanta.com"})
    {
        const auto id = names.call_id(text);
        REQUIRE(id);
        CHECK(number(*id) >= kForeign);
        CHECK(names.text(*id) == text);
        CHECK(names.length(*id) == text.size());
        CHECK(names.call_id(text) == id);
    }
    for (const std::string text : {"u1",
                                   "u0000000",
                                   "u00000012",
                                   "U0000012",
                                   "u12345678901234567890123",
                                   "u-000012",
                                   "alice",
                                   "u9300000000000000000",
                                   "u"})
    {
        const auto id = names.user(text);
        REQUIRE(id);
        CHECK(number(*id) >= kForeign);
        CHECK(names.text(*id) == text);
        CHECK(names.kept(*id) == text);
    }
    CHECK(number(*names.branch("z9hG4bKnashds7")) >= kForeign);
    CHECK(number(*names.branch("2")) >= kForeign); // RFC 2543 peers
    CHECK(number(*names.instance("urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6")) >= kForeign);
    CHECK(number(*names.instance("urn:uuid:00000000-8000-4000-8000-000000000001")) >= kForeign);
}

TEST_CASE("Call-ID, tags and branches distinguish case, hosts and option tags do not (RFC 3261 "
          "20.8, 7.3.1, 19.1.4)")
{
    Names names;
    CHECK(names.call_id("Abc") != names.call_id("abc"));
    CHECK(names.tag("Abc") != names.tag("abc"));
    CHECK(names.branch("z9hG4bKa") != names.branch("z9hG4bKA"));
    CHECK(names.user("Alice") != names.user("alice"));
    CHECK(names.host("Example.COM") == names.host("example.com"));
    CHECK(names.text(*names.host("Example.COM")) == "example.com");
    CHECK(names.option_tag("Path") == names.option_tag("path"));
    CHECK(names.realm("Example.COM") != names.realm("example.com"));
}

TEST_CASE("A strict dotted quad is an address, every other host is a name")
{
    Names names;
    CHECK(names.host("10.0.0.1") == Host{0x0A000001});
    CHECK(names.text(Host{0x0A000001}) == "10.0.0.1");
    CHECK(names.length(Host{0xC0A80164}) == std::string{"192.168.1.100"}.size());
    CHECK(names.host("239.255.255.255") == Host{0xEFFFFFFF});
    for (const std::string text : {"010.0.0.1",
                                   "10.0.0",
                                   "10.0.0.1.",
                                   "10.0.0.256",
                                   "0.0.0.0",
                                   "240.0.0.1",
                                   "255.255.255.255",
                                   "1.2.3.4.5",
                                   "1..2.3",
                                   "[::1]",
                                   "a.b",
                                   "-1.2.3.4"})
    {
        const auto host = names.host(text);
        REQUIRE(host);
        CHECK(is_name(*host));
        CHECK(names.text(*host) == text);
        CHECK(names.length(*host) == text.size());
    }
}

TEST_CASE("A hostile peer can fill the table of texts but not exceed it, and it is counted")
{
    Names names{64 << 10}; // three quarters are for what is kept, some 160 octets for each text
    CHECK(names.host("first.example"));
    int taken = 0;
    while (names.host("h" + std::to_string(taken)))
    {
        REQUIRE(++taken < 400);
    }
    CHECK(taken > 250);
    CHECK(names.refused() == 1);
    CHECK_FALSE(names.user("alice"));
    CHECK_FALSE(names.option_tag("path"));
    CHECK(names.refused() == 3);
    CHECK_FALSE(names.user("")); // not for want of room
    CHECK(names.refused() == 3);
    CHECK(names.host("first.example")); // known texts still read
    CHECK(names.user("u0000001"));
    CHECK(names.host("10.0.0.1"));
    CHECK(names.call_id("x@y")); // what passes has its own room
    CHECK(names.branch("z9hG4bKx"));
}

TEST_CASE("Call-ID, tag, branch, nonce and cnonce never run out: of them the latest are known")
{
    Names names{64 << 10};
    const CallId first = *names.call_id("first@host");
    const CallId used = *names.call_id("used@host");
    std::string latest;
    for (int i = 0; i < 100'000; ++i)
    {
        latest = "z9hG4bK-" + std::to_string(i);
        const auto branch = names.branch(latest);
        REQUIRE(branch);
        REQUIRE(names.text(*branch) == latest);
        REQUIRE(names.call_id("used@host") == used); // it is asked for, so it stays
    }
    CHECK(names.refused() == 0);
    CHECK(names.text(used) == "used@host");
    CHECK(names.length(used) == 9);
    // Gone, and its number is nobody else's.
    CHECK(names.text(first) == "unknown");
    CHECK(names.length(first) == 7);
    CHECK(names.call_id("first@host") != first);
    CHECK(names.text(*names.nonce("a\"b")) == "a\"b");
    CHECK(names.quoted_length(*names.nonce("a\"b")) == 6);
    CHECK(names.kept(*names.cnonce("c")) == "c");
}

TEST_CASE("Texts that turned out to be of no use give their room back")
{
    Names names{64 << 10};
    const Host kept = *names.host("kept.example");
    const auto mark = names.mark();
    for (int i = 0; i < 100'000; ++i)
    {
        REQUIRE(names.host("h" + std::to_string(i)));
        REQUIRE(names.transport("x" + std::to_string(i)));
        names.return_to(mark);
    }
    CHECK(names.refused() == 0);
    CHECK(names.host("kept.example") == kept);
    CHECK(names.text(kept) == "kept.example");
}

TEST_CASE(
    "Transports are tokens without regard to case, and at most so many as a binding can number")
{
    Names names;
    CHECK(names.transport("udp") == Transport::kUdp);
    CHECK(names.transport("Tls") == Transport::kTls);
    CHECK(names.transport("tls-sctp") == Transport::kTlsSctp);
    CHECK(names.text(Transport::kWss) == "WSS");
    const auto other = names.transport("Carrier-Pigeon");
    REQUIRE(other);
    CHECK(names.transport("CARRIER-PIGEON") == other);
    CHECK(names.text(*other) == "CARRIER-PIGEON");
    for (int t = 0; t <= static_cast<int>(*other); ++t)
    {
        const auto transport = static_cast<Transport>(t);
        CHECK(names.length(transport) == names.text(transport).size());
    }
    for (int i = 0; i < 1000; ++i)
    {
        static_cast<void>(names.transport("x" + std::to_string(i)));
    }
    CHECK_FALSE(names.transport("one-more"));
    CHECK(names.transport("carrier-pigeon") == other);
    CHECK_FALSE(names.transport(""));
    CHECK(names.text(static_cast<Transport>(kLastTransport + 1)) == "unknown");
}

TEST_CASE("Empty, overlong and control-character texts are no identities")
{
    Names names;
    CHECK_FALSE(names.call_id(""));
    CHECK_FALSE(names.host(""));
    CHECK_FALSE(names.option_tag(""));
    CHECK(names.user(std::string(Names::kMaxText, 'x')));
    CHECK_FALSE(names.user(std::string(Names::kMaxText + 1, 'x')));
    CHECK_FALSE(names.host(std::string(100'000, 'X')));
    CHECK_FALSE(names.user("a\r\nEvil: b"));
    CHECK_FALSE(names.user(std::string_view{"a\0b", 3}));
}

TEST_CASE("A number nobody handed out prints as unknown instead of failing")
{
    const Names names;
    CHECK(names.text(CallId{kForeign + 5}) == "unknown");
    CHECK(names.length(CallId{kForeign + 5}) == 7);
    CHECK(names.length(Host{kFirstHostName + 5}) == names.text(Host{kFirstHostName + 5}).size());
    CHECK(names.quoted_length(Host{kFirstHostName + 5}) == 9);
    CHECK(names.kept(UserId{kForeign + 5}).empty());
    CHECK(names.kept(Host{1}).empty());
}

TEST_CASE("The length of a decimal number grows at each power of ten and nowhere else")
{
    std::size_t digits = 1;
    for (const std::uint64_t power : kPowersOfTen)
    {
        CHECK(decimal_length(power) == digits);
        CHECK(decimal_length(power - 1) == (digits == 1 ? 1 : digits - 1));
        ++digits;
    }
    for (std::uint64_t n = 1; n != 0; n <<= 1U)
    {
        CHECK(decimal_length(n) == std::to_string(n).size());
        CHECK(decimal_length(n - 1) == std::to_string(n - 1).size());
    }
    CHECK(decimal_length(UINT64_MAX) == 20);
}
