#include "model/registrar/host.h"

#include <utility>

namespace sipsim::registrar
{

Host::Host(const RegistrarOptions& options,
           const DrawKey& server,
           sip::Host domain,
           const sip::ProofFunction& proof,
           SecretLookup secrets,
           LocationService& locations)
    : registrar_(options, server, domain, proof, std::move(secrets), locations),
      server_(registrar_, options),
      station_(options.station, server),
      locations_(locations)
{
}

// Work for nobody.
Outcome
Host::unmatched(const sip::Message& message)
{
    Outcome outcome;
    // The answer to a ping of its own tells it nothing. Of other requests it has no client transaction (RFC
    // 3261 §18.1.2), and an ACK ends one that its own response to an INVITE has already ended.
    const bool ping = !message.is_request() && message.method == sip::Method::kOptions;
    outcome.drop = ping ? Drop::kNone : Drop::kUnmatched;
    return outcome;
}

Outcome
Host::offer(SimTime now, const sip::Message& request, sip::Message& response)
{
    ServiceStation& station = answering_->station_;
    const auto place = station.offer(now, request);
    if (!place)
    {
        const auto refusal = station.refuse(now, request);
        Outcome outcome;
        if (refusal.aloud)
        {
            outcome = refuse(now, request, refusal.seconds, response);
        }
        outcome.drop = Drop::kStationFull;
        return outcome;
    }
    if (!station.queues())
    {
        return answer(now, request, response);
    }
    answering_->server_.on_queued(now, request);
    Outcome outcome;
    outcome.place = place;
    outcome.process = process();
    return outcome;
}

Outcome
Host::refuse(SimTime now,
             const sip::Message& request,
             std::uint32_t retry_after,
             sip::Message& response)
{
    const Handled handled = answering_->server_.refuse(now, request, retry_after, response);
    response.overload = answering_->station_.overload(now, request);
    Outcome outcome;
    outcome.responds = true;
    outcome.to_register = request.method == sip::Method::kRegister;
    outcome.answered = handled.answered;
    outcome.compact = handled.compact;
    return outcome;
}

void
Host::on_death()
{
    server_.on_restart(true);
    station_.clear();
    ++deaths_;
}

} // namespace sipsim::registrar
