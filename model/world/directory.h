#pragma once

// Models : what all devices and servers of a run look up: domains, server addresses, each fleet's
//          settings, who knows which secret.
// Drives : a carrier makes one per run, with its own proof function.
// Keeps  : one copy for both carriers; outlives whatever refers to it.
// Leaves : state of any one device or server, but for the names and answers of DNS, which all share,
//          and which fleets' passwords a fault has changed.

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

    /// How that fleet's devices locate their servers. Precondition: they do.
    [[nodiscard]] const dns::FinderSettings& finder(std::uint32_t fleet) const
    {
        return finders_[fleet];
    }

    /// Devices of that fleet remember which targets to pass over: for a while, since they failed
    /// (blocked_for), or as long as a 503 says (RFC 3261 §21.5.4), where they obey and some server may say so.
    [[nodiscard]] bool remembers_failures(std::uint32_t fleet) const;

    /// What a name server serves; `fault`: with the zone that this kZoneChange puts in the place of its own.
    [[nodiscard]] std::vector<dns::Zone> zones(std::uint32_t dns,
                                               std::optional<std::uint32_t> fault = {}) const;

    /// Of a name server that is a resolver.
    [[nodiscard]] const dns::ResolverSettings& resolver(std::uint32_t dns) const
    {
        return resolvers_[dns];
    }

    /// Of the whole run; carriers make finders and servers on it.
    [[nodiscard]] dns::Names& dns_names() const
    {
        return dns_names_;
    }

    [[nodiscard]] dns::AnswerStore& answers() const
    {
        return answers_;
    }

    [[nodiscard]] dns::FinderStore& finder_store() const
    {
        return finder_store_;
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
    void add_servers(const std::vector<std::uint32_t>& dns, dns::ResolverSettings& settings) const;
    [[nodiscard]] dns::FinderSettings finder_settings(const LocatingSpec& spec) const;

    const World& world_;
    const Layout& layout_;
    std::vector<sip::Host> domains_;                    // by registrar
    std::vector<std::vector<bool>> knows_;              // by registrar, by fleet: its users
    std::vector<sip::Endpoint> servers_;                // by server
    std::vector<proxy::ProxyOptions> proxies_;          // by proxy
    std::vector<registration::AgentSettings> settings_; // by fleet
    std::vector<nat::TraversalSettings> traversals_;    // by fleet
    std::vector<dns::FinderSettings> finders_;          // by fleet
    std::vector<dns::ResolverSettings> resolvers_;      // by name server
    // Filled while the run goes on.
    mutable dns::Names dns_names_;
    mutable dns::AnswerStore answers_{dns_names_};
    mutable dns::FinderStore finder_store_{dns_names_, answers_};
    std::vector<std::uint32_t> password_faults_; // by fleet: present ones
};

} // namespace sipsim::world
