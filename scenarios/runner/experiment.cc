#include "scenarios/runner/experiment.h"

#include "model/base/draw.h"
#include "model/base/nearest.h"
#include "scenarios/runner/config_document.h"
#include "scenarios/runner/config_live.h"
#include "scenarios/runner/config_points.h"
#include "scenarios/runner/config_profile.h"
#include "scenarios/runner/config_world.h"
#include "scenarios/runner/sweep.h"

#include <nettle/sha2.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <stdexcept>

namespace sipsim::runner
{

namespace
{

// What a setting decides about results: keys that only name, limit or show are not among it.
bool
decides_results(const Section& section, const Setting& setting)
{
    static const std::set<std::pair<std::string_view, std::string_view>> kNot{
        {"experiment", "name"},
        {"experiment", "pcap"},
        {"experiment", "run_timeout"},
        {"sweep", "limit"},
        {"replications", "count"},
        {"report", "capacity"},
        {"live", "fleet"},
        {"live", "device"},
        {"live", "registrar"},
        {"live", "dns"},
        {"live", "namespace"},
    };
    return !kNot.contains({section.kind, setting.key});
}

std::string
sha256(const std::string& text)
{
    sha256_ctx context;
    sha256_init(&context);
    sha256_update(&context, text.size(), reinterpret_cast<const std::uint8_t*>(text.data()));
    std::array<std::uint8_t, SHA256_DIGEST_SIZE> digest{};
    sha256_digest(&context, digest.size(), digest.data());
    std::string hex;
    for (const std::uint8_t octet : digest)
    {
        constexpr std::string_view kDigits = "0123456789abcdef";
        hex += kDigits[octet >> 4U];
        hex += kDigits[octet & 15U];
    }
    return hex;
}

// The settings that decide results, in an order of their own: layout, comments and the order of keys
// change nothing.
std::string
canonical_text(const Document& document)
{
    std::string text;
    for (const Section& section : document.sections)
    {
        std::vector<std::string> lines;
        for (const Setting& setting : section.settings)
        {
            const bool empty_case = setting.table && setting.key.starts_with("cases.");
            if (decides_results(section, setting) && (!setting.table || empty_case))
            {
                lines.push_back(setting.key + (empty_case ? "" : " = " + written(setting.value)) +
                                '\n');
            }
        }
        if (section.kind != "sweep") // the order of axes is the order of points
        {
            std::ranges::sort(lines);
        }
        text += lines.empty() ? "" : header_of(section.kind) + '\n';
        for (const std::string& line : lines)
        {
            text += line;
        }
    }
    return text;
}

// Files may be called anything, results may not.
std::string
name_from(const std::filesystem::path& file)
{
    std::string name = file.stem().string();
    std::ranges::replace_if(
        name,
        [](unsigned char c) { return std::isalnum(c) == 0 && c != '-' && c != '_'; },
        '-');
    return name.empty() ? "experiment" : name;
}

std::vector<std::string>
section_names()
{
    std::vector<std::string> names;
    for (const SectionSpec& spec : config_sections())
    {
        names.emplace_back(spec.section);
    }
    return names;
}

// Where `key` of the `fleet`-th [[fleet]] was written, or the fleet where it was not.
Place
place_of(const Document& document, std::size_t fleet, std::string_view key)
{
    for (const Section& section : document.sections)
    {
        if (section.kind == "fleet" && fleet-- == 0)
        {
            return section.place_of(key);
        }
    }
    return {};
}

std::optional<std::string>
read_text(const std::filesystem::path& file)
{
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream text;
    if (!std::filesystem::is_regular_file(file) || !stream)
    {
        return std::nullopt;
    }
    text << stream.rdbuf();
    return text.str();
}

} // namespace

class Loader
{
  public:
    Loader(const std::filesystem::path& file,
           const std::vector<Override>& overrides,
           std::optional<std::uint64_t> seed)
        : overrides_(overrides),
          seed_(seed),
          maps_(std::make_shared<Maps>(file.parent_path()))
    {
        experiment_.file = file;
    }

