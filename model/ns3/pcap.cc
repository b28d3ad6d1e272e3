#include "model/ns3/pcap.h"

#include "model/ns3/sim_time.h"

#include "ns3/callback.h"

#include <ios>
#include <stdexcept>

namespace sipsim::ns3carrier
{

namespace
{

constexpr std::uint32_t kLinkTypeRawIp = 101; // LINKTYPE_RAW
constexpr std::uint32_t kSnapLength = 65'535;
constexpr bool kNoSwap = false;
constexpr bool kNanoseconds = true;

} // namespace

PcapCapture::PcapCapture(const std::filesystem::path& path)
    : path_(path.string())
{
    file_.Open(path_, std::ios::out | std::ios::binary);
    if (!file_.Fail())
    {
        file_.Init(kLinkTypeRawIp, kSnapLength, ns3::PcapFile::ZONE_DEFAULT, kNoSwap, kNanoseconds);
    }
    if (file_.Fail())
    {
        throw std::runtime_error(path_ + ": cannot be written");
    }
}

void
PcapCapture::Connect(const ns3::Ptr<PopNetDevice>& device)
{
    device->TraceConnectWithoutContext("Tx", ns3::MakeCallback(&PcapCapture::Write, this));
    device->TraceConnectWithoutContext("Rx", ns3::MakeCallback(&PcapCapture::Write, this));
}

void
PcapCapture::Close()
{
    const bool failed = file_.Fail();
    file_.Close(); // flushes
    if (failed || file_.Fail())
    {
        throw std::runtime_error(path_ + ": could not be written to its end");
    }
}

void
PcapCapture::Write(ns3::Ptr<const ns3::Packet> packet)
{
    const auto at = SimNow().time_since_epoch();
    const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
    file_.Write(static_cast<std::uint32_t>(seconds.count()),
                static_cast<std::uint32_t>((at - seconds).count()),
                packet);
}

} // namespace sipsim::ns3carrier
