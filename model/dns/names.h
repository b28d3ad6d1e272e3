#pragma once

// Models : domain names as numbers in one tree (RFC 1034 §3.1): a name is a label below a parent, so that
//          zones, wildcards and compression climb instead of comparing texts.
// Drives : codec, zones and configurations make names; everything else copies and compares numbers.
// Keeps  : one number per name whatever its case (RFC 4343 §3), in lower case; no name longer than 255
//          octets, no label longer than 63 (RFC 1035 §2.3.4); at most `capacity` names and octet strings,
//          so that a hostile peer cannot exhaust memory; looking up what is there allocates nothing.
// Leaves : the case a peer wrote (model choice: an echoed question is in lower case).

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sipsim::dns
{

/// A domain name; 0: the root.
enum class Name : std::uint32_t
{
};

inline constexpr Name kRoot{0};

/// A string of octets that is no name: a field of NAPTR, RDATA of a type we do not read; 0: empty.
enum class Octets : std::uint32_t
{
};

inline constexpr std::size_t kMaxNameOctets = 255; // on the wire, RFC 1035 §2.3.4
inline constexpr std::size_t kMaxLabelOctets = 63;

class Names
{
  public:
    explicit Names(std::size_t capacity = 1'000'000);

    /// "sip.example.com" or "sip.example.com.", with \. and \DDD for octets that are no letters
    /// (RFC 1035 §5.1). Empty: no name by those rules, or the table is full.
    [[nodiscard]] std::optional<Name> name(std::string_view text);
    /// `label`, raw octets, below `parent`. Empty: too long, an empty label, or the table is full.
    [[nodiscard]] std::optional<Name> child(Name parent, std::string_view label);
    /// child() if it exists already.
    [[nodiscard]] std::optional<Name> find_child(Name parent, std::string_view label) const;
    /// "_sip._udp" below `domain`; several labels, none escaped.
    [[nodiscard]] std::optional<Name> below(Name domain, std::string_view labels);
    /// Empty: longer than 65535 octets, or the table is full.
    [[nodiscard]] std::optional<Octets> octets(std::string_view text);

    [[nodiscard]] std::string_view text(Octets octets) const
    {
        return *strings_[static_cast<std::uint32_t>(octets)];
    }

    /// Presentation form without the last dot; "." for the root.
    [[nodiscard]] std::string text(Name name) const;

    /// The root is its own parent.
    [[nodiscard]] Name parent(Name name) const
    {
        return node(name).parent;
    }

    [[nodiscard]] std::string_view label(Name name) const
    {
        return *node(name).label;
    }

    /// Labels without the root's.
    [[nodiscard]] std::size_t depth(Name name) const
    {
        return node(name).depth;
    }

    /// Octets on the wire, uncompressed; 1 for the root.
    [[nodiscard]] std::size_t wire_length(Name name) const
    {
        return node(name).wire_length;
    }

    /// `name` is `zone` or below it.
    [[nodiscard]] bool is_within(Name name, Name zone) const
    {
        while (depth(name) > depth(zone))
        {
            name = parent(name);
        }
        return name == zone;
    }

    [[nodiscard]] std::size_t size() const
    {
        return nodes_.size() + strings_.size();
    }

  private:
    struct Node
    {
        Name parent{};
        std::uint8_t depth = 0;
        std::uint8_t wire_length = 1;
        const std::string* label = nullptr;
    };

    struct Key
    {
        Name parent{};
        std::string_view label;

        friend bool operator==(const Key&, const Key&) = default;
    };

    struct KeyHash
    {
        std::size_t operator()(const Key& key) const
        {
            return std::hash<std::string_view>{}(key.label) ^
                   (static_cast<std::size_t>(key.parent) * 0x9E37'79B9'7F4A'7C15U);
        }
    };

    [[nodiscard]] const Node& node(Name name) const
    {
        return nodes_[static_cast<std::uint32_t>(name)];
    }

    [[nodiscard]] const std::string* kept(std::string_view text);

    std::size_t capacity_;
    std::deque<std::string> texts_;                               // never move
    std::unordered_map<std::string_view, std::uint32_t> numbers_; // of strings_
    std::vector<const std::string*> strings_;
    std::vector<Node> nodes_;
    std::unordered_map<Key, Name, KeyHash> children_;
};

} // namespace sipsim::dns
