// How a fleet finds its servers, from its section.
#include "tests/unit/runner_config_files.h"

#include <algorithm>

using namespace sipsim;
using namespace sipsim::runner;

namespace
{

// Two registrars of one domain and two name servers; `fleet` is more lines of the fleet.
std::string
located(const std::string& fleet)
{
    const std::string zone = "[[registrar]]\nname = \"reg2\"\nat = \"Denver\"\n"
                             "[[zone]]\nname = \"main\"\norigin = \"sip.example\"\n"
                             "records = [\"@ A registrar:reg1\"]\n"
                             "[[dns]]\nname = \"ns1\"\nat = \"Denver\"\nzones = [\"main\"]\n"
                             "[[dns]]\nname = \"ns2\"\nat = \"Denver\"\nzones = [\"main\"]\n";
    return ConfigText{.fleet = "locate = \"sip.example\"\n" + fleet, .rest = zone}.text();
}

/// One registrar, found over the zone with these records; `fleet` beside locate and name_servers.
std::string
asking(const std::string& records, const std::string& fleet, const std::string& rest = {})
{
    const std::string zone = "[[zone]]\nname = \"main\"\norigin = \"sip.example\"\nrecords = [" +
                             records +
                             "]\n[[dns]]\nname = \"ns1\"\nat = \"Denver\"\nzones = [\"main\"]\n";
    return ConfigText{.fleet = "locate = \"sip.example\"\nname_servers = [\"ns1\"]\n" + fleet,
                      .rest = zone + rest}
        .text();
}

// Warnings that have these words.
std::size_t
warned(const std::string& text, const std::string& words)
{
    const auto warnings = loaded(text).warnings;
    return static_cast<std::size_t>(std::ranges::count_if(warnings, [&](const Problem& warning) {
        return warning.message.find(words) != std::string::npos;
    }));
}

} // namespace

// seeds.md P8 to P10, ambiguity 3: the page has the addresses asked by DNS, the templates have SIP go there.
TEST_CASE("configured addresses are where SIP goes by default, or who is asked")
{
    const auto targets = first_world(located("configured = [\"reg2\", \"reg1\"]\n"));
    REQUIRE(targets.fleets.at(0).locating);
    CHECK(targets.fleets[0].locating->configured == std::vector<std::uint32_t>{1, 0});
    CHECK(targets.fleets[0].locating->resolvers.empty());

    const auto asked = first_world(
        located("configured = [\"ns2\", \"ns1\"]\nconfigured_ip_role = \"name-server\"\n"));
    REQUIRE(asked.fleets.at(0).locating);
    CHECK(asked.fleets[0].locating->configured.empty());
    CHECK(asked.fleets[0].locating->resolvers == std::vector<std::uint32_t>{1, 0});
}

TEST_CASE("what has no effect beside configured addresses is warned of")
{
    const auto warnings = [](const std::string& fleet) {
        std::vector<std::string> messages;
        for (const Problem& warning : loaded(located(fleet)).warnings)
        {
            messages.push_back(warning.message);
        }
        return messages;
    };
    CHECK(warnings("name_servers = [\"ns1\"]\n").empty());
    CHECK(
        warnings("name_servers = [\"ns1\"]\nconfigured = [\"reg1\"]\n") ==
        std::vector<std::string>{"name_servers: has no effect with configured: nothing is asked"});
    CHECK(warnings("name_servers = [\"ns1\"]\nconfigured_ip_role = \"name-server\"\n") ==
          std::vector<std::string>{"configured_ip_role: has no effect without configured"});
    CHECK(warnings("name_servers = [\"ns1\"]\nconfigured = [\"ns2\"]\n"
                   "configured_ip_role = \"name-server\"\n") ==
          std::vector<std::string>{"name_servers: has no effect: the configured ones are asked"});
}

TEST_CASE("that computed keepalives do not follow DNS is said, and only of those")
{
    const auto warnings = [](const std::string& fleet) {
        return loaded(located("name_servers = [\"ns1\"]\n" + fleet)).warnings;
    };
    CHECK(warnings("").empty());
    CHECK(warnings("nat.keepalive = \"blank\"\n").empty()); // sent: packets
    auto text = located("name_servers = [\"ns1\"]\nnat.keepalive = \"blank\"\n");
    text.insert(text.find("[experiment]\n") + 13, "keepalives = \"computed\"\n");
    const auto computed = loaded(text).warnings;
    REQUIRE(computed.size() == 1);
    CHECK(computed[0].message.starts_with("locate: the devices' keepalives, which are computed"));
}

TEST_CASE("names of the DNS are the same whatever their case (RFC 4343 3), and with the last dot")
{
    auto text = asking("\"_SIP._udp SRV 1 0 5060 Reg1\", \"rEG1 A registrar:reg1\", "
                       "\"www CNAME Reg1.SIP.example.\"",
                       "dns.mode = \"srv\"\n");
    const std::string origin = "origin = \"sip.example\"";
    text.replace(text.find(origin), origin.size(), "origin = \"Sip.Example.\"");
    const std::string locate = "locate = \"sip.example\"";
    text.replace(text.find(locate), locate.size(), "locate = \"SIP.example.\"");
    const auto world = first_world(text);
    REQUIRE(world.zones.size() == 1);
    const world::ZoneSpec& zone = world.zones[0];
    CHECK(zone.origin == "sip.example");
    REQUIRE(zone.records.size() == 3);
    CHECK(zone.records[0].owner == "_sip._udp.sip.example");
    CHECK(zone.records[0].target == "reg1.sip.example");
    CHECK(zone.records[1].owner == "reg1.sip.example");
    CHECK(zone.records[2].target == "reg1.sip.example");
    CHECK(world.fleets.at(0).locating->name == "sip.example");
}

