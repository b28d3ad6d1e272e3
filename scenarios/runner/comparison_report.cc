#include "scenarios/runner/comparison_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <tuple>
#include <vector>

namespace sipsim::runner
{

using analysis::Aspect;
using analysis::Check;
using analysis::MetricComparison;
using analysis::Verdict;

namespace
{

std::string
unit_text(const std::string& unit)
{
    return unit == "1" || unit.empty() ? "" : " " + unit;
}

/// "20.3 s -> 21.4 s", or "0 of 20 -> 7 of 20 runs".
std::string
sides_text(const Check& check, const std::string& unit)
{
    if (check.aspect == Aspect::kValue)
    {
        return fmt::format("{:.4g} -> {:.4g}{}",
                           check.base_mean,
                           check.changed_mean,
                           unit_text(unit));
    }
    return fmt::format("{} of {} -> {} of {} runs",
                       check.base.k,
                       check.base.n,
                       check.changed.k,
                       check.changed.n);
}

/// "+1.05 [0.98, 1.12], +5.2 %"; of counts in per cents of the runs.
std::string
difference_text(const Check& check)
{
    const double scale = check.aspect == Aspect::kValue ? 1 : 100;
    std::string text = fmt::format("{:+.4g}", check.difference * scale);
    if (check.interval)
    {
        text += fmt::format(" [{:.4g}, {:.4g}]",
                            check.interval->low * scale,
                            check.interval->high * scale);
    }
    if (check.aspect != Aspect::kValue)
    {
        return text + " % of runs";
    }
    const auto relative = check.relative();
    return relative ? text + fmt::format(", {:+.2g} %", *relative * 100) : text;
}

/// "sign-flip, 20 pairs, p = 6e-05"; p after Holm's correction.
std::string
test_text(const Check& check)
{
    const std::string runs = check.paired
                                 ? fmt::format("{} pairs", check.base.n)
                                 : fmt::format("{} and {} runs", check.base.n, check.changed.n);
    return check.verdict == Verdict::kIdentical
               ? runs
               : fmt::format("{}, {}, p = {:.2g}{}",
                             text_of(check.method),
                             runs,
                             check.adjusted_p,
                             check.fewer_reach ? ", but fewer runs reach it" : "");
}

std::string
name_text(const std::string& metric, const Check& check)
{
    return check.aspect == Aspect::kValue ? metric : metric + " " + text_of(check.aspect);
}

std::string
line_of(const MetricComparison& metric, const Check& check)
{
    return fmt::format("  {:<13} {:<28} {}   {}   {}",
                       text_of(check.verdict),
                       name_text(metric.metric, check),
                       sides_text(check, metric.info.unit),
                       difference_text(check),
                       test_text(check));
}

bool
speaks(Verdict verdict)
{
    return verdict >= Verdict::kUndecided;
}

std::string
list_text(const char* what, const std::vector<std::string>& names)
{
    return names.empty() ? "" : fmt::format("{}: {}\n", what, fmt::join(names, ", "));
}

/// For XML 1.0: markup escaped, characters it cannot hold left out.
std::string
xml(std::string_view text)
{
    std::string out;
    for (const char c : text)
    {
        switch (c)
        {
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '&':
            out += "&amp;";
            break;
        case '"':
            out += "&quot;";
            break;
        default:
            out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
        }
    }
    return out;
}

std::string
testcase(const std::string& of, const std::string& name, const std::string& content)
{
    const auto head =
        fmt::format("    <testcase classname=\"{}\" name=\"{}\" time=\"0\"", xml(of), xml(name));
    return content.empty() ? head + "/>\n" : head + ">\n" + content + "    </testcase>\n";
}

std::string
skipped(const std::string& why)
{
    return fmt::format("      <skipped message=\"{}\"/>\n", xml(why));
}

nlohmann::json
check_json(const Check& check)
{
    using nlohmann::json;
    const auto side = [](const analysis::Count& count, double mean) {
        return json{{"runs", count.n}, {"count", count.k}, {"mean", mean}};
    };
    const auto relative = check.relative();
    return {{"aspect", text_of(check.aspect)},
            {"test", text_of(check.method)},
            {"paired", check.paired},
            {"base", side(check.base, check.base_mean)},
            {"new", side(check.changed, check.changed_mean)},
            {"difference", check.difference},
            {"interval", check.interval ? json{check.interval->low, check.interval->high} : json()},
            {"relative", relative ? json(*relative) : json()},
            {"d", check.d ? json(*check.d) : json()},
            {"p", check.p},
            {"p_holm", check.adjusted_p},
            {"fewer_reach", check.fewer_reach},
            {"verdict", text_of(check.verdict)}};
}

nlohmann::json
set_json(const analysis::RunSet& set)
{
    return {{"source", set.source},
            {"experiment", set.experiment},
            {"carrier", set.carrier},
            {"version", set.version},
            {"config_hash", set.config_hash},
            {"content_hash", set.content_hash},
            {"runs", set.runs()}};
}

constexpr std::array kVerdicts{Verdict::kWorse,
                               Verdict::kChanged,
                               Verdict::kBetter,
                               Verdict::kUndecided,
                               Verdict::kSmall,
                               Verdict::kNoDifference,
                               Verdict::kIdentical};

std::string
identical_text(const ComparisonReport& report)
{
    const auto& hash = report.base.content_hash;
    const auto& other = report.changed.content_hash;
    std::string text =
        fmt::format("Identical: {} runs with equal fingerprints and metrics", report.base.runs());
    if (!hash.empty() && !other.empty())
    {
        text += hash == other ? fmt::format(" (content {:.16})", hash)
                              : ", though series or histograms differ";
    }
    return text + ".";
}

/// "time_to_99 goes 280.6 -> 297.1 s (+16.54 [14.15, 18.93], +5.9 %; sign-flip, 20 pairs, p = 4.6e-05) at a=1"
std::string
clause_of(const analysis::Comparison& comparison,
          const MetricComparison& metric,
          const Check& check)
{
    const auto& label = comparison.points[metric.point].label;
    return fmt::format("{} goes {} ({}; {}){}",
                       name_text(metric.metric, check),
                       sides_text(check, metric.info.unit),
                       difference_text(check),
                       test_text(check),
                       label == "-" ? "" : " at " + label);
}

} // namespace

std::string
OpenQuestion::name() const
{
    return name_text(metric->metric, *check) + (check->fewer_reach ? " (fewer runs reach it)" : "");
}

bool
ComparisonReport::fails(Verdict verdict) const
{
    return verdict == Verdict::kWorse || (verdict == Verdict::kChanged && !only_worse);
}

bool
ComparisonReport::failed() const
{
    return std::ranges::any_of(comparison.metrics,
                               [&](const auto& metric) { return fails(metric.verdict); });
}

std::vector<OpenQuestion>
ComparisonReport::open_questions() const
{
    std::vector<OpenQuestion> out;
    if (failed())
    {
        return out;
    }
    const bool nothing_decided = std::ranges::none_of(comparison.metrics, [](const auto& metric) {
        return metric.verdict != Verdict::kUndecided && metric.verdict != Verdict::kIdentical;
    });
    for (const auto& metric : comparison.metrics)
    {
        for (const auto& check : metric.checks)
        {
            if (check.verdict == Verdict::kUndecided && (nothing_decided || check.lost_in_all()))
            {
                out.push_back({.metric = &metric, .check = &check});
            }
        }
    }
    std::ranges::stable_sort(out, std::ranges::greater{}, [](const OpenQuestion& question) {
        const Check& check = *question.check;
        return std::tuple{check.lost_in_all(), -check.adjusted_p, check.relative_size()};
    });
    return out;
}

std::string
ComparisonReport::finding() const
{
    const auto& c = comparison;
    if (c.identical)
    {
        return identical_text(*this);
    }
    const std::string family =
        fmt::format("{} comparisons (Holm over all of them, family level {:.3g} %)",
                    c.family,
                    c.alpha * 100);
    std::string open;
    if (const std::size_t small = c.count(Verdict::kSmall); small > 0)
    {
        open = fmt::format("; {} differ by less than {:.3g} %", small, c.least * 100);
    }
    if (const std::size_t undecided = c.count(Verdict::kUndecided); undecided > 0)
    {
        open += fmt::format("; {} undecided for want of runs", undecided);
    }
    const auto counted = fmt::format("of {}, {} metrics are worse, {} changed, {} better{}.",
                                     family,
                                     c.count(Verdict::kWorse),
                                     c.count(Verdict::kChanged),
                                     c.count(Verdict::kBetter),
                                     open);
    if (const auto questions = open_questions(); !questions.empty())
    {
        const auto& [metric, check] = questions.front();
        return fmt::format("Undecided: {}; {}", clause_of(c, *metric, *check), counted);
    }
    const auto foremost = c.foremost();
    if (!foremost)
    {
        return c.family == 0 ? "No difference: every metric is equal in all runs."
                             : fmt::format("No difference in {}{}.", family, open);
    }
    const auto& metric = c.metrics[*foremost];
    return fmt::format("{}: {}; {}",
                       c.count(Verdict::kWorse) > 0 ? "Worse"
                       : failed()                   ? "Changed"
                                                    : "No regression",
                       clause_of(c, metric, *decisive(metric)),
                       counted);
}

std::string
ComparisonReport::table(bool all) const
{
    std::string text;
    for (std::size_t i = 0; i < comparison.points.size(); ++i)
    {
        const auto& point = comparison.points[i];
        std::string lines;
        for (const auto& metric : comparison.metrics)
        {
            for (const auto& check : metric.checks)
            {
                if (metric.point == i && (all || speaks(check.verdict)))
                {
                    lines += line_of(metric, check) + "\n";
                }
            }
        }
        if (lines.empty())
        {
            continue;
        }
        text += point.paired ? fmt::format("{}: {} pairs of one seed, {} with equal fingerprints\n",
                                           point.label,
                                           point.shared,
                                           point.same_path)
                             : fmt::format("{}: {} and {} runs, not paired ({} seeds shared)\n",
                                           point.label,
                                           point.base_runs,
                                           point.changed_runs,
                                           point.shared);
        text += lines;
    }
    text += list_text("only in BASE, points", comparison.only_base_points);
    text += list_text("only in NEW, points", comparison.only_changed_points);
    text += list_text("only in BASE, metrics", comparison.only_base_metrics);
    text += list_text("only in NEW, metrics", comparison.only_changed_metrics);
    return text;
}

nlohmann::json
ComparisonReport::json() const
{
    using nlohmann::json;
    const auto& c = comparison;
    json out{{"base", set_json(base)},
             {"new", set_json(changed)},
             {"alpha", c.alpha},
             {"least", c.least},
             {"family", c.family},
             {"identical", c.identical},
             {"failed", failed()},
             {"undecided", !open_questions().empty()},
             {"finding", finding()},
             {"only_base", {{"points", c.only_base_points}, {"metrics", c.only_base_metrics}}},
             {"only_new", {{"points", c.only_changed_points}, {"metrics", c.only_changed_metrics}}},
             {"counts", json::object()},
             {"points", json::array()},
             {"metrics", json::array()}};
    for (const Verdict verdict : kVerdicts)
    {
        out["counts"][text_of(verdict)] = c.count(verdict);
    }
    for (const auto& point : c.points)
    {
        out["points"].push_back({{"point", point.label},
                                 {"paired", point.paired},
                                 {"base_runs", point.base_runs},
                                 {"new_runs", point.changed_runs},
                                 {"shared_seeds", point.shared},
                                 {"equal_fingerprints", point.same_path}});
    }
    for (const auto& metric : c.metrics)
    {
        json checks = json::array();
        std::ranges::transform(metric.checks, std::back_inserter(checks), check_json);
        out["metrics"].push_back({{"point", c.points[metric.point].label},
                                  {"metric", metric.metric},
                                  {"unit", metric.info.unit},
                                  {"better", metric.info.better},
                                  {"verdict", text_of(metric.verdict)},
                                  {"checks", checks}});
    }
    return out;
}

std::string
ComparisonReport::junit() const
{
    std::string cases;
    std::size_t failures = 0;
    std::size_t skips = 0;
    for (const auto& metric : comparison.metrics)
    {
        const Check& check = *decisive(metric);
        std::string content;
        if (fails(metric.verdict))
        {
            ++failures;
            content = fmt::format("      <failure type=\"{}\" message=\"{}\"/>\n",
                                  text_of(metric.verdict),
                                  xml(line_of(metric, check).substr(2)));
        }
        else if (metric.verdict == Verdict::kUndecided)
        {
            ++skips;
            content = skipped(line_of(metric, check).substr(2));
        }
        cases += testcase(comparison.points[metric.point].label, metric.metric, content);
    }
    const auto only = [&](const auto& names, const char* side, bool points) {
        for (const std::string& name : names)
        {
            ++skips;
            cases += testcase(points ? name : "-",
                              points ? "all metrics" : name,
                              skipped(fmt::format("only in {}", side)));
        }
    };
    only(comparison.only_base_points, "BASE", true);
    only(comparison.only_changed_points, "NEW", true);
    only(comparison.only_base_metrics, "BASE", false);
    only(comparison.only_changed_metrics, "NEW", false);
    const auto counts = fmt::format(
        "tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\" time=\"0\"",
        comparison.metrics.size() + comparison.only_base_points.size() +
            comparison.only_changed_points.size() + comparison.only_base_metrics.size() +
            comparison.only_changed_metrics.size(),
        failures,
        skips);
    return fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                       "<testsuites name=\"sipsim compare\" {0}>\n"
                       "  <testsuite name=\"{1}\" {0}>\n{2}"
                       "    <system-out>{3}</system-out>\n  </testsuite>\n</testsuites>\n",
                       counts,
                       xml(changed.experiment),
                       cases,
                       xml(finding()));
}

} // namespace sipsim::runner
