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
FleetEngine::hop_of(const Flight& flight, RouteIndex route)
{
    return paths_.hop(route,
                      flight.hop,
                      flight.device,
                      flight.from == kNoServer ? Leg::kNone : flight.from);
}

bool
FleetEngine::leave_home(std::uint32_t number)
{
    Flight& flight = flights_[number];
    if (!nats_.any() || flight.server == kNoServer)
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

// The carrier's NAT stands at the far end of the access link.
bool
FleetEngine::at_carrier(const Flight& flight, bool up, std::uint32_t hops) const
{
    return flight.server != kNoServer && flight.from == kNoServer &&
           flight.hop == (up ? 1U : hops - 1) &&
           nats_.at_carrier(layout_.fleet_of_device(flight.device));
}

// False: it may not, and has ended.
bool
FleetEngine::cross_carrier(std::uint32_t number, bool up)
{
    Flight& flight = flights_[number];
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
FleetEngine::key_of(const Flight& flight, bool up, network::DirectedLink link) const
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
    const bool shared =
        !up && nats_.any() && nats_.at_carrier(layout_.fleet_of_device(flight.device));
    return {.seed = world_.seed,
            .device = shared ? nats_.plan().owner(flight.device) : flight.device,
            .link = link,
            .n = flight.n};
}

// To an address behind a NAT: the first router has no route.
void
FleetEngine::send_nowhere(const Flight& request, std::uint32_t octets)
{
    const Hop hop = paths_.server_hop(request.server, network::AccessDirection::kUp);
    const network::Passage passage = offer(hop,
                                           now_,
                                           static_cast<std::uint32_t>(sip::wire_size(octets)),
                                           {.seed = world_.seed,
                                            .device = kServerDevice + request.server,
                                            .link = hop.link,
                                            .n = sent_nowhere_[request.server]++});
    if (request.spares_timer)
    {
        arm_spared_timer(request);
    }
    drop(passage.carried() ? passage.arrival : now_,
         request.account,
         passage.carried() ? world::DropReason::kNoHost : world::reason_of(passage.fate));
}

} // namespace sipsim::fleet
