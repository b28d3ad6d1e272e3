#include "model/sip/transaction.h"

#include <doctest/doctest.h>

#include <vector>

using namespace sipsim;
using namespace sipsim::sip;

namespace
{

constexpr SimTime kStart{17s}; // transactions do not begin at zero

struct Run
{
    std::vector<SimDuration> sends; // relative to the start
    SimDuration end{0};
    ClientStep outcome = ClientStep::kNothing;
};

// Lets a transaction run against a silent peer; `provisional_at` > 0 gives it a 100 then.
Run
run(const TransactionOptions& options,
    Transport transport = Transport::kUdp,
    SimDuration provisional_at = 0ns)
{
    ClientTransaction transaction{options, transport, kStart};
    Run result;
    result.sends.push_back(0ns);
    bool provisional_due = provisional_at > 0ns;
    for (int step = 0; step < 1000; ++step)
    {
        const SimTime next = transaction.next_deadline();
        if (provisional_due && kStart + provisional_at < next)
        {
            provisional_due = false;
            CHECK(transaction.on_response(options, kStart + provisional_at, 100) ==
                  ClientStep::kProvisional);
            CHECK(transaction.next_deadline() == next);
            continue;
        }
        CHECK(transaction.on_deadline(options, next - 1ns) == ClientStep::kNothing);
        const ClientStep outcome = transaction.on_deadline(options, next);
        if (outcome == ClientStep::kSend)
        {
            result.sends.push_back(next - kStart);
            continue;
        }
        result.end = next - kStart;
        result.outcome = outcome;
        CHECK(transaction.next_deadline() == kNever);
        CHECK(transaction.sends() == result.sends.size());
        return result;
    }
    FAIL("never ended");
    return result;
}

} // namespace

TEST_CASE("A lost REGISTER over UDP is sent 11 times and fails at 32 s (RFC 3261 17.1.2.2)")
{
    const Run r = run({});
    const std::vector<SimDuration> expected{0ms,
                                            500ms,
                                            1500ms,
                                            3500ms,
                                            7500ms,
                                            11500ms,
                                            15500ms,
                                            19500ms,
                                            23500ms,
                                            27500ms,
                                            31500ms};
    CHECK(r.sends == expected);
    CHECK(r.end == 32s);
    CHECK(r.outcome == ClientStep::kTimeout);
}

TEST_CASE("Where E and F fall on one instant there is no last send")
{
    // T2 = 16 T1: E fires after 1, 3, 7, 15, 31, 47, 63 T1; with T1 = T2, after 1, 2, ..., 63 T1 and
    // would fire at 64 T1 = F as well. So 64 sends, not 65.
    TransactionOptions options;
    options.t2 = options.t1;
    const Run r = run(options);
    CHECK(r.sends.size() == 64);
    CHECK(r.sends.back() == 63 * options.t1);
    CHECK(r.end == 64 * options.t1);
    CHECK(r.outcome == ClientStep::kTimeout);
}

TEST_CASE("Timers scale with T1 and are capped by T2 (RFC 3261 17.1.2.2)")
{
    // T1 = 1 s, T2 = 4 s: 0, 1, 3, 7, 11, 15, ..., 63 s, failure at 64 s: 3 sends by 3 s, then one every 4 s.
    TransactionOptions options;
    options.t1 = 1s;
    const Run r = run(options);
    CHECK(r.sends.size() == 3 + 15);
    CHECK(r.sends.back() == 63s);
    CHECK(r.end == 64s);
}

TEST_CASE("A T1 above T2 is the first interval all the same, then T2 (RFC 3261 17.1.2.2; HT8xx: 8 "
          "s, 4 s)")
{
    // E fires at T1 = 8 s; what follows is MIN(2*8 s, 4 s) = 4 s: 0, 8, 12, ..., 508 s, and at 512 s = 64*T1
    // F comes before E. So 1 + 1 + (508 - 8) / 4 = 127 sends.
    TransactionOptions options;
    options.t1 = 8s;
    options.t2 = 4s;
    CHECK(validate(options).empty());
    std::vector<SimDuration> expected{0s};
    for (SimDuration at = 8s; at < 512s; at += 4s)
    {
        expected.push_back(at);
    }
    REQUIRE(expected.size() == 127);
    const Run r = run(options);
    CHECK(r.sends == expected);
    CHECK(r.end == 512s);
    CHECK(r.outcome == ClientStep::kTimeout);
    // Proceeding, every interval but the one under way is T2, as without.
    CHECK(run(options, Transport::kUdp, 1s).sends == expected);
    // A phone that counts its sends waits one interval after the last: three at 0, 8 and 12 s, over at 16 s.
    options.retransmission.max_sends = 3;
    CHECK(run(options).sends == std::vector<SimDuration>{0s, 8s, 12s});
    CHECK(run(options).end == 16s);
}

