#include "model/registrar/location_service.h"

#include <doctest/doctest.h>

#include <map>
#include <vector>

using namespace sipsim;
using namespace sipsim::registrar;
using namespace std::chrono_literals;

namespace
{

Binding
binding(std::uint64_t user, SimDuration expires_at)
{
    Binding b;
    b.contact_user = sip::UserId{user};
    b.expires_at = SimTime{expires_at};
    return b;
}

LocationService::Bindings
list(std::initializer_list<Binding> items)
{
    LocationService::Bindings bindings;
    for (const Binding& item : items)
    {
        bindings.push(item);
    }
    return bindings;
}

} // namespace

TEST_CASE("a binding lives up to its expiry and not at it, to the nanosecond")
{
    LocationService locations;
    locations.store(sip::UserId{1}, list({binding(7, 3600s)}));
    CHECK(locations.lookup(sip::UserId{1}, SimTime{3600s - 1ns}).size() == 1);
    CHECK(locations.lookup(sip::UserId{1}, SimTime{3600s}).empty());
    CHECK(locations.lookup(sip::UserId{2}, SimTime{0s}).empty());
}

TEST_CASE("storing an empty list removes the AOR and gives its places to others")
{
    LocationService locations;
    locations.store(sip::UserId{1}, list({binding(1, 10s), binding(2, 10s), binding(3, 10s)}));
    CHECK(locations.size() == 1);
    const std::size_t octets = locations.octets();
    locations.store(sip::UserId{1}, {});
    CHECK(locations.size() == 0);
    CHECK(locations.lookup(sip::UserId{1}, SimTime{0s}).empty());
    locations.store(sip::UserId{2}, list({binding(4, 10s), binding(5, 10s), binding(6, 10s)}));
    CHECK(locations.octets() == octets);
    CHECK(locations.lookup(sip::UserId{2}, SimTime{0s}) ==
          list({binding(4, 10s), binding(5, 10s), binding(6, 10s)}));
}

TEST_CASE("fewer bindings than before leave none of the old ones behind")
{
    LocationService locations;
    locations.store(sip::UserId{1}, list({binding(1, 10s), binding(2, 10s), binding(3, 10s)}));
    locations.store(sip::UserId{1}, list({binding(3, 20s)}));
    CHECK(locations.lookup(sip::UserId{1}, SimTime{0s}) == list({binding(3, 20s)}));
    locations.store(sip::UserId{1}, list({binding(3, 20s), binding(4, 20s)}));
    CHECK(locations.lookup(sip::UserId{1}, SimTime{0s}) ==
          list({binding(3, 20s), binding(4, 20s)}));
}

TEST_CASE("bindings that come and go take no more memory than they need at once")
{
    LocationService locations;
    locations.store(sip::UserId{1}, list({binding(1, 10s), binding(2, 10s), binding(3, 10s)}));
    const std::size_t octets = locations.octets();
    for (int i = 0; i < 5000; ++i)
    {
        locations.store(sip::UserId{1}, list({binding(1, 10s)}));
        locations.store(sip::UserId{1}, list({binding(1, 10s), binding(2, 10s), binding(3, 10s)}));
    }
    CHECK(locations.octets() == octets);
}

TEST_CASE("a visit goes in the order of AORs, whatever the order in which they were stored")
{
    LocationService locations;
    constexpr std::uint64_t kText = sip::kForeign + 5;
    const std::vector<std::uint64_t> order{90, kText, 7, 51, kText - 3, 3, 88, 12};
    for (const std::uint64_t aor : order)
    {
        locations.store(sip::UserId{aor}, list({binding(aor, aor == 51 ? 1s : 10s)}));
    }
    std::vector<std::uint64_t> seen;
    locations.for_each(SimTime{1s}, [&](sip::UserId aor, const Binding& b) {
        CHECK(b.contact_user == aor);
        seen.push_back(static_cast<std::uint64_t>(aor));
    });
    CHECK(seen == std::vector<std::uint64_t>{3, 7, 12, 88, 90, kText - 3, kText});
}

TEST_CASE("the table agrees with an ordered map over random stores, removals and growth")
{
    LocationService locations;
    std::map<std::uint64_t, LocationService::Bindings> model;
    std::uint64_t x = 88172645463325252ULL; // xorshift64, Marsaglia 2003
    const auto next = [&x] {
        x ^= x << 13U;
        x ^= x >> 7U;
        x ^= x << 17U;
        return x;
    };
    // Half of them are texts: their numbers begin at 2^63.
    const auto any_aor = [&next] {
        const std::uint64_t number = 1 + next() % 3000;
        return number % 2 == 0 ? number : sip::kForeign + number;
    };
    for (int i = 0; i < 60'000; ++i)
    {
        const std::uint64_t aor = any_aor();
        LocationService::Bindings bindings;
        for (std::uint64_t n = next() % 4; n > 0; --n)
        {
            // Most of the AOR's own user, some of another's; every field with and without a value.
            Binding b = binding(next() % 4 != 0 ? aor : next(),
                                SimDuration{1 + static_cast<std::int64_t>(next() % 1000)});
            b.call_id = sip::CallId{next()};
            b.cseq = sip::CSeq{static_cast<std::uint32_t>(next())};
            b.contact = {sip::Host{static_cast<std::uint32_t>(next())},
                         static_cast<std::uint16_t>(next())};
            b.path = static_cast<std::uint8_t>(next());
            b.instance = sip::InstanceId{next() >> (next() % 64)};
            if (next() % 2 == 0)
            {
                b.transport = next() % 2 == 0 ? sip::Transport::kUdp : sip::Transport::kTcp;
            }
            bindings.push(b);
        }
        locations.store(sip::UserId{aor}, bindings);
        model[aor] = bindings;
        if (bindings.empty())
        {
            model.erase(aor);
        }
        const std::uint64_t asked = any_aor();
        const auto found = model.find(asked);
        const LocationService::Bindings expected =
            found == model.end() ? LocationService::Bindings{} : found->second;
        REQUIRE(locations.lookup(sip::UserId{asked}, SimTime{0s}) == expected);
        REQUIRE(locations.size() == model.size());
    }
    std::size_t visited = 0;
    locations.for_each(SimTime{0s}, [&](sip::UserId, const Binding&) { ++visited; });
    std::size_t expected = 0;
    for (const auto& [aor, bindings] : model)
    {
        expected += bindings.size();
    }
    CHECK(visited == expected);
}

TEST_CASE("a million numbered AORs with one binding each take 32 octets apiece, texts 75 at most")
{
    LocationService locations;
    for (std::uint64_t aor = 1; aor <= 1'000'000; ++aor)
    {
        locations.store(sip::UserId{aor}, list({binding(aor, 3600s)}));
    }
    CHECK(locations.size() == 1'000'000);
    CHECK(locations.octets() < 32'100'000); // 32.0, a pointer to every 2 048 of them, a page begun

    // 64 octets of record and 2^21 index entries of 4 octets (a million is more than 3/4 of 2^20):
    // 64.0 + 8.4 = 72.4 MB.
    LocationService texts;
    for (std::uint64_t aor = 1; aor <= 1'000'000; ++aor)
    {
        texts.store(sip::UserId{sip::kForeign + aor}, list({binding(aor, 3600s)}));
    }
    CHECK(texts.size() == 1'000'000);
    CHECK(texts.octets() < 75'000'000);
}
