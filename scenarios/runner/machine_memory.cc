#include "scenarios/runner/machine_memory.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

namespace sipsim::runner
{

namespace
{

// Relative: they are looked up below `root`.
constexpr std::string_view kMemory = "proc/meminfo";
constexpr std::string_view kGroups = "proc/self/cgroup";
constexpr std::string_view kControl = "sys/fs/cgroup";

/// How a version of control groups calls things.
struct GroupFiles
{
    std::string_view limit;
    std::string_view usage;
    std::string_view file_cache; // in memory.stat
};

constexpr GroupFiles kVersion1{.limit = "memory.limit_in_bytes",
                               .usage = "memory.usage_in_bytes",
                               .file_cache = "total_inactive_file"};
constexpr GroupFiles kVersion2{.limit = "memory.max",
                               .usage = "memory.current",
                               .file_cache = "inactive_file"};

/// The number after `name` at the beginning of a line.
std::optional<double>
number_after(const std::filesystem::path& file, std::string_view name)
{
    std::ifstream stream(file);
    for (std::string line; std::getline(stream, line);)
    {
        std::istringstream words(line);
        std::string word;
        double value = 0;
        if (words >> word >> value && word == name)
        {
            return value;
        }
    }
    return std::nullopt;
}

/// The number a file consists of; "max" is none.
std::optional<double>
number_in(const std::filesystem::path& file)
{
    std::ifstream stream(file);
    double value = 0;
    return stream >> value ? std::optional{value} : std::nullopt;
}

void
take_least(std::optional<double>& least, const std::optional<double>& other)
{
    if (other)
    {
        least = std::min(least.value_or(*other), *other);
    }
}

std::optional<double>
left_in_group(const std::filesystem::path& group, const GroupFiles& files)
{
    const auto limit = number_in(group / files.limit);
    const auto usage = number_in(group / files.usage);
    if (!limit || !usage)
    {
        return std::nullopt;
    }
    const double cache = number_after(group / "memory.stat", files.file_cache).value_or(0);
    return std::max(0.0, *limit - *usage + cache);
}

/// The least that the group at `path` and those above it leave.
std::optional<double>
left_in_groups(const std::filesystem::path& top,
               std::filesystem::path path,
               const GroupFiles& files)
{
    std::optional<double> least;
    for (path = path.relative_path(); !path.empty(); path = path.parent_path())
    {
        take_least(least, left_in_group(top / path, files));
    }
    take_least(least, left_in_group(top, files));
    return least;
}

} // namespace

std::optional<double>
available_memory(const std::filesystem::path& root)
{
    constexpr double kKibi = 1024;
    std::optional<double> least;
    if (const auto kib = number_after(root / kMemory, "MemAvailable:"))
    {
        least = *kib * kKibi;
    }
    // Lines like "4:memory:/group" (version 1) and "0::/group" (version 2).
    std::ifstream groups(root / kGroups);
    for (std::string line; std::getline(groups, line);)
    {
        const auto first = std::min(line.find(':'), line.size());
        const auto second = std::min(line.find(':', first + 1), line.size());
        if (second == line.size())
        {
            continue;
        }
        const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
        const std::string path = line.substr(second + 1);
        if (controllers == ",,")
        {
            take_least(least, left_in_groups(root / kControl, path, kVersion2));
        }
        else if (controllers.find(",memory,") != std::string::npos)
        {
            take_least(least, left_in_groups(root / kControl / "memory", path, kVersion1));
        }
    }
    return least;
}

} // namespace sipsim::runner
