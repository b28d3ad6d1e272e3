#include "scenarios/runner/store.h"

#include "scenarios/runner/sqlite.h"
#include "scenarios/runner/store_claim.h"
#include "scenarios/runner/store_tables.h"

#include <fmt/format.h>
#include <nettle/sha2.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <bit>

namespace sipsim::runner
{

using nlohmann::json;

namespace
{

constexpr std::string_view kFileName = "results.sqlite";

std::filesystem::path
store_file(const std::filesystem::path& results)
{
    return std::filesystem::is_directory(results) ? results / kFileName : results;
}

std::int64_t
schema_version(Database& db)
{
    Statement version(db, "PRAGMA user_version");
    version.step();
    return version.integer(0);
}

/// Runs of another version may take another course from the same seed.
void
check_trajectories(Database& db)
{
    Statement stored(db, "SELECT version FROM experiment");
    if (stored.step() && stored.text(0) != SIPSIM_VERSION)
    {
        throw StoreError(
            fmt::format("{}: holds results of sipsim {}, and this is {}, whose runs may take "
                        "another course from "
                        "the same seed: choose another directory with -o, or remove this one",
                        db.file().string(),
                        stored.text(0),
                        SIPSIM_VERSION));
    }
}

void
check_version(Database& db)
{
    const std::int64_t version = schema_version(db);
    if (version != kSchemaVersion)
    {
        throw StoreError(
            fmt::format("{}: written by another version of sipsim (schema {}, this one "
                        "has {}): use that version, or another directory",
                        db.file().string(),
                        version,
                        kSchemaVersion));
    }
}

bool
is_empty(Database& db)
{
    Statement tables(db, "SELECT count(*) FROM sqlite_master");
    tables.step();
    return tables.integer(0) == 0;
}

/// SHA-256 over text and numbers, for content_hash().
class Digest
{
  public:
    Digest()
    {
        sha256_init(&context_);
    }

    void add(std::string_view text)
    {
        sha256_update(&context_, text.size(), reinterpret_cast<const std::uint8_t*>(text.data()));
        const std::uint8_t end = 0;
        sha256_update(&context_, 1, &end);
    }

    void add(double value)
    {
        const auto bits = std::bit_cast<std::array<std::uint8_t, sizeof(double)>>(value);
        sha256_update(&context_, bits.size(), bits.data());
    }

    [[nodiscard]] std::string hex()
    {
        std::array<std::uint8_t, SHA256_DIGEST_SIZE> digest{};
        sha256_digest(&context_, digest.size(), digest.data());
        return fmt::format("{:02x}", fmt::join(digest, ""));
    }

  private:
    sha256_ctx context_{};
};

} // namespace

struct Store::Impl
{
    Impl(const std::filesystem::path& file, int flags)
        : db(file, flags)
    {
    }

