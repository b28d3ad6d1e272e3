#include "scenarios/runner/sqlite.h"

#include <unistd.h>

#include <bit>
#include <cstring>

namespace sipsim::runner
{

static_assert(std::endian::native == std::endian::little, "blobs hold little-endian doubles");

namespace
{

// A store in a directory where nobody may write has no writer either: SQLite may then do without
// the files it keeps beside a database in WAL mode.
std::string
uri_of(const std::filesystem::path& file)
{
    std::string uri = "file:";
    for (const char c : std::filesystem::absolute(file).string())
    {
        uri += c == '%' ? "%25" : c == '?' ? "%3f" : c == '#' ? "%23" : std::string(1, c);
    }
    const auto directory = std::filesystem::absolute(file).parent_path();
    const bool writable = ::access(directory.c_str(), W_OK) == 0;
    return uri +
           (writable || std::filesystem::exists(file.string() + "-wal") ? "" : "?immutable=1");
}

} // namespace

Database::Database(const std::filesystem::path& file, int flags)
    : file_(file)
{
    const std::string uri = uri_of(file);
    if (sqlite3_open_v2(uri.c_str(), &handle_, flags | SQLITE_OPEN_URI, nullptr) != SQLITE_OK)
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
    const std::string what =
        file_.string() + ": " + std::string(doing) + " failed: " + sqlite3_errmsg(handle_);
    switch (code)
    {
    case SQLITE_FULL:
    case SQLITE_IOERR:
        throw DiskError(what + ": make room, then the same command goes on where this one ended");
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
    case SQLITE_ERROR: // tables or columns that are not there
        throw StoreError(what + " (not a result store of sipsim, or a damaged one: name another "
                                "directory)");
    default:
        throw StoreError(what);
    }
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
