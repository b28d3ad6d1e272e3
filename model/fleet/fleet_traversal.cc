// What devices do about NATs beside registering: STUN, keepalives that are answered, answers to pings.
// In the same order as the packet carrier's UserAgentApp.

#include "model/fleet/fleet_engine.h"
#include "model/nat/stun_codec.h"
#include "model/registration/answer_ping.h"
#include "model/registration/options_request.h"
#include "model/sip/codec.h"

#include <algorithm>

namespace sipsim::fleet
{

// Calls the device's core with `input`, arms its next deadline and performs what it wants.
template <class Input>
void
FleetEngine::step_traversal(world::DeviceIndex device, const Input& input)
{
    nat::DeviceTraversal& core = *traversals_.find(device);
    const SimTime before = core.next_deadline();
    const sip::Endpoint local = nats_.plan().inside(device, devices_.address_life(device));
    const nat::StunClientHost host{.key = layout_.device_key(device), .local = {local, local}};
    nat::TraversalSettings settings = directory_.traversal(layout_.fleet_of_device(device));
    settings.sip_server = keepalive_server(device);
    nat::TraversalOutputs outputs;
    input(core, settings, host, outputs);
    const SimTime after = core.next_deadline();
    if (after != kNever && (after != before || after <= now_)) // due at once: again
    {
        add(after, layout_.first_account_of(device), Event::kTraversal, 0);
    }
    perform_traversal(device, outputs);
}

void
FleetEngine::boot_traversal(world::DeviceIndex device)
{
    const SimTime begin =
        world::discovery_instant(world_, layout_, device, devices_.booted(device), now_);
    step_traversal(device, [&](auto& core, const auto& settings, const auto& host, auto& outputs) {
        core.on_boot(settings, host, life_of(device) - 1, now_, begin, outputs);
    });
}

void
FleetEngine::on_traversal(world::AccountIndex first, SimTime at)
{
    const world::DeviceIndex device = layout_.device_of(first);
    if (at != traversals_.find(device)->next_deadline())
    {
        return; // it has been moved since
    }
    step_traversal(device, [&](auto& core, const auto& settings, const auto& host, auto& outputs) {
        core.on_deadline(settings, host, now_, outputs);
    });
}

void
FleetEngine::perform_traversal(world::DeviceIndex device, const nat::TraversalOutputs& outputs)
{
    for (const auto& output : outputs)
    {
        if (std::holds_alternative<nat::Ready>(output))
        {
            boot_accounts(device);
        }
        else if (const auto* anew = std::get_if<nat::RegisterAnew>(&output))
        {
            register_anew(device,
                          anew->reason == nat::RegisterAnew::Reason::kAddressChanged
                              ? registration::Reason::kAddressChanged
                              : registration::Reason::kFlowFailed);
        }
        else if (const auto* stun = std::get_if<nat::StunSend>(&output))
        {
            send_stun(device, *stun);
        }
        else if (const auto* options = std::get_if<nat::OptionsSend>(&output))
        {
            send_options(device, *options);
        }
    }
}

// Somebody there speaks SIP, or nobody is there at all.
bool
FleetEngine::takes_sip(world::ServerIndex server, std::uint16_t port) const
{
    return port == sip::kSipPort && (server == kNoServer || servers_[server].takes_sip());
}

// A datagram of the device to that server, so far without what it carries.
std::uint32_t
FleetEngine::depart(world::AccountIndex ua,
                    world::DeviceIndex device,
                    world::ServerIndex server,
                    Cargo cargo,
                    std::uint32_t octets)
{
    const sip::Endpoint from = nats_.plan().inside(device, devices_.address_life(device));
    const std::uint32_t flight = flights_.take();
    flights_[flight] = Flight{.account = ua,
                              .device = device,
                              .server = static_cast<std::uint16_t>(server),
                              .n = sent_.empty() ? 0 : sent_[device]++,
                              .host = from.host,
                              .port = from.port,
                              .octets = static_cast<std::uint16_t>(octets),
                              .cargo = cargo,
                              .address_life = devices_.address_life(device) == 1};
    return flight;
}

void
FleetEngine::send_stun(world::DeviceIndex device, const nat::StunSend& send)
{
    if (traversals_.find(device)->ready())
    {
        observer_.on_keepalive_sent(now_, device);
    }
    const world::ServerIndex server = layout_.server_at(send.to.host).value_or(kNoServer);
    const std::uint32_t flight =
        depart(layout_.first_account_of(device),
               device,
               server,
               Cargo::kStun,
               static_cast<std::uint32_t>(nat::encode(send.message).size()));
    flights_[flight].message = mail_.take();
    mail_[flights_[flight].message] = {send.message, send.to};
    const bool to_stun =
        server != kNoServer && servers_[server].ref.kind == world::ServerKind::kStun;
    flights_[flight].to_sip_port =
        to_stun ? send.to.port != sip::kSipPort : takes_sip(server, send.to.port);
    if (leave_home(flight))
    {
        walk(flight, now_);
    }
}

void
FleetEngine::send_options(world::DeviceIndex device, const nat::OptionsSend& send)
{
    const auto& settings = directory_.settings(layout_.fleet_of_device(device));
    const world::AccountIndex ua = layout_.first_account_of(device);
    observer_.on_keepalive_sent(now_, device);
    send_whole(ua,
               device,
               registration::options_request(settings,
                                             account(ua, device),
                                             keepalive_server(device),
                                             send.number),
               send.again,
               Cargo::kOptions);
}

// A message of the device that is kept as it is.
void
FleetEngine::send_whole(world::AccountIndex ua,
                        world::DeviceIndex device,
                        const sip::Message& message,
                        bool again,
                        Cargo cargo)
{
    ++sip_messages_;
    const auto octets = static_cast<std::uint32_t>(sip::encoded_size(message, names_));
    observer_.on_ua_message({.at = now_,
                             .ua = ua,
                             .direction = world::Direction::kSend,
                             .message = message,
                             .bytes = octets,
                             .again = again});
    const std::uint32_t flight =
        depart(ua, device, layout_.server_at(message.dst.host).value_or(kNoServer), cargo, octets);
    flights_[flight].to_sip_port = takes_sip(flights_[flight].server, message.dst.port);
    flights_[flight].message = messages_.take();
    messages_[flights_[flight].message] = message;
    if (leave_home(flight))
    {
        walk(flight, now_);
    }
}

// --- what arrives

// What is no answer to a REGISTER. False: it is one.
bool
FleetEngine::arrive_beside(const Flight& flight)
{
    const world::DeviceIndex device = flight.device;
    switch (flight.cargo)
    {
    case Cargo::kKeepaliveUnreachable:
        return true; // it is about no transaction
    case Cargo::kPing:
        answer_ping(flight);
        return true;
    case Cargo::kDnsResponse:
        take_answer(flight);
        return true;
    case Cargo::kDnsUnreachable:
        take_dns_error(flight);
        return true;
    case Cargo::kStunResponse: {
        const nat::StunMessage message = mail_[flight.message].message;
        bool ours = false;
        step_traversal(device,
                       [&](auto& core, const auto& settings, const auto& host, auto& outputs) {
                           ours = core.on_stun(settings, host, now_, message, outputs);
                       });
        if (!ours)
        {
            observer_.on_drop(now_, world::DropReason::kUnmatched);
        }
        return true;
    }
    case Cargo::kOptionsResponse:
        take_options_response(flight);
        return true;
    case Cargo::kExtraResponse:
        take_extra_response(flight);
        return true;
    case Cargo::kProbeUnreachable:
        step_traversal(device,
                       [&](auto& core, const auto& settings, const auto& host, auto& outputs) {
                           core.on_transport_error(settings,
                                                   host,
                                                   now_,
                                                   layout_.server_address(flight.server),
                                                   outputs);
                       });
        return true;
    default:
        return false;
    }
}

void
FleetEngine::take_options_response(const Flight& flight)
{
    const world::DeviceIndex device = flight.device;
    const world::AccountIndex ua = layout_.first_account_of(device);
    sip::Message message = messages_[flight.message];
    message.dst = {flight.host, flight.port}; // as NATs have left it
    const auto number = traversals_.find(device)->options_number();
    if (!number || !registration::answers_options(account(ua, device), *number, message))
    {
        observer_.on_drop(now_, world::DropReason::kUnmatched);
        return;
    }
    tell_received(ua, message, flight.octets);
    step_traversal(device, [&](auto& core, const auto& settings, const auto& host, auto& outputs) {
        core.on_options_response(settings, host, now_, *number, message.status, outputs);
    });
}

void
FleetEngine::answer_ping(const Flight& flight)
{
    if (flight.message == kNoRecord)
    {
        observer_.on_drop(now_, world::DropReason::kKeepalive);
        return;
    }
    sip::Message request = messages_[flight.message];
    const world::DeviceIndex device = flight.device;
    // As it arrives, whatever the NATs did to it on the way.
    request.src = layout_.server_address(flight.server);
    request.dst = {flight.host, flight.port};
    const world::AccountIndex ua = pinged_account(device, request.request_uri.user);
    tell_received(ua, request, flight.octets);
    if (const auto response = registration::answer_ping(account(ua, device), request))
    {
        send_whole(ua, device, *response, false, Cargo::kPingResponse);
    }
}

// The first account of the device for that user, an attacker's as well as the user's own, or its first at all.
world::AccountIndex
FleetEngine::pinged_account(world::DeviceIndex device, sip::UserId user) const
{
    const world::AccountIndex first = layout_.first_account_of(device);
    const auto number = static_cast<std::uint64_t>(user);
    for (auto ua = first; ua < layout_.accounts() && layout_.device_of(ua) == device; ++ua)
    {
        if (std::uint64_t{layout_.aor_of(ua)} + 1 == number)
        {
            return ua;
        }
    }
    return first;
}

} // namespace sipsim::fleet
