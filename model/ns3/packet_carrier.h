#pragma once

// Models : nothing of its own: it runs a World on ns-3, one node per host, real IPv4, UDP and SIP text.
// Drives : the runner calls run() once per run; several runs in one process are independent.
// Keeps  : every protocol decision is a core's; the same world gives the same facts.
// Leaves : NAT, DNS (later rooms), real time (live_carrier.h).

#include "model/world/facts.h"
#include "model/world/world.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace sipsim::ns3carrier
{

struct PacketRunOptions
{
    std::optional<std::filesystem::path>
        pcap; // raw IP (link type 101) of every registrar's link; nullopt: none
    std::optional<world::AccountIndex> pcap_ua; // instead: that user agent's link
    std::function<bool()> stop;                 // asked now and then; true ends the run early
};

struct PacketRunCost
{
    std::uint64_t events = 0;
    std::uint64_t sip_messages = 0; // sent by user agents and servers
    bool stopped_early = false;
};

[[nodiscard]] PacketRunCost run_on_packets(const world::World& world,
                                           const world::Layout& layout,
                                           world::Observer& observer,
                                           const PacketRunOptions& options = {});

} // namespace sipsim::ns3carrier
