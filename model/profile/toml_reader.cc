#include "model/profile/toml_reader.h"

#include "model/base/nearest.h"

#include <algorithm>
#include <utility>

namespace sipsim::profile
{

namespace
{

std::optional<Scalar>
scalar_in(const toml::node& node)
{
    if (const auto* flag = node.as_boolean())
    {
        return Scalar{flag->get()};
    }
    if (const auto* integer = node.as_integer())
    {
        return Scalar{integer->get()};
    }
    if (const auto* number = node.as_floating_point())
    {
        return Scalar{number->get()};
    }
    if (const auto* text = node.as_string())
    {
        return Scalar{text->get()};
    }
    return std::nullopt;
}

} // namespace

std::optional<Value>
value_in(const toml::node& node)
{
    const auto* array = node.as_array();
    if (array == nullptr)
    {
        const std::optional<Scalar> scalar = scalar_in(node);
        return scalar ? std::optional{value_of(*scalar)} : std::nullopt;
    }
    std::vector<Scalar> items;
    for (const toml::node& item : *array)
    {
        const std::optional<Scalar> scalar = scalar_in(item);
        if (!scalar)
        {
            return std::nullopt;
        }
        items.push_back(*scalar);
    }
    return Value{items};
}

void
TomlReader::complain(const toml::source_position& at, std::string message)
{
    problems_.push_back({.line = static_cast<int>(at.line),
                         .column = static_cast<int>(at.column),
                         .message = std::move(message)});
}

void
TomlReader::complain(const toml::node& node, std::string message)
{
    complain(node.source().begin, std::move(message));
}

void
TomlReader::known(const toml::table& table,
                  const std::string& where,
                  std::initializer_list<std::string> names)
{
    for (const auto& [key, node] : table)
    {
        if (std::ranges::find(names, key.str()) == names.end())
        {
            complain(key.source().begin,
                     "unknown key " + where + std::string{key.str()} +
                         did_you_mean(key.str(), {names.begin(), names.size()}));
        }
    }
}

std::string
TomlReader::text(const toml::table& table, std::string_view key, bool required)
{
    const toml::node* node = table.get(key);
    if (node == nullptr)
    {
        if (required)
        {
            complain(table, std::string{key} + " is missing");
        }
        return {};
    }
    const auto* string = node->as_string();
    if (string == nullptr || (required && string->get().empty()))
    {
        complain(*node, std::string{key} + " must be a text");
        return {};
    }
    return string->get();
}

bool
TomlReader::flag(const toml::table& table, std::string_view key, bool otherwise)
{
    const toml::node* node = table.get(key);
    if (node == nullptr)
    {
        return otherwise;
    }
    if (node->as_boolean() == nullptr)
    {
        complain(*node, std::string{key} + " must be true or false");
        return otherwise;
    }
    return node->as_boolean()->get();
}

std::optional<Value>
TomlReader::value(const toml::table& table, std::string_view key)
{
    const toml::node* node = table.get(key);
    if (node == nullptr)
    {
        return std::nullopt;
    }
    std::optional<Value> found = value_in(*node);
    if (!found)
    {
        complain(*node,
                 std::string{key} + " must be a text, a number, true, false or a list of them");
    }
    return found;
}

} // namespace sipsim::profile
