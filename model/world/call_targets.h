#pragma once

// Models : where a caller's location of a domain leads, call by call: the registrars behind its SRV
//          records in an order of their own for each call (RFC 3263 §4.2, RFC 2782).
// Drives : classify() walks over them, for fleets with CallServer::kLocated.
// Keeps  : a pure function of the World, the time, the AOR and the number of the call; nothing is
//          allocated per call.
// Leaves : DNS messages. Model choice: the caller's DNS knows the zone as it is at the instant of the
//          call, whatever name servers do (a zone-change of one of them is every caller's), and caches
//          nothing. Not modelled: NAPTR, wildcards, SRV targets that are no registrars.

#include "model/dns/selection.h"
#include "model/world/layout.h"

#include <cstdint>
#include <vector>

namespace sipsim::world
{

class CallTargets
{
  public:
    /// Both outlive this.
    CallTargets(const World& world, const Layout& layout);

    using Order = FixedVector<std::uint32_t, dns::kMaxSet>;

    /// Registrars (index) in the order in which call `n` to the AOR tries them.
    [[nodiscard]] Order order(SimTime now, std::uint32_t aor, std::uint64_t n) const;

  private:
    // What the fleet's domain has in one version of its zone.
    struct Version
    {
        std::uint32_t zone = 0;
        std::vector<dns::Srv> records;
        std::vector<std::uint32_t> registrars; // of each
    };

    [[nodiscard]] Version version(const FleetSpec& fleet, std::uint32_t zone) const;
    [[nodiscard]] const Version* in_force(SimTime now, std::uint32_t fleet) const;

    const World& world_;
    const Layout& layout_;
    // By fleet: the zone as it is served at first, then those that faults put in its place.
    std::vector<std::vector<Version>> versions_;
};

} // namespace sipsim::world
