// Digest authentication of a REGISTER: RFC 3261 §10.3 steps 3 and 4, §22; RFC 7616.
//
// Nonces are not kept. One holds the millisecond of its issue (39 bits, 17 years) and a 24-bit code over
// that millisecond, the user named in To and a key drawn anew at each start of the server, so that
// origin and age can be told from the nonce alone and a restart makes all of them unknown.

#include "model/base/mix.h"
#include "model/registrar/registrar.h"

#include <algorithm>
#include <cassert>

namespace sipsim::registrar
{

namespace
{

using sip::Message;

constexpr unsigned kCodeBits = 24;
constexpr std::uint64_t kCodeMask = (std::uint64_t{1} << kCodeBits) - 1;

// Model choice: so many one-time nonces are remembered as served, by place; a nonce whose place was
// taken by another could serve twice. No client of ours tries.
constexpr std::size_t kServedPlaces = 1024;

std::uint64_t
milliseconds(SimTime t)
{
    return static_cast<std::uint64_t>(
        std::chrono::floor<std::chrono::milliseconds>(t.time_since_epoch()).count());
}

// Model choice: a limit refuses with 403, as VOS3000's final answer to an exhausted session.
void
refuse_by(const Verdict& verdict, Reply& reply)
{
    reply.status = verdict.action == Verdict::Action::kForbid ? 403 : 0;
    reply.limit = verdict.limit;
}

} // namespace

bool
Registrar::needs_proof(SimTime now, const Message& request) const
{
    if (options_.challenge != ChallengeWhen::kInitial)
    {
        return options_.challenge == ChallengeWhen::kAlways;
    }
    const Bindings bound = locations_.lookup(request.to.user, now);
    const auto of_this_call = [&](const Binding& binding) {
        return binding.call_id == request.call_id;
    };
    if (request.contact_star)
    {
        return bound.empty() || !std::ranges::all_of(bound, of_this_call);
    }
    return request.contacts.empty() ||
           !std::ranges::all_of(request.contacts, [&](const sip::Contact& contact) {
               return std::ranges::any_of(bound, [&](const Binding& binding) {
                   return of_this_call(binding) &&
                          binding.uri() == asked_by(contact, request).uri();
               });
           });
}

bool
Registrar::addressed_here(const sip::Credentials& credentials, bool proxy_auth) const
{
    // RFC 3261 §22.1: the realm alone is the protection domain; §22.3: Proxy-Authorization answers 407.
    const bool offered = options_.algorithms.empty()
                             ? credentials.algorithm == sip::DigestAlgorithm::kMd5
                             : std::ranges::find(options_.algorithms, credentials.algorithm) !=
                                   options_.algorithms.end();
    return credentials.realm == domain_ && proxy_auth == (options_.challenge_status == 407) &&
           offered;
}

void
Registrar::challenge(SimTime now, sip::UserId user, bool stale, Reply& reply) const
{
    reply.status = options_.challenge_status;
    reply.stale = stale;
    reply.nonce = make_nonce(now, user);
}

Admission::Attempt
Registrar::attempt_of(const Message& request) const
{
    // The terminal of a REGISTER is its To's, whoever sends it; of others, who sends them.
    const sip::UserId user =
        request.method == sip::Method::kRegister ? request.to.user : request.from.user;
    return {.user = user,
            .call_id = request.call_id,
            .cseq = request.cseq,
            .source = request.src.host,
            .known = secrets_(user).has_value(),
            .credentials = request.credentials.has_value()};
}

bool
Registrar::suspended(SimTime now, const Message& request, Reply& reply)
{
    if (!admission_)
    {
        return false;
    }
    const Verdict verdict = admission_->on_taken_up(now, attempt_of(request));
    if (verdict.action == Verdict::Action::kPass)
    {
        return false;
    }
    refuse_by(verdict, reply);
    return true;
}

bool
Registrar::blocks(SimTime now, sip::UserId user, sip::Host source) const
{
    if (!admission_)
    {
        return false;
    }
    Admission::Attempt call;
    call.user = user;
    call.source = source;
    call.known = secrets_(user).has_value();
    return admission_->on_taken_up(now, call).action != Verdict::Action::kPass;
}

Verdict
Registrar::admit(SimTime now, sip::Host source)
{
    return admission_ ? admission_->on_request(now, source) : Verdict{};
}

void
Registrar::on_queued(SimTime now, const Message& request)
{
    if (admission_ && request.method == sip::Method::kRegister && needs_proof(now, request))
    {
        admission_->on_queued(now, attempt_of(request));
    }
}

void
Registrar::ask(SimTime now, const Message& request, bool stale, Reply& reply)
{
    if (admission_)
    {
        admission_->on_challenged(now, attempt_of(request));
    }
    challenge(now, request.to.user, stale, reply);
}

void
Registrar::on_wrong_password(SimTime now, const Message& request, Reply& reply)
{
    if (const Verdict verdict =
            admission_ ? admission_->on_wrong(now, attempt_of(request)) : Verdict{};
        verdict.action != Verdict::Action::kPass)
    {
        refuse_by(verdict, reply);
    }
    else if (options_.wrong_credentials_status == 403)
    {
        reply.status = 403;
    }
    else
    {
        challenge(now, request.to.user, false, reply); // RFC 3261 §22.1: may repeat its challenge
    }
    reply.wrong = true;
}

bool
Registrar::authenticate(SimTime now, const Message& request, Reply& reply)
{
    const sip::UserId user = request.to.user;
    if (admission_)
    {
        const Verdict verdict = admission_->on_unproven(now, attempt_of(request));
        if (verdict.action != Verdict::Action::kPass)
        {
            refuse_by(verdict, reply);
            return false;
        }
    }
    if (!request.credentials || !addressed_here(*request.credentials, request.proxy_auth))
    {
        ask(now, request, false, reply); // RFC 3261 §22.2
        return false;
    }
    const sip::Credentials& credentials = *request.credentials;
    // RFC 2617 §3.2.2.5: 400 if they were made for another resource. RFC 3261 §22.4: but the user and the
    // spelling may be others than the Request-URI's, which a proxy may have changed.
    if (!serves(credentials.uri.at.host, request))
    {
        reply.status = 400;
        return false;
    }
    const std::optional<sip::SecretId> secret = secrets_(credentials.user);
    // An unknown user is answered as a wrong password is, so that users cannot be told apart from others.
    if (!secret || !sip::proves(credentials, *secret, request.method, proof_))
    {
        on_wrong_password(now, request, reply);
        return false;
    }
    if (!takes_nonce(now, user, credentials))
    {
        ask(now, request, true, reply); // RFC 7616 §3.3: stale, as the digest was right
        return false;
    }
    if (admission_)
    {
        admission_->on_right(attempt_of(request));
    }
    // RFC 3261 §10.3 step 4. Model choice: a user may change its own bindings only.
    if (credentials.user != user)
    {
        reply.status = 403;
        return false;
    }
    return true;
}

sip::Nonce
Registrar::make_nonce(SimTime issued, sip::UserId user) const
{
    const std::uint64_t ms = milliseconds(issued);
    assert(ms < (sip::kForeign >> kCodeBits));
    const auto number = static_cast<std::uint64_t>(user);
    const DrawKey key{.seed = nonce_key_,
                      .device = static_cast<std::uint32_t>(number >> 32U),
                      .account = static_cast<std::uint32_t>(number)};
    const std::uint64_t code = draw_identity(key, Purpose::kNonce, ms) & kCodeMask;
    return sip::Nonce{sip::canonical((ms << kCodeBits) | code)};
}

bool
Registrar::takes_nonce(SimTime now, sip::UserId user, const sip::Credentials& credentials)
{
    const auto number = static_cast<std::uint64_t>(credentials.nonce);
    const std::uint64_t issued_ms = number >> kCodeBits;
    if (number >= sip::kForeign || issued_ms > milliseconds(now))
    {
        return false;
    }
    const SimTime issued{std::chrono::milliseconds{issued_ms}};
    if (make_nonce(issued, user) != credentials.nonce)
    {
        return false;
    }
    const bool once = options_.nonce_lifetime == SimDuration::zero();
    // To the millisecond of issue: a nonce looks up to 1 ms older than it is.
    if (now - issued > (once ? kOneTimeWindow : options_.nonce_lifetime))
    {
        return false;
    }
    // Not modelled: a check of nc against replays within nonce_lifetime (RFC 7616 §3.4.5 allows it).
    if (!once)
    {
        return true;
    }
    served_.resize(kServedPlaces);
    sip::Nonce& place = served_[mix(number) % kServedPlaces];
    // The first use has nc 1; a client without qop sends none (RFC 7616 §3.4).
    if (credentials.nc > 1 || place == credentials.nonce)
    {
        return false;
    }
    place = credentials.nonce;
    return true;
}

} // namespace sipsim::registrar