// RFC 1035 §3.2.1: a TTL of 0 is for the one transaction. Which TTL counts: dns::TtlOf.
TEST_CASE("a TTL of 0 that leaves nothing to prefer is warned of, that of the records that count")
{
    const auto warnings = [](const std::string& records, const std::string& fleet) {
        return warned(asking(records, "dns.failover.preference = \"until-ttl\"\n" + fleet),
                      "nothing is ever preferred");
    };
    const std::string of_srv = "\"_sip._udp 0 SRV 1 0 5060 a\", \"a A registrar:reg1\"";
    const std::string of_target = "\"_sip._udp SRV 1 0 5060 a\", \"a 0 A registrar:reg1\"";
    const std::string of_name = "\"@ 0 A registrar:reg1\"";
    CHECK(warnings(of_srv, "dns.mode = \"srv\"\ndns.ttl = \"srv\"\n") == 1);
    CHECK(warnings(of_srv, "dns.mode = \"srv\"\ndns.ttl = \"address\"\n") == 0);
    CHECK(warnings(of_srv, "dns.mode = \"srv\"\ndns.ttl = \"least\"\n") == 1);
    CHECK(warnings(of_target, "dns.mode = \"srv\"\ndns.ttl = \"srv\"\n") == 0);
    CHECK(warnings(of_target, "dns.mode = \"srv\"\ndns.ttl = \"address\"\n") == 1);
    CHECK(warnings(of_name, "dns.mode = \"a\"\ndns.ttl = \"srv\"\n") == 1);
    CHECK(warnings(of_name, "dns.mode = \"srv\"\ndns.ttl = \"srv\"\n") == 1); // no SRV
    // Along a CNAME, and by a wildcard (RFC 1034 §3.6.2, RFC 4592).
    const std::string srv = "dns.mode = \"srv\"\n";
    CHECK(warnings("\"_sip._udp 0 CNAME _x._udp\", \"_x._udp SRV 1 0 5060 a\", "
                   "\"a A registrar:reg1\"",
                   srv) == 1);
    CHECK(warnings("\"*._udp 0 SRV 1 0 5060 a\", \"a A registrar:reg1\"", srv) == 1);
    // Mode a asks for no SRV, nor does a port (RFC 3263 §4.2).
    const std::string both = of_srv + ", \"@ A registrar:reg1\"";
    CHECK(warnings(both, "dns.mode = \"a\"\n") == 0);
    CHECK(warnings(both, "dns.mode = \"srv\"\nlocate_port = 5060\n") == 0);
}

TEST_CASE("a TTL of 0 is told where the preference stands that it makes useless")
{
    const auto warnings =
        loaded(asking("\"@ 0 A registrar:reg1\"", "dns.failover.preference = \"until-ttl\"\n"))
            .warnings;
    REQUIRE(warnings.size() == 1);
    CHECK(warnings[0].line == 16);
    CHECK(
        warnings[0].message ==
        "fleet gateways prefers the saved server until the TTL runs out, but sip.example A has TTL "
        "0: nothing is ever preferred; raise the TTL or take another dns.failover.preference");
}

TEST_CASE("a zone that the fleet does not ask for is nothing to warn of")
{
    const std::string other = "[[zone]]\nname = \"other\"\norigin = \"other.example\"\n"
                              "records = [\"_sip._udp 0 SRV 1 0 5060 a\", \"a A registrar:reg1\"]\n"
                              "[[dns]]\nname = \"ns2\"\nat = \"Denver\"\nzones = [\"other\"]\n";
    CHECK(
        warned(asking("\"@ A registrar:reg1\"", "dns.failover.preference = \"until-ttl\"\n", other),
               "nothing is ever preferred") == 0);
}

TEST_CASE("name servers that do not serve the located name are refused, over resolvers too")
{
    const std::string record = "\"@ A registrar:reg1\"";
    const auto with = [&](const std::string& asked) {
        auto text = asking(record,
                           "",
                           "[[zone]]\nname = \"other\"\norigin = \"other.example\"\n"
                           "records = [\"@ A registrar:reg1\"]\n"
                           "[[dns]]\nname = \"ns2\"\nat = \"Denver\"\nzones = [\"other\"]\n"
                           "[[dns]]\nname = \"site1\"\nat = \"Denver\"\nforward = [\"ns1\"]\n"
                           "[[dns]]\nname = \"site2\"\nat = \"Denver\"\nforward = [\"ns2\"]\n");
        const std::string servers = "name_servers = [\"ns1\"]";
        return text.replace(text.find(servers), servers.size(), "name_servers = " + asked);
    };
    const std::vector<std::string> refused{"14:10: locate = \"sip.example\": none of the name "
                                           "servers that fleet gateways asks serves a "
                                           "zone of sip.example: its devices find no registrar"};
    CHECK(problems_of(with("[\"site1\"]")).empty());
    CHECK(problems_of(with("[\"site2\"]")) == refused);
    CHECK(problems_of(with("[\"ns2\", \"ns1\"]")).empty());
}
