// `sipsim live FILE`: the packet carrier in real time. One host of the file's world is the real network:
// a tun interface in a network namespace, whose only address is that host's ([live], config_live.h).
//   fleet, device: one more endpoint at a node of the map, behind the NAT its fleet has, in its device's
//                  place; real clients there talk to simulated servers;
//   registrar:     a registrar's host; a real server there answers the simulated fleets;
//   dns:           a name server's host; a real one there answers simulated devices and resolvers.
// What runs in the namespace needs nothing of ours: `ip netns exec NAME PROGRAM`.

#include "scenarios/runner/live_interface.h"
#include "scenarios/runner/live_log.h"
#include "scenarios/runner/verbs.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <span>

namespace sipsim::runner
{

namespace
{

/// Where the real network stands, and what it can reach.
class Scene
{
  public:
    Scene(const world::World& world, const world::Layout& layout, const LiveSpec& spec)
        : world_(world),
          layout_(layout),
          spec_(spec)
    {
        if (spec.registrar)
        {
            place_.registrar = spec.registrar;
            inside_ = layout.registrar_address(*spec.registrar).host;
            outside_ = inside_;
            who_ = "registrar " + world.registrars[*spec.registrar].name;
            return;
        }
        if (spec.dns)
        {
            place_.dns = spec.dns;
            inside_ = layout
                          .server_address(
                              world::server_index(world, {world::ServerKind::kDns, *spec.dns}))
                          .host;
            outside_ = inside_;
            who_ = "dns " + world.dns[*spec.dns].name;
            return;
        }
        const world::DeviceIndex device = layout.first_device(*spec.fleet) + spec.device;
        const world::NatPlan nats(world, layout);
        place_.device = device;
        inside_ = nats.inside(device, 0).host;
        outside_ = nats.outside(device, 0).host;
        who_ = fmt::format("device {} of {}", spec.device, world.fleets[*spec.fleet].name);
        if (const auto& box = world.fleets[*spec.fleet].nat_box)
        {
            who_ += " behind " + world.nats[*box].name;
        }
    }

    [[nodiscard]] const ns3carrier::TapPlace& place() const
    {
        return place_;
    }

    [[nodiscard]] std::string address() const
    {
        return names_.text(inside_);
    }

    void print(bool json) const
    {
        json ? print_json() : print_text();
    }

  private:
    [[nodiscard]] std::string text(sip::Endpoint at) const
    {
        return fmt::format("{}:{}", names_.text(at.host), at.port);
    }

    void print_text() const
    {
        fmt::print("interface {} in network namespace {}: address {}, default route\n",
                   LiveInterface::kName,
                   spec_.network_namespace,
                   address());
        fmt::print("it is {}, {} to the others\n", who_, names_.text(outside_));
        for (std::uint32_t i = 0; i < world_.registrars.size(); ++i)
        {
            if (place_.registrar != i)
            {
                fmt::print("  registrar {} at {}\n",
                           world_.registrars[i].name,
                           text(layout_.registrar_address(i)));
            }
        }
        for (std::uint32_t i = 0; i < world_.proxies.size(); ++i)
        {
            fmt::print("  proxy {} at {}\n",
                       world_.proxies[i].name,
                       place_of(world::ServerKind::kProxy, i));
        }
        for (std::uint32_t i = 0; i < world_.stuns.size(); ++i)
        {
            fmt::print("  stun {} at {} and {}\n",
                       world_.stuns[i].name,
                       text(layout_.stun_address(i, false)),
                       text(layout_.stun_address(i, true)));
        }
        for (std::uint32_t i = 0; i < world_.dns.size(); ++i)
        {
            if (place_.dns != i)
            {
                fmt::print("  dns {} at {}\n",
                           world_.dns[i].name,
                           place_of(world::ServerKind::kDns, i));
            }
        }
        fmt::print("ip netns exec {} PROGRAM   runs a program there; Ctrl-C ends\n",
                   spec_.network_namespace);
    }

    [[nodiscard]] std::string place_of(world::ServerKind kind, std::uint32_t number) const
    {
        return text(layout_.server_address(world::server_index(world_, {kind, number})));
    }

