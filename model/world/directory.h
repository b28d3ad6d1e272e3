#pragma once

// Models : what all devices and servers of a run look up: domains, server addresses, each fleet's
//          settings, who knows which secret.
// Drives : a carrier makes one per run, with its own proof function.
// Keeps  : one copy for both carriers; outlives whatever refers to it.
// Leaves : state of any one device or server; but which fleets' passwords a fault has changed is here.

#include "model/nat/device_traversal.h"
#include "model/registration/user_agent.h"
#include "model/sip/digest.h"
#include "model/sip/names.h"
#include "model/world/layout.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace sipsim::world
{

class Directory
{
  public:
    /// All arguments outlive this; the registrars' domains and all option tags enter `names`.
    Directory(const World& world,
              const Layout& layout,
              sip::Names& names,
              const sip::ProofFunction& proof);
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;

    /// Every account of that fleet has these settings.
    [[nodiscard]] const registration::AgentSettings& settings(std::uint32_t fleet) const
    {
        return settings_[fleet];
    }

    /// Every device of that fleet has these.
    [[nodiscard]] const nat::TraversalSettings& traversal(std::uint32_t fleet) const
    {
        return traversals_[fleet];
    }

    /// Those of the World, with the identities of the option tags.
    [[nodiscard]] const proxy::ProxyOptions& proxy(std::uint32_t number) const
    {
        return proxies_[number];
    }

    [[nodiscard]] sip::Host domain(std::uint32_t registrar) const
    {
        return domains_[registrar];
    }

    /// The secret that `registrar` knows for `user`; nullopt if it is not one of its users.
    [[nodiscard]] std::optional<sip::SecretId> secret(std::uint32_t registrar,
                                                      sip::UserId user) const;

    /// A fault gives the accounts of that fleet other passwords at their registrar, or takes one such
    /// change back; faults may overlap.
    void change_passwords(std::uint32_t fleet, bool begins)
    {
        password_faults_[fleet] += begins ? 1U : -1U;
    }

  private:
    const World& world_;
    const Layout& layout_;
    std::vector<sip::Host> domains_;                    // by registrar
    std::vector<sip::Endpoint> servers_;                // by server
    std::vector<proxy::ProxyOptions> proxies_;          // by proxy
    std::vector<registration::AgentSettings> settings_; // by fleet
    std::vector<nat::TraversalSettings> traversals_;    // by fleet
    std::vector<std::uint32_t> password_faults_;        // by fleet: present ones
};

} // namespace sipsim::world
