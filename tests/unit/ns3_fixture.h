#pragma once

#include "model/ns3/host_stack.h"
#include "model/ns3/packet_carrier.h"
#include "model/ns3/packet_world_helper.h"
#include "model/ns3/sim_time.h"

#include "ns3/inet-socket-address.h"
#include "ns3/socket.h"

#include <algorithm>
#include <string>
#include <vector>

namespace sipsim::ns3carrier::testing
{

using namespace std::chrono_literals;

/// Every fact of a run, as one line of text each, and some of them as they are.
class Recorder final : public world::Observer
{
  public:
    struct Seen
    {
        SimTime at;
        world::AccountIndex ua;
        world::Direction direction;
        sip::Message message;
        std::uint32_t bytes;
        bool again;
    };

    struct Moved
    {
        SimTime at;
        world::AccountIndex ua;
        registration::Transition transition;
    };

    std::vector<std::string> lines;
    std::vector<Seen> messages;
    std::vector<Moved> transitions;
    std::vector<std::pair<SimTime, bool>> arrivals; // REGISTER at a registrar, alive
    std::vector<std::pair<SimTime, world::DropReason>> drops;
    std::vector<std::pair<SimTime, world::CallClass>> calls;
    std::vector<std::pair<SimTime, std::uint16_t>> answers;
    std::vector<std::pair<SimTime, std::size_t>> bindings; // of any AOR: how many
    std::vector<std::pair<SimTime, bool>> power;
    std::vector<sip::Endpoint> addresses;
    std::size_t bindings_lost = 0;

    void on_ua_message(const world::UaMessage& m) override
    {
        messages.push_back({m.at, m.ua, m.direction, m.message, m.bytes, m.again});
        line(m.at,
             "ua " + std::to_string(m.ua) +
                 (m.direction == world::Direction::kSend ? " send " : " recv ") + what(m.message) +
                 " " + std::to_string(m.bytes) + (m.again ? " again" : ""));
    }

    void on_transition(SimTime at,
                       world::AccountIndex ua,
                       const registration::Transition& t) override
    {
        transitions.push_back({at, ua, t});
        line(at,
             "ua " + std::to_string(ua) + " " + std::string{name_of(t.to)} + " " +
                 std::string{name_of(t.reason)});
    }

    void on_register_arrival(SimTime at, std::uint32_t registrar, bool alive) override
    {
        arrivals.emplace_back(at, alive);
        line(at, "arrival " + std::to_string(registrar) + (alive ? " alive" : " dead"));
    }

    void on_register_answered(SimTime at,
                              std::uint32_t registrar,
                              std::uint16_t status,
                              bool repeat) override
    {
        answers.emplace_back(at, status);
        line(at,
             "answered " + std::to_string(registrar) + " " + std::to_string(status) +
                 (repeat ? " repeat" : ""));
    }

    void on_bindings(SimTime at,
                     std::uint32_t aor,
                     const registrar::LocationService::Bindings& b) override
    {
        bindings.emplace_back(at, b.size());
        line(at, "bindings " + std::to_string(aor) + " " + std::to_string(b.size()));
    }

    void on_bindings_lost(SimTime at, std::uint32_t registrar) override
    {
        ++bindings_lost;
        line(at, "bindings lost " + std::to_string(registrar));
    }

    void on_device(SimTime at,
                   world::DeviceIndex device,
                   bool powered,
                   sip::Endpoint address) override
    {
        power.emplace_back(at, powered);
        addresses.push_back(address);
        line(at, "device " + std::to_string(device) + (powered ? " on" : " off"));
    }

    void on_fault(SimTime at, std::uint32_t fault, bool begins) override
    {
        line(at, "fault " + std::to_string(fault) + (begins ? " begins" : " ends"));
    }

    void on_call(SimTime at, std::uint32_t aor, world::CallClass c) override
    {
        calls.emplace_back(at, c);
        line(at, "call " + std::to_string(aor) + " " + std::to_string(static_cast<int>(c)));
    }

    void on_drop(SimTime at, world::DropReason reason) override
    {
        drops.emplace_back(at, reason);
        line(at, "drop " + std::to_string(static_cast<int>(reason)));
    }

    [[nodiscard]] std::vector<Seen> sent(sip::Method method) const
    {
        return pick([&](const Seen& s) {
            return s.direction == world::Direction::kSend && s.message.method == method;
        });
    }

    [[nodiscard]] std::vector<Seen> received(std::uint16_t status) const
    {
        return pick([&](const Seen& s) {
            return s.direction == world::Direction::kReceive && s.message.status == status;
        });
    }

    [[nodiscard]] std::size_t dropped(world::DropReason reason) const
    {
        return static_cast<std::size_t>(
            std::ranges::count_if(drops, [&](const auto& d) { return d.second == reason; }));
    }

    [[nodiscard]] std::size_t reached(registration::State state) const
    {
        return static_cast<std::size_t>(std::ranges::count_if(transitions, [&](const Moved& m) {
            return m.transition.to == state;
        }));
    }

  private:
    template <class Want>
    std::vector<Seen> pick(const Want& want) const
    {
        std::vector<Seen> picked;
        std::ranges::copy_if(messages, std::back_inserter(picked), want);
        return picked;
    }

    void line(SimTime at, const std::string& text)
    {
        lines.push_back(std::to_string(at.time_since_epoch().count()) + " " + text);
    }
};

/// A - B - C in a line, the registrar at C, one fleet at A; no challenge, no jitter; everything boots
/// at 0 and registers at once.
inline world::World
line_world(std::uint32_t devices = 1)
{
    world::World world;
    world.seed = 1;
    world.duration = 100s;
    world.topology = network::Topology{
        {{.id = "a", .name = "A"}, {.id = "b", .name = "B"}, {.id = "c", .name = "C"}},
        {{.a = 0, .b = 1, .propagation = 3ms, .bandwidth_bps = 10'000'000},
         {.a = 1, .b = 2, .propagation = 4ms, .bandwidth_bps = 20'000'000}}};
    world::RegistrarSpec registrar;
    registrar.name = "reg1";
    registrar.at = 2;
    registrar.options.challenge = registrar::ChallengeWhen::kNever;
    registrar.access = {.propagation = 1ms, .bandwidth_bps = 100'000'000};
    world.registrars.push_back(registrar);
    world::FleetSpec fleet;
    fleet.name = "phones";
    fleet.count = devices;
    fleet.at = {0};
    fleet.start.kind = world::Start::Kind::kAtOnce;
    fleet.access = {.propagation = 5ms, .bandwidth_bps = 2'000'000};
    world.fleets.push_back(fleet);
    return world;
}

inline Recorder
run(const world::World& world, const PacketRunOptions& options = {})
{
    Recorder recorder;
    const world::Layout layout{world};
    (void)run_on_packets(world, layout, recorder, options);
    return recorder;
}

/// A run in which the test has a hand: `act` is called with the helper before the simulation starts.
template <class Act>
Recorder
run_with(const world::World& world, const Act& act)
{
    Recorder recorder;
    const world::Layout layout{world};
    const PacketSimulation simulation{false};
    PacketWorldHelper helper{world, layout, recorder};
    helper.Install();
    act(helper);
    ns3::Simulator::Stop(ToNs3(world.duration));
    ns3::Simulator::Run();
    helper.Finish();
    return recorder;
}

inline world::FaultSpec
device_fault(world::FaultKind kind, SimDuration at, SimDuration length)
{
    world::FaultSpec fault;
    fault.kind = kind;
    fault.at = SimTime{at};
    fault.length = length;
    return fault;
}

} // namespace sipsim::ns3carrier::testing
