// A value of ours that is a choice of the product is that choice, with what goes with it.
#include "model/profile/device_parameters.h"
#include "model/profile/profile.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace sipsim;
using namespace sipsim::profile;
using namespace std::chrono_literals;

namespace
{

using Settings = std::vector<Setting>;

Value
word(const char* text)
{
    return std::string{text};
}

Settings
both(Settings settings, const Settings& more)
{
    settings.insert(settings.end(), more.begin(), more.end());
    return settings;
}

DeviceOptions
device(const char* product, const Settings& settings)
{
    DeviceOptions options;
    for (const SettingProblem& problem : apply(*builtin_profile(product), settings, options))
    {
        FAIL_CHECK(problem.clause);
    }
    return options;
}

std::string
clauses(const char* product, const Settings& settings)
{
    DeviceOptions options;
    std::string all;
    for (const SettingProblem& problem : apply(*builtin_profile(product), settings, options))
    {
        all += problem.clause + '\n';
    }
    return all;
}

/// Every one of our parameters reads the same.
void
check_same(const DeviceOptions& one, const DeviceOptions& other)
{
    for (const DeviceParameter& p : device_parameters())
    {
        CAPTURE(p.name);
        CHECK(p.read(one) == p.read(other));
    }
}

} // namespace

TEST_CASE("one setting under two names makes one device")
{
    struct Twins
    {
        const char* product;
        Settings beside;
        Setting vendors;
        Setting ours;
    };

    const Settings no_nat{{"vendor.NAT Traversal", word("No")}};
    const Settings lead{{"registration.refresh.lead", word("30s")}};
    const std::vector<Twins> all{
        {"grandstream-ht8xx", no_nat, {"vendor.DNS Mode", word("SRV")}, {"dns.mode", word("srv")}},
        {"grandstream-ht8xx",
         no_nat,
         {"vendor.Random retry wait", word("Yes")},
         {"registration.retry.law", word("uniform")}},
        {"grandstream-ht8xx",
         {},
         {"vendor.NAT Traversal", word("STUN")},
         {"nat.traversal", word("stun")}},
        {"grandstream-gxw410x", {}, {"vendor.Use DNS SRV", word("Yes")}, {"dns.mode", word("srv")}},
        {"cisco-spa", lead, {"vendor.Use DNS SRV", word("Yes")}, {"dns.mode", word("srv")}},
    };
    for (const Twins& twins : all)
    {
        CAPTURE(twins.product);
        CAPTURE(twins.ours.key);
        check_same(device(twins.product, both(twins.beside, {twins.vendors})),
                   device(twins.product, both(twins.beside, {twins.ours})));
    }
    // P60055 of 2, read as three tries (GS70); Proxy Fallback Intvl of 3600 s, a blank Try Backup RSC (C19, C23).
    const DeviceOptions ht = device("grandstream-ht8xx", both(no_nat, {{"dns.mode", word("srv")}}));
    CHECK(ht.failover.tries == 3);
    const DeviceOptions cisco = device("cisco-spa", both(lead, {{"dns.mode", word("srv")}}));
    CHECK(cisco.failover.preference == dns::Preference::kForDuration);
    CHECK(cisco.failover.failback_after == 3600s);
    CHECK_FALSE(cisco.failover.on_503);
}

TEST_CASE(
    "what the product asks for under a choice is asked for, and may be given, under our name too")
{
    const Setting srv{"dns.mode", word("srv")};
    CHECK(clauses("grandstream-grp26xx", {srv}).find("P60055") == std::string::npos);
    CHECK(clauses("grandstream-grp26xx", {srv})
              .find("vendor.\"Maximum Number of SIP Request Retries\" must be set") !=
          std::string::npos);
    const Settings with_retries{srv, {"vendor.P60055", std::int64_t{4}}};
    CHECK(device("grandstream-grp26xx", with_retries).failover.tries == 5);
    // The default, A Record, has no such parameter.
    CHECK(clauses("grandstream-grp26xx", {{"vendor.P60055", std::int64_t{4}}})
              .starts_with("has no effect unless vendor.\"DNS Mode\" is SRV|NAPTR/SRV"));
}

TEST_CASE("a value of ours that no choice makes, or that contradicts one, is a what-if")
{
    const DeviceOptions crlf =
        device("grandstream-grp26xx",
               {{"nat.traversal", word("keepalive")}, {"nat.keepalive", word("crlf")}});
    CHECK(crlf.nat.keepalive.kind == nat::KeepaliveOptions::Kind::kCrlf);
    CHECK(find_device_parameter("nat.traversal")->read(crlf) == "keepalive");
    const DeviceOptions odd =
        device("grandstream-ht8xx",
               {{"vendor.P52", std::int64_t{0}}, {"registration.transaction.t1", word("700ms")}});
    CHECK(odd.registration.transaction.t1 == 700ms);
}

TEST_CASE("two names of one value do not contradict each other")
{
    const Settings overlap{{"vendor.account.X.register_expires_overlap", std::int64_t{60}}};
    const std::string min = "vendor.account.X.reg_failed_retry_min_time";
    const std::string max = "vendor.account.X.reg_failed_retry_max_time";
    // Yealink: the fixed interval, 30 s, is for both at 0 (Y4).
    const DeviceOptions fixed =
        device("yealink-t4x", both(overlap, {{min, std::int64_t{0}}, {max, std::int64_t{0}}}));
    CHECK(fixed.registration.retry.kind == registration::RetryLaw::Kind::kConstant);
    CHECK(fixed.registration.retry.base == 30s);
    CHECK(
        clauses("yealink-t4x", both(overlap, {{min, std::int64_t{10}}, {max, std::int64_t{0}}})) ==
        "sets registration.retry.law, as " + min + " does: leave one of them out\n");
}

TEST_CASE("over UDP pjsua and, by default, Kamailio never leave the first target (PJ28, K47)")
{
    const Settings expires{{"vendor.expires", std::int64_t{3600}}};
    CHECK(device("pjsua", {}).failover.targets_per_round == 1);
    CHECK(device("kamailio-uac", expires).failover.targets_per_round == 1);
    CHECK(device("kamailio-uac", both(expires, {{"vendor.use_dns_failover", word("yes")}}))
              .failover.targets_per_round == 0);
}

TEST_CASE("Yealink's retry_counts are retransmissions, whatever T1 is; a failback at a time is at "
          "that time")
{
    const Settings overlap{{"vendor.account.X.register_expires_overlap", std::int64_t{60}}};
    const std::string retries = "vendor.account.X.sip_server.Y.retry_counts";
    CHECK(device("yealink-t4x", overlap).failover.try_sends == 4); // Y2: 3
    CHECK(device("yealink-t4x", both(overlap, {{retries, std::int64_t{20}}})).failover.try_sends ==
          21);
    CHECK_FALSE(device("yealink-t4x", overlap).registration.rport); // Y19
    const Settings duration{{"vendor.account.X.sip_server.Y.failback_mode", word("duration")}};
    CHECK(device("yealink-t4x", both(overlap, duration)).failover.failback_at_once); // Y8
    const Settings never{{"vendor.account.X.sip_server.Y.failback_timeout", std::int64_t{0}}};
    const DeviceOptions stays = device("yealink-t4x", both(overlap, both(duration, never)));
    CHECK_FALSE(stays.failover.failback_at_once);
    CHECK(stays.failover.preference == dns::Preference::kUntilNoResponse);
}
