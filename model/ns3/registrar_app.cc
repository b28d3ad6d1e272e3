#include "model/ns3/registrar_app.h"

#include "model/ns3/ipv4_bytes.h"
#include "model/ns3/sim_time.h"
#include "model/world/hosts.h"
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
    host_.emplace(
        options,
        world::server_key(state.world, registrar),
        state.directory.domain(registrar),
        state.proof,
        [&state, registrar](sip::UserId user) { return state.secret(registrar, user); },
        state.locations.service(registrar));
}

void
RegistrarApp::DoDispose()
{
    host_.reset();
    standby_ = nullptr;
    ServerApp::DoDispose();
}

void
RegistrarApp::OnDeath(bool for_good)
{
    const auto loss = world::on_death(state_->locations, index_, *host_, SimNow(), for_good);
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
    world::on_return(state_->locations, index_, *host_, SimNow());
}

void
RegistrarApp::TakeOver(const ns3::Ptr<RegistrarApp>& standby)
{
    standby_ = standby;
    world::take_over(state_->locations, index_, *host_, standby->index_, *standby->host_);
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
    sip::Message response;
    const registrar::Outcome outcome = host_->on_message(SimNow(), message, response);
    Perform(message, outcome, response);
}

void
RegistrarApp::Serve(const sip::Message& message, registrar::ProcessNumber process)
{
    sip::Message response;
    const registrar::Outcome outcome = host_->serve(SimNow(), message, process, response);
    Perform(message, outcome, response);
}

void
RegistrarApp::Perform(const sip::Message& message,
                      const registrar::Outcome& outcome,
                      const sip::Message& response)
{
    if (const auto& place = outcome.place)
    {
        queued_(index_, place->waiting, place->begins - SimNow(), place->done - place->begins);
        ns3::Simulator::Schedule(DelayUntil(place->done),
                                 &RegistrarApp::Serve,
                                 this,
                                 message,
                                 outcome.process);
        return;
    }
    if (outcome.limit != registrar::Limit::kNone)
    {
        limit_(index_, outcome.limit, message.to.user);
    }
    if (outcome.wrong_password)
    {
        wrong_password_(index_, message.to.user);
    }
    if (outcome.drop != registrar::Drop::kNone)
    {
        drop_(world::reason_of(outcome.drop));
    }
    if (outcome.responds)
    {
        if (outcome.to_register)
        {
            answered_(index_, response.status, outcome.repeat);
        }
        Transmit(response);
    }
    if (outcome.changed)
    {
        binding_(message.to.user, state_->locations.latest(index_, message.to.user, SimNow()));
    }
}

} // namespace sipsim::ns3carrier
