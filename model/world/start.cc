#include "model/registration/laws.h"
#include "model/registration/registration_client.h"
#include "model/world/device_life.h"
#include "model/world/layout.h"

#include <algorithm>

namespace sipsim::world
{

namespace
{

// A fault that begins as the run begins finds a device that is up. What its account does then is to
// boot when the fault is over, as after any other fault; the steady first REGISTER is not its own.
bool
faulty_from_the_start(const World& world, const Layout& layout, AccountIndex account)
{
    const std::uint32_t fleet = layout.fleet_of_account(account);
    const DeviceIndex device = layout.device_of(account);
    for (std::uint32_t i = 0; i < world.faults.size(); ++i)
    {
        if (world.faults[i].at == SimTime{} && hit_for(world,
                                                       i,
                                                       layout.device_key(device),
                                                       fleet,
                                                       device - layout.first_device(fleet)))
        {
            return true;
        }
    }
    return false;
}

} // namespace

std::uint32_t
granted_expiry(const registration::RegistrationOptions& options,
               const registrar::RegistrarOptions& registrar)
{
    const std::uint32_t asked = options.send_expires ? options.expires : registrar.default_expires;
    // RFC 3261 §10.3 step 7, §10.2.8: below the minimum the device asks again with Min-Expires.
    const std::uint32_t minimum = options.send_expires && asked < 3600 ? registrar.min_expires : 0;
    const std::uint32_t most =
        std::clamp(asked, std::min(minimum, registrar.max_expires), registrar.max_expires);
    // Uniform between the two (expiry_spread).
    return most - (most - registrar::shortest_grant(registrar, most)) / 2;
}

std::uint32_t
home_registrar(const World& world, const Layout& layout, std::uint32_t fleet)
{
    const auto& spec = world.fleets[fleet];
    std::uint32_t home = spec.registrar;
    for (int hops = 0; hops < registration::RegistrationClient::kMaxRedirects; ++hops)
    {
        const auto& target = world.registrars[home].options.redirect_to;
        if (!target || spec.registration.on_redirect != registration::OnRedirect::kFollow)
        {
            break;
        }
        for (std::uint32_t i = 0; i < world.registrars.size(); ++i)
        {
            const sip::Endpoint address = layout.registrar_address(i);
            const bool meant =
                target->host == address.host && (target->port == 0 || target->port == address.port);
            home = meant ? i : home;
        }
    }
    return home;
}

SimDuration
mean_refresh(const registration::RegistrationOptions& options, std::uint32_t granted)
{
    const auto& law = options.refresh;
    const SimDuration expiry =
        std::chrono::seconds{std::clamp(granted, options.min_granted, options.max_granted)};
    SimDuration mean{0};
    switch (law.kind)
    {
    case registration::RefreshLaw::Kind::kLead:
        mean = std::max(law.lead, law.lead_above) < expiry ? expiry - law.lead : expiry / 2;
        break;
    case registration::RefreshLaw::Kind::kFraction:
        mean = scaled(expiry, law.low);
        break;
    case registration::RefreshLaw::Kind::kUniform:
        mean = scaled(expiry, (law.low + law.high) / 2);
        break;
    case registration::RefreshLaw::Kind::kAroundHalf: {
        const registration::RefreshWindow window = registration::refresh_window(expiry);
        mean = (SimDuration{window.first} + window.last) / 2;
        break;
    }
    }
    mean = scaled(mean, 1 - law.jitter / 2);
    const SimDuration every = options.poll.every;
    if (every > SimDuration{0})
    {
        // From poll to poll, but for the time an attempt takes.
        const auto polls = (mean - options.poll.ahead - SimDuration{1}) / every;
        mean = every * std::max(polls, SimDuration::rep{1});
    }
    return mean;
}

SimTime
boot_instant(const World& world, const Layout& layout, DeviceIndex device)
{
    const std::uint32_t fleet = layout.fleet_of_device(device);
    const auto& spec = world.fleets[fleet];
    if (spec.attack)
    {
        return spec.attack->begin;
    }
    switch (spec.start.kind)
    {
    case Start::Kind::kSteady:
    case Start::Kind::kAtOnce:
        return SimTime{};
    case Start::Kind::kRamp: {
        const double place = static_cast<double>(device - layout.first_device(fleet)) / spec.count;
        return SimTime{scaled(spec.start.span, place)};
    }
    case Start::Kind::kRandom:
        return SimTime{draw_between(layout.device_key(device),
                                    Purpose::kStart,
                                    0,
                                    SimDuration{0},
                                    spec.start.span)};
    }
    return SimTime{};
}

std::optional<SimTime>
steady_first_register(const World& world, const Layout& layout, AccountIndex account)
{
    const auto& spec = world.fleets[layout.fleet_of_account(account)];
    if (spec.start.kind != Start::Kind::kSteady || spec.attack)
    {
        return std::nullopt;
    }
    if (faulty_from_the_start(world, layout, account))
    {
        return std::nullopt;
    }
    const std::uint32_t granted = granted_expiry(world, layout, layout.fleet_of_account(account));
    return SimTime{draw_between(layout.key(account),
                                Purpose::kStart,
                                0,
                                SimDuration{0},
                                mean_refresh(spec.registration, granted))};
}

std::uint32_t
granted_expiry(const World& world, const Layout& layout, std::uint32_t fleet)
{
    return granted_expiry(world,
                          world.fleets[fleet],
                          world.registrars[home_registrar(world, layout, fleet)].options);
}

std::uint32_t
granted_expiry(const World& world, const FleetSpec& fleet, const registrar::RegistrarOptions& home)
{
    const auto* proxy = fleet.proxy ? &world.proxies[*fleet.proxy].options : nullptr;
    if (proxy == nullptr || !proxy->offload)
    {
        return granted_expiry(fleet.registration, home);
    }
    // It asks for more than the device did, and tells the device no more than that asked for.
    registration::RegistrationOptions asks = fleet.registration;
    asks.expires =
        std::max(asks.send_expires ? asks.expires : home.default_expires, proxy->registrar_expires);
    asks.send_expires = true;
    const std::uint32_t told = std::min(granted_expiry(asks, home), proxy->device_expires);
    return fleet.registration.send_expires ? std::min(told, fleet.registration.expires) : told;
}

SimTime
discovery_instant(const World& world,
                  const Layout& layout,
                  DeviceIndex device,
                  bool booted_before,
                  SimTime now)
{
    if (booted_before)
    {
        return now;
    }
    std::optional<SimTime> first;
    const AccountIndex begin = layout.first_account_of(device);
    const auto& fleet = world.fleets[layout.fleet_of_device(device)];
    for (AccountIndex account = begin; account < begin + fleet.accounts; ++account)
    {
        const auto at = steady_first_register(world, layout, account);
        first = first && at ? std::min(*first, *at) : (first ? first : at);
    }
    return std::max(first.value_or(now), now);
}

} // namespace sipsim::world
