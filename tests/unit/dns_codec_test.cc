#include "tests/unit/dns_fixture.h"

#include <vector>

using namespace sipsim;
using namespace sipsim::dns;

namespace
{

/// Id 1, the flags, the counts; then the rest.
std::string
datagram(std::string_view counts, std::string_view rest)
{
    return octets("0001 8180") + octets(counts) + octets(rest);
}

constexpr std::string_view kQuestionIsA = "03'sip'07'example'03'com'00 0001 0001"; // 12 .. 32

/// A message of any records of ours, drawn; names share suffixes as real ones do.
class RandomMessages
{
  public:
    explicit RandomMessages(Book& book)
        : book_(book)
    {
    }

    Message next()
    {
        Message m;
        m.id = static_cast<std::uint16_t>(bits(65536));
        m.flags.response = true;
        m.flags.authoritative = bits(2) == 1;
        m.flags.truncated = bits(2) == 1;
        m.flags.recursion_desired = bits(2) == 1;
        m.flags.recursion_available = bits(2) == 1;
        m.rcode = static_cast<Rcode>(bits(6));
        if (bits(8) != 0)
        {
            m.question = Question{name(), Type::kSrv};
        }
        if (bits(2) == 0)
        {
            m.edns = Edns{static_cast<std::uint16_t>(512 + bits(4000)), 0, bits(2) == 1};
        }
        fill(m.answer, bits(9));
        fill(m.authority, bits(3));
        fill(m.additional, bits(9));
        return m;
    }

  private:
    std::uint64_t bits(std::uint64_t below)
    {
        return draw_bits({7, 0, 0}, Purpose::kTopology, n_++) % below;
    }

    Name name()
    {
        constexpr std::string_view kLabels[] =
            {"a", "sip", "_udp", "example", "com", "net", "a-long-label"};
        Name name = kRoot;
        for (auto depth = bits(5); depth > 0; --depth)
        {
            name = book_.names.child(name, kLabels[bits(7)]).value();
        }
        return name;
    }

    Data data(Type& type)
    {
        switch (bits(9))
        {
        case 0:
            type = Type::kA;
            return A{static_cast<std::uint32_t>(bits(UINT32_MAX))};
        case 1:
            type = Type::kAaaa;
            return Aaaa{{1, 2, 3, static_cast<std::uint32_t>(bits(UINT32_MAX))}};
        case 2:
            type = Type::kCname;
            return Pointer{name()};
        case 3:
            type = Type::kNs;
            return Pointer{name()};
        case 4:
            type = Type::kMx;
            return Mx{10, name()};
        case 5:
            type = Type::kSrv;
            return Srv{1, 2, 5060, name()};
        case 6:
            type = Type::kNaptr;
            return Naptr{1, 2, book_.text("s"), book_.text("SIP+D2U"), book_.text(""), name()};
        case 7:
            type = Type::kSoa;
            return Soa{name(), name(), 5, 6, 7, 8, 9};
        default:
            type = static_cast<Type>(65280); // private use (RFC 6895 §3.1)
            return Opaque{book_.text("opaque")};
        }
    }

    template <class Section>
    void fill(Section& section, std::uint64_t count)
    {
        for (; count > 0; --count)
        {
            Record r;
            r.owner = name();
            r.ttl = static_cast<std::uint32_t>(bits(86400));
            r.data = data(r.type);
            section.push(r);
        }
    }

    Book& book_;
    std::uint64_t n_ = 0;
};

} // namespace

TEST_CASE("names are one number whatever their case, and read back in lower case (RFC 4343 3)")
{
    Book book;
    CHECK(book("SIP.Example.COM") == book("sip.example.com."));
    CHECK(book.names.text(book("SIP.Example.COM")) == "sip.example.com");
    CHECK(book.names.parent(book("sip.example.com")) == book("example.com"));
    // 3 + 7 + 3 octets of labels, a length octet each, the root's (RFC 1035 §3.1).
    CHECK(book.names.wire_length(book("sip.example.com")) == 17);
    CHECK(book.names.below(book("example.com"), "_sip._udp") == book("_sip._udp.example.com"));
    CHECK(book.names.is_within(book("a.example.com"), book("example.com")));
    CHECK_FALSE(book.names.is_within(book("com"), book("example.com")));
    CHECK_FALSE(book.names.is_within(book("badexample.com"), book("example.com")));
}

