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
