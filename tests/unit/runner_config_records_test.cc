// Records of a zone, one line of a master file each (RFC 1035 5.1).
#include "model/world/zones.h"
#include "tests/unit/runner_config_files.h"

using namespace sipsim;
using namespace sipsim::runner;

namespace
{

std::string
with(const std::string& records, const std::string& zone = {})
{
    return ConfigText{.rest = "[[zone]]\nname = \"main\"\norigin = \"sip.example\"\n" + zone +
                              "records = [" + records + "]\n"}
        .text();
}

world::ZoneSpec
zone_of(const std::string& records)
{
    return first_world(with(records)).zones.at(0);
}

/// The only one, behind "records: "RECORD": ".
std::string
complaint_of(const std::string& record)
{
    const auto problems = problems_of(with('"' + record + '"'));
    REQUIRE(problems.size() == 1);
    const std::string before = "records: \"" + record + "\": ";
    const std::size_t at = problems[0].find(before);
    REQUIRE(at != std::string::npos);
    return problems[0].substr(at + before.size());
}

} // namespace

TEST_CASE("TTL and class come in either order, and types in any case (RFC 1035 5.1)")
{
    for (const std::string record : {"www 60 IN A 192.0.2.1", "www in 60 a 192.0.2.1"})
    {
        const auto zone = zone_of('"' + record + '"');
        REQUIRE(zone.records.size() == 1);
        CHECK(zone.records[0].type == dns::Type::kA);
        CHECK(zone.records[0].ttl == 60);
        CHECK(zone.records[0].address == sip::Host{0xC000'0201});
    }
    CHECK(zone_of("\"in IN A 192.0.2.1\"").records.at(0).owner == "in.sip.example");
    CHECK(zone_of("\"_sip._udp srv 1 2 5060 a\", \"a A 192.0.2.1\"").records.at(0).port == 5060);
}

TEST_CASE("a TTL is 0 to 2147483647 whole seconds (RFC 2181 8)")
{
    CHECK(zone_of("\"a 2147483647 A 192.0.2.1\"").records.at(0).ttl == 2'147'483'647U);
    for (const std::string ttl : {"2147483648", "4294967296", "99999999999999999999", "-5", "5m"})
    {
        CHECK(complaint_of("a " + ttl + " A 192.0.2.1") ==
              "TTL " + ttl + ": must be whole seconds, 0 to 2147483647 (RFC 2181 8)");
    }
}

TEST_CASE("AAAA records are served: 128 bits (RFC 3596 2.2)")
{
    const auto world = first_world(with("\"a AAAA 2001:db8::1:2\""));
    REQUIRE(world.zones.at(0).records.size() == 1);
    dns::Names names;
    const auto zone = world::make_zone(world.zones[0], world::Layout{world}, names);
    const auto set = zone.set(names.name("a.sip.example").value(), dns::Type::kAaaa);
    REQUIRE(set.size() == 1);
    CHECK(std::get<dns::Aaaa>(set[0].data) == dns::Aaaa{{0x2001'0DB8, 0, 0, 0x0001'0002}});
    CHECK(complaint_of("a AAAA 192.0.2.1") == "AAAA takes one IPv6 address");
    CHECK(complaint_of("a A 2001:db8::1") ==
          "\"2001:db8::1\": is an IPv6 address, which AAAA takes");
}

TEST_CASE("an SOA record takes the place of the zone's own (RFC 1035 3.3.13)")
{
    const auto world = first_world(with("\"@ 50 SOA ns1 root.example. 7 1 2 3 44\""));
    dns::Names names;
    const auto zone = world::make_zone(world.zones.at(0), world::Layout{world}, names);
    REQUIRE(zone.soa() != nullptr);
    CHECK(zone.soa()->ttl == 50);
    CHECK(std::get<dns::Soa>(zone.soa()->data) == dns::Soa{.mname = *names.name("ns1.sip.example"),
                                                           .rname = *names.name("root.example"),
                                                           .serial = 7,
                                                           .refresh = 1,
                                                           .retry = 2,
                                                           .expire = 3,
                                                           .minimum = 44});
    CHECK(complaint_of("x SOA a b 1 2 3 4 5") == "SOA belongs to the origin, @ (RFC 1035 5.2)");
    CHECK(complaint_of("@ SOA a b 1 2").starts_with("SOA takes MNAME RNAME SERIAL"));
    const auto twice = problems_of(with("\"@ SOA a b 1 2 3 4 5\", \"@ SOA a b 1 2 3 4 6\""));
    REQUIRE(twice.size() == 1);
    CHECK(twice[0].ends_with("is a second SOA: a zone has one (RFC 1035 5.2)"));
    const auto warnings =
        loaded(with("\"@ SOA a b 1 2 3 4 5\"", "negative_ttl = \"5s\"\n")).warnings;
    REQUIRE(warnings.size() == 1);
    CHECK(warnings[0].message ==
          "negative_ttl: has no effect beside an SOA record, which has its own");
}

TEST_CASE("what is wrong behind an SOA record is told at its own line")
{
    const auto problems = problems_of(
        with("\"@ SOA a b 1 2 3 4 5\",\n\"a A 192.0.2.1\",\n\"_sip._udp SRV 1 0 0 a\""));
    REQUIRE(problems.size() == 1);
    CHECK(problems[0] ==
          "19:1: records: _sip._udp.sip.example SRV: port 0 of a.sip.example: must be "
          "1 to 65535");
}

TEST_CASE("NAPTR takes the flags s and a (RFC 3403 4.1, RFC 3263 4.1)")
{
    CHECK(zone_of("\"@ NAPTR 1 2 a SIP+D2U a\", \"a A 192.0.2.1\"").records.at(0).flags == "a");
    CHECK(complaint_of("@ NAPTR 1 2 u SIP+D2U a").starts_with("NAPTR takes ORDER PREFERENCE FLAG"));
}

TEST_CASE("an address that no host has is warned of (RFC 1122 3.2.1.3)")
{
    for (const std::string address : {"0.0.0.0", "224.0.0.1", "255.255.255.255"})
    {
        const auto warnings = loaded(with("\"a A " + address + "\"")).warnings;
        REQUIRE(warnings.size() == 1);
        CHECK(warnings[0].message == "records: \"a A " + address +
                                         "\": no host has that address (RFC 1122 3.2.1.3): whoever "
                                         "it leads there finds nobody");
    }
}
