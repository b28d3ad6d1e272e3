// What a section says and nothing else of the file calls for.
#include "tests/unit/runner_config_files.h"

#include <algorithm>

using namespace sipsim;
using namespace sipsim::runner;

namespace
{

using Lines = std::vector<std::string>;

/// "line: message", the line counted from that of `from`, 1.
Lines
warnings_from(const std::string& from, const std::string& text)
{
    const auto line = static_cast<int>(
        std::count(text.begin(), text.begin() + static_cast<long>(text.find(from)), '\n'));
    Lines lines;
    for (const Problem& warning : loaded(text).warnings)
    {
        lines.push_back(std::to_string(warning.line - line) + ": " + warning.message);
    }
    return lines;
}

/// Lines count from that of the registrar's, the fleet's and the rest's first key.
Lines
of_registrar(const std::string& registrar, const std::string& rest = "", const char* fleet = "")
{
    return warnings_from(registrar,
                         ConfigText{.registrar = registrar, .fleet = fleet, .rest = rest}.text());
}

Lines
of_fleet(const std::string& fleet, const std::string& rest = "", const char* registrar = "")
{
    return warnings_from(fleet,
                         ConfigText{.registrar = registrar, .fleet = fleet, .rest = rest}.text());
}

Lines
of_rest(const std::string& rest, const char* registrar = "", const char* fleet = "")
{
    return warnings_from(rest,
                         ConfigText{.registrar = registrar, .fleet = fleet, .rest = rest}.text());
}

const char* const kUnasked = "challenge = \"never\"\n";
const std::string kEdge =
    "[[proxy]]\nname = \"edge\"\nat = \"Denver\"\nregistrar = \"reg1\"\noffload = true\n";
const char* const kByEdge = "proxy = \"edge\"\n";

std::string
fault(const std::string& kind, const std::string& target, const std::string& more = "")
{
    return "[[fault]]\nkind = \"" + kind + "\"\ntarget = \"" + target +
           "\"\nat = \"80min\"\nfor = \"1min\"\n" + more;
}

std::string
second(const std::string& more)
{
    return "[[registrar]]\nname = \"reg2\"\nat = \"Denver\"\n" + more;
}

} // namespace

TEST_CASE("wrong passwords are idle where no registrar of the fleet's asks for one")
{
    const std::string wrong = "wrong_password = 0.1\n";
    CHECK(of_fleet(wrong, "", kUnasked) ==
          Lines{"1: wrong_password: has no effect with challenge = \"never\" at registrar reg1"});
    CHECK(of_fleet(wrong).empty());
    CHECK(of_fleet(wrong, "", "challenge = \"initial\"\n").empty());
    CHECK(of_fleet("wrong_password = 0\n", "", kUnasked).empty());
    // Another of the domain that asks is met only by those who share bindings, or are sent there.
    CHECK(of_fleet(wrong, second(""), kUnasked).size() == 1);
    CHECK(of_fleet(wrong,
                   second("shared_bindings = \"database\"\n"),
                   "challenge = \"never\"\nshared_bindings = \"database\"\n")
              .empty());
    CHECK(of_fleet(wrong,
                   second(""),
                   "challenge = \"never\"\nrefuse_status = 302\nredirect_to = \"reg2\"\n")
              .empty());
    CHECK(of_fleet(wrong,
                   "[sweep.over]\n\"registrar.reg1.challenge\" = [\"never\", \"always\"]\n",
                   kUnasked)
              .empty());
}

TEST_CASE("a password fault is idle where no registrar of the fleet's asks for one")
{
    const std::string change = fault("password", "fleet:gateways");
    CHECK(of_rest(change, kUnasked) ==
          Lines{"2: kind: password has no effect with challenge = \"never\" at registrar reg1"});
    CHECK(of_rest(change).empty());
}

