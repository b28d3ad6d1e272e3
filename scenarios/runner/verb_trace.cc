#include "model/world/layout.h"
#include "scenarios/runner/carriers.h"
#include "scenarios/runner/ladder.h"
#include "scenarios/runner/verbs.h"

#include <fmt/format.h>

#include <cstdio>
#include <tuple>

namespace sipsim::runner
{

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
