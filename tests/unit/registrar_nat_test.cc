// What a registrar makes of a request that came through a NAT.

#include "tests/unit/registrar_fixture.h"

using namespace sipsim;
using namespace sipsim::registrar;

namespace
{

// The device is 192.168.1.2:5060 and says so in Via and Contact; the NAT is 10.0.0.9:40000.
constexpr sip::HostPort kInside{sip::Host{0xC0A80102}, 5060};
constexpr sip::Endpoint kSeen{sip::Host{0x0A000009}, 40'000};

sip::Message
through_nat(std::uint32_t cseq, std::optional<std::uint32_t> expires = 600)
{
    sip::Message m = request_of({contact(static_cast<std::uint32_t>(kInside.host), expires)}, cseq);
    m.src = kSeen;
    m.via[0].sent_by = kInside;
    m.via[0].rport_asked = false;
    return m;
}

Fixture
with(ContactAddress contact_address, ReplyAddress reply_address = ReplyAddress::kStandard)
{
    RegistrarOptions options = open_to_all();
    options.contact_address = contact_address;
    options.reply_address = reply_address;
    return Fixture{options};
}

} // namespace

TEST_CASE("a binding keeps the Contact as sent, as seen, or seen with the Contact's port")
{
    const auto kept = [](ContactAddress how) {
        Fixture f = with(how);
        CHECK(f.status(at(0s), through_nat(1)) == 200);
        REQUIRE(f.bound(at(1s)).size() == 1);
        return f.bound(at(1s))[0].contact;
    };
    CHECK(kept(ContactAddress::kSent) == kInside);
    CHECK(kept(ContactAddress::kSeen) == kSeen);
    CHECK(kept(ContactAddress::kSeenHost) == sip::HostPort{kSeen.host, kInside.port});
}

TEST_CASE("whatever is kept, the 200 shows the Contact the request wrote, and its expiry")
{
    for (const auto how : {ContactAddress::kSent, ContactAddress::kSeen, ContactAddress::kSeenHost})
    {
        Fixture f = with(how);
        const sip::Message answer = f.answer(at(0s), through_nat(1));
        REQUIRE(answer.contacts.size() == 1);
        CHECK(answer.contacts[0].uri.at == kInside);
        CHECK(answer.contacts[0].expires == 600);
    }
}

TEST_CASE("a refresh and a removal through the same mapping touch the binding as seen")
{
    Fixture f = with(ContactAddress::kSeen);
    CHECK(f.status(at(0s), through_nat(1)) == 200);
    CHECK(f.status(at(300s), through_nat(2)) == 200);
    REQUIRE(f.bound(at(301s)).size() == 1);
    CHECK(f.bound(at(301s))[0].expires_at == at(900s));
    CHECK(f.status(at(400s), through_nat(3, 0)) == 200);
    CHECK(f.bound(at(401s)).empty());
}

TEST_CASE("a refresh through another mapping is another contact, which replaces the first")
{
    Fixture f = with(ContactAddress::kSeen);
    CHECK(f.status(at(0s), through_nat(1)) == 200);
    sip::Message m = through_nat(2);
    m.src.port = 40'001;
    CHECK(f.status(at(300s), m) == 200);
    REQUIRE(f.bound(at(301s)).size() == 1);
    CHECK(f.bound(at(301s))[0].contact.port == 40'001);
}

TEST_CASE("a 200 through a NAT is repeated exactly, whatever is kept and for however long")
{
    constexpr std::uint32_t kDay = 86'400;
    for (const auto how : {ContactAddress::kSent, ContactAddress::kSeen, ContactAddress::kSeenHost})
    {
        for (const std::uint32_t expires : {600U, 65'535U, 65'536U, kDay, 24 * kDay, 25 * kDay})
        {
            RegistrarOptions options = open_to_all();
            options.contact_address = how;
            options.max_expires = 30 * kDay;
            Fixture f{options};
            const sip::Message m = through_nat(1, expires);
            const Answered first = f.server.on_request(at(1ns), m);
            REQUIRE(first.response);
            CHECK(first.response->contacts[0].expires == expires);
            CHECK(first.compact.none() == (expires >= 1U << 21U));
            const Answered again = f.server.on_request(at(4s), m);
            CHECK(again.repeat);
            CHECK(again.answered == at(1ns));
            CHECK(*again.response == *first.response);
        }
    }
}

TEST_CASE("a transaction of a binding kept as seen takes at most 64 octets")
{
    constexpr std::uint32_t kMany = 100'000;
    Fixture f = with(ContactAddress::kSeen);
    sip::Message m = through_nat(1);
    for (std::uint32_t i = 1; i <= kMany; ++i)
    {
        m.cseq = sip::CSeq{i};
        m.via[0].branch = sip::Branch{i};
        CHECK(f.server.on_request(at(i * 10us), m).response->status == 200);
    }
    CHECK(f.server.transactions(at(1s)) == kMany);
    CHECK(f.server.octets() < std::size_t{64} * kMany);
}

TEST_CASE("responses go where the reply address says")
{
    const auto target = [](ReplyAddress how, bool rport) {
        Fixture f = with(ContactAddress::kSent, how);
        sip::Message m = through_nat(1);
        m.via[0].rport_asked = rport;
        return f.answer(at(0s), m).dst;
    };
    // RFC 3261 §18.2.2: received at the port of sent-by; RFC 3581 §4: at rport where it is asked for.
    CHECK(target(ReplyAddress::kStandard, false) == sip::Endpoint{kSeen.host, kInside.port});
    CHECK(target(ReplyAddress::kStandard, true) == kSeen);
    for (const bool rport : {false, true})
    {
        CHECK(target(ReplyAddress::kSocket, rport) == kSeen);
        CHECK(target(ReplyAddress::kViaPort, rport) == sip::Endpoint{kSeen.host, kInside.port});
        CHECK(target(ReplyAddress::kVia, rport) == sip::Endpoint{kInside});
    }
}
