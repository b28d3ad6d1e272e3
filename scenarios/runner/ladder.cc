#include "scenarios/runner/ladder.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace sipsim::runner
{

namespace
{

/// The other end of a message, as the user agent sees it.
sip::Endpoint
peer_of(const world::UaMessage& fact)
{
    return fact.direction == world::Direction::kSend ? fact.message.dst : fact.message.src;
}

} // namespace

Ladder::Ladder(std::FILE* out,
               const world::World& world,
               const world::Layout& layout,
               world::AccountIndex ua,
               bool json)
    : out_(out),
      world_(world),
      layout_(layout),
      ua_(ua),
      column_(
          layout
              .server_address(world::first_server(world, world.fleets[layout.fleet_of_account(ua)]))
              .host),
      json_(json)
{
    if (!json_)
    {
        print_head();
    }
}

/// Who stands at either end of the arrows, by name, place and address.
void
Ladder::print_head() const
{
    const auto& nodes = world_.topology.nodes();
    const auto& fleet = world_.fleets[layout_.fleet_of_account(ua_)];
    const world::ServerIndex server = world::first_server(world_, fleet);
    const auto device = layout_.device_of(ua_);
    const auto row = [this](const std::string& left, const std::string& right) {
        fmt::print(out_, "{:>18}{:<28}{:>20}\n", "", left, right);
    };
    row(fmt::format("ua {} of {}", ua_, fleet.name), world::server_name(world_, server));
    row(nodes[layout_.node_of(device)].name, nodes[world::server_node(world_, server)].name);
    row(names_.text(layout_.address(device).host), names_.text(column_));
}

void
Ladder::print_json(const world::UaMessage& fact) const
{
    const bool send = fact.direction == world::Direction::kSend;
    const sip::Endpoint peer = peer_of(fact);
    const auto server = layout_.server_at(peer.host);
    // An object of the order people read in.
    nlohmann::ordered_json line{
        {"t_ns", fact.at.time_since_epoch().count()},
        {"ua", fact.ua},
        {"dir", send ? "send" : "recv"},
        {"what", sip::what(fact.message)},
        {"bytes", fact.bytes},
        {"call_id", names_.text(fact.message.call_id)},
        {"cseq", static_cast<std::uint32_t>(fact.message.cseq)},
        {"peer", nullptr}, // no server's address
        {"peer_address", fmt::format("{}:{}", names_.text(peer.host), peer.port)}};
    if (server)
    {
        line["peer"] = world::server_name(world_, *server);
    }
    fmt::print(out_, "{}\n", line.dump());
}

/// "  to kam2 10.0.0.3" if the message does not go to the column's server, or come from it.
std::string
Ladder::other_peer(const world::UaMessage& fact) const
{
    const sip::Host peer = peer_of(fact).host;
    if (peer == column_)
    {
        return {};
    }
    const auto server = layout_.server_at(peer);
    return fmt::format("  {} {}{}",
                       fact.direction == world::Direction::kSend ? "to" : "from",
                       server ? world::server_name(world_, *server) + " " : "",
                       names_.text(peer));
}

void
Ladder::on_ua_message(const world::UaMessage& fact)
{
    if (fact.ua != ua_)
    {
        return;
    }
    ++messages_;
    if (json_)
    {
        print_json(fact);
        return;
    }
    const auto& message = fact.message;
    const bool send = fact.direction == world::Direction::kSend;
    std::string label =
        fmt::format("-- {} {}", sip::what(message), static_cast<std::uint32_t>(message.cseq));
    label += message.credentials ? " auth" : "";
    label += fact.again ? " again" : "";
    label += " ";
    fmt::print(out_,
               "{:>14.6f} s  |{}{:-<45}{}|  {} B{}\n",
               to_seconds(fact.at),
               send ? "" : "<",
               label,
               send ? ">" : "",
               fact.bytes,
               other_peer(fact));
}

void
Ladder::print_remark(SimTime at, const std::string& remark) const
{
    fmt::print(out_, "{:>14.6f} s  * {}\n", to_seconds(at), remark);
}

void
Ladder::on_transition(SimTime at,
                      world::AccountIndex ua,
                      const registration::Transition& transition)
{
    if (ua == ua_ && !json_ && transition.from != transition.to)
    {
        print_remark(at,
                     fmt::format("{} -> {} ({})",
                                 registration::name_of(transition.from),
                                 registration::name_of(transition.to),
                                 registration::name_of(transition.reason)));
    }
}

void
Ladder::on_device(SimTime at, world::DeviceIndex device, bool powered, sip::Endpoint address)
{
    if (device == layout_.device_of(ua_) && !json_)
    {
        print_remark(at,
                     powered ? fmt::format("device on, at {}", names_.text(address.host))
                             : "device off");
    }
}

void
Ladder::on_limit(SimTime at, std::uint32_t registrar, registrar::Limit limit, sip::UserId user)
{
    if (user == layout_.account(ua_).user && !json_)
    {
        print_remark(at,
                     fmt::format("{}: limit {}",
                                 world_.registrars[registrar].name,
                                 registrar::name_of(limit)));
    }
}

void
Ladder::on_fault(SimTime at, std::uint32_t fault, bool begins)
{
    if (!json_)
    {
        const auto& spec = world_.faults[fault];
        print_remark(at,
                     fmt::format("{} of {} {}",
                                 world::name_of(spec.kind),
                                 spec.target,
                                 begins ? "begins" : "ends"));
    }
}

} // namespace sipsim::runner
