#include "model/world/directory.h"
#include "model/world/layout.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

using namespace sipsim;
using namespace sipsim::world;
using namespace std::chrono_literals;

namespace
{

network::Topology
line_of_three()
{
    return network::Topology(
        {{.id = "0", .name = "A"}, {.id = "1", .name = "B"}, {.id = "2", .name = "C"}},
        {{.a = 0, .b = 1, .propagation = 1ms}, {.a = 1, .b = 2, .propagation = 1ms}});
}

World
two_fleets()
{
    World world;
    world.seed = 7;
    world.topology = line_of_three();
    world.registrars.push_back({.name = "reg1", .at = 1});
    FleetSpec phones;
    phones.name = "phones";
    phones.count = 5;
    phones.at = {0, 1, 2};
    FleetSpec trunks;
    trunks.name = "trunks";
    trunks.count = 2;
    trunks.accounts = 3;
    trunks.accounts_per_aor = 2;
    trunks.at = {1};
    world.fleets = {phones, trunks};
    return world;
}

} // namespace

TEST_CASE("devices and accounts are numbered over all fleets in file order")
{
    const World world = two_fleets();
    const Layout layout(world);
    CHECK(layout.devices() == 7);
    CHECK(layout.accounts() == 5 + 2 * 3);
    CHECK(layout.aors() == 5 + 3); // 6 trunk accounts, two to an AOR
    CHECK(layout.fleet_of_device(4) == 0);
    CHECK(layout.fleet_of_device(5) == 1);
    CHECK(layout.device_of(5) == 5);
    CHECK(layout.device_of(7) == 5);
    CHECK(layout.device_of(8) == 6);
    CHECK(layout.first_account_of(6) == 8);
    CHECK(layout.aor_of(5) == 5);
    CHECK(layout.aor_of(6) == 5);
    CHECK(layout.aor_of(7) == 6);
    CHECK(layout.fleet_of_aor(5) == 1);
}

TEST_CASE("accounts have the numbers of their AORs but behind attackers, who have none")
{
    World world = two_fleets();
    FleetSpec attackers;
    attackers.count = 3;
    attackers.at = {0};
    attackers.attack.emplace();
    attackers.attack->targets = 0;
    attackers.attack->victims = 2;
    world.fleets[1] = attackers;
    world.fleets.push_back(world.fleets[0]);
    const Layout layout(world);
    CHECK(layout.aor_of(4) == 4);
    CHECK(layout.aor_of(5) == 0);
    CHECK(layout.aor_of(6) == 1);
    CHECK(layout.aor_of(7) == 0);
    CHECK(layout.aor_of(8) == 5);
    CHECK(layout.device_of(8) == 8);
    CHECK(layout.first_account_of(8) == 8);
}

