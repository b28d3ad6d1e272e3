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

/// What has no effect, or another.
std::string
idle(const std::string& product, const Settings& settings)
{
    DeviceOptions options;
    Applied applied;
    for (const SettingProblem& problem :
         apply(*builtin_profile(product), settings, options, {}, &applied))
    {
        FAIL_CHECK(problem.clause);
    }
    std::string all;
    for (const auto* told : {&applied.idle, &applied.raised})
    {
        for (const SettingProblem& one : *told)
        {
            all += settings.at(*one.setting).key + ": " + one.clause + '\n';
        }
    }
    return all;
}

/// A simulated value, without a condition, that no other choice of the parameter sets first.
bool
known_by_its_first(const Profile& profile, const VendorParameter& p, const Choice& choice)
{
    const auto simulated = [](const Choice& some) {
        return some.simulated && !some.effects.empty();
    };
    if (p.simulated != Simulated::kYes || p.reading || p.when || !simulated(choice))
    {
        return false;
    }
    const Effect& first = choice.effects[0];
    // Ours may be a number: "Auto Negotiation" asks for 3600 s, as a fixed expiry does.
    const bool number = std::ranges::any_of(profile.parameters, [&](const VendorParameter& some) {
        return some.number_sets == first.sets && !some.choices.empty();
    });
    // Yealink's fixed interval is for both its bounds at 0: ours says both.
    return !number && p.name != "account.X.reg_failed_retry_min_time" &&
           std::ranges::count_if(p.choices, [&](const Choice& some) {
               return simulated(some) && some.effects[0].sets == first.sets &&
                      some.effects[0].value == first.value;
           }) == 1;
}

