#pragma once

// Models : what a server sends to the contacts it knows so that NATs on the way keep their mappings, or to
//          see whether they live: when, and which message.
// Drives : a carrier that sends pings one by one asks for the next; one that computes them asks for the
//          last before an instant and for counts; ping_message() makes one.
// Keeps  : the k-th ping of a server to an AOR is at first() + k * interval, exactly: no drift, nothing
//          stored; who pings, and a message, are functions of server, AOR and number.
// Leaves : to which address (a binding's or a flow's), what the NAT makes of it, the answer (a user agent's:
//          registration::answer_ping). Not modelled: a contact removed because it does not answer
//          (Kamailio nathelper keepalive_timeout, Asterisk qualify_timeout); batches (VOS3000
//          SS_SIP_NAT_KEEP_ALIVE_SEND_ONE_TIME): pings of a server are spread evenly.

#include "model/base/draw.h"
#include "model/base/time.h"
#include "model/sip/message.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sipsim::registrar
{

using namespace std::chrono_literals;

struct PingOptions
{
    enum class Kind : std::uint8_t
    {
        kNone,
        // A datagram that is no SIP message and is not answered: Kamailio nathelper natping (4 octets of
        // zero), VOS3000 SS_SIP_NAT_KEEP_ALIVE_MESSAGE ("HELLO": 5).
        kBlank,
        // OPTIONS, answered 200 (RFC 3261 §11): Kamailio nathelper sipping_method, Asterisk
        // qualify_frequency.
        kOptions,
    };
    // Off by default, as Kamailio natping_interval 0 and Asterisk qualify_frequency 0 are.
    Kind kind = Kind::kNone;
    // > 0. Kamailio's sample natping_interval; VOS3000 SS_SIP_NAT_KEEP_ALIVE_PERIOD.
    SimDuration interval = 30s;
    std::uint32_t octets = 4; // of UDP payload of a kBlank; 0 .. 1000

    [[nodiscard]] bool enabled() const
    {
        return kind != Kind::kNone;
    }
};

/// All problems, each "name = value: must be ...".
[[nodiscard]] std::vector<std::string> validate(const PingOptions& options);

/// The pings of a server to an AOR.
class PingSchedule
{
  public:
    /// `server` is its draw key. Model choice: the first comes uniform on [0, interval) of the run, and
    /// neither a restart nor a new binding moves them, as a timer that walks the table does it.
    PingSchedule(const PingOptions& options, const DrawKey& server, sip::UserId aor);

    [[nodiscard]] SimTime first() const
    {
        return first_;
    }

    /// The first at `at` or later.
    [[nodiscard]] SimTime next(SimTime at) const;

    /// The last at `at` or earlier; nullopt: none yet.
    [[nodiscard]] std::optional<SimTime> last(SimTime at) const;

    /// How many in [from, to).
    [[nodiscard]] std::uint64_t count(SimTime from, SimTime to) const;

    /// The number, from 0, of the next at `at` or later.
    [[nodiscard]] std::uint64_t number(SimTime at) const;

  private:
    SimTime first_;
    SimDuration interval_;
};

/// Ping `number` of `server` at `self` to the contact of `aor`, sent to `to`: OPTIONS outside a dialogue
/// (RFC 3261 §11.1), with a Call-ID of its own.
[[nodiscard]] sip::Message ping_message(sip::Endpoint self,
                                        sip::Endpoint to,
                                        const sip::Uri& contact,
                                        sip::UserId aor,
                                        std::uint64_t number,
                                        const DrawKey& server);

} // namespace sipsim::registrar
