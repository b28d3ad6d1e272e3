#pragma once

// Models : one location by a device of a fleet, before a run: its own core (dns::Finder) asks the name servers of
//          the World as they are served first, which answer at once and lose nothing.
// Drives : the checks of where DNS leads a fleet (config_leads.h).
// Keeps  : what it comes to is what the first device of a run comes to, but for draws.
// Leaves : faults; a name server that is real in [live].

#include "model/world/directory.h"

#include <cstdint>
#include <string>
#include <vector>

namespace sipsim::runner
{

/// An answer that did not fit its datagram.
struct CutAnswer
{
    std::string question;      // "_sip._udp.sip.example SRV"
    std::size_t limit = 0;     // octets
    std::size_t came = 0;      // records
    std::size_t there_are = 0; // in the zone
    std::string resolver{};    // the [[dns]] that asked; empty: the device

    friend bool operator==(const CutAnswer&, const CutAnswer&) = default;
};

struct Trial
{
    std::vector<dns::Target> targets;  // in the order of contact; none: the location failed
    SimDuration lasts{0};              // how long they may be used (dns::TtlOf)
    std::size_t addresses = 0;         // that the names have, used or not
    bool unavailable = false;          // SRV with target ".": decidedly no service (RFC 2782)
    std::vector<std::string> lacking;  // "there is no SRV record of _sip._udp.sip.example"
    std::vector<std::string> fleeting; // records with TTL 0: "_sip._udp.sip.example SRV"
    std::vector<CutAnswer> cut;
};

/// Of a fleet that asks name servers. Precondition: the World has no errors.
[[nodiscard]] Trial try_locating(const world::World& world,
                                 const world::Layout& layout,
                                 const world::Directory& directory,
                                 std::uint32_t fleet);

} // namespace sipsim::runner
