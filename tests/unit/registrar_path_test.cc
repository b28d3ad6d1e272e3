// Path at the registrar (RFC 3327 §5.3).

#include "tests/unit/registrar_fixture.h"

using namespace sipsim;
using namespace sipsim::registrar;

namespace
{

constexpr sip::HostPort kEdge{sip::Host{0x0A000064}, 5060};
constexpr sip::HostPort kCore{sip::Host{0x0A000065}, 5060};

sip::Message
over(std::initializer_list<sip::HostPort> path, std::uint32_t cseq, std::uint32_t host = 0xC0A80102)
{
    sip::Message m = request_of({contact(host, 600)}, cseq);
    for (const sip::HostPort& hop : path)
    {
        m.path.push(hop);
    }
    return m;
}

Path
of(std::initializer_list<sip::HostPort> hops)
{
    Path path;
    for (const sip::HostPort& hop : hops)
    {
        path.push(hop);
    }
    return path;
}

} // namespace

TEST_CASE("a binding keeps the Path of its REGISTER in order, and the 200 copies it (RFC 3327 5.3)")
{
    Fixture f;
    const sip::Message ok = f.answer(at(0s), over({kCore, kEdge}, 1));
    CHECK(ok.status == 200);
    CHECK(ok.path == of({kCore, kEdge}));
    REQUIRE(f.bound(at(1s)).size() == 1);
    CHECK(f.locations.path(f.bound(at(1s))[0]) == of({kCore, kEdge}));
}

TEST_CASE("without Path the binding has none and the 200 shows none")
{
    Fixture f;
    CHECK(f.answer(at(0s), over({}, 1)).path.empty());
    REQUIRE(f.bound(at(1s)).size() == 1);
    CHECK(f.bound(at(1s))[0].path == 0);
    CHECK(f.locations.path(f.bound(at(1s))[0]).empty());
}

TEST_CASE("a refresh over another Path replaces the first; what changed is told")
{
    Fixture f;
    CHECK(f.process(at(0s), over({kEdge}, 1)).changed);
    CHECK(f.process(at(0s), over({kCore}, 2)).changed);
    CHECK(f.locations.path(f.bound(at(1s))[0]) == of({kCore}));
    CHECK(f.process(at(0s), over({}, 3)).changed); // and directly again
    CHECK(f.locations.path(f.bound(at(1s))[0]).empty());
}

TEST_CASE("bindings of one AOR have each the Path of their own REGISTER")
{
    RegistrarOptions options = open_to_all();
    options.on_second_contact = OnSecondContact::kAppend;
    options.max_contacts = 2;
    Fixture f{options};
    f.answer(at(0s), over({kEdge}, 1, 1));
    f.answer(at(0s), over({kCore}, 2, 2));
    REQUIRE(f.bound(at(1s)).size() == 2);
    CHECK(f.locations.path(f.bound(at(1s))[0]) == of({kEdge}));
    CHECK(f.locations.path(f.bound(at(1s))[1]) == of({kCore}));
}

TEST_CASE("over a Path the Contact is kept as it was sent, whatever contact_address says")
{
    for (const auto how : {ContactAddress::kSent, ContactAddress::kSeen, ContactAddress::kSeenHost})
    {
        RegistrarOptions options = open_to_all();
        options.contact_address = how;
        Fixture f{options};
        f.answer(at(0s), over({kEdge}, 1));
        REQUIRE(f.bound(at(1s)).size() == 1);
        CHECK(f.bound(at(1s))[0].contact == sip::HostPort{sip::Host{0xC0A80102}, 5060});
    }
}

TEST_CASE("only a success copies the Path (RFC 3327 5.3)")
{
    Fixture f{RegistrarOptions{}};
    const sip::Message challenged = f.answer(at(0s), over({kEdge}, 1));
    CHECK(challenged.status == 401);
    CHECK(challenged.path.empty());
}

TEST_CASE(
    "a copy of a REGISTER with Path gets the 200 of the first, Path included (RFC 3261 17.2.2)")
{
    Fixture f;
    const Answered first = f.server.on_request(at(0s), over({kCore, kEdge}, 1));
    const Answered again = f.server.on_request(at(1s), over({kCore, kEdge}, 1));
    CHECK_FALSE(first.compact.none());
    CHECK(again.repeat);
    CHECK(*again.response == *first.response);
    CHECK(again.response->path == of({kCore, kEdge}));
}

TEST_CASE("255 distinct paths have a number, one more is answered 500 and binds nothing")
{
    Fixture f;
    for (std::uint32_t i = 1; i <= LocationService::kMaxPaths; ++i)
    {
        REQUIRE(f.status(at(0s), over({{sip::Host{i}, 5060}}, i)) == 200);
        REQUIRE(f.locations.path(f.bound(at(0s))[0]) == of({{sip::Host{i}, 5060}}));
    }
    const LocationService::Bindings before = f.bound(at(0s));
    CHECK(f.status(at(0s), over({kCore}, 300)) == 500);
    CHECK(f.bound(at(0s)) == before);
    CHECK(f.status(at(0s), over({{sip::Host{7}, 5060}}, 301)) == 200); // known ones go on
    CHECK(f.status(at(0s), over({}, 302)) == 200);
    f.registrar.on_restart(false); // forgets bindings and paths
    CHECK(f.status(at(0s), over({kCore}, 303)) == 200);
}
