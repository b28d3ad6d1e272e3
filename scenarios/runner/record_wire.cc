#include "scenarios/runner/record_wire.h"

#include <nlohmann/json.hpp>

#include <cstring>
#include <stdexcept>

namespace sipsim::runner
{

using nlohmann::json;

namespace
{

json::binary_t
pack(const std::vector<double>& values)
{
    std::vector<std::uint8_t> bytes(values.size() * sizeof(double));
    if (!bytes.empty())
    {
        std::memcpy(bytes.data(), values.data(), bytes.size());
    }
    return json::binary_t(std::move(bytes));
}

std::vector<double>
unpack(const json& packed)
{
    const auto& bytes = packed.get_binary();
    std::vector<double> values(bytes.size() / sizeof(double));
    if (!values.empty())
    {
        std::memcpy(values.data(), bytes.data(), bytes.size());
    }
    return values;
}

/// Names of results are static: find the declared one.
std::string_view
declared(const std::string& name)
{
    for (const auto& metric : world::metrics())
    {
        if (metric.name == name)
        {
            return metric.name;
        }
    }
    throw std::logic_error("a run reports " + name + ", which metrics.cc does not declare");
}

world::Results
results_of(const json& wire)
{
    world::Results results;
    for (const auto& m : wire.at("metrics"))
    {
        results.metrics.push_back(
            {.name = declared(m.at(0)),
             .value = m.at(1).is_null() ? std::nullopt : std::optional{m.at(1).get<double>()},
             .censored = m.at(2)});
    }
    for (const auto& s : wire.at("series"))
    {
        results.series.push_back({.name = declared(s.at(0)),
                                  .t0_s = s.at(1),
                                  .dt_s = s.at(2),
                                  .values = unpack(s.at(3))});
    }
    for (const auto& h : wire.at("histograms"))
    {
        results.histograms.push_back(
            {.name = declared(h.at(0)), .edges = unpack(h.at(1)), .counts = unpack(h.at(2))});
    }
    results.fingerprint = wire.at("fingerprint");
    return results;
}

} // namespace

std::string
to_bytes(const RunRecord& record)
{
    json wire{{"point", record.point},
              {"seed", record.seed},
              {"status", record.status},
              {"error", record.error},
              {"faults", record.faults_json},
              {"cost", record.cost},
              {"fingerprint", record.results.fingerprint},
              {"metrics", json::array()},
              {"series", json::array()},
              {"histograms", json::array()}};
    for (const auto& m : record.results.metrics)
    {
        wire["metrics"].push_back({m.name, m.value ? json(*m.value) : json(), m.censored});
    }
    for (const auto& s : record.results.series)
    {
        wire["series"].push_back({s.name, s.t0_s, s.dt_s, pack(s.values)});
    }
    for (const auto& h : record.results.histograms)
    {
        wire["histograms"].push_back({h.name, pack(h.edges), pack(h.counts)});
    }
    std::string bytes;
    json::to_cbor(wire, bytes);
    return bytes;
}

std::optional<RunRecord>
from_bytes(const std::string& bytes)
{
    try
    {
        const json wire = json::from_cbor(bytes);
        return RunRecord{.point = wire.at("point"),
                         .seed = wire.at("seed"),
                         .status = wire.at("status"),
                         .attempts = 1,
                         .error = wire.at("error"),
                         .faults_json = wire.at("faults"),
                         .results = results_of(wire),
                         .cost = wire.at("cost")};
    }
    catch (const json::exception&)
    {
        return std::nullopt;
    }
}

} // namespace sipsim::runner
