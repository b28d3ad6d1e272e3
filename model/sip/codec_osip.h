#pragma once

// Models : the grammar of single header field values, as libosip2 reads and prints it.
// Drives : the decoder and encode(); nobody else includes this.
// Keeps  : only codec_osip.cc and codec_print.cc see an osip2 header; what osip2 allocates is owned.
// Leaves : framing, and every check osip2 does not make (codec_fields.h, codec_decode.cc).

#include "model/sip/message.h"
#include "model/sip/names.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct osip_from;
struct osip_via;
struct osip_uri;
struct osip_authorization;
struct osip_www_authenticate;

namespace sipsim::sip::osip
{

struct Free
{
    void operator()(osip_from* value) const;
    void operator()(osip_via* value) const;
    void operator()(osip_uri* value) const;
    void operator()(osip_authorization* value) const;
    void operator()(osip_www_authenticate* value) const;
};

template <class T>
using Owned = std::unique_ptr<T, Free>;

/// Once per process, before anything else here.
void initialise();

// The text has no control characters and is one value. nullptr: malformed.
[[nodiscard]] Owned<osip_from> parse_address(const std::string& text);
[[nodiscard]] Owned<osip_via> parse_via(const std::string& text);
[[nodiscard]] Owned<osip_uri> parse_uri(const std::string& text);
[[nodiscard]] Owned<osip_authorization> parse_credentials(const std::string& text);
[[nodiscard]] Owned<osip_www_authenticate> parse_challenge(const std::string& text);

/// Parts of a SIP URI; empty: not there. The user is unescaped, an IPv6 host has lost its brackets.
struct UriParts
{
    std::string_view user;
    std::string_view host;
    std::string_view port;
    std::string_view transport;
};

[[nodiscard]] UriParts parts_of(const osip_uri& uri);
[[nodiscard]] UriParts parts_of(const osip_from& address);

/// A header parameter: nullopt if absent, empty if without a value.
[[nodiscard]] std::optional<std::string_view> parameter(const osip_from& address, const char* name);
[[nodiscard]] std::optional<std::string_view> parameter(const osip_via& via, const char* name);

struct ViaParts
{
    std::string_view version;
    std::string_view transport;
    std::string_view host;
    std::string_view port;
};

[[nodiscard]] ViaParts parts_of(const osip_via& via);

/// Directives as written, quotes included; empty: not there.
struct CredentialParts
{
    std::string_view scheme, user, realm, nonce, uri, response, algorithm, cnonce, qop, nc;
};

[[nodiscard]] CredentialParts parts_of(const osip_authorization& credentials);

struct ChallengeParts
{
    std::string_view scheme, realm, nonce, algorithm, qop, stale;
};

[[nodiscard]] ChallengeParts parts_of(const osip_www_authenticate& challenge);

/// The message's text, header fields in osip2's order.
[[nodiscard]] std::string print(const Message& message, const Names& names);

} // namespace sipsim::sip::osip
