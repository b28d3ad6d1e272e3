#include "model/ns3/run_state.h"

namespace sipsim::ns3carrier
{

RunState::RunState(const world::World& the_world, const world::Layout& the_layout)
    : world(the_world),
      layout(the_layout),
      codec(names),
      proof(names),
      directory(the_world, the_layout, names, proof),
      locations(the_world, the_layout),
      nats(the_world, the_layout)
{
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
