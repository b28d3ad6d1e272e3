#pragma once

// Models : a tun interface in a network namespace, with an address and a default route.
// Drives : `sipsim live` makes one around a run.
// Keeps  : the interface goes when this does, and the namespace too if this made it; one that was there
//          keeps its routes: where it has a default route, it is refused. The process itself stays in its
//          own namespace.
// Leaves : datagrams (ns3carrier::TapGate). Nothing can be removed after SIGKILL but the interface,
//          which the kernel removes: `ip netns del NAME` removes the namespace.

#include <stdexcept>
#include <string>

namespace sipsim::runner
{

/// What is missing, and how to get it.
class LiveError : public std::runtime_error
{
  public:
    using std::runtime_error::runtime_error;
};

class LiveInterface
{
  public:
    static constexpr const char* kName = "sip0";

    /// `address`: dotted quad of the interface, its only one. Throws LiveError.
    LiveInterface(std::string network_namespace, const std::string& address);
    ~LiveInterface();
    LiveInterface(const LiveInterface&) = delete;
    LiveInterface& operator=(const LiveInterface&) = delete;

    /// Non-blocking; raw IP, one datagram at a time.
    [[nodiscard]] int descriptor() const
    {
        return descriptor_;
    }

    /// False: the namespace was there before.
    [[nodiscard]] bool made_namespace() const
    {
        return made_;
    }

  private:
    void open_tun();
    void configure(const std::string& address) const;
    void remove() noexcept;

    std::string namespace_;
    int descriptor_ = -1;
    bool made_ = false;
};

} // namespace sipsim::runner
