#pragma once

// Models : an experiment file: one base configuration, the parameters swept over it, its replications.
// Drives : every verb loads one; the executor asks for the World of a run.
// Keeps  : load() reports every problem of the file in one pass, those that only some points of the
//          sweep have included; an Experiment that loaded gives a World for every point.
// Leaves : running (executor.h), results (store.h).

#include "model/base/problem.h"
#include "model/world/world.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sipsim::runner
{

/// One swept parameter: a key of the configuration and its values, as canonical text.
struct SweepAxis
{
    std::string parameter; // "fleet.gateways.registration.retry_wait", "registrar.reg1.bindings"
    std::vector<std::string> values; // "20s", "lost", "0.05"
    std::vector<double> numeric;     // SI values; empty when not numeric
    std::string unit;                // of `numeric`: "s", "1/s", "B", "bit/s", ""
    int line = 0;
};

/// One combination of the axes' values, in file order, last axis fastest.
struct Point
{
    std::uint32_t index = 0;
    std::vector<std::pair<std::string, std::string>> parameters;
};

enum class Carrier : std::uint8_t
{
    kPacket,
    kFleet,
};

struct ReportOptions
{
    std::optional<double> capacity; // REGISTER/s the registrar can take, for the finding
};

/// [live]: exactly one of `fleet`, `registrar` and `dns` is set.
struct LiveSpec
{
    std::optional<std::uint32_t> fleet; // index; the real network is `device` of it
    std::uint32_t device = 0;           // of the fleet, from 0
    std::optional<std::uint32_t> registrar;
    std::optional<std::uint32_t> dns; // the name server of that number
    std::string network_namespace;
};

/// `key=value` of --set, or a sweep's value, applied over the file's text.
using Override = std::pair<std::string, std::string>;

class Experiment
{
  public:
    std::string name;
    Carrier carrier = Carrier::kPacket;
    bool pcap = false;
    std::filesystem::path file;
    std::string text; // of the file
    std::vector<SweepAxis> axes;
    std::vector<Point> points;
    std::uint32_t replications = 1;
    std::uint64_t seed = 1;
    ReportOptions report;
    std::optional<LiveSpec> live; // only `sipsim live` wants it
    SimDuration run_timeout{0};   // wall-clock limit of one run
    std::vector<Problem> warnings;

    /// Seed of replication `r`: common to all points (common random numbers).
    [[nodiscard]] std::uint64_t replication_seed(std::uint32_t r) const;

    /// What run (point, replication) simulates. The topology is read once.
    [[nodiscard]] world::World world(const Point& point, std::uint64_t run_seed) const;

    /// `message` at the place where point's `key` of the `fleet`-th [[fleet]] was written.
    [[nodiscard]] Problem problem_at(const Point& point,
                                     std::size_t fleet,
                                     std::string_view key,
                                     std::string message) const;

    /// SHA-256 over what decides results: settings with overrides, maps, profiles. Not among it:
    /// layout, comments, name, pcap, run_timeout, [report], and the counts of [sweep] and [replications].
    [[nodiscard]] std::string hash() const;

  private:
    friend class Loader;
    // parsed tree, topology and profiles: implementation's choice
    std::function<world::World(const Point&, std::uint64_t)> build_;
    std::function<Problem(const Point&, std::size_t, std::string_view, std::string)> locate_;
    std::string hash_;
};

/// Reads and checks the file, its topology and profiles. Problem::message begins without the place;
/// file of a problem is the experiment's unless the message names another.
[[nodiscard]] Checked<Experiment> load(const std::filesystem::path& file,
                                       const std::vector<Override>& overrides = {},
                                       std::optional<std::uint64_t> seed = std::nullopt);

/// "file:line:col: error: message", one per line.
[[nodiscard]] std::string format(const std::filesystem::path& file,
                                 const std::vector<Problem>& problems,
                                 std::string_view severity = "error");

} // namespace sipsim::runner