    Checked<Experiment> run()
    {
        const auto text = read_text(experiment_.file);
        if (!text)
        {
            return std::vector<Problem>{{.message = "cannot read this file"}};
        }
        experiment_.text = *text;
        document_ = read_document(*text, problems_);
        if (!problems_.empty())
        {
            return problems_.sorted();
        }
        structure();
        override_settings();
        settings_of_all_runs();
        plan();
        build_all();
        if (!problems_.empty())
        {
            return problems_.sorted();
        }
        experiment_.warnings = warnings_.sorted();
        experiment_.hash_ = identity();
        experiment_.build_ = [document = unswept_, axes = axes_, maps = maps_](const Point& point,
                                                                               std::uint64_t seed) {
            Document own = document;
            apply_point(axes, point, own);
            Findings findings;
            auto world = build_world(own, seed, *maps, findings);
            if (!world)
            {
                throw std::logic_error("a point that was checked gives no world");
            }
            return *std::move(world);
        };
        experiment_.locate_ = [document = unswept_, axes = axes_](const Point& point,
                                                                  std::size_t fleet,
                                                                  std::string_view key,
                                                                  std::string message) {
            Document own = document;
            apply_point(axes, point, own);
            Problems found;
            found.add(place_of(own, fleet, key), std::move(message));
            return found.sorted().front();
        };
        return std::move(experiment_);
    }

  private:
    // Sections must be known and written in the right kind of brackets.
    void structure()
    {
        std::vector<Section> known;
        std::set<std::string, std::less<>> seen;
        for (const Section& section : document_.sections)
        {
            const auto sections = config_sections();
            const auto spec = std::ranges::find(sections, section.kind, &SectionSpec::section);
            if (spec == sections.end())
            {
                unknown_section(section);
                // What it was meant to be is checked all the same.
                if (const auto meant = nearest(section.kind, section_names()))
                {
                    known.push_back(section);
                    known.back().kind = *meant;
                }
                continue;
            }
            if (spec->listed != section.listed)
            {
                problems_.add(section.place,
                              (section.listed ? "there is one " : "there may be several: write ") +
                                  header_of(section.kind) +
                                  (section.listed ? ", in single brackets" : ""));
            }
            if (spec->listed || seen.insert(section.kind).second)
            {
                known.push_back(section);
            }
        }
        document_.sections = std::move(known);
    }

    void unknown_section(const Section& section)
    {
        const std::vector<std::string> sections = section_names();
        std::vector<std::string> keys;
        for (const KeySpec& spec : config_keys())
        {
            keys.push_back(std::string{spec.section} + '.' + std::string{spec.key});
        }
        if (section.kind.empty())
        {
            for (const Setting& setting : section.settings)
            {
                const bool is_section = std::ranges::find(sections, setting.key) != sections.end();
                const std::string hint = did_you_mean(setting.key, keys);
                problems_.add(
                    setting.key_place,
                    is_section
                        ? setting.key + " must be a section: write " + header_of(setting.key)
                        : "unknown key \"" + setting.key + "\" before the first section" + hint);
            }
            return;
        }
        const std::string hint = did_you_mean(section.kind, sections);
        problems_.add(section.place,
                      "unknown section \"" + section.kind + '"' +
                          (hint.empty() ? "; there are " + joined(sections) : hint));
    }

    void override_settings()
    {
        for (const auto& [key, value] : overrides_)
        {
            Place place{.option = "--set "};
            place.option.append(key).append("=").append(value);
            if (const auto target = resolve_path(document_, key, place, problems_))
            {
                write_over(document_, *target, key, read_value(value, place));
            }
        }
        if (seed_)
        {
            const Place place{.option = "--seed " + std::to_string(*seed_)};
            if (const auto target = resolve_path(document_, "experiment.seed", place, problems_))
            {
                write_over(document_,
                           *target,
                           "experiment.seed",
                           {.data = static_cast<std::int64_t>(*seed_), .place = place});
            }
        }
    }

