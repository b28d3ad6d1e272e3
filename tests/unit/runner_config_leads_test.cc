// Where DNS, or a list of its own, leads a fleet, found out before the run by the devices' own core.
#include "tests/unit/runner_config_files.h"

using namespace sipsim;
using namespace sipsim::runner;

namespace
{

using Lines = std::vector<std::string>;

/// A fleet of reg1 that finds it by this zone. reg2 is of the same domain, other of another one.
struct Scene
{
    std::string records = {};
    std::string fleet = {};
    std::string asks = "name_servers = [\"ns1\"]\n";
    std::string rest = {};

    [[nodiscard]] std::string text() const
    {
        const std::string servers =
            "[[registrar]]\nname = \"reg2\"\nat = \"Denver\"\n"
            "[[registrar]]\nname = \"other\"\nat = \"Denver\"\ndomain = \"other.example\"\n"
            "[[stun]]\nname = \"stun\"\nat = \"Denver\"\n"
            "[[dns]]\nname = \"ns1\"\nat = \"Denver\"\nzones = [\"main\"]\n"
            "[[dns]]\nname = \"site\"\nat = \"Denver\"\nforward = [\"ns1\"]\n";
        return ConfigText{.fleet = "locate = \"sip.example\"\n" + asks + fleet,
                          .rest = servers +
                                  "[[zone]]\nname = \"main\"\norigin = \"sip.example\"\n" +
                                  "records = [" + records + "]\n" + rest}
            .text();
    }

    [[nodiscard]] Lines errors() const
    {
        Lines messages;
        for (const std::string& line : problems_of(text()))
        {
            messages.push_back(line.substr(line.find(": ") + 2));
        }
        return messages;
    }

    /// Those of no use to the test's question aside.
    [[nodiscard]] Lines warnings() const
    {
        Lines messages;
        for (const Problem& warning : loaded(text()).warnings)
        {
            if (warning.message.find("[[fleet]] asks [[stun]]") == std::string::npos)
            {
                messages.push_back(warning.message);
            }
        }
        return messages;
    }
};

const std::string kSrv = "dns.mode = \"srv\"\n";
const std::string kTo1 = "\"_sip._udp SRV 10 0 5060 reg1\", \"reg1 A registrar:reg1\"";
const std::string kNowhere = "locate = \"sip.example\": leads to no server: ";
const std::string kMend = "; mend the zone, or what is asked for (dns.mode, locate_port)";
const std::string kNotOurs = "leads to no registrar of the fleet's: ";

} // namespace

TEST_CASE("a name by which no device ever finds an address is an error that tells what lacks")
{
    const auto errors = [](const std::string& records, const std::string& fleet) {
        return Scene{.records = records, .fleet = fleet}.errors();
    };
    CHECK(errors(kTo1, kSrv).empty());
    CHECK(errors(kTo1, "dns.mode = \"a\"\n") ==
          Lines{kNowhere + "there is no A record of sip.example" + kMend});
    // Devices speak UDP alone.
    CHECK(errors("\"_sip._tcp SRV 10 0 5060 reg1\", \"reg1 A registrar:reg1\"", kSrv) ==
          Lines{kNowhere +
                "_sip._udp.sip.example does not exist, there is no A record of "
                "sip.example" +
                kMend});
    CHECK(errors("\"@ NAPTR 1 1 s SIP+D2T _sip._tcp\", \"_sip._tcp SRV 1 0 5060 a\", "
                 "\"a A registrar:reg1\"",
                 "dns.mode = \"naptr-srv\"\n") ==
          Lines{kNowhere +
                "no NAPTR record of sip.example is of SIP+D2U with the flag s, over UDP, "
                "_sip._udp.sip.example does not exist, there is no A record of sip.example" +
                kMend});
    CHECK(errors("\"_sip._udp CNAME nobody\"", kSrv) ==
          Lines{kNowhere +
                "nobody.sip.example does not exist, there is no A record of sip.example" + kMend});
    CHECK(errors("\"@ A 0.0.0.0\"", "dns.mode = \"a\"\n") ==
          Lines{kNowhere + "the addresses there are no host's" + kMend});
    CHECK(errors("\"@ AAAA 2001:db8::1\"", "dns.mode = \"a\"\n") ==
          Lines{kNowhere + "there is no A record of sip.example" + kMend}); // not modelled: IPv6
}

TEST_CASE("an SRV record with target . says that there is no service: an error (RFC 2782)")
{
    CHECK(Scene{.records = "\"_sip._udp SRV 10 0 5060 .\"", .fleet = kSrv}.errors() ==
          Lines{kNowhere + "an SRV record says with the target . that there is none (RFC 2782)"});
}

