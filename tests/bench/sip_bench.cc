// What the codec and the cores take of a SIP message, on the messages of packet_bench.cc: REGISTER, 401,
// REGISTER with credentials, 200. The core's share holds both ends and the digest, made and checked.

#include "model/ns3/run_state.h"
#include "model/registrar/registrar_server.h"
#include "model/registration/user_agent.h"
#include "model/sip/codec.h"
#include "tests/bench/packet_bench.h"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace
{

using namespace sipsim;
using namespace sipsim::bench;
using sipsim::ns3carrier::RunState;

/// One account and its registrar, joined without any network.
class Pair
{
  public:
    Pair()
        : world_(star(1)),
          layout_(world_),
          state_(world_, layout_),
          registrar_(
              world_.registrars[0].options,
              {.seed = 1, .device = kServerDevice, .account = 0},
              state_.directory.domain(0),
              state_.proof,
              [this](sip::UserId user) { return state_.secret(0, user); },
              locations_),
          server_(registrar_, world_.registrars[0].options),
          account_(layout_.account(0))
    {
        registration::Outputs outputs{request_};
        agent_.on_start_at(state_.settings(0), account_, transaction_, now_, SimTime{}, outputs);
        Exchange(outputs);
    }

    /// The next registration: REGISTER 401 REGISTER 200, 50 ms after each other.
    void Register()
    {
        messages.clear();
        do
        {
            now_ = agent_.next_deadline(transaction_);
            registration::Outputs outputs{request_};
            agent_.on_deadline(state_.settings(0), account_, transaction_, now_, outputs);
            Exchange(outputs);
        } while (messages.size() < kMessagesPerRound);
    }

    [[nodiscard]] RunState& State()
    {
        return state_;
    }

    std::vector<sip::Message> messages; // of the last registration

  private:
    void Exchange(const registration::Outputs& outputs)
    {
        if (outputs.next != registration::Outputs::Next::kSend)
        {
            return;
        }
        now_ += 50ms;
        messages.push_back(outputs.request);
        sip::Message response;
        (void)server_.on_request(now_, outputs.request, response);
        messages.push_back(response);
        registration::Outputs answer{request_};
        agent_.on_message(state_.settings(0), account_, transaction_, now_, response, answer);
        Exchange(answer);
    }

    world::World world_;
    world::Layout layout_;
    RunState state_;
    registrar::LocationService locations_;
    registrar::Registrar registrar_;
    registrar::RegistrarServer server_;
    registration::Account account_;
    registration::UserAgent agent_;
    sip::Message request_;
    registration::UserAgent::Transaction transaction_;
    SimTime now_{};
};

void
per_message(benchmark::State& state)
{
    state.counters["s/message"] =
        benchmark::Counter(static_cast<double>(state.iterations()) * kMessagesPerRound,
                           benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void
CoreOnly(benchmark::State& state)
{
    Pair pair;
    for (auto _ : state)
    {
        pair.Register();
        benchmark::DoNotOptimize(pair.messages.data());
    }
    per_message(state);
}

void
CodecEncode(benchmark::State& state)
{
    Pair pair;
    pair.Register();
    for (auto _ : state)
    {
        for (const auto& message : pair.messages)
        {
            benchmark::DoNotOptimize(pair.State().codec.encode(message));
        }
    }
    per_message(state);
}

void
CodecDecode(benchmark::State& state)
{
    Pair pair;
    pair.Register();
    std::vector<std::string> texts;
    for (const auto& message : pair.messages)
    {
        texts.push_back(pair.State().codec.encode(message));
    }
    for (auto _ : state)
    {
        for (std::size_t i = 0; i < texts.size(); ++i)
        {
            benchmark::DoNotOptimize(
                pair.State().codec.decode(texts[i], pair.messages[i].src, pair.messages[i].dst));
        }
    }
    per_message(state);
}

BENCHMARK(CoreOnly);
BENCHMARK(CodecEncode);
BENCHMARK(CodecDecode);

} // namespace
