#include "model/sip/codec_fields.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace sipsim::sip
{

namespace
{

constexpr std::string_view kCrlf = "\r\n";

struct FieldName
{
    std::string_view name;
    char compact;
    Field field;
    bool single;
};

// In the order of the enumeration.
constexpr std::array kFieldNames{
    FieldName{"", '\0', Field::kOther, false},
    FieldName{"Via", 'v', Field::kVia, false},
    FieldName{"From", 'f', Field::kFrom, true},
    FieldName{"To", 't', Field::kTo, true},
    FieldName{"Call-ID", 'i', Field::kCallId, true},
    FieldName{"CSeq", '\0', Field::kCSeq, true},
    FieldName{"Max-Forwards", '\0', Field::kMaxForwards, true},
    FieldName{"Contact", 'm', Field::kContact, false},
    FieldName{"Expires", '\0', Field::kExpires, true},
    FieldName{"Min-Expires", '\0', Field::kMinExpires, true},
    FieldName{"Retry-After", '\0', Field::kRetryAfter, true},
    FieldName{"Path", '\0', Field::kPath, false},
    FieldName{"Require", '\0', Field::kRequire, false},
    FieldName{"Proxy-Require", '\0', Field::kProxyRequire, false},
    FieldName{"Unsupported", '\0', Field::kUnsupported, false},
    FieldName{"Authorization", '\0', Field::kAuthorization, false},
    FieldName{"Proxy-Authorization", '\0', Field::kProxyAuthorization, false},
    FieldName{"WWW-Authenticate", '\0', Field::kWwwAuthenticate, false},
    FieldName{"Proxy-Authenticate", '\0', Field::kProxyAuthenticate, false},
    FieldName{"Content-Length", 'l', Field::kContentLength, true},
    FieldName{"Event", 'o', Field::kEvent, true}, // RFC 6665 §8.2.1
};
static_assert(kFieldNames.size() == static_cast<std::size_t>(Field::kCount));

constexpr bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

constexpr bool
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

constexpr bool
is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

constexpr bool
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

constexpr char
lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool
is_one_of(char c, std::string_view set)
{
    return set.find(c) != std::string_view::npos;
}

bool
is_token_character(char c)
{
    return is_digit(c) || is_letter(c) || is_one_of(c, "-.!%*_+`'~");
}

// Where the quoted string that opens at `at` closes (the position behind it); npos: it does not.
std::size_t
behind_quoted(std::string_view text, std::size_t at)
{
    for (std::size_t i = at + 1; i < text.size(); ++i)
    {
        if (text[i] == '\\')
        {
            ++i;
        }
        else if (text[i] == '"')
        {
            return i + 1;
        }
    }
    return std::string_view::npos;
}

} // namespace

std::string_view
name_of(Field field)
{
    return kFieldNames.at(static_cast<std::size_t>(field)).name;
}

bool
is_single(Field field)
{
    return kFieldNames.at(static_cast<std::size_t>(field)).single;
}

Field
field_of(std::string_view name)
{
    if (name.size() == 1)
    {
        for (const FieldName& known : kFieldNames)
        {
            if (known.compact == lower(name.front()) && known.compact != '\0')
            {
                return known.field;
            }
        }
        return Field::kOther;
    }
    for (const FieldName& known : kFieldNames)
    {
        if (equal_ignoring_case(known.name, name))
        {
            return known.field;
        }
    }
    return Field::kOther;
}

std::optional<std::string_view>
take_line(std::string_view& text)
{
    const std::size_t end = text.find(kCrlf);
    if (end == std::string_view::npos)
    {
        return std::nullopt;
    }
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + kCrlf.size());
    return line;
}

