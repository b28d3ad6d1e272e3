// What a SIP message costs over three hops (access link, one link of the map, access link) when every
// host registers once a minute and is challenged each time: on the packet carrier, on the fleet carrier,
// and on ns-3 as it comes (a node per host, point-to-point links, InternetStackHelper), where datagrams
// of the same sizes go the same way and nobody reads them. Codec and core are in sip_bench.cc.
//
// Time is the processor time of Simulator::Run() after a warm-up; building the network is told apart
// (`setup_s`, `KiB/host`). On the fleet carrier, where that is next to nothing, it is the whole run.
// Families of benchmarks stand side by side, and their ratios, in the table of tests/bench/run.

#include "tests/bench/packet_bench.h"

#include "model/fleet/fleet_carrier.h"
#include "model/ns3/host_stack.h"
#include "model/ns3/packet_world_helper.h"
#include "model/ns3/sim_time.h"

#include "ns3/inet-socket-address.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/ipv4-static-routing-helper.h"
#include "ns3/node-container.h"
#include "ns3/point-to-point-helper.h"
#include "ns3/socket.h"
#include "ns3/string.h"
#include "ns3/udp-socket-factory.h"

#include <benchmark/benchmark.h>
#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

namespace
{

using namespace sipsim;
using namespace sipsim::ns3carrier;
using namespace sipsim::bench;
using namespace std::chrono_literals;

constexpr double kMessages = 60'000; // per measurement
constexpr double kFleetMessages = 2e6;

void
report(benchmark::State& state, double messages, double seconds)
{
    state.counters["messages/s"] = messages / seconds;
    state.counters["us/message"] = 1e6 * seconds / messages;
}

/// Processor time of this process, which has one thread: other work on the machine does not count.
double
cpu_seconds()
{
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// Memory allocated by this process, KiB.
double
allocated_kib()
{
    const struct mallinfo2 now = mallinfo2();
    return static_cast<double>(now.uordblks + now.hblkhd) / 1024;
}

template <class Work>
double
seconds_of(const Work& work)
{
    const double start = cpu_seconds();
    work();
    return cpu_seconds() - start;
}

/// Real time of `simulated`, and how many messages were sent in it.
std::pair<double, double>
run_for(SimDuration simulated, const std::function<double()>& messages)
{
    const double before = messages();
    ns3::Simulator::Stop(ToNs3(simulated));
    const double seconds = seconds_of([] { ns3::Simulator::Run(); });
    return {seconds, messages() - before};
}

SimDuration
time_for(double messages, std::uint32_t hosts)
{
    return scaled(std::chrono::seconds{kPeriodS}, messages / hosts / kMessagesPerRound);
}

// --- the whole carrier

void
SipOverThreeHops(benchmark::State& state)
{
    const auto hosts = static_cast<std::uint32_t>(state.range(0));
    const auto world = star(hosts);
    const world::Layout layout{world};
    for (auto _ : state)
    {
        world::Observer nobody;
        const PacketSimulation simulation{false};
        PacketWorldHelper helper{world, layout, nobody};
        const double before = allocated_kib();
        state.counters["setup_s"] = seconds_of([&] { helper.Install(); });
        state.counters["KiB/host"] = (allocated_kib() - before) / hosts;
        const auto sent = [&] { return static_cast<double>(helper.GetState().sip_messages_sent); };
        (void)run_for(std::chrono::seconds{kPeriodS} + 1s, sent);
        const auto [seconds, messages] = run_for(time_for(kMessages, hosts), sent);
        state.SetIterationTime(seconds);
        report(state, messages, seconds);
    }
}

// --- the same network without SIP: what is ns-3's

/// Octets of REGISTER, 401, REGISTER with credentials and 200, as both carriers send them.
class Sizes final : public world::Observer
{
  public:
    void on_ua_message(const world::UaMessage& fact) override
    {
        octets.push_back(fact.bytes);
    }

    std::vector<std::uint32_t> octets;
};

const std::vector<std::uint32_t>&
message_sizes()
{
    static const std::vector<std::uint32_t> octets = [] {
        auto world = star(1);
        world.duration = std::chrono::seconds{kPeriodS} + 1s;
        Sizes sizes;
        (void)fleet::run_on_fleet(world, world::Layout{world}, sizes);
        sizes.octets.resize(static_cast<std::size_t>(kMessagesPerRound));
        return sizes.octets;
    }();
    return octets;
}

/// What every host and the server send each other in place of a registration: four datagrams of its
/// messages' sizes, which tell the receiver what to send next.
class Exchange
{
  public:
    Exchange()
        : sizes_(message_sizes())
    {
    }

    void Serve(const ns3::Ptr<ns3::Node>& node)
    {
        Open(node, kServerPort);
    }

    void Ask(const ns3::Ptr<ns3::Node>& node, ns3::Ipv4Address server, SimDuration first)
    {
        const auto socket = Open(node, kHostPort);
        ns3::Simulator::Schedule(ToNs3(first), &Exchange::Begin, this, socket, server);
    }

    [[nodiscard]] double Datagrams() const
    {
        return datagrams_;
    }

  private:
    static constexpr std::uint16_t kServerPort = 7; // 5060 is taken by the carrier's own sockets
    static constexpr std::uint16_t kHostPort = 9;

    ns3::Ptr<ns3::Socket> Open(const ns3::Ptr<ns3::Node>& node, std::uint16_t port)
    {
        const auto socket = ns3::Socket::CreateSocket(node, ns3::UdpSocketFactory::GetTypeId());
        socket->Bind(ns3::InetSocketAddress(ns3::Ipv4Address::GetAny(), port));
        socket->SetRecvCallback(ns3::MakeCallback(&Exchange::Answer, this));
        return socket;
    }

    void Begin(ns3::Ptr<ns3::Socket> socket, ns3::Ipv4Address server)
    {
        Send(socket, 0, ns3::InetSocketAddress(server, kServerPort));
        ns3::Simulator::Schedule(ns3::Seconds(kPeriodS), &Exchange::Begin, this, socket, server);
    }

    void Answer(ns3::Ptr<ns3::Socket> socket)
    {
        ns3::Address from;
        while (const auto packet = socket->RecvFrom(from))
        {
            const auto it = std::ranges::find(sizes_, packet->GetSize());
            const auto next = static_cast<std::size_t>(it - sizes_.begin()) + 1;
            if (next < sizes_.size())
            {
                Send(socket, next, from);
            }
        }
    }

    void Send(const ns3::Ptr<ns3::Socket>& socket, std::size_t which, const ns3::Address& to)
    {
        ++datagrams_;
        socket->SendTo(ns3::Create<ns3::Packet>(sizes_[which]), 0, to);
    }

    const std::vector<std::uint32_t>& sizes_;
    double datagrams_ = 0;
};

SimDuration
place_in_period(std::uint32_t host, std::uint32_t hosts)
{
    return scaled(std::chrono::seconds{kPeriodS}, static_cast<double>(host) / hosts);
}

void
DatagramsOverThreeHops(benchmark::State& state)
{
    const auto hosts = static_cast<std::uint32_t>(state.range(0));
    auto world = star(hosts);
    world.fleets[0].registration.enabled = false;
    const world::Layout layout{world};
    for (auto _ : state)
    {
        world::Observer nobody;
        Exchange exchange; // runs a simulation for its sizes: not within another
        const PacketSimulation simulation{false};
        PacketWorldHelper helper{world, layout, nobody};
        helper.Install();
        exchange.Serve(helper.GetRegistrar(0)->GetNode());
        for (std::uint32_t i = 0; i < hosts; ++i)
        {
            // A device sends when it has power: after its boot.
            exchange.Ask(helper.GetUserAgent(i)->GetNode(),
                         ToNs3(layout.registrar_address(0).host),
                         std::chrono::seconds{kPeriodS} + 1s + place_in_period(i, hosts));
        }
        const auto sent = [&] { return exchange.Datagrams(); };
        (void)run_for(2 * std::chrono::seconds{kPeriodS} + 1s, sent);
        const auto [seconds, messages] = run_for(time_for(kMessages, hosts), sent);
        state.SetIterationTime(seconds);
        report(state, messages, seconds);
    }
}

// --- ns-3 as it comes

/// Hosts - hub - router - server, all by point-to-point links of 10 Gbit/s, static routes.
ns3::Ipv4Address
install_stock(const ns3::NodeContainer& hosts, const ns3::NodeContainer& core)
{
    ns3::InternetStackHelper internet;
    internet.SetIpv6StackInstall(false);
    internet.Install(hosts);
    internet.Install(core);
    ns3::PointToPointHelper link;
    link.SetDeviceAttribute("DataRate", ns3::StringValue("10Gbps"));
    link.SetChannelAttribute("Delay", ns3::StringValue("2ms"));
    ns3::Ipv4AddressHelper addresses;
    ns3::Ipv4StaticRoutingHelper routing;
    const auto route_of = [&](const ns3::Ptr<ns3::Node>& node) {
        return routing.GetStaticRouting(node->GetObject<ns3::Ipv4>());
    };
    addresses.SetBase("192.168.0.0", "255.255.255.252");
    const auto trunk = addresses.Assign(link.Install(core.Get(0), core.Get(1)));
    addresses.NewNetwork();
    const auto last = addresses.Assign(link.Install(core.Get(1), core.Get(2)));
    route_of(core.Get(0))->SetDefaultRoute(trunk.GetAddress(1), 1);
    route_of(core.Get(2))->SetDefaultRoute(last.GetAddress(0), 1);
    route_of(core.Get(1))->AddNetworkRouteTo("10.0.0.0", "255.0.0.0", trunk.GetAddress(0), 1);
    addresses.SetBase("10.0.0.0", "255.255.255.252");
    for (std::uint32_t i = 0; i < hosts.GetN(); ++i)
    {
        const auto access = addresses.Assign(link.Install(hosts.Get(i), core.Get(0)));
        addresses.NewNetwork();
        route_of(hosts.Get(i))->SetDefaultRoute(access.GetAddress(1), 1);
    }
    return last.GetAddress(1);
}

void
StockNs3OverThreeHops(benchmark::State& state)
{
    const auto count = static_cast<std::uint32_t>(state.range(0));
    for (auto _ : state)
    {
        Exchange exchange;
        const PacketSimulation simulation{false};
        ns3::NodeContainer hosts{count};
        ns3::NodeContainer core{3};
        const ns3::Ipv4Address server = install_stock(hosts, core);
        exchange.Serve(core.Get(2));
        for (std::uint32_t i = 0; i < count; ++i)
        {
            exchange.Ask(hosts.Get(i), server, place_in_period(i, count));
        }
        const auto sent = [&] { return exchange.Datagrams(); };
        const double share = count >= 1000 ? 0.1 : 1.0; // it is slow
        (void)run_for(scaled(std::chrono::seconds{kPeriodS}, share), sent);
        const auto [seconds, messages] = run_for(scaled(time_for(kMessages, count), share), sent);
        state.SetIterationTime(seconds);
        report(state, messages, seconds);
    }
}

// --- the fleet carrier

void
FleetOverThreeHops(benchmark::State& state)
{
    const auto hosts = static_cast<std::uint32_t>(state.range(0));
    auto world = star(hosts);
    world.duration = time_for(kFleetMessages, hosts);
    const world::Layout layout{world};
    for (auto _ : state)
    {
        world::Observer nobody;
        double messages = 0;
        const double seconds = seconds_of([&] {
            messages = static_cast<double>(fleet::run_on_fleet(world, layout, nobody).sip_messages);
        });
        state.SetIterationTime(seconds);
        report(state, messages, seconds);
    }
}

void
hosts(benchmark::internal::Benchmark* bench)
{
    bench->Arg(100)->Arg(1000)->Arg(10'000)->UseManualTime()->Iterations(1)->Unit(
        benchmark::kMillisecond);
}

BENCHMARK(StockNs3OverThreeHops)
    ->Arg(100)
    ->Arg(1000)
    ->UseManualTime()
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(DatagramsOverThreeHops)->Apply(hosts);
BENCHMARK(SipOverThreeHops)->Apply(hosts);
BENCHMARK(FleetOverThreeHops)->Apply(hosts);

} // namespace
