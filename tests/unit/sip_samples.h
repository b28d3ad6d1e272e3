#pragma once

// Messages for the codec's tests: one of each kind our cores make, and random ones.

#include "model/base/draw.h"
#include "model/sip/message.h"
#include "model/sip/names.h"

#include <string>

namespace sipsim::sip::samples
{

/// Where every sample comes from and goes to.
inline constexpr Endpoint kSource{Host{0x0A000001}, 5060};
inline constexpr Endpoint kDestination{Host{0x0A0000FE}, 5060};

/// Random messages with every field the envelope has, ours and foreign identities mixed. The same
/// seed gives the same messages.
class Generator
{
  public:
    Generator(Names& names, std::uint64_t seed)
        : names_(names),
          key_{.seed = seed, .device = 0, .account = 0}
    {
    }

    Message next();

  private:
    std::uint64_t bits()
    {
        return draw_bits(key_, Purpose::kIdentity, n_++);
    }

    std::uint64_t below(std::uint64_t bound)
    {
        return bits() % bound;
    }

    bool chance(std::uint64_t one_in)
    {
        return below(one_in) == 0;
    }

    std::string text(std::string_view alphabet, std::size_t longest);
    Host host();
    HostPort place();
    UserId user();
    Transport transport();
    Uri uri();
    std::optional<std::uint32_t> seconds();
    void identify(Message& message);
    void fill_request(Message& message);
    void fill_response(Message& message);

