#pragma once

// Models : a run's record as bytes, for the pipe from a worker process to its parent.
// Drives : the executor's two ends.
// Keeps  : doubles exactly; a truncated record is told from a whole one.
// Leaves : versions (both ends are the same binary).

#include "scenarios/runner/store.h"

#include <optional>
#include <string>

namespace sipsim::runner
{

[[nodiscard]] std::string to_bytes(const RunRecord& record);

/// nullopt if the bytes are not a whole record: the worker died on the way.
[[nodiscard]] std::optional<RunRecord> from_bytes(const std::string& bytes);

} // namespace sipsim::runner
