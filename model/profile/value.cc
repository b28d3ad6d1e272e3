#include "model/profile/value.h"

#include "model/base/quantity.h"

#include <algorithm>
#include <cctype>

namespace sipsim::profile
{

std::string
written(const Scalar& scalar)
{
    if (const auto* flag = std::get_if<bool>(&scalar))
    {
        return *flag ? "true" : "false";
    }
    if (const auto* integer = std::get_if<std::int64_t>(&scalar))
    {
        return std::to_string(*integer);
    }
    if (const auto* number = std::get_if<double>(&scalar))
    {
        return format(*number);
    }
    return std::get<std::string>(scalar);
}

std::string
written(const Value& value)
{
    if (const auto* list = std::get_if<std::vector<Scalar>>(&value))
    {
        std::string text = "[";
        for (const Scalar& item : *list)
        {
            text += (text.size() > 1 ? ", " : "") + written(item);
        }
        return text + "]";
    }
    return written(*scalar_of(value));
}

std::optional<Scalar>
scalar_of(const Value& value)
{
    return std::visit(
        [](const auto& v) -> std::optional<Scalar> {
            if constexpr (std::is_same_v<std::decay_t<decltype(v)>, std::vector<Scalar>>)
            {
                return std::nullopt;
            }
            else
            {
                return Scalar{v};
            }
        },
        value);
}

std::vector<Scalar>
list_of(const Value& value)
{
    if (const auto* list = std::get_if<std::vector<Scalar>>(&value))
    {
        return *list;
    }
    return {*scalar_of(value)};
}

Value
value_of(const Scalar& scalar)
{
    return std::visit([](const auto& v) { return Value{v}; }, scalar);
}

std::optional<double>
number_of(const Scalar& scalar)
{
    if (const auto* integer = std::get_if<std::int64_t>(&scalar))
    {
        return static_cast<double>(*integer);
    }
    if (const auto* number = std::get_if<double>(&scalar))
    {
        return *number;
    }
    return std::nullopt;
}

bool
same_word(std::string_view a, std::string_view b)
{
    return std::ranges::equal(a, b, [](unsigned char x, unsigned char y) {
        return std::tolower(x) == std::tolower(y);
    });
}

} // namespace sipsim::profile