/// What a choice sets, where it leaves it to a reading what that says.
Value
said(const Profile& profile, const Value& value)
{
    const auto* text = std::get_if<std::string>(&value);
    return text == nullptr || !text->starts_with('$')
               ? value
               : *profile.find(std::string_view{*text}.substr(1))->choices[0].word;
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
                if (!known_by_its_first(*builtin_profile(name), p, choice))
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
                check_same(
                    device(name, both(more, {theirs})),
                    device(name,
                           both(more, {{first.sets, said(*builtin_profile(name), first.value)}})));
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
    CHECK(idle("grandstream-grp26xx", {{"vendor.P60055", std::int64_t{4}}}) ==
          "vendor.P60055: has no effect unless vendor.\"DNS Mode\" is SRV|NAPTR/SRV\n");
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

TEST_CASE("a reading holds for a setting of ours too, and one that nothing is left to is warned of "
          "(ambiguities 5, 8, 10)")
{
    const Setting after{"vendor.Unregister Moment", word("after the reboot")};
    const auto gxw = [](const Settings& settings) {
        return device("grandstream-gxw410x", settings);
    };
    const DeviceOptions theirs = gxw({{"vendor.P81", word("Yes")}, after});
    const DeviceOptions ours = gxw({{"registration.unregister", word("own")}, after});
    CHECK(theirs.registration.unregister_when == registration::UnregisterWhen::kBoot);
    check_same(theirs, ours);
    CHECK(idle("grandstream-gxw410x", {{"registration.unregister", word("own")}, after}).empty());
    // The other word of the reading is Yes as well.
    check_same(gxw({{"vendor.P81", word("Yes")}, {"vendor.Unregister Contact", word("*")}, after}),
               gxw({{"registration.unregister", word("all")}, after}));
    // Two words for one thing.
    CHECK(clauses("grandstream-gxw410x",
                  {{"registration.unregister", word("all")},
                   {"vendor.Unregister Contact", word("own")}}) ==
          "is set a second time, by another name\n");
    CHECK(clauses(
              "vos3000",
              {{"registration.unregister", word("all")}, {"vendor.Cancel Contact", word("own")}}) ==
          "is set a second time, by another name\n");
    // Nothing is cleared, or when is said otherwise.
    const std::string nothing =
        "vendor.Unregister Moment: has no effect: the other settings leave nothing to it\n";
    CHECK(idle("grandstream-gxw410x", {after}) == nothing);
    CHECK(idle("grandstream-gxw410x", {{"registration.unregister", word("none")}, after}) ==
          nothing);
    CHECK(idle("grandstream-gxw410x",
               {{"vendor.P81", word("Yes")},
                after,
                {"registration.unregister_when", word("shutdown")}}) == nothing);
}

TEST_CASE(
    "a number of ours is that number where the product's default has a name (V2, ambiguity 8)")
{
    const DeviceOptions negotiated = device("vos3000", {});
    CHECK(negotiated.registration.min_granted == 20U);
    CHECK(negotiated.registration.max_granted == 7200U);
    const Setting nothing{"vendor.Auto Negotiation asks", word("for nothing")};
    CHECK_FALSE(device("vos3000", {nothing}).registration.send_expires);
    for (const int seconds : {20, 300, 3600, 7200})
    {
        CAPTURE(seconds);
        const Setting ours{"registration.expires", std::to_string(seconds) + "s"};
        const Setting theirs{"vendor.SS_SIP_USER_AGENT_EXPIRE", std::int64_t{seconds}};
        const DeviceOptions fixed = device("vos3000", {theirs});
        CHECK(fixed.registration.expires == static_cast<std::uint32_t>(seconds));
        CHECK(fixed.registration.min_granted == DeviceOptions{}.registration.min_granted);
        check_same(fixed, device("vos3000", {ours}));
        // It is asked for, whatever Auto Negotiation would ask for.
        CHECK(device("vos3000", {ours, nothing}).registration.send_expires);
        CHECK(idle("vos3000", {ours, nothing}) == "vendor.Auto Negotiation asks: has no effect: "
                                                  "the other settings leave nothing to it\n");
    }
    CHECK(clauses("vos3000", {{"registration.expires", word("10s")}}) ==
          "VOS3000 2.1.9.07 allows 20s to 7200s (SS_SIP_USER_AGENT_EXPIRE)\n");
}

TEST_CASE(
    "a number without a unit is held to the product's range under either name (GS51, GS70, Y2)")
{
    const Settings ht{{"vendor.P52", std::int64_t{0}}, {"vendor.P103", std::int64_t{1}}};
    const auto tries = [&](std::int64_t n) {
        return clauses("grandstream-ht8xx", both(ht, {{"dns.failover.tries", n}}));
    };
    CHECK(tries(2).empty()); // one retry
    CHECK(tries(11).empty());
    const std::string range =
        "Grandstream HT8xx allows 2 to 11 (Maximum Number of SIP Request Retries + 1)\n";
    CHECK(tries(1) == range);
    CHECK(tries(15) == range);
    CHECK(clauses("grandstream-ht8xx", both(ht, {{"vendor.P60055", std::int64_t{14}}})) ==
          "Grandstream HT8xx allows 1 to 10 (Maximum Number of SIP Request Retries)\n");
    CHECK(clauses("grandstream-ht8xx", both(ht, {{"nat.probe_loss_limit", std::int64_t{1}}})) ==
          "Grandstream HT8xx allows 3 to 10 (OPTIONS keepalive max lost)\n");
    const Settings overlap{{"vendor.account.X.register_expires_overlap", std::int64_t{60}}};
    CHECK(clauses("yealink-t4x", both(overlap, {{"dns.failover.try_sends", std::int64_t{200}}})) ==
          "Yealink T2x, T4x, T5x allows 1 to 21 (account.X.sip_server.Y.retry_counts + 1)\n");
    // A share of ours is a percentage of baresip's.
    CHECK(device("baresip", {{"registration.refresh.low", 0.9}}).registration.refresh.low == 0.9);
    CHECK(clauses("baresip", {{"registration.refresh.low", word("3%")}}) ==
          "baresip (libre) allows 5% to 95% (rwait)\n");
    // Where the product does not read it, it limits nothing: a what-if.
    CHECK(clauses("grandstream-ht8xx", {ht[0], {"dns.failover.tries", std::int64_t{15}}}).empty());
}

TEST_CASE("an address of A records has one try, a configured one three (G8, GS70, GS109)")
{
    CHECK(device("rfc3261", {}).failover.tries == 1); // RFC 3263 4.3
    CHECK(device("vos3000", {}).failover.tries == 1);
    CHECK(device("grandstream-gxw410x", {}).failover.tries == 1);
    const Settings ht{{"vendor.P52", std::int64_t{0}}};
    CHECK(device("grandstream-ht8xx", ht).failover.tries == 1);
    for (const Setting& srv : Settings{{"vendor.P103", word("Yes")}, {"dns.mode", word("srv")}})
    {
        const DeviceOptions o = device("grandstream-gxw410x", {srv});
        CHECK(o.failover.tries == 3);
        CHECK(o.failover.targets_per_round == 0);
        CHECK(device("grandstream-gxw410x", {srv, {"dns.failover.tries", std::int64_t{2}}})
                  .failover.tries == 2);
    }
    DeviceOptions o;
    CHECK(apply(*builtin_profile("grandstream-ht8xx"), ht, o, {"configured"}).empty());
    CHECK(o.failover.tries == 3);
    // What P60055 says is said, not what goes with the mode.
    const Settings both_said{{"vendor.P52", std::int64_t{0}},
                             {"vendor.P103", std::int64_t{1}},
                             {"vendor.P60055", std::int64_t{5}}};
    CHECK(device("grandstream-ht8xx", both_said).failover.tries == 6);
    CHECK(
        clauses("grandstream-ht8xx", both(both_said, {{"dns.failover.tries", std::int64_t{3}}})) ==
        "is set a second time, by another name\n");
}

TEST_CASE("GXW410x without DNS SRV only ever tries one address (G3)")
{
    CHECK(device("grandstream-gxw410x", {}).failover.targets_per_round == 1);
    CHECK(device("grandstream-gxw410x", {{"dns.mode", word("a")}}).failover.targets_per_round == 1);
}

TEST_CASE("an entry's Auto negotiation negotiates whatever the global expiry says (V12)")
{
    const Setting period{"vendor.Register period", word("Auto negotiation")};
    check_same(device("vos3000", {period}), device("vos3000", {}));
    const Settings fixed{period, {"vendor.SS_SIP_USER_AGENT_EXPIRE", std::int64_t{600}}};
    check_same(device("vos3000", fixed), device("vos3000", {}));
    CHECK(idle("vos3000", fixed) == "vendor.SS_SIP_USER_AGENT_EXPIRE: has no effect unless "
                                    "vendor.\"Register period\" is Default\n");
    CHECK(clauses("vos3000", {period, {"registration.expires", word("600s")}}) ==
          "is set a second time, by another name\n");
}

TEST_CASE("Yealink takes a failback_timeout of 1 to 59 s for 60 s; P17 Use SBC needs a proxy; "
          "P28092 goes "
          "with every failover mode (Y8, P17, GS75)")
{
    const Settings back{{"vendor.account.X.register_expires_overlap", std::int64_t{60}},
                        {"vendor.account.X.sip_server.Y.failback_mode", word("duration")},
                        {"vendor.account.X.sip_server.Y.failback_timeout", std::int64_t{30}}};
    CHECK(device("yealink-t4x", back).failover.failback_after == 60s);
    CHECK(idle("yealink-t4x", back) ==
          "vendor.account.X.sip_server.Y.failback_timeout: is taken as 60s, "
          "as Yealink T2x, T4x, T5x does\n");
    const Settings sbc{{"vendor.P26090", std::int64_t{1}}};
    CHECK(clauses("grandstream-grp26xx", sbc) == "needs the fleet's `proxy`\n");
    DeviceOptions o;
    CHECK(apply(*builtin_profile("grandstream-grp26xx"), sbc, o, {"proxy"}).empty());
    for (const std::int64_t mode : {0, 1, 2})
    {
        const Settings follow{{"vendor.P52", std::int64_t{0}},
                              {"vendor.P103", std::int64_t{1}},
                              {"vendor.P26040", mode},
                              {"vendor.P28092", std::int64_t{1}}};
        CHECK(device("grandstream-ht8xx", follow).failover.calls_follow);
    }
}

TEST_CASE("what is not simulated, or is the registrar's, is known by name (G13 to G17, V5 to V8, "
          "V39, V66, V96)")
{
    CHECK(clauses("grandstream-gxw410x", {{"vendor.P29", word("Yes")}}) ==
          "is not simulated; only No is\n");
    CHECK(clauses("grandstream-gxw410x", {{"vendor.P260", std::int64_t{180}}}).empty());
    CHECK(clauses("grandstream-gxw410x", {{"vendor.Session Expiration", std::int64_t{90}}}) ==
          "is not simulated; only 180 is\n");
    CHECK(clauses("vos3000", {{"vendor.SS_SIP_E164_DISPLAY_FROM", word("E164 Display")}}) ==
          "is not simulated; only Ignore is\n");
    CHECK(clauses("vos3000", {{"vendor.SS_ENDPOINT_REGISTER_SUSPEND", std::int64_t{180}}}) ==
          "is the registrar's `admission.register_suspend`: set that instead\n");
    CHECK(clauses("vos3000", {{"vendor.SS_ENDPOINT_REGISTER_REPLACE", word("On")}}) ==
          "is the registrar's `second_contact`: set that instead\n");
}