TEST_CASE("what a registrar does after an outage is idle where it has none, nor a drain")
{
    const std::string why = " has no effect without a fault (outage or drain) after which reg1 "
                            "begins anew";
    const std::string after = "station.load_time = \"5s\"\nstation.load_per_binding = \"1ms\"\n"
                              "station.while_loading = \"refuse\"\nbindings = \"lost\"\n";
    const Lines idle{"1: station.load_time:" + why,
                     "2: station.load_per_binding:" + why,
                     "3: station.while_loading:" + why,
                     "4: bindings:" + why};
    CHECK(of_registrar(after) == idle);
    CHECK(of_registrar(after, kOutage).empty());
    CHECK(of_registrar(after, fault("drain", "registrar:reg1")).empty());
    CHECK(of_registrar(after, second("") + fault("outage", "registrar:reg2")) == idle);
    CHECK(of_registrar(after, fault("crash", "fleet:gateways")) == idle);
    CHECK(of_registrar("bindings = \"kept\"\nstation.load_time = \"0s\"\n").empty());
    // Of a vip-switch the host dies for good, and what it knew with it.
    CHECK(of_registrar("bindings = \"lost\"\n",
                       "[[registrar]]\nname = \"reg2\"\nat = \"Chicago\"\n" +
                           fault("vip-switch", "registrar:reg1", "standby = \"reg2\"\n")) ==
          Lines{"1: bindings:" + why});
    CHECK(of_registrar(after,
                       fault("none", "registrar:reg1") +
                           "[sweep.over]\n\"fault.1.kind\" = [\"none\", \"outage\"]\n")
              .empty());
}

TEST_CASE(
    "a grace at shutdown is idle where nothing is sent then, and a cap on a wait that never grows")
{
    const std::string grace = "registration.shutdown_grace = \"2s\"\n";
    const std::string unregister = "registration.unregister = ";
    const Lines idle{
        "1: registration.shutdown_grace: has no effect without registration.unregister "
        "at a shutdown"};
    CHECK(of_fleet(grace + unregister + "\"none\"\n") == idle);
    CHECK(of_fleet(grace + unregister + "\"own\"\nregistration.unregister_when = \"boot\"\n") ==
          idle);
    CHECK(of_fleet(grace + unregister + "\"own\"\nregistration.unregister_when = \"shutdown\"\n")
              .empty());
    const std::string cap = "registration.retry.cap = \"90s\"\nregistration.retry.law = ";
    CHECK(of_fleet(cap + "\"constant\"\n") ==
          Lines{"1: registration.retry.cap: has no effect with registration.retry.law = "
                "\"constant\""});
    CHECK(of_fleet(cap + "\"doubling\"\n").empty());
}

TEST_CASE("a proxy that nobody is led to is told, at the proxy")
{
    const Lines unused{"1: no [[fleet]] and no [[zone]] leads to [[proxy]] \"edge\": name it as a "
                       "fleet's proxy, or leave it out"};
    CHECK(of_rest(kEdge) == unused);
    CHECK(of_rest(kEdge, "", kByEdge).empty());
    const std::string zone = "[[zone]]\nname = \"main\"\norigin = \"sip.example\"\nrecords = [";
    CHECK(of_rest(kEdge + zone + "\"a A proxy:edge\"]\n").empty());
    CHECK(of_rest(kEdge + zone + "\"a A registrar:reg1\"]\n") == unused);
    CHECK(
        of_rest(kEdge + "[sweep.over]\n\"fleet.gateways.proxy\" = [\"none\", \"edge\"]\n").empty());
    CHECK(of_rest(kEdge + "[live]\nregistrar = \"reg1\"\n").empty());
}

