#pragma once

// Models : who stands behind which NAT, and which addresses that gives.
// Drives : NatBoxes and everything that asks whether a contact leads to a device.
// Keeps  : a pure function of the World; who is behind which box is computed, not stored.
// Leaves : what the boxes do (nat_boxes.h).
//
// Addresses: a home NAT has the device's address of the Layout outside; a carrier's NAT has that of the
// first device behind it. Behind a home NAT a device is 192.168.1.2, behind a carrier's 100.64.0.0/10
// (RFC 6598). Model choice: behind a carrier's NAT a power cut brings no new address; a box stands
// before devices of one fleet at one PoP, and before attackers beside them, whose ranks come after theirs.

#include "model/nat/nat_table.h"
#include "model/world/layout.h"

#include <cstdint>
#include <vector>

namespace sipsim::world
{

/// Where a NAT of this kind stands: before one device, or before several.
[[nodiscard]] inline bool
of_the_carrier(const NatSpec& spec)
{
    return spec.devices > 1;
}

/// The NATs of a fleet's devices; none: nullptr.
[[nodiscard]] const NatSpec* home_nat(const World& world, std::uint32_t fleet);
[[nodiscard]] const NatSpec* carrier_nat(const World& world, std::uint32_t fleet);

/// The devices of a power cut come back with another address.
[[nodiscard]] bool brings_new_address(const World& world, const FaultSpec& fault);

class NatPlan
{
  public:
    /// Both outlive this.
    NatPlan(const World& world, const Layout& layout);

    /// The address a device has, as it knows it; `life` as in Layout::address().
    [[nodiscard]] sip::Endpoint inside(DeviceIndex device, std::uint32_t life) const;

    /// Of its home NAT towards the carrier's, or towards the world; port 5060 says nothing there.
    [[nodiscard]] sip::Endpoint home_outside(DeviceIndex device, std::uint32_t life) const;

    /// What the world beyond all NATs knows it by; port 0: any.
    [[nodiscard]] sip::Endpoint outside(DeviceIndex device, std::uint32_t life) const;

    /// A device's carrier's NAT.
    struct Place
    {
        nat::BoxIndex box = 0;
        std::uint32_t rank = 0; // of the device behind it
        DeviceIndex first = 0;  // behind it
    };

    [[nodiscard]] Place place_of(DeviceIndex device) const;
    /// The device whose address (Layout) the world beyond all NATs knows it by.
    [[nodiscard]] DeviceIndex owner(DeviceIndex device) const;

    /// The fleet whose carrier's boxes these devices stand behind: their own, or that they stand beside.
    [[nodiscard]] std::uint32_t host_of(std::uint32_t fleet) const
    {
        return fleets_.empty() ? fleet : fleets_[fleet].host;
    }

    [[nodiscard]] nat::BoxIndex carrier_boxes(std::uint32_t fleet) const;
    /// The first device behind a carrier's box.
    [[nodiscard]] DeviceIndex first_behind(std::uint32_t fleet, nat::BoxIndex box) const;
    /// The device that has `inner` behind the box whose first device is `first`.
    [[nodiscard]] DeviceIndex device_behind(DeviceIndex first, sip::Host inner) const;

  private:
    struct Fleet
    {
        bool home_translates = false;
        bool carrier = false;
        bool carrier_translates = false;
        std::uint32_t places = 1;  // nodes its devices go round
        std::uint32_t per_box = 1; // of the carrier's
        std::uint32_t boxes_per_place = 0;
        std::uint32_t devices = 0;
        std::uint32_t host = 0;                // see host_of()
        std::optional<std::uint32_t> beside{}; // attackers behind this fleet's boxes
    };

    [[nodiscard]] std::uint32_t boxes_at(const Fleet& fleet, std::uint32_t place) const;
    [[nodiscard]] Place guest_place(std::uint32_t fleet, std::uint32_t number) const;

    const Layout& layout_;
    std::vector<Fleet> fleets_; // empty: there is no NAT
};

} // namespace sipsim::world
