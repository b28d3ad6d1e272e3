// A value of ours that is a choice of the product is that choice, with what goes with it.
#include "model/profile/device_parameters.h"
#include "model/profile/profile.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
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
device(const std::string& product, const Settings& settings)
{
    DeviceOptions options;
    for (const SettingProblem& problem : apply(*builtin_profile(product), settings, options))
    {
        FAIL_CHECK(problem.clause);
    }
    return options;
}

std::string
clauses(const std::string& product, const Settings& settings)
{
    DeviceOptions options;
    std::string all;
    for (const SettingProblem& problem : apply(*builtin_profile(product), settings, options))
    {
        all += problem.clause + '\n';
    }
    return all;
}

/// A simulated value, without a condition, that no other choice of the parameter sets first.
bool
known_by_its_first(const VendorParameter& p, const Choice& choice)
{
    const auto simulated = [](const Choice& some) {
        return some.simulated && !some.effects.empty();
    };
    if (p.simulated != Simulated::kYes || p.reading || p.when || !simulated(choice))
    {
        return false;
    }
    const Effect& first = choice.effects[0];
    const auto* text = std::get_if<std::string>(&first.value);
    const bool of_a_reading = text != nullptr && text->starts_with('$');
    return !of_a_reading && std::ranges::count_if(p.choices, [&](const Choice& some) {
                                return simulated(some) && some.effects[0].sets == first.sets &&
                                       some.effects[0].value == first.value;
                            }) == 1;
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

TEST_CASE("one setting under two names makes one device: every choice of every product")
{
    // What their users must set, but for the parameter in question.
    const std::map<std::string, Settings> demanded{
        {"cisco-spa", {{"registration.refresh.lead", word("30s")}}},
        {"grandstream-ht8xx", {{"vendor.NAT Traversal", word("No")}}},
        {"grandstream-gxw42xx",
         {{"vendor.Reregister before Expiration", std::int64_t{20}},
          {"vendor.NAT Traversal", word("No")},
          {"vendor.DNS Mode", word("A Record")}}},
        {"kamailio-uac", {{"vendor.expires", std::int64_t{3600}}}},
        {"yealink-t4x", {{"vendor.account.X.register_expires_overlap", std::int64_t{60}}}},
    };
    int compared = 0;
    std::string refused; // by themselves
    for (const std::string& name : builtin_profiles())
    {
        for (const VendorParameter& p : builtin_profile(name)->parameters)
        {
            Settings beside = demanded.contains(name) ? demanded.at(name) : Settings{};
            std::erase_if(beside, [&](const Setting& s) { return s.key == "vendor." + p.name; });
            for (const Choice& choice : p.choices)
            {
                if (!known_by_its_first(p, choice))
                {
                    continue;
                }
                CAPTURE(name);
                CAPTURE(p.name);
                CAPTURE(choice.name);
                Settings more = beside;
                if (name == "grandstream-grp26xx" && p.name == "DNS Mode" &&
                    choice.name != "A Record")
                {
                    more.push_back({"vendor.P60055", std::int64_t{2}});
                }
                const Effect& first = choice.effects[0];
                const Setting theirs{"vendor." + p.name, Value{choice.name}};
                if (!clauses(name, both(more, {theirs})).empty())
                {
                    refused += name + ' ' + p.name + ' ' + choice.name + '\n';
                    continue;
                }
                check_same(device(name, both(more, {theirs})),
                           device(name, both(more, {{first.sets, first.value}})));
                ++compared;
            }
        }
    }
    CHECK(compared > 60);
    CHECK(refused ==
          "cisco-spa NAT Keep Alive Enable Yes\n"); // its default message is not simulated
    // P60055 of 2, read as three tries (GS70); Proxy Fallback Intvl of 3600 s, a blank Try Backup RSC (C19, C23).
    const Setting srv{"dns.mode", word("srv")};
    CHECK(
        device("grandstream-ht8xx", both(demanded.at("grandstream-ht8xx"), {srv})).failover.tries ==
        3);
    const DeviceOptions cisco = device("cisco-spa", both(demanded.at("cisco-spa"), {srv}));
    CHECK(cisco.failover.preference == dns::Preference::kForDuration);
    CHECK(cisco.failover.failback_after == 3600s);
    CHECK_FALSE(cisco.failover.on_503);
}

TEST_CASE("what a choice sets beside its first may be set otherwise, under either name of it")
{
    const Settings overlap{{"vendor.account.X.register_expires_overlap", std::int64_t{60}}};
    const Setting limit{"nat.probe_loss_limit", std::int64_t{3}};
    const Setting theirs{"vendor.account.X.nat.udp_update_enable", word("OPTIONS")};
    const Setting ours{"nat.probe", word("options")};
    for (const Setting& probe : {theirs, ours})
    {
        const DeviceOptions o = device("yealink-t4x", both(overlap, {probe, limit}));
        CHECK(o.nat.probe == nat::Probe::kOptions);
        CHECK_FALSE(o.nat.keepalive.enabled());
        CHECK(o.nat.probe_loss_limit == 3);
    }
    // One that is beside says nothing of the choice.
    const DeviceOptions o = device("yealink-t4x", both(overlap, {limit}));
    CHECK(o.nat.probe == nat::Probe::kNone);
    CHECK(o.nat.keepalive.enabled());
    // What a choice sets first is not set twice.
    CHECK(clauses("yealink-t4x", both(overlap, {theirs, ours})) ==
          "is set a second time, by another name\n");
}

TEST_CASE(
    "what the product asks for under a choice is asked for, and may be given, under our name too")
{
    const Setting srv{"dns.mode", word("srv")};
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
