#include "model/world/layout.h"
#include "tests/unit/runner_config_files.h"

using namespace sipsim;
using namespace sipsim::runner;
using namespace std::chrono_literals;

namespace
{

// Design document, section "Config", word for word but for the folder of the map.
const std::string kDesignExample = R"(
    [experiment]
    name = "registrar-outage"
    carrier = "packet"            # or "fleet"
    duration = "4h"
    warmup = "70min"
    [network]
    )" + kMap + R"(
    access = { bandwidth = "10Mbps", delay = "5ms", loss = 0.0 }
    [[registrar]]
    name = "reg1"
    at = "Chicago"
    challenge = "always"          # never | initial | always
    bindings = "kept"             # over an outage: kept | lost
    [[fleet]]
    name = "gateways"
    count = 1000
    accounts = 1
    at = "*"
    server = "reg1"               # a registrar, a proxy, or a DNS name
    start = "steady"
    profile = "grandstream-gxw410x"
    registration.retry_wait = "20s"
    calls = "2/h"
    [[fault]]
    kind = "outage"
    target = "registrar:reg1"
    unreachable = "silent"
    at = "80min"
    for = "10min"
    [sweep.over]
    "fleet.gateways.registration.retry_wait" = ["1s", "20s", "60s", "300s", "1200s"]
    [replications]
    count = 5
)";

std::string
fault(const std::string& kind,
      const std::string& target,
      const std::string& more = "for = \"10min\"\n")
{
    return "[[fault]]\nkind = \"" + kind + "\"\ntarget = \"" + target + "\"\nat = \"80min\"\n" +
           more;
}

} // namespace

TEST_CASE("the example of the design loads as written")
{
    const Experiment experiment = loaded(kDesignExample);
    CHECK(experiment.name == "registrar-outage");
    CHECK(experiment.carrier == Carrier::kPacket);
    CHECK(experiment.points.size() == 5);
    CHECK(experiment.replications == 5);
    CHECK(experiment.warnings.empty());

    const world::World world = experiment.world(experiment.points[4], 7);
    CHECK(world.seed == 7);
    CHECK(world.duration == 4h);
    CHECK(world.warmup == 70min);
    REQUIRE(world.topology.nodes().size() == 11);
    REQUIRE(world.registrars.size() == 1);
    CHECK(world.registrars[0].name == "reg1");
    CHECK(world.topology.nodes()[world.registrars[0].at].name == "Chicago");
    CHECK(world.registrars[0].options.challenge == registrar::ChallengeWhen::kAlways);
    CHECK(world.registrars[0].keep_bindings);
    REQUIRE(world.fleets.size() == 1);
    const world::FleetSpec& fleet = world.fleets[0];
    CHECK(fleet.count == 1000);
    CHECK(fleet.at.size() == 11);
    CHECK(fleet.start.kind == world::Start::Kind::kSteady);
    CHECK(fleet.registration.expires == 3600);
    CHECK(fleet.registration.retry.base == 1200s);
    REQUIRE(fleet.call_gap.has_value());
    CHECK(*fleet.call_gap == 30min);
    CHECK(fleet.access.bandwidth_bps == 10'000'000);
    CHECK(fleet.access.propagation == 5ms);
    REQUIRE(world.faults.size() == 1);
    CHECK(world.faults[0].kind == world::FaultKind::kOutage);
    CHECK(world.faults[0].at == SimTime{80min});
    CHECK(world.faults[0].length == 10min);
    CHECK(world.faults[0].unreachable == world::Unreachable::kSilent);
    CHECK(world.faults[0].target == "registrar:reg1");
}

TEST_CASE("a registrar without further keys has the defaults of RegistrarOptions")
{
    const world::World world = first_world(ConfigText{}.text());
    const registrar::RegistrarOptions& ours = world.registrars.at(0).options;
    const registrar::RegistrarOptions plain;
    CHECK(ours.default_expires == plain.default_expires);
    CHECK(ours.min_expires == plain.min_expires);
    CHECK(ours.max_expires == plain.max_expires);
    CHECK(ours.max_contacts == plain.max_contacts);
    CHECK(ours.on_second_contact == plain.on_second_contact);
    CHECK(ours.challenge == plain.challenge);
    CHECK(ours.challenge_status == plain.challenge_status);
    CHECK(ours.nonce_lifetime == plain.nonce_lifetime);
    CHECK(ours.qop == plain.qop);
    CHECK(ours.wrong_credentials_status == plain.wrong_credentials_status);
    CHECK(ours.stateless == plain.stateless);
    CHECK(ours.refuse_status == plain.refuse_status);
    CHECK_FALSE(ours.retry_after.has_value());
    CHECK_FALSE(ours.redirect_to.has_value());
}

