#include "analysis/summary.h"
#include "scenarios/runner/store.h"
#include "scenarios/runner/verbs.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <tuple>
#include <vector>

namespace sipsim::runner
{

using nlohmann::json;

namespace
{

/// Runs Debian's Python on a script of analysis/; its exit code.
int
run_python(const std::vector<std::string>& arguments)
{
    std::vector<std::string> words{"/usr/bin/python3"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (auto& word : words)
    {
        argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child == 0)
    {
        ::execv(argv[0], argv.data());
        ::_exit(127);
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR)
    {
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
    {
        fmt::print(
            stderr,
            "sipsim: error: /usr/bin/python3 is missing: apt-get install python3-matplotlib\n");
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : kRunFailed;
}

/// What there is to draw. Throws StoreError with the remedy.
json
summary_of(const std::filesystem::path& results)
{
    std::ignore = Store::open_for_reading(results); // its errors are the clearer ones
    try
    {
        return analysis::summarize(results);
    }
    catch (const analysis::ResultsError& e)
    {
        throw StoreError(e.what());
    }
}

/// The exit code; what went wrong is on stderr.
int
write_summary(const json& content, const std::filesystem::path& directory)
{
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error)
    {
        fmt::print(stderr,
                   "{}: error: cannot make the directory: {}: choose another with -o\n",
                   directory.string(),
                   error.message());
        return kUsage;
    }
    const auto file = directory / "summary.json";
    std::ofstream out(file);
    out << content.dump(1) << '\n';
    out.close();
    if (!out)
    {
        fmt::print(stderr, "{}: error: cannot write: {}\n", file.string(), std::strerror(errno));
        return kRunFailed;
    }
    return kOk;
}

} // namespace

int
plot(const PlotArgs& args)
{
    if (!args.json && !args.output)
    {
        fmt::print(stderr, "sipsim plot: error: --output is required (or --json)\n");
        return kUsage;
    }
    const json content = summary_of(args.results);
    if (args.json)
    {
        fmt::print("{}\n", content.dump(1));
        return kOk;
    }
    if (const int code = write_summary(content, *args.output); code != kOk)
    {
        return code;
    }
    const auto summary = *args.output / "summary.json";
    const auto script = std::filesystem::path(SIPSIM_SOURCE_DIR) / "analysis" / "plot.py";
    if (run_python({script.string(), summary.string(), "-o", args.output->string()}) != 0)
    {
        return kRunFailed;
    }
    if (const auto& table = content.at("call_table"); !table.is_null())
    {
        fmt::print("\n{}\n", table.at("text").get<std::string>());
    }
    for (const auto& finding : content.at("findings"))
    {
        fmt::print("{}\n", finding.at("text").get<std::string>());
    }
    return kOk;
}

} // namespace sipsim::runner
