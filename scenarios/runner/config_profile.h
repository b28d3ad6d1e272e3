#pragma once

// Models : the keys of a fleet that its product decides: registration.*, nat.* and vendor.*.
// Drives : the builder of fleets, suggestions for sweeps.
// Keeps  : every value is within the range of the device, or a problem says so at its place.
// Leaves : the products and their parameters (model/profile).

#include "model/profile/device_options.h"
#include "scenarios/runner/config_values.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sipsim::runner
{

/// registration.*, nat.* or vendor.*
[[nodiscard]] bool is_profile_key(std::string_view key);

[[nodiscard]] std::vector<std::string> profile_names();

/// The keys a fleet of this product may have, as "registration.expires", "vendor.SIP Registration";
/// empty for an unknown product.
[[nodiscard]] std::vector<std::string> profile_keys(std::string_view profile);

/// True if the product has a parameter of this name, or of this key of the vendor's ("vendor.P32").
[[nodiscard]] bool profile_has(std::string_view profile, std::string_view key);

/// Everything that identifies a product's data; empty for an unknown one.
[[nodiscard]] std::string profile_identity(std::string_view profile);

/// The fleet's product with the fleet's own settings over it; nullopt if something is wrong.
[[nodiscard]] std::optional<profile::DeviceOptions> read_device(const Values& fleet,
                                                                Problems& problems);

} // namespace sipsim::runner
