// Datagrams under way, and registrars. Facts as from the packet carrier's RegistrarApp.

#include "model/fleet/fleet_engine.h"
#include "model/sip/codec.h"
#include "model/world/hosts.h"

#include <cassert>
#include <memory>
#include <optional>
#include <utility>

namespace sipsim::fleet
{

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
    Flight& flight = flights_[number];
    release_message(number, flight);
    if (flight.give_up_timer())
    {
        arm_spared_timer(flight);
    }
    if (flight.void_event)
    {
        flight.ended = true;
        return;
    }
    flights_.give_back(number);
}

// It has none from now on.
void
FleetEngine::release_message(std::uint32_t number, Flight& flight)
{
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
    std::uint32_t* link = &transactions_.find(flights_[number].account)->requests;
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
    rebuilt_response_ = servers_[answer.by].host->response(answer.answered, rebuilt_, answer.reply);
    return rebuilt_response_;
}

void
FleetEngine::arrive(std::uint32_t number)
{
    const Flight& flight = flights_[number];
    assert(!flight.void_event); // it would have been there sooner; so no copy of the flight has one
    if (flight.from != kNoServer || goes_up(flight.cargo))
    {
        arrive_at_server(number);
    }
    else
    {
        arrive_at_device(number);
    }
    if (!flight.queued)
    {
        end_flight(number);
    }
}

void
FleetEngine::arrive_at_server(std::uint32_t number)
{
    const Flight& flight = flights_[number];
    const Server& server = servers_[flight.server];
    fetch_onward(flight);
    tell_of_arrival(flight, server);
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
FleetEngine::tell_of_arrival(const Flight& flight, const Server& server)
{
    const bool listens = server.alive() && flight.to_sip_port;
    switch (flight.cargo)
    {
    case Cargo::kRequest:
        if (server.ref.kind == world::ServerKind::kRegistrar)
        {
            observer_.on_register_arrival(now_, flight.server, listens);
        }
        else if (server.ref.kind == world::ServerKind::kProxy)
        {
            observer_.on_proxy_arrival(now_, server.ref.number, listens);
        }
        return;
    case Cargo::kStun:
    case Cargo::kOptions:
    case Cargo::kKeepalive:
        if (server.ref.kind == world::ServerKind::kStun)
        {
            observer_.on_stun_arrival(now_, server.ref.number);
        }
        else
        {
            observer_.on_keepalive_arrival(now_, flight.server);
        }
        return;
    case Cargo::kDns:
        observer_.on_dns_query(now_, server.ref.number, server.alive());
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
    switch (flight.cargo)
    {
    case Cargo::kRequest:
    case Cargo::kOptions:
    case Cargo::kExtra:
        if (servers_[flight.server].proxy)
        {
            proxy_request(number);
        }
        else
        {
            serve_at_registrar(number);
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
        answer_query(number);
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

// What its host says of a request there.
void
FleetEngine::serve_at_registrar(std::uint32_t number)
{
    const Flight& flight = flights_[number];
    const sip::Message& message = request_of(flight);
    perform(number,
            message,
            servers_[flight.server].host->on_message(now_, message, blank_response()));
}

void
FleetEngine::serve_queued(std::uint32_t number)
{
    Flight& flight = flights_[number];
    const registrar::ProcessNumber process{flight.stamp};
    if (flight.spares_timer)
    {
        spare_timer(flight);
    }
    const sip::Message& message = request_of(flight);
    perform(number,
            message,
            servers_[flight.server].host->serve(now_, message, process, blank_response()));
}

void
FleetEngine::perform(std::uint32_t number,
                     const sip::Message& message,
                     const registrar::Outcome& outcome)
{
    const Flight request = flights_[number];
    if (const auto& place = outcome.place)
    {
        observer_.on_queued(now_,
                            request.server,
                            place->waiting,
                            place->begins - now_,
                            place->done - place->begins);
        flights_[number].queued = true;
        go_on(number, flights_[number], place->done, Event::kFlight);
        flights_[number].stamp = static_cast<std::uint16_t>(outcome.process);
        return;
    }
    if (outcome.limit != registrar::Limit::kNone)
    {
        observer_.on_limit(now_, request.server, outcome.limit, message.to.user);
    }
    if (outcome.wrong_password)
    {
        observer_.on_wrong_password(now_, request.server, message.to.user);
    }
    if (outcome.drop != registrar::Drop::kNone)
    {
        observer_.on_drop(now_, world::reason_of(outcome.drop));
    }
    if (outcome.responds)
    {
        if (outcome.to_register)
        {
            observer_.on_register_answered(now_,
                                           request.server,
                                           messages_[room_].status,
                                           outcome.repeat);
        }
        flights_[number].spares_timer = false; // the response does, if the request did
        send_response(request, outcome.answered, outcome.compact);
    }
    if (outcome.changed)
    {
        if (bound_at_)
        {
            bound_at_->add(request.server, world::aor_of(message.to.user));
        }
        tell_bindings(request.server, message.to.user);
    }
}

sip::Message&
FleetEngine::blank_response()
{
    return *std::construct_at(&messages_[room_]);
}

// The octets of the message that a server's core has just made for whom `request` came from; none: it has gone to
// nobody.
std::optional<std::uint32_t>
FleetEngine::octets_to_send(const Flight& request)
{
    ++sip_messages_;
    const sip::Message& made = messages_[room_];
    const auto octets = static_cast<std::uint32_t>(sip::encoded_size(made, names_));
    if (request.from == kNoServer && nats_.any() && !layout_.device_at(made.dst.host))
    {
        send_nowhere(request, octets);
        return std::nullopt;
    }
    return octets;
}

void
FleetEngine::send_response(const Flight& request,
                           SimTime answered,
                           const registrar::CompactReply& reply)
{
    if (request.kept == Kept::kWhole || reply.none() || !keeps_no_more())
    {
        send_made(request, response_to(request.cargo));
        return;
    }
    const auto octets = octets_to_send(request);
    if (!octets)
    {
        return;
    }
    const std::uint32_t answer = answers_.take();
    answers_[answer] = {.answered = answered,
                        .row = kNoRecord,
                        .host = request.host,
                        .port = request.port,
                        .by = servers_[request.server].by,
                        .reply = reply};
    if (request.kept == Kept::kSnapshot)
    {
        answers_[answer].row = snapshots_.take();
        snapshots_[answers_[answer].row] = snapshots_[request.message];
    }
    send_back(request, messages_[room_].dst, Cargo::kResponse, *octets, answer, request.kept);
}

// What a server's core has just made goes to whom `request` came from, kept whole.
void
FleetEngine::send_made(const Flight& request, Cargo cargo)
{
    if (const auto octets = octets_to_send(request))
    {
        const std::uint32_t made = std::exchange(room_, messages_.take());
        send_back(request, messages_[made].dst, cargo, *octets, made);
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
    flight.spares_timer = request.spares_timer && cargo == Cargo::kResponse;
    if (kept == Kept::kRow)
    {
        row_of(flight) = std::exchange(transactions_.find(flight.account)->requests, number);
    }
    walk(number, now_);
}

} // namespace sipsim::fleet
