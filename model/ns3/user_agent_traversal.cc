// What a device does about NATs beside registering: STUN, keepalives that are answered, answers to pings.

#include "model/nat/stun_codec.h"
#include "model/ns3/host_stack.h"
#include "model/ns3/sim_time.h"
#include "model/ns3/user_agent_app.h"
#include "model/registration/answer_ping.h"
#include "model/registration/options_request.h"

#include "ns3/inet-socket-address.h"

#include <algorithm>
#include <string>

namespace sipsim::ns3carrier
{

template <class Input>
void
UserAgentApp::StepTraversal(const Input& input)
{
    const sip::Endpoint local = state_->nats.plan().inside(device_, address_life_);
    const nat::StunClientHost host{.key = state_->layout.device_key(device_),
                                   .local = {local, local}};
    nat::TraversalSettings settings = *traversal_settings_;
    settings.sip_server = KeepaliveServer();
    nat::TraversalOutputs outputs;
    input(settings, host, outputs);
    const SimTime at = traversal_->next_deadline();
    if (at != kNever && at < traversal_wake_at_)
    {
        traversal_wake_.Cancel();
        traversal_wake_at_ = at;
        traversal_wake_ =
            ns3::Simulator::Schedule(DelayUntil(at), &UserAgentApp::HandleTraversal, this);
    }
    Perform(outputs);
}

void
UserAgentApp::BootTraversal()
{
    const SimTime begin =
        world::discovery_instant(state_->world, state_->layout, device_, booted_before_, SimNow());
    StepTraversal([&](const auto& settings, const auto& host, auto& outputs) {
        traversal_->on_boot(settings, host, lives_ - 1, SimNow(), begin, outputs);
    });
}

void
UserAgentApp::TraversalError(sip::Host from)
{
    const auto server = state_->layout.server_at(from);
    StepTraversal([&](const auto& settings, const auto& host, auto& outputs) {
        const sip::Endpoint to = server ? state_->layout.server_address(*server) : sip::Endpoint{};
        traversal_->on_transport_error(settings, host, SimNow(), to, outputs);
    });
}

void
UserAgentApp::HandleTraversal()
{
    traversal_wake_at_ = kNever;
    // Where the deadline has moved away since the event was made, nothing happens but a new one.
    StepTraversal([&](const auto& settings, const auto& host, auto& outputs) {
        if (SimNow() >= traversal_->next_deadline())
        {
            traversal_->on_deadline(settings, host, SimNow(), outputs);
        }
    });
}

void
UserAgentApp::Perform(const nat::TraversalOutputs& outputs)
{
    for (const auto& output : outputs)
    {
        if (std::holds_alternative<nat::Ready>(output))
        {
            BootAccounts();
        }
        else if (const auto* anew = std::get_if<nat::RegisterAnew>(&output))
        {
            RegisterAnew(anew->reason == nat::RegisterAnew::Reason::kAddressChanged
                             ? registration::Reason::kAddressChanged
                             : registration::Reason::kFlowFailed);
        }
        else if (const auto* stun = std::get_if<nat::StunSend>(&output))
        {
            SendStun(*stun);
        }
        else if (const auto* options = std::get_if<nat::OptionsSend>(&output))
        {
            SendOptions(*options);
        }
    }
}

void
UserAgentApp::RegisterAnew(registration::Reason reason)
{
    SetAddress();
    for (Row& row : rows_)
    {
        Step(row, [&](registration::Outputs& outputs) {
            row.agent.on_register_anew(*settings_,
                                       row.account,
                                       row.transaction,
                                       SimNow(),
                                       reason,
                                       outputs);
        });
    }
}

void
UserAgentApp::SendStun(const nat::StunSend& send)
{
    if (traversal_->ready())
    {
        keepalive_sent_(device_);
    }
    const std::string octets = nat::encode(send.message);
    socket_->SendTo(ns3::Create<ns3::Packet>(reinterpret_cast<const std::uint8_t*>(octets.data()),
                                             static_cast<std::uint32_t>(octets.size())),
                    0,
                    ns3::InetSocketAddress(ToNs3(send.to.host), send.to.port));
    Remember(send.to.host, kTraversal);
}

void
UserAgentApp::SendOptions(const nat::OptionsSend& send)
{
    keepalive_sent_(device_);
    const sip::Endpoint to = KeepaliveServer();
    SendBeside(rows_.front(),
               registration::options_request(*settings_, rows_.front().account, to, send.number),
               send.again);
    Remember(to.host, kTraversal);
}

// A message that belongs to no REGISTER.
void
UserAgentApp::SendBeside(const Row& row, const sip::Message& message, bool again)
{
    const std::string text = state_->codec.encode(message);
    const auto packet = ns3::Create<ns3::Packet>(reinterpret_cast<const std::uint8_t*>(text.data()),
                                                 static_cast<std::uint32_t>(text.size()));
    ++state_->sip_messages_sent;
    tx_(first_account_ + IndexOf(row), message, packet->GetSize(), again);
    socket_->SendTo(packet, 0, ns3::InetSocketAddress(ToNs3(message.dst.host), message.dst.port));
}

void
UserAgentApp::HandleStun(std::string_view text)
{
    const auto decoded = nat::decode_stun(text, {});
    const auto* message = std::get_if<nat::StunMessage>(&decoded);
    if (message == nullptr)
    {
        drop_(world::DropReason::kMalformed);
        return;
    }
    bool ours = false;
    if (traversal_)
    {
        StepTraversal([&](const auto& settings, const auto& host, auto& outputs) {
            ours = traversal_->on_stun(settings, host, SimNow(), *message, outputs);
        });
    }
    if (!ours)
    {
        drop_(world::DropReason::kUnmatched);
    }
}

// False: it answers no OPTIONS of ours.
bool
UserAgentApp::HandleOptionsResponse(const sip::Message& response, std::uint32_t octets)
{
    const auto number = traversal_ ? traversal_->options_number() : std::nullopt;
    if (!number || !registration::answers_options(rows_.front().account, *number, response))
    {
        return false;
    }
    rx_(first_account_, response, octets, false);
    StepTraversal([&](const auto& settings, const auto& host, auto& outputs) {
        traversal_
            ->on_options_response(settings, host, SimNow(), *number, response.status, outputs);
    });
    return true;
}

void
UserAgentApp::AnswerPing(const sip::Message& request, std::uint32_t octets)
{
    const auto found = std::ranges::find(rows_, request.request_uri.user, UserOf);
    const Row& row = found == rows_.end() ? rows_.front() : *found;
    const auto response = registration::answer_ping(row.account, request);
    if (!response)
    {
        drop_(world::DropReason::kUnmatched);
        return;
    }
    rx_(first_account_ + IndexOf(row), request, octets, false);
    SendBeside(row, *response, false);
    Remember(response->dst.host, kNobody);
}

} // namespace sipsim::ns3carrier
