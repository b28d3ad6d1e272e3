#pragma once

// Models : SQLite's C interface as values that clean up after themselves.
// Drives : Store; nothing else sees sqlite3.h.
// Keeps  : every failure becomes a StoreError that names the file.
// Leaves : connections shared by threads.

#include "scenarios/runner/store.h"

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sipsim::runner
{

class Database
{
  public:
    Database(const std::filesystem::path& file, int flags);
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    ~Database();

    void execute(const std::string& sql);
    [[noreturn]] void fail(std::string_view doing) const;

    [[nodiscard]] sqlite3* handle() const
    {
        return handle_;
    }

    [[nodiscard]] const std::filesystem::path& file() const
    {
        return file_;
    }

  private:
    std::filesystem::path file_;
    sqlite3* handle_ = nullptr;
};

/// One prepared statement; parameters count from 1, columns from 0.
class Statement
{
  public:
    Statement(Database& database, const std::string& sql);
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;
    ~Statement();

    Statement& bind(int index, std::int64_t value);
    Statement& bind(int index, std::string_view value);
    Statement& bind(int index, double value);
    Statement& bind(int index, const std::optional<double>& value);
    Statement& bind_doubles(int index, const std::vector<double>& values);

    /// True while there is a row.
    bool step();
    /// Runs a statement without rows and makes it ready for the next one.
    void run();

    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] double real(int column) const;
    [[nodiscard]] bool null(int column) const;
    [[nodiscard]] std::string text(int column) const;
    [[nodiscard]] std::vector<double> doubles(int column) const;

  private:
    Database& database_;
    sqlite3_stmt* statement_ = nullptr;
};

/// Commits at the end of its scope only if told to.
class Transaction
{
  public:
    explicit Transaction(Database& database);
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();
    void commit();

  private:
    Database& database_;
    bool open_ = true;
};

} // namespace sipsim::runner
