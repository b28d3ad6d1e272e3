#pragma once

// Models : the messages of one user agent as a ladder diagram or as JSON lines.
// Drives : `sipsim trace`, as an observer of a run.
// Keeps  : one line per message, in order of time, written at once; between them the diagram shows the
//          states of the user agent, the power of its device, and the faults.
//          The right column is the fleet's first server; a message to or from another one names it.
// Leaves : what happens at the server, lost messages' fate.

#include "model/sip/names.h"
#include "model/world/facts.h"
#include "model/world/world.h"

#include <cstdio>
#include <string>

namespace sipsim::runner
{

class Ladder final : public world::Observer
{
  public:
    /// Writes to `out`; `json`: one object per line instead of the diagram. The world and its layout
    /// must outlive it.
    Ladder(std::FILE* out,
           const world::World& world,
           const world::Layout& layout,
           world::AccountIndex ua,
           bool json);

    void on_ua_message(const world::UaMessage& fact) override;
    void on_transition(SimTime at,
                       world::AccountIndex ua,
                       const registration::Transition& transition) override;
    void on_device(SimTime at,
                   world::DeviceIndex device,
                   bool powered,
                   sip::Endpoint address) override;
    void on_limit(SimTime at,
                  std::uint32_t registrar,
                  registrar::Limit limit,
                  sip::UserId user) override;
    void on_fault(SimTime at, std::uint32_t fault, bool begins) override;

    [[nodiscard]] std::size_t messages() const
    {
        return messages_;
    }

  private:
    void print_head() const;
    void print_json(const world::UaMessage& fact) const;
    [[nodiscard]] std::string other_peer(const world::UaMessage& fact) const;
    void print_remark(SimTime at, const std::string& remark) const;

    std::FILE* out_;
    const world::World& world_;
    const world::Layout& layout_;
    world::AccountIndex ua_;
    sip::Host column_; // the server at the right end of the arrows
    bool json_;
    sip::Names names_; // texts of our own identities are canonical: any Names writes them
    std::size_t messages_ = 0;
};

} // namespace sipsim::runner
