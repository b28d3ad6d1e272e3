// Settings that do nothing where they stand, and a rule of VOS3000's guide.
#include "tests/unit/runner_config_files.h"

using namespace sipsim;
using namespace sipsim::runner;

namespace
{

using Lines = std::vector<std::string>;

Lines
warnings_of(const ConfigText& config)
{
    Lines messages;
    for (const Problem& warning : loaded(config.text()).warnings)
    {
        messages.push_back(warning.message);
    }
    return messages;
}

Lines
warnings(const std::string& registrar, const std::string& rest = "")
{
    return warnings_of({.registrar = registrar, .rest = rest});
}

/// Of a registrar with `registrar` and a proxy before it with `proxy`.
Lines
control_warnings(const std::string& registrar,
                 const std::string& proxy,
                 const std::string& rest = "")
{
    return warnings_of({.registrar = registrar,
                        .fleet = "proxy = \"edge\"\n",
                        .rest = "[[proxy]]\nname = \"edge\"\nat = \"Denver\"\nregistrar = "
                                "\"reg1\"\n" +
                                proxy + rest});
}

const std::string kServes = "station.workers = 1\nstation.unauthenticated = \"5ms\"\n";
const std::string kLoss = kServes + "station.overload_control = \"loss\"\n";
const std::string kRate = kServes + "station.overload_control = \"rate\"\n";
const std::string kOffersLoss = "overload.algorithms = \"loss\"\n";
const std::string kOffersBoth = "overload.algorithms = \"loss-and-rate\"\n";

const std::string kSession = "admission.session_retries = 3\nadmission.session_timeout = \"9s\"\n";

} // namespace

TEST_CASE("a registrar without workers serves in no time: what its service would take is idle")
{
    const std::string service = "station.law = \"exponential\"\nstation.unauthenticated = \"5ms\"\n"
                                "station.authenticated = \"15ms\"\nstation.queue = 200\n";
    CHECK(warnings(service) ==
          Lines{"station.law: has no effect without station.workers",
                "station.unauthenticated: has no effect without station.workers",
                "station.authenticated: has no effect without station.workers",
                "station.queue: has no effect without station.workers"});
    CHECK(warnings("station.workers = 1\n" + service).empty());
    CHECK(warnings("station.queue = 5\nstation.when_full = \"refuse\"\n") ==
          Lines{"station.queue: has no effect without station.workers",
                "station.when_full: has no effect without station.queue or station.rate_limit"});
}

TEST_CASE("a Retry-After is idle where no 503 that carries one is ever sent")
{
    const std::string adaptive = "station.retry_after_law = \"adaptive\"\n";
    const Lines idle{"station.retry_after_law: has no effect without a refusal that carries it"};
    CHECK(warnings(adaptive) == idle);
    CHECK(warnings(adaptive + "station.rate_limit = \"9/s\"\n") == idle); // what is more is dropped
    const std::string refuse = "station.when_full = \"refuse\"\n";
    CHECK(warnings(adaptive + refuse + "station.rate_limit = \"9/s\"\n").empty());
    CHECK(warnings(adaptive + refuse + "station.workers = 1\nstation.queue = 5\n").empty());
    CHECK(warnings(adaptive + "station.while_loading = \"refuse\"\nstation.load_time = \"5s\"\n",
                   kOutage)
              .empty());
    CHECK(warnings("station.while_loading = \"refuse\"\nstation.retry_after = \"5s\"\n") ==
          Lines{"station.while_loading: has no effect without station.load_time",
                "station.retry_after: has no effect without a refusal that carries it"});
}

