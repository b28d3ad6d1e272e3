// The edge proxy as a registration cache.

#include "tests/unit/proxy_fixture.h"

using namespace sipsim;
using namespace sipsim::proxy;

namespace
{

const ProxyOptions kOffload{.offload = true};

std::uint32_t
told(const Made& passed)
{
    REQUIRE(passed.message);
    CHECK(passed.message->status == 200);
    REQUIRE(passed.message->contacts.size() == 1);
    REQUIRE(passed.message->contacts[0].expires);
    return *passed.message->contacts[0].expires;
}

} // namespace

TEST_CASE(
    "the registrar is asked for registrar_expires at least, the device is told device_expires "
    "at most")
{
    struct Row
    {
        std::optional<std::uint32_t> asked;
        std::uint32_t registrar; // is asked for
        std::uint32_t device;    // is told
    };

    for (const bool as_parameter : {false, true})
    {
        for (const Row row :
             {Row{600, 3600, 60},
              Row{7000, 7000, 60},
              Row{60, 3600, 60},
              Row{59, 3600, 59}, // RFC 3261 §10.3 step 7: never more than was asked for
              Row{1, 3600, 1},
              Row{std::nullopt, 3600, 60}})
        {
            CAPTURE(as_parameter);
            CAPTURE(row.device);
            Fixture f{kOffload};
            sip::Message m = a_register(1, as_parameter ? std::nullopt : row.asked);
            m.contacts[0].expires = as_parameter ? row.asked : std::nullopt;
            const sip::Message on = f.forwarded(at(0s), m);
            CHECK(on.contacts[0].expires.value_or(*on.expires) == row.registrar);
            CHECK(told(f.exchange(at(0s), m)) == row.device);
            const Flows flows = f.proxy.lookup(kAlice, at(0s));
            REQUIRE(flows.size() == 1);
            CHECK(flows[0].expires_at == at(std::chrono::seconds{row.device}));
            CHECK(flows[0].upstream_until == at(std::chrono::seconds{row.registrar}));
        }
    }
}

TEST_CASE("without offload nobody's expiry is touched")
{
    Fixture f;
    CHECK(f.forwarded(at(0s), a_register(1, 90)).expires == 90);
    CHECK(told(f.exchange(at(0s), a_register(1, 90))) == 90);
    CHECK(told(f.exchange(at(30s), a_register(2, 90))) == 90);
    CHECK(f.asked == 2); // and every refresh goes on
}

TEST_CASE("a registrar that grants less than device_expires is obeyed")
{
    registrar::RegistrarOptions brief = open_to_all();
    brief.min_expires = 0;
    brief.default_expires = brief.max_expires = 30;
    Fixture f{kOffload, brief};
    CHECK(told(f.exchange(at(0s), a_register(1))) == 30);
    CHECK(told(f.exchange(at(15s), a_register(2))) == 30);
    CHECK(f.asked == 2); // 15 s left are less than device_expires: it goes on
}

TEST_CASE("a device that refreshes every 50 s costs the registrar one REGISTER per 1800 s")
{
    // Granted 3600 s at 0. Refresh k at 50 k s is answered here while at least half is left, that is up to
    // 1800 s, k = 36; refresh 37, at 1850 s, goes on. In a day: 86 400/1850 = 46.7, so 1 + 46.
    Fixture f{kOffload};
    std::uint32_t cseq = 1;
    for (SimDuration t = 0s; t < 24h; t += 50s, ++cseq)
    {
        CHECK(told(f.exchange(at(t), a_register(cseq))) == 60);
        CHECK(f.proxy.lookup(kAlice, at(t + 60s) - 1ns).size() == 1);
        REQUIRE(f.locations.lookup(kAlice, at(t)).size() == 1); // never forgotten upstream
    }
    CHECK(f.asked == 47);
}

TEST_CASE(
    "a refresh answered here is answered 200 without a challenge, and lives device_expires on")
{
    Fixture f{kOffload};
    f.answer(at(0s), a_register(1));
    f.registrar_options.challenge = registrar::ChallengeWhen::kAlways;
    const Made here = f.exchange(at(50s), a_register(2));
    CHECK(here.what == What::kAnswered);
    CHECK(here.flows_changed);
    CHECK(told(here) == 60);
    CHECK(here.message->dst == kSeen);
    CHECK(f.proxy.lookup(kAlice, at(109s)).size() == 1);
    CHECK(f.proxy.lookup(kAlice, at(110s)).empty());
    CHECK(f.proxy.lookup(kAlice, at(109s))[0].upstream_until == at(3600s));
}

TEST_CASE(
    "a refresh goes on at half of what was granted, and where less than device_expires is left")
{
    struct Row
    {
        double below;
        SimDuration last; // at which a refresh is still answered here
    };

    // Granted 3600 s: the share is left up to 3600 * (1 - below); 60 s are left up to 3540 s.
    for (const Row row : {Row{0.5, 1800s}, Row{0.25, 2700s}, Row{0.0, 3540s}, Row{1.0, 0s}})
    {
        CAPTURE(row.below);
        const ProxyOptions options{.offload = true, .forward_below = row.below, .keep_flows = true};
        const auto refreshed = [&](SimTime when) {
            Fixture f{options};
            f.answer(at(0s), a_register(1));
            std::uint32_t cseq = 2;
            for (SimTime t = at(30s); t < when && t <= at(row.last); t += 30s, ++cseq)
            {
                CHECK(f.exchange(t, a_register(cseq)).what == What::kAnswered);
            }
            return f.exchange(when, a_register(cseq)).what;
        };
        CHECK(refreshed(at(row.last)) == What::kAnswered);
        CHECK(refreshed(at(row.last + 1ns)) == What::kForwarded);
    }
}

