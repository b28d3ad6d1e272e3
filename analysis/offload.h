// Models : what a proxy that answers refreshes by itself (an SBC's registration offload) spares its registrar,
//          and what its death costs: the points of a sweep over a proxy's `offload`, and their sentences.
// Drives : summary.cc, finding.cc.
// Keeps  : chosen by what the store holds (one swept parameter is a proxy's offload, and REGISTERs pass it);
//          points whose calls and rates are the same in every replication are one variant.
// Leaves : which refresh goes through (model/proxy/proxy_options.h).
#pragma once

#include "analysis/summary.h"

#include <string>
#include <vector>

namespace sipsim::analysis
{

// Without offload first, then in the sweep's order. A label names what sets the variant apart: "offload = false,
// flows = lost". None where offload is not swept over both or nothing passes a proxy.
[[nodiscard]] std::vector<Group> offload_variants_of(const Summary& summary);

// What the registrar is spared in steady state, what comes at once when the proxy returns, and the calls that are
// lost while it is down and for flows it has forgotten.
[[nodiscard]] std::vector<std::string> offload_sentences(const Summary& summary);

} // namespace sipsim::analysis
