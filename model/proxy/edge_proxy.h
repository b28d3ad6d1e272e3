#pragma once

// Models : an edge proxy (SBC) between devices and one registrar: a stateless proxy (RFC 3261 §16.11)
//          for REGISTER that puts itself into the Path (RFC 3327) and remembers by which flow, the
//          source of its REGISTER, each device is reached; with `offload` a registration cache as well.
// Drives : a carrier hands it each request and response and sends the message it makes, from its src
//          to its dst; lookup() tells where a request for an AOR goes from here.
// Keeps  : no transactions and no timers: retransmissions are end to end (§16.11), and a copy of a
//          message becomes a copy; what it adds to a request is a function of that request and of its
//          own key, so that a response finds its way even over a restart; under overload control whether it
//          goes on is a matter of what the registrar has said. A flow takes 56 octets where
//          AORs are numbered densely; once grown, nothing is allocated. No message does harm.
// Leaves : text, STUN and pings on the SIP port (carriers), the digest (the registrar's).
//          Not modelled: other methods than REGISTER, SUBSCRIBE and OPTIONS (405), several registrars, proxy
//          authentication, the Supported and Require of RFC 3327 §5.1, TCP.
//
// Which Contact of a 2xx is the device's own? §10.3 step 8 lists all bindings of the AOR, and the proxy
// has no transaction to ask. The branch of its own Via tells: it is a hash of what the response returns
// (the device's branch and sent-by, From tag, Call-ID, CSeq) and of the first Contact of the request, so
// the Contact of the 2xx with which the hash comes out is the one. §16.11 asks for a branch that is a
// function of the request; copies of a request have the same Contact. To the last 16 bits the expiry the
// device asked for is added where that is less than device_expires.
// Model choice: a flow belongs to the first Contact of a REGISTER (in RFC 5626 it has one); others are
// bound at the registrar, but lead nowhere here.
//
// Model choice: what a 2xx lists is all that is bound (§10.3 step 8), so flows of other Contacts of the
// AOR end: those unregistered, by `*` or one by one, or displaced by another device.
// Model choice: a flow that runs out unrefreshed is not unregistered at the registrar, and a refusal
// ends no flow.
// Model choice: the source of a device that does not ask for rport is its sent-by port at the address
// it came from, since a response tells no more.

#include "model/base/draw.h"
#include "model/proxy/proxy_options.h"
#include "model/registrar/aor_table.h"
#include "model/sip/message.h"

#include <cstdint>
#include <functional>
#include <optional>

namespace sipsim::proxy
{

/// How a device is reached from the proxy.
struct Flow
{
    sip::Uri contact;           // what it registered
    sip::Endpoint at;           // where its REGISTER came from
    SimTime expires_at{};       // the device has promised to refresh before; lives up to it
    SimTime upstream_until{};   // the registrar keeps the binding up to it
    std::uint32_t granted = 0;  // of that by the registrar, seconds
    sip::CallId call_id{};      // of the REGISTER last answered 200
    sip::CSeq cseq{};           // likewise
    bool answered_here = false; // that one was answered by the proxy, not the registrar

    friend bool operator==(const Flow&, const Flow&) = default;
};

using Flows = FixedVector<Flow, sip::kMaxContacts>;

/// What became of a message.
struct Passed
{
    enum class What : std::uint8_t
    {
        kForwarded, // `made` goes on
        kAnswered, // `made` is the proxy's own 2xx: to an OPTIONS, or a refresh it need not forward
        kRefused,  // `made` is the proxy's own refusal
        kDropped, // nothing is sent: ACK, a request without Via, a response that is for nobody behind
                  // this proxy, or for itself (to a ping)
    };

    What what = What::kDropped;
    bool flows_changed = false; // lookup() of the message's To may differ from before

    [[nodiscard]] bool sends() const
    {
        return what != What::kDropped;
    }
};

class EdgeProxy
{
  public:
    /// `options` outlive it and are valid; `server` is the draw key of this server. Precondition: self
    /// is not the registrar.
    EdgeProxy(const ProxyOptions& options,
              sip::Endpoint self,
              sip::Endpoint registrar,
              const DrawKey& server);

