#include "model/nat/stun_server.h"

#include <utility>

namespace sipsim::nat
{

std::vector<std::string>
validate(const StunServerOptions& options)
{
    std::vector<std::string> problems;
    const auto check = [&problems](bool fits, const char* problem) {
        if (!fits)
        {
            problems.emplace_back(problem);
        }
    };
    const auto complete = [](Endpoint at) {
        return at.host != sip::Host{} && !sip::is_name(at.host) && at.port != 0;
    };
    check(complete(options.primary), "primary: must be an address and a port");
    if (options.alternate)
    {
        check(complete(*options.alternate), "alternate: must be an address and a port");
        check(options.alternate->host != options.primary.host,
              "alternate: must be another address than the primary's");
        check(options.alternate->port != options.primary.port,
              "alternate: must be another port than the primary's");
    }
    check(options.padding <= kMaxStunPadding, "padding: must be 64000 octets at most");
    return problems;
}

StunServerOptions
stun_on_sip_port(Endpoint at)
{
    StunServerOptions options;
    options.primary = at;
    options.classic = false; // RFC 5626 §8: nothing but the cookie tells it from other protocols
    options.response_address = false;
    options.response_port = false;
    options.padding = 0;
    return options;
}

StunServer::StunServer(const StunServerOptions& options)
    : options_(options)
{
    support_.classic = options.classic;
    support_.change_request = options.alternate.has_value(); // RFC 5780 §6
    support_.response_address = options.response_address;
    support_.response_port = options.response_port;
    support_.padding = options.padding != 0;
}

FixedVector<Endpoint, 4>
StunServer::endpoints() const
{
    FixedVector<Endpoint, 4> all;
    all.push(options_.primary);
    if (options_.alternate)
    {
        all.push({options_.alternate->host, options_.primary.port});
        all.push({options_.primary.host, options_.alternate->port});
        all.push(*options_.alternate);
    }
    return all;
}

// RFC 3489 table 1, RFC 5780 table 1: Ca is the other address, Cp the other port.
Endpoint
StunServer::elsewhere(Endpoint at, StunChange change) const
{
    if (!options_.alternate)
    {
        return at;
    }
    const Endpoint& a = options_.primary;
    const Endpoint& b = *options_.alternate;
    if (change.ip)
    {
        at.host = at.host == a.host ? b.host : a.host;
    }
    if (change.port)
    {
        at.port = at.port == a.port ? b.port : a.port;
    }
    return at;
}

std::optional<StunReply>
StunServer::on_message(const StunMessage& message, Endpoint at, Endpoint from) const
{
    if (message.kind != StunClass::kRequest || message.method != StunMethod::kBinding)
    {
        return std::nullopt;
    }
    StunReply reply{stun_response(message, StunClass::kSuccess),
                    elsewhere(at, message.change.value_or(StunChange{})),
                    from};
    StunMessage& response = reply.message;
    const Endpoint other = elsewhere(at, {true, true});
    if (message.form() == StunForm::kClassic)
    {
        response.mapped = from;
        response.source = reply.from;
        response.changed = other; // RFC 3489 §8.1: must be there; with one endpoint it is that one
        if (message.response_address)
        {
            reply.to = *message.response_address;
            response.reflected_from = from;
        }
        return reply;
    }
    response.xor_mapped = from;
    if (options_.alternate)
    {
        response.mapped = from; // RFC 5780 §6.1: both
        response.response_origin = reply.from;
        response.other = other;
    }
    if (message.response_port)
    {
        reply.to.port = *message.response_port;
    }
    if (message.padding)
    {
        response.padding = static_cast<std::uint16_t>((options_.padding + 3) / 4 * 4);
    }
    if (options_.software)
    {
        response.software = StunSoftware{"sipsim"};
    }
    return reply;
}

std::optional<StunReply>
StunServer::on_datagram(std::string_view datagram,
                        Endpoint at,
                        Endpoint from,
                        StunRefusal* why) const
{
    auto decoded = decode_stun(datagram, support_);
    if (const auto* message = std::get_if<StunMessage>(&decoded))
    {
        return on_message(*message, at, from);
    }
    auto& refusal = std::get<StunRefusal>(decoded);
    std::optional<StunReply> reply;
    if (refusal.response)
    {
        reply = StunReply{*refusal.response, at, from};
    }
    if (why != nullptr)
    {
        *why = std::move(refusal);
    }
    return reply;
}

} // namespace sipsim::nat
