// Datagrams at NATs. Where the packet carrier's AccessNetDevice and AccessPort rewrite octets, a flight
// gets another host and port.

#include "model/fleet/fleet_engine.h"
#include "model/sip/codec.h"

namespace sipsim::fleet
{

sip::Endpoint
FleetEngine::server_of(const Flight& flight) const
{
    return is_mail(flight.cargo) ? mail_[flight.message].server
                                 : layout_.server_address(flight.server);
}

Leg
FleetEngine::leg_of(const Flight& flight) const
{
    return {.server = flight.server,
            .device = flight.device,
            .from = flight.from == kNoServer ? Leg::kNone : flight.from,
            .way = goes_up(flight.cargo) ? Way::kToServer : Way::kToDevice};
}

const Hop&
FleetEngine::hop_of(const Flight& flight, RouteIndex route, std::uint32_t hop)
{
    return paths_.hop(route,
                      hop,
                      flight.device,
                      flight.from == kNoServer ? Leg::kNone : flight.from);
}

bool
FleetEngine::leave_home(std::uint32_t number)
{
    if (!nats_.any())
    {
        return true;
    }
    Flight& flight = flights_[number];
    if (flight.server == kNoServer)
    {
        return true;
    }
    const auto crossing = nats_.leave_home(now_,
                                           flight.device,
                                           flight.address_life ? 1U : 0U,
                                           {flight.host, flight.port},
                                           server_of(flight));
    if (!crossing.passed())
    {
        drop(now_, flight.account, world::DropReason::kNat);
        end_flight(number);
        return false;
    }
    flight.host = crossing.endpoint.host;
    flight.port = crossing.endpoint.port;
    return true;
}

// A carrier's NAT is on its way.
bool
FleetEngine::at_carrier(const Flight& flight) const
{
    return flight.from == kNoServer && nats_.any() &&
           nats_.at_carrier(layout_.fleet_of_device(flight.device));
}

// Before which something is asked at its instant: a carrier's NAT, which stands at the far end of the access
// link, or whether a ping's address has a host, which others find out at the device (arrive_at_device());
// `hops`: none.
std::uint32_t
FleetEngine::asking_hop(const Flight& flight, std::uint32_t hops) const
{
    const bool asks = flight.cargo == Cargo::kPing || at_carrier(flight);
    return !asks ? hops : goes_up(flight.cargo) ? 1 : hops - 1;
}

// What it is asked there; false: it has ended.
bool
FleetEngine::passes(std::uint32_t number)
{
    return (!at_carrier(flights_[number]) || cross_carrier(number)) &&
           (flights_[number].cargo != Cargo::kPing || finds_device(number));
}

// False: it may not, and has ended.
bool
FleetEngine::cross_carrier(std::uint32_t number)
{
    Flight& flight = flights_[number];
    const bool up = goes_up(flight.cargo);
    const sip::Endpoint here{flight.host, flight.port};
    const bool icmp = is_unreachable(flight.cargo);
    const auto crossing =
        up ? nats_.leave_carrier(now_, flight.device, here, server_of(flight))
           : nats_.enter_carrier(now_, flight.device, here, server_of(flight), icmp);
    if (!crossing.passed())
    {
        drop(now_, flight.account, world::DropReason::kNat);
        end_flight(number);
        return false;
    }
    if (crossing.device != flight.device && flight.give_up_timer())
    {
        arm_spared_timer(flight);
    }
    flight.host = crossing.endpoint.host;
    flight.port = crossing.endpoint.port;
    flight.device = crossing.device;
    flight.route = paths_.route(leg_of(flight));
    return true;
}

bool
FleetEngine::enter_home(Flight& flight)
{
    if (!nats_.any())
    {
        return true;
    }
    const bool icmp = is_unreachable(flight.cargo);
    const auto crossing =
        nats_.enter_home(now_, flight.device, {flight.host, flight.port}, server_of(flight), icmp);
    flight.host = crossing.endpoint.host;
    flight.port = crossing.endpoint.port;
    return crossing.passed();
}

// What goes to a carrier's NAT is counted as the first device's behind it, whose address that is.
network::DatagramKey
FleetEngine::key_of(const Flight& flight, network::DirectedLink link) const
{
    if (!paths_.draws())
    {
        return {};
    }
    if (flight.from != kNoServer)
    {
        return {.seed = world_.seed,
                .device = kServerDevice + flight.from,
                .link = link,
                .n = flight.n};
    }
    const bool shared = !goes_up(flight.cargo) && at_carrier(flight);
    return {.seed = world_.seed,
            .device = shared ? nats_.plan().owner(flight.device) : flight.device,
            .link = link,
            .n = flight.n};
}

// To an address behind a NAT: the first router has no route.
void
FleetEngine::send_nowhere(const Flight& request, std::uint32_t octets)
{
    const Hop& hop = paths_.server_hop(request.server, network::AccessDirection::kUp);
    const network::DatagramKey key{.seed = world_.seed,
                                   .device = kServerDevice + request.server,
                                   .link = hop.link,
                                   .n = sent_nowhere_[request.server]++};
    const auto wire = static_cast<std::uint32_t>(sip::wire_size(octets));
    const network::Passage passage =
        hop.in_order_of_time() ? offer(hop, wire, key)
                               : network::LinkDirection{}.offer(*hop.spec, now_, wire, key);
    if (request.spares_timer)
    {
        arm_spared_timer(request);
    }
    drop(passage.carried() ? passage.arrival : now_,
         request.account,
         passage.carried() ? world::DropReason::kNoHost : world::reason_of(passage.fate));
}

} // namespace sipsim::fleet
