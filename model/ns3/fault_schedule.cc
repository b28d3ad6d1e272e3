#include "model/ns3/fault_schedule.h"

#include "model/ns3/sim_time.h"
#include "model/world/device_life.h"

#include <algorithm>
#include <stdexcept>
#include <tuple>

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
    struct Edge
    {
        SimTime at;
        std::uint32_t fault;
        bool ends;
    };

    std::vector<Edge> edges;
    for (std::uint32_t i = 0; i < world_.faults.size(); ++i)
    {
        edges.push_back({world_.faults[i].at, i, false});
        edges.push_back({world::end_of(world_, world_.faults[i]), i, true});
    }
    std::ranges::sort(edges, {}, [](const Edge& e) { return std::tuple{e.at, e.fault, e.ends}; });
    for (const Edge& edge : edges)
    {
        ns3::Simulator::Schedule(DelayUntil(edge.at),
                                 edge.ends ? &FaultSchedule::End : &FaultSchedule::Begin,
                                 this,
                                 edge.fault);
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
    }
}

} // namespace sipsim::ns3carrier
