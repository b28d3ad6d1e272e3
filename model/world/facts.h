#pragma once

// Models : what happened in a run, as facts; the model itself counts nothing.
// Drives : carriers call an Observer; metrics, traces and fingerprints are observers.
// Keeps  : facts come in order of time; a carrier reports the same facts as the other.
// Leaves : what they mean (model/world/collector.h).

#include "model/registrar/admission.h"
#include "model/registrar/location_service.h"
#include "model/registration/user_agent.h"
#include "model/world/layout.h"

#include <cstdint>
#include <vector>

namespace sipsim::world
{

enum class Direction : std::uint8_t
{
    kSend,
    kReceive,
};

/// A SIP message at a user agent's socket.
struct UaMessage
{
    SimTime at;
    AccountIndex ua = 0;
    Direction direction = Direction::kSend;
    const sip::Message& message;
    std::uint32_t bytes = 0; // of SIP text
    bool again = false;      // a retransmission
};

/// What became of a call to an AOR (light calls: no INVITE is sent; Model choice: the caller is beside
/// the registrar, and a call's class is that of the instant it is offered).
enum class CallClass : std::uint8_t
{
    kReached,       // a contact's device has power, this address, and a path
    kStale,         // every contact's device is off or elsewhere
    kNotRegistered, // the registrar knows no contact
    kRegistrarDown, // or refuses, because it is being drained
    kLost,          // the device is there, the path is cut
    // The device is there, its NAT lets nothing through:
    kNatExpired,    // the mapping has timed out
    kNatForgotten,  // the NAT knows no such mapping
    kNatFiltered,   // not from this server
    kNatWrongPort,  // the device has another mapping by now
    kNatPrivate,    // the contact is the device's own address, behind the NAT
    kProxyDown,     // the proxy on its path is dead
    kProxyForgot,   // that proxy knows no flow to the contact
    kNoBindingHere, // another registrar of the domain knows a contact, this one does not
    kCount,
};

/// What became of a call by an account of a device with power (light calls: no INVITE is sent).
enum class OutgoingClass : std::uint8_t
{
    kAccepted,           // by a registrar at which its AOR has a binding
    kNotRegisteredThere, // refused (403): at that one it has none
    kRegisteredFirst,    // likewise, but after a failover: the device registers there before it
    kNoServer,           // none that it tried answers
    kSuspended, // nor takes it any other, and one blocked it: its terminal is suspended there
    kCount,
};

enum class DropReason : std::uint8_t
{
    kMalformed, // refused by the codec in silence
    kRefused,   // refused by the codec and answered
    kKeepalive, // no message
    kUnmatched, // a response that matches no transaction, a request that a user agent does not serve
    kServerDead, // arrived at a dead registrar
    kLoss,       // on a link
    kLinkDown,
    kQueueFull,
    kNoHost,      // the address has no powered host
    kStationFull, // a registrar that has no place or no share for it drops or refuses it
    kNat,         // a NAT let it through neither way
    kAdmission,   // a limit of the registrar leaves it unanswered
    kCount,
};

/// Why a link did not carry a datagram. Precondition: `fate` is not kCarried.
[[nodiscard]] DropReason reason_of(network::Fate fate);

class Observer
{
  public:
    virtual ~Observer() = default;

    /// No fact, and not every carrier says it: facts about that account come in about a millisecond.
    virtual void expect(AccountIndex)
    {
    }

    /// The same of its transitions, a few events before.
    virtual void expect_soon(AccountIndex)
    {
    }

    /// The same of the bindings of its AOR.
    virtual void expect_bindings(AccountIndex)
    {
    }

    virtual void on_ua_message(const UaMessage&)
    {
    }

    virtual void on_transition(SimTime, AccountIndex, const registration::Transition&)
    {
    }

    /// A REGISTER at the registrar's interface, repeats included; `alive`: its process runs and listens at the
    /// port that it goes to.
    virtual void on_register_arrival(SimTime, std::uint32_t /*registrar*/, bool /*alive*/)
    {
    }

    /// A request took a place at the registrar's service station: `waiting` have no worker yet, this
    /// one included if it waits; it waits `wait` and is processed `service` after that.
    virtual void on_queued(SimTime,
                           std::uint32_t /*registrar*/,
                           std::uint32_t /*waiting*/,
                           SimDuration /*wait*/,
                           SimDuration /*service*/)
    {
    }

