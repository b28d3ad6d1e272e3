#include "model/registrar/service_station.h"

#include "model/base/quantity.h"

#include <algorithm>
#include <functional>

namespace sipsim::registrar
{

std::vector<std::string>
validate(const StationOptions& options)
{
    std::vector<std::string> problems;
    const auto demand_time = [&](const char* name, SimDuration time) {
        if (time < SimDuration::zero())
        {
            problems.push_back(std::string{name} + " = " + format(time) + ": must be 0s or longer");
        }
    };
    demand_time("unauthenticated", options.unauthenticated);
    demand_time("authenticated", options.authenticated);
    constexpr std::uint32_t kMostWorkers = 65'536; // Model choice: a bound on the heap
    if (options.workers > kMostWorkers)
    {
        problems.push_back("workers = " + std::to_string(options.workers) +
                           ": must be at most 65536");
    }
    if (options.retry_after && options.when_full != StationOptions::WhenFull::kRefuse)
    {
        problems.push_back("retry_after = " + std::to_string(*options.retry_after) +
                           ": must be left out unless a full queue is answered 503");
    }
    return problems;
}

ServiceStation::ServiceStation(const StationOptions& options, const DrawKey& server)
    : options_(options),
      server_(server),
      free_at_(options.workers, SimTime{})
{
}

SimDuration
ServiceStation::service_time(bool authenticated)
{
    const SimDuration mean = authenticated ? options_.authenticated : options_.unauthenticated;
    const std::uint64_t n = served_++;
    return options_.law == StationOptions::Law::kConstant
               ? mean
               : draw_exponential(server_, Purpose::kService, n, mean);
}

std::uint32_t
ServiceStation::waiting(SimTime now)
{
    while (!begins_.empty() && begins_.front() <= now)
    {
        begins_.pop_front();
    }
    return static_cast<std::uint32_t>(begins_.size());
}

std::optional<ServiceStation::Admission>
ServiceStation::offer(SimTime now, bool authenticated)
{
    const std::uint32_t before = waiting(now);
    const SimTime begins = std::max(now, free_at_.front());
    if (begins > now && options_.queue && before >= *options_.queue)
    {
        return std::nullopt;
    }
    const SimTime done = begins + service_time(authenticated);
    // The earliest worker takes it: requests begin in the order in which they came.
    std::ranges::pop_heap(free_at_, std::greater<>{});
    free_at_.back() = done;
    std::ranges::push_heap(free_at_, std::greater<>{});
    if (begins > now)
    {
        begins_.push_back(begins);
    }
    return Admission{.begins = begins,
                     .done = done,
                     .waiting = static_cast<std::uint32_t>(begins_.size())};
}

void
ServiceStation::clear()
{
    begins_.clear();
    std::ranges::fill(free_at_, SimTime{});
}

} // namespace sipsim::registrar