TEST_CASE("a fixed Retry-After of 0 s is none (RFC 3261 20.33)")
{
    const std::string refuse = "station.when_full = \"refuse\"\nstation.rate_limit = \"9/s\"\n";
    const auto none = [](const char* key) {
        return Lines{std::string{key} + ": has no effect at 0s: no Retry-After is sent"};
    };
    CHECK(warnings(refuse + "station.retry_after = \"0s\"\n") == none("station.retry_after"));
    CHECK(warnings(refuse + "station.retry_after = \"1s\"\n").empty());
    CHECK(warnings("refuse_status = 503\nretry_after = \"0s\"\n") == none("retry_after"));
    CHECK(warnings("refuse_status = 503\nretry_after = \"1s\"\n").empty());
    CHECK(control_warnings(kLoss, kOffersLoss + "overload.retry_after = \"0s\"\n") ==
          none("overload.retry_after"));
    CHECK(control_warnings(kLoss, kOffersLoss + "overload.retry_after = \"1s\"\n").empty());
    const std::string drain = "[[fault]]\nkind = \"drain\"\ntarget = \"registrar:reg1\"\n"
                              "at = \"80min\"\ngrace = \"1min\"\nfor = \"1min\"\n";
    CHECK(warnings("", drain + "retry_after = \"0s\"\n") == none("retry_after"));
    CHECK(warnings("", drain + "retry_after = \"1s\"\n").empty());
    CHECK(warnings(refuse,
                   "[sweep.over]\n\"registrar.reg1.station.retry_after\" = [\"0s\", \"9s\"]\n")
              .empty());
}

TEST_CASE("overload control is idle where a registrar's work takes no time")
{
    for (const char* control : {"loss", "rate"})
    {
        CHECK(control_warnings("station.workers = 1\nstation.overload_control = \"" +
                                   std::string{control} + "\"\n",
                               kOffersBoth) ==
              Lines{"station.overload_control: has no effect without station.unauthenticated or "
                    "station.authenticated"});
    }
    CHECK(control_warnings(kLoss, kOffersBoth).empty());
    CHECK(control_warnings(kRate, kOffersBoth).empty());
}

TEST_CASE("what a proxy offers is idle where its registrar says nothing of its load")
{
    const std::string told = "overload.burst = 9\noverload.retry_after = \"1s\"\n"
                             "overload.retry_after_max = \"9s\"\n";
    CHECK(control_warnings(kServes, kOffersBoth + told) ==
          Lines{"overload.algorithms: has no effect without station.overload_control at registrar "
                "reg1",
                "overload.burst: has no effect without station.overload_control = \"rate\" at "
                "registrar reg1",
                "overload.retry_after: has no effect without station.overload_control at registrar "
                "reg1",
                "overload.retry_after_max: has no effect without station.overload_control at "
                "registrar reg1"});
    CHECK(control_warnings(kLoss, kOffersBoth + told) ==
          Lines{"overload.burst: has no effect without station.overload_control = \"rate\" at "
                "registrar reg1"});
    CHECK(control_warnings(kRate, kOffersBoth + told).empty());
    // Of the words of the proxy alone.
    CHECK(control_warnings(kLoss, kOffersLoss + "overload.burst = 9\n") ==
          Lines{"overload.burst: has no effect but with overload.algorithms = \"loss-and-rate\""});
    CHECK(control_warnings(kServes, "overload.algorithms = \"none\"\noverload.burst = 9\n") ==
          Lines{"overload.burst: has no effect without overload.algorithms"});
}

TEST_CASE("overload control needs no proxy, as devices feel it; a rate needs one that can tell it")
{
    CHECK(control_warnings(kRate, kOffersLoss) ==
          Lines{"station.overload_control: \"rate\" acts as \"loss\" on proxies, none of which has "
                "overload.algorithms = \"loss-and-rate\""});
    for (const std::string& control : {kLoss, kRate})
    {
        CHECK(warnings(control).empty());
        CHECK(control_warnings(control, "").empty());
    }
}

TEST_CASE("overload control: a standby may meet the proxies of the registrar it stands in for")
{
    const std::string standby = "[[registrar]]\nname = \"reg2\"\nat = \"Chicago\"\n" + kRate;
    const std::string vip = "[[fault]]\nkind = \"vip-switch\"\ntarget = \"registrar:reg1\"\n"
                            "standby = \"reg2\"\nat = \"80min\"\nfor = \"5s\"\n";
    CHECK(control_warnings(kServes, kOffersBoth + "overload.burst = 9\n", standby + vip).empty());
    CHECK(control_warnings(kServes, kOffersBoth, standby) ==
          Lines{"overload.algorithms: has no effect without station.overload_control at registrar "
                "reg1"});
}

