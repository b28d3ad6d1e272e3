#include "model/nat/traversal.h"

#include "model/base/quantity.h"

namespace sipsim::nat
{

namespace
{

void
check_interval(std::vector<std::string>& problems, const std::string& name, SimDuration value)
{
    if (value < 100ms || value > 24h)
    {
        problems.push_back(name + " = " + format(value) + ": must be 100ms to 1d");
    }
}

} // namespace

KeepaliveOptions
TraversalOptions::keepalives() const
{
    using Kind = KeepaliveOptions::Kind;
    KeepaliveOptions sent = keepalive;
    const bool by_stun = mode == TraversalMode::kStun;
    if (mode == TraversalMode::kVpn || (by_stun && refresh != StunRefresh::kKeepalive))
    {
        sent.kind = Kind::kNone;
    }
    else if (mode != TraversalMode::kNone && sent.kind == Kind::kNone)
    {
        sent.kind = Kind::kBlank;
    }
    return sent;
}

std::vector<std::string>
validate(const TraversalOptions& options)
{
    std::vector<std::string> problems;
    if (options.mode == TraversalMode::kVpn && options.keepalive.enabled())
    {
        problems.emplace_back(
            "keepalive = " + std::string{options.keepalive.octets() == 0 ? "blank" : "crlf"} +
            ": must be none with traversal = vpn: no NAT is in the way");
    }
    if (options.mode == TraversalMode::kStun)
    {
        if (options.discovery == StunDiscoveryKind::kTree && options.form != StunForm::kClassic)
        {
            problems.emplace_back(
                "stun.form = rfc5389: must be rfc3489 with stun.discovery = tree: "
                "its tests need CHANGE-REQUEST");
        }
        if (options.refresh == StunRefresh::kBinding && options.probe == Probe::kStun)
        {
            problems.emplace_back("stun.refresh = binding: must be keepalive or none with probe = "
                                  "stun: two servers would say which address is ours");
        }
    }
    check_interval(problems, "keepalive_interval", options.keepalive.interval);
    check_interval(problems, "probe_interval", options.probe_interval);
    check_interval(problems, "probe_interval_min", options.probe_interval_min);
    check_interval(problems, "probe_interval_max", options.probe_interval_max);
    if (options.probe_interval_max < options.probe_interval_min)
    {
        problems.push_back("probe_interval_max = " + format(options.probe_interval_max) +
                           ": must be at least probe_interval_min (" +
                           format(options.probe_interval_min) + ')');
    }
    if (options.probe_loss_limit == 0)
    {
        problems.emplace_back("probe_loss_limit = 0: must be 1 to 255");
    }
    return problems;
}

} // namespace sipsim::nat
