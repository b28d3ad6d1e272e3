#include "model/sip/digest.h"

#include "model/base/mix.h"
#include "model/sip/text.h"

#include <nettle/md5.h>
#include <nettle/sha2.h>

#include <array>
#include <cstring>
#include <initializer_list>
#include <string>

namespace sipsim::sip
{

namespace
{

struct Md5
{
    static constexpr std::size_t kSize = MD5_DIGEST_SIZE;
    md5_ctx context{};

    Md5()
    {
        md5_init(&context);
    }

    void update(std::string_view text)
    {
        md5_update(&context, text.size(), reinterpret_cast<const std::uint8_t*>(text.data()));
    }

    void finish(std::uint8_t* out)
    {
        md5_digest(&context, kSize, out);
    }
};

struct Sha256
{
    static constexpr std::size_t kSize = SHA256_DIGEST_SIZE;
    sha256_ctx context{};

    Sha256()
    {
        sha256_init(&context);
    }

    void update(std::string_view text)
    {
        sha256_update(&context, text.size(), reinterpret_cast<const std::uint8_t*>(text.data()));
    }

    void finish(std::uint8_t* out)
    {
        sha256_digest(&context, kSize, out);
    }
};

constexpr std::string_view kHexDigits = "0123456789abcdef";

// The texts joined by colons and hashed, as lower-case hexadecimal: H(...) of RFC 7616 §3.3.
template <class Hash>
class HexHash
{
  public:
    explicit HexHash(std::initializer_list<std::string_view> texts)
    {
        Hash hash;
        bool first = true;
        for (const std::string_view text : texts)
        {
            if (!first)
            {
                hash.update(":");
            }
            first = false;
            hash.update(text);
        }
        hash.finish(octets_.data());
        for (std::size_t i = 0; i < octets_.size(); ++i)
        {
            hex_[2 * i] = kHexDigits[octets_[i] >> 4U];
            hex_[2 * i + 1] = kHexDigits[octets_[i] & 0xFU];
        }
    }

    [[nodiscard]] std::string_view text() const
    {
        return {hex_.data(), hex_.size()};
    }

    [[nodiscard]] Proof proof() const
    {
        Proof proof{};
        for (std::size_t i = 0; i < octets_.size(); ++i)
        {
            proof[i] = octets_[i];
        }
        return proof;
    }

  private:
    std::array<std::uint8_t, Hash::kSize> octets_{};
    std::array<char, 2 * Hash::kSize> hex_{};
};

template <class Hash>
Proof
digest_with(const DigestTexts& texts)
{
    const HexHash<Hash> a1{texts.user, texts.realm, texts.secret};
    const HexHash<Hash> a2{texts.method, texts.uri};
    if (!texts.qop)
    {
        return HexHash<Hash>{a1.text(), texts.nonce, a2.text()}.proof();
    }
    std::array<char, 8> nc{}; // RFC 7616 §3.4: eight hexadecimal digits
    for (std::size_t i = 0; i < nc.size(); ++i)
    {
        nc[i] = kHexDigits[(texts.nc >> (28 - 4 * i)) & 0xFU];
    }
    return HexHash<Hash>{a1.text(),
                         texts.nonce,
                         {nc.data(), nc.size()},
                         texts.cnonce,
                         "auth",
                         a2.text()}
        .proof();
}

} // namespace

Proof
digest_of(const DigestTexts& texts)
{
    return texts.algorithm == DigestAlgorithm::kMd5 ? digest_with<Md5>(texts)
                                                    : digest_with<Sha256>(texts);
}

Proof
TextProof::operator()(const DigestInput& input) const
{
    std::string uri;
    if (input.uri_text != UriText{})
    {
        names_.append(uri, input.uri_text);
    }
    else
    {
        append_uri(uri, input.uri, names_);
    }
    const std::string user = names_.text(input.user);
    const std::string realm = names_.text(input.realm);
    const std::string secret = names_.text(input.secret);
    const std::string nonce = names_.text(input.nonce);
    const std::string cnonce = names_.text(input.cnonce);
    return digest_of({.user = user,
                      .realm = realm,
                      .secret = secret,
                      .nonce = nonce,
                      .cnonce = cnonce,
                      .nc = input.nc,
                      .method = name_of(input.method),
                      .uri = uri,
                      .algorithm = input.algorithm,
                      .qop = input.qop});
}

Proof
IntegerProof::operator()(const DigestInput& input) const
{
    const std::uint64_t transport =
        input.uri.transport ? 1 + static_cast<std::uint64_t>(*input.uri.transport) : 0;
    const std::uint64_t small =
        (std::uint64_t{input.nc} << 32U) | (static_cast<std::uint64_t>(input.uri.at.port) << 16U) |
        (static_cast<std::uint64_t>(input.method) << 8U) | (transport << 4U) |
        (static_cast<std::uint64_t>(input.algorithm) << 1U) | static_cast<std::uint64_t>(input.qop);
    const std::uint64_t hosts = (static_cast<std::uint64_t>(input.realm) << 32U) |
                                static_cast<std::uint64_t>(input.uri.at.host);
    std::uint64_t state = 0;
    for (const std::uint64_t word : {static_cast<std::uint64_t>(input.user),
                                     static_cast<std::uint64_t>(input.secret),
                                     static_cast<std::uint64_t>(input.nonce),
                                     static_cast<std::uint64_t>(input.cnonce),
                                     static_cast<std::uint64_t>(input.uri.user),
                                     hosts,
                                     small})
    {
        state = mix(state ^ word);
    }
    if (input.uri_text != UriText{})
    {
        state = mix(state ^ static_cast<std::uint64_t>(input.uri_text));
    }
    Proof proof{};
    const std::size_t size = input.algorithm == DigestAlgorithm::kMd5 ? Md5::kSize : Sha256::kSize;
    for (std::size_t i = 0; i < size; i += sizeof(state))
    {
        state = mix(state);
        std::memcpy(&proof[i], &state, sizeof(state));
    }
    return proof;
}

Credentials
make_credentials(const Challenge& challenge,
                 UserId user,
                 SecretId secret,
                 Method method,
                 const Uri& uri,
                 std::uint32_t nc,
                 Cnonce cnonce,
                 const ProofFunction& proof)
{
    Credentials credentials;
    credentials.user = user;
    credentials.realm = challenge.realm;
    credentials.nonce = challenge.nonce;
    credentials.algorithm = challenge.algorithm;
    credentials.qop = challenge.qop;
    credentials.uri = uri;
    if (challenge.qop)
    {
        // RFC 2617 §3.2.2: cnonce and nc must not be given to a server that sent no qop.
        credentials.nc = nc;
        credentials.cnonce = cnonce;
    }
    credentials.proof = proof({.user = user,
                               .realm = credentials.realm,
                               .secret = secret,
                               .nonce = credentials.nonce,
                               .cnonce = credentials.cnonce,
                               .nc = credentials.nc,
                               .method = method,
                               .uri = uri,
                               .algorithm = credentials.algorithm,
                               .qop = credentials.qop});
    return credentials;
}

bool
proves(const Credentials& credentials, SecretId secret, Method method, const ProofFunction& proof)
{
    return credentials.proof == proof({.user = credentials.user,
                                       .realm = credentials.realm,
                                       .secret = secret,
                                       .nonce = credentials.nonce,
                                       .cnonce = credentials.cnonce,
                                       .nc = credentials.nc,
                                       .method = method,
                                       .uri = credentials.uri,
                                       .uri_text = credentials.uri_text,
                                       .algorithm = credentials.algorithm,
                                       .qop = credentials.qop});
}

} // namespace sipsim::sip
