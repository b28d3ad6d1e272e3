#include "scenarios/runner/config_document.h"

#include "model/base/quantity.h"
#include "scenarios/runner/message_text.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace sipsim::runner
{

namespace
{

constexpr std::size_t kMostBytes = std::size_t{1} << 20U;
constexpr std::string_view kNoSuchFile = "there is no such file";

Place
place_of(const toml::source_region& source)
{
    return {.line = static_cast<int>(source.begin.line),
            .column = static_cast<int>(source.begin.column),
            .option = {}};
}

Value
value_of(const toml::node& node)
{
    Value value{.data = false, .place = place_of(node.source())};
    if (const auto* flag = node.as_boolean())
    {
        value.data = flag->get();
    }
    else if (const auto* integer = node.as_integer())
    {
        value.data = integer->get();
    }
    else if (const auto* number = node.as_floating_point())
    {
        value.data = number->get();
    }
    else if (const auto* text = node.as_string())
    {
        value.data = text->get();
    }
    else if (const auto* array = node.as_array())
    {
        std::vector<Value> elements;
        for (const toml::node& element : *array)
        {
            elements.push_back(value_of(element));
        }
        value.data = std::move(elements);
    }
    else
    {
        std::ostringstream text;
        node.visit([&text](const auto& any) { text << any; });
        value.data = DateOrTime{text.str()};
    }
    return value;
}

void
move_to(const Place& place, Value& value)
{
    value.place = place;
    if (auto* elements = std::get_if<std::vector<Value>>(&value.data))
    {
        for (Value& element : *elements)
        {
            move_to(place, element);
        }
    }
}

// What a sweep's axis may be written as instead of a list: { linspace = ["1s", "9s", 5] }.
bool
is_axis(const toml::table& table)
{
    return !table.empty() && std::ranges::all_of(table, [](const auto& entry) {
        const std::string_view key = entry.first.str();
        return key == "range" || key == "step" || key == "linspace" || key == "logspace";
    });
}

// The parser's words, with what usually helps.
std::string
not_toml(std::string_view description)
{
    constexpr std::string_view kIntroduction = "Error while parsing ";
    const std::string_view what =
        description.substr(description.starts_with(kIntroduction) ? kIntroduction.size() : 0);
    std::string text = "not TOML: " + std::string{what};
    if (what.starts_with("decimal integer") || what.starts_with("floating-point") ||
        what.starts_with("value"))
    {
        text += "; texts and values with a unit stand in quotes: \"20s\"";
    }
    else if (what.starts_with("string") &&
             what.find("control characters") != std::string_view::npos)
    {
        text += "; is the closing quote missing?";
    }
    return text;
}

// The settings of `table`, its tables opened into dotted keys.
void
flatten(const toml::table& table, const std::string& prefix, Section& section)
{
    for (const auto& [key, node] : table)
    {
        std::string name = prefix + std::string{key.str()};
        const auto* inner = node.as_table();
        if (inner == nullptr)
        {
            section.settings.push_back({.key = std::move(name),
                                        .value = value_of(node),
                                        .key_place = place_of(key.source())});
        }
        else if (inner->empty())
        {
            section.settings.push_back({.key = std::move(name),
                                        .value = {},
                                        .key_place = place_of(key.source()),
                                        .table = true});
        }
        else if (section.kind == "sweep" &&
                 (is_axis(*inner) || prefix == "cases." || prefix == "along."))
        {
            flatten(*inner, name + "|", section); // of a case or an axis: what it sets
        }
        else
        {
            flatten(*inner, name + ".", section);
        }
    }
}

Section
section_of(std::string_view kind, const toml::table& table, const Place& place, bool listed)
{
    Section section{.kind = std::string{kind}, .place = place, .listed = listed, .settings = {}};
    flatten(table, "", section);
    std::ranges::sort(section.settings, [](const Setting& a, const Setting& b) {
        return std::tie(a.key_place.line, a.key_place.column) <
               std::tie(b.key_place.line, b.key_place.column);
    });
    return section;
}

std::vector<Section>
sections_of(const toml::table& root)
{
    std::vector<Section> sections{{}};
    for (const auto& [key, node] : root)
    {
        const auto* array = node.as_array();
        if (const auto* table = node.as_table())
        {
            sections.push_back(section_of(key.str(), *table, place_of(key.source()), false));
        }
        else if (array != nullptr && !array->empty() && array->is_homogeneous<toml::table>())
        {
            for (const toml::node& element : *array)
            {
                sections.push_back(
                    section_of(key.str(), *element.as_table(), place_of(element.source()), true));
            }
        }
        else
        {
            sections.front().settings.push_back({.key = std::string{key.str()},
                                                 .value = value_of(node),
                                                 .key_place = place_of(key.source())});
        }
    }
    std::ranges::stable_sort(sections, [](const Section& a, const Section& b) {
        return std::tie(a.place.line, a.place.column) < std::tie(b.place.line, b.place.column);
    });
    return sections;
}

} // namespace

std::string
written(const Value& value)
{
    struct Writer
    {
        std::string operator()(bool flag) const
        {
            return flag ? "true" : "false";
        }

        std::string operator()(std::int64_t integer) const
        {
            return std::to_string(integer);
        }

        std::string operator()(double number) const
        {
            return format(number);
        }

        std::string operator()(const std::string& text) const
        {
            return '"' + text + '"';
        }

        std::string operator()(const DateOrTime& date) const
        {
            return date.text;
        }

        std::string operator()(const std::vector<Value>& values) const
        {
            std::string list;
            for (const Value& element : values)
            {
                list += (list.empty() ? "" : ", ") + written(element);
            }
            return '[' + list + ']';
        }
    };

    return std::visit(Writer{}, value.data);
}

const Setting*
Section::find(std::string_view key) const
{
    const auto found = std::ranges::find(settings, key, &Setting::key);
    return found == settings.end() ? nullptr : &*found;
}

const Section*
Document::find(std::string_view kind) const
{
    const auto found = std::ranges::find(sections, kind, &Section::kind);
    return found == sections.end() ? nullptr : &*found;
}

Place
Section::place_of(std::string_view key) const
{
    const Setting* setting = find(key);
    return setting == nullptr ? place : setting->value.place;
}

std::string
Section::name() const
{
    const Setting* setting = find("name");
    const auto* text =
        setting == nullptr ? nullptr : std::get_if<std::string>(&setting->value.data);
    return text == nullptr ? std::string{} : *text;
}

void
Section::set(Setting setting)
{
    const auto found = std::ranges::find(settings, setting.key, &Setting::key);
    if (found == settings.end())
    {
        settings.push_back(std::move(setting));
    }
    else
    {
        *found = std::move(setting);
    }
}

void
Problems::add(const Place& place, std::string message)
{
    Problem problem{.line = place.line, .column = place.column, .message = std::move(message)};
    if (!place.option.empty())
    {
        problem = {.line = 0, .column = 0, .message = place.option + ": " + problem.message};
    }
    problem.message = presentable(problem.message);
    if (known_.emplace(problem.line, problem.column, problem.message).second)
    {
        problems_.push_back(std::move(problem));
    }
}

void
Problems::merge(const Problems& other)
{
    for (const Problem& problem : other.problems_)
    {
        add({.line = problem.line, .column = problem.column, .option = {}}, problem.message);
    }
}

bool
Problems::empty() const
{
    return problems_.empty();
}

std::size_t
Problems::size() const
{
    return problems_.size();
}

std::vector<Problem>
Problems::sorted() const
{
    std::vector<Problem> list = problems_;
    std::ranges::stable_sort(list, [](const Problem& a, const Problem& b) {
        return std::tie(a.line, a.column) < std::tie(b.line, b.column);
    });
    return list;
}

std::optional<std::string>
why_unreadable(const std::filesystem::path& file)
{
    // Not blocking: a pipe would be waited for.
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
    {
        return errno == ENOENT || errno == ENOTDIR
                   ? std::string{kNoSuchFile}
                   : std::string{"cannot be read: "} + std::strerror(errno);
    }

    struct stat about
    {
    };

    const bool known = ::fstat(descriptor, &about) == 0;
    ::close(descriptor);
    if (known && S_ISDIR(about.st_mode))
    {
        return "is a folder: name a file";
    }
    return known && S_ISREG(about.st_mode) ? std::nullopt
                                           : std::optional<std::string>{"is no regular file"};
}

std::optional<std::string>
read_named_file(const std::filesystem::path& file, std::string& text)
{
    if (auto why = why_unreadable(file))
    {
        if (*why == kNoSuchFile)
        {
            *why += "; paths are relative to the configuration's own folder";
        }
        return why;
    }
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream content;
    content << stream.rdbuf(); // of an empty file it fails
    text = content.str();
    if (!stream.is_open() || stream.bad())
    {
        return std::string{"cannot be read: "} + std::strerror(errno);
    }
    return text.empty() ? std::optional<std::string>{"is empty"} : std::nullopt;
}

Document
read_document(std::string_view text, Problems& problems)
{
    if (text.size() > kMostBytes)
    {
        problems.add({}, "the file has more than 1 MiB: this is no configuration");
        return {};
    }
    try
    {
        return {sections_of(toml::parse(text))};
    }
    catch (const toml::parse_error& error)
    {
        problems.add(place_of(error.source()), not_toml(error.description()));
        return {};
    }
}

Value
read_value(std::string_view text, const Place& place)
{
    Value value{.data = std::string{text}, .place = place};
    try
    {
        const toml::table table = toml::parse("value = " + std::string{text});
        const toml::node* node = table.get("value");
        if (table.size() == 1 && node != nullptr && !node->is_table() && !node->is_date() &&
            !node->is_time() && !node->is_date_time())
        {
            value = value_of(*node);
            move_to(place, value);
        }
    }
    catch (const toml::parse_error&)
    {
        // A bare word stands for itself.
    }
    return value;
}

} // namespace sipsim::runner
