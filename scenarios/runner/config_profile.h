#pragma once

// Models : the keys of a fleet that its product decides: registration.*, nat.*, dns.* and vendor.*, and
//          the products: those compiled in and those in files of a user's own.
// Drives : the builder of fleets, suggestions for sweeps.
// Keeps  : every value is within the range of the device, or a problem says so at its place.
// Leaves : the products and their parameters (model/profile).

#include "model/profile/device_options.h"
#include "model/profile/profile.h"
#include "scenarios/runner/config_values.h"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sipsim::runner
{

struct Findings; // config_world.h

/// registration.*, nat.*, dns.* or vendor.*
[[nodiscard]] bool is_profile_key(std::string_view key);

[[nodiscard]] std::vector<std::string> profile_names();

/// The keys a fleet of this product may have, as "registration.expires", "vendor.SIP Registration";
/// empty for an unknown product.
[[nodiscard]] std::vector<std::string> profile_keys(std::string_view profile);

/// True if the product has a parameter of this name, or of this key of the vendor's ("vendor.P32").
[[nodiscard]] bool profile_has(std::string_view profile, std::string_view key);

/// How long a value of a product's own parameter is that counts time ("vendor.Register Expiration", in
/// minutes); nullopt for any other, for a named choice, a list, what it does not allow, and for a product that
/// is not compiled in.
[[nodiscard]] std::optional<SimDuration> vendor_duration(std::string_view profile,
                                                         std::string_view key,
                                                         const Value& value);

/// The products that fleets name. A name with a slash or that ends in ".toml" is a file, read once.
class Products
{
  public:
    /// Files are relative to `folder`.
    explicit Products(std::filesystem::path folder)
        : folder_(std::move(folder))
    {
    }

    struct Entry
    {
        std::string text; // identifies the product's data; empty for an unknown one
        std::optional<profile::Profile> profile;
        std::vector<std::string> clauses; // why it is none, each follows "profile = ...: "
    };

    [[nodiscard]] const Entry& get(const std::string& name);

  private:
    [[nodiscard]] Entry read(const std::string& name) const;

    std::filesystem::path folder_;
    std::map<std::string, Entry> entries_;
};

/// A setting of the product, and the parameters of ours that it sets; none of those that must be set.
struct VendorSetting
{
    std::string key;
    std::string shown;
    std::vector<std::string> writes;
};

struct Device
{
    profile::DeviceOptions options;
    std::vector<VendorSetting> vendor;
};

/// The fleet's product with the fleet's own settings over it; nullopt if something is wrong.
[[nodiscard]] std::optional<Device> read_device(const Values& fleet,
                                                Products& products,
                                                Findings& findings);

} // namespace sipsim::runner
