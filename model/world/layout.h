#pragma once

// Models : the numbering of a World: devices, accounts, AORs, addresses.
// Drives : both carriers and the collector ask it who is who; nothing is numbered anywhere else.
// Keeps  : devices are numbered over all fleets in file order, accounts likewise; "ua N" of a trace is
//          account N; every PoP owns one prefix of 10.0.0.0/8. All of it is computed from the fleets:
//          nothing is kept per device, and a look-up costs a search among the fleets, or nothing
//          where both are numbered alike.
// Leaves : ports (5060 everywhere), NAT'd addresses.

#include "model/registration/user_agent.h"
#include "model/world/servers.h"
#include "model/world/world.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace sipsim::world
{

using DeviceIndex = std::uint32_t;
using AccountIndex = std::uint32_t;

/// Accounts first .. end - 1.
struct AccountRange
{
    AccountIndex first = 0;
    AccountIndex end = 0;
};

/// A contact names an address; port 0 of the address is any.
[[nodiscard]] constexpr bool
leads_to(sip::Endpoint contact, sip::Endpoint address)
{
    return contact.host == address.host && (address.port == 0 || contact.port == address.port);
}

class Layout
{
  public:
    /// Precondition: there is no misfit().
    explicit Layout(const World& world);

    struct Misfit
    {
        std::string clause;
        std::size_t fleet; // that has most of what is too many
    };

    /// Why the world cannot be numbered: more hosts on a PoP than its prefix holds (2^24 addresses are
    /// split evenly over the map's nodes), more than 2^31 accounts. nullopt: it can.
    [[nodiscard]] static std::optional<Misfit> misfit(const World& world);

    [[nodiscard]] std::uint32_t devices() const
    {
        return devices_;
    }

    [[nodiscard]] std::uint32_t accounts() const
    {
        return accounts_;
    }

    /// AORs are numbered from 0; their user part is UserId{aor + 1}.
    [[nodiscard]] std::uint32_t aors() const
    {
        return aors_;
    }

    [[nodiscard]] std::uint32_t fleet_of_device(DeviceIndex device) const
    {
        return fleet_by(device, &Fleet::first_device);
    }

    [[nodiscard]] std::uint32_t fleet_of_account(AccountIndex account) const
    {
        return fleet_by(account, &Fleet::first_account);
    }

    [[nodiscard]] std::uint32_t fleet_of_aor(std::uint32_t aor) const
    {
        return fleet_by(aor, &Fleet::first_aor);
    }

    [[nodiscard]] DeviceIndex first_device(std::uint32_t fleet) const
    {
        return fleets_[fleet].first_device;
    }

    [[nodiscard]] AccountIndex first_account(std::uint32_t fleet) const
    {
        return fleets_[fleet].first_account;
    }

    [[nodiscard]] DeviceIndex device_of(AccountIndex account) const
    {
        return one_account_each_ ? account : device_in(fleets_[fleet_of_account(account)], account);
    }

    [[nodiscard]] AccountIndex first_account_of(DeviceIndex device) const
    {
        return one_account_each_ ? device
                                 : first_account_in(fleets_[fleet_of_device(device)], device);
    }

    /// Of an attacker's account, the AOR it guesses at.
    [[nodiscard]] std::uint32_t aor_of(AccountIndex account) const
    {
        if (one_aor_each_)
        {
            return account;
        }
        const Fleet& fleet = fleets_[fleet_of_account(account)];
        return aor_in(fleet, account - fleet.first_account);
    }

    /// Those whose AOR it is, no attackers.
    [[nodiscard]] AccountRange accounts_of_aor(std::uint32_t aor) const;

    /// The Contact that all of the AOR's devices register (FleetSpec::shared_contact); host 0: each has its
    /// own.
    [[nodiscard]] sip::HostPort shared_contact(std::uint32_t aor) const
    {
        const Fleet& fleet = fleets_[fleet_of_aor(aor)];
        return fleet.shared_contact ? shared_in(fleet, aor) : sip::HostPort{};
    }

    /// The first AOR of a fleet, and that after its last.
    [[nodiscard]] std::uint32_t first_aor(std::uint32_t fleet) const
    {
        return fleet < fleets_.size() ? fleets_[fleet].first_aor : aors_;
    }

    [[nodiscard]] network::NodeIndex node_of(DeviceIndex device) const
    {
        return place_in(fleets_[fleet_of_device(device)], device).node;
    }

    /// Address of a device in its `life`-th address (0 at first; a power cut with new_address takes the
    /// next; two alternate).
    [[nodiscard]] sip::Endpoint address(DeviceIndex device, std::uint32_t life = 0) const
    {
        return address_in(fleets_[fleet_of_device(device)], device, life);
    }

    /// The registrars that serve the fleet's users (serves()), in order.
    [[nodiscard]] const std::vector<std::uint32_t>& registrars_of(std::uint32_t fleet) const
    {
        return registrars_of_[fleet];
    }

    [[nodiscard]] sip::Endpoint registrar_address(std::uint32_t registrar) const;
    /// Its SIP endpoint; of a STUN server its first one; of a name server port 53.
    [[nodiscard]] sip::Endpoint server_address(ServerIndex server) const;
    /// The server whose host has that address.
    [[nodiscard]] std::optional<ServerIndex> server_at(sip::Host address) const;

    /// The registrar that listens there.
    [[nodiscard]] std::optional<std::uint32_t> registrar_at(const sip::Endpoint& endpoint) const;
    /// First (false) and second endpoint of a STUN server: two addresses of one host, 3478 and 3479.
    [[nodiscard]] sip::Endpoint stun_address(std::uint32_t server, bool second) const;
    [[nodiscard]] sip::Host router_address(network::NodeIndex node) const;

    [[nodiscard]] std::uint32_t prefix_length() const;
    [[nodiscard]] std::optional<network::NodeIndex> node_of(sip::Host address) const;
    /// Position of the address within its PoP: 0 the network, 1 the router, then registrars, proxies,
    /// STUN servers (two each), name servers, devices.
    [[nodiscard]] std::uint32_t host_number(sip::Host address) const;
    [[nodiscard]] std::optional<DeviceIndex> device_at(sip::Host address) const;

    [[nodiscard]] DrawKey key(AccountIndex account) const;
    [[nodiscard]] DrawKey device_key(DeviceIndex device) const;
    [[nodiscard]] registration::Account account(AccountIndex account, std::uint32_t life = 0) const;

  private:
    // A fleet goes round its list of nodes: device i of it is at place i % period, in round i / period.
    struct Fleet
    {
        std::uint32_t first_device;
        std::uint32_t devices;
        std::uint32_t accounts_per_device;
        std::uint32_t first_account;
        std::uint32_t accounts_per_aor;
        std::uint32_t first_aor;
        std::uint32_t first_place; // of places_
        std::uint32_t period;
        double wrong_password;
        std::uint32_t victims; // of an attacker: the AORs from first_victim on
        std::uint32_t first_victim;
        std::uint32_t found_at;
        bool shared_contact;
    };

    // One entry of a fleet's list of nodes.
    struct Place
    {
        network::NodeIndex node;
        std::uint32_t first; // address of its first device, life 0
        std::uint32_t step;  // from round to round: as often as the fleet names the node
    };

    // Devices of one fleet at a node have consecutive host numbers.
    struct Share
    {
        std::uint32_t first; // counted from the node's first device
        std::uint32_t fleet;
        std::vector<std::uint32_t> places; // of the fleet's list, those that name the node
    };

    struct Node
    {
        std::uint32_t first_number = 0; // host number of its first device
        std::uint32_t devices = 0;
        std::vector<Share> shares;        // in order of `first`
        std::vector<ServerIndex> servers; // by host number, from kFirstServerNumber on
    };

    // The last fleet that begins at or before `number`.
    [[nodiscard]] std::uint32_t fleet_by(std::uint32_t number, std::uint32_t Fleet::*first) const
    {
        if (one_fleet_)
        {
            return 0;
        }
        const auto after = std::ranges::upper_bound(fleets_, number, {}, first);
        return static_cast<std::uint32_t>(after - fleets_.begin()) - 1;
    }

    [[nodiscard]] static DeviceIndex device_in(const Fleet& fleet, AccountIndex account)
    {
        const std::uint32_t offset = account - fleet.first_account;
        return fleet.first_device +
               (fleet.accounts_per_device == 1 ? offset : offset / fleet.accounts_per_device);
    }

    [[nodiscard]] static AccountIndex first_account_in(const Fleet& fleet, DeviceIndex device)
    {
        return fleet.first_account + (device - fleet.first_device) * fleet.accounts_per_device;
    }

    [[nodiscard]] const Place& place_in(const Fleet& fleet, DeviceIndex device) const
    {
        return places_[fleet.first_place + (device - fleet.first_device) % fleet.period];
    }

    [[nodiscard]] sip::Endpoint address_in(const Fleet& fleet,
                                           DeviceIndex device,
                                           std::uint32_t life) const
    {
        const Place& place = place_in(fleet, device);
        const std::uint32_t round = (device - fleet.first_device) / fleet.period;
        const std::uint32_t second = life % 2 != 0 ? nodes_[place.node].devices : 0;
        return {.host = sip::Host{place.first + round * place.step + second},
                .port = sip::kSipPort};
    }

    // AOR of an account of the fleet, `offset` from its first.
    [[nodiscard]] static std::uint32_t aor_in(const Fleet& fleet, std::uint32_t offset)
    {
        return fleet.victims != 0            ? fleet.first_victim + offset % fleet.victims
               : fleet.accounts_per_aor == 1 ? fleet.first_aor + offset
                                             : fleet.first_aor + offset / fleet.accounts_per_aor;
    }

    // The first address of its first account's device.
    [[nodiscard]] sip::HostPort shared_in(const Fleet& fleet, std::uint32_t aor) const
    {
        const AccountIndex first =
            fleet.first_account + (aor - fleet.first_aor) * fleet.accounts_per_aor;
        return address_in(fleet, device_in(fleet, first), 0);
    }

    [[nodiscard]] static std::uint32_t right_guess(const Fleet& fleet, std::uint32_t offset);
    void add_fleet(const FleetSpec& spec);
    [[nodiscard]] sip::Host host(network::NodeIndex node, std::uint32_t number) const;

    std::uint64_t seed_;
    std::uint32_t host_bits_;
    std::vector<Fleet> fleets_;
    std::vector<Place> places_;                             // of all fleets
    std::vector<std::vector<std::uint32_t>> registrars_of_; // by fleet
    std::vector<Node> nodes_;
    std::vector<sip::Host> server_host_; // the first of each, by server
    ServerIndex first_proxy_ = 0;
    ServerIndex first_stun_ = 0;
    ServerIndex first_dns_ = 0;
    std::uint32_t devices_ = 0;
    std::uint32_t accounts_ = 0;
    std::uint32_t aors_ = 0;
    bool one_fleet_ = false;
    bool one_account_each_ = true; // device: numbers of accounts are those of their devices
    bool one_aor_each_ = true;     // account: likewise
};

/// The secret a registrar knows for an AOR.
[[nodiscard]] sip::SecretId secret_of(sip::UserId user);

/// The AOR whose user part that is (Layout::aors()).
[[nodiscard]] constexpr std::uint32_t
aor_of(sip::UserId user)
{
    return static_cast<std::uint32_t>(static_cast<std::uint64_t>(user) - 1);
}

/// The one it knows while a fault has changed the passwords: no device has it.
[[nodiscard]] sip::SecretId changed_secret_of(sip::UserId user);

/// world::access_cut() of that device.
[[nodiscard]] bool access_cut(const World& world,
                              const Layout& layout,
                              DeviceIndex device,
                              SimTime now);

/// Mean delay from a grant to its refresh, for an expiry of `granted` seconds.
[[nodiscard]] SimDuration mean_refresh(const registration::RegistrationOptions& options,
                                       std::uint32_t granted);

/// The expiry a registrar of these options grants these devices, on average where it spreads them;
/// seconds.
[[nodiscard]] std::uint32_t granted_expiry(const registration::RegistrationOptions& options,
                                           const registrar::RegistrarOptions& registrar);

/// What the fleet's devices are granted, by their registrar or by the proxy before it; seconds.
[[nodiscard]] std::uint32_t granted_expiry(const World& world,
                                           const Layout& layout,
                                           std::uint32_t fleet);
/// The same, where the registrar is known.
[[nodiscard]] std::uint32_t granted_expiry(const World& world,
                                           const FleetSpec& fleet,
                                           const registrar::RegistrarOptions& home);

/// Where the accounts of a fleet are registered: at its server, or where that one redirects them (3xx).
[[nodiscard]] std::uint32_t home_registrar(const World& world,
                                           const Layout& layout,
                                           std::uint32_t fleet);

/// When a device boots at the start of a run, and, for a steady start, the instant of its account's
/// first REGISTER; nullopt: at once when the device boots, as after a fault that begins at 0.
[[nodiscard]] SimTime boot_instant(const World& world, const Layout& layout, DeviceIndex device);
/// When a device that boots at `now` begins its STUN discovery. Model choice: before a steady start, just
/// before its first REGISTER.
[[nodiscard]] SimTime discovery_instant(const World& world,
                                        const Layout& layout,
                                        DeviceIndex device,
                                        bool booted_before,
                                        SimTime now);
[[nodiscard]] std::optional<SimTime> steady_first_register(const World& world,
                                                           const Layout& layout,
                                                           AccountIndex account);

} // namespace sipsim::world
