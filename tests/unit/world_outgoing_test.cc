// What a call by a device meets on its way over the servers that the device knows (RFC 3263 §4.3).

#include "model/world/outgoing.h"

#include <doctest/doctest.h>

#include <array>
#include <set>

using namespace sipsim;
using namespace sipsim::world;
using namespace std::chrono_literals;

namespace
{

/// Registrars of which some are dead, some refuse, and some know the caller.
struct Servers : Terrain
{
    std::set<ServerIndex> dead;
    std::set<ServerIndex> full;
    std::set<ServerIndex> suspends;
    std::set<ServerIndex> knows;
    std::set<ServerIndex> cut;

    [[nodiscard]] bool powered(DeviceIndex) const override
    {
        return true;
    }

    [[nodiscard]] std::uint32_t address_life(DeviceIndex) const override
    {
        return 0;
    }

    [[nodiscard]] bool path_cut(ServerIndex server, network::NodeIndex) const override
    {
        return cut.contains(server);
    }

    [[nodiscard]] bool alive(ServerIndex server) const override
    {
        return !dead.contains(server);
    }

    [[nodiscard]] bool refuses(std::uint32_t registrar) const override
    {
        return full.contains(registrar);
    }

    [[nodiscard]] bool blocks(std::uint32_t registrar,
                              sip::UserId,
                              sip::Host,
                              SimTime) const override
    {
        return suspends.contains(registrar);
    }

    [[nodiscard]] registrar::LocationService::Bindings bindings(std::uint32_t registrar,
                                                                sip::UserId,
                                                                SimTime) const override
    {
        registrar::LocationService::Bindings known;
        if (knows.contains(registrar))
        {
            registrar::Binding binding;
            binding.expires_at = kNever;
            known.push(binding);
        }
        return known;
    }

    [[nodiscard]] registrar::LocationService::Bindings latest(std::uint32_t registrar,
                                                              sip::UserId aor,
                                                              SimTime now) const override
    {
        return bindings(registrar, aor, now);
    }

    [[nodiscard]] proxy::Flows flows(std::uint32_t, sip::UserId, SimTime) const override
    {
        return {};
    }
};

/// A phone that knows registrars 0 and 1, in this order.
struct Phone
{
    World world;
    std::optional<Layout> layout;
    std::array<dns::Target, 2> targets{};
    dns::FailoverOptions options;
    dns::Failover failover;
    dns::Blocklist blocked;
    registration::Servers servers;
    Servers net;

    Phone()
    {
        world.duration = 1000s;
        world.topology = network::Topology({{.id = "0", .name = "A"}}, {});
        world.registrars.resize(2);
        FleetSpec fleet;
        fleet.count = 1;
        fleet.at = {0};
        world.fleets.push_back(fleet);
        layout.emplace(world);
        targets[0].endpoint = layout->registrar_address(0);
        targets[1].endpoint = layout->registrar_address(1);
        servers = {.options = &options,
                   .failover = &failover,
                   .list = {targets, kNever},
                   .blocklist = &blocked};
    }

    Outgoing call()
    {
        return classify_outgoing(SimTime{1s}, world, *layout, net, &servers, 0);
    }
};

} // namespace

