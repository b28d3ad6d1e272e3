// Devices that locate their servers, with options, zones, name servers and faults drawn at random.

#include "tests/carrier/both_carriers.h"
#include "tests/carrier/located_world.h"
#include "tests/dice.h"

using namespace sipsim;
using namespace sipsim::carrier;
using world::FaultKind;

namespace
{

void
draw_policy(Dice& dice, world::LocatingSpec& spec)
{
    dns::FailoverOptions& failover = spec.failover;
    failover.preference = static_cast<dns::Preference>(dice.roll(5));
    failover.round_robin = failover.preference == dns::Preference::kNone && dice.even();
    failover.targets_per_round = static_cast<std::uint8_t>(dice.roll(3));
    failover.then_from_top = dice.even();
    failover.failback_at_once = (failover.preference == dns::Preference::kUntilTtl ||
                                 failover.preference == dns::Preference::kForDuration) &&
                                dice.even();
    failover.failback_after = std::chrono::seconds{60 + dice.roll(1200)};
    failover.next_cseq = dice.even();
    failover.tries = static_cast<std::uint8_t>(1 + dice.roll(3));
    failover.try_timeout = dice.even() ? SimDuration{0} : std::chrono::seconds{1 + dice.roll(6)};
    failover.try_sends = static_cast<std::uint8_t>(dice.roll(5));
    failover.on_503 = dice.even();
    failover.blocked_for = dice.even() ? SimDuration{0} : std::chrono::seconds{dice.roll(400)};
    spec.location.mode = static_cast<dns::DnsMode>(dice.roll(3));
    spec.location.selection = static_cast<dns::Selection>(dice.roll(3));
    spec.location.ttl = static_cast<dns::TtlOf>(dice.roll(3));
    spec.use_expired = dice.even();
    spec.resolver.timeout = std::chrono::milliseconds{5 + dice.roll(5000)};
    spec.resolver.attempts = static_cast<std::uint8_t>(1 + dice.roll(3));
    spec.resolver.cache = dice.even();
}

/// More targets, NAPTR, and a target behind CNAMEs that lead to another zone and back.
void
draw_records(Dice& dice, world::World& world)
{
    auto& records = world.zones[0].records;
    constexpr const char* kMore[] = {"c.sip.example", "d.sip.example"};
    for (std::uint32_t more = 0; more < dice.roll(3); ++more)
    {
        records.push_back(srv(3, kMore[more]));
        records.push_back(address_of(kMore[more], dice.roll(2)));
    }
    if (dice.even())
    {
        records.push_back({.owner = "sip.example",
                           .type = dns::Type::kNaptr,
                           .target = "_sip._udp.sip.example",
                           .flags = "s",
                           .service = "SIP+D2U"});
    }
    const auto cname = [](const char* owner, const char* target) {
        return world::RecordSpec{.owner = owner, .type = dns::Type::kCname, .target = target};
    };
    if (dice.even())
    {
        records[dice.roll(2)].target = "alias.sip.example";
        records.push_back(cname("alias.sip.example", "alias.hosts.example"));
    }
    world.zones.push_back({.name = "hosts",
                           .origin = "hosts.example",
                           .records = {cname("alias.hosts.example", "a.sip.example")}});
    world.zones.back().records[0].ttl = dice.roll(3) == 0 ? 0 : dice.roll(900);
    world.zones.back().negative_ttl = dice.roll(200);
}

void
draw_servers(Dice& dice, world::World& world)
{
    draw_records(dice, world);
    for (world::RecordSpec& record : world.zones[0].records)
    {
        record.ttl = dice.roll(3) == 0 ? 0 : dice.roll(900);
        record.priority = static_cast<std::uint16_t>(dice.roll(2));
        record.weight = static_cast<std::uint16_t>(dice.roll(4));
    }
    world.zones[0].records.push_back(address_of("sip.example", dice.roll(2)));
    world.zones[0].negative_ttl = dice.roll(200);
    world::ZoneSpec other = world.zones[0];
    other.name = "other";
    other.records.erase(other.records.begin() + dice.roll(2));
    world.zones.push_back(other);
    world.dns[0].authority.additional = dice.even();
    world.dns[0].authority.order = static_cast<dns::RecordOrder>(dice.roll(3));
    world.dns.push_back(world.dns[0]);
    world.dns[1].name = "second";
    if (dice.even()) // a site's resolver that asks the other
    {
        world.dns[1].zones.clear();
        world.dns[1].forward = {0};
        world.dns[1].resolver.timeout = std::chrono::milliseconds{20 + dice.roll(4000)};
        world.dns[1].resolver.cache = dice.even();
    }
    world.dns[world.dns[1].zones.empty() ? 0 : 1].zones.push_back(1); // "hosts"
    world.fleets[0].locating->resolvers =
        dice.even() ? std::vector<std::uint32_t>{1} : std::vector<std::uint32_t>{0, 1};
    for (world::RegistrarSpec& registrar : world.registrars)
    {
        registrar.keep_bindings = dice.even();
        registrar.options.challenge =
            dice.even() ? registrar::ChallengeWhen::kAlways : registrar::ChallengeWhen::kNever;
    }
    if (dice.roll(4) == 0)
    {
        auto& refuses = world.registrars[dice.roll(2)].options;
        refuses.refuse_status = 503;
        refuses.retry_after = 100 * dice.roll(9);
    }
}

void
draw_faults(Dice& dice, world::World& world)
{
    for (std::uint32_t i = 0; i < 4; ++i)
    {
        const auto at = std::chrono::seconds{dice.roll(2500)};
        const auto length = std::chrono::seconds{1 + dice.roll(900)};
        constexpr FaultKind kKinds[] = {FaultKind::kOutage,
                                        FaultKind::kDnsSlow,
                                        FaultKind::kDnsLame,
                                        FaultKind::kPowerCut};
        world::FaultSpec fault = fault_at(kKinds[dice.roll(4)], kNs + dice.roll(2), at, length);
        if (fault.kind == FaultKind::kOutage)
        {
            fault.server = dice.roll(4);
            fault.unreachable =
                dice.even() ? world::Unreachable::kSilent : world::Unreachable::kIcmp;
        }
        fault.delay = std::chrono::milliseconds{1 + dice.roll(4000)};
        if (fault.kind == FaultKind::kPowerCut)
        {
            fault.server = 0;
            fault.share = 0.5;
            fault.return_ramp = 20s;
            fault.new_address = dice.even();
        }
        world.faults.push_back(fault);
    }
    if (!world.dns[0].zones.empty())
    {
        world.faults.push_back(fault_at(FaultKind::kZoneChange, kNs, 800s, 900s));
        world.faults.back().zone = 2; // "other"
    }
}

void
draw_keepalives(Dice& dice, nat::TraversalOptions& options)
{
    const auto kind = dice.roll(4);
    if (kind > 0)
    {
        options.keepalive = {.kind = nat::KeepaliveOptions::Kind::kBlank, .interval = 40s};
    }
    if (kind > 1)
    {
        options.mode = nat::TraversalMode::kKeepalive;
        options.probe = kind == 2 ? nat::Probe::kOptions : nat::Probe::kStun;
    }
}

} // namespace

TEST_CASE("both carriers: locating devices, all drawn at random")
{
    for (std::uint64_t seed = 1; seed <= 48; ++seed)
    {
        CAPTURE(seed);
        Dice dice{seed};
        world::World world = located(20);
        world.seed = seed;
        world.fleets[0].accounts = 1 + dice.roll(3);
        world.fleets[0].call_gap = 300s;
        draw_policy(dice, *world.fleets[0].locating);
        draw_servers(dice, world);
        draw_faults(dice, world);
        if (dice.even())
        {
            world.nats.push_back({.name = "box", .options = *nat::preset("port-restricted-cone")});
            world.fleets[0].nat_box = 0;
        }
        if (dice.even())
        {
            give_loss(world, 0.05, 2ms);
            // What accounts of one device send at one instant is lost and late in another order (README: ties).
            world.fleets[0].accounts = 1;
        }
        draw_keepalives(dice, world.fleets[0].nat);
        REQUIRE(dns::validate(world.fleets[0].locating->failover).empty());
        const Seen seen = check_same(world);
        CHECK(seen.recorder.count("arrival") + seen.recorder.count("query") > 0);
    }
}
