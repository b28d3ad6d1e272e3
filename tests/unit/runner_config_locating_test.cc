// How a fleet finds its servers, from its section.
#include "tests/unit/runner_config_files.h"

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