TEST_CASE("a name that leads to nobody who knows the fleet is an error, one of several a warning")
{
    const std::string other = "\"_sip._udp SRV 10 0 5060 x\", \"x A registrar:other\"";
    CHECK(Scene{.records = other, .fleet = kSrv}.errors() ==
          Lines{"locate = \"sip.example\": " + kNotOurs +
                "other is of the domain other.example, reg1 of sip.example"});
    const Scene both{.records =
                         other + ", \"_sip._udp SRV 20 0 5060 reg1\", \"reg1 A registrar:reg1\"",
                     .fleet = kSrv};
    CHECK(both.warnings() == Lines{"fleet gateways is led in vain to a server: other is of the "
                                   "domain other.example, reg1 of sip.example"});
    CHECK(Scene{.records = "\"@ A 224.0.0.1\"", .fleet = "dns.mode = \"a\"\n"}.errors() ==
          Lines{"locate = \"sip.example\": " + kNotOurs + "no server has the address 224.0.0.1"});
    // One without a server may be meant: a host that is down.
    CHECK(Scene{.records = "\"_sip._udp SRV 1 0 5060 down\", \"down A 192.0.2.1\", " + kTo1,
                .fleet = kSrv}
              .warnings()
              .empty());
}

TEST_CASE("a port at which the registrar does not listen is told where it is written")
{
    const std::string at5070 = "\"_sip._udp SRV 10 0 5070 reg1\", \"reg1 A registrar:reg1\"";
    CHECK(
        Scene{.records = at5070, .fleet = kSrv}.errors() ==
        Lines{"locate = \"sip.example\": " + kNotOurs + "reg1 listens at port 5060, not at 5070"});
    CHECK(
        Scene{.records = "\"@ A registrar:reg1\"", .fleet = "locate_port = 5070\n"}.errors() ==
        Lines{"locate = \"sip.example\": " + kNotOurs + "reg1 listens at port 5060, not at 5070"});
    const Scene some{.records =
                         "\"_sip._udp SRV 20 0 5060 reg2\", \"reg2 A registrar:reg2\",\n" + at5070,
                     .fleet = kSrv};
    const auto warnings = loaded(some.text()).warnings;
    REQUIRE(some.warnings() == Lines{"fleet gateways is led in vain to a server: reg1 listens at "
                                     "port 5060, not at 5070"});
    const std::string text = some.text();
    const auto line =
        std::count(text.begin(),
                   text.begin() + static_cast<std::ptrdiff_t>(text.find("SRV 10 0 5070")),
                   '\n');
    CHECK(warnings.back().line == line + 1);
}

TEST_CASE("configured registrars of another domain know no user of the fleet")
{
    const auto list = [](const std::string& registrars, const std::string& fleet = {}) {
        return Scene{.records = kTo1, .fleet = fleet, .asks = "configured = " + registrars + "\n"};
    };
    CHECK(list("[\"reg2\", \"reg1\"]").errors().empty());
    CHECK(list("[\"other\"]").errors() ==
          Lines{"configured = [\"other\"]: " + kNotOurs +
                "other is of the domain other.example, reg1 of sip.example"});
    const std::string all = "dns.failover.targets_per_round = 0\n"; // a GXW410x tries one only (G3)
    CHECK(list("[\"other\", \"reg1\"]", all).warnings().size() == 1);
    const Lines warned = list("[\"other\", \"reg1\"]").warnings();
    CHECK(std::ranges::find(warned,
                            "configured: only the first is tried "
                            "(dns.failover.targets_per_round = 1)") != warned.end());
    CHECK(list("[\"reg1\"]", "locate_port = 5070\n").errors() ==
          Lines{"configured = [\"reg1\"]: " + kNotOurs + "reg1 listens at port 5060, not at 5070"});
}

TEST_CASE("a zone-change may mend what leads nowhere: that is a warning")
{
    const std::string change =
        "[[zone]]\nname = \"v2\"\norigin = \"sip.example\"\nrecords = [\"@ A registrar:reg1\"]\n"
        "[[fault]]\nkind = \"zone-change\"\ntarget = \"dns:ns1\"\nzone = \"v2\"\nat = \"80min\"\n"
        "for = \"10min\"\n";
    CHECK(Scene{.records = "\"www A 192.0.2.1\"", .fleet = "dns.mode = \"a\"\n", .rest = change}
              .warnings() == Lines{kNowhere + "there is no A record of sip.example" + kMend +
                                   ", before a zone-change"});
}

TEST_CASE("a real name server or registrar in [live] is not judged")
{
    const std::string nowhere = "\"www A 192.0.2.1\"";
    CHECK(Scene{.records = nowhere, .fleet = kSrv, .rest = "[live]\ndns = \"ns1\"\n"}
              .errors()
              .empty());
    CHECK(Scene{.records = "\"_sip._udp SRV 10 0 5070 reg1\", \"reg1 A registrar:reg1\"",
                .fleet = kSrv,
                .rest = "[live]\nregistrar = \"reg1\"\n"}
              .errors()
              .empty());
}

