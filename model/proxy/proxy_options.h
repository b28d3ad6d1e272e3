#pragma once

// Models : what an edge proxy (SBC) between devices and one registrar does with registrations.
// Drives : EdgeProxy reads them; configurations fill them.
// Keeps  : validate() reports every problem at once.
// Leaves : where it stands and which registrar it serves.

#include "model/proxy/overload_client.h"
#include "model/registrar/ping.h"
#include "model/sip/message.h"

#include <cstdint>
#include <string>
#include <vector>

namespace sipsim::proxy
{

/// Of ProxyOptions::device_expires; seconds. The branch of a Via has room for so much (edge_proxy.h).
inline constexpr std::uint32_t kMaxDeviceExpires = 65'535;

struct ProxyOptions
{
    // A registration cache, as SBCs have: devices refresh here every device_expires, the registrar hears
    // of it every registrar_expires.
    bool offload = false;
    // Offload: granted to a device at most (and never more than it asked for); seconds, 1 .. kMaxDeviceExpires.
    std::uint32_t device_expires = 60;
    // Offload: asked of the registrar at least; seconds, >= device_expires.
    std::uint32_t registrar_expires = 3600;
    // Offload: a refresh goes on to the registrar once less than this share of what the registrar
    // granted is left, and whenever what is left is less than device_expires; in [0, 1].
    double forward_below = 0.5;
    // What on_restart() finds: false: flows are lost like a process's memory; true: they are kept, in a
    // database or with the devices and the registrar (a flow token in the Path, RFC 5626 §5.2).
    bool keep_flows = false;
    // Proxy-Require tags it knows; another one is answered 420 (RFC 3261 §16.3 step 5).
    FixedVector<sip::OptionTag, sip::kMaxOptionTags> supports{};
    // STUN is answered on the SIP port (RFC 5626 §8; nat::stun_on_sip_port). Carriers do it.
    bool answers_stun = true;
    // To each flow. Carriers send them: registrar::PingSchedule says when, registrar::ping_message what.
    registrar::PingOptions ping{};
    OverloadClientOptions overload{}; // towards the registrar
};

/// All problems, each "name = value: must be ...".
[[nodiscard]] std::vector<std::string> validate(const ProxyOptions& options);

} // namespace sipsim::proxy
