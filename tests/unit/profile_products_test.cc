// Each product's laws, run by the client that the fleet runs: the expectation is the source's.
#include "model/profile/overview.h"
#include "model/profile/profile.h"
#include "tests/unit/registration_fixture.h"

#include <doctest/doctest.h>

#include <map>

using namespace sipsim;
using namespace sipsim::profile;
using namespace std::chrono_literals;
using registration::Bench;
using registration::kT0;
using registration::State;

namespace
{

Setting
vendor(const std::string& name, Value value)
{
    return {"vendor." + name, std::move(value)};
}

const Value kZero{std::int64_t{0}};

DeviceOptions
device(std::string_view product, const std::vector<Setting>& settings = {})
{
    DeviceOptions options;
    const Profile* profile = builtin_profile(product);
    REQUIRE(profile != nullptr);
    for (const SettingProblem& problem : apply(*profile, settings, options))
    {
        FAIL_CHECK(problem.clause);
    }
    return options;
}

/// A device of the product on the bench, its initial delay over: the first REGISTER is out.
struct Started : Bench
{
    explicit Started(std::string_view product,
                     const std::vector<Setting>& settings = {},
                     std::uint32_t number = 17)
    {
        account.key.device = number;
        options() = device(product, settings).registration;
        start();
        while (sent.empty())
        {
            run_until(next_deadline());
        }
    }

    /// The wait after `status`; the retry has been sent.
    SimDuration wait_after(std::uint16_t status)
    {
        answer(status);
        return wait();
    }

    /// The present attempt ends without an answer: how long that took.
    SimDuration time_out()
    {
        const SimTime from = now;
        const std::size_t before = moved.size();
        while (moved.size() == before)
        {
            run_until(next_deadline());
        }
        return now - from;
    }

    SimDuration wait()
    {
        REQUIRE(state() == State::kWaiting);
        const SimTime from = now;
        run_until(next_deadline());
        REQUIRE(state() == State::kRegistering);
        return now - from;
    }

    SimDuration refresh_of(std::uint32_t granted)
    {
        grant(granted);
        return next_deadline() - now;
    }
};

bool
within(SimDuration value, SimDuration low, SimDuration high)
{
    return value >= low && value <= high;
}

const std::vector<Setting> kYealink{vendor("account.X.register_expires_overlap", std::int64_t{60})};
const std::vector<Setting> kCisco{{"registration.refresh.lead", std::string{"30s"}}};
const std::vector<Setting> kGxw42{vendor("P2330", std::int64_t{20}),
                                  vendor("P52", kZero),
                                  vendor("P103", kZero)};
const std::vector<Setting> kKamailio{vendor("expires", std::int64_t{3600})};

std::vector<Setting>
with(std::vector<Setting> settings, const std::vector<Setting>& more)
{
    settings.insert(settings.end(), more.begin(), more.end());
    return settings;
}

} // namespace

TEST_CASE("a product whose sources leave something open is refused until its user says it")
{
    const auto asks = [](std::string_view name) { return must_be_set(*builtin_profile(name)); };
    using Keys = std::vector<std::string>;
    CHECK(asks("grandstream-gxw42xx") == Keys{"vendor.\"Reregister before Expiration\"",
                                              "vendor.\"NAT Traversal\"",
                                              "vendor.\"DNS Mode\""});
    CHECK(asks("grandstream-ht8xx") == Keys{"vendor.\"NAT Traversal\""});
    CHECK(asks("yealink-t4x") == Keys{"vendor.\"account.X.register_expires_overlap\""});
    CHECK(asks("cisco-spa") == Keys{"registration.refresh.lead"});
    CHECK(asks("kamailio-uac") == Keys{"vendor.\"expires\""});
    for (const char* name : {"grandstream-gxw410x",
                             "grandstream-grp26xx",
                             "vos3000",
                             "poly-ucs",
                             "asterisk-pjsip",
                             "freeswitch-gateway",
                             "pjsua",
                             "baresip",
                             "sofia-sip",
                             "rfc3261"})
    {
        CAPTURE(name);
        CHECK(asks(name).empty());
    }
}

