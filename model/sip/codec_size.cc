// encoded_size(): the lengths of what codec_print.cc prints, line by line in its order.

#include "model/sip/codec.h"
#include "model/sip/number_text.h"
#include "model/sip/text.h"

namespace sipsim::sip
{

namespace
{

constexpr std::size_t kCrlf = 2;
constexpr std::size_t kSpace = 1;

constexpr std::size_t
size_of(std::string_view text)
{
    return text.size();
}

std::size_t
method_length(const Message& message, const Names& names)
{
    return message.method == Method::kUnknown ? names.length(message.method_name)
                                              : name_of(message.method).size();
}

std::size_t
start_line_length(const Message& message, std::size_t method, const Names& names)
{
    if (message.is_request())
    {
        return method + kSpace + uri_length(message.request_uri, names) + size_of(" SIP/2.0") +
               kCrlf;
    }
    return size_of("SIP/2.0 200 ") + reason_phrase(message.status).size() + kCrlf;
}

std::size_t
via_length(const Via& via, const Names& names)
{
    const std::size_t host = names.length(via.sent_by.host);
    std::size_t length = size_of("Via: SIP/2.0/ ") + names.length(via.transport) + host + kCrlf;
    if (via.sent_by.port != 0)
    {
        length += 1 + decimal_length(via.sent_by.port);
    }
    if (via.branch != Branch{})
    {
        length += size_of(";branch=") + names.length(via.branch);
    }
    if (via.received != Host{})
    {
        // Mostly there is no NAT.
        length += size_of(";received=") +
                  (via.received == via.sent_by.host ? host : names.length(via.received));
    }
    if (via.rport != 0)
    {
        length += size_of(";rport=") + decimal_length(via.rport);
    }
    else if (via.rport_asked)
    {
        length += size_of(";rport");
    }
    return length;
}

std::size_t
overload_length(const OverloadControl& control)
{
    if (!control.offered())
    {
        return 0;
    }
    constexpr std::uint8_t kBoth = OverloadControl::kLoss | OverloadControl::kRate;
    const std::size_t offer =
        size_of(";oc;oc-algo=\"loss\"") + (control.algorithms == kBoth ? size_of(",rate") : 0);
    if (!control.answered)
    {
        return offer;
    }
    const std::size_t sequence =
        control.sequence ? size_of(";oc-seq=.00000") + decimal_length(*control.sequence / 100'000)
                         : 0;
    return offer + size_of("=;oc-validity=") + decimal_length(control.value) +
           decimal_length(control.validity) + sequence;
}

std::size_t
party_length(std::string_view name, std::size_t uri, Tag tag, const Names& names)
{
    const std::size_t tag_length = tag != Tag{} ? size_of(";tag=") + names.length(tag) : 0;
    return name.size() + size_of(": <>") + uri + tag_length + kCrlf;
}

std::size_t
contact_length(const Contact& contact, const Names& names)
{
    std::size_t length = size_of("Contact: <>") + uri_length(contact.uri, names) + kCrlf;
    if (contact.expires)
    {
        length += size_of(";expires=") + decimal_length(*contact.expires);
    }
    if (contact.instance != InstanceId{})
    {
        length += size_of(";+sip.instance=\"<>\"") + names.length(contact.instance);
    }
    return length;
}

std::size_t
algorithm_length(DigestAlgorithm algorithm)
{
    return algorithm == DigestAlgorithm::kMd5 ? size_of("MD5") : size_of("SHA-256");
}

std::size_t
digest_uri_length(const Credentials& given, const Names& names)
{
    return given.uri_text != UriText{} ? names.quoted_length(given.uri_text)
                                       : uri_length(given.uri, names) + size_of("\"\"");
}

std::size_t
credentials_length(const Message& message, const Names& names)
{
    const Credentials& given = *message.credentials;
    std::size_t length = size_of("Authorization: Digest username=, realm=, nonce=, uri=, "
                                 "response=\"\", algorithm=") +
                         (message.proxy_auth ? size_of("Proxy-") : 0) +
                         names.quoted_length(given.user) + names.quoted_length(given.realm) +
                         names.quoted_length(given.nonce) + digest_uri_length(given, names) +
                         (given.algorithm == DigestAlgorithm::kMd5 ? 32 : 64) +
                         algorithm_length(given.algorithm) + kCrlf;
    if (given.qop)
    {
        length += size_of(", cnonce=, qop=auth, nc=00000001") + names.quoted_length(given.cnonce);
    }
    return length;
}

std::size_t
challenge_length(std::uint16_t status, const Challenge& challenge, const Names& names)
{
    return (status == 401 ? size_of("WWW-Authenticate") : size_of("Proxy-Authenticate")) +
           size_of(": Digest realm=, nonce=, algorithm=") + names.quoted_length(challenge.realm) +
           names.quoted_length(challenge.nonce) + (challenge.stale ? size_of(", stale=true") : 0) +
           algorithm_length(challenge.algorithm) + (challenge.qop ? size_of(", qop=\"auth\"") : 0) +
           kCrlf;
}

std::size_t
number_length(std::string_view name, std::optional<std::uint32_t> value)
{
    return value ? name.size() + size_of(": ") + decimal_length(*value) + kCrlf : 0;
}

std::size_t
tags_length(std::string_view name,
            const FixedVector<OptionTag, kMaxOptionTags>& tags,
            const Names& names)
{
    if (tags.empty())
    {
        return 0;
    }
    std::size_t length = name.size() + size_of(": ") + (tags.size() - 1) * size_of(", ") + kCrlf;
    for (const OptionTag tag : tags)
    {
        length += names.length(tag);
    }
    return length;
}

std::size_t
other_fields_length(const Message& message, const Names& names)
{
    std::size_t length = 0;
    if (message.is_request())
    {
        length += number_length("Max-Forwards", message.max_forwards);
    }
    for (const HostPort& hop : message.path)
    {
        length += size_of("Path: <;lr>") + kCrlf +
                  uri_length({.user = {}, .at = hop, .transport = {}}, names);
    }
    if (message.event != EventPackage::kNone)
    {
        length += size_of("Event: ") + name_of(message.event).size() + kCrlf;
    }
    return length + number_length("Expires", message.expires) +
           number_length("Min-Expires", message.min_expires) +
           number_length("Retry-After", message.retry_after) +
           tags_length("Require", message.require, names) +
           tags_length("Proxy-Require", message.proxy_require, names) +
           tags_length("Unsupported", message.unsupported, names);
}

} // namespace

std::size_t
encoded_size(const Message& message, const Names& names)
{
    const std::size_t method = method_length(message, names);
    std::size_t length = start_line_length(message, method, names);
    for (const Via& via : message.via)
    {
        length += via_length(via, names);
    }
    length += message.via.empty() ? 0 : overload_length(message.overload);
    const std::size_t from = uri_length(message.from, names);
    const std::size_t to = message.to == message.from ? from : uri_length(message.to, names);
    length += party_length("From", from, message.from_tag, names);
    length += party_length("To", to, message.to_tag, names);
    length += size_of("Call-ID: ") + names.length(message.call_id) + kCrlf;
    length += size_of("CSeq: ") + decimal_length(static_cast<std::uint32_t>(message.cseq)) +
              kSpace + method + kCrlf;
    length += message.contact_star ? size_of("Contact: *") + kCrlf : 0;
    for (const Contact& contact : message.contacts)
    {
        length += contact_length(contact, names);
    }
    length += message.credentials ? credentials_length(message, names) : 0;
    if (message.status == 401 || message.status == 407)
    {
        for (const Challenge& challenge : message.challenges)
        {
            length += challenge_length(message.status, challenge, names);
        }
    }
    return length + other_fields_length(message, names) + size_of("Content-Length: 0") + 2 * kCrlf;
}

} // namespace sipsim::sip
