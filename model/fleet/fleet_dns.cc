// How devices come by their servers, and the name servers they ask. In the same order as the packet
// carrier: the core's input, its queries, then what its end means to the accounts.

#include "model/fleet/fleet_engine.h"

#include <utility>

namespace sipsim::fleet
{

namespace
{

// No answer to a query of ours.
bool
dropped(dns::Verdict verdict)
{
    return verdict >= dns::Verdict::kNotAsked;
}

} // namespace

// --- devices

// Calls the device's core with `input`, sends its query, and tells the accounts if the location has ended.
// One that wants to know more because of that is heard after all have been told.
template <class Input>
void
FleetEngine::step_finder(dns::Finder& finder,
                         world::DeviceIndex device,
                         const Input& input,
                         bool unwatched)
{
    const auto& settings = directory_.finder(layout_.fleet_of_device(device));
    const DrawKey key = layout_.device_key(device);
    const SimTime before = finder.next_deadline();
    dns::AskOutputs asks;
    dns::Found found = input(settings, key, asks);
    bool asked = !asks.empty(); // a query spares the timer
    send_asks(device, asks);
    telling_ = true;
    while (found != dns::Found::kPending)
    {
        wanted_ = false;
        tell_found(device, found == dns::Found::kLocated);
        if (!wanted_ || !devices_.powered(device))
        {
            break;
        }
        dns::AskOutputs more;
        found = finder.want(settings, directory_.finder_store(), key, now_, more);
        asked = asked || !more.empty();
        send_asks(device, more);
    }
    telling_ = false;
    const SimTime after = finder.next_deadline();
    if (after != kNever && (unwatched || after != before) && !asked)
    {
        add(after, layout_.first_account_of(device), Event::kFinder, 0);
    }
}

void
FleetEngine::locate(world::DeviceIndex device)
{
    if (telling_)
    {
        wanted_ = true;
        return;
    }
    dns::Finder& finder = *locating_.finder(device);
    step_finder(finder, device, [&](const auto& settings, const DrawKey& key, auto& asks) {
        return finder.want(settings, directory_.finder_store(), key, now_, asks);
    });
}

void
FleetEngine::on_finder(world::AccountIndex first, SimTime at)
{
    const world::DeviceIndex device = layout_.device_of(first);
    dns::Finder& finder = *locating_.finder(device);
    if (at != finder.next_deadline())
    {
        return; // it has been moved since
    }
    step_finder(finder, device, [&](const auto& settings, const DrawKey& key, auto& asks) {
        return finder.on_deadline(settings, directory_.finder_store(), key, now_, asks);
    });
}

void
FleetEngine::send_asks(world::DeviceIndex device, const dns::AskOutputs& asks)
{
    for (const dns::Ask& ask : asks)
    {
        const auto octets =
            static_cast<std::uint32_t>(directory_.answers().encoded_size(ask.packet));
        const std::uint32_t flight = depart(layout_.first_account_of(device),
                                            device,
                                            layout_.server_at(ask.to.host).value_or(kNoServer),
                                            Cargo::kDns,
                                            octets);
        flights_[flight].port = ask.from_port;
        flights_[flight].message = letters_.take();
        letters_[flights_[flight].message] = ask.packet;
        spare_timer(flights_[flight]);
        if (leave_home(flight))
        {
            walk(flight, now_);
        }
    }
}

void
FleetEngine::take_answer(const Flight& flight)
{
    auto verdict = dns::Verdict::kNotAsked;
    if (dns::Finder* finder = locating_.finder(flight.device))
    {
        step_finder(
            *finder,
            flight.device,
            [&](const auto& settings, const DrawKey& key, auto& asks) {
                const auto taken = finder->on_message(settings,
                                                      directory_.finder_store(),
                                                      key,
                                                      letters_[flight.message],
                                                      server_of(flight),
                                                      flight.port,
                                                      now_,
                                                      asks);
                verdict = taken.verdict;
                return taken.found;
            },
            flight.spares_timer);
    }
    if (dropped(verdict))
    {
        observer_.on_drop(now_, world::DropReason::kUnmatched);
    }
}

// About the query under way, if it was sent from that port.
void
FleetEngine::take_dns_error(const Flight& flight)
{
    dns::Finder* finder = locating_.finder(flight.device);
    if (finder == nullptr || finder->next_deadline() == kNever ||
        finder->port(layout_.device_key(flight.device)) != flight.port)
    {
        return;
    }
    step_finder(*finder, flight.device, [&](const auto& settings, const DrawKey& key, auto& asks) {
        return finder->on_transport_error(settings, directory_.finder_store(), key, now_, asks);
    });
}

// --- name servers

void
FleetEngine::make_name_server(Server& server, world::ServerIndex number)
{
    const std::uint32_t dns = world::server_ref(world_, number).number;
    const world::DnsSpec& spec = world_.dns[dns];
    NameServer& made = server.dns.emplace();
    if (spec.zones.empty())
    {
        made.resolver.emplace(directory_.resolver(dns),
                              world::server_key(world_, number),
                              directory_.answers(),
                              spec.authority.udp_size);
    }
    else
    {
        made.authority.emplace(directory_.dns_names(), directory_.zones(dns), spec.authority);
        made.turns = dns::Turns{spec.authority.order};
    }
}

void
FleetEngine::answer_query(std::uint32_t number)
{
    Flight& query = flights_[number];
    const NameServer& server = *servers_[query.server].dns;
    const dns::Packet& packet = letters_[query.message];
    const sip::Endpoint client{query.host, query.port};
    if (server.resolver && server.lame == 0)
    {
        step_resolver(query.server, [&](auto& resolver, auto& out) {
            resolver.on_query(packet, client, now_, out);
        });
    }
    else if (const auto response = response_to(query.server, packet))
    {
        send_answer(query.server, *response, client, &query);
    }
    else
    {
        observer_.on_drop(now_, world::DropReason::kUnmatched);
    }
}

// What a name server says that knows its zones, or that is lame.
std::optional<dns::Packet>
FleetEngine::response_to(world::ServerIndex number, const dns::Packet& query)
{
    NameServer& server = *servers_[number].dns;
    const std::uint64_t n = server.lame > 0 ? 0 : server.turns.next(query.question);
    const dns::RecordOrder order = world_.dns[servers_[number].ref.number].authority.order;
    const DrawKey key = world::server_key(world_, number);
    dns::Packet asked = query;
    asked.id = 0;
    NameServer::Known& known = server.answers_to(asked, order);
    std::optional<dns::Packet>& answer = known.answers[dns::order_of(known.ordered, order, key, n)];
    if (!answer)
    {
        dns::AnswerStore& answers = directory_.answers();
        const dns::Message message = answers.expand(asked);
        const auto response = server.lame > 0
                                  ? std::optional{dns::response_to(message, dns::Rcode::kRefused)}
                                  : server.authority->answer(message, key, n);
        answer = response ? answers.compact(*response) : std::nullopt;
    }
    std::optional<dns::Packet> answered = answer;
    if (answered)
    {
        answered->id = query.id;
    }
    return answered;
}

// Calls the resolver's core with `input`, sends what it wants and arms its next deadline.
template <class Input>
void
FleetEngine::step_resolver(world::ServerIndex number, const Input& input)
{
    dns::SharedResolver& resolver = *servers_[number].dns->resolver;
    const SimTime before = resolver.next_deadline();
    sendings_.clear();
    input(resolver, sendings_);
    for (const dns::Sending& sending : sendings_)
    {
        if (sending.packet.flags.response)
        {
            send_answer(number, sending.packet, sending.to);
        }
        else
        {
            send_dns(number, sending.packet, sending.from_port, sending.to);
        }
    }
    const SimTime after = resolver.next_deadline();
    if (after != kNever && after != before)
    {
        add(after, 0, Event::kResolver, number);
    }
}

void
FleetEngine::on_resolver(world::ServerIndex number, SimTime at)
{
    if (at != servers_[number].dns->resolver->next_deadline())
    {
        return; // it has been moved since
    }
    step_resolver(number, [&](auto& resolver, auto& out) { resolver.on_deadline(now_, out); });
}

void
FleetEngine::resolver_response(const Flight& response)
{
    auto verdict = dns::Verdict::kNotAsked;
    if (servers_[response.server].dns->resolver)
    {
        const dns::Packet packet = letters_[response.message];
        step_resolver(response.server, [&](auto& resolver, auto& out) {
            verdict = resolver.on_message(packet,
                                          layout_.server_address(response.from),
                                          response.port,
                                          now_,
                                          out);
        });
    }
    if (dropped(verdict))
    {
        observer_.on_drop(now_, world::DropReason::kUnmatched);
    }
}

void
FleetEngine::resolver_error(const Flight& error)
{
    if (servers_[error.server].dns->resolver)
    {
        step_resolver(error.server, [&](auto& resolver, auto& out) {
            resolver.on_transport_error(error.port, now_, out);
        });
    }
}

// At once, or when a slow server comes to it. To `query`, if that is said; what is sent at once spares the
// timer that it spared.
void
FleetEngine::send_answer(world::ServerIndex server,
                         const dns::Packet& packet,
                         sip::Endpoint to,
                         Flight* query)
{
    const SimDuration delay = servers_[server].dns->delay;
    if (delay == SimDuration{0})
    {
        observer_.on_dns_answered(now_, servers_[server].ref.number, packet.rcode);
        send_dns(server, packet, dns::kDnsPort, to, query);
        return;
    }
    const std::uint32_t number = flights_.take();
    flights_[number] = Flight{.server = static_cast<std::uint16_t>(server),
                              .message = letters_.take(),
                              .host = to.host,
                              .port = to.port,
                              .stamp = servers_[server].dns->process,
                              .cargo = Cargo::kDnsResponse};
    letters_[flights_[number].message] = packet;
    add(now_ + delay, 0, Event::kLateAnswer, number);
}

void
FleetEngine::on_late_answer(std::uint32_t number)
{
    const Flight late = flights_[number];
    const dns::Packet packet = letters_[late.message];
    end_flight(number);
    if (late.stamp != servers_[late.server].dns->process)
    {
        return; // it died with the process that held it
    }
    observer_.on_dns_answered(now_, servers_[late.server].ref.number, packet.rcode);
    send_dns(late.server, packet, dns::kDnsPort, {late.host, late.port});
}

// From a name server to a device, to another name server, or to nobody.
void
FleetEngine::send_dns(world::ServerIndex from,
                      const dns::Packet& packet,
                      std::uint16_t from_port,
                      sip::Endpoint to,
                      Flight* answered)
{
    const bool query = !packet.flags.response;
    Flight flight{.server = static_cast<std::uint16_t>(from),
                  .host = to.host,
                  .port = to.port,
                  .octets = static_cast<std::uint16_t>(directory_.answers().encoded_size(packet)),
                  .cargo = query ? Cargo::kDns : Cargo::kDnsResponse};
    // An answer goes back to whoever asked; behind NATs only its address tells who that is.
    const bool to_asker = answered != nullptr && answered->from == kNoServer && !nats_.any();
    const auto peer = to_asker ? std::nullopt : layout_.server_at(to.host);
    const auto device = to_asker ? std::optional{answered->device} : layout_.device_at(to.host);
    if (peer)
    {
        flight.server = static_cast<std::uint16_t>(*peer);
        flight.from = static_cast<std::uint16_t>(from);
        flight.n = sent_nowhere_[from]++;
        flight.host = layout_.server_address(from).host;
        flight.port = query ? from_port : to.port; // the asker's
    }
    else if (device)
    {
        flight.account = layout_.first_account_of(*device);
        flight.device = *device;
        if (answered != nullptr && answered->device == *device)
        {
            flight.spares_timer = answered->give_up_timer();
            flight.stamp = answered->stamp;
        }
        flight.n = sent_to_.empty() ? 0 : sent_to_[*device]++;
    }
    else
    {
        send_nowhere(flight, flight.octets);
        return;
    }
    flight.message = letters_.take();
    letters_[flight.message] = packet;
    const std::uint32_t number = flights_.take();
    flights_[number] = flight;
    walk(number, now_);
}

// --- faults

void
FleetEngine::dns_fault(std::uint32_t fault, bool begins)
{
    const auto& spec = world_.faults[fault];
    NameServer& server = *servers_[spec.server].dns;
    server.known = {};
    if (spec.kind == world::FaultKind::kDnsSlow)
    {
        server.delay += begins ? spec.delay : -spec.delay;
    }
    else if (spec.kind == world::FaultKind::kDnsLame)
    {
        server.lame += begins ? 1 : -1;
    }
    else if (server.authority)
    {
        server.authority->set_zones(directory_.zones(world::server_ref(world_, spec.server).number,
                                                     begins ? std::optional{fault} : std::nullopt));
    }
}

// --- bindings, where several registrars may have some

void
FleetEngine::tell_bindings(world::ServerIndex registrar, sip::UserId user)
{
    const std::uint32_t aor = world::aor_of(user);
    const std::uint32_t fleet = layout_.fleet_of_aor(aor);
    if (!world_.fleets[fleet].locating)
    {
        observer_.on_bindings(now_, aor, locations_.latest(registrar, user, now_));
        return;
    }
    observer_.on_bindings(now_,
                          aor,
                          world::bindings_anywhere(now_, world_, layout_, *this, fleet, user));
}

} // namespace sipsim::fleet
