// Via: what Decoder reads out of it (RFC 3261 §20.42, RFC 3581), and overload control in it (RFC 7339).

#include "model/sip/codec_decode.h"
#include "model/sip/number_text.h"

#include <algorithm>
#include <limits>

namespace sipsim::sip
{

namespace
{

constexpr std::uint64_t kMaxNumber = std::numeric_limits<std::uint32_t>::max();

// RFC 7339 §9, oc-seq = 1*12DIGIT "." 1*5DIGIT.
std::optional<std::uint64_t>
sequence_in(std::string_view text)
{
    constexpr std::size_t kDecimals = 5;
    const std::size_t dot = text.find('.');
    if (dot > 12 || text.size() - dot - 1 > kDecimals) // npos, too
    {
        return std::nullopt;
    }
    const std::string_view decimals = text.substr(dot + 1);
    const auto whole = parse_number(text.substr(0, dot));
    const auto part = parse_number(decimals);
    if (!whole || !part)
    {
        return std::nullopt;
    }
    return *whole * kPowersOfTen[kDecimals] + *part * kPowersOfTen[kDecimals - decimals.size()];
}

// sent-protocol's first part. Not modelled: protocols but SIP, which RFC 3261 §25.1 leaves room for.
bool
is_sip(std::string_view via)
{
    return equal_ignoring_case(trimmed(via.substr(0, via.find('/'))), "SIP");
}

} // namespace

void
Decoder::read_via(std::string_view value)
{
    if (message_.via.size() == kMaxVias)
    {
        // A response would have to name them all (§8.2.6.2): none can be sent.
        vias_complete_ = false;
        fault(Rank::kSyntax, 513, "Via: more than " + std::to_string(kMaxVias));
        return;
    }
    const std::string* text = for_osip(Field::kVia, value);
    const auto parsed = text != nullptr ? osip::parse_via(*text) : nullptr;
    Via via;
    bool good = parsed != nullptr;
    if (good)
    {
        const osip::ViaParts parts = osip::parts_of(*parsed);
        const auto branch = osip::parameter(*parsed, "branch");
        const auto rport = osip::parameter(*parsed, "rport");
        const auto received = osip::parameter(*parsed, "received");
        good =
            is_sip(*text) && parts.version == "2.0" && is_transport(parts.transport) &&
            take(Field::kVia, names_.transport(parts.transport), parts.transport, via.transport) &&
            read_place(Field::kVia, parts.host, parts.port, via.sent_by);
        if (good && branch)
        {
            good =
                is_token(*branch) && take(Field::kVia, names_.branch(*branch), *branch, via.branch);
        }
        via.rport_asked = rport.has_value();
        const auto port = rport ? parse_number(*rport) : std::nullopt;
        if (port && *port <= std::numeric_limits<std::uint16_t>::max())
        {
            via.rport = static_cast<std::uint16_t>(*port);
        }
        if (received && is_host(*received))
        {
            const auto host = names_.host(*received);
            via.received = host && !is_name(*host) ? *host : Host{}; // an address, or nothing
        }
    }
    if (!good)
    {
        vias_complete_ = false;
        malformed(Field::kVia, "malformed");
        return;
    }
    if (message_.via.empty())
    {
        read_overload_control(*parsed);
    }
    message_.via.push(via);
}

// RFC 7339 §9. Model choice: a value that is none leaves the parameter unread, and oc without an algorithm
// that is known here is no offer.
void
Decoder::read_overload_control(const osip_via& via)
{
    const auto oc = osip::parameter(via, "oc");
    const auto algo = osip::parameter(via, "oc-algo");
    if (!oc || !algo)
    {
        return;
    }
    OverloadControl control;
    ListReader list{bare(*algo)};
    std::string_view name;
    while (list.next(name))
    {
        if (equal_ignoring_case(name, "loss"))
        {
            control.algorithms |= OverloadControl::kLoss;
        }
        else if (equal_ignoring_case(name, "rate"))
        {
            control.algorithms |= OverloadControl::kRate;
        }
    }
    const auto value = parse_number(*oc);
    if (value && *value <= kMaxNumber)
    {
        control.answered = true;
        control.value = static_cast<std::uint32_t>(*value);
        // Model choice: a longer validity than 2^32-1 ms is that.
        const auto validity = parse_number(osip::parameter(via, "oc-validity").value_or(""));
        control.validity =
            static_cast<std::uint32_t>(std::min(validity.value_or(control.validity), kMaxNumber));
        control.sequence = sequence_in(osip::parameter(via, "oc-seq").value_or(""));
    }
    message_.overload = control.offered() ? control : OverloadControl{};
}

} // namespace sipsim::sip
