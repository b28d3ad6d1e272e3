#include "model/nat/nat_options.h"

#include "model/base/quantity.h"

#include <array>
#include <utility>

namespace sipsim::nat
{

namespace
{

constexpr SimDuration kLongestTimeout = 366 * 24h;
// The age of a mapping is kept as 32 bits of nanoseconds (NatTable::ages_).
constexpr SimDuration kLongestStreamAfter = 4s;

using Preset = std::pair<std::string_view, NatOptions>;

// RFC 3489 §5 says what the four cones and "symmetric" do with mappings and filters, §10.1 adds open,
// blocked and the symmetric firewall. Timeouts are the default of NatOptions.
std::array<Preset, 8>
presets()
{
    using enum Dependence;
    NatOptions open;
    open.translates = false;
    open.filtering = kEndpointIndependent;

    NatOptions blocked;
    blocked.blocks_udp = true;

    NatOptions firewall;
    firewall.translates = false;
    firewall.filtering = kAddressAndPortDependent;

    NatOptions full_cone;
    full_cone.filtering = kEndpointIndependent;
    NatOptions restricted;
    restricted.filtering = kAddressDependent;
    NatOptions port_restricted;
    port_restricted.filtering = kAddressAndPortDependent;

    NatOptions symmetric;
    symmetric.mapping = kAddressAndPortDependent;
    symmetric.filtering = kAddressAndPortDependent;
    symmetric.ports = PortAssignment::kContiguous;

    // Linux, Documentation/networking/nf_conntrack-sysctl: nf_conntrack_udp_timeout 30 s,
    // nf_conntrack_udp_timeout_stream 120 s (180 s before 5.0). MASQUERADE on the outer interface leaves
    // traffic from inside to the outer address to the box itself.
    NatOptions linux_box = symmetric;
    linux_box.ports = PortAssignment::kPreserve;
    linux_box.timeout_unreplied = 30s;
    linux_box.timeout = 120s;
    linux_box.stream_after = 2s;
    linux_box.refresh_inbound = true;
    linux_box.hairpin = false;

    return {{
        {"open", open},
        {"udp-blocked", blocked},
        {"symmetric-firewall", firewall},
        {"full-cone", full_cone},
        {"restricted-cone", restricted},
        {"port-restricted-cone", port_restricted},
        {"symmetric", symmetric},
        {"linux", linux_box},
    }};
}

} // namespace

std::uint32_t
ports_of(const NatOptions& options)
{
    return std::uint32_t{options.last_port} - options.first_port + 1U;
}

std::uint32_t
blocks_of(const NatOptions& options)
{
    return options.block_ports == 0 ? 0 : ports_of(options) / options.block_ports;
}

std::vector<std::string>
validate(const NatOptions& options)
{
    std::vector<std::string> problems;
    const auto require =
        [&](bool holds, std::string_view name, const std::string& value, const std::string& must) {
            if (!holds)
            {
                problems.push_back(std::string{name} + " = " + value + ": must be " + must);
            }
        };
    require(options.timeout > 0ns && options.timeout <= kLongestTimeout,
            "timeout",
            format(options.timeout),
            "above 0 s and at most 366 d");
    if (options.timeout_max)
    {
        require(*options.timeout_max >= options.timeout && *options.timeout_max <= kLongestTimeout,
                "timeout_max",
                format(*options.timeout_max),
                "at least timeout, " + format(options.timeout) + ", and at most 366 d");
    }
    if (options.timeout_unreplied)
    {
        require(*options.timeout_unreplied > 0ns && *options.timeout_unreplied <= options.timeout,
                "timeout_unreplied",
                format(*options.timeout_unreplied),
                "above 0 s and at most timeout, " + format(options.timeout));
    }
    require(options.stream_after >= 0ns && options.stream_after <= kLongestStreamAfter,
            "stream_after",
            format(options.stream_after),
            "between 0 s and 4 s");
    require(options.first_port > 0, "first_port", std::to_string(options.first_port), "above 0");
    require(options.last_port >= options.first_port,
            "last_port",
            std::to_string(options.last_port),
            "at least first_port, " + std::to_string(options.first_port));
    require(options.last_port < options.first_port || options.block_ports <= ports_of(options),
            "block_ports",
            std::to_string(options.block_ports),
            "at most as many as there are ports, " + std::to_string(ports_of(options)));
    require(options.max_blocks > 0, "max_blocks", std::to_string(options.max_blocks), "above 0");
    return problems;
}

std::vector<std::string_view>
preset_names()
{
    std::vector<std::string_view> names;
    for (const auto& [name, options] : presets())
    {
        names.push_back(name);
    }
    return names;
}

std::optional<NatOptions>
preset(std::string_view name)
{
    for (const auto& [known, options] : presets())
    {
        if (known == name)
        {
            return options;
        }
    }
    return std::nullopt;
}

} // namespace sipsim::nat
