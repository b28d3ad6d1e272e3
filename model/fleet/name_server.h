#pragma once

// Models : a name server of a run: an authority or a resolver, and what faults do to it.
// Drives : the engine asks it what it says (fleet_dns.cc).
// Keeps  : an answer that depends on its query only is made once.
// Leaves : sending, outages (FleetEngine).

#include "model/dns/authority.h"
#include "model/dns/shared_resolver.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace sipsim::fleet
{

struct NameServer
{
    std::optional<dns::Authority> authority; // or
    std::optional<dns::SharedResolver> resolver;
    std::uint64_t queries = 0; // taken by a living process
    SimDuration delay{0};      // of each answer
    int lame = 0;              // faults that make it so

    // The last answer to each question that has it for long, by a hash: a pure function of the query.
    struct Known
    {
        dns::Packet query; // its id is 0
        std::optional<dns::Packet> answer;
    };

    std::array<Known, 16> known{};

    [[nodiscard]] Known& place(const dns::Question& question)
    {
        return known[(static_cast<std::size_t>(question.name) +
                      static_cast<std::size_t>(question.type)) %
                     known.size()];
    }
};

} // namespace sipsim::fleet
