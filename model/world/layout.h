#pragma once

// Models : the numbering of a World: devices, accounts, AORs, addresses.
// Drives : both carriers and the collector ask it who is who; nothing is numbered anywhere else.
// Keeps  : devices are numbered over all fleets in file order, accounts likewise; "ua N" of a trace is
//          account N; every PoP owns one prefix of 10.0.0.0/8, so that the owner of an address is
//          found in O(1).
// Leaves : ports (5060 everywhere), NAT'd addresses.

#include "model/registration/user_agent.h"
#include "model/world/world.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace sipsim::world
{

using DeviceIndex = std::uint32_t;
using AccountIndex = std::uint32_t;

class Layout
{
  public:
    /// Precondition: fits() is empty.
    explicit Layout(const World& world);

    /// Why the world cannot be numbered: more hosts on a PoP than its prefix holds (2^24 addresses are
    /// split evenly over the map's nodes), more than 2^31 accounts. Empty: it can.
    [[nodiscard]] static std::string fits(const World& world);

    [[nodiscard]] std::uint32_t devices() const;
    [[nodiscard]] std::uint32_t accounts() const;
    /// AORs are numbered from 0; their user part is UserId{aor + 1}.
    [[nodiscard]] std::uint32_t aors() const;

    [[nodiscard]] std::uint32_t fleet_of_device(DeviceIndex device) const;
    [[nodiscard]] std::uint32_t fleet_of_account(AccountIndex account) const;
    [[nodiscard]] DeviceIndex first_device(std::uint32_t fleet) const;
    [[nodiscard]] AccountIndex first_account(std::uint32_t fleet) const;
    [[nodiscard]] DeviceIndex device_of(AccountIndex account) const;
    [[nodiscard]] AccountIndex first_account_of(DeviceIndex device) const;
    [[nodiscard]] std::uint32_t aor_of(AccountIndex account) const;
    [[nodiscard]] std::uint32_t fleet_of_aor(std::uint32_t aor) const;
    [[nodiscard]] network::NodeIndex node_of(DeviceIndex device) const;

    /// Address of a device in its `life`-th address (0 at first; a power cut with new_address takes the
    /// next; two alternate).
    [[nodiscard]] sip::Endpoint address(DeviceIndex device, std::uint32_t life = 0) const;
    [[nodiscard]] sip::Endpoint registrar_address(std::uint32_t registrar) const;
    [[nodiscard]] sip::Host router_address(network::NodeIndex node) const;

    [[nodiscard]] std::uint32_t prefix_length() const;
    [[nodiscard]] std::optional<network::NodeIndex> node_of(sip::Host address) const;
    /// Position of the address within its PoP: 0 the router, then servers, then devices.
    [[nodiscard]] std::uint32_t host_number(sip::Host address) const;
    [[nodiscard]] std::optional<DeviceIndex> device_at(sip::Host address) const;

    [[nodiscard]] DrawKey key(AccountIndex account) const;
    [[nodiscard]] DrawKey device_key(DeviceIndex device) const;
    [[nodiscard]] registration::Account account(AccountIndex account, std::uint32_t life = 0) const;

  private:
    struct Fleet
    {
        std::uint32_t first_device;
        std::uint32_t devices;
        std::uint32_t accounts_per_device;
        std::uint32_t first_account;
        std::uint32_t accounts_per_aor;
        std::uint32_t first_aor;
        double wrong_password;
    };

    [[nodiscard]] sip::Host host(network::NodeIndex node, std::uint32_t number) const;

    std::uint64_t seed_;
    std::uint32_t host_bits_;
    std::vector<Fleet> fleets_;
    std::vector<sip::Host> device_host_;               // by device, life 0
    std::vector<sip::Host> registrar_host_;            // by registrar
    std::vector<std::uint32_t> first_device_number_;   // by node: host number of its first device
    std::vector<std::vector<DeviceIndex>> devices_at_; // by node, in order of host number
    std::uint32_t accounts_ = 0;
    std::uint32_t aors_ = 0;
};

/// The secret a registrar knows for an AOR.
[[nodiscard]] sip::SecretId secret_of(sip::UserId user);

/// Mean delay from a grant to its refresh, for an expiry of `granted` seconds.
[[nodiscard]] SimDuration mean_refresh(const registration::RegistrationOptions& options,
                                       std::uint32_t granted);

/// The expiry a registrar of these options grants these devices, on average where it spreads them;
/// seconds.
[[nodiscard]] std::uint32_t granted_expiry(const registration::RegistrationOptions& options,
                                           const registrar::RegistrarOptions& registrar);

/// Where the accounts of a fleet are registered: at its server, or where that one redirects them (3xx).
[[nodiscard]] std::uint32_t home_registrar(const World& world,
                                           const Layout& layout,
                                           std::uint32_t fleet);

/// When a device boots at the start of a run, and, for a steady start, the instant of its account's
/// first REGISTER; nullopt: at once when the device boots, as after a fault that begins at 0.
[[nodiscard]] SimTime boot_instant(const World& world, const Layout& layout, DeviceIndex device);
[[nodiscard]] std::optional<SimTime> steady_first_register(const World& world,
                                                           const Layout& layout,
                                                           AccountIndex account);

} // namespace sipsim::world
