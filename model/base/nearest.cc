#include "model/base/nearest.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <vector>

namespace sipsim
{

namespace
{

constexpr std::size_t kLongestName = 128; // longer ones are no typing mistakes

char
lower(char c)
{
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

// Optimal string alignment distance: insert, delete, replace, swap neighbours; each costs 1.
std::size_t
distance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> above(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
    {
        above[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i)
    {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j)
        {
            const bool same = lower(a[i - 1]) == lower(b[j - 1]);
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0U : 1U)});
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                lower(a[i - 2]) == lower(b[j - 1]))
            {
                row[j] = std::min(row[j], before[j - 2] + 1);
            }
        }
        before.swap(above);
        above.swap(row);
    }
    return above[b.size()];
}

bool
is_last_part(std::string_view name, std::string_view candidate)
{
    return !name.empty() && candidate.size() > name.size() && candidate.ends_with(name) &&
           candidate[candidate.size() - name.size() - 1] == '.';
}

} // namespace

std::optional<std::string>
nearest(std::string_view name, std::span<const std::string> candidates)
{
    if (name.empty() || name.size() > kLongestName)
    {
        return std::nullopt;
    }
    std::optional<std::string> best;
    std::size_t best_distance = 0;
    for (const std::string& candidate : candidates)
    {
        if (is_last_part(name, candidate))
        {
            return candidate;
        }
        if (candidate.size() > kLongestName)
        {
            continue;
        }
        const std::size_t allowed =
            std::max<std::size_t>(2, std::max(name.size(), candidate.size()) / 3);
        const std::size_t d = distance(name, candidate);
        // A name of which every letter was replaced resembles nothing.
        if (d <= allowed && d < std::min(name.size(), candidate.size()) &&
            (!best || d < best_distance))
        {
            best = candidate;
            best_distance = d;
        }
    }
    return best;
}

std::string
did_you_mean(std::string_view name, std::span<const std::string> candidates)
{
    const std::optional<std::string> known = nearest(name, candidates);
    return known ? "; did you mean \"" + *known + "\"?" : std::string{};
}

} // namespace sipsim
