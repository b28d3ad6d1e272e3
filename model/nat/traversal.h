#pragma once

// Models : what a device lets its operator set about NATs in its way.
// Drives : profiles fill it from a product's parameters; carriers read it.
// Keeps  : validate() reports every problem at once.
// Leaves : where the values come from (model/profile).

#include "model/nat/keepalive.h"

#include <string>
#include <vector>

namespace sipsim::nat
{

struct TraversalOptions
{
    KeepaliveOptions keepalive;
};

} // namespace sipsim::nat
