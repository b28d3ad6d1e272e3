#include "scenarios/runner/config_schema.h"
#include "scenarios/runner/config_values.h"

#include <doctest/doctest.h>

#include <set>

using namespace sipsim;
using namespace sipsim::runner;

TEST_CASE("every key has a section of the table, a meaning, and occurs once")
{
    std::set<std::string_view> sections;
    for (const SectionSpec& section : config_sections())
    {
        CHECK_FALSE(section.meaning.empty());
        sections.insert(section.section);
    }
    std::set<std::pair<std::string_view, std::string_view>> keys;
    for (const KeySpec& spec : config_keys())
    {
        CAPTURE(std::string{spec.section} + '.' + std::string{spec.key});
        CHECK(sections.contains(spec.section));
        CHECK(keys.emplace(spec.section, spec.key).second);
        CHECK_FALSE(spec.meaning.empty());
        CHECK_FALSE(spec.fallback.empty());
        CHECK_FALSE(type_text(spec).empty());
    }
}

TEST_CASE("the default of a key is a value that the key accepts")
{
    for (const KeySpec& spec : config_keys())
    {
        if (spec.fallback == kRequired || spec.fallback == kOptional)
        {
            continue;
        }
        CAPTURE(std::string{spec.section} + '.' + std::string{spec.key});
        Section section{.kind = std::string{spec.section}, .place = {}, .settings = {}};
        Problems problems;
        const Values values(section, problems);
        const Value bare = read_value(spec.fallback, {});
        const bool plain = std::holds_alternative<Typed>(typed(spec, bare));
        const Value text{.data = std::string{spec.fallback}, .place = {}};
        CHECK((plain || std::holds_alternative<Typed>(typed(spec, text))));
    }
}

TEST_CASE("limits are written in the units of the key")
{
    CHECK(range_text(*find_key("fleet", "count")) == "1 to 10000000");
    CHECK(range_text(*find_key("fault", "share")) == "> 0 and <= 1");
    CHECK(range_text(*find_key("registrar", "min_expires")) == "0s to 3600s");
    CHECK(range_text(*find_key("fleet", "calls")) == "> 0/s");
    CHECK(range_text(*find_key("experiment", "name")).empty());
}

TEST_CASE("a value is held to type, unit and range of its key")
{
    const auto clause = [](std::string_view section, std::string_view key, const Value& value) {
        const auto result = typed(*find_key(section, key), value);
        const auto* text = std::get_if<std::string>(&result);
        return text == nullptr ? std::string{} : *text;
    };
    CHECK(clause("fleet", "count", {.data = std::int64_t{5}, .place = {}}).empty());
    CHECK(clause("fleet", "count", {.data = 5.0, .place = {}}) == "must be a whole number");
    CHECK(clause("experiment", "duration", {.data = std::int64_t{20}, .place = {}}) ==
          "has no unit: write \"20s\" (units: ns us ms s min h d)");
    CHECK(clause("network", "access.loss", {.data = std::string{"101%"}, .place = {}}) ==
          "must be 0 to 1");
    CHECK(clause("network", "access.loss", {.data = std::string{"7%"}, .place = {}}).empty());
    CHECK(clause("network", "access.bandwidth", {.data = std::string{"8bps"}, .place = {}}) ==
          "must be 16bps to 1000000Gbps");
    CHECK(clause("fault", "kind", {.data = std::string{"reboots"}, .place = {}})
              .ends_with("did you mean \"reboot\"?"));
}

TEST_CASE("a table in brackets, inline or dotted gives the same keys")
{
    for (const std::string text : {"[network]\naccess = { delay = \"5ms\" }\n",
                                   "[network]\naccess.delay = \"5ms\"\n",
                                   "[network.access]\ndelay = \"5ms\"\n",
                                   "network.access.delay = \"5ms\"\n"})
    {
        CAPTURE(text);
        Problems problems;
        const Document document = read_document(text, problems);
        CHECK(problems.empty());
        REQUIRE(document.sections.size() == 2); // the first holds keys above all sections
        CHECK(document.sections[1].kind == "network");
        const Setting* setting = document.sections[1].find("access.delay");
        REQUIRE(setting != nullptr);
        CHECK(std::get<std::string>(setting->value.data) == "5ms");
    }
}
