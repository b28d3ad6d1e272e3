#pragma once

// Models : one record of a zone as a master file writes it (RFC 1035 §5.1), on one line.
// Drives : read_zone() (config_dns.h) calls it for each.
// Keeps  : every complaint is at the record.
// Leaves : what records mean together (dns::validate()). Not modelled: ( ), $ORIGIN, $TTL, a blank owner.

#include "scenarios/runner/config_names.h"
#include "scenarios/runner/config_values.h"
#include "scenarios/runner/config_world.h"

#include <cstddef>
#include <cstdint>

namespace sipsim::runner
{

/// Adds what `text` says to `zone`, whose origin is read; `ttl`, where it names none.
void read_record(const PlacedText& text,
                 std::uint32_t ttl,
                 const Names& names,
                 Findings& findings,
                 world::ZoneSpec& zone);

/// Where that one of world::ZoneSpec::records is written. Precondition: there were no errors.
[[nodiscard]] Place place_of_record(const Section& zone, std::size_t number);

} // namespace sipsim::runner
