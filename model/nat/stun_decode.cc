#include "model/nat/stun_codec.h"
#include "model/nat/stun_wire.h"

#include <algorithm>

namespace sipsim::nat
{

namespace
{

std::uint16_t
word16(std::string_view octets, std::size_t at)
{
    return static_cast<std::uint16_t>((static_cast<std::uint8_t>(octets[at]) << 8U) |
                                      static_cast<std::uint8_t>(octets[at + 1]));
}

std::uint32_t
word32(std::string_view octets, std::size_t at)
{
    return (std::uint32_t{word16(octets, at)} << 16U) | word16(octets, at + 2);
}

constexpr std::size_t kFingerprintSize = 8;              // octets, its header included
constexpr std::uint32_t kFingerprintHead = 0x8028'0004U; // type and length

std::string
hex(std::uint16_t type)
{
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text = "0x";
    for (int shift = 12; shift >= 0; shift -= 4)
    {
        text.push_back(kDigits[(type >> static_cast<unsigned>(shift)) & 15U]);
    }
    return text;
}

void
add_distinct(StunTypes& types, std::uint16_t type)
{
    if (std::find(types.begin(), types.end(), type) == types.end())
    {
        types.push(type);
    }
}

StunRefusal
silence(std::string reason)
{
    return {std::move(reason), 0, {}};
}

/// Reads one datagram.
class Reader
{
  public:
    Reader(std::string_view datagram, const StunSupport& support)
        : datagram_(datagram),
          support_(support)
    {
    }

    StunDecoded run()
    {
        if (auto refusal = header())
        {
            return *std::move(refusal);
        }
        if (auto refusal = attributes())
        {
            return *std::move(refusal);
        }
        if (auto refusal = whole())
        {
            return *std::move(refusal);
        }
        return message_;
    }

  private:
    using Refused = std::optional<StunRefusal>;

    /// RFC 5389 §7.3: whatever is wrong here, nothing is said.
    /// Model choice: in classic messages too; without a cookie the length is all that shows that it is
    /// STUN.
    Refused header()
    {
        if (datagram_.size() < wire::kHeader)
        {
            return silence("shorter than a header");
        }
        if ((static_cast<std::uint8_t>(datagram_[0]) & 0xC0U) != 0)
        {
            return silence("the first two bits are not zero");
        }
        for (std::size_t i = 0; i < message_.id.words.size(); ++i)
        {
            message_.id.words[i] = word32(datagram_, 4 + 4 * i);
        }
        if (classic() && !support_.classic)
        {
            return silence("no magic cookie");
        }
        const std::size_t length = word16(datagram_, 2);
        if (length % 4 != 0)
        {
            return silence("the message length is no multiple of 4");
        }
        if (length != datagram_.size() - wire::kHeader)
        {
            return silence("the message length is not that of the datagram");
        }
        if (auto refusal = type(word16(datagram_, 0)))
        {
            return refusal;
        }
        return fingerprint();
    }

    /// Before the attributes: with a wrong one nothing else counts.
    Refused fingerprint()
    {
        const std::size_t at = datagram_.size() - kFingerprintSize;
        if (classic() || datagram_.size() < wire::kHeader + kFingerprintSize ||
            word32(datagram_, at) != kFingerprintHead)
        {
            return {};
        }
        if (word32(datagram_, at + 4) != stun_fingerprint(datagram_.substr(0, at)))
        {
            return silence("FINGERPRINT is wrong");
        }
        message_.fingerprint = true;
        return {};
    }

    Refused type(std::uint16_t type)
    {
        for (const auto kind :
             {StunClass::kRequest, StunClass::kIndication, StunClass::kSuccess, StunClass::kError})
        {
            for (const auto method : {StunMethod::kBinding, StunMethod::kSharedSecret})
            {
                if (type == wire::type_of(kind, method))
                {
                    message_.kind = kind;
                    message_.method = method;
                }
            }
        }
        // Both are later or earlier than the other form: RFC 5389 has no Shared Secret, RFC 3489 no
        // indications.
        const bool misplaced = classic() ? message_.kind == StunClass::kIndication
                                         : message_.method == StunMethod::kSharedSecret;
        if (type != wire::type_of(message_.kind, message_.method) || misplaced)
        {
            return silence("message type " + hex(type) + " is not supported");
        }
        return {};
    }

