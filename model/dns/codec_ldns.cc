// stdbool.h first: without it ldns makes an int of `true`.
#include "model/dns/codec_ldns.h"

#include <ldns/ldns.h>
#include <stdbool.h> // NOLINT(modernize-deprecated-headers)

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace sipsim::dns
{

namespace
{

struct Free
{
    void operator()(ldns_pkt* packet) const
    {
        ldns_pkt_free(packet);
    }

    void operator()(ldns_rr* record) const
    {
        ldns_rr_free(record);
    }

    void operator()(std::uint8_t* octets) const
    {
        std::free(octets);
    }
};

using Packet = std::unique_ptr<ldns_pkt, Free>;
using Rr = std::unique_ptr<ldns_rr, Free>;
using Wire = std::unique_ptr<std::uint8_t, Free>;

std::string_view
view(const std::uint8_t* octets, std::size_t size)
{
    return {reinterpret_cast<const char*>(octets), size};
}

void
put16(std::string& out, std::uint32_t value)
{
    out.push_back(static_cast<char>(value >> 8U));
    out.push_back(static_cast<char>(value));
}

void
put32(std::string& out, std::uint32_t value)
{
    put16(out, value >> 16U);
    put16(out, value);
}

/// What a Message becomes, record by record. A record is given to the library as uncompressed octets,
/// which it reads by its own rules; it then compresses and counts.
class Encoder
{
  public:
    explicit Encoder(const Names& names)
        : names_(names)
    {
    }

    std::optional<std::string> run(const Message& m)
    {
        header(m);
        if (m.question)
        {
            Rr question =
                record(m.question->name, m.question->type, m.question->klass, 0, "", true);
            push(LDNS_SECTION_QUESTION, std::move(question));
        }
        section(LDNS_SECTION_ANSWER, m.answer);
        section(LDNS_SECTION_AUTHORITY, m.authority);
        section(LDNS_SECTION_ADDITIONAL, m.additional);
        std::uint8_t* octets = nullptr;
        std::size_t size = 0;
        if (!sound_ || ldns_pkt2wire(&octets, packet_.get(), &size) != LDNS_STATUS_OK)
        {
            return std::nullopt;
        }
        const Wire wire{octets};
        return std::string{view(octets, size)};
    }

  private:
    void header(const Message& m)
    {
        ldns_pkt* p = packet_.get();
        ldns_pkt_set_id(p, m.id);
        ldns_pkt_set_opcode(p, static_cast<ldns_pkt_opcode>(m.opcode));
        ldns_pkt_set_qr(p, m.flags.response);
        ldns_pkt_set_aa(p, m.flags.authoritative);
        ldns_pkt_set_tc(p, m.flags.truncated);
        ldns_pkt_set_rd(p, m.flags.recursion_desired);
        ldns_pkt_set_ra(p, m.flags.recursion_available);
        ldns_pkt_set_ad(p, m.flags.authentic_data);
        ldns_pkt_set_cd(p, m.flags.checking_disabled);
        const auto rcode = static_cast<unsigned>(m.rcode);
        ldns_pkt_set_rcode(p, static_cast<std::uint8_t>(rcode & 15U));
        if (m.edns)
        {
            ldns_pkt_set_edns_udp_size(p, m.edns->udp_size);
            ldns_pkt_set_edns_version(p, m.edns->version);
            ldns_pkt_set_edns_do(p, m.edns->dnssec_ok);
            ldns_pkt_set_edns_extended_rcode(p, static_cast<std::uint8_t>(rcode >> 4U));
        }
        sound_ = m.edns ? m.edns->udp_size > 0 && rcode < 4096 : rcode < 16;
    }

    template <class Section>
    void section(ldns_pkt_section where, const Section& records)
    {
        for (const Record& r : records)
        {
            rdata_.clear();
            std::visit([this](const auto& data) { this->rdata(data); }, r.data);
            push(where, record(r.owner, r.type, r.klass, r.ttl, rdata_, false));
        }
    }

    void push(ldns_pkt_section where, Rr record)
    {
        if (record && ldns_pkt_push_rr(packet_.get(), where, record.get()))
        {
            static_cast<void>(record.release()); // the packet's now
            return;
        }
        sound_ = false;
    }

    Rr record(Name owner,
              Type type,
              Class klass,
              std::uint32_t ttl,
              const std::string& rdata,
              bool question)
    {
        wire_.clear();
        name(wire_, owner);
        put16(wire_, static_cast<std::uint32_t>(type));
        put16(wire_, static_cast<std::uint32_t>(klass));
        if (!question)
        {
            put32(wire_, ttl);
            put16(wire_, static_cast<std::uint32_t>(rdata.size()));
            wire_ += rdata;
        }
        ldns_rr* rr = nullptr;
        std::size_t at = 0;
        const auto status = ldns_wire2rr(&rr,
                                         reinterpret_cast<const std::uint8_t*>(wire_.data()),
                                         wire_.size(),
                                         &at,
                                         question ? LDNS_SECTION_QUESTION : LDNS_SECTION_ANSWER);
        return Rr{status == LDNS_STATUS_OK ? rr : nullptr};
    }

    void name(std::string& out, Name name) const
    {
        for (; name != kRoot; name = names_.parent(name))
        {
            out.push_back(static_cast<char>(names_.label(name).size()));
            out += names_.label(name);
        }
        out.push_back('\0');
    }

    void string(Octets octets)
    {
        const auto text = names_.text(octets);
        sound_ = sound_ && text.size() <= 255; // RFC 1035 §3.3 <character-string>
        rdata_.push_back(static_cast<char>(text.size()));
        rdata_ += text;
    }

    void rdata(const A& data)
    {
        put32(rdata_, data.address);
    }

    void rdata(const Aaaa& data)
    {
        for (const auto word : data.words)
        {
            put32(rdata_, word);
        }
    }

    void rdata(const Pointer& data)
    {
        name(rdata_, data.target);
    }

    void rdata(const Mx& data)
    {
        put16(rdata_, data.preference);
        name(rdata_, data.exchange);
    }

    void rdata(const Srv& data)
    {
        put16(rdata_, data.priority);
        put16(rdata_, data.weight);
        put16(rdata_, data.port);
        name(rdata_, data.target);
    }

    void rdata(const Naptr& data)
    {
        put16(rdata_, data.order);
        put16(rdata_, data.preference);
        string(data.flags);
        string(data.services);
        string(data.regexp);
        name(rdata_, data.replacement);
    }

    void rdata(const Soa& data)
    {
        name(rdata_, data.mname);
        name(rdata_, data.rname);
        for (const auto word : {data.serial, data.refresh, data.retry, data.expire, data.minimum})
        {
            put32(rdata_, word);
        }
    }

    void rdata(const Opaque& data)
    {
        rdata_ += names_.text(data.octets);
    }

    const Names& names_;
    Packet packet_{ldns_pkt_new()};
    std::string wire_;
    std::string rdata_;
    bool sound_ = true;
};

/// A packet of the library as a Message.
class Decoder
{
  public:
    explicit Decoder(Names& names)
        : names_(names)
    {
    }

    Decoded run(const ldns_pkt* p)
    {
        header(p);
        const ldns_rr_list* questions = ldns_pkt_question(p);
        if (ldns_rr_list_rr_count(questions) > 0)
        {
            const ldns_rr* asked = ldns_rr_list_rr(questions, 0);
            message_.question = Question{name(ldns_rr_owner(asked)),
                                         static_cast<Type>(ldns_rr_get_type(asked)),
                                         static_cast<Class>(ldns_rr_get_class(asked))};
        }
        section(message_.answer, ldns_pkt_answer(p));
        section(message_.authority, ldns_pkt_authority(p));
        section(message_.additional, ldns_pkt_additional(p));
        if (flaw_)
        {
            return Refusal{*flaw_, {}};
        }
        return message_;
    }

  private:
    void header(const ldns_pkt* p)
    {
        message_.id = ldns_pkt_id(p);
        message_.opcode = static_cast<Opcode>(ldns_pkt_get_opcode(p));
        message_.flags = {.response = ldns_pkt_qr(p),
                          .authoritative = ldns_pkt_aa(p),
                          .truncated = ldns_pkt_tc(p),
                          .recursion_desired = ldns_pkt_rd(p),
                          .recursion_available = ldns_pkt_ra(p),
                          .authentic_data = ldns_pkt_ad(p),
                          .checking_disabled = ldns_pkt_cd(p)};
        unsigned rcode = ldns_pkt_get_rcode(p);
        if (ldns_pkt_edns(p))
        {
            // RFC 6891 §6.2.3: less than 512 is 512.
            message_.edns = Edns{std::max(ldns_pkt_edns_udp_size(p), kClassicSize),
                                 ldns_pkt_edns_version(p),
                                 ldns_pkt_edns_do(p)};
            rcode |= static_cast<unsigned>(ldns_pkt_edns_extended_rcode(p)) << 4U;
        }
        message_.rcode = static_cast<Rcode>(rcode);
    }

    template <class Section>
    void section(Section& section, const ldns_rr_list* records)
    {
        for (std::size_t i = 0; i < ldns_rr_list_rr_count(records) && !flaw_; ++i)
        {
            if (!section.push(record(ldns_rr_list_rr(records, i))))
            {
                flaw_ = Flaw::kTooManyRecords;
            }
        }
    }

    Record record(const ldns_rr* rr)
    {
        Record record;
        record.owner = name(ldns_rr_owner(rr));
        record.type = static_cast<Type>(ldns_rr_get_type(rr));
        record.klass = static_cast<Class>(ldns_rr_get_class(rr));
        // RFC 2181 §8: a TTL with its highest bit set is 0.
        record.ttl = ldns_rr_ttl(rr) < 0x8000'0000U ? ldns_rr_ttl(rr) : 0;
        record.data = data(record.type, rr);
        return record;
    }

    Data data(Type type, const ldns_rr* rr)
    {
        switch (type)
        {
        case Type::kA:
            return expect(rr, 1) ? Data{A{number(field(rr, 0))}} : refused();
        case Type::kAaaa:
            return expect(rr, 1) ? aaaa(field(rr, 0)) : refused();
        case Type::kNs:
        case Type::kCname:
        case Type::kPtr:
            return expect(rr, 1) ? Data{Pointer{name(ldns_rr_rdf(rr, 0))}} : refused();
        case Type::kMx:
            return expect(rr, 2) ? Data{Mx{word(rr, 0), name(ldns_rr_rdf(rr, 1))}} : refused();
        case Type::kSrv:
            return expect(rr, 4)
                       ? Data{Srv{word(rr, 0), word(rr, 1), word(rr, 2), name(ldns_rr_rdf(rr, 3))}}
                       : refused();
        case Type::kNaptr:
            return expect(rr, 6) ? Data{Naptr{word(rr, 0),
                                              word(rr, 1),
                                              string(field(rr, 2)),
                                              string(field(rr, 3)),
                                              string(field(rr, 4)),
                                              name(ldns_rr_rdf(rr, 5))}}
                                 : refused();
        case Type::kSoa:
            return expect(rr, 7) ? Data{Soa{name(ldns_rr_rdf(rr, 0)),
                                            name(ldns_rr_rdf(rr, 1)),
                                            number(field(rr, 2)),
                                            number(field(rr, 3)),
                                            number(field(rr, 4)),
                                            number(field(rr, 5)),
                                            number(field(rr, 6))}}
                                 : refused();
        default:
            return opaque(rr);
        }
    }

    /// The library's idea of the type is ours: so many fields.
    static bool expect(const ldns_rr* rr, std::size_t fields)
    {
        bool whole = ldns_rr_rd_count(rr) == fields;
        for (std::size_t i = 0; whole && i < fields; ++i)
        {
            whole = ldns_rr_rdf(rr, i) != nullptr;
        }
        return whole;
    }

    Data refused()
    {
        flaw_ = Flaw::kLibrary;
        return A{};
    }

    static std::string_view field(const ldns_rr* rr, std::size_t i)
    {
        const ldns_rdf* rdf = ldns_rr_rdf(rr, i);
        return view(ldns_rdf_data(rdf), ldns_rdf_size(rdf));
    }

    static std::uint32_t number(std::string_view octets)
    {
        std::uint32_t value = 0;
        for (const char c : octets.substr(0, 4))
        {
            value = value << 8U | static_cast<std::uint8_t>(c);
        }
        return value;
    }

    static std::uint16_t word(const ldns_rr* rr, std::size_t i)
    {
        return static_cast<std::uint16_t>(number(field(rr, i)));
    }

    static Data aaaa(std::string_view octets)
    {
        Aaaa data;
        for (std::size_t i = 0; i < data.words.size() && 4 * i < octets.size(); ++i)
        {
            data.words[i] = number(octets.substr(4 * i));
        }
        return data;
    }

    /// A character-string: its length, then itself.
    Octets string(std::string_view octets)
    {
        return kept(octets.substr(octets.empty() ? 0 : 1));
    }

    Octets kept(std::string_view octets)
    {
        const auto id = names_.octets(octets);
        if (!id)
        {
            flaw_ = Flaw::kNamesFull;
        }
        return id.value_or(Octets{});
    }

    Data opaque(const ldns_rr* rr)
    {
        std::string octets;
        for (std::size_t i = 0; i < ldns_rr_rd_count(rr); ++i)
        {
            std::uint8_t* wire = nullptr;
            std::size_t size = 0;
            const ldns_rdf* rdf = ldns_rr_rdf(rr, i);
            if (rdf == nullptr || ldns_rdf2wire(&wire, rdf, &size) != LDNS_STATUS_OK)
            {
                return refused();
            }
            const Wire owned{wire};
            octets += view(wire, size);
        }
        return Opaque{kept(octets)};
    }

    /// The library's names are whole and end with the root.
    Name name(const ldns_rdf* rdf)
    {
        const std::string_view octets = view(ldns_rdf_data(rdf), ldns_rdf_size(rdf));
        std::array<std::string_view, kMaxNameOctets> labels;
        std::size_t count = 0;
        for (std::size_t at = 0; at < octets.size() && octets[at] != 0 && count < labels.size();)
        {
            const auto size = static_cast<std::uint8_t>(octets[at]);
            labels[count++] = octets.substr(at + 1, size);
            at += std::size_t{1} + size;
        }
        std::optional<Name> name = kRoot;
        while (name && count > 0)
        {
            name = names_.child(*name, labels[--count]);
        }
        if (!name)
        {
            flaw_ = Flaw::kNamesFull;
        }
        return name.value_or(kRoot);
    }

    Names& names_;
    Message message_;
    std::optional<Flaw> flaw_;
};

} // namespace

Decoded
decode_sound(std::string_view datagram, Names& names)
{
    ldns_pkt* raw = nullptr;
    const auto status = ldns_wire2pkt(&raw,
                                      reinterpret_cast<const std::uint8_t*>(datagram.data()),
                                      datagram.size());
    if (status != LDNS_STATUS_OK)
    {
        return Refusal{Flaw::kLibrary, {}}; // the library has freed what it had
    }
    const Packet packet{raw};
    return Decoder{names}.run(packet.get());
}

std::optional<std::string>
encode(const Message& message, const Names& names)
{
    return Encoder{names}.run(message);
}

} // namespace sipsim::dns
