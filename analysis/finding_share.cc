#include "analysis/finding_share.h"

#include "analysis/text.h"

#include <algorithm>
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

// "100 %" of the point that falls lowest, or "between 34.0 and 100 %" where the sentence is about all points
// and they do not begin alike.
std::string
before_text(const Curve& curve, const PointSummary& lowest, bool of_lowest)
{
    double low = mean_of(lowest, kShareBefore)->mean;
    double high = low;
    for (const auto* point : curve.points)
    {
        if (const auto* before = mean_of(*point, kShareBefore); before != nullptr && !of_lowest)
        {
            low = std::min(low, before->mean);
            high = std::max(high, before->mean);
        }
    }
    return (high - low < 0.005 ? "" : "between " + number_text(low * 100.0) + " and ") +
           number_text(high * 100.0) + " %";
}

} // namespace

std::string
share_sentence(const Curve& curve)
{
    const auto share = [](const PointSummary* p) { return mean_of(*p, kShareMin)->mean; };
    const auto stays = [&share](const PointSummary* p) {
        const auto* before = mean_of(*p, kShareBefore);
        return before != nullptr && share(p) >= before->mean - 5e-4;
    };
    const auto* lowest = *std::ranges::min_element(curve.points, {}, share);
    const auto* highest = *std::ranges::max_element(curve.points, {}, share);
    if (std::ranges::all_of(curve.points, stays))
    {
        return joined({curve.prefix + "the registered share stays at " +
                       estimate_text(*mean_of(*lowest, kShareMin), 100.0, "%")});
    }
    const bool spread = curve.swept() && share(highest) - share(lowest) >= 0.005;
    const auto* before = mean_of(*lowest, kShareBefore);
    // Without a fault there is nothing it falls from.
    std::string text =
        curve.prefix + (before != nullptr ? "the registered share falls from " +
                                                before_text(curve, *lowest, spread) + " to "
                                          : "the registered share is at least ");
    text += estimate_text(*mean_of(*lowest, kShareMin), 100.0, "%");
    if (spread)
    {
        text += (before != nullptr ? " at its lowest for " : " for ") + curve.axis().label + " " +
                curve.at(*lowest) + ", " + (before != nullptr ? "to " : "") +
                estimate_text(*mean_of(*highest, kShareMin), 100.0, "%") + " for " +
                curve.at(*highest);
    }
    else if (curve.swept())
    {
        text += ", whatever the " + curve.axis().label + " " + curve.span();
    }
    return joined({text, unregistered_clause(curve)});
}

} // namespace sipsim::analysis
