#pragma once

// Models : what is written of a registrar, a proxy or a fleet and has no effect, or not the one that is meant.
// Drives : their readers, once the options are read, and the builder of the World, once all are there.
// Keeps  : such settings are warned of only where they are idle at every point of a sweep (Findings::idle).
// Leaves : what cannot work (validate() of the options).

#include "model/proxy/proxy_options.h"
#include "model/registrar/registrar.h"
#include "model/registration/options.h"
#include "scenarios/runner/config_document.h"
#include "scenarios/runner/config_profile.h"
#include "scenarios/runner/config_values.h"
#include "scenarios/runner/config_world.h"

#include <initializer_list>
#include <string_view>

namespace sipsim::runner
{

/// Warns of settings of a section; `idle`: Findings::idle, or Findings::warnings.
class Idle
{
  public:
    Idle(const Section& section, Problems& idle)
        : section_(section),
          idle_(idle)
    {
    }

    /// Of a fleet: `vendor` are its settings of the product, which live as long as this.
    Idle(const Section& section, Problems& idle, const std::vector<VendorSetting>& vendor)
        : section_(section),
          idle_(idle),
          vendor_(&vendor)
    {
    }

    /// Where `without`, those of `keys` that are given have no effect, nor has a setting of the product that
    /// sets nothing else.
    void warn(bool without,
              std::initializer_list<std::string_view> keys,
              std::string_view why) const;

    /// "key: clause", at its value or the section.
    void say(std::string_view key, std::string_view clause) const;

  private:
    const Section& section_;
    Problems& idle_;
    const std::vector<VendorSetting>* vendor_ = nullptr;
};

void warn_of_registrar(const Values& values,
                       const registrar::RegistrarOptions& options,
                       Findings& findings);

void warn_of_proxy(const Values& values, const proxy::ProxyOptions& options, Findings& findings);

/// Of a fleet.
void warn_of_idle_registration(const Values& values, const Device& device, Findings& findings);

/// Of a fleet that locates its servers: which part of its policy (RFC 3263 §4) its own choices leave unused.
void warn_of_idle_locating(const Values& values,
                           const std::vector<VendorSetting>& vendor,
                           const world::LocatingSpec& spec,
                           const registration::RegistrationOptions& options,
                           Findings& findings);

/// Overload control, which takes a registrar and a proxy before it; once `world` has all of them and the
/// faults.
void warn_of_idle_control(const Document& document, const world::World& world, Problems& idle);

} // namespace sipsim::runner
