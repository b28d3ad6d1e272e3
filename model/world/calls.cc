#include "model/world/calls.h"

#include <algorithm>

namespace sipsim::world
{

SimTime
next_call(std::uint64_t seed,
          std::uint32_t aor,
          std::uint64_t n,
          SimTime before,
          SimDuration mean_gap)
{
    const DrawKey key{.seed = seed, .device = kServerDevice, .account = aor};
    return before + draw_exponential(key, Purpose::kCall, n, mean_gap);
}

namespace
{

CallClass
class_of(nat::Barrier barrier)
{
    switch (barrier)
    {
    case nat::Barrier::kNone:
        return CallClass::kReached;
    case nat::Barrier::kExpired:
        return CallClass::kNatExpired;
    case nat::Barrier::kWrongPort:
        return CallClass::kNatWrongPort;
    case nat::Barrier::kFiltered:
    case nat::Barrier::kBlocked:
        return CallClass::kNatFiltered;
    case nat::Barrier::kFull:
    case nat::Barrier::kNoMapping:
    case nat::Barrier::kNoHairpin:
        break;
    }
    return CallClass::kNatForgotten;
}

/// One call on its way to the contacts of an AOR.
class Call
{
  public:
    Call(SimTime now,
         const World& world,
         const Layout& layout,
         NatBoxes& nats,
         const Terrain& terrain,
         const CallTargets& targets,
         std::uint32_t aor,
         std::uint64_t n)
        : now_(now),
          world_(world),
          layout_(layout),
          nats_(nats),
          terrain_(terrain),
          aor_(sip::UserId{std::uint64_t{aor} + 1}),
          accounts_(layout.accounts_of_aor(aor)),
          number_(layout.fleet_of_aor(aor)),
          fleet_(world.fleets[number_]),
          registrar_(home_registrar(world, layout, number_))
    {
        if (fleet_.locating && fleet_.call_server == CallServer::kFinds)
        {
            find_registrar();
        }
        else if (fleet_.locating && fleet_.call_server == CallServer::kLocated)
        {
            const auto order = targets.order(now, aor, n);
            const auto* first =
                std::ranges::find_if(order, [this](std::uint32_t i) { return takes_calls(i); });
            located_ = first != order.end();
            registrar_ = located_ ? *first : registrar_;
        }
    }

    CallClass run()
    {
        if (!located_ || !takes_calls(registrar_))
        {
            return CallClass::kRegistrarDown;
        }
        const auto bindings = terrain_.bindings(registrar_, aor_, now_);
        if (bindings.empty())
        {
            const bool elsewhere =
                fleet_.call_server != CallServer::kFinds &&
                !bindings_anywhere(now_, world_, layout_, terrain_, number_, aor_).empty();
            return elsewhere ? CallClass::kNoBindingHere : CallClass::kNotRegistered;
        }
        for (const registrar::Binding& binding : bindings)
        {
            if (binding.path == 0)
            {
                to_contact(binding.contact, registrar_);
            }
            else
            {
                over_proxy(binding);
            }
        }
        return reached_ ? CallClass::kReached : otherwise_;
    }

  private:
    [[nodiscard]] bool takes_calls(std::uint32_t registrar) const
    {
        return terrain_.alive(registrar) && !terrain_.refuses(registrar);
    }

    // Of a domain's registrars the first that lives and has a binding, else the first that lives.
    void find_registrar()
    {
        bool living = false;
        for (const std::uint32_t i : layout_.registrars_of(number_))
        {
            if (!takes_calls(i))
            {
                continue;
            }
            if (!terrain_.bindings(i, aor_, now_).empty())
            {
                registrar_ = i;
                return;
            }
            registrar_ = living ? registrar_ : i;
            living = true;
        }
    }

    // Over the last proxy of the binding's Path, by the flow it knows for the contact.
    void over_proxy(const registrar::Binding& binding)
    {
        if (!fleet_.proxy)
        {
            return;
        }
        const ServerIndex proxy = first_server(world_, fleet_);
        if (terrain_.path_cut(registrar_, server_node(world_, proxy)))
        {
            otherwise_ = CallClass::kLost;
            return;
        }
        if (!terrain_.alive(proxy))
        {
            otherwise_ = CallClass::kProxyDown;
            return;
        }
        bool known = false;
        for (const proxy::Flow& flow : terrain_.flows(*fleet_.proxy, aor_, now_))
        {
            if (flow.contact == binding.uri())
            {
                known = true;
                to_contact(flow.at, proxy);
            }
        }
        if (!known)
        {
            otherwise_ = CallClass::kProxyForgot;
        }
    }

    // From the server to where a device may be.
    void to_contact(sip::HostPort contact, ServerIndex from)
    {
        const bool shared = contact == layout_.shared_contact(aor_of(aor_));
        for (AccountIndex account = accounts_.first; account < accounts_.end; ++account)
        {
            const DeviceIndex device = layout_.device_of(account);
            const std::uint32_t life = terrain_.address_life(device);
            if (!terrain_.powered(device))
            {
                continue;
            }
            if (!shared && !leads_to(contact, nats_.plan().outside(device, life)))
            {
                if (contact == nats_.plan().inside(device, life))
                {
                    otherwise_ = CallClass::kNatPrivate;
                }
                continue;
            }
            if (terrain_.path_cut(from, layout_.node_of(device)) ||
                access_cut(world_, layout_, device, now_))
            {
                otherwise_ = CallClass::kLost;
                continue;
            }
            const nat::Barrier barrier =
                nats_.barrier(now_, device, life, contact, layout_.server_address(from));
            reached_ = reached_ || barrier == nat::Barrier::kNone;
            otherwise_ = class_of(barrier);
        }
    }

    SimTime now_;
    const World& world_;
    const Layout& layout_;
    NatBoxes& nats_;
    const Terrain& terrain_;
    sip::UserId aor_;
    AccountRange accounts_;
    std::uint32_t number_; // of its fleet
    const FleetSpec& fleet_;
    std::uint32_t registrar_;
    bool located_ = true; // some registrar takes it
    bool reached_ = false;
    CallClass otherwise_ = CallClass::kStale; // unless it is reached
};

// `more`, of another registrar, is added to what is known together.
void
join(registrar::LocationService::Bindings& all, const registrar::LocationService::Bindings& more)
{
    for (const registrar::Binding& binding : more)
    {
        auto* same = std::find_if(all.begin(), all.end(), [&binding](const auto& b) {
            return b.uri() == binding.uri();
        });
        if (same == all.end())
        {
            (void)all.push(binding);
        }
        else if (same->expires_at < binding.expires_at)
        {
            *same = binding;
        }
    }
}

} // namespace

registrar::LocationService::Bindings
bindings_anywhere(SimTime now,
                  const World& world,
                  const Layout& layout,
                  const Terrain& terrain,
                  std::uint32_t fleet,
                  sip::UserId aor)
{
    const std::uint32_t home = world.fleets[fleet].registrar;
    if (shares_bindings(world, home))
    {
        return terrain.latest(home, aor, now);
    }
    registrar::LocationService::Bindings all;
    for (const std::uint32_t i : layout.registrars_of(fleet))
    {
        join(all, terrain.bindings(i, aor, now));
    }
    return all;
}

CallClass
classify(SimTime now,
         const World& world,
         const Layout& layout,
         NatBoxes& nats,
         const Terrain& terrain,
         const CallTargets& targets,
         std::uint32_t aor,
         std::uint64_t n)
{
    return Call{now, world, layout, nats, terrain, targets, aor, n}.run();
}

} // namespace sipsim::world
