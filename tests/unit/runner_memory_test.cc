// What a run takes of memory, what the machine has of it.

#include "scenarios/runner/estimate.h"
#include "scenarios/runner/machine_memory.h"
#include "tests/unit/runner_config_files.h"

using namespace sipsim;
using namespace sipsim::runner;
using namespace std::chrono_literals;

namespace
{

/// A machine's /proc and /sys, as far as they tell about memory.
class Machine
{
  public:
    Machine()
        : root_(std::filesystem::temp_directory_path() /
                ("sipsim-machine-" + std::to_string(getpid())))
    {
        std::filesystem::remove_all(root_);
        std::filesystem::create_directories(root_);
    }

    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;

    ~Machine()
    {
        std::error_code ignored;
        std::filesystem::remove_all(root_, ignored);
    }

    void write(const std::string& file, const std::string& text) const
    {
        std::filesystem::create_directories((root_ / file).parent_path());
        std::ofstream{root_ / file} << text;
    }

    [[nodiscard]] std::optional<double> available() const
    {
        return available_memory(root_);
    }

  private:
    std::filesystem::path root_;
};

Experiment
experiment_of(std::uint32_t devices, const std::string& carrier, std::uint32_t accounts = 1)
{
    const ConfigText config{.experiment = "carrier = \"" + carrier + "\"\n",
                            .fleet = "accounts = " + std::to_string(accounts) + "\n"};
    return loaded(config.text(), {{"fleet.gateways.count", std::to_string(devices)}});
}

double
memory_of(std::uint32_t devices, const std::string& carrier, std::uint32_t accounts = 1)
{
    return estimate(experiment_of(devices, carrier, accounts)).memory_bytes;
}

constexpr double kKiB = 1024;

} // namespace

TEST_CASE("available memory is what the kernel offers, or less if a control group leaves less")
{
    const Machine machine;
    CHECK_FALSE(machine.available()); // nobody tells
    machine.write("proc/meminfo", "MemTotal: 8000 kB\nMemAvailable:    6000 kB\n");
    CHECK(machine.available() == 6000 * kKiB);

    // Version 2: the limit of the group above counts, the own group's is "max".
    machine.write("proc/self/cgroup", "0::/jobs/one\n");
    machine.write("sys/fs/cgroup/jobs/one/memory.max", "max\n");
    machine.write("sys/fs/cgroup/jobs/one/memory.current", "100\n");
    CHECK(machine.available() == 6000 * kKiB);
    machine.write("sys/fs/cgroup/jobs/memory.max", "5000000\n");
    machine.write("sys/fs/cgroup/jobs/memory.current", "3000000\n");
    CHECK(machine.available() == 2'000'000);
    // Memory that holds files is given up on demand.
    machine.write("sys/fs/cgroup/jobs/memory.stat", "anon 1\ninactive_file 1000000\nfile 7\n");
    CHECK(machine.available() == 3'000'000);

    // Version 1, where the path may not be visible from inside: then the top tells.
    machine.write("proc/self/cgroup", "5:cpu:/x\n4:memory:/hidden/group\n0::/\n");
    machine.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "1500000\n");
    machine.write("sys/fs/cgroup/memory/memory.usage_in_bytes", "1000000\n");
    CHECK(machine.available() == 500'000);
    machine.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"); // none
    CHECK(machine.available() == 6000 * kKiB);
}

TEST_CASE("memory grows by an ns-3 node per device on packets, by a row per account in the fleet")
{
    // An ns-3 node with its stack takes 8 to 24 KiB, an account next to nothing beside it.
    const double node = (memory_of(20'000, "packet") - memory_of(10'000, "packet")) / 10'000;
    CHECK(node > 8 * kKiB);
    CHECK(node < 24 * kKiB);
    const double account =
        (memory_of(1'000, "packet", 101) - memory_of(1'000, "packet", 1)) / 100'000;
    CHECK(account < 1 * kKiB);
    // A row of 64 octets, a binding of 32, a timer, the metrics.
    const double row = (memory_of(2'000'000, "fleet") - memory_of(1'000'000, "fleet")) / 1e6;
    CHECK(row > 64 + 32 + 16);
    CHECK(row < 400);
}

