#include "model/registrar/registrar.h"

#include "model/registrar/draft.h"

#include <algorithm>
#include <utility>

namespace sipsim::registrar
{

namespace
{

using sip::Message;
using sip::Method;

constexpr std::uint32_t kAnHour =
    3600; // RFC 3261 §10.3 step 7: from here on no interval is too brief

bool
redirects(std::uint16_t status)
{
    return status >= 300 && status <= 399;
}

std::uint32_t
requested_expiry(const sip::Contact& contact, const Message& request, std::uint32_t otherwise)
{
    return contact.expires.value_or(request.expires.value_or(otherwise));
}

} // namespace

Registrar::Registrar(const RegistrarOptions& options,
                     const DrawKey& server,
                     sip::Host domain,
                     const sip::ProofFunction& proof,
                     SecretLookup secrets,
                     LocationService& locations)
    : options_(options),
      server_(server),
      domain_(domain),
      proof_(proof),
      secrets_(std::move(secrets)),
      locations_(locations),
      admission_(options.admission.enabled() ? std::make_unique<Admission>(options.admission)
                                             : nullptr),
      nonce_key_(draw_identity(server, Purpose::kNonce, 0))
{
}

void
Registrar::on_restart(bool keep_bindings)
{
    ++starts_;
    nonce_key_ = draw_identity(server_, Purpose::kNonce, starts_);
    served_.clear();
    if (admission_)
    {
        admission_->on_restart();
    }
    if (!keep_bindings)
    {
        locations_.clear();
    }
}

bool
Registrar::serves(sip::Host host, const Message& request) const
{
    return host != sip::Host{} && (host == domain_ || host == request.dst.host);
}

void
Registrar::process(SimTime now, const Message& request, Reply& reply)
{
    reply = {};
    // RFC 3261 §17.1.1.3: ACK is never answered.
    if (request.method == Method::kAck || suspended(now, request, reply))
    {
        return;
    }
    reply.status = status_of(request);
    if (reply.status != 0)
    {
        return;
    }
    if (options_.refuse_status != 0)
    {
        refuse(reply);
    }
    else
    {
        process_register(now, request, reply);
    }
}

std::uint16_t
Registrar::status_of(const Message& request) const
{
    // §9.2: a transaction that could be cancelled is not found, REGISTER is answered at once.
    if (request.method == Method::kCancel)
    {
        return 481;
    }
    // §8.2.1. Model choice: it needs no proof, only REGISTER is challenged.
    if (request.method != Method::kRegister && request.method != Method::kOptions &&
        request.method != Method::kSubscribe)
    {
        return 405;
    }
    // §10.3 step 1; §8.2.2.1: this is no proxy, so nothing is forwarded.
    if (!serves(request.request_uri.at.host, request))
    {
        return 404;
    }
    // §10.3 step 2, §8.2.2.3: no extension is supported.
    if (!request.require.empty())
    {
        return 420;
    }
    if (request.method == Method::kOptions)
    {
        return 200; // §11.2
    }
    if (request.method == Method::kSubscribe)
    {
        // RFC 6665 §4.2.1.1. Model choice: the registrar is the notifier of its users as well. Not
        // modelled: the subscription, and so NOTIFY and a Contact in the 200.
        return request.event == sip::EventPackage::kNone ? 489
               : secrets_(request.to.user)               ? 200
                                                         : 404;
    }
    return 0;
}

void
Registrar::refuse(Reply& reply) const
{
    reply.status = options_.refuse_status;
    reply.seconds = options_.retry_after.value_or(0);
    reply.redirect = options_.redirect_to.value_or(sip::HostPort{});
}

void
Registrar::process_register(SimTime now, const Message& request, Reply& reply)
{
    // §10.3 steps 3 and 4.
    if (needs_proof(now, request))
    {
        if (!authenticate(now, request, reply))
        {
            return;
        }
    }
    else if (admission_)
    {
        admission_->on_excused(attempt_of(request));
    }
    reply.fresh_attempt = true;
    // §10.3 step 5. Model choice: the port of the To URI is not looked at, its parameters are removed.
    // A user must prove itself before it learns that it is unknown, so this tells a stranger nothing
    // unless challenge is never.
    if (!serves(request.to.at.host, request) || !secrets_(request.to.user))
    {
        reply.status = 404;
    }
    // §10.3 step 6: `*` stands alone and with an expiry of zero.
    else if (request.contact_star && (!request.contacts.empty() || request.expires != 0U))
    {
        reply.status = 400;
    }
    else if (request.contact_star)
    {
        remove_all(now, request, reply);
    }
    // §10.3 step 6: without Contact it is a query.
    else if (request.contacts.empty())
    {
        reply.status = 200;
        reply.bindings = locations_.lookup(request.to.user, now);
    }
    else
    {
        update(now, request, reply);
    }
}

void
Registrar::remove_all(SimTime now, const Message& request, Reply& reply)
{
    const Bindings bound = locations_.lookup(request.to.user, now);
    // §10.3 step 6: bindings of other Call-IDs go; one of this Call-ID aborts all unless CSeq is higher.
    for (const Binding& binding : bound)
    {
        if (binding.call_id == request.call_id && !newer(request.cseq, binding.cseq))
        {
            // Step 7 names the status of a request whose updates do not all succeed.
            reply.status = 500;
            return;
        }
    }
    reply.status = 200;
    reply.changed = !bound.empty();
    locations_.change(request.to.user, {}, now);
}

// Model choice: the draw is one per request, numbered by Call-ID and CSeq, so that a copy of the request
// is granted the same; all its contacts share it. Kept per user, it is number 0 of that user.
std::uint32_t
Registrar::granted(std::uint32_t asked, const Message& request) const
{
    const std::uint32_t most = std::min(asked, options_.max_expires);
    const std::uint32_t least = shortest_grant(options_, most);
    if (least == most)
    {
        return most;
    }
    const auto user = static_cast<std::uint64_t>(request.to.user);
    const DrawKey key{.seed = server_.seed,
                      .device = server_.device,
                      .account = static_cast<std::uint32_t>(user)};
    const std::uint64_t number = options_.expiry_spread_per_user
                                     ? 0
                                     : static_cast<std::uint64_t>(request.call_id) +
                                           static_cast<std::uint32_t>(request.cseq);
    const double choices = double{1} + (most - least); // whole seconds, both ends included
    const auto shorter =
        static_cast<std::uint32_t>(draw(key, Purpose::kGrantedExpiry, number) * choices);
    return most - std::min(shorter, most - least);
}

void
Registrar::update(SimTime now, const Message& request, Reply& reply)
{
    // §10.3 step 7: expiry of each address; too brief a one fails the request before any is looked up.
    for (const sip::Contact& contact : request.contacts)
    {
        // The default is the registrar's own, nobody requested it: it is never too brief.
        const std::uint32_t e = requested_expiry(contact, request, kAnHour);
        if (e > 0 && e < kAnHour && e < options_.min_expires)
        {
            reply.status = 423;
            reply.seconds = options_.min_expires;
            return;
        }
    }
    // RFC 3327 §5.3. Model choice: 500 when the service has no room for one more path.
    const std::optional<std::uint8_t> path = locations_.path_number(request.path);
    if (!path)
    {
        reply.status = 500;
        return;
    }
    const Bindings before = locations_.lookup(request.to.user, now);
    Draft draft{before};
    for (const sip::Contact& contact : request.contacts)
    {
        const std::uint32_t e = requested_expiry(contact, request, options_.default_expires);
        Binding asked = asked_by(contact, request);
        const std::uint32_t seconds = granted(e, request);
        asked.expires_at = now + std::chrono::seconds{seconds};
        asked.path = *path;
        const Step step = apply(draft, asked, seconds == 0);
        if (step == Step::kRepeat && options_.stateless)
        {
            reply.status = 200;
            reply.bindings = before;
            reply.repeat = true;
            return;
        }
        if (step != Step::kDone)
        {
            reply.status = 500; // §10.3 step 7: aborted, nothing is committed
            return;
        }
    }
    if (draft.added && options_.on_second_contact == OnSecondContact::kReplace)
    {
        draft.keep_touched();
    }
    // Model choice: 403, the RFC leaves the refusal of one more contact to the registrar's policy.
    const bool rejected = draft.added && options_.on_second_contact == OnSecondContact::kReject &&
                          draft.holds_untouched();
    if (rejected || (draft.added && draft.entries.size() > options_.max_contacts))
    {
        reply.status = 403;
        return;
    }
    reply.status = 200;
    draft.write(reply.bindings);
    reply.changed = !(reply.bindings == before);
    locations_.change(request.to.user, reply.bindings, now);
}

// The binding the contact asks for, but for its end and path. Model choice: one that came over a Path is kept as
// it was sent, for what is seen of it is the last proxy; the first one knows where the device is (RFC 3327 §5.3).
Binding
Registrar::asked_by(const sip::Contact& contact, const Message& request) const
{
    Binding asked{.contact_user = contact.uri.user,
                  .call_id = request.call_id,
                  .instance = contact.instance,
                  .expires_at = {},
                  .contact = contact.uri.at,
                  .cseq = request.cseq,
                  .transport = contact.uri.transport};
    if (!request.path.empty())
    {
        return asked;
    }
    switch (options_.contact_address)
    {
    case ContactAddress::kSent:
        break;
    case ContactAddress::kSeen:
        asked.contact = request.src;
        break;
    case ContactAddress::kSeenHost:
        asked.contact.host = request.src.host;
        break;
    }
    return asked;
}

// Model choice: whoever reads the answer to its own REGISTER finds the Contact it wrote, whatever is
// kept of it (as Kamailio and VOS3000 do).
sip::Uri
Registrar::as_sent(const Binding& binding, const Message& request) const
{
    for (const sip::Contact& contact : request.contacts)
    {
        if (matches(binding, asked_by(contact, request)))
        {
            return contact.uri;
        }
    }
    return binding.uri();
}

sip::Endpoint
Registrar::reply_to(const Message& response, const Message& request) const
{
    if (request.via.empty())
    {
        return response.dst;
    }
    const sip::Via& via = request.via[0];
    const std::uint16_t via_port = via.sent_by.port == 0 ? sip::kSipPort : via.sent_by.port;
    if (via.transport != sip::Transport::kUdp)
    {
        return request.src; // §18.2.2: over the connection the request came by
    }
    switch (options_.reply_address)
    {
    case ReplyAddress::kStandard:
        break;
    case ReplyAddress::kSocket:
        return request.src;
    case ReplyAddress::kViaPort:
        return {request.src.host, via_port};
    case ReplyAddress::kVia:
        return {via.sent_by.host, via_port};
    }
    return response.dst;
}

void
Registrar::write_response(SimTime answered,
                          const Message& request,
                          const Reply& reply,
                          Message& response) const
{
    // §8.2.6.2: the same tag in every response to a request. It is a function of server and Call-ID.
    const std::uint64_t tag =
        draw_identity(server_, Purpose::kIdentity, static_cast<std::uint64_t>(request.call_id));
    sip::write_response(request, reply.status, sip::Tag{sip::canonical(tag)}, response);
    response.dst = reply_to(response, request);
    if (reply.status == 401 || reply.status == 407)
    {
        const FixedVector<sip::DigestAlgorithm, 2>& offered = options_.algorithms;
        for (std::size_t i = 0; i < std::max<std::size_t>(offered.size(), 1); ++i)
        {
            response.challenges.push(
                {.realm = domain_,
                 .nonce = reply.nonce,
                 .algorithm = offered.empty() ? sip::DigestAlgorithm::kMd5 : offered[i],
                 .qop = options_.qop,
                 .stale = reply.stale});
        }
    }
    else if (reply.status == 420)
    {
        response.unsupported = request.require; // §8.2.2.3
    }
    else if (reply.status == 423)
    {
        response.min_expires = reply.seconds; // §10.3 step 7
    }
    else if (reply.seconds != 0)
    {
        response.retry_after = reply.seconds;
    }
    if (reply.status == 200 && request.method == Method::kRegister)
    {
        response.path = request.path; // RFC 3327 §5.3
    }
    if (reply.status == 200 && request.method == Method::kSubscribe)
    {
        // RFC 6665 §4.2.1.1: MUST be there, and not longer than asked for.
        response.expires = request.expires.value_or(kAnHour);
    }
    if (redirects(reply.status))
    {
        response.contacts.push({.uri = {.user = {}, .at = reply.redirect, .transport = {}},
                                .instance = {},
                                .expires = {}});
    }
    // §10.3 step 8: all current bindings, each with the seconds it has left.
    for (const Binding& binding : reply.bindings)
    {
        const auto left = std::chrono::ceil<std::chrono::seconds>(binding.expires_at - answered);
        response.contacts.push({.uri = as_sent(binding, request),
                                .instance = binding.instance,
                                .expires = static_cast<std::uint32_t>(left.count())});
    }
}

} // namespace sipsim::registrar