    void print_json() const
    {
        nlohmann::ordered_json registrars = nlohmann::ordered_json::object();
        for (std::uint32_t i = 0; i < world_.registrars.size(); ++i)
        {
            registrars[world_.registrars[i].name] = text(layout_.registrar_address(i));
        }
        nlohmann::ordered_json proxies = nlohmann::ordered_json::object();
        for (std::uint32_t i = 0; i < world_.proxies.size(); ++i)
        {
            proxies[world_.proxies[i].name] = place_of(world::ServerKind::kProxy, i);
        }
        nlohmann::ordered_json stuns = nlohmann::ordered_json::object();
        for (std::uint32_t i = 0; i < world_.stuns.size(); ++i)
        {
            stuns[world_.stuns[i].name] = {text(layout_.stun_address(i, false)),
                                           text(layout_.stun_address(i, true))};
        }
        nlohmann::ordered_json dns = nlohmann::ordered_json::object();
        for (std::uint32_t i = 0; i < world_.dns.size(); ++i)
        {
            dns[world_.dns[i].name] = place_of(world::ServerKind::kDns, i);
        }
        const nlohmann::ordered_json line{{"what", "ready"},
                                          {"namespace", spec_.network_namespace},
                                          {"interface", LiveInterface::kName},
                                          {"address", address()},
                                          {"outside", names_.text(outside_)},
                                          {"who", who_},
                                          {"registrars", registrars},
                                          {"proxies", proxies},
                                          {"stun", stuns},
                                          {"dns", dns}};
        fmt::print("{}\n", line.dump());
    }

    const world::World& world_;
    const world::Layout& layout_;
    const LiveSpec& spec_;
    sip::Names names_;
    ns3carrier::TapPlace place_;
    sip::Host inside_{};
    sip::Host outside_{};
    std::string who_;
};

/// Why this point of the file cannot run live; empty: it can.
std::string
obstacle(const Experiment& experiment, const world::World& world)
{
    if (!experiment.live)
    {
        return "there is no [live] section: it says which host is real (fleet, registrar or dns)";
    }
    if (experiment.carrier != Carrier::kPacket)
    {
        return "live needs packets: carrier = \"packet\"";
    }
    if (std::ranges::any_of(world.fleets,
                            [](const auto& fleet) { return fleet.call_gap.has_value(); }))
    {
        return "with [live] no calls are offered: leave out calls";
    }
    if (experiment.live->fleet &&
        experiment.live->device >= world.fleets[*experiment.live->fleet].count)
    {
        return "[live] device: the fleet has fewer devices";
    }
    return {};
}

} // namespace

int
live(const LiveArgs& args, const std::atomic<int>& interrupts)
{
    const auto experiment = load_or_explain(args.experiment);
    if (!experiment)
    {
        return kUsage;
    }
    const world::World world =
        experiment->world(experiment->points.front(), experiment->replication_seed(0));
    if (const std::string why = obstacle(*experiment, world); !why.empty())
    {
        fmt::print(stderr, "{}: error: {}\n", args.experiment.file.string(), why);
        return kUsage;
    }
    if (!fits_or_explain(*experiment, [](const Point& p) { return p.index == 0; }))
    {
        return kUsage;
    }
    std::setvbuf(stdout, nullptr, _IOLBF, 0); // a reader sees each line when it happens
    const world::Layout layout(world);
    const Scene scene(world, layout, *experiment->live);
    const LiveInterface interface(experiment->live->network_namespace, scene.address());
    LiveLog log(stdout, world, layout, args.json);
    const auto cost = ns3carrier::run_live(world,
                                           layout,
                                           log,
                                           {.descriptor = interface.descriptor(),
                                            .place = scene.place(),
                                            .pcap = args.pcap,
                                            .ready = [&] { scene.print(args.json); },
                                            .stop = [&] { return interrupts > 0; }});
    log.finish(cost);
    if (cost.interface_lost)
    {
        throw LiveError(std::string{"the interface "} + LiveInterface::kName + " is gone");
    }
    return cost.stopped_early ? kInterrupted : kOk;
}

} // namespace sipsim::runner