TEST_CASE("each NAT on a device's way takes memory for a box and a mapping")
{
    const auto with = [](const std::string& box, const std::string& nats) {
        const ConfigText config{.experiment = "carrier = \"fleet\"\n", .fleet = box, .rest = nats};
        const auto experiment = loaded(config.text(), {{"fleet.gateways.count", "1000000"}});
        return estimate(experiment).memory_bytes / 1e6;
    };
    const std::string home = "[[nat]]\nname = \"home\"\n";
    const std::string cgn = "[[nat]]\nname = \"cgn\"\ndevices = 1000\n";
    const double none = with("", "");
    const double one = with("nat_box = \"home\"\n", home);
    const double other = with("nat_box = \"cgn\"\n", cgn);
    const double both = with("nat_box = \"home\"\n", home + "behind = \"cgn\"\n" + cgn);
    // Octets: 8 of a box of one's own, 32 of a mapping, 8 more of one that is not the first of a box.
    CHECK(one > none + 40);
    CHECK(other > none + 40);
    CHECK(both > none + 80);
    CHECK(both < none + 400);
    // Ports by the block: 64 512 / 64 = 1008 of 16 octets per box, so about 16 per device of a thousand.
    CHECK(with("nat_box = \"cgn\"\n", cgn + "block_ports = 64\n") - other ==
          doctest::Approx(1008 * 16 / 1000.0));
}

TEST_CASE("keepalives that cannot be computed are counted as sent")
{
    const auto with = [](const std::string& rest) {
        const ConfigText config{
            .experiment = "carrier = \"fleet\"\n",
            .fleet = "nat_box = \"cgn\"\nvendor.\"NAT Traversal\" = \"No, but send keep-alive\"\n",
            .rest = "[[nat]]\nname = \"cgn\"\ndevices = 100\n" + rest};
        return estimate(loaded(config.text(), {{"fleet.gateways.count", "100000"}})).cpu_s;
    };
    CHECK(with("timeout = \"10s\"\n") > 2 * with("timeout = \"60s\"\n"));
}

TEST_CASE("calls take time: a thousand a second to each device more than all its registrations")
{
    const auto with = [](const std::string& calls) {
        const ConfigText config{.experiment = "carrier = \"fleet\"\n", .fleet = calls};
        return estimate(loaded(config.text(), {{"fleet.gateways.count", "1000"}})).cpu_s;
    };
    const double none = with("");
    const double some = with("calls = \"1/s\"\n");
    CHECK(some > none);
    CHECK(with("calls = \"1000/s\"\n") - none == doctest::Approx(1000 * (some - none)));
    CHECK(with("outgoing = \"1/s\"\n") == doctest::Approx(some));
}

TEST_CASE("a crowd that registers at once takes more memory than one over hours")
{
    const auto with = [](const std::string& fault) {
        const ConfigText config{.experiment = "carrier = \"fleet\"\n", .rest = fault};
        const auto experiment = loaded(config.text(), {{"fleet.gateways.count", "100000"}});
        return estimate(experiment).memory_bytes;
    };
    const std::string cut = "[[fault]]\nkind = \"power-cut\"\ntarget = \"fleet:gateways\"\n"
                            "at = \"80min\"\nfor = \"5min\"\n";
    const double steady = with("");
    const double ramp = with(cut + "return = \"1h\"\n");
    const double at_once = with(cut);
    CHECK(ramp > steady);
    CHECK(at_once > ramp + 100'000 * 100);
}

TEST_CASE("a run beyond the memory available is refused at its count, one within is not")
{
    const auto packets = experiment_of(100'000, "packet");
    const double needed = estimate(packets).memory_bytes;
    CHECK(memory_problems(packets, std::nullopt).empty());
    CHECK(memory_problems(packets, needed + 1).empty());
    const auto problems = memory_problems(packets, needed - 1);
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].message.find("--set fleet.gateways.count=100000: ") == 0);
    CHECK(problems[0].message.find("100000 devices") != std::string::npos);
    CHECK(problems[0].message.find("carrier = \"fleet\"") != std::string::npos);
    const auto in_file = memory_problems(loaded(ConfigText{}.text()), 1e6);
    REQUIRE(in_file.size() == 1);
    CHECK(in_file[0].line == 12); // "count = 22"
    CHECK(in_file[0].column == 9);
    // What the fleet carrier cannot do either, it is not offered for.
    const auto fleet = memory_problems(experiment_of(1'000'000, "fleet"), 1e6);
    REQUIRE(fleet.size() == 1);
    CHECK(fleet[0].message.find("carrier") == std::string::npos);
}

