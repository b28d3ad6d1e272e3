#include "analysis/offload.h"

#include "analysis/curve.h"
#include "analysis/text.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <set>

namespace sipsim::analysis
{
namespace
{

constexpr const char* kProxySteady = "proxy_register_rate_steady";
constexpr const char* kPeakAfter = "register_rate_peak_after";
constexpr const char* kDown = "calls_proxy_down";
constexpr const char* kForgot = "calls_proxy_forgot";

// What makes two points one variant.
constexpr std::array kCompared = std::to_array<const char*>({kProxySteady,
                                                             kSteady,
                                                             "proxy_register_rate_peak",
                                                             kPeakAfter,
                                                             kCalls,
                                                             "calls_reached",
                                                             kDown,
                                                             kForgot,
                                                             "calls_not_registered"});

bool
is_offload(const Axis& axis)
{
    return axis.param.starts_with("proxy.") && axis.param.ends_with(".offload") &&
           std::ranges::count(axis.values, "true") == 1 &&
           std::ranges::count(axis.values, "false") == 1;
}

std::size_t
offload_axis(const Summary& summary)
{
    return static_cast<std::size_t>(std::ranges::find_if(summary.axes, is_offload) -
                                    summary.axes.begin());
}

bool
offloads(const Summary& summary, std::size_t axis, const PointSummary& point)
{
    return summary.axes[axis].values[point.index[axis]] == "true";
}

bool
same(const PointSummary& a, const PointSummary& b)
{
    return std::ranges::all_of(kCompared, [&](const char* name) {
        const auto* left = Summary::find(a, name);
        const auto* right = Summary::find(b, name);
        if (left == nullptr || right == nullptr)
        {
            return left == right;
        }
        return std::ranges::equal(left->by_seed,
                                  right->by_seed,
                                  [](const SeedValue& x, const SeedValue& y) {
                                      return x.seed == y.seed && x.value == y.value;
                                  });
    });
}

// The values that some of the points have, where not all of `among` that can be have them.
std::string
label_of(const Summary& summary,
         const std::vector<std::size_t>& points,
         const std::vector<std::size_t>& among)
{
    std::string label;
    for (std::size_t axis = 0; axis < summary.axes.size(); ++axis)
    {
        const auto values = [&](const std::vector<std::size_t>& of) {
            std::set<std::size_t> out;
            std::ranges::transform(of, std::inserter(out, out.end()), [&](std::size_t i) {
                return summary.points[i].index[axis];
            });
            return out;
        };
        const auto own = values(points);
        if (axis != offload_axis(summary) && own == values(among))
        {
            continue;
        }
        std::string text;
        for (const auto value : own)
        {
            text += (text.empty() ? "" : " or ") + summary.value_text(axis, value);
        }
        label += (label.empty() ? "" : ", ") + summary.axes[axis].label + " = " + text;
    }
    return label;
}

const PointSummary&
first_of(const Summary& summary, const Group& variant)
{
    return summary.points[variant.points.front()];
}

// Null if no proxy fails.
const FaultWindow*
proxy_outage(const PointSummary& point)
{
    const auto at = std::ranges::find_if(point.faults, [](const FaultWindow& fault) {
        return fault.target.starts_with("proxy:");
    });
    return at == point.faults.end() ? nullptr : &*at;
}

struct Sides
{
    std::vector<const Group*> off;
    std::vector<const Group*> on;
};

Sides
sides_of(const Summary& summary)
{
    Sides out;
    const auto axis = offload_axis(summary);
    for (const auto& variant : summary.offload_variants)
    {
        (offloads(summary, axis, first_of(summary, variant)) ? out.on : out.off)
            .push_back(&variant);
    }
    return out;
}

// ", device_expires = 60 s" of "offload = true, device_expires = 60 s".
std::string
rest_of(const Group& variant)
{
    const auto comma = variant.label.find(", ");
    return comma == std::string::npos ? std::string() : variant.label.substr(comma + 2);
}

std::string
where(const Group& variant)
{
    const auto rest = rest_of(variant);
    return rest.empty() ? rest : " (" + rest + ")";
}

// The least and the greatest of a metric over the variants: "334 [..] (device_expires = 120 s) to 415 (60 s)".
std::string
between(const Summary& summary, const std::vector<const Group*>& variants, const std::string& name)
{
    std::vector<const Group*> known;
    std::ranges::copy_if(variants, std::back_inserter(known), [&](const Group* variant) {
        return mean_of(first_of(summary, *variant), name) != nullptr;
    });
    if (known.empty())
    {
        return {};
    }
    const auto mean = [&](const Group* v) { return mean_of(first_of(summary, *v), name)->mean; };
    const auto text = [&](const Group* v) {
        return estimate_text(*mean_of(first_of(summary, *v), name));
    };
    const auto [low, high] = std::ranges::minmax_element(known, {}, mean);
    return mean(*low) == mean(*high)
               ? text(*low)
               : text(*low) + where(**low) + " to " + text(*high) + where(**high);
}

// "25.5 REGISTER/s reach the proxy and 1.11 the registrar, 23.0 times fewer"
std::string
spared_sentence(const Summary& summary, const Sides& sides)
{
    std::vector<std::string> clauses;
    std::set<std::string> said;
    for (const Group* variant : sides.on)
    {
        const auto* in = mean_of(first_of(summary, *variant), kProxySteady);
        const auto* out = mean_of(first_of(summary, *variant), kSteady);
        if (in == nullptr || out == nullptr || out->mean <= 0.0)
        {
            continue;
        }
        if (!said.insert(number_text(in->mean) + "/" + number_text(out->mean)).second)
        {
            continue;
        }
        const bool first = clauses.empty(); // the words are said once
        clauses.push_back((first ? "with offload the proxy takes " : "") + estimate_text(*in) +
                          (first ? " REGISTER/s in steady state and lets " : " and ") +
                          estimate_text(*out) + (first ? " through, " : ", ") +
                          number_text(in->mean / out->mean) + " times fewer" + where(*variant));
    }
    if (clauses.empty())
    {
        return {};
    }
    const auto plain = between(summary, sides.off, kSteady);
    clauses.push_back(plain.empty() ? plain : "without it both see " + plain);
    return joined(clauses);
}

std::string
return_sentence(const Summary& summary, const Sides& sides)
{
    const auto with = between(summary, sides.on, kPeakAfter);
    if (proxy_outage(first_of(summary, *sides.on.front())) == nullptr || with.empty())
    {
        return {};
    }
    const auto ratio = [&](const Group* variant) {
        const auto* peak = mean_of(first_of(summary, *variant), kPeakAfter);
        const auto* steady = mean_of(first_of(summary, *variant), kSteady);
        return peak != nullptr && steady != nullptr && steady->mean > 0.0
                   ? peak->mean / steady->mean
                   : 0.0;
    };
    const auto [low, high] = std::ranges::minmax(sides.on, {}, ratio);
    const auto least = number_text(ratio(low));
    const auto most = number_text(ratio(high));
    const auto without = between(summary, sides.off, kPeakAfter);
    return joined({"when the proxy is back, the registrar's busiest second brings " + with +
                       " REGISTER with offload, " +
                       (least == most ? least : least + " to " + most) + " times its steady rate",
                   without.empty() ? without : "without offload " + without});
}

std::string
death_sentence(const Summary& summary, const Sides& sides)
{
    std::vector<const Group*> all = sides.off;
    all.insert(all.end(), sides.on.begin(), sides.on.end());
    std::erase_if(all, [&](const Group* variant) {
        const auto& point = first_of(summary, *variant);
        return mean_of(point, kDown) == nullptr || mean_of(point, kForgot) == nullptr ||
               proxy_outage(point) == nullptr;
    });
    if (all.empty())
    {
        return {};
    }
    const auto forgot = [&](const Group* v) {
        return mean_of(first_of(summary, *v), kForgot)->mean;
    };
    const Group* worst = *std::ranges::max_element(all, {}, forgot);
    const auto& point = first_of(summary, *worst);
    if (forgot(worst) <= 0.0)
    {
        return {};
    }
    const auto& down = *mean_of(point, kDown);
    const auto& fault = *proxy_outage(point);
    std::vector<std::string> clauses{
        "the proxy's outage of " + duration_text(fault.end_s - fault.start_s) + " loses " +
        estimate_text(down) + " calls, and flows it has forgotten lose another " +
        estimate_text(*mean_of(point, kForgot)) +
        (down.mean > 0.0 ? ", " + number_text(forgot(worst) / down.mean) + " times as many" : "") +
        ", where " + worst->label};
    for (const auto* side : {&sides.off, &sides.on})
    {
        std::vector<const Group*> others;
        std::ranges::copy_if(*side, std::back_inserter(others), [&](const Group* variant) {
            return variant != worst && std::ranges::find(all, variant) != all.end();
        });
        const auto text = between(summary, others, kForgot);
        clauses.push_back(
            text.empty() ? text
                         : text + (others.size() == 1
                                       ? " where " + others.front()->label
                                       : std::string(side == &sides.on ? " with offload"
                                                                       : " else without offload")));
    }
    return joined(clauses);
}

} // namespace

std::vector<Group>
offload_variants_of(const Summary& summary)
{
    const auto axis = offload_axis(summary);
    if (axis == summary.axes.size())
    {
        return {};
    }
    std::vector<Group> out;
    std::array<std::vector<std::size_t>, 2> sides; // without, with offload
    for (std::size_t index = 0; index < summary.points.size(); ++index)
    {
        const auto& point = summary.points[index];
        if (Summary::find(point, kProxySteady) != nullptr)
        {
            sides[offloads(summary, axis, point) ? 1 : 0].push_back(index);
        }
    }
    if (sides[0].empty() || sides[1].empty())
    {
        return {};
    }
    for (const auto& side : sides)
    {
        const auto first = out.size();
        for (const auto index : side)
        {
            const auto at =
                std::find_if(out.begin() + static_cast<std::ptrdiff_t>(first),
                             out.end(),
                             [&](const Group& variant) {
                                 return same(first_of(summary, variant), summary.points[index]);
                             });
            if (at == out.end())
            {
                out.push_back({.label = {}, .points = {index}});
            }
            else
            {
                at->points.push_back(index);
            }
        }
        for (auto at = out.begin() + static_cast<std::ptrdiff_t>(first); at != out.end(); ++at)
        {
            at->label = label_of(summary, at->points, side);
        }
    }
    return out;
}

std::vector<std::string>
offload_sentences(const Summary& summary)
{
    if (summary.offload_variants.empty())
    {
        return {};
    }
    const Sides sides = sides_of(summary);
    std::vector<std::string> out{spared_sentence(summary, sides),
                                 return_sentence(summary, sides),
                                 death_sentence(summary, sides)};
    std::erase(out, std::string());
    return out;
}

} // namespace sipsim::analysis
