// When a REGISTER goes where: each mode of the phones' failover against the sum of what it waits for. A try
// of a silent server lasts F = 32 s (Timer F, RFC 3261 §17.1.2.2); n tries of each of k servers and the pause
// w make a round of n k F + w. Answers come at once: the network adds nothing.

#include "model/dns/finder.h"
#include "model/registration/user_agent.h"
#include "model/sip/digest.h"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

using namespace sipsim;
using namespace sipsim::registration;

namespace
{

constexpr sip::Endpoint kA{sip::Host{0x0A00'0001}, 5060};
constexpr sip::Endpoint kB{sip::Host{0x0A00'0002}, 5060};
constexpr SimDuration kF = 32s;
constexpr SimDuration kRefresh = 1800s; // half of an hour's grant
constexpr SimDuration kWait = 20s;
constexpr int kTries = 2;

enum class Silence : std::uint8_t
{
    kSilent,
    kIcmp,
    kRefuses, // 503
};

/// The server does not serve in [from, to).
struct Down
{
    char server = 'A';
    SimDuration from{};
    SimDuration to{};
    Silence how = Silence::kSilent;
    std::uint32_t retry_after = 0; // of its 503, s
};

/// One phone, two servers, a list whose TTL is `ttl` and which is located without delay.
class Phone
{
  public:
    Phone(dns::FailoverOptions failover, std::vector<Down> downs, SimDuration ttl = 24h * 365)
        : options_(failover),
          downs_(std::move(downs)),
          ttl_(ttl)
    {
        options_.tries = kTries;
        options_.try_timeout = kF;
        settings_.registration.expires = 3600;
        settings_.registration.refresh = {.kind = RefreshLaw::Kind::kFraction, .low = 0.5};
        settings_.registration.retry = {.base = kWait};
        settings_.registration.transaction.retransmission.give_up = options_.try_timeout;
        list_.targets.push({kA});
        list_.targets.push({kB});
        list_.until = SimTime::min();
        account_.user = sip::UserId{1};
        account_.address = {sip::Host{0x0A00'0101}, 5060};
    }

    /// First sends as "<server>@<ms>", in order; until `end`.
    std::string run(SimDuration end)
    {
        call([&](Outputs& out) { agent_.on_start(settings_, who(), transaction_, now_, out); });
        while (true)
        {
            const SimTime next = agent_.next_deadline(transaction_);
            if (next == kNever || next >= SimTime{end})
            {
                return sends_;
            }
            now_ = next;
            call([&](Outputs& out) {
                agent_.on_deadline(settings_, who(), transaction_, now_, out);
            });
        }
    }

    std::vector<std::uint32_t> cseqs; // of first sends
    int located = 0;

    void ignore_retry_after()
    {
        settings_.registration.honour_retry_after = false;
    }

  private:
    const Account& who()
    {
        servers_ = {.options = &options_,
                    .failover = &failover_,
                    .list = list_,
                    .blocklist = &blocklist_};
        account_.servers = &servers_;
        return account_;
    }

    // Not a template: answers come while the call that sent the request is still at its outputs.
    void call(const std::function<void(Outputs&)>& input)
    {
        sip::Message request;
        Outputs out{request};
        input(out);
        if (out.next == Outputs::Next::kResolve)
        {
            ++located;
            list_.until = now_ + ttl_;
            call([&](Outputs& more) {
                agent_.on_found(settings_, who(), transaction_, now_, true, more);
            });
        }
        else if (out.next == Outputs::Next::kSend || out.next == Outputs::Next::kSendAgain)
        {
            deliver(request, out.next == Outputs::Next::kSendAgain);
        }
    }

    void deliver(const sip::Message& message, bool again)
    {
        const char server = message.dst == kA ? 'A' : 'B';
        if (!again)
        {
            const auto ms =
                std::chrono::duration_cast<std::chrono::milliseconds>(now_.time_since_epoch());
            sends_ +=
                std::string{sends_.empty() ? "" : " "} + server + "@" + std::to_string(ms.count());
            cseqs.push_back(static_cast<std::uint32_t>(message.cseq));
        }
        for (const Down& down : downs_)
        {
            if (down.server != server || now_ < SimTime{down.from} || now_ >= SimTime{down.to})
            {
                continue;
            }
            if (down.how == Silence::kIcmp)
            {
                const std::uint64_t request = agent_.request_number();
                call([&](Outputs& out) {
                    agent_.on_transport_error(settings_, who(), transaction_, now_, request, out);
                });
            }
            else if (down.how == Silence::kRefuses)
            {
                answer(message, 503, down.retry_after);
            }
            return;
        }
        answer(message, 200);
    }

    void answer(const sip::Message& request, std::uint16_t status, std::uint32_t retry_after = 0)
    {
        sip::Message response = request;
        response.retry_after = retry_after;
        response.method = request.method;
        response.status = status;
        if (status == 200)
        {
            response.contacts[0].expires = 3600;
        }
        call([&](Outputs& out) {
            agent_.on_message(settings_, who(), transaction_, now_, response, out);
        });
    }

    dns::FailoverOptions options_;
    std::vector<Down> downs_;
    SimDuration ttl_;
    AgentSettings settings_;
    Account account_;
    Servers servers_;
    dns::Located list_;
    dns::Failover failover_;
    dns::Blocklist blocklist_;
    UserAgent agent_;
    UserAgent::Transaction transaction_;
    SimTime now_{};
    std::string sends_;
};

std::string
at(char server, SimDuration when)
{
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(when).count();
    return std::string{server} + "@" + std::to_string(ms);
}

std::string
list(const std::vector<std::string>& sends)
{
    std::string all;
    for (const std::string& send : sends)
    {
        all += (all.empty() ? "" : " ") + send;
    }
    return all;
}

dns::FailoverOptions
mode(dns::Preference preference)
{
    return {.preference = preference};
}

// A is gone over the first refresh and the second.
const Down kBothRefreshes{'A', 1700s, 4000s};

} // namespace

TEST_CASE("failover timing: Default pays n F at every refresh while the first is dead")
{
    // Refresh at r; tries at r and r + F; the next server at r + n F answers. The next refresh is r later.
    const SimDuration moved = kRefresh + kTries * kF;
    Phone phone(mode(dns::Preference::kNone), {kBothRefreshes});
    CHECK(phone.run(5600s) == list({at('A', 0s),
                                    at('A', kRefresh),
                                    at('A', kRefresh + kF),
                                    at('B', moved),
                                    at('A', moved + kRefresh),
                                    at('A', moved + kRefresh + kF),
                                    at('B', 2 * moved),
                                    at('A', 2 * moved + kRefresh)}));
}

TEST_CASE(
    "failover timing: until-ttl stays at the second until the TTL of the list, then asks anew")
{
    // Located at 0; the list serves until 5000 s, over the refresh at 2r + nF (3664 s) and not the next,
    // 5464 s, which locates anew.
    const SimDuration moved = kRefresh + kTries * kF;
    Phone phone(mode(dns::Preference::kUntilTtl), {kBothRefreshes}, 5000s);
    CHECK(phone.run(9000s) == list({at('A', 0s),
                                    at('A', kRefresh), // the list of 0 s serves until 5000 s
                                    at('A', kRefresh + kF),
                                    at('B', moved),
                                    at('B', moved + kRefresh),
                                    at('A', moved + 2 * kRefresh), // 5464 s: it ran out at 5000 s
                                    at('A', moved + 3 * kRefresh)}));
    CHECK(phone.located == 2); // at 0 and at 5464 s
}

TEST_CASE("failover timing: until-no-response comes home only when the second fails")
{
    const SimDuration moved = kRefresh + kTries * kF;
    const SimDuration second = moved + 2 * kRefresh; // 5464 s
    Phone phone(mode(dns::Preference::kUntilNoResponse),
                {kBothRefreshes, {'B', second - 10s, second + 1000s}});
    CHECK(phone.run(7300s) == list({at('A', 0s),
                                    at('A', kRefresh),
                                    at('A', kRefresh + kF),
                                    at('B', moved),
                                    at('B', moved + kRefresh),
                                    at('B', second),
                                    at('B', second + kF),
                                    at('A', second + kTries * kF)}));
}

TEST_CASE("failover timing: for-duration comes home with the first request after it, or at once")
{
    const SimDuration moved = kRefresh + kTries * kF;
    auto options = mode(dns::Preference::kForDuration);
    options.failback_after = 3000s;
    {
        // From the failover at 1864 s: over at 4864 s, between the refreshes at 3664 s and 5464 s.
        Phone phone(options, {kBothRefreshes});
        CHECK(phone.run(7200s) == list({at('A', 0s),
                                        at('A', kRefresh),
                                        at('A', kRefresh + kF),
                                        at('B', moved),
                                        at('B', moved + kRefresh),
                                        at('A', moved + 2 * kRefresh)}));
    }
    options.failback_at_once = true;
    Phone phone(options, {kBothRefreshes});
    CHECK(phone.run(6600s) == list({at('A', 0s),
                                    at('A', kRefresh),
                                    at('A', kRefresh + kF),
                                    at('B', moved),
                                    at('B', moved + kRefresh),
                                    at('A', moved + 3000s)}));
}

TEST_CASE("failover timing: with all servers silent a round lasts n k F + w")
{
    const SimDuration round = kTries * 2 * kF + kWait;
    Phone phone(mode(dns::Preference::kNone), {{'A', 1700s, 9000s}, {'B', 1700s, 9000s}});
    std::vector<std::string> sends{at('A', 0s)};
    for (int i = 0; i < 3; ++i)
    {
        const SimDuration begin = kRefresh + i * round;
        sends.insert(sends.end(),
                     {at('A', begin),
                      at('A', begin + kF),
                      at('B', begin + 2 * kF),
                      at('B', begin + 3 * kF)});
    }
    CHECK(phone.run(kRefresh + 3 * round) == list(sends));
}

TEST_CASE("failover timing: a 503 and a port unreachable lead to the next server at once")
{
    for (const Silence how : {Silence::kRefuses, Silence::kIcmp})
    {
        Phone phone(mode(dns::Preference::kNone), {{'A', 1700s, 1900s, how}});
        CHECK(phone.run(3700s) ==
              list({at('A', 0s), at('A', kRefresh), at('B', kRefresh), at('A', 2 * kRefresh)}));
    }
}

TEST_CASE("failover timing: a server on the blocklist is passed over until its time is up")
{
    const SimDuration moved = kRefresh + kTries * kF;
    auto options = mode(dns::Preference::kNone);
    options.blocked_for = kRefresh + 1s; // from the failover at 1864 s, over the refresh at 3664 s
    Phone phone(options, {kBothRefreshes});
    CHECK(phone.run(7200s) == list({at('A', 0s),
                                    at('A', kRefresh),
                                    at('A', kRefresh + kF),
                                    at('B', moved),
                                    at('B', moved + kRefresh),
                                    at('A', moved + 2 * kRefresh)}));
}

TEST_CASE(
    "failover timing: a server is asked no more until its Retry-After is over (RFC 3261 21.5.4)")
{
    // 2700 s from the 503 at 1800 s: over the refresh at 3600 s, not that at 5400 s.
    const Down refuses{'A', 1700s, 9999s, Silence::kRefuses, 2700};
    Phone obeys(mode(dns::Preference::kNone), {refuses});
    CHECK(obeys.run(7100s) == list({at('A', 0s),
                                    at('A', kRefresh),
                                    at('B', kRefresh),
                                    at('B', 2 * kRefresh),
                                    at('A', 3 * kRefresh),
                                    at('B', 3 * kRefresh)}));
    Phone does_not(mode(dns::Preference::kNone), {refuses});
    does_not.ignore_retry_after();
    CHECK(does_not.run(5300s) == list({at('A', 0s),
                                       at('A', kRefresh),
                                       at('B', kRefresh),
                                       at('A', 2 * kRefresh),
                                       at('B', 2 * kRefresh)}));
}

TEST_CASE("failover timing: the next server gets the same request, CSeq included (RFC 3263 4.3), "
          "or the next")
{
    for (const bool next : {false, true})
    {
        auto options = mode(dns::Preference::kNone);
        options.next_cseq = next;
        Phone phone(options, {kBothRefreshes});
        (void)phone.run(kRefresh + kTries * kF + 1s);
        // One REGISTER at 0, then one request in three transactions, or three requests.
        CHECK(phone.cseqs == (next ? std::vector<std::uint32_t>{1, 2, 3, 4}
                                   : std::vector<std::uint32_t>{1, 2, 2, 2}));
    }
}

TEST_CASE("failover timing: name servers that are silent cost servers x attempts x timeout")
{
    // resolv.conf(5): 2 name servers, 5 s each, 2 rounds: 20 s.
    dns::Names names;
    dns::AnswerStore answers(names);
    dns::FinderStore store(names, answers);
    dns::FinderSettings settings;
    settings.resolver.servers.push({sip::Host{0x0A00'0051}, dns::kDnsPort});
    settings.resolver.servers.push({sip::Host{0x0A00'0052}, dns::kDnsPort});
    settings.location.mode = dns::DnsMode::kSrv;
    settings.destination.name = *names.name("sip.example");
    const DrawKey key{.seed = 1, .device = 1, .account = 0};
    dns::Finder finder;
    dns::AskOutputs out;
    REQUIRE(finder.want(settings, store, key, SimTime{}, out) == dns::Found::kPending);
    std::vector<SimDuration> asked{0s};
    SimTime now{};
    auto found = dns::Found::kPending;
    while (found == dns::Found::kPending)
    {
        now = finder.next_deadline();
        REQUIRE(now != kNever);
        out.clear();
        found = finder.on_deadline(settings, store, key, now, out);
        if (!out.empty())
        {
            asked.push_back(now.time_since_epoch());
        }
    }
    CHECK(found == dns::Found::kFailed);
    CHECK(finder.failure() == dns::LocationFailure::kTimeout);
    // SRV fails, and, as no name server answered at all, nothing else is asked for.
    CHECK(asked == std::vector<SimDuration>{0s, 5s, 10s, 15s});
    CHECK(now == SimTime{20s});
    CHECK(finder.list(store).targets.empty());
    CHECK(finder.list(store).until == SimTime::min()); // and may not be used
}
