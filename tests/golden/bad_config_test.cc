// Every file of bad_config/ is wrong in the way its name says; the .txt beside it is what the user reads.
// To accept changed texts: SIPSIM_UPDATE_GOLDEN=1, then review the difference line by line.

#include "scenarios/runner/estimate.h"
#include "scenarios/runner/experiment.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

using namespace sipsim;

namespace
{

std::filesystem::path
folder()
{
    return std::filesystem::path{SIPSIM_SOURCE_DIR} / "tests" / "golden" / "bad_config";
}

std::vector<std::filesystem::path>
bad_files()
{
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator{folder()})
    {
        if (entry.path().extension() == ".toml")
        {
            files.push_back(entry.path());
        }
    }
    std::ranges::sort(files);
    return files;
}

std::string
text_of(const std::filesystem::path& file)
{
    std::ifstream stream(file);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

std::string
errors_of(const std::filesystem::path& file)
{
    constexpr double kMemory = 16e9; // of every machine these texts are read on
    const auto loaded = runner::load(file);
    const auto* problems = std::get_if<std::vector<Problem>>(&loaded);
    return runner::format(
        file.filename(),
        problems != nullptr
            ? *problems
            : runner::memory_problems(std::get<runner::Experiment>(loaded), kMemory));
}

} // namespace

TEST_CASE("at least forty bad configurations are refused with the text their golden file has")
{
    const auto files = bad_files();
    CHECK(files.size() >= 40);
    for (const auto& file : files)
    {
        CAPTURE(file.filename().string());
        const std::string errors = errors_of(file);
        CHECK_FALSE(errors.empty());
        auto golden = file;
        golden.replace_extension(".txt");
        if (std::getenv("SIPSIM_UPDATE_GOLDEN") != nullptr)
        {
            std::ofstream{golden} << errors;
        }
        CHECK(errors == text_of(golden));
    }
}

TEST_CASE("every golden error names file, line and column unless something is absent altogether")
{
    for (const auto& file : bad_files())
    {
        CAPTURE(file.filename().string());
        std::istringstream lines(errors_of(file));
        for (std::string line; std::getline(lines, line);)
        {
            CAPTURE(line);
            const std::string name = file.filename().string();
            CHECK(line.starts_with(name + ":"));
            const bool placed = line.substr(name.size()).find(": error: ") > 1;
            const bool absent = line.find(" needs a key ") != std::string::npos ||
                                line.find("there is no ") != std::string::npos;
            CHECK((placed || absent));
        }
    }
}

TEST_CASE("every shipped scenario loads without an error or a warning")
{
    std::size_t scenarios = 0;
    for (const auto& entry : std::filesystem::directory_iterator{
             std::filesystem::path{SIPSIM_SOURCE_DIR} / "scenarios"})
    {
        if (entry.path().extension() != ".toml")
        {
            continue;
        }
        ++scenarios;
        CAPTURE(entry.path().filename().string());
        CHECK(errors_of(entry.path()) == "");
        const auto loaded = runner::load(entry.path());
        REQUIRE(std::holds_alternative<runner::Experiment>(loaded));
        CHECK(std::get<runner::Experiment>(loaded).warnings.empty());
    }
    CHECK(scenarios >= 1);
}