    void settings_of_all_runs()
    {
        const Section section = the_section(document_, "experiment");
        const Values experiment(section, problems_);
        const auto* name = experiment.find<std::string>("name");
        experiment_.name = name == nullptr ? name_from(experiment_.file) : *name;
        experiment_.carrier =
            experiment.get<std::string>("carrier") == "fleet" ? Carrier::kFleet : Carrier::kPacket;
        experiment_.pcap = experiment.get<bool>("pcap");
        experiment_.run_timeout = experiment.get<SimDuration>("run_timeout");
        experiment_.seed = static_cast<std::uint64_t>(experiment.get<std::int64_t>("seed"));
        const Section replications = the_section(document_, "replications");
        experiment_.replications =
            static_cast<std::uint32_t>(Values(replications, problems_).get<std::int64_t>("count"));
        const Section report = the_section(document_, "report");
        const Values report_values(report, problems_);
        if (const auto* capacity = report_values.find<double>("capacity"))
        {
            experiment_.report.capacity = *capacity;
        }
        experiment_.live = read_live(document_, problems_);
    }

    void plan()
    {
        const Section sweep = the_section(document_, "sweep");
        const Values values(sweep, problems_, is_axis_key);
        axes_ = read_axes(document_, problems_);
        experiment_.points =
            plan_points(axes_,
                        experiment_.replications,
                        static_cast<std::uint64_t>(values.get<std::int64_t>("limit")),
                        sweep.place,
                        problems_);
        for (const PlannedAxis& axis : axes_)
        {
            experiment_.axes.push_back(axis.axis);
        }
    }

    // Every point gives a world, or its problems. Without a plan the first values stand for all.
    void build_all()
    {
        unswept_ = document_;
        std::vector<Point> points = experiment_.points;
        if (points.empty())
        {
            points.emplace_back();
        }
        PointFindings found(axes_);
        for (const Point& point : points)
        {
            document_ = unswept_; // a case sets what others leave alone
            apply_point(axes_, point, document_);
            Findings findings;
            (void)build_world(document_, experiment_.seed, *maps_, findings);
            found.add(point, findings);
            if (found.enough())
            {
                break;
            }
        }
        found.tell(problems_, warnings_);
        document_ = unswept_;
        apply_point(axes_, points.front(), document_);
    }

    std::string identity() const
    {
        std::string text = canonical_text(document_);
        text += maps_->texts();
        std::set<std::string> profiles;
        for (const Point& point : experiment_.points)
        {
            Document own = unswept_;
            apply_point(axes_, point, own);
            for (const Section& section : own.sections)
            {
                const Setting* profile = section.find("profile");
                if (profile != nullptr)
                {
                    profiles.insert(std::get<std::string>(profile->value.data));
                }
            }
        }
        for (const std::string& profile : profiles)
        {
            text += maps_->products().get(profile).text + '\n';
        }
        return sha256(text);
    }

    const std::vector<Override>& overrides_;
    std::optional<std::uint64_t> seed_;
    std::shared_ptr<Maps> maps_;
    Document document_;
    std::vector<PlannedAxis> axes_;
    Document unswept_; // as written, --set included; document_ has the first point's values
    Problems problems_;
    Problems warnings_;
    Experiment experiment_;
};

std::uint64_t
Experiment::replication_seed(std::uint32_t r) const
{
    // 53 bits: every reader of results holds such a number exactly.
    constexpr unsigned kDropped = 11;
    return draw_bits({.seed = seed, .device = kServerDevice, .account = 0}, Purpose::kSeed, r) >>
           kDropped;
}

world::World
Experiment::world(const Point& point, std::uint64_t run_seed) const
{
    return build_(point, run_seed);
}

Problem
Experiment::problem_at(const Point& point,
                       std::size_t fleet,
                       std::string_view key,
                       std::string message) const
{
    return locate_(point, fleet, key, std::move(message));
}

std::string
Experiment::hash() const
{
    return hash_;
}

Checked<Experiment>
load(const std::filesystem::path& file,
     const std::vector<Override>& overrides,
     std::optional<std::uint64_t> seed)
{
    return Loader{file, overrides, seed}.run();
}

std::string
format(const std::filesystem::path& file,
       const std::vector<Problem>& problems,
       std::string_view severity)
{
    std::string text;
    for (const Problem& problem : problems)
    {
        text += file.string();
        if (problem.line > 0)
        {
            text += ':' + std::to_string(problem.line) + ':' + std::to_string(problem.column);
        }
        text += ": " + std::string{severity} + ": " + problem.message + '\n';
    }
    return text;
}

} // namespace sipsim::runner