FieldReader::Step
FieldReader::next()
{
    const auto line = take_line(rest_);
    if (!line)
    {
        rest_ = {};
        return Step::kTruncated;
    }
    if (line->empty())
    {
        return Step::kEnd;
    }
    std::string_view text = *line;
    // RFC 3261 §7.3.1: a line that begins with white space continues the field before it; the line
    // break and the white space are one space.
    if (!rest_.empty() && is_blank(rest_.front()))
    {
        unfolded_.assign(trimmed(text));
        while (!rest_.empty() && is_blank(rest_.front()))
        {
            const auto more = take_line(rest_);
            if (!more)
            {
                rest_ = {};
                return Step::kTruncated;
            }
            unfolded_ += ' ';
            unfolded_ += trimmed(*more);
        }
        text = unfolded_;
    }
    // HCOLON = *( SP / HTAB ) ":" SWS
    const std::size_t colon = text.find(':');
    if (is_blank(text.front()) || colon == std::string_view::npos)
    {
        return Step::kMalformed;
    }
    const std::string_view name = trimmed(text.substr(0, colon));
    if (!is_token(name))
    {
        return Step::kMalformed;
    }
    field_ = field_of(name);
    value_ = trimmed(text.substr(colon + 1));
    return Step::kField;
}

bool
ListReader::next(std::string_view& element)
{
    if (done_)
    {
        return false;
    }
    bool bracket = false;
    for (std::size_t i = 0; i < rest_.size(); ++i)
    {
        const char c = rest_[i];
        if (c == '"' && !bracket)
        {
            const std::size_t behind = behind_quoted(rest_, i);
            if (behind == std::string_view::npos)
            {
                break;
            }
            i = behind - 1;
        }
        else if (c == '<' || c == '>')
        {
            bracket = c == '<';
        }
        else if (c == ',' && !bracket)
        {
            element = trimmed(rest_.substr(0, i));
            rest_.remove_prefix(i + 1);
            return true;
        }
    }
    done_ = true;
    element = trimmed(rest_);
    return true;
}

std::string_view
trimmed(std::string_view text)
{
    while (!text.empty() && is_blank(text.front()))
    {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_blank(text.back()))
    {
        text.remove_suffix(1);
    }
    return text;
}

std::string_view
first_word(std::string_view text)
{
    return text.substr(0, text.find_first_of(" \t"));
}

std::string_view
bare(std::string_view text)
{
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
    {
        return text.substr(1, text.size() - 2);
    }
    return text;
}

bool
equal_ignoring_case(std::string_view a, std::string_view b)
{
    return std::ranges::equal(a, b, {}, lower, lower);
}

bool
is_token(std::string_view text)
{
    return !text.empty() && std::ranges::all_of(text, is_token_character);
}

// Not modelled: tokens with '%' or '`', which a URI would have to escape (RFC 3261 §25.1).
bool
is_transport(std::string_view text)
{
    return is_token(text) && text.find_first_of("%`") == std::string_view::npos;
}

bool
is_call_id(std::string_view text)
{
    const std::size_t at = text.find('@');
    const std::string_view first = text.substr(0, at);
    const auto is_word = [](std::string_view word) {
        return !word.empty() && std::ranges::all_of(word, [](char c) {
            return is_token_character(c) || is_one_of(c, "()<>:\\\"/[]?{}");
        });
    };
    return is_word(first) && (at == std::string_view::npos || is_word(text.substr(at + 1)));
}

bool
is_host(std::string_view text)
{
    if (text.find(':') != std::string_view::npos)
    {
        return std::ranges::all_of(text, [](char c) { return is_hex(c) || c == ':' || c == '.'; });
    }
    // Model choice: the underscore, no host name character, is common in private networks.
    return !text.empty() && text.front() != '.' && std::ranges::all_of(text, [](char c) {
        return is_digit(c) || is_letter(c) || c == '-' || c == '.' || c == '_';
    });
}

bool
has_control(std::string_view text)
{
    return std::ranges::any_of(text, [](char c) {
        const auto octet = static_cast<unsigned char>(c);
        return (octet < 0x20 && c != '\t') || octet == 0x7f;
    });
}

