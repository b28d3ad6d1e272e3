#include "scenarios/runner/sqlite.h"

#include <bit>
#include <cstring>

namespace sipsim::runner
{

static_assert(std::endian::native == std::endian::little, "blobs hold little-endian doubles");

Database::Database(const std::filesystem::path& file, int flags)
    : file_(file)
{
    if (sqlite3_open_v2(file.c_str(), &handle_, flags, nullptr) != SQLITE_OK)
    {
        const std::string why = sqlite3_errmsg(handle_);
        sqlite3_close(handle_);
        throw StoreError(file.string() + ": cannot open: " + why);
    }
    sqlite3_busy_timeout(handle_, 30'000);
}

Database::~Database()
{
    sqlite3_close(handle_);
}

void
Database::execute(const std::string& sql)
{
    if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    {
        fail("statement");
    }
}

void
Database::fail(std::string_view doing) const
{
    const int code = sqlite3_errcode(handle_);
    const bool foreign = code == SQLITE_NOTADB || code == SQLITE_CORRUPT;
    throw StoreError(file_.string() + ": " + std::string(doing) +
                     " failed: " + sqlite3_errmsg(handle_) +
                     (foreign ? " (not a result store of sipsim, or a damaged one: choose another "
                                "directory with -o)"
                              : ""));
}

Statement::Statement(Database& database, const std::string& sql)
    : database_(database)
{
    if (sqlite3_prepare_v2(database.handle(), sql.c_str(), -1, &statement_, nullptr) != SQLITE_OK)
    {
        database.fail("query");
    }
}

Statement::~Statement()
{
    sqlite3_finalize(statement_);
}

Statement&
Statement::bind(int index, std::int64_t value)
{
    sqlite3_bind_int64(statement_, index, value);
    return *this;
}

Statement&
Statement::bind(int index, std::string_view value)
{
    sqlite3_bind_text(statement_,
                      index,
                      value.data(),
                      static_cast<int>(value.size()),
                      SQLITE_TRANSIENT); // NOLINT(performance-no-int-to-ptr)
    return *this;
}

Statement&
Statement::bind(int index, double value)
{
    sqlite3_bind_double(statement_, index, value);
    return *this;
}

Statement&
Statement::bind(int index, const std::optional<double>& value)
{
    if (value)
    {
        return bind(index, *value);
    }
    sqlite3_bind_null(statement_, index);
    return *this;
}

Statement&
Statement::bind_doubles(int index, const std::vector<double>& values)
{
    static constexpr char kEmpty = 0;
    const void* data = values.empty() ? static_cast<const void*>(&kEmpty) : values.data();
    sqlite3_bind_blob64(statement_,
                        index,
                        data,
                        values.size() * sizeof(double),
                        SQLITE_TRANSIENT); // NOLINT(performance-no-int-to-ptr)
    return *this;
}

bool
Statement::step()
{
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW)
    {
        return true;
    }
    if (code != SQLITE_DONE)
    {
        database_.fail("query");
    }
    return false;
}

void
Statement::run()
{
    step();
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
}

std::int64_t
Statement::integer(int column) const
{
    return sqlite3_column_int64(statement_, column);
}

double
Statement::real(int column) const
{
    return sqlite3_column_double(statement_, column);
}

bool
Statement::null(int column) const
{
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::string
Statement::text(int column) const
{
    const auto* text = sqlite3_column_text(statement_, column);
    return text == nullptr ? std::string{} : std::string(reinterpret_cast<const char*>(text));
}

std::vector<double>
Statement::doubles(int column) const
{
    const auto bytes = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    std::vector<double> values(bytes / sizeof(double));
    if (!values.empty())
    {
        std::memcpy(values.data(), sqlite3_column_blob(statement_, column), bytes);
    }
    return values;
}

Transaction::Transaction(Database& database)
    : database_(database)
{
    database_.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction()
{
    if (open_)
    {
        sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
}

void
Transaction::commit()
{
    database_.execute("COMMIT");
    open_ = false;
}

} // namespace sipsim::runner
