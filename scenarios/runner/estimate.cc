#include "scenarios/runner/estimate.h"

#include "model/registration/user_agent.h"
#include "model/sip/transaction.h"
#include "model/world/device_life.h"
#include "model/world/layout.h"
#include "model/world/nat_boxes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace sipsim::runner
{

namespace
{

/// What things cost on a carrier.
struct Cost
{
    double run_s;       // building the network and the like
    double message_s;   // of a SIP message
    double keepalive_s; // of one that is sent
    double call_s;
    double process;   // octets without any device
    double node;      // of the map
    double device;    // octets, without its accounts
    double life;      // more, of a device that faults hit
    double account;   // registered, metrics included
    double under_way; // more, while it registers: client and server transactions, datagrams, timers
    double located;   // more, of an account that locates its registrar, ...
    double locating;  // ... while it registers, ...
    double elsewhere; // ... and for each registrar beyond the first
    double server_memory; // of one request in the registrar's transactions
    double waiting;       // of one request in a registrar's queue
};

// Measured on a 2.1 GHz Xeon. Seconds: tests/bench/run, three hops, metrics included. Octets: resident
// memory (`show RESULTS RUN`) of 1, 1 000 and 10 000 devices on packets, 10^5 and 10^6 in the fleet,
// with 1 and 10 accounts, over Abilene; `under_way` with all of them back from a power cut at once, by links
// with jitter and loss (a quarter less without); `locating` with all of them at one name server, in the queue
// of its link.
constexpr Cost kPacket{.run_s = 0.1,
                       .message_s = 20e-6,
                       .keepalive_s = 5.5e-6,
                       .call_s = 0.9e-6,
                       .process = 14e6,
                       .node = 11e3,
                       .device = 10.3e3,
                       .life = 0,
                       .account = 500,
                       .under_way = 1.9e3,
                       .located = 0,
                       .locating = 0,
                       .elsewhere = 0,
                       .server_memory = 300,
                       .waiting = 2e3};
constexpr Cost kFleet{.run_s = 0.02,
                      .message_s = 1e-6,
                      .keepalive_s = 0.4e-6,
                      .call_s = 0.7e-6,
                      .process = 13e6,
                      .node = 15e3, // paths to it
                      .device = 8,
                      .life = sizeof(world::DeviceLife),
                      .account = sizeof(registration::UserAgent) + 50,
                      .under_way = 280,
                      .located = 140,
                      .locating = 1.2e3,
                      .elsewhere = 35,
                      .server_memory = 160,
                      .waiting = 300};

// Of a device, in each NAT on its way: a box, a mapping, the keepalive after the last one told (resident
// memory of 10^6 devices in the fleet behind none, 10^6 homes' boxes, 10^3 carriers': tests/bench/run).
constexpr double kNat = 64;
constexpr double kBlock = sizeof(nat::PortBlocks::Block); // of ports, of a carrier's box

constexpr double kBytesPerBin = 8;
constexpr double kBytesPerRun = 20e3;
constexpr double kSeries = 8;              // kept in 1 s bins while a run goes on
constexpr double kRoundTripSeconds = 0.05; // of a guess that nothing hinders
constexpr double kTransactionSeconds = 32; // 64*T1: an attempt without an answer, Timer J

const Cost&
cost_of(Carrier carrier)
{
    return carrier == Carrier::kFleet ? kFleet : kPacket;
}

double
accounts_of(const world::FleetSpec& fleet)
{
    return static_cast<double>(fleet.count) * fleet.accounts;
}

bool
offloads(const world::World& world, const world::FleetSpec& fleet)
{
    return fleet.proxy && world.proxies[*fleet.proxy].options.offload;
}

double
refresh_period(const world::World& world, const world::FleetSpec& fleet)
{
    const auto granted =
        world::granted_expiry(world, fleet, world.registrars[fleet.registrar].options);
    return std::max(1e-3, to_seconds(world::mean_refresh(fleet.registration, granted)));
}

double
legs_of(const registrar::RegistrarOptions& options)
{
    return options.challenge == registrar::ChallengeWhen::kAlways ? 4.0 : 2.0;
}

/// Of those who come within `span`, the share that is under way together, at most: an attempt that
/// nobody answers lasts kTransactionSeconds.
double
together(SimDuration span)
{
    const double seconds = to_seconds(span);
    return seconds <= kTransactionSeconds ? 1.0 : kTransactionSeconds / seconds;
}

/// Largest share of a fleet's accounts that may be registering at once.
double
share_under_way(const world::World& world, std::size_t fleet)
{
    const world::FleetSpec& spec = world.fleets[fleet];
    const double period = refresh_period(world, spec);
    double share = spec.start.kind == world::Start::Kind::kSteady
                       ? std::min(1.0, kTransactionSeconds / period)
                       : together(spec.start.span);
    for (const auto& fault : world.faults)
    {
        if (fault.kind == world::FaultKind::kOutage || !world::hits_devices(fault.kind))
        {
            // Those who were due while it lasted; of these, who is not waiting.
            const double wait = to_seconds(spec.registration.retry.base);
            share = std::max(share,
                             std::min(1.0, to_seconds(fault.length) / period) *
                                 kTransactionSeconds / (kTransactionSeconds + wait));
        }
        else if (fault.fleet == fleet)
        {
            share = std::max(share, fault.share * together(fault.return_ramp));
        }
    }
    return share;
}

/// How often a request is sent within `seconds` if nobody answers it.
double
sends_within(const sip::TransactionOptions& options, double seconds)
{
    sip::ClientTransaction request(options, sip::Transport::kUdp, SimTime{});
    while (request.state() != sip::ClientTransaction::State::kTerminated &&
           to_seconds(request.next_deadline().time_since_epoch()) < seconds)
    {
        static_cast<void>(request.on_deadline(options, request.next_deadline()));
    }
    return request.sends();
}

/// Requests that may wait for a worker: those of all accounts that register at once, and their copies until the
/// last of them has been served once.
double
waiting(const world::World& world, std::uint32_t registrar)
{
    const auto& station = world.registrars[registrar].options.station;
    const double each_s = to_seconds(station.unauthenticated + station.authenticated);
    if (station.workers == 0 || each_s <= 0)
    {
        return 0;
    }
    std::vector<double> accounts(world.fleets.size());
    double all = 0;
    for (std::size_t i = 0; i < world.fleets.size(); ++i)
    {
        const world::FleetSpec& fleet = world.fleets[i];
        if (fleet.registration.enabled && fleet.registrar == registrar)
        {
            accounts[i] = accounts_of(fleet) * share_under_way(world, i);
            all += accounts[i];
        }
    }
    const double served_s = all * each_s / station.workers;
    double requests = 0;
    for (std::size_t i = 0; i < world.fleets.size(); ++i)
    {
        requests += accounts[i] * sends_within(world.fleets[i].registration.transaction, served_s);
    }
    return station.queue ? std::min<double>(requests, *station.queue) : requests;
}

double
fleet_memory(const world::World& world, std::size_t fleet, const Cost& cost)
{
    const world::FleetSpec& spec = world.fleets[fleet];
    const auto number = static_cast<std::uint32_t>(fleet);
    const bool hit = std::ranges::any_of(world.faults, [&](const world::FaultSpec& fault) {
        return world::hits_devices(fault.kind) && fault.fleet == fleet;
    });
    const int nats = (world::home_nat(world, number) != nullptr ? 1 : 0) +
                     (world::carrier_nat(world, number) != nullptr ? 1 : 0);
    const world::NatSpec* carrier = world::carrier_nat(world, number);
    const double blocks =
        carrier == nullptr ? 0 : nat::blocks_of(carrier->options) * kBlock / carrier->devices;
    double octets = spec.count * (cost.device + blocks + nats * kNat + (hit ? cost.life : 0));
    if (spec.registration.enabled)
    {
        const auto& options = world.registrars[spec.registrar].options;
        const double share = share_under_way(world, fleet);
        if (spec.locating)
        {
            const auto others = static_cast<double>(world.registrars.size() - 1);
            octets += accounts_of(spec) *
                      (cost.located + others * cost.elsewhere + share * cost.locating);
        }
        const double remembered = std::min(1.0, kTransactionSeconds / refresh_period(world, spec));
        octets += accounts_of(spec) * (cost.account + share * cost.under_way +
                                       remembered * legs_of(options) / 2 * cost.server_memory);
    }
    return octets;
}

std::size_t
largest_fleet(const world::World& world, const Cost& cost)
{
    std::size_t largest = 0;
    double most = 0;
    for (std::size_t i = 0; i < world.fleets.size(); ++i)
    {
        const double octets = fleet_memory(world, i, cost);
        largest = octets > most ? i : largest;
        most = std::max(most, octets);
    }
    return largest;
}

/// Calls `look(point, world, octets)` for every chosen point.
template <class Look>
void
each_point(const Experiment& experiment, const PointFilter& chosen, const Look& look)
{
    for (const auto& point : experiment.points)
    {
        if (!chosen || chosen(point))
        {
            const world::World world = experiment.world(point, experiment.replication_seed(0));
            look(point, world, run_memory(world, experiment.carrier));
        }
    }
}

double
messages(const world::World& world)
{
    double total = 0;
    for (const auto& fleet : world.fleets)
    {
        const double accounts = accounts_of(fleet);
        if (fleet.attack)
        {
            const auto& guess = fleet.registration.guess;
            const double each = to_seconds(guess.spacing) + kRoundTripSeconds;
            total +=
                2 * accounts * std::min<double>(guess.passwords, to_seconds(world.duration) / each);
            continue;
        }
        const double period = refresh_period(world, fleet);
        // Over a proxy each message is sent twice; one that offloads answers nearly all by itself.
        const double legs =
            offloads(world, fleet)
                ? 2.0
                : legs_of(world.registrars[fleet.registrar].options) * (fleet.proxy ? 2.0 : 1.0);
        total += accounts * (to_seconds(world.duration) / period + 1) * legs;
        for (const auto& fault : world.faults)
        {
            // A silent server: one attempt, and one wait, after the other.
            const double length = to_seconds(fault.length);
            const double cycle = kTransactionSeconds + to_seconds(fleet.registration.retry.base);
            const double affected = accounts * std::min(1.0, length / period);
            const double sends = sends_within(fleet.registration.transaction, kTransactionSeconds);
            total +=
                fault.kind == world::FaultKind::kOutage ? affected * length / 2 / cycle * sends : 0;
        }
    }
    return total;
}

// Of a fleet: keepalives that are answered, and pings from servers; each counts as the two messages that
// it and its answer are.
double
answered_keepalives(const world::World& world, const world::FleetSpec& fleet)
{
    const double seconds = to_seconds(world.duration);
    const auto of = [seconds](double senders, SimDuration interval) {
        return 2 * senders * seconds / to_seconds(interval);
    };
    double total = 0;
    const nat::TraversalOptions& nat = fleet.nat;
    if (nat.probe == nat::Probe::kOptions)
    {
        total += of(fleet.count, nat.probe_interval);
    }
    else if (nat.probe == nat::Probe::kStun)
    {
        total += of(fleet.count, (nat.probe_interval_min + nat.probe_interval_max) / 2);
    }
    if (nat.mode == nat::TraversalMode::kStun && nat.refresh == nat::StunRefresh::kBinding)
    {
        total += of(fleet.count, nat.keepalive.interval);
    }
    const auto& ping = fleet.proxy ? world.proxies[*fleet.proxy].options.ping
                                   : world.registrars[fleet.registrar].options.ping;
    return total + (ping.enabled() ? of(accounts_of(fleet), ping.interval) : 0);
}

double
keepalives(const world::World& world)
{
    double total = 0;
    for (std::uint32_t number = 0; number < world.fleets.size(); ++number)
    {
        const world::FleetSpec& fleet = world.fleets[number];
        const auto& keepalive = fleet.nat.keepalive;
        if (keepalive.enabled() && !world::computes_keepalives(world, number))
        {
            total += fleet.count * to_seconds(world.duration) / to_seconds(keepalive.interval);
        }
        total += answered_keepalives(world, fleet);
    }
    return total;
}

// To devices and by them.
double
calls(const world::World& world)
{
    double rate = 0; // per second
    for (const world::FleetSpec& fleet : world.fleets)
    {
        const double accounts = accounts_of(fleet);
        rate +=
            fleet.call_gap ? accounts / fleet.accounts_per_aor / to_seconds(*fleet.call_gap) : 0;
        rate += fleet.outgoing_gap ? accounts / to_seconds(*fleet.outgoing_gap) : 0;
    }
    return rate * to_seconds(world.duration);
}

// Of a fleet's bindings at the registrars that replicate them: one at each other member, one in what the
// domain has, and the changes under way.
double
replica_memory(const world::World& world, const world::FleetSpec& fleet)
{
    const world::RegistrarSpec& home = world.registrars[fleet.registrar];
    if (home.sharing.kind != registrar::Sharing::kReplicated ||
        !world::shares_bindings(world, fleet.registrar))
    {
        return 0;
    }
    constexpr double kChange = 80; // with its share of the index
    const auto members = static_cast<double>(
        std::ranges::count(world.registrars, home.domain, &world::RegistrarSpec::domain));
    const double under_way =
        to_seconds(home.sharing.replication_delay) / refresh_period(world, fleet);
    return accounts_of(fleet) * (members * sizeof(registrar::KeptBinding) + under_way * kChange);
}

} // namespace

Estimate
estimate(const Experiment& experiment)
{
    const Cost& cost = cost_of(experiment.carrier);
    Estimate sum;
    each_point(experiment, {}, [&](const Point&, const world::World& world, double octets) {
        const double runs = experiment.replications;
        sum.cpu_s += runs * (cost.run_s + messages(world) * cost.message_s +
                             keepalives(world) * cost.keepalive_s + calls(world) * cost.call_s);
        // Three rate series in 1 s bins, three levels every 10 s.
        sum.disk_bytes += runs * (kBytesPerRun + kBytesPerBin * 3.3 * to_seconds(world.duration));
        sum.memory_bytes = std::max(sum.memory_bytes, octets);
    });
    return sum;
}

double
run_memory(const world::World& world, Carrier carrier)
{
    const Cost& cost = cost_of(carrier);
    double octets = cost.process + cost.node * static_cast<double>(world.topology.nodes().size()) +
                    kSeries * kBytesPerBin * to_seconds(world.duration);
    for (std::size_t i = 0; i < world.fleets.size(); ++i)
    {
        octets += fleet_memory(world, i, cost) + replica_memory(world, world.fleets[i]);
    }
    for (std::uint32_t registrar = 0; registrar < world.registrars.size(); ++registrar)
    {
        octets += waiting(world, registrar) * cost.waiting;
    }
    return octets;
}

std::vector<Problem>
memory_problems(const Experiment& experiment,
                std::optional<double> available,
                const PointFilter& chosen)
{
    std::vector<Problem> problems;
    if (!available)
    {
        return problems;
    }
    each_point(experiment,
               chosen,
               [&](const Point& point, const world::World& world, double octets) {
                   if (octets <= *available)
                   {
                       return;
                   }
                   const std::size_t largest = largest_fleet(world, cost_of(experiment.carrier));
                   const auto& fleet = world.fleets[largest];
                   std::string message =
                       fmt::format("fleet.{}: {} devices, {} accounts: a run takes about {} of "
                                   "memory, {} are available: take fewer devices or accounts",
                                   fleet.name,
                                   fleet.count,
                                   static_cast<std::uint64_t>(accounts_of(fleet)),
                                   octets_in_words(octets),
                                   octets_in_words(*available));
                   if (experiment.carrier == Carrier::kPacket)
                   {
                       message += fmt::format(", or carrier = \"fleet\" (about {})",
                                              octets_in_words(run_memory(world, Carrier::kFleet)));
                   }
                   const Problem problem =
                       experiment.problem_at(point, largest, "count", std::move(message));
                   const auto same = [&](const Problem& p) {
                       return std::tie(p.line, p.column, p.message) ==
                              std::tie(problem.line, problem.column, problem.message);
                   };
                   if (std::ranges::none_of(problems, same))
                   {
                       problems.push_back(problem);
                   }
               });
    return problems;
}

unsigned
workers_that_fit(const Experiment& experiment,
                 unsigned workers,
                 std::optional<double> available,
                 const PointFilter& chosen)
{
    double most = 0;
    each_point(experiment, chosen, [&](const Point&, const world::World&, double octets) {
        most = std::max(most, octets);
    });
    if (!available || most * workers <= *available)
    {
        return workers;
    }
    return std::max(1U, static_cast<unsigned>(*available / most));
}

std::string
octets_in_words(double octets)
{
    constexpr double kMega = 1e6;
    constexpr double kGiga = 1e9;
    return octets < kGiga ? fmt::format("{:.0f} MB", octets / kMega)
                          : fmt::format("{:.1f} GB", octets / kGiga);
}

} // namespace sipsim::runner
