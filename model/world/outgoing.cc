#include "model/world/outgoing.h"

#include "model/world/nat_plan.h"

#include <algorithm>

namespace sipsim::world
{

SimTime
next_outgoing(const Layout& layout,
              AccountIndex account,
              std::uint64_t n,
              SimTime before,
              SimDuration mean_gap)
{
    return before + draw_exponential(layout.key(account), Purpose::kCall, n, mean_gap);
}

namespace
{

/// One call on its way over the servers.
class OutgoingCall
{
  public:
    OutgoingCall(SimTime now,
                 const World& world,
                 const Layout& layout,
                 const Terrain& terrain,
                 AccountIndex account)
        : now_(now),
          world_(world),
          layout_(layout),
          terrain_(terrain),
          fleet_(world.fleets[layout.fleet_of_account(account)]),
          node_(layout.node_of(layout.device_of(account))),
          cut_(access_cut(world, layout, layout.device_of(account), now)),
          device_(layout.device_of(account)),
          aor_(sip::UserId{std::uint64_t{layout.aor_of(account)} + 1})
    {
    }

    [[nodiscard]] Outgoing to_one_server() const
    {
        const ServerIndex first = first_server(world_, fleet_);
        const bool beyond =
            !fleet_.proxy || !terrain_.path_cut(fleet_.registrar, server_node(world_, first));
        const bool there = answers(first) && beyond && terrain_.alive(fleet_.registrar) &&
                           !terrain_.refuses(fleet_.registrar);
        return !there                     ? Outgoing{}
               : blocks(fleet_.registrar) ? Outgoing{OutgoingClass::kSuspended}
                                          : at(fleet_.registrar);
    }

    [[nodiscard]] Outgoing over(const registration::Servers& servers) const
    {
        if (servers.list.targets.empty() && !registration::ServerWalk::holds_saved(servers))
        {
            return {};
        }
        const dns::FailoverOptions& options = *servers.options;
        dns::Failover walk = *servers.failover;
        std::optional<dns::Blocklist> blocked;
        if (servers.blocklist != nullptr)
        {
            blocked = *servers.blocklist;
        }
        dns::Blocklist* blocklist = blocked ? &*blocked : nullptr;
        walk.on_request(options, servers.list, dns::RequestKind::kCall, now_, nullptr);
        const sip::Endpoint first = walk.target(options, servers.list);
        walk.on_request(options, servers.list, dns::RequestKind::kCall, now_, blocklist);
        bool failed_over = walk.target(options, servers.list) != first; // one that is blocked
        Outgoing none;
        while (true)
        {
            const sip::Endpoint target = walk.target(options, servers.list);
            const Met met = meet(layout_.registrar_at(target));
            if (met.answer)
            {
                const bool stranger = met.answer->outcome == OutgoingClass::kNotRegisteredThere;
                return stranger && failed_over && options.register_first
                           ? Outgoing{OutgoingClass::kRegisteredFirst, target}
                           : *met.answer;
            }
            none = met.suspended ? Outgoing{OutgoingClass::kSuspended} : none;
            switch (walk.on_failed(options, servers.list, target, met.ended, now_, blocklist))
            {
            case dns::Failover::Next::kAgain:
                break;
            case dns::Failover::Next::kNext:
                failed_over = true;
                break;
            case dns::Failover::Next::kAnswered:
            case dns::Failover::Next::kExhausted:
                return none;
            }
        }
    }

  private:
    // What a server makes of it.
    struct Met
    {
        std::optional<Outgoing> answer{}; // none: the walk goes on
        dns::Ended ended{};               // then; by itself: nobody answers
        bool suspended = false;
    };

    [[nodiscard]] Met meet(std::optional<std::uint32_t> server) const
    {
        if (!server || !answers(*server))
        {
            return {};
        }
        if (terrain_.refuses(*server))
        {
            return {.ended = {.kind = dns::Ended::Kind::kStatus, .status = 503}};
        }
        if (!blocks(*server))
        {
            return {.answer = at(*server)};
        }
        const bool aloud = world_.registrars[*server].options.admission.when_suspended ==
                           registrar::AdmissionOptions::WhenSuspended::kForbid;
        return {.answer = aloud ? std::optional{Outgoing{OutgoingClass::kSuspended}} : std::nullopt,
                .suspended = true};
    }

    [[nodiscard]] bool answers(ServerIndex server) const
    {
        return !cut_ && terrain_.alive(server) && !terrain_.path_cut(server, node_);
    }

    // The caller's terminal is suspended there; an address is what the registrar sees of it.
    [[nodiscard]] bool blocks(std::uint32_t registrar) const
    {
        if (std::ranges::none_of(world_.registrars, [](const RegistrarSpec& r) {
                return r.options.admission.enabled();
            }))
        {
            return false;
        }
        const sip::Host source =
            fleet_.proxy
                ? layout_.server_address(first_server(world_, fleet_)).host
                : NatPlan{world_, layout_}.outside(device_, terrain_.address_life(device_)).host;
        return terrain_.blocks(registrar, aor_, source, now_);
    }

    [[nodiscard]] Outgoing at(std::uint32_t registrar) const
    {
        const bool known = !terrain_.bindings(registrar, aor_, now_).empty();
        return {known ? OutgoingClass::kAccepted : OutgoingClass::kNotRegisteredThere,
                std::nullopt};
    }

    SimTime now_;
    const World& world_;
    const Layout& layout_;
    const Terrain& terrain_;
    const FleetSpec& fleet_;
    network::NodeIndex node_;
    bool cut_; // the device's own link
    DeviceIndex device_;
    sip::UserId aor_;
};

} // namespace

Outgoing
classify_outgoing(SimTime now,
                  const World& world,
                  const Layout& layout,
                  const Terrain& terrain,
                  const registration::Servers* servers,
                  AccountIndex account)
{
    const OutgoingCall call{now, world, layout, terrain, account};
    return servers == nullptr ? call.to_one_server() : call.over(*servers);
}

} // namespace sipsim::world
