// The way of a datagram over its links: passed when it is there, or booked ahead (LinkBookings).

#include "model/fleet/fleet_engine.h"
#include "model/sip/codec.h"

#include <algorithm>
#include <cassert>

namespace sipsim::fleet
{

namespace
{

// RFC 792, as ns-3 sends it: IP header, ICMP header, the offender's IP header and 8 octets of it.
constexpr std::uint32_t kPortUnreachableOctets = 20 + 8 + 20 + 8;

// Of 16.8 ms; no deadline is before its tick.
std::uint64_t
tick_of(SimTime at)
{
    return static_cast<std::uint64_t>(at.time_since_epoch().count()) >> 24U;
}

} // namespace

// From its present hop on, as far as can be told at this instant. `at` is when it is there.
void
FleetEngine::walk(std::uint32_t number, SimTime at)
{
    Flight& flight = flights_[number];
    if (flight.queued)
    {
        serve_queued(number);
        end_flight(number);
        return;
    }
    if (flight.server == kNoServer)
    {
        end_nowhere(number);
        return;
    }
    RouteIndex route = flight.hop == 0 ? paths_.route(leg_of(flight)) : flight.route;
    const std::uint32_t hops = paths_.hops(route);
    assert(hops > 0); // maps are of one part
    if (flight.hop == hops)
    {
        arrive(number);
        return;
    }
    flight.route = route;
    const std::uint32_t wire = wire_of(flight);
    const std::uint32_t asking = asking_hop(flight, hops);
    Event event = Event::kFlight; // or kBooked: some link was
    std::uint32_t i = flight.hop;
    for (; i < hops; ++i)
    {
        if (i == asking && at > now_)
        {
            break;
        }
        if (i == asking)
        {
            if (!passes(number))
            {
                return;
            }
            route = flight.route; // it may be another device's from here on
        }
        const Hop& hop = hop_of(flight, route, i);
        if (hop.in_order_of_time() && at > now_)
        {
            const SimDuration length = network::serialization_time(wire, hop.spec->bandwidth_bps);
            if (event == Event::kFlight)
            {
                paths_.fetch_bookings(route, i + 1, at + hop.spec->propagation);
            }
            if (!book(number, flight, hop, at, length)) // which may have asked for other hops
            {
                break;
            }
            event = Event::kBooked;
            at += length + hop.spec->propagation;
            continue;
        }
        // A link that forgets is passed ahead, but what it does must not happen to one that may be taken back.
        if (event == Event::kBooked && fate_of(flight, hop, at) != network::Fate::kCarried)
        {
            break;
        }
        const network::Passage passage = pass(flight, hop, at, wire);
        if (!passage.carried())
        {
            drop(at, flight.account, world::reason_of(passage.fate));
            end_flight(number);
            return;
        }
        at = passage.arrival;
    }
    flight.hop = static_cast<std::uint8_t>(i);
    go_on(number, flight, at, event);
    if (i == hops && wheel_.is_soon(at, 2 * kFetchedAhead))
    {
        fetch(flight.account, flight);
    }
}

// What a server sends on from here, or back, will ask its links for about this time.
void
FleetEngine::fetch_onward(const Flight& flight) const
{
    const Server& server = servers_[flight.server];
    const bool request = flight.cargo == Cargo::kRequest;
    if (!request && flight.cargo != Cargo::kResponse)
    {
        return;
    }
    Leg leg{.server = flight.server, .device = flight.device, .way = Way::kToDevice};
    if (server.proxy && request)
    {
        leg = {.server = world_.proxies[server.ref.number].registrar, .from = flight.server};
    }
    else if (server.host && flight.from != kNoServer)
    {
        leg = {.server = flight.from, .from = flight.server};
    }
    const Hop& first = paths_.server_hop(flight.server, network::AccessDirection::kUp);
    paths_.fetch_bookings(paths_.route(leg),
                          1,
                          now_ + network::uncontended_time(*first.spec, wire_of(flight)));
}

// Model choice: what is for no registrar ends at the first router, silently but for the fact. Not modelled: a
// REGISTER redirected to a device.
void
FleetEngine::end_nowhere(std::uint32_t number)
{
    const Flight& flight = flights_[number];
    const Hop& hop = paths_.device_hop(flight.device, network::AccessDirection::kUp);
    const network::Passage passage = pass(flight, hop, now_, wire_of(flight));
    drop(passage.carried() ? passage.arrival : now_,
         flight.account,
         passage.carried() ? world::DropReason::kNoHost : world::reason_of(passage.fate));
    end_flight(number);
}

// Its next event.
void
FleetEngine::go_on(std::uint32_t number, Flight& flight, SimTime at, Event event)
{
    if (flight.spares_timer && may_outlast(flight, at))
    {
        flight.stamp = static_cast<std::uint16_t>(tick_of(at)); // the next time it is asked for
        if (at >= spared_deadline(flight))
        {
            flight.spares_timer = false;
            arm_spared_timer(flight);
        }
    }
    add(at, flight.account, event, number);
}

// The timer is not armed, as the datagram, or what answers it, is likely to be there before.
void
FleetEngine::spare_timer(Flight& flight)
{
    flight.spares_timer = true;
    const SimTime until =
        is_letter(flight.cargo) ? now_ : std::min(now_ + shortest_wait_, spared_deadline(flight));
    flight.stamp = static_cast<std::uint16_t>(tick_of(until));
}

// False: no deadline of its account, of this request or one that takes its place, is at or before `at`, but what
// was asked about already; this is known without a look at the account. The stamp is not past.
bool
FleetEngine::may_outlast(const Flight& flight, SimTime at) const
{
    if (!flight.spares_timer)
    {
        return true;
    }
    const std::uint64_t now = tick_of(now_);
    return tick_of(at) - now >= static_cast<std::uint16_t>(flight.stamp - now);
}

void
FleetEngine::arm_spared_timer(const Flight& flight)
{
    const SimTime deadline = spared_deadline(flight);
    if (deadline != kNever)
    {
        is_letter(flight.cargo) ? add(deadline, flight.account, Event::kFinder, 0)
                                : add(deadline, flight.account, Event::kRetransmission, 0);
    }
}

SimTime
FleetEngine::spared_deadline(const Flight& flight)
{
    if (is_letter(flight.cargo))
    {
        return locating_.finder(flight.device)->next_deadline();
    }
    const Transaction transaction = transactions_.open(flight.account);
    return transaction ? rows_[flight.account].next_deadline(transaction) : kNever;
}

// A ping's address has a host; else it has ended.
bool
FleetEngine::finds_device(std::uint32_t number)
{
    const Flight& flight = flights_[number];
    if (has_address(flight))
    {
        return true;
    }
    drop(now_, flight.account, world::DropReason::kNoHost);
    end_flight(number);
    return false;
}

std::uint32_t
FleetEngine::wire_of(const Flight& flight)
{
    return is_unreachable(flight.cargo) ? kPortUnreachableOctets
                                        : static_cast<std::uint32_t>(sip::wire_size(flight.octets));
}

// Whatever else is on the link.
network::Fate
FleetEngine::fate_of(const Flight& flight, const Hop& hop, SimTime at) const
{
    if (!paths_.may_fail())
    {
        return network::Fate::kCarried;
    }
    if (paths_.cut(hop, flight.device, at))
    {
        return network::Fate::kBlocked;
    }
    return network::lost(*hop.spec, key_of(flight, hop.link)) ? network::Fate::kLost
                                                              : network::Fate::kCarried;
}

// Of a link that forgets, or at this instant.
network::Passage
FleetEngine::pass(const Flight& flight, const Hop& hop, SimTime at, std::uint32_t wire)
{
    if (!hop.in_order_of_time())
    {
        return {.fate = fate_of(flight, hop, at),
                .arrival = at + network::uncontended_time(*hop.spec, wire)};
    }
    return paths_.cut(hop, flight.device, at)
               ? network::Passage{.fate = network::Fate::kBlocked, .arrival = {}}
               : offer(hop, wire, key_of(flight, hop.link));
}

// A datagram is offered to a link. Those who booked it for a time when it is busy with this one go by their
// own events from there on.
network::Passage
FleetEngine::offer(Hop hop, std::uint32_t wire, const network::DatagramKey& key)
{
    network::LinkDirection& sender = hop.sender(now_);
    if (!hop.bookable)
    {
        return sender.offer(*hop.spec, now_, wire, key);
    }
    // At one instant, the order of events; of one account, what was booked comes first. An event may have
    // another account send, a fault any.
    sender.occupy(
        hop.busy_until(now_, [&](std::uint32_t other) { return flights_[other].account < turn_; }));
    const SimTime begins = std::max(now_, sender.free_at());
    const network::Passage passage = sender.offer(*hop.spec, now_, wire, key);
    while (const auto booking = hop.take_back(begins, sender.free_at()))
    {
        unbook(booking->flight, hop.link, booking->start);
    }
    return passage;
}

// The link will carry the datagram the moment it comes there, at `at`: then no event is needed.
bool
FleetEngine::book(std::uint32_t number,
                  const Flight& flight,
                  Hop hop,
                  SimTime at,
                  SimDuration length)
{
    if (!books_ahead_ || !hop.bookable || flight.void_event || at < hop.free_at() ||
        fate_of(flight, hop, at) != network::Fate::kCarried)
    {
        return false;
    }
    // What is booked to its device has its place among the events of the account from now on, and so before those
    // of its instant that are not known yet: there must be none.
    const SimTime there = at + length + hop.spec->propagation;
    if ((!hop.of_the_device || !may_outlast(flight, there)) && hop.book(now_, at, length, number))
    {
        return true;
    }
    // Of one account, the first to know of the instant comes first: if it has booked, it goes by its event,
    // too, lest somebody takes the link back from it and it falls behind this one.
    const auto rival = hop.booked_by(at);
    if (rival && flights_[*rival].account == flight.account)
    {
        hop.cancel(at, *rival);
        unbook(*rival, hop.link, at);
    }
    return false;
}

// A link that was passed ahead of the time `at`: booked, or one that forgets.
bool
FleetEngine::could_be_taken_back(const Hop& hop, SimTime at, std::uint32_t number)
{
    return hop.bookable ? hop.cancel(at, number) : !hop.in_order_of_time();
}

// The flight may not get the link for `at`, which has been taken back. It goes by its events from the first
// link on that it has not come to yet.
void
FleetEngine::unbook(std::uint32_t number, network::DirectedLink link, SimTime at)
{
    Flight& flight = flights_[number];
    const world::ServerIndex from = flight.from == kNoServer ? Leg::kNone : flight.from;
    const auto hop = [&](std::uint32_t i) -> const Hop& {
        return paths_.hop(flight.route, i, flight.device, from);
    };
    const auto time_on = [&](std::uint32_t i) {
        return network::uncontended_time(*hop(i).spec, wire_of(flight));
    };
    const std::uint32_t taken = paths_.number_of(flight.route, link, flight.hop);
    SimTime there = at;
    for (std::uint32_t i = taken + 1; i < flight.hop; ++i)
    {
        there += time_on(i - 1);
        if (const Hop& link_behind = hop(i); link_behind.bookable)
        {
            link_behind.cancel(there, number);
        }
    }
    std::uint32_t first = taken;
    for (there = at; first > 0; --first)
    {
        const SimTime before = there - time_on(first - 1);
        const Hop& link_before = hop(first - 1);
        const bool its_turn_has_come =
            before < now_ || (before == now_ && (flight.account < turn_ || !link_before.bookable));
        if (its_turn_has_come || !could_be_taken_back(link_before, before, number))
        {
            break;
        }
        there = before;
    }
    flight.hop = static_cast<std::uint8_t>(first);
    flight.void_event = true;
    add(there, flight.account, Event::kFlight, number);
}

void
FleetEngine::on_booked(std::uint32_t number, SimTime at)
{
    Flight& flight = flights_[number];
    if (!flight.void_event)
    {
        walk(number, at);
        return;
    }
    flight.void_event = false;
    if (flight.ended)
    {
        flights_.give_back(number);
    }
}

} // namespace sipsim::fleet
