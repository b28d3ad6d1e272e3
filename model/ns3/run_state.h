#pragma once

// Models : what all applications of one run share: the texts behind identities, the codec, the digest
//          and each fleet's settings.
// Drives : PacketWorldHelper makes one per run and hands it to the applications.
// Keeps  : outlives the simulation's objects; nothing in it is static, so runs are independent.
// Leaves : state of any one device or server.

#include "model/registration/user_agent.h"
#include "model/sip/codec.h"
#include "model/sip/digest.h"
#include "model/sip/names.h"
#include "model/world/directory.h"
#include "model/world/locations.h"
#include "model/world/nat_boxes.h"

#include "ns3/packet.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace sipsim::ns3carrier
{

class RunState
{
  public:
    /// `world` and `layout` outlive this.
    RunState(const world::World& the_world, const world::Layout& the_layout);
    RunState(const RunState&) = delete;
    RunState& operator=(const RunState&) = delete;

    /// Every account of that fleet has these settings.
    [[nodiscard]] const registration::AgentSettings& settings(std::uint32_t fleet) const
    {
        return directory.settings(fleet);
    }

    /// The secret that `registrar` knows for `user`; nullopt if it is not one of its users.
    [[nodiscard]] std::optional<sip::SecretId> secret(std::uint32_t registrar,
                                                      sip::UserId user) const
    {
        return directory.secret(registrar, user);
    }

    /// The octets of `packet`, valid until the next call.
    [[nodiscard]] std::string_view TextOf(const ns3::Packet& packet);

    const world::World& world;
    const world::Layout& layout;
    sip::Names names;
    sip::Codec codec;
    sip::TextProof proof;
    world::Directory directory;
    world::Locations locations;
    world::NatBoxes nats;
    std::uint64_t sip_messages_sent = 0; // by user agents and servers

  private:
    std::vector<std::uint8_t> buffer_;
};

} // namespace sipsim::ns3carrier
