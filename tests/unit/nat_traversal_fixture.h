#pragma once

// Models : a device behind a box of the NAT table, a STUN server with two addresses and a SIP server that
//          answers STUN and OPTIONS on its port, or does not.
// Drives : tests/unit/nat_traversal_*_test.cc.
// Keeps  : a datagram takes 20 ms there and back; time goes from event to event; the core is poked a
//          nanosecond before each of its deadlines.
// Leaves : the SIP message of an OPTIONS (registration).

#include "model/nat/device_traversal.h"
#include "model/nat/nat_table.h"
#include "model/nat/stun_codec.h"
#include "model/nat/stun_server.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace sipsim::nat
{

inline constexpr Endpoint kStunServer{sip::Host{0xC6336401}, 3478};
inline constexpr Endpoint kStunAlternate{sip::Host{0xC6336402}, 3479};
inline constexpr Endpoint kSipServer{sip::Host{0xC0000201}, 5060};
inline constexpr Endpoint kInner{sip::Host{0x0A000002}, 5060};
inline constexpr sip::Host kBox{0xCB007101};      // 203.0.113.1
inline constexpr sip::Host kBoxLater{0xCB007102}; // its address after a reboot
inline constexpr SimDuration kRtt = 20ms;

struct TraversalBench
{
    struct Event
    {
        SimTime at{};
        RegisterAnew::Reason reason{};
    };

    struct Sent
    {
        SimTime at{};
        Endpoint to;
        StunMessage message;
        bool again = false;
    };

    struct Asked
    {
        SimTime at{};
        std::uint64_t number = 0;
        bool again = false;
    };

    using Reply = std::variant<StunMessage, std::pair<std::uint64_t, std::uint16_t>, Endpoint>;

    explicit TraversalBench(const TraversalOptions& options = {}, const char* nat = "full-cone")
        : table(*preset(nat), 1, 77, 1, 8)
    {
        settings.options = options;
        REQUIRE(validate(options).empty());
    }

    TraversalSettings settings{.options = {},
                               .stun_server = kStunServer,
                               .sip_server = kSipServer,
                               .transaction = {}};
    StunClientHost host{{1, 2, 0}, {kInner, kInner}};
    NatTable table;
    sip::Host outside = kBox;
    StunServerOptions stun{.primary = kStunServer, .alternate = kStunAlternate};
    bool stun_alive = true;
    bool sip_alive = true;
    bool icmp = false;          // the dead answer by port unreachable
    std::uint16_t status = 200; // of OPTIONS

    DeviceTraversal device;
    SimTime now{};
    std::deque<std::pair<SimTime, Reply>> back{}; // on its way to the device
    std::optional<SimTime> ready_at{};
    std::vector<Event> anew{};
    std::vector<Sent> stun_sent{};
    std::vector<Asked> options_sent{};

    void boot(std::uint32_t boots = 1, SimDuration after = 0s)
    {
        TraversalOutputs out;
        ready_at.reset();
        device.on_boot(settings, host, boots, now, now + after, out);
        take(out);
    }

    /// How the world outside sees a datagram of the device's; empty: dropped.
    std::optional<Endpoint> leave(Endpoint to)
    {
        auto passage = table.outbound(now, 0, kInner, to);
        if (!passage.passed())
        {
            return std::nullopt;
        }
        if (passage.endpoint.host == sip::Host{})
        {
            passage.endpoint.host = outside;
        }
        return passage.endpoint;
    }

    /// Where nothing is translated filters still work.
    [[nodiscard]] bool comes_in(Endpoint to, Endpoint from)
    {
        return table.inbound(now, 0, to, from).passed() && (to == kInner || to.host == outside);
    }

    void reply_to(const StunSend& send)
    {
        const std::optional<Endpoint> from = leave(send.to);
        const bool to_sip = send.to == kSipServer;
        if (from && !(to_sip ? sip_alive : stun_alive) && icmp)
        {
            back.emplace_back(now + kRtt, send.to);
        }
        if (!from || !(to_sip ? sip_alive : stun_alive))
        {
            return;
        }
        const StunServer server{to_sip ? stun_on_sip_port(kSipServer) : stun};
        const auto reply = server.on_datagram(encode(send.message), send.to, *from);
        if (reply && comes_in(reply->to, reply->from))
        {
            back.emplace_back(now + kRtt,
                              std::get<StunMessage>(decode_stun(encode(reply->message))));
        }
    }

    void take(const TraversalOutputs& out)
    {
        for (const TraversalOutput& output : out)
        {
            if (const auto* send = std::get_if<StunSend>(&output))
            {
                stun_sent.push_back({now, send->to, send->message, send->again});
                CHECK_MESSAGE(send->socket == 0, "the SIP socket");
                reply_to(*send);
            }
            else if (const auto* options = std::get_if<OptionsSend>(&output))
            {
                options_sent.push_back({now, options->number, options->again});
                CHECK(device.options_number() == options->number);
                const bool passes = leave(kSipServer).has_value();
                if (passes && sip_alive)
                {
                    back.emplace_back(now + kRtt, std::pair{options->number, status});
                }
                else if (passes && icmp)
                {
                    back.emplace_back(now + kRtt, kSipServer);
                }
            }
            else if (const auto* again = std::get_if<RegisterAnew>(&output))
            {
                CHECK(device.ready());
                anew.push_back({now, again->reason});
            }
            else
            {
                CHECK(device.ready());
                CHECK_FALSE(ready_at);
                ready_at = now;
            }
        }
    }

    void receive(const Reply& reply)
    {
        TraversalOutputs out;
        if (const auto* message = std::get_if<StunMessage>(&reply))
        {
            static_cast<void>(device.on_stun(settings, host, now, *message, out));
        }
        else if (const auto* answer = std::get_if<std::pair<std::uint64_t, std::uint16_t>>(&reply))
        {
            device.on_options_response(settings, host, now, answer->first, answer->second, out);
        }
        else
        {
            device.on_transport_error(settings, host, now, std::get<Endpoint>(reply), out);
        }
        take(out);
    }

    /// Every event up to `until`, responses before deadlines of the same instant.
    void run_until(SimTime until)
    {
        for (int step = 0; step < 100'000; ++step)
        {
            const SimTime arrival = back.empty() ? kNever : back.front().first;
            const SimTime deadline = device.next_deadline();
            if (std::min(arrival, deadline) > until)
            {
                now = until;
                return;
            }
            if (arrival <= deadline)
            {
                now = arrival;
                const Reply reply = back.front().second;
                back.pop_front();
                receive(reply);
                continue;
            }
            if (deadline > now)
            {
                now = deadline - SimDuration{1};
                TraversalOutputs none;
                device.on_deadline(settings, host, now, none);
                CHECK_MESSAGE(none.empty(), "spurious calls are harmless");
                CHECK(device.next_deadline() == deadline);
            }
            now = deadline;
            TraversalOutputs out;
            device.on_deadline(settings, host, now, out);
            take(out);
        }
        FAIL("never idle");
    }

    void run_for(SimDuration time)
    {
        run_until(now + time);
    }

    /// First transmissions only.
    [[nodiscard]] std::vector<SimTime> bindings_to(Endpoint to) const
    {
        std::vector<SimTime> all;
        for (const Sent& sent : stun_sent)
        {
            if (sent.to == to && !sent.again)
            {
                all.push_back(sent.at);
            }
        }
        return all;
    }

    [[nodiscard]] std::vector<SimTime> pings() const
    {
        std::vector<SimTime> all;
        for (const Asked& asked : options_sent)
        {
            if (!asked.again)
            {
                all.push_back(asked.at);
            }
        }
        return all;
    }

    /// The home NAT loses its power for a moment and comes back with another address.
    void reboot_nat()
    {
        table.reboot(0);
        outside = kBoxLater;
    }
};

} // namespace sipsim::nat