TEST_CASE("overload control may be real in [live], or set by a sweep")
{
    const std::string live = "[live]\nregistrar = \"reg1\"\n";
    CHECK(control_warnings("", kOffersBoth, live).empty());
    const std::string swept = "[sweep.over]\n\"registrar.reg1.station.overload_control\" = ";
    CHECK(control_warnings(kServes, kOffersBoth, swept + "[\"none\", \"rate\"]\n").empty());
    CHECK(control_warnings(kServes, kOffersBoth, swept + "[\"none\"]\n") ==
          Lines{"overload.algorithms: has no effect without station.overload_control at registrar "
                "reg1"});
    CHECK(control_warnings(kRate,
                           "",
                           "[sweep.over]\n\"proxy.edge.overload.algorithms\" = "
                           "[\"none\", \"loss-and-rate\"]\n")
              .empty());
}

TEST_CASE("what a device's law of refreshing does not read is idle, and what refines nothing")
{
    const auto of = [](const std::string& fleet, const std::string& rest = "") {
        return warnings_of({.fleet = fleet, .rest = rest});
    };
    const std::string shares = "registration.refresh.low = 0.5\nregistration.refresh.high = 0.9\n";
    const std::string leads = "registration.refresh.lead = \"20s\"\n";
    const std::string law = "registration.refresh.law = ";
    const Lines low{"registration.refresh.low: has no effect but with registration.refresh.law = "
                    "\"fraction\" or \"uniform\""};
    const Lines high{"registration.refresh.high: has no effect but with registration.refresh.law = "
                     "\"uniform\""};
    const Lines lead{"registration.refresh.lead: has no effect but with registration.refresh.law = "
                     "\"lead\""};
    CHECK(of(law + "\"lead\"\n" + leads + shares) == Lines{low[0], high[0]});
    CHECK(of(law + "\"fraction\"\n" + leads + shares) == Lines{lead[0], high[0]});
    CHECK(of(law + "\"uniform\"\n" + leads + shares) == lead);
    CHECK(of(law + "\"around-half\"\n" + leads + shares) == Lines{lead[0], low[0], high[0]});
    const std::string kept = "registration.refresh.jitter_per_device = true\n";
    CHECK(of(kept) == Lines{"registration.refresh.jitter_per_device: has no effect without "
                            "registration.refresh.jitter"});
    CHECK(of(kept + "registration.refresh.jitter = 0.1\n").empty());
    const std::string when = "registration.unregister_when = \"boot\"\n";
    CHECK(of("registration.unregister = \"none\"\n" + when) ==
          Lines{"registration.unregister_when: has no effect without registration.unregister"});
    CHECK(of("registration.unregister = \"own\"\n" + when).empty());
    CHECK(
        of(when, "[sweep.over]\n\"fleet.gateways.registration.unregister\" = [\"none\", \"all\"]\n")
            .empty());
}

TEST_CASE("what refines a limit that is off is idle")
{
    CHECK(warnings("admission.session_counts = \"retries\"\nadmission.refused_at = \"last\"\n"
                   "admission.timer_from = \"first-request\"\n"
                   "admission.terminal_counts = \"retries\"\nadmission.suspend = \"180s\"\n"
                   "admission.register_counts = \"wrong\"\nadmission.register_suspend = \"180s\"\n"
                   "admission.terminal = \"source\"\nadmission.when_suspended = \"refuse\"\n"
                   "admission.silent = \"unproven\"\nadmission.source_sampling = \"1s\"\n"
                   "admission.source_remove_latency = \"60s\"\n"
                   "admission.source_ban = \"300s\"\n") ==
          Lines{"admission.session_counts: has no effect without admission.session_retries",
                "admission.refused_at: has no effect without admission.session_retries",
                "admission.timer_from: has no effect without admission.session_timeout",
                "admission.terminal_counts: has no effect without admission.terminal_retries",
                "admission.suspend: has no effect without admission.session_retries, "
                "admission.terminal_retries or admission.timeout_suspends",
                "admission.register_counts: has no effect without admission.register_retries",
                "admission.register_suspend: has no effect without admission.register_retries",
                "admission.terminal: has no effect without a limit that suspends",
                "admission.when_suspended: has no effect without a limit that suspends",
                "admission.silent: has no effect but with admission.reply_unauthorized = false",
                "admission.source_sampling: has no effect without admission.source_density",
                "admission.source_remove_latency: has no effect without admission.source_density",
                "admission.source_ban: has no effect without admission.source_density"});
    // The session's timer runs without a count of retries.
    CHECK(warnings("admission.session_timeout = \"9s\"\nadmission.timer_from = \"first-request\"\n")
              .empty());
    // A session that is refused suspends nobody without a time to suspend for.
    CHECK(warnings(kSession + "admission.terminal = \"source\"\n") ==
          Lines{"admission.terminal: has no effect without a limit that suspends"});
}

