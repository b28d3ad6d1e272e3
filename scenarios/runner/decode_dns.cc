#include "scenarios/runner/decode_dns.h"

#include <fmt/format.h>

namespace sipsim::runner
{

namespace
{

using json = nlohmann::ordered_json;

std::string
hex(std::string_view octets)
{
    std::string text;
    for (const char c : octets)
    {
        text += fmt::format("{:02x}", static_cast<std::uint8_t>(c));
    }
    return text;
}

/// RDATA's fields, by the names of their RFCs.
class Fields
{
  public:
    Fields(json& out, const dns::Names& names)
        : out_(out),
          names_(names)
    {
    }

    void operator()(const dns::A& d) const
    {
        out_["address"] = fmt::format("{}.{}.{}.{}",
                                      d.address >> 24U,
                                      (d.address >> 16U) & 0xFFU,
                                      (d.address >> 8U) & 0xFFU,
                                      d.address & 0xFFU);
    }

    void operator()(const dns::Aaaa& d) const
    {
        // All eight groups, none shortened (RFC 4291 §2.2 form 1).
        std::string text;
        for (const auto word : d.words)
        {
            text +=
                fmt::format("{}{:x}:{:x}", text.empty() ? "" : ":", word >> 16U, word & 0xFFFFU);
        }
        out_["address"] = text;
    }

    void operator()(const dns::Pointer& d) const
    {
        out_["target"] = names_.text(d.target);
    }

    void operator()(const dns::Mx& d) const
    {
        out_["preference"] = d.preference;
        out_["exchange"] = names_.text(d.exchange);
    }

    void operator()(const dns::Srv& d) const
    {
        out_["priority"] = d.priority;
        out_["weight"] = d.weight;
        out_["port"] = d.port;
        out_["target"] = names_.text(d.target);
    }

    void operator()(const dns::Naptr& d) const
    {
        out_["order"] = d.order;
        out_["preference"] = d.preference;
        out_["flags"] = names_.text(d.flags);
        out_["services"] = names_.text(d.services);
        out_["regexp"] = names_.text(d.regexp);
        out_["replacement"] = names_.text(d.replacement);
    }

    void operator()(const dns::Soa& d) const
    {
        out_["mname"] = names_.text(d.mname);
        out_["rname"] = names_.text(d.rname);
        out_["serial"] = d.serial;
        out_["refresh"] = d.refresh;
        out_["retry"] = d.retry;
        out_["expire"] = d.expire;
        out_["minimum"] = d.minimum;
    }

    void operator()(const dns::Opaque& d) const
    {
        out_["rdata"] = hex(names_.text(d.octets));
    }

  private:
    json& out_;
    const dns::Names& names_;
};

template <class Section>
void
section(json& out, const char* name, const Section& records, const dns::Names& names)
{
    for (const dns::Record& r : records)
    {
        json record{{"name", names.text(r.owner)},
                    {"type", dns::type_name(r.type)},
                    {"class", static_cast<unsigned>(r.klass)},
                    {"ttl", r.ttl}};
        std::visit(Fields{record, names}, r.data);
        out[name].push_back(std::move(record));
    }
}

json
flags(const dns::Flags& f)
{
    json list = json::array();
    const auto add = [&list](bool set, const char* name) {
        if (set)
        {
            list.push_back(name);
        }
    };
    add(f.authoritative, "aa");
    add(f.truncated, "tc");
    add(f.recursion_desired, "rd");
    add(f.recursion_available, "ra");
    add(f.authentic_data, "ad");
    add(f.checking_disabled, "cd");
    return list;
}

} // namespace

json
to_json(const dns::Message& m, const dns::Names& names)
{
    json out{{"kind", m.flags.response ? "response" : "query"},
             {"id", m.id},
             {"opcode", static_cast<unsigned>(m.opcode)},
             {"flags", flags(m.flags)},
             {"rcode", dns::rcode_name(m.rcode)}};
    if (m.question)
    {
        out["question"] = {{"name", names.text(m.question->name)},
                           {"type", dns::type_name(m.question->type)},
                           {"class", static_cast<unsigned>(m.question->klass)}};
    }
    section(out, "answer", m.answer, names);
    section(out, "authority", m.authority, names);
    section(out, "additional", m.additional, names);
    if (m.edns)
    {
        out["edns"] = {{"udp_size", m.edns->udp_size},
                       {"version", m.edns->version},
                       {"do", m.edns->dnssec_ok}};
    }
    return out;
}

} // namespace sipsim::runner
