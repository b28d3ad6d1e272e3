// What a message says of a setting that was not written, of a swept value, and of what it cannot show as it is.
#include "scenarios/runner/message_text.h"
#include "tests/unit/runner_config_files.h"

#include <algorithm>

using namespace sipsim;
using namespace sipsim::runner;

namespace
{

using Lines = std::vector<std::string>;

/// Problems, their lines counted from that of `from`, 1, without the column.
Lines
errors_from(const std::string& from, const std::string& text)
{
    const auto line = static_cast<int>(
        std::count(text.begin(), text.begin() + static_cast<long>(text.find(from)), '\n'));
    Lines lines;
    for (const std::string& problem : problems_of(text))
    {
        const std::size_t colon = problem.find(':');
        lines.push_back(std::to_string(std::stoi(problem) - line) +
                        problem.substr(problem.find(": ", colon)));
    }
    return lines;
}

Lines
of_registrar(const std::string& registrar, const std::string& rest = "")
{
    return errors_from(registrar, ConfigText{.registrar = registrar, .rest = rest}.text());
}

Lines
of_fleet(const std::string& fleet)
{
    return errors_from(fleet, ConfigText{.fleet = fleet}.text());
}

Lines
of_rest(const std::string& rest)
{
    return errors_from(rest, ConfigText{.rest = rest}.text());
}

} // namespace

TEST_CASE("what clashes with a default is told at the key that is written, the default as one")
{
    CHECK(of_registrar("qop = true\nadmission.session_retries = 3\n") ==
          Lines{"2: admission.session_timeout (0s by default): must be longer than 0s with "
                "session_retries, as nothing else ends a session"});
    CHECK(of_registrar("qop = true\ndefault_expires = \"9000s\"\n") ==
          Lines{"2: max_expires (7200s by default): must be at least default_expires"});
    CHECK(of_registrar("qop = true\nmax_expires = \"600s\"\n") ==
          Lines{"2: max_expires = \"600s\": must be at least default_expires (3600s by default)"});
    CHECK(of_registrar("qop = true\nrefuse_status = 302\n") ==
          Lines{"2: redirect_to: must be given with a refuse_status of 300 to 399, and only then"});
    CHECK(of_registrar("redirect_to = \"reg1\"\nrefuse_status = 503\n") ==
          Lines{"1: redirect_to = \"reg1\": must be given with a refuse_status of 300 to 399, and "
                "only then"});
    CHECK(of_registrar("station.when_full = \"refuse\"\nstation.rate_limit = \"9/s\"\n"
                       "station.retry_after_law = \"random\"\nstation.retry_after = \"2s\"\n") ==
          Lines{"4: station.retry_after_max: must be given with retry_after where Retry-After is "
                "random"});
}

TEST_CASE("oc-validity: its range is that of the key, and it is counted in milliseconds (RFC 7339)")
{
    const std::string loss = "station.workers = 1\nstation.unauthenticated = \"5ms\"\n"
                             "station.overload_control = \"loss\"\n";
    CHECK(of_registrar("station.overload_validity = \"1500us\"\n" + loss) ==
          Lines{"1: station.overload_validity = \"1500us\": must be whole milliseconds, as "
                "oc-validity counts them (RFC 7339)"});
    CHECK(of_registrar("station.overload_validity = \"500us\"\n" + loss) ==
          Lines{"1: station.overload_validity = \"500us\": must be 1ms to 1d"});
}

TEST_CASE("what clashes with a device's default is told at the setting that is written")
{
    CHECK(of_fleet("registration.retry.law = \"doubling\"\nregistration.retry_wait = \"1h\"\n") ==
          Lines{"2: registration.retry_wait = \"1h\": does not go with registration.retry.cap = "
                "1800s (default): must be at least retry.base (3600s) and at most 366 d"});
}

TEST_CASE("what a choice needs beside it is told at the choice")
{
    CHECK(of_fleet("nat.traversal = \"stun\"\n") ==
          Lines{"1: the devices ask a STUN server (nat.traversal = \"stun\"): name it with "
                "stun_server"});
    const std::string dns =
        "[[zone]]\nname = \"main\"\norigin = \"sip.example\"\nrecords = [\"a A registrar:reg1\"]\n"
        "[[dns]]\nname = \"ns1\"\nat = \"Denver\"\nzones = [\"main\"]\n";
    const std::string when = "\"\ntarget = \"dns:ns1\"\nat = \"80min\"\nfor = \"1min\"\n";
    CHECK(of_rest(dns + "[[fault]]\nkind = \"dns-slow" + when) ==
          Lines{"10: a dns-slow fault needs delay"});
    CHECK(
        of_rest(dns + "[[fault]]\nkind = \"zone-change" + when) ==
        Lines{"10: a zone-change fault needs zone, the [[zone]] that is served instead of that of "
              "the same origin"});
}

