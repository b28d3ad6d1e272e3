#include "model/world/calls.h"

namespace sipsim::world
{

SimTime
next_call(std::uint64_t seed,
          std::uint32_t aor,
          std::uint64_t n,
          SimTime before,
          SimDuration mean_gap)
{
    const DrawKey key{.seed = seed, .device = kServerDevice, .account = aor};
    return before + draw_exponential(key, Purpose::kCall, n, mean_gap);
}

CallClass
classify(bool registrar_up,
         const registrar::LocationService::Bindings& bindings,
         const std::function<ContactReach(const registrar::Binding&)>& reach)
{
    if (!registrar_up)
    {
        return CallClass::kRegistrarDown;
    }
    if (bindings.empty())
    {
        return CallClass::kNotRegistered;
    }
    CallClass best = CallClass::kStale;
    for (const auto& binding : bindings)
    {
        switch (reach(binding))
        {
        case ContactReach::kAnswers:
            return CallClass::kReached;
        case ContactReach::kCut:
            best = CallClass::kLost;
            break;
        case ContactReach::kNobody:
            break;
        }
    }
    return best;
}

} // namespace sipsim::world
