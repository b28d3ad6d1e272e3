#pragma once

// Models : what may go wrong in a GraphML file, found before Boost.Graph's reader sees it.
// Drives : read_graphml() runs it over the text and hands `clean` to Boost if there is no problem.
// Keeps  : all problems of a file in one pass, each with its place and its remedy; `clean` holds only
//          what sipsim knows, so Boost's reader never meets an undeclared id, an unknown type, a
//          number that is none, or deep nesting.
// Leaves : the values themselves (Boost reads them).

#include "model/base/problem.h"
#include "model/network/graphml.h"

#include <string>
#include <string_view>
#include <vector>

namespace sipsim::network
{

struct GuardedNode
{
    std::string id{};
    std::string label{};
    int line = 0;
    int column = 0;
    bool has_latitude = false;
    bool has_longitude = false;
};

struct GuardedEdge
{
    std::string source{};
    std::string target{};
    int line = 0;
    int column = 0;
    bool has_delay = false;
    /// The ends' positions in the file, once `known`.
    bool known = false;
    NodeIndex a = 0;
    NodeIndex b = 0;
};

struct Guarded
{
    /// The first kMaxListed, and how many more there were.
    std::vector<Problem> problems{};
    std::size_t unlisted = 0;
    std::vector<GuardedNode> nodes{};
    std::vector<GuardedEdge> edges{};
    /// The text without what sipsim ignores. Of no use if there are problems.
    std::string clean{};

    static constexpr std::size_t kMaxListed = 100;
    void add(Problem problem);
};

[[nodiscard]] Guarded guard_graphml(std::string_view text, const TopologyOptions& options);

/// The checks on nodes and edges as a whole: known ends, size, connection, coordinates. Part of
/// guard_graphml(), in graphml_whole.cc.
void check_whole(Guarded& guarded, const TopologyOptions& options);

} // namespace sipsim::network
