#include "model/dns/answers.h"

#include <algorithm>
#include <limits>

namespace sipsim::dns
{

namespace
{

constexpr std::uint32_t kOptOctets = 11;
constexpr std::uint32_t kAlways = std::numeric_limits<std::uint32_t>::max();

/// FNV-1a over words.
class Hash
{
  public:
    template <class T>
    Hash& add(T value)
    {
        value_ = (value_ ^ static_cast<std::uint64_t>(value)) * 0x100'0000'01B3U;
        value_ ^= value_ >> 29U;
        return *this;
    }

    void record(const Record& r)
    {
        add(r.owner).add(r.type).add(r.klass).add(r.ttl).add(r.data.index());
        std::visit([this](const auto& data) { rdata(data); }, r.data);
    }

    [[nodiscard]] std::uint64_t value() const
    {
        return value_;
    }

  private:
    void rdata(const A& d)
    {
        add(d.address);
    }

    void rdata(const Aaaa& d)
    {
        for (const auto word : d.words)
        {
            add(word);
        }
    }

    void rdata(const Pointer& d)
    {
        add(d.target);
    }

    void rdata(const Mx& d)
    {
        add(d.preference).add(d.exchange);
    }

    void rdata(const Srv& d)
    {
        add(d.priority).add(d.weight).add(d.port).add(d.target);
    }

    void rdata(const Naptr& d)
    {
        add(d.order)
            .add(d.preference)
            .add(d.flags)
            .add(d.services)
            .add(d.regexp)
            .add(d.replacement);
    }

    void rdata(const Soa& d)
    {
        add(d.mname).add(d.rname).add(d.serial).add(d.refresh).add(d.retry).add(d.expire);
        add(d.minimum);
    }

    void rdata(const Opaque& d)
    {
        add(d.octets);
    }

    std::uint64_t value_ = 0xCBF2'9CE4'8422'2325U;
};

std::uint64_t
hash_of(const Message& m)
{
    Hash hash;
    hash.add(m.question->name).add(m.question->type).add(m.question->klass).add(m.rcode);
    hash.add(m.answer.size()).add(m.authority.size());
    const auto section = [&hash](const auto& records) {
        for (const Record& record : records)
        {
            hash.record(record);
        }
    };
    section(m.answer);
    section(m.authority);
    section(m.additional);
    return hash.value();
}

template <class Section>
void
push_aged(Section& to, std::span<const Record> records, std::uint32_t age, bool drop)
{
    for (Record record : records)
    {
        if (drop && record.ttl <= age && age > 0)
        {
            continue;
        }
        record.ttl -= std::min(record.ttl, age);
        to.push(record);
    }
}

std::vector<RecordSet>
sets_of(std::span<const Record> records)
{
    std::vector<RecordSet> sets;
    for (std::size_t i = 0; i < records.size(); ++i)
    {
        const Record& record = records[i];
        auto set = std::ranges::find_if(sets, [&record](const RecordSet& s) {
            return s.owner == record.owner && s.type == record.type;
        });
        if (set == sets.end())
        {
            const auto first = static_cast<std::uint8_t>(i);
            set = sets.insert(set, {record.owner, record.type, first, first, record.ttl});
        }
        set->end = static_cast<std::uint8_t>(i + 1);
    }
    return sets;
}

} // namespace

Reading
read(const Message& response)
{
    Reading reading;
    reading.ttl = kAlways;
    reading.name = response.question->name;
    const Type type = response.question->type;
    for (std::size_t step = 0; step <= kMaxAnswers; ++step)
    {
        const Record* alias = nullptr;
        bool found = false;
        for (const Record& r : response.answer)
        {
            if (r.owner != reading.name)
            {
                continue;
            }
            if (r.type == type)
            {
                found = true;
                reading.ttl = std::min(reading.ttl, r.ttl);
            }
            else if (r.type == Type::kCname && alias == nullptr)
            {
                alias = &r;
            }
        }
        if (found)
        {
            reading.finding = Finding::kRecords;
            return reading;
        }
        if (alias == nullptr)
        {
            break;
        }
        reading.ttl = std::min(reading.ttl, alias->ttl);
        reading.name = std::get<Pointer>(alias->data).target;
        if (step == kMaxAnswers)
        {
            reading.finding = Finding::kLoop;
            return reading;
        }
    }
    const auto soa = std::ranges::find(response.authority, Type::kSoa, &Record::type);
    const bool has_soa = soa != response.authority.end();
    if (response.rcode == Rcode::kNxDomain || has_soa)
    {
        reading.finding =
            response.rcode == Rcode::kNxDomain ? Finding::kNxDomain : Finding::kNoData;
        // RFC 2308 §5: the less of the SOA's minimum and its TTL; without a SOA it is not kept.
        const std::uint32_t negative =
            has_soa ? std::min(soa->ttl, std::get<Soa>(soa->data).minimum) : 0;
        reading.ttl = std::min(reading.ttl, negative);
        return reading;
    }
    reading.finding = reading.name != response.question->name ? Finding::kAlias : Finding::kNothing;
    reading.ttl = reading.ttl == kAlways ? 0 : reading.ttl;
    return reading;
}

std::uint32_t
age_in_seconds(SimTime received, SimTime now)
{
    if (now <= received)
    {
        return 0;
    }
    return static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::seconds>(now - received).count());
}

