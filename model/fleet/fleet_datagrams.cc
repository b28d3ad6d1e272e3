// Datagrams under way, and registrars. Facts as from the packet carrier's RegistrarApp.

#include "model/fleet/fleet_engine.h"
#include "model/sip/codec.h"

#include <utility>

namespace sipsim::fleet
{

namespace
{

// RFC 792, as ns-3 sends it: IP header, ICMP header, the offender's IP header and 8 octets of it.
constexpr std::uint32_t kPortUnreachableOctets = 20 + 8 + 20 + 8;

} // namespace

// From its present hop on, as far as can be told at this instant. `at` is when it is there.
void
FleetEngine::walk(std::uint32_t number, SimTime at)
{
    Flight& flight = flights_[number];
    if (flight.queued)
    {
        if (flight.process == servers_[flight.server].process_number())
        {
            answer(number);
        } // else it died with the process that held it
        end_flight(number);
        return;
    }
    const bool nowhere = flight.server == kNoServer;
    if (flight.hop == 0 && !nowhere)
    {
        flight.route = paths_.route(leg_of(flight));
    }
    const std::uint32_t hops = nowhere ? 1 : paths_.hops(flight.route);
    const bool up = goes_up(flight.cargo);
    if (flight.hop > 0 && flight.hop == hops)
    {
        arrive(number);
        return;
    }
    bool booked = false;
    while (flight.hop < hops)
    {
        const Hop* hop = nowhere ? &paths_.first_hop(flight.device) : &hop_of(flight);
        const bool carrier_nat = nats_.any() && at_carrier(flight, up, hops);
        // Others find out at the device (arrive_at_device()).
        const bool may_be_gone = flight.cargo == Cargo::kPing && flight.hop + 1U == hops;
        const bool will_show = booked && fails(flight, *hop, at); // where it is passed ahead
        if ((hop->in_order_of_time() || carrier_nat || may_be_gone || will_show) && at > now_)
        {
            if (carrier_nat || may_be_gone || !book(number, *hop, at))
            {
                add(at, flight.account, booked ? Event::kBooked : Event::kFlight, number);
                return;
            }
            booked = true;
            at += network::uncontended_time(*hop->spec, wire_of(flight));
            ++flight.hop;
            continue;
        }
        if (carrier_nat)
        {
            if (!cross_carrier(flight, up))
            {
                drop(now_, flight.account, world::DropReason::kNat);
                end_flight(number);
                return;
            }
            // It may be another device's from here on.
            flight.route = paths_.route(leg_of(flight));
            hop = &hop_of(flight);
        }
        if (may_be_gone && !has_address(flight))
        {
            drop(now_, flight.account, world::DropReason::kNoHost);
            end_flight(number);
            return;
        }
        const network::Passage passage =
            paths_.cut(*hop, flight.device, at)
                ? network::Passage{.fate = network::Fate::kBlocked, .arrival = {}}
                : offer(*hop, at, wire_of(flight), key_of(flight, up, hop->link));
        if (!passage.carried())
        {
            drop(at, flight.account, world::reason_of(passage.fate));
            end_flight(number);
            return;
        }
        at = passage.arrival;
        ++flight.hop;
        if (nowhere || hops == 0)
        {
            // Model choice: what is for no registrar ends at the first router, silently but for the
            // fact. Not modelled: a REGISTER redirected to a device.
            drop(at, flight.account, world::DropReason::kNoHost);
            end_flight(number);
            return;
        }
    }
    add(at, flight.account, booked ? Event::kBooked : Event::kFlight, number);
}

std::uint32_t
FleetEngine::wire_of(const Flight& flight)
{
    return is_unreachable(flight.cargo) ? kPortUnreachableOctets
                                        : static_cast<std::uint32_t>(sip::wire_size(flight.octets));
}

// A datagram is offered to a link: at this instant, unless the link forgets. Those who booked it for a time
// when it is busy with this one go by their own events from there on.
network::Passage
FleetEngine::offer(const Hop& at_hop,
                   SimTime at,
                   std::uint32_t wire,
                   const network::DatagramKey& key)
{
    const Hop hop = at_hop; // which the next question to paths_ may overwrite
    network::LinkDirection forgetful;
    network::LinkDirection& direction = hop.state != nullptr ? *hop.state : forgetful;
    if (hop.bookings == nullptr)
    {
        return direction.offer(*hop.spec, at, wire, key);
    }
    // At one instant, the order of events; of one account, what was booked comes first. An event may have
    // another account send, a fault any.
    direction.occupy(hop.bookings->busy_until(now_, [&](std::uint32_t other) {
        return flights_[other].account < turn_;
    }));
    const SimTime begins = std::max(now_, direction.free_at());
    const network::Passage passage = direction.offer(*hop.spec, now_, wire, key);
    while (const auto booking = hop.bookings->take_back(begins, direction.free_at()))
    {
        unbook(booking->flight, hop.link, booking->start);
    }
    return passage;
}

bool
FleetEngine::fails(const Flight& flight, const Hop& hop, SimTime at) const
{
    return paths_.may_fail() &&
           (paths_.cut(hop, flight.device, at) ||
            network::lost(*hop.spec, key_of(flight, goes_up(flight.cargo), hop.link)));
}

// The link will carry the datagram the moment it comes there, at `at`: then no event is needed.
bool
FleetEngine::book(std::uint32_t number, const Hop& hop, SimTime at)
{
    const Flight& flight = flights_[number];
    if (!books_ahead_ || hop.bookings == nullptr || flight.void_event ||
        at < hop.state->free_at() || fails(flight, hop, at))
    {
        return false;
    }
    const SimDuration length =
        network::serialization_time(wire_of(flight), hop.spec->bandwidth_bps);
    if (hop.bookings->book(now_, at, length, number))
    {
        return true;
    }
    // Of one account, the first to know of the instant comes first: if it has booked, it goes by its event,
    // too, lest somebody takes the link back from it and it falls behind this one.
    std::uint32_t rival = kNoRecord;
    (void)hop.bookings->busy_until(at, [&](std::uint32_t other) {
        rival = flights_[other].account == flight.account ? other : rival;
        return false;
    });
    if (rival != kNoRecord && hop.bookings->cancel(at, rival))
    {
        unbook(rival, hop.link, at);
    }
    return false;
}

// A link that was passed ahead of the time `at`: booked, or one that forgets.
bool
FleetEngine::could_be_taken_back(const Hop& hop, SimTime at, std::uint32_t number)
{
    return hop.bookings != nullptr ? hop.bookings->cancel(at, number) : hop.state == nullptr;
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
        if (LinkBookings* bookings = hop(i).bookings)
        {
            (void)bookings->cancel(there, number);
        }
    }
    std::uint32_t first = taken;
    for (there = at; first > 0; --first)
    {
        const SimTime before = there - time_on(first - 1);
        const Hop& link_before = hop(first - 1);
        const bool its_turn_has_come =
            before < now_ || (before == now_ && (flight.account < turn_ || !link_before.bookings));
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

void
FleetEngine::drop(SimTime at, world::AccountIndex account, world::DropReason reason)
{
    if (at > now_)
    {
        add(at, account, Event::kDrop, static_cast<std::uint32_t>(reason));
        return;
    }
    observer_.on_drop(now_, reason);
}

void
FleetEngine::end_flight(std::uint32_t number)
{
    release_message(number);
    if (flights_[number].void_event)
    {
        flights_[number].ended = true;
        return;
    }
    flights_.give_back(number);
}

// It has none from now on.
void
FleetEngine::release_message(std::uint32_t number)
{
    Flight& flight = flights_[number];
    if (flight.kept == Kept::kRow)
    {
        unchain(number);
    }
    else if (flight.kept == Kept::kSnapshot)
    {
        snapshots_.give_back(row_of(flight));
    }
    else if (flight.message != kNoRecord)
    {
        is_mail(flight.cargo)     ? mail_.give_back(flight.message)
        : is_letter(flight.cargo) ? letters_.give_back(flight.message)
                                  : messages_.give_back(flight.message);
    }
    if (flight.kept != Kept::kWhole && flight.cargo == Cargo::kResponse)
    {
        answers_.give_back(flight.message);
    }
    flight.kept = Kept::kWhole;
    flight.message = kNoRecord;
}

std::uint32_t&
FleetEngine::row_of(Flight& flight)
{
    return flight.cargo == Cargo::kResponse ? answers_[flight.message].row : flight.message;
}

void
FleetEngine::unchain(std::uint32_t number)
{
    std::uint32_t* link = transactions_.requests(flights_[number].account);
    while (*link != number)
    {
        link = &row_of(flights_[*link]);
    }
    *link = row_of(flights_[number]);
}

void
FleetEngine::keep_snapshots(std::uint32_t number, const Row& before)
{
    while (number != kNoRecord)
    {
        Flight& flight = flights_[number];
        number = row_of(flight);
        flight.kept = Kept::kSnapshot;
        row_of(flight) = snapshots_.take();
        snapshots_[row_of(flight)] = before;
    }
}

void
FleetEngine::rebuild_request(const Flight& flight,
                             Kept kept,
                             std::uint32_t row_number,
                             sip::Endpoint source)
{
    const Row& row = kept == Kept::kRow ? rows_[flight.account] : snapshots_[row_number];
    rebuilt_ = row.request(directory_.settings(layout_.fleet_of_account(flight.account)),
                           nats_.account(flight.account, flight.address_life ? 1U : 0U));
    rebuilt_.src = source;
}

const sip::Message&
FleetEngine::request_of(const Flight& flight)
{
    if (flight.kept == Kept::kWhole)
    {
        return messages_[flight.message];
    }
    rebuild_request(flight, flight.kept, flight.message, {flight.host, flight.port});
    return rebuilt_;
}

sip::Message&
FleetEngine::response_of(const Flight& flight)
{
    if (flight.kept == Kept::kWhole)
    {
        return messages_[flight.message];
    }
    const Answer& answer = answers_[flight.message];
    rebuild_request(flight, flight.kept, answer.row, {answer.host, answer.port});
    rebuilt_response_ =
        servers_[answer.by].registrar->response(answer.answered,
                                                rebuilt_,
                                                answer.reply.reply(answer.answered, rebuilt_));
    return rebuilt_response_;
}

void
FleetEngine::arrive(std::uint32_t number)
{
    const Flight& flight = flights_[number];
    if (flight.from != kNoServer || goes_up(flight.cargo))
    {
        arrive_at_server(number);
    }
    else
    {
        arrive_at_device(number);
    }
    if (!flights_[number].queued)
    {
        end_flight(number);
    }
}

void
FleetEngine::arrive_at_server(std::uint32_t number)
{
    const Flight flight = flights_[number];
    const Server& server = servers_[flight.server];
    tell_of_arrival(flight);
    if (!server.alive())
    {
        observer_.on_drop(now_, world::DropReason::kServerDead);
    }
    if (server.alive() && flight.to_sip_port)
    {
        if (flight.kept == Kept::kWhole && flight.message != kNoRecord && !is_mail(flight.cargo) &&
            !is_letter(flight.cargo))
        {
            messages_[flight.message].src = {flight.host, flight.port};
        }
        serve(number);
    }
    else if (server.silent_outages == 0 && !is_unreachable(flight.cargo))
    {
        // RFC 1122 §3.2.2.1
        send_back(flight, {flight.host, flight.port}, unreachable_of(flight.cargo), 0, kNoRecord);
    }
}

FleetEngine::Cargo
FleetEngine::unreachable_of(Cargo cargo)
{
    switch (cargo)
    {
    case Cargo::kRequest:
    case Cargo::kResponse: // of a registrar to a proxy, which concerns neither
        return Cargo::kPortUnreachable;
    case Cargo::kStun:
    case Cargo::kOptions:
        return Cargo::kProbeUnreachable;
    case Cargo::kDns:
    case Cargo::kDnsResponse:
        return Cargo::kDnsUnreachable;
    default:
        return Cargo::kKeepaliveUnreachable;
    }
}

// Whoever watches the interface sees it, alive or dead.
void
FleetEngine::tell_of_arrival(const Flight& flight)
{
    const world::ServerRef server = world::server_ref(world_, flight.server);
    switch (flight.cargo)
    {
    case Cargo::kRequest:
        if (server.kind == world::ServerKind::kRegistrar)
        {
            observer_.on_register_arrival(now_, flight.server, servers_[flight.server].alive());
        }
        else if (server.kind == world::ServerKind::kProxy)
        {
            observer_.on_proxy_arrival(now_, server.number, servers_[flight.server].alive());
        }
        return;
    case Cargo::kStun:
    case Cargo::kOptions:
    case Cargo::kKeepalive:
        if (server.kind == world::ServerKind::kStun)
        {
            observer_.on_stun_arrival(now_, server.number);
        }
        else
        {
            observer_.on_keepalive_arrival(now_, flight.server);
        }
        return;
    case Cargo::kDns:
        observer_.on_dns_query(now_, server.number, servers_[flight.server].alive());
        return;
    default:
        return;
    }
}

// What a living server does with a datagram to its port.
void
FleetEngine::serve(std::uint32_t number)
{
    const Flight& flight = flights_[number];
    const bool proxy = servers_[flight.server].proxy.has_value();
    switch (flight.cargo)
    {
    case Cargo::kRequest:
    case Cargo::kOptions:
    case Cargo::kExtra:
        if (proxy)
        {
            proxy_request(number);
        }
        else if (servers_[flight.server].refusing > 0)
        {
            refuse(number, servers_[flight.server].refuse_for);
        }
        else if (!enter_station(number))
        {
            answer(number);
        }
        return;
    case Cargo::kResponse:
    case Cargo::kExtraResponse:
        proxy_response(number);
        return;
    case Cargo::kKeepalive:
        observer_.on_drop(now_, world::DropReason::kKeepalive);
        return;
    case Cargo::kStun:
        answer_stun(Flight{flight});
        return;
    case Cargo::kDns:
        answer_query(Flight{flight});
        return;
    case Cargo::kDnsResponse:
        resolver_response(Flight{flight});
        return;
    case Cargo::kDnsUnreachable:
        resolver_error(Flight{flight});
        return;
    default:
        return; // the answer to a ping, an ICMP error: they tell a server nothing
    }
}

// False: there is nothing to wait for, so it is answered at once.
bool
FleetEngine::enter_station(std::uint32_t number)
{
    Flight& flight = flights_[number];
    Server& server = servers_[flight.server].answering();
    if (!server.station->enabled())
    {
        return false;
    }
    const auto admission = server.station->offer(now_, request_of(flight));
    if (!admission)
    {
        refuse_full(number);
        return true;
    }
    if (!server.station->queues())
    {
        return false;
    }
    observer_.on_queued(now_,
                        flight.server,
                        admission->waiting,
                        admission->begins - now_,
                        admission->done - admission->begins);
    server.server->on_queued(now_, request_of(flight));
    flight.queued = true;
    flight.process = servers_[flight.server].process_number();
    add(admission->done, flight.account, Event::kFlight, number);
    return true;
}

void
FleetEngine::refuse_full(std::uint32_t number)
{
    const Flight request = flights_[number];
    const sip::Message& message = request_of(request);
    observer_.on_drop(now_, world::DropReason::kStationFull);
    const auto refusal = servers_[request.server].answering().station->refuse(now_, message);
    if (refusal.aloud)
    {
        refuse(number, refusal.seconds);
    }
}

// 503, without a transaction.
void
FleetEngine::refuse(std::uint32_t number, std::uint32_t retry_after)
{
    const Flight request = flights_[number];
    registrar::Reply reply;
    reply.status = 503;
    reply.seconds = retry_after;
    if (request.cargo == Cargo::kRequest)
    {
        observer_.on_register_answered(now_, request.server, reply.status, false);
    }
    const sip::Message& message = request_of(request);
    Server& server = servers_[request.server].answering();
    sip::Message response = server.registrar->response(now_, message, reply);
    response.overload = server.station->overload(now_, message);
    send_response(request, response, now_, {now_, message, reply});
}

void
FleetEngine::send_response(const Flight& request,
                           const sip::Message& response,
                           SimTime answered,
                           const registrar::CompactReply& reply)
{
    if (request.kept == Kept::kWhole || reply.none() || messages_.in_use() < requests_kept_)
    {
        send_message(request, response, response_to(request.cargo));
        return;
    }
    ++sip_messages_;
    const auto octets = static_cast<std::uint32_t>(sip::encoded_size(response, names_));
    if (nats_.any() && !layout_.device_at(response.dst.host))
    {
        send_nowhere(request, octets);
        return;
    }
    const std::uint32_t answer = answers_.take();
    answers_[answer] = {.answered = answered,
                        .row = kNoRecord,
                        .host = request.host,
                        .port = request.port,
                        .by = servers_[request.server].answering().number,
                        .reply = reply};
    if (request.kept == Kept::kSnapshot)
    {
        answers_[answer].row = snapshots_.take();
        snapshots_[answers_[answer].row] = snapshots_[request.message];
    }
    send_back(request, response.dst, Cargo::kResponse, octets, answer, request.kept);
}

// A server's answer to a datagram, kept whole: to a device, to the server it came from, or to nobody.
void
FleetEngine::send_message(const Flight& request, const sip::Message& message, Cargo cargo)
{
    ++sip_messages_;
    const auto octets = static_cast<std::uint32_t>(sip::encoded_size(message, names_));
    if (request.from == kNoServer && nats_.any() && !layout_.device_at(message.dst.host))
    {
        send_nowhere(request, octets);
        return;
    }
    const std::uint32_t kept = messages_.take();
    messages_[kept] = message;
    send_back(request, message.dst, cargo, octets, kept);
}

void
FleetEngine::answer(std::uint32_t number)
{
    const Flight request = flights_[number];
    const sip::Message& message = request_of(request);
    Server& server = servers_[request.server].answering();
    auto handled = server.server->on_request(now_, message);
    if (handled.limit != registrar::Limit::kNone)
    {
        observer_.on_limit(now_, request.server, handled.limit, message.to.user);
    }
    if (handled.reply != nullptr && handled.reply->wrong)
    {
        observer_.on_wrong_password(now_, request.server, message.to.user);
    }
    if (!handled.response)
    {
        observer_.on_drop(now_,
                          handled.limit == registrar::Limit::kNone ? world::DropReason::kUnmatched
                                                                   : world::DropReason::kAdmission);
        return;
    }
    if (request.cargo == Cargo::kRequest)
    {
        observer_.on_register_answered(now_,
                                       request.server,
                                       handled.response->status,
                                       handled.repeat);
    }
    handled.response->overload = server.station->overload(now_, message);
    send_response(request, *handled.response, handled.answered, handled.compact);
    if (handled.reply != nullptr && handled.reply->changed)
    {
        tell_bindings(request.server, message.to.user);
    }
}

// To whom the datagram came from: `to` is the address of a device, or of the server it is from.
void
FleetEngine::send_back(const Flight& request,
                       sip::Endpoint to,
                       Cargo cargo,
                       std::uint32_t octets,
                       std::uint32_t message,
                       Kept kept)
{
    const std::uint32_t number = flights_.take();
    Flight& flight = flights_[number];
    flight = request;
    if (request.from == kNoServer)
    {
        flight.host = to.host;
        flight.port = to.port;
        if (nats_.any())
        {
            flight.device = layout_.device_at(to.host).value_or(request.device);
        }
        flight.n = sent_to_.empty() ? 0 : sent_to_[flight.device]++;
    }
    else
    {
        const sip::Endpoint self = layout_.server_address(request.server);
        flight.host = self.host;
        flight.port = cargo == Cargo::kDnsUnreachable ? to.port : self.port;
        flight.server = request.from;
        flight.from = request.server;
        flight.n = sent_nowhere_[request.server]++;
    }
    flight.octets = static_cast<std::uint16_t>(octets);
    flight.message = message;
    flight.hop = 0;
    flight.cargo = cargo;
    flight.kept = kept;
    flight.queued = false;
    flight.to_sip_port = true;
    flight.void_event = false;
    if (kept == Kept::kRow)
    {
        row_of(flight) = std::exchange(*transactions_.requests(flight.account), number);
    }
    walk(number, now_);
}

} // namespace sipsim::fleet
