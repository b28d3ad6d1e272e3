#pragma once

// Models : SIP's framing (RFC 3261 §7, §25.1): start line, header fields, folding, lists, and the checks
//          of a value's characters that libosip2 does not make.
// Drives : the decoder.
// Keeps  : views point into the datagram or into the reader's own buffer; no octet outside is read.
// Leaves : what a fault is answered with (codec_decode.cc), the grammar inside values (codec_osip.h).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sipsim::sip
{

/// Header fields the envelope keeps; all others are kOther and read over.
enum class Field : std::uint8_t
{
    kOther,
    kVia,
    kFrom,
    kTo,
    kCallId,
    kCSeq,
    kMaxForwards,
    kContact,
    kExpires,
    kMinExpires,
    kRetryAfter,
    kPath,
    kRequire,
    kProxyRequire,
    kUnsupported,
    kAuthorization,
    kProxyAuthorization,
    kWwwAuthenticate,
    kProxyAuthenticate,
    kContentLength,
    kEvent,
    kCount
};

/// By full or compact name (RFC 3261 §7.3.3), whatever the case.
[[nodiscard]] Field field_of(std::string_view name);
[[nodiscard]] std::string_view name_of(Field field);

/// True if RFC 3261 §7.3.1 allows the field once only, its value not being a list.
[[nodiscard]] bool is_single(Field field);

/// Reads the header section field by field.
class FieldReader
{
  public:
    enum class Step : std::uint8_t
    {
        kField,
        kEnd,       // the empty line; rest() is the body
        kMalformed, // a line that is no header field; reading goes on behind it
        kTruncated, // the datagram ended before the empty line
    };

    /// `text` begins at the first header field.
    explicit FieldReader(std::string_view text)
        : rest_(text)
    {
    }

    [[nodiscard]] Step next();

    [[nodiscard]] Field field() const
    {
        return field_;
    }

    /// Of kField: unfolded, without white space at its ends.
    [[nodiscard]] std::string_view value() const
    {
        return value_;
    }

    [[nodiscard]] std::string_view rest() const
    {
        return rest_;
    }

  private:
    std::string_view rest_;
    Field field_ = Field::kOther;
    std::string_view value_;
    std::string unfolded_;
};

/// Takes the first line off `text`; nullopt if no CRLF ends it.
[[nodiscard]] std::optional<std::string_view> take_line(std::string_view& text);

/// The elements of a comma separated list; commas in quotes and angle brackets do not count.
class ListReader
{
  public:
    explicit ListReader(std::string_view list)
        : rest_(list)
    {
    }

    /// False at the end. An element may be empty (a stray comma): the caller judges.
    [[nodiscard]] bool next(std::string_view& element);

  private:
    std::string_view rest_;
    bool done_ = false;
};

[[nodiscard]] std::string_view trimmed(std::string_view text);
[[nodiscard]] std::string_view first_word(std::string_view text); // up to the first white space
[[nodiscard]] std::string_view bare(std::string_view text);       // without quotes around it
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);
[[nodiscard]] bool is_token(std::string_view text);     // RFC 3261 §25.1
[[nodiscard]] bool is_transport(std::string_view text); // a token, see Names::transport()
[[nodiscard]] bool is_call_id(std::string_view text);   // word [ "@" word ]
[[nodiscard]] bool is_host(std::string_view text);      // also the inside of an IPv6 reference
[[nodiscard]] bool has_control(std::string_view text);  // octets below 0x20 but HTAB, and 0x7f
/// Decimal digits only; nullopt otherwise. What exceeds 2^64-1 reads as 2^64-1.
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text);

/// A quoted string's content, its pairs resolved; nullopt if it is not one.
[[nodiscard]] std::optional<std::string> unquoted(std::string_view text);

/// name-addr or addr-spec (RFC 3261 §20): the URI in it, or nullopt if the brackets and quotes around
/// it are not right.
[[nodiscard]] std::optional<std::string_view> uri_in(std::string_view address);

enum class UriFault : std::uint8_t
{
    kNone,
    kMalformed,
    kScheme, // not sip
};

/// `in_start_line`: a Request-URI has no header fields (RFC 3261 §19.1.1).
[[nodiscard]] UriFault check_uri(std::string_view uri, bool in_start_line);

} // namespace sipsim::sip
