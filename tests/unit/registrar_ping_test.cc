#include "model/registrar/ping.h"
#include "model/sip/codec.h"

#include <doctest/doctest.h>

#include <set>
#include <variant>

using namespace sipsim;
using namespace sipsim::registrar;
using namespace std::chrono_literals;

namespace
{

constexpr DrawKey kKey{.seed = 3, .device = kServerDevice + 1, .account = 0};
constexpr sip::Endpoint kSelf{sip::Host{0x0A000001}, 5060};
constexpr sip::Endpoint kNat{sip::Host{0x0A000009}, 40'000};
constexpr sip::UserId kAlice{1001};
constexpr sip::Uri kContact{.user = kAlice, .at = {sip::Host{0xC0A80102}, 5060}, .transport = {}};

PingSchedule
every(SimDuration interval, sip::UserId aor = kAlice, const DrawKey& server = kKey)
{
    return {{.kind = PingOptions::Kind::kOptions, .interval = interval}, server, aor};
}

} // namespace

TEST_CASE("pings are off by default, every 30 s and 4 octets when on (Kamailio natping)")
{
    PingOptions options;
    CHECK_FALSE(options.enabled());
    CHECK(options.interval == 30s);
    CHECK(options.octets == 4);
    CHECK(validate(options).empty());
    options.interval = -1s;
    options.octets = 1001;
    CHECK(validate(options).size() == 2);
}

TEST_CASE("ping k is at first + k * interval to the nanosecond, and the number says k")
{
    constexpr SimDuration kInterval = 30s + 1ns;
    const PingSchedule schedule = every(kInterval);
    const SimTime first = schedule.first();
    for (const std::int64_t k : {0LL, 1LL, 2LL, 1'051'200LL}) // a year
    {
        const SimTime t = first + k * kInterval;
        CHECK(schedule.next(t) == t);
        CHECK(schedule.next(t + 1ns) == t + kInterval);
        CHECK(schedule.last(t) == t);
        CHECK(schedule.number(t) == static_cast<std::uint64_t>(k));
        CHECK(schedule.number(t + 1ns) == static_cast<std::uint64_t>(k) + 1);
        CHECK(schedule.count(first, t) == static_cast<std::uint64_t>(k)); // [from, to)
        CHECK(schedule.count(first, t + 1ns) == static_cast<std::uint64_t>(k) + 1);
    }
    CHECK_FALSE(schedule.last(first - 1ns));
    CHECK(schedule.next(first - 1ns) == first);
    CHECK(schedule.count(first + 5s, first) == 0);
}

TEST_CASE(
    "pings of a server are spread over the interval: the first is uniform, drawn per server and "
    "AOR")
{
    CHECK(every(30s).first() == every(30s).first());
    CHECK(every(30s).first() != every(30s, sip::UserId{1002}).first());
    DrawKey other = kKey;
    ++other.device;
    CHECK(every(30s).first() != every(30s, kAlice, other).first());
    // Uniform on [0, 30 s): mean 15, variance 75 s^2; of 10^4 the mean's sd is 0.087 s, three are 0.26.
    double sum = 0;
    double squares = 0;
    for (std::uint64_t aor = 1; aor <= 10'000; ++aor)
    {
        const SimTime first = every(30s, sip::UserId{aor}).first();
        REQUIRE(first >= SimTime{0s});
        REQUIRE(first < SimTime{30s});
        const double off = to_seconds(first) - 15.0;
        sum += off;
        squares += off * off;
    }
    CHECK(std::abs(sum / 10'000) < 0.26);
    CHECK(squares / 10'000 == doctest::Approx(75.0).epsilon(0.03)); // sd 0.67 s^2
}

TEST_CASE(
    "a ping is OPTIONS to the Contact, by itself, which the codec takes (RFC 3261 11.1, 8.1.1)")
{
    const sip::Message ping = ping_message(kSelf, kNat, kContact, kAlice, 4, kKey);
    CHECK(ping.is_request());
    CHECK(ping.method == sip::Method::kOptions);
    CHECK(ping.request_uri == kContact);
    CHECK(ping.to == kContact);
    CHECK(ping.to_tag == sip::Tag{});   // outside a dialogue (§8.1.1.2)
    CHECK(ping.from_tag != sip::Tag{}); // §8.1.1.3
    CHECK(ping.src == kSelf);
    CHECK(ping.dst == kNat); // where the device is, whatever its Contact says
    REQUIRE(ping.via.size() == 1);
    CHECK(ping.via[0].sent_by == kSelf);
    CHECK(ping.max_forwards == 70);

    sip::Names names;
    sip::Codec codec{names};
    const std::string text = codec.encode(ping);
    CHECK(sip::encoded_size(ping, names) == text.size());
    const sip::Decoded decoded = codec.decode(text, kSelf, kNat);
    REQUIRE(std::holds_alternative<sip::Message>(decoded));
    CHECK(std::get<sip::Message>(decoded) == ping);
}

TEST_CASE(
    "each ping has a Call-ID, branch and tag of its own (RFC 3261 8.1.1.4, 8.1.1.7), a copy the "
    "same")
{
    std::set<sip::CallId> call_ids;
    std::set<sip::Branch> branches;
    std::set<sip::Tag> tags;
    for (std::uint64_t aor = 1; aor <= 100; ++aor)
    {
        for (std::uint64_t number = 0; number < 100; ++number)
        {
            const auto ping = ping_message(kSelf, kNat, kContact, sip::UserId{aor}, number, kKey);
            CHECK(ping == ping_message(kSelf, kNat, kContact, sip::UserId{aor}, number, kKey));
            call_ids.insert(ping.call_id);
            branches.insert(ping.via[0].branch);
            tags.insert(ping.from_tag);
        }
    }
    CHECK(call_ids.size() == 10'000);
    CHECK(branches.size() == 10'000);
    CHECK(tags.size() == 10'000);
}
