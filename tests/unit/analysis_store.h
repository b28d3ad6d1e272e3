// Models : a result store of a few runs, small enough to compute its summary by hand.
// Drives : tests/unit/analysis_*_test.cc.
// Keeps  : the file is gone with the object.
// Leaves : what the runner checks before it writes (anything can be written here, broken stores too).
#pragma once

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <sqlite3.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

class TestStore
{
  public:
    TestStore()
    {
        static int count = 0;
        path_ = std::filesystem::temp_directory_path() /
                ("sipsim-analysis-" + std::to_string(getpid()) + "-" + std::to_string(++count) +
                 ".sqlite");
        std::filesystem::remove(path_);
        REQUIRE(sqlite3_open(path_.c_str(), &db_) == SQLITE_OK);
        sql("CREATE TABLE experiment(name TEXT, config_path TEXT, config_text TEXT, config_hash "
            "TEXT,"
            " version TEXT, carrier TEXT, sweep_json TEXT, report_json TEXT);"
            "CREATE TABLE run(id INTEGER PRIMARY KEY, point INTEGER, seed INTEGER, params_json "
            "TEXT,"
            " status TEXT, attempts INTEGER, fingerprint TEXT, error TEXT, faults_json TEXT,"
            " UNIQUE(point, seed));"
            "CREATE TABLE metric(run_id, name TEXT, value REAL, censored INTEGER,"
            " PRIMARY KEY(run_id, name));"
            "CREATE TABLE series(run_id, name TEXT, t0_s REAL, dt_s REAL, n INTEGER, data BLOB,"
            " PRIMARY KEY(run_id, name));"
            "CREATE TABLE metric_info(name TEXT PRIMARY KEY, unit TEXT, kind TEXT, sentence TEXT);"
            "PRAGMA user_version = 1;");
    }

    ~TestStore()
    {
        sqlite3_close(db_);
        std::filesystem::remove(path_);
    }

    TestStore(const TestStore&) = delete;
    TestStore& operator=(const TestStore&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const
    {
        return path_;
    }

    void sql(const std::string& text)
    {
        char* message = nullptr;
        if (sqlite3_exec(db_, text.c_str(), nullptr, nullptr, &message) != SQLITE_OK)
        {
            throw std::runtime_error(message);
        }
    }

    void experiment(const nlohmann::json& sweep, const nlohmann::json& report)
    {
        sql("INSERT INTO experiment VALUES('outage', 'outage.toml', '', 'h', '1', 'packet', " +
            quoted(sweep.dump()) + ", " + quoted(report.dump()) + ")");
    }

    // Returns the run's id.
    int run(int point,
            int seed,
            const nlohmann::json& params,
            const std::string& status = "ok",
            const nlohmann::json& faults = nlohmann::json::array())
    {
        sql("INSERT INTO run VALUES(" + std::to_string(++runs_) + ", " + std::to_string(point) +
            ", " + std::to_string(seed) + ", " + quoted(params.dump()) + ", '" + status +
            "', 1, '', '', " + quoted(faults.dump()) + ")");
        return runs_;
    }

    void metric(int run,
                const std::string& name,
                std::optional<double> value,
                bool censored = false)
    {
        sql("INSERT INTO metric VALUES(" + std::to_string(run) + ", '" + name + "', " +
            (value ? std::to_string(*value) : "NULL") + ", " + (censored ? "1" : "0") + ")");
    }

    void series(int run,
                const std::string& name,
                const std::vector<double>& values,
                double t0 = 0.0)
    {
        sqlite3_stmt* statement = nullptr;
        sqlite3_prepare_v2(db_,
                           "INSERT INTO series VALUES(?, ?, ?, 1.0, ?, ?)",
                           -1,
                           &statement,
                           nullptr);
        sqlite3_bind_int(statement, 1, run);
        sqlite3_bind_text(statement, 2, name.c_str(), -1, SQLITE_TRANSIENT);
        sqlite3_bind_double(statement, 3, t0);
        sqlite3_bind_int64(statement, 4, static_cast<sqlite3_int64>(values.size()));
        sqlite3_bind_blob(statement,
                          5,
                          values.data(),
                          static_cast<int>(values.size() * sizeof(double)),
                          SQLITE_TRANSIENT);
        REQUIRE(sqlite3_step(statement) == SQLITE_DONE);
        sqlite3_finalize(statement);
    }

    void info(const std::string& name, const std::string& unit, const std::string& kind)
    {
        sql("INSERT INTO metric_info VALUES('" + name + "', '" + unit + "', '" + kind +
            "', 'What it is.')");
    }

  private:
    static std::string quoted(const std::string& text)
    {
        return "'" + text + "'";
    }

    std::filesystem::path path_;
    sqlite3* db_ = nullptr;
    int runs_ = 0;
};
