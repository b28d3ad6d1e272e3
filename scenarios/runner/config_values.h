#pragma once

// Models : the settings of one section as typed values, by the table of keys.
// Drives : the builders of registrars, fleets and faults ask for values by key.
// Keeps  : every key of the section is known, of its type and within its range, or a problem says
//          otherwise; absent keys have their defaults.
// Leaves : what values mean together (config_world.h), keys of the profile (config_profile.h).

#include "model/base/quantity.h"
#include "model/base/time.h"
#include "scenarios/runner/config_document.h"
#include "scenarios/runner/config_schema.h"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sipsim::runner
{

struct PlacedText
{
    std::string text;
    Place place;
};

using Texts = std::vector<PlacedText>;

/// bool: kBool. int64: kInteger. double: kShare, kRate (1/s), kBitRate (bit/s). SimDuration: kDuration,
/// kWholeSeconds. Texts: kTexts. string: the others.
using Typed = std::variant<bool, std::int64_t, double, SimDuration, std::string, Texts>;

/// `value` as `spec` wants it, or the clause that follows "key = value: ".
[[nodiscard]] Parsed<Typed> typed(const KeySpec& spec, const Value& value);

/// The key as messages write it: the whole path if it was swept or --set, `vendor."Retry Wait"`.
[[nodiscard]] std::string shown_key(const Setting& setting);

/// "key = value: clause" with the key as the user knows it.
[[nodiscard]] std::string complaint(const Setting& setting, std::string_view clause);

class Values
{
  public:
    /// Reads all settings of `section`; those that `foreign` accepts are left alone.
    Values(const Section& section,
           Problems& problems,
           bool (*foreign)(std::string_view key) = nullptr);

    /// The value of a key of the table: nullptr if it is absent or faulty and has no default.
    template <class T>
    [[nodiscard]] const T* find(std::string_view key) const
    {
        const auto found = values_.find(key);
        return found == values_.end() ? nullptr : &std::get<T>(found->second);
    }

    /// The value of a key that has a default, or T{} for a required one that is absent or faulty.
    template <class T>
    [[nodiscard]] T get(std::string_view key) const
    {
        const T* value = find<T>(key);
        return value == nullptr ? T{} : *value;
    }

    [[nodiscard]] bool given(std::string_view key) const;
    /// Of the key's value; of the section if the key is absent.
    [[nodiscard]] Place place(std::string_view key) const;
    /// Reports "key = value: clause" at the value.
    void complain(std::string_view key, std::string_view clause) const;

    [[nodiscard]] const Section& section() const
    {
        return section_;
    }

  private:
    void read(const Setting& setting, const KeySpec& spec);
    void fill_absent();
    void report_unknown(const Setting& setting);

    const Section& section_;
    Problems& problems_;
    std::map<std::string, Typed, std::less<>> values_;
    std::set<std::string, std::less<>> misspelt_; // known keys that unknown ones resemble
};

/// What a key of type kName takes.
[[nodiscard]] bool is_name(std::string_view text);

/// "[[fleet]]" or "[network]".
[[nodiscard]] std::string header_of(std::string_view section);

} // namespace sipsim::runner
