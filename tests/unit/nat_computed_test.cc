// Keepalives that are computed instead of sent must leave the same state.

#include "model/nat/keepalive.h"
#include "tests/unit/nat_fixture.h"

#include <algorithm>
#include <array>
#include <vector>

using namespace sipsim;
using namespace sipsim::nat;

namespace
{

// Numbers of one trial, the same in every run.
class Dice
{
  public:
    explicit Dice(std::uint64_t trial)
        : key_{.seed = trial, .device = 1}
    {
    }

    std::uint64_t below(std::uint64_t n)
    {
        return draw_bits(key_, Purpose::kTopology, n_++) % n;
    }

    /// Whole seconds now and then, so that instants meet boundaries; else to the nanosecond.
    SimDuration between(SimDuration low, SimDuration high)
    {
        if (below(2) == 0)
        {
            return low + std::chrono::seconds{below(static_cast<std::uint64_t>((high - low) / 1s))};
        }
        return low + SimDuration{below(static_cast<std::uint64_t>((high - low).count()))};
    }

    template <class T, std::size_t size>
    T one_of(const std::array<T, size>& values)
    {
        return values[below(size)];
    }

  private:
    DrawKey key_;
    std::uint64_t n_ = 0;
};

constexpr std::array kDependences{Dependence::kEndpointIndependent,
                                  Dependence::kAddressDependent,
                                  Dependence::kAddressAndPortDependent};
constexpr std::array kPorts{PortAssignment::kPreserve,
                            PortAssignment::kContiguous,
                            PortAssignment::kRandom};

NatOptions
any_options(Dice& dice)
{
    NatOptions options;
    options.mapping = dice.one_of(kDependences);
    options.filtering = dice.one_of(kDependences);
    options.ports = dice.one_of(kPorts);
    options.translates = dice.below(8) != 0;
    options.timeout = dice.between(30s, 60s);
    if (dice.below(3) == 0)
    {
        options.timeout_max = options.timeout + 20s;
    }
    if (dice.below(2) == 0)
    {
        options.timeout_unreplied = dice.between(10s, 30s);
        options.stream_after = 2s;
    }
    options.refresh_inbound = dice.below(2) == 0;
    options.max_mappings = dice.below(2) == 0 ? 3 : 0;
    if (dice.below(2) == 0)
    {
        options.first_port = 5055;
        options.last_port = 5064; // goes round
    }
    return options;
}

constexpr std::array kPeers{kA1, kA2, kB1, kB2};

// Everything an outside can find out of both; and their next steps.
void
check_same(NatTable& one, NatTable& other, SimTime now, Dice& dice)
{
    const auto ports = [&](const NatTable& table) {
        std::vector<std::optional<std::uint16_t>> seen;
        for (const Endpoint inner : {kDevice, kSecond})
        {
            for (const Endpoint to : kPeers)
            {
                for (const SimDuration later : {0s, 9s, 29s, 59s})
                {
                    seen.push_back(table.mapped_port(now + later, 0, inner, to));
                }
            }
        }
        return seen;
    };
    CHECK(ports(one) == ports(other));
    const std::uint16_t mapped = one.mapped_port(now, 0, kDevice, kA1).value_or(5060);
    for (int i = 0; i < 12; ++i)
    {
        const SimTime when = now + dice.between(0s, 100s);
        const Endpoint from = dice.one_of(kPeers);
        const auto port = static_cast<std::uint16_t>(mapped + dice.below(3) - 1);
        const Endpoint to{one.options().translates ? kOuterHost : kDevice.host, port};
        CHECK(one.look(when, 0, to, from) == other.look(when, 0, to, from));
        CHECK(one.explain(when, 0, to, from, kDevice) == other.explain(when, 0, to, from, kDevice));
    }
    for (int i = 0; i < 6; ++i)
    {
        now += dice.between(0s, 20s);
        const Endpoint inner = dice.below(2) == 0 ? kDevice : kSecond;
        const Endpoint to = dice.one_of(kPeers);
        const Passage out = one.outbound(now, 0, inner, to);
        CHECK(out == other.outbound(now, 0, inner, to));
        const Endpoint outer{one.options().translates ? kOuterHost : inner.host, out.endpoint.port};
        const Endpoint from = dice.one_of(kPeers);
        CHECK(one.inbound(now, 0, outer, from) == other.inbound(now, 0, outer, from));
    }
    CHECK(one.records() == other.records());
}

} // namespace

