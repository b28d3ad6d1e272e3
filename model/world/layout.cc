#include "model/world/layout.h"

#include "model/world/device_life.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace sipsim::world
{

namespace
{

constexpr std::uint32_t kNetwork = 0x0A00'0000U; // 10.0.0.0/8 (RFC 1918)
constexpr std::uint32_t kTotalHostBits = 24;
constexpr std::uint32_t kFirstServerNumber = 2; // 0 is the network, 1 the router
constexpr std::uint32_t kStunAddresses = 2;
constexpr std::uint16_t kStunPort = 3478; // RFC 3489 §6
constexpr std::uint16_t kSecondStunPort = 3479;
constexpr std::uint64_t kMaxAccounts = std::uint64_t{1} << 31U;
constexpr std::uint64_t kWrongSecret = std::uint64_t{1} << 62U;
constexpr std::uint64_t kChangedSecret = std::uint64_t{1} << 61U;

std::uint32_t
host_bits_of(const World& world)
{
    const auto nodes = static_cast<std::uint32_t>(world.topology.nodes().size());
    const auto node_bits = static_cast<std::uint32_t>(std::bit_width(std::max(nodes, 1U) - 1U));
    return kTotalHostBits - node_bits;
}

std::uint32_t
addresses_of(const World& world, ServerIndex server)
{
    return server_ref(world, server).kind == ServerKind::kStun ? kStunAddresses : 1;
}

// Two addresses for each device: before and after a new one.
void
add_hosts(const FleetSpec& fleet, std::vector<std::uint64_t>& hosts)
{
    for (std::size_t i = 0; i < fleet.at.size(); ++i)
    {
        const std::uint64_t here =
            fleet.count / fleet.at.size() + (i < fleet.count % fleet.at.size() ? 1U : 0U);
        hosts[fleet.at[i]] += 2 * here;
    }
}

std::vector<std::uint64_t>
hosts_per_node(const World& world)
{
    std::vector<std::uint64_t> hosts(world.topology.nodes().size(), kFirstServerNumber);
    for (ServerIndex server = 0; server < server_count(world); ++server)
    {
        hosts[server_node(world, server)] += addresses_of(world, server);
    }
    for (const auto& fleet : world.fleets)
    {
        add_hosts(fleet, hosts);
    }
    return hosts;
}

std::uint64_t
accounts_of(const FleetSpec& fleet)
{
    return std::uint64_t{fleet.count} * fleet.accounts;
}

Layout::Misfit
too_many_at(const World& world, network::NodeIndex node, std::uint64_t needed, std::uint64_t room)
{
    const auto here = [&](const FleetSpec& fleet) {
        std::vector<std::uint64_t> hosts(world.topology.nodes().size());
        add_hosts(fleet, hosts);
        return std::pair{hosts[node], std::ranges::count(hosts, 0U) == 0};
    };
    const auto largest = std::ranges::max_element(world.fleets, {}, [&](const FleetSpec& fleet) {
        return here(fleet).first;
    });
    const bool everywhere = here(*largest).second;
    return {.clause = "node " + world.topology.nodes()[node].name + " needs " +
                      std::to_string(needed) +
                      " addresses, two for each host, and its share of 10.0.0.0/8 has " +
                      std::to_string(room) + ": take fewer devices" +
                      (everywhere ? "" : ", or spread the fleet over more nodes"),
            .fleet = static_cast<std::size_t>(largest - world.fleets.begin())};
}

} // namespace

std::optional<Layout::Misfit>
Layout::misfit(const World& world)
{
    std::uint64_t accounts = 0;
    for (const auto& fleet : world.fleets)
    {
        accounts += accounts_of(fleet);
    }
    if (accounts > kMaxAccounts)
    {
        const auto largest = std::ranges::max_element(world.fleets, {}, accounts_of);
        return Misfit{.clause = "the fleets have " + std::to_string(accounts) +
                                " accounts: at most " + std::to_string(kMaxAccounts) +
                                " can be numbered",
                      .fleet = static_cast<std::size_t>(largest - world.fleets.begin())};
    }
    const std::uint64_t room =
        (std::uint64_t{1} << host_bits_of(world)) - 1; // the last is broadcast
    const auto hosts = hosts_per_node(world);
    const auto fullest = std::ranges::max_element(hosts);
    if (world.fleets.empty() || fullest == hosts.end() || *fullest <= room)
    {
        return std::nullopt;
    }
    const auto node = static_cast<network::NodeIndex>(fullest - hosts.begin());
    return too_many_at(world, node, *fullest, room);
}

Layout::Layout(const World& world)
    : seed_(world.seed),
      host_bits_(host_bits_of(world)),
      nodes_(world.topology.nodes().size())
{
    for (Node& node : nodes_)
    {
        node.first_number = kFirstServerNumber;
    }
    first_proxy_ = server_index(world, {ServerKind::kProxy, 0});
    first_stun_ = server_index(world, {ServerKind::kStun, 0});
    first_dns_ = server_index(world, {ServerKind::kDns, 0});
    for (ServerIndex server = 0; server < server_count(world); ++server)
    {
        const network::NodeIndex at = server_node(world, server);
        server_host_.push_back(host(at, nodes_[at].first_number));
        nodes_[at].first_number += addresses_of(world, server);
        nodes_[at].servers.resize(nodes_[at].first_number - kFirstServerNumber, server);
    }
    one_fleet_ = world.fleets.size() == 1;
    for (const auto& spec : world.fleets)
    {
        add_fleet(spec);
        std::vector<std::uint32_t>& registrars = registrars_of_.emplace_back();
        for (std::uint32_t i = 0; i < world.registrars.size(); ++i)
        {
            if (serves(world, i, spec))
            {
                registrars.push_back(i);
            }
        }
    }
}

void
Layout::add_fleet(const FleetSpec& spec)
{
    const auto number = static_cast<std::uint32_t>(fleets_.size());
    const auto period = static_cast<std::uint32_t>(spec.at.size());
    const std::uint32_t fleet_accounts = spec.count * spec.accounts;
    fleets_.push_back({.first_device = devices_,
                       .devices = spec.count,
                       .accounts_per_device = spec.accounts,
                       .first_account = accounts_,
                       .accounts_per_aor = spec.accounts_per_aor,
                       .first_aor = aors_,
                       .first_place = static_cast<std::uint32_t>(places_.size()),
                       .period = period,
                       .wrong_password = spec.wrong_password,
                       .victims = spec.attack ? spec.attack->victims : 0,
                       .first_victim = spec.attack ? fleets_[spec.attack->targets].first_aor : 0,
                       .found_at = spec.attack ? spec.attack->found_at : 0,
                       .shared_contact = spec.shared_contact});
    for (std::uint32_t i = 0; i < period; ++i)
    {
        Node& node = nodes_[spec.at[i]];
        if (node.shares.empty() || node.shares.back().fleet != number)
        {
            node.shares.push_back({.first = node.devices, .fleet = number, .places = {}});
        }
        node.shares.back().places.push_back(i);
    }
    for (std::uint32_t i = 0; i < period; ++i)
    {
        Node& node = nodes_[spec.at[i]];
        const Share& share = node.shares.back();
        const auto before =
            static_cast<std::uint32_t>(std::ranges::find(share.places, i) - share.places.begin());
        const auto first = host(spec.at[i], node.first_number + share.first + before);
        places_.push_back({.node = spec.at[i],
                           .first = static_cast<std::uint32_t>(first),
                           .step = static_cast<std::uint32_t>(share.places.size())});
        node.devices += spec.count / period + (i < spec.count % period ? 1U : 0U);
    }
    devices_ += spec.count;
    accounts_ += fleet_accounts;
    one_account_each_ = one_account_each_ && spec.accounts == 1;
    one_aor_each_ = one_aor_each_ && spec.accounts_per_aor == 1 && !spec.attack;
    if (!spec.attack)
    {
        aors_ += (fleet_accounts + spec.accounts_per_aor - 1) / spec.accounts_per_aor;
    }
}

AccountRange
Layout::accounts_of_aor(std::uint32_t aor) const
{
    const Fleet& fleet = fleets_[fleet_of_aor(aor)];
    const AccountIndex first =
        fleet.first_account + (aor - fleet.first_aor) * fleet.accounts_per_aor;
    return {first,
            std::min(first + fleet.accounts_per_aor,
                     fleet.first_account + fleet.devices * fleet.accounts_per_device)};
}

sip::Host
Layout::host(network::NodeIndex node, std::uint32_t number) const
{
    return sip::Host{kNetwork + (node << host_bits_) + number};
}

sip::Endpoint
Layout::registrar_address(std::uint32_t registrar) const
{
    return server_address(registrar); // registrars come first
}

sip::Endpoint
Layout::server_address(ServerIndex server) const
{
    const std::uint16_t port = server < first_stun_  ? sip::kSipPort
                               : server < first_dns_ ? kStunPort
                                                     : dns::kDnsPort;
    return {.host = server_host_[server], .port = port};
}

std::optional<ServerIndex>
Layout::server_at(sip::Host address) const
{
    const auto node = node_of(address);
    const std::uint32_t number = host_number(address) - kFirstServerNumber; // wraps below it
    return node && number < nodes_[*node].servers.size()
               ? std::optional{nodes_[*node].servers[number]}
               : std::nullopt;
}

std::optional<std::uint32_t>
Layout::registrar_at(const sip::Endpoint& endpoint) const
{
    const auto server = server_at(endpoint.host);
    const bool listens = server && *server < first_proxy_ && server_address(*server) == endpoint;
    return listens ? server : std::nullopt;
}

sip::Endpoint
Layout::stun_address(std::uint32_t server, bool second) const
{
    const auto first = static_cast<std::uint32_t>(server_host_[first_stun_ + server]);
    return second ? sip::Endpoint{.host = sip::Host{first + 1}, .port = kSecondStunPort}
                  : sip::Endpoint{.host = sip::Host{first}, .port = kStunPort};
}

sip::Host
Layout::router_address(network::NodeIndex node) const
{
    return host(node, 1);
}

std::uint32_t
Layout::prefix_length() const
{
    return 32 - host_bits_;
}

std::optional<network::NodeIndex>
Layout::node_of(sip::Host address) const
{
    const auto raw = static_cast<std::uint32_t>(address);
    if ((raw >> kTotalHostBits) != (kNetwork >> kTotalHostBits))
    {
        return std::nullopt;
    }
    const network::NodeIndex node = (raw - kNetwork) >> host_bits_;
    return node < nodes_.size() ? std::optional{node} : std::nullopt;
}

std::uint32_t
Layout::host_number(sip::Host address) const
{
    return static_cast<std::uint32_t>(address) & ((1U << host_bits_) - 1U);
}

std::optional<DeviceIndex>
Layout::device_at(sip::Host address) const
{
    const auto node = node_of(address);
    if (!node)
    {
        return std::nullopt;
    }
    const Node& here = nodes_[*node];
    const std::uint32_t number = host_number(address);
    if (number < here.first_number || number - here.first_number >= 2 * here.devices)
    {
        return std::nullopt;
    }
    const std::uint32_t place = (number - here.first_number) % here.devices;
    // A fleet with fewer devices than nodes has shares without devices: the last that begins here.
    const auto after = std::ranges::upper_bound(here.shares, place, {}, &Share::first);
    const Share& share = *std::prev(after);
    const Fleet& fleet = fleets_[share.fleet];
    const auto places = static_cast<std::uint32_t>(share.places.size());
    const std::uint32_t in_share = place - share.first;
    return fleet.first_device + in_share / places * fleet.period + share.places[in_share % places];
}

DrawKey
Layout::key(AccountIndex account) const
{
    const auto& fleet = fleets_[fleet_of_account(account)];
    const std::uint32_t offset = account - fleet.first_account;
    return {.seed = seed_,
            .device = fleet.first_device + offset / fleet.accounts_per_device,
            .account = offset % fleet.accounts_per_device};
}

DrawKey
Layout::device_key(DeviceIndex device) const
{
    return {.seed = seed_, .device = device, .account = 0};
}

registration::Account
Layout::account(AccountIndex account, std::uint32_t life) const
{
    const auto& fleet = fleets_[fleet_of_account(account)];
    const std::uint32_t offset = account - fleet.first_account;
    const DeviceIndex device = device_in(fleet, account);
    const DrawKey who{.seed = seed_,
                      .device = device,
                      .account =
                          offset - (device - fleet.first_device) * fleet.accounts_per_device};
    const std::uint32_t aor = aor_in(fleet, offset);
    const sip::UserId user{std::uint64_t{aor} + 1};
    auto secret = static_cast<std::uint64_t>(secret_of(user));
    if (fleet.wrong_password > 0 && draw(who, Purpose::kSecret, 0) < fleet.wrong_password)
    {
        secret |= kWrongSecret;
    }
    return {.key = who,
            .user = user,
            .secret = sip::SecretId{secret},
            .address = address_in(fleet, device, life),
            .contact = fleet.shared_contact ? shared_in(fleet, aor) : sip::HostPort{},
            .instance = sip::InstanceId{std::uint64_t{account} + 1},
            .right_guess = right_guess(fleet, offset)};
}

// Those who guess at the same AOR deal the list out among them.
std::uint32_t
Layout::right_guess(const Fleet& fleet, std::uint32_t offset)
{
    if (fleet.found_at == 0)
    {
        return 0;
    }
    const std::uint32_t guessers = fleet.devices * fleet.accounts_per_device / fleet.victims;
    const std::uint32_t before = fleet.found_at - 1;
    return before % guessers == offset / fleet.victims ? before / guessers + 1 : 0;
}

sip::SecretId
secret_of(sip::UserId user)
{
    return sip::SecretId{static_cast<std::uint64_t>(user)};
}

sip::SecretId
changed_secret_of(sip::UserId user)
{
    return sip::SecretId{static_cast<std::uint64_t>(user) | kChangedSecret};
}

bool
access_cut(const World& world, const Layout& layout, DeviceIndex device, SimTime now)
{
    const std::uint32_t fleet = layout.fleet_of_device(device);
    return access_cut(world,
                      now,
                      layout.device_key(device),
                      fleet,
                      device - layout.first_device(fleet));
}

} // namespace sipsim::world
