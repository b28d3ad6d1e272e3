#include "model/registrar/service_station.h"

#include "model/base/quantity.h"
#include "model/registrar/retry_after.h"

#include <algorithm>
#include <functional>
#include <limits>

namespace sipsim::registrar
{

namespace
{

constexpr std::uint32_t kMostWorkers = 65'536; // Model choice: a bound on the heap

using Law = StationOptions::RetryAfter;

bool
refuses(const StationOptions& options)
{
    return options.when_full == StationOptions::WhenFull::kRefuse ||
           options.while_loading == StationOptions::WhenFull::kRefuse;
}

std::string
text_of(std::optional<std::uint32_t> seconds)
{
    return seconds ? std::to_string(*seconds) : std::string{"nothing"};
}

void
check_retry_after(const StationOptions& options, std::vector<std::string>& problems)
{
    const auto demand = [&](bool holds, std::string_view name, auto value, const char* must) {
        if (!holds)
        {
            problems.push_back(std::string{name} + " = " + text_of(value) + ": must be " + must);
        }
    };
    const auto& least = options.retry_after;
    const auto& most = options.retry_after_max;
    demand(!least || refuses(options),
           "retry_after",
           least,
           "left out unless a full queue or a process that loads is answered 503");
    demand(options.retry_after_law != Law::kRandom || (least && most),
           "retry_after_max",
           most,
           "given with retry_after where Retry-After is random");
    demand(options.retry_after_law != Law::kFixed || !most,
           "retry_after_max",
           most,
           "left out where Retry-After is fixed");
    // RFC 3261 §20.33: a positive number; 0 would be no Retry-After and not the least of it.
    demand(options.retry_after_law == Law::kFixed || least != 0U,
           "retry_after",
           least,
           "at least 1 s where Retry-After is random or adaptive");
    demand(!most || !least || *most >= *least, "retry_after_max", most, "at least retry_after");
    demand(!most || least || *most >= 1, "retry_after_max", most, "at least 1 s");
}

void
check_overload(const StationOptions& options, std::vector<std::string>& problems)
{
    const OverloadOptions& o = options.overload;
    if (o.control != OverloadOptions::Control::kNone && options.workers == 0)
    {
        problems.emplace_back(
            "overload_control = " +
            std::string{o.control == OverloadOptions::Control::kLoss ? "loss" : "rate"} +
            ": must be none without workers, whose load is measured");
    }
    if (!(o.target > 0 && o.target <= 1)) // NaN, too
    {
        problems.push_back("overload_target = " + format(o.target) +
                           ": must be a share of the workers' time, above 0 and at most 1");
    }
    if (o.window <= SimDuration::zero())
    {
        problems.push_back("overload_window = " + format(o.window) + ": must be longer than 0s");
    }
    constexpr SimDuration kMs = std::chrono::milliseconds{1};
    if (o.validity < kMs || o.validity / kMs > UINT32_MAX)
    {
        problems.push_back("overload_validity = " + format(o.validity) +
                           ": must be 1ms to 4294967295ms");
    }
    else if (o.validity % kMs != SimDuration{0})
    {
        problems.push_back("overload_validity = " + format(o.validity) +
                           ": must be whole milliseconds, as oc-validity counts them (RFC 7339)");
    }
}

} // namespace

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
    demand_time("load_time", options.load_time);
    demand_time("load_per_binding", options.load_per_binding);
    if (options.workers > kMostWorkers)
    {
        problems.push_back("workers = " + std::to_string(options.workers) +
                           ": must be at most 65536");
    }
    if (options.rate_limit && !(*options.rate_limit > 0 && *options.rate_limit <= 1e9))
    {
        problems.push_back("rate_limit = " + format(Rate{*options.rate_limit}) +
                           ": must be above 0 and at most 1e9 a second");
    }
    if (options.burst < 1)
    {
        problems.push_back("burst = 0: must be at least 1");
    }
    check_retry_after(options, problems);
    check_overload(options, problems);
    return problems;
}

ServiceStation::ServiceStation(const StationOptions& options, const DrawKey& server)
    : options_(options),
      server_(server),
      enabled_(options.workers > 0 || options.rate_limit ||
               options.load_time > SimDuration::zero() ||
               options.load_per_binding > SimDuration::zero()),
      token_(options.rate_limit ? scaled(std::chrono::seconds{1}, 1 / *options.rate_limit)
                                : SimDuration{0}),
      free_at_(options.workers, SimTime{})
{
    measure_anew();
}