TEST_CASE(
    "keepalives computed at once leave what keepalives sent one by one leave: one device, one "
    "destination, any interval")
{
    int died = 0;
    for (std::uint64_t trial = 0; trial < 3000; ++trial)
    {
        CAPTURE(trial);
        Dice dice(trial);
        const NatOptions options = any_options(dice);
        NatTable sent(options, trial, 0, 1, 4);
        NatTable computed(options, trial, 0, 1, 4);
        SimTime now = at(dice.between(0s, 10s));
        for (std::uint64_t before = dice.below(4); before > 0; --before)
        {
            for (NatTable* table : {&sent, &computed})
            {
                const Passage out = table->outbound(now, 0, kDevice, kA1);
                const Endpoint outer{options.translates ? kOuterHost : kDevice.host,
                                     out.endpoint.port};
                table->inbound(now + 1s, 0, outer, kA1);
            }
            now += dice.between(1s, 40s);
        }
        const SimDuration interval = dice.between(1s, 90s);
        const SimTime last = now + dice.between(0s, 2000s);
        SimTime due = now;
        for (; due <= last; due += interval)
        {
            died += sent.mapped_port(due, 0, kDevice, kA1) ? 0 : 1;
            sent.outbound(due, 0, kDevice, kA1);
        }
        computed.outbound_every(now, interval, last, 0, kDevice, kA1);
        check_same(sent, computed, last, dice);
    }
    CHECK(died > 3000); // the trials are about something
}

TEST_CASE("keepalives computed at once leave what keepalives sent one by one leave: devices and "
          "destinations beside, interval below every timeout")
{
    for (std::uint64_t trial = 0; trial < 3000; ++trial)
    {
        CAPTURE(trial);
        Dice dice(trial + 1'000'000);
        const NatOptions options = any_options(dice);
        NatTable sent(options, trial, 0, 1, 4);
        NatTable computed(options, trial, 0, 1, 4);
        SimTime now = at(0s);
        for (std::uint64_t before = dice.below(12); before > 0; --before)
        {
            const Endpoint inner = dice.below(2) == 0 ? kDevice : kSecond;
            const Endpoint to = dice.one_of(kPeers);
            for (NatTable* table : {&sent, &computed})
            {
                const Passage out = table->outbound(now, 0, inner, to);
                const Endpoint outer{options.translates ? kOuterHost : inner.host,
                                     out.endpoint.port};
                table->inbound(now + 1s, 0, outer, to);
            }
            now += dice.between(1s, 15s);
        }
        const SimDuration interval = dice.between(1s, 10s);
        const SimTime last = now + dice.between(0s, 200s);
        const Endpoint to = dice.one_of(kPeers);
        for (SimTime due = now; due <= last; due += interval)
        {
            sent.outbound(due, 0, kDevice, to);
        }
        computed.outbound_every(now, interval, last, 0, kDevice, to);
        check_same(sent, computed, last, dice);
    }
}

TEST_CASE("no keepalive due, or a box that blocks: nothing happens")
{
    Home home(NatOptions{});
    home.table.outbound_every(at(10s), 1s, at(10s - 1ns), 0, kDevice, kA1);
    CHECK(home.table.records() == 0);
    for (const std::string_view name : {"udp-blocked", "open"})
    {
        Home none(preset(name).value());
        none.table.outbound_every(at(0s), 1s, at(100s), 0, kDevice, kA1);
        CHECK(none.table.records() == 0);
    }
}