TEST_CASE("what an attacker's sources must divide may be a default")
{
    const std::string attacker = "[[attacker]]\nname = \"scanner\"\ntargets = \"gateways\"\n";
    CHECK(of_rest(attacker + "sources = 4\n") ==
          Lines{"4: sources = 4: must divide victims (22, all of gateways by default) or be a "
                "multiple of it"});
    CHECK(of_rest(attacker + "sources = 4\nvictims = 6\n") ==
          Lines{"4: sources = 4: must divide victims (6) or be a multiple of it"});
    CHECK(of_rest(attacker + "found_at = 2000000\n") ==
          Lines{"4: found_at = 2000000: is beyond the dictionary (1000000 passwords by default)"});
}

TEST_CASE("what is wrong at some points of a sweep names the swept values that make it so")
{
    CHECK(of_registrar("default_expires = \"600s\"\n",
                       "[sweep.over]\n\"registrar.reg1.min_expires\" = [\"60s\", \"1000s\"]\n"
                       "\"fleet.gateways.count\" = [5, 6]\n\"registrar.reg1.max_expires\" = "
                       "[\"900s\", \"1200s\"]\n") ==
          Lines{"10: registrar.reg1.max_expires = \"900s\": must be at least min_expires; where "
                "registrar.reg1.min_expires is \"1000s\""});
    // A key of another kind of fault, and one that this kind needs.
    const std::string swept = "[sweep.over]\n\"fault.1.kind\" = [\"outage\", \"reboot\"]\n";
    const Lines told = of_rest(
        "[[fault]]\nkind = \"outage\"\ntarget = \"registrar:reg1\"\nat = \"80min\"\n" + swept);
    REQUIRE(told.size() == 2);
    CHECK(told[0] == "1: [[fault]] needs a key \"for\" (a duration): how long it is down; where "
                     "fault.1.kind is \"outage\"");
    CHECK(told[1] ==
          "3: target = \"registrar:reg1\": the target of a fault of kind \"reboot\" must "
          "be \"fleet:NAME\"; where fault.1.kind is \"reboot\"");
    CHECK(of_rest("[[fault]]\nkind = \"none\"\ntarget = \"fleet:gatewais\"\nat = \"80min\"\n"
                  "for = \"1min\"\n[sweep.over]\n\"fault.1.kind\" = [\"none\", \"crash\"]\n") ==
          Lines{"3: target = \"fleet:gatewais\": there is no [[fleet]] \"gatewais\"; did you mean "
                "\"gateways\"? (where fault.1.kind is \"crash\")"});
    // At all points it is nobody's.
    CHECK(of_rest("[[fault]]\nkind = \"crash\"\ntarget = \"fleet:gatewais\"\nat = \"80min\"\n"
                  "for = \"1min\"\n[sweep.over]\n\"fleet.gateways.count\" = [5, 6]\n") ==
          Lines{"3: target = \"fleet:gatewais\": there is no [[fleet]] \"gatewais\"; did you mean "
                "\"gateways\"?"});
}

TEST_CASE("of many swept values some are named; of cases, the case")
{
    const std::string fault = "[[fault]]\nkind = \"outage\"\ntarget = \"registrar:reg1\"\n"
                              "at = \"100min\"\nfor = \"1min\"\n";
    CHECK(of_rest(fault +
                  "[sweep.over]\n\"experiment.duration\" = [\"80min\", \"85min\", \"90min\", "
                  "\"95min\", \"3h\"]\n")
              .front()
              .starts_with("4: at = \"100min\": is beyond the run, which ends at 80min; where "
                           "experiment.duration is \""));
    const Lines cases = of_rest(fault + "[sweep.cases.\"as it is\"]\n[sweep.cases.short]\n"
                                        "\"experiment.duration\" = \"90min\"\n");
    CHECK(cases ==
          Lines{"4: at = \"100min\": is beyond the run, which ends at 90min; where case is "
                "\"short\""});
}