void
ServiceStation::measure_anew()
{
    if (options_.overload.control != OverloadOptions::Control::kNone && queues())
    {
        overload_.emplace(options_.overload,
                          options_.workers,
                          (options_.unauthenticated + options_.authenticated) / 2,
                          server_);
    }
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
ServiceStation::offer(SimTime now, const sip::Message& request)
{
    const bool authenticated = request.credentials.has_value();
    const auto left = [this](SimTime at) {
        SimDuration sum{0};
        for (const SimTime free : free_at_)
        {
            sum += std::max(free - at, SimDuration{0});
        }
        return sum;
    };
    const SimDuration work = authenticated ? options_.authenticated : options_.unauthenticated;
    throttled_ = overload_ && !loading(now) && !overload_->on_request(now, work, request, left);
    return throttled_ ? std::nullopt : place(now, authenticated);
}

std::optional<ServiceStation::Admission>
ServiceStation::offer(SimTime now, bool authenticated)
{
    throttled_ = false;
    return place(now, authenticated);
}

std::optional<ServiceStation::Admission>
ServiceStation::place(SimTime now, bool authenticated)
{
    const bool conforms =
        token_ == SimDuration{0} || bucket_.offer(now, token_, (options_.burst - 1) * token_);
    if (loading(now) || !conforms)
    {
        return std::nullopt;
    }
    if (!queues())
    {
        return Admission{.begins = now, .done = now, .waiting = 0};
    }
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

// Model choice: whoever comes back is taken for one that must be challenged.
SimDuration
ServiceStation::per_registration() const
{
    const SimDuration work = options_.unauthenticated + options_.authenticated;
    return std::max(queues() ? work / options_.workers : SimDuration{0}, 2 * token_);
}

// The present appointment, in seconds from now.
std::uint32_t
ServiceStation::appointment(SimTime now, bool taken)
{
    SimTime at = std::max({promised_, now, ready_, queues() ? free_at_.front() : now});
    SimDuration wait =
        std::max(at - now, SimDuration{std::chrono::seconds{options_.retry_after.value_or(1)}});
    if (options_.retry_after_max)
    {
        const SimDuration most = std::chrono::seconds{*options_.retry_after_max};
        wait = std::min(wait, most);
        at = std::min(at, now + most);
    }
    if (taken)
    {
        promised_ = at + per_registration();
    }
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
    return static_cast<std::uint32_t>(std::min<std::int64_t>(seconds, UINT32_MAX));
}

ServiceStation::Refusal
ServiceStation::refuse(SimTime now, const sip::Message& request)
{
    // RFC 3261 §17: there is no response to an ACK.
    if (!request.is_request() || request.method == sip::Method::kAck)
    {
        return {};
    }
    if (throttled_)
    {
        return {.aloud = true, .seconds = 0};
    }
    const auto how = loading(now) ? options_.while_loading : options_.when_full;
    if (how == StationOptions::WhenFull::kDrop)
    {
        return {};
    }
    const std::uint32_t least = options_.retry_after.value_or(0);
    switch (options_.retry_after_law)
    {
    case StationOptions::RetryAfter::kFixed:
        break;
    case StationOptions::RetryAfter::kRandom:
        return {
            .aloud = true,
            .seconds =
                random_seconds(server_, request, least, options_.retry_after_max.value_or(least))};
    case StationOptions::RetryAfter::kAdaptive:
        return {.aloud = true,
                .seconds = appointment(now, request.method == sip::Method::kRegister)};
    }
    return {.aloud = true, .seconds = least};
}

void
ServiceStation::begin(SimTime now, std::size_t bindings)
{
    const auto most = std::numeric_limits<SimDuration::rep>::max() / 4;
    const auto each = std::max<SimDuration::rep>(options_.load_per_binding.count(), 1);
    const auto count = std::min(static_cast<SimDuration::rep>(bindings), most / each);
    ready_ = now + options_.load_time + options_.load_per_binding * count;
}

void
ServiceStation::clear()
{
    begins_.clear();
    std::ranges::fill(free_at_, SimTime{});
    bucket_ = {};
    promised_ = {};
    throttled_ = false;
    measure_anew();
}

} // namespace sipsim::registrar
