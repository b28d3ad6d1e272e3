#include "model/ns3/packet_world_helper.h"

#include "model/ns3/host_stack.h"
#include "model/ns3/stun_app.h"

#include "ns3/boolean.h"
#include "ns3/global-value.h"
#include "ns3/object-factory.h"
#include "ns3/simulator.h"

namespace sipsim::ns3carrier
{

PacketSimulation::PacketSimulation(bool checksums)
{
    ns3::Simulator::Destroy(); // what another user of the process may have left
    ns3::ObjectFactory scheduler;
    // Not HeapScheduler, whose Remove breaks its order, nor MapScheduler, which is slower here.
    scheduler.SetTypeId("ns3::PriorityQueueScheduler");
    ns3::Simulator::SetScheduler(scheduler);
    ns3::GlobalValue::Bind("ChecksumEnabled", ns3::BooleanValue(checksums));
}

PacketSimulation::~PacketSimulation()
{
    ns3::Simulator::Destroy();
    ns3::GlobalValue::Bind("ChecksumEnabled", ns3::BooleanValue(false));
}

PacketWorldHelper::PacketWorldHelper(const world::World& world,
                                     const world::Layout& layout,
                                     world::Observer& observer)
    : world_(world),
      layout_(layout),
      state_(world, layout),
      numbering_(layout),
      table_(layout, world.topology),
      facts_(observer, world, layout, terrain_),
      faults_(world, layout, targets_, state_, facts_),
      terrain_(world, layout, targets_, faults_, table_, state_.locations),
      calls_(world, layout, targets_, terrain_, state_.nats, facts_),
      pings_(state_, targets_, terrain_, facts_)
{
}

PacketWorldHelper::~PacketWorldHelper() = default;

void
PacketWorldHelper::Install()
{
    faults_.Schedule(); // first: at an instant, faults come before all else
    const auto nodes = static_cast<network::NodeIndex>(world_.topology.nodes().size());
    for (network::NodeIndex node = 0; node < nodes; ++node)
    {
        InstallPop(node);
    }
    for (network::LinkIndex link = 0; link < world_.topology.links().size(); ++link)
    {
        InstallLink(link);
    }
    targets_.links = table_.devices;
    for (std::uint32_t registrar = 0; registrar < world_.registrars.size(); ++registrar)
    {
        InstallRegistrar(registrar);
    }
    for (std::uint32_t proxy = 0; proxy < world_.proxies.size(); ++proxy)
    {
        InstallProxy(proxy);
    }
    for (std::uint32_t server = 0; server < world_.stuns.size(); ++server)
    {
        InstallStun(server);
    }
    for (std::uint32_t number = 0; number < world_.dns.size(); ++number)
    {
        InstallDns(number);
    }
    for (world::DeviceIndex device = 0; device < layout_.devices(); ++device)
    {
        InstallDevice(device);
    }
    pings_.Schedule();
    calls_.Schedule();
}

void
PacketWorldHelper::InstallWithTap(int descriptor, const TapPlace& place)
{
    descriptor_ = descriptor;
    tap_place_ = place;
    Install();
}

void
PacketWorldHelper::InstallPop(network::NodeIndex node)
{
    Pop pop{.router_node = ns3::CreateObject<ns3::Node>(),
            .router = ns3::CreateObject<PopRouter>(),
            .access = ns3::CreateObject<AccessChannel>()};
    const auto port = ns3::CreateObject<AccessPort>();
    pop.router_node->AddDevice(port);
    pop.router_node->AggregateObject(pop.router);
    pop.access->SetPort(port);
    port->Attach(pop.router, pop.access, state_.nats, layout_);
    pop.router->Attach(node, table_, port);
    facts_.Connect(pop.router);
    facts_.Connect(ns3::Ptr<PopNetDevice>{port});
    pops_.push_back(pop);
}

void
PacketWorldHelper::InstallLink(network::LinkIndex link)
{
    const auto& spec = world_.topology.links()[link];
    const auto end = [&](network::NodeIndex node, network::DirectedLink name) {
        const auto device = ns3::CreateObject<LinkNetDevice>();
        pops_[node].router_node->AddDevice(device);
        device->Attach(network::spec_of(spec), name, world_.seed, pops_[node].router);
        facts_.Connect(ns3::Ptr<PopNetDevice>{device});
        table_.devices.push_back(device);
        return device;
    };
    // In this order: the table is by directed link.
    const auto a = end(spec.a, network::a_to_b(link));
    const auto b = end(spec.b, network::b_to_a(link));
    ns3::CreateObject<LinkChannel>()->Join(a, b);
}

ns3::Ptr<AccessNetDevice>
PacketWorldHelper::InstallHostLink(network::NodeIndex at,
                                   sip::Host address,
                                   const AccessNetDevice::Link& link)
{
    const auto node = ns3::CreateObject<ns3::Node>();
    const auto device = ns3::CreateObject<AccessNetDevice>();
    node->AddDevice(device);
    device->Attach(link, pops_[at].access);
    pops_[at].access->Place(device, layout_.host_number(address));
    return device;
}

void
PacketWorldHelper::InstallStack(const ns3::Ptr<AccessNetDevice>& link,
                                network::NodeIndex at,
                                sip::Host local)
{
    InstallHostStack(link->GetNode(),
                     link,
                     {.local = local,
                      .prefix_length = layout_.prefix_length(),
                      .gateway = layout_.router_address(at)});
}

void
PacketWorldHelper::InstallTap(const ns3::Ptr<AccessNetDevice>& link)
{
    tap_ = ns3::CreateObject<TapGate>();
    tap_->Attach(descriptor_, link);
    tap_link_ = link;
}

ns3::Ptr<AccessNetDevice>
PacketWorldHelper::InstallServerLink(world::ServerIndex server)
{
    using network::AccessDirection;
    return InstallHostLink(world::server_node(world_, server),
                           layout_.server_address(server).host,
                           {.spec = &world::server_access(world_, server),
                            .up = network::server_access(server, AccessDirection::kUp),
                            .down = network::server_access(server, AccessDirection::kDown),
                            .owner = {.device = kServerDevice + server},
                            .numbering = &numbering_});
}

void
PacketWorldHelper::InstallServer(const ns3::Ptr<AccessNetDevice>& link,
                                 world::ServerIndex server,
                                 const ns3::Ptr<ServerApp>& app)
{
    InstallStack(link, world::server_node(world_, server), layout_.server_address(server).host);
    link->GetNode()->AddApplication(app);
    facts_.ConnectServerLink(link);
    targets_.servers.push_back(app);
}

void
PacketWorldHelper::InstallRegistrar(std::uint32_t registrar)
{
    const auto link = InstallServerLink(registrar);
    if (tap_place_.registrar == registrar)
    {
        InstallTap(link);
        facts_.Connect(ns3::Ptr<PopNetDevice>{link});
        targets_.registrars.push_back(nullptr);
        targets_.servers.push_back(nullptr);
        return;
    }
    const auto app = ns3::CreateObject<RegistrarApp>();
    app->Configure(state_, registrar, link);
    InstallServer(link, registrar, app);
    facts_.Connect(app);
    targets_.registrars.push_back(app);
}

void
PacketWorldHelper::InstallProxy(std::uint32_t proxy)
{
    const auto server = world::server_index(world_, {world::ServerKind::kProxy, proxy});
    const auto link = InstallServerLink(server);
    const auto app = ns3::CreateObject<ProxyApp>();
    app->Configure(state_, proxy, link);
    InstallServer(link, server, app);
    facts_.Connect(app);
    targets_.proxies.push_back(app);
}

void
PacketWorldHelper::InstallStun(std::uint32_t number)
{
    const auto server = world::server_index(world_, {world::ServerKind::kStun, number});
    const auto link = InstallServerLink(server);
    const auto app = ns3::CreateObject<StunApp>();
    app->Configure(state_, number, link);
    InstallServer(link, server, app);
    const sip::Host second = layout_.stun_address(number, true).host;
    AddHostAddress(link->GetNode(), second, layout_.prefix_length());
    pops_[world::server_node(world_, server)].access->Place(link, layout_.host_number(second));
    facts_.Connect(app);
}

void
PacketWorldHelper::InstallDns(std::uint32_t number)
{
    const auto server = world::server_index(world_, {world::ServerKind::kDns, number});
    const auto link = InstallServerLink(server);
    if (tap_place_.dns == number)
    {
        InstallTap(link);
        facts_.Connect(ns3::Ptr<PopNetDevice>{link});
        targets_.name_servers.push_back(nullptr);
        targets_.servers.push_back(nullptr);
        return;
    }
    const auto app = ns3::CreateObject<DnsApp>();
    app->Configure(state_, number, link);
    InstallServer(link, server, app);
    facts_.Connect(app);
    targets_.name_servers.push_back(app);
}

void
PacketWorldHelper::InstallDevice(world::DeviceIndex device)
{
    using network::AccessDirection;
    const auto& fleet = world_.fleets[layout_.fleet_of_device(device)];
    const auto link = InstallHostLink(layout_.node_of(device),
                                      layout_.address(device).host,
                                      {.spec = &fleet.access,
                                       .up = network::device_access(AccessDirection::kUp),
                                       .down = network::device_access(AccessDirection::kDown),
                                       .owner = {.device = device},
                                       .numbering = &numbering_,
                                       .nats = &state_.nats,
                                       .world = &world_,
                                       .layout = &layout_});
    if (tap_place_.device == device)
    {
        InstallTap(link);
        facts_.Connect(ns3::Ptr<PopNetDevice>{link});
        targets_.devices.push_back(nullptr);
        return;
    }
    InstallStack(link, layout_.node_of(device), state_.nats.plan().inside(device, 0).host);
    const auto app = ns3::CreateObject<UserAgentApp>();
    app->Configure(state_, device, link);
    link->GetNode()->AddApplication(app);
    facts_.Connect(app);
    facts_.Connect(ns3::Ptr<PopNetDevice>{link});
    targets_.devices.push_back(app);
}

void
PacketWorldHelper::EnablePcap(const std::filesystem::path& path,
                              std::optional<world::AccountIndex> account)
{
    capture_ = std::make_unique<PcapCapture>(path);
    if (account)
    {
        capture_->Connect(targets_.devices[layout_.device_of(*account)]->GetLink());
        return;
    }
    for (const auto& registrar : targets_.registrars)
    {
        capture_->Connect(registrar->GetLink());
    }
}

void
PacketWorldHelper::EnableTapPcap(const std::filesystem::path& path)
{
    capture_ = std::make_unique<PcapCapture>(path);
    capture_->Connect(tap_link_);
}

void
PacketWorldHelper::Finish()
{
    facts_.Rethrow();
    if (capture_)
    {
        capture_->Close();
    }
}

} // namespace sipsim::ns3carrier
