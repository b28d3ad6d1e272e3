#pragma once

// Models : a DNS message as a value (RFC 1035 §4, EDNS by RFC 6891), names and octet strings as numbers.
// Drives : name server and resolver make and read it; the codec turns it into octets and back.
// Keeps  : fixed room, no allocation, copies cost what is in use; room for the answers our cores make;
//          a message that needs more is refused by the codec.
// Leaves : octets (codec.h). Not modelled: options of EDNS, TSIG, more than one question, DNSSEC beyond
//          passing its records on unread.

#include "model/base/fixed_vector.h"
#include "model/dns/names.h"
#include "model/sip/ids.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>
#include <variant>

namespace sipsim::dns
{

using sip::Endpoint;

inline constexpr std::uint16_t kDnsPort = 53;

/// RR types (RFC 1035 §3.2.2 and later); any other number is a type, too.
enum class Type : std::uint16_t
{
    kNone = 0,
    kA = 1,
    kNs = 2,
    kCname = 5,
    kSoa = 6,
    kPtr = 12,
    kMx = 15,
    kAaaa = 28,
    kSrv = 33,
    kNaptr = 35,
    kOpt = 41, // never a record of ours: see Edns
    kAny = 255,
};

enum class Class : std::uint16_t
{
    kIn = 1,
};

/// RFC 1035 §4.1.1; the extended ones by RFC 6891 §9. Any other number below 4096, too.
enum class Rcode : std::uint16_t
{
    kNoError = 0,
    kFormErr = 1,
    kServFail = 2,
    kNxDomain = 3,
    kNotImp = 4,
    kRefused = 5,
    kBadVers = 16,
};

enum class Opcode : std::uint8_t
{
    kQuery = 0,
};

struct A
{
    std::uint32_t address = 0; // host byte order

    friend bool operator==(const A&, const A&) = default;
};

struct Aaaa
{
    std::array<std::uint32_t, 4> words{}; // most significant first, host byte order

    friend bool operator==(const Aaaa&, const Aaaa&) = default;
};

/// RDATA of CNAME, NS, PTR.
struct Pointer
{
    Name target{};

    friend bool operator==(const Pointer&, const Pointer&) = default;
};

struct Mx
{
    std::uint16_t preference = 0;
    Name exchange{};

    friend bool operator==(const Mx&, const Mx&) = default;
};

/// RFC 2782.
struct Srv
{
    std::uint16_t priority = 0;
    std::uint16_t weight = 0;
    std::uint16_t port = 0;
    Name target{}; // kRoot: the service is decidedly not available

    friend bool operator==(const Srv&, const Srv&) = default;
};

/// RFC 3403 §4.1; flags, services and regexp are at most 255 octets each.
struct Naptr
{
    std::uint16_t order = 0;
    std::uint16_t preference = 0;
    Octets flags{};
    Octets services{};
    Octets regexp{};
    Name replacement{};

    friend bool operator==(const Naptr&, const Naptr&) = default;
};

struct Soa
{
    Name mname{};
    Name rname{};
    std::uint32_t serial = 1;
    std::uint32_t refresh = 7200;   // s
    std::uint32_t retry = 900;      // s
    std::uint32_t expire = 1209600; // s
    std::uint32_t minimum = 300;    // s: of negative answers (RFC 2308 §4)

    friend bool operator==(const Soa&, const Soa&) = default;
};

/// RDATA of any other type, uncompressed (RFC 3597).
struct Opaque
{
    Octets octets{};

    friend bool operator==(const Opaque&, const Opaque&) = default;
};

using Data = std::variant<A, Aaaa, Pointer, Mx, Srv, Naptr, Soa, Opaque>;

struct Record
{
    Name owner{};
    Type type = Type::kA;
    Class klass = Class::kIn;
    std::uint32_t ttl = 0; // s, below 2^31 (RFC 2181 §8)
    Data data;