TEST_CASE("escapes stand for octets that a label may hold (RFC 1035 5.1)")
{
    Book book;
    const Name odd = book("a\\.b.c\\032d\\\\.org");
    CHECK(book.names.depth(odd) == 3);
    CHECK(book.names.label(odd) == "a.b");
    CHECK(book.names.text(odd) == "a\\.b.c\\032d\\\\.org");
    for (const auto bad : {"a\\", "a\\25", "a\\256", "", "a..b", ".a"})
    {
        CHECK_MESSAGE(!book.names.name(bad), bad);
    }
}

TEST_CASE("63 octets make a label, 255 a name, and no more (RFC 1035 2.3.4)")
{
    Book book;
    const std::string label(63, 'x');
    CHECK(book.names.name(label));
    CHECK_FALSE(book.names.name(label + "x"));
    // 3 * 64 + 62 + 1 = 255.
    const std::string three = label + "." + label + "." + label + ".";
    CHECK(book.names.wire_length(book(three + std::string(61, 'y'))) == 255);
    CHECK_FALSE(book.names.name(three + std::string(62, 'y')));
}

TEST_CASE("a full table refuses new names and knows the old ones")
{
    Names names(6); // the root, the empty string, and twice a label with its name
    const auto known = names.name("example.com");
    REQUIRE(known);
    CHECK_FALSE(names.name("other.com"));
    CHECK(names.name("EXAMPLE.com") == known);
    CHECK_FALSE(names.octets("SIP+D2U"));
}

TEST_CASE("a query is its header and its question (RFC 1035 4.1)")
{
    Book book;
    const Message m = query(0xBEEF, book("_sip._udp.example.com"), Type::kSrv);
    const std::string wire = octets("beef 0100 0001 0000 0000 0000"
                                    "04'_sip'04'_udp'07'example'03'com'00 0021 0001");
    CHECK(hex(encode(m, book.names).value()) == hex(wire));
    CHECK(taken(decode(wire, book.names)) == m);
    CHECK(encoded_size(m, book.names) == wire.size());
}

TEST_CASE("names are compressed as in the RFC's example (RFC 1035 4.1.4)")
{
    // F.ISI.ARPA, FOO.F.ISI.ARPA, ARPA and the root; the first at 12 here, at 20 there.
    Book book;
    Message m;
    m.flags.response = true;
    m.question = Question{book("f.isi.arpa"), Type::kA};
    for (const auto owner : {"foo.f.isi.arpa", "arpa", "."})
    {
        m.answer.push(book.a(owner, 0x01020304, 5));
    }
    const std::string rest = "0001 0001 00000005 0004 01020304";
    const std::string wire = octets("0000 8000 0001 0003 0000 0000"
                                    "01'f'03'isi'04'arpa'00 0001 0001"
                                    "03'foo' c00c" +
                                    rest + "c012" + rest + "00" + rest);
    CHECK(hex(encode(m, book.names).value()) == hex(wire));
    CHECK(taken(decode(wire, book.names)) == m);
}

TEST_CASE("SRV's target is not compressed, and read even if it is (RFC 2782, RFC 3597 4)")
{
    Book book;
    Message m;
    m.flags.response = true;
    m.question = Question{book("_sip._udp.example.com"), Type::kSrv};
    m.answer.push(book.srv("_sip._udp.example.com", 1, 2, "sip.example.com", 5060, 300));
    const std::string head = "0000 8000 0001 0001 0000 0000"
                             "04'_sip'04'_udp'07'example'03'com'00 0021 0001"
                             "c00c 0021 0001 0000012c";
    const std::string plain = octets(head + "0017 0001 0002 13c4 03'sip'07'example'03'com'00");
    const std::string pointing = octets(head + "000c 0001 0002 13c4 03'sip'c016");
    CHECK(hex(encode(m, book.names).value()) == hex(plain));
    CHECK(taken(decode(plain, book.names)) == m);
    CHECK(taken(decode(pointing, book.names)) == m);
}

