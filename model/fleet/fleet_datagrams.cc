// Datagrams under way and the registrars they reach. Facts as from the packet carrier's RegistrarApp.

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
        if (flight.process == servers_[flight.registrar].process)
        {
            answer(number);
        } // else it died with the process that held it
        end_flight(number);
        return;
    }
    const bool nowhere = flight.registrar == kNoRecord;
    const std::uint32_t hops = nowhere ? 1 : paths_.hops(flight.registrar, flight.device);
    const bool up = flight.cargo == Cargo::kRequest || flight.cargo == Cargo::kKeepalive;
    const Way way = up ? Way::kToServer : Way::kToDevice;
    if (flight.hop > 0 && flight.hop == hops)
    {
        arrive(number);
        return;
    }
    const bool unreachable =
        flight.cargo == Cargo::kPortUnreachable || flight.cargo == Cargo::kKeepaliveUnreachable;
    const auto wire = unreachable ? kPortUnreachableOctets
                                  : static_cast<std::uint32_t>(sip::wire_size(flight.octets));
    while (flight.hop < hops)
    {
        Hop hop = nowhere ? paths_.first_hop(flight.device)
                          : paths_.hop(flight.registrar, flight.device, way, flight.hop);
        const bool carrier_nat = at_carrier(flight, up, hops);
        if ((hop.state != nullptr || carrier_nat) && at > now_)
        {
            add(at, flight.account, Event::kFlight, number);
            return;
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
            hop = paths_.hop(flight.registrar, flight.device, way, flight.hop);
        }
        network::LinkDirection forgetful;
        network::LinkDirection& direction = hop.state != nullptr ? *hop.state : forgetful;
        const network::Passage passage =
            hop.of_the_map && paths_.cut(hop.link, at)
                ? network::Passage{.fate = network::Fate::kBlocked, .arrival = {}}
                : direction.offer(*hop.spec, at, wire, key_of(flight, up, hop.link));
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
    add(at, flight.account, Event::kFlight, number);
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
        messages_.give_back(flight.message);
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
    rebuilt_response_ = servers_[flight.registrar].registrar->response(
        answer.answered,
        rebuilt_,
        answer.reply.reply(answer.answered, rebuilt_));
    return rebuilt_response_;
}

