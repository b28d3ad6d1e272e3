#pragma once

// Models : the messages of one user agent as a ladder diagram or as JSON lines.
// Drives : `sipsim trace`, as an observer of a run.
// Keeps  : one line per message, in order of time, written at once.
// Leaves : what happens at the server, lost messages' fate.

#include "model/sip/names.h"
#include "model/world/facts.h"

#include <cstdio>

namespace sipsim::runner
{

class Ladder final : public world::Observer
{
  public:
    /// Writes to `out`; `json`: one object per line instead of the diagram.
    Ladder(std::FILE* out, world::AccountIndex ua, bool json);

    void on_ua_message(const world::UaMessage& fact) override;
    void on_transition(SimTime at,
                       world::AccountIndex ua,
                       const registration::Transition& transition) override;

    [[nodiscard]] std::size_t messages() const
    {
        return messages_;
    }

  private:
    std::FILE* out_;
    world::AccountIndex ua_;
    bool json_;
    sip::Names names_; // texts of our own identities are canonical: any Names writes them
    std::size_t messages_ = 0;
};

} // namespace sipsim::runner