    friend bool operator==(const Record&, const Record&) = default;
};

struct Question
{
    Name name{};
    Type type = Type::kA;
    Class klass = Class::kIn;

    friend bool operator==(const Question&, const Question&) = default;
};

/// The OPT record (RFC 6891 §6.1).
struct Edns
{
    std::uint16_t udp_size = 1232; // what the sender can take; at least 512 (§6.2.3)
    std::uint8_t version = 0;
    bool dnssec_ok = false; // RFC 3225

    friend bool operator==(const Edns&, const Edns&) = default;
};

/// The flags of the header (RFC 1035 §4.1.1, RFC 4035 §3.1.6).
struct Flags
{
    bool response = false;
    bool authoritative = false;
    bool truncated = false;
    bool recursion_desired = false;
    bool recursion_available = false;
    bool authentic_data = false;
    bool checking_disabled = false;

    friend bool operator==(const Flags&, const Flags&) = default;
};

/// Room of a message. Model choice: a set of more than 32 targets or addresses does not fit 1232 octets
/// either, the usual EDNS size.
inline constexpr std::size_t kMaxAnswers = 48;
inline constexpr std::size_t kMaxAuthority = 16;
inline constexpr std::size_t kMaxAdditional = 48;

struct Message
{
    std::uint16_t id = 0;
    Opcode opcode = Opcode::kQuery;
    Flags flags;
    Rcode rcode = Rcode::kNoError; // above 15 only with EDNS
    std::optional<Question> question;
    FixedVector<Record, kMaxAnswers> answer;
    FixedVector<Record, kMaxAuthority> authority;
    FixedVector<Record, kMaxAdditional> additional; // without OPT
    std::optional<Edns> edns;

    friend bool operator==(const Message&, const Message&) = default;
};

static_assert(std::is_trivially_copyable_v<Record>);
static_assert(sizeof(Record) <= 44);

inline constexpr std::size_t kHeaderOctets = 12;
inline constexpr std::uint16_t kClassicSize = 512; // without EDNS (RFC 1035 §2.3.4)

/// A query: RD set, as stub resolvers do.
[[nodiscard]] Message query(std::uint16_t id, Name name, Type type, std::optional<Edns> edns = {});

/// A response without records: id, opcode, question and RD of the query (RFC 1035 §4.1.1), EDNS if the
/// query had it (RFC 6891 §7).
[[nodiscard]] Message response_to(const Message& query, Rcode rcode);

/// What is said to a query that no server here serves: of another opcode (RFC 1035 §4.1.1: NOTIMP), without
/// a question (FORMERR), of another version of EDNS (RFC 6891 §6.1.3: BADVERS). Empty: it is served.
[[nodiscard]] std::optional<Rcode> unserved(const Message& query);

/// Octets of a message as the codec encodes it, with names compressed where RFC 1035 §4.1.4 and RFC 3597
/// §4 let them; computed without making them, allocates nothing.
[[nodiscard]] std::size_t encoded_size(const Message& message, const Names& names);

/// Records of each section, in order, and the octets of the message with just those.
struct Fitting
{
    std::size_t answer = 0;
    std::size_t authority = 0;
    std::size_t additional = 0;
    std::size_t octets = 0;
};

/// How many records, in order, fit `limit` octets, OPT reserved.
[[nodiscard]] Fitting fitting(const Message& message, const Names& names, std::size_t limit);

/// Shortens a response to `limit` octets. RFC 2181 §9: TC where what was asked for does not fit, in which
/// case part of it may stay; additional data is left off in whole sets and without a word.
void cut(Message& message, const Names& names, std::size_t limit);

/// "NOERROR", "NXDOMAIN", ...; "RCODE17" for numbers without a name here.
[[nodiscard]] std::string rcode_name(Rcode rcode);
/// "A", "SRV", ...; "TYPE65280" (RFC 3597 §5).
[[nodiscard]] std::string type_name(Type type);

} // namespace sipsim::dns
