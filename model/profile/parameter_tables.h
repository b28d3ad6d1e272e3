#pragma once

// Models : the tables of device parameters that device_parameters() joins to its own.
// Drives : device_parameters.cc.
// Keeps  : new rows go to the end: listings and results name them in this order.
// Leaves : what they mean to a device.

#include "model/profile/device_parameters.h"

#include <span>

namespace sipsim::profile
{

/// registration.*: the laws that products differ by.
[[nodiscard]] std::span<const DeviceParameter> law_parameters();
/// dns.*: where a request goes when the server is a name.
[[nodiscard]] std::span<const DeviceParameter> dns_parameters();

} // namespace sipsim::profile
