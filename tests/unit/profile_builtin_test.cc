#include "model/profile/device_parameters.h"
#include "model/profile/profile.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace sipsim;
using namespace sipsim::profile;
using namespace std::chrono_literals;
using registration::RegistrationOptions;

namespace
{

const Profile&
product(std::string_view name)
{
    const Profile* found = builtin_profile(name);
    REQUIRE(found != nullptr);
    return *found;
}

RegistrationOptions
options_of(std::string_view name, const std::vector<Setting>& settings = {})
{
    DeviceOptions options;
    for (const SettingProblem& problem : apply(product(name), settings, options))
    {
        FAIL_CHECK(problem.clause);
    }
    return options.registration;
}

std::string
clause_of(std::string_view name, const Setting& setting)
{
    DeviceOptions options;
    const std::vector<SettingProblem> problems = apply(product(name), {{setting}}, options);
    if (problems.size() != 1 || problems[0].setting != 0U)
    {
        return "(" + std::to_string(problems.size()) + " problems)";
    }
    return problems[0].clause;
}

constexpr std::string_view kGateway = "grandstream-gxw410x";
constexpr std::string_view kVos = "vos3000";

} // namespace

TEST_CASE("every profile that is compiled in loads without a problem")
{
    CHECK(builtin_profiles() == std::vector<std::string>{"asterisk-pjsip",
                                                         "baresip",
                                                         "cisco-spa",
                                                         "freeswitch-gateway",
                                                         "grandstream-grp26xx",
                                                         "grandstream-gxw410x",
                                                         "grandstream-gxw42xx",
                                                         "grandstream-ht8xx",
                                                         "kamailio-uac",
                                                         "pjsua",
                                                         "poly-ucs",
                                                         "rfc3261",
                                                         "sofia-sip",
                                                         "vos3000",
                                                         "yealink-t4x"});
    for (const std::string& name : builtin_profiles())
    {
        CAPTURE(name);
        const Checked<Profile> loaded = load_profile(builtin_text(name));
        if (const auto* problems = std::get_if<std::vector<Problem>>(&loaded))
        {
            for (const Problem& problem : *problems)
            {
                FAIL_CHECK(problem.line, ":", problem.column, ": ", problem.message);
            }
        }
        DeviceOptions options;
        apply_known(product(name), options);
        CHECK(registration::validate(options.registration).empty());
    }
    CHECK(builtin_profile("nobody") == nullptr);
    CHECK(builtin_text("nobody").empty());
}

TEST_CASE("GXW410x without a setting: 60 min, 20 s, no unregister (User Guide p. 27)")
{
    const RegistrationOptions o = options_of(kGateway);
    CHECK(o.enabled);
    CHECK(o.expires == 3600);
    CHECK(o.send_expires);
    CHECK(o.retry.kind == registration::RetryLaw::Kind::kConstant);
    CHECK(o.retry.base == 20s);
    CHECK(o.unregister == registration::Unregister::kNone);
    CHECK(o.refresh.kind == registration::RefreshLaw::Kind::kLead);
    CHECK(o.refresh.lead == 20s); // Model choice
}

TEST_CASE("GXW410x Register Expiration counts minutes: 1 is 60 s, 65535 is 3 932 100 s")
{
    CHECK(options_of(kGateway, {{"vendor.Register Expiration", std::int64_t{1}}}).expires == 60);
    CHECK(options_of(kGateway, {{"vendor.Register Expiration", std::int64_t{60}}}).expires == 3600);
    CHECK(options_of(kGateway, {{"vendor.P32", std::int64_t{65535}}}).expires == 3'932'100);
    CHECK(options_of(kGateway, {{"vendor.register expiration", std::string{"2h"}}}).expires ==
          7200);
    CHECK(options_of(kGateway, {{"registration.expires", std::string{"65535min"}}}).expires ==
          3'932'100);
}

