#pragma once

// Models : everything a product's parameters set about a device.
// Drives : profiles fill it, a fleet has one.
// Keeps  : the parts know nothing of each other.
// Leaves : names, units and ranges (device_parameters.h).

#include "model/nat/traversal.h"
#include "model/registration/options.h"

namespace sipsim::profile
{

struct DeviceOptions
{
    registration::RegistrationOptions registration;
    nat::TraversalOptions nat;
};

} // namespace sipsim::profile
