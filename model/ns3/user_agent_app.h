#pragma once

// Models : a device of a fleet: its power, its accounts, and the one UDP socket they share.
// Drives : ns-3 starts it; faults come from FaultSchedule; everything else is its cores' doing.
// Keeps  : the loop of a sans-I/O core: input, perform the outputs, arm the next deadline; at most one
//          pending ns-3 event per account, one for the device's life, one for what it asks name servers.
// Leaves : when to register and what to say (registration::UserAgent), STUN and keepalives that are
//          answered (nat::DeviceTraversal), where servers are (dns::Finder), when power comes back
//          (world::DeviceLife). Not modelled: requests other than OPTIONS are not answered.

#include "model/dns/finder.h"
#include "model/nat/device_traversal.h"
#include "model/ns3/access_channel.h"
#include "model/ns3/run_state.h"
#include "model/registration/extra_requests.h"
#include "model/registration/user_agent.h"
#include "model/world/device_life.h"
#include "model/world/facts.h"

#include "ns3/application.h"
#include "ns3/event-id.h"
#include "ns3/socket.h"
#include "ns3/traced-callback.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace sipsim::ns3carrier
{

class UserAgentApp : public ns3::Application
{
  public:
    static ns3::TypeId GetTypeId();

    UserAgentApp();

    /// Trace sources "Tx" and "Rx": a SIP message at the socket.
    typedef void (*MessageTracedCallback)(world::AccountIndex account,
                                          const sip::Message& message,
                                          std::uint32_t octets,
                                          bool again);
    /// Trace source "Transition".
    typedef void (*TransitionTracedCallback)(world::AccountIndex account,
                                             const registration::Transition& transition);
    /// Trace source "Power": the device came up or went down, or has another address.
    typedef void (*PowerTracedCallback)(world::DeviceIndex device,
                                        bool powered,
                                        sip::Endpoint address);
    /// Trace source "Drop".
    typedef void (*DropTracedCallback)(world::DropReason reason);
    /// Trace source "Located": a location of the device's servers has ended.
    typedef void (*LocatedTracedCallback)(world::DeviceIndex device, bool located);
    /// Trace source "Keepalive": one was sent.
    typedef void (*KeepaliveTracedCallback)(world::DeviceIndex device);

    /// What the application is in a run, before it starts. `state` outlives it.
    void Configure(RunState& state,
                   world::DeviceIndex device,
                   ns3::Ptr<AccessNetDevice> device_link);

    /// A reboot, restart, crash or power cut hits the device now; see DeviceLife::on_fault().
    void Fault(world::FaultKind kind, SimDuration down_for, bool new_address);

    [[nodiscard]] bool IsPowered() const
    {
        return life_.powered();
    }

    /// Which of its addresses it has (world::Layout::address), or had last.
    [[nodiscard]] std::uint32_t GetAddressLife() const
    {
        return address_life_;
    }

    /// The present address of its site, or the last one: its own, or its home NAT's.
    [[nodiscard]] sip::Endpoint GetAddress() const;

    [[nodiscard]] ns3::Ptr<ns3::Socket> GetSocket() const
    {
        return socket_;
    }

    [[nodiscard]] ns3::Ptr<AccessNetDevice> GetLink() const
    {
        return link_;
    }

    [[nodiscard]] const registration::UserAgent& GetUserAgent(std::size_t account) const
    {
        return rows_[account].agent;
    }

    /// What it knows of that account's servers; nullptr: it goes to its fleet's one.
    [[nodiscard]] const registration::Servers* GetServers(std::size_t account) const
    {
        return finder_ ? &rows_[account].servers : nullptr;
    }

    /// A call of that account has failed over to a server at which it registers first.
    void CallFailedOver(std::size_t account, const sip::Endpoint& server);

  private:
    struct Row
    {
        registration::UserAgent agent;
        registration::UserAgent::Transaction transaction;
        registration::Account account;
        ns3::EventId wake;
        SimTime wake_at = kNever;          // of the pending event; kNever: none
        ns3::Ptr<ns3::Packet> last_packet; // the request under way, for its retransmissions
        sip::Branch branch{};              // of the request sent last
        dns::Failover failover;            // where DNS locates the servers
        registration::Servers servers;     // likewise; the account points to it
        registration::ExtraRequests extra;
        ns3::EventId extra_wake;
    };

    static sip::UserId UserOf(const Row& row)
    {
        return row.account.user;
    }

    void StartApplication() override;
    void StopApplication() override;
    void DoDispose() override;

    void HandleLife();
    void Apply(world::LifeStep step);
    void ArmLife();
    void PowerChanged();
    void Boot();
    void BootAccounts();
    void BootAccount(Row& row);
    void ArmKeepalive();
    void FirstKeepalive();
    void SendKeepalive();
    [[nodiscard]] sip::Endpoint KeepaliveServer() const;

    // NAT traversal (user_agent_traversal.cc).
    void BootTraversal();
    void TraversalError(sip::Host from);
    // Calls its core with `input` and performs what it wants.
    template <class Input>
    void StepTraversal(const Input& input);
    void HandleTraversal();
    void Perform(const nat::TraversalOutputs& outputs);
    void RegisterAnew(registration::Reason reason);
    void SendStun(const nat::StunSend& send);
    void SendOptions(const nat::OptionsSend& send);
    void SendBeside(const Row& row, const sip::Message& message, bool again);
    void HandleStun(std::string_view text);
    [[nodiscard]] bool HandleOptionsResponse(const sip::Message& response, std::uint32_t octets);
    void AnswerPing(const sip::Message& request, std::uint32_t octets);
    void SetAddress();

    // Locating servers (user_agent_dns.cc).
    void ConfigureLocating(const world::LocatingSpec& spec, bool remembers_failures);
    void StartLocating();
    void StopLocating();
    void Locate();
    // Calls the finder with `input`, performs what it wants, tells the accounts what it has found.
    template <class Input>
    void StepFinder(const Input& input);
    [[nodiscard]] dns::Found Want(const DrawKey& key, dns::AskOutputs& asks);
    void PerformAsks(const dns::AskOutputs& asks);
    void SendQuery(const dns::Ask& ask);
    void TellFound(bool located);
    void ListChanged();
    void HandleFinder();
    void HandleDns(ns3::Ptr<ns3::Packet> datagram, sip::Endpoint from, std::uint16_t to_port);
    void HandleDnsError(std::uint16_t from_port);

    // What follows a registration (user_agent_extra.cc).
    void AfterTransition(Row& row, const registration::Transition& transition);
    void HandleExtra(std::uint32_t index);
    void PerformExtra(Row& row, const std::optional<registration::Send>& send);
    [[nodiscard]] bool HandleExtraResponse(const sip::Message& response, std::uint32_t octets);

    void HandleAccount(std::uint32_t index);
    void HandleRead(ns3::Ptr<ns3::Socket> socket);
    void HandleMessage(const sip::Message& message, std::uint32_t octets);
    void HandleIcmp(ns3::Ipv4Address from,
                    std::uint8_t ttl,
                    std::uint8_t type,
                    std::uint8_t code,
                    std::uint32_t info);
    void HandleArrival(ns3::Ptr<const ns3::Packet> datagram);
    [[nodiscard]] Row* FindRow(const sip::Message& response);

    /// `input(outputs)` calls the account's core; what it wants is performed.
    template <class Input>
    void Step(Row& row, const Input& input)
    {
        sip::Message request;
        registration::Outputs outputs{request};
        input(outputs);
        Perform(row, outputs);
    }

    void Perform(Row& row, const registration::Outputs& outputs);
    void Transmit(Row& row, const sip::Message& message, bool again);
    void Rearm(Row& row);
    [[nodiscard]] std::uint32_t IndexOf(const Row& row) const;

    std::uint16_t local_port_ = sip::kSipPort;
    RunState* state_ = nullptr;
    const registration::AgentSettings* settings_ = nullptr;
    world::DeviceIndex device_ = 0;
    world::AccountIndex first_account_ = 0;
    ns3::Ptr<AccessNetDevice> link_;
    ns3::Ptr<ns3::Socket> socket_;
    world::DeviceLife life_;
    ns3::EventId life_wake_;
    SimTime life_wake_at_ = kNever;
    std::uint32_t address_life_ = 0;
    bool booted_before_ = false;
    bool told_powered_ = false;
    const nat::KeepaliveOptions* keepalive_ = nullptr; // none: not sent
    SimTime up_since_{};
    std::uint32_t lives_ = 0; // begun
    ns3::EventId keepalive_wake_;
    std::optional<nat::DeviceTraversal> traversal_; // none: it needs none
    const nat::TraversalSettings* traversal_settings_ = nullptr;
    std::optional<sip::Endpoint> registered_at_; // where the last REGISTER of this life went
    ns3::EventId traversal_wake_;
    SimTime traversal_wake_at_ = kNever;
    std::optional<dns::Finder> finder_; // none: its server is a fixed one
    std::optional<dns::Blocklist> blocklist_;
    const dns::FinderSettings* finder_settings_ = nullptr;
    ns3::EventId finder_wake_;
    SimTime finder_wake_at_ = kNever;
    bool telling_ = false; // what was found
    bool wanted_ = false;  // meanwhile, once more
    std::vector<Row> rows_;

    // Where ICMP errors are listened to: whose datagram one is about, by its destination and IPv4
    // identification, which ns-3 counts for each destination. Not so queries: HostUdp knows them by their
    // ports. No account sends as many datagrams within a round trip.
    static constexpr std::size_t kRememberedPerAccount = 16;
    static constexpr std::size_t kRememberedOfOthers = 256; // keepalives, probes, answers to pings
    static constexpr std::uint32_t kNobody = UINT32_MAX;    // a keepalive that nobody answers
    static constexpr std::uint32_t kTraversal = UINT32_MAX - 1;

    struct Sent
    {
        sip::Host to{};
        std::uint16_t identification = 0;
        std::uint32_t sender = kNobody; // a row, or one of these
        std::uint64_t request = 0;      // of a row: UserAgent::request_number()
    };

    void Remember(sip::Host to, std::uint32_t sender, std::uint64_t request = 0);
    [[nodiscard]] Sent FindSent(sip::Host to, std::uint16_t identification) const;
    std::vector<Sent> sent_; // the last ones, in a ring; empty: not needed
    std::size_t next_sent_ = 0;
    std::uint16_t icmp_identification_ = 0;

    ns3::TracedCallback<world::AccountIndex, const sip::Message&, std::uint32_t, bool> tx_;
    ns3::TracedCallback<world::AccountIndex, const sip::Message&, std::uint32_t, bool> rx_;
    ns3::TracedCallback<world::AccountIndex, const registration::Transition&> transition_;
    ns3::TracedCallback<world::DeviceIndex, bool, sip::Endpoint> power_;
    ns3::TracedCallback<world::DropReason> drop_;
    ns3::TracedCallback<world::DeviceIndex> keepalive_sent_;
    ns3::TracedCallback<world::DeviceIndex, bool> located_;
};

} // namespace sipsim::ns3carrier