TEST_CASE("GXW410x: a value outside the device's range is refused with the range, by either name")
{
    CHECK(clause_of(kGateway, {"registration.retry_wait", std::string{"2h"}}) ==
          "Grandstream GXW410x allows 1s to 3600s (SIP Registration Failure Retry Wait Time)");
    CHECK(clause_of(kGateway, {"registration.retry_wait", std::string{"500ms"}}) ==
          "Grandstream GXW410x allows 1s to 3600s (SIP Registration Failure Retry Wait Time)");
    CHECK(clause_of(kGateway, {"registration.retry_wait", std::string{"1500ms"}}) ==
          "Grandstream GXW410x counts it in whole s (SIP Registration Failure Retry Wait Time)");
    CHECK(clause_of(kGateway, {"vendor.P138", std::int64_t{3601}}) ==
          "Grandstream GXW410x allows 1s to 3600s (SIP Registration Failure Retry Wait Time)");
    CHECK(clause_of(kGateway, {"vendor.P138", std::int64_t{0}}) ==
          "Grandstream GXW410x allows 1s to 3600s (SIP Registration Failure Retry Wait Time)");
    CHECK(clause_of(kGateway, {"vendor.Register Expiration", std::int64_t{65536}}) ==
          "Grandstream GXW410x allows 1min to 65535min (Register Expiration)");
    CHECK(clause_of(kGateway, {"registration.expires", std::string{"90s"}}) ==
          "Grandstream GXW410x counts it in whole min (Register Expiration)");
    CHECK(clause_of(kGateway, {"vendor.Register Expiration", std::string{"90s"}}) ==
          "is not a whole number of min; Grandstream GXW410x allows 1min to 65535min (Register "
          "Expiration)");
    CHECK(clause_of(kGateway, {"vendor.Register Expiration", 1.5})
              .starts_with("is not a whole number of min"));
    CHECK(options_of(kGateway, {{"registration.retry_wait", std::string{"3600s"}}}).retry.base ==
          3600s);
    CHECK(options_of(kGateway, {{"vendor.P571", std::int64_t{1}}}).retry.base == 1s);
}

TEST_CASE("GXW410x Unregister on Reboot: own Contact before the reboot, or as its readings say")
{
    using registration::Unregister;
    using registration::UnregisterWhen;
    RegistrationOptions o = options_of(kGateway, {{"vendor.Unregister on Reboot", true}});
    CHECK(o.unregister == Unregister::kOwn);
    CHECK(o.unregister_when == UnregisterWhen::kShutdown);
    o = options_of(kGateway,
                   {{"vendor.P81", std::int64_t{1}},
                    {"vendor.Unregister Contact", std::string{"*"}},
                    {"vendor.Unregister Moment", std::string{"after the reboot"}}});
    CHECK(o.unregister == Unregister::kAll);
    CHECK(o.unregister_when == UnregisterWhen::kBoot);
    CHECK(options_of(kGateway, {{"vendor.P81", std::string{"no"}}}).unregister ==
          Unregister::kNone);
    CHECK(clause_of(kGateway, {"vendor.P81", std::int64_t{2}}) ==
          "Grandstream GXW410x allows No | Yes (Unregister on Reboot)");
}

TEST_CASE("what is not simulated is refused, never ignored")
{
    CHECK(clause_of(kGateway, {"vendor.SIP transport", std::int64_t{2}}) ==
          "is not simulated; only UDP is");
    CHECK(clause_of(kGateway, {"vendor.Use NAT IP", std::string{"192.0.2.1"}}) ==
          "is not simulated");
    CHECK(clause_of(kGateway, {"vendor.NAT Traversal", std::string{"UPnP"}}) ==
          "Grandstream GXW410x allows Yes (STUN) | No | No, but send keep-alive (NAT Traversal)");
    // Servers are a fleet's, by the names of the configuration.
    CHECK(clause_of(kGateway, {"vendor.P76", std::string{"stun.example"}}) ==
          "is the fleet's `stun_server`: set that instead");
    CHECK(clause_of(kGateway, {"vendor.Outbound Proxy", std::string{"sbc.example"}}) ==
          "is the fleet's `proxy`: set that instead");
    CHECK(clause_of(kGateway, {"vendor.SIP Server", std::string{"sip.example"}}) ==
          "is the fleet's `server`: set that instead");
    // The value that is how we behave anyway may be written.
    CHECK(options_of(kGateway,
                     {{"vendor.User ID is Phone Number", false}, {"vendor.P52", std::int64_t{1}}})
              .enabled);
}

