// What devices ask for once they are registered, on packets.

#include "model/ns3/sim_time.h"
#include "model/ns3/user_agent_app.h"

#include <algorithm>

namespace sipsim::ns3carrier
{

void
UserAgentApp::AfterTransition(Row& row, const registration::Transition& transition)
{
    using registration::State;
    if (transition.to == State::kOff)
    {
        row.extra.stop();
        row.extra_wake.Cancel();
    }
    const auto server = row.agent.server();
    if (settings_->extra.count == 0 || transition.to != State::kRegistered || !server)
    {
        return;
    }
    PerformExtra(row,
                 row.extra.on_registered(*settings_,
                                         row.account,
                                         SimNow(),
                                         row.agent.request_number(),
                                         *server,
                                         transition.initial));
}

void
UserAgentApp::PerformExtra(Row& row, const std::optional<registration::Send>& send)
{
    if (row.extra.idle())
    {
        row.extra_wake.Cancel();
    }
    if (!send)
    {
        return;
    }
    SendBeside(row, send->message, send->again);
    Remember(send->message.dst.host, kNobody);
    row.extra_wake.Cancel();
    row.extra_wake = ns3::Simulator::Schedule(DelayUntil(row.extra.next_deadline()),
                                              &UserAgentApp::HandleExtra,
                                              this,
                                              IndexOf(row));
}

void
UserAgentApp::HandleExtra(std::uint32_t index)
{
    Row& row = rows_[index];
    PerformExtra(row, row.extra.on_deadline(*settings_, row.account, SimNow()));
}

// False: it answers no SUBSCRIBE of ours.
bool
UserAgentApp::HandleExtraResponse(const sip::Message& response, std::uint32_t octets)
{
    const auto row = std::ranges::find_if(rows_, [&](const Row& candidate) {
        return candidate.extra.answers(candidate.account, response);
    });
    if (row == rows_.end())
    {
        return false;
    }
    rx_(first_account_ + IndexOf(*row), response, octets, false);
    PerformExtra(*row, row->extra.on_message(*settings_, row->account, SimNow(), response));
    return true;
}

} // namespace sipsim::ns3carrier
