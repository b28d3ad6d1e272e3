#pragma once

// Models : the NATs of a run: one at each home, or one of the carrier's for many devices (CGN), or both,
//          one behind the other.
// Drives : both carriers ask as a datagram passes a box: leave_home() and enter_home() at the device's
//          end of its access link, leave_carrier() and enter_carrier() at its PoP.
// Keeps  : a device behind no NAT passes unchanged. Computed keepalives have refreshed all they would.
// Leaves : what a box does (nat::NatTable), rewriting datagrams (carriers).

#include "model/nat/keepalive.h"
#include "model/world/nat_plan.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace sipsim::world
{

/// A datagram after a box.
struct Crossing
{
    nat::Barrier barrier = nat::Barrier::kNone;
    sip::Endpoint endpoint; // outward: the new source; inward: the new destination
    DeviceIndex device = 0; // inward: whose it is

    [[nodiscard]] bool passed() const
    {
        return barrier == nat::Barrier::kNone;
    }
};

/// Keepalives of this fleet have an outcome that can be computed: none lets a mapping die in a box of
/// several devices, none can be lost on its way to a box, none finds a box full.
[[nodiscard]] bool computes_keepalives(const World& world, std::uint32_t fleet);

class NatBoxes
{
  public:
    /// Both outlive this.
    NatBoxes(const World& world, const Layout& layout);
    NatBoxes(const NatBoxes&) = delete;
    NatBoxes& operator=(const NatBoxes&) = delete;

    [[nodiscard]] bool any() const
    {
        return !world_.nats.empty();
    }

    [[nodiscard]] bool at_home(std::uint32_t fleet) const
    {
        return any() && fleets_[fleet].home.has_value();
    }

    [[nodiscard]] bool at_carrier(std::uint32_t fleet) const
    {
        return any() && fleets_[plan_.host_of(fleet)].carrier.has_value();
    }

    [[nodiscard]] const NatPlan& plan() const
    {
        return plan_;
    }

    /// Of the Layout, with the address the device has inside.
    [[nodiscard]] registration::Account account(AccountIndex account, std::uint32_t life) const;

    // Outward. `from` is the datagram's present source.
    Crossing leave_home(SimTime now,
                        DeviceIndex device,
                        std::uint32_t life,
                        sip::Endpoint from,
                        sip::Endpoint to);
    Crossing leave_carrier(SimTime now, DeviceIndex device, sip::Endpoint from, sip::Endpoint to);

    /// Something will leave `device` in about a millisecond: what it needs of the boxes is fetched from
    /// memory meanwhile.
    void fetch_ahead(DeviceIndex device, std::uint32_t life) const;

    // Inward. `to` is the datagram's present destination; `device` the one whose address (Layout) that
    // is, behind the home NAT the one it is for. An ICMP error about a datagram of the mapping passes as
    // the mapping would let an answer pass, and refreshes nothing (RFC 5508 §4.2).
    Crossing enter_carrier(SimTime now,
                           DeviceIndex device,
                           sip::Endpoint to,
                           sip::Endpoint from,
                           bool icmp_error = false);
    Crossing enter_home(SimTime now,
                        DeviceIndex device,
                        sip::Endpoint to,
                        sip::Endpoint from,
                        bool icmp_error = false);

    /// Why a datagram from `from` for `contact` would not reach `device`; changes nothing. Precondition:
    /// contact's host is that of NatPlan::outside().
    [[nodiscard]] nat::Barrier barrier(SimTime now,
                                       DeviceIndex device,
                                       std::uint32_t life,
                                       sip::Endpoint contact,
                                       sip::Endpoint from);

    /// The home NAT forgets all mappings: its power went.
    void forget_home(SimTime now, DeviceIndex device);
    /// Every box of this kind that `share` of them hits, drawn by box, forgets.
    void reboot(SimTime now, std::uint32_t nat, double share, std::uint32_t fault);

    // Where keepalives are computed: they begin, and end. If an instant comes back, the device is behind
    // a carrier's NAT, and settle() is wanted then: boxes of several devices want their mappings made in
    // order of time.
    [[nodiscard]] std::optional<SimTime> begin_keepalives(SimTime now,
                                                          DeviceIndex device,
                                                          std::uint32_t life_number,
                                                          std::uint32_t address_life);
    void end_keepalives(SimTime now, DeviceIndex device);
    /// Tells the boxes of a device's keepalives up to and including `now`.
    void settle(SimTime now, DeviceIndex device);

    [[nodiscard]] std::size_t octets() const;

  private:
    struct Fleet
    {
        std::optional<nat::NatTable> home;    // box: device
        std::optional<nat::NatTable> carrier; // box: see NatPlan::place_of(); not of guests there
        sip::Endpoint server;
        SimDuration to_carrier{0};           // of a keepalive, over the access link
        std::vector<SimTime> next_keepalive; // by device: not yet told to its boxes; empty: none is
        std::vector<bool> second_address;    // by device: those come from it; empty: from none
    };

    void make_fleet(std::uint32_t fleet);
    [[nodiscard]] sip::Endpoint meant_for_home(SimTime now,
                                               DeviceIndex device,
                                               std::uint32_t life,
                                               sip::Endpoint contact,
                                               sip::Endpoint from);

    [[nodiscard]] nat::NatTable& carrier_of(std::uint32_t fleet)
    {
        return *fleets_[plan_.host_of(fleet)].carrier;
    }

    const World& world_;
    const Layout& layout_;
    NatPlan plan_;
    std::vector<Fleet> fleets_;
};

} // namespace sipsim::world