TEST_CASE("GXW410x: keep-alive is blank UDP every 20 s by default (User Guide p. 27)")
{
    DeviceOptions o;
    const std::vector<Setting> keep{{"vendor.P52", std::int64_t{2}}};
    REQUIRE(apply(product(kGateway), keep, o).empty());
    CHECK(o.nat.keepalive.kind == nat::KeepaliveOptions::Kind::kBlank);
    CHECK(o.nat.keepalive.interval == 20s);
    const std::vector<Setting> line{
        {"vendor.NAT Traversal", std::string{"No, but send keep-alive"}},
        {"vendor.Keep-alive Payload", std::string{"CRLF"}},
        {"vendor.P84", std::int64_t{30}}};
    REQUIRE(apply(product(kGateway), line, o).empty());
    CHECK(o.nat.keepalive.kind == nat::KeepaliveOptions::Kind::kCrlf);
    CHECK(o.nat.keepalive.interval == 30s);
    REQUIRE(apply(product(kGateway), {}, o).empty());
    CHECK_FALSE(o.nat.keepalive.enabled());
}

TEST_CASE(
    "GXW410x NAT Traversal: 0 is STUN, 1 nothing, 2 keep-alive, unlike later models (fw 1.3.4.13)")
{
    DeviceOptions o;
    const auto set = [&](std::int64_t code) {
        const std::vector<Setting> settings{{"vendor.P52", code}};
        REQUIRE(apply(product(kGateway), settings, o).empty());
    };
    set(0);
    CHECK(o.nat.mode == nat::TraversalMode::kStun);
    // User Guide p. 27: the unit finds out which kind of NAT it is.
    CHECK(o.nat.discovery == nat::StunDiscoveryKind::kTree);
    CHECK(o.nat.refresh == nat::StunRefresh::kKeepalive); // Model choice
    CHECK(o.nat.keepalives().kind == nat::KeepaliveOptions::Kind::kBlank);
    set(1);
    CHECK(o.nat.mode == nat::TraversalMode::kNone);
    CHECK_FALSE(o.nat.keepalives().enabled());
    set(2);
    CHECK(o.nat.mode == nat::TraversalMode::kKeepalive);
    CHECK(o.nat.keepalives().kind == nat::KeepaliveOptions::Kind::kBlank);
    CHECK(o.nat.probe == nat::Probe::kNone); // it has no such parameter
    // What the guide leaves open may be set beside it.
    const std::vector<Setting> binding{{"vendor.NAT Traversal", std::string{"Yes (STUN)"}},
                                       {"nat.stun.refresh", std::string{"binding"}}};
    REQUIRE(apply(product(kGateway), binding, o).empty());
    CHECK(o.nat.refresh == nat::StunRefresh::kBinding);
    CHECK_FALSE(o.nat.keepalives().enabled());
}

TEST_CASE("GXW410x Proxy-Require is an option tag, none by default (User Guide p. 27)")
{
    DeviceOptions o;
    REQUIRE(apply(product(kGateway), {}, o).empty());
    CHECK(o.proxy_require.empty());
    const std::vector<Setting> tag{{"vendor.P197", std::string{"com.example.nat"}}};
    REQUIRE(apply(product(kGateway), tag, o).empty());
    CHECK(o.proxy_require == "com.example.nat");
    CHECK(clause_of(kGateway, {"vendor.Proxy-Require", std::string{"two words"}}) ==
          "must be a token (RFC 3261 §25.1), or none");
    CHECK(clause_of(kGateway, {"vendor.Proxy-Require", std::int64_t{1}}) == "must be a text");
    const std::vector<Setting> twice{{"vendor.P197", std::string{"a"}},
                                     {"registration.proxy_require", std::string{"b"}}};
    REQUIRE(apply(product(kGateway), twice, o).size() == 1);
}

TEST_CASE("options about NATs that do not go together are blamed on the setting")
{
    DeviceOptions o;
    const std::vector<Setting> two{{"nat.traversal", std::string{"stun"}},
                                   {"nat.probe", std::string{"stun"}},
                                   {"nat.stun.refresh", std::string{"binding"}}};
    const auto problems = apply(product("rfc3261"), two, o);
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].setting == 2U);
    CHECK(problems[0].clause.starts_with("must be keepalive or none with probe = stun"));
    const std::vector<Setting> brief{{"nat.probe_interval_min", std::string{"1min"}}};
    const auto sentence = apply(product("rfc3261"), brief, o);
    REQUIRE(sentence.size() == 1);
    CHECK(sentence[0].setting == 0U);
    CHECK(sentence[0].clause == "does not go with nat.probe_interval_max = 29s (default): must be "
                                "at least probe_interval_min (60s)");
}

