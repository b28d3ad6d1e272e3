#include "model/ns3/registrar_app.h"

#include "model/ns3/ipv4_bytes.h"
#include "model/ns3/sim_time.h"
#include "model/world/pings.h"

#include "ns3/trace-source-accessor.h"

#include <utility>

namespace sipsim::ns3carrier
{

NS_OBJECT_ENSURE_REGISTERED(RegistrarApp);

ns3::TypeId
RegistrarApp::GetTypeId()
{
    static const ns3::TypeId tid =
        ns3::TypeId("sipsim::RegistrarApp")
            .SetParent<ServerApp>()
            .SetGroupName("Sipsim")
            .AddConstructor<RegistrarApp>()
            .AddTraceSource("Arrival",
                            "A REGISTER arrived at the host's interface, repeats included.",
                            ns3::MakeTraceSourceAccessor(&RegistrarApp::arrival_),
                            "sipsim::RegistrarApp::ArrivalTracedCallback")
            .AddTraceSource("Queued",
                            "A request took a place at the service station.",
                            ns3::MakeTraceSourceAccessor(&RegistrarApp::queued_),
                            "sipsim::RegistrarApp::QueuedTracedCallback")
            .AddTraceSource("Answered",
                            "A response to a REGISTER was sent.",
                            ns3::MakeTraceSourceAccessor(&RegistrarApp::answered_),
                            "sipsim::RegistrarApp::AnsweredTracedCallback")
            .AddTraceSource("Limit",
                            "A limit decided about a request.",
                            ns3::MakeTraceSourceAccessor(&RegistrarApp::limit_),
                            "sipsim::RegistrarApp::LimitTracedCallback")
            .AddTraceSource("WrongPassword",
                            "A password was looked at and was wrong.",
                            ns3::MakeTraceSourceAccessor(&RegistrarApp::wrong_password_),
                            "sipsim::RegistrarApp::WrongPasswordTracedCallback")
            .AddTraceSource("Binding",
                            "The bindings of an AOR changed.",
                            ns3::MakeTraceSourceAccessor(&RegistrarApp::binding_),
                            "sipsim::RegistrarApp::BindingTracedCallback")
            .AddTraceSource("BindingsLost",
                            "The process came back without its bindings.",
                            ns3::MakeTraceSourceAccessor(&RegistrarApp::bindings_lost_),
                            "sipsim::RegistrarApp::BindingsLostTracedCallback");
    return tid;
}

void
RegistrarApp::Configure(RunState& state,
                        std::uint32_t registrar,
                        ns3::Ptr<AccessNetDevice> host_link)
{
    const auto& options = state.world.registrars[registrar].options;
    Attach(state, registrar, std::move(host_link), options.answers_stun);
    const DrawKey key = world::server_key(state.world, registrar);
    registrar_.emplace(
        options,
        key,
        state.directory.domain(registrar),
        state.proof,
        [&state, registrar](sip::UserId user) { return state.secret(registrar, user); },
        state.locations.service(registrar));
    server_.emplace(*registrar_, options);
    station_.emplace(options.station, key);
}

void
RegistrarApp::DoDispose()
{
    server_.reset();
    registrar_.reset();
    stand_in_ = nullptr;
    ServerApp::DoDispose();
}

void
RegistrarApp::OnDeath(bool for_good)
{
    const auto loss = state_->locations.on_death(index_, SimNow(), for_good);
    server_->on_restart(true); // bindings are another matter
    station_->clear();
    ++process_;
    if (loss.own)
    {
        bindings_lost_(index_);
    }
    for (const sip::UserId aor : loss.users)
    {
        binding_(aor, state_->locations.latest(index_, aor, SimNow()));
    }
}

void
RegistrarApp::OnReturn()
{
    if (!stand_in_)
    {
        state_->locations.on_return(index_, SimNow());
        station_->begin(SimNow(), GetLocations().size());
    }
}

void
RegistrarApp::TakeOver(const ns3::Ptr<RegistrarApp>& standby)
{
    state_->locations.take_over(index_, standby->index_);
    stand_in_ = standby;
}

void
RegistrarApp::Refuse(std::uint32_t retry_after)
{
    ++refusing_;
    refuse_for_ = retry_after;
}

void
RegistrarApp::Accept()
{
    --refusing_;
}

void
RegistrarApp::OnArrival(const ns3::Packet& datagram)
{
    if (UdpPayloadStartsWith(datagram, "REGISTER "))
    {
        arrival_(index_, IsAlive() && UdpDestinationPort(datagram) == port_);
    }
    else if (IsKeepalive(datagram))
    {
        keepalive_(index_);
    }
}

void
RegistrarApp::HandleMessage(const sip::Message& message)
{
    if (!message.is_request() && message.method == sip::Method::kOptions)
    {
        return; // the answer to a ping of its own tells it nothing
    }
    // It has no client transaction (RFC 3261 §18.1.2), and an ACK ends one that its own response to an INVITE
    // has already ended (Not modelled: §17.2.1, sending that again): no work for anybody.
    if (!message.is_request() || message.method == sip::Method::kAck)
    {
        drop_(world::DropReason::kUnmatched);
        return;
    }
    RegistrarApp& by = Answering();
    if (refusing_ > 0)
    {
        RefuseWith(message, refuse_for_);
        return;
    }
    if (!by.station_->enabled())
    {
        Serve(message, ProcessNumber());
        return;
    }
    const SimTime now = SimNow();
    const auto admission = by.station_->offer(now, message);
    if (!admission)
    {
        RefuseFull(message);
        return;
    }
    if (!by.station_->queues())
    {
        Serve(message, ProcessNumber());
        return;
    }
    queued_(index_,
            admission->waiting,
            admission->begins - now,
            admission->done - admission->begins);
    by.server_->on_queued(now, message);
    ns3::Simulator::Schedule(DelayUntil(admission->done),
                             &RegistrarApp::Serve,
                             this,
                             message,
                             ProcessNumber());
}

void
RegistrarApp::RefuseFull(const sip::Message& message)
{
    drop_(world::DropReason::kStationFull);
    const auto refusal = Answering().station_->refuse(SimNow(), message);
    if (refusal.aloud)
    {
        RefuseWith(message, refusal.seconds);
    }
}

// 503, without a transaction.
void
RegistrarApp::RefuseWith(const sip::Message& message, std::uint32_t retry_after)
{
    registrar::Reply reply;
    reply.status = 503;
    reply.seconds = retry_after;
    if (message.method == sip::Method::kRegister)
    {
        answered_(index_, reply.status, false);
    }
    RegistrarApp& by = Answering();
    sip::Message response = by.registrar_->response(SimNow(), message, reply);
    response.overload = by.station_->overload(SimNow(), message);
    Transmit(response);
}

void
RegistrarApp::Serve(const sip::Message& message, std::uint32_t process)
{
    if (process != ProcessNumber())
    {
        return; // it died with the process that held it
    }
    auto& handled = Answering().server_->on_request(SimNow(), message);
    if (handled.limit != registrar::Limit::kNone)
    {
        limit_(index_, handled.limit, message.to.user);
    }
    if (handled.reply != nullptr && handled.reply->wrong)
    {
        wrong_password_(index_, message.to.user);
    }
    if (!handled.response)
    {
        drop_(handled.limit == registrar::Limit::kNone ? world::DropReason::kUnmatched
                                                       : world::DropReason::kAdmission);
        return;
    }
    if (message.method == sip::Method::kRegister)
    {
        answered_(index_, handled.response->status, handled.repeat);
    }
    handled.response->overload = Answering().station_->overload(SimNow(), message);
    Transmit(*handled.response);
    if (handled.reply != nullptr && handled.reply->changed)
    {
        binding_(message.to.user, state_->locations.latest(index_, message.to.user, SimNow()));
    }
}

} // namespace sipsim::ns3carrier