TEST_CASE("EDNS is an OPT record with the size in its class and the version in its TTL (RFC 6891 "
          "6.1)")
{
    Book book;
    Message m = query(1, book("a"), Type::kA, Edns{1232, 0, true});
    const std::string wire = octets("0001 0100 0001 0000 0000 0001 01'a'00 0001 0001"
                                    "00 0029 04d0 00008000 0000");
    CHECK(hex(encode(m, book.names).value()) == hex(wire));
    CHECK(taken(decode(wire, book.names)) == m);
    CHECK(encoded_size(m, book.names) == wire.size());

    SUBCASE("less than 512 octets is 512 (6.2.3)")
    {
        const auto small = octets("0001 0100 0001 0000 0000 0001 01'a'00 0001 0001"
                                  "00 0029 0100 00000000 0000");
        CHECK(taken(decode(small, book.names)).edns == Edns{512, 0, false});
    }
    SUBCASE("options are read over")
    {
        const auto cookie = octets("0001 0100 0001 0000 0000 0001 01'a'00 0001 0001"
                                   "00 0029 04d0 00000000 000c 000a 0008 0102030405060708");
        CHECK(taken(decode(cookie, book.names)).edns == Edns{1232, 0, false});
    }
    SUBCASE("the upper bits of BADVERS are OPT's (6.1.3)")
    {
        m.rcode = Rcode::kBadVers;
        const auto text = encode(m, book.names).value();
        CHECK(hex(text.substr(text.size() - 6)) == "010080000000");
        CHECK(taken(decode(text, book.names)) == m);
    }
}

TEST_CASE("drawn messages read back as they were, in the octets computed")
{
    Book book;
    RandomMessages random(book);
    std::size_t largest = 0;
    for (int i = 0; i < 3000; ++i)
    {
        const Message m = random.next();
        const auto wire = encode(m, book.names);
        REQUIRE(wire);
        CHECK(encoded_size(m, book.names) == wire->size());
        CHECK(taken(decode(*wire, book.names)) == m);
        largest = std::max(largest, wire->size());
    }
    CHECK(largest > 512);
}

TEST_CASE("beyond 16383 octets nothing can be pointed to (RFC 1035 4.1.4)")
{
    // 40 opaque records of 500 octets push the last names out of a pointer's reach.
    Book book;
    Message m;
    m.flags.response = true;
    for (int i = 0; i < 40; ++i)
    {
        m.answer.push({book("n" + std::to_string(i) + ".example"),
                       static_cast<Type>(65280),
                       Class::kIn,
                       1,
                       Opaque{book.text(std::string(500, 'x'))}});
    }
    m.answer.push(book.a("late.net", 1));
    m.answer.push(book.a("late.net", 2));
    m.answer.push(book.a("n0.example", 2));
    const auto wire = encode(m, book.names).value();
    CHECK(wire.size() > 16384);
    CHECK(encoded_size(m, book.names) == wire.size());
    CHECK(taken(decode(wire, book.names)) == m);
}

