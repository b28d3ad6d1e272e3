// The devices' side of the engine: the loop of a sans-I/O core for each account. In the same order as the packet
// carrier's UserAgentApp.

#include "model/fleet/fleet_engine.h"
#include "model/sip/codec.h"

#include <algorithm>
#include <utility>

namespace sipsim::fleet
{

registration::Account
FleetEngine::account(world::AccountIndex ua, world::DeviceIndex device)
{
    registration::Account who = nats_.account(ua, devices_.address_life(device));
    // The address that STUN has found for it.
    if (const nat::DeviceTraversal* traversal = traversals_.find(device))
    {
        who.address = traversal->mapped().value_or(who.address);
    }
    who.servers = locating_.servers(ua, device);
    return who;
}

// Calls the account's core with `input`, keeps its transaction, arms its next deadline unless a request
// spares that, and performs what it wants.
template <class Input>
void
FleetEngine::step(world::AccountIndex ua,
                  world::DeviceIndex device,
                  const Input& input,
                  bool unwatched)
{
    Row& agent = rows_[ua];
    TransactionTable::Record* record = transactions_.find(ua);
    Transaction transaction = TransactionTable::open(record);
    const SimTime deadline_before = agent.next_deadline(transaction);
    const bool was_open = transaction.has_value();
    registration::Outputs outputs{messages_[room_]};
    if (record == nullptr || record->requests == kNoRecord)
    {
        input(agent, transaction, outputs);
    }
    else
    {
        const Row before = agent;
        input(agent, transaction, outputs);
        if (!transaction || agent.request_number() != before.request_number())
        {
            keep_snapshots(record->requests, before);
            record->requests = kNoRecord;
        }
    }
    transactions_.close(ua, record, transaction);
    const SimTime deadline = agent.next_deadline(transaction);
    const bool open = transaction.has_value();
    unwatched =
        deadline != kNever && (unwatched || deadline != deadline_before || open != was_open);
    if (unwatched && !open)
    {
        add(deadline, ua, Event::kDeadline, 0);
        unwatched = false;
    }
    perform(ua, device, outputs, unwatched);
    if (unwatched)
    {
        add(deadline, ua, Event::kRetransmission, 0);
    }
}

template <class Input>
void
FleetEngine::step_all(world::DeviceIndex device, const Input& input)
{
    const world::AccountIndex first = layout_.first_account_of(device);
    const std::uint32_t accounts = world_.fleets[layout_.fleet_of_device(device)].accounts;
    for (world::AccountIndex ua = first; ua < first + accounts; ++ua)
    {
        step(ua, device, [&](auto& row, Transaction& transaction, auto& outputs) {
            input(ua, row, transaction, outputs);
        });
    }
}

void
FleetEngine::tell_received(world::AccountIndex ua,
                           const sip::Message& message,
                           std::uint32_t octets)
{
    observer_.on_ua_message({.at = now_,
                             .ua = ua,
                             .direction = world::Direction::kReceive,
                             .message = message,
                             .bytes = octets,
                             .again = false});
}

void
FleetEngine::perform(world::AccountIndex ua,
                     world::DeviceIndex device,
                     const registration::Outputs& outputs,
                     bool& unwatched)
{
    for (const registration::Transition& transition : outputs.transitions)
    {
        observer_.on_transition(now_, ua, transition);
        if (extras_)
        {
            after_transition(ua, device, transition);
        }
    }
    using Next = registration::Outputs::Next;
    switch (outputs.next)
    {
    case Next::kNothing:
        break;
    case Next::kSend:
    case Next::kSendAgain:
        transmit(ua, device, outputs.next == Next::kSendAgain, unwatched);
        break;
    case Next::kResolve:
        locate(device);
        break;
    case Next::kFinished: {
        world::DeviceLife& life = *devices_.life(device); // only a fault ends a life
        const SimTime before = life.next_deadline();
        apply(device, life.on_finished(now_));
        arm_life(device, before);
        break;
    }
    }
}

void
FleetEngine::on_deadline(world::AccountIndex ua, SimTime at)
{
    if (at == rows_[ua].client().next_deadline())
    {
        run_deadline(ua);
    }
}

// Most of these come in vain, as the transaction was answered in time: that is found out without a look
// at the row.
void
FleetEngine::on_retransmission(world::AccountIndex ua, SimTime at)
{
    const Transaction transaction = transactions_.open(ua);
    if (transaction && at == rows_[ua].next_deadline(transaction))
    {
        run_deadline(ua);
    }
}

void
FleetEngine::run_deadline(world::AccountIndex ua)
{
    const world::DeviceIndex device = layout_.device_of(ua);
    const auto& settings = directory_.settings(layout_.fleet_of_account(ua));
    step(ua, device, [&](registration::UserAgent& row, Transaction& transaction, auto& outputs) {
        row.on_deadline(settings, account(ua, device), transaction, now_, outputs);
    });
}

// The request that a core has just made.
void
FleetEngine::transmit(world::AccountIndex ua,
                      world::DeviceIndex device,
                      bool again,
                      bool& unwatched)
{
    ++sip_messages_;
    const sip::Message& message = messages_[room_];
    const auto octets = static_cast<std::uint32_t>(sip::encoded_size(message, names_));
    observer_.on_ua_message({.at = now_,
                             .ua = ua,
                             .direction = world::Direction::kSend,
                             .message = message,
                             .bytes = octets,
                             .again = again});
    const world::ServerIndex server = layout_.server_at(message.dst.host).value_or(kNoServer);
    if (sip::Endpoint* last = registered_at_.find(device))
    {
        *last = message.dst;
    }
    if (server != kNoServer && servers_[server].host)
    {
        servers_[server].host->fetch(message);
    }
    const std::uint32_t aor = world::aor_of(message.to.user);
    for (std::uint32_t other = 0; bound_at_ && other < world_.registrars.size(); ++other)
    {
        if (bound_at_->may_be(other, aor)) // bindings() will ask
        {
            servers_[other].host->locations().fetch(message.to.user);
        }
    }
    const std::uint32_t number = depart(ua, device, server, Cargo::kRequest, octets);
    Flight& flight = flights_[number];
    const Row& row = rows_[ua];
    flight.cseq = Flight::low_bits_of(message.cseq);
    flight.boots = row.client().boots();
    flight.again = row.again() & 31U;
    flight.to_sip_port = takes_sip(server, message.dst.port);
    if (std::exchange(unwatched, false))
    {
        spare_timer(flight);
    }
    // The address that STUN found for it is not the row's.
    if (keeps_no_more() && traversals_.empty())
    {
        flight.kept = Kept::kRow;
        flight.message = std::exchange(transactions_.find(ua)->requests, number);
    }
    else
    {
        flight.message = std::exchange(room_, messages_.take());
    }
    if (leave_home(number))
    {
        walk(number, now_);
    }
}

void
FleetEngine::register_anew(world::DeviceIndex device, registration::Reason reason)
{
    const auto& settings = directory_.settings(layout_.fleet_of_device(device));
    step_all(device, [&](world::AccountIndex ua, auto& row, auto& transaction, auto& outputs) {
        row.on_register_anew(settings, account(ua, device), transaction, now_, reason, outputs);
    });
}

// A call of that account has failed over.
void
FleetEngine::register_at(world::AccountIndex ua, world::DeviceIndex device, sip::Endpoint server)
{
    const auto& settings = directory_.settings(layout_.fleet_of_device(device));
    step(ua, device, [&](registration::UserAgent& row, Transaction& transaction, auto& outputs) {
        row.on_call_failed_over(settings, account(ua, device), transaction, now_, server, outputs);
    });
}

void
FleetEngine::tell_found(world::DeviceIndex device, bool located)
{
    observer_.on_located(now_, device, located);
    const auto& settings = directory_.settings(layout_.fleet_of_device(device));
    step_all(device, [&](world::AccountIndex ua, auto& row, auto& transaction, auto& outputs) {
        row.on_found(settings, account(ua, device), transaction, now_, located, outputs);
    });
}

// --- when its device boots, is switched off or loses power

void
FleetEngine::apply(world::DeviceIndex device, world::LifeStep life_step)
{
    if (life_step == world::LifeStep::kNothing)
    {
        return;
    }
    if (life_step == world::LifeStep::kBoot)
    {
        boot(device);
        return;
    }
    const auto& settings = directory_.settings(layout_.fleet_of_device(device));
    step_all(device, [&](world::AccountIndex ua, auto& row, auto& transaction, auto& outputs) {
        if (life_step == world::LifeStep::kShutdown)
        {
            row.on_shutdown(settings, account(ua, device), transaction, now_, outputs);
        }
        else
        {
            row.on_crash(transaction, outputs);
        }
    });
    if (life_step == world::LifeStep::kCrash)
    {
        power_changed(device);
    }
}

void
FleetEngine::boot_accounts(world::DeviceIndex device)
{
    const auto& settings = directory_.settings(layout_.fleet_of_device(device));
    const bool booted_before = devices_.boot(device);
    step_all(device, [&](world::AccountIndex ua, auto& row, auto& transaction, auto& outputs) {
        const auto at =
            booted_before ? std::nullopt : world::steady_first_register(world_, layout_, ua);
        const auto who = account(ua, device);
        if (at)
        {
            // What went before has taken its time.
            row.on_start_at(settings, who, transaction, now_, std::max(*at, now_), outputs);
        }
        else
        {
            row.on_start(settings, who, transaction, now_, outputs);
        }
    });
}

// --- what arrives

bool
FleetEngine::has_address(const Flight& flight) const
{
    if (!nats_.any() && !devices_.moved())
    {
        return true; // its one address, to which all goes
    }
    const std::uint32_t life = devices_.address_life(flight.device);
    return flight.host == nats_.plan().home_outside(flight.device, life).host;
}

void
FleetEngine::arrive_at_device(std::uint32_t number)
{
    Flight flight = flights_[number];
    const Row& agent = rows_[flight.account];
    const world::DeviceIndex device = flight.device;
    // Model choice: an address that was given up is found to be so by the last hop.
    if (!has_address(flight))
    {
        observer_.on_drop(now_, world::DropReason::kNoHost);
        return;
    }
    if (!enter_home(flight))
    {
        observer_.on_drop(now_, world::DropReason::kNat);
        return;
    }
    if (!devices_.powered(device))
    {
        observer_.on_drop(now_, world::DropReason::kNoHost);
        return;
    }
    // A ping and an answer of DNS are known by what they say.
    if (nats_.any() && device != layout_.device_of(flight.account) &&
        flight.cargo != Cargo::kPing && flight.cargo != Cargo::kDnsResponse &&
        flight.cargo != Cargo::kDnsUnreachable)
    {
        observer_.on_drop(now_,
                          world::DropReason::kUnmatched); // a NAT has given it somebody else's
        return;
    }
    if (is_letter(flight.cargo))
    {
        flights_[number].spares_timer = false; // take_answer() sees to the timer
    }
    if (arrive_beside(flight))
    {
        return;
    }
    const auto& settings = directory_.settings(layout_.fleet_of_account(flight.account));
    // RFC 3261 §17.1.3: the branch is that of the request sent last; a life that has sent nothing yet
    // still knows the former's.
    const auto& client = agent.client();
    const bool of_last = client.boots() == flight.boots &&
                         Flight::low_bits_of(client.cseq()) == flight.cseq &&
                         agent.again() == flight.again;
    if (flight.cargo == Cargo::kPortUnreachable)
    {
        if (of_last && settings.registration.listens_to_icmp)
        {
            step(flight.account, device, [&](auto& row, Transaction& transaction, auto& outputs) {
                row.on_transport_error(settings,
                                       account(flight.account, device),
                                       transaction,
                                       now_,
                                       row.request_number(),
                                       outputs);
            });
        }
        return;
    }
    const bool of_former =
        static_cast<std::uint32_t>(client.cseq()) == 0 && client.boots() == flight.boots + 1;
    if (!of_last && !of_former)
    {
        observer_.on_drop(now_, world::DropReason::kUnmatched);
        return;
    }
    sip::Message& message = response_of(flight);
    if (nats_.any())
    {
        message.dst = {flight.host, flight.port};
    }
    tell_received(flight.account, message, flight.octets);
    if (transactions_.find(flight.account) == nullptr)
    {
        observer_.on_drop(now_, world::DropReason::kUnmatched);
        return;
    }
    if (flight.kept != Kept::kWhole)
    {
        release_message(number,
                        flights_[number]); // before the row goes on, so that no copy of it is taken
    }
    const bool unwatched = flights_[number].give_up_timer();
    step(
        flight.account,
        device,
        [&](auto& row, Transaction& transaction, auto& outputs) {
            row.on_message(settings,
                           account(flight.account, device),
                           transaction,
                           now_,
                           message,
                           outputs);
        },
        unwatched);
}

} // namespace sipsim::fleet
