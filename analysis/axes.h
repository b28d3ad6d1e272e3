// Models : the swept parameters of an experiment and where a run lies among them.
// Drives : summary.cc.
// Keeps  : labels are unique; values are matched by their canonical text, never by rounding.
// Leaves : planning a sweep (the runner's work).
#pragma once

#include "analysis/results_reader.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace sipsim::analysis
{

// A store that contradicts itself; build_summary() turns it into a ResultsError that names the file.
class BrokenStore : public std::runtime_error
{
  public:
    using std::runtime_error::runtime_error;
};

// One swept parameter.
struct Axis
{
    std::string param;               // full key, "fleet.gateways.registration.retry_wait"
    std::string label;               // as short as stays unique, "registration.retry_wait"
    std::string unit;                // of `numeric`; may be empty
    std::vector<std::string> values; // canonical text, in file order
    std::vector<double> numeric;     // empty if the values have no order
};

// sweep_json of the store. Throws BrokenStore.
[[nodiscard]] std::vector<Axis> axes_of(const nlohmann::json& sweep);

// The first numeric axis with more than one value, else the first with more than one, else none.
[[nodiscard]] std::optional<std::size_t> primary_axis(const std::vector<Axis>& axes);

// Which value of each axis the run has. Throws BrokenStore for a value outside the sweep.
[[nodiscard]] std::vector<std::size_t> point_index(const RunRow& run,
                                                   const std::vector<Axis>& axes);

// "20s" -> "20 s"; what is not number and unit stays as it is.
[[nodiscard]] std::string spaced_quantity(const std::string& text);

} // namespace sipsim::analysis