TEST_CASE("every parameter, reading, assumption and unknown of every product says where it is from")
{
    for (const std::string& name : builtin_profiles())
    {
        CAPTURE(name);
        const Profile& profile = *builtin_profile(name);
        for (const VendorParameter& p : profile.parameters)
        {
            CAPTURE(p.name);
            CHECK_FALSE(p.source.empty());
            CHECK_FALSE(p.meaning.empty());
        }
        for (const Assumption& a : profile.assumptions)
        {
            CHECK_FALSE(a.why.empty());
        }
        for (const Unknown& u : profile.unknowns)
        {
            CHECK_FALSE(u.why.empty());
        }
    }
}

TEST_CASE(
    "Asterisk tries temporary failures again ten times, 60 s apart, and stops at the eleventh "
    "(res_pjsip_outbound_registration.c)")
{
    Started a("asterisk-pjsip");
    CHECK(a.sent[0].at - kT0 < 10s); // max_random_initial_delay
    for (int retry = 0; retry < 10; ++retry)
    {
        CHECK(a.wait_after(503) == 60s);
    }
    a.answer(503);
    CHECK(a.state() == State::kStopped);
    // retries = 0 once registered.
    Started b("asterisk-pjsip");
    CHECK(b.wait_after(500) == 60s);
    CHECK(b.refresh_of(3600) == 3590s); // REREGISTER_BUFFER_TIME
    CHECK(b.agent.client().failures() == 0);
    Started c("asterisk-pjsip", {vendor("max_retries", kZero)});
    c.answer(503);
    CHECK(c.state() == State::kStopped);
}

TEST_CASE("Asterisk: what is not temporary is final, unless fatal or forbidden intervals say when")
{
    for (const std::uint16_t temporary : {408, 500, 502, 503, 504, 600, 603})
    {
        Started a("asterisk-pjsip");
        CHECK(a.wait_after(temporary) == 60s);
    }
    for (const std::uint16_t permanent : {400, 403, 404, 480, 501, 505})
    {
        Started a("asterisk-pjsip");
        a.answer(permanent);
        CHECK(a.state() == State::kStopped);
    }
    const std::vector<Setting> set{vendor("forbidden_retry_interval", std::int64_t{300}),
                                   vendor("fatal_retry_interval", std::int64_t{900})};
    Started b("asterisk-pjsip", set);
    CHECK(b.wait_after(403) == 300s);
    CHECK(b.wait_after(404) == 900s);
    CHECK(b.wait_after(503) == 60s);
    // Retry-After comes before either.
    Started c("asterisk-pjsip");
    sip::Message later = c.response(404);
    later.retry_after = 77;
    c.receive(later);
    CHECK(c.wait() == 77s);
    // auth_rejection_permanent: a refused password ends it, or is tried again.
    const auto refused = [](const char* permanent) {
        Started d("asterisk-pjsip", {vendor("auth_rejection_permanent", std::string{permanent})});
        d.challenge(1);
        d.challenge(2);
        return d.state();
    };
    CHECK(refused("yes") == State::kStopped);
    CHECK(refused("no") == State::kWaiting);
}

TEST_CASE("FreeSWITCH waits 30 s times the failures in a row, after a 503 once (sofia_reg.c)")
{
    Started f("freeswitch-gateway");
    CHECK(f.time_out() == 32s);
    CHECK(f.wait() == 30s);
    CHECK(f.wait_after(403) == 60s);
    CHECK(f.wait_after(500) == 90s);
    CHECK(f.wait_after(503) == 30s);
    CHECK(f.wait_after(404) == 150s); // the fifth failure; nothing caps it, nothing ends it
    for (int failure = 6; failure < 100; ++failure)
    {
        CHECK(f.wait_after(404) == 30s * failure);
    }
    CHECK(f.refresh_of(3600) == 3585s);
    Started g("freeswitch-gateway");
    CHECK(g.refresh_of(30) == 15s);
}

