#include "scenarios/runner/config_attack.h"

#include "model/world/nat_plan.h"

#include <algorithm>

namespace sipsim::runner
{

namespace
{

std::uint32_t
aors_of(const world::FleetSpec& fleet)
{
    return (fleet.count * fleet.accounts + fleet.accounts_per_aor - 1) / fleet.accounts_per_aor;
}

// Each source has accounts of its own for some victims, or several sources share a victim.
void
deal_out(const Values& values, const world::FleetSpec& target, world::FleetSpec& spec)
{
    world::AttackSpec& attack = *spec.attack;
    spec.count = static_cast<std::uint32_t>(values.get<std::int64_t>("sources"));
    const std::uint32_t aors = aors_of(target);
    const auto* victims = values.find<std::int64_t>("victims");
    attack.victims = victims == nullptr ? aors : static_cast<std::uint32_t>(*victims);
    if (attack.victims > aors)
    {
        values.complain("victims",
                        "is more than " + target.name + " has addresses of record (" +
                            std::to_string(aors) + ")");
        return;
    }
    if (spec.count == 0 || attack.victims == 0)
    {
        return; // reported
    }
    const auto [few, many] = std::minmax(spec.count, attack.victims);
    if (many % few != 0)
    {
        const std::string all =
            victims == nullptr ? ", all of " + target.name + " by default" : std::string{};
        values.complain("sources",
                        "must divide victims (" + std::to_string(attack.victims) + all +
                            ") or be a multiple of it");
        return;
    }
    spec.accounts = std::max(1U, attack.victims / spec.count);
    const auto dictionary = static_cast<std::uint32_t>(values.get<std::int64_t>("dictionary"));
    attack.found_at = static_cast<std::uint32_t>(values.get<std::int64_t>("found_at"));
    if (attack.found_at > dictionary)
    {
        values.complain("found_at",
                        "is beyond the dictionary (" + std::to_string(dictionary) + " passwords" +
                            (values.given("dictionary") ? "" : " by default") + ')');
    }
    const std::uint32_t guessers = std::max(1U, spec.count / attack.victims); // of a victim
    spec.registration.guess.passwords = (dictionary + guessers - 1) / guessers;
}

void
stand_beside(const Values& values,
             std::uint32_t targets,
             const world::World& world,
             world::FleetSpec& spec)
{
    const world::FleetSpec& host = world.fleets[targets];
    const world::NatSpec* carrier = world::carrier_nat(world, targets);
    if (carrier == nullptr)
    {
        values.complain("beside",
                        "is for a fleet behind a carrier's NAT (devices > 1), which " + host.name +
                            " is not");
        return;
    }
    if (values.given("at"))
    {
        values.complain("at", "follows from beside = true: where " + host.name + " is");
    }
    if (host.count < host.at.size())
    {
        values.complain("beside", host.name + " has fewer devices than nodes: name those it is at");
    }
    if (std::ranges::any_of(world.fleets, [targets](const world::FleetSpec& other) {
            return world::is_beside(other, targets);
        }))
    {
        values.complain("beside", "another [[attacker]] stands beside " + host.name + " already");
    }
    spec.at = host.at;
    spec.nat_box = static_cast<std::uint32_t>(carrier - world.nats.data());
    spec.attack->beside = true;
}

// Attackers know neither NAT traversal nor DNS; nobody guesses where nobody asks.
void
warn_of_idle(const Values& values, const world::RegistrarSpec& registrar, Findings& findings)
{
    for (const Setting& setting : values.section().settings)
    {
        const bool idle = setting.key.starts_with("nat.") || setting.key.starts_with("dns.") ||
                          setting.key == "registration.proxy_require";
        if (idle)
        {
            findings.idle.add(setting.key_place, setting.key + ": has no effect on attackers");
        }
    }
    if (registrar.options.challenge == registrar::ChallengeWhen::kNever)
    {
        findings.warnings.add(values.place("targets"),
                              "targets: registrar " + registrar.name +
                                  " asks for no password (challenge = \"never\"): whoever "
                                  "registers has found one");
    }
}

} // namespace

void
read_attack(const Values& values,
            std::uint32_t targets,
            const world::World& world,
            Findings& findings,
            world::FleetSpec& spec)
{
    const world::FleetSpec& target = world.fleets[targets];
    warn_of_idle(values, world.registrars[target.registrar], findings);
    world::AttackSpec attack;
    attack.targets = targets;
    attack.begin = SimTime{values.get<SimDuration>("begin")};
    spec.attack = attack;
    if (attack.begin >= SimTime{world.duration})
    {
        values.complain("begin", "is beyond the run, which ends at " + format(world.duration));
    }
    spec.registrar = target.registrar;
    spec.start = {.kind = world::Start::Kind::kAtOnce};
    spec.registration.guess.spacing = values.get<SimDuration>("spacing");
    spec.registration.guess.per_session =
        static_cast<std::uint8_t>(values.get<std::int64_t>("session_guesses"));
    spec.registration.guess.skips_refused = values.get<bool>("skips_refused");
    deal_out(values, target, spec);
    if (values.get<bool>("beside"))
    {
        stand_beside(values, targets, world, spec);
    }
}

} // namespace sipsim::runner
