#pragma once

// Models : the host of a registrar: a process with its database, its transactions and its queue, which may be
//          full, be drained, die, and leave its address to another's process.
// Drives : a carrier hands it every SIP message that the living host gets, does what the Outcome says, and
//          calls serve() when one that waited is due; faults call the rest.
// Keeps  : what is decided about a message and in which order it is told; one that waits is served by the
//          process that took it or by none; no message is copied on its way.
// Leaves : whether the host is alive, text, paths, the timer of one that waits; what bindings survive
//          (LocationGroup). Not modelled: the final response to an INVITE is sent once (RFC 3261 §17.2.1:
//          until its ACK).

#include "model/registrar/registrar_server.h"

#include <cstdint>
#include <optional>

namespace sipsim::registrar
{

/// Of the process that answers at an address: another one after each death and each take-over.
enum class ProcessNumber : std::uint16_t
{
};

/// Why a message is not served.
enum class Drop : std::uint8_t
{
    kNone,
    kUnmatched,   // nobody waits for it, or it cannot be answered
    kStationFull, // no place or no share for it, also if it is told so
    kAdmission,   // a limit leaves it unanswered
};

/// What a carrier does about a message, and what it tells of it: each member in turn, where it says something.
struct Outcome
{
    std::optional<ServiceStation::Admission>
        place{};                 // it waits: serve() at place->done, nothing now
    ProcessNumber process{};     // that took it, with `place`
    Limit limit = Limit::kNone;  // decided about the request
    bool wrong_password = false; // one was looked at
    Drop drop = Drop::kNone;
    bool responds = false;    // what was given for it is to be sent
    bool to_register = false; // then: told of before it is sent ...
    bool repeat = false;      // ... likewise: out of its transaction
    bool changed = false;     // the bindings of the AOR, told of after it is sent

    // For whoever keeps no response: with the request, Host::response() makes it again.
    SimTime answered{};
    CompactReply compact{};
};

class Host
{
  public:
    /// As of Registrar.
    Host(const RegistrarOptions& options,
         const DrawKey& server,
         sip::Host domain,
         const sip::ProofFunction& proof,
         SecretLookup secrets,
         LocationService& locations);
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;

    /// A SIP message arrived. `now` never decreases. `response`, in its initial state, becomes what is sent.
    [[nodiscard]] Outcome on_message(SimTime now,
                                     const sip::Message& message,
                                     sip::Message& response)
    {
        if (!message.is_request() || message.method == sip::Method::kAck)
        {
            return unmatched(message);
        }
        if (drains_ > 0)
        {
            return refuse(now, message, retry_after_, response);
        }
        return answering_->station_.enabled() ? offer(now, message, response)
                                              : answer(now, message, response);
    }

    /// One that waited is due.
    [[nodiscard]] Outcome serve(SimTime now,
                                const sip::Message& request,
                                ProcessNumber process,
                                sip::Message& response)
    {
        return process == this->process() ? answer(now, request, response) : Outcome{};
    }

    /// The response to `request`, or to what it is a copy of, that was answered at `answered` by this host's
    /// own process. Precondition: the answer has a compact form.
    [[nodiscard]] sip::Message response(SimTime answered,
                                        const sip::Message& request,
                                        const CompactReply& compact) const
    {
        return registrar_.response(answered, request, compact.reply(answered, request));
    }

    // --- faults

    /// From now on, every request is answered 503 (RFC 3261 §21.5.4); `retry_after`: seconds, 0: none. Ends
    /// with as many end_drain().
    void begin_drain(std::uint32_t retry_after)
    {
        ++drains_;
        retry_after_ = retry_after;
    }

    void end_drain()
    {
        --drains_;
    }

    /// The process dies, with all that it held in memory; bindings are another matter.
    void on_death();

    /// The address is there again, and its own process begins with what bindings it has. Precondition: not
    /// taken_over().
    void on_return(SimTime now)
    {
        station_.begin(now, locations_.size());
    }

    /// The process of `standby`, which outlives this, answers at the address from now on.
    void take_over(Host& standby)
    {
        answering_ = &standby;
    }

    // --- what others see of the process that answers here

    [[nodiscard]] bool taken_over() const
    {
        return answering_ != this;
    }

    [[nodiscard]] bool drained() const
    {
        return drains_ > 0;
    }

    /// A request may have to wait for its service.
    [[nodiscard]] bool queues() const
    {
        return answering_->station_.queues();
    }

    /// It has not loaded its bindings yet.
    [[nodiscard]] bool loading(SimTime now) const
    {
        return answering_->station_.loading(now);
    }

    /// It would block a call by `user` from `source`: its terminal is suspended.
    [[nodiscard]] bool blocks(SimTime now, sip::UserId user, sip::Host source) const
    {
        return answering_->registrar_.blocks(now, user, source);
    }

    [[nodiscard]] const LocationService& locations() const
    {
        return answering_->locations_;
    }

    /// The request arrives soon: what it is about, into the caches with it.
    void fetch(const sip::Message& request) const
    {
        locations().fetch(request.to.user);
        answering_->server_.fetch(request);
    }

    /// Memory held for transactions, in octets.
    [[nodiscard]] std::size_t octets() const
    {
        return server_.octets();
    }

  private:
    [[nodiscard]] static Outcome unmatched(const sip::Message& message);
    [[nodiscard]] Outcome offer(SimTime now, const sip::Message& request, sip::Message& response);
    [[nodiscard]] Outcome refuse(SimTime now,
                                 const sip::Message& request,
                                 std::uint32_t retry_after,
                                 sip::Message& response);
    [[nodiscard]] Outcome answer(SimTime now, const sip::Message& request, sip::Message& response);

    [[nodiscard]] ProcessNumber process() const
    {
        return ProcessNumber{
            static_cast<std::uint16_t>(deaths_ + (taken_over() ? answering_->deaths_ : 0))};
    }

    Registrar registrar_;
    RegistrarServer server_;
    ServiceStation station_;
    LocationService& locations_;
    Host* answering_ = this; // whose process answers at the address
    std::uint16_t deaths_ = 0;
    std::uint16_t drains_ = 0;
    std::uint32_t retry_after_ = 0; // of the latest drain
};

// Here, not in the source file, since every request of a fleet comes by.
inline Outcome
Host::answer(SimTime now, const sip::Message& request, sip::Message& response)
{
    const Handled handled = answering_->server_.on_request(now, request, response);
    Outcome outcome;
    outcome.limit = handled.limit;
    outcome.wrong_password = handled.reply != nullptr && handled.reply->wrong;
    if (!handled.responds)
    {
        outcome.drop = handled.limit == Limit::kNone ? Drop::kUnmatched : Drop::kAdmission;
        return outcome;
    }
    response.overload = answering_->station_.overload(now, request);
    outcome.responds = true;
    outcome.to_register = request.method == sip::Method::kRegister;
    outcome.repeat = handled.repeat;
    outcome.changed = handled.reply != nullptr && handled.reply->changed;
    outcome.answered = handled.answered;
    outcome.compact = handled.compact;
    return outcome;
}

} // namespace sipsim::registrar
