// The values of header fields: what Decoder reads out of each (Via: codec_via.cc, digest: codec_digest.cc).

#include "model/sip/codec_decode.h"

#include <algorithm>
#include <limits>

namespace sipsim::sip
{

namespace
{

constexpr std::uint64_t kMaxCSeq = (std::uint64_t{1} << 31U) - 1; // RFC 3261 §8.1.1.5
constexpr std::uint64_t kMaxSeconds = std::numeric_limits<std::uint32_t>::max(); // §20.19
constexpr std::uint32_t kMalformedExpires = 3600;                                // §10.2.1.1
constexpr std::uint64_t kMaxPort = 65'535;
constexpr std::size_t kShortestUri = 5; // sip:a

} // namespace

void
Decoder::not_taken(Field field, std::string_view text)
{
    if (text.size() > Names::kMaxText)
    {
        // §21.5.14: exceeds our capabilities
        fault(Rank::kSyntax,
              513,
              place_of(field) + ": longer than " + std::to_string(Names::kMaxText));
    }
    else if (text.empty() || has_control(text) || text.find('\t') != std::string_view::npos)
    {
        malformed(field, "empty text, or one with control characters");
    }
    else
    {
        fault(Rank::kSyntax, 500, place_of(field) + ": the table of foreign names is full");
    }
}

const std::string*
Decoder::for_osip(Field field, std::string_view value)
{
    text_.assign(value);
    if (!has_control(value))
    {
        return &text_;
    }
    // RFC 3261 §25.1: a quoted pair may hold any octet but CR and LF (RFC 4475 §3.1.1.2). It can only
    // be part of a display name, which is dropped: a harmless octet stands in for it.
    bool quoted = false;
    for (std::size_t i = 0; i < text_.size(); ++i)
    {
        if (text_[i] == '"')
        {
            quoted = !quoted;
        }
        else if (quoted && text_[i] == '\\' && i + 1 < text_.size())
        {
            ++i;
            if (text_[i] != '\r' && text_[i] != '\n' && has_control({&text_[i], 1}))
            {
                text_[i] = '?';
            }
        }
    }
    if (has_control(text_))
    {
        malformed(field, "control character");
        return nullptr;
    }
    return &text_;
}

osip::Owned<osip_from>
Decoder::address_in(Field field, std::string_view value)
{
    const std::string* text = for_osip(field, value);
    if (text == nullptr)
    {
        return nullptr;
    }
    const auto uri = uri_in(*text);
    const UriFault found = uri ? check_uri(*uri, false) : UriFault::kMalformed;
    if (found == UriFault::kScheme)
    {
        // §8.2.2.1 gives 416 to the Request-URI only. Not modelled: other schemes in the fields.
        malformed(field, "its URI's scheme is not sip");
        return nullptr;
    }
    if (found == UriFault::kNone && uri->size() == kShortestUri)
    {
        // libosip2 refuses an address as short as <sip:a>, but not with a parameter, which nobody reads.
        const auto at = static_cast<std::size_t>(uri->data() - text_.data());
        const bool bracketed = at > 0 && text_[at - 1] == '<';
        text_.insert(at + kShortestUri, bracketed ? ";x" : ";x>");
        text_.insert(at, bracketed ? "" : "<");
    }
    auto address = found == UriFault::kNone ? osip::parse_address(*text) : nullptr;
    if (!address)
    {
        malformed(field, "malformed address");
    }
    return address;
}

bool
Decoder::read_place(Field field, std::string_view host, std::string_view port, HostPort& place)
{
    if (!is_host(host))
    {
        malformed(field, "malformed host");
        return false;
    }
    const bool reference = host.find(':') != std::string_view::npos;
    const std::string bracketed = reference ? '[' + std::string{host} + ']' : std::string{};
    const std::string_view name = reference ? std::string_view{bracketed} : host;
    if (!take(field, names_.host(name), name, place.host))
    {
        return false;
    }
    if (!port.empty())
    {
        const auto number = parse_number(port);
        if (!number || *number == 0 || *number > kMaxPort)
        {
            malformed(field, "port outside 1 to 65535");
            return false;
        }
        place.port = static_cast<std::uint16_t>(*number);
    }
    return true;
}

bool
Decoder::read_uri(Field field, const osip::UriParts& parts, Uri& uri)
{
    if (!parts.user.empty() && !take(field, names_.user(parts.user), parts.user, uri.user))
    {
        return false;
    }
    if (!parts.transport.empty())
    {
        if (!is_transport(parts.transport))
        {
            malformed(field, "malformed transport parameter");
            return false;
        }
        Transport transport{};
        if (!take(field, names_.transport(parts.transport), parts.transport, transport))
        {
            return false;
        }
        uri.transport = transport;
    }
    return read_place(field, parts.host, parts.port, uri.at);
}

// RFC 6665 §8.2.1: a package, perhaps with parameters.
void
Decoder::read_event(std::string_view value)
{
    const std::string_view name = trimmed(value.substr(0, value.find(';')));
    for (const EventPackage event : {EventPackage::kMessageSummary, EventPackage::kDialog})
    {
        if (name == name_of(event))
        {
            message_.event = event;
        }
    }
}

void
Decoder::read_party(Field field, std::string_view value)
{
    const auto address = address_in(field, value);
    Uri& uri = field == Field::kFrom ? message_.from : message_.to;
    Tag& tag = field == Field::kFrom ? message_.from_tag : message_.to_tag;
    if (!address || !read_uri(field, osip::parts_of(*address), uri))
    {
        return;
    }
    const auto text = osip::parameter(*address, "tag");
    if (text && !is_token(*text))
    {
        malformed(field, "its tag is no token");
        return;
    }
    if (text && !take(field, names_.tag(*text), *text, tag))
    {
        return;
    }
    read_.at(static_cast<std::size_t>(field)) = true;
}

void
Decoder::read_call_id(std::string_view value)
{
    if (!is_call_id(value))
    {
        malformed(Field::kCallId, "malformed");
        return;
    }
    read_.at(static_cast<std::size_t>(Field::kCallId)) =
        take(Field::kCallId, names_.call_id(value), value, message_.call_id);
}

void
Decoder::read_cseq(std::string_view value)
{
    const std::string_view digits = first_word(value);
    const std::string_view method = trimmed(value.substr(digits.size()));
    const auto number = parse_number(digits);
    if (!number || *number > kMaxCSeq || !is_token(method))
    {
        malformed(Field::kCSeq, "not a number below 2^31 and a method");
        return;
    }
    message_.cseq = CSeq{static_cast<std::uint32_t>(*number)};
    cseq_method_ = method_of(method);
    if (cseq_method_ == Method::kUnknown &&
        !take(Field::kCSeq, names_.method_name(method), method, cseq_method_name_))
    {
        return;
    }
    read_.at(static_cast<std::size_t>(Field::kCSeq)) = true;
}

void
Decoder::read_max_forwards(std::string_view value)
{
    // §20.22: 0 to 255.
    const auto number = parse_number(value);
    if (!number || *number > 255)
    {
        malformed(Field::kMaxForwards, "not a number up to 255");
        return;
    }
    if (!is_response_)
    {
        message_.max_forwards = static_cast<std::uint8_t>(*number);
    }
}

void
Decoder::read_contact(std::string_view value)
{
    if (value == "*")
    {
        message_.contact_star = true;
        return;
    }
    if (message_.contacts.size() == kMaxContacts)
    {
        if (!is_response_) // Not modelled: a response's contacts beyond kMaxContacts
        {
            fault(Rank::kSyntax, 513, "Contact: more than " + std::to_string(kMaxContacts));
        }
        return;
    }
    const auto uri = is_response_ ? uri_in(value) : std::nullopt;
    if (uri && check_uri(*uri, false) == UriFault::kScheme)
    {
        return; // §8.1.3.4: a client passes over contacts whose scheme it does not support
    }
    const auto address = address_in(Field::kContact, value);
    Contact contact;
    if (!address || !read_uri(Field::kContact, osip::parts_of(*address), contact.uri))
    {
        return;
    }
    read_contact_parameters(*address, contact);
    message_.contacts.push(contact);
}

void
Decoder::read_contact_parameters(const osip_from& address, Contact& contact)
{
    const auto expires = osip::parameter(address, "expires");
    if (expires)
    {
        // §10.2.1.1: malformed is 3600; larger than 2^32-1 is 2^32-1.
        const auto seconds = parse_number(*expires);
        contact.expires = seconds ? static_cast<std::uint32_t>(std::min(*seconds, kMaxSeconds))
                                  : kMalformedExpires;
    }
    const auto instance = osip::parameter(address, "+sip.instance");
    if (!instance)
    {
        return;
    }
    // RFC 5626 §4.1: a URN in angle brackets, quoted. Other forms identify nothing.
    const std::string_view text = bare(*instance);
    if (text.size() > 2 && text.front() == '<' && text.back() == '>' &&
        text.find_first_of("\"\\") == std::string_view::npos)
    {
        const std::string_view urn = text.substr(1, text.size() - 2);
        static_cast<void>(take(Field::kContact, names_.instance(urn), urn, contact.instance));
    }
}

void
Decoder::read_seconds(Field field, std::string_view value)
{
    // Retry-After may go on with a comment and parameters (§20.33).
    const std::string_view digits =
        field == Field::kRetryAfter ? value.substr(0, value.find_first_of(" \t(;")) : value;
    auto seconds = parse_number(digits);
    if (seconds && *seconds > kMaxSeconds)
    {
        seconds = std::nullopt;
    }
    switch (field)
    {
    case Field::kExpires:
        // §20.10, §10.2.1.1: malformed is 3600 in a request. §8.2.2: otherwise a malformed field that
        // is not necessary is ignored.
        if (seconds || !is_response_)
        {
            message_.expires = seconds ? static_cast<std::uint32_t>(*seconds) : kMalformedExpires;
        }
        break;
    case Field::kMinExpires:
        if (seconds)
        {
            message_.min_expires = static_cast<std::uint32_t>(*seconds);
        }
        break;
    default:
        if (seconds)
        {
            message_.retry_after = static_cast<std::uint32_t>(*seconds);
        }
        break;
    }
}

void
Decoder::read_path(std::string_view value)
{
    const auto address = address_in(Field::kPath, value);
    Uri uri;
    if (!address || !read_uri(Field::kPath, osip::parts_of(*address), uri))
    {
        return;
    }
    if (!message_.path.push(uri.at) && !is_response_)
    {
        fault(Rank::kSyntax,
              513,
              "Path: more than " + std::to_string(decltype(message_.path)::capacity()));
    }
}

void
Decoder::read_option_tag(Field field, std::string_view value)
{
    OptionTag tag{};
    if (!is_token(value))
    {
        malformed(field, "not a list of option tags");
        return;
    }
    if (!take(field, names_.option_tag(value), value, tag))
    {
        return;
    }
    switch (field)
    {
    case Field::kRequire:
        if (std::ranges::find(options_.supported, tag) == options_.supported.end())
        {
            unsupported_.push(tag); // the 420 names the first ones
        }
        message_.require.push(tag);
        break;
    case Field::kProxyRequire:
        message_.proxy_require.push(tag);
        break;
    default:
        message_.unsupported.push(tag);
        break;
    }
}

void
Decoder::read_content_length(std::string_view value)
{
    content_length_ = parse_number(value);
    if (!content_length_)
    {
        malformed(Field::kContentLength, "not a number");
    }
}

} // namespace sipsim::sip