TEST_CASE("what is no refresh of the live flow goes on to the registrar")
{
    Fixture f{kOffload};
    f.answer(at(0s), a_register(5));
    sip::Message m = a_register(6);
    const auto goes_on = [&](SimTime now = at(10s)) {
        return f.proxy.on_request(now, m).what == What::kForwarded;
    };
    REQUIRE_FALSE(goes_on());
    m = a_register(7);
    SUBCASE("from another port of the NAT")
    {
        m.src.port = 40'001;
        CHECK(goes_on());
    }
    SUBCASE("from another address")
    {
        m.src.host = sip::Host{0x0A000008};
        CHECK(goes_on());
    }
    SUBCASE("of another Contact")
    {
        m.contacts[0].uri.at.port = 5070;
        CHECK(goes_on());
    }
    SUBCASE("by another Call-ID: the device was rebooted")
    {
        m.call_id = sip::CallId{501};
        CHECK(goes_on());
    }
    SUBCASE("of another AOR")
    {
        m.to.user = sip::UserId{1002};
        CHECK(goes_on());
    }
    SUBCASE("an older CSeq: the registrar refuses it (RFC 3261 10.3 step 7)")
    {
        m = a_register(4);
        CHECK(goes_on());
    }
    SUBCASE("a removal, of one or of all")
    {
        m.expires = 0;
        CHECK(goes_on());
        CHECK(f.forwarded(at(10s), m).expires == 0);
        m.contacts.clear();
        m.contact_star = true;
        CHECK(goes_on());
        CHECK(f.forwarded(at(10s), m).expires == 0);
        m = a_register(7);
        m.contacts[0].expires = 0; // the parameter counts, not the header field (10.2.1.1)
        CHECK(f.forwarded(at(10s), m).contacts[0].expires == 0);
    }
    SUBCASE("a query, which is asked for what it asked for")
    {
        m.contacts.clear();
        CHECK(f.forwarded(at(10s), m).expires == 3600);
    }
    SUBCASE("two Contacts")
    {
        m.contacts.push(contact({sip::Host{7}, 7}));
        CHECK(goes_on());
    }
    SUBCASE("with Require, which the registrar looks at")
    {
        m.require.push(sip::OptionTag{sip::kForeign + 1});
        CHECK(goes_on());
    }
    SUBCASE("after the flow ran out, though the binding lives upstream")
    {
        CHECK_FALSE(goes_on(at(70s) - 1ns)); // the refresh at 10 s gave it 60 s more
        CHECK(f.proxy.lookup(kAlice, at(130s) - 1ns).empty()); // 70 s - 1 ns + 60 s
        m = a_register(8);
        CHECK(goes_on(at(130s)));
        CHECK(f.locations.lookup(kAlice, at(130s)).size() == 1);
    }
    SUBCASE("after a restart that lost the flows")
    {
        f.proxy.on_restart();
        CHECK(goes_on());
    }
}

TEST_CASE(
    "a copy of what was answered here gets that answer again and nothing else (RFC 3261 16.11)")
{
    Fixture f{kOffload};
    f.answer(at(0s), a_register(1));
    const Made first = f.exchange(at(50s), a_register(2));
    const Made again = f.exchange(at(54s), a_register(2));
    CHECK(again.what == What::kAnswered);
    CHECK(*again.message == *first.message);
    CHECK_FALSE(again.flows_changed);
    CHECK(f.proxy.lookup(kAlice, at(110s)).empty()); // nobody promised more
}

TEST_CASE("a copy of what went on goes on again: the registrar's transaction has the answer")
{
    Fixture f{kOffload};
    const Made first = f.exchange(at(0s), a_register(1));
    const Made again = f.exchange(at(4s), a_register(1));
    CHECK(f.asked == 2);
    CHECK(told(again) == told(first));
    CHECK(f.proxy.lookup(kAlice, at(60s)).empty());
}

TEST_CASE("the registrar takes the CSeq of a refresh that goes on after others that did not")
{
    Fixture f{kOffload};
    f.answer(at(0s), a_register(1));
    for (std::uint32_t k = 1; k <= 40; ++k)
    {
        CHECK(told(f.exchange(at(k * 50s), a_register(1 + k))) == 60);
    }
    CHECK(f.asked == 2);
}

TEST_CASE("the wrong password of a device that never proved itself is not answered here")
{
    Fixture f{kOffload, registrar::RegistrarOptions{}};
    for (std::uint32_t cseq = 1; cseq < 5; ++cseq)
    {
        CHECK(f.answer(at(cseq * 10s), a_register(cseq)).status == 401);
    }
    CHECK(f.asked == 4);
}
