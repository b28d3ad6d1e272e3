#include "scenarios/runner/ladder.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace sipsim::runner
{

Ladder::Ladder(std::FILE* out, world::AccountIndex ua, bool json)
    : out_(out),
      ua_(ua),
      json_(json)
{
    if (!json_)
    {
        fmt::print(out_,
                   "{:>16}  {:<12}{:<30}{}\n",
                   "time",
                   fmt::format("ua {}", ua),
                   "",
                   "server");
    }
}

void
Ladder::on_ua_message(const world::UaMessage& fact)
{
    if (fact.ua != ua_)
    {
        return;
    }
    ++messages_;
    const auto& message = fact.message;
    const bool send = fact.direction == world::Direction::kSend;
    if (json_)
    {
        // An object of the order people read in.
        const nlohmann::ordered_json line{{"t_ns", fact.at.time_since_epoch().count()},
                                          {"ua", fact.ua},
                                          {"dir", send ? "send" : "recv"},
                                          {"what", sip::what(message)},
                                          {"bytes", fact.bytes},
                                          {"call_id", names_.text(message.call_id)},
                                          {"cseq", static_cast<std::uint32_t>(message.cseq)}};
        fmt::print(out_, "{}\n", line.dump());
        return;
    }
    std::string label =
        fmt::format(" {} {}", sip::what(message), static_cast<std::uint32_t>(message.cseq));
    label += message.credentials ? " auth" : "";
    label += fact.again ? " again" : "";
    label += " ";
    const std::string arrow =
        send ? fmt::format("{:-<38}>", "--" + label) : fmt::format("<{:-<38}", "--" + label);
    const sip::Endpoint& peer = send ? message.dst : message.src;
    fmt::print(out_,
               "{:>14.6f} s  |{}|  {} {} B\n",
               to_seconds(fact.at),
               arrow,
               names_.text(peer.host),
               fact.bytes);
}

void
Ladder::on_transition(SimTime at,
                      world::AccountIndex ua,
                      const registration::Transition& transition)
{
    if (ua != ua_ || json_ || transition.from == transition.to)
    {
        return;
    }
    fmt::print(out_,
               "{:>14.6f} s  * {} -> {} ({})\n",
               to_seconds(at),
               registration::name_of(transition.from),
               registration::name_of(transition.to),
               registration::name_of(transition.reason));
}

} // namespace sipsim::runner
