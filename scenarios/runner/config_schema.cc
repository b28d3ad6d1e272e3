#include "scenarios/runner/config_schema.h"

#include "model/base/quantity.h"
#include "model/sip/message.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace sipsim::runner
{

namespace
{

using enum KeyType;

constexpr double kYear = 365.0 * 86'400.0;
constexpr double kMaxSeconds = 4'294'967'295.0; // delta-seconds (RFC 3261 §20.19)
constexpr double kMaxCount = 10'000'000.0;
constexpr KeyRange kPositive{.low = 0.0, .above_low = true};
constexpr KeyRange kUpToAYear{.low = 0.0, .high = kYear};
constexpr KeyRange kSomeTimeUpToAYear{.low = 0.0, .high = kYear, .above_low = true};
constexpr KeyRange kShareRange{.low = 0.0, .high = 1.0};
constexpr KeyRange kDelaySeconds{.low = 0.0, .high = kMaxSeconds};
constexpr KeyRange kUdpSizes{.low = 512.0,
                             .high = 1232.0}; // what never fragments (DNS flag day 2020)
constexpr KeyRange kDeltaSeconds{.low = 1.0, .high = kMaxSeconds};

constexpr std::string_view kDeviceFaults = "reboot|restart|crash|power-cut";
constexpr std::string_view kFaultsOfSomeDevices = "reboot|restart|crash|power-cut|access";
constexpr std::string_view kSharedFaults = "reboot|restart|crash|power-cut|nat-reboot|access";
constexpr std::string_view kLastingFaults =
    "restart|crash|power-cut|outage|partition|link|access|password|dns-slow|dns-lame|zone-change|"
    "vip-switch|drain";
constexpr std::string_view kDependences =
    "endpoint-independent|address-dependent|address-and-port-dependent";
constexpr std::string_view kNatTypes = "open|udp-blocked|symmetric-firewall|full-cone|restricted-"
                                       "cone|port-restricted-cone|symmetric|linux";

// clang-format off
constexpr std::array kSections{
    SectionSpec{.section = "experiment", .meaning = "the run as a whole"},
    SectionSpec{.section = "network", .meaning = "the map and the links of hosts to it"},
    SectionSpec{.section = "registrar", .listed = true, .meaning = "a registrar with its location service"},
    SectionSpec{.section = "proxy", .listed = true, .meaning = "an outbound proxy or SBC before a registrar"},
    SectionSpec{.section = "stun", .listed = true, .meaning = "a STUN server with two addresses and two ports (3478, 3479)"},
    SectionSpec{.section = "zone", .listed = true, .meaning = "a zone of the DNS, or another version of one"},
    SectionSpec{.section = "dns", .listed = true, .meaning = "a name server, or a site's caching resolver"},
    SectionSpec{.section = "nat", .listed = true, .meaning = "a kind of NAT, one box per device or one for many"},
    SectionSpec{.section = "fleet", .listed = true, .meaning = "devices that are alike"},
    SectionSpec{.section = "attacker", .listed = true, .meaning = "hosts that guess the passwords of a fleet"},
    SectionSpec{.section = "fault", .listed = true, .meaning = "what breaks, when, and for how long"},
    SectionSpec{.section = "sweep", .meaning = "parameters to vary: [sweep.over] has an axis per line, the last one fastest; [sweep.along.AXIS] lists what others are at its values; each [sweep.cases.NAME] sets parameters together, and the cases are one axis more"},
    SectionSpec{.section = "replications", .meaning = "the same with other random numbers"},
    SectionSpec{.section = "live", .meaning = "which host the real network stands for in `sipsim live`: a device, a registrar or a name server; nothing else reads it"},
    SectionSpec{.section = "report", .meaning = "what plots and findings need to know"},
};

constexpr std::array kKeys{
    KeySpec{.section = "experiment", .key = "name", .type = kName, .fallback = kOptional, .swept = Swept::kNo,
            .meaning = "what results are called; the file's name if absent"},
    KeySpec{.section = "experiment", .key = "carrier", .type = kChoice, .choices = "packet|fleet", .fallback = "packet", .swept = Swept::kNo,
            .meaning = "packet: ns-3 nodes and real SIP over UDP; fleet: the same protocol in rows, for 10^5 devices and more"},
    KeySpec{.section = "experiment", .key = "duration", .type = kDuration, .range = kSomeTimeUpToAYear, .fallback = kRequired,
            .meaning = "simulated time of a run"},
    KeySpec{.section = "experiment", .key = "warmup", .type = kDuration, .range = kUpToAYear, .fallback = "0s",
            .meaning = "no metric looks at the time before"},
    KeySpec{.section = "experiment", .key = "seed", .type = kInteger, .fallback = "1", .swept = Swept::kNo,
            .meaning = "of all randomness; replications derive theirs from it"},
    KeySpec{.section = "experiment", .key = "pcap", .type = kBool, .fallback = "false", .swept = Swept::kNo,
            .meaning = "every run leaves a capture of the registrars' links (raw IP)"},
    KeySpec{.section = "experiment", .key = "keepalives", .type = kChoice, .choices = "sent|computed", .fallback = kOptional,
            .meaning = "keepalives one by one, or their outcome computed; by default packets send and the fleet computes"},
    KeySpec{.section = "experiment", .key = "run_timeout", .type = kDuration, .range = {.low = 1.0, .high = kYear}, .fallback = "10min", .swept = Swept::kNo,
            .meaning = "wall-clock time after which a run is ended, retried once, then given up"},

    KeySpec{.section = "network", .key = "topology", .type = kText, .fallback = kRequired,
            .meaning = "a GraphML file, relative to this one, or generate:..."},
    KeySpec{.section = "network", .key = "route_factor", .type = kShare, .range = {.low = 1.0, .high = 10.0}, .fallback = "1",
            .meaning = "cable length over great-circle distance"},
    KeySpec{.section = "network", .key = "missing_coordinates", .type = kChoice, .choices = "refuse|neighbours", .fallback = "refuse",
            .meaning = "nodes without a place on links without a delay: refuse the map, or put them between their neighbours"},
    KeySpec{.section = "network", .key = "access.bandwidth", .type = kBitRate, .range = {.low = 16.0, .high = 1e15}, .fallback = "10Mbps",
            .meaning = "of a device's own link, each way"},
    KeySpec{.section = "network", .key = "access.delay", .type = kDuration, .range = {.low = 0.0, .high = 10.0}, .fallback = "5ms",
            .meaning = "one way between a device and its PoP"},
    KeySpec{.section = "network", .key = "access.loss", .type = kShare, .range = kShareRange, .fallback = "0",
            .meaning = "share of datagrams lost, each way"},
    KeySpec{.section = "network", .key = "access.jitter", .type = kDuration, .range = {.low = 0.0, .high = 10.0}, .fallback = "0s",
            .meaning = "extra time of a datagram, uniform between 0 and this; order stays"},
    KeySpec{.section = "network", .key = "access.queue_limit", .type = kDuration, .range = {.low = 0.0, .high = 3600.0, .above_low = true}, .fallback = kOptional,
            .meaning = "longest a datagram waits for the link before it is dropped"},

    KeySpec{.section = "registrar", .key = "name", .type = kName, .fallback = kRequired, .swept = Swept::kNo,
            .meaning = "what fleets and faults call it"},
    KeySpec{.section = "registrar", .key = "at", .type = kText, .fallback = kRequired,
            .meaning = "its node on the map"},
    KeySpec{.section = "registrar", .key = "domain", .type = kText, .fallback = "sip.example",
            .meaning = "of its addresses of record"},
    KeySpec{.section = "registrar", .key = "bindings", .type = kChoice, .choices = "kept|lost", .fallback = "kept",
            .meaning = "what an outage does to its bindings"},
    KeySpec{.section = "registrar", .key = "shared_bindings", .type = kChoice, .choices = "nothing|replicated|database", .fallback = kOptional,
            .meaning = "with the other registrars of its domain: nothing, every change after replication_delay, or one database that outlives each of them; absent: as another of the domain says, else nothing"},
    KeySpec{.section = "registrar", .key = "replication_delay", .type = kDuration, .range = {.low = 0.0, .high = 86'400.0}, .fallback = kOptional,
            .meaning = "from a change at one to its effect at the others, and from a return to knowing what they know; absent: as another of the domain says, else 100ms"},
    KeySpec{.section = "registrar", .key = "challenge", .type = kChoice, .choices = "never|initial|always", .fallback = "always",
            .meaning = "which REGISTER must prove itself by digest"},
    KeySpec{.section = "registrar", .key = "challenge_status", .type = kInteger, .choices = "401|407", .fallback = "401",
            .meaning = "how it asks"},
    KeySpec{.section = "registrar", .key = "nonce_lifetime", .type = kDuration, .range = kUpToAYear, .fallback = "300s",
            .meaning = "age at which a nonce is stale; 0s: it serves once"},
    KeySpec{.section = "registrar", .key = "algorithms", .type = kTexts, .choices = "MD5|SHA-256", .fallback = "MD5",
            .meaning = "digest algorithms offered, best first"},
    KeySpec{.section = "registrar", .key = "qop", .type = kBool, .fallback = "true",
            .meaning = "challenges offer qop=auth"},
    KeySpec{.section = "registrar", .key = "wrong_credentials_status", .type = kInteger, .choices = "401|403", .fallback = "401",
            .meaning = "401: a wrong proof is challenged again; 403: it is refused"},
    KeySpec{.section = "registrar", .key = "default_expires", .type = kWholeSeconds, .range = kDeltaSeconds, .fallback = "3600s",
            .meaning = "granted when a REGISTER names no expiry"},
    KeySpec{.section = "registrar", .key = "min_expires", .type = kWholeSeconds, .range = {.low = 0.0, .high = 3600.0}, .fallback = "60s",
            .meaning = "a shorter request is answered 423; 0s: none is too short"},
    KeySpec{.section = "registrar", .key = "max_expires", .type = kWholeSeconds, .range = kDeltaSeconds, .fallback = "7200s",
            .meaning = "no longer expiry is granted"},
    KeySpec{.section = "registrar", .key = "expiry_spread", .type = kShare, .range = kShareRange, .fallback = "0",
            .meaning = "a granted expiry is shortened by a random part of it, uniform between 0 and this (below 1), never below min_expires"},
    KeySpec{.section = "registrar", .key = "expiry_spread_per_user", .type = kBool, .fallback = "false",
            .meaning = "that part is drawn once per address of record and kept, not anew for each grant"},
    KeySpec{.section = "registrar", .key = "max_contacts", .type = kInteger, .range = {.low = 1.0, .high = sip::kMaxContacts}, .fallback = "1",
            .meaning = "bindings an address of record may have"},
    KeySpec{.section = "registrar", .key = "second_contact", .type = kChoice, .choices = "append|replace|reject", .fallback = "replace",
            .meaning = "what another contact of the same address of record does"},
    KeySpec{.section = "registrar", .key = "contact_address", .type = kChoice, .choices = "sent|seen|seen-host", .fallback = "sent",
            .meaning = "a binding keeps the Contact's host and port, those the REGISTER came from, or the host it came from with the Contact's port (VOS3000 request address: Contact, Socket, Contact port)"},
    KeySpec{.section = "registrar", .key = "reply_address", .type = kChoice, .choices = "standard|socket|via-port|via", .fallback = "standard",
            .meaning = "where responses go: by RFC 3261 and RFC 3581, where the request came from, that host at the Via's port, or the Via's sent-by (VOS3000 reply address: Socket, Via port, Via)"},
    KeySpec{.section = "registrar", .key = "station.workers", .type = kInteger, .range = {.low = 0.0, .high = 1024.0}, .fallback = "0",
            .meaning = "requests served at a time; 0: infinitely fast, nothing queues"},
    KeySpec{.section = "registrar", .key = "station.law", .type = kChoice, .choices = "constant|exponential", .fallback = "constant",
            .meaning = "how a worker's time per request is distributed"},
    KeySpec{.section = "registrar", .key = "station.unauthenticated", .type = kDuration, .range = {.low = 0.0, .high = 3600.0}, .fallback = "0s",
            .meaning = "mean time of a worker for a request without credentials"},
    KeySpec{.section = "registrar", .key = "station.authenticated", .type = kDuration, .range = {.low = 0.0, .high = 3600.0}, .fallback = "0s",
            .meaning = "mean time of a worker for a request with credentials"},
    KeySpec{.section = "registrar", .key = "station.queue", .type = kInteger, .range = {.low = 0.0, .high = 1e9}, .fallback = kOptional,
            .meaning = "requests that may wait for a worker; without it any number"},
    KeySpec{.section = "registrar", .key = "station.when_full", .type = kChoice, .choices = "drop|refuse", .fallback = "drop",
            .meaning = "a request that finds the queue full, or comes faster than rate_limit: dropped, or refused with 503"},
    KeySpec{.section = "registrar", .key = "station.retry_after", .type = kWholeSeconds, .range = kDelaySeconds, .fallback = kOptional,
            .meaning = "Retry-After of that 503, or the least of it"},
    KeySpec{.section = "registrar", .key = "station.retry_after_law", .type = kChoice, .choices = "fixed|random|adaptive", .fallback = "fixed",
            .meaning = "Retry-After of that 503: always the same, uniform between retry_after and retry_after_max, or when what waits and those refused before have been served"},
    KeySpec{.section = "registrar", .key = "station.retry_after_max", .type = kWholeSeconds, .range = kDelaySeconds, .fallback = kOptional,
            .meaning = "the most that a random or adaptive Retry-After says"},
    KeySpec{.section = "registrar", .key = "station.rate_limit", .type = kRate, .range = {.low = 0.0, .high = 1e9, .above_low = true}, .fallback = kOptional,
            .meaning = "requests taken per second at most, whatever the queue (token bucket); without it any number"},
    KeySpec{.section = "registrar", .key = "station.burst", .type = kInteger, .range = {.low = 1.0, .high = 1e6}, .fallback = "1",
            .meaning = "of rate_limit: requests taken at once"},
    KeySpec{.section = "registrar", .key = "station.load_time", .type = kDuration, .range = {.low = 0.0, .high = 86'400.0}, .fallback = "0s",
            .meaning = "after an outage, until the process has read its database and serves"},
    KeySpec{.section = "registrar", .key = "station.load_per_binding", .type = kDuration, .range = {.low = 0.0, .high = 3600.0}, .fallback = "0s",
            .meaning = "longer by this for each address of record with a binding that the outage has left"},
    KeySpec{.section = "registrar", .key = "station.while_loading", .type = kChoice, .choices = "drop|refuse", .fallback = "drop",
            .meaning = "a request that comes meanwhile: dropped, or refused with 503"},
    KeySpec{.section = "registrar", .key = "station.overload_control", .type = kChoice, .choices = "none|loss|rate", .fallback = "none",
            .meaning = "what it tells proxies that offer overload control: nothing, which share of their requests not to send (RFC 7339), or how many a second to send (RFC 7415); of requests that come from others the same share is refused with 503, or what is more than an even part"},
    KeySpec{.section = "registrar", .key = "station.overload_target", .type = kShare, .range = {.low = 0.0, .high = 1.0, .above_low = true}, .fallback = "0.9",
            .meaning = "share of its workers' time that they are to be kept busy"},
    KeySpec{.section = "registrar", .key = "station.overload_window", .type = kDuration, .range = {.low = 0.01, .high = 3600.0}, .fallback = "1s",
            .meaning = "its load is measured over so long before each change"},
    KeySpec{.section = "registrar", .key = "station.overload_validity", .type = kDuration, .range = {.low = 0.001, .high = 86'400.0}, .fallback = "500ms",
            .meaning = "oc-validity: how long a proxy goes by what it was told last"},
    KeySpec{.section = "registrar", .key = "admission.preset", .type = kChoice, .choices = "none|vos3000", .fallback = "none",
            .meaning = "vos3000: those of the retries, timeouts and suspensions below that are not written have the values of VOS3000's server that stand in brackets; what is written is held against its ranges"},
    KeySpec{.section = "registrar", .key = "admission.session_retries", .type = kInteger, .range = {.low = 0.0, .high = 999.0}, .fallback = "0",
            .meaning = "wrong passwords one session (Call-ID) may try; 0: any number (VOS3000 SS_SIP_AUTHENTICATION_RETRY, 6 there)"},
    KeySpec{.section = "registrar", .key = "admission.session_counts", .type = kChoice, .choices = "wrong|retries", .fallback = "wrong",
            .meaning = "n retries are n wrong passwords, or the first is none and they are n + 1"},
    KeySpec{.section = "registrar", .key = "admission.refused_at", .type = kChoice, .choices = "next|last", .fallback = "next",
            .meaning = "which request a used-up session refuses: the one after its last wrong password, or that password"},
    KeySpec{.section = "registrar", .key = "admission.session_timeout", .type = kDuration, .range = {.low = 0.0, .high = 86'400.0}, .fallback = "0s",
            .meaning = "credentials that come later are refused; 0s: never (VOS3000 SS_SIP_AUTHENTICATION_TIMEOUT, 10 s there)"},
    KeySpec{.section = "registrar", .key = "admission.timer_from", .type = kChoice, .choices = "first-challenge|first-request", .fallback = "first-challenge",
            .meaning = "from when session_timeout counts"},
    KeySpec{.section = "registrar", .key = "admission.timeout_suspends", .type = kBool, .fallback = "false",
            .meaning = "a session that ran out of time suspends its terminal"},
    KeySpec{.section = "registrar", .key = "admission.terminal_retries", .type = kInteger, .range = {.low = 0.0, .high = 999.0}, .fallback = "0",
            .meaning = "wrong passwords of a terminal, over its sessions, before it is suspended; 0: any number (VOS3000 SS_AUTHENTICATION_MAX_RETRY, 6 there)"},
    KeySpec{.section = "registrar", .key = "admission.terminal_counts", .type = kChoice, .choices = "wrong|retries", .fallback = "wrong",
            .meaning = "as session_counts"},
    KeySpec{.section = "registrar", .key = "admission.suspend", .type = kDuration, .range = {.low = 0.0, .high = 86'400.0}, .fallback = "0s",
            .meaning = "how long a terminal is suspended whose retries, or whose session's, are used up (VOS3000 SS_AUTHENTICATION_FAILED_SUSPEND, 180 s there)"},
    KeySpec{.section = "registrar", .key = "admission.register_retries", .type = kInteger, .range = {.low = 0.0, .high = 999.0}, .fallback = "0",
            .meaning = "failed registrations of a terminal before it is suspended; 0: any number (VOS3000 SS_ENDPOINT_REGISTER_RETRY, 6 there)"},
    KeySpec{.section = "registrar", .key = "admission.register_counts", .type = kChoice, .choices = "wrong|retries", .fallback = "retries",
            .meaning = "as session_counts"},
    KeySpec{.section = "registrar", .key = "admission.register_suspend", .type = kDuration, .range = {.low = 0.0, .high = 86'400.0}, .fallback = "0s",
            .meaning = "for how long (VOS3000 SS_ENDPOINT_REGISTER_SUSPEND, 180 s there)"},
    KeySpec{.section = "registrar", .key = "admission.terminal", .type = kChoice, .choices = "account|source|both", .fallback = "account",
            .meaning = "what a terminal is: a user, an address, or a user at an address"},
    KeySpec{.section = "registrar", .key = "admission.when_suspended", .type = kChoice, .choices = "drop|refuse", .fallback = "drop",
            .meaning = "a suspended terminal gets no answer, or 403"},
    KeySpec{.section = "registrar", .key = "admission.reply_unauthorized", .type = kBool, .fallback = "true",
            .meaning = "false: strangers get no answer (VOS3000 SS_REPLY_UNAUTHORIZED)"},
    KeySpec{.section = "registrar", .key = "admission.silent", .type = kChoice, .choices = "unknown|unproven", .fallback = "unknown",
            .meaning = "who is a stranger: users who do not exist, or whatever lacks valid credentials (then nobody ever gets a nonce)"},
    KeySpec{.section = "registrar", .key = "admission.source_density", .type = kInteger, .range = {.low = 0.0, .high = 65'535.0}, .fallback = "0",
            .meaning = "requests from one address in one source_sampling, from which on it is refused; 0: any number (Kamailio pike reqs_density_per_unit, 30 there)"},
    KeySpec{.section = "registrar", .key = "admission.source_sampling", .type = kDuration, .range = {.low = 0.0, .high = 3600.0, .above_low = true}, .fallback = "2s",
            .meaning = "sampling unit (pike sampling_time_unit)"},
    KeySpec{.section = "registrar", .key = "admission.source_remove_latency", .type = kDuration, .range = {.low = 0.0, .high = 86'400.0}, .fallback = "120s",
            .meaning = "an address is forgotten this long after its last request (pike remove_latency)"},
    KeySpec{.section = "registrar", .key = "admission.source_ban", .type = kDuration, .range = {.low = 0.0, .high = 86'400.0}, .fallback = "0s",
            .meaning = "an address refused is banned this long (kamailio.cfg ipban, 300 s there)"},
    KeySpec{.section = "registrar", .key = "stun", .type = kBool, .fallback = "true",
            .meaning = "its SIP port answers STUN (RFC 5626 section 8), as nat.probe = \"stun\" wants it"},
    KeySpec{.section = "registrar", .key = "ping.kind", .type = kChoice, .choices = "none|blank|options", .fallback = "none",
            .meaning = "what it sends to each contact by itself: nothing, a datagram that is no SIP (Kamailio natping, VOS3000 keepalive message), or OPTIONS (Asterisk qualify, Kamailio sipping)"},
    KeySpec{.section = "registrar", .key = "ping.interval", .type = kDuration, .range = {.low = 0.1, .high = 86'400.0}, .fallback = "30s",
            .meaning = "from one ping to a contact to the next"},
    KeySpec{.section = "registrar", .key = "ping.octets", .type = kInteger, .range = {.low = 0.0, .high = 19.0}, .fallback = "4",
            .meaning = "UDP payload of a blank ping: Kamailio's 4, VOS3000's HELLO 5"},
    KeySpec{.section = "registrar", .key = "stateless", .type = kBool, .fallback = "false",
            .meaning = "an equal Call-ID and CSeq is a repeat, answered 200 again"},
    KeySpec{.section = "registrar", .key = "refuse_status", .type = kInteger, .range = {.low = 300.0, .high = 699.0}, .fallback = kOptional,
            .meaning = "every REGISTER is answered with this status"},
    KeySpec{.section = "registrar", .key = "retry_after", .type = kWholeSeconds, .range = kDelaySeconds, .fallback = kOptional,
            .meaning = "Retry-After of refuse_status"},
    KeySpec{.section = "registrar", .key = "redirect_to", .type = kName, .fallback = kOptional,
            .meaning = "with refuse_status 300 to 399: the registrar that is named as Contact"},
    KeySpec{.section = "registrar", .key = "access.bandwidth", .type = kBitRate, .range = {.low = 16.0, .high = 1e15}, .fallback = "1Gbps",
            .meaning = "of the server's own link; a server room's, not a device's"},
    KeySpec{.section = "registrar", .key = "access.delay", .type = kDuration, .range = {.low = 0.0, .high = 10.0}, .fallback = "100us",
            .meaning = "one way between the server and its PoP"},
    KeySpec{.section = "registrar", .key = "access.loss", .type = kShare, .range = kShareRange, .fallback = "0",
            .meaning = "share of datagrams lost, each way"},
    KeySpec{.section = "registrar", .key = "access.jitter", .type = kDuration, .range = {.low = 0.0, .high = 10.0}, .fallback = "0s",
            .meaning = "as network.access.jitter"},
    KeySpec{.section = "registrar", .key = "access.queue_limit", .type = kDuration, .range = {.low = 0.0, .high = 3600.0, .above_low = true}, .fallback = kOptional,
            .meaning = "as network.access.queue_limit"},

    KeySpec{.section = "proxy", .key = "name", .type = kName, .fallback = kRequired, .swept = Swept::kNo,
            .meaning = "what fleets and faults call it"},
    KeySpec{.section = "proxy", .key = "at", .type = kText, .fallback = kRequired,
            .meaning = "its node on the map"},
    KeySpec{.section = "proxy", .key = "registrar", .type = kName, .fallback = kRequired,
            .meaning = "where it forwards to"},
    KeySpec{.section = "proxy", .key = "offload", .type = kBool, .fallback = "false",
            .meaning = "it answers refreshes by itself, as SBCs do: short registrations towards the devices, long ones towards the registrar"},
    KeySpec{.section = "proxy", .key = "device_expires", .type = kWholeSeconds, .range = {.low = 1.0, .high = 65'535.0}, .fallback = "60s",
            .meaning = "offload: granted to devices at most"},
    KeySpec{.section = "proxy", .key = "registrar_expires", .type = kWholeSeconds, .range = kDeltaSeconds, .fallback = "3600s",
            .meaning = "offload: asked of the registrar at least; not below device_expires"},
    KeySpec{.section = "proxy", .key = "forward_below", .type = kShare, .range = kShareRange, .fallback = "0.5",
            .meaning = "offload: a refresh goes on to the registrar once less than this share of what it granted is left"},
    KeySpec{.section = "proxy", .key = "flows", .type = kChoice, .choices = "lost|kept", .fallback = "lost",
            .meaning = "what an outage does to its knowledge of where devices are; kept: as with a flow token in the Path (RFC 5626 section 5.2)"},
    KeySpec{.section = "proxy", .key = "overload.algorithms", .type = kChoice, .choices = "none|loss|loss-and-rate", .fallback = "none",
            .meaning = "overload control it offers the registrar (oc-algo of RFC 7339 and RFC 7415); what it then does not send it answers 503"},
    KeySpec{.section = "proxy", .key = "overload.burst", .type = kInteger, .range = {.low = 1.0, .high = 1e6}, .fallback = "5",
            .meaning = "told a rate: requests it may send at once, twice as many with credentials (RFC 7415: TAU)"},
    KeySpec{.section = "proxy", .key = "overload.retry_after", .type = kWholeSeconds, .range = kDelaySeconds, .fallback = kOptional,
            .meaning = "Retry-After of that 503, or the least of it; not given: none (RFC 7339 section 5.10)"},
    KeySpec{.section = "proxy", .key = "overload.retry_after_max", .type = kWholeSeconds, .range = kDelaySeconds, .fallback = kOptional,
            .meaning = "the most of it: uniform between the two"},
    KeySpec{.section = "proxy", .key = "supports", .type = kTexts, .fallback = kOptional,
            .meaning = "option tags of Proxy-Require that it knows; others are answered 420"},
    KeySpec{.section = "proxy", .key = "stun", .type = kBool, .fallback = "true",
            .meaning = "its SIP port answers STUN (RFC 5626 section 8), as nat.probe = \"stun\" wants it"},
    KeySpec{.section = "proxy", .key = "ping.kind", .type = kChoice, .choices = "none|blank|options", .fallback = "none",
            .meaning = "what it sends to each contact by itself: nothing, a datagram that is no SIP (Kamailio natping, VOS3000 keepalive message), or OPTIONS (Asterisk qualify, Kamailio sipping)"},
    KeySpec{.section = "proxy", .key = "ping.interval", .type = kDuration, .range = {.low = 0.1, .high = 86'400.0}, .fallback = "30s",
            .meaning = "from one ping to a contact to the next"},
    KeySpec{.section = "proxy", .key = "ping.octets", .type = kInteger, .range = {.low = 0.0, .high = 19.0}, .fallback = "4",
            .meaning = "UDP payload of a blank ping: Kamailio's 4, VOS3000's HELLO 5"},
    KeySpec{.section = "proxy", .key = "access.bandwidth", .type = kBitRate, .range = {.low = 16.0, .high = 1e15}, .fallback = "1Gbps",
            .meaning = "of the server's own link"},
    KeySpec{.section = "proxy", .key = "access.delay", .type = kDuration, .range = {.low = 0.0, .high = 10.0}, .fallback = "100us",
            .meaning = "one way between the server and its PoP"},
    KeySpec{.section = "proxy", .key = "access.loss", .type = kShare, .range = kShareRange, .fallback = "0",
            .meaning = "share of datagrams lost, each way"},
    KeySpec{.section = "proxy", .key = "access.jitter", .type = kDuration, .range = {.low = 0.0, .high = 10.0}, .fallback = "0s",
            .meaning = "as network.access.jitter"},
    KeySpec{.section = "proxy", .key = "access.queue_limit", .type = kDuration, .range = {.low = 0.0, .high = 3600.0, .above_low = true}, .fallback = kOptional,
            .meaning = "as network.access.queue_limit"},

    KeySpec{.section = "stun", .key = "name", .type = kName, .fallback = kRequired, .swept = Swept::kNo,
            .meaning = "what it is called"},
    KeySpec{.section = "stun", .key = "at", .type = kText, .fallback = kRequired,
            .meaning = "its node on the map"},
    KeySpec{.section = "stun", .key = "access.bandwidth", .type = kBitRate, .range = {.low = 16.0, .high = 1e15}, .fallback = "1Gbps",
            .meaning = "of the server's own link"},
    KeySpec{.section = "stun", .key = "access.delay", .type = kDuration, .range = {.low = 0.0, .high = 10.0}, .fallback = "100us",
            .meaning = "one way between the server and its PoP"},
    KeySpec{.section = "stun", .key = "access.loss", .type = kShare, .range = kShareRange, .fallback = "0",
            .meaning = "share of datagrams lost, each way"},
    KeySpec{.section = "stun", .key = "access.jitter", .type = kDuration, .range = {.low = 0.0, .high = 10.0}, .fallback = "0s",
            .meaning = "as network.access.jitter"},
    KeySpec{.section = "stun", .key = "access.queue_limit", .type = kDuration, .range = {.low = 0.0, .high = 3600.0, .above_low = true}, .fallback = kOptional,
            .meaning = "as network.access.queue_limit"},

    KeySpec{.section = "zone", .key = "name", .type = kName, .fallback = kRequired, .swept = Swept::kNo,
            .meaning = "what name servers and faults call it"},
    KeySpec{.section = "zone", .key = "origin", .type = kText, .fallback = kRequired, .swept = Swept::kNo,
            .meaning = "the domain at its top"},
    KeySpec{.section = "zone", .key = "ttl", .type = kWholeSeconds, .range = {.low = 0.0, .high = 604'800.0}, .fallback = "300s",
            .meaning = "of records that name none"},
    KeySpec{.section = "zone", .key = "negative_ttl", .type = kWholeSeconds, .range = {.low = 0.0, .high = 604'800.0}, .fallback = "300s",
            .meaning = "how long it is remembered that a name or type does not exist (RFC 2308)"},
    KeySpec{.section = "zone", .key = "records", .type = kTexts, .fallback = kRequired, .swept = Swept::kNo,
            .meaning = "\"OWNER [TTL] TYPE DATA\" each: A (an address, registrar:NAME, proxy:NAME), AAAA (answered; devices use IPv4 alone), SRV, NAPTR, CNAME, SOA (absent: one with negative_ttl); @ is the origin, * a wildcard; IN and small letters may be written"},

    KeySpec{.section = "dns", .key = "name", .type = kName, .fallback = kRequired, .swept = Swept::kNo,
            .meaning = "what fleets, resolvers and faults call it"},
    KeySpec{.section = "dns", .key = "at", .type = kText, .fallback = kRequired,
            .meaning = "its node on the map"},
    KeySpec{.section = "dns", .key = "zones", .type = kTexts, .fallback = kOptional,
            .meaning = "the [[zone]]s it serves"},
    KeySpec{.section = "dns", .key = "forward", .type = kTexts, .fallback = kOptional,
            .meaning = "instead: the [[dns]] servers that a site's caching resolver asks, in order"},
    KeySpec{.section = "dns", .key = "order", .type = kChoice, .choices = "as-sent|rotated|shuffled", .fallback = "as-sent",
            .meaning = "of the records of one name and type in its answers"},
    KeySpec{.section = "dns", .key = "additional", .type = kBool, .fallback = "true",
            .meaning = "SRV records come with the addresses of their targets"},
    KeySpec{.section = "dns", .key = "timeout", .type = kDuration, .range = {.low = 0.0, .high = 3600.0, .above_low = true}, .fallback = "5s",
            .meaning = "of a resolver: until the next server is asked"},
    KeySpec{.section = "dns", .key = "attempts", .type = kInteger, .range = {.low = 1.0, .high = 10.0}, .fallback = "2",
            .meaning = "of a resolver: rounds through its servers"},
    KeySpec{.section = "dns", .key = "cache", .type = kBool, .fallback = "true",
            .meaning = "of a resolver: it keeps answers for their TTL"},
    KeySpec{.section = "dns", .key = "udp_size", .type = kInteger, .range = kUdpSizes, .fallback = kOptional,
            .meaning = "octets of the longest answer it gives to who takes more than 512 (EDNS, RFC 6891), absent: 1232; of a resolver also of what it asks for, absent: it asks without EDNS"},
    KeySpec{.section = "dns", .key = "use_truncated", .type = kBool, .fallback = "true",
            .meaning = "of a resolver: an answer cut to fit (TC) is used, kept and handed on as if it were whole; false: the next server is asked; DNS over TCP is not modelled"},
    KeySpec{.section = "dns", .key = "access.bandwidth", .type = kBitRate, .range = {.low = 16.0, .high = 1e15}, .fallback = "1Gbps",
            .meaning = "of the server's own link"},
    KeySpec{.section = "dns", .key = "access.delay", .type = kDuration, .range = {.low = 0.0, .high = 10.0}, .fallback = "100us",
            .meaning = "one way between the server and its PoP"},
    KeySpec{.section = "dns", .key = "access.loss", .type = kShare, .range = kShareRange, .fallback = "0",
            .meaning = "share of datagrams lost, each way"},
    KeySpec{.section = "dns", .key = "access.jitter", .type = kDuration, .range = {.low = 0.0, .high = 10.0}, .fallback = "0s",
            .meaning = "as network.access.jitter"},
    KeySpec{.section = "dns", .key = "access.queue_limit", .type = kDuration, .range = {.low = 0.0, .high = 3600.0, .above_low = true}, .fallback = kOptional,
            .meaning = "as network.access.queue_limit"},

    KeySpec{.section = "nat", .key = "name", .type = kName, .fallback = kRequired, .swept = Swept::kNo,
            .meaning = "what fleets and faults call it"},
    KeySpec{.section = "nat", .key = "type", .type = kChoice, .choices = kNatTypes, .fallback = "port-restricted-cone",
            .meaning = "how it maps and filters (RFC 3489 section 5; linux: conntrack with MASQUERADE); the keys below change single properties"},
    KeySpec{.section = "nat", .key = "mapping", .type = kChoice, .choices = kDependences, .fallback = kOptional,
            .meaning = "what a mapping depends on (RFC 4787 section 4.1)"},
    KeySpec{.section = "nat", .key = "filtering", .type = kChoice, .choices = kDependences, .fallback = kOptional,
            .meaning = "what lets a datagram in (RFC 4787 section 5)"},
    KeySpec{.section = "nat", .key = "ports", .type = kChoice, .choices = "preserve|contiguous|random", .fallback = kOptional,
            .meaning = "the outer port of a new mapping: the inner one if free, the next one, or a random one"},
    KeySpec{.section = "nat", .key = "timeout", .type = kDuration, .range = kSomeTimeUpToAYear, .fallback = kOptional,
            .meaning = "a mapping without traffic lives this long (RFC 4787 REQ-5: 2 min at least, 5 min recommended)"},
    KeySpec{.section = "nat", .key = "timeout_max", .type = kDuration, .range = kSomeTimeUpToAYear, .fallback = kOptional,
            .meaning = "each box draws its timeout between timeout and this"},
    KeySpec{.section = "nat", .key = "timeout_unreplied", .type = kDuration, .range = kSomeTimeUpToAYear, .fallback = kOptional,
            .meaning = "until a reply has come, this instead of timeout (Linux conntrack: 30s)"},
    KeySpec{.section = "nat", .key = "stream_after", .type = kDuration, .range = {.low = 0.0, .high = 4.0}, .fallback = kOptional,
            .meaning = "timeout is for traffic later than this after the mapping's creation (Linux conntrack: 2s)"},
    KeySpec{.section = "nat", .key = "refresh_inbound", .type = kBool, .fallback = kOptional,
            .meaning = "traffic from outside keeps a mapping too (RFC 4787 REQ-6)"},
    KeySpec{.section = "nat", .key = "hairpin", .type = kBool, .fallback = kOptional,
            .meaning = "whether the box turns round what a host behind it sends to its outer address (RFC 4787 REQ-9); simulated devices send to servers alone, real hosts (`sipsim live`) may"},
    KeySpec{.section = "nat", .key = "max_mappings", .type = kInteger, .range = {.low = 0.0, .high = 64512.0}, .fallback = kOptional,
            .meaning = "of one box; 0: as many as ports"},
    KeySpec{.section = "nat", .key = "block_ports", .type = kInteger, .range = {.low = 0.0, .high = 64512.0}, .fallback = kOptional,
            .meaning = "ports by the block (RFC 7422): a host behind the box has ports of its own blocks only, of so many each; 0: one by one"},
    KeySpec{.section = "nat", .key = "max_blocks", .type = kInteger, .range = {.low = 1.0, .high = 64512.0}, .fallback = kOptional,
            .meaning = "of block_ports each, for a host behind the box (RFC 6888 REQ-4); 1 unless said"},
    KeySpec{.section = "nat", .key = "devices", .type = kInteger, .range = {.low = 1.0, .high = 64'512.0}, .fallback = "1",
            .meaning = "behind each box: 1: at the device's home; more: at the carrier (CGN), one box for so many of a fleet's devices at a node"},
    KeySpec{.section = "nat", .key = "behind", .type = kName, .fallback = kOptional,
            .meaning = "of a home's NAT: the carrier's NAT that it stands behind"},

    KeySpec{.section = "fleet", .key = "name", .type = kName, .fallback = kRequired, .swept = Swept::kNo,
            .meaning = "what faults and sweeps call it"},
    KeySpec{.section = "fleet", .key = "count", .type = kInteger, .range = {.low = 1.0, .high = kMaxCount}, .fallback = kRequired,
            .meaning = "devices"},
    KeySpec{.section = "fleet", .key = "accounts", .type = kInteger, .range = {.low = 1.0, .high = 4096.0}, .fallback = "1",
            .meaning = "registrations per device"},
    KeySpec{.section = "fleet", .key = "accounts_per_aor", .type = kInteger, .range = {.low = 1.0, .high = sip::kMaxContacts}, .fallback = "1",
            .meaning = "consecutive accounts that share an address of record"},
    KeySpec{.section = "fleet", .key = "shared_contact", .type = kBool, .fallback = "false",
            .meaning = "the devices of an address of record register one Contact, at which whichever of them has power answers (VOS3000: one Host name for both instances); false: each its own"},
    KeySpec{.section = "fleet", .key = "at", .type = kTexts, .fallback = "*",
            .meaning = "nodes the devices go round; *: all, in the order of the file"},
    KeySpec{.section = "fleet", .key = "server", .type = kName, .fallback = kRequired,
            .meaning = "the registrar they register at"},
    KeySpec{.section = "fleet", .key = "proxy", .type = kName, .fallback = "none",
            .meaning = "the [[proxy]] they send everything to (outbound proxy); none: their server itself"},
    KeySpec{.section = "fleet", .key = "extra_requests", .type = kInteger, .range = {.low = 0.0, .high = 100.0}, .fallback = "0",
            .meaning = "SUBSCRIBEs that follow each registration, one after another: to message waiting, then to busy lamps"},
    KeySpec{.section = "fleet", .key = "extra_requests_each_refresh", .type = kBool, .fallback = "false",
            .meaning = "they follow each refresh, too"},
    KeySpec{.section = "fleet", .key = "extra_requests_expires", .type = kWholeSeconds, .range = kDeltaSeconds, .fallback = "3600s",
            .meaning = "Expires of these SUBSCRIBEs"},
    KeySpec{.section = "fleet", .key = "stun_server", .type = kName, .fallback = kOptional,
            .meaning = "the [[stun]] server they ask, where nat.traversal is stun"},
    KeySpec{.section = "fleet", .key = "locate", .type = kText, .fallback = kOptional,
            .meaning = "the name by which DNS leads the devices to their registrars (those of the server's domain); absent: they go to server itself; keepalives that are sent, not computed, go where the last REGISTER went"},
    KeySpec{.section = "fleet", .key = "locate_port", .type = kInteger, .range = {.low = 0.0, .high = 65'535.0}, .fallback = "0",
            .meaning = "the port written behind it (RFC 3263: then no SRV is asked for); 0: none"},
    KeySpec{.section = "fleet", .key = "name_servers", .type = kTexts, .fallback = kOptional,
            .meaning = "the [[dns]] servers the devices ask, in order"},
    KeySpec{.section = "fleet", .key = "configured", .type = kTexts, .fallback = kOptional,
            .meaning = "the addresses of Grandstream's Use Configured IP, in order (Primary IP, Backup IP 1, Backup IP 2): registrars, used instead of what DNS says, or [[dns]] servers (configured_ip_role)"},
    KeySpec{.section = "fleet", .key = "configured_ip_role", .type = kChoice, .choices = "sip-target|name-server", .fallback = "sip-target",
            .meaning = "what these addresses are: where SIP goes, or who is asked (Grandstream's help page and templates contradict each other)"},
    KeySpec{.section = "fleet", .key = "use_expired", .type = kBool, .fallback = "false",
            .meaning = "when DNS fails, the devices go on with the servers they knew"},
    KeySpec{.section = "fleet", .key = "resolver.timeout", .type = kDuration, .range = {.low = 0.0, .high = 3600.0, .above_low = true}, .fallback = "5s",
            .meaning = "of the devices: until the next name server is asked (resolv.conf)"},
    KeySpec{.section = "fleet", .key = "resolver.attempts", .type = kInteger, .range = {.low = 1.0, .high = 10.0}, .fallback = "2",
            .meaning = "of the devices: rounds through their name servers"},
    KeySpec{.section = "fleet", .key = "resolver.cache", .type = kBool, .fallback = "true",
            .meaning = "the devices keep answers for their TTL"},
    KeySpec{.section = "fleet", .key = "resolver.udp_size", .type = kInteger, .range = kUdpSizes, .fallback = kOptional,
            .meaning = "octets of the longest answer that the devices ask for (EDNS, RFC 6891); absent: they ask without EDNS, and get 512 at most"},
    KeySpec{.section = "fleet", .key = "resolver.use_truncated", .type = kBool, .fallback = "true",
            .meaning = "the devices use and keep an answer cut to fit (TC) as if it were whole; false: they ask the next name server; DNS over TCP is not modelled"},
    KeySpec{.section = "fleet", .key = "nat_box", .type = kName, .fallback = kOptional,
            .meaning = "the [[nat]] the devices stand behind"},
    KeySpec{.section = "fleet", .key = "start", .type = kStart, .fallback = "steady",
            .meaning = "when the devices first register: steady (in equilibrium), at-once, ramp(5min), random(10min)"},
    KeySpec{.section = "fleet", .key = "profile", .type = kText, .fallback = kRequired,
            .meaning = "the product they are: one that `sipsim profiles` lists, or the path of a profile file, relative to this one"},
    KeySpec{.section = "fleet", .key = "calls", .type = kRate, .range = kPositive, .fallback = kOptional,
            .meaning = "call attempts to each account (Poisson)"},
    KeySpec{.section = "fleet", .key = "outgoing", .type = kRate, .range = kPositive, .fallback = kOptional,
            .meaning = "call attempts by each account (Poisson), while its device has power; they go the way dns.failover says"},
    KeySpec{.section = "fleet", .key = "call_server", .type = kChoice, .choices = "finds|located|first", .fallback = "finds",
            .meaning = "which registrar of the domain a call comes to, where the fleet locates them: finds: one that lives and has the binding; located: the first that lives in the order of the SRV records, drawn anew for each call; first: the fleet's server"},
    KeySpec{.section = "fleet", .key = "wrong_password", .type = kShare, .range = kShareRange, .fallback = "0",
            .meaning = "share of accounts whose password is not the registrar's"},
    KeySpec{.section = "fleet", .key = "access.bandwidth", .type = kBitRate, .range = {.low = 16.0, .high = 1e15}, .fallback = kOptional,
            .meaning = "instead of network.access.bandwidth"},
    KeySpec{.section = "fleet", .key = "access.delay", .type = kDuration, .range = {.low = 0.0, .high = 10.0}, .fallback = kOptional,
            .meaning = "instead of network.access.delay"},
    KeySpec{.section = "fleet", .key = "access.loss", .type = kShare, .range = kShareRange, .fallback = kOptional,
            .meaning = "instead of network.access.loss"},
    KeySpec{.section = "fleet", .key = "access.jitter", .type = kDuration, .range = {.low = 0.0, .high = 10.0}, .fallback = kOptional,
            .meaning = "instead of network.access.jitter"},
    KeySpec{.section = "fleet", .key = "access.queue_limit", .type = kDuration, .range = {.low = 0.0, .high = 3600.0, .above_low = true}, .fallback = kOptional,
            .meaning = "instead of network.access.queue_limit"},

    KeySpec{.section = "attacker", .key = "name", .type = kName, .fallback = kRequired, .swept = Swept::kNo,
            .meaning = "what sweeps call it"},
    KeySpec{.section = "attacker", .key = "targets", .type = kName, .fallback = kRequired,
            .meaning = "the [[fleet]] whose accounts it tries, at that fleet's server"},
    KeySpec{.section = "attacker", .key = "victims", .type = kInteger, .range = {.low = 1.0, .high = kMaxCount}, .fallback = kOptional,
            .meaning = "of its addresses of record the first so many, all at the same time; absent: all"},
    KeySpec{.section = "attacker", .key = "sources", .type = kInteger, .range = {.low = 1.0, .high = 1e6}, .fallback = "1",
            .meaning = "hosts it sends from, each with an address of its own; they deal out the victims among them, or the passwords of each victim"},
    KeySpec{.section = "attacker", .key = "at", .type = kTexts, .fallback = "*",
            .meaning = "nodes the hosts go round; *: all, in the order of the file"},
    KeySpec{.section = "attacker", .key = "beside", .type = kBool, .fallback = "false",
            .meaning = "the hosts stand behind the carrier's NATs of the fleet it targets, with its devices"},
    KeySpec{.section = "attacker", .key = "begin", .type = kDuration, .range = kUpToAYear, .fallback = "0s",
            .meaning = "when, from the start of the run"},
    KeySpec{.section = "attacker", .key = "dictionary", .type = kInteger, .range = {.low = 1.0, .high = 4e9}, .fallback = "1000000",
            .meaning = "passwords it has for each victim; with the last one it stops"},
    KeySpec{.section = "attacker", .key = "found_at", .type = kInteger, .range = {.low = 0.0, .high = 4e9}, .fallback = "0",
            .meaning = "which of them is the right one, for each victim; 0: none"},
    KeySpec{.section = "attacker", .key = "spacing", .type = kDuration, .range = kUpToAYear, .fallback = "0s",
            .meaning = "from the answer that refuses a password to the next one"},
    KeySpec{.section = "attacker", .key = "session_guesses", .type = kInteger, .range = {.low = 0.0, .high = 255.0}, .fallback = "0",
            .meaning = "passwords after which it begins another session (Call-ID) by itself; 0: it goes on while it is challenged. After a refusal or no answer, registration.retry_wait (and retry_after_403) says how long it waits, registration.stop_on and retry.stop_after when it gives up"},
    KeySpec{.section = "attacker", .key = "skips_refused", .type = kBool, .fallback = "false",
            .meaning = "a password answered with 403 is taken for wrong, though it may not have been looked at; false: tried again in the next session"},
    KeySpec{.section = "attacker", .key = "profile", .type = kText, .fallback = "rfc3261",
            .meaning = "the product it looks like; registration.* of it may be set"},
    KeySpec{.section = "attacker", .key = "access.bandwidth", .type = kBitRate, .range = {.low = 16.0, .high = 1e15}, .fallback = kOptional,
            .meaning = "instead of network.access.bandwidth"},
    KeySpec{.section = "attacker", .key = "access.delay", .type = kDuration, .range = {.low = 0.0, .high = 10.0}, .fallback = kOptional,
            .meaning = "instead of network.access.delay"},
    KeySpec{.section = "attacker", .key = "access.loss", .type = kShare, .range = kShareRange, .fallback = kOptional,
            .meaning = "instead of network.access.loss"},
    KeySpec{.section = "attacker", .key = "access.jitter", .type = kDuration, .range = {.low = 0.0, .high = 10.0}, .fallback = kOptional,
            .meaning = "instead of network.access.jitter"},
    KeySpec{.section = "attacker", .key = "access.queue_limit", .type = kDuration, .range = {.low = 0.0, .high = 3600.0, .above_low = true}, .fallback = kOptional,
            .meaning = "instead of network.access.queue_limit"},

    KeySpec{.section = "fault", .key = "name", .type = kName, .fallback = kOptional, .swept = Swept::kNo,
            .meaning = "what sweeps call it; its kind will do where there is one of it, or its number from 1"},
    KeySpec{.section = "fault", .key = "kind", .type = kChoice, .choices = "reboot|restart|crash|power-cut|outage|partition|link|nat-reboot|access|password|none|dns-slow|dns-lame|zone-change|vip-switch|drain", .fallback = kRequired,
            .meaning = "what happens; access: the devices' own links carry nothing; password: the registrar knows other passwords of the fleet's accounts; vip-switch: a registrar's host dies for good, and after for the standby has its address; drain: registrars go down one after the other, each after it has refused requests; none: nothing, a sweep may set another"},
    KeySpec{.section = "fault", .key = "target", .type = kText, .fallback = kRequired,
            .meaning = "registrar:NAME, proxy:NAME, stun:NAME or dns:NAME (outage), registrar:NAME (vip-switch, drain), domain:NAME (drain: all its registrars, in the order of the file), dns:NAME (dns-slow, dns-lame, zone-change), fleet:NAME (devices, access, password), link:NODE-NODE, partition:NODE,NODE, nat:NAME (its boxes forget all mappings)"},
    KeySpec{.section = "fault", .key = "at", .type = kDuration, .range = kUpToAYear, .fallback = kRequired,
            .meaning = "when, from the start of the run"},
    KeySpec{.section = "fault", .key = "for", .type = kDuration, .range = kSomeTimeUpToAYear, .fallback = kRequired, .kinds = kLastingFaults,
            .meaning = "how long it is down"},
    KeySpec{.section = "fault", .key = "share", .type = kShare, .range = {.low = 0.0, .high = 1.0, .above_low = true}, .fallback = "1", .kinds = kSharedFaults,
            .meaning = "of the fleet's devices or the boxes, each drawn by itself"},
    KeySpec{.section = "fault", .key = "every", .type = kInteger, .range = {.low = 1.0, .high = kMaxCount}, .fallback = "1", .kinds = kFaultsOfSomeDevices,
            .meaning = "only the fleet's first device and each so-manieth after it; with accounts_per_aor = 2, 2 is one of each pair"},
    KeySpec{.section = "fault", .key = "return", .type = kDuration, .range = kUpToAYear, .fallback = "0s", .kinds = kDeviceFaults,
            .meaning = "the devices come back uniformly over this time; 0s: all at once"},
    KeySpec{.section = "fault", .key = "new_address", .type = kBool, .fallback = "false", .kinds = kDeviceFaults,
            .meaning = "the devices come back with another address, if they have it from no carrier's NAT"},
    KeySpec{.section = "fault", .key = "unreachable", .type = kChoice, .choices = "silent|icmp", .fallback = "silent", .kinds = "outage|vip-switch|drain",
            .meaning = "silent: the host is dead; icmp: only the process is, and the host says so"},
    KeySpec{.section = "fault", .key = "delay", .type = kDuration, .range = {.low = 0.0, .high = 3600.0, .above_low = true}, .fallback = kOptional, .kinds = "dns-slow",
            .meaning = "each answer comes so much later"},
    KeySpec{.section = "fault", .key = "zone", .type = kName, .fallback = kOptional, .kinds = "zone-change",
            .meaning = "the [[zone]] that is served instead of that of the same origin"},
    KeySpec{.section = "fault", .key = "standby", .type = kName, .fallback = kOptional, .kinds = "vip-switch",
            .meaning = "the [[registrar]] of the same domain and node whose process takes over the address, with what it knows of the bindings (shared_bindings)"},
    KeySpec{.section = "fault", .key = "grace", .type = kDuration, .range = kUpToAYear, .fallback = "60s", .kinds = "drain",
            .meaning = "how long each answers new requests 503 before it goes down"},
    KeySpec{.section = "fault", .key = "each", .type = kDuration, .range = kSomeTimeUpToAYear, .fallback = kOptional, .kinds = "drain",
            .meaning = "from the turn of one to that of the next; absent: as soon as the one before is back"},
    KeySpec{.section = "fault", .key = "retry_after", .type = kWholeSeconds, .range = kDelaySeconds, .fallback = kOptional, .kinds = "drain",
            .meaning = "Retry-After of these 503"},

    KeySpec{.section = "sweep", .key = "limit", .type = kInteger, .range = {.low = 1.0, .high = 1'000'000.0}, .fallback = "10000", .swept = Swept::kNo,
            .meaning = "most runs (points x replications) a plan may have"},

    KeySpec{.section = "replications", .key = "count", .type = kInteger, .range = {.low = 1.0, .high = 10'000.0}, .fallback = "1", .swept = Swept::kNo,
            .meaning = "runs of each point; replication r has the same random numbers at all points"},

    KeySpec{.section = "live", .key = "fleet", .type = kName, .fallback = kOptional, .swept = Swept::kNo,
            .meaning = "the real network is a device of this fleet, behind its NAT if it has one"},
    KeySpec{.section = "live", .key = "device", .type = kInteger, .range = {.low = 0.0, .high = kMaxCount}, .fallback = "0", .swept = Swept::kNo,
            .meaning = "which one of the fleet, from 0"},
    KeySpec{.section = "live", .key = "registrar", .type = kName, .fallback = kOptional, .swept = Swept::kNo,
            .meaning = "the real network is this registrar's host: a real server answers the fleets"},
    KeySpec{.section = "live", .key = "dns", .type = kName, .fallback = kOptional, .swept = Swept::kNo,
            .meaning = "the real network is this name server's host: a real server, with zones of its own, answers devices and resolvers"},
    KeySpec{.section = "live", .key = "namespace", .type = kName, .fallback = "sipsim", .swept = Swept::kNo,
            .meaning = "network namespace of the interface; made, and removed, unless there is one of that name"},

    KeySpec{.section = "report", .key = "capacity", .type = kRate, .range = kPositive, .fallback = kOptional, .swept = Swept::kNo,
            .meaning = "REGISTER/s the registrar is thought to bear; findings say which points stay under it"},
};

// clang-format on

Dimension
dimension_of(KeyType type)
{
    switch (type)
    {
    case kDuration:
    case kWholeSeconds:
        return Dimension::kDuration;
    case kRate:
        return Dimension::kRate;
    case kBitRate:
        return Dimension::kBitRate;
    default:
        return Dimension::kNumber;
    }
}

} // namespace

std::span<const KeySpec>
config_keys()
{
    return kKeys;
}

std::span<const SectionSpec>
config_sections()
{
    return kSections;
}

const KeySpec*
find_key(std::string_view section, std::string_view key)
{
    const auto found = std::ranges::find_if(kKeys, [&](const KeySpec& spec) {
        return spec.section == section && spec.key == key;
    });
    return found == kKeys.end() ? nullptr : &*found;
}

std::vector<std::string>
keys_of(std::string_view section)
{
    std::vector<std::string> names;
    for (const KeySpec& spec : kKeys)
    {
        if (spec.section == section)
        {
            names.emplace_back(spec.key);
        }
    }
    return names;
}

std::vector<std::string>
split_choices(std::string_view choices)
{
    std::vector<std::string> words;
    while (!choices.empty())
    {
        const std::size_t bar = std::min(choices.find('|'), choices.size());
        words.emplace_back(choices.substr(0, bar));
        choices.remove_prefix(std::min(bar + 1, choices.size()));
    }
    return words;
}

std::size_t
place_in(std::string_view choices, std::string_view word)
{
    const auto words = split_choices(choices);
    return static_cast<std::size_t>(std::ranges::find(words, word) - words.begin());
}

std::string
joined(const std::vector<std::string>& words)
{
    std::string text;
    for (const std::string& word : words)
    {
        text += text.empty() ? "" : ", ";
        text += word;
    }
    return text;
}

bool
is_one_of(std::string_view word, std::string_view choices)
{
    const auto words = split_choices(choices);
    return std::ranges::find(words, word) != words.end();
}

std::string
type_text(const KeySpec& spec)
{
    if (!spec.choices.empty())
    {
        const std::string quote = spec.type == kInteger ? "" : "\"";
        const std::vector<std::string> words = split_choices(spec.choices);
        std::string text = spec.type == kTexts ? "a list of " : "";
        for (std::size_t i = 0; i < words.size(); ++i)
        {
            const std::string_view before = i == 0 ? "" : i + 1 == words.size() ? " or " : ", ";
            text.append(before).append(quote).append(words[i]).append(quote);
        }
        return text;
    }
    switch (spec.type)
    {
    case kText:
        return "a text";
    case kName:
        return "a name";
    case kBool:
        return "true or false";
    case kInteger:
        return "a whole number";
    case kShare:
        return "a number";
    case kTexts:
        return "a text or a list of texts";
    case kStart:
        return R"text("steady", "at-once", "ramp(5min)" or "random(10min)")text";
    case kWholeSeconds:
        return "a duration in whole seconds";
    default:
        return std::string{name_of(dimension_of(spec.type))};
    }
}

std::string
range_text(const KeySpec& spec)
{
    const KeyRange& range = spec.range;
    const auto text = [&](double value) {
        if (spec.type == kInteger)
        {
            return std::to_string(static_cast<std::int64_t>(value));
        }
        return format(Quantity{dimension_of(spec.type), value});
    };
    if (std::isfinite(range.high))
    {
        return (range.above_low ? "> " : "") + text(range.low) +
               (range.above_low ? " and <= " : " to ") + text(range.high);
    }
    if (range.above_low)
    {
        return "> " + text(range.low);
    }
    return range.low > 0 ? ">= " + text(range.low) : "";
}

} // namespace sipsim::runner