TEST_CASE(
    "pjsua tries again within 10 s, then after 290 to 310 s, and not after most 4xx (pjsua.h)")
{
    for (std::uint32_t number = 0; number < 20; ++number)
    {
        Started p("pjsua", {}, number);
        CHECK(within(p.wait_after(503), 0s, 10s));
        CHECK(within(p.wait_after(503), 290s, 310s));
        CHECK(within(p.wait_after(480), 290s, 310s));
    }
    for (const std::uint16_t end : {400, 403, 404, 488})
    {
        Started p("pjsua");
        p.answer(end);
        CHECK(p.state() == State::kStopped);
    }
    Started p("pjsua");
    CHECK(p.agent.client().requested_expires(p.options()) == 300U);
    CHECK(p.refresh_of(300) == 295s);
    Started once("pjsua", {vendor("reg_retry_interval", kZero)});
    once.answer(503);
    CHECK(once.state() == State::kStopped);
}

TEST_CASE("libre waits min(1800, 30 * 2^failures) s times 0.5 to 1 after any failure (reg.c)")
{
    for (std::uint32_t number = 0; number < 20; ++number)
    {
        Started b("baresip", {}, number);
        sip::Message busy = b.response(503);
        busy.retry_after = 5; // not read
        b.receive(busy);
        CHECK(within(b.wait(), 30s, 60s));
        CHECK(within(b.wait_after(403), 60s, 120s));
        CHECK(within(b.wait_after(404), 120s, 240s));
        CHECK(within(b.wait_after(600), 240s, 480s));
        CHECK(within(b.wait_after(302), 480s, 960s));
        CHECK(within(b.wait_after(500), 900s, 1800s)); // 30 * 2^6 = 1920
        CHECK(within(b.wait_after(500), 900s, 1800s));
    }
    Started b("baresip");
    CHECK(b.refresh_of(3600) == 3240s); // rwait 90 %
    Started c("baresip", {vendor("rwait", std::int64_t{50})});
    CHECK(c.refresh_of(3600) == 1800s);
}

TEST_CASE("sofia-sip refreshes around the half and does not try again but for a Retry-After")
{
    for (std::uint32_t number = 0; number < 20; ++number)
    {
        Started s("sofia-sip", {}, number);
        CHECK(within(s.refresh_of(3600), 900s, 2700s));
        Started t("sofia-sip", {}, number);
        CHECK(within(t.refresh_of(120), 60s, 90s));
    }
    Started s("sofia-sip");
    s.answer(503);
    CHECK(s.state() == State::kStopped);
    Started t("sofia-sip");
    CHECK(t.time_out() == 32s);
    CHECK(t.state() == State::kStopped);
    Started u("sofia-sip");
    sip::Message later = u.response(503);
    later.retry_after = 20;
    u.receive(later);
    CHECK(u.wait() == 20s);
}

TEST_CASE("Kamailio's uac sends at its polls, 90 s apart, and a failure disables the record "
          "(uac_reg.c)")
{
    for (std::uint32_t number = 0; number < 20; ++number)
    {
        Started k("kamailio-uac", kKamailio, number);
        const SimTime poll = k.sent[0].at;
        CHECK(poll > kT0);
        CHECK(poll <= kT0 + 90s);
        k.run_for(1s); // a slow answer
        k.grant(3600);
        // The last poll at least 3 s before the expiry: 3507 to 3597 s after the grant.
        CHECK((k.next_deadline() - poll) % 90s == 0s);
        CHECK(within(k.next_deadline() - k.now, 3507s, 3597s));
    }
    Started k("kamailio-uac", kKamailio);
    CHECK(k.time_out() == 30s); // fr_timer
    CHECK(k.state() == State::kStopped);
    // reg_retry_interval: at the poll before failure + 60 s, which is the next one.
    Started r("kamailio-uac", with(kKamailio, {vendor("reg_retry_interval", std::int64_t{60})}));
    CHECK(r.time_out() == 30s);
    CHECK(r.wait() == 60s); // 90 s after the first send
    // No credentials are kept, and a second challenge is an error.
    Started c("kamailio-uac", kKamailio);
    c.challenge(1);
    c.challenge(2, true);
    CHECK(c.state() == State::kStopped);
}