TEST_CASE("what refines a limit that is on is not idle")
{
    CHECK(warnings(kSession +
                   "admission.session_counts = \"retries\"\nadmission.refused_at = \"last\"\n"
                   "admission.timer_from = \"first-request\"\nadmission.timeout_suspends = true\n"
                   "admission.terminal_retries = 3\nadmission.terminal_counts = \"retries\"\n"
                   "admission.suspend = \"180s\"\nadmission.terminal = \"source\"\n"
                   "admission.when_suspended = \"refuse\"\n"
                   "admission.reply_unauthorized = false\nadmission.silent = \"unproven\"\n"
                   "admission.source_density = 30\nadmission.source_ban = \"300s\"\n")
              .empty());
    CHECK(warnings("admission.session_timeout = \"9s\"\nadmission.timeout_suspends = true\n"
                   "admission.suspend = \"180s\"\nadmission.terminal = \"both\"\n")
              .empty());
    CHECK(warnings("admission.register_retries = 6\nadmission.register_suspend = \"180s\"\n"
                   "admission.register_counts = \"wrong\"\nadmission.when_suspended = \"refuse\"\n")
              .empty());
}

TEST_CASE(
    "where no REGISTER must prove itself, limits on wrong passwords are idle; those per address "
    "are not")
{
    const std::string limits = "nonce_lifetime = \"10s\"\nwrong_credentials_status = 403\n"
                               "admission.terminal_retries = 6\nadmission.suspend = \"180s\"\n"
                               "admission.reply_unauthorized = false\n"
                               "admission.source_density = 30\nadmission.source_ban = \"300s\"\n";
    CHECK(warnings("challenge = \"never\"\n" + limits) ==
          Lines{"nonce_lifetime: has no effect with challenge = \"never\"",
                "wrong_credentials_status: has no effect with challenge = \"never\"",
                "admission.terminal_retries: has no effect with challenge = \"never\"",
                "admission.suspend: has no effect with challenge = \"never\"",
                "admission.reply_unauthorized: has no effect with challenge = \"never\""});
    CHECK(warnings("challenge = \"initial\"\n" + limits).empty());
    CHECK(warnings("challenge = \"never\"\nadmission.silent = \"unproven\"\n") ==
          Lines{"admission.silent: has no effect with challenge = \"never\""}); // once
}

TEST_CASE(
    "a spread per user without a spread is idle, and a second contact where there is room for one")
{
    CHECK(warnings("expiry_spread_per_user = true\n") ==
          Lines{"expiry_spread_per_user: has no effect without expiry_spread"});
    CHECK(warnings("expiry_spread = 0.1\nexpiry_spread_per_user = true\n").empty());
    CHECK(warnings("second_contact = \"append\"\n") ==
          Lines{"second_contact: \"append\" acts as \"reject\" with max_contacts = 1"});
    CHECK(warnings("second_contact = \"append\"\nmax_contacts = 2\n").empty());
    CHECK(warnings("second_contact = \"reject\"\n").empty());
}

