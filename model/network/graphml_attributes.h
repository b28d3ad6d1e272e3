#pragma once

// Models : the attributes of a GraphML map that sipsim knows, with unit and range.
// Drives : the guard checks values against this table, the reader and the writer name its rows.
// Keeps  : one row per attribute and owner.
// Leaves : everything else a file holds; it is ignored.

#include <array>
#include <cstdint>
#include <string_view>

namespace sipsim::network
{

enum class Owner : std::uint8_t
{
    kNode,
    kEdge,
};

struct GraphmlAttribute
{
    Owner owner;
    std::string_view name;
    bool is_number;
    double min;
    double max;
    std::string_view unit;
};

inline constexpr double kMaxMilliseconds = 10'000;
inline constexpr double kMinBandwidth = 16;
inline constexpr double kMaxBandwidth = 1e13;

inline constexpr GraphmlAttribute kLabel{Owner::kNode, "label", false, 0, 0, ""};
inline constexpr GraphmlAttribute kLatitude{Owner::kNode, "Latitude", true, -90, 90, "degrees"};
inline constexpr GraphmlAttribute kLongitude{Owner::kNode, "Longitude", true, -180, 180, "degrees"};
inline constexpr GraphmlAttribute kDelay{Owner::kEdge, "delay_ms", true, 0, kMaxMilliseconds, "ms"};
inline constexpr GraphmlAttribute kBandwidth{Owner::kEdge,
                                             "bandwidth_bps",
                                             true,
                                             kMinBandwidth,
                                             kMaxBandwidth,
                                             "bit/s"};
inline constexpr GraphmlAttribute kLoss{Owner::kEdge, "loss", true, 0, 1, "(a probability)"};
inline constexpr GraphmlAttribute kJitter{Owner::kEdge,
                                          "jitter_ms",
                                          true,
                                          0,
                                          kMaxMilliseconds,
                                          "ms"};
/// The Topology Zoo's bandwidth; bandwidth_bps goes before it.
inline constexpr GraphmlAttribute kLinkSpeed{Owner::kEdge,
                                             "LinkSpeedRaw",
                                             true,
                                             kMinBandwidth,
                                             kMaxBandwidth,
                                             "bit/s"};

inline constexpr std::array kGraphmlAttributes{kLabel,
                                               kLatitude,
                                               kLongitude,
                                               kDelay,
                                               kBandwidth,
                                               kLoss,
                                               kJitter,
                                               kLinkSpeed};

} // namespace sipsim::network