    Refused attributes()
    {
        std::size_t at = wire::kHeader;
        while (at < datagram_.size())
        {
            // The length is a multiple of 4, so that there is room for the attribute's own header.
            const std::uint16_t type = word16(datagram_, at);
            const std::size_t length = word16(datagram_, at + 2);
            const std::size_t begin = at + 4;
            if (wire::padded(length) > datagram_.size() - begin)
            {
                return bad("attribute " + hex(type) + " ends after the message");
            }
            if (classic() && length % 4 != 0)
            {
                return bad("attribute " + hex(type) + " does not end on a word"); // RFC 3489 §11.2
            }
            if (auto refusal = attribute(type, datagram_.substr(begin, length), at))
            {
                return refusal;
            }
            at = begin + wire::padded(length);
        }
        return {};
    }

    /// `at`: where the attribute begins.
    Refused attribute(std::uint16_t type, std::string_view value, std::size_t at)
    {
        const auto name = static_cast<StunAttribute>(type);
        if (name == StunAttribute::kFingerprint && !classic())
        {
            // RFC 5389 §15.5: the last; there it has been checked.
            return at + kFingerprintSize == datagram_.size() && message_.fingerprint
                       ? Refused{}
                       : silence("FINGERPRINT is not the last 8 octets");
        }
        // RFC 5389 §15.4: whatever else follows MESSAGE-INTEGRITY is ignored.
        if (message_.seen.integrity && !classic())
        {
            return {};
        }
        if (!wire::understood(name, message_.kind, message_.form(), support_))
        {
            if (type < 0x8000)
            {
                add_distinct(not_understood_, type);
            }
            return {};
        }
        if (!wire::applies(name, message_.kind))
        {
            return {}; // RFC 3489 §11.2: known, but not supposed to be there
        }
        if (!take(name, value))
        {
            return bad("attribute " + hex(type) + " is malformed");
        }
        return {};
    }

    /// Where an address goes; null: the attribute is none.
    std::optional<Endpoint>* place(StunAttribute name)
    {
        using enum StunAttribute;
        switch (name)
        {
        case kMappedAddress:
            return &message_.mapped;
        case kXorMappedAddress:
            return &message_.xor_mapped;
        case kResponseAddress:
            return &message_.response_address;
        case kSourceAddress:
            return &message_.source;
        case kChangedAddress:
            return &message_.changed;
        case kReflectedFrom:
            return &message_.reflected_from;
        case kResponseOrigin:
            return &message_.response_origin;
        case kOtherAddress:
            return &message_.other;
        default:
            return nullptr;
        }
    }

    /// False: malformed.
    bool take(StunAttribute name, std::string_view value)
    {
        using enum StunAttribute;
        if (auto* const into = place(name))
        {
            return address(value, name == kXorMappedAddress, *into);
        }
        switch (name)
        {
        case kChangeRequest:
            return change(value);
        case kResponsePort:
            return response_port(value);
        case kErrorCode:
            return error(value);
        case kUnknownAttributes:
            return unknown(value);
        case kMessageIntegrity:
            message_.seen.integrity = true;
            return value.size() == 20;
        case kMessageIntegritySha256:
            message_.seen.integrity = true;
            return true;
        case kUsername:
            message_.seen.username = true;
            return true;
        case kSoftware:
            if (message_.software.size == 0)
            {
                message_.software = StunSoftware{value};
            }
            return true;
        case kPadding:
            if (!message_.padding)
            {
                message_.padding = static_cast<std::uint16_t>(
                    std::min<std::size_t>(value.size(), kMaxStunPadding));
            }
            return true;
        default:
            return true;
        }
    }

    /// The first of several counts (RFC 5389 §15), wherever one may.
    static bool address(std::string_view value, bool covered, std::optional<Endpoint>& into)
    {
        if (value.size() < 4)
        {
            return false;
        }
        const auto family = static_cast<std::uint8_t>(value[1]);
        if (family == wire::kIpv6)
        {
            return value.size() == 20; // Not modelled: IPv6; read over
        }
        if (family != wire::kIpv4 || value.size() != 8)
        {
            return false;
        }
        const std::uint16_t port = word16(value, 2);
        const std::uint32_t host = word32(value, 4);
        const Endpoint at{sip::Host{covered ? wire::cover(host) : host},
                          covered ? wire::cover(port) : port};
        if (sip::is_name(at.host))
        {
            return false; // 240.0.0.0/4 is no unicast space (RFC 1112 §4)
        }
        if (!into)
        {
            into = at;
        }
        return true;
    }

