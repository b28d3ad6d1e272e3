// How a device finds its servers by DNS.

#include "model/dns/codec.h"
#include "model/ns3/host_udp.h"
#include "model/ns3/sim_time.h"
#include "model/ns3/user_agent_app.h"

#include <algorithm>
#include <variant>

namespace sipsim::ns3carrier
{

void
UserAgentApp::ConfigureLocating(const world::LocatingSpec& spec, bool remembers_failures)
{
    finder_.emplace();
    if (remembers_failures)
    {
        blocklist_.emplace();
    }
    for (Row& row : rows_)
    {
        row.servers.options = &spec.failover;
        row.servers.failover = &row.failover;
        row.servers.blocklist = blocklist_ ? &*blocklist_ : nullptr;
    }
}

void
UserAgentApp::StartLocating()
{
    GetNode()->GetObject<HostUdp>()->SetReaders(
        ns3::MakeCallback(&UserAgentApp::HandleDns, this),
        ns3::MakeCallback(&UserAgentApp::HandleDnsError, this));
}

// The device is off.
void
UserAgentApp::StopLocating()
{
    finder_->on_crash(state_->directory.finder_store());
    if (blocklist_)
    {
        *blocklist_ = {}; // Model choice: what failed is no more remembered than what answered
    }
    ListChanged();
}

void
UserAgentApp::Locate()
{
    if (telling_)
    {
        wanted_ = true;
        return;
    }
    StepFinder([&](const DrawKey& key, dns::AskOutputs& asks) { return Want(key, asks); });
}

dns::Found
UserAgentApp::Want(const DrawKey& key, dns::AskOutputs& asks)
{
    return finder_->want(*finder_settings_, state_->directory.finder_store(), key, SimNow(), asks);
}

// An account that wants to know more because of what was found is heard after all have been told.
template <class Input>
void
UserAgentApp::StepFinder(const Input& input)
{
    dns::Found found = dns::Found::kPending;
    const auto step = [&](const auto& call) {
        dns::AskOutputs asks;
        found = call(state_->layout.device_key(device_), asks);
        PerformAsks(asks);
    };
    step(input);
    while (found != dns::Found::kPending)
    {
        wanted_ = false;
        TellFound(found == dns::Found::kLocated);
        if (!wanted_ || !told_powered_)
        {
            return;
        }
        step([&](const DrawKey& key, dns::AskOutputs& asks) { return Want(key, asks); });
    }
}

void
UserAgentApp::PerformAsks(const dns::AskOutputs& asks)
{
    ListChanged();
    for (const dns::Ask& ask : asks)
    {
        SendQuery(ask);
    }
    const SimTime at = finder_->next_deadline();
    if (at != kNever && at < finder_wake_at_)
    {
        finder_wake_.Cancel();
        finder_wake_at_ = at;
        finder_wake_ = ns3::Simulator::Schedule(DelayUntil(at), &UserAgentApp::HandleFinder, this);
    }
}

void
UserAgentApp::SendQuery(const dns::Ask& ask)
{
    const world::Directory& directory = state_->directory;
    const auto octets = dns::encode(directory.answers().expand(ask.packet), directory.dns_names());
    if (octets)
    {
        GetNode()->GetObject<HostUdp>()->SendFrom(
            {.host = state_->nats.plan().inside(device_, address_life_).host,
             .port = ask.from_port},
            ask.to,
            *octets);
    }
}

void
UserAgentApp::TellFound(bool located)
{
    located_(device_, located);
    telling_ = true;
    for (Row& row : rows_)
    {
        Step(row, [&](registration::Outputs& outputs) {
            row.agent
                .on_found(*settings_, row.account, row.transaction, SimNow(), located, outputs);
        });
    }
    telling_ = false;
}

// Whatever the finder was told, its list may be another one now.
void
UserAgentApp::ListChanged()
{
    const auto list = finder_->list(state_->directory.finder_store());
    for (Row& row : rows_)
    {
        row.servers.list = list;
    }
}

void
UserAgentApp::HandleFinder()
{
    finder_wake_at_ = kNever;
    // Where the deadline has moved away since the event was made, nothing happens but a new one.
    StepFinder([&](const DrawKey& key, dns::AskOutputs& asks) {
        return SimNow() < finder_->next_deadline()
                   ? dns::Found::kPending
                   : finder_->on_deadline(*finder_settings_,
                                          state_->directory.finder_store(),
                                          key,
                                          SimNow(),
                                          asks);
    });
}

void
UserAgentApp::HandleDns(ns3::Ptr<ns3::Packet> datagram, sip::Endpoint from, std::uint16_t to_port)
{
    const world::Directory& directory = state_->directory;
    const auto decoded = dns::decode(state_->TextOf(*datagram), directory.dns_names());
    const auto* message = std::get_if<dns::Message>(&decoded);
    const auto packet = message != nullptr ? directory.answers().compact(*message) : std::nullopt;
    if (!packet)
    {
        drop_(world::DropReason::kMalformed);
        return;
    }
    StepFinder([&](const DrawKey& key, dns::AskOutputs& asks) {
        const auto step = finder_->on_message(*finder_settings_,
                                              directory.finder_store(),
                                              key,
                                              *packet,
                                              from,
                                              to_port,
                                              SimNow(),
                                              asks);
        if (step.verdict >= dns::Verdict::kNotAsked)
        {
            drop_(world::DropReason::kUnmatched);
        }
        return step.found;
    });
}

void
UserAgentApp::HandleDnsError(std::uint16_t from_port)
{
    const DrawKey key = state_->layout.device_key(device_);
    if (finder_->next_deadline() == kNever || finder_->port(key) != from_port)
    {
        return;
    }
    StepFinder([&](const DrawKey& draws, dns::AskOutputs& asks) {
        return finder_->on_transport_error(*finder_settings_,
                                           state_->directory.finder_store(),
                                           draws,
                                           SimNow(),
                                           asks);
    });
}

} // namespace sipsim::ns3carrier
