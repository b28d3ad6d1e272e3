#include "scenarios/runner/config_nat.h"

#include "model/base/nearest.h"
#include "model/world/nat_plan.h"
#include "scenarios/runner/config_faults.h"
#include "scenarios/runner/config_idle.h"
#include "scenarios/runner/config_names.h"
#include "scenarios/runner/config_nat_idle.h"

#include <algorithm>

namespace sipsim::runner
{

namespace
{

nat::Dependence
dependence_of(const std::string& word)
{
    return word == "endpoint-independent" ? nat::Dependence::kEndpointIndependent
           : word == "address-dependent"  ? nat::Dependence::kAddressDependent
                                          : nat::Dependence::kAddressAndPortDependent;
}

template <class T>
void
set_if(const Values& values, std::string_view key, T& field)
{
    if (const T* value = values.find<T>(key))
    {
        field = *value;
    }
}

// Each NAT's settings that have no effect, by what makes them so.
void
warn_of_idle_settings(const Section& section, const nat::NatOptions& options, Problems& warnings)
{
    const Idle idle{section, warnings};
    if (options.blocks_udp)
    {
        idle.warn(true,
                  {"mapping",
                   "filtering",
                   "ports",
                   "timeout",
                   "timeout_max",
                   "timeout_unreplied",
                   "stream_after",
                   "refresh_inbound",
                   "hairpin",
                   "max_mappings",
                   "block_ports",
                   "max_blocks"},
                  "where UDP is blocked");
        return;
    }
    if (!options.translates)
    {
        idle.warn(true,
                  {"mapping", "ports", "hairpin", "block_ports", "max_blocks"},
                  "where nothing is translated");
    }
    else if (options.block_ports == 0)
    {
        idle.warn(true, {"max_blocks"}, "without block_ports");
    }
    if (!options.translates && options.filtering == nat::Dependence::kEndpointIndependent)
    {
        idle.warn(true,
                  {"timeout",
                   "timeout_max",
                   "timeout_unreplied",
                   "stream_after",
                   "refresh_inbound",
                   "max_mappings"},
                  "where everything passes");
    }
    else if (!options.timeout_unreplied)
    {
        idle.warn(true, {"stream_after"}, "without timeout_unreplied");
    }
}

// Each device needs a mapping, and a block of its own for it.
void
warn_of_crowds(const Section& section, const world::NatSpec& spec, Problems& warnings)
{
    const nat::NatOptions& options = spec.options;
    const auto warn = [&](std::string_view key, std::uint32_t most, std::string_view of_what) {
        if (most > 0 && spec.devices > most && !options.blocks_udp)
        {
            warnings.add(section.place_of("devices"),
                         "devices: " + std::to_string(spec.devices) + " behind a box of " +
                             std::to_string(most) + ' ' + std::string{of_what} + " (" +
                             std::string{key} + "): they do not all have one at a time");
        }
    };
    warn("max_mappings", options.max_mappings, "mappings");
    warn("block_ports", options.translates ? nat::blocks_of(options) : 0, "blocks of ports");
}

} // namespace

world::NatSpec
read_nat(const Values& values, const std::vector<std::string>& names)
{
    world::NatSpec spec;
    spec.name = values.get<std::string>("name");
    nat::NatOptions& o = spec.options;
    if (const auto* type = values.find<std::string>("type"))
    {
        o = nat::preset(*type).value_or(o);
    }
    if (const auto* word = values.find<std::string>("mapping"))
    {
        o.mapping = dependence_of(*word);
    }
    if (const auto* word = values.find<std::string>("filtering"))
    {
        o.filtering = dependence_of(*word);
    }
    if (const auto* word = values.find<std::string>("ports"))
    {
        o.ports = *word == "preserve"     ? nat::PortAssignment::kPreserve
                  : *word == "contiguous" ? nat::PortAssignment::kContiguous
                                          : nat::PortAssignment::kRandom;
    }
    set_if(values, "timeout", o.timeout);
    if (const auto* longest = values.find<SimDuration>("timeout_max"))
    {
        o.timeout_max = *longest;
    }
    if (const auto* unreplied = values.find<SimDuration>("timeout_unreplied"))
    {
        o.timeout_unreplied = *unreplied;
    }
    set_if(values, "stream_after", o.stream_after);
    set_if(values, "refresh_inbound", o.refresh_inbound);
    set_if(values, "hairpin", o.hairpin);
    if (const auto* most = values.find<std::int64_t>("max_mappings"))
    {
        o.max_mappings = static_cast<std::uint32_t>(*most);
    }
    if (const auto* ports = values.find<std::int64_t>("block_ports"))
    {
        o.block_ports = static_cast<std::uint32_t>(*ports);
    }
    if (const auto* most = values.find<std::int64_t>("max_blocks"))
    {
        o.max_blocks = static_cast<std::uint32_t>(*most);
    }
    spec.devices = static_cast<std::uint32_t>(values.get<std::int64_t>("devices"));
    for (const std::string& problem : nat::validate(o))
    {
        const std::string key = problem.substr(0, problem.find(" = "));
        const std::size_t colon = problem.find(": ");
        if (values.given(key) && colon != std::string::npos)
        {
            values.complain(key, problem.substr(colon + 2));
        }
        else
        {
            values.complain("type", problem);
        }
    }
    if (o.block_ports > 0 && !world::of_the_carrier(spec))
    {
        values.complain("block_ports", "is for a NAT of the carrier's (devices > 1)");
    }
    spec.behind = named(values, "behind", names, "nat");
    return spec;
}

void
check_nesting(const std::vector<world::NatSpec>& nats,
              const std::vector<const Section*>& sections,
              Problems& problems)
{
    for (std::size_t i = 0; i < nats.size(); ++i)
    {
        if (!nats[i].behind)
        {
            continue;
        }
        const Values values(*sections[i], problems);
        if (world::of_the_carrier(nats[i]))
        {
            values.complain("behind",
                            "a NAT for several devices (devices > 1) stands at the carrier and "
                            "behind no other");
        }
        else if (!world::of_the_carrier(nats[*nats[i].behind]))
        {
            values.complain("behind", "must be a NAT for several devices (devices > 1)");
        }
    }
}

void
warn_of_nats(const Document& document, const world::World& world, Problems& warnings)
{
    warn_of_idle_traversal(document, world, warnings);
    std::size_t nat = 0;
    std::size_t fault = 0;
    for (const Section& section : document.sections)
    {
        if (section.kind == "nat")
        {
            const world::NatSpec* spec = &world.nats[nat++];
            warn_of_idle_settings(section, spec->options, warnings);
            warn_of_crowds(section, *spec, warnings);
            bool used = false;
            for (std::uint32_t fleet = 0; fleet < world.fleets.size(); ++fleet)
            {
                used = used || world::home_nat(world, fleet) == spec ||
                       world::carrier_nat(world, fleet) == spec;
            }
            if (!used)
            {
                warnings.add(section.place,
                             "no [[fleet]] stands behind [[nat]] \"" + spec->name + '"');
            }
        }
        else if (section.kind == "fault" && !is_no_fault(section))
        {
            const world::FaultSpec& spec = world.faults[fault++];
            if (spec.new_address && !world::brings_new_address(world, spec))
            {
                warnings.add(section.place_of("new_address"),
                             "new_address: has no effect behind a carrier's NAT, which keeps its "
                             "address and those it has given");
            }
        }
    }
}

} // namespace sipsim::runner
