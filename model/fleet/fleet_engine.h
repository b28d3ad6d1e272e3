#pragma once

// Models : the devices, registrars and datagrams of a run, 10^5 to 10^7 accounts at a time.
// Drives : a carrier calls run_until() from slice to slice and the faults between; the observer gets
//          the same facts as from the packet carrier.
// Keeps  : every decision is a core's (UserAgent, RegistrarServer, DeviceLife, LinkDirection); entries
//          fire in order of (time, entity); a row is the 64 octets of its UserAgent; in the steady
//          state nothing is allocated.
// Leaves : ns-3 (fleet_carrier.cc), text: messages stay structs, their sizes are encoded_size().

#include "model/fleet/device_table.h"
#include "model/fleet/path_model.h"
#include "model/fleet/pool.h"
#include "model/fleet/timer_wheel.h"
#include "model/fleet/transaction_table.h"
#include "model/registrar/registrar_server.h"
#include "model/registration/user_agent.h"
#include "model/world/calls.h"
#include "model/world/directory.h"
#include "model/world/facts.h"
#include "model/world/nat_boxes.h"

#include <cstdint>
#include <deque>
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
inline constexpr std::uint32_t kRequestsKept = 4096;

class FleetEngine : private world::Terrain
{
  public:
    /// All outlive this.
    FleetEngine(const world::World& world,
                const world::Layout& layout,
                world::Observer& observer,
                std::uint32_t requests_kept = kRequestsKept);
    FleetEngine(const FleetEngine&) = delete;
    FleetEngine& operator=(const FleetEngine&) = delete;

    /// Everything that happens before `end`; not before the last end.
    void run_until(SimTime end);

