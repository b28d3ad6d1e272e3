// What a SIP message costs on the packet carrier at 100, 1 000 and 10 000 hosts over three hops (access
// link, one link of the map, access link), and how much of it is ns-3's; codec and core are in
// sip_bench.cc. Beside it the same datagrams on ns-3 as it comes: a node per host, point-to-point
// links, InternetStackHelper.
//
// Time is the processor time of Simulator::Run() after a warm-up; building the network is told apart
// (`setup_s`, `KiB/host`). `vs_100` is the cost per message over that of 100 hosts, `vs_stock` the cost
// per datagram over that of the stock network, `ns3_share` that of the same number of bare datagrams
// over the cost with SIP.

#include "tests/bench/packet_bench.h"

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

#include <chrono>
#include <ctime>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace
{

using namespace sipsim;
using namespace sipsim::ns3carrier;
using namespace sipsim::bench;
using namespace std::chrono_literals;

constexpr double kMessages = 60'000;   // per measurement
constexpr std::uint32_t kOctets = 500; // of a datagram without SIP in it

const std::string&
machine()
{
    static const std::string name = [] {
        std::ifstream info{"/proc/cpuinfo"};
        for (std::string line; std::getline(info, line);)
        {
            if (line.starts_with("model name"))
            {
                return line.substr(line.find(':') + 2);
            }
        }
        return std::string{"unknown"};
    }();
    return name;
}

[[maybe_unused]] const bool kNamed = [] {
    benchmark::AddCustomContext("machine", machine());
    return true;
}();

/// Cost per message of earlier benchmarks of this process, by family and hosts.
std::map<std::pair<std::string, std::int64_t>, double>&
costs()
{
    static std::map<std::pair<std::string, std::int64_t>, double> table;
    return table;
}

void
report(benchmark::State& state, const std::string& family, double messages, double seconds)
{
    const std::int64_t hosts = state.range(0);
    const double cost = seconds / messages;
    costs()[{family, hosts}] = cost;
    state.counters["messages/s"] = messages / seconds;
    state.counters["us/message"] = cost * 1e6;
    if (const auto base = costs().find({family, 100}); base != costs().end() && hosts != 100)
    {
        state.counters["vs_100"] = cost / base->second;
    }
    if (const auto bare = costs().find({"network", hosts});
        bare != costs().end() && family == "sip")
    {
        state.counters["ns3_share"] = bare->second / cost;
    }
    if (const auto stock = costs().find({"stock", hosts});
        stock != costs().end() && family != "stock")
    {
        state.counters["vs_stock"] = cost / stock->second;
    }
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
        report(state, "sip", messages, seconds);
    }
}

// --- the same network without SIP: what is ns-3's

/// Every host sends a datagram to a server once in a while, the server sends one back.
class Echo
{
  public:
    void Serve(const ns3::Ptr<ns3::Node>& node)
    {
        const auto socket = Open(node, 7);
        socket->SetRecvCallback(ns3::MakeCallback(&Echo::Answer, this));
    }

    void Ask(const ns3::Ptr<ns3::Node>& node, ns3::Ipv4Address server, SimDuration first)
    {
        const auto socket = Open(node, 9);
        socket->SetRecvCallback(ns3::MakeCallback(&Echo::Swallow, this));
        ns3::Simulator::Schedule(ToNs3(first), &Echo::Send, this, socket, server);
    }

    [[nodiscard]] double Datagrams() const
    {
        return datagrams_;
    }

  private:
    static ns3::Ptr<ns3::Socket> Open(const ns3::Ptr<ns3::Node>& node, std::uint16_t port)
    {
        const auto socket = ns3::Socket::CreateSocket(node, ns3::UdpSocketFactory::GetTypeId());
        socket->Bind(ns3::InetSocketAddress(ns3::Ipv4Address::GetAny(), port));
        return socket;
    }

    void Send(ns3::Ptr<ns3::Socket> socket, ns3::Ipv4Address server)
    {
        ++datagrams_;
        socket->SendTo(ns3::Create<ns3::Packet>(kOctets), 0, ns3::InetSocketAddress(server, 7));
        ns3::Simulator::Schedule(ns3::Seconds(kPeriodS), &Echo::Send, this, socket, server);
    }

    void Answer(ns3::Ptr<ns3::Socket> socket)
    {
        ns3::Address from;
        while (socket->RecvFrom(from))
        {
            ++datagrams_;
            socket->SendTo(ns3::Create<ns3::Packet>(kOctets), 0, from);
        }
    }

    void Swallow(ns3::Ptr<ns3::Socket> socket)
    {
        ns3::Address from;
        while (socket->RecvFrom(from))
        {
        }
    }

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
        const PacketSimulation simulation{false};
        PacketWorldHelper helper{world, layout, nobody};
        helper.Install();
        Echo echo;
        echo.Serve(helper.GetRegistrar(0)->GetNode());
        for (std::uint32_t i = 0; i < hosts; ++i)
        {
            // A device sends when it has power: after its boot.
            echo.Ask(helper.GetUserAgent(i)->GetNode(),
                     ToNs3(layout.registrar_address(0).host),
                     std::chrono::seconds{kPeriodS} + 1s + place_in_period(i, hosts));
        }
        const auto sent = [&] { return echo.Datagrams(); };
        (void)run_for(2 * std::chrono::seconds{kPeriodS} + 1s, sent);
        const auto [seconds, messages] = run_for(2 * time_for(kMessages, hosts), sent);
        state.SetIterationTime(seconds);
        report(state, "network", messages, seconds);
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
        const PacketSimulation simulation{false};
        ns3::NodeContainer hosts{count};
        ns3::NodeContainer core{3};
        const ns3::Ipv4Address server = install_stock(hosts, core);
        Echo echo;
        echo.Serve(core.Get(2));
        for (std::uint32_t i = 0; i < count; ++i)
        {
            echo.Ask(hosts.Get(i), server, place_in_period(i, count));
        }
        const auto sent = [&] { return echo.Datagrams(); };
        const double share = count >= 1000 ? 0.1 : 1.0; // it is slow
        (void)run_for(scaled(std::chrono::seconds{kPeriodS}, share), sent);
        const auto [seconds, messages] =
            run_for(2 * scaled(time_for(kMessages, count), share), sent);
        state.SetIterationTime(seconds);
        report(state, "stock", messages, seconds);
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

} // namespace
