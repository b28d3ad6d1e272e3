#include "scenarios/runner/store_tables.h"

#include "model/world/collector.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <set>

namespace sipsim::runner
{

using nlohmann::json;

namespace
{

constexpr const char* kSchema = R"sql(
CREATE TABLE experiment(name TEXT, config_path TEXT, config_text TEXT, config_hash TEXT, version TEXT,
                        carrier TEXT, sweep_json TEXT, report_json TEXT, options_json TEXT);
CREATE TABLE run(id INTEGER PRIMARY KEY, point INTEGER, seed INTEGER, params_json TEXT, status TEXT,
                 attempts INTEGER, fingerprint TEXT, error TEXT, faults_json TEXT, UNIQUE(point, seed));
CREATE TABLE metric(run_id INTEGER, name TEXT, value REAL, censored INTEGER, PRIMARY KEY(run_id, name));
CREATE TABLE series(run_id INTEGER, name TEXT, t0_s REAL, dt_s REAL, n INTEGER, data BLOB,
                    PRIMARY KEY(run_id, name));
CREATE TABLE histogram(run_id INTEGER, name TEXT, edges BLOB, counts BLOB, PRIMARY KEY(run_id, name));
CREATE TABLE cost(run_id INTEGER, name TEXT, value REAL, PRIMARY KEY(run_id, name));
CREATE TABLE metric_info(name TEXT PRIMARY KEY, unit TEXT, kind TEXT, sentence TEXT, better TEXT);
)sql";

std::string
report_json(const Experiment& experiment)
{
    json report = json::object();
    report["capacity"] = experiment.report.capacity ? json(*experiment.report.capacity) : json();
    const world::World world = experiment.world(experiment.points.at(0), experiment.seed);
    report["fleets"] = json::array(); // as fleet_series number them
    for (const world::FleetSpec& fleet : world.fleets)
    {
        if (!fleet.attack)
        {
            report["fleets"].push_back(fleet.name);
        }
    }
    report["registrars"] = json::array(); // as server_series do
    for (const world::RegistrarSpec& registrar : world.registrars)
    {
        report["registrars"].push_back(registrar.name);
    }
    return report.dump();
}

/// Replications that have every seed of the store: more than the experiment has now, where it had more.
std::uint32_t
replications_with_all_seeds(Database& db, const Experiment& experiment)
{
    constexpr std::uint32_t kMost = 10'000; // as many as a file may ask for
    std::set<std::uint64_t> seeds;
    Statement stored(db, "SELECT DISTINCT seed FROM run");
    while (stored.step())
    {
        seeds.insert(static_cast<std::uint64_t>(stored.integer(0)));
    }
    std::uint32_t count = experiment.replications;
    for (std::uint32_t r = 0; r < kMost && !seeds.empty(); ++r)
    {
        if (seeds.erase(experiment.replication_seed(r)) > 0)
        {
            count = std::max(count, r + 1);
        }
    }
    return count;
}

} // namespace

std::string
sweep_json(const Experiment& experiment)
{
    json axes = json::array();
    for (const auto& axis : experiment.axes)
    {
        axes.push_back({{"param", axis.parameter},
                        {"values", axis.values},
                        {"numeric", axis.numeric.empty() ? json() : json(axis.numeric)},
                        {"unit", axis.unit}});
    }
    return axes.dump();
}

void
create_tables(Database& db,
              const Experiment& experiment,
              const std::vector<std::string>& options,
              std::string_view version)
{
    Transaction all(db);
    db.execute(kSchema);
    db.execute("PRAGMA user_version = " + std::to_string(kSchemaVersion));
    Statement(db, "INSERT INTO experiment VALUES(?,?,?,?,?,?,?,?,?)")
        .bind(1, experiment.name)
        .bind(2, experiment.file.string())
        .bind(3, experiment.text)
        .bind(4, experiment.hash())
        .bind(5, version)
        .bind(6, experiment.carrier == Carrier::kPacket ? "packet" : "fleet")
        .bind(7, sweep_json(experiment))
        .bind(8, report_json(experiment))
        .bind(9, json(options).dump())
        .run();
    Statement info(db, "INSERT INTO metric_info VALUES(?,?,?,?,?)");
    for (const auto& metric : world::metrics())
    {
        info.bind(1, metric.name)
            .bind(2, metric.unit)
            .bind(3, metric.kind)
            .bind(4, metric.sentence)
            .bind(5, world::better_text(metric.better))
            .run();
    }
    all.commit();
}

void
refresh_experiment(Database& db, const Experiment& experiment, std::vector<std::string> options)
{
    const std::uint32_t replications = replications_with_all_seeds(db, experiment);
    if (replications > experiment.replications)
    {
        options.insert(options.end(),
                       {"--set", "replications.count=" + std::to_string(replications)});
    }
    Statement(db,
              "UPDATE experiment SET name = ?, config_path = ?, config_text = ?, report_json = ?, "
              "options_json = ?")
        .bind(1, experiment.name)
        .bind(2, experiment.file.string())
        .bind(3, experiment.text)
        .bind(4, report_json(experiment))
        .bind(5, json(options).dump())
        .run();
}

} // namespace sipsim::runner
