// By which flow the edge proxy reaches each device.

#include "tests/unit/proxy_fixture.h"

#include <vector>

using namespace sipsim;
using namespace sipsim::proxy;

namespace
{

constexpr sip::HostPort kOther{sip::Host{0xC0A80103}, 5060}; // a second device of the AOR
constexpr sip::Endpoint kOtherSeen{sip::Host{0x0A000008}, 41'000};

sip::Message
of_other(std::uint32_t cseq, std::optional<std::uint32_t> expires = 3600)
{
    sip::Message m = a_register(cseq, expires, 600, kOtherSeen);
    m.via[0].sent_by = kOther;
    m.contacts[0] = contact(kOther);
    return m;
}

std::vector<sip::Endpoint>
places(const Fixture& f, SimTime now)
{
    std::vector<sip::Endpoint> all;
    for (const Flow& flow : f.proxy.lookup(kAlice, now))
    {
        all.push_back(flow.at);
    }
    return all;
}

} // namespace

TEST_CASE(
    "a flow is the source of the REGISTER that was answered 2xx, up to the expiry granted and "
    "not at it")
{
    Fixture f;
    const Made back = f.exchange(at(10s), a_register(1, 600));
    CHECK(back.flows_changed);
    const Flows flows = f.proxy.lookup(kAlice, at(609s));
    REQUIRE(flows.size() == 1);
    CHECK(flows[0].contact == contact(kInside).uri);
    CHECK(flows[0].at == kSeen);
    CHECK(flows[0].expires_at == at(610s));
    CHECK(flows[0].upstream_until == at(610s));
    CHECK(flows[0].granted == 600);
    CHECK(f.proxy.lookup(kAlice, at(610s) - 1ns).size() == 1);
    CHECK(f.proxy.lookup(kAlice, at(610s)).empty());
    CHECK(f.proxy.lookup(sip::UserId{1002}, at(10s)).empty());
}

TEST_CASE(
    "the registrar's binding and the proxy's flow tell the same Contact, the flow where it is")
{
    registrar::RegistrarOptions seen = open_to_all();
    seen.contact_address = registrar::ContactAddress::kSeen;
    Fixture f{{}, seen};
    f.answer(at(0s), a_register(1));
    const auto bound = f.locations.lookup(kAlice, at(1s));
    REQUIRE(bound.size() == 1);
    CHECK(bound[0].contact == kInside); // not the proxy's address, over a Path
    REQUIRE(f.locations.path(bound[0]).size() == 1);
    CHECK(f.locations.path(bound[0])[0] == kProxy);
    CHECK(places(f, at(1s)) == std::vector<sip::Endpoint>{kSeen});
}

TEST_CASE("a refresh from a new NAT mapping moves the flow, a refusal does not")
{
    Fixture f;
    f.answer(at(0s), a_register(1, 600));
    sip::Message moved = a_register(2, 600);
    moved.src.port = 40'001;
    SUBCASE("refused")
    {
        f.registrar_options.refuse_status = 503;
        const Made back = f.exchange(at(300s), moved);
        CHECK(back.message->status == 503);
        CHECK_FALSE(back.flows_changed);
        CHECK(places(f, at(301s)) == std::vector<sip::Endpoint>{kSeen});
        CHECK(places(f, at(600s)).empty());
    }
    SUBCASE("granted")
    {
        CHECK(f.exchange(at(300s), moved).flows_changed);
        CHECK(places(f, at(301s)) == std::vector<sip::Endpoint>{{kSeen.host, 40'001}});
        CHECK(places(f, at(899s)).size() == 1);
    }
}

TEST_CASE("without rport, the flow goes to the sent-by port at the address seen (RFC 3261 18.2.2)")
{
    Fixture f;
    sip::Message m = a_register(1);
    m.via[0].rport_asked = false;
    m.via[0].sent_by.port = 5070;
    f.answer(at(0s), m);
    CHECK(places(f, at(1s)) == std::vector<sip::Endpoint>{{kSeen.host, 5070}});
}

TEST_CASE("of the bindings a 2xx lists, the device's own is the one whose request it was (RFC 3261 "
          "10.3 step 8)")
{
    Fixture f{{}, open_to_all(registrar::OnSecondContact::kAppend)};
    f.answer(at(0s), a_register(1, 600));
    const sip::Message ok = f.answer(at(100s), of_other(1, 1200));
    REQUIRE(ok.contacts.size() == 2); // both are listed, one is its own
    const Flows flows = f.proxy.lookup(kAlice, at(101s));
    REQUIRE(flows.size() == 2);
    CHECK(flows[0].contact.at == kInside);
    CHECK(flows[0].at == kSeen);
    CHECK(flows[0].expires_at == at(600s));
    CHECK(flows[1].contact.at == kOther);
    CHECK(flows[1].at == kOtherSeen);
    CHECK(flows[1].expires_at == at(1300s));
    f.answer(at(500s), a_register(2, 600)); // a refresh prolongs its own alone
    CHECK(f.proxy.lookup(kAlice, at(501s))[0].expires_at == at(1100s));
    CHECK(f.proxy.lookup(kAlice, at(501s))[1].expires_at == at(1300s));
}

TEST_CASE("a Contact other than the Via's sent-by is known all the same: a STUN client's")
{
    Fixture f{{}, open_to_all(registrar::OnSecondContact::kAppend)};
    f.answer(at(0s), of_other(1));
    sip::Message m = a_register(1);
    m.contacts[0] = contact(kSeen); // its public address; sent-by stays private
    f.answer(at(0s), m);
    const Flows flows = f.proxy.lookup(kAlice, at(1s));
    REQUIRE(flows.size() == 2);
    CHECK(flows[1].contact.at == kSeen);
}

TEST_CASE("unregistering ends the flow on the 2xx, one or all (RFC 3261 10.2.2)")
{
    Fixture f{{}, open_to_all(registrar::OnSecondContact::kAppend)};
    f.answer(at(0s), a_register(1));
    f.answer(at(0s), of_other(1));
    SUBCASE("one, by Expires: 0")
    {
        CHECK(f.exchange(at(1s), a_register(2, 0)).flows_changed);
        CHECK(places(f, at(2s)) == std::vector<sip::Endpoint>{kOtherSeen});
        CHECK(f.proxy.size() == 1);
    }
    SUBCASE("all, by *")
    {
        sip::Message all = a_register(2, 0);
        all.contacts.clear();
        all.contact_star = true;
        const Made there = f.proxy.on_request(at(1s), all);
        CHECK(there.message->contact_star);
        CHECK(there.message->expires == 0);
        CHECK_FALSE(there.flows_changed); // not before the registrar says so
        CHECK(places(f, at(1s)).size() == 2);
        CHECK(f.exchange(at(1s), all).flows_changed);
        CHECK(places(f, at(2s)).empty());
        CHECK(f.proxy.size() == 0);
    }
    SUBCASE("a refused one ends none")
    {
        f.registrar_options.refuse_status = 500;
        f.answer(at(1s), a_register(2, 0));
        CHECK(places(f, at(2s)).size() == 2);
    }
}

TEST_CASE("a device that displaces another at the registrar ends the other's flow")
{
    Fixture f; // OnSecondContact::kReplace
    f.answer(at(0s), a_register(1));
    f.answer(at(1s), of_other(1));
    CHECK(places(f, at(2s)) == std::vector<sip::Endpoint>{kOtherSeen});
}

TEST_CASE("a query changes no flow and learns none (RFC 3261 10.2.3)")
{
    Fixture f;
    f.answer(at(0s), a_register(1));
    sip::Message query = a_register(1, {}, 700, kOtherSeen);
    query.contacts.clear();
    const Made back = f.exchange(at(1s), query);
    CHECK(back.message->contacts.size() == 1);
    CHECK_FALSE(back.flows_changed);
    CHECK(places(f, at(2s)) == std::vector<sip::Endpoint>{kSeen});
}

TEST_CASE("a 2xx that a later one has overtaken changes nothing; a second copy of one neither")
{
    Fixture f;
    const sip::Message first = f.forwarded(at(0s), a_register(1, 600));
    const sip::Message late = *f.server.on_request(at(0s), first).response;
    CHECK(f.proxy.on_response(at(0s), late).flows_changed);
    // The copy repeats the seconds of the first: no flow may live longer for it.
    const Made copy = f.proxy.on_response(at(5s), late);
    CHECK(copy.message);
    CHECK_FALSE(copy.flows_changed);
    CHECK(f.proxy.lookup(kAlice, at(6s))[0].expires_at == at(600s));
    f.answer(at(10s), a_register(2, 1200));
    CHECK_FALSE(f.proxy.on_response(at(11s), late).flows_changed);
    CHECK(f.proxy.lookup(kAlice, at(12s))[0].expires_at == at(1210s));
}

TEST_CASE("a restart loses the flows or keeps them; a response finds its way over it")
{
    for (const bool keep : {false, true})
    {
        CAPTURE(keep);
        Fixture f{{.keep_flows = keep}};
        f.answer(at(0s), a_register(1));
        const sip::Message on = f.forwarded(at(1s), of_other(1));
        f.proxy.on_restart();
        CHECK(places(f, at(2s)).size() == (keep ? 1 : 0));
        const Made back = f.proxy.on_response(at(2s), *f.server.on_request(at(1s), on).response);
        REQUIRE(back.message);
        CHECK(back.message->dst == kOtherSeen);
        CHECK(places(f, at(3s)) == std::vector<sip::Endpoint>{kOtherSeen});
    }
}

TEST_CASE("flows of all AORs are visited in order of their numbers")
{
    Fixture f;
    for (const std::uint64_t user : {9U, 3U, 70'000U})
    {
        sip::Message m = a_register(1);
        m.to.user = m.from.user = sip::UserId{user};
        m.contacts[0] = contact(kInside, {}, sip::UserId{user});
        f.answer(at(0s), m);
    }
    std::vector<std::uint64_t> seen;
    f.proxy.for_each(at(1s), [&](sip::UserId aor, const Flow& flow) {
        CHECK(flow.contact.user == aor);
        seen.push_back(static_cast<std::uint64_t>(aor));
    });
    CHECK(seen == std::vector<std::uint64_t>{3, 9, 70'000});
    CHECK(f.proxy.size() == 3);
}