TEST_CASE("every key of a registrar arrives in the world")
{
    const world::World world = first_world(ConfigText{
        .registrar = "challenge = \"initial\"\nchallenge_status = 407\nnonce_lifetime = \"0s\"\n"
                     "algorithms = [\"SHA-256\", \"MD5\"]\nqop = false\n"
                     "wrong_credentials_status = 403\ndefault_expires = \"10min\"\n"
                     "min_expires = \"90s\"\nmax_expires = \"1h\"\nmax_contacts = 4\n"
                     "second_contact = \"append\"\nstateless = true\nbindings = \"lost\"\n"
                     "domain = \"voice.example\"\nrefuse_status = 503\nretry_after = \"2min\"\n"
                     "access = { delay = \"1ms\", bandwidth = \"100Mbps\" }\n"}
                                               .text());
    const world::RegistrarSpec& spec = world.registrars.at(0);
    CHECK(spec.options.challenge == registrar::ChallengeWhen::kInitial);
    CHECK(spec.options.challenge_status == 407);
    CHECK(spec.options.nonce_lifetime == 0s);
    REQUIRE(spec.options.algorithms.size() == 2);
    CHECK(spec.options.algorithms[0] == sip::DigestAlgorithm::kSha256);
    CHECK_FALSE(spec.options.qop);
    CHECK(spec.options.wrong_credentials_status == 403);
    CHECK(spec.options.default_expires == 600);
    CHECK(spec.options.min_expires == 90);
    CHECK(spec.options.max_expires == 3600);
    CHECK(spec.options.max_contacts == 4);
    CHECK(spec.options.on_second_contact == registrar::OnSecondContact::kAppend);
    CHECK(spec.options.stateless);
    CHECK_FALSE(spec.keep_bindings);
    CHECK(spec.domain == "voice.example");
    CHECK(spec.options.refuse_status == 503);
    CHECK(spec.options.retry_after == 120U);
    CHECK(spec.access.propagation == 1ms);
    CHECK(spec.access.bandwidth_bps == 100'000'000);
}

TEST_CASE("a redirecting registrar names the address of the other")
{
    const world::World world =
        first_world(ConfigText{.registrar = "refuse_status = 302\nredirect_to = \"reg2\"\n",
                               .rest = "[[registrar]]\nname = \"reg2\"\nat = \"Denver\"\n"}
                        .text());
    const world::Layout layout(world);
    REQUIRE(world.registrars.at(0).options.redirect_to.has_value());
    CHECK(*world.registrars[0].options.redirect_to == layout.registrar_address(1));
}

