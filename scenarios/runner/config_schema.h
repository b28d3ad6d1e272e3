#pragma once

// Models : the keys a configuration may have: type, unit, range, default and meaning of each, once.
// Drives : typed reading (config_values.h), suggestions for unknown keys, the listing of keys.
// Keeps  : no key is read that is not in this table; a key's default is a valid value of it.
// Leaves : registration.* and vendor.* keys of a fleet, which are the profile's (config_profile.h).

#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sipsim::runner
{

enum class KeyType : std::uint8_t
{
    kText,
    kName,         // letters, digits, - and _: stands in paths and file names
    kChoice,       // one of KeySpec::choices
    kBool,         //
    kInteger,      //
    kShare,        // 0.05 or "5%"
    kDuration,     // "20s"
    kWholeSeconds, // a duration without a fraction of a second
    kRate,         // "50/s"
    kBitRate,      // "10Mbps"
    kTexts,        // a text or a list of texts
    kStart,        // steady | at-once | ramp(5min) | random(10min)
};

/// Limits in SI units. A quantity may be zero only where `low` says so.
struct KeyRange
{
    double low = 0.0;
    double high = std::numeric_limits<double>::infinity();
    bool above_low = false; // low itself is not allowed
};

enum class Swept : std::uint8_t
{
    kYes,
    kNo, // the same for all runs of an experiment
};

struct KeySpec
{
    std::string_view section;
    std::string_view key;
    KeyType type = KeyType::kText;
    KeyRange range = {};
    std::string_view choices = {}; // "never|initial|always"
    /// As written in a file, without quotes; kRequired and kOptional are not values.
    std::string_view fallback = {};
    Swept swept = Swept::kYes;
    std::string_view kinds = {}; // of faults it belongs to, "outage|link"; empty: all
    std::string_view meaning = {};
};

inline constexpr std::string_view kRequired = "(required)";
inline constexpr std::string_view kOptional = "(none)";

/// Every key, by section in the order of the documentation.
[[nodiscard]] std::span<const KeySpec> config_keys();

/// Sections, in that order; `listed` ones are written [[section]] and may repeat.
struct SectionSpec
{
    std::string_view section;
    bool listed = false;
    std::string_view meaning = {};
};

[[nodiscard]] std::span<const SectionSpec> config_sections();

[[nodiscard]] const KeySpec* find_key(std::string_view section, std::string_view key);

/// Names of all keys of a section.
[[nodiscard]] std::vector<std::string> keys_of(std::string_view section);

/// True if `word` is one of "a|b|c".
[[nodiscard]] bool is_one_of(std::string_view word, std::string_view choices);
[[nodiscard]] std::vector<std::string> split_choices(std::string_view choices);

/// Which of "a|b|c" `word` is, from 0; as many as there are if it is none.
[[nodiscard]] std::size_t place_in(std::string_view choices, std::string_view word);

/// "a, b, c"
[[nodiscard]] std::string joined(const std::vector<std::string>& words);

/// "a duration", ""kept" or "lost"": what a key's value is, for messages and listings.
[[nodiscard]] std::string type_text(const KeySpec& spec);

/// "1s to 3600s", "> 0s", ">= 1"; empty: no limits.
[[nodiscard]] std::string range_text(const KeySpec& spec);

} // namespace sipsim::runner
