#pragma once

// Models : the devices, servers and datagrams of a run, 10^5 to 10^7 accounts at a time.
// Drives : a carrier calls run_until() from slice to slice and the faults between; the observer gets
//          the same facts as from the packet carrier.
// Keeps  : every decision is a core's (UserAgent, DeviceTraversal, Finder, registrar::Host, EdgeProxy,
//          StunServer, Authority, SharedResolver, DeviceLife, LinkDirection); entries
//          fire in order of (time, entity); in the steady state nothing is allocated.
// Leaves : ns-3 (fleet_carrier.cc), text: messages stay structs, their sizes are encoded_size().

#include "model/base/sparse_array.h"
#include "model/fleet/bound_at.h"
#include "model/fleet/device_table.h"
#include "model/fleet/locating_devices.h"
#include "model/fleet/name_server.h"
#include "model/fleet/of_devices.h"
#include "model/fleet/path_model.h"
#include "model/fleet/pool.h"
#include "model/fleet/rows.h"
#include "model/fleet/timer_wheel.h"
#include "model/fleet/transaction_table.h"
#include "model/nat/device_traversal.h"
#include "model/nat/stun_server.h"
#include "model/registrar/host.h"
#include "model/registration/extra_requests.h"
#include "model/registration/user_agent.h"
#include "model/world/calls.h"
#include "model/world/directory.h"
#include "model/world/facts.h"
#include "model/world/fault_steps.h"
#include "model/world/locations.h"
#include "model/world/nat_boxes.h"
#include "model/world/outgoing.h"
#include "model/world/pings.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace sipsim::fleet
{

/// Memory of a run, octets.
struct FleetMemory
{
    std::size_t rows = 0;
    std::size_t transactions = 0;
    std::size_t flights = 0; // datagrams under way
    std::size_t timers = 0;
    std::size_t devices = 0;
    std::size_t servers = 0; // bindings and server transactions
};

/// Messages under way that are kept whole; beyond it, a request is made again on arrival from the row it
/// is a function of, and from a copy of that where the row has gone on since; a response by the registrar
/// from its request, made again, and the compact reply. No result depends on it.
inline constexpr std::uint32_t kRequestsKept = 1024;

class FleetEngine : private world::Terrain
{
  public:
    /// All outlive this. `books_ahead`: see FleetRunOptions.
    FleetEngine(const world::World& world,
                const world::Layout& layout,
                world::Observer& observer,
                std::uint32_t requests_kept = kRequestsKept,
                bool books_ahead = true);
    FleetEngine(const FleetEngine&) = delete;
    FleetEngine& operator=(const FleetEngine&) = delete;

    /// Everything that happens before `end`; not before the last end.
    void run_until(SimTime end);

    /// At the instant run_until() has reached, before all else that happens at it.
    void begin_fault(std::uint32_t fault);
    void end_fault(std::uint32_t fault);
    void fault_step(const world::FaultStep& step);

    [[nodiscard]] std::uint64_t events() const
    {
        return events_;
    }

    /// Sent by user agents and servers.
    [[nodiscard]] std::uint64_t sip_messages() const
    {
        return sip_messages_;
    }

    [[nodiscard]] FleetMemory memory() const;

  private:
    using Transaction = TransactionTable::Transaction;

    // What an entry of the wheel is about; its payload in the bits below.
    enum class Event : std::uint8_t
    {
        kDeadline,       // of the account `entity`
        kRetransmission, // likewise, armed while a transaction was under way
        kLife,           // of the device of account `entity`
        kFlight,         // payload: the datagram, which is at its next hop
        kBooked,         // likewise, by links booked ahead; void if they are not any more
        kDrop,           // payload: the reason
        kCall,           // to the AOR `entity`
        kKeepalive,      // of the device of account `entity`; payload: its life
        kTraversal,      // of the device of account `entity`
        kPing,           // to the AOR `entity`; payload: the server
        kFinder,         // of the device of account `entity`
        kResolver,       // payload: the server
        kOutgoing,       // a call by the account `entity`
        kLateAnswer,     // of a slow name server; payload: the datagram, which has not left
        kExtra,          // the SUBSCRIBE under way of the account `entity`
    };

    enum class Cargo : std::uint8_t
    {
        kRequest, // a REGISTER
        kResponse,
        kPortUnreachable, // about a REGISTER
        kKeepalive,
        kKeepaliveUnreachable, // port unreachable about a keepalive
        kStun,                 // in mail_
        kStunResponse,         // likewise
        kOptions,              // a keepalive that is answered
        kOptionsResponse,
        kProbeUnreachable, // port unreachable about a kStun or kOptions
        kPing, // a server's to a device: a request, or, without a message, a blank datagram
        kPingResponse,
        kDns,            // a query, in letters_; from a device or a name server
        kDnsResponse,    // likewise
        kDnsUnreachable, // port unreachable about either
        kExtra,          // a SUBSCRIBE
        kExtraResponse,
    };

    /// Of a server to a request.
    [[nodiscard]] static constexpr Cargo response_to(Cargo request)
    {
        return request == Cargo::kOptions ? Cargo::kOptionsResponse
               : request == Cargo::kExtra ? Cargo::kExtraResponse
                                          : Cargo::kResponse;
    }

    [[nodiscard]] static constexpr std::uint32_t bit(Cargo cargo)
    {
        return 1U << static_cast<std::uint32_t>(cargo);
    }

    /// From the device, not to it.
    [[nodiscard]] static constexpr bool goes_up(Cargo cargo)
    {
        constexpr std::uint32_t kUp = bit(Cargo::kRequest) | bit(Cargo::kKeepalive) |
                                      bit(Cargo::kStun) | bit(Cargo::kOptions) |
                                      bit(Cargo::kPingResponse) | bit(Cargo::kDns) |
                                      bit(Cargo::kExtra);
        return (kUp & bit(cargo)) != 0;
    }

    [[nodiscard]] static constexpr bool is_unreachable(Cargo cargo)
    {
        constexpr std::uint32_t kUnreachable =
            bit(Cargo::kPortUnreachable) | bit(Cargo::kKeepaliveUnreachable) |
            bit(Cargo::kProbeUnreachable) | bit(Cargo::kDnsUnreachable);
        return (kUnreachable & bit(cargo)) != 0;
    }

    [[nodiscard]] static constexpr bool is_mail(Cargo cargo)
    {
        return cargo == Cargo::kStun || cargo == Cargo::kStunResponse;
    }

    [[nodiscard]] static constexpr bool is_letter(Cargo cargo)
    {
        return cargo == Cargo::kDns || cargo == Cargo::kDnsResponse;
    }

    static constexpr std::uint16_t kNoServer = UINT16_MAX;

    /// A STUN message under way.
    struct Mail
    {
        nat::StunMessage message;
        sip::Endpoint server; // the server's end
    };

    /// Where the message of a datagram is.
    enum class Kept : std::uint8_t
    {
        kWhole,    // `message` is its number in messages_, or kNoRecord
        kRow,      // its request: the account's row; row_of() is the next of the account's flights
        kSnapshot, // of this kind; its request: row_of() is its row's number in snapshots_
    };

    /// What a response is made of beside its request's row.
    struct Answer
    {
        SimTime answered;
        std::uint32_t row = kNoRecord; // row_of()
        sip::Host host{};              // where the request came from, as the server saw it
        std::uint16_t port = 0;        // likewise
        std::uint16_t by = 0;          // the server whose process answered
        registrar::CompactReply reply;
    };

    static_assert(sizeof(Answer) == 32);

    /// A datagram under way.
    struct Flight
    {
        static constexpr std::uint32_t kCSeqBits = 14; // no response is so many requests late

        world::AccountIndex account = 0; // whose request it is, or is about
        world::DeviceIndex device = 0;
        std::uint16_t server = 0; // at the one end of its way
        std::uint16_t from =
            kNoServer;       // the server it comes from; else a device is at the other end
        std::uint32_t n = 0; // network::DatagramKey
        std::uint32_t message = kNoRecord; // of a response that is not kWhole: in answers_
        sip::Host host{}; // as NATs have left it: to the server, its source; else where it goes
        std::uint16_t port = 0;   // likewise; between name servers, of the one that asks
        std::uint16_t octets = 0; // of SIP
        std::uint16_t boots = 0;
        // Of one that is queued or late: the process that holds it; else, if it spares a timer: spare_timer().
        std::uint16_t stamp = 0;
        RouteIndex route : kRouteBits = 0;  // from its first hop on
        RouteIndex hop : 8 = 0;             // no path is longer: the TTL of packets ends there
        std::uint32_t cseq : kCSeqBits = 0; // of the request: low_bits_of()
        std::uint32_t again : 5 = 0;        // of the request: Row::again()
        Cargo cargo : 5 = Cargo::kRequest;
        Kept kept : 2 = Kept::kWhole;
        // A kBooked of it is void; it fires before the datagram arrives, and nothing is booked until then.
        bool void_event : 1 = false;
        bool ended : 1 = false;        // but for its void event
        bool to_sip_port : 1 = true;   // of a request
        bool queued : 1 = false;       // at the service station
        bool address_life : 1 = false; // the device sent the request from its second address
        // The timer of the request (of a query: of the device's finder) is not armed: it is at the datagram's
        // end, or when the next event of the datagram is not before it (go_on()).
        bool spares_timer : 1 = false;

        [[nodiscard]] static constexpr std::uint32_t low_bits_of(sip::CSeq cseq)
        {
            return static_cast<std::uint32_t>(cseq) & ((1U << kCSeqBits) - 1);
        }

        /// It spares no timer from now on; whether it did.
        [[nodiscard]] bool give_up_timer()
        {
            const bool spared = spares_timer;
            spares_timer = false;
            return spared;
        }
    };

    static_assert(sizeof(Flight) == 40);

    struct Server
    {
        std::optional<registrar::Host> host;   // of a registrar
        std::optional<proxy::EdgeProxy> proxy; // of a proxy
        std::optional<nat::StunServer>
            stun; // of a STUN server, or of a proxy's or registrar's SIP port
        std::optional<NameServer> dns;
        world::ServerRef ref; // its kind, and its number among those
        std::uint16_t by = 0; // the server whose process answers at its address
        std::uint32_t silent_outages = 0;
        std::uint32_t icmp_outages = 0;

        [[nodiscard]] bool alive() const
        {
            return silent_outages + icmp_outages == 0;
        }

        [[nodiscard]] bool takes_sip() const
        {
            return host || proxy;
        }
    };

    static constexpr std::uint32_t kFetchedAhead = 16; // entries

    void make_server(world::ServerIndex server);
    void start();
    void add(SimTime at, std::uint32_t entity, Event event, std::uint32_t payload);
    void dispatch(const TimerEntry& entry);
    void look_ahead();
    void fetch(std::uint32_t entity, std::uint32_t what) const;
    void fetch_records(std::uint32_t entity, std::uint32_t what) const;
    [[nodiscard]] const Flight* flight_of(std::uint32_t what) const;
    void fetch(world::AccountIndex account, const Flight& flight) const;
    void fetch_at_server(world::AccountIndex account, const Flight& flight) const;

    // Accounts (fleet_accounts.cc).
    /// Valid until the next call.
    [[nodiscard]] registration::Account account(world::AccountIndex ua, world::DeviceIndex device);
    /// `unwatched`: nobody has armed the deadline it has.
    template <class Input>
    void step(world::AccountIndex ua,
              world::DeviceIndex device,
              const Input& input,
              bool unwatched = false);
    /// Of all accounts of the device: input(account, row, transaction, outputs).
    template <class Input>
    void step_all(world::DeviceIndex device, const Input& input);
    void tell_received(world::AccountIndex ua, const sip::Message& message, std::uint32_t octets);
    void perform(world::AccountIndex ua,
                 world::DeviceIndex device,
                 const registration::Outputs& outputs,
                 bool& unwatched);
    void on_deadline(world::AccountIndex ua, SimTime at);
    void on_retransmission(world::AccountIndex ua, SimTime at);
    void run_deadline(world::AccountIndex ua);
    void transmit(world::AccountIndex ua, world::DeviceIndex device, bool again, bool& unwatched);
    void apply(world::DeviceIndex device, world::LifeStep step);
    void boot_accounts(world::DeviceIndex device);

    // What follows a registration (fleet_extra.cc).
    void after_transition(world::AccountIndex ua,
                          world::DeviceIndex device,
                          const registration::Transition& transition);
    void on_extra(world::AccountIndex ua, SimTime at);
    void take_extra_response(const Flight& flight);
    void perform_extra(world::AccountIndex ua,
                       world::DeviceIndex device,
                       const std::optional<registration::Send>& send);

    // Power of devices (fleet_lives.cc).
    void boot(world::DeviceIndex device);
    void power_changed(world::DeviceIndex device);
    void arm_life(world::DeviceIndex device, SimTime before);
    void on_life(world::DeviceIndex device, SimTime at);
    void hit_devices(std::uint32_t fault);

    /// Times the device got power, the present one included.
    [[nodiscard]] std::uint32_t life_of(world::DeviceIndex device) const
    {
        return lives_.empty() ? 1 : lives_[device];
    }

    // Keepalives (fleet_keepalives.cc).
    void arm_keepalive(world::DeviceIndex device);
    void send_keepalive(world::AccountIndex first, std::uint32_t life);
    [[nodiscard]] sip::Endpoint keepalive_server(world::DeviceIndex device);

    // NAT traversal of devices (fleet_traversal.cc).
    template <class Input>
    void step_traversal(world::DeviceIndex device, const Input& input);
    void boot_traversal(world::DeviceIndex device);
    [[nodiscard]] bool takes_sip(world::ServerIndex server, std::uint16_t port) const;
    void on_traversal(world::AccountIndex first, SimTime at);
    void perform_traversal(world::DeviceIndex device, const nat::TraversalOutputs& outputs);
    void register_anew(world::DeviceIndex device, registration::Reason reason);
    void register_at(world::AccountIndex ua, world::DeviceIndex device, sip::Endpoint server);
    [[nodiscard]] std::uint32_t depart(world::AccountIndex ua,
                                       world::DeviceIndex device,
                                       world::ServerIndex server,
                                       Cargo cargo,
                                       std::uint32_t octets);
    void send_stun(world::DeviceIndex device, const nat::StunSend& send);
    void send_options(world::DeviceIndex device, const nat::OptionsSend& send);
    void send_whole(world::AccountIndex ua,
                    world::DeviceIndex device,
                    const sip::Message& message,
                    bool again,
                    Cargo cargo);
    [[nodiscard]] bool arrive_beside(const Flight& flight);
    void take_options_response(const Flight& flight);
    void answer_ping(const Flight& flight);
    [[nodiscard]] world::AccountIndex pinged_account(world::DeviceIndex device,
                                                     sip::UserId user) const;

    // Locating servers, name servers (fleet_dns.cc).
    /// `unwatched`: as of step().
    template <class Input>
    void step_finder(dns::Finder& finder,
                     world::DeviceIndex device,
                     const Input& input,
                     bool unwatched = false);
    void locate(world::DeviceIndex device);
    void on_finder(world::AccountIndex first, SimTime at);
    void tell_found(world::DeviceIndex device, bool located);
    void send_asks(world::DeviceIndex device, const dns::AskOutputs& asks);
    void take_answer(const Flight& flight);
    void take_dns_error(const Flight& flight);
    void make_name_server(Server& server, world::ServerIndex number);
    void answer_query(std::uint32_t query);
    [[nodiscard]] std::optional<dns::Packet> response_to(world::ServerIndex server,
                                                         const dns::Packet& query);
    template <class Input>
    void step_resolver(world::ServerIndex number, const Input& input);
    void on_resolver(world::ServerIndex number, SimTime at);
    void resolver_response(const Flight& response);
    void resolver_error(const Flight& error);
    void send_answer(world::ServerIndex server,
                     const dns::Packet& packet,
                     sip::Endpoint to,
                     Flight* query = nullptr);
    void on_late_answer(std::uint32_t flight);
    void send_dns(world::ServerIndex from,
                  const dns::Packet& packet,
                  std::uint16_t from_port,
                  sip::Endpoint to,
                  Flight* answered = nullptr);
    void dns_fault(std::uint32_t fault, bool begins);
    void tell_bindings(world::ServerIndex registrar, sip::UserId user);

    // Servers that are no registrars, and pings (fleet_servers.cc).
    void proxy_request(std::uint32_t flight);
    void proxy_response(std::uint32_t flight);
    void forward(const Flight& request);
    void answer_stun(const Flight& request);
    void start_pings();
    void arm_ping(std::uint32_t aor, world::ServerIndex server, SimTime from);
    void send_pings(std::uint32_t aor, world::ServerIndex server);
    void send_ping(std::uint32_t aor, world::ServerIndex server, const world::PingTarget& target);

    // The way of a datagram over its links (fleet_ways.cc).
    void walk(std::uint32_t flight, SimTime at);
    void end_nowhere(std::uint32_t flight);
    void go_on(std::uint32_t number, Flight& flight, SimTime at, Event event);
    void arm_spared_timer(const Flight& flight);
    void spare_timer(Flight& flight);
    void fetch_onward(const Flight& flight) const;
    [[nodiscard]] bool may_outlast(const Flight& flight, SimTime at) const;
    [[nodiscard]] SimTime spared_deadline(const Flight& flight);
    void on_booked(std::uint32_t flight, SimTime at);
    [[nodiscard]] bool finds_device(std::uint32_t flight);
    [[nodiscard]] static std::uint32_t wire_of(const Flight& flight);
    [[nodiscard]] network::Fate fate_of(const Flight& flight, const Hop& hop, SimTime at) const;
    [[nodiscard]] network::Passage pass(const Flight& flight,
                                        const Hop& hop,
                                        SimTime at,
                                        std::uint32_t wire);
    [[nodiscard]] network::Passage offer(Hop hop,
                                         std::uint32_t wire,
                                         const network::DatagramKey& key);
    [[nodiscard]] bool book(std::uint32_t number,
                            const Flight& flight,
                            Hop hop,
                            SimTime at,
                            SimDuration length);
    [[nodiscard]] static bool could_be_taken_back(const Hop& hop, SimTime at, std::uint32_t flight);
    void unbook(std::uint32_t flight, network::DirectedLink link, SimTime at);

    // Datagrams (fleet_datagrams.cc).
    void drop(SimTime at, world::AccountIndex account, world::DropReason reason);
    void end_flight(std::uint32_t flight);
    /// The row is about to go on to another request than `flight`, the first of a chain, carries.
    void keep_snapshots(std::uint32_t flight, const Row& before);
    void unchain(std::uint32_t flight);
    /// See Kept.
    [[nodiscard]] std::uint32_t& row_of(Flight& flight);

    /// What goes under way now is not kept whole.
    [[nodiscard]] bool keeps_no_more() const
    {
        return messages_.in_use() > requests_kept_; // room_ is in use
    }

    /// The request of a flight; valid until the next call of this or response_of().
    [[nodiscard]] const sip::Message& request_of(const Flight& flight);
    void rebuild_request(const Flight& flight, Kept kept, std::uint32_t row, sip::Endpoint source);
    /// The response of a flight; valid until the next call.
    [[nodiscard]] sip::Message& response_of(const Flight& flight);
    void release_message(std::uint32_t number, Flight& flight);
    void arrive(std::uint32_t flight);
    /// The device a flight is for has the address it goes to at present.
    [[nodiscard]] bool has_address(const Flight& flight) const;
    void arrive_at_device(std::uint32_t flight);
    void arrive_at_server(std::uint32_t flight);
    [[nodiscard]] static Cargo unreachable_of(Cargo cargo);
    void tell_of_arrival(const Flight& flight, const Server& server);
    void serve(std::uint32_t flight);
    /// Out of the home's NAT at the near end of the access link; false: it does not come out.
    [[nodiscard]] bool leave_home(std::uint32_t flight);
    [[nodiscard]] bool at_carrier(const Flight& flight) const;
    [[nodiscard]] std::uint32_t asking_hop(const Flight& flight, std::uint32_t hops) const;
    [[nodiscard]] bool passes(std::uint32_t flight);
    [[nodiscard]] bool cross_carrier(std::uint32_t flight);
    [[nodiscard]] bool enter_home(Flight& flight);
    [[nodiscard]] sip::Endpoint server_of(const Flight& flight) const;
    [[nodiscard]] Leg leg_of(const Flight& flight) const;
    /// A hop of its route.
    [[nodiscard]] const Hop& hop_of(const Flight& flight, RouteIndex route, std::uint32_t hop);
    [[nodiscard]] network::DatagramKey key_of(const Flight& flight,
                                              network::DirectedLink link) const;
    void send_nowhere(const Flight& request, std::uint32_t octets);
    void serve_at_registrar(std::uint32_t flight);
    void serve_queued(std::uint32_t flight);
    void perform(std::uint32_t flight,
                 const sip::Message& request,
                 const registrar::Outcome& outcome);
    [[nodiscard]] sip::Message& blank_response();
    [[nodiscard]] std::optional<std::uint32_t> octets_to_send(const Flight& request);
    void send_made(const Flight& request, Cargo cargo);
    void send_response(const Flight& request,
                       SimTime answered,
                       const registrar::CompactReply& reply);
    void send_back(const Flight& request,
                   sip::Endpoint to,
                   Cargo cargo,
                   std::uint32_t octets,
                   std::uint32_t message,
                   Kept kept = Kept::kWhole);
    void begin_outage(world::ServerIndex server,
                      world::Unreachable unreachable,
                      bool for_good = false);
    void take_over(world::ServerIndex server, world::ServerIndex standby);
    void end_outage(world::ServerIndex server, world::Unreachable unreachable);

    // Calls (fleet_calls.cc).
    void arm_call(std::uint32_t aor, SimTime before);
    void offer_call(std::uint32_t aor);
    void arm_outgoing(world::AccountIndex account, SimTime before);
    void offer_outgoing(world::AccountIndex account);
    [[nodiscard]] bool powered(world::DeviceIndex device) const override;
    [[nodiscard]] std::uint32_t address_life(world::DeviceIndex device) const override;
    [[nodiscard]] bool path_cut(world::ServerIndex server, network::NodeIndex node) const override;
    [[nodiscard]] bool alive(world::ServerIndex server) const override;
    [[nodiscard]] bool refuses(std::uint32_t registrar) const override;
    [[nodiscard]] bool blocks(std::uint32_t registrar,
                              sip::UserId user,
                              sip::Host source,
                              SimTime now) const override;
    [[nodiscard]] registrar::LocationService::Bindings bindings(std::uint32_t registrar,
                                                                sip::UserId aor,
                                                                SimTime now) const override;
    [[nodiscard]] registrar::LocationService::Bindings latest(std::uint32_t registrar,
                                                              sip::UserId aor,
                                                              SimTime now) const override;
    [[nodiscard]] proxy::Flows flows(std::uint32_t proxy,
                                     sip::UserId aor,
                                     SimTime now) const override;

    const world::World& world_;
    const world::Layout& layout_;
    world::Observer& observer_;
    sip::Names names_;
    sip::IntegerProof proof_;
    world::Directory directory_;
    world::Locations locations_;
    world::CallTargets call_targets_;
    world::NatBoxes nats_;
    PathModel paths_;
    TimerWheel wheel_;
    DeviceTable devices_;
    TransactionTable transactions_;
    Rows rows_;
    LocatingDevices locating_;
    std::vector<Server> servers_;
    std::optional<SparseArray<registration::ExtraRequests>>
        extras_; // of accounts with one under way; none: no fleet has any
    mutable std::optional<BoundAt>
        bound_at_; // none: each registrar is asked; no result depends on it
    Pool<Flight> flights_;
    Pool<sip::Message, 16> messages_;
    Pool<Row> snapshots_; // rows as they were when they sent
    Pool<Answer> answers_;
    Pool<Mail> mail_;
    Pool<dns::Packet> letters_;
    dns::Sendings sendings_; // of the resolver called last
    bool telling_ = false;   // accounts, how the location of their device has ended
    bool wanted_ = false;    // one of them wants another
    OfDevices<nat::DeviceTraversal> traversals_; // of fleets with STUN or probes
    // Where the last REGISTER of this life went, Endpoint{}: none; of fleets that locate their servers and whose
    // keepalives are sent one by one.
    OfDevices<sip::Endpoint> registered_at_;
    std::uint32_t room_;   // of messages_: for the message that a core makes next
    sip::Message rebuilt_; // a request
    sip::Message rebuilt_response_;
    std::uint32_t requests_kept_;
    bool books_ahead_;                   // links, see book()
    SimDuration shortest_wait_;          // of an account for an answer
    std::vector<std::uint32_t> sent_;    // by device: datagrams sent; empty: nothing is drawn by it
    std::vector<std::uint32_t> sent_to_; // by device
    bool arms_keepalives_;               // some are sent one by one, or pass a NAT
    std::vector<std::uint32_t> lives_; // by device: times it got power; empty: once, or nobody asks
    std::vector<bool> computed_;       // by fleet: its keepalives are not sent
    std::vector<std::uint32_t> sent_nowhere_; // by server: to nobody of a fleet
    std::vector<std::uint32_t> calls_;        // by AOR: calls so far; empty: no fleet is called
    std::vector<std::uint32_t> outgoing_;     // by account: calls so far; empty: none calls
    SimTime now_{};
    std::uint64_t turn_ = 0; // entities below have had theirs at now_; faults come before all
    bool started_ = false;
    std::uint64_t events_ = 0;
    std::uint64_t sip_messages_ = 0;
};

} // namespace sipsim::fleet
