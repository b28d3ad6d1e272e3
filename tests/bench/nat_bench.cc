// What a datagram costs at the NAT table: outbound in the steady state (a refresh), inbound (a look-up),
// at 10^3 to 10^6 mappings in an order that caches do not foresee.
//
//   bench --benchmark_filter=nat_

#include "model/nat/nat_table.h"

#include <benchmark/benchmark.h>

#include <numeric>
#include <vector>

namespace
{

using namespace sipsim;
using namespace sipsim::nat;

constexpr Endpoint kServer{sip::Host{0xC633'6401}, 5060};
constexpr sip::Host kOuter{0xCB00'7101};

// Mapping i of n: behind a box of its own, or one of 1000 behind a CGN.
struct Place
{
    BoxIndex box;
    Endpoint inner;
};

Place
place(std::uint32_t i, std::uint32_t per_box)
{
    return {i / per_box, {sip::Host{0x0A00'0000U + i % per_box}, 5060}};
}

// The numbers below n, each once, in a drawn order.
std::vector<std::uint32_t>
shuffled(std::uint32_t n)
{
    std::vector<std::uint32_t> order(n);
    std::iota(order.begin(), order.end(), 0U);
    for (std::uint32_t i = n; i > 1; --i)
    {
        std::swap(order[i - 1], order[draw_bits({.seed = 1}, Purpose::kTopology, i) % i]);
    }
    return order;
}

class Boxes
{
  public:
    Boxes(std::uint32_t mappings, std::uint32_t per_box)
        : table(preset("port-restricted-cone").value(),
                1,
                0,
                (mappings + per_box - 1) / per_box,
                mappings),
          order(shuffled(mappings))
    {
        ports.reserve(mappings);
        for (std::uint32_t i = 0; i < mappings; ++i)
        {
            const Place at = place(i, per_box);
            ports.push_back(table.outbound(SimTime{}, at.box, at.inner, kServer).endpoint.port);
        }
    }

    NatTable table;
    std::vector<std::uint32_t> order;
    std::vector<std::uint16_t> ports;
};

void
report(benchmark::State& state, const Boxes& boxes)
{
    state.SetItemsProcessed(state.iterations());
    state.counters["octets_per_device"] =
        static_cast<double>(boxes.table.octets()) / static_cast<double>(boxes.order.size());
}

void
nat_outbound(benchmark::State& state)
{
    const auto per_box = static_cast<std::uint32_t>(state.range(1));
    Boxes boxes(static_cast<std::uint32_t>(state.range(0)), per_box);
    SimTime now{};
    std::size_t next = 0;
    for (auto _ : state)
    {
        const Place at = place(boxes.order[next], per_box);
        next = next + 1 < boxes.order.size() ? next + 1 : 0;
        now += SimDuration{1};
        benchmark::DoNotOptimize(boxes.table.outbound(now, at.box, at.inner, kServer));
    }
    report(state, boxes);
}

void
nat_inbound(benchmark::State& state)
{
    const auto per_box = static_cast<std::uint32_t>(state.range(1));
    Boxes boxes(static_cast<std::uint32_t>(state.range(0)), per_box);
    std::size_t next = 0;
    for (auto _ : state)
    {
        const std::uint32_t i = boxes.order[next];
        next = next + 1 < boxes.order.size() ? next + 1 : 0;
        benchmark::DoNotOptimize(boxes.table.inbound(SimTime{},
                                                     place(i, per_box).box,
                                                     {kOuter, boxes.ports[i]},
                                                     kServer));
    }
    report(state, boxes);
}

void
sizes(benchmark::internal::Benchmark* bench)
{
    for (const int mappings : {1'000, 10'000, 100'000, 1'000'000})
    {
        bench->Args({mappings, 1});
    }
    bench->Args({1'000'000, 1000});
}

BENCHMARK(nat_outbound)->Apply(sizes);
BENCHMARK(nat_inbound)->Apply(sizes);

} // namespace
