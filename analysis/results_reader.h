// Models : a result store as it lies on disk (one SQLite file per experiment), read only.
// Drives : summary.cc; the runner writes the store, this never does.
// Keeps  : nothing is returned that the store does not hold; a file that is no result store, or has
//          another schema, is refused with the reason.
// Leaves : statistics, and the cost table (cost is no result).
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

struct sqlite3;

namespace sipsim::analysis
{

// what() is one line that names the file and the remedy.
class ResultsError : public std::runtime_error
{
  public:
    using std::runtime_error::runtime_error;
};

// PRAGMA user_version of the stores this version reads; 0 (never set) passes if the tables fit.
inline constexpr int kStoreVersion = 1;

struct ExperimentRow
{
    std::string name;
    std::string config_path;
    std::string config_hash;
    std::string version;
    std::string carrier;
    nlohmann::json sweep;  // array of {param, values, numeric, unit}, in file order
    nlohmann::json report; // object; the config's [report] table in SI units
};

struct RunRow
{
    std::int64_t id = 0;
    std::int64_t point = 0;
    std::int64_t seed = 0; // 64 bits of hash, as SQLite keeps them
    std::string status;    // ok | failed | timeout
    nlohmann::json params;
    nlohmann::json faults;
    std::string fingerprint{}; // of its trajectory, 16 hex digits; empty if it did not end well
};

struct MetricValue
{
    std::optional<double> value;
    bool censored = false; // without a value: not reached before the run ended
};

struct SeriesData
{
    double t0_s = 0.0;
    double dt_s = 1.0;
    std::vector<double> values;
};

struct MetricInfo
{
    std::string unit;
    std::string kind; // scalar | time_to | rate_series | level_series | period_series | histogram
    std::string sentence;
    std::string better{}; // less | more | neither; empty: the store does not say (an older one)
};

class ResultsReader
{
  public:
    // A results.sqlite, or the directory that holds it. Throws ResultsError.
    explicit ResultsReader(const std::filesystem::path& path);
    ~ResultsReader();
    ResultsReader(const ResultsReader&) = delete;
    ResultsReader& operator=(const ResultsReader&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const
    {
        return path_;
    }

    [[nodiscard]] ExperimentRow experiment() const;
    [[nodiscard]] std::vector<RunRow> runs() const; // by (point, seed)
    [[nodiscard]] std::map<std::string, MetricValue> metrics(std::int64_t run_id) const;
    [[nodiscard]] std::optional<SeriesData> series(std::int64_t run_id,
                                                   const std::string& name) const;
    [[nodiscard]] std::map<std::string, MetricInfo> metric_info() const;

  private:
    class Statement;

    struct Close
    {
        void operator()(sqlite3* db) const;
    };

    void open();
    void check_schema() const;
    [[noreturn]] void fail(const std::string& what) const;
    [[nodiscard]] nlohmann::json parse(const std::string& text, const std::string& where) const;

    std::filesystem::path path_;
    std::unique_ptr<sqlite3, Close> db_;
};

} // namespace sipsim::analysis