void
FleetEngine::arrive(std::uint32_t number)
{
    const Cargo cargo = flights_[number].cargo;
    if (cargo == Cargo::kRequest)
    {
        arrive_at_server(number);
    }
    else if (cargo == Cargo::kKeepalive)
    {
        keepalive_at_server(Flight{flights_[number]});
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
    const Flight& flight = flights_[number];
    const Server& server = servers_[flight.registrar];
    observer_.on_register_arrival(now_, flight.registrar, server.alive());
    if (!server.alive())
    {
        observer_.on_drop(now_, world::DropReason::kServerDead);
    }
    if (server.alive() && flight.to_sip_port)
    {
        if (flight.kept == Kept::kWhole)
        {
            messages_[flight.message].src = {flight.host, flight.port};
        }
        if (!enter_station(number))
        {
            answer(number);
        }
    }
    else if (server.silent_outages == 0)
    {
        // RFC 1122 §3.2.2.1
        send_back(flight, {flight.host, flight.port}, Cargo::kPortUnreachable, 0, kNoRecord);
    }
}

void
FleetEngine::keepalive_at_server(const Flight& flight)
{
    const Server& server = servers_[flight.registrar];
    observer_.on_keepalive_arrival(now_, flight.registrar);
    observer_.on_drop(now_,
                      server.alive() ? world::DropReason::kKeepalive
                                     : world::DropReason::kServerDead);
    if (!server.alive() && server.silent_outages == 0)
    {
        send_back(flight, {flight.host, flight.port}, Cargo::kKeepaliveUnreachable, 0, kNoRecord);
    }
}

// False: there is no station, so it is answered at once.
bool
FleetEngine::enter_station(std::uint32_t number)
{
    Flight& flight = flights_[number];
    Server& server = servers_[flight.registrar];
    if (!server.station->enabled())
    {
        return false;
    }
    const bool authenticated = request_of(flight).credentials.has_value();
    const auto admission = server.station->offer(now_, authenticated);
    if (!admission)
    {
        refuse_full(number);
        return true;
    }
    observer_.on_queued(now_,
                        flight.registrar,
                        admission->waiting,
                        admission->begins - now_,
                        admission->done - admission->begins);
    flight.queued = true;
    flight.process = server.process;
    add(admission->done, flight.account, Event::kFlight, number);
    return true;
}

void
FleetEngine::refuse_full(std::uint32_t number)
{
    const Flight request = flights_[number];
    const auto& options = world_.registrars[request.registrar].options.station;
    observer_.on_drop(now_, world::DropReason::kStationFull);
    if (options.when_full != registrar::StationOptions::WhenFull::kRefuse)
    {
        return;
    }
    registrar::Reply reply;
    reply.status = 503;
    reply.seconds = options.retry_after.value_or(0);
    observer_.on_register_answered(now_, request.registrar, reply.status, false);
    const sip::Message& message = request_of(request);
    send_response(request,
                  servers_[request.registrar].registrar->response(now_, message, reply),
                  now_,
                  {now_, message, reply});
}

void
FleetEngine::send_response(const Flight& request,
                           const sip::Message& response,
                           SimTime answered,
                           const registrar::CompactReply& reply)
{
    ++sip_messages_;
    const auto octets = static_cast<std::uint32_t>(sip::encoded_size(response, names_));
    if (nats_.any() && !layout_.device_at(response.dst.host))
    {
        send_nowhere(request, octets);
        return;
    }
    if (request.kept == Kept::kWhole || reply.none() || messages_.in_use() < requests_kept_)
    {
        const std::uint32_t message = messages_.take();
        messages_[message] = response;
        send_back(request, response.dst, Cargo::kResponse, octets, message);
        return;
    }
    const std::uint32_t answer = answers_.take();
    answers_[answer] = {.answered = answered,
                        .row = kNoRecord,
                        .host = request.host,
                        .port = request.port,
                        .reply = reply};
    if (request.kept == Kept::kSnapshot)
    {
        answers_[answer].row = snapshots_.take();
        snapshots_[answers_[answer].row] = snapshots_[request.message];
    }
    send_back(request, response.dst, Cargo::kResponse, octets, answer, request.kept);
}

void
FleetEngine::answer(std::uint32_t number)
{
    const Flight request = flights_[number];
    const sip::Message& message = request_of(request);
    Server& server = servers_[request.registrar];
    const auto handled = server.server->on_request(now_, message);
    if (!handled.response)
    {
        observer_.on_drop(now_, world::DropReason::kUnmatched);
        return;
    }
    observer_.on_register_answered(now_,
                                   request.registrar,
                                   handled.response->status,
                                   handled.repeat);
    send_response(request, *handled.response, handled.answered, handled.compact);
    if (handled.reply != nullptr && handled.reply->changed)
    {
        const auto user = static_cast<std::uint64_t>(message.to.user);
        observer_.on_bindings(now_,
                              static_cast<std::uint32_t>(user - 1),
                              server.locations.lookup(message.to.user, now_));
    }
}

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
    flight.host = to.host;
    flight.port = to.port;
    if (nats_.any())
    {
        flight.device = layout_.device_at(to.host).value_or(request.device);
    }
    flight.n = sent_to_.empty() ? 0 : sent_to_[flight.device]++;
    flight.octets = static_cast<std::uint16_t>(octets);
    flight.message = message;
    flight.hop = 0;
    flight.cargo = cargo;
    flight.kept = kept;
    flight.queued = false;
    if (kept == Kept::kRow)
    {
        row_of(flight) = std::exchange(*transactions_.requests(flight.account), number);
    }
    walk(number, now_);
}

void
FleetEngine::begin_outage(std::uint32_t number, world::Unreachable unreachable)
{
    Server& server = servers_[number];
    if (server.alive())
    {
        // What the process held in memory dies with it, not when it comes back.
        const bool keep = world_.registrars[number].keep_bindings;
        server.server->on_restart(keep);
        server.station->clear();
        ++server.process;
        if (!keep)
        {
            observer_.on_bindings_lost(now_, number);
        }
    }
    ++(unreachable == world::Unreachable::kSilent ? server.silent_outages : server.icmp_outages);
}

void
FleetEngine::end_outage(std::uint32_t number, world::Unreachable unreachable)
{
    Server& server = servers_[number];
    --(unreachable == world::Unreachable::kSilent ? server.silent_outages : server.icmp_outages);
}

} // namespace sipsim::fleet
