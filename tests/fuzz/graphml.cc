// Whatever the bytes, a map is refused with a reason or read whole, and what was read survives being
// written. Boost's reader must never be the one that refuses: the guard has to know.

#include "model/network/graphml.h"

#include "model/network/paths.h"

#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <variant>
#include <vector>

using namespace sipsim;
using namespace sipsim::network;

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const TopologyOptions options{.missing_coordinates = MissingCoordinates::kNeighbours,
                                  .max_nodes = 100};
    const auto result = read_graphml(text, options);
    if (const auto* problems = std::get_if<std::vector<Problem>>(&result))
    {
        if (problems->empty() || problems->front().message.find("Boost") == 0)
        {
            std::abort();
        }
        return 0;
    }
    const auto& map = std::get<Topology>(result);
    const auto again = read_graphml(to_graphml(map), options);
    if (!std::holds_alternative<Topology>(again) || !(std::get<Topology>(again) == map))
    {
        std::abort();
    }
    if (!Paths{map}.reachable(0, static_cast<NodeIndex>(map.nodes().size() - 1)))
    {
        std::abort();
    }
    return 0;
}
