// What devices ask for once they are registered. Facts as from the packet carrier's UserAgentApp.

#include "model/fleet/fleet_engine.h"

namespace sipsim::fleet
{

void
FleetEngine::after_transition(world::AccountIndex ua,
                              world::DeviceIndex device,
                              const registration::Transition& transition)
{
    using registration::State;
    const auto& settings = directory_.settings(layout_.fleet_of_account(ua));
    if (settings.extra.count == 0)
    {
        return;
    }
    if (transition.to == State::kOff && extras_->find(ua) != nullptr)
    {
        extras_->give_back(ua);
    }
    const auto server = rows_[ua].server();
    if (transition.to != State::kRegistered || !server)
    {
        return;
    }
    const auto send = extras_->take(ua).on_registered(settings,
                                                      account(ua, device),
                                                      now_,
                                                      rows_[ua].request_number(),
                                                      *server,
                                                      transition.initial);
    perform_extra(ua, device, send);
}

// Keeps the account's record while there is something in it, arms its deadline, sends.
void
FleetEngine::perform_extra(world::AccountIndex ua,
                           world::DeviceIndex device,
                           const std::optional<registration::Send>& send)
{
    const registration::ExtraRequests& record = *extras_->find(ua);
    const SimTime deadline = record.next_deadline();
    if (record.idle())
    {
        extras_->give_back(ua);
    }
    if (send)
    {
        send_whole(ua, device, send->message, send->again, Cargo::kExtra);
        add(deadline, ua, Event::kExtra, 0); // every send begins another wait
    }
}

void
FleetEngine::on_extra(world::AccountIndex ua, SimTime at)
{
    registration::ExtraRequests* record = extras_->find(ua);
    if (record == nullptr || record->next_deadline() != at)
    {
        return; // it has been answered since
    }
    const world::DeviceIndex device = layout_.device_of(ua);
    const auto& settings = directory_.settings(layout_.fleet_of_account(ua));
    perform_extra(ua, device, record->on_deadline(settings, account(ua, device), now_));
}

void
FleetEngine::take_extra_response(const Flight& flight)
{
    const world::AccountIndex ua = flight.account;
    sip::Message message = messages_[flight.message];
    message.dst = {flight.host, flight.port}; // as NATs have left it
    const auto who = account(ua, flight.device);
    registration::ExtraRequests* record = extras_->find(ua);
    if (record == nullptr || !record->answers(who, message))
    {
        observer_.on_drop(now_, world::DropReason::kUnmatched);
        return;
    }
    tell_received(ua, message, flight.octets);
    const auto& settings = directory_.settings(layout_.fleet_of_account(ua));
    perform_extra(ua, flight.device, record->on_message(settings, who, now_, message));
}

} // namespace sipsim::fleet
