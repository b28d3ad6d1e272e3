#pragma once

// Configurations that tests write, load and change.

#include "scenarios/runner/experiment.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace sipsim::runner
{

inline const std::string kMap =
    std::string{"topology = \""} + SIPSIM_SOURCE_DIR + "/topologies/abilene.graphml\"\n";

/// A file that lives as long as the object.
class TemporaryFile
{
  public:
    explicit TemporaryFile(const std::string& text)
    {
        static int number = 0;
        path_ =
            std::filesystem::temp_directory_path() / ("sipsim-config-" + std::to_string(getpid()) +
                                                      '-' + std::to_string(number++) + ".toml");
        std::ofstream{path_} << text;
    }

    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;

    ~TemporaryFile()
    {
        std::error_code ignored;
        std::filesystem::remove(path_, ignored);
    }

    [[nodiscard]] const std::filesystem::path& path() const
    {
        return path_;
    }

  private:
    std::filesystem::path path_;
};

/// A whole configuration; `network`, `registrar` and `fleet` are more lines of these sections, `rest`
/// follows at the end.
struct ConfigText
{
    std::string experiment = {};
    std::string network = {};
    std::string registrar = {};
    std::string fleet = {};
    std::string rest = {};

    [[nodiscard]] std::string text() const
    {
        return "[experiment]\nduration = \"3h\"\nwarmup = \"70min\"\n" + experiment +
               "[network]\n" + kMap + network +
               "[[registrar]]\nname = \"reg1\"\nat = \"Chicago\"\n" + registrar +
               "[[fleet]]\nname = \"gateways\"\nprofile = \"grandstream-gxw410x\"\ncount = 22\n"
               "server = \"reg1\"\n" +
               fleet + rest;
    }
};

inline const std::string kOutage =
    "[[fault]]\nkind = \"outage\"\ntarget = \"registrar:reg1\"\nat = \"80min\"\nfor = \"10min\"\n";

inline Experiment
loaded(const std::string& text,
       const std::vector<Override>& overrides = {},
       std::optional<std::uint64_t> seed = std::nullopt)
{
    const TemporaryFile file(text);
    auto checked = load(file.path(), overrides, seed);
    if (const auto* problems = std::get_if<std::vector<Problem>>(&checked))
    {
        FAIL(format("config", *problems));
    }
    return std::get<Experiment>(std::move(checked));
}

/// "line:col: message" of every problem.
inline std::vector<std::string>
problems_of(const std::string& text, const std::vector<Override>& overrides = {})
{
    const TemporaryFile file(text);
    const auto checked = load(file.path(), overrides);
    std::vector<std::string> lines;
    if (const auto* problems = std::get_if<std::vector<Problem>>(&checked))
    {
        for (const Problem& problem : *problems)
        {
            lines.push_back(std::to_string(problem.line) + ':' + std::to_string(problem.column) +
                            ": " + problem.message);
        }
    }
    return lines;
}

/// The world of the first point.
inline world::World
first_world(const std::string& text, const std::vector<Override>& overrides = {})
{
    const Experiment experiment = loaded(text, overrides);
    return experiment.world(experiment.points.front(), experiment.replication_seed(0));
}

} // namespace sipsim::runner