    std::unique_ptr<Claim> claim;
    Database db;
};

Store::Store(std::unique_ptr<Impl> impl)
    : impl_(std::move(impl))
{
}

Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

Store
Store::open_for_writing(const std::filesystem::path& directory,
                        const Experiment& experiment,
                        const std::vector<std::string>& options)
{
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error)
    {
        throw StoreError(directory.string() + ": cannot make the directory: " + error.message() +
                         ": choose another with -o");
    }
    auto claim = std::make_unique<Claim>(directory);
    auto impl =
        std::make_unique<Impl>(directory / kFileName, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    impl->claim = std::move(claim);
    Database& db = impl->db;
    db.execute("PRAGMA journal_mode = WAL");
    db.execute("PRAGMA synchronous = NORMAL");
    if (is_empty(db))
    {
        create_tables(db, experiment, options, SIPSIM_VERSION);
        return Store(std::move(impl));
    }
    check_version(db);
    check_trajectories(db);
    Statement stored(db, "SELECT config_hash, sweep_json FROM experiment");
    if (!stored.step() || stored.text(0) != experiment.hash() ||
        stored.text(1) != sweep_json(experiment)) // its texts are the program's
    {
        throw StoreError(
            fmt::format("{}: holds results of another experiment, or of this one before it "
                        "was changed: choose another directory with -o, or remove this one",
                        db.file().string()));
    }
    refresh_experiment(db, experiment, options);
    return Store(std::move(impl));
}

Store
Store::open_for_reading(const std::filesystem::path& results)
{
    const auto file = store_file(results);
    if (!std::filesystem::exists(file))
    {
        throw StoreError(results.string() + ": no results here: sipsim run FILE -o " +
                         results.string() + " makes them");
    }
    auto impl = std::make_unique<Impl>(file, SQLITE_OPEN_READWRITE);
    if (is_empty(impl->db))
    {
        if (file.filename() != kFileName) // no run begins a file of another name
        {
            throw StoreError(file.string() +
                             ": an empty file, no result store of sipsim: name a results "
                             "directory");
        }
        throw StoreError(results.string() + ": no results here yet: the run that began to write "
                                            "was ended before its first");
    }
    check_version(impl->db);
    Statement rows(impl->db, "SELECT count(*) FROM experiment");
    rows.step();
    if (rows.integer(0) != 1)
    {
        throw StoreError(file.string() + ": not a result store of sipsim, or a damaged one: name "
                                         "another directory");
    }
    return Store(std::move(impl));
}

std::vector<std::pair<std::uint32_t, std::uint64_t>>
Store::finished() const
{
    std::vector<std::pair<std::uint32_t, std::uint64_t>> runs;
    Statement query(impl_->db,
                    "SELECT point, seed FROM run WHERE status = 'ok' ORDER BY point, seed");
    while (query.step())
    {
        runs.emplace_back(static_cast<std::uint32_t>(query.integer(0)),
                          static_cast<std::uint64_t>(query.integer(1)));
    }
    return runs;
}

namespace
{

void
forget(Database& db, std::int64_t run_id)
{
    for (const char* table : {"metric", "series", "histogram", "cost"})
    {
        Statement(db, std::string("DELETE FROM ") + table + " WHERE run_id = ?")
            .bind(1, run_id)
            .run();
    }
    Statement(db, "DELETE FROM run WHERE id = ?").bind(1, run_id).run();
}

void
put_results(Database& db, std::int64_t id, const RunRecord& record)
{
    Statement metric(db, "INSERT INTO metric VALUES(?,?,?,?)");
    for (const auto& m : record.results.metrics)
    {
        metric.bind(1, id).bind(2, m.name).bind(3, m.value).bind(4, std::int64_t{m.censored}).run();
    }
    Statement series(db, "INSERT INTO series VALUES(?,?,?,?,?,?)");
    for (const auto& s : record.results.series)
    {
        series.bind(1, id)
            .bind(2, s.name)
            .bind(3, s.t0_s)
            .bind(4, s.dt_s)
            .bind(5, static_cast<std::int64_t>(s.values.size()))
            .bind_doubles(6, s.values)
            .run();
    }
    Statement histogram(db, "INSERT INTO histogram VALUES(?,?,?,?)");
    for (const auto& h : record.results.histograms)
    {
        histogram.bind(1, id)
            .bind(2, h.name)
            .bind_doubles(3, h.edges)
            .bind_doubles(4, h.counts)
            .run();
    }
    Statement cost(db, "INSERT INTO cost VALUES(?,?,?)");
    for (const auto& [name, value] : record.cost)
    {
        cost.bind(1, id).bind(2, name).bind(3, value).run();
    }
}

} // namespace

void
Store::put(const RunRecord& record, const Point& point)
{
    Database& db = impl_->db;
    Transaction all(db);
    {
        Statement old(db, "SELECT id FROM run WHERE point = ? AND seed = ?");
        old.bind(1, std::int64_t{record.point}).bind(2, static_cast<std::int64_t>(record.seed));
        if (old.step())
        {
            forget(db, old.integer(0));
        }
    }
    json parameters = json::object();
    for (const auto& [name, value] : point.parameters)
    {
        parameters[name] = value;
    }
    const bool ok = record.status == "ok";
    Statement(db,
              "INSERT INTO run(point, seed, params_json, status, attempts, fingerprint, error, "
              "faults_json) VALUES(?,?,?,?,?,?,?,?)")
        .bind(1, std::int64_t{record.point})
        .bind(2, static_cast<std::int64_t>(record.seed))
        .bind(3, parameters.dump())
        .bind(4, record.status)
        .bind(5, std::int64_t{record.attempts})
        .bind(6, ok ? fmt::format("{:016x}", record.results.fingerprint) : std::string{})
        .bind(7, record.error)
        .bind(8, record.faults_json)
        .run();
    if (ok)
    {
        put_results(db, sqlite3_last_insert_rowid(db.handle()), record);
    }
    all.commit();
}

namespace
{

constexpr const char* kRunColumns = "SELECT id, point, seed, params_json, status, attempts, "
                                    "fingerprint, error, faults_json FROM run ";

StoredRun
read_run(Database& db, const Statement& row)
{
    StoredRun run{.id = row.integer(0),
                  .point = static_cast<std::uint32_t>(row.integer(1)),
                  .seed = static_cast<std::uint64_t>(row.integer(2)),
                  .params_json = row.text(3),
                  .status = row.text(4),
                  .attempts = static_cast<std::uint32_t>(row.integer(5)),
                  .fingerprint = row.text(6),
                  .error = row.text(7),
                  .faults_json = row.text(8),
                  .metrics = {},
                  .cost = {}};
    Statement metrics(db,
                      "SELECT name, value, censored FROM metric WHERE run_id = ? ORDER BY name");
    metrics.bind(1, run.id);
    while (metrics.step())
    {
        run.metrics.push_back(
            {.name = metrics.text(0),
             .value = metrics.null(1) ? std::nullopt : std::optional{metrics.real(1)},
             .censored = metrics.integer(2) != 0});
    }
    Statement cost(db, "SELECT name, value FROM cost WHERE run_id = ? ORDER BY name");
    cost.bind(1, run.id);
    while (cost.step())
    {
        run.cost.emplace_back(cost.text(0), cost.real(1));
    }
    return run;
}

} // namespace

std::vector<StoredRun>
Store::runs() const
{
    std::vector<StoredRun> runs;
    Statement query(impl_->db, std::string(kRunColumns) + "ORDER BY point, seed");
    while (query.step())
    {
        runs.push_back(read_run(impl_->db, query));
    }
    return runs;
}

std::optional<StoredRun>
Store::run(std::int64_t id) const
{
    Statement query(impl_->db, std::string(kRunColumns) + "WHERE id = ?");
    query.bind(1, id);
    return query.step() ? std::optional{read_run(impl_->db, query)} : std::nullopt;
}

std::vector<StoredSeries>
Store::series(std::int64_t run_id) const
{
    std::vector<StoredSeries> all;
    Statement query(impl_->db,
                    "SELECT name, t0_s, dt_s, data FROM series WHERE run_id = ? ORDER BY name");
    query.bind(1, run_id);
    while (query.step())
    {
        all.push_back({query.text(0), query.real(1), query.real(2), query.doubles(3)});
    }
    return all;
}

std::vector<StoredHistogram>
Store::histograms(std::int64_t run_id) const
{
    std::vector<StoredHistogram> all;
    Statement query(impl_->db,
                    "SELECT name, edges, counts FROM histogram WHERE run_id = ? ORDER BY name");
    query.bind(1, run_id);
    while (query.step())
    {
        all.push_back({query.text(0), query.doubles(1), query.doubles(2)});
    }
    return all;
}

std::map<std::string, std::string>
Store::experiment() const
{
    constexpr std::array kColumns{"name",
                                  "config_path",
                                  "config_text",
                                  "config_hash",
                                  "version",
                                  "carrier",
                                  "sweep_json",
                                  "report_json"};
    std::map<std::string, std::string> out;
    for (const char* column : kColumns)
    {
        Statement query(impl_->db, std::string("SELECT ") + column + " FROM experiment");
        if (query.step())
        {
            out[column] = query.text(0);
        }
    }
    return out;
}

std::vector<std::string>
Store::options() const
{
    Statement query(impl_->db, "SELECT options_json FROM experiment");
    query.step();
    return json::parse(query.text(0)).get<std::vector<std::string>>();
}

std::string
Store::content_hash() const
{
    Digest digest;
    for (const auto& run : runs())
    {
        if (run.status != "ok")
        {
            continue;
        }
        digest.add(
            fmt::format("{} {} {} {}", run.point, run.seed, run.fingerprint, run.params_json));
        for (const auto& metric : run.metrics)
        {
            digest.add(metric.name);
            digest.add(metric.value.value_or(-1.0));
            digest.add(metric.value ? "value" : metric.censored ? "censored" : "undefined");
        }
        for (const auto& series : series(run.id))
        {
            digest.add(series.name);
            std::ranges::for_each(series.values, [&](double v) { digest.add(v); });
        }
        for (const auto& histogram : histograms(run.id))
        {
            digest.add(histogram.name);
            std::ranges::for_each(histogram.edges, [&](double v) { digest.add(v); });
            std::ranges::for_each(histogram.counts, [&](double v) { digest.add(v); });
        }
    }
    return digest.hex();
}

} // namespace sipsim::runner
