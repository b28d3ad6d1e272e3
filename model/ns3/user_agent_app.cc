#include "model/ns3/user_agent_app.h"

#include "model/ns3/host_stack.h"
#include "model/ns3/ipv4_bytes.h"
#include "model/ns3/sim_time.h"
#include "model/world/pings.h"

#include "ns3/callback.h"
#include "ns3/inet-socket-address.h"
#include "ns3/trace-source-accessor.h"
#include "ns3/udp-socket-factory.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <utility>

namespace sipsim::ns3carrier
{

NS_OBJECT_ENSURE_REGISTERED(UserAgentApp);

ns3::TypeId
UserAgentApp::GetTypeId()
{
    static const ns3::TypeId tid =
        ns3::TypeId("sipsim::UserAgentApp")
            .SetParent<ns3::Application>()
            .SetGroupName("Sipsim")
            .AddConstructor<UserAgentApp>()
            .AddAttribute("LocalPort",
                          "UDP port of the SIP socket (RFC 3261 section 19.1.2: 5060).",
                          ns3::UintegerValue(sip::kSipPort),
                          ns3::MakeUintegerAccessor(&UserAgentApp::local_port_),
                          ns3::MakeUintegerChecker<std::uint16_t>(1, 65535))
            .AddTraceSource("Tx",
                            "A SIP message was sent.",
                            ns3::MakeTraceSourceAccessor(&UserAgentApp::tx_),
                            "sipsim::UserAgentApp::MessageTracedCallback")
            .AddTraceSource("Rx",
                            "A SIP message was received.",
                            ns3::MakeTraceSourceAccessor(&UserAgentApp::rx_),
                            "sipsim::UserAgentApp::MessageTracedCallback")
            .AddTraceSource("Transition",
                            "A registration changed state.",
                            ns3::MakeTraceSourceAccessor(&UserAgentApp::transition_),
                            "sipsim::UserAgentApp::TransitionTracedCallback")
            .AddTraceSource("Power",
                            "The device came up, went down, or has another address.",
                            ns3::MakeTraceSourceAccessor(&UserAgentApp::power_),
                            "sipsim::UserAgentApp::PowerTracedCallback")
            .AddTraceSource("Drop",
                            "A datagram was not taken.",
                            ns3::MakeTraceSourceAccessor(&UserAgentApp::drop_),
                            "sipsim::UserAgentApp::DropTracedCallback")
            .AddTraceSource("Located",
                            "A location of the device's servers has ended.",
                            ns3::MakeTraceSourceAccessor(&UserAgentApp::located_),
                            "sipsim::UserAgentApp::LocatedTracedCallback")
            .AddTraceSource("Keepalive",
                            "A keepalive was sent.",
                            ns3::MakeTraceSourceAccessor(&UserAgentApp::keepalive_sent_),
                            "sipsim::UserAgentApp::KeepaliveTracedCallback");
    return tid;
}

UserAgentApp::UserAgentApp()
    : life_(kNever)
{
}

void
UserAgentApp::Configure(RunState& state,
                        world::DeviceIndex device,
                        ns3::Ptr<AccessNetDevice> device_link)
{
    const std::uint32_t fleet = state.layout.fleet_of_device(device);
    state_ = &state;
    settings_ = &state.settings(fleet);
    device_ = device;
    first_account_ = state.layout.first_account_of(device);
    link_ = std::move(device_link);
    life_ = world::DeviceLife{world::boot_instant(state.world, state.layout, device)};
    rows_.resize(state.world.fleets[fleet].accounts);
    const auto& keepalive = state.world.fleets[fleet].nat.keepalive;
    if (keepalive.enabled() && !world::computes_keepalives(state.world, fleet))
    {
        keepalive_ = &keepalive;
    }
    if (world::traverses(state.world.fleets[fleet]))
    {
        traversal_.emplace();
        traversal_settings_ = &state.directory.traversal(fleet);
    }
    if (const auto& locating = state.world.fleets[fleet].locating)
    {
        finder_settings_ = &state.directory.finder(fleet);
        ConfigureLocating(*locating, state.directory.remembers_failures(fleet));
    }
    if (traversal_ || settings_->registration.listens_to_icmp)
    {
        const bool others = keepalive_ != nullptr || traversal_ || settings_->extra.count > 0 ||
                            world::pinged(state.world, state.layout, fleet);
        sent_.resize(rows_.size() * kRememberedPerAccount + (others ? kRememberedOfOthers : 0));
    }
}

sip::Endpoint
UserAgentApp::GetAddress() const
{
    return state_->layout.address(device_, address_life_);
}

void
UserAgentApp::StartApplication()
{
    socket_ = ns3::Socket::CreateSocket(GetNode(), ns3::UdpSocketFactory::GetTypeId());
    socket_->Bind(ns3::InetSocketAddress(ns3::Ipv4Address::GetAny(), local_port_));
    socket_->SetRecvCallback(ns3::MakeCallback(&UserAgentApp::HandleRead, this));
    socket_->SetAttribute("IcmpCallback",
                          ns3::CallbackValue(ns3::MakeCallback(&UserAgentApp::HandleIcmp, this)));
    if (!sent_.empty())
    {
        link_->TraceConnectWithoutContext("Rx",
                                          ns3::MakeCallback(&UserAgentApp::HandleArrival, this));
    }
    if (finder_)
    {
        StartLocating();
    }
    link_->SetPowered(false);
    ArmLife();
}

void
UserAgentApp::StopApplication()
{
    life_wake_.Cancel();
    keepalive_wake_.Cancel();
    traversal_wake_.Cancel();
    finder_wake_.Cancel();
    for (Row& row : rows_)
    {
        row.wake.Cancel();
        row.extra_wake.Cancel();
    }
    if (socket_)
    {
        socket_->Close();
    }
}

void
UserAgentApp::DoDispose()
{
    rows_.clear();
    socket_ = nullptr;
    link_ = nullptr;
    state_ = nullptr;
    Application::DoDispose();
}

// --- power

void
UserAgentApp::Fault(world::FaultKind kind, SimDuration down_for, bool new_address)
{
    if (kind == world::FaultKind::kPowerCut)
    {
        state_->nats.forget_home(SimNow(), device_);
    }
    Apply(life_.on_fault(SimNow(),
                         kind,
                         down_for,
                         settings_->registration.shutdown_grace,
                         static_cast<std::uint32_t>(rows_.size()),
                         new_address));
    ArmLife();
}

void
UserAgentApp::HandleLife()
{
    life_wake_at_ = kNever;
    Apply(life_.on_deadline(SimNow()));
    ArmLife();
}

void
UserAgentApp::ArmLife()
{
    const SimTime at = life_.next_deadline();
    if (at == life_wake_at_)
    {
        return;
    }
    life_wake_.Cancel();
    life_wake_at_ = at;
    if (at != kNever)
    {
        life_wake_ = ns3::Simulator::Schedule(DelayUntil(at), &UserAgentApp::HandleLife, this);
    }
}

void
UserAgentApp::Apply(world::LifeStep step)
{
    switch (step)
    {
    case world::LifeStep::kNothing:
        return;
    case world::LifeStep::kShutdown:
        for (Row& row : rows_)
        {
            Step(row, [&](registration::Outputs& outputs) {
                row.agent.on_shutdown(*settings_, row.account, row.transaction, SimNow(), outputs);
            });
        }
        return;
    case world::LifeStep::kCrash:
        for (Row& row : rows_)
        {
            Step(row, [&](registration::Outputs& outputs) {
                row.agent.on_crash(row.transaction, outputs);
            });
        }
        PowerChanged();
        return;
    case world::LifeStep::kBoot:
        PowerChanged();
        Boot();
        return;
    }
}

void
UserAgentApp::Boot()
{
    SetAddress();
    if (!traversal_)
    {
        BootAccounts();
        return;
    }
    BootTraversal();
}

// Of all accounts: their own, or what STUN has found.
void
UserAgentApp::SetAddress()
{
    const auto mapped = traversal_ ? traversal_->mapped() : std::nullopt;
    for (Row& row : rows_)
    {
        row.account = state_->nats.account(first_account_ + IndexOf(row), address_life_);
        row.account.address = mapped.value_or(row.account.address);
        row.account.servers = finder_ ? &row.servers : nullptr;
    }
}

void
UserAgentApp::BootAccounts()
{
    SetAddress();
    for (Row& row : rows_)
    {
        BootAccount(row);
    }
    booted_before_ = true;
}

void
UserAgentApp::PowerChanged()
{
    if (life_.powered() && life_.address_life() != address_life_)
    {
        const auto channel = ns3::DynamicCast<AccessChannel>(link_->GetChannel());
        channel->Remove(state_->layout.host_number(GetAddress().host));
        address_life_ = life_.address_life();
        channel->Place(link_, state_->layout.host_number(GetAddress().host));
        link_->SetAddressLife(address_life_);
        ChangeHostAddress(GetNode(),
                          state_->nats.plan().inside(device_, address_life_).host,
                          state_->layout.prefix_length());
    }
    link_->SetPowered(life_.powered());
    if (life_.powered() != told_powered_)
    {
        told_powered_ = life_.powered();
        power_(device_, told_powered_, state_->nats.plan().outside(device_, address_life_));
        up_since_ = SimNow();
        lives_ += told_powered_ ? 1 : 0;
        if (traversal_ && !told_powered_)
        {
            traversal_->on_down();
        }
        if (finder_ && !told_powered_)
        {
            StopLocating();
        }
        if (!told_powered_)
        {
            registered_at_.reset();
        }
        ArmKeepalive();
    }
}

void
UserAgentApp::BootAccount(Row& row)
{
    const SimTime now = SimNow();
    const world::AccountIndex account = first_account_ + IndexOf(row);
    auto first = booted_before_
                     ? std::nullopt
                     : world::steady_first_register(state_->world, state_->layout, account);
    first = first ? std::optional{std::max(*first, now)} : first; // what went before took its time
    Step(row, [&](registration::Outputs& outputs) {
        if (first)
        {
            row.agent.on_start_at(*settings_, row.account, row.transaction, now, *first, outputs);
        }
        else
        {
            row.agent.on_start(*settings_, row.account, row.transaction, now, outputs);
        }
    });
}

// --- keepalives

void
UserAgentApp::ArmKeepalive()
{
    keepalive_wake_.Cancel();
    if (!told_powered_)
    {
        state_->nats.end_keepalives(SimNow(), device_);
        return;
    }
    if (keepalive_ == nullptr)
    {
        if (const auto first =
                state_->nats.begin_keepalives(SimNow(), device_, lives_ - 1, address_life_))
        {
            keepalive_wake_ =
                ns3::Simulator::Schedule(DelayUntil(*first), &UserAgentApp::FirstKeepalive, this);
        }
        return;
    }
    const nat::KeepaliveSchedule schedule(*keepalive_,
                                          state_->layout.device_key(device_),
                                          lives_ - 1,
                                          up_since_);
    const SimTime next = schedule.next(SimNow());
    keepalive_wake_ =
        ns3::Simulator::Schedule(DelayUntil(next), &UserAgentApp::SendKeepalive, this);
}

void
UserAgentApp::FirstKeepalive()
{
    state_->nats.settle(SimNow(), device_);
}

sip::Endpoint
UserAgentApp::KeepaliveServer() const
{
    return finder_settings_ != nullptr && registered_at_ ? *registered_at_
                                                         : settings_->servers.front();
}

void
UserAgentApp::SendKeepalive()
{
    constexpr std::array<std::uint8_t, 2> kLineEnd{'\r', '\n'};
    const sip::Endpoint to = KeepaliveServer();
    keepalive_sent_(device_);
    socket_->SendTo(ns3::Create<ns3::Packet>(kLineEnd.data(), keepalive_->octets()),
                    0,
                    ns3::InetSocketAddress(ToNs3(to.host), to.port));
    Remember(to.host, kNobody);
    keepalive_wake_ = ns3::Simulator::Schedule(DelayUntil(SimNow() + keepalive_->interval),
                                               &UserAgentApp::SendKeepalive,
                                               this);
}

// --- inputs of an account

void
UserAgentApp::HandleAccount(std::uint32_t index)
{
    Row& row = rows_[index];
    row.wake_at = kNever;
    const SimTime now = SimNow();
    if (now < row.agent.next_deadline(row.transaction))
    {
        Rearm(row); // the deadline has moved away since the event was made
        return;
    }
    Step(row, [&](registration::Outputs& outputs) {
        row.agent.on_deadline(*settings_, row.account, row.transaction, now, outputs);
    });
}

void
UserAgentApp::CallFailedOver(std::size_t account, const sip::Endpoint& server)
{
    Row& row = rows_[account];
    Step(row, [&](registration::Outputs& outputs) {
        row.agent.on_call_failed_over(*settings_,
                                      row.account,
                                      row.transaction,
                                      SimNow(),
                                      server,
                                      outputs);
    });
}

void
UserAgentApp::HandleRead(ns3::Ptr<ns3::Socket> socket)
{
    ns3::Address from;
    while (const auto packet = socket->RecvFrom(from))
    {
        const auto peer = ns3::InetSocketAddress::ConvertFrom(from);
        const auto text = state_->TextOf(*packet);
        if (IsBlank(text))
        {
            drop_(world::DropReason::kKeepalive);
            continue;
        }
        if (IsStun(text))
        {
            HandleStun(text);
            continue;
        }
        const auto decoded = state_->codec.decode(
            text,
            {.host = ToHost(peer.GetIpv4()), .port = peer.GetPort()},
            {.host = state_->nats.plan().inside(device_, address_life_).host, .port = local_port_});
        if (const auto* message = std::get_if<sip::Message>(&decoded))
        {
            HandleMessage(*message, static_cast<std::uint32_t>(text.size()));
        }
        else
        {
            drop_(std::holds_alternative<sip::Keepalive>(decoded) ? world::DropReason::kKeepalive
                                                                  : world::DropReason::kMalformed);
        }
    }
}

UserAgentApp::Row*
UserAgentApp::FindRow(const sip::Message& response)
{
    if (response.is_request() || response.via.empty())
    {
        return nullptr;
    }
    // Accounts are in order of their AOR; several may share one.
    const sip::UserId user = response.to.user;
    for (auto row = std::ranges::lower_bound(rows_, user, {}, UserOf);
         row != rows_.end() && UserOf(*row) == user;
         ++row)
    {
        // RFC 3261 §17.1.3: by the topmost branch; CSeq's method is REGISTER in all we send.
        if (row->branch == response.via[0].branch)
        {
            return &*row;
        }
    }
    return nullptr;
}

void
UserAgentApp::HandleMessage(const sip::Message& message, std::uint32_t octets)
{
    if (message.is_request() && !rows_.empty())
    {
        AnswerPing(message, octets);
        return;
    }
    Row* row = FindRow(message);
    if (row == nullptr)
    {
        if (HandleExtraResponse(message, octets) || HandleOptionsResponse(message, octets))
        {
            return;
        }
        drop_(world::DropReason::kUnmatched);
        return;
    }
    rx_(first_account_ + IndexOf(*row), message, octets, false);
    if (!row->transaction)
    {
        drop_(world::DropReason::kUnmatched);
        return;
    }
    Step(*row, [&](registration::Outputs& outputs) {
        row->agent
            .on_message(*settings_, row->account, row->transaction, SimNow(), message, outputs);
    });
}

void
UserAgentApp::HandleArrival(ns3::Ptr<const ns3::Packet> datagram)
{
    icmp_identification_ = IdentificationInIcmpError(*datagram);
}

void
UserAgentApp::HandleIcmp(ns3::Ipv4Address from,
                         std::uint8_t /*ttl*/,
                         std::uint8_t type,
                         std::uint8_t code,
                         std::uint32_t /*info*/)
{
    if (type != kDestinationUnreachable || code != kPortUnreachable)
    {
        return;
    }
    const Sent sent = FindSent(ToHost(from), icmp_identification_);
    if (sent.sender == kNobody)
    {
        return;
    }
    if (sent.sender == kTraversal)
    {
        TraversalError(ToHost(from));
        return;
    }
    if (!settings_->registration.listens_to_icmp)
    {
        return;
    }
    Row& row = rows_[sent.sender];
    Step(row, [&](registration::Outputs& outputs) {
        row.agent.on_transport_error(*settings_,
                                     row.account,
                                     row.transaction,
                                     SimNow(),
                                     sent.request,
                                     outputs);
    });
}

void
UserAgentApp::Remember(sip::Host to, std::uint32_t sender, std::uint64_t request)
{
    if (!sent_.empty())
    {
        sent_[next_sent_++ % sent_.size()] = {to, link_->GetLastIdentification(), sender, request};
    }
}

UserAgentApp::Sent
UserAgentApp::FindSent(sip::Host to, std::uint16_t identification) const
{
    for (std::size_t back = 1; back <= std::min(next_sent_, sent_.size()); ++back)
    {
        const Sent& sent = sent_[(next_sent_ - back) % sent_.size()];
        if (sent.to == to && sent.identification == identification)
        {
            return sent;
        }
    }
    return {};
}

// --- outputs of an account

void
UserAgentApp::Perform(Row& row, const registration::Outputs& outputs)
{
    using Next = registration::Outputs::Next;
    for (const registration::Transition& transition : outputs.transitions)
    {
        transition_(first_account_ + IndexOf(row), transition);
        AfterTransition(row, transition);
    }
    if (outputs.next == Next::kSend || outputs.next == Next::kSendAgain)
    {
        Transmit(row, outputs.request, outputs.next == Next::kSendAgain);
    }
    if (!row.transaction || row.transaction->state() == sip::ClientTransaction::State::kCompleted)
    {
        row.last_packet = nullptr;
    }
    Rearm(row);
    if (outputs.next == Next::kResolve)
    {
        Locate();
    }
    if (outputs.next == Next::kFinished)
    {
        Apply(life_.on_finished(SimNow()));
        ArmLife();
    }
}

void
UserAgentApp::Transmit(Row& row, const sip::Message& message, bool again)
{
    if (!again || !row.last_packet)
    {
        const std::string text = state_->codec.encode(message);
        row.last_packet =
            ns3::Create<ns3::Packet>(reinterpret_cast<const std::uint8_t*>(text.data()),
                                     static_cast<std::uint32_t>(text.size()));
        row.branch = message.via[0].branch;
    }
    ++state_->sip_messages_sent;
    registered_at_ = message.dst;
    const std::uint32_t index = IndexOf(row);
    tx_(first_account_ + index, message, row.last_packet->GetSize(), again);
    socket_->SendTo(row.last_packet->Copy(),
                    0,
                    ns3::InetSocketAddress(ToNs3(message.dst.host), message.dst.port));
    Remember(message.dst.host, index, row.agent.request_number());
}

void
UserAgentApp::Rearm(Row& row)
{
    const SimTime at = row.agent.next_deadline(row.transaction);
    // An event that comes before the deadline finds out and arms again: cheaper than Cancel, which
    // leaves the event in the queue until its time (ns3::PriorityQueueScheduler).
    if (at == kNever || row.wake_at <= at)
    {
        return;
    }
    row.wake.Cancel();
    row.wake_at = at;
    row.wake =
        ns3::Simulator::Schedule(DelayUntil(at), &UserAgentApp::HandleAccount, this, IndexOf(row));
}

std::uint32_t
UserAgentApp::IndexOf(const Row& row) const
{
    return static_cast<std::uint32_t>(&row - rows_.data());
}

} // namespace sipsim::ns3carrier
