#include "model/dns/authority.h"

#include "model/dns/uniform.h"

#include <algorithm>

namespace sipsim::dns
{

namespace
{

constexpr std::size_t kExact = 6; // all permutations of so many are drawn from
constexpr std::uint64_t kPermutations = 720;

std::uint64_t
factorial(std::size_t n)
{
    std::uint64_t product = 1;
    for (; n > 1; --n)
    {
        product *= n;
    }
    return product;
}

/// Makes one response.
class Answering
{
  public:
    Answering(const Names& names,
              std::span<const Zone> zones,
              const AuthorityOptions& options,
              const DrawKey& key,
              std::uint64_t n)
        : names_(names),
          zones_(zones),
          options_(options),
          key_(key),
          n_(n)
    {
    }

    Message run(const Message& query)
    {
        out_ = response_to(query, Rcode::kNoError);
        if (const auto refusal = unserved(query))
        {
            out_.rcode = *refusal;
        }
        else if (const Zone* zone = zone_of(names_, zones_, query.question->name);
                 zone == nullptr || query.question->klass != Class::kIn)
        {
            out_.rcode = Rcode::kRefused; // RFC 8499 "lame": what BIND says where it has no zone
        }
        else
        {
            out_.flags.authoritative = true;
            follow(zone, query.question->name, query.question->type);
            add_additional();
        }
        if (out_.edns)
        {
            out_.edns->udp_size = options_.udp_size;
        }
        cut(out_,
            names_,
            query.edns ? std::min(query.edns->udp_size, options_.udp_size) : kClassicSize);
        return out_;
    }

  private:
    /// RFC 1034 §4.3.2 steps 2 and 3: along CNAMEs as far as our zones go.
    void follow(const Zone* zone, Name name, Type type)
    {
        for (std::size_t step = 0; zone != nullptr && step <= kMaxChain; ++step)
        {
            const auto found = zone->lookup(name, type);
            push(found.records, name, type == Type::kAny ? RecordOrder::kAsSent : options_.order);
            switch (found.kind)
            {
            case Zone::Kind::kSet:
                return;
            case Zone::Kind::kCname:
                name = std::get<Pointer>(found.records.front().data).target;
                zone = zone_of(names_, zones_, name);
                continue;
            case Zone::Kind::kNxDomain:
                // RFC 6604 §3, RFC 2308 §2.1: the code is that of the last name of a chain.
                out_.rcode = Rcode::kNxDomain;
                [[fallthrough]];
            case Zone::Kind::kNoData:
                negative(*zone);
                return;
            }
        }
    }

    /// A wildcard's records take the name asked for (RFC 4592 §3.3).
    void push(std::span<const Record> set, Name owner, RecordOrder order)
    {
        if (set.size() > kMaxSet)
        {
            order = RecordOrder::kAsSent; // validate() refuses such sets; ANY may have more
        }
        const auto places = permutation(std::min(set.size(), kMaxSet), order, key_, n_);
        for (const auto place : places)
        {
            Record record = set[place];
            record.owner = owner;
            out_.answer.push(record);
        }
    }

    void negative(const Zone& zone)
    {
        if (const Record* soa = zone.soa())
        {
            // RFC 2308 §3: its TTL is the less of its own and of the minimum.
            Record record = *soa;
            record.ttl = std::min(soa->ttl, std::get<Soa>(soa->data).minimum);
            out_.authority.push(record);
        }
    }

    void add_additional()
    {
        if (!options_.additional)
        {
            return;
        }
        for (const Record& record : out_.answer)
        {
            if (const auto* srv = std::get_if<Srv>(&record.data))
            {
                addresses(srv->target);
            }
            else if (const auto* mx = std::get_if<Mx>(&record.data))
            {
                addresses(mx->exchange);
            }
            else if (record.type == Type::kNs)
            {
                addresses(std::get<Pointer>(record.data).target);
            }
            else if (const auto* naptr = std::get_if<Naptr>(&record.data))
            {
                add(naptr->replacement, Type::kSrv);
                addresses(naptr->replacement);
            }
        }
        // Those of the SRVs just added; the section grows behind them.
        for (std::size_t i = 0; i < out_.additional.size(); ++i)
        {
            if (const auto* srv = std::get_if<Srv>(&out_.additional[i].data))
            {
                addresses(srv->target);
            }
        }
    }