std::optional<std::uint64_t>
parse_number(std::string_view text)
{
    if (text.empty() || !std::ranges::all_of(text, is_digit))
    {
        return std::nullopt;
    }
    std::uint64_t number = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
    return result.ec == std::errc{} ? number : std::numeric_limits<std::uint64_t>::max();
}

std::optional<std::string>
unquoted(std::string_view text)
{
    if (text.size() < 2 || text.front() != '"' || behind_quoted(text, 0) != text.size())
    {
        return std::nullopt;
    }
    std::string content;
    content.reserve(text.size());
    for (std::size_t i = 1; i + 1 < text.size(); ++i)
    {
        if (text[i] == '\\')
        {
            ++i;
        }
        content += text[i];
    }
    return content;
}

std::optional<std::string_view>
uri_in(std::string_view address)
{
    std::size_t at = 0;
    if (address.starts_with('"'))
    {
        at = behind_quoted(address, 0);
        if (at == std::string_view::npos)
        {
            return std::nullopt;
        }
        if (!trimmed(address.substr(at)).starts_with('<'))
        {
            return std::nullopt;
        }
    }
    const std::size_t open = address.find_first_of("<;", at);
    if (open == std::string_view::npos || address[open] == ';')
    {
        // RFC 3261 §20: a URI with a comma, question mark or semicolon stands in angle brackets.
        const std::string_view uri = trimmed(address.substr(0, open));
        return uri.find_first_of("?,") == std::string_view::npos ? std::optional{uri}
                                                                 : std::nullopt;
    }
    // display-name = *(token LWS) / quoted-string
    const std::string_view name = at == 0 ? address.substr(0, open) : std::string_view{};
    const bool tokens =
        std::ranges::all_of(name, [](char c) { return is_token_character(c) || is_blank(c); });
    const std::size_t close = address.find('>', open);
    if (!tokens || close == std::string_view::npos)
    {
        return std::nullopt;
    }
    const std::string_view behind = trimmed(address.substr(close + 1));
    if (!behind.empty() && behind.front() != ';')
    {
        return std::nullopt;
    }
    return address.substr(open + 1, close - open - 1);
}

UriFault
check_uri(std::string_view uri, bool in_start_line)
{
    const std::size_t colon = uri.find(':');
    if (colon == std::string_view::npos || colon == 0 || !is_letter(uri.front()) ||
        !std::ranges::all_of(uri.substr(0, colon), [](char c) {
            return is_digit(c) || is_letter(c) || is_one_of(c, "+-.");
        }))
    {
        return UriFault::kMalformed;
    }
    if (std::ranges::any_of(uri, [](char c) {
            const auto octet = static_cast<unsigned char>(c);
            return octet <= 0x20 || octet >= 0x7f || is_one_of(c, "<>\"");
        }))
    {
        return UriFault::kMalformed;
    }
    if (!equal_ignoring_case(uri.substr(0, colon), "sip"))
    {
        return UriFault::kScheme;
    }
    const std::string_view rest = uri.substr(colon + 1);
    for (std::size_t i = rest.find('%'); i != std::string_view::npos; i = rest.find('%', i + 1))
    {
        // Not modelled: an escaped NUL (RFC 4475 §3.1.1.4), which libosip2 takes for the end.
        if (i + 2 >= rest.size() || !is_hex(rest[i + 1]) || !is_hex(rest[i + 2]) ||
            rest.substr(i + 1, 2) == "00")
        {
            return UriFault::kMalformed;
        }
    }
    const std::size_t at = rest.find('@');
    const std::string_view place = at == std::string_view::npos ? rest : rest.substr(at + 1);
    if (at == 0 || place.empty() || place.find('@') != std::string_view::npos ||
        (in_start_line && place.find('?') != std::string_view::npos))
    {
        return UriFault::kMalformed;
    }
    return UriFault::kNone;
}

} // namespace sipsim::sip
