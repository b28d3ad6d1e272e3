#pragma once

// Models : which server of the present list an attempt goes to.
// Drives : UserAgent asks for the target of a transaction and tells how it ended.
// Keeps  : one entry for now; the list is the fleet's, only the position is the row's; 8 octets.
// Leaves : DNS (RFC 3263), failover and failback policies: they grow here.

#include "model/sip/ids.h"

#include <optional>
#include <span>

namespace sipsim::registration
{

class ServerWalk
{
  public:
    /// A new attempt begins: forget a redirection, start at the top.
    void on_attempt_started()
    {
        redirect_ = {};
    }

    /// A 3xx named another target for the rest of this attempt; its port is not 0.
    void on_redirect(const sip::Endpoint& target)
    {
        redirect_ = target;
    }

    /// The target a 3xx named, if the attempt was redirected.
    [[nodiscard]] std::optional<sip::Endpoint> redirected() const
    {
        return redirect_.port != 0 ? std::optional{redirect_} : std::nullopt;
    }

    /// Where the transaction goes; nullopt: no server is known.
    [[nodiscard]] std::optional<sip::Endpoint> target(std::span<const sip::Endpoint> servers) const
    {
        if (redirect_.port != 0)
        {
            return redirect_;
        }
        return servers.empty() ? std::nullopt : std::optional{servers.front()};
    }

  private:
    sip::Endpoint redirect_; // port 0: none
};

static_assert(sizeof(ServerWalk) == 8);

} // namespace sipsim::registration
