#pragma once

// Models : a capture of hosts' links, as tcpdump on those hosts would make it.
// Drives : PacketWorldHelper connects it to network devices.
// Keeps  : raw IP (link type 101), nanosecond timestamps, in order of time; checksums are right because
//          PacketSimulation switches them on for a run with a capture.
// Leaves : what to do about a file that cannot be written: Open() says so before the run.

#include "model/ns3/pop_net_device.h"

#include "ns3/pcap-file.h"

#include <filesystem>
#include <string>

namespace sipsim::ns3carrier
{

class PcapCapture
{
  public:
    /// Throws std::runtime_error if `path` cannot be written.
    explicit PcapCapture(const std::filesystem::path& path);

    /// What the host sends and what reaches it, dead or alive.
    void Connect(const ns3::Ptr<PopNetDevice>& device);

    /// Flushes the file. Throws std::runtime_error if something could not be written.
    void Close();

  private:
    void Write(ns3::Ptr<const ns3::Packet> packet);

    std::string path_;
    ns3::PcapFile file_;
};

} // namespace sipsim::ns3carrier
