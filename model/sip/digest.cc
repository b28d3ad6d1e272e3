#include "model/sip/digest.h"

#include "model/base/mix.h"
#include "model/sip/text.h"

#include <nettle/md5.h>
#include <nettle/sha2.h>

#include <array>
#include <bit>
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
TextProof::operator()(const Credentials& credentials, SecretId secret, Method method) const
{
    std::string uri;
    if (credentials.uri_text != UriText{})
    {
        names_.append(uri, credentials.uri_text);
    }
    else
    {
        append_uri(uri, credentials.uri, names_);
    }
    const std::string user = names_.text(credentials.user);
    const std::string realm = names_.text(credentials.realm);
    const std::string secret_text = names_.text(secret);
    const std::string nonce = names_.text(credentials.nonce);
    const std::string cnonce = names_.text(credentials.cnonce);
    return digest_of({.user = user,
                      .realm = realm,
                      .secret = secret_text,
                      .nonce = nonce,
                      .cnonce = cnonce,
                      .nc = credentials.nc,
                      .method = name_of(method),
                      .uri = uri,
                      .algorithm = credentials.algorithm,
                      .qop = credentials.qop});
}

Proof
IntegerProof::operator()(const Credentials& credentials, SecretId secret, Method method) const
{
    const std::uint64_t transport =
        credentials.uri.transport ? 1 + static_cast<std::uint64_t>(*credentials.uri.transport) : 0;
    const std::uint64_t small = (std::uint64_t{credentials.nc} << 32U) |
                                (static_cast<std::uint64_t>(credentials.uri.at.port) << 16U) |
                                (static_cast<std::uint64_t>(method) << 8U) | (transport << 4U) |
                                (static_cast<std::uint64_t>(credentials.algorithm) << 1U) |
                                static_cast<std::uint64_t>(credentials.qop);
    const std::uint64_t hosts = (static_cast<std::uint64_t>(credentials.realm) << 32U) |
                                static_cast<std::uint64_t>(credentials.uri.at.host);
    std::uint64_t state = 0;
    for (const std::uint64_t word : {static_cast<std::uint64_t>(credentials.user),
                                     static_cast<std::uint64_t>(secret),
                                     static_cast<std::uint64_t>(credentials.nonce),
                                     static_cast<std::uint64_t>(credentials.cnonce),
                                     static_cast<std::uint64_t>(credentials.uri.user),
                                     static_cast<std::uint64_t>(credentials.uri_text),
                                     hosts,
                                     small})
    {
        // An odd factor loses no bit; the halves are turned as it moves bits only upwards.
        state = std::rotl(state ^ word, 32) * 0x9E37'79B9'7F4A'7C15U;
    }
    Proof proof{};
    const std::size_t size =
        credentials.algorithm == DigestAlgorithm::kMd5 ? Md5::kSize : Sha256::kSize;
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
    credentials.proof = proof(credentials, secret, method);
    return credentials;
}

bool
proves(const Credentials& credentials, SecretId secret, Method method, const ProofFunction& proof)
{
    return credentials.proof == proof(credentials, secret, method);
}

} // namespace sipsim::sip
