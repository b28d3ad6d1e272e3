#pragma once

// Models : nothing: the way to the library.
// Drives : decode().
// Keeps  : no name of the library leaves codec_ldns.cc.
// Leaves : structure (check_structure() goes first), what a sender is owed.

#include "model/dns/codec.h"

namespace sipsim::dns
{

/// Precondition: check_structure() found nothing.
[[nodiscard]] Decoded decode_sound(std::string_view datagram, Names& names);

} // namespace sipsim::dns
