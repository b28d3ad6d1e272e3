#include "model/ns3/run_state.h"

namespace sipsim::ns3carrier
{

RunState::RunState(const world::World& the_world, const world::Layout& the_layout)
    : world(the_world),
      layout(the_layout),
      codec(names),
      proof(names)
{
    for (std::uint32_t i = 0; i < world.registrars.size(); ++i)
    {
        domains.push_back(names.host(world.registrars[i].domain).value_or(sip::Host{}));
        servers_.push_back(layout.registrar_address(i));
    }
    for (const auto& fleet : world.fleets)
    {
        settings_.push_back({.registration = fleet.registration,
                             .servers = {&servers_[fleet.registrar], 1},
                             .domain = domains[fleet.registrar],
                             .proof = &proof});
    }
}

std::optional<sip::SecretId>
RunState::secret(std::uint32_t registrar, sip::UserId user) const
{
    const auto number = static_cast<std::uint64_t>(user);
    if (number == 0 || number > layout.aors())
    {
        return std::nullopt;
    }
    const std::uint32_t fleet = layout.fleet_of_aor(static_cast<std::uint32_t>(number - 1));
    // A server that redirects knows its users as the one it sends them to does.
    const bool known = world.fleets[fleet].registrar == registrar ||
                       world::home_registrar(world, layout, fleet) == registrar;
    return known ? std::optional{world::secret_of(user)} : std::nullopt;
}

std::string_view
RunState::TextOf(const ns3::Packet& packet)
{
    const std::uint32_t size = packet.GetSize();
    if (buffer_.size() < size)
    {
        buffer_.resize(size);
    }
    packet.CopyData(buffer_.data(), size);
    return {reinterpret_cast<const char*>(buffer_.data()), size};
}

} // namespace sipsim::ns3carrier