TEST_CASE("hostile datagrams are refused for what is wrong with them")
{
    Book book;
    const auto flaw = [&book](const std::string& wire) {
        const auto decoded = decode(wire, book.names);
        const auto* refusal = std::get_if<Refusal>(&decoded);
        REQUIRE(refusal != nullptr);
        CHECK_FALSE(reason(refusal->flaw).empty());
        return refusal->flaw;
    };
    const std::string one = "0001 0001 0000 0000"; // a question and an answer
    const std::string question{kQuestionIsA};
    const std::string fixed = "0001 0001 00000005 0004 01020304";

    CHECK(flaw("") == Flaw::kTooShort);
    CHECK(flaw(octets("0001 8180 0000 0000 0000 00")) == Flaw::kTooShort);
    CHECK(flaw(datagram("0000 0000 0000 0000", "") + std::string(65536, '\0')) == Flaw::kTooLong);
    CHECK(flaw(datagram("0002 0000 0000 0000", question + question)) == Flaw::kQuestionCount);
    CHECK(flaw(datagram("0001 0000 0000 0000", "01'a'00 0001 00")) == Flaw::kTruncatedRecord);
    CHECK(flaw(datagram("0001 0002 0000 0000", question + "c00c" + fixed)) ==
          Flaw::kTruncatedRecord);
    CHECK(flaw(datagram("0001 0000 0000 ffff", question)) == Flaw::kTruncatedRecord);
    CHECK(flaw(datagram(one, question + "c00c 0001 0001 00000005 0005 01020304")) ==
          Flaw::kTruncatedRecord);
    CHECK(flaw(datagram("0001 0000 0000 0000", question + "c00c" + fixed)) ==
          Flaw::kTrailingOctets);
    CHECK(flaw(datagram("0001 0000 0000 0000", "41'a'00 0001 0001")) == Flaw::kLabelType);
    CHECK(flaw(datagram("0001 0000 0000 0000", "81'a'00 0001 0001")) == Flaw::kLabelType);
    CHECK(flaw(datagram("0001 0000 0000 0000", "05'a'")) == Flaw::kNameBeyondEnd);
    CHECK(flaw(datagram("0001 0000 0000 0000", "01'a' c0")) == Flaw::kNameBeyondEnd);
    CHECK(flaw(datagram("0001 0000 0000 0000", "c00c 0001 0001")) == Flaw::kCompressionLoop);
    CHECK(flaw(datagram("0001 0000 0000 0000", "01'a' c00c 0001 0001")) == Flaw::kCompressionLoop);
    CHECK(flaw(datagram("0001 0000 0000 0000", "01'a' c012 0001 0001")) == Flaw::kForwardPointer);
    CHECK(flaw(datagram("0001 0000 0000 0000", "01'a' c004 0001 0001")) ==
          Flaw::kPointerIntoHeader);
    // RDATA at 45 points to the owner at 47, which points back.
    CHECK(flaw(datagram("0001 0001 0001 0000",
                        question + "c00c 0005 0001 00000005 0002 c02f" + "c02d" + fixed)) ==
          Flaw::kForwardPointer);
    std::string labels;
    for (int i = 0; i < 4; ++i)
    {
        labels += "3f'" + std::string(63, 'x') + "'"; // 4 * 64 + 1 = 257
    }
    CHECK(flaw(datagram("0001 0000 0000 0000", labels + "00 0001 0001")) == Flaw::kNameTooLong);
    // 3 * 64 octets point to 3 * 64 more.
    const std::string half = labels.substr(0, 3 * 67);
    CHECK(flaw(datagram(one, half + "00 0001 0001" + half + "c00c" + fixed)) == Flaw::kNameTooLong);
    CHECK(flaw(datagram(one, question + "c00c 0001 0001 00000005 0003 010203")) ==
          Flaw::kRdataLength);
    CHECK(flaw(datagram(one, question + "c00c 0005 0001 00000005 0003 c00c 00")) ==
          Flaw::kRdataLength);
    CHECK(flaw(datagram(one, question + "c00c 0021 0001 00000005 0004 00010002")) ==
          Flaw::kRdataLength);
    CHECK(flaw(datagram(one, question + "c00c 0023 0001 00000005 0006 0001 0002 09'U'")) ==
          Flaw::kRdataLength);
    // A name may not leave its RDATA, though the datagram goes on.
    CHECK(flaw(datagram("0001 0001 0001 0000",
                        question + "c00c 0005 0001 00000005 0002 03'a'" + "c00c" + fixed)) ==
          Flaw::kNameBeyondEnd);
    const std::string opt = "00 0029 04d0 00000000 0000";
    CHECK(flaw(datagram("0001 0000 0000 0002", question + opt + opt)) == Flaw::kBadOpt);
    CHECK(flaw(datagram(one, question + opt)) == Flaw::kBadOpt);
    CHECK(flaw(datagram("0001 0000 0000 0001", question + "c00c 0029 04d0 00000000 0000")) ==
          Flaw::kBadOpt);
    CHECK(flaw(datagram("0001 0000 0000 0001", question + "00 00fa 00ff 00000000 0000")) ==
          Flaw::kUnsupportedType);
    std::string many;
    for (std::size_t i = 0; i <= kMaxAnswers; ++i)
    {
        many += "c00c" + fixed;
    }
    CHECK(flaw(datagram("0001 0031 0000 0000", question + many)) == Flaw::kTooManyRecords);
}

