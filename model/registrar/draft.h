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
matches(const Binding& binding, const Binding& asked)
{
    const bool same_instance =
        asked.instance != sip::InstanceId{} && binding.instance == asked.instance;
    return same_instance || binding.uri() == asked.uri();
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

    Entry* find(const Binding& asked)
    {
        auto* found = std::ranges::find_if(entries, [&](const Entry& e) {
            return matches(e.binding, asked);
        });
        return found == entries.end() ? nullptr : found;
    }

    void remove(Entry* entry)
    {
        std::copy(entry + 1, entries.end(), entry);
        entries.pop_back();
    }

    void keep_touched()
    {
        auto* end = std::remove_if(entries.begin(), entries.end(), [](const Entry& entry) {
            return !entry.touched;
        });
        while (entries.end() != end)
        {
            entries.pop_back();
        }
    }

    [[nodiscard]] bool holds_untouched() const
    {
        return std::ranges::any_of(entries, [](const Entry& e) { return !e.touched; });
    }

    void write(LocationService::Bindings& bindings) const
    {
        for (const Entry& entry : entries)
        {
            bindings.push(entry.binding);
        }
    }
};

enum class Step : std::uint8_t
{
    kDone,
    kRepeat,
    kOutOfOrder,
};

// RFC 3261 §10.3 step 7 for one address: add, update, remove or abort.
inline Step
apply(Draft& draft, const Binding& asked, bool removes)
{
    Draft::Entry* entry = draft.find(asked);
    // Model choice: an address named twice in one request is no request out of order; the later counts.
    if (entry != nullptr && !entry->touched && entry->binding.call_id == asked.call_id &&
        !newer(asked.cseq, entry->binding.cseq))
    {
        return asked.cseq == entry->binding.cseq ? Step::kRepeat : Step::kOutOfOrder;
    }
    if (entry == nullptr && !removes)
    {
        draft.added = true;
        draft.entries.push({asked, true});
    }
    else if (entry != nullptr && !removes)
    {
        *entry = {asked, true};
    }
    else if (entry != nullptr)
    {
        draft.remove(entry);
    }
    return Step::kDone;
}

} // namespace sipsim::registrar