TEST_CASE("VOS3000 without a setting: Auto Negotiation, 60 s, cancel register on (table 4-3)")
{
    const RegistrationOptions o = options_of(kVos);
    CHECK(o.expires == 3600);
    CHECK(o.send_expires);
    CHECK(o.min_granted == 20);
    CHECK(o.max_granted == 7200);
    CHECK(o.retry.base == 60s);
    CHECK(o.unregister == registration::Unregister::kOwn);
    CHECK(o.unregister_when == registration::UnregisterWhen::kShutdown);
    CHECK(o.transaction.retransmission.kind == sip::RetransmissionLaw::Kind::kRfc3261);
}

TEST_CASE("VOS3000 SS_SIP_USER_AGENT_EXPIRE: Auto Negotiation or 20 to 7200 s")
{
    const std::string key = "vendor.SS_SIP_USER_AGENT_EXPIRE";
    const RegistrationOptions fixed = options_of(kVos, {{key, std::int64_t{300}}});
    CHECK(fixed.expires == 300);
    CHECK(fixed.max_granted == RegistrationOptions{}.max_granted);
    CHECK(options_of(kVos, {{key, std::string{"auto negotiation"}}}).max_granted == 7200);
    CHECK_FALSE(options_of(kVos, {{"vendor.Auto Negotiation asks", std::string{"for nothing"}}})
                    .send_expires);
    const std::string range =
        "VOS3000 2.1.9.07 allows 20s to 7200s | Auto Negotiation (SS_SIP_USER_AGENT_EXPIRE)";
    CHECK(clause_of(kVos, {key, std::int64_t{19}}) == range);
    CHECK(clause_of(kVos, {key, std::int64_t{7201}}) == range);
    CHECK(clause_of(kVos, {key, std::string{"auto"}}).ends_with(range));
    CHECK(clause_of(kVos, {"registration.expires", std::string{"3h"}}) ==
          "VOS3000 2.1.9.07 allows 20s to 7200s (SS_SIP_USER_AGENT_EXPIRE)");
}

TEST_CASE("VOS3000 SS_SIP_USER_AGENT_RETRY_DELAY: 30 to 600 s")
{
    const std::string key = "vendor.SS_SIP_USER_AGENT_RETRY_DELAY";
    CHECK(options_of(kVos, {{key, std::int64_t{30}}}).retry.base == 30s);
    CHECK(options_of(kVos, {{key, std::string{"10min"}}}).retry.base == 600s);
    CHECK(clause_of(kVos, {key, std::int64_t{29}}) ==
          "VOS3000 2.1.9.07 allows 30s to 600s (SS_SIP_USER_AGENT_RETRY_DELAY)");
    CHECK(clause_of(kVos, {key, std::int64_t{601}}).starts_with("VOS3000 2.1.9.07 allows"));
}

TEST_CASE("VOS3000 SS_SIP_USER_AGENT_SEND_UNREGISTER and the Contact of its cancel")
{
    const std::string key = "vendor.SS_SIP_USER_AGENT_SEND_UNREGISTER";
    CHECK(options_of(kVos, {{key, std::string{"Off"}}}).unregister ==
          registration::Unregister::kNone);
    CHECK(options_of(kVos, {{"vendor.Cancel Contact", std::string{"*"}}}).unregister ==
          registration::Unregister::kAll);
}

TEST_CASE("VOS3000 SS_SIP_RESEND_INTERVAL is a list, with commas or as TOML has it")
{
    const std::string key = "vendor.SS_SIP_RESEND_INTERVAL";
    const RegistrationOptions text = options_of(kVos, {{key, std::string{"0.5, 1,2"}}});
    const sip::RetransmissionLaw& law = text.transaction.retransmission;
    CHECK(law.kind == sip::RetransmissionLaw::Kind::kList);
    REQUIRE(law.intervals.size() == 3);
    CHECK(law.intervals[0] == 500ms);
    CHECK(law.intervals[2] == 2s);
    const RegistrationOptions list =
        options_of(kVos, {{key, std::vector<Scalar>{0.5, std::int64_t{1}, std::string{"2s"}}}});
    CHECK(list.transaction.retransmission.intervals == law.intervals);
    CHECK(clause_of(kVos, {key, std::string{"0.5,x"}}).starts_with("is not a duration"));
    CHECK(clause_of(kVos, {key, std::string{"0,1"}}) == "0s must be above 0s and at most 1d");
}

