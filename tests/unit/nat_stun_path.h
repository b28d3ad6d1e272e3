#pragma once

// Models : a STUN client behind NATs and a server in front of them, both speaking octets, for tests of
//          discovery over ideal NATs and over the table.
// Drives : tests/unit/nat_stun_discovery_test.cc, tests/unit/nat_stun_table_test.cc.
// Keeps  : a datagram takes 20 ms there and back; time goes from event to event.
// Leaves : what a NAT does (NatBox).

#include "model/nat/stun_codec.h"
#include "model/nat/stun_discovery.h"
#include "model/nat/stun_server.h"

#include <doctest/doctest.h>

#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <vector>

namespace sipsim::nat
{

inline constexpr Endpoint kPrimary{sip::Host{0xC6336401}, 3478};
inline constexpr Endpoint kAlternate{sip::Host{0xC6336402}, 3479};
inline constexpr StunClientHost kHost{
    {1, 2, 0},
    {Endpoint{sip::Host{0x0A000002}, 40000}, Endpoint{sip::Host{0x0A000002}, 40001}}};
inline constexpr StunClientSettings kClassic{.server = kPrimary};
inline constexpr StunClientSettings kCookie{.server = kPrimary,
                                            .form = StunForm::kCookie,
                                            .law = kStunLaw5389};

class NatBox
{
  public:
    NatBox() = default;
    NatBox(const NatBox&) = delete;
    NatBox& operator=(const NatBox&) = delete;
    virtual ~NatBox() = default;
    /// The source as the outside sees it; empty: dropped.
    virtual std::optional<Endpoint> out(SimTime now, Endpoint inner, Endpoint to) = 0;
    /// The inner endpoint it goes to; empty: dropped.
    virtual std::optional<Endpoint> in(SimTime now, Endpoint outer, Endpoint from) = 0;
};

/// A client behind NATs, the innermost first, and a server, both speaking octets; a datagram takes 20 ms
/// there and back.
struct Path
{
    std::vector<std::shared_ptr<NatBox>> nats{};
    StunServerOptions server{.primary = kPrimary, .alternate = kAlternate};
    bool blocked = false;
    SimTime now{};
    int sent = 0;
    int lose_first = 0; // so many responses are lost
    std::set<std::uint8_t> sockets{};

    /// The datagram a response becomes at the client, if it gets there.
    std::optional<StunMessage> exchange(const StunSend& send)
    {
        ++sent;
        sockets.insert(send.socket);
        if (blocked)
        {
            return std::nullopt;
        }
        std::optional<Endpoint> from = kHost.local[send.socket];
        for (const auto& nat : nats)
        {
            from = from ? nat->out(now, *from, send.to) : from;
        }
        if (!from)
        {
            return std::nullopt;
        }
        const StunServer core{server};
        std::optional<StunReply> reply;
        for (const auto& at : core.endpoints())
        {
            if (at == send.to)
            {
                reply = core.on_datagram(encode(send.message), at, *from);
            }
        }
        if (!reply || lose_first-- > 0)
        {
            return std::nullopt;
        }
        std::optional<Endpoint> to = reply->to;
        for (auto nat = nats.rbegin(); nat != nats.rend() && to; ++nat)
        {
            to = (*nat)->in(now, *to, reply->from);
        }
        if (to != kHost.local[send.socket])
        {
            return std::nullopt;
        }
        return std::get<StunMessage>(decode_stun(encode(reply->message)));
    }

    template <class Discovery>
    Discovery run(const StunClientSettings& settings)
    {
        Discovery discovery;
        StunOutputs out;
        std::deque<std::pair<SimTime, StunMessage>> back;
        discovery.on_start(settings, kHost, 1, now, out);
        for (int step = 0; step < 1000 && !discovery.result(); ++step)
        {
            for (const auto& send : out)
            {
                if (const auto response = exchange(send))
                {
                    back.emplace_back(now + 20ms, *response);
                }
            }
            out.clear();
            if (!back.empty() && back.front().first <= discovery.next_deadline())
            {
                now = back.front().first;
                const auto message = back.front().second;
                back.pop_front();
                discovery.on_message(settings, kHost, now, message, out);
                continue;
            }
            REQUIRE(discovery.next_deadline() != kNever);
            now = discovery.next_deadline();
            discovery.on_deadline(settings, kHost, now, out);
        }
        REQUIRE(discovery.result());
        CHECK(discovery.next_deadline() == kNever);
        return discovery;
    }

    NatType classic()
    {
        return *run<ClassicDiscovery>(kClassic).result();
    }

    NatBehaviour behaviour()
    {
        return *run<BehaviourDiscovery>(kCookie).result();
    }
};

inline std::int64_t
milliseconds(SimTime at)
{
    return at.time_since_epoch() / 1ms;
}

} // namespace sipsim::nat
