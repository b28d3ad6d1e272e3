#include "model/world/fault_steps.h"

#include <algorithm>
#include <tuple>

namespace sipsim::world
{

std::vector<FaultStep>
fault_steps(const World& world)
{
    using What = FaultStep::What;
    std::vector<FaultStep> steps;
    for (std::uint32_t fault = 0; fault < world.faults.size(); ++fault)
    {
        const FaultSpec& spec = world.faults[fault];
        steps.push_back({.at = spec.at, .fault = fault, .what = What::kBegin});
        SimTime turn = spec.at;
        for (const std::uint32_t registrar : spec.drained)
        {
            const SimTime down = turn + spec.grace;
            steps.push_back({turn, fault, What::kRefuse, registrar});
            steps.push_back({down, fault, What::kDown, registrar});
            steps.push_back({down + spec.length, fault, What::kUp, registrar});
            turn += spec.each;
        }
        steps.push_back({.at = end_of(world, spec), .fault = fault, .what = What::kEnd});
    }
    std::ranges::stable_sort(steps, {}, [](const FaultStep& step) {
        return std::tuple{step.at, step.fault};
    });
    return steps;
}

} // namespace sipsim::world
