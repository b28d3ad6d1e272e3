#pragma once

// Models : zones as a World describes them, with the addresses of its servers.
// Drives : Directory makes them for name servers; configurations check them before a run.
// Keeps  : a pure function of its arguments.
// Leaves : what is wrong with them (dns::validate()).

#include "model/dns/zone.h"
#include "model/world/layout.h"

namespace sipsim::world
{

/// Its SOA comes first, then the records in file order. A name that is none by RFC 1035 is the root: the
/// configuration has refused it.
[[nodiscard]] dns::Zone make_zone(const ZoneSpec& spec, const Layout& layout, dns::Names& names);

} // namespace sipsim::world
