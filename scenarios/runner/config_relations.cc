#include "scenarios/runner/config_relations.h"

#include "scenarios/runner/config_admission.h"

#include <algorithm>
#include <cctype>
#include <functional>

namespace sipsim::runner
{

namespace
{

// A key of the section as a clause calls it: within `table` ("station."), or by its whole name.
const KeySpec*
key_of(const Values& values, std::string_view table, std::string_view word)
{
    if (word.find('_') == std::string_view::npos)
    {
        return nullptr; // "at", "name" and others are words as well
    }
    const KeySpec* in_table =
        find_key(values.section().kind, std::string{table} + std::string{word});
    return in_table != nullptr ? in_table : find_key(values.section().kind, word);
}

bool
in_name(char c)
{
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
}

// `clause` with what `say` makes of each of its words.
std::string
with_words(std::string_view clause, const std::function<std::string(std::string_view)>& say)
{
    std::string text;
    while (!clause.empty())
    {
        const auto end = std::ranges::find_if_not(clause, in_name);
        const auto length = static_cast<std::size_t>(end - clause.begin());
        text += length == 0 ? std::string{clause.front()} : say(clause.substr(0, length));
        clause.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return text;
}

/// What holds of a key that is not written: "60s by default", "6 by admission.preset"; empty: nothing.
std::string
unwritten(const Section& section, const KeySpec& spec)
{
    if (const auto preset = preset_value(section, spec.key))
    {
        return *preset + " by admission.preset";
    }
    return spec.fallback == kOptional || spec.fallback == kRequired
               ? std::string{}
               : std::string{spec.fallback} + " by default";
}

} // namespace

void
tell_relation(const Values& values, std::string_view problem, Problems& errors)
{
    const std::size_t equals = problem.find(" = ");
    if (equals == std::string_view::npos || problem.find(": ") == std::string_view::npos)
    {
        errors.add(values.section().place, std::string{problem});
        return;
    }
    const std::string_view key = problem.substr(0, equals);
    const std::size_t colon = problem.find(": ");
    const std::string_view rest = problem.substr(colon + 2);
    const std::string_view table = key.substr(0, key.rfind('.') + 1);
    const Section& section = values.section();
    const Setting* other = nullptr;
    const std::string clause = with_words(rest, [&](std::string_view word) {
        const KeySpec* spec = key_of(values, table, word);
        if (spec == nullptr || spec->key == key)
        {
            return std::string{word};
        }
        const Setting* setting = section.find(spec->key);
        other = other == nullptr ? setting : other;
        const std::string value = setting == nullptr ? unwritten(section, *spec) : "";
        return std::string{word} + (value.empty() ? "" : " (" + value + ')');
    });
    if (values.given(key))
    {
        values.complain(key, clause);
        return;
    }
    const KeySpec* own = find_key(section.kind, key);
    const std::string value = own == nullptr ? "" : unwritten(section, *own);
    errors.add(other == nullptr ? section.place : other->value.place,
               std::string{key} + (value.empty() ? "" : " (" + value + ')') + ": " + clause);
}

} // namespace sipsim::runner
