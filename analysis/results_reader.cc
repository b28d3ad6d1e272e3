#include "analysis/results_reader.h"

#include <sqlite3.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <set>
#include <string_view>

namespace sipsim::analysis
{
namespace
{

static_assert(std::endian::native == std::endian::little, "series are little-endian float64");

struct Table
{
    std::string_view name;
    std::vector<std::string_view> columns;
};

const std::array<Table, 5>&
expected_tables()
{
    static const std::array<Table, 5> tables{{
        {"experiment",
         {"name", "config_path", "config_hash", "version", "carrier", "sweep_json", "report_json"}},
        {"run", {"id", "point", "seed", "params_json", "status", "faults_json", "fingerprint"}},
        {"metric", {"run_id", "name", "value", "censored"}},
        {"series", {"run_id", "name", "t0_s", "dt_s", "n", "data"}},
        {"metric_info", {"name", "unit", "kind", "sentence"}},
    }};
    return tables;
}

// A path as SQLite's URI file name: what has a meaning there is escaped.
std::string
uri_of(const std::filesystem::path& path, const char* query)
{
    std::string out = "file:";
    for (const char c : std::filesystem::absolute(path).string())
    {
        switch (c)
        {
        case '%':
            out += "%25";
            break;
        case '?':
            out += "%3f";
            break;
        case '#':
            out += "%23";
            break;
        default:
            out += c;
        }
    }
    return out + query;
}

} // namespace

class ResultsReader::Statement
{
  public:
    Statement(const ResultsReader& reader, const std::string& sql)
        : reader_(reader)
    {
        if (sqlite3_prepare_v2(reader.db_.get(), sql.c_str(), -1, &handle_, nullptr) != SQLITE_OK)
        {
            reader.fail(sqlite3_errmsg(reader.db_.get()));
        }
    }

    ~Statement()
    {
        sqlite3_finalize(handle_);
    }

    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    void bind(int index, std::int64_t value)
    {
        sqlite3_bind_int64(handle_, index, value);
    }

    void bind(int index, const std::string& value)
    {
        sqlite3_bind_text(handle_, index, value.c_str(), -1, SQLITE_TRANSIENT);
    }

    bool next()
    {
        const int rc = sqlite3_step(handle_);
        if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        {
            reader_.fail(sqlite3_errmsg(reader_.db_.get()));
        }
        return rc == SQLITE_ROW;
    }

    [[nodiscard]] std::int64_t integer(int column) const
    {
        return sqlite3_column_int64(handle_, column);
    }

    [[nodiscard]] std::optional<double> real(int column) const
    {
        if (sqlite3_column_type(handle_, column) == SQLITE_NULL)
        {
            return std::nullopt;
        }
        return sqlite3_column_double(handle_, column);
    }

    [[nodiscard]] std::string text(int column) const
    {
        const auto* data = sqlite3_column_text(handle_, column);
        return data == nullptr ? std::string() : reinterpret_cast<const char*>(data);
    }

    [[nodiscard]] std::string_view blob(int column) const
    {
        const void* data = sqlite3_column_blob(handle_, column);
        const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_, column));
        return data == nullptr ? std::string_view()
                               : std::string_view(static_cast<const char*>(data), size);
    }

  private:
    const ResultsReader& reader_;
    sqlite3_stmt* handle_ = nullptr;
};

void
ResultsReader::Close::operator()(sqlite3* db) const
{
    sqlite3_close(db);
}

ResultsReader::ResultsReader(const std::filesystem::path& path)
    : path_(std::filesystem::is_directory(path) ? path / "results.sqlite" : path)
{
    open();
    check_schema();
}

ResultsReader::~ResultsReader() = default;

void
ResultsReader::fail(const std::string& what) const
{
    throw ResultsError(path_.string() + ": " + what);
}

void
ResultsReader::open()
{
    if (!std::filesystem::exists(path_))
    {
        fail("no such file; `sipsim run FILE -o DIR` writes one into DIR");
    }
    // Read-only in WAL mode wants a -shm beside the file; where the directory cannot be written and no
    // log is left, the file alone is complete and may be taken as immutable.
    const bool log_left = std::filesystem::exists(path_.string() + "-wal");
    for (const char* query : {"?mode=ro", "?mode=ro&immutable=1"})
    {
        sqlite3* db = nullptr;
        sqlite3_open_v2(uri_of(path_, query).c_str(),
                        &db,
                        SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
                        nullptr);
        db_.reset(db);
        sqlite3_busy_timeout(db, 5000);
        const int rc =
            sqlite3_exec(db, "SELECT count(*) FROM sqlite_master", nullptr, nullptr, nullptr);
        if (rc == SQLITE_OK)
        {
            return;
        }
        if (rc == SQLITE_NOTADB || rc == SQLITE_CORRUPT)
        {
            fail("not a result store (no SQLite database)");
        }
        if (log_left)
        {
            break;
        }
    }
    fail(std::string("cannot be read: ") + sqlite3_errmsg(db_.get()));
}