    /// The registrar sends a response; `repeat`: out of its transaction.
    virtual void on_register_answered(SimTime,
                                      std::uint32_t /*registrar*/,
                                      std::uint16_t /*status*/,
                                      bool /*repeat*/)
    {
    }

    /// A limit of the registrar decided about a request to `user`, aloud or in silence.
    virtual void on_limit(SimTime,
                          std::uint32_t /*registrar*/,
                          registrar::Limit,
                          sip::UserId /*user*/)
    {
    }

    /// The registrar looked at a password of `user` and it was wrong.
    virtual void on_wrong_password(SimTime, std::uint32_t /*registrar*/, sip::UserId /*user*/)
    {
    }

    /// The AOR's bindings after a change; where a fleet locates its servers or its registrars share
    /// bindings, those anywhere (bindings_anywhere()).
    virtual void on_bindings(SimTime,
                             std::uint32_t /*aor*/,
                             const registrar::LocationService::Bindings&)
    {
    }

    /// The registrar's process has died and lost them. on_bindings() follows for each AOR it had of a fleet
    /// that locates its servers; where registrars share bindings, for each AOR of them once all are dead.
    virtual void on_bindings_lost(SimTime, std::uint32_t /*registrar*/)
    {
    }

    virtual void on_device(SimTime, DeviceIndex, bool /*powered*/, sip::Endpoint /*address*/)
    {
    }

    virtual void on_fault(SimTime, std::uint32_t /*fault*/, bool /*begins*/)
    {
    }

    virtual void on_call(SimTime, std::uint32_t /*aor*/, CallClass)
    {
    }

    virtual void on_outgoing(SimTime, AccountIndex, OutgoingClass)
    {
    }

    virtual void on_drop(SimTime, DropReason)
    {
    }

    /// A device sends a keepalive; only where they are sent one by one.
    virtual void on_keepalive_sent(SimTime, DeviceIndex)
    {
    }

    /// One is at the interface of a registrar or a proxy, alive or dead.
    virtual void on_keepalive_arrival(SimTime, ServerIndex)
    {
    }

    /// A REGISTER at the proxy's interface, repeats included; `alive`: likewise.
    virtual void on_proxy_arrival(SimTime, std::uint32_t /*proxy*/, bool /*alive*/)
    {
    }

    /// The proxy answers a REGISTER by itself.
    virtual void on_proxy_answered(SimTime, std::uint32_t /*proxy*/, std::uint16_t /*status*/)
    {
    }

    /// A datagram for a STUN server is at its host's interface, alive or dead.
    virtual void on_stun_arrival(SimTime, std::uint32_t /*server*/)
    {
    }

    /// A query is at a name server's interface; `alive`: the process runs.
    virtual void on_dns_query(SimTime, std::uint32_t /*dns*/, bool /*alive*/)
    {
    }

    /// The name server answers.
    virtual void on_dns_answered(SimTime, std::uint32_t /*dns*/, dns::Rcode)
    {
    }

    /// A device's location of its servers has ended; `located`: it has a new list.
    virtual void on_located(SimTime, DeviceIndex, bool /*located*/)
    {
    }

    /// A server sends a ping to a device's contact.
    virtual void on_ping_sent(SimTime, ServerIndex)
    {
    }
};

/// Several observers as one.
class Observers final : public Observer
{
  public:
    void add(Observer& observer)
    {
        observers_.push_back(&observer);
    }

    void expect(AccountIndex ua) override
    {
        for (auto* o : observers_)
        {
            o->expect(ua);
        }
    }

    void expect_soon(AccountIndex ua) override
    {
        for (auto* o : observers_)
        {
            o->expect_soon(ua);
        }
    }

    void expect_bindings(AccountIndex ua) override
    {
        for (auto* o : observers_)
        {
            o->expect_bindings(ua);
        }
    }

    void on_ua_message(const UaMessage& fact) override
    {
        for (auto* o : observers_)
        {
            o->on_ua_message(fact);
        }
    }

    void on_transition(SimTime at, AccountIndex ua, const registration::Transition& t) override
    {
        for (auto* o : observers_)
        {
            o->on_transition(at, ua, t);
        }
    }

