#pragma once

// Models : the abstract location service of RFC 3261 §10: which contacts an AOR is bound to, until when.
// Drives : Registrar changes it; calls and metrics look it up. Several registrars may share one, or tell
//          each other of changes (LocationGroup).
// Keeps  : expiry is lazy: an expired binding is never returned by a look-up at or after its expiry and
//          is reclaimed when its AOR is stored again; an AOR with one binding takes 32 octets where AORs are
//          numbered densely and the contact's user is the AOR's, 64 to 72 elsewhere (aor_table.h);
//          replacing bindings allocates nothing.
// Leaves : policy (Registrar), what others know (LocationGroup). Not modelled: AORs of several domains.

#include "model/base/time.h"
#include "model/registrar/aor_table.h"
#include "model/sip/message.h"

#include <cstdint>
#include <functional>
#include <optional>
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
    std::uint8_t path = 0; // the Path by which it was registered, see LocationService; 0: none

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

/// A Binding of an AOR whose user is the contact's, too.
struct KeptBinding
{
    [[nodiscard]] static bool holds(sip::UserId aor, const Binding& binding)
    {
        return binding.contact_user == aor &&
               static_cast<std::uint64_t>(binding.instance) <= UINT32_MAX;
    }

    KeptBinding() = default;

    /// Precondition: holds().
    KeptBinding(sip::UserId /*aor*/, const Binding& binding)
        : call_id(binding.call_id),
          expires_at(binding.expires_at),
          host(binding.contact.host),
          cseq(binding.cseq),
          instance(static_cast<std::uint32_t>(binding.instance)),
          port(binding.contact.port),
          transport(binding.transport ? static_cast<std::uint8_t>(
                                            1U + static_cast<std::uint8_t>(*binding.transport))
                                      : std::uint8_t{0}),
          path(binding.path)
    {
    }

    [[nodiscard]] bool live(SimTime now) const
    {
        return now < expires_at;
    }

    [[nodiscard]] Binding record(sip::UserId aor) const
    {
        return {.contact_user = aor,
                .call_id = call_id,
                .instance = sip::InstanceId{instance},
                .expires_at = expires_at,
                .contact = {host, port},
                .cseq = cseq,
                .transport = transport != 0
                                 ? std::optional{static_cast<sip::Transport>(transport - 1)}
                                 : std::nullopt,
                .path = path};
    }

    sip::CallId call_id{};
    SimTime expires_at{};
    sip::Host host{};
    sip::CSeq cseq{};
    std::uint32_t instance = 0;
    std::uint16_t port = 0;
    std::uint8_t transport = 0; // 0: not written
    std::uint8_t path = 0;
};

static_assert(sizeof(KeptBinding) == 32);

using BindingTable = AorTable<Binding, KeptBinding>;

/// The proxies between a registrar and a contact, topmost first (RFC 3327).
using Path = FixedVector<sip::HostPort, 2>;

class LocationGroup;

class LocationService
{
  public:
    /// Of one AOR, in the order in which they were first added.
    using Bindings = BindingTable::Records;

    /// Live bindings of `aor` at `now`, what has come from others up to then included.
    [[nodiscard]] Bindings lookup(sip::UserId aor, SimTime now) const
    {
        if (group_ != nullptr)
        {
            hear(now);
        }
        return table_.lookup(aor, now);
    }

    /// Replaces all bindings of `aor` by `bindings`; empty removes the AOR. Atomic, as RFC 3261 §10.3
    /// step 7 demands of one request.
    void store(sip::UserId aor, const Bindings& bindings)
    {
        table_.store(aor, bindings);
    }

    /// The same, by a registrar at `now`: the others of its group will hear of it.
    void change(sip::UserId aor, const Bindings& bindings, SimTime now)
    {
        if (group_ != nullptr)
        {
            tell(aor, bindings, now);
        }
        store(aor, bindings);
    }

    /// Binding::path of a binding registered by `path`; 0 of an empty one. nullopt: there are kMaxPaths
    /// others already. Model choice: a path once seen keeps its number until clear(), since a fleet
    /// stands behind a few proxies; those who replicate number them alike.
    [[nodiscard]] std::optional<std::uint8_t> path_number(const Path& path);

    /// The Path to set as Route in a request to the contact (RFC 3327 §5.3); empty: it goes there
    /// directly. Precondition: the binding came from lookup() since the last clear().
    [[nodiscard]] const Path& path(const Binding& binding) const
    {
        return paths()[binding.path];
    }

    static constexpr std::size_t kMaxPaths = 255; // distinct ones

    /// Everything is forgotten: an outage that loses bindings.
    void clear();

    /// AORs with a stored binding, expired ones not yet reclaimed included.
    [[nodiscard]] std::size_t size() const
    {
        return table_.size();
    }

    /// Memory held, in octets.
    [[nodiscard]] std::size_t octets() const
    {
        return table_.octets() + paths_.capacity() * sizeof(Path);
    }

    /// The AOR is wanted soon: into the caches with it.
    void fetch(sip::UserId aor) const
    {
        table_.fetch(aor);
    }

    /// Every live binding, in order of AORs' numbers; for metrics and tests, O(n log n).
    void for_each(SimTime now, const std::function<void(sip::UserId, const Binding&)>& visit) const
    {
        if (group_ != nullptr)
        {
            hear(now);
        }
        table_.for_each(now, visit);
    }

  private:
    friend class LocationGroup;

    void hear(SimTime now) const;
    [[nodiscard]] const std::vector<Path>& paths() const;
    void tell(sip::UserId aor, const Bindings& bindings, SimTime now);

    LocationGroup* group_ =
        nullptr;               // whose members replicate; nullptr: nobody else tells it anything
    std::uint32_t member_ = 0; // of it
    BindingTable table_;
    std::vector<Path> paths_{Path{}}; // by Binding::path
};

} // namespace sipsim::registrar
