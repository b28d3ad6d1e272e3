#include "model/world/layout.h"
#include "scenarios/runner/carriers.h"
#include "scenarios/runner/ladder.h"
#include "scenarios/runner/verbs.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <tuple>

namespace sipsim::runner
{

namespace
{

/// The capture's file can be written, found out before anything is simulated; if not, a line on stderr.
bool
writable_or_explain(const std::filesystem::path& pcap)
{
    std::error_code error;
    if (std::filesystem::is_fifo(pcap, error))
    {
        return true; // opened twice, its reader would see an end
    }
    const int descriptor = ::open(pcap.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor < 0)
    {
        fmt::print(stderr,
                   "{}: error: cannot write the capture: {}: name another file with --pcap\n",
                   pcap.string(),
                   std::strerror(errno));
        return false;
    }
    ::close(descriptor);
    return true;
}

} // namespace

int
trace(const TraceArgs& args)
{
    const auto experiment = load_or_explain(args.experiment);
    if (!experiment)
    {
        return kUsage;
    }
    if (args.point >= experiment->points.size())
    {
        fmt::print(
            stderr,
            "sipsim: error: --point {}: the sweep has points 0 to {} (sipsim plan lists them)\n",
            args.point,
            experiment->points.size() - 1);
        return kUsage;
    }
    const world::World world =
        experiment->world(experiment->points[args.point], experiment->replication_seed(0));
    if (!fits_or_explain(*experiment, [&](const Point& p) { return p.index == args.point; }))
    {
        return kUsage;
    }
    const world::Layout layout(world);
    if (args.ua >= layout.accounts())
    {
        fmt::print(stderr,
                   "sipsim: error: --ua {}: the fleets have user agents 0 to {}\n",
                   args.ua,
                   layout.accounts() - 1);
        return kUsage;
    }
    const bool packets = experiment->carrier == Carrier::kPacket;
    if (args.pcap && !packets)
    {
        fmt::print(stderr,
                   "sipsim: error: --pcap: needs packets: add --set "
                   "experiment.carrier=packet\n");
        return kUsage;
    }
    ns3carrier::PacketRunOptions options;
    if (packets && (args.pcap || !args.json))
    {
        options.pcap = args.pcap.value_or(fmt::format("{}-ua{}.pcap", experiment->name, args.ua));
        options.pcap_ua = args.ua;
        if (!writable_or_explain(*options.pcap))
        {
            return kUsage;
        }
    }
    std::setvbuf(stdout, nullptr, _IOLBF, 0); // a reader sees each message when it happens
    Ladder ladder(stdout, world, layout, args.ua, args.json);
    std::ignore = run_on(experiment->carrier, world, layout, ladder, options);
    if (options.pcap)
    {
        std::fflush(stdout);
        fmt::print(stderr,
                   "{} messages; packets in {}\n",
                   ladder.messages(),
                   options.pcap->string());
    }
    return kOk;
}

} // namespace sipsim::runner
