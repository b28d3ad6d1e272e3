// What a RegistrationClient makes of a response that is no 2xx: challenge, 423, redirection.
#include "model/registration/registration_client.h"

#include <algorithm>
#include <limits>

namespace sipsim::registration
{

std::optional<Reason>
RegistrationClient::obey(const RegistrationOptions& options, const AttemptResult& result)
{
    const sip::Message& response = *result.response;
    if (response.status == 401 || response.status == 407)
    {
        return answer_challenge(options, response);
    }
    if (response.status == 423)
    {
        return adopt_min_expires(options, response) ? std::optional{Reason::kIntervalTooBrief}
                                                    : std::nullopt;
    }
    if (response.status < 400 && options.on_redirect == OnRedirect::kFollow && result.redirect &&
        redirects_ < kMaxRedirects)
    {
        ++redirects_;
        forget_challenge(); // Model choice: a nonce is not shown to another server
        return Reason::kRedirected;
    }
    return std::nullopt;
}

std::optional<Reason>
RegistrationClient::answer_challenge(const RegistrationOptions& options,
                                     const sip::Message& response)
{
    if (response.challenges.empty() || response.challenges[0].nonce == sip::Nonce{})
    {
        return std::nullopt;
    }
    // RFC 8760 §2.4: the topmost challenge that we support; the codec keeps no others.
    const sip::Challenge& offered = response.challenges[0];
    const bool proxy = response.status == 407;
    if (nonce_ != sip::Nonce{} && !offered.stale)
    {
        // RFC 3261 §22.1: MUST NOT re-attempt with the credentials that have just been rejected, unless
        // the nonce was stale. Another realm, or 407 after 401, rejects nothing that was sent to it.
        // Model choice: neither does a new nonce in answer to one kept from an earlier attempt, as servers
        // that restarted may fail to say stale (pjsip judges alike). Not modelled: credentials for more
        // than one realm in a request.
        const bool same_party = offered.realm == realm_ && proxy == proxy_;
        const bool kept_nonce = challenges_ == 0 && offered.nonce != nonce_;
        if (same_party && !kept_nonce)
        {
            return std::nullopt;
        }
    }
    // Model choice: whoever guesses takes every challenge, a stale nonce's too.
    if (challenges_ >= options.max_challenges && !guesses(options))
    {
        return std::nullopt;
    }
    challenges_ += challenges_ < std::numeric_limits<std::uint8_t>::max() ? 1 : 0;
    adopt(response);
    return offered.stale ? Reason::kStaleNonce : Reason::kChallenged;
}

// The first challenge of the response is the one to answer from now on.
void
RegistrationClient::adopt(const sip::Message& response)
{
    const sip::Challenge& offered = response.challenges[0];
    nonce_ = offered.nonce;
    realm_ = offered.realm;
    nonce_count_ = 0;
    sha256_ = offered.algorithm == sip::DigestAlgorithm::kSha256;
    qop_ = offered.qop;
    proxy_ = response.status == 407;
}

// It challenges a request that had credentials.
bool
RegistrationClient::refuses_guess(const RegistrationOptions& options,
                                  const AttemptResult& result) const
{
    const sip::Message& response = *result.response;
    return guesses(options) && nonce_ != sip::Nonce{} &&
           (response.status == 401 || response.status == 407) && !response.challenges.empty() &&
           response.challenges[0].nonce != sip::Nonce{} && !response.challenges[0].stale;
}

void
RegistrationClient::next_guess(const RegistrationOptions& options,
                               SimTime now,
                               const sip::Message& response,
                               ClientOutput& out)
{
    ++refreshes_;
    failures_ = 0;
    if (refreshes_ >= options.guess.passwords)
    {
        forget_challenge();
        deadline_ = kNever;
        enter(State::kStopped, Reason::kWrongGuess, out);
        return;
    }
    adopt(response);
    if (options.guess.per_session != 0 && challenges_ >= options.guess.per_session)
    {
        forget_challenge();
    }
    else if (challenges_ < std::numeric_limits<std::uint8_t>::max())
    {
        ++challenges_;
    }
    deadline_ = now + options.guess.spacing;
    enter(State::kWaiting, Reason::kWrongGuess, out);
}

bool
RegistrationClient::adopt_min_expires(const RegistrationOptions& options,
                                      const sip::Message& response)
{
    // RFC 3261 §10.2.8: MAY retry with at least Min-Expires. Model choice: once per attempt, and the
    // interval is kept for the rest of this life.
    const bool helps =
        response.min_expires && *response.min_expires > requested_expires(options).value_or(0);
    if (!options.adopt_min_expires || brief_ || !helps || intent_ != Intent::kRegister)
    {
        return false;
    }
    brief_ = true;
    min_expires_ = *response.min_expires;
    return true;
}

std::optional<std::uint32_t>
RegistrationClient::requested_expires(const RegistrationOptions& options) const
{
    if (options.send_expires)
    {
        return std::max(options.expires, min_expires_);
    }
    return min_expires_ != 0 ? std::optional{min_expires_} : std::nullopt;
}

std::optional<sip::Challenge>
RegistrationClient::challenge() const
{
    if (nonce_ == sip::Nonce{})
    {
        return std::nullopt;
    }
    return sip::Challenge{.realm = realm_,
                          .nonce = nonce_,
                          .algorithm =
                              sha256_ ? sip::DigestAlgorithm::kSha256 : sip::DigestAlgorithm::kMd5,
                          .qop = qop_};
}

} // namespace sipsim::registration