// RFC 2181 §9. A record takes 20 octets and its target's name, 30 letters and a pointer each.
TEST_CASE("an answer that does not fit its datagram is told, with the key that makes room")
{
    std::string records;
    for (int i = 10; i < 22; ++i)
    {
        const std::string name = "registrar-number-" + std::to_string(i) + "-of-this-site";
        records += "\"_sip._udp SRV 1 1 5060 " + name + "\", \"" + name + " A registrar:reg1\", ";
    }
    const std::string begin =
        "locate: of the 12 records of _sip._udp.sip.example SRV 7 fit the 512 "
        "octets of an answer to ";
    const std::string shorter = ", or name fewer or shorter ones";
    CHECK(Scene{.records = records, .fleet = kSrv}.warnings() ==
          Lines{begin +
                "a device: they are used as if they were all (RFC 2181 9); raise "
                "resolver.udp_size" +
                shorter});
    CHECK(
        Scene{.records = records, .fleet = kSrv + "resolver.udp_size = 1232\n"}.warnings().empty());
    CHECK(
        Scene{.records = records, .fleet = kSrv + "resolver.use_truncated = false\n"}.errors() ==
        Lines{kNowhere + "the records of _sip._udp.sip.example SRV do not fit 512 octets" + kMend});
    CHECK(Scene{.records = records,
                .fleet = kSrv + "resolver.udp_size = 1232\n",
                .asks = "name_servers = [\"site\"]\n"}
              .warnings() ==
          Lines{begin +
                "site: they are used as if they were all (RFC 2181 9); raise the udp_size "
                "of [[dns]] site" +
                shorter});
}

TEST_CASE("of more than 16 addresses it is told how many a device uses")
{
    std::string records;
    for (int i = 1; i <= 16; ++i)
    {
        records += "\"@ A 192.0.2." + std::to_string(i) + "\", ";
    }
    const std::string mode = "dns.mode = \"a\"\n";
    CHECK(Scene{.records = records + "\"@ A registrar:reg1\"", .fleet = mode}.errors() ==
          Lines{"locate = \"sip.example\": " + kNotOurs +
                "no server has the address 192.0.2.1, no server has the address 192.0.2.2, no "
                "server has the address 192.0.2.3"}); // the one that would do is the seventeenth
    CHECK(
        Scene{.records = "\"@ A registrar:reg1\", " + records, .fleet = mode}.warnings() ==
        Lines{"locate: leads to 17 addresses, of which a device uses the first 16: the others may "
              "get less than their share; name fewer"});
}

TEST_CASE("parts of a failover policy that its other parts leave unused are idle")
{
    const auto warnings = [](const std::string& fleet) {
        return Scene{.records = kTo1 + ", \"@ A registrar:reg1\", \"@ A registrar:reg2\"",
                     .fleet = fleet}
            .warnings();
    };
    CHECK(warnings("dns.failover.failback_after = \"5min\"\n") ==
          Lines{"dns.failover.failback_after: has no effect but with dns.failover.preference = "
                "\"for-duration\""});
    CHECK(warnings("dns.failover.preference = \"for-duration\"\ndns.failover.failback_after = "
                   "\"5min\"\ndns.failover.then_from_top = true\n")
              .empty());
    CHECK(
        warnings("dns.failover.preference = \"none\"\ndns.failover.then_from_top = true\n") ==
        Lines{"dns.failover.then_from_top: has no effect with dns.failover.preference = \"none\": "
              "each request begins at the top"});
    // But a cancel, which begins at the server that has the binding.
    CHECK(warnings("dns.failover.preference = \"none\"\ndns.failover.then_from_top = true\n"
                   "registration.unregister = \"own\"\n")
              .empty());
    CHECK(warnings("dns.failover.try_sends = 3\ndns.failover.try_timeout = \"5s\"\n") ==
          Lines{"dns.failover.try_sends: has no effect beside dns.failover.try_timeout"});
    CHECK(warnings("dns.mode = \"a\"\ndns.selection = \"proportional\"\ndns.ttl = \"least\"\n") ==
          Lines{"dns.selection: has no effect with dns.mode = \"a\": no SRV is asked for",
                "dns.ttl: has no effect with dns.mode = \"a\": no SRV is asked for"});
    CHECK(warnings("dns.mode = \"srv\"\nlocate_port = 5060\n") ==
          Lines{"dns.mode: has no effect with locate_port: no SRV is asked for"});
    CHECK(warnings("dns.mode = \"srv\"\ndns.failover.blocked_for = \"1min\"\n") ==
          Lines{"dns.failover.blocked_for: has no effect with one target, which is tried all the "
                "same"});
    CHECK(warnings("dns.mode = \"a\"\ndns.failover.blocked_for = \"1min\"\n").empty());
}

TEST_CASE("of a configured list, which never runs out, a policy by TTL is another one")
{
    const Scene scene{.records = kTo1,
                      .fleet = "dns.selection = \"proportional\"\ndns.failover.preference = "
                               "\"until-ttl\"\ndns.failover.failback_at_once = true\n"
                               "dns.failover.targets_per_round = 0\n",
                      .asks = "configured = [\"reg1\", \"reg2\"]\n"};
    CHECK(scene.warnings() ==
          Lines{"dns.selection: has no effect with configured: nothing is asked",
                "dns.failover.preference: \"until-ttl\" acts as \"until-no-response\" with "
                "configured: that list never runs out",
                "dns.failover.failback_at_once: has no effect with configured: that list never "
                "runs out"});
}