namespace
{

constexpr std::uint32_t kDevices = 6;

Endpoint
phone(std::uint32_t device)
{
    return {sip::Host{0x0A00'0000U + device}, 5060};
}

// Devices behind one box. Those of a lazy box tell their keepalives when asked; those of the other send
// each when it is due.
class Household
{
  public:
    Household(const NatOptions& options, std::uint64_t seed, Endpoint keeper, bool lazy)
        : table(options, seed, 0, 1, 8),
          seed_(seed),
          keeper_(keeper),
          lazy_(lazy)
    {
        if (lazy)
        {
            table.on_doubt([this](SimTime now, BoxIndex, Endpoint inner) {
                tell(static_cast<std::uint32_t>(inner.host) - 0x0A00'0000U, now);
            });
        }
    }

    /// All that is due up to and including `now`.
    void pass(SimTime now)
    {
        while (!lazy_)
        {
            std::uint32_t first = kDevices;
            for (std::uint32_t i = 0; i < kDevices; ++i)
            {
                if (devices_[i].on && devices_[i].next <= now &&
                    (first == kDevices || devices_[i].next < devices_[first].next))
                {
                    first = i;
                }
            }
            if (first == kDevices)
            {
                return;
            }
            table.outbound(devices_[first].next, 0, phone(first), keeper_);
            devices_[first].next += kInterval;
        }
    }

    Passage send(SimTime now, std::uint32_t device, Endpoint to)
    {
        if (lazy_)
        {
            tell(device, now);
        }
        return table.outbound(now, 0, phone(device), to);
    }

    /// Its first message makes its mapping.
    Passage boot(SimTime now, std::uint32_t device)
    {
        const Passage out = table.outbound(now, 0, phone(device), kA1);
        const KeepaliveSchedule schedule(
            {.kind = KeepaliveOptions::Kind::kBlank, .interval = kInterval},
            {.seed = seed_, .device = device},
            devices_[device].boots++,
            now);
        devices_[device].next = schedule.first();
        devices_[device].on = out.passed();
        return out;
    }

    void stop(SimTime now, std::uint32_t device)
    {
        if (lazy_)
        {
            tell(device, now);
        }
        devices_[device].on = false;
    }

    [[nodiscard]] bool on(std::uint32_t device) const
    {
        return devices_[device].on;
    }

    static constexpr SimDuration kInterval = 20s;

    NatTable table;

  private:
    void tell(std::uint32_t device, SimTime now)
    {
        Device& d = devices_[device];
        if (!d.on || d.next > now)
        {
            return;
        }
        const SimTime first = d.next;
        d.next += ((now - first) / kInterval + 1) * kInterval;
        table.outbound_every(first, kInterval, now, 0, phone(device), keeper_);
    }

    struct Device
    {
        SimTime next{};
        std::uint32_t boots = 0;
        bool on = false;
    };

    std::array<Device, kDevices> devices_{};
    std::uint64_t seed_;
    Endpoint keeper_;
    bool lazy_;
};

} // namespace

TEST_CASE("conntrack: a keepalive that came before the first reply does not count as one after it, "
          "however late it is told")
{
    // Sent at 0 s and 24 s, answered at 25 s, silent from then on: unreplied up to the answer, and that
    // one too. Gone at 55 s.
    Home home(preset("linux").value());
    bool told = false;
    const auto tell = [&](SimTime now, BoxIndex, Endpoint inner) {
        if (!told && now >= at(24s))
        {
            told = true;
            home.table.outbound_every(at(24s), 24s, at(24s), 0, inner, kA1);
        }
    };
    home.table.on_doubt(tell);
    home.out(0s, kA1);
    CHECK(home.in(25s, 5060, kA1).passed());
    tell(at(30s), 0, kDevice); // it is switched off
    CHECK(home.port(55s - 1ns, kA1) == 5060);
    CHECK_FALSE(home.port(55s, kA1));
}

TEST_CASE(
    "a box of several devices that asks for keepalives only in doubt answers as one that was told "
    "each when it was sent")
{
    int reached = 0;
    int blocked = 0;
    for (std::uint64_t trial = 0; trial < 400; ++trial)
    {
        CAPTURE(trial);
        Dice dice(trial + 2'000'000);
        NatOptions options = any_options(dice);
        options.timeout_unreplied.reset();
        if (dice.below(2) == 0)
        {
            options.timeout_unreplied = 25s;
        }
        options.max_mappings = dice.below(2) == 0 ? 4 : 0;
        // Where each destination has a mapping, a keepalive elsewhere would make one.
        const bool one_mapping =
            options.mapping == Dependence::kEndpointIndependent || !options.translates;
        const Endpoint keeper = one_mapping && dice.below(2) == 0 ? kB1 : kA1;
        Household eager(options, trial, keeper, false);
        Household lazy(options, trial, keeper, true);
        SimTime now = at(0s);
        for (int step = 0; step < 150; ++step)
        {
            now += dice.between(0s, 30s);
            eager.pass(now);
            const auto device = static_cast<std::uint32_t>(dice.below(kDevices));
            const std::uint64_t what = dice.below(10);
            if (what < 2 && eager.on(device))
            {
                eager.stop(now, device);
                lazy.stop(now, device);
            }
            else if (what < 5)
            {
                const bool on = eager.on(device);
                const Passage out = on ? eager.send(now, device, kA1) : eager.boot(now, device);
                CHECK(out == (on ? lazy.send(now, device, kA1) : lazy.boot(now, device)));
                const Endpoint outer{options.translates ? kOuterHost : phone(device).host,
                                     out.endpoint.port};
                CHECK(eager.table.inbound(now, 0, outer, kA1) ==
                      lazy.table.inbound(now, 0, outer, kA1));
            }
            else
            {
                const auto base =
                    options.ports == PortAssignment::kPreserve ? 5060 : options.first_port;
                const auto port = static_cast<std::uint16_t>(base + dice.below(kDevices));
                const Endpoint to = options.translates ? Endpoint{kOuterHost, port} : phone(device);
                const Endpoint from = dice.one_of(kPeers);
                const Passage in = eager.table.inbound(now, 0, to, from);
                CHECK(in == lazy.table.inbound(now, 0, to, from));
                CHECK(eager.table.explain(now, 0, to, from, phone(device)) ==
                      lazy.table.explain(now, 0, to, from, phone(device)));
                ++(in.passed() ? reached : blocked);
            }
            if (eager.on(device) != lazy.on(device))
            {
                FAIL("the two have parted");
            }
        }
    }
    CHECK(reached > 1000);
    CHECK(blocked > 1000);
}