TEST_CASE("a limit per source is doubtful where all come from a proxy's address")
{
    const std::string density = "admission.source_density = 30\n";
    CHECK(of_registrar(density, kEdge, kByEdge) ==
          Lines{"1: admission.source_density: all fleets of reg1 come by a proxy, whose devices "
                "count as one address: leave it out, or allow for all of them together"});
    CHECK(of_registrar(density).empty());
    const std::string direct =
        "[[fleet]]\nname = \"direct\"\nprofile = \"rfc3261\"\ncount = 2\nserver = \"reg1\"\n";
    CHECK(of_registrar(density, kEdge + direct, kByEdge).empty());
    const std::string attacker = "[[attacker]]\nname = \"scanner\"\ntargets = \"gateways\"\n";
    CHECK(of_registrar(density, kEdge + attacker, kByEdge).empty());
    const std::string limits = "admission.terminal_retries = 6\nadmission.suspend = \"180s\"\n";
    CHECK(of_registrar("admission.terminal = \"source\"\n" + limits, kEdge, kByEdge) ==
          Lines{"1: admission.terminal: all fleets of reg1 come by a proxy, whose devices are one "
                "\"source\" and suspended together: take \"account\""});
    CHECK(of_registrar("admission.terminal = \"both\"\n" + limits, kEdge, kByEdge) ==
          Lines{"1: admission.terminal: \"both\" acts as \"account\": all fleets of reg1 come by a "
                "proxy"});
    CHECK(of_registrar("admission.terminal = \"account\"\n" + limits, kEdge, kByEdge).empty());
}

TEST_CASE("registrars that redirect in a circle are told, each at its redirect_to")
{
    const std::string to = "refuse_status = 302\nredirect_to = ";
    CHECK(
        of_registrar(to + "\"reg2\"\n", second(to + "\"reg1\"\n")) ==
        Lines{
            "2: redirect_to = \"reg2\": leads back to reg1: nobody who comes to any of them ever "
            "registers",
            "12: redirect_to = \"reg1\": leads back to reg2: nobody who comes to any of them ever "
            "registers"});
    CHECK(of_registrar(to + "\"reg1\"\n") ==
          Lines{"2: redirect_to = \"reg1\": is the registrar itself: nobody who comes to it ever "
                "registers"});
    CHECK(of_registrar(to + "\"reg2\"\n", second("")).empty());
}

TEST_CASE("a start that takes longer than the run leaves devices out (3 h)")
{
    for (const std::string law : {"random", "ramp"})
    {
        CHECK(of_fleet("start = \"" + law + "(4h)\"\n") ==
              Lines{"1: start = \"" + law +
                    "(4h)\": the run ends at 3h, before every device has begun: make it shorter, "
                    "or experiment.duration longer"});
        CHECK(of_fleet("start = \"" + law + "(3h)\"\n").empty());
    }
}

TEST_CASE("a change to the zone that is served anyway is idle")
{
    const std::string zone = "origin = \"sip.example\"\nrecords = [\"a A registrar:reg1\"]\n";
    const std::string both = "[[zone]]\nname = \"main\"\n" + zone + "[[zone]]\nname = \"other\"\n" +
                             zone +
                             "[[dns]]\nname = \"ns1\"\nat = \"Denver\"\nzones = [\"main\"]\n";
    CHECK(of_rest(both + fault("zone-change", "dns:ns1", "zone = \"main\"\n")) ==
          Lines{"18: zone: main is what that name server serves anyway: nothing changes"});
    CHECK(of_rest(both + fault("zone-change", "dns:ns1", "zone = \"other\"\n")).empty());
}

TEST_CASE("a fault of kind none is idle unless a sweep or --set means it")
{
    const std::string none = fault("none", "registrar:reg1");
    CHECK(
        of_rest(none) ==
        Lines{"2: kind: \"none\" does nothing: leave the fault out, or let a sweep set its kind"});
    CHECK(of_rest(none + "[sweep.cases.a]\n[sweep.cases.b]\n\"fault.1.kind\" = \"outage\"\n")
              .empty());
    CHECK(loaded(ConfigText{.rest = kOutage}.text(), {{"fault.1.kind", "none"}}).warnings.empty());
}

TEST_CASE("every so-manieth device of fewer is the first alone")
{
    const auto every = [](const char* number) {
        return of_rest(fault("crash", "fleet:gateways", std::string{"every = "} + number + "\n"));
    };
    CHECK(every("23") ==
          Lines{"6: every: is more than gateways has devices (22): only the first is "
                "hit, which every = 22 says, too"});
    CHECK(every("22").empty());
}
