#pragma once

// Models : the abstract location service of RFC 3261 §10: which contacts an AOR is bound to, until when.
// Drives : Registrar changes it; calls and metrics look it up. Several registrars may share one.
// Keeps  : expiry is lazy: an expired binding is never returned by a look-up at or after its expiry and
//          is reclaimed when its AOR is stored again; a Binding is 48 octets, one AOR with one binding
//          takes 64 to 72 with its share of the table; replacing bindings allocates nothing.
// Leaves : policy (Registrar), replication between sites. Not modelled: AORs of several domains.

#include "model/base/time.h"
#include "model/registrar/slots.h"
#include "model/sip/message.h"

#include <cstdint>
#include <functional>
#include <optional>

namespace sipsim::registrar
{

struct Binding
{
    sip::UserId contact_user{};
    sip::CallId call_id{}; // of the request that last changed the binding (RFC 3261 §10.3 step 7)
    sip::InstanceId instance{}; // +sip.instance, 0: none
    SimTime expires_at{};
    sip::HostPort contact;                   // host and port of the Contact URI
    sip::CSeq cseq{};                        // as call_id
    std::optional<sip::Transport> transport; // the URI's parameter, when written

    /// A binding granted at t for e seconds lives on [t, t + e).
    [[nodiscard]] bool live(SimTime now) const
    {
        return now < expires_at;
    }

    /// The Contact URI.
    [[nodiscard]] sip::Uri uri() const
    {
        return {contact_user, contact, transport};
    }

    friend bool operator==(const Binding&, const Binding&) = default;
};

static_assert(sizeof(Binding) <= 48);

class LocationService
{
  public:
    /// Of one AOR, in the order in which they were first added.
    using Bindings = FixedVector<Binding, sip::kMaxContacts>;

    /// Live bindings of `aor` at `now`.
    [[nodiscard]] Bindings lookup(sip::UserId aor, SimTime now) const;

    /// Replaces all bindings of `aor` by `bindings`; empty removes the AOR. Atomic, as RFC 3261 §10.3
    /// step 7 demands of one request.
    void store(sip::UserId aor, const Bindings& bindings);

    /// Everything is forgotten: an outage that loses bindings.
    void clear();

    /// AORs with a stored binding, expired ones not yet reclaimed included.
    [[nodiscard]] std::size_t size() const
    {
        return index_.size();
    }

    /// Memory held, in octets.
    [[nodiscard]] std::size_t octets() const
    {
        return slots_.octets() + index_.octets();
    }

    /// Every live binding; for metrics and tests, O(n). The order is that in which AORs were first
    /// stored, places of removed AORs being taken again last freed first: a function of the calls made,
    /// of no hash and no address.
    void for_each(SimTime now, const std::function<void(sip::UserId, const Binding&)>& visit) const;

  private:
    // The first binding of an AOR is its head and stands in the index; more of them hang from it.
    struct Slot
    {
        sip::UserId aor{};
        Binding binding;
        std::uint32_t next = kNoSlot; // of the same AOR; of the free list
        bool head = false;
    };

    [[nodiscard]] std::uint32_t head_of(sip::UserId aor) const;
    void release_from(std::uint32_t slot);

    SlotPool<Slot> slots_;
    SlotIndex<std::uint32_t> index_;
};

} // namespace sipsim::registrar