    bool change(std::string_view value)
    {
        if (value.size() != 4)
        {
            return false;
        }
        const std::uint32_t flags = word32(value, 0);
        if (!message_.change)
        {
            message_.change = {(flags & wire::kChangeIp) != 0, (flags & wire::kChangePort) != 0};
        }
        return true;
    }

    /// RFC 5780 §7.5: two octets and two of padding, which servers take for part of the value or not.
    bool response_port(std::string_view value)
    {
        if (value.size() != 2 && value.size() != 4)
        {
            return false;
        }
        if (!message_.response_port)
        {
            message_.response_port = word16(value, 0);
        }
        return true;
    }

    bool error(std::string_view value)
    {
        if (value.size() < 4)
        {
            return false;
        }
        const unsigned hundreds = static_cast<std::uint8_t>(value[2]) & 7U;
        const unsigned rest = static_cast<std::uint8_t>(value[3]);
        if (hundreds < 1 || hundreds > 6 || rest > 99) // RFC 3489 §11.2.9; RFC 5389: from 3 on
        {
            return false;
        }
        if (message_.error == 0)
        {
            message_.error = static_cast<std::uint16_t>(100 * hundreds + rest);
        }
        return true;
    }

    bool unknown(std::string_view value)
    {
        for (std::size_t i = 0; i + 1 < value.size(); i += 2)
        {
            add_distinct(message_.unknown, word16(value, i));
        }
        return value.size() % 2 == 0;
    }

    /// What can be said once all attributes are read.
    Refused whole()
    {
        if (message_.kind == StunClass::kError && message_.error == 0)
        {
            return silence("an error response without ERROR-CODE");
        }
        if (message_.kind == StunClass::kIndication && !not_understood_.empty())
        {
            return silence("attribute " + hex(not_understood_[0]) + " is not understood");
        }
        if (message_.kind != StunClass::kRequest)
        {
            message_.seen.not_understood = not_understood_;
            return {};
        }
        if (message_.method == StunMethod::kSharedSecret)
        {
            return owed("a Shared Secret Request over UDP", 433); // RFC 3489 §8.2
        }
        // RFC 3489 §8.1, in its order. Not modelled: credentials, so that no user name is known.
        // Credentials of RFC 5389 are known but unexpected, and ignored (§7.3).
        if (classic() && message_.seen.integrity)
        {
            return message_.seen.username ? owed("MESSAGE-INTEGRITY for an unknown USERNAME", 430)
                                          : owed("MESSAGE-INTEGRITY without USERNAME", 432);
        }
        if (!not_understood_.empty())
        {
            return owed("attribute " + hex(not_understood_[0]) + " is not understood", 420);
        }
        if (message_.padding && message_.response_port)
        {
            return owed("PADDING with RESPONSE-PORT", 400); // RFC 5780 §6.1
        }
        return {};
    }

    /// An attribute does not fit.
    Refused bad(std::string reason)
    {
        // RFC 3489 §11.2.9, RFC 5389 §15.6: 400 where the request was malformed.
        return message_.kind == StunClass::kRequest ? owed(std::move(reason), 400)
                                                    : silence(std::move(reason));
    }

    Refused owed(std::string reason, std::uint16_t status)
    {
        StunMessage response = stun_response(message_, StunClass::kError);
        response.error = status;
        if (status == 420)
        {
            response.unknown = not_understood_;
        }
        return StunRefusal{std::move(reason), status, response};
    }

    [[nodiscard]] bool classic() const
    {
        return message_.form() == StunForm::kClassic;
    }

    std::string_view datagram_;
    const StunSupport& support_;
    StunMessage message_;
    StunTypes not_understood_;
};

} // namespace

bool
looks_like_stun(std::string_view datagram)
{
    return datagram.size() >= wire::kHeader &&
           (static_cast<std::uint8_t>(datagram[0]) & 0xC0U) == 0 &&
           word32(datagram, 4) == kStunCookie && word16(datagram, 2) % 4 == 0;
}

StunDecoded
decode_stun(std::string_view datagram, const StunSupport& support)
{
    return Reader{datagram, support}.run();
}

} // namespace sipsim::nat
