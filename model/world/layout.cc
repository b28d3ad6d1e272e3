#include "model/world/layout.h"

#include <algorithm>
#include <bit>

namespace sipsim::world
{

namespace
{

constexpr std::uint32_t kNetwork = 0x0A00'0000U; // 10.0.0.0/8 (RFC 1918)
constexpr std::uint32_t kTotalHostBits = 24;
constexpr std::uint32_t kFirstServerNumber = 2; // 0 is the network, 1 the router
constexpr std::uint64_t kMaxAccounts = std::uint64_t{1} << 31U;
constexpr std::uint64_t kWrongSecret = std::uint64_t{1} << 62U;

std::uint32_t
host_bits_of(const World& world)
{
    const auto nodes = static_cast<std::uint32_t>(world.topology.nodes().size());
    const auto node_bits = static_cast<std::uint32_t>(std::bit_width(std::max(nodes, 1U) - 1U));
    return kTotalHostBits - node_bits;
}

std::vector<std::uint64_t>
hosts_per_node(const World& world)
{
    std::vector<std::uint64_t> hosts(world.topology.nodes().size(), kFirstServerNumber);
    for (const auto& registrar : world.registrars)
    {
        ++hosts[registrar.at];
    }
    for (const auto& fleet : world.fleets)
    {
        for (std::size_t i = 0; i < fleet.at.size(); ++i)
        {
            const std::uint64_t here =
                fleet.count / fleet.at.size() + (i < fleet.count % fleet.at.size() ? 1U : 0U);
            hosts[fleet.at[i]] += 2 * here; // two addresses each: before and after a new one
        }
    }
    return hosts;
}

} // namespace

std::string
Layout::fits(const World& world)
{
    std::uint64_t accounts = 0;
    for (const auto& fleet : world.fleets)
    {
        accounts += std::uint64_t{fleet.count} * fleet.accounts;
    }
    if (accounts > kMaxAccounts)
    {
        return "the fleets have " + std::to_string(accounts) + " accounts: at most " +
               std::to_string(kMaxAccounts) + " can be numbered";
    }
    const std::uint64_t room =
        (std::uint64_t{1} << host_bits_of(world)) - 1; // the last is broadcast
    const auto hosts = hosts_per_node(world);
    const auto fullest = std::ranges::max_element(hosts);
    if (fullest != hosts.end() && *fullest > room)
    {
        const auto& node =
            world.topology.nodes()[static_cast<std::size_t>(fullest - hosts.begin())];
        return "node " + node.name + " needs " + std::to_string(*fullest) +
               " addresses, its share of 10.0.0.0/8 has " + std::to_string(room) +
               ": spread the fleet over more nodes";
    }
    return {};
}

Layout::Layout(const World& world)
    : seed_(world.seed),
      host_bits_(host_bits_of(world))
{
    const std::size_t nodes = world.topology.nodes().size();
    std::vector<std::uint32_t> next(nodes, kFirstServerNumber);
    for (const auto& registrar : world.registrars)
    {
        registrar_host_.push_back(host(registrar.at, next[registrar.at]++));
    }
    first_device_number_ = next;
    devices_at_.resize(nodes);
    std::uint32_t device = 0;
    for (const auto& spec : world.fleets)
    {
        const std::uint32_t fleet_accounts = spec.count * spec.accounts;
        fleets_.push_back({.first_device = device,
                           .devices = spec.count,
                           .accounts_per_device = spec.accounts,
                           .first_account = accounts_,
                           .accounts_per_aor = spec.accounts_per_aor,
                           .first_aor = aors_,
                           .wrong_password = spec.wrong_password});
        for (std::uint32_t i = 0; i < spec.count; ++i, ++device)
        {
            const auto node = spec.at[i % spec.at.size()];
            device_host_.push_back(host(node, next[node]++));
            devices_at_[node].push_back(device);
        }
        accounts_ += fleet_accounts;
        aors_ += (fleet_accounts + spec.accounts_per_aor - 1) / spec.accounts_per_aor;
    }
}

std::uint32_t
Layout::devices() const
{
    return static_cast<std::uint32_t>(device_host_.size());
}

std::uint32_t
Layout::accounts() const
{
    return accounts_;
}

std::uint32_t
Layout::aors() const
{
    return aors_;
}

std::uint32_t
Layout::fleet_of_device(DeviceIndex device) const
{
    const auto after = std::ranges::upper_bound(fleets_, device, {}, &Fleet::first_device);
    return static_cast<std::uint32_t>(after - fleets_.begin()) - 1;
}

std::uint32_t
Layout::fleet_of_account(AccountIndex account) const
{
    const auto after = std::ranges::upper_bound(fleets_, account, {}, &Fleet::first_account);
    return static_cast<std::uint32_t>(after - fleets_.begin()) - 1;
}

DeviceIndex
Layout::first_device(std::uint32_t fleet) const
{
    return fleets_[fleet].first_device;
}

AccountIndex
Layout::first_account(std::uint32_t fleet) const
{
    return fleets_[fleet].first_account;
}

DeviceIndex
Layout::device_of(AccountIndex account) const
{
    const auto& fleet = fleets_[fleet_of_account(account)];
    return fleet.first_device + (account - fleet.first_account) / fleet.accounts_per_device;
}

AccountIndex
Layout::first_account_of(DeviceIndex device) const
{
    const auto& fleet = fleets_[fleet_of_device(device)];
    return fleet.first_account + (device - fleet.first_device) * fleet.accounts_per_device;
}

std::uint32_t
Layout::aor_of(AccountIndex account) const
{
    const auto& fleet = fleets_[fleet_of_account(account)];
    return fleet.first_aor + (account - fleet.first_account) / fleet.accounts_per_aor;
}

std::uint32_t
Layout::fleet_of_aor(std::uint32_t aor) const
{
    const auto after = std::ranges::upper_bound(fleets_, aor, {}, &Fleet::first_aor);
    return static_cast<std::uint32_t>(after - fleets_.begin()) - 1;
}

network::NodeIndex
Layout::node_of(DeviceIndex device) const
{
    return (static_cast<std::uint32_t>(device_host_[device]) - kNetwork) >> host_bits_;
}

sip::Host
Layout::host(network::NodeIndex node, std::uint32_t number) const
{
    return sip::Host{kNetwork + (node << host_bits_) + number};
}

sip::Endpoint
Layout::address(DeviceIndex device, std::uint32_t life) const
{
    auto where = static_cast<std::uint32_t>(device_host_[device]);
    if (life % 2 != 0)
    {
        where += static_cast<std::uint32_t>(devices_at_[node_of(device)].size());
    }
    return {.host = sip::Host{where}, .port = sip::kSipPort};
}

sip::Endpoint
Layout::registrar_address(std::uint32_t registrar) const
{
    return {.host = registrar_host_[registrar], .port = sip::kSipPort};
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
    return node < devices_at_.size() ? std::optional{node} : std::nullopt;
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
    const auto& here = devices_at_[*node];
    const std::uint32_t number = host_number(address);
    const std::uint32_t first = first_device_number_[*node];
    if (here.empty() || number < first || number - first >= 2 * here.size())
    {
        return std::nullopt;
    }
    return here[(number - first) % here.size()];
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
    const DrawKey who = key(account);
    const sip::UserId user{std::uint64_t{aor_of(account)} + 1};
    auto secret = static_cast<std::uint64_t>(secret_of(user));
    if (fleet.wrong_password > 0 && draw(who, Purpose::kSecret, 0) < fleet.wrong_password)
    {
        secret |= kWrongSecret;
    }
    return {.key = who,
            .user = user,
            .secret = sip::SecretId{secret},
            .address = address(who.device, life),
            .instance = sip::InstanceId{std::uint64_t{account} + 1}};
}

sip::SecretId
secret_of(sip::UserId user)
{
    return sip::SecretId{static_cast<std::uint64_t>(user)};
}

} // namespace sipsim::world