    /// At the instant run_until() has reached, before all else that happens at it.
    void begin_fault(std::uint32_t fault);
    void end_fault(std::uint32_t fault);

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
        kFlight,         // payload: the datagram
        kDrop,           // payload: the reason
        kCall,           // to the AOR `entity`
        kKeepalive,      // of the device of account `entity`; payload: its life
    };

    enum class Cargo : std::uint8_t
    {
        kRequest,
        kResponse,
        kPortUnreachable,
        kKeepalive,
        kKeepaliveUnreachable, // port unreachable about a keepalive
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
        registrar::CompactReply reply;
    };

    static_assert(sizeof(Answer) == 32);

    /// A datagram under way.
    struct Flight
    {
        world::AccountIndex account = 0; // whose request it is, or is about
        world::DeviceIndex device = 0;
        std::uint32_t registrar = 0;
        std::uint32_t n = 0;               // network::DatagramKey
        std::uint32_t message = kNoRecord; // of a response that is not kWhole: in answers_
        std::uint32_t cseq = 0;            // of the request
        sip::Host host{}; // as NATs have left it: to the server, its source; else where it goes
        std::uint16_t port = 0;   // likewise
        std::uint16_t octets = 0; // of SIP
        std::uint16_t boots = 0;
        std::uint16_t process = 0; // of the station, while queued
        std::uint8_t hop = 0;      // no path is longer: the TTL of packets ends there
        Cargo cargo = Cargo::kRequest;
        Kept kept = Kept::kWhole;
        bool to_sip_port : 1 = true;   // of a request
        bool queued : 1 = false;       // at the service station
        bool address_life : 1 = false; // the device sent the request from its second address
    };

    static_assert(sizeof(Flight) == 40);

    /// A row fills one line of the cache.
    struct alignas(64) Row : registration::UserAgent
    {
    };

    static_assert(sizeof(Row) == 64);

    struct Server
    {
        registrar::LocationService locations;
        std::optional<registrar::Registrar> registrar;
        std::optional<registrar::RegistrarServer> server;
        std::optional<registrar::ServiceStation> station;
        std::uint16_t process = 0; // processes that died before the present one
        std::uint32_t silent_outages = 0;
        std::uint32_t icmp_outages = 0;

        [[nodiscard]] bool alive() const
        {
            return silent_outages + icmp_outages == 0;
        }
    };

    void start();
    void add(SimTime at, std::uint32_t entity, Event event, std::uint32_t payload);
    void dispatch(const TimerEntry& entry);
    void fetch_ahead() const;

    // Accounts (fleet_accounts.cc).
    [[nodiscard]] registration::Account account(world::AccountIndex ua,
                                                world::DeviceIndex device) const;
    template <class Input>
    void step(world::AccountIndex ua, world::DeviceIndex device, const Input& input);
    void perform(world::AccountIndex ua,
                 world::DeviceIndex device,
                 const registration::Outputs& outputs);
    void on_deadline(world::AccountIndex ua, SimTime at);
    void on_retransmission(world::AccountIndex ua, SimTime at);
    void run_deadline(world::AccountIndex ua);
    void transmit(world::AccountIndex ua,
                  world::DeviceIndex device,
                  const registration::Send& send);

    // Devices.
    void apply(world::DeviceIndex device, world::LifeStep step);
    void boot(world::DeviceIndex device);
    void power_changed(world::DeviceIndex device);
    void arm_life(world::DeviceIndex device, SimTime before);
    void on_life(world::DeviceIndex device, SimTime at);
    void hit_devices(std::uint32_t fault);
    void arm_keepalive(world::DeviceIndex device);

    /// Times the device got power, the present one included.
    [[nodiscard]] std::uint32_t life_of(world::DeviceIndex device) const
    {
        return lives_.empty() ? 1 : lives_[device];
    }

    void send_keepalive(world::AccountIndex first, std::uint32_t life);

    // Datagrams (fleet_datagrams.cc).
    void walk(std::uint32_t flight, SimTime at);
    void drop(SimTime at, world::AccountIndex account, world::DropReason reason);
    void end_flight(std::uint32_t flight);
    /// The row is about to go on to another request than `flight`, the first of a chain, carries.
    void keep_snapshots(std::uint32_t flight, const Row& before);
    void unchain(std::uint32_t flight);
    /// See Kept.
    [[nodiscard]] std::uint32_t& row_of(Flight& flight);
    /// The request of a flight; valid until the next call of this or response_of().
    [[nodiscard]] const sip::Message& request_of(const Flight& flight);
    void rebuild_request(const Flight& flight, Kept kept, std::uint32_t row, sip::Endpoint source);
    /// The response of a flight; valid until the next call.
    [[nodiscard]] sip::Message& response_of(const Flight& flight);
    void release_message(std::uint32_t flight);
    void arrive(std::uint32_t flight);
    void arrive_at_device(std::uint32_t flight);
    void arrive_at_server(std::uint32_t flight);
    void keepalive_at_server(const Flight& flight);
    /// Out of the home's NAT at the near end of the access link; false: it does not come out.
    [[nodiscard]] bool leave_home(std::uint32_t flight);
    [[nodiscard]] bool at_carrier(const Flight& flight, bool up, std::uint32_t hops) const;
    [[nodiscard]] bool cross_carrier(Flight& flight, bool up);
    [[nodiscard]] bool enter_home(Flight& flight);
    [[nodiscard]] sip::Endpoint server_of(const Flight& flight) const;
    [[nodiscard]] network::DatagramKey key_of(const Flight& flight,
                                              bool up,
                                              network::DirectedLink link) const;
    void send_nowhere(const Flight& request, std::uint32_t octets);
    [[nodiscard]] bool enter_station(std::uint32_t flight);
    void refuse_full(std::uint32_t flight);
    void answer(std::uint32_t flight);
    void send_response(const Flight& request,
                       const sip::Message& response,
                       SimTime answered,
                       const registrar::CompactReply& reply);
    void send_back(const Flight& request,
                   sip::Endpoint to,
                   Cargo cargo,
                   std::uint32_t octets,
                   std::uint32_t message,
                   Kept kept = Kept::kWhole);
    void begin_outage(std::uint32_t registrar, world::Unreachable unreachable);
    void end_outage(std::uint32_t registrar, world::Unreachable unreachable);

    // Calls.
    void arm_call(std::uint32_t aor, SimTime before);
    void offer_call(std::uint32_t aor);
    [[nodiscard]] bool powered(world::DeviceIndex device) const override;
    [[nodiscard]] std::uint32_t address_life(world::DeviceIndex device) const override;
    [[nodiscard]] bool path_cut(std::uint32_t registrar, world::DeviceIndex device) const override;

    const world::World& world_;
    const world::Layout& layout_;
    world::Observer& observer_;
    sip::Names names_;
    sip::IntegerProof proof_;
    world::Directory directory_;
    world::NatBoxes nats_;
    PathModel paths_;
    TimerWheel wheel_;
    DeviceTable devices_;
    TransactionTable transactions_;
    LargeVector<Row> rows_;
    std::deque<Server> servers_;
    Pool<Flight> flights_;
    Pool<sip::Message, 16> messages_;
    Pool<Row> snapshots_; // rows as they were when they sent
    Pool<Answer> answers_;
    sip::Message rebuilt_; // a request
    sip::Message rebuilt_response_;
    std::uint32_t requests_kept_;
    std::vector<std::uint32_t> sent_;    // by device: datagrams sent; empty: nothing is drawn by it
    std::vector<std::uint32_t> sent_to_; // by device
    bool arms_keepalives_;               // some are sent one by one, or pass a NAT
    std::vector<std::uint32_t> lives_; // by device: times it got power; empty: once, or nobody asks
    std::vector<bool> computed_;       // by fleet: its keepalives are not sent
    std::vector<std::uint32_t> sent_nowhere_; // by registrar
    std::vector<std::uint32_t> calls_;        // by AOR: calls so far; empty: no fleet is called
    SimTime now_{};
    bool started_ = false;
    std::uint64_t events_ = 0;
    std::uint64_t sip_messages_ = 0;
};

} // namespace sipsim::fleet