TEST_CASE("a fleet's access link is the network's except for what the fleet says itself")
{
    const world::World world = first_world(ConfigText{
        .network = "access = { bandwidth = \"2Mbps\", delay = \"8ms\", loss = \"1%\", jitter = "
                   "\"3ms\", queue_limit = \"200ms\" }\n",
        .fleet = "access.delay = \"20ms\"\naccess.loss = 0.05\n"}
                                               .text());
    const network::LinkSpec& access = world.fleets.at(0).access;
    CHECK(access.bandwidth_bps == 2'000'000);
    CHECK(access.propagation == 20ms);
    CHECK(access.loss == doctest::Approx(0.05));
    CHECK(access.jitter == 3ms);
    CHECK(access.queue_limit == 200ms);
    // The registrar's own link is a server room's.
    CHECK(world.registrars.at(0).access.loss == 0.0);
    CHECK(world.registrars[0].access.bandwidth_bps == 1'000'000'000);
}

TEST_CASE("at takes a star, a name, an id or a list")
{
    const auto nodes = [](const std::string& at) {
        return first_world(ConfigText{.fleet = "at = " + at + '\n'}.text()).fleets.at(0).at;
    };
    CHECK(nodes("\"*\"").size() == 11);
    CHECK(nodes("\"Denver\"") == std::vector<network::NodeIndex>{3});
    CHECK(nodes("\"id:DNVR\"") == std::vector<network::NodeIndex>{3});
    CHECK(nodes("[\"Houston\", \"Seattle\"]") == std::vector<network::NodeIndex>{5, 0});
}

TEST_CASE("start takes its four forms")
{
    const auto start = [](const std::string& text) {
        return first_world(ConfigText{.fleet = "start = \"" + text + "\"\n"}.text())
            .fleets.at(0)
            .start;
    };
    CHECK(start("steady").kind == world::Start::Kind::kSteady);
    CHECK(start("at-once").kind == world::Start::Kind::kAtOnce);
    CHECK(start("ramp(5min)").kind == world::Start::Kind::kRamp);
    CHECK(start("ramp(5min)").span == 5min);
    CHECK(start("random(90s)").kind == world::Start::Kind::kRandom);
    CHECK(start("random(90s)").span == 90s);
}

TEST_CASE("calls count per account: an AOR shared by two is called twice as often")
{
    const world::World world = first_world(
        ConfigText{.fleet = "accounts = 2\naccounts_per_aor = 2\ncalls = \"2/h\"\n"}.text());
    REQUIRE(world.fleets.at(0).call_gap.has_value());
    CHECK(*world.fleets[0].call_gap == 15min);
}

TEST_CASE("devices of one address of record may register one Contact, where it is modelled whom "
          "that leads to")
{
    const std::string pairs = "accounts_per_aor = 2\nshared_contact = true\n";
    CHECK(first_world(ConfigText{.fleet = pairs}.text()).fleets.at(0).shared_contact);
    CHECK_FALSE(first_world(ConfigText{}.text()).fleets.at(0).shared_contact);
    const auto refused = [](const ConfigText& config, const std::string& why) {
        const auto problems = problems_of(config.text());
        REQUIRE(problems.size() == 1);
        CHECK(problems[0].find("shared_contact = true") != std::string::npos);
        CHECK(problems[0].find(why) != std::string::npos);
    };
    refused({.fleet = pairs + "nat_box = \"home\"\n", .rest = "[[nat]]\nname = \"home\"\n"},
            "behind a nat_box");
    refused({.fleet = pairs + "proxy = \"sbc\"\n",
             .rest = "[[proxy]]\nname = \"sbc\"\nat = \"Chicago\"\nregistrar = \"reg1\"\n"},
            "behind a proxy");
    refused({.fleet = pairs + "registration.send_instance = true\n"}, "send_instance");
    refused({.registrar = "contact_address = \"seen\"\n", .fleet = pairs},
            "reg1's contact_address");
}

TEST_CASE("the vendor's own name and unit set the same as ours")
{
    const world::World ours =
        first_world(ConfigText{.fleet = "registration.expires = \"2h\"\n"}.text());
    const world::World theirs =
        first_world(ConfigText{.fleet = "vendor.\"Register Expiration\" = 120\n"}.text());
    CHECK(ours.fleets.at(0).registration.expires == 7200);
    CHECK(theirs.fleets.at(0).registration.expires == 7200);
}

TEST_CASE("faults of devices carry share, return ramp and new address")
{
    const world::World world = first_world(ConfigText{
        .rest = fault("power-cut",
                      "fleet:gateways",
                      "for = \"10min\"\nshare = \"40%\"\nreturn = \"2min\"\nnew_address = true\n")}
                                               .text());
    const world::FaultSpec& spec = world.faults.at(0);
    CHECK(spec.kind == world::FaultKind::kPowerCut);
    CHECK(spec.fleet == 0);
    CHECK(spec.share == doctest::Approx(0.4));
    CHECK(spec.return_ramp == 2min);
    CHECK(spec.new_address);
}

TEST_CASE("a partition cuts the links between its nodes and all others, and no other")
{
    const world::World world =
        first_world(ConfigText{.rest = fault("partition", "partition:Seattle, Sunnyvale")}.text());
    // Abilene: Seattle has links to Sunnyvale and Denver, Sunnyvale to Los Angeles and Denver besides.
    CHECK(world.faults.at(0).links.size() == 3);
    for (const network::LinkIndex link : world.faults[0].links)
    {
        const network::Link& ends = world.topology.links()[link];
        CHECK((ends.a <= 1) != (ends.b <= 1));
    }
}

TEST_CASE("a fault that meets a steady fleet which has not yet registered as a whole is a warning")
{
    const auto warned = [](const std::string& fleet, const std::string& at) {
        const Experiment experiment = loaded(
            ConfigText{.fleet = fleet, .rest = fault("outage", "registrar:reg1")}.text(),
            {{"experiment.warmup", "0s"}, {"experiment.duration", "10h"}, {"fault.1.at", at}});
        return std::ranges::count_if(experiment.warnings, [](const Problem& warning) {
            return warning.message.find("takes one refresh period") != std::string::npos;
        });
    };
    // The last device of a steady start registers a refresh period after the first, here of at most 2 h.
    const std::string two_hours = "vendor.\"Register Expiration\" = 120\n";
    CHECK(warned(two_hours, "80min") == 1);
    CHECK(warned(two_hours, "120min") == 0);
    CHECK(warned(two_hours + "start = \"at-once\"\n", "80min") == 0);
}

TEST_CASE("a link is named by its ends")
{
    const world::World world =
        first_world(ConfigText{.rest = fault("link", "link:Kansas City-Houston")}.text());
    REQUIRE(world.faults.at(0).links.size() == 1);
}

TEST_CASE("a fault that outlasts the run, or begins in the warm-up, is a warning")
{
    const Experiment late =
        loaded(ConfigText{.rest = fault("outage", "registrar:reg1", "for = \"2h\"\n")}.text());
    REQUIRE(late.warnings.size() == 1);
    CHECK(late.warnings[0].message.find("no recovery will be seen") != std::string::npos);
    const Experiment early =
        loaded(ConfigText{.experiment = "", .rest = fault("outage", "registrar:reg1")}.text(),
               {{"experiment.warmup", "100min"}});
    REQUIRE(early.warnings.size() == 1);
    CHECK(early.warnings[0].message.find("in the warm-up") != std::string::npos);
}

TEST_CASE("what a NAT does not read, and a NAT before nobody, is a warning")
{
    const auto warnings = [](const std::string& nats, const std::string& box = "box") {
        const ConfigText config{.fleet = "nat_box = \"" + box + "\"\n", .rest = nats};
        std::string text;
        for (const Problem& warning : loaded(config.text()).warnings)
        {
            text += warning.message + '\n';
        }
        return text;
    };
    const std::string box = "[[nat]]\nname = \"box\"\n";
    CHECK(warnings(box + "ports = \"random\"\ntimeout = \"30s\"\nhairpin = false\n").empty());
    CHECK(warnings(box + "type = \"linux\"\nstream_after = \"1s\"\n").empty());
    CHECK(warnings(box + "stream_after = \"1s\"\n") ==
          "stream_after: has no effect without timeout_unreplied\n");
    CHECK(warnings(box + "type = \"udp-blocked\"\ntimeout = \"1s\"\n") ==
          "timeout: has no effect where UDP is blocked\n");
    CHECK(warnings(box + "type = \"open\"\nports = \"random\"\ntimeout = \"1s\"\n") ==
          "ports: has no effect where nothing is translated\n"
          "timeout: has no effect where everything passes\n");
    CHECK(warnings(box + "type = \"symmetric-firewall\"\ntimeout = \"30s\"\n").empty());
    CHECK(warnings(box + "[[nat]]\nname = \"other\"\n") ==
          "no [[fleet]] stands behind [[nat]] \"other\"\n");
    const std::string cgn = "[[nat]]\nname = \"cgn\"\ndevices = 10\n";
    CHECK(warnings(box + "behind = \"cgn\"\n" + cgn).empty());
    CHECK(warnings(cgn + "block_ports = 6451\n", "cgn").empty()); // ten blocks
    CHECK(warnings(cgn + "block_ports = 6452\nmax_mappings = 9\n", "cgn") ==
          "devices: 10 behind a box of 9 mappings (max_mappings): they do not all have one at a "
          "time\n"
          "devices: 10 behind a box of 9 blocks of ports (block_ports): they do not all have one "
          "at a "
          "time\n");
    CHECK(warnings(box + "max_blocks = 2\n") == "max_blocks: has no effect without block_ports\n");
    const std::string cut =
        fault("power-cut", "fleet:gateways", "for = \"1min\"\nnew_address = true\n");
    CHECK(warnings(box + cut).empty());
    CHECK(warnings(cgn + cut, "cgn").find("new_address: has no effect behind a carrier's NAT") ==
          0);
}

TEST_CASE("a generated map needs no file")
{
    const world::World world =
        first_world(ConfigText{}.text(),
                    {{"network.topology", "generate:scale-free?nodes=20&links=2"},
                     {"registrar.reg1.at", "pop-1"}});
    CHECK(world.topology.nodes().size() == 20);
}

TEST_CASE("what one registrar of a domain says of sharing holds for all of it, and for no other")
{
    const std::string more = "[[registrar]]\nname = \"reg2\"\nat = \"Denver\"\n"
                             "replication_delay = \"3s\"\n"
                             "[[registrar]]\nname = \"reg3\"\nat = \"Denver\"\n"
                             "domain = \"other.example\"\n";
    const world::World world = first_world(
        ConfigText{.registrar = "shared_bindings = \"replicated\"\n", .rest = more}.text());
    const registrar::SharingOptions replicated{.kind = registrar::Sharing::kReplicated,
                                               .replication_delay = 3s};
    CHECK(world.registrars.at(0).sharing == replicated);
    CHECK(world.registrars.at(1).sharing == replicated);
    CHECK(world.registrars.at(2).sharing == registrar::SharingOptions{});
    CHECK(world::shares_bindings(world, 1));
    CHECK_FALSE(world::shares_bindings(world, 2));
}

TEST_CASE(
    "sharing without another registrar, a delay without replication, a loss without effect are "
    "warned of")
{
    const auto warnings = [](const std::string& keys, const std::string& rest) {
        std::string all;
        for (const Problem& problem :
             loaded(ConfigText{.registrar = keys, .rest = rest}.text()).warnings)
        {
            all += problem.message + '\n';
        }
        return all;
    };
    CHECK(warnings("shared_bindings = \"database\"\n", "") ==
          "shared_bindings: has no effect: no other registrar has the domain sip.example\n");
    const std::string second = "[[registrar]]\nname = \"reg2\"\nat = \"Denver\"\n";
    CHECK(warnings("replication_delay = \"1s\"\n", second) ==
          "replication_delay: has no effect without shared_bindings = \"replicated\"\n");
    CHECK(warnings("shared_bindings = \"database\"\nbindings = \"lost\"\n", second) ==
          "bindings: has no effect with shared_bindings = \"database\", which outlives the "
          "registrars\n");
    CHECK(warnings("shared_bindings = \"replicated\"\nbindings = \"lost\"\n", second + kOutage)
              .empty());
}

TEST_CASE("vip-switch and drain are read, with what they leave out")
{
    const std::string second = "[[registrar]]\nname = \"reg2\"\nat = \"Chicago\"\n";
    const world::World switched = first_world(ConfigText{
        .rest = second + "[[fault]]\nkind = \"vip-switch\"\ntarget = \"registrar:reg1\"\n"
                         "standby = \"reg2\"\nat = \"80min\"\nfor = \"3s\"\n"
                         "unreachable = \"icmp\"\n"}
                                                  .text());
    CHECK(switched.faults.back().kind == world::FaultKind::kVipSwitch);
    CHECK(switched.faults.back().server == 0);
    CHECK(switched.faults.back().standby == 1);
    CHECK(switched.faults.back().length == 3s);
    CHECK(switched.faults.back().unreachable == world::Unreachable::kIcmp);

    const std::string drain = second + "[[fault]]\nkind = \"drain\"\nat = \"80min\"\n"
                                       "for = \"5min\"\nretry_after = \"9s\"\n";
    const world::World all =
        first_world(ConfigText{.rest = drain + "target = \"domain:sip.example\"\n"}.text());
    const world::FaultSpec& fault = all.faults.back();
    CHECK(fault.drained == std::vector<std::uint32_t>{0, 1});
    CHECK(fault.grace == 60s);
    CHECK(fault.each == 6min);
    CHECK(fault.retry_after == 9);
    CHECK(world::end_of(all, fault) == SimTime{92min});
    const world::World one =
        first_world(ConfigText{.rest = drain + "target = \"registrar:reg2\"\n"}.text());
    CHECK(one.faults.back().drained == std::vector<std::uint32_t>{1});
}
