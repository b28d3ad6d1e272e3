#include "scenarios/runner/live_log.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>

namespace sipsim::runner
{

namespace
{

double
to_ms(std::chrono::nanoseconds time)
{
    return static_cast<double>(time.count()) / 1e6;
}

// By world::DropReason. Keepalives are no messages: none is told of.
constexpr std::array<std::string_view, static_cast<std::size_t>(world::DropReason::kCount)>
    kDropReasons{"malformed",
                 "answered as malformed",
                 "",
                 "unmatched",
                 "server dead",
                 "lost",
                 "link down",
                 "queue full",
                 "no host",
                 "station full",
                 "NAT",
                 "admission"};

} // namespace

LiveLog::LiveLog(std::FILE* out, const world::World& world, const world::Layout& layout, bool json)
    : out_(out),
      world_(world),
      layout_(layout),
      json_(json),
      nats_(world, layout)
{
}

void
LiveLog::on_transition(SimTime at,
                       world::AccountIndex ua,
                       const registration::Transition& transition)
{
    if (transition.from == transition.to)
    {
        return;
    }
    const auto& fleet = world_.fleets[layout_.fleet_of_account(ua)];
    const sip::Endpoint contact = nats_.inside(layout_.device_of(ua), 0);
    const std::string user = names_.text(layout_.account(ua).user);
    const std::string& domain = world_.registrars[fleet.registrar].domain;
    const std::string where = fmt::format("{}:{}", names_.text(contact.host), contact.port);
    const auto state = registration::name_of(transition.to);
    const auto reason = registration::name_of(transition.reason);
    if (json_)
    {
        const nlohmann::ordered_json line{{"what", "state"},
                                          {"t_ns", at.time_since_epoch().count()},
                                          {"ua", ua},
                                          {"aor", user + '@' + domain},
                                          {"contact", where},
                                          {"state", state},
                                          {"reason", reason}};
        fmt::print(out_, "{}\n", line.dump());
        return;
    }
    fmt::print(out_,
               "{:>14.6f} s  ua {} {}@{} at {}: {} ({})\n",
               to_seconds(at),
               ua,
               user,
               domain,
               where,
               state,
               reason);
}

void
LiveLog::on_register_arrival(SimTime /*at*/, std::uint32_t registrar, bool /*alive*/)
{
    ++arrivals_[registrar];
}

void
LiveLog::on_register_answered(SimTime /*at*/,
                              std::uint32_t /*registrar*/,
                              std::uint16_t status,
                              bool repeat)
{
    ++answers_[status];
    repeats_ += repeat ? 1U : 0U;
}

void
LiveLog::on_bindings(SimTime /*at*/,
                     std::uint32_t aor,
                     const registrar::LocationService::Bindings& bindings)
{
    bound_[aor] = bindings.size();
}

void
LiveLog::on_drop(SimTime /*at*/, world::DropReason reason)
{
    const auto name = kDropReasons[static_cast<std::size_t>(reason)];
    if (!name.empty())
    {
        ++drops_[name];
    }
}

std::uint64_t
LiveLog::arrivals() const
{
    std::uint64_t sum = 0;
    for (const auto& [registrar, count] : arrivals_)
    {
        sum += count;
    }
    return sum;
}

void
LiveLog::finish(const ns3carrier::LiveCost& cost) const
{
    std::size_t bindings = 0;
    for (const auto& [aor, count] : bound_)
    {
        bindings += count;
    }
    if (json_)
    {
        finish_json(cost, bindings);
        return;
    }
    fmt::print(out_,
               "{} datagrams from the real network, {} to it, {} neither\n",
               cost.in,
               cost.out,
               cost.refused);
    fmt::print(out_,
               "{} REGISTER at simulated registrars, {} answered again, {} bindings left\n",
               arrivals(),
               repeats_,
               bindings);
    std::string drops;
    for (const auto& [name, count] : drops_)
    {
        drops += fmt::format("{}{} {}", drops.empty() ? "" : ", ", count, name);
    }
    fmt::print(out_, "dropped: {}\n", drops.empty() ? "nothing" : drops);
    fmt::print(out_,
               "{} of {} events were more than 1 ms late, the latest {:.3f} ms\n",
               cost.late,
               cost.events,
               to_ms(cost.largest));
}

void
LiveLog::finish_json(const ns3carrier::LiveCost& cost, std::size_t bindings) const
{
    nlohmann::ordered_json answers = nlohmann::ordered_json::object();
    for (const auto& [status, count] : answers_)
    {
        answers[std::to_string(status)] = count;
    }
    nlohmann::ordered_json at = nlohmann::ordered_json::object();
    for (const auto& [registrar, count] : arrivals_)
    {
        at[world_.registrars[registrar].name] = count;
    }
    nlohmann::ordered_json drops = nlohmann::ordered_json::object();
    for (const auto& [name, count] : drops_)
    {
        drops[std::string{name}] = count;
    }
    const nlohmann::ordered_json line{{"what", "end"},
                                      {"in", cost.in},
                                      {"out", cost.out},
                                      {"refused", cost.refused},
                                      {"dropped", drops},
                                      {"registers", arrivals()},
                                      {"registers_at", at},
                                      {"answers", answers},
                                      {"repeats", repeats_},
                                      {"bindings", bindings},
                                      {"events", cost.events},
                                      {"late", cost.late},
                                      {"latest_ms", to_ms(cost.largest)}};
    fmt::print(out_, "{}\n", line.dump());
}

} // namespace sipsim::runner