TEST_CASE("names beyond the table's room are refused, not taken")
{
    Names names(3);
    const auto decoded = decode(datagram("0001 0000 0000 0000", std::string{kQuestionIsA}), names);
    CHECK(std::get<Refusal>(decoded).flaw == Flaw::kNamesFull);
}

TEST_CASE("a broken query is owed FORMERR, a broken response and half a header nothing (RFC 1035 "
          "4.1.1)")
{
    Book book;
    const auto query = decode(octets("1234 0100 0002 0000 0000 0000"), book.names);
    const auto& owed = std::get<Refusal>(query).response;
    REQUIRE(owed);
    CHECK(hex(encode(*owed, book.names).value()) == "123481010000000000000000");
    CHECK_FALSE(
        std::get<Refusal>(decode(octets("1234 8100 0002 0000 0000 0000"), book.names)).response);
    CHECK_FALSE(std::get<Refusal>(decode(octets("1234 0100"), book.names)).response);
}

TEST_CASE("no cut and no flipped bit of a real answer is more than a message or a refusal")
{
    Book book;
    Message m;
    m.flags.response = true;
    m.question = Question{book("_sip._udp.example.com"), Type::kSrv};
    m.answer.push(book.srv("_sip._udp.example.com", 1, 2, "a.example.com"));
    m.answer.push(book.naptr("example.com", 1, 2, "SIP+D2U", "_sip._udp.example.com"));
    m.authority.push(book.soa("example.com"));
    m.additional.push(book.a("a.example.com", 0x0A000001));
    m.edns = Edns{};
    const std::string wire = encode(m, book.names).value();
    for (std::size_t size = 0; size < wire.size(); ++size)
    {
        CHECK(std::holds_alternative<Refusal>(decode(wire.substr(0, size), book.names)));
    }
    int taken_anyway = 0;
    for (std::size_t bit = 0; bit < 8 * wire.size(); ++bit)
    {
        std::string bad = wire;
        bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
        const auto decoded = decode(bad, book.names);
        if (const auto* message = std::get_if<Message>(&decoded))
        {
            ++taken_anyway;
            const auto again = encode(*message, book.names);
            REQUIRE(again);
            CHECK(encoded_size(*message, book.names) == again->size());
            CHECK(taken(decode(*again, book.names)) == *message);
        }
    }
    CHECK(taken_anyway > 0);
}

TEST_CASE("an UPDATE is owed NOTIMP, however well it is formed: its records are none of a QUERY "
          "(RFC 1035 "
          "4.1.1, RFC 2136 2.5.2)")
{
    Book book;
    // Zone a SOA; delete the A records of b: class ANY, TTL 0, no RDATA.
    const std::string update = octets("0007 2800 0001 0000 0001 0000 01'a'00 0006 0001"
                                      "01'b'00 0001 00ff 00000000 0000");
    const auto decoded = decode(update, book.names);
    const auto* refusal = std::get_if<Refusal>(&decoded);
    REQUIRE(refusal != nullptr);
    REQUIRE(refusal->response);
    CHECK(refusal->response->rcode == Rcode::kNotImp);
    CHECK(refusal->response->id == 7);
    CHECK(refusal->response->opcode == static_cast<Opcode>(5));
    // A NOTIFY reads as a QUERY does, and is refused by whoever gets it.
    const Message notify =
        taken(decode(octets("0007 2000 0001 0000 0000 0000 01'a'00 0006 0001"), book.names));
    CHECK(unserved(notify) == Rcode::kNotImp);
}
