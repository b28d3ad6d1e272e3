#include "scenarios/runner/config_live.h"

#include "model/base/nearest.h"
#include "scenarios/runner/config_names.h"
#include "scenarios/runner/config_values.h"
#include "scenarios/runner/config_world.h"

#include <algorithm>
#include <array>

namespace sipsim::runner
{

namespace
{

void
check_device(const Document& document, const Values& live, std::uint32_t fleet, Problems& problems)
{
    std::uint32_t number = 0;
    for (const Section& section : document.sections)
    {
        if (section.kind != "fleet" || number++ != fleet)
        {
            continue;
        }
        const Setting* count = section.find("count");
        const auto* devices =
            count == nullptr ? nullptr : std::get_if<std::int64_t>(&count->value.data);
        if (devices != nullptr && *devices > 0 && live.get<std::int64_t>("device") >= *devices)
        {
            problems.add(live.place("device"),
                         "device = " + std::to_string(live.get<std::int64_t>("device")) +
                             ": the fleet has devices 0 to " + std::to_string(*devices - 1));
        }
    }
}

std::string
domain_of(const Document& document, const std::string& registrar)
{
    for (const Section& section : document.sections)
    {
        const Setting* name = section.kind == "registrar" ? section.find("name") : nullptr;
        const auto* text = name == nullptr ? nullptr : std::get_if<std::string>(&name->value.data);
        const Setting* domain = section.find("domain");
        if (text != nullptr && *text == registrar && domain != nullptr)
        {
            const auto* written = std::get_if<std::string>(&domain->value.data);
            return written == nullptr ? std::string{} : *written;
        }
    }
    return world::RegistrarSpec{}.domain;
}

/// `target` of a [[fault]] is the server that is real.
bool
hits_real_server(const Document& document, const Values& live, const std::string& target)
{
    if (const auto* dns = live.find<std::string>("dns"); dns != nullptr && target == "dns:" + *dns)
    {
        return true;
    }
    const auto* registrar = live.find<std::string>("registrar");
    return registrar != nullptr && (target == "registrar:" + *registrar ||
                                    target == "domain:" + domain_of(document, *registrar));
}

// Calls look into the simulation's own registrars and devices; a real server has outages of its own.
void
check_rest(const Document& document, const Values& live, Problems& problems)
{
    const auto* registrar = live.find<std::string>("registrar");
    for (const Section& section : document.sections)
    {
        for (const std::string_view key : {"calls", "outgoing"})
        {
            const Setting* calls = section.kind == "fleet" ? section.find(key) : nullptr;
            if (calls != nullptr)
            {
                problems.add(calls->value.place,
                             complaint(*calls, "with [live] no calls are offered: leave it out"));
            }
        }
        const Setting* target = section.kind == "fault" ? section.find("target") : nullptr;
        if (target == nullptr)
        {
            continue;
        }
        const auto* text = std::get_if<std::string>(&target->value.data);
        if (text != nullptr && hits_real_server(document, live, *text))
        {
            problems.add(target->value.place,
                         complaint(*target, "is real in [live]: stop the server itself"));
        }
        const Setting* standby = section.find("standby");
        const auto* taker =
            standby == nullptr ? nullptr : std::get_if<std::string>(&standby->value.data);
        if (taker != nullptr && registrar != nullptr && *taker == *registrar)
        {
            problems.add(standby->value.place,
                         complaint(*standby, "is real in [live]: it takes over no address"));
        }
    }
}

} // namespace

std::optional<LiveSpec>
read_live(const Document& document, Problems& problems)
{
    const Section* section = document.find("live");
    if (section == nullptr)
    {
        return std::nullopt;
    }
    const Values live(*section, problems);
    LiveSpec spec;
    spec.fleet = named(live, "fleet", names_of(document, "fleet"), "fleet");
    spec.registrar = named(live, "registrar", names_of(document, "registrar"), "registrar");
    spec.dns = named(live, "dns", names_of(document, "dns"), "dns");
    spec.device = static_cast<std::uint32_t>(live.get<std::int64_t>("device"));
    spec.network_namespace = live.get<std::string>("namespace");
    const Section experiment = the_section(document, "experiment");
    const Setting* carrier = experiment.find("carrier");
    const auto* word =
        carrier == nullptr ? nullptr : std::get_if<std::string>(&carrier->value.data);
    if (word != nullptr && *word == "fleet")
    {
        problems.add(carrier->value.place,
                     complaint(*carrier, "[live] needs packets: carrier = \"packet\""));
    }
    check_rest(document, live, problems);
    constexpr std::array<std::string_view, 3> kHosts{"fleet", "registrar", "dns"};
    const auto given = [&live](std::string_view key) { return live.given(key); };
    if (std::ranges::count_if(kHosts, given) != 1)
    {
        problems.add(section->place,
                     "[live] must say fleet, registrar or dns, one of them: which host is real");
        return std::nullopt;
    }
    if (live.given("device") && !live.given("fleet"))
    {
        const std::string_view host = *std::ranges::find_if(kHosts, given);
        live.complain("device", "is of a fleet: leave it out beside " + std::string{host});
    }
    if (spec.fleet)
    {
        check_device(document, live, *spec.fleet, problems);
    }
    return spec.fleet || spec.registrar || spec.dns ? std::optional{spec} : std::nullopt;
}

} // namespace sipsim::runner