TEST_CASE(
    "a call goes to the first server that takes it, and is refused where the caller is a stranger")
{
    Phone phone;
    phone.net.knows = {0};
    CHECK(phone.call().outcome == OutgoingClass::kAccepted);
    phone.net.dead = {0};
    CHECK(phone.call().outcome == OutgoingClass::kNotRegisteredThere);
    CHECK_FALSE(phone.call().register_at);
    phone.options.register_first = true; // P29095: REGISTER to B, then the call
    CHECK(phone.call().outcome == OutgoingClass::kRegisteredFirst);
    CHECK(phone.call().register_at == phone.targets[1].endpoint);
    phone.net.dead.clear();
    phone.net.full = {0}; // 503 is a failure of the server
    CHECK(phone.call().outcome == OutgoingClass::kRegisteredFirst);
    phone.options.on_503 = false; // or the answer
    CHECK(phone.call().outcome == OutgoingClass::kNoServer);
    phone.net.full.clear();
    phone.net.dead = {0, 1};
    CHECK(phone.call().outcome == OutgoingClass::kNoServer);
    // At the first of its list it would register anyway: there is no failover.
    phone.net = {};
    CHECK(phone.call().outcome == OutgoingClass::kNotRegisteredThere);
    CHECK_FALSE(phone.call().register_at);
    // Where it is known after a failover, nothing is to be sent.
    phone.net.dead = {0};
    phone.net.knows = {1};
    CHECK(phone.call().outcome == OutgoingClass::kAccepted);
    CHECK_FALSE(phone.call().register_at);
}

TEST_CASE("a call of a suspended terminal is blocked: 403 is the answer, silence leads on (V98)")
{
    Phone phone;
    phone.net.knows = {0, 1};
    phone.net.suspends = {0};
    auto& admission = phone.world.registrars[0].options.admission;
    CHECK(phone.call().outcome == OutgoingClass::kAccepted); // nobody has limits: not asked
    admission.terminal_retries = 6;
    admission.suspend = 180s;
    CHECK(phone.call().outcome == OutgoingClass::kAccepted); // by the second one
    phone.net.dead = {1};
    CHECK(phone.call().outcome == OutgoingClass::kSuspended);
    phone.net.dead.clear();
    admission.when_suspended = registrar::AdmissionOptions::WhenSuspended::kForbid;
    CHECK(phone.call().outcome == OutgoingClass::kSuspended);
    phone.net.full = {0}; // refused before it is looked at
    CHECK(phone.call().outcome == OutgoingClass::kAccepted);
}

TEST_CASE("a server passed over because it is blocked is one that the call has failed over from")
{
    Phone phone;
    phone.options.register_first = true;
    phone.blocked.block(phone.targets[0].endpoint, SimTime{60s});
    phone.net.knows = {0};
    CHECK(phone.call().outcome == OutgoingClass::kRegisteredFirst);
    CHECK(phone.call().register_at == phone.targets[1].endpoint);
    CHECK_FALSE(phone.failover.saved()); // the call walks with copies
    CHECK_FALSE(phone.blocked.blocked(phone.targets[1].endpoint, SimTime{1s}));
}

TEST_CASE("a call to a port at which no registrar listens goes to the next server (RFC 2782)")
{
    Phone phone;
    phone.targets[0].endpoint.port = 5070;
    phone.net.knows = {0, 1};
    CHECK(phone.call().outcome == OutgoingClass::kAccepted);
    phone.net.dead = {1};
    CHECK(phone.call().outcome == OutgoingClass::kNoServer);
    // The same host at its own port is another target.
    phone.targets[1].endpoint = phone.layout->registrar_address(0);
    CHECK(phone.call().outcome == OutgoingClass::kAccepted);
}

TEST_CASE("where all servers are blocked, a call tries them all")
{
    Phone phone;
    phone.net.knows = {1};
    phone.net.dead = {0};
    phone.blocked.block(phone.targets[0].endpoint, SimTime{60s});
    phone.blocked.block(phone.targets[1].endpoint, SimTime{60s});
    CHECK(phone.call().outcome == OutgoingClass::kAccepted);
}

TEST_CASE("a saved server serves without a list, as it does for REGISTER")
{
    Phone phone;
    phone.options.preference = dns::Preference::kUntilNoResponse;
    phone.servers.list = {{}, SimTime{}};
    CHECK(phone.call().outcome == OutgoingClass::kNoServer);
    phone.failover.on_answered(phone.options, phone.targets[1].endpoint, SimTime{});
    phone.net.knows = {1};
    CHECK(phone.call().outcome == OutgoingClass::kAccepted);
}