    Names& names_;
    DrawKey key_;
    std::uint64_t n_ = 0;
};

inline std::string
Generator::text(std::string_view alphabet, std::size_t longest)
{
    std::string out;
    const std::size_t length = 1 + below(longest);
    for (std::size_t i = 0; i < length; ++i)
    {
        out += alphabet[below(alphabet.size())];
    }
    return out;
}

inline Host
Generator::host()
{
    switch (below(4))
    {
    case 0:
        return *names_.host(text("abcdefghijklmnopqrstuvwxyz0123456789-", 20) + ".example.com");
    case 1:
        return *names_.host("[2001:db8::" + std::to_string(below(9999)) + "]");
    default:
        return Host{static_cast<std::uint32_t>(1 + below(0xDFFF'FFFF))};
    }
}

inline HostPort
Generator::place()
{
    return {host(), static_cast<std::uint16_t>(chance(2) ? 0 : 1 + below(65'535))};
}

inline UserId
Generator::user()
{
    switch (below(4))
    {
    case 0: {
        std::string any;
        for (std::uint64_t i = 1 + below(30); i > 0; --i)
        {
            any += static_cast<char>(0x20 + below(0x5f));
        }
        return *names_.user(any);
    }
    case 1:
        return *names_.user(text("0123456789+", 15));
    default:
        return UserId{1 + below(1'000'000'000)};
    }
}

inline Transport
Generator::transport()
{
    return chance(5) ? *names_.transport(chance(2) ? "X.9" : "other-transport")
                     : static_cast<Transport>(below(kFirstOtherTransport));
}

inline Uri
Generator::uri()
{
    Uri out{.user = chance(5) ? UserId{} : user(), .at = place(), .transport = {}};
    if (chance(3))
    {
        out.transport = transport();
    }
    return out;
}

inline std::optional<std::uint32_t>
Generator::seconds()
{
    switch (below(4))
    {
    case 0:
        return std::nullopt;
    case 1:
        return 0;
    case 2:
        return static_cast<std::uint32_t>(bits());
    default:
        return static_cast<std::uint32_t>(below(7200));
    }
}

inline void
Generator::identify(Message& message)
{
    constexpr std::string_view kToken = "abcXYZ0189-.!%*_+`'~";
    message.from = uri();
    message.to = uri();
    message.from_tag = chance(4) ? *names_.tag(text(kToken, 40)) : Tag{canonical(bits())};
    message.call_id = chance(4) ? *names_.call_id(text(kToken, 40) + '@' + text(kToken, 9))
                                : CallId{canonical(bits())};
    message.cseq = CSeq{static_cast<std::uint32_t>(bits() >> 33U)};
    for (std::uint64_t i = 1 + below(kMaxVias); i > 0; --i)
    {
        Via via{.sent_by = place(), .branch = Branch{canonical(bits())}};
        via.transport = chance(3) ? transport() : Transport::kUdp;
        via.branch = chance(6) ? *names_.branch(text(kToken, 30)) : via.branch;
        via.branch = chance(9) ? Branch{} : via.branch;
        via.rport_asked = chance(2);
        via.rport =
            static_cast<std::uint16_t>(via.rport_asked && chance(2) ? 1 + below(65'535) : 0);
        via.received =
            chance(3) ? Host{static_cast<std::uint32_t>(1 + below(0xDFFF'FFFF))} : Host{};
        message.via.push(via);
    }
    if (chance(3))
    {
        OverloadControl& control = message.overload;
        control.algorithms = static_cast<std::uint8_t>(1 + below(3));
        control.answered = chance(2);
        if (control.answered)
        {
            control.value = static_cast<std::uint32_t>(bits());
            control.validity = static_cast<std::uint32_t>(bits());
            control.sequence = below(100'000'000'000'000'000);
        }
    }
    message.event = static_cast<EventPackage>(below(3));
}

inline void
Generator::fill_request(Message& message)
{
    message.method = static_cast<Method>(below(11));
    if (message.method == Method::kUnknown)
    {
        message.method_name = *names_.method_name("X" + text("ABC", 12));
    }
    message.request_uri = uri();
    message.max_forwards = static_cast<std::uint8_t>(1 + below(255));
    if (chance(2))
    {
        Credentials given;
        given.user = user();
        given.realm = *names_.realm(text("Ab c.\"\\", 12));
        given.realm = chance(2) ? host() : given.realm;
        given.nonce =
            chance(3) ? *names_.nonce(text("AZaz09+/=\"\\", 60)) : Nonce{canonical(bits())};
        given.algorithm = chance(2) ? DigestAlgorithm::kMd5 : DigestAlgorithm::kSha256;
        given.qop = !chance(4);
        given.uri = uri();
        if (chance(4))
        {
            given.uri = {.user = {}, .at = {*names_.host("sip.example"), 0}, .transport = {}};
            given.uri_text = *names_.uri_text(chance(2) ? "sip:SIP.example" : "SIP:sip.example;\\");
        }
        if (given.qop)
        {
            given.cnonce =
                chance(3) ? *names_.cnonce(text("AZaz09+/=", 60)) : Cnonce{canonical(bits())};
            given.nc = 1 + static_cast<std::uint32_t>(below(0xFFFF'FFFF));
        }
        for (std::size_t i = 0; i < (given.algorithm == DigestAlgorithm::kMd5 ? 16U : 32U); ++i)
        {
            given.proof[i] = static_cast<std::uint8_t>(bits());
        }
        message.credentials = given;
        message.proxy_auth = chance(3);
    }
    if (chance(3))
    {
        message.proxy_require.push(*names_.option_tag(text("abc", 8)));
    }
}

inline void
Generator::fill_response(Message& message)
{
    message.method = chance(9) ? Method::kInvite : Method::kRegister;
    message.status = static_cast<std::uint16_t>(100 + below(600));
    message.status = chance(4) ? 401 : message.status;
    message.status = chance(4) ? 407 : message.status;
    message.to_tag = Tag{canonical(bits())};
    message.min_expires = seconds();
    message.retry_after = seconds();
    for (std::uint64_t i = below(3); i > 0 && (message.status == 401 || message.status == 407); --i)
    {
        message.challenges.push(
            {.realm = host(),
             .nonce = Nonce{canonical(bits())},
             .algorithm = i == 2 ? DigestAlgorithm::kSha256 : DigestAlgorithm::kMd5,
             .qop = !chance(4),
             .stale = chance(3)});
    }
    for (std::uint64_t i = below(kMaxOptionTags + 1); i > 0; --i)
    {
        message.unsupported.push(*names_.option_tag(text("abc0-", 8)));
    }
}

inline Message
Generator::next()
{
    Message message;
    message.src = kSource;
    message.dst = kDestination;
    identify(message);
    if (chance(2))
    {
        fill_request(message);
    }
    else
    {
        fill_response(message);
    }
    message.expires = seconds();
    message.contact_star = chance(10);
    for (std::uint64_t i = message.contact_star ? 0 : below(kMaxContacts + 1); i > 0; --i)
    {
        Contact contact{.uri = uri(), .expires = seconds()};
        contact.instance = chance(3) ? InstanceId{canonical(bits())} : InstanceId{};
        contact.instance =
            chance(9) ? *names_.instance("urn:uuid:" + text("abc0-", 36)) : contact.instance;
        message.contacts.push(contact);
    }
    for (std::uint64_t i = below(3); i > 0; --i)
    {
        message.path.push(place());
    }
    return message;
}

} // namespace sipsim::sip::samples
