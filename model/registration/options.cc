#include "model/registration/options.h"

#include "model/base/quantity.h"

#include <algorithm>
#include <string_view>

namespace sipsim::registration
{

namespace
{

class Check
{
  public:
    void require(bool holds, std::string_view name, const std::string& value, std::string_view must)
    {
        if (!holds)
        {
            problems_.push_back(std::string{name} + " = " + value + ": must be " +
                                std::string{must});
        }
    }

    void wait(std::string_view name, SimDuration value)
    {
        require(value >= 0ns && value <= kLongestWait,
                name,
                format(value),
                "between 0 s and 366 d");
    }

    void positive_wait(std::string_view name, SimDuration value)
    {
        require(value > 0ns && value <= kLongestWait,
                name,
                format(value),
                "above 0 s and at most 366 d");
    }

    std::vector<std::string> problems()
    {
        return std::move(problems_);
    }

    void add(std::string problem)
    {
        problems_.push_back(std::move(problem));
    }

  private:
    std::vector<std::string> problems_;
};

std::string
seconds(std::uint32_t value)
{
    return std::to_string(value) + " s";
}

void
check(Check& check, std::string_view name, const StatusPatterns& patterns)
{
    for (const std::uint16_t pattern : patterns)
    {
        check.require((pattern >= 300 && pattern <= 699) || (pattern >= 3 && pattern <= 6),
                      name,
                      std::to_string(pattern),
                      "a final response that is no success: 300 to 699, or 3 to 6 for a class");
    }
}

// Comparisons are written so that NaN fails them.
void
check(Check& check, const RefreshLaw& law)
{
    switch (law.kind)
    {
    case RefreshLaw::Kind::kLead:
        check.wait("refresh.lead", law.lead);
        check.wait("refresh.lead_above", law.lead_above);
        break;
    case RefreshLaw::Kind::kUniform:
        check.require(law.high >= law.low && law.high <= 1.0,
                      "refresh.high",
                      format(law.high),
                      "a share of the granted expiry between refresh.low and 1");
        [[fallthrough]];
    case RefreshLaw::Kind::kFraction:
        check.require(law.low > 0.0 && law.low <= 1.0,
                      "refresh.low",
                      format(law.low),
                      "a share of the granted expiry above 0 and at most 1");
        break;
    case RefreshLaw::Kind::kAroundHalf:
        break;
    }
    check.require(law.jitter >= 0.0 && law.jitter < 1.0,
                  "refresh.jitter",
                  format(law.jitter),
                  "a share of the delay, at least 0 and below 1");
}

void
check(Check& check, const RetryLaw& law)
{
    check.positive_wait("retry.base", law.base);
    if (law.kind == RetryLaw::Kind::kRfc5626)
    {
        check.positive_wait("retry.cap", law.cap); // min(cap, base * 2^n) also where cap < base
    }
    else if (law.kind != RetryLaw::Kind::kConstant)
    {
        check.require(law.cap >= law.base && law.cap <= kLongestWait,
                      "retry.cap",
                      format(law.cap),
                      "at least retry.base (" + format(law.base) + ") and at most 366 d");
    }
    check.require(law.jitter >= 0.0 && law.jitter <= 1.0,
                  "retry.jitter",
                  format(law.jitter),
                  "a share of the wait between 0 and 1");
    if (law.first)
    {
        check.wait("retry.first", *law.first);
    }
    check.wait("retry.earlier", law.earlier);
    check.wait("retry.later", law.later);
    check.require(law.jitter <= 0.0 || (law.earlier == 0ns && law.later == 0ns),
                  "retry.jitter",
                  format(law.jitter),
                  "0 where retry.earlier or retry.later spreads the wait");
}

} // namespace

bool
matches(const StatusPatterns& patterns, std::uint16_t status)
{
    return std::ranges::any_of(patterns, [status](std::uint16_t pattern) {
        return pattern == status || pattern == status / 100;
    });
}

std::vector<std::string>
validate(const RegistrationOptions& options)
{
    Check check;
    check.require(
        options.expires >= 1,
        "expires",
        seconds(options.expires),
        "between 1 s and 4294967295 s; a device that never registers has enabled = false");
    check.require(options.min_granted >= 1,
                  "min_granted",
                  seconds(options.min_granted),
                  "between 1 s and 4294967295 s");
    check.require(options.max_granted >= options.min_granted,
                  "max_granted",
                  seconds(options.max_granted),
                  "at least min_granted (" + seconds(options.min_granted) + ")");
    registration::check(check, options.refresh);
    registration::check(check, options.retry);
    if (options.retry_after_403)
    {
        check.require(*options.retry_after_403 > 0ns && *options.retry_after_403 <= kLongestWait,
                      "retry_after_403",
                      format(*options.retry_after_403),
                      "above 0 s and at most 366 d; to stop after a 403, name it in stop_on");
    }
    check.wait("initial_delay_max", options.initial_delay_max);
    registration::check(check, "retry.on", options.retry_on);
    registration::check(check, "retry.flat_on", options.retry_flat_on);
    registration::check(check, "stop_on", options.stop_on);
    if (options.retry_other)
    {
        check.positive_wait("retry.other", *options.retry_other);
    }
    check.wait("retry.other_random", options.retry_other_random);
    check.wait("poll.every", options.poll.every);
    check.wait("poll.ahead", options.poll.ahead);
    check.require(options.max_challenges >= 1,
                  "max_challenges",
                  std::to_string(options.max_challenges),
                  "between 1 and 255");
    check.wait("shutdown_grace", options.shutdown_grace);
    check.wait("guess.spacing", options.guess.spacing);
    check.wait("boot_time", options.boot_time);
    for (const std::string& problem : sip::validate(options.transaction))
    {
        check.add("transaction: " + problem);
    }
    return check.problems();
}

} // namespace sipsim::registration
