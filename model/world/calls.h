#pragma once

// Models : light calls: Poisson arrivals per AOR and the class of each (design: drawn by AOR and
//          number, never by state, so that all points of a sweep are offered the same calls).
// Drives : carriers schedule next_call() and ask classify() at that instant.
// Keeps  : next_call() is a pure function; classify() changes nothing that a datagram would.
// Leaves : INVITE dialogs. Not modelled: the caller's side, ringing, retries of a caller.

#include "model/registrar/location_service.h"
#include "model/world/call_targets.h"
#include "model/world/facts.h"
#include "model/world/nat_boxes.h"

namespace sipsim::world
{

/// The instant of call number `n` (from 0) to `aor`, given the one before (time 0 for n = 0).
[[nodiscard]] SimTime next_call(std::uint64_t seed,
                                std::uint32_t aor,
                                std::uint64_t n,
                                SimTime before,
                                SimDuration mean_gap);

/// What a carrier knows of the devices and the paths to them.
class Terrain
{
  public:
    virtual ~Terrain() = default;
    [[nodiscard]] virtual bool powered(DeviceIndex device) const = 0;
    [[nodiscard]] virtual std::uint32_t address_life(DeviceIndex device) const = 0;
    /// A link between the server and that node is down, one way or the other.
    [[nodiscard]] virtual bool path_cut(ServerIndex server, network::NodeIndex node) const = 0;
    [[nodiscard]] virtual bool alive(ServerIndex server) const = 0;
    /// A living registrar answers 503.
    [[nodiscard]] virtual bool refuses(std::uint32_t registrar) const = 0;
    /// A living registrar blocks what `user` sends from `source`: its terminal is suspended (Admission).
    [[nodiscard]] virtual bool blocks(std::uint32_t registrar,
                                      sip::UserId user,
                                      sip::Host source,
                                      SimTime now) const = 0;
    /// What a registrar knows of an AOR.
    [[nodiscard]] virtual registrar::LocationService::Bindings bindings(std::uint32_t registrar,
                                                                        sip::UserId aor,
                                                                        SimTime now) const = 0;
    /// What the registrars that share bindings with it know together, by the latest change of each
    /// contact (registrar::LocationGroup); of one that shares nothing what it knows.
    [[nodiscard]] virtual registrar::LocationService::Bindings latest(std::uint32_t registrar,
                                                                      sip::UserId aor,
                                                                      SimTime now) const = 0;
    /// What a proxy knows of an AOR.
    [[nodiscard]] virtual proxy::Flows flows(std::uint32_t proxy,
                                             sip::UserId aor,
                                             SimTime now) const = 0;
};

/// What all registrars that serve the fleet know of an AOR: latest() where they share their bindings, so
/// that one that is replicated is one; else of bindings of one contact the one that lives longest, and as
/// many as one registrar could have.
[[nodiscard]] registrar::LocationService::Bindings bindings_anywhere(SimTime now,
                                                                     const World& world,
                                                                     const Layout& layout,
                                                                     const Terrain& terrain,
                                                                     std::uint32_t fleet,
                                                                     sip::UserId aor);

/// Any contact that answers makes the call reached; else one that a cut path, a proxy or a NAT keeps from
/// its device gives the class, the last of them; else it is stale. The request would go to the contact
/// from the registrar's own address, or over the flow of the proxy in the binding's Path from the
/// proxy's. Which registrar it comes to, CallServer says. Model choices: by default whoever calls finds the
/// one that knows a contact; a caller that goes on from a dead one to the next loses no time.
[[nodiscard]] CallClass classify(SimTime now,
                                 const World& world,
                                 const Layout& layout,
                                 NatBoxes& nats,
                                 const Terrain& terrain,
                                 const CallTargets& targets,
                                 std::uint32_t aor,
                                 std::uint64_t n);

} // namespace sipsim::world
