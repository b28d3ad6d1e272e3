#pragma once

// Models : typed reading of TOML tables with every problem at its place.
// Drives : the loader of profiles.
// Keeps  : problems in the order in which they were found.
// Leaves : what the keys mean (loader.cc).

#include "model/base/problem.h"
#include "model/profile/value.h"

#include <toml++/toml.h>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sipsim::profile
{

/// A text, number, flag or list of them; nullopt for tables, dates and lists that hold such.
[[nodiscard]] std::optional<Value> value_in(const toml::node& node);

class TomlReader
{
  protected:
    void complain(const toml::source_position& at, std::string message);
    void complain(const toml::node& node, std::string message);

    /// Complains about keys of `table` that are not among `names`; `where` is what messages put before.
    void known(const toml::table& table,
               const std::string& where,
               std::initializer_list<std::string> names);

    /// The value of `key`, or an empty text, false, nullopt and, if that is wrong, a problem.
    std::string text(const toml::table& table, std::string_view key, bool required = true);
    bool flag(const toml::table& table, std::string_view key, bool otherwise);
    std::optional<Value> value(const toml::table& table, std::string_view key);

    /// Calls `run` with each table of the array `name`.
    template <class Do>
    void each(const toml::table& root, std::string_view name, const Do& run)
    {
        const toml::node* node = root.get(name);
        if (node == nullptr)
        {
            return;
        }
        const auto* array = node->as_array();
        if (array == nullptr || !array->is_array_of_tables())
        {
            complain(*node, std::string{name} + " must be written [[" + std::string{name} + "]]");
            return;
        }
        for (const toml::node& item : *array)
        {
            run(*item.as_table());
        }
    }

    std::vector<Problem> problems_;
};

} // namespace sipsim::profile
