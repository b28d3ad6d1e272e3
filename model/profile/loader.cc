#include "model/base/nearest.h"
#include "model/profile/choice.h"
#include "model/profile/device_parameters.h"
#include "model/profile/field_access.h"
#include "model/profile/profile.h"
#include "model/profile/toml_reader.h"

#include <algorithm>
#include <utility>

namespace sipsim::profile
{

namespace
{

constexpr std::size_t kLargestText = 1'000'000; // octets

bool
is_unknown(const Value& value)
{
    const auto* text = std::get_if<std::string>(&value);
    return text != nullptr && *text == "unknown";
}

class Loader : private TomlReader
{
  public:
    Checked<Profile> load(const toml::table& root)
    {
        known(root, "", {"profile", "parameter", "reading", "assumption", "unknown"});
        header(root);
        each(root, "parameter", [this](const toml::table& t) { parameter(t, false); });
        each(root, "reading", [this](const toml::table& t) { parameter(t, true); });
        each(root, "assumption", [this](const toml::table& t) { assumption(t); });
        each(root, "unknown", [this](const toml::table& t) { unknown(t); });
        if (problems_.empty())
        {
            check_effects();
        }
        if (problems_.empty())
        {
            check_relations();
        }
        if (!problems_.empty())
        {
            std::ranges::stable_sort(problems_, {}, [](const Problem& problem) {
                return std::pair{problem.line, problem.column};
            });
            return std::move(problems_);
        }
        return std::move(profile_);
    }

  private:
    void header(const toml::table& root)
    {
        const toml::node* node = root.get("profile");
        if (node == nullptr || node->as_table() == nullptr)
        {
            complain(root, "[profile] is missing: write name, product and meaning there");
            return;
        }
        const toml::table& table = *node->as_table();
        known(table, "profile.", {"name", "product", "meaning"});
        profile_.name = text(table, "name");
        profile_.product = text(table, "product");
        profile_.meaning = text(table, "meaning");
    }

    // The registration.* parameter of that name, or a problem at `node`.
    bool is_ours(const toml::source_position& at, std::string_view name)
    {
        if (find_device_parameter(name) != nullptr)
        {
            return true;
        }
        std::vector<std::string> names;
        for (const DeviceParameter& own : device_parameters())
        {
            names.emplace_back(own.name);
        }
        complain(at,
                 "\"" + std::string{name} + "\" is no registration.* parameter" +
                     did_you_mean(name, names));
        return false;
    }

    void parameter(const toml::table& table, bool reading)
    {
        known(table,
              reading ? "reading." : "parameter.",
              {"name",      "keys", "type",      "unit",    "range",   "list",    "sets",
               "fractions", "plus", "raised",    "also",    "when",    "options", "default",
               "assumed",   "only", "simulated", "instead", "meaning", "source",  "note"});
        VendorParameter p;
        p.reading = reading;
        p.name = text(table, "name");
        p.meaning = text(table, "meaning");
        p.source = text(table, "source");
        p.note = text(table, "note", false);
        p.instead = text(table, "instead", false);
        p.simulated = !p.instead.empty()               ? Simulated::kInstead
                      : flag(table, "simulated", true) ? Simulated::kYes
                                                       : Simulated::kNot;
        keys(table, p);
        numbers(table, p);
        when(table, p);
        options(table, p);
        defaults(table, p);
        if (!p.name.empty() && profile_.find(p.name) != nullptr)
        {
            complain(table, "\"" + p.name + "\" is there twice");
        }
        places_.push_back(table.source().begin);
        profile_.parameters.push_back(std::move(p));
    }

    void keys(const toml::table& table, VendorParameter& p)
    {
        const std::optional<Value> names = value(table, "keys");
        for (const Scalar& name : names ? list_of(*names) : std::vector<Scalar>{})
        {
            p.keys.push_back(written(name));
            if (profile_.find(p.keys.back()) != nullptr)
            {
                complain(table, "key " + p.keys.back() + " is there twice");
            }
        }
    }

    void numbers(const toml::table& table, VendorParameter& p)
    {
        p.unit = text(table, "unit", false);
        p.list = flag(table, "list", false);
        p.fractions = flag(table, "fractions", false);
        p.number_sets = table.get_as<std::string>("sets") != nullptr ? text(table, "sets") : "";
        p.numeric = table.contains("unit") || table.contains("range") || p.list;
        if (!p.unit.empty())
        {
            // "min" is 1min, "10ms" is itself.
            const bool counted = p.unit.front() >= '0' && p.unit.front() <= '9';
            const Parsed<SimDuration> one = parse_duration(counted ? p.unit : "1" + p.unit);
            const auto* d = std::get_if<SimDuration>(&one);
            p.one_unit = d == nullptr ? SimDuration::zero() : *d;
        }
        if (!p.number_sets.empty())
        {
            static_cast<void>(is_ours(table.get("sets")->source().begin, p.number_sets));
        }
        if (const std::optional<Value> range = value(table, "range"))
        {
            const std::vector<Scalar> ends = list_of(*range);
            const std::optional<double> low = ends.size() == 2 ? number_of(ends[0]) : std::nullopt;
            const std::optional<double> high = ends.size() == 2 ? number_of(ends[1]) : std::nullopt;
            if (!low || !high || !(*low < *high))
            {
                complain(*table.get("range"), "range must be [lowest, highest]");
                return;
            }
            p.low = *low;
            p.high = *high;
        }
        beside(table, p);
        if (!table.contains("range") && p.numeric && !p.list && p.simulated == Simulated::kYes)
        {
            complain(table, "range is missing");
        }
    }