AnswerStore::AnswerStore(const Names& names, std::size_t capacity)
    : names_(&names),
      capacity_(capacity)
{
    answers_.push_back(std::make_unique<Answer>());
}

bool
AnswerStore::holds(const Answer& answer, const Message& m) const
{
    return answer.question == *m.question && answer.rcode == m.rcode &&
           std::ranges::equal(answer.answer(), m.answer) &&
           std::ranges::equal(answer.authority(), m.authority) &&
           std::ranges::equal(answer.additional(), m.additional);
}

std::optional<AnswerId>
AnswerStore::intern(const Message& m)
{
    const std::uint64_t hash = hash_of(m);
    const auto [first, last] = numbers_.equal_range(hash);
    for (auto known = first; known != last; ++known)
    {
        if (holds(*answers_[known->second], m))
        {
            return AnswerId{known->second};
        }
    }
    if (size() >= capacity_)
    {
        return std::nullopt;
    }
    Answer& answer = *answers_.emplace_back(std::make_unique<Answer>());
    answer.question = *m.question;
    answer.rcode = m.rcode;
    answer.records.insert(answer.records.end(), m.answer.begin(), m.answer.end());
    answer.records.insert(answer.records.end(), m.authority.begin(), m.authority.end());
    answer.records.insert(answer.records.end(), m.additional.begin(), m.additional.end());
    answer.sets = sets_of(answer.records);
    answer.in_answer = static_cast<std::uint8_t>(m.answer.size());
    answer.in_authority = static_cast<std::uint8_t>(m.authority.size());
    answer.reading = read(m);
    answer.octets =
        static_cast<std::uint32_t>(dns::encoded_size(m, *names_)) - (m.edns ? kOptOctets : 0);
    answer.whole_until = kAlways;
    for (const Record& record : m.additional)
    {
        answer.whole_until = std::min(answer.whole_until, record.ttl);
    }
    const auto number = static_cast<std::uint32_t>(answers_.size() - 1);
    numbers_.emplace(hash, number);
    return AnswerId{number};
}

std::optional<Packet>
AnswerStore::compact(const Message& m)
{
    if (!m.question || m.opcode != Opcode::kQuery || (m.edns && m.edns->version != 0))
    {
        return std::nullopt;
    }
    Packet packet;
    packet.question = *m.question;
    packet.id = m.id;
    packet.rcode = m.rcode;
    packet.udp_size = m.edns ? m.edns->udp_size : std::uint16_t{0};
    packet.dnssec_ok = m.edns && m.edns->dnssec_ok;
    packet.flags = m.flags;
    if (m.flags.response || !m.answer.empty() || !m.authority.empty() || !m.additional.empty())
    {
        const auto answer = intern(m);
        if (!answer)
        {
            return std::nullopt;
        }
        packet.answer = *answer;
    }
    return packet;
}

AnswerId
AnswerStore::at_age(AnswerId id, std::uint32_t age)
{
    while (age > 0 && age >= (*this)[id].whole_until)
    {
        Answer& answer = *answers_[static_cast<std::uint32_t>(id)];
        if (answer.later == AnswerId{})
        {
            Message m;
            m.question = answer.question;
            m.rcode = answer.rcode;
            push_aged(m.answer, answer.answer(), 0, false);
            push_aged(m.authority, answer.authority(), 0, false);
            for (const Record& record : answer.additional())
            {
                if (record.ttl > answer.whole_until)
                {
                    m.additional.push(record);
                }
            }
            const auto later = intern(m);
            if (!later)
            {
                return id;
            }
            answer.later = *later;
        }
        id = answer.later;
    }
    return id;
}

Message
AnswerStore::expand(const Packet& packet) const
{
    Message m;
    m.id = packet.id;
    m.flags = packet.flags;
    m.rcode = packet.rcode;
    m.question = packet.question;
    if (packet.udp_size != 0)
    {
        m.edns = Edns{.udp_size = packet.udp_size, .dnssec_ok = packet.dnssec_ok};
    }
    if (packet.answer != AnswerId{})
    {
        const Answer& answer = (*this)[packet.answer];
        push_aged(m.answer, answer.answer(), packet.age, false);
        push_aged(m.authority, answer.authority(), packet.age, false);
        push_aged(m.additional, answer.additional(), packet.age, true);
    }
    return m;
}

std::size_t
AnswerStore::encoded_size(const Packet& packet) const
{
    const std::size_t opt = packet.udp_size != 0 ? kOptOctets : 0;
    if (packet.answer == AnswerId{})
    {
        return kHeaderOctets + names_->wire_length(packet.question.name) + 4 + opt;
    }
    const Answer& answer = (*this)[packet.answer];
    if (packet.age == 0 || packet.age < answer.whole_until)
    {
        return answer.octets + opt;
    }
    return dns::encoded_size(expand(packet), *names_);
}

} // namespace sipsim::dns
