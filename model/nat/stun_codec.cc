#include "model/nat/stun_codec.h"

#include "model/nat/stun_wire.h"

#include <array>
#include <cassert>

namespace sipsim::nat
{

namespace
{

/// CRC-32 of ITU V.42, bits reversed: the polynomial's own are 0x04C11DB7.
constexpr std::array<std::uint32_t, 256>
crc_table()
{
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < table.size(); ++i)
    {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit)
        {
            value = (value & 1U) != 0 ? (value >> 1U) ^ 0xEDB8'8320U : value >> 1U;
        }
        table[i] = value;
    }
    return table;
}

/// Counts octets.
struct Count
{
    void octet(std::uint8_t)
    {
        ++size;
    }

    void zeros(std::size_t n)
    {
        size += n;
    }

    std::size_t size = 0;
};

/// Writes them.
struct Text
{
    void octet(std::uint8_t value)
    {
        text.push_back(static_cast<char>(value));
    }

    void zeros(std::size_t n)
    {
        text.append(n, '\0');
    }

    std::string text;
};

template <class Sink>
class Writer
{
  public:
    Writer(Sink& sink, const StunMessage& message)
        : sink_(sink),
          message_(message)
    {
    }

    /// `length`: of all that follows the header.
    void header(std::size_t length)
    {
        number(wire::type_of(message_.kind, message_.method));
        number(static_cast<std::uint16_t>(length));
        for (const std::uint32_t word : message_.id.words)
        {
            number(word);
        }
    }

    /// All but FINGERPRINT.
    void attributes()
    {
        using enum StunAttribute;
        change();
        address(kResponseAddress, message_.response_address);
        if (message_.response_port)
        {
            head(kResponsePort, 4);
            number(*message_.response_port);
            sink_.zeros(2);
        }
        address(kMappedAddress, message_.mapped);
        xor_mapped();
        address(kSourceAddress, message_.source);
        address(kChangedAddress, message_.changed);
        address(kReflectedFrom, message_.reflected_from);
        address(kResponseOrigin, message_.response_origin);
        address(kOtherAddress, message_.other);
        error();
        unknown();
        if (message_.software.size != 0)
        {
            text(kSoftware, message_.software.text());
        }
        if (message_.padding)
        {
            assert(*message_.padding <= kMaxStunPadding);
            head(kPadding, *message_.padding);
            sink_.zeros(wire::padded(*message_.padding));
        }
    }

    void fingerprint(std::uint32_t value)
    {
        head(StunAttribute::kFingerprint, 4);
        number(value);
    }

  private:
    void number(std::uint16_t value)
    {
        sink_.octet(static_cast<std::uint8_t>(value >> 8U));
        sink_.octet(static_cast<std::uint8_t>(value));
    }

    void number(std::uint32_t value)
    {
        number(static_cast<std::uint16_t>(value >> 16U));
        number(static_cast<std::uint16_t>(value));
    }

    void head(StunAttribute type, std::size_t length)
    {
        number(static_cast<std::uint16_t>(type));
        number(static_cast<std::uint16_t>(length));
    }

    void address_value(std::uint16_t port, std::uint32_t host)
    {
        number(std::uint16_t{wire::kIpv4});
        number(port);
        number(host);
    }

    void address(StunAttribute type, const std::optional<Endpoint>& at)
    {
        if (at)
        {
            assert(!sip::is_name(at->host));
            head(type, 8);
            address_value(at->port, static_cast<std::uint32_t>(at->host));
        }
    }

    void xor_mapped()
    {
        if (const auto& at = message_.xor_mapped)
        {
            head(StunAttribute::kXorMappedAddress, 8);
            address_value(wire::cover(at->port), wire::cover(static_cast<std::uint32_t>(at->host)));
        }
    }

    void change()
    {
        if (const auto& change = message_.change)
        {
            head(StunAttribute::kChangeRequest, 4);
            number((change->ip ? wire::kChangeIp : 0U) | (change->port ? wire::kChangePort : 0U));
        }
    }

    void error()
    {
        if (message_.error == 0)
        {
            return;
        }
        const std::string_view phrase = stun_phrase(message_.error);
        // RFC 3489 §11.2.9: the phrase itself is filled up, with spaces.
        const bool classic = message_.form() == StunForm::kClassic;
        const std::size_t length = classic ? wire::padded(phrase.size()) : phrase.size();
        head(StunAttribute::kErrorCode, 4 + length);
        sink_.zeros(2);
        sink_.octet(static_cast<std::uint8_t>(message_.error / 100));
        sink_.octet(static_cast<std::uint8_t>(message_.error % 100));
        octets(phrase);
        for (std::size_t i = phrase.size(); i < wire::padded(phrase.size()); ++i)
        {
            sink_.octet(classic ? ' ' : 0);
        }
    }

    void unknown()
    {
        if (message_.unknown.empty())
        {
            return;
        }
        const bool odd = message_.unknown.size() % 2 != 0;
        // RFC 3489 §11.2.10: one of an odd number is repeated.
        const bool repeat = odd && message_.form() == StunForm::kClassic;
        head(StunAttribute::kUnknownAttributes, 2 * (message_.unknown.size() + (repeat ? 1 : 0)));
        for (const std::uint16_t type : message_.unknown)
        {
            number(type);
        }
        if (odd)
        {
            number(repeat ? message_.unknown.back() : std::uint16_t{0});
        }
    }

    void text(StunAttribute type, std::string_view value)
    {
        head(type, value.size());
        octets(value);
        sink_.zeros(wire::padded(value.size()) - value.size());
    }

    void octets(std::string_view value)
    {
        for (const char c : value)
        {
            sink_.octet(static_cast<std::uint8_t>(c));
        }
    }

    Sink& sink_;
    const StunMessage& message_;
};

} // namespace

std::uint32_t
stun_fingerprint(std::string_view before)
{
    static constexpr auto kTable = crc_table();
    std::uint32_t crc = 0xFFFF'FFFFU;
    for (const char c : before)
    {
        crc = kTable[(crc ^ static_cast<std::uint8_t>(c)) & 0xFFU] ^ (crc >> 8U);
    }
    return ~crc ^ 0x5354'554EU;
}

std::string_view
stun_phrase(std::uint16_t code)
{
    switch (code)
    {
    case 300:
        return "Try Alternate";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 420:
        return "Unknown Attribute";
    case 430:
        return "Stale Credentials";
    case 431:
        return "Integrity Check Failure";
    case 432:
        return "Missing Username";
    case 433:
        return "Use TLS";
    case 438:
        return "Stale Nonce";
    case 500:
        return "Server Error";
    case 600:
        return "Global Failure";
    default:
        return "Error";
    }
}

std::size_t
encoded_size(const StunMessage& message)
{
    Count count;
    Writer writer{count, message};
    writer.header(0);
    writer.attributes();
    if (message.fingerprint)
    {
        writer.fingerprint(0);
    }
    return count.size;
}

std::string
encode(const StunMessage& message)
{
    const std::size_t size = encoded_size(message);
    Text out;
    out.text.reserve(size);
    Writer writer{out, message};
    // RFC 5389 §15.5: the length counts FINGERPRINT before its value is computed.
    writer.header(size - wire::kHeader);
    writer.attributes();
    if (message.fingerprint)
    {
        writer.fingerprint(stun_fingerprint(out.text));
    }
    return std::move(out.text);
}

} // namespace sipsim::nat