    // Beside the number: what is added to it, what it sets as well.
    void beside(const toml::table& table, VendorParameter& p)
    {
        if (const std::optional<Value> plus = value(table, "plus"))
        {
            const auto* number = std::get_if<std::int64_t>(&*plus);
            if (number == nullptr || !p.unit.empty())
            {
                complain(*table.get("plus"),
                         "plus must be a whole number, of a number without unit");
                return;
            }
            p.plus = *number;
        }
        if (const std::optional<Value> raised = value(table, "raised"))
        {
            p.raised = scalar_of(*raised) ? number_of(*scalar_of(*raised)) : std::nullopt;
            if (!p.raised || *p.raised >= p.low)
            {
                complain(*table.get("raised"), "raised must be a number below the range");
            }
        }
        if (const toml::node* also = table.get("also"))
        {
            effects(*also, p.also);
        }
    }

    void when(const toml::table& table, VendorParameter& p)
    {
        const toml::node* node = table.get("when");
        if (node == nullptr)
        {
            return;
        }
        const toml::table* one = node->as_table();
        if (one == nullptr || one->size() != 1 || !one->begin()->second.is_string())
        {
            complain(*node, "when must be { \"another parameter\" = \"its choice\" }");
            return;
        }
        p.when = Condition{std::string{one->begin()->first.str()},
                           *one->begin()->second.value<std::string>()};
        const VendorParameter* other = profile_.find(p.when->parameter);
        const auto has = [&](const std::string& name) {
            return std::ranges::any_of(other->choices, [&](const Choice& choice) {
                return same_word(choice.name, name);
            });
        };
        if (other == nullptr || !std::ranges::all_of(field::split(p.when->choice), has))
        {
            complain(*node,
                     "no parameter before this one is \"" + p.when->parameter +
                         "\" with a choice \"" + p.when->choice + "\"");
        }
    }

    void options(const toml::table& table, VendorParameter& p)
    {
        each(table, "options", [&](const toml::table& option) {
            known(option,
                  "options.",
                  {"name", "code", "sets", "is", "simulated", "instead", "needs"});
            Choice choice;
            choice.name = text(option, "name");
            choice.word = value(option, "is");
            choice.instead = text(option, "instead", false);
            choice.needs = text(option, "needs", false);
            choice.simulated = choice.instead.empty() && flag(option, "simulated", true);
            if (const toml::node* code = option.get("code"))
            {
                choice.code = code->value<std::int64_t>();
            }
            if (const toml::node* sets = option.get("sets"))
            {
                effects(*sets, choice.effects);
            }
            p.choices.push_back(std::move(choice));
        });
        const bool acts = p.simulated == Simulated::kYes && !p.reading;
        if (p.reading &&
            (p.choices.size() < 2 ||
             !std::ranges::all_of(p.choices, [](const Choice& c) { return c.word.has_value(); })))
        {
            complain(table, "a reading needs two options or more, each with what it `is`");
        }
        if (acts && p.numeric && p.number_sets.empty())
        {
            complain(table, "sets is missing: which registration.* parameter the number goes to");
        }
        if (acts && !p.numeric && p.choices.empty() && p.number_sets.empty())
        {
            complain(table, "neither a range nor options: nothing could be set");
        }
    }

    void effects(const toml::node& node, std::vector<Effect>& effects)
    {
        const auto* table = node.as_table();
        if (table == nullptr)
        {
            complain(node, "must be { \"registration.x\" = value }");
            return;
        }
        std::vector<std::pair<toml::source_position, Effect>>
            as_written; // the table is sorted by key
        for (const auto& [key, what] : *table)
        {
            const std::optional<Value> to = value_in(what);
            if (!to)
            {
                complain(what, "must be a text, a number, true, false or a list of them");
            }
            else if (is_ours(key.source().begin, key.str()))
            {
                as_written.push_back({key.source().begin, {std::string{key.str()}, *to}});
            }
        }
        std::ranges::sort(as_written, {}, [](const auto& effect) {
            return std::pair{effect.first.line, effect.first.column};
        });
        for (auto& [at, effect] : as_written)
        {
            effects.push_back(std::move(effect));
        }
    }

