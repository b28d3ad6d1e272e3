#pragma once

// Models : what an account knows of servers that DNS has named.
// Drives : tests of the walk over them, alone or with the bench of registration_fixture.h.
// Keeps  : the list is the test's to change.
// Leaves : locating (tests of the dns room).

#include "tests/unit/registration_fixture.h"

#include <array>

namespace sipsim::registration
{

inline constexpr sip::Endpoint kA{sip::Host{0x0A00'0001U}, 5060};
inline constexpr sip::Endpoint kB{sip::Host{0x0A00'0002U}, 5060};
inline constexpr sip::Endpoint kC{sip::Host{0x0A00'0003U}, 5060};

/// What an account knows after DNS has named A, B and C, in this order.
struct Known
{
    dns::FailoverOptions options;
    dns::Failover failover;
    dns::Blocklist blocklist;
    std::array<dns::Target, 3> targets{dns::Target{kA}, dns::Target{kB}, dns::Target{kC}};
    Servers servers{.options = &options,
                    .failover = &failover,
                    .list = {targets, kNever},
                    .blocklist = &blocklist};

    // The present target fails: where the request goes then; port 0: the round is over.
    sip::Endpoint fail(ServerWalk& walk, SimTime now = kT0)
    {
        const dns::Ended refused{.kind = dns::Ended::Kind::kStatus, .status = 503};
        return walk.on_failed(&servers, refused, now) ? *walk.target() : sip::Endpoint{};
    }
};

} // namespace sipsim::registration
