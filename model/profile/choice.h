#pragma once

// Models : what a value written for a vendor's parameter means: one of its named choices or numbers in
//          its unit.
// Drives : the loader checks defaults with it, apply() settings.
// Keeps  : what is outside the parameter's range is a clause, never a value.
// Leaves : what follows from it (apply.cc).

#include "model/base/quantity.h"
#include "model/profile/profile.h"

#include <optional>
#include <string>
#include <vector>

namespace sipsim::profile
{

/// A value understood: a named choice, or a text, or numbers (one, or several of a list), in units.
struct Meant
{
    const Choice* choice = nullptr;
    std::vector<double> numbers{};
    std::optional<std::string> text{};
    bool raised = false; // the number is the lowest there is, and not the one that was written

    friend bool operator==(const Meant&, const Meant&) = default;
};

/// The clause follows "key = value: " and names the product's range.
[[nodiscard]] Parsed<Meant> understand(const VendorParameter& parameter,
                                       const Value& value,
                                       std::string_view product);

/// The value for the registration.* parameter that a number or text of this parameter sets.
[[nodiscard]] Value converted(const VendorParameter& parameter, const Meant& meant);

/// "1min to 65535min", "No | Yes", "20s to 7200s | Auto Negotiation"; empty: any text.
[[nodiscard]] std::string range_text(const VendorParameter& parameter);

/// What a value for one of our parameters is in the product's number that it stands for; nullopt: it is none.
[[nodiscard]] std::optional<double> number_in(const VendorParameter& parameter, const Value& value);

/// The clause against a registration.* value that the product's own parameter does not allow.
[[nodiscard]] std::optional<std::string> check_range(const VendorParameter& parameter,
                                                     const Value& value,
                                                     std::string_view product);

} // namespace sipsim::profile