TEST_CASE("Cisco SPA: 30 s after no answer, which takes 16 s, and 20 min after any response "
          "(SPA301 guide)")
{
    Started c("cisco-spa", kCisco);
    CHECK(c.time_out() == 16s);
    CHECK(c.wait() == 30s);
    CHECK(c.wait_after(403) == 1200s);
    CHECK(c.wait_after(500) == 1200s);
    // Retry Reg RSC names classes as the guide writes them.
    Started named("cisco-spa", with(kCisco, {vendor("Retry Reg RSC", std::string{"5??,603"})}));
    CHECK(named.wait_after(503) == 30s);
    CHECK(named.wait_after(603) == 30s);
    CHECK(named.wait_after(403) == 1200s);
    Started all("cisco-spa",
                with(kCisco, {vendor("Blank Retry Reg RSC", std::string{"names all"})}));
    CHECK(all.wait_after(403) == 30s);
    Started stop("cisco-spa", with(kCisco, {vendor("Reg Retry Long Intvl", kZero)}));
    stop.answer(403);
    CHECK(stop.state() == State::kStopped);
    // Reg Retry Intvl Cap: 30, 60, 100.
    Started cap("cisco-spa", with(kCisco, {vendor("Reg Retry Intvl Cap", std::int64_t{100})}));
    for (const SimDuration wait : {30s, 60s, 100s, 100s})
    {
        CHECK(cap.time_out() == 16s);
        CHECK(cap.wait() == wait);
    }
}

