#pragma once

// Models : DNS's octets, both directions (RFC 1035 §4, RFC 2782, RFC 3403, RFC 3597, RFC 6891).
// Drives : packet carrier, `sipsim decode`, live peers.
// Keeps  : decode(encode(m)) == m for every message our cores make; encoded_size(m) ==
//          encode(m).size(); a hostile datagram never throws and never reads outside; nothing that is
//          not checked here is shown to the library.
// Leaves : what is owed to whom (authority.h, resolver.h). Not modelled: DNS over TCP, options of EDNS.

#include "model/dns/message.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace sipsim::dns
{

/// Why a datagram is not taken.
enum class Flaw : std::uint8_t
{
    kTooShort,          // no whole header
    kTooLong,           // more than UDP carries
    kQuestionCount,     // more than one question (RFC 9619)
    kTruncatedRecord,   // the counts of the header promise more than there is
    kTrailingOctets,    // or less
    kTooManyRecords,    // more than the room of a Message
    kLabelType,         // a label begins with 01 or 10 (RFC 1035 §4.1.4, RFC 6891 §5)
    kNameTooLong,       // more than 255 octets (RFC 1035 §2.3.4)
    kNameBeyondEnd,     // a name does not end in the datagram, or not in its RDATA
    kCompressionLoop,   // a pointer into the name it belongs to
    kForwardPointer,    // a pointer to what comes later (RFC 1035 §4.1.4: a prior occurrence)
    kPointerIntoHeader, // where no name can be
    kRdataLength,       // the fields of RDATA do not fill RDLENGTH
    kBadOpt, // a second OPT, one outside of additional, or one with a name (RFC 6891 §6.1.1)
    kUnsupportedType, // TSIG, or a type of RFC 1035 that is obsolete and may be compressed
    kNamesFull,       // no room for another name
    kLibrary,         // the library does not take it
};
inline constexpr std::size_t kFlaws = 17;

/// One clause.
[[nodiscard]] std::string_view reason(Flaw flaw);

struct Refusal
{
    Flaw flaw{};
    // Owed where a whole header of a query came (RFC 1035 §4.1.1: FORMERR, or NOTIMP of another opcode, whose
    // sections are not what they are in a QUERY: RFC 2136 §2), else empty.
    std::optional<Message> response;
};

using Decoded = std::variant<Message, Refusal>;

/// How often each flaw was seen.
using FlawCounts = std::array<std::uint64_t, kFlaws>;

/// The structure of a datagram: counts, names, pointers, lengths. Empty: it is sound.
[[nodiscard]] std::optional<Flaw> check_structure(std::string_view datagram);

[[nodiscard]] Decoded decode(std::string_view datagram, Names& names);

/// Empty if the library refuses, which it does for no message that our cores make.
[[nodiscard]] std::optional<std::string> encode(const Message& message, const Names& names);

} // namespace sipsim::dns