void
ResultsReader::check_schema() const
{
    for (const auto& table : expected_tables())
    {
        Statement info(*this,
                       "SELECT name FROM pragma_table_info('" + std::string(table.name) + "')");
        std::set<std::string, std::less<>> columns;
        while (info.next())
        {
            columns.insert(info.text(0));
        }
        if (columns.empty())
        {
            fail("not a result store (no table " + std::string(table.name) + ")");
        }
        for (const auto column : table.columns)
        {
            if (!columns.contains(column))
            {
                fail("a result store of another version (table " + std::string(table.name) +
                     " has no column " + std::string(column) + "); run the experiment again");
            }
        }
    }
    Statement version(*this, "PRAGMA user_version");
    version.next();
    if (const auto found = version.integer(0); found != 0 && found != kStoreVersion)
    {
        fail("a result store of version " + std::to_string(found) + ", this sipsim reads version " +
             std::to_string(kStoreVersion) + "; run the experiment again");
    }
}

nlohmann::json
ResultsReader::parse(const std::string& text, const std::string& where) const
{
    auto value = nlohmann::json::parse(text, nullptr, false);
    if (value.is_discarded())
    {
        fail("broken store: " + where + " is not JSON");
    }
    return value;
}

ExperimentRow
ResultsReader::experiment() const
{
    Statement row(
        *this,
        "SELECT name, config_path, config_hash, version, carrier, sweep_json, report_json "
        "FROM experiment");
    if (!row.next())
    {
        fail("empty store: no experiment in it; run the experiment first");
    }
    ExperimentRow out{.name = row.text(0),
                      .config_path = row.text(1),
                      .config_hash = row.text(2),
                      .version = row.text(3),
                      .carrier = row.text(4),
                      .sweep = nlohmann::json::array(),
                      .report = nlohmann::json::object()};
    if (const auto sweep = row.text(5); !sweep.empty())
    {
        out.sweep = parse(sweep, "experiment.sweep_json");
    }
    if (const auto report = row.text(6); !report.empty())
    {
        out.report = parse(report, "experiment.report_json");
    }
    if (!out.sweep.is_array() || !out.report.is_object())
    {
        fail("broken store: experiment.sweep_json must be an array and report_json an object");
    }
    return out;
}

std::vector<RunRow>
ResultsReader::runs() const
{
    Statement row(*this,
                  "SELECT id, point, seed, status, params_json, faults_json, fingerprint FROM run "
                  "ORDER BY point, seed");
    std::vector<RunRow> out;
    while (row.next())
    {
        const auto where = "run " + std::to_string(row.integer(0));
        const auto params = row.text(4);
        const auto faults = row.text(5);
        out.push_back(
            {.id = row.integer(0),
             .point = row.integer(1),
             .seed = row.integer(2),
             .status = row.text(3),
             .params = params.empty() ? nlohmann::json::object() : parse(params, where + " params"),
             .faults = faults.empty() ? nlohmann::json::array() : parse(faults, where + " faults"),
             .fingerprint = row.text(6)});
    }
    return out;
}

std::map<std::string, MetricValue>
ResultsReader::metrics(std::int64_t run_id) const
{
    Statement row(*this, "SELECT name, value, censored FROM metric WHERE run_id = ?1");
    row.bind(1, run_id);
    std::map<std::string, MetricValue> out;
    while (row.next())
    {
        const auto value = row.real(1);
        if (value && !std::isfinite(*value))
        {
            fail("broken store: metric " + row.text(0) + " of run " + std::to_string(run_id) +
                 " is not finite");
        }
        out[row.text(0)] = {.value = value, .censored = row.integer(2) != 0};
    }
    return out;
}

std::optional<SeriesData>
ResultsReader::series(std::int64_t run_id, const std::string& name) const
{
    Statement row(*this, "SELECT t0_s, dt_s, n, data FROM series WHERE run_id = ?1 AND name = ?2");
    row.bind(1, run_id);
    row.bind(2, name);
    if (!row.next())
    {
        return std::nullopt;
    }
    SeriesData out{.t0_s = row.real(0).value_or(0.0),
                   .dt_s = row.real(1).value_or(0.0),
                   .values = {}};
    const auto data = row.blob(3);
    const auto where = "series " + name + " of run " + std::to_string(run_id);
    if (row.integer(2) < 0 ||
        data.size() != static_cast<std::size_t>(row.integer(2)) * sizeof(double))
    {
        fail("broken store: " + where + " holds " + std::to_string(data.size()) + " bytes for " +
             std::to_string(row.integer(2)) + " values");
    }
    if (!(out.dt_s > 0.0))
    {
        fail("broken store: " + where + " has no time step");
    }
    out.values.resize(data.size() / sizeof(double));
    if (!data.empty())
    {
        std::memcpy(out.values.data(), data.data(), data.size());
    }
    return out;
}

std::map<std::string, MetricInfo>
ResultsReader::metric_info() const
{
    // Stores of before `compare` have no column that says which way is better.
    Statement has(*this, "SELECT 1 FROM pragma_table_info('metric_info') WHERE name = 'better'");
    const bool better = has.next();
    Statement row(*this,
                  std::string("SELECT name, unit, kind, sentence") + (better ? ", better" : "") +
                      " FROM metric_info");
    std::map<std::string, MetricInfo> out;
    while (row.next())
    {
        out[row.text(0)] = {.unit = row.text(1),
                            .kind = row.text(2),
                            .sentence = row.text(3),
                            .better = better ? row.text(4) : std::string{}};
    }
    return out;
}

} // namespace sipsim::analysis
