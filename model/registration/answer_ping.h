#pragma once

// Models : what a user agent answers to the OPTIONS by which a server sees whether it lives.
// Drives : a carrier hands over requests that reach a device.
// Keeps  : a function of the request and of the device: a copy gets the same answer, without a
//          transaction.
// Leaves : which account of a device a request is for. Not modelled: what OPTIONS asks for, Allow and
//          Accept (RFC 3261 §11.2).

#include "model/registration/user_agent.h"
#include "model/sip/message.h"

#include <optional>

namespace sipsim::registration
{

/// To OPTIONS: 200 (RFC 3261 §11.2), 404 if the Request-URI names another user (§8.2.2.1), 420 if it
/// requires anything (§8.2.2.3). nullopt: not an OPTIONS request, or without Via.
[[nodiscard]] std::optional<sip::Message> answer_ping(const Account& account,
                                                      const sip::Message& request);

} // namespace sipsim::registration
