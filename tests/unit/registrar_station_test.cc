#include "model/registrar/service_station.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace sipsim;
using namespace sipsim::registrar;
using namespace std::chrono_literals;

namespace
{

bool
complains(const StationOptions& options, std::string_view beginning)
{
    const auto problems = validate(options);
    return std::ranges::any_of(problems,
                               [&](const std::string& p) { return p.starts_with(beginning); });
}

/// One worker, a second for each first leg and three for each other, and room for one that waits.
StationOptions
adaptive()
{
    StationOptions options;
    options.workers = 1;
    options.unauthenticated = 1s;
    options.authenticated = 3s;
    options.queue = 1;
    options.when_full = StationOptions::WhenFull::kRefuse;
    options.retry_after_law = StationOptions::RetryAfter::kAdaptive;
    return options;
}

void
fill(ServiceStation& station)
{
    while (station.offer(SimTime{}, false))
    {
    }
}

/// Retry-After of a request that has been turned away.
std::uint32_t
told(ServiceStation& station, SimTime now, sip::Method method)
{
    sip::Message request;
    request.method = method;
    const auto refusal = station.refuse(now, request);
    CHECK(refusal.aloud);
    return refusal.seconds;
}

} // namespace

TEST_CASE("a station's options: what does not go together is named")
{
    CHECK(validate({}).empty());
    StationOptions o;
    o.retry_after = 5;
    CHECK(complains(o, "retry_after = 5: must be left out unless"));
    o.while_loading = StationOptions::WhenFull::kRefuse;
    CHECK(validate(o).empty());
    o.retry_after_max = 9;
    CHECK(complains(o, "retry_after_max = 9: must be left out where Retry-After is fixed"));
    o.retry_after_law = StationOptions::RetryAfter::kRandom;
    CHECK(validate(o).empty());
    o.retry_after_max = 4;
    CHECK(complains(o, "retry_after_max = 4: must be at least retry_after"));
    o.retry_after_max = {};
    CHECK(complains(o, "retry_after_max = nothing: must be given with retry_after"));
    o.retry_after_law = StationOptions::RetryAfter::kAdaptive;
    o.retry_after = {};
    CHECK(validate(o).empty());
    o.rate_limit = 0;
    CHECK(complains(o, "rate_limit = "));
    o.rate_limit = 5;
    o.burst = 0;
    CHECK(complains(o, "burst = 0"));
    o.burst = 1;
    o.load_time = -1s;
    CHECK(complains(o, "load_time = "));
    o.load_time = 0s;
    o.overload.control = OverloadOptions::Control::kRate;
    CHECK(complains(o, "overload_control = rate: must be none without workers"));
    o.workers = 1;
    CHECK(validate(o).empty());
    o.overload.target = 1.5;
    CHECK(complains(o, "overload_target = 1.5"));
    o.overload.target = 1;
    o.overload.window = 0s;
    CHECK(complains(o, "overload_window = 0s"));
    o.overload.window = 1s;
    o.overload.validity = 0s;
    CHECK(complains(o, "overload_validity = 0s"));
    o.overload.validity = 1500us; // oc-validity is written in milliseconds (RFC 7339 §4.3)
    CHECK(complains(o, "overload_validity = "));
    o.overload.validity = 4'294'967'296ms;
    CHECK(complains(o, "overload_validity = "));
    o.overload.validity = 4'294'967'295ms;
    CHECK(validate(o).empty());
}

TEST_CASE("the least of a Retry-After that varies is no 0 s, which would be no Retry-After (RFC "
          "3261 20.33)")
{
    using Law = StationOptions::RetryAfter;
    StationOptions o;
    o.when_full = StationOptions::WhenFull::kRefuse;
    o.retry_after = 0;
    CHECK(validate(o).empty()); // fixed: none
    o.retry_after_max = 4;
    for (const Law law : {Law::kRandom, Law::kAdaptive})
    {
        o.retry_after_law = law;
        o.retry_after = 0;
        CHECK(validate(o).size() == 1);
        CHECK(complains(
            o,
            "retry_after = 0: must be at least 1 s where Retry-After is random or adaptive"));
        o.retry_after = 1;
        CHECK(validate(o).empty());
    }
    o.retry_after.reset();
    CHECK(validate(o).empty());
    o.retry_after_max = 0;
    CHECK(complains(o, "retry_after_max = 0: must be at least 1 s"));
}

TEST_CASE("an adaptive Retry-After: only a REGISTER takes the appointment of which others are told")
{
    const StationOptions options = adaptive();
    ServiceStation station(options, {});
    fill(station);
    // One is served and one waits, W = 2 s; both legs of a registration take the worker s = 4 s. The n-th
    // REGISTER refused now is appointed to W + n s, whatever else is refused.
    for (std::uint32_t n = 0; n < 5; ++n)
    {
        for (const auto method :
             {sip::Method::kSubscribe, sip::Method::kOptions, sip::Method::kSubscribe})
        {
            CHECK(told(station, SimTime{}, method) == 2 + 4 * n);
        }
        CHECK(told(station, SimTime{}, sip::Method::kRegister) == 2 + 4 * n);
    }
}

TEST_CASE("an adaptive Retry-After: who takes no appointment does not bring the next one forward")
{
    StationOptions options = adaptive();
    options.retry_after_max = 5;
    ServiceStation station(options, {});
    fill(station);
    CHECK(told(station, SimTime{}, sip::Method::kRegister) == 2);  // W; the next one at W + s = 6 s
    CHECK(told(station, SimTime{}, sip::Method::kSubscribe) == 5); // the most
    CHECK(told(station, SimTime{1s}, sip::Method::kRegister) == 5); // at 6 s, not at 5 s
}

TEST_CASE("a station without workers, limit and database is none")
{
    const StationOptions none;
    CHECK_FALSE(ServiceStation(none, {}).enabled());
    StationOptions limited;
    limited.rate_limit = 10;
    ServiceStation station(limited, {});
    CHECK(station.enabled());
    CHECK_FALSE(station.queues());
    // What it lets pass does not wait.
    const auto admission = station.offer(SimTime{3s}, true);
    REQUIRE(admission);
    CHECK(admission->done == SimTime{3s});
    CHECK_FALSE(station.offer(SimTime{3s}, true));
}
