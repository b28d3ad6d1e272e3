#pragma once

// Models : a value as a configuration or a profile writes it, before anybody knows what it means.
// Drives : the runner and the profile loader make them from TOML; parameters read them.
// Keeps  : nothing is converted on the way: 20 is a number, "20s" is a text.
// Leaves : places (Override has them), dates and times (no parameter wants one).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sipsim::profile
{

using Scalar = std::variant<bool, std::int64_t, double, std::string>;
using Value = std::variant<bool, std::int64_t, double, std::string, std::vector<Scalar>>;

/// As a message shows it: 2h, 20, true, [1s, 2s].
[[nodiscard]] std::string written(const Scalar& scalar);
[[nodiscard]] std::string written(const Value& value);

/// The value if it is no list.
[[nodiscard]] std::optional<Scalar> scalar_of(const Value& value);

/// The value as a list; a single value is a list of one.
[[nodiscard]] std::vector<Scalar> list_of(const Value& value);

/// The same value as a list or scalar of the general kind.
[[nodiscard]] Value value_of(const Scalar& scalar);

/// The number, if it is one.
[[nodiscard]] std::optional<double> number_of(const Scalar& scalar);

/// Equal but for the case of letters.
[[nodiscard]] bool same_word(std::string_view a, std::string_view b);

} // namespace sipsim::profile
