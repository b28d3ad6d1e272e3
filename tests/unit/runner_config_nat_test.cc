// Settings of ways through NATs that do nothing where they stand, and probes that nobody answers.
#include "tests/unit/runner_config_files.h"

using namespace sipsim;
using namespace sipsim::runner;

namespace
{

using Lines = std::vector<std::string>;

Lines
warnings(const std::string& fleet, const std::string& rest = "", const std::string& registrar = "")
{
    Lines messages;
    for (const Problem& warning :
         loaded(ConfigText{.registrar = registrar, .fleet = fleet, .rest = rest}.text()).warnings)
    {
        messages.push_back(warning.message);
    }
    return messages;
}

const std::string kStunServer = "[[stun]]\nname = \"stun1\"\nat = \"Denver\"\n";
const std::string kAsks = "stun_server = \"stun1\"\nnat.traversal = \"stun\"\n";
const std::string kProxy =
    "[[proxy]]\nname = \"edge\"\nat = \"Denver\"\nregistrar = \"reg1\"\nstun = false\n";

std::string
swept(const std::string& key, const std::string& values)
{
    return "[sweep.over]\n\"" + key + "\" = " + values + "\n";
}

} // namespace

TEST_CASE("what refines STUN is idle without it, and the interval of keepalives without any")
{
    const std::string stun = "nat.stun.discovery = \"binding\"\nnat.stun.form = \"rfc5389\"\n"
                             "nat.stun.refresh = \"binding\"\nnat.keepalive_interval = \"30s\"\n";
    CHECK(warnings(stun) ==
          Lines{"nat.stun.discovery: has no effect without nat.traversal = \"stun\"",
                "nat.stun.form: has no effect without nat.traversal = \"stun\"",
                "nat.stun.refresh: has no effect without nat.traversal = \"stun\"",
                "nat.keepalive_interval: has no effect without keepalives"});
    // It is the interval of Bindings, too.
    CHECK(warnings(kAsks + stun, kStunServer).empty());
    const std::string every = "nat.keepalive_interval = \"30s\"\n";
    CHECK(warnings(every + "nat.keepalive = \"crlf\"\n").empty());
    CHECK(warnings(every + "nat.traversal = \"keepalive\"\n").empty());
    CHECK(warnings(kAsks + every, kStunServer).empty());
    CHECK(warnings(kAsks + every + "nat.stun.refresh = \"none\"\n", kStunServer) ==
          Lines{"nat.keepalive_interval: has no effect without keepalives"});
    CHECK(warnings(every, swept("fleet.gateways.nat.traversal", "[\"none\", \"keepalive\"]"))
              .empty());
}

TEST_CASE("OPTIONS and STUN as probes have an interval each, and lost ones are counted of OPTIONS")
{
    const std::string stun = "nat.probe_interval_min = \"20s\"\nnat.probe_interval_max = \"25s\"\n";
    const std::string options = "nat.probe_interval = \"40s\"\nnat.probe_loss_limit = 5\n";
    const Lines idle_stun{"nat.probe_interval_min: has no effect but with nat.probe = \"stun\"",
                          "nat.probe_interval_max: has no effect but with nat.probe = \"stun\""};
    const Lines idle_options{"nat.probe_interval: has no effect but with nat.probe = \"options\"",
                             "nat.probe_loss_limit: has no effect but with nat.probe = "
                             "\"options\""};
    CHECK(warnings("nat.probe = \"options\"\n" + stun) == idle_stun);
    CHECK(warnings("nat.probe = \"stun\"\n" + options) == idle_options);
    CHECK(warnings(stun) == idle_stun);
    CHECK(warnings(options) == idle_options);
    CHECK(warnings("nat.probe = \"options\"\n" + options).empty());
    CHECK(warnings("nat.probe = \"stun\"\n" + stun).empty());
    CHECK(warnings(stun + options,
                   swept("fleet.gateways.nat.probe", "[\"none\", \"stun\", \"options\"]"))
              .empty());
}

