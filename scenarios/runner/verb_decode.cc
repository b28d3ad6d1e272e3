#include "scenarios/runner/decode_dns.h"
#include "scenarios/runner/decode_sip.h"
#include "scenarios/runner/decode_stun.h"
#include "scenarios/runner/verbs.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace sipsim::runner
{

namespace
{

using json = nlohmann::ordered_json;

int
refused(const std::string& reason, std::uint16_t status)
{
    fmt::print(stderr,
               "{}\n",
               json{{"refused", reason}, {"status", status != 0 ? json(status) : json()}}.dump());
    return kRunFailed;
}

int
taken(const json& message)
{
    // A text from a datagram may be no UTF-8.
    fmt::print("{}\n", message.dump(-1, ' ', false, json::error_handler_t::replace));
    return kOk;
}

int
decode_sip(const std::string& bytes)
{
    sip::Names names;
    sip::Codec codec(names);
    const auto decoded = codec.decode(bytes, {}, {});
    if (const auto* refusal = std::get_if<sip::Refusal>(&decoded))
    {
        return refused(refusal->reason, refusal->status);
    }
    const auto* message = std::get_if<sip::Message>(&decoded);
    return taken(message != nullptr ? to_json(*message, names, bytes)
                                    : json{{"kind", "keepalive"}});
}

int
decode_stun(const std::string& bytes)
{
    const auto decoded = nat::decode_stun(bytes);
    if (const auto* refusal = std::get_if<nat::StunRefusal>(&decoded))
    {
        return refused(refusal->reason, refusal->status);
    }
    return taken(to_json(std::get<nat::StunMessage>(decoded)));
}

int
decode_dns(const std::string& bytes)
{
    dns::Names names;
    const auto decoded = dns::decode(bytes, names);
    if (const auto* refusal = std::get_if<dns::Refusal>(&decoded))
    {
        const auto& owed = refusal->response; // its RCODE: FORMERR is 1
        return refused(std::string{dns::reason(refusal->flaw)},
                       owed ? static_cast<std::uint16_t>(owed->rcode) : std::uint16_t{0});
    }
    return taken(to_json(std::get<dns::Message>(decoded), names));
}

} // namespace

int
decode(const DecodeArgs& args)
{
    const auto bytes = read_or_explain(args.file);
    if (!bytes)
    {
        return kUsage;
    }
    if (args.protocol == "dns")
    {
        return decode_dns(*bytes);
    }
    return args.protocol == "stun" ? decode_stun(*bytes) : decode_sip(*bytes);
}

} // namespace sipsim::runner
