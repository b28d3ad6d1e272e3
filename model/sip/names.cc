#include "model/sip/names.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace sipsim::sip
{

namespace
{

constexpr std::string_view kSecretPrefix = "secret-";
constexpr std::string_view kUuidHead = "urn:uuid:00000000-";
constexpr std::string_view kUuidMiddle = "-4000-8000-"; // version 4, variant 10 (RFC 4122 §4.4)

template <class Id>
constexpr std::uint64_t
number_of(Id id)
{
    return static_cast<std::uint64_t>(id);
}

// In the order of the enumeration (RFC 3261 §25.1, RFC 4168 §6, RFC 7118 §10.1).
constexpr std::array<std::string_view, kFirstOtherTransport>
    kTransports{"UDP", "TCP", "TLS", "SCTP", "TLS-SCTP", "WS", "WSS"};

std::string
upper(std::string_view text)
{
    std::string out{text};
    std::ranges::transform(out, out.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return out;
}

bool
is_canonical(std::optional<std::uint64_t> number)
{
    return number && *number > 0 && *number < kForeign;
}

// The number of a canonical text: the prefix and all digits.
std::optional<std::uint64_t>
canonical_hex(std::string_view prefix, std::string_view text)
{
    std::optional<std::uint64_t> number;
    if (text.size() == prefix.size() + kHexDigits && text.starts_with(prefix))
    {
        number = parse_hex(text.substr(prefix.size()));
    }
    return is_canonical(number) ? number : std::nullopt;
}

} // namespace

Names::Mark
Names::mark() const
{
    return {.texts = texts_.mark(), .transports = transports_.size()};
}

void
Names::return_to(Mark mark)
{
    texts_.return_to(mark.texts);
    transports_.resize(std::min(mark.transports, transports_.size()));
}

template <class Id>
std::optional<Id>
Names::of_hex(std::string_view prefix, std::string_view text)
{
    const auto number = canonical_hex(prefix, text);
    const auto found = number ? number : texts_.pass(text);
    return found ? std::optional{Id{*found}} : std::nullopt;
}

std::optional<CallId>
Names::call_id(std::string_view text)
{
    return of_hex<CallId>({}, text);
}

std::optional<Tag>
Names::tag(std::string_view text)
{
    return of_hex<Tag>({}, text);
}

std::optional<Branch>
Names::branch(std::string_view text)
{
    return of_hex<Branch>(kMagicCookie, text);
}

std::optional<Nonce>
Names::nonce(std::string_view text)
{
    return of_hex<Nonce>({}, text);
}

std::optional<Cnonce>
Names::cnonce(std::string_view text)
{
    return of_hex<Cnonce>({}, text);
}

std::optional<SecretId>
Names::secret(std::string_view text)
{
    const auto number = canonical_hex(kSecretPrefix, text);
    const auto found = number ? number : texts_.keep(text);
    return found ? std::optional{SecretId{*found}} : std::nullopt;
}

std::optional<UserId>
Names::user(std::string_view text)
{
    std::optional<std::uint64_t> number;
    if (text.size() > kUserDigits && text.size() <= 20 && text.front() == 'u')
    {
        std::uint64_t value = 0;
        const char* last = text.data() + text.size();
        const auto [end, error] = std::from_chars(text.data() + 1, last, value);
        const std::size_t digits = std::max(kUserDigits, decimal_length(value));
        if (error == std::errc{} && end == last && text.size() == digits + 1)
        {
            number = value;
        }
    }
    if (!is_canonical(number))
    {
        number = texts_.keep(text);
    }
    return number ? std::optional{UserId{*number}} : std::nullopt;
}

std::optional<InstanceId>
Names::instance(std::string_view text)
{
    std::optional<std::uint64_t> number;
    if (text.size() == kUuidLength && text.starts_with(kUuidHead) &&
        text.substr(22, kUuidMiddle.size()) == kUuidMiddle)
    {
        const auto high = parse_hex(text.substr(kUuidHead.size(), 4));
        const auto low = parse_hex(text.substr(33));
        if (high && low)
        {
            number = (*high << 48U) | *low;
        }
    }
    if (!is_canonical(number))
    {
        number = texts_.keep(text);
    }
    return number ? std::optional{InstanceId{*number}} : std::nullopt;
}

std::optional<OptionTag>
Names::option_tag(std::string_view text)
{
    // RFC 3261 §7.3.1: values are tokens, compared without regard to case.
    std::string lower{text};
    std::ranges::transform(lower, lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    const auto number = texts_.keep(lower);
    return number ? std::optional{OptionTag{*number}} : std::nullopt;
}

std::optional<MethodName>
Names::method_name(std::string_view text)
{
    const auto number = texts_.keep(text);
    return number ? std::optional{MethodName{*number}} : std::nullopt;
}

std::optional<UriText>
Names::uri_text(std::string_view text)
{
    const auto number = texts_.keep(text);
    return number ? std::optional{UriText{static_cast<std::uint32_t>(*number - kForeign + 1)}}
                  : std::nullopt;
}

std::optional<Transport>
Names::transport(std::string_view text)
{
    if (!ForeignTexts::takes(text))
    {
        return std::nullopt;
    }
    const std::string token = upper(text);
    if (const auto* known = std::ranges::find(kTransports, token); known != kTransports.end())
    {
        return static_cast<Transport>(known - kTransports.begin());
    }
    const auto place =
        static_cast<std::size_t>(std::ranges::find(transports_, token) - transports_.begin());
    const std::size_t number = kFirstOtherTransport + place;
    if (number > kLastTransport)
    {
        texts_.refuse();
        return std::nullopt;
    }
    if (place == transports_.size())
    {
        transports_.push_back(token);
    }
    return static_cast<Transport>(number);
}

std::string_view
Names::name_of(Transport id) const
{
    const auto number = static_cast<std::size_t>(id);
    if (number < kTransports.size())
    {
        return kTransports.at(number);
    }
    const std::size_t place = number - kFirstOtherTransport;
    return place < transports_.size() ? std::string_view{transports_[place]}
                                      : ForeignTexts::kUnknown;
}

std::optional<Host>
Names::host(std::string_view text)
{
    if (std::ranges::none_of(text, [](char c) { return c >= 'A' && c <= 'Z'; }))
    {
        return realm(text);
    }
    std::string lower{text.substr(0, kMaxText + 1)};
    std::ranges::transform(lower, lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return realm(lower);
}

std::optional<Host>
Names::realm(std::string_view text)
{
    // 0.0.0.0 means "none" and 240.0.0.0/4 numbers names: as texts they are kept like names.
    const auto address = parse_quad(text);
    if (address && *address != 0 && *address < kFirstHostName)
    {
        return Host{*address};
    }
    const auto number = texts_.keep(text);
    if (!number)
    {
        return std::nullopt;
    }
    return Host{kFirstHostName + static_cast<std::uint32_t>(*number - kForeign)};
}

void
Names::append_hex(std::string& out, std::string_view prefix, std::uint64_t number) const
{
    if (number >= kForeign)
    {
        const std::string_view text = texts_.text(number);
        out += text.empty() ? ForeignTexts::kUnknown : text;
        return;
    }
    const auto digits = hex(number);
    out += prefix;
    out.append(digits.data(), digits.size());
}

void
Names::append(std::string& out, CallId id) const
{
    append_hex(out, {}, number_of(id));
}

void
Names::append(std::string& out, Tag id) const
{
    append_hex(out, {}, number_of(id));
}

void
Names::append(std::string& out, Branch id) const
{
    append_hex(out, kMagicCookie, number_of(id));
}

void
Names::append(std::string& out, Nonce id) const
{
    append_hex(out, {}, number_of(id));
}

void
Names::append(std::string& out, Cnonce id) const
{
    append_hex(out, {}, number_of(id));
}

void
Names::append(std::string& out, SecretId id) const
{
    append_hex(out, kSecretPrefix, number_of(id));
}

void
Names::append(std::string& out, OptionTag id) const
{
    append_hex(out, {}, number_of(id));
}

void
Names::append(std::string& out, MethodName id) const
{
    append_hex(out, {}, number_of(id));
}

void
Names::append(std::string& out, UriText id) const
{
    append_hex(out, {}, kept_number(id));
}

void
Names::append(std::string& out, Transport id) const
{
    out += name_of(id);
}

void
Names::append(std::string& out, UserId id) const
{
    if (number_of(id) >= kForeign)
    {
        append_hex(out, {}, number_of(id));
        return;
    }
    out += 'u';
    append_decimal(out, number_of(id), kUserDigits);
}

void
Names::append(std::string& out, InstanceId id) const
{
    if (number_of(id) >= kForeign)
    {
        append_hex(out, {}, number_of(id));
        return;
    }
    const auto digits = hex(number_of(id));
    out += kUuidHead;
    out.append(digits.data(), 4);
    out += kUuidMiddle;
    out.append(digits.data() + 4, 12);
}

void
Names::append(std::string& out, Host id) const
{
    const auto number = static_cast<std::uint32_t>(id);
    if (is_name(id))
    {
        append_hex(out, {}, kForeign + (number - kFirstHostName));
        return;
    }
    append_decimal(out, number >> 24U, 1);
    for (const unsigned shift : {16U, 8U, 0U})
    {
        out += '.';
        append_decimal(out, (number >> shift) & 0xFFU, 1);
    }
}

std::string_view
Names::kept(UserId id) const
{
    return texts_.text(number_of(id));
}

std::string_view
Names::kept(Host id) const
{
    if (!is_name(id))
    {
        return {};
    }
    return texts_.text(kForeign + (static_cast<std::uint32_t>(id) - kFirstHostName));
}

std::string_view
Names::kept(UriText id) const
{
    return texts_.text(kept_number(id));
}

std::string_view
Names::kept(Nonce id) const
{
    return texts_.text(number_of(id));
}

std::string_view
Names::kept(Cnonce id) const
{
    return texts_.text(number_of(id));
}

} // namespace sipsim::sip
