#pragma once

// Models : power and process of one device through its faults (reboot, restart, crash, power cut), and which
//          devices a fault hits.
// Drives : a carrier tells it of faults, of accounts that finished and of deadlines; it says what the
//          accounts must do.
// Keeps  : a device that a second fault hits while it is down comes up at the later of the two ends;
//          next_deadline() is the one instant at which on_deadline() wants to run.
// Leaves : what accounts do in between (UserAgent), the NAT in front of the device.

#include "model/base/time.h"
#include "model/world/world.h"

#include <algorithm>
#include <cstdint>

namespace sipsim::world
{

/// What the carrier must do to every account of the device, in order of accounts.
enum class LifeStep : std::uint8_t
{
    kNothing,
    kShutdown, // UserAgent::on_shutdown
    kCrash,    // UserAgent::on_crash
    kBoot,     // UserAgent::on_start; the address may be new
};

class DeviceLife
{
  public:
    enum class Phase : std::uint8_t
    {
        kDown,
        kUp,
        kEnding, // an orderly end is under way
    };

    /// First boot of a run at `boot`.
    explicit DeviceLife(SimTime boot)
    {
        wake_at(boot);
    }

    /// `down_for` is the fault's length with the device's part of the return ramp; of a reboot, the
    /// boot time. An orderly end counts it from its own end, at most `grace` later (Model choice).
    [[nodiscard]] LifeStep on_fault(SimTime now,
                                    FaultKind kind,
                                    SimDuration down_for,
                                    SimDuration grace,
                                    std::uint32_t accounts,
                                    bool new_address);
    /// One account's orderly end is complete. kCrash when it was the last: power goes.
    [[nodiscard]] LifeStep on_finished(SimTime now);
    [[nodiscard]] LifeStep on_deadline(SimTime now);

    [[nodiscard]] SimTime next_deadline() const
    {
        return wake_ == kLatest ? kNever : SimTime{SimDuration{wake_}};
    }

    [[nodiscard]] Phase phase() const
    {
        return static_cast<Phase>(phase_);
    }

    /// The device has power and its address answers.
    [[nodiscard]] bool powered() const
    {
        return phase() != Phase::kDown;
    }

    /// Which of its two addresses the device has (Layout::address).
    [[nodiscard]] std::uint32_t address_life() const
    {
        return address_life_;
    }

  private:
    // A run lasts a year at most (2^54.8 ns); what is later never happens.
    static constexpr SimDuration::rep kLatest = (SimDuration::rep{1} << 55U) - 1;
    static constexpr std::uint32_t kLowBits = 9;

    void go_down(SimTime now, SimDuration down_for);

    void enter(Phase phase)
    {
        phase_ = static_cast<std::uint64_t>(phase) & 3U;
    }

    void wake_at(SimTime at)
    {
        wake_ = std::min(at.time_since_epoch().count(), kLatest);
    }

    void set_down_for(SimDuration length)
    {
        down_for_ = static_cast<std::uint64_t>(std::min(length.count(), kLatest));
    }

    [[nodiscard]] SimDuration down_for() const
    {
        return SimDuration{static_cast<SimDuration::rep>(down_for_)};
    }

    void set_unfinished(std::uint32_t accounts)
    {
        unfinished_low_ = accounts;
        unfinished_high_ = accounts >> kLowBits;
    }

    [[nodiscard]] std::uint32_t unfinished() const
    {
        return static_cast<std::uint32_t>((unfinished_high_ << kLowBits) | unfinished_low_);
    }

    SimDuration::rep wake_ : 56; // ns; kLatest: never
    std::uint64_t phase_ : 2 = 0;
    std::uint64_t new_address_ : 1 = 0;
    std::uint64_t address_life_ : 1 = 0;
    std::uint64_t unfinished_high_ : 4 = 0; // accounts, of at most 4 096
    std::uint64_t down_for_ : 55 = 0;       // ns
    std::uint64_t unfinished_low_ : kLowBits = 0;
};

static_assert(sizeof(DeviceLife) == 16);

/// How long `fault` keeps `device`, which is number `place` of its fleet, down, its place on the return
/// ramp included; nullopt: not hit.
[[nodiscard]] std::optional<SimDuration> hit_for(const World& world,
                                                 std::uint32_t fault,
                                                 const DrawKey& device,
                                                 std::uint32_t fleet,
                                                 std::uint32_t place);

/// That device's own link carries nothing at `now`: a fault of kind access has cut it.
[[nodiscard]] bool access_cut(const World& world,
                              SimTime now,
                              const DrawKey& device,
                              std::uint32_t fleet,
                              std::uint32_t place);

} // namespace sipsim::world