TEST_CASE("what is idle at some points of a sweep is not warned of")
{
    const std::string service = "station.unauthenticated = \"5ms\"\n";
    const auto swept = [](const char* workers) {
        return "[sweep.over]\n\"registrar.reg1.station.workers\" = " + std::string{workers} + "\n";
    };
    CHECK(warnings(service, swept("[0, 2]")).empty());
    CHECK(warnings(service, swept("[0]")) ==
          Lines{"station.unauthenticated: has no effect without station.workers"});
}

// VOS3000's rule: timeout >= retries x 3 s, that is 9, 18 and 30 s for 3, 6 and 10. Its default and the four
// rows of its table of deployments break it.
TEST_CASE("a session's timeout of less than 3 s for each retry is warned of (VOS3000)")
{
    const auto session = [](int retries, int seconds) {
        return warnings("admission.session_retries = " + std::to_string(retries) +
                        "\nadmission.session_timeout = \"" + std::to_string(seconds) + "s\"\n");
    };
    for (const auto& [retries, seconds] : {std::pair{3, 9}, {6, 18}, {10, 30}})
    {
        CAPTURE(retries);
        CHECK(session(retries, seconds).empty());
        CHECK(session(retries, seconds - 1).size() == 1);
    }
    for (const auto& [retries, seconds] : {std::pair{3, 5}, {6, 10}, {8, 20}})
    {
        CAPTURE(retries);
        CHECK(session(retries, seconds).size() == 1);
    }
    CHECK(session(6, 10) ==
          Lines{"admission.session_timeout: is short for admission.session_retries: "
                "VOS3000's guide advises 3s for each"});
    CHECK(warnings("admission.session_timeout = \"1s\"\n").empty()); // no retries are counted
}

TEST_CASE("a setting of the product that does nothing is warned of as ours is")
{
    const auto fleet = [](const std::string& lines) { return warnings_of({.fleet = lines}); };
    CHECK(fleet("dns.mode = \"srv\"\n") == Lines{"dns.mode: has no effect without locate"});
    CHECK(fleet("vendor.\"Use DNS SRV\" = \"Yes\"\n") ==
          Lines{"vendor.\"Use DNS SRV\": has no effect without locate"});
    CHECK(fleet("vendor.P84 = 30\n") == Lines{"vendor.P84: has no effect without keepalives"});
    CHECK(fleet("vendor.P84 = 30\nvendor.P52 = 2\n").empty());
    CHECK(fleet("vendor.P81 = \"Yes\"\nvendor.P32 = 30\n").empty());
    CHECK(
        fleet("vendor.\"Unregister Moment\" = \"after the reboot\"\n") ==
        Lines{
            "vendor.\"Unregister Moment\": has no effect: the other settings leave nothing to it"});
}

TEST_CASE("what must be set is not warned of, nor what others depend on")
{
    const auto ht = [](const std::string& lines) {
        std::string text = ConfigText{.fleet = lines}.text();
        const std::string product = "grandstream-gxw410x";
        text.replace(text.find(product), product.size(), "grandstream-ht8xx");
        Lines messages;
        for (const Problem& warning : loaded(text).warnings)
        {
            messages.push_back(warning.message);
        }
        return messages;
    };
    CHECK(ht("vendor.P52 = 0\n").empty()); // its sources give no default
    CHECK(ht("vendor.P52 = 0\nvendor.P2398 = 60\nvendor.P2399 = 4\n") ==
          Lines{"vendor.P2398: has no effect but with nat.probe = \"options\"",
                "vendor.P2399: has no effect but with nat.probe = \"options\""});
    CHECK(ht("vendor.P52 = 0\nvendor.P2397 = 1\nvendor.P2398 = 60\n").empty());
    CHECK(ht("vendor.P52 = 0\nvendor.P60097 = 60\n") ==
          Lines{"vendor.P60097: has no effect unless vendor.\"Random retry wait\" is Yes"});
    // A sweep of what it takes: idle at one point only.
    CHECK(ht("vendor.P52 = 0\nvendor.P138 = 30\nvendor.P60097 = 60\n[sweep.over]\n"
             "\"fleet.gateways.vendor.P60096\" = [0, 1]\n")
              .empty());
}
