#include "model/registration/server_walk.h"

namespace sipsim::registration
{

bool
ServerWalk::holds_saved(const Servers& servers)
{
    return servers.options->preference == dns::Preference::kUntilNoResponse &&
           servers.failover->saved().has_value();
}

// Model choice: while an address is kept until it does not answer, nothing is located; then the walk goes on over
// the list of old, as sources say nothing of a new one. If that round fails, the next REGISTER locates.
bool
ServerWalk::needs_location(const Servers& servers, SimTime now)
{
    return !holds_saved(servers) && (servers.list.targets.empty() || now >= servers.list.until);
}

void
ServerWalk::on_attempt_started(const Servers* servers,
                               std::span<const sip::Endpoint> fixed,
                               SimTime now)
{
    clear();
    if (servers == nullptr)
    {
        if (!fixed.empty())
        {
            go_to(fixed.front());
        }
        return;
    }
    if (!servers->list.targets.empty() || holds_saved(*servers))
    {
        servers->failover->on_request(*servers->options,
                                      servers->list,
                                      dns::RequestKind::kRegister,
                                      now,
                                      servers->blocklist);
        go_to(servers->failover->target(*servers->options, servers->list));
    }
}

void
ServerWalk::on_attempt_started_at(const Servers& servers, const sip::Endpoint& target, SimTime now)
{
    clear();
    if (!servers.list.targets.empty() && servers.failover->on_request_at(*servers.options,
                                                                         servers.list,
                                                                         target,
                                                                         now,
                                                                         servers.blocklist))
    {
        go_to(target);
    }
}

void
ServerWalk::on_removal_started(const Servers& servers, SimTime now)
{
    clear();
    if (servers.failover->on_removal(*servers.options, servers.list, now, servers.blocklist))
    {
        go_to(servers.failover->target(*servers.options, servers.list));
    }
}

bool
ServerWalk::on_failed(const Servers* servers, const dns::Ended& ended, SimTime now)
{
    if (servers == nullptr || redirected_)
    {
        return false;
    }
    const auto next = servers->failover->on_failed(*servers->options,
                                                   servers->list,
                                                   {host_, port_},
                                                   ended,
                                                   now,
                                                   servers->blocklist);
    if (next == dns::Failover::Next::kNext)
    {
        go_to(servers->failover->target(*servers->options, servers->list));
    }
    else if (next != dns::Failover::Next::kAgain)
    {
        return false;
    }
    ++again_;
    return true;
}

void
ServerWalk::on_answered(const Servers* servers, SimTime now) const
{
    if (servers != nullptr && redirected_)
    {
        // Model choice: its removal goes the same way, as a refresh does, by the server that redirects.
        servers->failover->on_answered_elsewhere();
    }
    else if (servers != nullptr)
    {
        servers->failover->on_answered(*servers->options, {host_, port_}, now);
    }
}

} // namespace sipsim::registration