    void on_register_arrival(SimTime at, std::uint32_t registrar, bool alive) override
    {
        for (auto* o : observers_)
        {
            o->on_register_arrival(at, registrar, alive);
        }
    }

    void on_queued(SimTime at,
                   std::uint32_t registrar,
                   std::uint32_t waiting,
                   SimDuration wait,
                   SimDuration service) override
    {
        for (auto* o : observers_)
        {
            o->on_queued(at, registrar, waiting, wait, service);
        }
    }

    void on_register_answered(SimTime at,
                              std::uint32_t registrar,
                              std::uint16_t status,
                              bool repeat) override
    {
        for (auto* o : observers_)
        {
            o->on_register_answered(at, registrar, status, repeat);
        }
    }

    void on_limit(SimTime at,
                  std::uint32_t registrar,
                  registrar::Limit limit,
                  sip::UserId user) override
    {
        for (auto* o : observers_)
        {
            o->on_limit(at, registrar, limit, user);
        }
    }

    void on_wrong_password(SimTime at, std::uint32_t registrar, sip::UserId user) override
    {
        for (auto* o : observers_)
        {
            o->on_wrong_password(at, registrar, user);
        }
    }

    void on_bindings(SimTime at,
                     std::uint32_t aor,
                     const registrar::LocationService::Bindings& b) override
    {
        for (auto* o : observers_)
        {
            o->on_bindings(at, aor, b);
        }
    }

    void on_bindings_lost(SimTime at, std::uint32_t registrar) override
    {
        for (auto* o : observers_)
        {
            o->on_bindings_lost(at, registrar);
        }
    }

    void on_device(SimTime at, DeviceIndex device, bool powered, sip::Endpoint address) override
    {
        for (auto* o : observers_)
        {
            o->on_device(at, device, powered, address);
        }
    }

    void on_fault(SimTime at, std::uint32_t fault, bool begins) override
    {
        for (auto* o : observers_)
        {
            o->on_fault(at, fault, begins);
        }
    }

    void on_call(SimTime at, std::uint32_t aor, CallClass c) override
    {
        for (auto* o : observers_)
        {
            o->on_call(at, aor, c);
        }
    }

    void on_outgoing(SimTime at, AccountIndex ua, OutgoingClass c) override
    {
        for (auto* o : observers_)
        {
            o->on_outgoing(at, ua, c);
        }
    }

    void on_drop(SimTime at, DropReason reason) override
    {
        for (auto* o : observers_)
        {
            o->on_drop(at, reason);
        }
    }

    void on_keepalive_sent(SimTime at, DeviceIndex device) override
    {
        for (auto* o : observers_)
        {
            o->on_keepalive_sent(at, device);
        }
    }

    void on_keepalive_arrival(SimTime at, ServerIndex server) override
    {
        for (auto* o : observers_)
        {
            o->on_keepalive_arrival(at, server);
        }
    }

    void on_proxy_arrival(SimTime at, std::uint32_t proxy, bool alive) override
    {
        for (auto* o : observers_)
        {
            o->on_proxy_arrival(at, proxy, alive);
        }
    }

    void on_proxy_answered(SimTime at, std::uint32_t proxy, std::uint16_t status) override
    {
        for (auto* o : observers_)
        {
            o->on_proxy_answered(at, proxy, status);
        }
    }

    void on_stun_arrival(SimTime at, std::uint32_t server) override
    {
        for (auto* o : observers_)
        {
            o->on_stun_arrival(at, server);
        }
    }

    void on_dns_query(SimTime at, std::uint32_t dns, bool alive) override
    {
        for (auto* o : observers_)
        {
            o->on_dns_query(at, dns, alive);
        }
    }

    void on_dns_answered(SimTime at, std::uint32_t dns, dns::Rcode rcode) override
    {
        for (auto* o : observers_)
        {
            o->on_dns_answered(at, dns, rcode);
        }
    }

    void on_located(SimTime at, DeviceIndex device, bool located) override
    {
        for (auto* o : observers_)
        {
            o->on_located(at, device, located);
        }
    }

    void on_ping_sent(SimTime at, ServerIndex server) override
    {
        for (auto* o : observers_)
        {
            o->on_ping_sent(at, server);
        }
    }

  private:
    std::vector<Observer*> observers_;
};

} // namespace sipsim::world
