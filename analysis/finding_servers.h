// Models : sentences about fleets that locate their servers: whether a failed server's load comes back, who
//          is longest without registration, what it costs the name servers and the backup.
// Drives : finding.cc.
// Keeps  : as finding.h; names the points at either end, not each.
// Leaves : one point alone with one registrar: the plain metrics say it.
#pragma once

#include "analysis/summary.h"

#include <string>
#include <vector>

namespace sipsim::analysis
{

inline constexpr const char* kServersBefore =
    "server_share_before"; // series, value i of registrar i
inline constexpr const char* kServersAfter = "server_share_after";
inline constexpr const char* kQueryRate = "dns_query_rate_mean";
inline constexpr const char* kBackupPeak = "backup_register_rate_peak";

/// A registrar's load is back if its share after the fault is no further than this from that before.
inline constexpr double kShareBack = 0.05;

/// Empty where no fleet locates its servers.
[[nodiscard]] std::vector<std::string> server_sentences(const Summary& summary);

} // namespace sipsim::analysis
