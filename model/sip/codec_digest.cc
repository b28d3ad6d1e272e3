// Credentials and challenges: what Decoder reads out of them (RFC 3261 §22, RFC 2617, RFC 7616).

#include "model/sip/codec_decode.h"
#include "model/sip/text.h"

namespace sipsim::sip
{

namespace
{

std::optional<DigestAlgorithm>
algorithm_of(std::string_view text)
{
    const std::string_view name = bare(text);
    if (name.empty() || equal_ignoring_case(name, "MD5"))
    {
        return DigestAlgorithm::kMd5; // RFC 2617 §3.2.1: MD5 if none is named
    }
    if (equal_ignoring_case(name, "SHA-256"))
    {
        return DigestAlgorithm::kSha256;
    }
    return std::nullopt;
}

// Hexadecimal digits to octets; false if the text is not exactly that.
bool
read_hex(std::string_view text, std::uint8_t* out, std::size_t octets)
{
    if (text.size() != 2 * octets)
    {
        return false;
    }
    for (std::size_t i = 0; i < text.size(); ++i)
    {
        const char c = text[i];
        unsigned digit = 0;
        if (c >= '0' && c <= '9')
        {
            digit = static_cast<unsigned>(c - '0');
        }
        else if (c >= 'a' && c <= 'f')
        {
            digit = static_cast<unsigned>(c - 'a') + 10;
        }
        else if (c >= 'A' && c <= 'F')
        {
            digit = static_cast<unsigned>(c - 'A') + 10;
        }
        else
        {
            return false;
        }
        out[i / 2] = static_cast<std::uint8_t>((out[i / 2] << 4U) | digit);
    }
    return true;
}

// RFC 2617 §3.2.2: eight digits, which count from 1.
std::optional<std::uint32_t>
nonce_count(std::string_view text)
{
    std::array<std::uint8_t, 4> octets{};
    if (!read_hex(text, octets.data(), octets.size()))
    {
        return std::nullopt;
    }
    const std::uint32_t count = (std::uint32_t{octets[0]} << 24U) |
                                (std::uint32_t{octets[1]} << 16U) |
                                (std::uint32_t{octets[2]} << 8U) | octets[3];
    return count > 0 ? std::optional{count} : std::nullopt;
}

bool
offers_auth(std::string_view qop_options)
{
    ListReader list{bare(qop_options)};
    std::string_view option;
    while (list.next(option))
    {
        if (equal_ignoring_case(option, "auth"))
        {
            return true;
        }
    }
    return false;
}

} // namespace

bool
Decoder::read_digest_uri(Field field, const std::string& text, Credentials& credentials)
{
    const auto uri = check_uri(text, false) == UriFault::kNone ? osip::parse_uri(text) : nullptr;
    if (!uri)
    {
        malformed(field, "its uri is no SIP URI");
        return false;
    }
    if (!read_uri(field, osip::parts_of(*uri), credentials.uri))
    {
        return false;
    }
    // RFC 7616 §3.4.3: the digest is over the URI as it stands, be it spelled as we would or not.
    std::string ours;
    append_uri(ours, credentials.uri, names_);
    return ours == text || take(field, names_.uri_text(text), text, credentials.uri_text);
}

void
Decoder::read_credentials(Field field, std::string_view value)
{
    // RFC 3261 §22.3 allows several, for several realms. Not modelled: all but the first Digest ones.
    if (message_.credentials || is_response_ || !equal_ignoring_case(first_word(value), "Digest"))
    {
        return;
    }
    const std::string* text = for_osip(field, value);
    const auto parsed = text != nullptr ? osip::parse_credentials(*text) : nullptr;
    if (!parsed)
    {
        malformed(field, "malformed");
        return;
    }
    const osip::CredentialParts parts = osip::parts_of(*parsed);
    const auto algorithm = algorithm_of(parts.algorithm);
    if (!algorithm || (!parts.qop.empty() && !equal_ignoring_case(bare(parts.qop), "auth")))
    {
        return; // Not modelled: -sess, auth-int; as if no credentials were given
    }
    Credentials credentials;
    credentials.algorithm = *algorithm;
    credentials.qop = !parts.qop.empty();
    const auto user = unquoted(parts.user);
    const auto realm = unquoted(parts.realm);
    const auto nonce = unquoted(parts.nonce);
    const auto cnonce = unquoted(parts.cnonce);
    const auto uri = unquoted(parts.uri);
    const auto nc = nonce_count(bare(parts.nc));
    const std::size_t octets = *algorithm == DigestAlgorithm::kMd5 ? 16 : 32;
    // RFC 2617 §3.2.2: an improper or missing directive is owed 400.
    if (!user || !realm || !nonce || !uri ||
        !read_hex(bare(parts.response), credentials.proof.data(), octets) ||
        (credentials.qop && (!cnonce || !nc)))
    {
        malformed(field, "a directive is missing or improper");
        return;
    }
    if (credentials.qop)
    {
        credentials.nc = *nc;
        if (!take(field, names_.cnonce(*cnonce), *cnonce, credentials.cnonce))
        {
            return;
        }
    }
    if (read_digest_uri(field, *uri, credentials) &&
        take(field, names_.user(*user), *user, credentials.user) &&
        take(field, names_.realm(*realm), *realm, credentials.realm) &&
        take(field, names_.nonce(*nonce), *nonce, credentials.nonce))
    {
        message_.credentials = credentials;
        message_.proxy_auth = field == Field::kProxyAuthorization;
    }
}

void
Decoder::read_challenge(std::string_view value)
{
    // A challenge we do not understand is passed over (RFC 2617 §1.2, §3.2.1; RFC 8760 §2.4).
    const Field field =
        message_.status == 401 ? Field::kWwwAuthenticate : Field::kProxyAuthenticate;
    const std::string* text = for_osip(field, value);
    const auto parsed = text != nullptr ? osip::parse_challenge(*text) : nullptr;
    if (!parsed)
    {
        return;
    }
    const osip::ChallengeParts parts = osip::parts_of(*parsed);
    const auto algorithm = algorithm_of(parts.algorithm);
    const auto realm = unquoted(parts.realm);
    const auto nonce = unquoted(parts.nonce);
    if (!equal_ignoring_case(parts.scheme, "Digest") || !algorithm || !realm || !nonce ||
        (!parts.qop.empty() && !offers_auth(parts.qop)))
    {
        return;
    }
    Challenge challenge;
    challenge.algorithm = *algorithm;
    challenge.qop = !parts.qop.empty();
    challenge.stale = equal_ignoring_case(bare(parts.stale), "true");
    if (take(field, names_.realm(*realm), *realm, challenge.realm) &&
        take(field, names_.nonce(*nonce), *nonce, challenge.nonce))
    {
        message_.challenges.push(
            challenge); // the first ones are the preferred ones (RFC 8760 §2.3)
    }
}

} // namespace sipsim::sip