    void addresses(Name host)
    {
        add(host, Type::kA);
        add(host, Type::kAaaa);
    }

    /// Once, and whole or not at all.
    void add(Name owner, Type type)
    {
        const auto same = [owner, type](const Record& r) {
            return r.owner == owner && r.type == type;
        };
        if (std::ranges::any_of(out_.additional, same) || std::ranges::any_of(out_.answer, same))
        {
            return;
        }
        const Zone* zone = zone_of(names_, zones_, owner);
        const auto set = zone != nullptr ? zone->set(owner, type) : std::span<const Record>{};
        if (set.size() > kMaxAdditional - out_.additional.size())
        {
            return;
        }
        for (const Record& record : set)
        {
            out_.additional.push(record);
        }
    }

    const Names& names_;
    std::span<const Zone> zones_;
    const AuthorityOptions& options_;
    const DrawKey& key_;
    std::uint64_t n_;
    Message out_;
};

} // namespace

std::size_t
orders(std::size_t count, RecordOrder order)
{
    if (count < 2 || order == RecordOrder::kAsSent)
    {
        return 1;
    }
    return order == RecordOrder::kRotated ? count
           : count <= kExact              ? factorial(count)
                                          : kPermutations;
}

std::size_t
order_of(std::size_t count, RecordOrder order, const DrawKey& key, std::uint64_t n)
{
    const std::size_t possible = orders(count, order);
    if (possible == 1)
    {
        return 0;
    }
    return order == RecordOrder::kRotated
               ? n % count
               : uniform(draw_bits(key, Purpose::kDnsOrder, n), possible);
}

FixedVector<std::uint8_t, kMaxSet>
permutation(std::size_t count, RecordOrder order, const DrawKey& key, std::uint64_t n)
{
    FixedVector<std::uint8_t, kMaxSet> places;
    std::size_t rank = order_of(count, order, key, n);
    for (std::size_t i = 0; i < count; ++i)
    {
        const std::size_t turn = order == RecordOrder::kRotated ? rank : 0;
        places.push(static_cast<std::uint8_t>((i + turn) % count));
    }
    if (order != RecordOrder::kShuffled || count < 2)
    {
        return places;
    }
    // Fisher and Yates; the digits of one uniform number in the factorial base, or of further draws.
    const std::uint64_t beforehand = (std::uint64_t{1} << 63U) + rank * kMaxSet;
    for (std::size_t left = count; left > 1; --left)
    {
        std::size_t other = rank % left;
        rank /= left;
        if (count > kExact)
        {
            other = uniform(draw_bits(key, Purpose::kDnsOrder, beforehand + left - 1), left);
        }
        std::swap(places[left - 1], places[other]);
    }
    return places;
}

Authority::Authority(const Names& names, std::vector<Zone> zones, const AuthorityOptions& options)
    : names_(&names),
      zones_(std::move(zones)),
      options_(options)
{
}

std::optional<Message>
Authority::answer(const Message& query, const DrawKey& key, std::uint64_t n) const
{
    if (query.flags.response)
    {
        return std::nullopt;
    }
    return Answering{*names_, zones_, options_, key, n}.run(query);
}

std::size_t
Authority::ordered(const Question& question) const
{
    if (options_.order == RecordOrder::kAsSent || question.type == Type::kAny)
    {
        return 0;
    }
    Name name = question.name;
    const Zone* zone = zone_of(*names_, zones_, name);
    for (std::size_t step = 0; zone != nullptr && step <= kMaxChain;
         ++step) // as Answering::follow()
    {
        const auto found = zone->lookup(name, question.type);
        if (found.kind != Zone::Kind::kCname)
        {
            const std::size_t count = found.records.size();
            return count > 1 && count <= kMaxSet ? count : 0;
        }
        name = std::get<Pointer>(found.records.front().data).target;
        zone = zone_of(*names_, zones_, name);
    }
    return 0;
}

} // namespace sipsim::dns
