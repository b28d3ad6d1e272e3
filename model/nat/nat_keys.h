#pragma once

// Models : what identifies a mapping, a further destination of it, and an outer port (RFC 4787 §4.1, §5).
// Drives : NatTable's indices.
// Keeps  : the same in every run: no hash depends on an address of ours or on a seed.
// Leaves : which record has which key.

#include "model/base/mix.h"
#include "model/nat/nat_options.h"
#include "model/sip/ids.h"

#include <cstdint>

namespace sipsim::nat
{

/// The part of a destination that matters.
[[nodiscard]] constexpr sip::Endpoint
masked(Dependence dependence, sip::Endpoint to)
{
    switch (dependence)
    {
    case Dependence::kEndpointIndependent:
        return {};
    case Dependence::kAddressDependent:
        return {to.host, 0};
    case Dependence::kAddressAndPortDependent:
        break;
    }
    return to;
}

[[nodiscard]] constexpr std::uint64_t
mixed(std::uint32_t box, sip::Endpoint inner, sip::Endpoint dest)
{
    const std::uint64_t who = (std::uint64_t{box} << 32U) | static_cast<std::uint32_t>(inner.host);
    const std::uint64_t rest = (std::uint64_t{inner.port} << 48U) |
                               (std::uint64_t{dest.port} << 32U) |
                               static_cast<std::uint32_t>(dest.host);
    return mix(mix(who) ^ rest);
}

/// `dest` masked by the mapping's dependence.
[[nodiscard]] constexpr std::uint64_t
mapping_hash(std::uint32_t box, sip::Endpoint inner, sip::Endpoint dest)
{
    return mixed(box, inner, dest);
}

/// `dest` masked by the filter's dependence.
[[nodiscard]] constexpr std::uint64_t
further_hash(std::uint32_t box, sip::Endpoint inner, sip::Endpoint dest)
{
    return mixed(~box, inner, dest);
}

[[nodiscard]] constexpr std::uint64_t
outer_hash(std::uint32_t box, std::uint16_t port)
{
    return mix((std::uint64_t{box} << 16U) | port);
}

} // namespace sipsim::nat
