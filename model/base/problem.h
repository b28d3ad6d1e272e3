#pragma once

// Models : what a user must be told about an input: where, what is wrong, what to do.
// Drives : loaders and validators return all problems of an input in one pass.
// Keeps  : line and column are 1-based; 0 means the place is not known.
// Leaves : printing (the command line's work).

#include <string>
#include <variant>
#include <vector>

namespace sipsim
{

struct Problem
{
    int line = 0;
    int column = 0;
    std::string message;
};

/// Either a value, or every problem found on the way to it (never empty).
template <class Value>
using Checked = std::variant<Value, std::vector<Problem>>;

} // namespace sipsim