TEST_CASE("Cisco SPA adds random delays to both waits and clamps what is granted")
{
    const auto settings = with(kCisco,
                               {vendor("Reg Retry Random Delay", std::int64_t{20}),
                                vendor("Reg Retry Long Random Delay", std::int64_t{600})});
    for (std::uint32_t number = 0; number < 20; ++number)
    {
        Started c("cisco-spa", settings, number);
        CHECK(within(c.wait_after(403), 1200s, 1800s));
        CHECK(c.time_out() == 16s);
        CHECK(within(c.wait(), 30s, 50s));
    }
    Started c("cisco-spa", kCisco);
    CHECK(c.refresh_of(86'400) == 7170s); // Reg Max Expires 7200
}

TEST_CASE("Poly gives a server 4 sends, then waits 30 to 60 s (UC Software guide)")
{
    for (std::uint32_t number = 0; number < 20; ++number)
    {
        Started p("poly-ucs", {}, number);
        CHECK(p.time_out() == 7500ms); // .5 + 1 + 2 + 4
        CHECK(p.sent.size() == 4);
        for (int failure = 0; failure < 5; ++failure)
        {
            // W = min(60, 60 * 2^n) = 60.
            CHECK(within(p.wait(), 30s, 60s));
            CHECK(p.time_out() == 7500ms);
        }
    }
    Started p("poly-ucs");
    CHECK(p.refresh_of(3600) == 3540s);
    Started q("poly-ucs");
    CHECK(q.refresh_of(50) == 25s); // shorter than the overlap: half of it
    // retryTimeOut: a constant interval.
    Started r("poly-ucs", {vendor("voIpProt.server.x.retryTimeOut", std::int64_t{800})});
    CHECK(r.time_out() == 3200ms);
    CHECK(r.sent[3].at - r.sent[2].at == 800ms);
}

TEST_CASE("Yealink waits 30 s, or as RFC 5626 says between a minimum and a maximum (T4x guide)")
{
    Started y("yealink-t4x", kYealink);
    CHECK(y.wait_after(503) == 30s);
    CHECK(y.wait_after(403) == 30s);
    CHECK(y.refresh_of(3600) == 3540s);
    const auto random = with(kYealink,
                             {vendor("account.X.reg_failed_retry_min_time", std::int64_t{20}),
                              vendor("account.X.reg_failed_retry_max_time", std::int64_t{100})});
    for (std::uint32_t number = 0; number < 20; ++number)
    {
        Started r("yealink-t4x", random, number);
        CHECK(within(r.wait_after(503), 20s, 40s)); // W = 20 * 2
        CHECK(within(r.wait_after(503), 40s, 80s));
        CHECK(within(r.wait_after(503), 50s, 100s)); // 160, capped
    }
    Started late("yealink-t4x",
                 with(kYealink, {vendor("sip.reg_surge_prevention", std::int64_t{60})}));
    CHECK(within(late.sent[0].at - kT0, 0s, 60s));
    CHECK(late.sent[0].at > kT0);
}

// W = min(max, base * 2^n) = 60 s.
TEST_CASE("Poly and Yealink take a base of RFC 5626 above the longest wait (10 to 120 s, 60 s)")
{
    const std::int64_t base = 120;
    for (std::uint32_t number = 0; number < 20; ++number)
    {
        Started p("poly-ucs", {vendor("registerRetry.baseTimeOut", base)}, number);
        CHECK(within(p.wait_after(503), 30s, 60s));
        CHECK(within(p.wait_after(503), 30s, 60s));
        Started y("yealink-t4x",
                  with(kYealink, {vendor("account.X.reg_failed_retry_min_time", base)}),
                  number);
        CHECK(within(y.wait_after(503), 30s, 60s));
        CHECK(within(y.wait_after(503), 30s, 60s));
    }
}

TEST_CASE("GXW42xx: T1 of 1 s gives a REGISTER 64 s, the retry comes 30 s later (template)")
{
    Started g("grandstream-gxw42xx", kGxw42);
    CHECK(g.time_out() == 64s);
    CHECK(g.sent[1].at - g.sent[0].at == 1s);
    CHECK(g.sent[3].at - g.sent[2].at == 4s); // T2
    CHECK(g.wait() == 30s);
    CHECK(g.refresh_of(3600) == 3580s);
}

TEST_CASE("HT8xx: 20 min after a 403 or never again, else 20 s or 60 to 600 s (web API)")
{
    const std::vector<Setting> no_nat{vendor("P52", kZero)};
    Started h("grandstream-ht8xx", no_nat);
    CHECK(h.wait_after(503) == 20s);
    CHECK(h.wait_after(403) == 1200s);
    CHECK(h.refresh_of(3600) == 3600s); // Reregister before Expiration 0
    Started stop("grandstream-ht8xx", with(no_nat, {vendor("P26002", kZero)}));
    stop.answer(403);
    CHECK(stop.state() == State::kStopped);
    for (std::uint32_t number = 0; number < 20; ++number)
    {
        Started r("grandstream-ht8xx", with(no_nat, {vendor("P60096", true)}), number);
        CHECK(within(r.wait_after(503), 60s, 600s));
        CHECK(within(r.wait_after(503), 60s, 600s));
    }
    Started f("grandstream-ht8xx", with(no_nat, {vendor("P60075", std::int64_t{10})}));
    CHECK(f.time_out() == 10s);
}

TEST_CASE("the vendors' own parameters say how a name is looked up and which target is next")
{
    using dns::DnsMode;
    using dns::Preference;
    CHECK(device("grandstream-gxw410x").locating.mode == DnsMode::kA);
    CHECK(device("grandstream-gxw410x", {vendor("Use DNS SRV", true)}).locating.mode ==
          DnsMode::kSrv);
    const DeviceOptions grp = device("grandstream-grp26xx",
                                     {vendor("P103", std::int64_t{2}),
                                      vendor("P26040", std::int64_t{1}),
                                      vendor("P60055", std::int64_t{3})});
    CHECK(grp.locating.mode == DnsMode::kNaptrSrv);
    CHECK(grp.failover.preference == Preference::kUntilTtl);
    CHECK(grp.failover.tries == 4); // once, and three retries
    const std::vector<Setting> srv{vendor("P52", kZero), vendor("P103", std::int64_t{1})};
    CHECK(device("grandstream-ht8xx", srv).failover.tries == 3); // P60055 is 2
    CHECK(device("grandstream-ht8xx", with(srv, {vendor("P26040", std::int64_t{2})}))
              .failover.preference == Preference::kUntilNoResponse);
    const Value until_failback{std::string{"use current server until failback timeout"}};
    const DeviceOptions back =
        device("grandstream-ht8xx",
               with(srv, {vendor("P26040", until_failback), vendor("P60056", std::int64_t{30})}));
    CHECK(back.failover.preference == Preference::kForDuration);
    CHECK(back.failover.failback_after == 30min);
    const DeviceOptions yealink = device("yealink-t4x", kYealink);
    CHECK(yealink.locating.selection == dns::Selection::kHighestWeight);
    CHECK(yealink.failover.try_sends == 4); // the first and three retransmissions
    CHECK(yealink.failover.preference == Preference::kNone);
    const Value duration{std::string{"duration"}};
    CHECK(
        device("poly-ucs", {vendor("failOver.failBack.mode", duration)}).failover.failback_after ==
        3600s);
    CHECK(device("poly-ucs",
                 {vendor("failOver.failBack.mode", duration),
                  vendor("failOver.failBack.timeout", kZero)})
              .failover.preference == Preference::kUntilNoResponse);
    CHECK(device("cisco-spa", with(kCisco, {vendor("Use DNS SRV", true)})).failover.preference ==
          Preference::kForDuration);
    CHECK_FALSE(device("freeswitch-gateway", {vendor("disable-srv503", true)}).failover.on_503);
}

TEST_CASE(
    "a call that fails over registers first on Yealink and Poly if told to, and not by default")
{
    const auto first = [](const DeviceOptions& options) { return options.failover.register_first; };
    CHECK_FALSE(first(device("yealink-t4x", kYealink)));
    CHECK(first(device(
        "yealink-t4x",
        with(kYealink, {vendor("account.1.sip_server.1.register_on_enable", std::int64_t{1})}))));
    CHECK_FALSE(first(device("poly-ucs")));
    CHECK(first(device("poly-ucs", {vendor("failOver.reRegisterOn", std::int64_t{1})})));
}

TEST_CASE("DNSTTL goes by the TTL of the address record, other modes say nothing of a TTL")
{
    const Value mode{std::string{"DNSTTL"}};
    const std::string key = "account.X.sip_server.Y.failback_mode";
    for (const DeviceOptions& o : {device("yealink-t4x", with(kYealink, {vendor(key, mode)})),
                                   device("poly-ucs", {vendor("failOver.failBack.mode", mode)})})
    {
        CHECK(o.failover.preference == dns::Preference::kUntilTtl);
        CHECK(o.locating.ttl == dns::TtlOf::kAddress);
    }
    CHECK(device("yealink-t4x", kYealink).locating.ttl == dns::LocationOptions{}.ttl);
}

TEST_CASE("what the phones and adapters do with calls and DNS by themselves is refused or led on")
{
    const auto clause = [](const char* product, const Setting& setting) {
        DeviceOptions o;
        const std::vector<Setting> settings{setting};
        std::string text;
        for (const SettingProblem& problem : apply(*builtin_profile(product), settings, o))
        {
            text += problem.setting ? problem.clause : "";
        }
        return text;
    };
    const Value one{std::int64_t{1}};
    const std::string registered = "account.X.sip_server.Y.only_signal_with_registered";
    CHECK(clause("yealink-t4x", vendor(registered, one)) == "is not simulated; only 0 is");
    CHECK(clause("yealink-t4x", vendor(registered, kZero)).empty());
    CHECK(clause("poly-ucs", vendor("failOver.onlySignalWithRegistered", kZero)) ==
          "is not simulated; only 1 is");
    CHECK(clause("poly-ucs", vendor("failOver.onlySignalWithRegistered", one)).empty());
    CHECK(clause("grandstream-ht8xx", vendor("P109", kZero)) == "is not simulated; only Yes is");
    CHECK(clause("grandstream-ht8xx", vendor("P109", one)).empty());
    CHECK(clause("yealink-t4x", vendor("static.network.dns.query_timeout", std::int64_t{3})) ==
          "is the fleet's `resolver.timeout`: set that instead");
    CHECK(clause("yealink-t4x", vendor("static.network.dns.retry_times", std::int64_t{2})) ==
          "is the fleet's `resolver.attempts`: set that instead");
    // Its sources number three modes.
    DeviceOptions o;
    const std::vector<Setting> mode{vendor("P52", kZero),
                                    vendor("P103", std::int64_t{1}),
                                    vendor("P26040", std::int64_t{3})};
    const auto problems = apply(*builtin_profile("grandstream-ht8xx"), mode, o);
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].setting == 2U);
    CHECK(problems[0].clause.find("(DNS SRV Failover Mode)") != std::string::npos);
}

