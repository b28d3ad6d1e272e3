// Servers other than registrars, and what servers send by themselves. Facts as from the packet carrier's
// ProxyApp, StunApp and PingSender.

#include "model/fleet/fleet_engine.h"
#include "model/nat/stun_codec.h"
#include "model/sip/codec.h"

#include <utility>

namespace sipsim::fleet
{

// --- proxies

void
FleetEngine::proxy_request(std::uint32_t number)
{
    const Flight request = flights_[number];
    const sip::Message& message = request_of(request);
    const auto passed = servers_[request.server].proxy->on_request(now_, message, messages_[room_]);
    if (!passed.sends())
    {
        observer_.on_drop(now_, world::DropReason::kUnmatched);
        return;
    }
    flights_[number].spares_timer = false; // what goes out does, if the request did
    if (passed.what == proxy::Passed::What::kForwarded)
    {
        forward(request);
        return;
    }
    if (request.cargo == Cargo::kRequest)
    {
        observer_.on_proxy_answered(now_,
                                    world::server_ref(world_, request.server).number,
                                    messages_[room_].status);
    }
    send_made(request, response_to(request.cargo));
}

// From the proxy to its registrar: the message that its core has just made.
void
FleetEngine::forward(const Flight& request)
{
    ++sip_messages_;
    const std::uint32_t kept = std::exchange(room_, messages_.take());
    const sip::Message& message = messages_[kept];
    const std::uint32_t number = flights_.take();
    Flight& flight = flights_[number];
    flight = request;
    flight.host = message.src.host;
    flight.port = message.src.port;
    flight.from = request.server;
    flight.server = static_cast<std::uint16_t>(
        world_.proxies[world::server_ref(world_, request.server).number].registrar);
    flight.n = sent_nowhere_[request.server]++;
    flight.octets = static_cast<std::uint16_t>(sip::encoded_size(message, names_));
    flight.message = kept;
    flight.hop = 0;
    flight.kept = Kept::kWhole;
    flight.queued = false;
    walk(number, now_);
}

void
FleetEngine::proxy_response(std::uint32_t number)
{
    const Flight response = flights_[number];
    const auto passed = servers_[response.server].proxy->on_response(now_,
                                                                     messages_[response.message],
                                                                     messages_[room_]);
    if (!passed.sends())
    {
        observer_.on_drop(now_, world::DropReason::kUnmatched);
        return;
    }
    flights_[number].spares_timer = false; // what goes on does, if this one did
    Flight towards_device = response;
    towards_device.from = kNoServer;
    send_made(towards_device, response.cargo);
}

// --- STUN

void
FleetEngine::answer_stun(const Flight& request)
{
    const Server& server = servers_[request.server];
    const Mail& mail = mail_[request.message];
    const auto reply =
        server.stun
            ? server.stun->on_message(mail.message, mail.server, {request.host, request.port})
            : std::nullopt;
    if (!reply)
    {
        observer_.on_drop(now_, world::DropReason::kUnmatched);
        return;
    }
    const auto octets = static_cast<std::uint32_t>(nat::encode(reply->message).size());
    if (!layout_.device_at(reply->to.host))
    {
        send_nowhere(request, octets);
        return;
    }
    const std::uint32_t kept = mail_.take();
    mail_[kept] = {reply->message, reply->from};
    send_back(request, reply->to, Cargo::kStunResponse, octets, kept);
}

// --- pings

void
FleetEngine::start_pings()
{
    for (world::ServerIndex server = 0; server < servers_.size(); ++server)
    {
        for (std::uint32_t fleet = 0; fleet < world_.fleets.size(); ++fleet)
        {
            if (!world::pings(world_, layout_, server, fleet))
            {
                continue;
            }
            for (auto aor = layout_.first_aor(fleet); aor < layout_.first_aor(fleet + 1); ++aor)
            {
                arm_ping(aor, server, SimTime{});
            }
        }
    }
}

void
FleetEngine::arm_ping(std::uint32_t aor, world::ServerIndex server, SimTime from)
{
    add(world::ping_schedule(world_, server, aor).next(from), aor, Event::kPing, server);
}

void
FleetEngine::send_pings(std::uint32_t aor, world::ServerIndex server)
{
    if (servers_[server].alive())
    {
        for (const world::PingTarget& target :
             world::ping_targets(world_, *this, server, aor, now_))
        {
            send_ping(aor, server, target);
        }
    }
    arm_ping(aor, server, now_ + SimDuration{1});
}

void
FleetEngine::send_ping(std::uint32_t aor,
                       world::ServerIndex server,
                       const world::PingTarget& target)
{
    observer_.on_ping_sent(now_, server);
    const auto& options = world::ping_options(world_, server);
    Flight flight{.account = layout_.accounts_of_aor(aor).first,
                  .server = static_cast<std::uint16_t>(server),
                  .cargo = Cargo::kPing};
    std::uint32_t octets = options.octets;
    if (options.kind == registrar::PingOptions::Kind::kOptions)
    {
        ++sip_messages_;
        const auto message = world::ping_message(world_, layout_, server, aor, target, now_);
        octets = static_cast<std::uint32_t>(sip::encoded_size(message, names_));
        if (layout_.device_at(target.to.host))
        {
            flight.message = messages_.take();
            messages_[flight.message] = message;
        }
    }
    const auto device = layout_.device_at(target.to.host);
    if (!device)
    {
        send_nowhere(flight, octets);
        return;
    }
    flight.device = *device;
    send_back(flight, target.to, Cargo::kPing, octets, flight.message);
}

} // namespace sipsim::fleet
