#pragma once

// Models : a STUN server with two addresses and two ports (RFC 3489 §8, RFC 5780 §6), or with one
//          (RFC 5389 §7.3), such as a SIP port that answers keepalives (RFC 5626 §8).
// Drives : a carrier hands over each datagram or each message; it sends the one reply, if there is one.
// Keeps  : no state: a repeated request gets the same response (RFC 5389 §7.3.1); at most one reply.
// Leaves : sockets. Not modelled: credentials, the Shared Secret method (433 over UDP, §8.2), TCP.

#include "model/nat/stun_codec.h"
#include "model/nat/stun_message.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sipsim::nat
{

struct StunServerOptions
{
    Endpoint primary{}; // A1, P1
    // A2, P2, both other than the primary's; empty: one endpoint only.
    std::optional<Endpoint> alternate{};
    bool classic = true;          // answers RFC 3489 as well; needed by classic discovery
    bool response_address = true; // RFC 3489 §8.1; open to abuse as a reflector (§12.2.3)
    bool response_port = true;    // RFC 5780 §7.5, optional there
    // Octets of PADDING in the answer to it: the MTU of the outgoing interface (RFC 5780 §6.1). 0: PADDING
    // is not understood.
    std::uint16_t padding = 1500;
    bool software = false; // says SOFTWARE, to RFC 5389 clients only
};

/// All problems, each "name: must be ...".
[[nodiscard]] std::vector<std::string> validate(const StunServerOptions& options);

/// On a port shared with SIP: one endpoint, the cookie demanded, nothing but Binding (RFC 5626 §8).
[[nodiscard]] StunServerOptions stun_on_sip_port(Endpoint at);

struct StunReply
{
    StunMessage message;
    Endpoint from; // one of the server's
    Endpoint to;
};

class StunServer
{
  public:
    explicit StunServer(const StunServerOptions& options);

    /// What decode_stun() has to let through for this server.
    [[nodiscard]] const StunSupport& support() const
    {
        return support_;
    }

    /// The reply to a message that arrived at `at` (one of endpoints()) from `from`, decoded with
    /// support(). Empty: it is no request.
    [[nodiscard]] std::optional<StunReply> on_message(const StunMessage& message,
                                                      Endpoint at,
                                                      Endpoint from) const;

    /// decode_stun() and on_message(), or the error response that a refused datagram is owed. `why` gets
    /// the reason of a refusal where the caller counts them.
    [[nodiscard]] std::optional<StunReply> on_datagram(std::string_view datagram,
                                                       Endpoint at,
                                                       Endpoint from,
                                                       StunRefusal* why = nullptr) const;

    /// (A1, P1), (A2, P1), (A1, P2), (A2, P2), or the one there is.
    [[nodiscard]] FixedVector<Endpoint, 4> endpoints() const;

  private:
    [[nodiscard]] Endpoint elsewhere(Endpoint at, StunChange change) const;

    StunServerOptions options_;
    StunSupport support_;
};

} // namespace sipsim::nat