TEST_CASE(
    "the products' keepalives: 15 s of pjsua, 30 s of Yealink, OPTIONS of HT8xx, none of Poly")
{
    CHECK(device("pjsua").nat.keepalives().interval == 15s);
    CHECK(device("pjsua").nat.keepalives().enabled());
    CHECK(device("yealink-t4x", kYealink).nat.keepalives().interval == 30s);
    CHECK_FALSE(device("poly-ucs").nat.keepalives().enabled());
    CHECK_FALSE(device("cisco-spa", kCisco).nat.keepalives().enabled());
    const DeviceOptions ht =
        device("grandstream-ht8xx", {vendor("P52", kZero), vendor("P2397", std::int64_t{1})});
    CHECK(ht.nat.probe == nat::Probe::kOptions);
    CHECK(ht.nat.probe_interval == 30s);
    CHECK(ht.nat.probe_loss_limit == 3);
}

TEST_CASE("the overview tells the laws apart, and what must be set")
{
    const auto of = [](std::string_view name) {
        const std::vector<Law> laws = overview(*builtin_profile(name));
        return std::map<std::string, std::string>(laws.begin(), laws.end());
    };
    CHECK(of("pjsua").at("retry") == "first after 0s, then 300s, each +/- 10s");
    CHECK(of("pjsua").at("targets").ends_with(", 1 try, of the first alone"));
    CHECK(of("yealink-t4x").at("targets").ends_with(", 1 try of 4 sends"));
    CHECK(of("grandstream-grp26xx").at("not its own") == "Use Random Port No (by default Yes)");
    CHECK(of("asterisk-pjsip").at("gives up") ==
          "at failure 11; at responses but [408, 500, 502, 503, 504, 6xx], but for a Retry-After");
    CHECK(of("baresip").at("retry") == "RFC 5626 from 30s up to 1800s; Retry-After is not read");
    CHECK(of("freeswitch-gateway").at("retry") == "30s times the failures; 30s after [503]");
    CHECK(of("cisco-spa").at("refresh") ==
          "asks for 3600 s, refreshes an unknown time before the expiry");
    CHECK(of("cisco-spa").at("must be set") == "registration.refresh.lead");
    CHECK(of("poly-ucs").at("no answer") == "T1 500ms, T2 4s, 4 sends");
    CHECK(of("kamailio-uac").at("gives up") == "at failure 1");
    CHECK_FALSE(of("pjsua").contains("must be set"));
    for (const std::string& name : builtin_profiles())
    {
        CHECK(of(name).size() >= 8);
    }
}
