#include "scenarios/runner/config_path.h"

#include "model/base/nearest.h"
#include "scenarios/runner/config_profile.h"
#include "scenarios/runner/config_schema.h"
#include "scenarios/runner/config_values.h"

#include <algorithm>

namespace sipsim::runner
{

namespace
{

std::string
text_of(const Section& section, std::string_view key)
{
    const Setting* setting = section.find(key);
    const auto* text =
        setting == nullptr ? nullptr : std::get_if<std::string>(&setting->value.data);
    return text == nullptr ? std::string{} : *text;
}

// Sections that have a product, whose keys are theirs.
bool
has_product(const Section& section)
{
    return section.kind == "fleet" || section.kind == "attacker";
}

} // namespace

std::string
product_of(const Section& section)
{
    if (!has_product(section))
    {
        return {};
    }
    const std::string product = text_of(section, "profile");
    const KeySpec* key = find_key(section.kind, "profile");
    return product.empty() && section.kind == "attacker" ? std::string{key->fallback} : product;
}

namespace
{

std::vector<std::string>
all_keys(const Section& section)
{
    std::vector<std::string> keys = keys_of(section.kind);
    if (has_product(section))
    {
        const auto more = profile_keys(product_of(section));
        keys.insert(keys.end(), more.begin(), more.end());
    }
    return keys;
}

// What a listed section may be called in a path, the best name first.
std::vector<std::string>
names_of(const Document& document, const Section& section)
{
    std::vector<std::string> names;
    if (const std::string name = section.name(); !name.empty())
    {
        names.push_back(name);
    }
    if (section.kind != "fault")
    {
        return names;
    }
    const std::string kind = text_of(section, "kind");
    const auto same_kind = std::ranges::count_if(document.sections, [&](const Section& other) {
        return other.kind == "fault" && text_of(other, "kind") == kind;
    });
    if (same_kind == 1 && !kind.empty())
    {
        names.push_back(kind);
    }
    std::size_t number = 1;
    for (const Section& other : document.sections)
    {
        if (&other == &section)
        {
            names.push_back(std::to_string(number));
        }
        number += other.kind == "fault" ? 1 : 0;
    }
    return names;
}

std::vector<std::string>
all_paths(const Document& document)
{
    std::vector<std::string> paths;
    for (const Section& section : document.sections)
    {
        std::string prefix = section.kind + '.';
        if (const auto names = names_of(document, section); !names.empty())
        {
            if (!is_name(names.front()))
            {
                continue; // it is refused itself
            }
            prefix += names.front() + '.';
        }
        for (const std::string& key : all_keys(section))
        {
            paths.push_back(prefix + key);
        }
    }
    return paths;
}

bool
is_listed(std::string_view kind)
{
    const auto sections = config_sections();
    const auto found = std::ranges::find(sections, kind, &SectionSpec::section);
    return found != sections.end() && found->listed;
}

bool
is_kind(std::string_view kind)
{
    const auto sections = config_sections();
    return std::ranges::find(sections, kind, &SectionSpec::section) != sections.end();
}

std::size_t
the_section(Document& document, std::string_view kind)
{
    const auto found = std::ranges::find(document.sections, kind, &Section::kind);
    if (found != document.sections.end())
    {
        return static_cast<std::size_t>(found - document.sections.begin());
    }
    document.sections.push_back({.kind = std::string{kind}, .place = {}, .settings = {}});
    return document.sections.size() - 1;
}

std::optional<Target>
find_target(Document& document, std::string_view path)
{
    const std::size_t dot = path.find('.');
    if (dot == std::string_view::npos || !is_kind(path.substr(0, dot)))
    {
        return std::nullopt;
    }
    const std::string_view kind = path.substr(0, dot);
    std::string_view rest = path.substr(dot + 1);
    if (!is_listed(kind))
    {
        return Target{.section = the_section(document, kind), .key = std::string{rest}};
    }
    const std::size_t second = rest.find('.');
    if (second == std::string_view::npos)
    {
        return std::nullopt;
    }
    const std::string name{rest.substr(0, second)};
    for (std::size_t i = 0; i < document.sections.size(); ++i)
    {
        const Section& section = document.sections[i];
        const auto names =
            section.kind == kind ? names_of(document, section) : std::vector<std::string>{};
        if (std::ranges::find(names, name) != names.end())
        {
            return Target{.section = i, .key = std::string{rest.substr(second + 1)}};
        }
    }
    return std::nullopt;
}

} // namespace

std::optional<Target>
resolve_path(Document& document, std::string_view path, const Place& place, Problems& problems)
{
    std::optional<Target> target = find_target(document, path);
    if (target)
    {
        const Section& section = document.sections[target->section];
        const std::string product = product_of(section);
        // Without a known product nothing can be said about its keys; the fleet reports the product.
        const bool product_has =
            has_product(section) && is_profile_key(target->key) &&
            (profile_keys(product).empty() || profile_has(product, target->key));
        if (product_has || find_key(section.kind, target->key) != nullptr)
        {
            return target;
        }
    }
    const std::string hint = did_you_mean(path, all_paths(document));
    problems.add(place,
                 "\"" + std::string{path} + "\" names no parameter" +
                     (hint.empty() ? "; write SECTION.KEY or SECTION.NAME.KEY, such as "
                                     "\"experiment.duration\" or \"fleet.NAME.count\""
                                   : hint));
    return std::nullopt;
}

void
write_over(Document& document, const Target& target, std::string_view path, Value value)
{
    const Place place = value.place;
    document.sections[target.section].set({.key = target.key,
                                           .value = std::move(value),
                                           .key_place = place,
                                           .table = false,
                                           .label = std::string{path}});
}

} // namespace sipsim::runner
