#include "scenarios/runner/config_nat.h"

#include "model/base/nearest.h"
#include "model/world/nat_plan.h"

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
    if (const auto* behind = values.find<std::string>("behind"))
    {
        const auto found = std::ranges::find(names, *behind);
        if (found == names.end())
        {
            values.complain("behind", "is no [[nat]]" + did_you_mean(*behind, names));
        }
        else
        {
            spec.behind = static_cast<std::uint32_t>(found - names.begin());
        }
    }
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

} // namespace sipsim::runner
