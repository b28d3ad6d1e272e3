#include "model/dns/finder.h"

namespace sipsim::dns
{

Found
Finder::want(const FinderSettings& settings,
             FinderStore& store,
             const DrawKey& key,
             SimTime now,
             AskOutputs& out)
{
    if (pending())
    {
        return Found::kPending;
    }
    if (settings.configured)
    {
        adopt(store, *settings.configured);
        return Found::kLocated;
    }
    if (store.free.empty())
    {
        store.free.push_back(static_cast<std::uint32_t>(store.locations.size()));
        store.locations.push_back(std::make_unique<Location>());
    }
    location_ = store.free.back();
    store.free.pop_back();
    store.locations[location_]->on_start(settings.location,
                                         store.names,
                                         settings.destination,
                                         begun_++,
                                         now);
    stub_.on_resolution(settings.resolver);
    return go_on(settings, store, key, now, out);
}

Finder::Step
Finder::on_message(const FinderSettings& settings,
                   FinderStore& store,
                   const DrawKey& key,
                   const Packet& packet,
                   const Endpoint& from,
                   std::uint16_t to_port,
                   SimTime now,
                   AskOutputs& out)
{
    const auto step =
        stub_.on_message(settings.resolver, key, store.answers, packet, from, to_port, now, out);
    return {step.verdict, after(step.event, settings, store, key, now, out)};
}

Found
Finder::on_deadline(const FinderSettings& settings,
                    FinderStore& store,
                    const DrawKey& key,
                    SimTime now,
                    AskOutputs& out)
{
    return after(stub_.on_deadline(settings.resolver, key, now, out),
                 settings,
                 store,
                 key,
                 now,
                 out);
}

Found
Finder::on_transport_error(const FinderSettings& settings,
                           FinderStore& store,
                           const DrawKey& key,
                           SimTime now,
                           AskOutputs& out)
{
    return after(stub_.on_transport_error(settings.resolver, key, now, out),
                 settings,
                 store,
                 key,
                 now,
                 out);
}

void
Finder::on_crash(FinderStore& store)
{
    stub_.on_crash();
    release(store);
    drop_list(store);
}

// What the end of a lookup means to the location.
Found
Finder::after(Event event,
              const FinderSettings& settings,
              FinderStore& store,
              const DrawKey& key,
              SimTime now,
              AskOutputs& out)
{
    if (!pending())
    {
        return Found::kPending;
    }
    if (event == Event::kFailed)
    {
        store.locations[location_]->on_failed(settings.location, stub_.lookup().failure());
    }
    return event == Event::kFailed || event == Event::kDone ? go_on(settings, store, key, now, out)
                                                            : Found::kPending;
}

Found
Finder::go_on(const FinderSettings& settings,
              FinderStore& store,
              const DrawKey& key,
              SimTime now,
              AskOutputs& out)
{
    Location& location = *store.locations[location_];
    locate(location,
           settings.location,
           stub_,
           settings.resolver,
           store.names,
           store.answers,
           key,
           now,
           out);
    if (location.question())
    {
        return Found::kPending;
    }
    const Located* located = location.located();
    if (located != nullptr)
    {
        adopt(store, *located);
    }
    else
    {
        failure_ = static_cast<std::uint32_t>(*location.failure()) & 7U;
        if (!settings.use_expired)
        {
            drop_list(store);
        }
    }
    release(store);
    return located != nullptr ? Found::kLocated : Found::kFailed;
}

void
Finder::adopt(FinderStore& store, const Located& located)
{
    const ListId before = list_;
    list_ = store.lists.take(located.targets);
    until_ = located.until;
    store.lists.give_back(before);
}

void
Finder::drop_list(FinderStore& store)
{
    store.lists.give_back(list_);
    list_ = ListId{};
    until_ = SimTime{};
}

void
Finder::release(FinderStore& store)
{
    if (pending())
    {
        store.free.push_back(location_);
        location_ = kNone;
    }
}

} // namespace sipsim::dns
