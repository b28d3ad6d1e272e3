#include "model/ns3/fault_schedule.h"

#include "model/ns3/sim_time.h"
#include "model/world/device_life.h"

namespace sipsim::ns3carrier
{

FaultSchedule::FaultSchedule(const world::World& world,
                             const world::Layout& layout,
                             const FaultTargets& targets,
                             RunState& state,
                             FactsBridge& facts)
    : world_(world),
      layout_(layout),
      targets_(targets),
      nats_(state.nats),
      directory_(state.directory),
      facts_(facts)
{
}

void
FaultSchedule::Schedule()
{
    for (const world::FaultStep& step : world::fault_steps(world_))
    {
        ns3::Simulator::Schedule(DelayUntil(step.at), &FaultSchedule::Take, this, step);
    }
}

void
FaultSchedule::Take(const world::FaultStep& step)
{
    using What = world::FaultStep::What;
    const auto& spec = world_.faults[step.fault];
    switch (step.what)
    {
    case What::kBegin:
        Begin(step.fault);
        break;
    case What::kRefuse:
        targets_.registrars[step.registrar]->GetHost().begin_drain(spec.retry_after.value_or(0));
        break;
    case What::kDown:
        targets_.registrars[step.registrar]->GetHost().end_drain();
        targets_.servers[step.registrar]->BeginOutage(spec.unreachable);
        break;
    case What::kUp:
        targets_.servers[step.registrar]->EndOutage(spec.unreachable);
        break;
    case What::kEnd:
        End(step.fault);
        break;
    }
}

void
FaultSchedule::Begin(std::uint32_t fault)
{
    const auto& spec = world_.faults[fault];
    facts_.Fault(fault, true);
    switch (spec.kind)
    {
    case world::FaultKind::kOutage:
        targets_.servers[spec.server]->BeginOutage(spec.unreachable);
        break;
    case world::FaultKind::kPartition:
    case world::FaultKind::kLink:
        ++link_faults_;
        for (const network::LinkIndex link : spec.links)
        {
            targets_.links[network::index(network::a_to_b(link))]->Block();
            targets_.links[network::index(network::b_to_a(link))]->Block();
        }
        break;
    case world::FaultKind::kReboot:
    case world::FaultKind::kRestart:
    case world::FaultKind::kCrash:
    case world::FaultKind::kPowerCut:
        HitDevices(fault);
        break;
    case world::FaultKind::kNatReboot:
        nats_.reboot(SimNow(), spec.nat, spec.share, fault);
        break;
    case world::FaultKind::kAccess:
        break; // the devices' links know (world::access_cut)
    case world::FaultKind::kPassword:
        directory_.change_passwords(spec.fleet, true);
        break;
    case world::FaultKind::kDnsSlow:
        NameServer(spec).SlowBy(spec.delay);
        break;
    case world::FaultKind::kDnsLame:
        NameServer(spec).Lame(1);
        break;
    case world::FaultKind::kZoneChange:
        NameServer(spec).ChangeZone(fault);
        break;
    case world::FaultKind::kVipSwitch:
        targets_.servers[spec.server]->BeginOutage(spec.unreachable, true);
        break;
    case world::FaultKind::kDrain:
        break; // its steps
    }
}

void
FaultSchedule::HitDevices(std::uint32_t fault)
{
    const auto& spec = world_.faults[fault];
    const world::DeviceIndex first = layout_.first_device(spec.fleet);
    for (world::DeviceIndex device = first; device < first + world_.fleets[spec.fleet].count;
         ++device)
    {
        const auto down_for =
            world::hit_for(world_, fault, layout_.device_key(device), spec.fleet, device - first);
        if (down_for && targets_.devices[device]) // none: a real one
        {
            targets_.devices[device]->Fault(spec.kind,
                                            *down_for,
                                            world::brings_new_address(world_, spec));
        }
    }
}

DnsApp&
FaultSchedule::NameServer(const world::FaultSpec& spec) const
{
    return *targets_.name_servers[world::server_ref(world_, spec.server).number];
}

void
FaultSchedule::End(std::uint32_t fault)
{
    const auto& spec = world_.faults[fault];
    facts_.Fault(fault, false);
    switch (spec.kind)
    {
    case world::FaultKind::kOutage:
        targets_.servers[spec.server]->EndOutage(spec.unreachable);
        break;
    case world::FaultKind::kPartition:
    case world::FaultKind::kLink:
        --link_faults_;
        for (const network::LinkIndex link : spec.links)
        {
            targets_.links[network::index(network::a_to_b(link))]->Unblock();
            targets_.links[network::index(network::b_to_a(link))]->Unblock();
        }
        break;
    case world::FaultKind::kReboot:
    case world::FaultKind::kRestart:
    case world::FaultKind::kCrash:
    case world::FaultKind::kPowerCut:
        break; // each device comes back by itself
    case world::FaultKind::kNatReboot:
        break; // it is over at once
    case world::FaultKind::kAccess:
        break;
    case world::FaultKind::kPassword:
        directory_.change_passwords(spec.fleet, false);
        break;
    case world::FaultKind::kDnsSlow:
        NameServer(spec).SlowBy(-spec.delay);
        break;
    case world::FaultKind::kDnsLame:
        NameServer(spec).Lame(-1);
        break;
    case world::FaultKind::kZoneChange:
        NameServer(spec).ChangeZone(std::nullopt);
        break;
    case world::FaultKind::kVipSwitch:
        targets_.registrars[spec.server]->TakeOver(targets_.registrars[spec.standby]);
        targets_.servers[spec.server]->EndOutage(spec.unreachable);
        break;
    case world::FaultKind::kDrain:
        break;
    }
}

} // namespace sipsim::ns3carrier
