#pragma once

// Models : a configuration file as sections of settings, each with the place where it was written.
// Drives : the loader reads one, the sweep and --set write over it, typed reading (config_values.h)
//          takes it from there.
// Keeps  : order and places of the file; tables within a section become dotted keys
//          (`access = { delay = "5ms" }` is `access.delay`), whichever way they were written.
// Leaves : what keys mean (config_schema.h). The only file that knows toml++.

#include "model/base/problem.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

namespace sipsim::runner
{

/// Where something was said: in the file, or by an option of the command line.
struct Place
{
    int line = 0;
    int column = 0;
    std::string option; // "--set fleet.gateways.count=0"; empty: in the file

    friend bool operator==(const Place&, const Place&) = default;
};

/// TOML's dates and times: no key wants one.
struct DateOrTime
{
    std::string text;

    friend bool operator==(const DateOrTime&, const DateOrTime&) = default;
};

struct Value
{
    std::variant<bool, std::int64_t, double, std::string, DateOrTime, std::vector<Value>> data;
    Place place;
};

/// As a message or a listing shows it: "20s" with its quotes, 20, true, [1, 2].
[[nodiscard]] std::string written(const Value& value);

struct Setting
{
    std::string key; // within the section: "registration.retry_wait"
    Value value;
    Place key_place;
    bool table = false;                    // an empty table; `value` means nothing
    std::optional<std::string> label = {}; // what messages call it, where that is not the key
};

struct Section
{
    std::string kind; // "fleet"; empty: keys above the first section
    Place place;
    bool listed = false; // written [[kind]]
    std::vector<Setting> settings;

    [[nodiscard]] const Setting* find(std::string_view key) const;
    /// Of the value of `key`; where that is not written, of the section.
    [[nodiscard]] Place place_of(std::string_view key) const;
    /// The text of `name`, if there is one.
    [[nodiscard]] std::string name() const;
    /// Replaces the value of `key`, or adds it.
    void set(Setting setting);
};

struct Document
{
    std::vector<Section> sections;

    /// The first of that kind; nullptr: there is none.
    [[nodiscard]] const Section* find(std::string_view kind) const;
};

/// Collects what is wrong; the same problem at the same place counts once.
class Problems
{
  public:
    void add(const Place& place, std::string message);
    void merge(const Problems& other);
    [[nodiscard]] bool empty() const;
    [[nodiscard]] std::size_t size() const;
    /// In order of the file, at one place in order of discovery; those of options first.
    [[nodiscard]] std::vector<Problem> sorted() const;

  private:
    std::vector<Problem> problems_;
    std::set<std::tuple<int, int, std::string>> known_;
};

/// Why a file cannot be read, as a clause: it is a folder, may not be read...; nullopt: it can be.
[[nodiscard]] std::optional<std::string> why_unreadable(const std::filesystem::path& file);

/// Reads a file that a configuration names into `text`. The clause that says why there is no text, an
/// empty file's included; nullopt: there is.
[[nodiscard]] std::optional<std::string> read_named_file(const std::filesystem::path& file,
                                                         std::string& text);

/// What the text says; where it is not TOML, its one problem is in `problems`.
[[nodiscard]] Document read_document(std::string_view text, Problems& problems);

/// A value as --set takes it: TOML ("20s", 5, [1, 2], true), or a bare word (20s, lost).
[[nodiscard]] Value read_value(std::string_view text, const Place& place);

} // namespace sipsim::runner