TEST_CASE("an unknown name is met with the nearest known one")
{
    CHECK(clause_of(kGateway, {"registration.rety_wait", std::string{"20s"}}) ==
          "is no parameter of a device; did you mean \"registration.retry_wait\"?");
    CHECK(clause_of(kGateway, {"vendor.Registr Expiration", std::int64_t{60}}) ==
          "is no parameter of Grandstream GXW410x; did you mean vendor.\"Register Expiration\"?");
    CHECK(clause_of(kVos, {"vendor.zzz", std::int64_t{60}}) ==
          "is no parameter of VOS3000 2.1.9.07");
}

TEST_CASE("one thing set under two names is refused")
{
    DeviceOptions o;
    const std::vector<Setting> settings{{"vendor.P138", std::int64_t{30}},
                                        {"registration.retry_wait", std::string{"40s"}},
                                        {"vendor.P471", std::int64_t{50}}};
    const std::vector<SettingProblem> problems = apply(product(kGateway), settings, o);
    REQUIRE(problems.size() == 2);
    CHECK(problems[0].setting == 2U);
    CHECK(problems[0].clause == "is set a second time, by another name");
    CHECK(problems[0].twin == 0U);
    CHECK(problems[1].setting == 1U);
    CHECK(problems[1].clause == "is set a second time, by another name");
    CHECK(problems[1].twin == 0U);
    CHECK(o.registration.retry.base == RegistrationOptions{}.retry.base);
}

TEST_CASE("values that do not go together are blamed on the setting")
{
    CHECK(clause_of(kGateway, {"registration.max_granted", std::string{"1s"}}) == "(0 problems)");
    DeviceOptions o;
    const std::vector<Setting> settings{{"registration.retry.law", std::string{"doubling"}},
                                        {"registration.retry.cap", std::string{"10s"}}};
    const std::vector<SettingProblem> problems = apply(product(kGateway), settings, o);
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].setting == 1U);
    CHECK(problems[0].clause.starts_with("must be at least"));
}

TEST_CASE("the listing holds every parameter, its default, range and source")
{
    for (const std::string& name : builtin_profiles())
    {
        const std::vector<ParameterInfo> rows = parameters(product(name));
        CHECK(rows.size() == device_parameters().size() + product(name).parameters.size());
        for (const ParameterInfo& row : rows)
        {
            CAPTURE(row.key);
            CHECK_FALSE(row.meaning.empty());
            CHECK_FALSE(row.source.empty());
            CHECK_FALSE(row.type.empty());
            CHECK_FALSE(row.default_value.empty());
            CHECK((row.kind == "model") == row.effect.empty());
        }
    }
    const std::vector<ParameterInfo> rows = parameters(product(kGateway));
    const auto row = [&](std::string_view key) {
        const auto found =
            std::ranges::find_if(rows, [&](const ParameterInfo& r) { return r.key == key; });
        REQUIRE(found != rows.end());
        return *found;
    };
    CHECK(row("registration.retry_wait").default_value == "30s");
    CHECK(row("registration.retry_wait").value == "20s");
    CHECK(row("registration.retry_wait").range == "1s to 3600s");
    CHECK(row("registration.refresh.lead").note.starts_with("Model choice"));
    CHECK(row("vendor.\"Register Expiration\"").unit == "min");
    CHECK(row("vendor.\"Register Expiration\"").default_value == "60");
    CHECK(row("vendor.\"Register Expiration\"").range == "1min to 65535min");
    CHECK(row("vendor.\"Register Expiration\"").effect == "registration.expires");
    CHECK(row("vendor.\"NAT Traversal\"").default_value == "unknown");
    CHECK(row("vendor.\"NAT Traversal\"").value == "No");
    CHECK(row("vendor.\"Keep-alive interval\"").effect == "nat.keepalive_interval");
    CHECK(row("vendor.\"Proxy-Require\"").effect == "registration.proxy_require");
    CHECK(row("vendor.\"Proxy-Require\"").type == "text");
    CHECK(row("vendor.\"Proxy-Require\"").value == "none");
    CHECK(row("vendor.\"STUN server\"").effect == "set the fleet's `stun_server` instead");
    CHECK(row("registration.proxy_require").range == "a token (RFC 3261 §25.1), or none");
    CHECK(row("nat.probe_loss_limit").range == "1 to 255");
    CHECK(row("nat.stun.refresh").default_value == "keepalive");
    CHECK(row("vendor.\"SIP transport\"").effect == "not simulated but for UDP");
    CHECK(row("vendor.\"Unregister Contact\"").kind == "reading");
}