    /// A request arrived; its src tells from where. What goes out is written to `made`, another message in any
    /// state, with its src and dst. In this order: 483 (§16.3 step 3), 420 (step 5), OPTIONS
    /// answered 200 whomever it is for (Model choice: a keepalive of the hop), 481 to CANCEL and 405 to
    /// other methods, a refresh answered 200 (offload), 503 if the registrar wants no more (RFC 7339,
    /// RFC 7415), 513 if it has no room for one more Via or Path, else on to the registrar with the Request-URI it had.
    [[nodiscard]] Passed on_request(SimTime now, const sip::Message& request, sip::Message& made);

    /// A response arrived; `made` as there.
    [[nodiscard]] Passed on_response(SimTime now, const sip::Message& response, sip::Message& made);

    /// Live flows of `aor`, in the order in which they were first learnt.
    [[nodiscard]] Flows lookup(sip::UserId aor, SimTime now) const;

    /// Every live flow, in order of AORs' numbers; O(n log n).
    void for_each(SimTime now, const std::function<void(sip::UserId, const Flow&)>& visit) const;

    /// The process died and is back: flows as keep_flows says.
    void on_restart();

    /// AORs with a flow, expired ones not yet reclaimed included.
    [[nodiscard]] std::size_t size() const
    {
        return flows_.size();
    }

    /// Memory held for flows, in octets.
    [[nodiscard]] std::size_t octets() const
    {
        return flows_.octets();
    }

    /// A request, or a response, about the AOR arrives soon: its flow, if that is looked at, into the caches.
    void fetch(sip::UserId aor, bool request) const
    {
        if (!request || options_.offload)
        {
            flows_.fetch(aor);
        }
    }

    [[nodiscard]] sip::Endpoint self() const
    {
        return self_;
    }

  private:
    // A Flow without the holes.
    struct Record
    {
        sip::UserId contact_user{};
        sip::CallId call_id{};
        SimTime expires_at{};
        SimTime upstream_until{};
        sip::Host contact_host{};
        sip::Host at_host{};
        sip::CSeq cseq{};
        std::uint32_t granted = 0;
        std::uint16_t contact_port = 0;
        std::uint16_t at_port = 0;
        std::optional<sip::Transport> transport;
        bool answered_here = false;

        Record() = default;
        explicit Record(const Flow& flow);

        [[nodiscard]] bool live(SimTime now) const
        {
            return now < expires_at;
        }

        [[nodiscard]] Flow flow() const;
    };

    static_assert(sizeof(Record) <= 56);

    // The device's own Contact in a 2xx, and the most it may be told.
    struct Own
    {
        const sip::Contact* contact = nullptr;
        std::uint32_t most = 0; // seconds
    };

    [[nodiscard]] std::uint64_t branch_bits(const sip::Message& message,
                                            const sip::Via& via,
                                            const sip::Uri& contact) const;
    [[nodiscard]] Own own_contact(const sip::Message& response, sip::Branch branch) const;
    [[nodiscard]] bool learn(SimTime now, const sip::Message& response, const Own& own);
    [[nodiscard]] bool serves_refresh(SimTime now,
                                      const sip::Message& request,
                                      const Flow& flow) const;
    [[nodiscard]] std::optional<Passed> answer_refresh(SimTime now,
                                                       const sip::Message& request,
                                                       sip::Message& made);
    [[nodiscard]] Passed answer(const sip::Message& request,
                                std::uint16_t status,
                                sip::Message& made) const;
    [[nodiscard]] Passed refuse_extensions(const sip::Message& request, sip::Message& made) const;
    [[nodiscard]] Passed forward(const sip::Message& request, sip::Message& made) const;
    [[nodiscard]] Passed throttle(const sip::Message& request, sip::Message& made) const;
    void ask_for_long(sip::Message& request) const;
    [[nodiscard]] bool knows(sip::OptionTag tag) const;
    void store(sip::UserId aor, const Flows& flows);

    const ProxyOptions& options_;
    sip::Endpoint self_;
    sip::Endpoint registrar_;
    DrawKey server_;
    OverloadClient overload_;
    registrar::AorTable<Record> flows_;
};

} // namespace sipsim::proxy
