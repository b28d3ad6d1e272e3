#include "model/world/facts.h"

namespace sipsim::world
{

DropReason
reason_of(network::Fate fate)
{
    switch (fate)
    {
    case network::Fate::kBlocked:
        return DropReason::kLinkDown;
    case network::Fate::kQueueFull:
        return DropReason::kQueueFull;
    case network::Fate::kLost:
    case network::Fate::kCarried:
        break;
    }
    return DropReason::kLoss;
}

} // namespace sipsim::world
