#pragma once

// Models : a name server of a run: an authority or a resolver, and what faults do to it.
// Drives : the engine asks it what it says (fleet_dns.cc).
// Keeps  : each answer that a query may have is made once: one for each order of its records.
// Leaves : sending, outages (FleetEngine).

#include "model/dns/authority.h"
#include "model/dns/shared_resolver.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace sipsim::fleet
{

struct NameServer
{
    std::optional<dns::Authority> authority; // or
    std::optional<dns::SharedResolver> resolver;
    dns::Turns turns{dns::RecordOrder::kAsSent};
    SimDuration delay{0};      // of each answer
    int lame = 0;              // faults that make it so
    std::uint16_t process = 0; // processes that died before the present one

    // Answers to the last query of each place.
    struct Known
    {
        dns::Packet query;                               // its id is 0
        std::size_t ordered = 0;                         // Authority::ordered()
        std::vector<std::optional<dns::Packet>> answers; // by order
    };

    std::array<Known, 61> known{}; // by a hash of the question

    void on_death()
    {
        ++process;
        if (resolver)
        {
            resolver->on_crash();
        }
    }

    /// Of a query whose id is 0.
    [[nodiscard]] Known& answers_to(const dns::Packet& query, dns::RecordOrder order)
    {
        const std::size_t hash = 5 * static_cast<std::size_t>(query.question.name) +
                                 static_cast<std::size_t>(query.question.type) + query.udp_size;
        Known& place = known[hash % known.size()];
        if (place.query != query || place.answers.empty())
        {
            const std::size_t ordered =
                lame > 0 || !authority ? 0 : authority->ordered(query.question);
            place = {query, ordered, {}};
            place.answers.resize(dns::orders(ordered, order));
        }
        return place;
    }
};

} // namespace sipsim::fleet
