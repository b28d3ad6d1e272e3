#pragma once

// Models : the metrics of a run, computed from its facts; the definitions are those of the README's
//          metric table, each declared once in metrics.cc.
// Drives : the runner hands it to a carrier as an Observer, then asks for the results.
// Keeps  : every event costs O(log accounts) at most; results depend on facts only.
// Leaves : cost (wall time, memory: the runner's), statistics over runs (analysis).

#include "model/world/facts.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace sipsim::world
{

/// Which way a metric is better: what `sipsim compare` calls worse is the other way.
enum class Better : std::uint8_t
{
    kNeither, // a change is worth a word, whichever way it goes
    kLess,
    kMore,
};

/// One metric's declaration: CSV header, axis label and README row come from it.
struct MetricInfo
{
    std::string_view name;
    std::string_view unit; // "1/s", "s", "1", ...
    // scalar | time_to | rate_series | level_series | period_series (value i is of period i) |
    // fleet_series (of fleet i) | server_series (of registrar i) | histogram
    std::string_view kind;
    Better better;
    std::string_view sentence; // what it is, in one sentence
};

[[nodiscard]] std::span<const MetricInfo> metrics();

/// "less", "more" or "neither".
[[nodiscard]] std::string_view better_text(Better better);

struct MetricValue
{
    std::string_view name;
    std::optional<double> value; // nullopt: not defined in this run, or not reached
    bool censored = false;       // not reached within the run
};

struct Series
{
    std::string_view name;
    double t0_s = 0;
    double dt_s = 1;
    std::vector<double> values;
};

struct Histogram
{
    std::string_view name;
    std::vector<double> edges;  // n + 1
    std::vector<double> counts; // n
};

struct Results
{
    std::vector<MetricValue> metrics;
    std::vector<Series> series;
    std::vector<Histogram> histograms;
    std::uint64_t fingerprint = 0; // of the trajectory: (time, entity, event) in order
};

class Collector final : public Observer
{
  public:
    Collector(const World& world, const Layout& layout);
    ~Collector() override;

    void expect(AccountIndex) override;
    void expect_soon(AccountIndex) override;
    void expect_bindings(AccountIndex) override;
    void on_ua_message(const UaMessage&) override;
    void on_transition(SimTime, AccountIndex, const registration::Transition&) override;
    void on_register_arrival(SimTime, std::uint32_t registrar, bool alive) override;
    void on_queued(SimTime,
                   std::uint32_t registrar,
                   std::uint32_t waiting,
                   SimDuration wait,
                   SimDuration service) override;
    void on_register_answered(SimTime,
                              std::uint32_t registrar,
                              std::uint16_t status,
                              bool repeat) override;
    void on_limit(SimTime, std::uint32_t registrar, registrar::Limit, sip::UserId user) override;
    void on_wrong_password(SimTime, std::uint32_t registrar, sip::UserId user) override;
    void on_bindings(SimTime,
                     std::uint32_t aor,
                     const registrar::LocationService::Bindings&) override;
    void on_bindings_lost(SimTime, std::uint32_t registrar) override;
    void on_device(SimTime, DeviceIndex, bool powered, sip::Endpoint address) override;
    void on_fault(SimTime, std::uint32_t fault, bool begins) override;
    void on_call(SimTime, std::uint32_t aor, CallClass) override;
    void on_outgoing(SimTime at, AccountIndex ua, OutgoingClass call) override;
    void on_drop(SimTime, DropReason) override;
    void on_keepalive_sent(SimTime, DeviceIndex) override;
    void on_keepalive_arrival(SimTime, ServerIndex) override;
    void on_proxy_arrival(SimTime, std::uint32_t proxy, bool alive) override;
    void on_proxy_answered(SimTime, std::uint32_t proxy, std::uint16_t status) override;
    void on_stun_arrival(SimTime, std::uint32_t server) override;
    void on_ping_sent(SimTime, ServerIndex) override;
    void on_dns_query(SimTime at, std::uint32_t dns, bool alive) override;
    void on_dns_answered(SimTime at, std::uint32_t dns, dns::Rcode rcode) override;
    void on_located(SimTime at, DeviceIndex device, bool located) override;

    /// Close the run at its end and compute everything.
    [[nodiscard]] Results finish(SimTime end);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace sipsim::world
