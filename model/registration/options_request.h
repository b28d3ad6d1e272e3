#pragma once

// Models : the SIP OPTIONS by which a device asks whether its server is there (RFC 3261 §11.1).
// Drives : carriers turn nat::OptionsSend into the message, and tell nat::DeviceTraversal what answers it.
// Keeps  : pure functions of their arguments: a retransmission is the same message. One Call-ID and From
//          tag per life (the high half of `number`), CSeq and branch by number, so that none repeats.
// Leaves : when it is sent and given up (DeviceTraversal), what the answer says. Not modelled: Accept
//          and a body (RFC 3261 §11.1: SHOULD), credentials: a 401 is an answer.

#include "model/registration/user_agent.h"

#include <cstdint>

namespace sipsim::registration
{

/// OPTIONS `number` of the account, to that server. Model choice: the Request-URI
/// is the domain, so that the server answers itself (RFC 3261 §11.1); To is the account's AOR.
[[nodiscard]] sip::Message options_request(const AgentSettings& settings,
                                           const Account& account,
                                           sip::Endpoint server,
                                           std::uint64_t number);

/// Whether `response` is one to that request: RFC 3261 §17.1.3, §18.1.2, §8.1.3.3.
[[nodiscard]] bool answers_options(const Account& account,
                                   std::uint64_t number,
                                   const sip::Message& response);

} // namespace sipsim::registration
