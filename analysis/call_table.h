// Models : which calls find their way in, type of NAT by type of NAT: a table with a row per type and a column
//          per combination of the other swept parameters; in each cell how many, and what stops the rest.
// Drives : summary.cc; `sipsim plot` prints it, finding.cc says what stands out.
// Keeps  : chosen by what the store holds (one swept parameter is the type of a NAT, and calls are offered),
//          never by the name of a scenario. A share is of all calls of the point's replications.
// Leaves : shares over a number, as the keepalive's interval (nat_curves.h).
#pragma once

#include "analysis/summary.h"

#include <optional>
#include <string>
#include <vector>

namespace sipsim::analysis
{

// None if there are fewer than two types, or more than kMostColumns columns: that is no table to look at.
inline constexpr std::size_t kMostColumns = 12;
[[nodiscard]] std::optional<CallTable> call_table_of(const Summary& summary);

// Nothing happens but calls: the table says all there is to say. (Without a fault or a capacity to keep, the
// load of each of its columns over types that have no order would be a sentence and a panel each.)
[[nodiscard]] bool answered_by_table(const Summary& summary);

// "reached 100 %"; "private contact 100 %"; "mapping expired 98.2 %". Empty for a point without runs.
[[nodiscard]] std::string cell_text(const CallTable& table, std::size_t row, std::size_t column);

// In plain text, a line per row; where that is too wide, as many columns at a time as are not.
[[nodiscard]] std::string table_text(const CallTable& table);

// Which columns bring every call through behind every type, which behind all but some and why not there, and
// where the others do.
[[nodiscard]] std::vector<std::string> call_table_sentences(const CallTable& table);

} // namespace sipsim::analysis
