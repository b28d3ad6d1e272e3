#include "scenarios/runner/config_reference.h"

#include "model/world/collector.h"
#include "scenarios/runner/config_schema.h"
#include "scenarios/runner/config_values.h"

namespace sipsim::runner
{

namespace
{

// A bar would end the cell of a table.
std::string
cell(std::string text)
{
    for (std::size_t at = text.find('|'); at != std::string::npos; at = text.find('|', at + 2))
    {
        text.insert(at, 1, '\\');
    }
    return text;
}

std::string
value_cell(const KeySpec& spec)
{
    const std::string range = spec.choices.empty() ? range_text(spec) : "";
    return cell(type_text(spec) + (range.empty() ? "" : ", " + range));
}

std::string
default_cell(const KeySpec& spec)
{
    if (spec.fallback == kRequired)
    {
        return spec.kinds.empty() ? "required" : "required of these kinds";
    }
    return spec.fallback == kOptional ? "-" : '`' + cell(std::string{spec.fallback}) + '`';
}

std::string
meaning_cell(const KeySpec& spec)
{
    std::string text{spec.meaning};
    if (!spec.kinds.empty())
    {
        text += " (" + joined(split_choices(spec.kinds)) + ")";
    }
    return cell(text);
}

} // namespace

std::string
config_reference()
{
    std::string text;
    for (const SectionSpec& section : config_sections())
    {
        text += "### " + header_of(section.section) + ": " + std::string{section.meaning} + "\n\n";
        text += "| key | value | default | meaning |\n|---|---|---|---|\n";
        for (const KeySpec& spec : config_keys())
        {
            if (spec.section == section.section)
            {
                text += "| `" + std::string{spec.key} + "` | " + value_cell(spec) + " | " +
                        default_cell(spec) + " | " + meaning_cell(spec) + " |\n";
            }
        }
        text += '\n';
    }
    text += "## Metrics\n\nSeries have 1 s bins (rates) or a value every 10 s (levels).\n\n";
    text += "| metric | unit | kind | better | what it is |\n|---|---|---|---|---|\n";
    for (const world::MetricInfo& metric : world::metrics())
    {
        text += "| `" + std::string{metric.name} + "` | " + std::string{metric.unit} + " | " +
                std::string{metric.kind} + " | " +
                (metric.better == world::Better::kNeither
                     ? ""
                     : std::string{world::better_text(metric.better)} + " ") +
                "| " + cell(std::string{metric.sentence}) + " |\n";
    }
    return text;
}

} // namespace sipsim::runner
