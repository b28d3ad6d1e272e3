#pragma once

// Models : HTTP digest as SIP uses it (RFC 3261 §22, RFC 2617, RFC 7616, RFC 8760), qop=auth.
// Drives : RegistrationClient makes credentials, Registrar checks them; the arithmetic is the
//          carrier's: MD5 or SHA-256 on packets, an integer mix in the fleet.
// Keeps  : a proof depends on every field of the credentials but the proof itself, on secret and method,
//          so that a wrong password is simply another SecretId.
// Leaves : auth-int, -sess variants, userhash. Not modelled: Authentication-Info.

#include "model/sip/message.h"
#include "model/sip/names.h"

#include <cstdint>
#include <string_view>

namespace sipsim::sip
{

/// What credentials show of `secret` in a request with that method; a pure function of these three, the proof that
/// they have already aside. Implementations hold only what turns identities into text.
class ProofFunction
{
  public:
    virtual ~ProofFunction() = default;
    [[nodiscard]] virtual Proof operator()(const Credentials& credentials,
                                           SecretId secret,
                                           Method method) const = 0;
};

/// The texts a digest is computed from, unquoted; `uri` and `method` as they stand in the request.
struct DigestTexts
{
    std::string_view user;
    std::string_view realm;
    std::string_view secret;
    std::string_view nonce;
    std::string_view cnonce; // with qop only
    std::uint32_t nc = 0;    // with qop only
    std::string_view method;
    std::string_view uri;
    DigestAlgorithm algorithm = DigestAlgorithm::kMd5;
    bool qop = true;
};

/// RFC 7616 §3.4.1 with qop=auth, RFC 2617 §3.2.2.1 (RFC 2069's form) without.
[[nodiscard]] Proof digest_of(const DigestTexts& texts);

/// The real arithmetic over the identities' texts (nettle). RFC 7616 §3.4.1.
class TextProof final : public ProofFunction
{
  public:
    explicit TextProof(const Names& names)
        : names_(names)
    {
    }

    [[nodiscard]] Proof operator()(const Credentials& credentials,
                                   SecretId secret,
                                   Method method) const override;

  private:
    const Names& names_;
};

/// An integer mix with the same dependence on its input; for carriers whose messages are structs.
class IntegerProof final : public ProofFunction
{
  public:
    [[nodiscard]] Proof operator()(const Credentials& credentials,
                                   SecretId secret,
                                   Method method) const override;
};

/// Credentials for `challenge`; `nc` counts uses of its nonce from 1.
[[nodiscard]] Credentials make_credentials(const Challenge& challenge,
                                           UserId user,
                                           SecretId secret,
                                           Method method,
                                           const Uri& uri,
                                           std::uint32_t nc,
                                           Cnonce cnonce,
                                           const ProofFunction& proof);

/// True if `credentials` were made with `secret` for `method`.
[[nodiscard]] bool proves(const Credentials& credentials,
                          SecretId secret,
                          Method method,
                          const ProofFunction& proof);

} // namespace sipsim::sip
