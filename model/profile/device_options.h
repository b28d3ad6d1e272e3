#pragma once

// Models : everything a product's parameters set about a device.
// Drives : profiles fill it, a fleet has one.
// Keeps  : the parts know nothing of each other.
// Leaves : names, units and ranges (device_parameters.h), interning texts (the runner).

#include "model/dns/failover.h"
#include "model/dns/location.h"
#include "model/nat/traversal.h"
#include "model/registration/options.h"

#include <string>

namespace sipsim::profile
{

struct DeviceOptions
{
    registration::RegistrationOptions registration;
    nat::TraversalOptions nat;
    dns::LocationOptions locating; // where a server's name leads
    dns::FailoverOptions failover; // which of the places it leads to is asked
    // The text of registration.proxy_require, which takes sip::Names to become that; empty: none.
    std::string proxy_require;
};

} // namespace sipsim::profile