TEST_CASE("a server is found at each of its addresses, none at those beside them")
{
    World world = two_fleets();
    world.registrars.push_back({.name = "reg2", .at = 2});
    world.stuns.push_back({.name = "stun", .at = 1});
    world.dns.push_back({.name = "ns", .at = 1});
    const Layout layout(world);
    for (ServerIndex server = 0; server < server_count(world); ++server)
    {
        CHECK(layout.server_at(layout.server_address(server).host) == server);
    }
    CHECK(layout.server_at(layout.stun_address(0, true).host) == 2U);
    CHECK_FALSE(layout.server_at(layout.router_address(1)));
    for (DeviceIndex device = 0; device < layout.devices(); ++device)
    {
        CHECK_FALSE(layout.server_at(layout.address(device).host));
    }
    CHECK_FALSE(layout.server_at(sip::Host{0xC0A8'0102}));
}

TEST_CASE("devices that share a Contact have that of the first of them on their AOR")
{
    World world = two_fleets();
    world.fleets[1].shared_contact = true; // devices 5 and 6 of three accounts, two to an AOR
    const Layout layout(world);
    CHECK(layout.account(4).contact == sip::HostPort{}); // another fleet's has its own
    CHECK(layout.shared_contact(4) == sip::HostPort{});
    CHECK(layout.account(6).contact == layout.address(5));
    CHECK(layout.account(7).contact == layout.address(5)); // an AOR of one account of each
    CHECK(layout.account(8).contact == layout.address(5));
    CHECK(layout.account(8, 1).contact == layout.address(5)); // whatever its own is
    CHECK(layout.account(8).address == layout.address(6));
    CHECK(layout.account(9).contact == layout.address(6));
    CHECK(layout.shared_contact(7) == layout.address(6));
}

TEST_CASE(
    "every device, server and router has an address of its own, and the address tells its owner")
{
    const World world = two_fleets();
    const Layout layout(world);
    std::set<std::uint32_t> seen;
    const auto is_new = [&](sip::Host host) {
        return seen.insert(static_cast<std::uint32_t>(host)).second;
    };
    for (network::NodeIndex node = 0; node < 3; ++node)
    {
        CHECK(is_new(layout.router_address(node)));
    }
    CHECK(is_new(layout.registrar_address(0).host));
    CHECK(layout.node_of(layout.registrar_address(0).host) == 1U);
    CHECK_FALSE(layout.device_at(layout.registrar_address(0).host).has_value());
    for (DeviceIndex device = 0; device < layout.devices(); ++device)
    {
        for (std::uint32_t life = 0; life < 2; ++life)
        {
            const auto address = layout.address(device, life);
            CHECK(is_new(address.host));
            CHECK(layout.device_at(address.host) == device);
            CHECK(layout.node_of(address.host) == layout.node_of(device));
        }
        CHECK(layout.address(device, 2) == layout.address(device, 0));
    }
}

TEST_CASE(
    "a STUN server has two addresses of its node, between registrars and devices, and without one "
    "nothing has another address")
{
    World world = two_fleets();
    const Layout before(world);
    CHECK(before.address(1).host ==
          sip::Host{static_cast<std::uint32_t>(before.registrar_address(0).host) + 1});
    world.stuns.push_back({.name = "stun1", .at = 1});
    world.stuns.push_back({.name = "stun2", .at = 2});
    const Layout layout(world);
    const auto first = layout.stun_address(0, false);
    const auto second = layout.stun_address(0, true);
    CHECK(first.port == 3478); // RFC 3489 6
    CHECK(second.port != first.port);
    CHECK(layout.node_of(first.host) == network::NodeIndex{1});
    CHECK(layout.node_of(second.host) == network::NodeIndex{1});
    CHECK(layout.node_of(layout.stun_address(1, true).host) == network::NodeIndex{2});
    std::set<sip::Host> hosts{layout.registrar_address(0).host, first.host, second.host};
    CHECK(hosts.size() == 3);
    for (DeviceIndex device = 0; device < layout.devices(); ++device)
    {
        for (const std::uint32_t life : {0U, 1U})
        {
            CHECK(hosts.insert(layout.address(device, life).host).second);
        }
        CHECK(layout.device_at(layout.address(device).host) == device);
    }
    CHECK(layout.device_at(first.host) == std::nullopt);
    CHECK(layout.device_at(second.host) == std::nullopt);
    CHECK(layout.registrar_address(0) == before.registrar_address(0));
    CHECK(layout.address(0) == before.address(0)); // at another node
}

TEST_CASE("fleets go round their nodes in file order")
{
    const World world = two_fleets();
    const Layout layout(world);
    CHECK(layout.node_of(DeviceIndex{0}) == 0);
    CHECK(layout.node_of(DeviceIndex{1}) == 1);
    CHECK(layout.node_of(DeviceIndex{2}) == 2);
    CHECK(layout.node_of(DeviceIndex{3}) == 0);
    CHECK(layout.node_of(DeviceIndex{5}) == 1);
}

TEST_CASE("a world with more hosts on a node than its share of 10.0.0.0/8 is refused by name")
{
    World world = two_fleets();
    // Three nodes take two bits of 24: 2^22 addresses each, two per device.
    world.fleets[1].count = 2'100'000;
    world.fleets[1].accounts = 1;
    CHECK_FALSE(Layout::misfit(two_fleets()));
    const auto misfit = Layout::misfit(world);
    REQUIRE(misfit);
    CHECK(misfit->fleet == 1);
    CHECK(misfit->clause.find("node B needs 4200") == 0);
    CHECK(misfit->clause.find("spread the fleet over more nodes") != std::string::npos);
    world.fleets[1].at = {0, 1, 2}; // nowhere left to go
    world.fleets[1].count = 3 * 2'100'000;
    REQUIRE(Layout::misfit(world));
    CHECK(Layout::misfit(world)->clause.find("spread") == std::string::npos);
}

TEST_CASE("the share of wrong passwords is a share of accounts, the same for the same seed")
{
    World world = two_fleets();
    world.fleets[0].count = 10'000;
    world.fleets[0].at = {0, 1, 2};
    world.fleets[0].wrong_password = 0.3;
    const Layout layout(world);
    const Layout again(world);
    int wrong = 0;
    for (AccountIndex account = 0; account < 10'000; ++account)
    {
        const auto who = layout.account(account);
        wrong += who.secret != secret_of(who.user) ? 1 : 0;
        REQUIRE(who.secret == again.account(account).secret);
    }
    // Binomial(10^4, 0.3): mean 3000, sd 45.8; five sd either way.
    CHECK(wrong > 2771);
    CHECK(wrong < 3229);
}

TEST_CASE("a steady start spreads first REGISTERs uniformly over one refresh period")
{
    World world = two_fleets();
    world.fleets[0].count = 4000;
    world.fleets[0].registration.expires = 3600;
    world.fleets[0].registration.refresh = {.kind = registration::RefreshLaw::Kind::kFraction,
                                            .low = 0.5};
    const Layout layout(world);
    // Kolmogorov-Smirnov against U[0, 1800 s]: D < 1.95 / sqrt(n) at level 0.001.
    std::vector<double> at;
    for (AccountIndex account = 0; account < 4000; ++account)
    {
        at.push_back(to_seconds(*steady_first_register(world, layout, account)) / 1800.0);
    }
    std::ranges::sort(at);
    double distance = 0;
    for (std::size_t i = 0; i < at.size(); ++i)
    {
        distance = std::max(distance, std::abs(at[i] - (static_cast<double>(i) + 0.5) / 4000.0));
    }
    CHECK(distance < 1.95 / std::sqrt(4000.0));
}

TEST_CASE("a device that a fault hits as the run begins boots when it is over, not in steady state")
{
    World world = two_fleets();
    world.faults.push_back(
        {.kind = FaultKind::kPowerCut, .at = SimTime{1s}, .length = 60s, .fleet = 0});
    world.faults.push_back(
        {.kind = FaultKind::kPowerCut, .at = SimTime{}, .length = 60s, .fleet = 1});
    const Layout layout(world);
    CHECK(steady_first_register(world, layout, 0).has_value()); // hit a second later
    for (AccountIndex account = 5; account < layout.accounts(); ++account)
    {
        CHECK_FALSE(steady_first_register(world, layout, account).has_value());
    }
    world.faults[1].share = 0;
    CHECK(steady_first_register(world, layout, 5).has_value()); // not hit
}

TEST_CASE("the expiry a registrar grants follows RFC 3261 10.3 step 7")
{
    registration::RegistrationOptions device;
    registrar::RegistrarOptions server;
    server.min_expires = 300;
    server.max_expires = 1800;
    device.expires = 3600;
    CHECK(granted_expiry(device, server) == 1800); // shortened
    device.expires = 60;
    CHECK(granted_expiry(device, server) == 300); // 423, then asked again
    device.expires = 600;
    CHECK(granted_expiry(device, server) == 600);
    device.send_expires = false;
    server.default_expires = 900;
    CHECK(granted_expiry(device, server) == 900);
    server.default_expires = 120; // nobody requested it, so it is not too brief
    CHECK(granted_expiry(device, server) == 120);
    server.expiry_spread = 0.5;
    CHECK(granted_expiry(device, server) == 120); // never spread below the minimum
    server.default_expires = 900;
    CHECK(granted_expiry(device, server) == 675); // uniform on 450 .. 900
}

TEST_CASE("a fleet's home is its server, or the registrar that one redirects to")
{
    World world = two_fleets();
    world.registrars.push_back({.name = "reg2", .at = 0});
    world.registrars.push_back({.name = "reg3", .at = 2});
    const Layout layout(world);
    CHECK(home_registrar(world, layout, 0) == 0);
    const auto redirect = [&](std::uint32_t from, std::uint32_t to) {
        world.registrars[from].options.refuse_status = 302;
        world.registrars[from].options.redirect_to = layout.registrar_address(to);
    };
    redirect(0, 2);
    CHECK(home_registrar(world, layout, 0) == 2);
    redirect(2, 1);
    CHECK(home_registrar(world, layout, 0) == 1);
    redirect(1, 0); // nobody serves: any answer will do, but there is one
    CHECK(home_registrar(world, layout, 0) < 3);
    world.fleets[1].registration.on_redirect = registration::OnRedirect::kFail;
    CHECK(home_registrar(world, layout, 1) == 0);
}

TEST_CASE("a standby knows the users of the registrar whose address it takes, redirected ones too")
{
    World world = two_fleets();
    world.registrars.push_back({.name = "behind", .at = 0});
    world.registrars.push_back({.name = "standby", .at = 0});
    world.registrars.push_back({.name = "stranger", .at = 0});
    FaultSpec fault;
    fault.kind = FaultKind::kVipSwitch;
    fault.server = 1;
    fault.standby = 2;
    world.faults = {fault};
    const Layout layout(world);
    world.registrars[0].options.refuse_status = 302;
    world.registrars[0].options.redirect_to = layout.registrar_address(1);
    sip::Names names;
    const sip::IntegerProof proof;
    const Directory directory(world, layout, names, proof);
    const sip::UserId user{1};
    REQUIRE(directory.secret(1, user));
    CHECK(directory.secret(2, user) == directory.secret(1, user));
    CHECK(!directory.secret(3, user));
}

TEST_CASE("a try ends by the product's own law unless the failover says when, be it Timer F's 32 s")
{
    World world = two_fleets();
    world.fleets[0].registration.transaction.retransmission.give_up = 16s; // Cisco SPA's Timer F
    world.fleets[0].locating = LocatingSpec{.name = "sip.example"};
    for (const std::uint8_t sends : {0, 4}) // Yealink's retry_counts = 3
    {
        for (const SimDuration timeout : {0s, 5s, 32s})
        {
            world.fleets[0].locating->failover.try_sends = sends;
            world.fleets[0].locating->failover.try_timeout = timeout;
            const Layout layout(world);
            sip::Names names;
            const sip::IntegerProof proof;
            const Directory directory(world, layout, names, proof);
            const auto& law = directory.settings(0).registration.transaction.retransmission;
            CHECK(law.give_up == (timeout == 0s ? 16s : timeout));
            CHECK(law.max_sends == (timeout == 0s ? sends : 0));
        }
    }
}
