#include "scenarios/runner/decode_sip.h"

#include "model/sip/codec_fields.h"
#include "model/sip/text.h"

#include <fmt/format.h>

#include <algorithm>

namespace sipsim::runner
{

namespace
{

using json = nlohmann::ordered_json;

bool
has(std::string_view datagram, sip::Field field)
{
    datagram.remove_prefix(std::min(datagram.find_first_not_of("\r\n"), datagram.size()));
    static_cast<void>(sip::take_line(datagram)); // the start line
    sip::FieldReader fields{datagram};
    for (auto step = fields.next(); step == sip::FieldReader::Step::kField; step = fields.next())
    {
        if (fields.field() == field)
        {
            return true;
        }
    }
    return false;
}

const char*
name_of(sip::DigestAlgorithm algorithm)
{
    return algorithm == sip::DigestAlgorithm::kMd5 ? "MD5" : "SHA-256";
}

void
number(json& out, const char* name, const std::optional<std::uint32_t>& value)
{
    if (value)
    {
        out[name] = *value;
    }
}

json
overload(const sip::OverloadControl& control)
{
    json out;
    for (const auto& [bit, name] :
         {std::pair{sip::OverloadControl::kLoss, "loss"}, {sip::OverloadControl::kRate, "rate"}})
    {
        if ((control.algorithms & bit) != 0)
        {
            out["algorithms"].push_back(name);
        }
    }
    if (control.answered)
    {
        out["value"] = control.value;
        out["validity_ms"] = control.validity;
        if (control.sequence)
        {
            out["sequence"] =
                fmt::format("{}.{:05}", *control.sequence / 100'000, *control.sequence % 100'000);
        }
    }
    return out;
}

/// Writes a message's fields as text, with the names of one Names table.
class Writer
{
  public:
    explicit Writer(const sip::Names& names)
        : names_(names)
    {
    }

    [[nodiscard]] json write(const sip::Message& m, bool max_forwards) const
    {
        json out;
        out["kind"] = m.is_request() ? "request" : "response";
        out["method"] = m.method == sip::Method::kUnknown ? names_.text(m.method_name)
                                                          : std::string{sip::name_of(m.method)};
        if (m.is_request())
        {
            out["request_uri"] = uri(m.request_uri);
        }
        else
        {
            out["status"] = m.status;
        }
        if (max_forwards && m.is_request())
        {
            out["max_forwards"] = m.max_forwards;
        }
        out["from"] = party(m.from, m.from_tag);
        out["to"] = party(m.to, m.to_tag);
        out["call_id"] = names_.text(m.call_id);
        out["cseq"] = static_cast<std::uint32_t>(m.cseq);
        for (const auto& v : m.via)
        {
            out["via"].push_back(via(v));
        }
        if (m.overload.offered())
        {
            out["overload"] = overload(m.overload);
        }
        for (const auto& hop : m.path)
        {
            out["path"].push_back(uri({.user = {}, .at = hop, .transport = {}}));
        }
        option_tags(out, "require", m.require);
        option_tags(out, "proxy_require", m.proxy_require);
        option_tags(out, "unsupported", m.unsupported);
        if (m.event != sip::EventPackage::kNone)
        {
            out["event"] = sip::name_of(m.event);
        }
        registration(out, m);
        authentication(out, m);
        return out;
    }

  private:
    [[nodiscard]] std::string uri(const sip::Uri& u) const
    {
        std::string text;
        sip::append_uri(text, u, names_);
        return text;
    }

    [[nodiscard]] json party(const sip::Uri& u, sip::Tag tag) const
    {
        json out{{"uri", uri(u)}};
        if (tag != sip::Tag{})
        {
            out["tag"] = names_.text(tag);
        }
        return out;
    }

    [[nodiscard]] json via(const sip::Via& v) const
    {
        const std::string port = v.sent_by.port != 0 ? fmt::format(":{}", v.sent_by.port) : "";
        json out{{"transport", names_.text(v.transport)},
                 {"sent_by", names_.text(v.sent_by.host) + port}};
        if (v.branch != sip::Branch{})
        {
            out["branch"] = names_.text(v.branch);
        }
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

    template <class Tags>
    void option_tags(json& out, const char* name, const Tags& tags) const
    {
        for (const auto tag : tags)
        {
            out[name].push_back(names_.text(tag));
        }
    }

    void registration(json& out, const sip::Message& m) const
    {
        if (m.contact_star)
        {
            out["contact"] = "*";
        }
        for (const auto& contact : m.contacts)
        {
            json c{{"uri", uri(contact.uri)}};
            number(c, "expires", contact.expires);
            if (contact.instance != sip::InstanceId{})
            {
                c["instance"] = names_.text(contact.instance);
            }
            out["contact"].push_back(c);
        }
        number(out, "expires", m.expires);
        number(out, "min_expires", m.min_expires);
        number(out, "retry_after", m.retry_after);
    }

    void authentication(json& out, const sip::Message& m) const
    {
        for (const auto& challenge : m.challenges)
        {
            json c{{"realm", names_.text(challenge.realm)},
                   {"nonce", names_.text(challenge.nonce)},
                   {"algorithm", name_of(challenge.algorithm)}};
            if (challenge.qop)
            {
                c["qop"] = "auth";
            }
            if (challenge.stale)
            {
                c["stale"] = true;
            }
            out["challenge"].push_back(c);
        }
        if (m.credentials)
        {
            out["credentials"] = credentials(*m.credentials, m.proxy_auth);
        }
    }

    [[nodiscard]] json credentials(const sip::Credentials& given, bool proxy) const
    {
        const std::size_t octets = given.algorithm == sip::DigestAlgorithm::kMd5 ? 16 : 32;
        std::string response;
        for (std::size_t i = 0; i < octets; ++i)
        {
            response += fmt::format("{:02x}", given.proof.at(i));
        }
        json out{{"header", proxy ? "Proxy-Authorization" : "Authorization"},
                 {"user", names_.text(given.user)},
                 {"realm", names_.text(given.realm)},
                 {"nonce", names_.text(given.nonce)},
                 {"uri",
                  given.uri_text != sip::UriText{} ? names_.text(given.uri_text) : uri(given.uri)},
                 {"response", response},
                 {"algorithm", name_of(given.algorithm)}};
        if (given.qop)
        {
            out["qop"] = "auth";
            out["cnonce"] = names_.text(given.cnonce);
            out["nc"] = given.nc;
        }
        return out;
    }

    const sip::Names& names_;
};

} // namespace

json
to_json(const sip::Message& message, const sip::Names& names, std::string_view datagram)
{
    return Writer(names).write(message, has(datagram, sip::Field::kMaxForwards));
}

} // namespace sipsim::runner
