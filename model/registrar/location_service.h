#pragma once

// Models : the abstract location service of RFC 3261 §10: which contacts an AOR is bound to, until when.
// Drives : Registrar changes it; calls and metrics look it up. Several registrars may share one.
// Keeps  : expiry is lazy: an expired binding is never returned by a look-up at or after its expiry and
//          is reclaimed when its AOR is touched; a Binding is <= 48 octets.
// Leaves : policy (Registrar), replication between sites.

#include "model/base/time.h"
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
    sip::CallId call_id{};
    sip::InstanceId instance{};
    sip::HostPort contact;        // host and port of the Contact URI
    std::uint32_t expires_at_s = 0; // see expires_at(): seconds part
    std::uint32_t expires_at_ns = 0;
    sip::CSeq cseq{};

    [[nodiscard]] SimTime expires_at() const;
    void set_expires_at(SimTime t);
    [[nodiscard]] bool live(SimTime now) const
    {
        return now < expires_at();
    }
};

class LocationService
{
  public:
    /// Live bindings of `aor`, oldest first, in at most kMaxContacts (the registrar's limit is no larger).
    using Bindings = FixedVector<Binding, sip::kMaxContacts>;

    [[nodiscard]] Bindings lookup(sip::UserId aor, SimTime now) const;

    /// Replaces all bindings of `aor` by `bindings`; empty removes the AOR. Atomic, as RFC 3261 §10.3
    /// step 7 demands of one request.
    void store(sip::UserId aor, const Bindings& bindings);

    /// Everything is forgotten: an outage that loses bindings.
    void clear();

    /// AORs with a stored binding, expired ones not yet reclaimed included.
    [[nodiscard]] std::size_t size() const;

    /// Every live binding; for metrics and tests, O(n).
    void for_each(SimTime now, const std::function<void(sip::UserId, const Binding&)>& visit) const;

  private:
    // open-addressed table AOR -> first binding; further bindings of the same AOR in a side list
    struct Impl;
};

} // namespace sipsim::registrar
