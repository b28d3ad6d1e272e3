#include "model/ns3/dns_app.h"

#include "model/dns/codec.h"
#include "model/ns3/host_udp.h"
#include "model/ns3/ipv4_bytes.h"
#include "model/ns3/sim_time.h"
#include "model/world/pings.h"

#include "ns3/trace-source-accessor.h"

#include <utility>
#include <variant>

namespace sipsim::ns3carrier
{

NS_OBJECT_ENSURE_REGISTERED(DnsApp);

ns3::TypeId
DnsApp::GetTypeId()
{
    static const ns3::TypeId tid =
        ns3::TypeId("sipsim::DnsApp")
            .SetParent<ServerApp>()
            .SetGroupName("Sipsim")
            .AddConstructor<DnsApp>()
            .AddTraceSource("Query",
                            "A query arrived at the host's interface.",
                            ns3::MakeTraceSourceAccessor(&DnsApp::query_),
                            "sipsim::DnsApp::QueryTracedCallback")
            .AddTraceSource("Answered",
                            "An answer left.",
                            ns3::MakeTraceSourceAccessor(&DnsApp::answered_),
                            "sipsim::DnsApp::AnsweredTracedCallback");
    return tid;
}

void
DnsApp::Configure(RunState& state, std::uint32_t number, ns3::Ptr<AccessNetDevice> host_link)
{
    const auto server = world::server_index(state.world, {world::ServerKind::kDns, number});
    port_ = dns::kDnsPort;
    Attach(state, server, std::move(host_link), false);
    number_ = number;
    key_ = world::server_key(state.world, server);
    const world::DnsSpec& spec = state.world.dns[number];
    if (spec.zones.empty())
    {
        resolver_.emplace(state.directory.resolver(number),
                          key_,
                          state.directory.answers(),
                          spec.authority.udp_size);
    }
    else
    {
        authority_.emplace(state.directory.dns_names(),
                           state.directory.zones(number),
                           spec.authority);
        turns_ = dns::Turns{spec.authority.order};
    }
}

void
DnsApp::StartApplication()
{
    GetNode()->GetObject<HostUdp>()->SetReaders(ns3::MakeCallback(&DnsApp::HandleResponse, this),
                                                ns3::MakeCallback(&DnsApp::HandleError, this));
    ServerApp::StartApplication();
}

void
DnsApp::DoDispose()
{
    wake_.Cancel();
    resolver_.reset();
    authority_.reset();
    ServerApp::DoDispose();
}

void
DnsApp::ChangeZone(std::optional<std::uint32_t> fault)
{
    if (authority_)
    {
        authority_->set_zones(state_->directory.zones(number_, fault));
    }
}

void
DnsApp::OnArrival(const ns3::Packet& datagram)
{
    if (IsDnsQuery(datagram))
    {
        query_(number_, IsAlive());
    }
}

void
DnsApp::OnDeath(bool /*for_good*/)
{
    ++process_;
    if (resolver_)
    {
        resolver_->on_crash();
    }
}

// --- queries

void
DnsApp::HandleDatagram(std::string_view text, sip::Endpoint from)
{
    const auto decoded = dns::decode(text, state_->directory.dns_names());
    if (const auto* refusal = std::get_if<dns::Refusal>(&decoded))
    {
        drop_(refusal->response ? world::DropReason::kRefused : world::DropReason::kMalformed);
        if (refusal->response)
        {
            Answer(*refusal->response, from);
        }
        return;
    }
    const auto& message = std::get<dns::Message>(decoded);
    if (message.flags.response)
    {
        drop_(world::DropReason::kUnmatched);
        return;
    }
    HandleQuery(message, from);
}

void
DnsApp::HandleQuery(const dns::Message& query, sip::Endpoint from)
{
    if (lame_ > 0)
    {
        Answer(dns::response_to(query, dns::Rcode::kRefused), from);
        return;
    }
    if (authority_)
    {
        if (const auto response = authority_->answer(query, key_, turns_.next(query.question)))
        {
            Answer(*response, from);
        }
        else
        {
            drop_(world::DropReason::kUnmatched);
        }
        return;
    }
    if (const auto refusal = dns::unserved(query))
    {
        Answer(dns::response_to(query, *refusal), from);
        return;
    }
    const auto packet = state_->directory.answers().compact(query);
    if (!packet)
    {
        Answer(dns::response_to(query, dns::Rcode::kServFail), from); // the store is full
        return;
    }
    StepResolver([&](dns::Sendings& out) { resolver_->on_query(*packet, from, SimNow(), out); });
}

void
DnsApp::Answer(const dns::Message& response, sip::Endpoint to)
{
    const auto octets = dns::encode(response, state_->directory.dns_names());
    if (!octets)
    {
        drop_(world::DropReason::kUnmatched); // a name that only a hostile query has
        return;
    }
    if (slow_ > SimDuration{0})
    {
        ns3::Simulator::Schedule(ToNs3(slow_),
                                 &DnsApp::Leave,
                                 this,
                                 *octets,
                                 to,
                                 response.rcode,
                                 process_);
        return;
    }
    Leave(*octets, to, response.rcode, process_);
}

void
DnsApp::Leave(const std::string& octets, sip::Endpoint to, dns::Rcode rcode, std::uint32_t process)
{
    if (process != process_)
    {
        return; // it died with the process that held it
    }
    answered_(number_, rcode);
    SendOctets(octets, to);
}

// --- what our resolver asks

template <class Input>
void
DnsApp::StepResolver(const Input& input)
{
    dns::Sendings sendings;
    input(sendings);
    for (const dns::Sending& sending : sendings)
    {
        const dns::Message message = state_->directory.answers().expand(sending.packet);
        if (sending.from_port == dns::kDnsPort)
        {
            Answer(message, sending.to);
        }
        else if (const auto octets = dns::encode(message, state_->directory.dns_names()))
        {
            GetNode()->GetObject<HostUdp>()->SendFrom(
                {.host = GetAddress().host, .port = sending.from_port},
                sending.to,
                *octets);
        }
    }
    Rearm();
}

void
DnsApp::HandleResponse(ns3::Ptr<ns3::Packet> datagram, sip::Endpoint from, std::uint16_t to_port)
{
    if (!IsAlive())
    {
        return; // told of at the interface
    }
    const auto decoded = dns::decode(state_->TextOf(*datagram), state_->directory.dns_names());
    const auto* message = std::get_if<dns::Message>(&decoded);
    const auto packet =
        message != nullptr ? state_->directory.answers().compact(*message) : std::nullopt;
    if (!packet)
    {
        drop_(world::DropReason::kMalformed);
        return;
    }
    auto verdict = dns::Verdict::kNotAsked;
    if (resolver_)
    {
        StepResolver([&](dns::Sendings& out) {
            verdict = resolver_->on_message(*packet, from, to_port, SimNow(), out);
        });
    }
    if (verdict >= dns::Verdict::kNotAsked)
    {
        drop_(world::DropReason::kUnmatched);
    }
}

void
DnsApp::HandleError(std::uint16_t from_port)
{
    if (resolver_ && IsAlive())
    {
        StepResolver(
            [&](dns::Sendings& out) { resolver_->on_transport_error(from_port, SimNow(), out); });
    }
}

void
DnsApp::HandleDeadline()
{
    wake_at_ = kNever;
    // Where the deadline has moved away since the event was made, nothing happens but a new one.
    StepResolver([&](dns::Sendings& out) {
        if (SimNow() >= resolver_->next_deadline())
        {
            resolver_->on_deadline(SimNow(), out);
        }
    });
}

void
DnsApp::Rearm()
{
    const SimTime at = resolver_->next_deadline();
    if (at == kNever || wake_at_ <= at)
    {
        return;
    }
    wake_.Cancel();
    wake_at_ = at;
    wake_ = ns3::Simulator::Schedule(DelayUntil(at), &DnsApp::HandleDeadline, this);
}

} // namespace sipsim::ns3carrier
