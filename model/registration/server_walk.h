#pragma once

// Models : which server the present request goes to: a fleet's one server, a target that DNS located, or
//          where a 3xx leads.
// Drives : UserAgent begins a request, learns how its transaction ended, and asks for the target.
// Keeps  : 8 octets of the row: all that a request says of its target, so that it can be made again from
//          the row alone; what a walk over several servers needs beside is the Servers of the account.
// Leaves : locating (dns::Finder), the policies of failover and failback (dns::Failover).

#include "model/dns/failover.h"
#include "model/sip/ids.h"

#include <cstdint>
#include <optional>
#include <span>

namespace sipsim::registration
{

/// Where an account finds its servers, if DNS says where they are; see Account.
struct Servers
{
    const dns::FailoverOptions* options = nullptr;
    dns::Failover* failover = nullptr;        // the account's; 16 octets
    dns::ServerList list{{}, SimTime::min()}; // the device's present one; without targets: none
    dns::Blocklist* blocklist = nullptr;      // the device's; nullptr: none is kept
};

class ServerWalk
{
  public:
    /// A new attempt begins, at `fixed`, the fleet's one server, if there are no `servers`. There is no
    /// target if nothing is known.
    void on_attempt_started(const Servers* servers,
                            std::span<const sip::Endpoint> fixed,
                            SimTime now);

    /// A new attempt begins at `target`, to which a call has come over the list as it is; if it fails, the
    /// walk goes on behind it, in a REGISTER's own order: those before it there count as tried. There is no
    /// target, and nothing has changed, if the walk of a REGISTER does not come there: the list has it no
    /// more. Model choice: what the call has passed over on its way is
    /// not blocked by this; a call leaves nothing behind but this REGISTER.
    void on_attempt_started_at(const Servers& servers, const sip::Endpoint& target, SimTime now);

    /// A removal of the binding begins at the server that holds it, without a list if need be. There is no
    /// target if none is known to, as after a boot.
    void on_removal_started(const Servers& servers, SimTime now);

    /// "Saved one until no responses" needs no list while it has its address.
    [[nodiscard]] static bool holds_saved(const Servers& servers);

    /// The servers must be located before an attempt.
    [[nodiscard]] static bool needs_location(const Servers& servers, SimTime now);

    /// A transaction ended without success. True: the same request goes to target(), in a new transaction
    /// (RFC 3263 §4.3). A redirected request stays where it is.
    [[nodiscard]] bool on_failed(const Servers* servers, const dns::Ended& ended, SimTime now);

    /// A 2xx to the REGISTER of this attempt.
    void on_answered(const Servers* servers, SimTime now) const;

    /// The present target is not the one that holds the binding, though one does; of a redirected request
    /// nobody knows.
    [[nodiscard]] bool is_elsewhere(const Servers* servers) const
    {
        const auto holder =
            servers != nullptr && !redirected_ ? servers->failover->holder() : std::nullopt;
        return holder && holder != target();
    }

    /// See dns::Failover; kNever of a request that was redirected.
    [[nodiscard]] SimTime next_failback(const Servers& servers) const
    {
        return redirected_ ? kNever
                           : servers.failover->next_failback(*servers.options, servers.list);
    }

    /// A 3xx named another target for the rest of this attempt; its port is not 0.
    void on_redirect(const sip::Endpoint& target)
    {
        host_ = target.host;
        port_ = target.port;
        redirected_ = true;
    }

    /// The target a 3xx named, if the attempt was redirected.
    [[nodiscard]] std::optional<sip::Endpoint> redirected() const
    {
        return redirected_ ? target() : std::nullopt;
    }

    /// Where the transaction goes; nullopt: no server is known.
    [[nodiscard]] std::optional<sip::Endpoint> target() const
    {
        return port_ != 0 ? std::optional{sip::Endpoint{host_, port_}} : std::nullopt;
    }

    /// Transactions of the same request before the present one; modulo 128.
    [[nodiscard]] std::uint8_t again() const
    {
        return again_;
    }

    /// No target, until on_attempt_started().
    void clear()
    {
        *this = {};
    }

  private:
    void go_to(const sip::Endpoint& target)
    {
        host_ = target.host;
        port_ = target.port;
    }

    sip::Host host_{};
    std::uint16_t port_ = 0; // 0: no target
    bool redirected_ : 1 = false;
    std::uint8_t again_ : 7 = 0;
};

static_assert(sizeof(ServerWalk) == 8);

} // namespace sipsim::registration
