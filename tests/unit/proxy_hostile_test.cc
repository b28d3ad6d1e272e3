// What devices and networks may send, and what it costs.

#include "tests/unit/counted_new.h"
#include "tests/unit/proxy_fixture.h"
#include "tests/unit/sip_samples.h"

using namespace sipsim;
using namespace sipsim::proxy;

TEST_CASE("any request gets one treatment and is never forwarded without own Via, Path and hop")
{
    sip::Names names;
    sip::samples::Generator generator{names, 77};
    ProxyOptions options{.offload = true};
    Fixture f{options};
    int forwarded = 0;
    for (int i = 0; i < 50'000; ++i)
    {
        sip::Message m = generator.next();
        m.method = i % 3 == 0 ? sip::Method::kRegister : m.method;
        m.to.user = sip::UserId{static_cast<std::uint64_t>(i % 50)};
        m.proxy_require.clear();
        if (i % 5 == 0)
        {
            m.via.clear();
        }
        const SimTime now = at(i * 100ms);
        const Made p = f.proxy.on_request(now, m);
        CHECK(p.message.has_value() == (p.what != What::kDropped));
        if (m.via.empty())
        {
            CHECK(p.what == What::kDropped);
        }
        if (p.what != What::kForwarded)
        {
            continue;
        }
        ++forwarded;
        REQUIRE(p.message->via.size() == m.via.size() + 1);
        const std::size_t hops = m.method == sip::Method::kRegister ? 1 : 0; // RFC 3327 §5.2
        REQUIRE(p.message->path.size() == m.path.size() + hops);
        CHECK(p.message->max_forwards + 1 == m.max_forwards);
        // Whatever it was, its 200 with its own Contacts finds its way back.
        sip::Message ok = sip::make_response(*p.message, 200, sip::Tag{4});
        ok.contacts = m.contacts;
        ok.expires = p.message->expires;
        const Made back = f.proxy.on_response(now, ok);
        REQUIRE(back.message);
        CHECK(back.message->via.size() == m.via.size());
        // And any other response does no harm.
        sip::Message other = generator.next();
        other.status = 200;
        other.method = sip::Method::kRegister;
        other.to = m.to;
        other.via = p.message->via;
        static_cast<void>(f.proxy.on_response(now, other));
        for (const Flow& flow : f.proxy.lookup(m.to.user, now))
        {
            CHECK(flow.expires_at <= now + 60s);
        }
    }
    CHECK(forwarded > 1000);
}

TEST_CASE("eight Contacts: the first is the device's, the rest goes to the registrar as it is")
{
    Fixture f{{}, open_to_all(registrar::OnSecondContact::kAppend)};
    sip::Message m = a_register(1);
    for (std::uint32_t i = 1; i < sip::kMaxContacts; ++i)
    {
        m.contacts.push(contact({sip::Host{i}, 5060}));
    }
    CHECK(f.forwarded(at(0s), m).contacts == m.contacts);
    CHECK(f.answer(at(0s), m).contacts.size() == sip::kMaxContacts);
    const Flows flows = f.proxy.lookup(kAlice, at(1s));
    REQUIRE(flows.size() == 1);
    CHECK(flows[0].contact == m.contacts[0].uri);
}

TEST_CASE("an AOR with as many devices as bindings has a flow to each, and to no more")
{
    Fixture f{{}, open_to_all(registrar::OnSecondContact::kAppend)};
    for (std::uint32_t i = 0; i < sip::kMaxContacts + 2; ++i)
    {
        sip::Message m = a_register(1, 3600, 500 + i);
        m.src.port = static_cast<std::uint16_t>(40'000 + i);
        m.contacts[0] = contact({kInside.host, static_cast<std::uint16_t>(5060 + i)});
        CHECK(f.answer(at(0s), m).status == (i < sip::kMaxContacts ? 200 : 403));
    }
    const Flows flows = f.proxy.lookup(kAlice, at(1s));
    REQUIRE(flows.size() == sip::kMaxContacts);
    for (std::size_t i = 0; i < flows.size(); ++i)
    {
        CHECK(flows[i].at.port == 40'000 + i);
        CHECK(flows[i].contact.at.port == 5060 + i);
    }
}

TEST_CASE("a million numbered AORs take 56 octets each, and refreshes allocate nothing")
{
    const ProxyOptions options{.offload = true};
    MakingProxy proxy{options, kProxy, kRegistrar, kKey};
    sip::Message m = a_register(1);
    const auto exchange = [&](SimTime now, std::uint64_t user, std::uint32_t cseq) {
        m.to.user = sip::UserId{user};
        m.contacts[0].uri.user = m.to.user;
        m.cseq = sip::CSeq{cseq};
        const Made there = proxy.on_request(now, m);
        if (there.what == What::kForwarded)
        {
            sip::Message ok = sip::make_response(*there.message, 200, sip::Tag{4});
            ok.contacts = there.message->contacts;
            ok.contacts[0].expires = there.message->expires;
            static_cast<void>(proxy.on_response(now, ok));
        }
        return there.what;
    };
    constexpr std::uint64_t kAors = 1'000'000;
    for (std::uint64_t user = 1; user <= kAors; ++user)
    {
        exchange(at(0s), user, 1);
    }
    CHECK(proxy.size() == kAors);
    CHECK(proxy.octets() < 56'200'000); // 56.0 and a pointer to every 2 048 of them, a page begun
    const std::size_t octets = proxy.octets();
    const std::size_t before = allocations;
    int here = 0;
    int on = 0;
    for (std::uint64_t user = 1; user <= 1000; ++user)
    {
        here += exchange(at(30s), user, 2) == What::kAnswered ? 1 : 0;
        on += exchange(at(1900s), user, 3) == What::kForwarded ? 1 : 0;
    }
    CHECK(here == 1000);
    CHECK(on == 1000);
    CHECK(allocations == before);
    CHECK(proxy.octets() == octets);
}
