#pragma once

// Models : the bindings of one AOR while a request changes them (RFC 3261 §10.3 step 7).
// Drives : registrar.cc alone.
// Keeps  : nothing is committed before all of the request has succeeded.
// Leaves : policy: who may add a contact, which others stay.

#include "model/registrar/location_service.h"
#include "model/sip/message.h"

#include <algorithm>
#include <cstdint>

namespace sipsim::registrar
{

// RFC 3261 §19.1.4 for the parts a Uri has: user, host, port and transport must match, and one that is
// not written matches none that is, not even its default. Or by +sip.instance, which survives a change
// of address (RFC 5626 §6). Model choice: one flow per instance, reg-id is not modelled.
inline bool
matches(const Binding& binding, const sip::Contact& contact)
{
    const bool same_instance =
        contact.instance != sip::InstanceId{} && binding.instance == contact.instance;
    return same_instance || binding.uri() == contact.uri;
}

inline bool
newer(sip::CSeq request, sip::CSeq stored)
{
    return static_cast<std::uint32_t>(request) > static_cast<std::uint32_t>(stored);
}

// The bindings as they would be after the request, until all of it has succeeded.
struct Draft
{
    struct Entry
    {
        Binding binding;
        bool touched = false; // by this request
    };

    FixedVector<Entry, 2 * sip::kMaxContacts> entries;
    bool added = false; // a contact that was not bound before

    explicit Draft(const LocationService::Bindings& bound)
    {
        for (const Binding& binding : bound)
        {
            entries.push({binding, false});
        }
    }

    Entry* find(const sip::Contact& contact)
    {
        auto* found = std::ranges::find_if(entries, [&](const Entry& e) {
            return matches(e.binding, contact);
        });
        return found == entries.end() ? nullptr : found;
    }

    template <class Drop>
    void remove_if(const Drop& drop)
    {
        FixedVector<Entry, 2 * sip::kMaxContacts> kept;
        for (const Entry& entry : entries)
        {
            if (!drop(entry))
            {
                kept.push(entry);
            }
        }
        entries = kept;
    }

    [[nodiscard]] bool holds_untouched() const
    {
        return std::ranges::any_of(entries, [](const Entry& e) { return !e.touched; });
    }

    [[nodiscard]] LocationService::Bindings bindings() const
    {
        LocationService::Bindings result;
        for (const Entry& entry : entries)
        {
            result.push(entry.binding);
        }
        return result;
    }
};

enum class Step : std::uint8_t
{
    kDone,
    kRepeat,
    kOutOfOrder,
};

// RFC 3261 §10.3 step 7 for one address whose expiry is decided: add, update, remove or abort.
inline Step
apply(Draft& draft,
      SimTime now,
      const sip::Message& request,
      const sip::Contact& contact,
      std::uint32_t e,
      std::uint8_t path)
{
    Draft::Entry* entry = draft.find(contact);
    if (entry == nullptr)
    {
        if (e == 0)
        {
            return Step::kDone; // nothing to remove
        }
        draft.added = true;
        draft.entries.push({});
        entry = &draft.entries.back();
    }
    // Model choice: an address named twice in one request is no request out of order; the later counts.
    else if (!entry->touched && entry->binding.call_id == request.call_id &&
             !newer(request.cseq, entry->binding.cseq))
    {
        return request.cseq == entry->binding.cseq ? Step::kRepeat : Step::kOutOfOrder;
    }
    if (e == 0)
    {
        draft.remove_if([entry](const Draft::Entry& other) { return &other == entry; });
        return Step::kDone;
    }
    entry->touched = true;
    entry->binding = {.contact_user = contact.uri.user,
                      .call_id = request.call_id,
                      .instance = contact.instance,
                      .expires_at = now + std::chrono::seconds{e},
                      .contact = contact.uri.at,
                      .cseq = request.cseq,
                      .transport = contact.uri.transport,
                      .path = path};
    return Step::kDone;
}

} // namespace sipsim::registrar
