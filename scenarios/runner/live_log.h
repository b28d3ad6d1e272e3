#pragma once

// Models : what a live run shows while it runs and counts for its end.
// Drives : an observer of the run, beside `sipsim live`.
// Keeps  : one line per change of a user agent's state, as text or as a JSON object.
// Leaves : metrics: real time is not reproducible, nothing of it is stored.

#include "model/ns3/live_carrier.h"
#include "model/sip/names.h"
#include "model/world/facts.h"
#include "model/world/nat_plan.h"

#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>

namespace sipsim::runner
{

class LiveLog final : public world::Observer
{
  public:
    /// Writes to `out`; the world and its layout outlive it.
    LiveLog(std::FILE* out, const world::World& world, const world::Layout& layout, bool json);

    void on_transition(SimTime at,
                       world::AccountIndex ua,
                       const registration::Transition& transition) override;
    void on_register_arrival(SimTime at, std::uint32_t registrar, bool alive) override;
    void on_register_answered(SimTime at,
                              std::uint32_t registrar,
                              std::uint16_t status,
                              bool repeat) override;
    void on_bindings(SimTime at,
                     std::uint32_t aor,
                     const registrar::LocationService::Bindings& bindings) override;
    void on_drop(SimTime at, world::DropReason reason) override;

    /// What happened, and how well the run kept up.
    void finish(const ns3carrier::LiveCost& cost) const;

  private:
    [[nodiscard]] std::uint64_t arrivals() const;
    void finish_json(const ns3carrier::LiveCost& cost, std::size_t bindings) const;

    std::FILE* out_;
    const world::World& world_;
    const world::Layout& layout_;
    bool json_;
    world::NatPlan nats_;
    sip::Names names_;                           // identities of our own only: canonical texts
    std::map<std::uint32_t, std::size_t> bound_; // by AOR, at the simulation's registrars
    std::map<std::uint16_t, std::uint64_t> answers_;
    std::map<std::uint32_t, std::uint64_t> arrivals_; // by simulated registrar that got any
    std::map<std::string_view, std::uint64_t> drops_; // by what they are called
    std::uint64_t repeats_ = 0;
};

} // namespace sipsim::runner
