#pragma once

// Models : what both ends of overload control on one hop are tested with.
// Drives : oracles of its client and its server.
// Keeps  : request(n) is the same at both.
// Leaves : the loads.

#include "model/proxy/overload_client.h"
#include "model/registrar/service_station.h"

#include <cstdint>

namespace sipsim::oracle
{

inline constexpr DrawKey kProxy{.seed = 5, .device = kServerDevice, .account = 0};
inline constexpr DrawKey kServer{.seed = 5, .device = kServerDevice + 2, .account = 0};
inline constexpr DrawKey kSource{.seed = 5, .device = kServerDevice + 1, .account = 0};
inline constexpr proxy::OverloadClientOptions kBoth{.algorithms = sip::OverloadControl::kLoss |
                                                                  sip::OverloadControl::kRate};

/// REGISTER number `n` of all at a proxy, with or without credentials.
inline sip::Message
request(std::uint64_t n, bool authenticated)
{
    sip::Message message;
    message.method = sip::Method::kRegister;
    message.via.push(
        {.sent_by = {}, .branch = sip::Branch{draw_bits(kSource, Purpose::kBranch, n)}});
    message.src = {sip::Host{7}, 5060};
    if (authenticated)
    {
        message.credentials = sip::Credentials{};
    }
    return message;
}

} // namespace sipsim::oracle
