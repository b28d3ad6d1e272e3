#include "analysis/call_table.h"

#include "analysis/curve.h"
#include "analysis/text.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

namespace sipsim::analysis
{
namespace
{

constexpr double kAll = 0.999; // less than one call in a thousand is lost
constexpr std::size_t kPageWidth = 120;

struct Reason
{
    const char* metric;
    const char* words;
};

// Every class of a call that is not reached (model/world/facts.h; a test compares).
constexpr std::array kReasons = std::to_array<Reason>({
    {"calls_nat_private", "private contact"},
    {"calls_nat_expired", "mapping expired"},
    {"calls_nat_forgotten", "mapping forgotten"},
    {"calls_nat_filtered", "filtered"},
    {"calls_nat_wrong_port", "wrong port"},
    {"calls_not_registered", "not registered"},
    {"calls_no_binding_here", "registered elsewhere"},
    {"calls_stale", "stale"},
    {"calls_registrar_down", "registrar down"},
    {"calls_proxy_down", "proxy down"},
    {"calls_proxy_forgot", "flow forgotten"},
    {"calls_lost", "path cut"},
});

double
total(const PointSummary& point, const std::string& metric)
{
    const auto* found = Summary::find(point, metric);
    double sum = 0.0;
    for (const auto& run : found != nullptr ? found->by_seed : std::vector<SeedValue>{})
    {
        sum += run.value;
    }
    return sum;
}

CallCell
cell_of(const PointSummary& point)
{
    const double offered = total(point, "calls_offered");
    CallCell cell{.reached = total(point, "calls_reached") / offered};
    for (const Reason& reason : kReasons)
    {
        if (const double share = total(point, reason.metric) / offered; share > cell.share)
        {
            cell.reason = reason.words;
            cell.share = share;
        }
    }
    return cell;
}

bool
is_nat_type(const Axis& axis)
{
    return axis.param.starts_with("nat.") && axis.param.ends_with(".type") &&
           axis.values.size() > 1;
}

// What the value of a parameter is called at the head of a column; "none" of a proxy is silent beside others.
std::string
head_of(const Summary& summary, std::size_t axis, std::size_t value)
{
    static const std::map<std::string, std::string> kModes{{"keepalive", "keep-alive"},
                                                           {"stun", "STUN"},
                                                           {"vpn", "VPN"}};
    const Axis& of = summary.axes[axis];
    const std::string& text = of.values[value];
    if (of.param.ends_with(".nat.traversal"))
    {
        const auto mode = kModes.find(text);
        return mode == kModes.end() ? text : mode->second;
    }
    if (of.param.ends_with(".proxy"))
    {
        const std::string name = of.values.size() > 2 ? "proxy " + text : "proxy";
        return text == "none" ? "" : "+ " + name;
    }
    return of.label + " = " + summary.value_text(axis, value);
}

// The place of a column: the point's values on all axes but the rows'.
std::vector<std::size_t>
column_key(const PointSummary& point, std::size_t row_axis)
{
    auto key = point.index;
    key[row_axis] = 0;
    return key;
}

std::string
column_head(const Summary& summary, const std::vector<std::size_t>& key, std::size_t row_axis)
{
    std::string head;
    for (std::size_t axis = 0; axis < key.size(); ++axis)
    {
        const bool swept = axis != row_axis && summary.axes[axis].values.size() > 1;
        if (const auto words = swept ? head_of(summary, axis, key[axis]) : std::string();
            !words.empty())
        {
            const bool plain = words.starts_with("+ ") || head.empty();
            head += (plain ? (head.empty() ? "" : " ") : ", ") + words;
        }
    }
    return head.empty() ? "no proxy" : head.starts_with("+ ") ? head.substr(2) : head;
}

// Never "100 %" of what is not all.
std::string
share_text(double share)
{
    const auto text = number_text(100.0 * share);
    return (share < 1.0 && text.starts_with("100") ? ">99.9" : text) + " %";
}

// "a", "a and b", "a, b and c"
std::string
listed(const std::vector<std::string>& words)
{
    std::string out;
    for (std::size_t i = 0; i < words.size(); ++i)
    {
        out += (i == 0 ? "" : i + 1 == words.size() ? " and " : ", ") + words[i];
    }
    return out;
}

using Cells = std::vector<std::pair<std::size_t, CallCell>>; // by row

// Columns that fail behind the same types for the same reasons.
struct Alike
{
    std::vector<std::string> heads;
    Cells reached;
    Cells failed;
};

std::vector<Alike>
alike_columns(const CallTable& table)
{
    std::vector<std::pair<std::vector<std::pair<std::size_t, std::string>>, Alike>> found;
    for (std::size_t column = 0; column < table.columns.size(); ++column)
    {
        Alike one{.heads = {table.columns[column]}, .reached = {}, .failed = {}};
        std::vector<std::pair<std::size_t, std::string>> key;
        for (std::size_t row = 0; row < table.rows.size(); ++row)
        {
            if (const auto& cell = table.cells[row][column])
            {
                const bool through = cell->reached >= kAll;
                (through ? one.reached : one.failed).emplace_back(row, *cell);
                key.emplace_back(row, through ? "" : cell->reason);
            }
        }
        const auto at = std::ranges::find(found, key, &decltype(found)::value_type::first);
        if (at == found.end())
        {
            found.emplace_back(std::move(key), std::move(one));
            continue;
        }
        at->second.heads.push_back(table.columns[column]);
        auto& failed = at->second.failed;
        failed.insert(failed.end(), one.failed.begin(), one.failed.end());
    }
    std::vector<Alike> out;
    for (auto& [key, columns] : found)
    {
        out.push_back(std::move(columns));
    }
    std::ranges::stable_sort(out, std::ranges::greater{}, [](const Alike& a) {
        return a.reached.size();
    });
    return out;
}

// "mapping expired 98.2 to 99.2 %", the reasons of the cells, most frequent first.
std::string
reasons_text(const Cells& cells)
{
    std::vector<std::pair<std::string, std::vector<double>>> by_reason;
    for (const auto& [row, cell] : cells)
    {
        auto at = std::ranges::find(by_reason,
                                    cell.reason,
                                    &std::pair<std::string, std::vector<double>>::first);
        at = at == by_reason.end() ? by_reason.insert(at, {cell.reason, {}}) : at;
        at->second.push_back(cell.share);
    }
    std::ranges::stable_sort(by_reason, std::ranges::greater{}, [](const auto& entry) {
        return entry.second.size();
    });
    std::vector<std::string> out;
    for (const auto& [reason, shares] : by_reason)
    {
        const auto [low, high] = std::ranges::minmax(shares);
        const auto least = share_text(low);
        const bool same = least == share_text(high);
        out.push_back(
            reason + " " +
            (same ? least : least.substr(0, least.size() - 2) + " to " + share_text(high)));
    }
    return listed(out);
}

// "udp-blocked (not registered 100 %) and symmetric (private contact 100 %)"
std::string
failures_text(const CallTable& table, const Cells& failed)
{
    std::map<std::size_t, Cells> by_row;
    for (const auto& entry : failed)
    {
        by_row[entry.first].push_back(entry);
    }
    std::vector<std::string> out;
    for (const auto& [row, cells] : by_row)
    {
        out.push_back(table.rows[row] + " (" + reasons_text(cells) + ")");
    }
    return listed(out);
}

std::string
rows_text(const CallTable& table, const Cells& cells)
{
    std::vector<std::string> names;
    for (const auto& [row, cell] : cells)
    {
        names.push_back(table.rows[row]);
    }
    return listed(names);
}

} // namespace

std::optional<CallTable>
call_table_of(const Summary& summary)
{
    const auto types = std::ranges::find_if(summary.axes, is_nat_type);
    if (types == summary.axes.end())
    {
        return std::nullopt;
    }
    const auto row_axis = static_cast<std::size_t>(types - summary.axes.begin());
    std::map<std::vector<std::size_t>, std::size_t> columns; // by key, in the sweep's order
    for (const auto& point : summary.points)
    {
        columns.emplace(column_key(point, row_axis), 0);
    }
    if (columns.size() > kMostColumns)
    {
        return std::nullopt;
    }
    CallTable table{.rows = types->values, .columns = {}, .cells = {}};
    for (auto& [key, place] : columns)
    {
        place = table.columns.size();
        table.columns.push_back(column_head(summary, key, row_axis));
    }
    table.cells.assign(table.rows.size(),
                       std::vector<std::optional<CallCell>>(table.columns.size()));
    bool any = false;
    for (const auto& point : summary.points)
    {
        if (total(point, "calls_offered") > 0.0)
        {
            any = true;
            table.cells[point.index[row_axis]][columns.at(column_key(point, row_axis))] =
                cell_of(point);
        }
    }
    return any ? std::optional(std::move(table)) : std::nullopt;
}

bool
answered_by_table(const Summary& summary)
{
    return summary.call_table && !summary.capacity &&
           std::ranges::all_of(summary.points,
                               [](const PointSummary& point) { return point.faults.empty(); });
}

std::string
cell_text(const CallTable& table, std::size_t row, std::size_t column)
{
    const auto& cell = table.cells[row][column];
    if (!cell)
    {
        return {};
    }
    return cell->reached >= kAll || cell->reason.empty()
               ? "reached " + share_text(cell->reached)
               : cell->reason + " " + share_text(cell->share);
}

std::string
table_text(const CallTable& table)
{
    const std::string corner = "NAT";
    std::size_t first = corner.size();
    for (const auto& row : table.rows)
    {
        first = std::max(first, row.size());
    }
    std::vector<std::size_t> widths;
    for (std::size_t column = 0; column < table.columns.size(); ++column)
    {
        widths.push_back(table.columns[column].size());
        for (std::size_t row = 0; row < table.rows.size(); ++row)
        {
            widths.back() = std::max(widths.back(), cell_text(table, row, column).size());
        }
    }
    const auto padded = [](const std::string& text, std::size_t width) {
        return "  " + text + std::string(width - std::min(width, text.size()), ' ');
    };
    std::string out;
    for (std::size_t begin = 0, end = 0; begin < widths.size(); begin = end)
    {
        for (std::size_t used = first;
             end < widths.size() && (end == begin || used + widths[end] + 2 <= kPageWidth);
             ++end)
        {
            used += widths[end] + 2;
        }
        for (std::size_t line = 0; line <= table.rows.size(); ++line)
        {
            std::string text = padded(line == 0 ? corner : table.rows[line - 1], first).substr(2);
            for (std::size_t column = begin; column < end; ++column)
            {
                text +=
                    padded(line == 0 ? table.columns[column] : cell_text(table, line - 1, column),
                           widths[column]);
            }
            out += text.substr(0, text.find_last_not_of(' ') + 1) + "\n";
        }
        out += end < widths.size() ? "\n" : "";
    }
    return out;
}

std::vector<std::string>
call_table_sentences(const CallTable& table)
{
    std::vector<std::string> through;
    std::vector<std::string> rest;
    for (const Alike& columns : alike_columns(table))
    {
        const auto heads = "with " + listed(columns.heads);
        if (columns.failed.empty())
        {
            through.push_back(heads + " behind every NAT swept");
        }
        else if (columns.reached.size() * 2 > table.rows.size())
        {
            through.push_back(heads + " behind all but " + failures_text(table, columns.failed));
        }
        else
        {
            rest.push_back(
                heads +
                (columns.reached.empty()
                     ? " behind none: "
                     : " only behind " + rows_text(table, columns.reached) + ", elsewhere ") +
                reasons_text(columns.failed));
        }
    }
    std::vector<std::string> out;
    for (auto* clauses : {&through, &rest})
    {
        if (!clauses->empty())
        {
            clauses->front() = "all calls get through " + clauses->front();
            out.push_back(joined(*clauses));
        }
    }
    return out;
}

} // namespace sipsim::analysis