    void defaults(const toml::table& table, VendorParameter& p)
    {
        p.default_value = value(table, "default");
        p.assumed = value(table, "assumed");
        p.only = value(table, "only");
        if (p.reading && !p.choices.empty())
        {
            p.default_value = Value{p.choices.front().name}; // the first reading is ours
        }
        else if (!p.default_value)
        {
            complain(table, "default is missing: write \"unknown\" if the sources give none");
        }
        if (p.default_value && is_unknown(*p.default_value))
        {
            p.default_value.reset();
        }
        for (const auto& [name, value] : {std::pair{"default", p.default_value},
                                          std::pair{"assumed", p.assumed},
                                          std::pair{"only", p.only}})
        {
            const bool any_text = !p.numeric && p.choices.empty() && p.number_sets.empty();
            const Parsed<Meant> meant =
                value && !any_text ? understand(p, *value, p.name) : Parsed<Meant>{Meant{}};
            if (const auto* clause = std::get_if<std::string>(&meant))
            {
                complain(table, std::string{name} + " = " + written(*value) + ": " + *clause);
            }
        }
    }

    void assumption(const toml::table& table)
    {
        known(table, "assumption.", {"sets", "value", "why"});
        Assumption a;
        a.sets = text(table, "sets");
        a.why = text(table, "why");
        const std::optional<Value> to = value(table, "value");
        if (!to)
        {
            complain(table, "value is missing");
        }
        if (a.sets.empty() || !to || !is_ours(table.get("sets")->source().begin, a.sets))
        {
            return;
        }
        a.value = *to;
        try_value(table.source().begin, a.sets, a.value);
        profile_.assumptions.push_back(std::move(a));
    }

    void unknown(const toml::table& table)
    {
        known(table, "unknown.", {"sets", "why"});
        Unknown u{.sets = text(table, "sets"), .why = text(table, "why")};
        if (!u.sets.empty() && is_ours(table.get("sets")->source().begin, u.sets))
        {
            profile_.unknowns.push_back(std::move(u));
        }
    }

    void try_value(const toml::source_position& at, std::string_view name, const Value& value)
    {
        DeviceOptions options;
        if (const std::optional<std::string> clause =
                find_device_parameter(name)->write(options, value))
        {
            complain(at, std::string{name} + " = " + written(value) + ": " + *clause);
        }
    }

    // Every value a choice may write must be in the range of what it writes.
    void check_effects()
    {
        for (std::size_t i = 0; i < profile_.parameters.size(); ++i)
        {
            for (const Choice& choice : profile_.parameters[i].choices)
            {
                for (const Effect& effect : choice.effects)
                {
                    check_effect(places_[i], effect);
                }
            }
            for (const Effect& effect : profile_.parameters[i].also)
            {
                check_effect(places_[i], effect);
            }
            check_ends(places_[i], profile_.parameters[i]);
        }
    }

    void check_effect(const toml::source_position& at, const Effect& effect)
    {
        const auto* text = std::get_if<std::string>(&effect.value);
        if (text != nullptr && *text == "$")
        {
            return; // check_ends() has tried numbers
        }
        if (text == nullptr || !text->starts_with('$'))
        {
            try_value(at, effect.sets, effect.value);
            return;
        }
        const VendorParameter* reading = profile_.find(std::string_view{*text}.substr(1));
        if (reading == nullptr || !reading->reading)
        {
            complain(at, *text + " names no [[reading]]");
            return;
        }
        for (const Choice& choice : reading->choices)
        {
            try_value(at, effect.sets, *choice.word);
        }
    }

    // Both ends of a range must be values of what the number goes to.
    void check_ends(const toml::source_position& at, const VendorParameter& p)
    {
        if (p.number_sets.empty() || !(p.low < p.high))
        {
            return;
        }
        for (const double end : {p.low, p.high})
        {
            const Value value = converted(p, {.choice = nullptr, .numbers = {end}});
            try_value(at, p.number_sets, value);
            for (const Effect& effect : p.also)
            {
                if (effect.value == Value{std::string{"$"}})
                {
                    try_value(at, effect.sets, value);
                }
            }
        }
    }

    // A parameter that its user must set is no fault of the profile; values that do not go together are.
    void check_relations()
    {
        DeviceOptions options;
        for (const SettingProblem& problem : must_be_set(profile_).empty()
                                                 ? apply(profile_, {}, options)
                                                 : std::vector<SettingProblem>{})
        {
            problems_.push_back({.line = 0, .column = 0, .message = problem.clause});
        }
    }

    Profile profile_;
    std::vector<toml::source_position> places_; // of profile_.parameters
};

} // namespace

Checked<Profile>
load_profile(std::string_view text)
{
    if (text.size() > kLargestText)
    {
        return std::vector<Problem>{{.line = 0, .column = 0, .message = "is larger than 1 MB"}};
    }
    try
    {
        return Loader{}.load(toml::parse(text));
    }
    catch (const toml::parse_error& error)
    {
        const toml::source_position at = error.source().begin;
        return std::vector<Problem>{
            {.line = static_cast<int>(at.line),
             .column = static_cast<int>(at.column),
             .message = "is not TOML: " + std::string{error.description()}}};
    }
}

} // namespace sipsim::profile
