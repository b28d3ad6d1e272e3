#include "tests/unit/proxy_fixture.h"

#include <limits>

using namespace sipsim;
using namespace sipsim::proxy;

TEST_CASE("the defaults are valid, and every problem of others is told at once")
{
    CHECK(validate(ProxyOptions{}).empty());
    ProxyOptions bad;
    bad.device_expires = 0;
    bad.forward_below = std::numeric_limits<double>::quiet_NaN();
    bad.ping.interval = 0s;
    bad.ping.octets = 1001;
    const auto problems = validate(bad);
    REQUIRE(problems.size() == 4);
    CHECK(problems[0] == "device_expires = 0: must be 1 s to 65535 s");
    CHECK(problems[1].starts_with("forward_below = "));
    CHECK(problems[2].starts_with("ping.interval = 0"));
    CHECK(problems[3] == "ping.octets = 1001: must be 0 to 1000");
}

TEST_CASE("bounds of the options: both ends are valid, what is beyond is not")
{
    const auto valid = [](const ProxyOptions& o) { return validate(o).empty(); };
    CHECK(valid({.device_expires = 65'535, .registrar_expires = 65'535}));
    CHECK_FALSE(valid({.device_expires = 65'536, .registrar_expires = 65'536}));
    CHECK_FALSE(valid({.device_expires = 60, .registrar_expires = 59}));
    CHECK(valid({.forward_below = 0.0}));
    CHECK(valid({.forward_below = 1.0}));
    CHECK_FALSE(valid({.forward_below = 1.01}));
    CHECK_FALSE(valid({.forward_below = -0.01}));
}
