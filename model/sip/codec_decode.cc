#include "model/sip/codec_decode.h"

#include <algorithm>
#include <utility>

namespace sipsim::sip
{

namespace
{

constexpr std::string_view kVersion = "SIP/2.0";

bool
is_sip_version(std::string_view text)
{
    // SIP-Version = "SIP" "/" 1*DIGIT "." 1*DIGIT, in any case (§7.1)
    if (text.size() < 5 || !equal_ignoring_case(text.substr(0, 4), "SIP/"))
    {
        return false;
    }
    const std::string_view number = text.substr(4);
    const std::size_t dot = number.find('.');
    return dot != std::string_view::npos && parse_number(number.substr(0, dot)) &&
           parse_number(number.substr(dot + 1));
}

// §8.2.6.2 asks a stateless server for the same To tag each time: a function of the request.
Tag
tag_for(const Message& request)
{
    std::uint64_t x = static_cast<std::uint64_t>(request.call_id) ^
                      (static_cast<std::uint64_t>(request.from_tag) << 1U) ^
                      (static_cast<std::uint64_t>(request.via[0].branch) << 2U);
    x ^= std::uint64_t{static_cast<std::uint32_t>(request.cseq)} << 32U;
    x = (x ^ (x >> 30U)) * 0xBF58'476D'1CE4'E5B9U;
    x = (x ^ (x >> 27U)) * 0x94D0'49BB'1331'11EBU;
    return Tag{canonical(x ^ (x >> 31U))};
}

} // namespace

Decoded
Decoder::run(std::string_view datagram, Endpoint src, Endpoint dst)
{
    const std::size_t begin = datagram.find_first_not_of("\r\n");
    if (begin == std::string_view::npos)
    {
        return Keepalive{};
    }
    message_.src = src;
    message_.dst = dst;
    std::string_view text = datagram.substr(begin);
    const auto line = take_line(text);
    if (!line)
    {
        return Refusal{"no line ends with CRLF: not SIP", 0, std::nullopt};
    }
    if (!read_start_line(*line))
    {
        return Refusal{std::move(reason_), 0, std::nullopt};
    }
    if (datagram.size() > options_.max_datagram)
    {
        fault(Rank::kSyntax, 513, "datagram longer than " + std::to_string(options_.max_datagram));
    }
    FieldReader fields{text};
    read_fields(fields);
    check_presence();
    check_body(fields.rest());
    check_semantics();
    return verdict();
}

void
Decoder::fault(Rank rank, std::uint16_t status, std::string reason)
{
    if (rank < rank_)
    {
        rank_ = rank;
        status_ = status;
        reason_ = std::move(reason);
    }
}

std::string
Decoder::place_of(Field field)
{
    return std::string{field == Field::kOther ? std::string_view{"start line"} : name_of(field)};
}

void
Decoder::malformed(Field field, std::string_view what)
{
    std::string reason = place_of(field);
    reason += ": ";
    reason += what;
    fault(Rank::kSyntax, 400, std::move(reason));
}

// False: this is no SIP, or a response that nobody can use.
bool
Decoder::read_start_line(std::string_view line)
{
    if (line.size() >= 4 && equal_ignoring_case(line.substr(0, 4), "SIP/"))
    {
        is_response_ = true;
        read_status_line(line);
        return rank_ == Rank::kNone;
    }
    const std::string_view end = trimmed(line);
    const std::size_t space = end.find_last_of(" \t");
    const std::string_view version =
        space == std::string_view::npos ? std::string_view{} : end.substr(space + 1);
    if (!is_sip_version(version))
    {
        reason_ = "start line: neither a SIP request nor a SIP response";
        return false;
    }
    read_request_line(line, version);
    return true;
}

void
Decoder::read_status_line(std::string_view line)
{
    // Status-Line = SIP-Version SP Status-Code SP Reason-Phrase
    const std::string_view version = first_word(line);
    const std::string_view rest =
        line.size() > version.size() ? line.substr(version.size() + 1) : std::string_view{};
    const std::string_view code = first_word(rest);
    const auto status = parse_number(code);
    if (!equal_ignoring_case(version, kVersion))
    {
        fault(Rank::kVersion, 0, "start line: response of another SIP version");
    }
    else if (!status || code.size() != 3 || *status < 100 || *status > 699)
    {
        fault(Rank::kSyntax, 0, "start line: status code outside 100 to 699");
    }
    else
    {
        message_.status = static_cast<std::uint16_t>(*status);
    }
}

void
Decoder::read_request_line(std::string_view line, std::string_view version)
{
    if (!equal_ignoring_case(version, kVersion))
    {
        // §21.5.6
        fault(Rank::kVersion, 505, "start line: SIP version " + std::string{version.substr(0, 32)});
    }
    // Request-Line = Method SP Request-URI SP SIP-Version, single spaces only (RFC 4475 §3.1.2.8 to
    // §3.1.2.10 would have it refused, too).
    const std::string_view method = first_word(line);
    const std::string_view rest = line.substr(method.size() + 1);
    const std::string_view uri = first_word(rest);
    if (line.size() != method.size() + uri.size() + version.size() + 2 || has_control(line) ||
        line.find('\t') != std::string_view::npos)
    {
        fault(Rank::kSyntax, 400, "start line: more than single spaces between its parts");
    }
    message_.method = method_of(method);
    if (!is_token(method))
    {
        fault(Rank::kSyntax, 400, "start line: method is no token");
    }
    else if (message_.method == Method::kUnknown)
    {
        // §8.2.1: not the codec's to refuse, the server answers 405.
        const auto name = names_.method_name(method);
        if (!take(Field::kOther, name, method, message_.method_name))
        {
            return;
        }
    }
    const UriFault found = check_uri(uri, true);
    if (found == UriFault::kScheme)
    {
        // §8.2.2.1. Not modelled: sips (needs TLS) and tel.
        fault(Rank::kScheme, 416, "start line: the Request-URI's scheme is not sip");
        return;
    }
    text_.assign(uri);
    const auto parsed = found == UriFault::kNone ? osip::parse_uri(text_) : nullptr;
    if (!parsed || !read_uri(Field::kOther, osip::parts_of(*parsed), message_.request_uri))
    {
        fault(Rank::kSyntax, 400, "start line: malformed Request-URI");
    }
}

void
Decoder::read_fields(FieldReader& fields)
{
    for (;;)
    {
        switch (fields.next())
        {
        case FieldReader::Step::kField:
            if (fields.field() != Field::kOther)
            {
                read_field(fields.field(), fields.value());
            }
            break;
        case FieldReader::Step::kMalformed:
            fault(Rank::kSyntax, 400, "a line is no header field");
            break;
        case FieldReader::Step::kTruncated:
            fault(Rank::kSyntax, 400, "the datagram ends inside the header");
            return;
        case FieldReader::Step::kEnd:
            return;
        }
    }
}

void
Decoder::read_field(Field field, std::string_view value)
{
    const bool again = std::exchange(seen_.at(static_cast<std::size_t>(field)), true);
    if (again && is_single(field))
    {
        malformed(field, "given more than once"); // §7.3.1
        return;
    }
    switch (field)
    {
    case Field::kFrom:
    case Field::kTo:
        read_party(field, value);
        break;
    case Field::kCallId:
        read_call_id(value);
        break;
    case Field::kCSeq:
        read_cseq(value);
        break;
    case Field::kMaxForwards:
        read_max_forwards(value);
        break;
    case Field::kExpires:
    case Field::kMinExpires:
    case Field::kRetryAfter:
        read_seconds(field, value);
        break;
    case Field::kAuthorization:
    case Field::kProxyAuthorization:
        read_credentials(field, value);
        break;
    case Field::kWwwAuthenticate:
    case Field::kProxyAuthenticate:
        // Of a 401 the server's challenge counts, of a 407 the proxy's (§21.4.2, §21.4.8).
        if (message_.status == (field == Field::kWwwAuthenticate ? 401 : 407))
        {
            read_challenge(value);
        }
        break;
    case Field::kContentLength:
        read_content_length(value);
        break;
    case Field::kEvent:
        read_event(value);
        break;
    default:
        read_list(field, value);
        break;
    }
}

void
Decoder::read_list(Field field, std::string_view value)
{
    ListReader list{value};
    std::string_view element;
    while (list.next(element))
    {
        if (element.empty())
        {
            malformed(field, "empty element in the list");
            continue;
        }
        read_element(field, element);
    }
}

void
Decoder::read_element(Field field, std::string_view value)
{
    switch (field)
    {
    case Field::kVia:
        read_via(value);
        break;
    case Field::kContact:
        read_contact(value);
        break;
    case Field::kPath:
        read_path(value);
        break;
    default:
        read_option_tag(field, value);
        break;
    }
}

void
Decoder::check_presence()
{
    // §8.1.1: a request holds these at least; §8.2.6.2: so does its response. Max-Forwards is missing
    // in RFC 2543 requests and not asked for (§16.3 step 3).
    for (const Field field : {Field::kVia, Field::kFrom, Field::kTo, Field::kCallId, Field::kCSeq})
    {
        if (!has(field))
        {
            malformed(field, "missing");
        }
    }
    const bool same = is_response_ || (cseq_method_ == message_.method &&
                                       cseq_method_name_ == message_.method_name);
    if (read_.at(static_cast<std::size_t>(Field::kCSeq)) && !same)
    {
        malformed(Field::kCSeq, "its method is not the request's"); // §8.1.1.5
    }
    if (message_.contact_star && !message_.contacts.empty())
    {
        malformed(Field::kContact, "\"*\" beside other contacts"); // §10.3 step 6
    }
}

void
Decoder::check_body(std::string_view body)
{
    // §18.3: additional octets are discarded, a missing part is an error; no Content-Length: all.
    if (content_length_ && *content_length_ > body.size())
    {
        malformed(Field::kContentLength, "larger than what follows the header");
    }
}

void
Decoder::check_semantics()
{
    // §8.2 looks at the method first: one unknown is the server's to refuse with 405. §8.2.2.3: Require
    // in ACK and CANCEL is ignored.
    const Method method = message_.method;
    if (is_response_ || method == Method::kUnknown)
    {
        return;
    }
    if (options_.check_max_forwards && message_.max_forwards == 0 && method != Method::kRegister &&
        method != Method::kOptions)
    {
        fault(Rank::kHops, 483, "Max-Forwards: 0");
    }
    if (options_.check_require && method != Method::kAck && method != Method::kCancel &&
        !unsupported_.empty())
    {
        fault(Rank::kRequire, 420, "Require: " + names_.text(unsupported_[0]) + " not supported");
    }
}

Decoded
Decoder::verdict()
{
    if (rank_ == Rank::kNone)
    {
        if (is_response_)
        {
            message_.method = cseq_method_;
            message_.method_name = cseq_method_name_;
        }
        return message_;
    }
    // A response is never answered, nor is an ACK (§17); a request without a Via cannot be.
    const bool via = !message_.via.empty();
    if (is_response_ || message_.method == Method::kAck || !via)
    {
        names_.return_to(mark_);
        return Refusal{std::move(reason_), 0, std::nullopt};
    }
    Refusal refusal{std::move(reason_), status_, std::nullopt};
    const bool addressed =
        vias_complete_ &&
        std::ranges::all_of(
            std::array{Field::kFrom, Field::kTo, Field::kCallId, Field::kCSeq},
            [this](Field field) { return read_.at(static_cast<std::size_t>(field)); });
    if (addressed)
    {
        message_.method = cseq_method_; // a response's is CSeq's, whatever the request line said
        message_.method_name = cseq_method_name_;
        refusal.response = make_response(message_, status_, tag_for(message_));
        if (status_ == 420)
        {
            refusal.response->unsupported = unsupported_;
        }
    }
    else
    {
        names_.return_to(mark_); // no response holds any of them
    }
    return refusal;
}

} // namespace sipsim::sip
