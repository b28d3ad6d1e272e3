#include "analysis/finding_share.h"

#include "analysis/text.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace sipsim::analysis
{
namespace
{

// "unregistered time adds up to 12.0 account-hours [11.3, 12.8] (1 s) to 54.2 ... (1200 s)"
std::string
unregistered_clause(const Curve& curve)
{
    std::vector<const PointSummary*> known;
    std::ranges::copy_if(curve.points, std::back_inserter(known), [](const auto* point) {
        return mean_of(*point, kUnregistered) != nullptr;
    });
    if (known.empty())
    {
        return {};
    }
    const auto time = [](const PointSummary* p) { return mean_of(*p, kUnregistered)->mean; };
    const auto text = [](const PointSummary& p) {
        return estimate_text(*mean_of(p, kUnregistered), 1.0 / 3600.0, "account-hours");
    };
    const auto& few = **std::ranges::min_element(known, {}, time);
    const auto& many = **std::ranges::max_element(known, {}, time);
    std::string head = "unregistered time adds up to " + text(few);
    if (!curve.swept() || time(&many) <= 1.01 * time(&few))
    {
        return head;
    }
    return head + " (" + curve.at(few) + ") to " + text(many) + " (" + curve.at(many) + ")";
}

const MeanEstimate&
before_of(const PointSummary& point)
{
    return *mean_of(point, kShareBefore);
}

bool
alike(const PointSummary& a, const PointSummary& b)
{
    return std::abs(before_of(a).mean - before_of(b).mean) < 0.005;
}

// The smallest share from the fault on: finding_share.h's sentence is about that.
const MeanEstimate&
lowest_of(const PointSummary& point)
{
    return *point.share_from_fault->estimate.mean;
}

bool
stays(const PointSummary& point)
{
    return lowest_of(point).mean >= before_of(point).mean - 5e-4;
}

std::string
percent(const MeanEstimate& share)
{
    return estimate_text(share, 100.0, "%");
}

std::string
before_text(const PointSummary& point)
{
    return number_text(100.0 * before_of(point).mean) + " %";
}

std::string
whatever(const Curve& curve)
{
    return curve.swept() ? ", whatever the " + curve.axis().label + " " + curve.span()
                         : std::string();
}

// "falls from 100 % to 83.7 %, whatever the ..."; from "between 40.0 and 100 %" where the points begin apart.
std::string
one_text(const Curve& curve, const PointSummary& lowest)
{
    if (std::ranges::all_of(curve.points, [](const auto* point) { return stays(*point); }))
    {
        return "stays at " + percent(lowest_of(lowest));
    }
    const auto before = [](const PointSummary* point) { return before_of(*point).mean; };
    const auto [low, high] = std::ranges::minmax(curve.points, {}, before);
    const std::string from = alike(*low, *high) ? before_text(lowest)
                                                : "between " + number_text(100.0 * before(low)) +
                                                      " and " + before_text(*high);
    return "falls from " + from + " to " + percent(lowest_of(lowest)) + whatever(curve);
}

// "falls from 100 % to 0 % at its lowest for case a, from 50.0 % to 25.2 % for b": each from its own.
std::string
ends_text(const Curve& curve, const PointSummary& lowest, const PointSummary& highest)
{
    const std::string low = percent(lowest_of(lowest));
    const std::string key = " for " + curve.axis().label + " " + curve.at(lowest);
    std::string text =
        stays(lowest) ? "stays at " + low + key
                      : "falls from " + before_text(lowest) + " to " + low + " at its lowest" + key;
    const std::string high = percent(lowest_of(highest)) + " for " + curve.at(highest);
    if (stays(highest))
    {
        return text + " and stays at " + high;
    }
    text += stays(lowest) ? " and falls" : ",";
    text += stays(lowest) || !alike(lowest, highest) ? " from " + before_text(highest) : "";
    return text + " to " + high;
}

// "98.0 % [97.6, 98.4] for case a, 100 % ... for b"; one share where they are alike.
std::string
range_text(const Curve& curve, const char* metric)
{
    const auto share = [&](const PointSummary* p) { return mean_of(*p, metric)->mean; };
    const auto [lowest, highest] = std::ranges::minmax(curve.points, {}, share);
    const auto text = [&](const PointSummary& p) { return percent(*mean_of(p, metric)); };
    if (curve.swept() && share(highest) - share(lowest) >= 0.005)
    {
        return text(*lowest) + " for " + curve.axis().label + " " + curve.at(*lowest) + ", " +
               text(*highest) + " for " + curve.at(*highest);
    }
    return text(*lowest) + whatever(curve);
}

bool
all_have(const Curve& curve, const char* metric)
{
    return std::ranges::all_of(curve.points, [&](const PointSummary* point) {
        return mean_of(*point, metric) != nullptr;
    });
}

// Without a fault, or where no series tells what was before it, there is nothing to fall from: the least, unless
// that is how a fleet begins, none, and what it comes to.
std::string
least_sentence(const Curve& curve)
{
    const bool begins_with_none = std::ranges::all_of(curve.points, [](const PointSummary* point) {
        return mean_of(*point, kShareMin)->mean < 0.005;
    });
    if (begins_with_none && all_have(curve, kShareEnd))
    {
        return curve.prefix + "at the end the registered share is " + range_text(curve, kShareEnd);
    }
    return curve.prefix + "the registered share is at least " + range_text(curve, kShareMin);
}

} // namespace

std::string
share_sentence(const Curve& curve)
{
    const bool told = std::ranges::all_of(curve.points, [](const PointSummary* point) {
        return mean_of(*point, kShareBefore) != nullptr && point->share_from_fault &&
               point->share_from_fault->estimate.mean;
    });
    if (!told)
    {
        return joined({least_sentence(curve), unregistered_clause(curve)});
    }
    const auto share = [](const PointSummary* point) { return lowest_of(*point).mean; };
    const auto& lowest = **std::ranges::min_element(curve.points, {}, share);
    const auto& highest = **std::ranges::max_element(curve.points, {}, share);
    const bool spread = curve.swept() && share(&highest) - share(&lowest) >= 0.005;
    const std::string text = spread ? ends_text(curve, lowest, highest) : one_text(curve, lowest);
    const bool calm = std::ranges::all_of(curve.points, [](const auto* p) { return stays(*p); });
    return joined({curve.prefix + "the registered share " + text,
                   calm ? std::string() : unregistered_clause(curve)});
}

} // namespace sipsim::analysis