TEST_CASE("a message is one line without control characters")
{
    CHECK(presentable("a \"b\nc\t\x1b[31m\x7f\xc2\x9b\" d") ==
          "a \"b\\nc\\t\\x1b[31m\\x7f\\u009b\" d");
    CHECK(presentable("Z\xc3\xbcrich: \"\xe2\x82\xac\"") == "Z\xc3\xbcrich: \"\xe2\x82\xac\"");
    CHECK(of_registrar("bindings = \"lo\\nst\\u001b[1m\"\n") ==
          Lines{"1: bindings = \"lo\\nst\\x1b[1m\": must be \"kept\" or \"lost\""});
}

TEST_CASE("names of any length are cut in messages, between two characters")
{
    const std::string a(1000, 'a');
    CHECK(presentable("server = \"" + a + "\": is none") ==
          "server = \"" + a.substr(0, kLongestQuoted - 3) + "...\": is none");
    CHECK(presentable(a + ": must be a list") ==
          a.substr(0, kLongestQuoted - 3) + "...: must be a list");
    std::string umlauts = "\"";
    for (int i = 0; i < 200; ++i)
    {
        umlauts += "\xc3\xbc";
    }
    const std::string cut = presentable(umlauts + '"');
    CHECK(cut.size() <= kLongestQuoted + 2);
    CHECK(cut.substr(cut.size() - 6) == "\xc3\xbc...\"");
    for (const std::string& message : {"\"" + a + "\": is none", a, std::string(99999, 'x') + " y"})
    {
        CHECK(presentable(presentable(message)) == presentable(message));
    }
    CHECK(presentable(umlauts + a).size() < 2 * kLongestQuoted);
    std::string words;
    for (int i = 0; i < 5000; ++i)
    {
        words += "word ";
    }
    CHECK(presentable(words).size() <= kLongestMessage);
}

TEST_CASE("nothing is suggested that was refused itself")
{
    const auto of = [](const std::string& name) {
        return problems_of(
            "[experiment]\nduration = \"3h\"\n[network]\n" + kMap + "[[registrar]]\nname = \"" +
            name +
            "\"\nat = \"Chicago\"\n[[fleet]]\nname = \"gateways\"\nprofile = "
            "\"rfc3261\"\ncount = 22\nserver = \"reg1\"\n[[fault]]\nkind = "
            "\"outage\"\ntarget = \"registrar:reg1\"\nat = \"80min\"\nfor = \"1s\"\n");
    };
    const Lines refused = of("reg 1");
    REQUIRE(refused.size() == 3);
    CHECK(refused[1] == "12:10: server = \"reg1\": is no [[registrar]]");
    CHECK(refused[2] == "15:10: target = \"registrar:reg1\": there is no [[registrar]] \"reg1\"");
    CHECK(of("reg2")[0] == "12:10: server = \"reg1\": is no [[registrar]]; did you mean \"reg2\"?");
}

TEST_CASE("a record's name that is not ASCII is refused: the DNS has its A-label (RFC 5890)")
{
    const auto zone = [](const std::string& origin, const std::string& record) {
        return of_rest("[[zone]]\nname = \"main\"\norigin = \"" + origin + "\"\nrecords = [\"" +
                       record + "\"]\n");
    };
    const std::string remedy = "\" has letters that are not ASCII: write the A-label, which begins "
                               "with xn-- (RFC 5890 2.3.2.1)";
    CHECK(zone("sip.example", "b\xc3\xbcro A registrar:reg1") ==
          Lines{"4: records: \"b\xc3\xbcro A registrar:reg1\": \"b\xc3\xbcro" + remedy});
    CHECK(zone("sip.example", "a CNAME b\xc3\xbcro") ==
          Lines{"4: records: \"a CNAME b\xc3\xbcro\": \"b\xc3\xbcro" + remedy});
    CHECK(zone("b\xc3\xbcro.example", "a A registrar:reg1") ==
          Lines{"3: origin = \"b\xc3\xbcro.example\": has letters that are not ASCII: write the "
                "A-label, which begins with xn-- (RFC 5890 2.3.2.1)"});
    CHECK(zone("sip.example", "xn--bro-hoa A registrar:reg1").empty());
}

