// Rows V.. are the parameters of the VOS3000 manual as the options cite them.
#include "tests/unit/registrar_fixture.h"

using namespace sipsim;
using namespace sipsim::registrar;

namespace
{

constexpr sip::SecretId kWrong{78};
constexpr sip::UserId kBob{1002};
constexpr sip::UserId kNobody{4711};
constexpr sip::Host kElsewhere{0x0A00'0003};

/// SS_SIP_AUTHENTICATION_RETRY 6, _TIMEOUT 10 s, SS_AUTHENTICATION_FAILED_SUSPEND 180 s, and no limit per
/// terminal, so that the session's is the one that fires.
RegistrarOptions
per_session()
{
    RegistrarOptions options;
    options.admission.session_retries = 6;
    options.admission.session_timeout = 10s;
    options.admission.suspend = 180s;
    return options;
}

/// SS_AUTHENTICATION_MAX_RETRY 6 alone.
RegistrarOptions
per_terminal()
{
    RegistrarOptions options;
    options.admission.terminal_retries = 6;
    options.admission.suspend = 180s;
    return options;
}

/// Somebody who registers as `user` from `host`, one session after another.
struct Guesser
{
    Fixture& f;
    sip::UserId user = kAlice;
    sip::Host host = kClient.host;
    std::uint64_t call_id = 500;
    std::uint32_t cseq = 0;
    sip::Message challenge{};

    sip::Message request()
    {
        sip::Message m = request_of({contact(20, 3600)}, ++cseq, call_id);
        m.to.user = user;
        m.src.host = host;
        return m;
    }

    Reply send(SimTime now, const sip::Message& m)
    {
        const Reply reply = f.process(now, m);
        if (reply.status == 401 || reply.status == 407)
        {
            challenge = f.registrar.response(now, m, reply);
        }
        return reply;
    }

    /// The first request of a session.
    Reply ask(SimTime now)
    {
        return send(now, request());
    }

    Reply guess(SimTime now, sip::SecretId secret)
    {
        return send(now, f.proven(request(), challenge, 1, secret, user));
    }

    void next_session()
    {
        ++call_id;
        cseq = 0;
    }

    /// A session that ends with the first answer that is no challenge: passwords looked at, and that
    /// answer.
    std::pair<int, Reply> burst(SimTime now)
    {
        Reply reply = ask(now);
        int tried = 0;
        for (int i = 0; i < 50 && reply.status == 401; ++i)
        {
            reply = guess(now, kWrong);
            tried += reply.wrong ? 1 : 0;
        }
        next_session();
        return {tried, reply};
    }
};

} // namespace

TEST_CASE(
    "six retries are six wrong passwords in a session, then 403; counted otherwise, seven (V96)")
{
    Fixture f{per_session()};
    const auto [tried, reply] = Guesser{f}.burst(at(0s));
    CHECK(tried == 6);
    CHECK(reply.status == 403);
    CHECK(reply.limit == Limit::kSessionRetries);
    CHECK_FALSE(reply.wrong); // the seventh request was not looked at

    RegistrarOptions options = per_session();
    options.admission.session_counts = AdmissionOptions::Counts::kRetries;
    Fixture seven{options};
    CHECK(Guesser{seven}.burst(at(0s)).first == 7);
}

TEST_CASE(
    "refused at the last wrong password, a session sends five challenges for six of them (V96)")
{
    RegistrarOptions options = per_session();
    options.admission.refused_at = AdmissionOptions::RefusedAt::kLast;
    Fixture f{options};
    const auto [tried, reply] = Guesser{f}.burst(at(0s));
    CHECK(tried == 6);
    CHECK(reply.status == 403);
    CHECK(reply.wrong);
}

TEST_CASE("a used-up session refuses the right password too (V102 step 7)")
{
    Fixture f{per_session()};
    Guesser g{f};
    (void)g.ask(at(0s));
    for (int i = 0; i < 6; ++i)
    {
        CHECK(g.guess(at(0s), kWrong).status == 401);
    }
    CHECK(g.guess(at(0s), kSecret).status == 403);
}

TEST_CASE("credentials later than the authentication timeout are refused, right or wrong (V97)")
{
    for (const SimDuration response : {SimDuration{9s}, SimDuration{10s}})
    {
        Fixture f{per_session()};
        Guesser g{f};
        (void)g.ask(at(1s));
        CHECK(g.guess(at(1s) + response, kSecret).status == 200);
    }
    Fixture f{per_session()};
    Guesser g{f};
    (void)g.ask(at(1s));
    const Reply late = g.guess(at(11s) + 1ns, kSecret);
    CHECK(late.status == 403);
    CHECK(late.limit == Limit::kSessionTimeout);
    CHECK_FALSE(late.wrong);
}

TEST_CASE("a session that ran out of time suspends nobody, unless the switch says so (V97, V98)")
{
    Fixture f{per_session()};
    Guesser g{f};
    (void)g.ask(at(0s));
    (void)g.guess(at(1s), kWrong);
    g.next_session();
    CHECK(g.ask(at(11s)).status == 401);

    RegistrarOptions options = per_session();
    options.admission.timeout_suspends = true;
    Fixture strict{options};
    Guesser s{strict};
    (void)s.ask(at(0s));
    (void)s.guess(at(1s), kWrong);
    s.next_session();
    // It ended at 10 s without success: suspended until 190 s, though nothing arrived at 10 s.
    CHECK(s.ask(at(11s)).limit == Limit::kSuspended);
    CHECK(s.ask(at(190s) - 1ns).limit == Limit::kSuspended);
    CHECK(s.ask(at(190s)).status == 401);
    CHECK(s.guess(at(191s), kSecret).status == 200);
    // The one that succeeded leaves nothing behind.
    s.next_session();
    CHECK(s.ask(at(300s)).status == 401);
}

TEST_CASE(
    "each session that runs out of time suspends its terminal, whoever else succeeds there (V97, "
    "V98)")
{
    RegistrarOptions options = per_session();
    options.admission.timeout_suspends = true;
    options.admission.terminal = AdmissionOptions::Terminal::kSource; // two users, one terminal
    Fixture f{options};
    Guesser guesser{f};
    Guesser honest{.f = f, .user = kBob, .call_id = 900};
    (void)guesser.ask(at(0s)); // until 10 s
    (void)guesser.guess(at(1s), kWrong);
    (void)honest.ask(at(2s));
    REQUIRE(honest.guess(at(3s), kSecret).status == 200); // ends its own session only
    // The guesser's ran out at 10 s: 180 s from there, for all of the terminal, and no credentials are late.
    CHECK(guesser.guess(at(10s) + 1ns, kWrong).limit == Limit::kSuspended);
    honest.next_session();
    CHECK(honest.ask(at(190s) - 1ns).limit == Limit::kSuspended);
    CHECK(honest.ask(at(190s)).status == 401);
    // That one is given up: it suspends from 200 s to 380 s, though the guesser's ends well meanwhile.
    guesser.next_session();
    CHECK(guesser.ask(at(195s)).status == 401);
    Guesser third{.f = f, .user = kAlice, .call_id = 950};
    (void)third.ask(at(196s));
    REQUIRE(third.guess(at(197s), kSecret).status == 200);
    CHECK(third.ask(at(201s)).limit == Limit::kSuspended);
    // The guesser's ran out at 205 s, while its terminal was suspended: that is no second suspension.
    CHECK(third.ask(at(380s) - 1ns).limit == Limit::kSuspended);
    CHECK(third.ask(at(380s)).status == 401);
}

TEST_CASE("a session that ends without a proof being needed suspends nobody (V97, V98)")
{
    // The place in the queue begins the session; meanwhile the binding came to be of this Call-ID.
    RegistrarOptions options = per_session();
    options.challenge = ChallengeWhen::kInitial;
    options.admission.timer_from = AdmissionOptions::TimerFrom::kFirstRequest;
    options.admission.timeout_suspends = true;
    Fixture f{options};
    Guesser g{f};
    (void)g.ask(at(0s));
    const sip::Message proof = f.proven(g.request(), g.challenge);
    const sip::Message refresh = g.request();
    f.server.on_queued(at(1s), refresh); // no binding yet: it would need a proof
    REQUIRE(g.send(at(1s), proof).status == 200);
    f.server.on_queued(at(2s), refresh); // and now it does not
    REQUIRE(g.send(at(2s), refresh).status == 200);
    CHECK(g.ask(at(20s)).status == 200);
}

TEST_CASE("whatever its method, nothing that a suspended terminal sends is answered (V98)")
{
    Fixture f{per_terminal()};
    Guesser g{f};
    (void)g.burst(at(0s)); // until 180 s
    for (const sip::Method method :
         {sip::Method::kOptions, sip::Method::kSubscribe, sip::Method::kInvite})
    {
        sip::Message m = g.request();
        m.method = method;
        m.event = sip::EventPackage::kMessageSummary;
        m.to.user = kBob; // whom it asks for does not matter
        const Answered blocked = f.server.on_request(at(180s) - 1ns, m);
        CHECK_FALSE(blocked.response);
        CHECK(blocked.limit == Limit::kSuspended);
        m.from.user = kBob; // another terminal's
        CHECK(f.server.on_request(at(180s) - 1ns, m).response);
        CHECK(f.registrar.blocks(at(180s) - 1ns, kAlice, kClient.host)); // its calls
        CHECK_FALSE(f.registrar.blocks(at(180s) - 1ns, kBob, kClient.host));
    }
    CHECK_FALSE(f.registrar.blocks(at(180s), kAlice, kClient.host));
}

TEST_CASE("a used-up session suspends its terminal: no success for 180 s, then as before (V98, "
          "V107, V113)")
{
    Fixture f{per_session()};
    Guesser g{f};
    (void)g.burst(at(5s));
    for (const SimDuration t : {SimDuration{5s}, SimDuration{185s} - 1ns})
    {
        const Reply reply = g.ask(at(t));
        CHECK(reply.status == 0); // everything it sends is blocked
        CHECK(reply.limit == Limit::kSuspended);
        // The corrected password too.
        CHECK(g.guess(at(t), kSecret).status == 0);
    }
    CHECK(g.ask(at(185s)).status == 401);
    CHECK(g.guess(at(186s), kSecret).status == 200);

    RegistrarOptions aloud = per_session();
    aloud.admission.when_suspended = AdmissionOptions::WhenSuspended::kForbid;
    Fixture refusing{aloud};
    Guesser r{refusing};
    (void)r.burst(at(5s));
    CHECK(r.ask(at(6s)).status == 403);
}

TEST_CASE(
    "wrong passwords spread over sessions never use one up, but the terminal's retries (V99, V117)")
{
    RegistrarOptions options = per_session();
    options.admission.terminal_retries = 6;
    Fixture f{options};
    Guesser g{f};
    for (int i = 1; i <= 6; ++i)
    {
        const SimTime now = at(i * 20s);
        (void)g.ask(now);
        const Reply reply = g.guess(now, kWrong);
        CHECK(reply.wrong);
        CHECK(reply.status == (i < 6 ? 401 : 403));
        CHECK(reply.limit == (i < 6 ? Limit::kNone : Limit::kTerminalRetries));
        g.next_session();
    }
    CHECK(g.ask(at(300s) - 1ns).limit == Limit::kSuspended);
    // After the suspension the count begins anew.
    CHECK(g.burst(at(300s)).first == 6);
}

TEST_CASE("a success makes a terminal's wrong passwords forgotten")
{
    Fixture f{per_terminal()};
    Guesser g{f};
    (void)g.ask(at(0s));
    for (int i = 0; i < 5; ++i)
    {
        (void)g.guess(at(0s), kWrong);
    }
    CHECK(g.guess(at(0s), kSecret).status == 200);
    g.next_session();
    CHECK(g.burst(at(1s)).first == 6);
}

TEST_CASE("the seventh failed registration suspends for SS_ENDPOINT_REGISTER_SUSPEND (V7, V8)")
{
    RegistrarOptions options;
    options.admission.register_retries = 6;
    options.admission.register_suspend = 180s;
    Fixture f{options};
    const auto [tried, reply] = Guesser{f}.burst(at(0s));
    CHECK(tried == 7);
    CHECK(reply.limit == Limit::kRegisterRetries);
    Guesser later{f};
    CHECK(later.ask(at(180s) - 1ns).status == 0);
    CHECK(later.ask(at(180s)).status == 401);
    options.admission.register_counts = AdmissionOptions::Counts::kWrong;
    Fixture six{options};
    CHECK(Guesser{six}.burst(at(0s)).first == 6);
}

TEST_CASE("a terminal is an account, an address, or the two together")
{
    using Terminal = AdmissionOptions::Terminal;

    struct Case
    {
        Terminal terminal;
        bool same_user_elsewhere;
        bool neighbour; // another user at the attacker's address
    };

    for (const Case& c : {Case{Terminal::kAccount, true, false},
                          Case{Terminal::kSource, false, true},
                          Case{Terminal::kBoth, false, false}})
    {
        RegistrarOptions options = per_terminal();
        options.admission.terminal = c.terminal;
        Fixture f{options};
        Guesser{f}.burst(at(0s));
        Guesser elsewhere{.f = f, .host = kElsewhere, .call_id = 600};
        Guesser neighbour{.f = f, .user = kBob, .call_id = 700};
        CHECK((elsewhere.ask(at(1s)).limit == Limit::kSuspended) == c.same_user_elsewhere);
        CHECK((neighbour.ask(at(1s)).limit == Limit::kSuspended) == c.neighbour);
    }
}

TEST_CASE("without reply-unauthorized a stranger gets no answer (V100)")
{
    RegistrarOptions options;
    options.admission.reply_unauthorized = false;
    Fixture f{options};
    Guesser stranger{.f = f, .user = kNobody};
    CHECK(stranger.ask(at(0s)).limit == Limit::kUnauthorized);
    CHECK(stranger.ask(at(0s)).status == 0);
    Guesser alice{f};
    CHECK(alice.ask(at(0s)).status == 401);
    CHECK(alice.guess(at(0s), kSecret).status == 200);

    // Read so that all without valid credentials is dropped, no digest client can ever begin.
    options.admission.silent = AdmissionOptions::Silent::kUnproven;
    Fixture deaf{options};
    Guesser honest{deaf};
    CHECK(honest.ask(at(0s)).status == 0);
    // One that has a nonce may use it, and is dropped when wrong.
    honest.challenge = alice.challenge;
    const Reply wrong = honest.guess(at(0s), kWrong);
    CHECK(wrong.status == 0);
    CHECK(wrong.wrong);
}

TEST_CASE(
    "the timer runs from the first challenge, or from the first request's place in the queue (V97)")
{
    RegistrarOptions options = per_session();
    for (const bool queue_counts : {false, true})
    {
        options.admission.timer_from = queue_counts ? AdmissionOptions::TimerFrom::kFirstRequest
                                                    : AdmissionOptions::TimerFrom::kFirstChallenge;
        Fixture f{options};
        Guesser g{f};
        const sip::Message first = g.request();
        f.server.on_queued(at(0s), first); // it waits four seconds for a worker
        CHECK(g.send(at(4s), first).status == 401);
        CHECK(g.guess(at(11s), kSecret).status == (queue_counts ? 403 : 200));
    }
}

TEST_CASE("a copy of what was answered begins no session: nobody is suspended for it (V97, V98)")
{
    RegistrarOptions options = per_session();
    options.admission.timer_from = AdmissionOptions::TimerFrom::kFirstRequest;
    options.admission.timeout_suspends = true;
    Fixture f{options};
    Guesser g{f};
    const sip::Message first = g.request();
    f.server.on_queued(at(0s), first);
    const Answered asked = f.server.on_request(at(0s), first);
    REQUIRE(asked.response);
    const sip::Message second = f.proven(g.request(), *asked.response);
    f.server.on_queued(at(1s), second);
    REQUIRE(f.server.on_request(at(1s), second).response->status == 200);
    f.server.on_queued(at(2s), second); // its answer was lost
    CHECK(f.server.on_request(at(2s), second).repeat);
    // Ten seconds after the copy nothing has run out: the session succeeded at 1 s.
    f.server.on_queued(at(20s), g.request());
    CHECK(g.ask(at(20s)).status == 401);
}

TEST_CASE("what a suspended terminal sends meanwhile does not suspend it for longer (V98)")
{
    RegistrarOptions options = per_session();
    options.admission.timer_from = AdmissionOptions::TimerFrom::kFirstRequest;
    options.admission.timeout_suspends = true;
    Fixture f{options};
    Guesser g{f};
    (void)g.burst(at(5s)); // until 185 s
    for (const SimDuration t : {60s, 120s, 180s})
    {
        g.next_session();
        const sip::Message blocked = g.request();
        f.server.on_queued(at(t), blocked);
        CHECK(g.send(at(t), blocked).limit == Limit::kSuspended);
    }
    CHECK(g.ask(at(185s)).status == 401);
}

TEST_CASE("a suspension holds for refreshes that need no proof, too (V98)")
{
    RegistrarOptions options = per_terminal();
    options.challenge = ChallengeWhen::kInitial;
    Fixture f{options};
    Guesser honest{f};
    (void)honest.ask(at(0s));
    REQUIRE(honest.guess(at(0s), kSecret).status == 200);
    REQUIRE(honest.ask(at(50s)).status == 200); // the refresh of its binding by its Call-ID (§10.3)
    Guesser guesser{.f = f, .host = sip::Host{0x0A000009}, .call_id = 900};
    (void)guesser.burst(at(60s));
    CHECK(honest.ask(at(100s)).limit == Limit::kSuspended);
    CHECK(honest.ask(at(240s)).status == 200);
}

TEST_CASE("a copy of a wrong password is the same one: stateless, it is counted once")
{
    RegistrarOptions options = per_session();
    options.admission.terminal_retries = 6;
    options.stateless = true;
    Fixture f{options};
    Guesser g{f};
    (void)g.ask(at(0s));
    for (int i = 0; i < 5; ++i)
    {
        const sip::Message m = f.proven(g.request(), g.challenge, 1, kWrong);
        for (int copy = 0; copy < 3; ++copy)
        {
            CHECK(g.send(at(0s), m).status == 401);
        }
    }
    CHECK(g.guess(at(0s), kSecret).status == 200);
}

TEST_CASE("an answer held in a transaction is given again during a suspension (RFC 3261 17.2.2)")
{
    Fixture f{per_terminal()};
    Guesser g{f};
    (void)g.ask(at(0s));
    sip::Message last;
    for (int i = 0; i < 6; ++i)
    {
        last = f.proven(g.request(), g.challenge, 1, kWrong);
        const Answered handled = f.server.on_request(at(0s), last);
        REQUIRE(handled.response);
        if (handled.response->status == 401)
        {
            g.challenge = *handled.response;
        }
    }
    const Answered copy = f.server.on_request(at(1s), last);
    CHECK(copy.repeat);
    CHECK(copy.response->status == 403);
    const Answered other = f.server.on_request(at(1s), g.request());
    CHECK_FALSE(other.response);
    CHECK(other.limit == Limit::kSuspended);
    CHECK(f.server.transactions(at(1s)) == 6); // of silence nothing is kept
}

TEST_CASE(
    "the request that fills a sampling unit is refused, and all until a unit stays below (pike)")
{
    RegistrarOptions options = open_to_all();
    options.admission.source_density = 30;
    Fixture f{options};
    std::uint32_t cseq = 0;
    const auto passes = [&](SimTime now, sip::Host host) {
        sip::Message m = request_of({contact(20, 3600)}, ++cseq);
        m.method = cseq % 2 == 0 ? sip::Method::kRegister : sip::Method::kOptions;
        m.src.host = host;
        const Answered handled = f.server.on_request(now, m);
        CHECK((handled.limit == Limit::kSource) == !handled.response.has_value());
        return handled.response.has_value();
    };
    // Units are [0, 2), [2, 4) ...: 29 pass, the 30th does not; a neighbour's address is another.
    for (int i = 1; i <= 29; ++i)
    {
        CHECK(passes(at(1s), kClient.host));
    }
    CHECK_FALSE(passes(at(1s), kClient.host));
    CHECK(passes(at(1s), kElsewhere));
    // The next unit follows one of 30: still red. It sees 1, so the one after is free.
    CHECK_FALSE(passes(at(2s), kClient.host));
    CHECK(passes(at(4s), kClient.host));
    // Whoever goes on at 15/s, 30 to a unit, is never let in again; at 14/s it is, a unit later.
    for (int i = 0; i < 30; ++i)
    {
        (void)passes(at(6s), kClient.host);
    }
    for (int unit = 4; unit < 10; ++unit)
    {
        for (int i = 0; i < 30; ++i)
        {
            CHECK_FALSE(passes(at(unit * 2s), kClient.host));
        }
    }
    for (int i = 0; i < 28; ++i)
    {
        CHECK_FALSE(passes(at(20s), kClient.host));
    }
    CHECK(passes(at(22s), kClient.host));
}

TEST_CASE("a ban outlasts the red (kamailio.cfg ipban)")
{
    RegistrarOptions options = open_to_all();
    options.admission.source_density = 2;
    options.admission.source_ban = 300s;
    Fixture f{options};
    CHECK(f.server.on_request(at(0s), request_of({contact(20)}, 1)).response);
    CHECK_FALSE(f.server.on_request(at(0s), request_of({contact(20)}, 2)).response);
    CHECK_FALSE(f.server.on_request(at(300s) - 1ns, request_of({contact(20)}, 3)).response);
    CHECK(f.server.on_request(at(300s), request_of({contact(20)}, 4)).response);
}

TEST_CASE("a process that starts anew has forgotten whom it suspended")
{
    Fixture f{per_terminal()};
    Guesser g{f};
    (void)g.burst(at(0s));
    CHECK(g.ask(at(1s)).status == 0);
    f.server.on_restart(true);
    CHECK(g.ask(at(1s)).status == 401);
}

TEST_CASE("what admission remembers goes: sessions after their timeout, addresses and terminals by "
          "the sweep")
{
    AdmissionOptions options;
    options.session_retries = 6;
    options.session_timeout = 10s;
    options.terminal_retries = 6;
    options.suspend = 180s;
    options.terminal = AdmissionOptions::Terminal::kSource;
    options.source_density = 30;
    Admission admission{options};
    // A hundred a second, each another address and Call-ID, for ten minutes.
    SimTime now{};
    const auto one = [&](std::uint32_t i) {
        const Admission::Attempt attempt{.user = kAlice,
                                         .call_id = sip::CallId{i},
                                         .cseq = sip::CSeq{1},
                                         .source = sip::Host{i},
                                         .known = true,
                                         .credentials = true};
        (void)admission.on_request(now, attempt.source);
        (void)admission.on_taken_up(now, attempt);
        (void)admission.on_unproven(now, attempt);
        (void)admission.on_wrong(now, attempt);
        now += 10ms;
    };
    for (std::uint32_t i = 1; i <= 60'000; ++i)
    {
        one(i);
    }
    // Sessions: 10 s + 32 s of them. Addresses: those of 120 s and what the sweep has not come to; it
    // looks at twice as many as arrive, so at most half as many again.
    CHECK(admission.kept()[0] <= 4'201);
    CHECK(admission.kept()[2] >= 12'000);
    CHECK(admission.kept()[2] <= 18'000);
    CHECK(admission.kept()[1] == 60'000); // a day
    now += 25h;
    for (std::uint32_t i = 1; i <= 30'001; ++i)
    {
        one(i);
    }
    CHECK(admission.kept()[1] <= 30'001);
}

TEST_CASE("without a limit the registrar does not even make an Admission's records")
{
    CHECK_FALSE(AdmissionOptions{}.enabled());
    AdmissionOptions options;
    options.suspend = 180s; // suspends for nothing
    CHECK_FALSE(options.enabled());
    options.reply_unauthorized = false;
    CHECK(options.enabled());
}

TEST_CASE("limits that cannot work are refused, all at once")
{
    AdmissionOptions o;
    CHECK(validate(o).empty());
    o.session_retries = 6;
    o.terminal_retries = 1000;
    o.register_retries = 6;
    o.timeout_suspends = true;
    o.source_sampling = 0s;
    o.source_remove_latency = 25h;
    o.source_ban = -1s;
    const auto problems = validate(o);
    CHECK(problems.size() == 8);
}
