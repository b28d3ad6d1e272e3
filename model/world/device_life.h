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
        : wake_(boot)
    {
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
        return wake_;
    }

    [[nodiscard]] Phase phase() const
    {
        return phase_;
    }

    /// The device has power and its address answers.
    [[nodiscard]] bool powered() const
    {
        return phase_ != Phase::kDown;
    }

    /// Which of its addresses the device has (Layout::address).
    [[nodiscard]] std::uint32_t address_life() const
    {
        return address_life_;
    }

  private:
    void go_down(SimTime now, SimDuration down_for);

    SimTime wake_;
    SimDuration down_for_{0};
    std::uint32_t unfinished_ = 0;
    std::uint16_t address_life_ = 0;
    bool new_address_ = false;
    Phase phase_ = Phase::kDown;
};

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
