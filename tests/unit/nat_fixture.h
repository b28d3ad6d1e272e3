#pragma once

// What the tests of the NAT table share: addresses, and a box with one device.

#include "model/nat/nat_table.h"

#include <doctest/doctest.h>

#include <optional>
#include <string>

namespace sipsim::nat
{

inline constexpr Endpoint kDevice{sip::Host{0xC0A8'0102}, 5060}; // 192.168.1.2
inline constexpr Endpoint kSecond{sip::Host{0xC0A8'0103}, 5060};
inline constexpr sip::Host kOuterHost{0xCB00'7101}; // 203.0.113.1

// A server with two addresses and two ports, as RFC 3489 and RFC 5780 want it.
inline constexpr Endpoint kA1{sip::Host{0xC633'6401}, 3478}; // 198.51.100.1
inline constexpr Endpoint kA2{sip::Host{0xC633'6401}, 3479};
inline constexpr Endpoint kB1{sip::Host{0xC633'6402}, 3478};
inline constexpr Endpoint kB2{sip::Host{0xC633'6402}, 3479};

inline SimTime
at(SimDuration since_start)
{
    return SimTime{since_start};
}

/// One box, number 0.
struct Home
{
    explicit Home(const NatOptions& options)
        : table(options, 1, 0, 1, 8)
    {
        CHECK(validate(options).empty());
    }

    Passage out(SimDuration when, Endpoint to, Endpoint inner = kDevice)
    {
        return table.outbound(at(when), 0, inner, to);
    }

    Passage in(SimDuration when, std::uint16_t port, Endpoint from)
    {
        return table.inbound(at(when), 0, {kOuterHost, port}, from);
    }

    [[nodiscard]] Barrier ask(SimDuration when, std::uint16_t port, Endpoint from) const
    {
        return table.look(at(when), 0, {kOuterHost, port}, from).barrier;
    }

    [[nodiscard]] std::optional<std::uint16_t> port(SimDuration when,
                                                    Endpoint to,
                                                    Endpoint inner = kDevice) const
    {
        return table.mapped_port(at(when), 0, inner, to);
    }

    NatTable table;
};

} // namespace sipsim::nat

namespace doctest
{

template <>
struct StringMaker<sipsim::nat::Barrier>
{
    static String convert(sipsim::nat::Barrier barrier)
    {
        constexpr const char* kNames[] = {"none",
                                          "blocked",
                                          "full",
                                          "no mapping",
                                          "expired",
                                          "filtered",
                                          "wrong port",
                                          "no hairpin"};
        return kNames[static_cast<std::size_t>(barrier)];
    }
};

template <>
struct StringMaker<std::optional<std::uint16_t>>
{
    static String convert(const std::optional<std::uint16_t>& port)
    {
        return port ? toString(*port) : String{"none"};
    }
};

} // namespace doctest
