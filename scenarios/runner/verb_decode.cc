#include "model/sip/codec.h"
#include "scenarios/runner/decode_dns.h"
#include "scenarios/runner/decode_stun.h"
#include "scenarios/runner/verbs.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace sipsim::runner
{

namespace
{

using json = nlohmann::ordered_json;

/// Writes a message's fields as text, with the names of one Names table.
class Writer
{
  public:
    explicit Writer(const sip::Names& names)
        : names_(names)
    {
    }

    [[nodiscard]] json write(const sip::Message& m) const
    {
        json out;
        out["kind"] = m.is_request() ? "request" : "response";
        out["method"] = sip::name_of(m.method);
        if (m.is_request())
        {
            out["request_uri"] = uri(m.request_uri);
            out["max_forwards"] = m.max_forwards;
        }
        else
        {
            out["status"] = m.status;
        }
        out["from"] = {{"uri", uri(m.from)}, {"tag", tag(m.from_tag)}};
        out["to"] = {{"uri", uri(m.to)}, {"tag", tag(m.to_tag)}};
        out["call_id"] = names_.text(m.call_id);
        out["cseq"] = static_cast<std::uint32_t>(m.cseq);
        out["via"] = json::array();
        for (const auto& v : m.via)
        {
            out["via"].push_back(via(v));
        }
        registration(out, m);
        return out;
    }

  private:
    [[nodiscard]] std::string host_port(const sip::HostPort& at) const
    {
        return names_.text(at.host) + (at.port != 0 ? fmt::format(":{}", at.port) : "");
    }

    [[nodiscard]] std::string uri(const sip::Uri& u) const
    {
        std::string text = "sip:";
        if (u.user != sip::UserId{})
        {
            text += names_.text(u.user) + "@";
        }
        text += host_port(u.at);
        if (u.transport)
        {
            text += *u.transport == sip::Transport::kTcp ? ";transport=tcp" : ";transport=udp";
        }
        return text;
    }

    [[nodiscard]] json tag(sip::Tag t) const
    {
        return t == sip::Tag{} ? json() : json(names_.text(t));
    }

    [[nodiscard]] json via(const sip::Via& v) const
    {
        json out{{"transport", v.transport == sip::Transport::kUdp ? "UDP" : "TCP"},
                 {"sent_by", host_port(v.sent_by)},
                 {"branch", names_.text(v.branch)}};
        if (v.rport_asked || v.rport != 0)
        {
            out["rport"] = v.rport != 0 ? json(v.rport) : json(true);
        }
        if (v.received != sip::Host{})
        {
            out["received"] = names_.text(v.received);
        }
        return out;
    }

    void registration(json& out, const sip::Message& m) const
    {
        if (m.contact_star)
        {
            out["contact"] = "*";
        }
        else if (!m.contacts.empty())
        {
            out["contact"] = json::array();
            for (const auto& contact : m.contacts)
            {
                json c{{"uri", uri(contact.uri)}};
                if (contact.expires)
                {
                    c["expires"] = *contact.expires;
                }
                if (contact.instance != sip::InstanceId{})
                {
                    c["instance"] = names_.text(contact.instance);
                }
                out["contact"].push_back(c);
            }
        }
        number(out, "expires", m.expires);
        number(out, "min_expires", m.min_expires);
        number(out, "retry_after", m.retry_after);
        for (const auto& challenge : m.challenges)
        {
            out["challenge"].push_back({{"realm", names_.text(challenge.realm)},
                                        {"nonce", names_.text(challenge.nonce)},
                                        {"algorithm", algorithm(challenge.algorithm)},
                                        {"stale", challenge.stale}});
        }
        if (m.credentials)
        {
            out["credentials"] = {{"user", names_.text(m.credentials->user)},
                                  {"realm", names_.text(m.credentials->realm)},
                                  {"nonce", names_.text(m.credentials->nonce)},
                                  {"nc", m.credentials->nc},
                                  {"algorithm", algorithm(m.credentials->algorithm)}};
        }
    }

    static void number(json& out, const char* name, const std::optional<std::uint32_t>& value)
    {
        if (value)
        {
            out[name] = *value;
        }
    }

    static const char* algorithm(sip::DigestAlgorithm a)
    {
        return a == sip::DigestAlgorithm::kMd5 ? "MD5" : "SHA-256";
    }

    const sip::Names& names_;
};

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
    return taken(message != nullptr ? Writer(names).write(*message) : json{{"kind", "keepalive"}});
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