TEST_CASE("-0.0 and 0.0 are one value of an axis")
{
    CHECK(of_rest("[sweep.over]\n\"network.access.loss\" = [0.0, -0.0]\n") ==
          Lines{"2: network.access.loss = -0: is on this axis already"});
    CHECK(of_rest("[sweep.over]\n\"fleet.gateways.registration.retry.jitter\" = [-0.0, 0.0]\n") ==
          Lines{"2: fleet.gateways.registration.retry.jitter = 0: is on this axis already"});
}

// 4096 nodes and 2049 servers: 2^23 + 4096 pairs.
TEST_CASE("more than 2^23 pairs of a server and a PoP are refused on the fleet carrier")
{
    std::string text =
        "[experiment]\nduration = \"3h\"\ncarrier = \"fleet\"\n[network]\ntopology = "
        "\"generate:scale-free?nodes=4096&links=1\"\n[[registrar]]\nname = \"reg1\"\n"
        "at = \"pop-1\"\n[[fleet]]\nname = \"gateways\"\nprofile = \"rfc3261\"\ncount = 22\n"
        "server = \"reg1\"\nat = \"pop-1\"\n";
    for (int i = 1; i <= 2048; ++i)
    {
        const std::string number = std::to_string(i);
        text += "[[stun]]\nname = \"s" + number + "\"\nat = \"pop-" + number + "\"\n";
    }
    CHECK(problems_of(text) ==
          Lines{"3:11: carrier = \"fleet\": numbers the ways between at most 8388608 pairs of a "
                "server and a node of the map, and these are 8392704 (2049 servers, 4096 nodes): "
                "take fewer of either, or carrier = \"packet\""});
}

TEST_CASE(
    "VOS3000's admission: what is not written is as delivered, what is, is held against its ranges")
{
    const std::string preset = "admission.preset = \"vos3000\"\n";
    const auto limits = [&](const std::string& more) {
        return first_world(ConfigText{.registrar = preset + more}.text())
            .registrars.front()
            .options.admission;
    };
    using namespace std::chrono_literals;
    const auto delivered = limits("");
    CHECK(delivered.session_retries == 6);
    CHECK(delivered.session_timeout == 10s);
    CHECK(delivered.terminal_retries == 6);
    CHECK(delivered.suspend == 180s);
    CHECK(delivered.register_retries == 6);
    CHECK(delivered.register_suspend == 180s);
    const auto own = limits("admission.session_retries = 3\nadmission.suspend = \"600s\"\n");
    CHECK(own.session_retries == 3);
    CHECK(own.suspend == 600s);
    CHECK(own.terminal_retries == 6);

    const auto warned = [&](const std::string& more, const std::string& before) {
        Lines lines;
        for (const Problem& warning :
             loaded(ConfigText{.registrar = more + before}.text()).warnings)
        {
            lines.push_back(warning.message);
        }
        return lines;
    };
    CHECK(warned("", preset).empty());
    const Lines outside{"admission.suspend = \"30s\": is outside of what VOS3000 allows (60s to "
                        "3600s, SS_AUTHENTICATION_FAILED_SUSPEND)"};
    CHECK(warned("admission.suspend = \"30s\"\n", preset) == outside);
    CHECK(warned("admission.suspend = \"60s\"\n", preset).empty());
    CHECK(warned("admission.suspend = \"3600s\"\n", preset).empty());
    CHECK(warned("admission.suspend = \"3601s\"\n", preset).size() == 1);
    CHECK(warned("admission.suspend = \"30s\"\nadmission.terminal_retries = 6\n", "").empty());
    CHECK(warned("admission.session_retries = 11\nadmission.session_timeout = \"33s\"\n", preset) ==
          Lines{"admission.session_retries = 11: is outside of what VOS3000's guide advises (at "
                "most 10, SS_SIP_AUTHENTICATION_RETRY)"});
    CHECK(warned("admission.session_retries = 8\n", preset) ==
          Lines{"admission.session_retries: are many for the session_timeout of admission.preset "
                "(10s): VOS3000's guide advises 3s for each"});
    CHECK(warned("challenge = \"never\"\n", preset) ==
          Lines{"admission.preset: has no effect with challenge = \"never\""});
    CHECK(of_registrar("admission.session_timeout = \"0s\"\n" + preset) ==
          Lines{"1: admission.session_timeout = \"0s\": must be longer than 0s with "
                "session_retries (6 by admission.preset), as nothing else ends a session"});
}
