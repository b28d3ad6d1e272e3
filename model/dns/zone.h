#pragma once

// Models : a zone: its records, what exists in it, wildcards (RFC 1034 §4.3.2 and §4.3.3, RFC 4592).
// Drives : Authority answers from zones; configurations make them and validate() says what is wrong.
// Keeps  : immutable: a change is a new zone with a higher serial; lookups allocate nothing; validate()
//          reports every problem of all zones at once.
// Leaves : messages (authority.h), who serves which zone. Not modelled: delegation (NS records below the
//          apex are data as any other), DNAME, DNSSEC.

#include "model/dns/message.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace sipsim::dns
{

/// Chains of CNAMEs are followed so far (RFC 1034 §3.6.2 sets no bound; resolvers do).
inline constexpr std::size_t kMaxChain = 8;
/// Records of one name and type; more would not fit a Message beside their addresses.
inline constexpr std::size_t kMaxSet = 32;

class Zone
{
  public:
    /// Records of one name and type come in the order given: that is the order "as sent".
    Zone(const Names& names, Name origin, std::vector<Record> records);

    [[nodiscard]] Name origin() const
    {
        return origin_;
    }

    [[nodiscard]] std::span<const Record> records() const
    {
        return records_;
    }

    /// Of exactly this owner, wildcards aside.
    [[nodiscard]] std::span<const Record> set(Name owner, Type type) const;
    [[nodiscard]] std::span<const Record> all(Name owner) const;

    /// The SOA of the apex; nullptr in a zone that validate() refuses.
    [[nodiscard]] const Record* soa() const;

    enum class Kind : std::uint8_t
    {
        kSet,      // records of the type asked for
        kCname,    // one CNAME instead
        kNoData,   // the name exists, the type does not (RFC 2308 §2.2)
        kNxDomain, // nor does the name (RFC 2308 §2.1)
    };

    struct Found
    {
        Kind kind = Kind::kNxDomain;
        std::span<const Record> records; // a wildcard's have the wildcard as owner
    };

    /// RFC 1034 §4.3.2 step 3 with RFC 4592 §3.3. `name` is in the zone. Type::kAny finds all records.
    [[nodiscard]] Found lookup(Name name, Type type) const;

    /// There are records at the name or below it (RFC 4592 §2.2.2: empty non-terminals exist).
    [[nodiscard]] bool exists(Name name) const
    {
        return nodes_.contains(name);
    }

  private:
    struct Range
    {
        std::uint32_t first = 0;
        std::uint32_t count = 0;
    };

    [[nodiscard]] Found at(Name node, Type type) const;

    const Names* names_;
    Name origin_;
    std::vector<Record> records_; // by owner and type
    std::unordered_map<Name, Range> nodes_;
};

/// What is wrong with a zone, and at which record.
struct ZoneProblem
{
    std::size_t zone = 0;              // of those validated
    std::optional<std::size_t> record; // of Zone::records(); empty: the zone as a whole
    std::string text;                  // "owner TYPE: what: why it matters"
};

/// Of zones that one simulated network sees.
[[nodiscard]] std::vector<ZoneProblem> validate(const Names& names, std::span<const Zone> zones);

/// The zone that a name belongs to: the deepest whose origin encloses it (RFC 1034 §4.3.2 step 2);
/// nullptr: none of these.
[[nodiscard]] const Zone* zone_of(const Names& names, std::span<const Zone> zones, Name name);

} // namespace sipsim::dns