TEST_CASE("a STUN probe is answered by the proxy or by some registrar the devices may come to")
{
    const std::string probe = "nat.probe = \"stun\"\n";
    const Lines unanswered{"nat.probe: reg1 answers no STUN (stun = false): every probe fails"};
    CHECK(warnings(probe).empty());
    CHECK(warnings(probe, "", "stun = false\n") == unanswered);
    CHECK(warnings("nat.probe = \"options\"\n", "", "stun = false\n").empty());
    CHECK(warnings(probe, swept("registrar.reg1.stun", "[false, true]")).empty());
    CHECK(warnings(probe + "proxy = \"edge\"\n", kProxy) ==
          Lines{"nat.probe: edge answers no STUN (stun = false): every probe fails"});
    // A standby that takes over the address does answer, once it has.
    const std::string standby = "[[registrar]]\nname = \"reg2\"\nat = \"Chicago\"\n";
    const std::string takes_over = "[[fault]]\nkind = \"vip-switch\"\ntarget = \"registrar:reg1\"\n"
                                   "standby = \"reg2\"\nat = \"80min\"\nfor = \"1min\"\n";
    CHECK(warnings(probe, standby + takes_over, "stun = false\n").empty());
    CHECK(warnings(probe, standby, "stun = false\n") == unanswered);
}

TEST_CASE("a registrar pings nobody where all its users come by a proxy, and a STUN server that no "
          "fleet names is asked by nobody")
{
    const std::string pings = "ping.kind = \"options\"\nping.interval = \"20s\"\n";
    CHECK(warnings("", "", pings).empty());
    CHECK(warnings("proxy = \"edge\"\n", kProxy, pings) ==
          Lines{"ping.kind: has no effect where all fleets of the registrar come by a proxy",
                "ping.interval: has no effect where all fleets of the registrar come by a proxy"});
    const std::string direct = "[[fleet]]\nname = \"phones\"\nprofile = \"rfc3261\"\ncount = 4\n"
                               "server = \"reg1\"\n";
    CHECK(warnings("proxy = \"edge\"\n", kProxy + direct, pings).empty());
    CHECK(warnings("proxy = \"edge\"\n",
                   kProxy + swept("fleet.gateways.proxy", "[\"none\", \"edge\"]"),
                   pings)
              .empty());
    CHECK(warnings("", kStunServer) == Lines{"no [[fleet]] asks [[stun]] \"stun1\""});
    CHECK(warnings(kAsks, kStunServer).empty());
    CHECK(warnings("stun_server = \"stun1\"\n", kStunServer) ==
          Lines{"stun_server: has no effect without nat.traversal = \"stun\""}); // once
}

TEST_CASE("a NAT that remembers nothing forgets nothing at a reboot; without translation there are "
          "no mappings of which kind to choose")
{
    const auto reboot = [](const std::string& nat) {
        return warnings("nat_box = \"home\"\n",
                        "[[nat]]\nname = \"home\"\n" + nat +
                            "[[fault]]\nkind = \"nat-reboot\"\ntarget = \"nat:home\"\nat = "
                            "\"80min\"\n");
    };
    CHECK(reboot("").empty());
    CHECK(reboot("type = \"symmetric-firewall\"\n").empty());
    CHECK(reboot("type = \"open\"\n") ==
          Lines{"kind: nat-reboot has no effect where everything passes"});
    CHECK(reboot("type = \"udp-blocked\"\n") ==
          Lines{"kind: nat-reboot has no effect where UDP is blocked"});
    CHECK(reboot("type = \"symmetric-firewall\"\nmapping = \"address-dependent\"\n") ==
          Lines{"mapping: has no effect where nothing is translated"});
    CHECK(reboot("type = \"full-cone\"\nmapping = \"address-dependent\"\n").empty());
}

TEST_CASE("without rport answers miss a device whose port the NAT has not kept")
{
    const std::string fleet = "registration.rport = false\nnat_box = \"box\"\n";
    const std::string box = "[[nat]]\nname = \"box\"\nports = ";
    const Lines misses{
        "registration.rport: without it answers go to the port that Via names, which "
        "this NAT does not keep: nobody registers unless the registrar's "
        "reply_address is \"socket\""};
    CHECK(warnings(fleet, box + "\"contiguous\"\n") == misses);
    CHECK(warnings(fleet, box + "\"preserve\"\n").empty());
    CHECK(warnings(fleet, box + "\"contiguous\"\n", "reply_address = \"socket\"\n").empty());
    CHECK(warnings("nat_box = \"box\"\n", box + "\"contiguous\"\n").empty());
}