TEST_CASE("no more runs go on at a time than fit into memory, and only chosen points count")
{
    const auto experiment = loaded(
        ConfigText{.rest = "[sweep.over]\n\"fleet.gateways.count\" = [1000, 100000]\n"}.text());
    const double needed = estimate(experiment).memory_bytes;
    CHECK(workers_that_fit(experiment, 8, std::nullopt) == 8);
    CHECK(workers_that_fit(experiment, 8, 8.5 * needed) == 8);
    CHECK(workers_that_fit(experiment, 8, 3.5 * needed) == 3);
    CHECK(workers_that_fit(experiment, 8, 0.5 * needed) == 1);
    const auto first = [](const Point& point) { return point.index == 0; };
    CHECK(workers_that_fit(experiment, 8, 0.5 * needed, first) == 8);
    CHECK(memory_problems(experiment, 0.5 * needed, first).empty());
    CHECK(memory_problems(experiment, 0.5 * needed).size() == 1);
}

TEST_CASE("requests that wait at a registrar take memory, no more of them than its queue holds")
{
    const auto with = [](const std::string& station) {
        const ConfigText config{.experiment = "carrier = \"fleet\"\n",
                                .registrar = station,
                                .fleet = "start = \"at-once\"\n"};
        const auto experiment = loaded(config.text(), {{"fleet.gateways.count", "100000"}});
        return estimate(experiment).memory_bytes;
    };
    const std::string slow = "station.workers = 1\nstation.unauthenticated = \"1ms\"\n"
                             "station.authenticated = \"1ms\"\n";
    const double none = with("");
    // 10^5 that take 200 s: each sends all its 11 copies in 32 s (RFC 3261 17.1.2.2), and all wait.
    const double endless = with(slow);
    CHECK(endless > none + 11 * 100'000 * 100);
    const double limited = with(slow + "station.queue = 1000\n");
    CHECK(limited > none);
    CHECK(limited < none + 1000 * 1000);
    // Served within T1: nobody sends a copy.
    const std::string fast = "station.workers = 1\nstation.unauthenticated = \"1us\"\n"
                             "station.authenticated = \"1us\"\n";
    CHECK((endless - none) / (with(fast) - none) == doctest::Approx(11));
    // A fleet's own law of two sends (a list of two intervals) is the one that counts.
    const ConfigText plain{.experiment = "carrier = \"fleet\"\n",
                           .registrar = slow,
                           .fleet = "start = \"at-once\"\n"};
    world::World world = loaded(plain.text(), {{"fleet.gateways.count", "100000"}}).world({}, 1);
    auto& law = world.fleets[0].registration.transaction.retransmission;
    law.kind = sip::RetransmissionLaw::Kind::kList;
    law.intervals.push(1s);
    law.intervals.push(1s);
    CHECK((run_memory(world, Carrier::kFleet) - none) / (with(fast) - none) == doctest::Approx(2));
}

TEST_CASE("an account that locates its registrar takes more memory, and more with each registrar")
{
    const auto with = [](std::uint32_t registrars) {
        const ConfigText plain{.experiment = "carrier = \"fleet\"\n"};
        world::World world =
            loaded(plain.text(), {{"fleet.gateways.count", "100000"}}).world({}, 1);
        world.registrars.resize(registrars, world.registrars[0]);
        const double fixed = run_memory(world, Carrier::kFleet);
        world.fleets[0].locating = world::LocatingSpec{.name = "sip.example", .resolvers = {0}};
        return run_memory(world, Carrier::kFleet) - fixed;
    };
    CHECK(with(1) > 100'000 * 100);
    CHECK(with(4) > with(1) + 3 * 100'000 * 32); // a binding of 32 octets at each
}