TEST_CASE(
    "The timer pending when a 1xx arrives fires once as it was, then every T2 (RFC 3261 17.1.2.2)")
{
    // 100 at 0.6 s: the E set at 0.5 s for 1.5 s stays; after it 5.5, 9.5, ..., 29.5 s; F unmoved at 32 s.
    const Run r = run({}, Transport::kUdp, 600ms);
    const std::vector<SimDuration>
        expected{0ms, 500ms, 1500ms, 5500ms, 9500ms, 13500ms, 17500ms, 21500ms, 25500ms, 29500ms};
    CHECK(r.sends == expected);
    CHECK(r.end == 32s);
    CHECK(r.outcome == ClientStep::kTimeout);
}

TEST_CASE("Over a reliable transport nothing is repeated and F is 64*T1 (RFC 3261 17.1.2.2)")
{
    const Run r = run({}, Transport::kTcp);
    CHECK(r.sends == std::vector<SimDuration>{0ns});
    CHECK(r.end == 32s);
    CHECK(r.outcome == ClientStep::kTimeout);
}

TEST_CASE("A final response is delivered once and K = T4 absorbs late copies over UDP")
{
    const TransactionOptions options;
    ClientTransaction t{options, Transport::kUdp, kStart};
    CHECK(t.on_response(options, kStart + 20ms, 401) == ClientStep::kFinal);
    CHECK(t.state() == ClientTransaction::State::kCompleted);
    CHECK(t.on_response(options, kStart + 30ms, 401) == ClientStep::kNothing);
    CHECK(t.on_response(options, kStart + 30ms, 100) == ClientStep::kNothing);
    CHECK(t.on_transport_error() == ClientStep::kNothing);
    CHECK(t.next_deadline() == kStart + 20ms + 5s);
    CHECK(t.on_deadline(options, kStart + 500ms) == ClientStep::kNothing);
    CHECK(t.on_deadline(options, t.next_deadline()) == ClientStep::kTerminated);
    CHECK(t.state() == ClientTransaction::State::kTerminated);
    CHECK(t.on_deadline(options, kStart + 100s) == ClientStep::kNothing);
    CHECK(t.on_response(options, kStart + 100s, 200) == ClientStep::kNothing);
}

TEST_CASE("Over a reliable transport K is 0: the final response ends the transaction")
{
    const TransactionOptions options;
    ClientTransaction t{options, Transport::kTcp, kStart};
    CHECK(t.on_response(options, kStart + 1s, 200) == ClientStep::kFinal);
    CHECK(t.state() == ClientTransaction::State::kTerminated);
    CHECK(t.next_deadline() == kNever);
}

TEST_CASE("A transport error ends the transaction at once (RFC 3261 17.1.4)")
{
    const TransactionOptions options;
    ClientTransaction t{options, Transport::kUdp, kStart};
    CHECK(t.on_transport_error() == ClientStep::kTransportError);
    CHECK(t.state() == ClientTransaction::State::kTerminated);
    CHECK(t.next_deadline() == kNever);
    CHECK(t.on_transport_error() == ClientStep::kNothing);
}

