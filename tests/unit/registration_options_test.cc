#include "model/registration/options.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

using namespace sipsim;
using namespace sipsim::registration;

namespace
{

bool
complains(const RegistrationOptions& options, std::string_view beginning)
{
    const auto problems = validate(options);
    return std::ranges::any_of(problems,
                               [&](const std::string& p) { return p.starts_with(beginning); });
}

} // namespace

TEST_CASE("Default registration options are valid")
{
    CHECK(validate(RegistrationOptions{}).empty());
}

TEST_CASE(
    "Every problem of the registration options is reported in one pass, with value and remedy")
{
    RegistrationOptions options;
    options.expires = 0;
    options.min_granted = 0;
    options.refresh.lead = -1s;
    options.refresh.jitter = 1.0;
    options.retry.base = 0s;
    options.retry.jitter = 1.5;
    options.retry_after_403 = 0s;
    options.initial_delay_max = -1ns;
    options.stop_on.push(200);
    options.max_challenges = 0;
    options.shutdown_grace = 24h * 367;
    options.boot_time = -60s;
    options.transaction.t1 = 0s;
    const auto problems = validate(options);
    CHECK(problems.size() == 13);
    CHECK(complains(options, "expires = 0 s: must be between 1 s and 4294967295 s"));
    CHECK(complains(options, "min_granted = 0 s: must be between 1 s and"));
    CHECK(complains(options, "refresh.lead = -1s: must be between 0 s and 366 d"));
    CHECK(complains(options, "refresh.jitter = 1: must be a share of the delay"));
    CHECK(complains(options, "retry.base = 0s: must be above 0 s"));
    CHECK(complains(options, "retry.jitter = 1.5: must be a share of the wait between 0 and 1"));
    CHECK(complains(options, "retry_after_403 = 0s: must be above 0 s"));
    CHECK(complains(options, "initial_delay_max = -1ns: must be"));
    CHECK(complains(options, "stop_on = 200: must be a final response that is no success"));
    CHECK(complains(options, "max_challenges = 0: must be between 1 and 255"));
    CHECK(complains(options, "shutdown_grace = 367d: must be"));
    CHECK(complains(options, "boot_time = -60s: must be"));
    CHECK(complains(options, "transaction: t1 must be"));
}

TEST_CASE("Bounds of a range that are the wrong way round are refused")
{
    RegistrationOptions options;
    options.min_granted = 100;
    options.max_granted = 99;
    CHECK(complains(options, "max_granted = 99 s: must be at least min_granted (100 s)"));
    options = {};
    options.refresh = {.kind = RefreshLaw::Kind::kUniform, .low = 0.9, .high = 0.5};
    CHECK(complains(options, "refresh.high = 0.5: must be a share of the granted expiry"));
    options = {};
    options.retry = {.kind = RetryLaw::Kind::kLinear, .base = 60s, .cap = 30s};
    CHECK(complains(options, "retry.cap = 30s: must be at least retry.base (60s)"));
}

// W = min(max-time, base-time * 2^consecutive-failures) (RFC 5626 §4.5) is max-time, wherever base-time is
// longer; Poly allows a base of 10 to 120 s beside a maximum from 60 s.
TEST_CASE("RFC 5626's longest wait may be below its base, not 0; that of other laws may not")
{
    using Kind = RetryLaw::Kind;
    RegistrationOptions options;
    options.retry = {.kind = Kind::kRfc5626, .base = 120s, .cap = 60s};
    CHECK(validate(options).empty());
    options.retry.cap = 0s;
    CHECK(complains(options, "retry.cap = 0s: must be above 0 s"));
    options.retry.cap = 24h * 367;
    CHECK(complains(options, "retry.cap = 367d: must be above 0 s and at most 366 d"));
    for (const Kind kind : {Kind::kLinear, Kind::kDoubling, Kind::kUniform})
    {
        options.retry = {.kind = kind, .base = 120s, .cap = 60s};
        CHECK(complains(options, "retry.cap = 60s: must be at least retry.base (120s)"));
    }
}

TEST_CASE("A value that the law in force does not read is not complained about")
{
    RegistrationOptions options;
    options.retry = {.kind = RetryLaw::Kind::kConstant, .base = 3600s, .cap = 1800s};
    options.refresh = {.kind = RefreshLaw::Kind::kLead, .lead = 30s, .low = 7.0, .high = -1.0};
    CHECK(validate(options).empty());
    options.refresh = {.kind = RefreshLaw::Kind::kFraction, .lead = -1s, .low = 0.5, .high = -1.0};
    CHECK(validate(options).empty());
}

TEST_CASE("A share that is not a number is refused")
{
    RegistrationOptions options;
    const double nan = std::numeric_limits<double>::quiet_NaN();
    options.refresh = {.kind = RefreshLaw::Kind::kUniform, .low = nan, .high = nan, .jitter = nan};
    options.retry.jitter = nan;
    CHECK(complains(options, "refresh.low = "));
    CHECK(complains(options, "refresh.high = "));
    CHECK(complains(options, "refresh.jitter = "));
    CHECK(complains(options, "retry.jitter = "));
}
