#pragma once

// Models : the abstract location service of RFC 3261 §10: which contacts an AOR is bound to, until when.
// Drives : Registrar changes it; calls and metrics look it up. Several registrars may share one.
// Keeps  : expiry is lazy: an expired binding is never returned by a look-up at or after its expiry and
//          is reclaimed when its AOR is stored again; a Binding is 48 octets, and that is what an AOR
//          with one binding takes where AORs are numbered densely, 64 to 72 elsewhere; replacing
//          bindings allocates nothing.
// Leaves : policy (Registrar), replication between sites. Not modelled: AORs of several domains.

#include "model/base/time.h"
#include "model/registrar/slots.h"
#include "model/sip/message.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

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
        return numbered_ + others_;
    }

    /// Memory held, in octets.
    [[nodiscard]] std::size_t octets() const
    {
        return arena_.octets() + pages_.capacity() * sizeof(Binding*) + slots_.octets() +
               index_.octets();
    }

    /// The AOR is wanted soon: into the caches with it.
    void fetch(sip::UserId aor) const
    {
        if (const Binding* first = numbered(aor))
        {
            __builtin_prefetch(first);
            __builtin_prefetch(reinterpret_cast<const char*>(first + 1) - 1);
        }
    }

    /// Every live binding, in order of AORs' numbers; for metrics and tests, O(n log n).
    void for_each(SimTime now, const std::function<void(sip::UserId, const Binding&)>& visit) const;

  private:
    // The first binding of an AOR with a small number stands at that number in the pages. Further ones,
    // and all of other AORs, stand in slots: the first of them in the index, the rest hanging from it.
    struct Slot
    {
        sip::UserId aor{};
        Binding binding;
        std::uint32_t next = kNoSlot; // of the same AOR; of the free list
        bool head = false;
    };

    static constexpr std::uint64_t kPage = 512;           // AORs
    static constexpr std::uint64_t kNumbered = 1U << 26U; // AORs from here on have no page
    static constexpr SimTime kNoBinding = SimTime::min(); // expires_at of a place not in use

    /// Where the first binding of `aor` stands; nullptr: it has no page.
    [[nodiscard]] const Binding* numbered(sip::UserId aor) const
    {
        const std::uint64_t page = static_cast<std::uint64_t>(aor) / kPage;
        return page < pages_.size() && pages_[page] != nullptr
                   ? &pages_[page][static_cast<std::uint64_t>(aor) % kPage]
                   : nullptr;
    }

    [[nodiscard]] Binding& place(sip::UserId aor);
    [[nodiscard]] std::uint32_t head_of(sip::UserId aor) const;
    void release_from(std::uint32_t slot);
    /// True if `aor` had slots before.
    bool store_slots(sip::UserId aor, std::span<const Binding> bindings);

    Arena arena_;
    std::vector<Binding*> pages_; // by aor / kPage
    SlotPool<Slot> slots_;
    SlotIndex index_;
    std::size_t numbered_ = 0; // AORs with a first binding in a page
    std::size_t others_ = 0;
};

} // namespace sipsim::registrar
