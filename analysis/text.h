// Models : how a number with its uncertainty reads in a sentence.
// Drives : finding.cc.
// Keeps  : three significant digits of the mean, up to five where its interval would collapse onto it;
//          the same decimals for both. An interval that still does is said to lie within the last digit.
// Leaves : languages other than English.
#pragma once

#include "analysis/estimators.h"

#include <string>

namespace sipsim::analysis
{

// Three significant digits, no exponent: 1234, 23.4, 0.561.
[[nodiscard]] std::string number_text(double value);

// What somebody chose, not measured: as short as it is exact, 30 or 0.95.
[[nodiscard]] std::string setting_text(double value);

// `scale` turns the estimate's unit into `unit`: "23.4 % [22.9, 23.9]", "200.00 h [within 0.01]",
// "23.4 [equal in all 5 runs]"; a single run gives the bare number.
[[nodiscard]] std::string estimate_text(const MeanEstimate& estimate,
                                        double scale = 1.0,
                                        const std::string& unit = {});

// Seconds, in s below 2 min, in min below 2 h, else in h: "41.2 min [40.1, 42.3]".
[[nodiscard]] std::string duration_text(const MeanEstimate& seconds);
[[nodiscard]] std::string duration_text(double seconds);

} // namespace sipsim::analysis
