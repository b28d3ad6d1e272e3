#pragma once

// Models : where a caller's location of a domain leads, call by call: the registrars behind its SRV
//          records in an order of their own for each call, those of one target in the order of its A
//          records (RFC 3263 §4.2, RFC 2782).
// Drives : classify() walks over them, for fleets with CallServer::kLocated.
// Keeps  : a pure function of the World, the time, the AOR and the number of the call; nothing is
//          allocated per call.
// Leaves : DNS messages. Model choice: the caller's DNS knows all zones that are served as they are at
//          the instant of the call, whatever name servers do (a zone-change of one of them is every
//          caller's), and caches nothing. Not modelled: NAPTR, SRV targets that are no registrars.

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
    class Zones;

    // What the fleet's domain has from one zone-change to the next.
    struct Version
    {
        SimTime from{};
        std::vector<dns::Srv> records;
        std::vector<std::vector<std::uint32_t>> registrars; // of each, never none
    };

    [[nodiscard]] static Version version(const FleetSpec& fleet, SimTime from, Zones& zones);

    const World& world_;
    const Layout& layout_;
    std::vector<std::vector<Version>> versions_; // by fleet, in order of time
};

} // namespace sipsim::world
