#include "scenarios/runner/decode_stun.h"

#include <fmt/format.h>

namespace sipsim::runner
{

namespace
{

using json = nlohmann::ordered_json;

void
address(json& out, const char* name, const std::optional<nat::Endpoint>& at)
{
    if (at)
    {
        const auto host = static_cast<std::uint32_t>(at->host);
        out[name] = fmt::format("{}.{}.{}.{}:{}",
                                host >> 24U,
                                (host >> 16U) & 0xFFU,
                                (host >> 8U) & 0xFFU,
                                host & 0xFFU,
                                at->port);
    }
}

const char*
name_of(nat::StunClass kind)
{
    switch (kind)
    {
    case nat::StunClass::kRequest:
        return "request";
    case nat::StunClass::kIndication:
        return "indication";
    case nat::StunClass::kSuccess:
        return "success";
    case nat::StunClass::kError:
        break;
    }
    return "error";
}

void
types(json& out, const char* name, const nat::StunTypes& listed)
{
    for (const std::uint16_t type : listed)
    {
        out[name].push_back(fmt::format("0x{:04x}", type));
    }
}

void
flag(json& out, const char* name, bool set)
{
    if (set)
    {
        out[name] = true;
    }
}

} // namespace

json
to_json(const nat::StunMessage& m)
{
    json out;
    out["kind"] = name_of(m.kind);
    out["method"] = m.method == nat::StunMethod::kBinding ? "binding" : "shared-secret";
    out["cookie"] = m.form() == nat::StunForm::kCookie;
    std::string id;
    for (const std::uint32_t word : m.id.words)
    {
        id += fmt::format("{:08x}", word);
    }
    out["id"] = id;
    if (m.change)
    {
        out["change"] = {{"ip", m.change->ip}, {"port", m.change->port}};
    }
    address(out, "response_address", m.response_address);
    if (m.response_port)
    {
        out["response_port"] = *m.response_port;
    }
    address(out, "mapped", m.mapped);
    address(out, "xor_mapped", m.xor_mapped);
    address(out, "source", m.source);
    address(out, "changed", m.changed);
    address(out, "reflected_from", m.reflected_from);
    address(out, "response_origin", m.response_origin);
    address(out, "other", m.other);
    if (m.error != 0)
    {
        out["error"] = m.error;
    }
    types(out, "unknown", m.unknown);
    if (m.padding)
    {
        out["padding"] = *m.padding;
    }
    if (m.software.size != 0)
    {
        out["software"] = std::string{m.software.text()};
    }
    flag(out, "fingerprint", m.fingerprint);
    flag(out, "username", m.seen.username);
    flag(out, "message_integrity", m.seen.integrity);
    types(out, "not_understood", m.seen.not_understood);
    return out;
}

} // namespace sipsim::runner