TEST_CASE("A list of n intervals is n sends, and the last interval waits for the end")
{
    // VOS3000, SS_SIP_RESEND_INTERVAL: a list of waits; when it is exhausted the attempt has failed.
    TransactionOptions options;
    options.retransmission.kind = RetransmissionLaw::Kind::kList;
    for (const SimDuration wait : {500ms, 1000ms, 2000ms, 4000ms})
    {
        options.retransmission.intervals.push(wait);
    }
    CHECK(validate(options).empty());
    const Run r = run(options);
    CHECK(r.sends == std::vector<SimDuration>{0ms, 500ms, 1500ms, 3500ms});
    CHECK(r.end == 7500ms);
    CHECK(r.outcome == ClientStep::kTimeout);

    SUBCASE("a longer give-up only waits longer")
    {
        options.retransmission.give_up = 20s;
        const Run longer = run(options);
        CHECK(longer.sends == r.sends);
        CHECK(longer.end == 20s);
    }
    SUBCASE("a shorter give-up cuts the list")
    {
        options.retransmission.give_up = 1500ms;
        const Run shorter = run(options);
        CHECK(shorter.sends == std::vector<SimDuration>{0ms, 500ms});
        CHECK(shorter.end == 1500ms);
    }
    SUBCASE("a count cuts the list, its last interval is waited for")
    {
        options.retransmission.max_sends = 2;
        const Run counted = run(options);
        CHECK(counted.sends == std::vector<SimDuration>{0ms, 500ms});
        CHECK(counted.end == 1500ms);
    }
}

TEST_CASE("A count of sends ends an RFC attempt one interval after the last (Yealink retry_counts)")
{
    TransactionOptions options;
    options.retransmission.max_sends = 3; // 0, 0.5, 1.5 s, the next interval is 2 s
    const Run r = run(options);
    CHECK(r.sends == std::vector<SimDuration>{0ms, 500ms, 1500ms});
    CHECK(r.end == 3500ms);

    options.retransmission.max_sends = 1;
    CHECK(run(options).end == 500ms);

    options.retransmission.max_sends = 200; // never reached: the RFC's own end
    CHECK(run(options).sends.size() == 11);
    CHECK(run(options).end == 32s);
}

TEST_CASE("A server transaction drops copies in Trying and repeats the final for J = 64*T1 (RFC "
          "3261 17.2.2)")
{
    const TransactionOptions options;
    ServerTransaction t{Transport::kUdp};
    CHECK(t.on_request() == ServerStep::kNothing);
    CHECK(t.next_deadline() == kNever);
    CHECK(t.on_response(options, kStart, 200) == ServerStep::kRespond);
    CHECK(t.on_request() == ServerStep::kRespond);
    CHECK(t.on_response(options, kStart, 403) == ServerStep::kNothing);
    CHECK(t.next_deadline() == kStart + 32s);
    CHECK(t.on_deadline(kStart + 32s - 1ns) == ServerStep::kNothing);
    CHECK(t.on_deadline(kStart + 32s) == ServerStep::kTerminated);
    CHECK(t.on_request() == ServerStep::kNothing);
    CHECK(t.on_deadline(kStart + 99s) == ServerStep::kNothing);
}

TEST_CASE("A server transaction repeats its provisional, and over TCP ends with the final")
{
    const TransactionOptions options;
    ServerTransaction t{Transport::kTcp};
    CHECK(t.on_response(options, kStart, 100) == ServerStep::kRespond);
    CHECK(t.state() == ServerTransaction::State::kProceeding);
    CHECK(t.on_request() == ServerStep::kRespond);
    CHECK(t.on_response(options, kStart, 200) == ServerStep::kRespond);
    CHECK(t.state() == ServerTransaction::State::kTerminated);
    CHECK(t.next_deadline() == kNever);
}

TEST_CASE("A server transaction never sends 408 to a non-INVITE request (RFC 4320 4.2)")
{
    ServerTransaction t{Transport::kUdp};
    CHECK(t.on_response({}, kStart, 408) == ServerStep::kTerminated);
    CHECK(t.on_request() == ServerStep::kNothing);
    CHECK(t.next_deadline() == kNever);
}

TEST_CASE("A server transaction ends with its transport (RFC 3261 17.2.4)")
{
    ServerTransaction t{Transport::kUdp};
    CHECK(t.on_transport_error() == ServerStep::kTerminated);
    CHECK(t.on_transport_error() == ServerStep::kNothing);
}

TEST_CASE("All faults of transaction options are told at once")
{
    TransactionOptions options;
    CHECK(validate(options).empty());
    options.t1 = 0s;
    options.t2 = -1s;
    options.t4 = 100h;
    options.retransmission.kind = RetransmissionLaw::Kind::kList;
    CHECK(validate(options).size() == 4); // t1, t2, t4, empty list
    options.retransmission.intervals.push(0s);
    options.retransmission.give_up = -1s;
    CHECK(validate(options).size() == 5);
    TransactionOptions rfc;
    rfc.retransmission.intervals.push(1s);
    CHECK(validate(rfc).size() == 1);
}
