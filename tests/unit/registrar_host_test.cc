#include "model/registrar/host.h"
#include "tests/unit/registrar_fixture.h"

using namespace sipsim;
using namespace sipsim::registrar;

namespace
{

using WhenFull = StationOptions::WhenFull;

/// What a host does about a message, and the response to it.
struct Told : Outcome
{
    std::optional<sip::Message> response;
};

struct TellingHost : Host
{
    using Host::Host;

    [[nodiscard]] Told on_message(SimTime now, const sip::Message& message)
    {
        sip::Message response;
        return told(Host::on_message(now, message, response), response);
    }

    [[nodiscard]] Told serve(SimTime now, const sip::Message& request, ProcessNumber process)
    {
        sip::Message response;
        return told(Host::serve(now, request, process, response), response);
    }

  private:
    static Told told(const Outcome& outcome, const sip::Message& response)
    {
        return {outcome, outcome.responds ? std::optional{response} : std::nullopt};
    }
};

/// A host, its database, and a client's hand of the fixture's.
struct Site
{
    explicit Site(RegistrarOptions o = open_to_all())
        : options(std::move(o))
    {
    }

    RegistrarOptions options;
    sip::IntegerProof proof;
    LocationService locations;
    TellingHost host{
        options,
        DrawKey{.seed = 5, .device = kServerDevice, .account = 0},
        kDomain,
        proof,
        [](sip::UserId user) { return user == kAlice ? std::optional{kSecret} : std::nullopt; },
        locations};

    [[nodiscard]] bool bound(SimTime now) const
    {
        return !locations.lookup(kAlice, now).empty();
    }
};

/// One worker, a second for each request, and room for `queue` that wait.
RegistrarOptions
one_worker(std::uint32_t queue, WhenFull when_full = WhenFull::kDrop)
{
    RegistrarOptions options = open_to_all();
    options.station.workers = 1;
    options.station.unauthenticated = 1s;
    options.station.authenticated = 1s;
    options.station.queue = queue;
    options.station.when_full = when_full;
    return options;
}

sip::Message
with_method(sip::Method method, std::uint32_t cseq = 1)
{
    sip::Message m = request_of({}, cseq);
    m.method = method;
    return m;
}

/// Nothing is to be done, and nothing is told but, where it says one, `drop`.
void
check_silence(const Outcome& outcome, Drop drop)
{
    CHECK(outcome.drop == drop);
    CHECK_FALSE(outcome.place);
    CHECK_FALSE(outcome.responds);
    CHECK_FALSE(outcome.to_register);
    CHECK_FALSE(outcome.changed);
}

} // namespace

TEST_CASE("a response or an ACK is work for nobody (RFC 3261 18.1.2, 17.2.1), drained or not; the "
          "answer to "
          "a ping is not even a drop")
{
    Site s;
    for (int i = 0; i < 2; ++i)
    {
        check_silence(s.host.on_message(at(0s), with_method(sip::Method::kAck)), Drop::kUnmatched);
        sip::Message response = with_method(sip::Method::kRegister);
        response.status = 200;
        check_silence(s.host.on_message(at(0s), response), Drop::kUnmatched);
        response.method = sip::Method::kOptions;
        check_silence(s.host.on_message(at(0s), response), Drop::kNone);
        s.host.begin_drain(0);
    }
}

TEST_CASE(
    "without a station a REGISTER is answered as it comes, and told of with its bindings, once")
{
    Site s;
    const sip::Message m = request_of({contact(20, 3600)});
    const Told first = s.host.on_message(at(1s), m);
    REQUIRE(first.response);
    CHECK(first.response->status == 200);
    CHECK(first.to_register);
    CHECK(first.changed);
    CHECK_FALSE(first.repeat);
    CHECK(first.drop == Drop::kNone);
    CHECK(first.limit == Limit::kNone);
    // RFC 3261 17.2.2: a copy gets the response of the transaction, and changes nothing.
    const Told copy = s.host.on_message(at(2s), m);
    REQUIRE(copy.response);
    CHECK(copy.repeat);
    CHECK_FALSE(copy.changed);
    CHECK(copy.answered == at(1s));
}

TEST_CASE("the response is made again from its compact form and the request")
{
    Site s;
    sip::Message m = request_of({contact(20, 3600)});
    const Told bound = s.host.on_message(at(1s), m);
    REQUIRE(bound.response);
    CHECK(s.host.response(bound.answered, m, bound.compact) == *bound.response);
    s.host.begin_drain(7);
    m = request_of({contact(20, 3600)}, 2);
    const Told refused = s.host.on_message(at(2s), m);
    REQUIRE(refused.response);
    CHECK(s.host.response(refused.answered, m, refused.compact) == *refused.response);
}

TEST_CASE("an OPTIONS is answered 200 (RFC 3261 11.2) and is no REGISTER to tell of; a request "
          "without Via is "
          "dropped (18.2.2)")
{
    Site s;
    const Told options = s.host.on_message(at(0s), with_method(sip::Method::kOptions));
    REQUIRE(options.response);
    CHECK(options.response->status == 200);
    CHECK_FALSE(options.to_register);
    sip::Message m = request_of({contact(20)});
    m.via.clear();
    check_silence(s.host.on_message(at(0s), m), Drop::kUnmatched);
}

TEST_CASE("a password that is looked at and wrong is told of; a challenge is no wrong password")
{
    Site s{RegistrarOptions{}};
    Fixture client; // makes credentials
    sip::Message m = request_of({contact(20)});
    const Told asked = s.host.on_message(at(0s), m);
    REQUIRE(asked.response);
    CHECK(asked.response->status == 401);
    CHECK_FALSE(asked.wrong_password);
    m = client.proven(request_of({contact(20)}, 2), *asked.response, 1, sip::SecretId{78});
    CHECK(s.host.on_message(at(1s), m).wrong_password);
}

TEST_CASE("a limit that leaves a request unanswered is told of with its drop (pike: the request "
          "that fills a unit)")
{
    RegistrarOptions options = open_to_all();
    options.admission.source_density = 2;
    Site s{options};
    CHECK(s.host.on_message(at(1s), request_of({contact(20)}, 1)).limit == Limit::kNone);
    const Told refused = s.host.on_message(at(1s), request_of({contact(20)}, 2));
    CHECK(refused.limit == Limit::kSource);
    check_silence(refused, Drop::kAdmission);
}

TEST_CASE("a drained host answers every request 503 with its Retry-After (RFC 3261 21.5.4) until "
          "the last drain "
          "ends")
{
    Site s;
    s.host.begin_drain(30);
    s.host.begin_drain(40);
    const Told refused = s.host.on_message(at(0s), request_of({contact(20)}));
    REQUIRE(refused.response);
    CHECK(refused.response->status == 503);
    CHECK(refused.response->retry_after == 40U);
    CHECK(refused.to_register);
    CHECK_FALSE(refused.changed);
    CHECK(refused.drop == Drop::kNone);
    const Told options = s.host.on_message(at(0s), with_method(sip::Method::kOptions, 2));
    REQUIRE(options.response);
    CHECK(options.response->status == 503);
    CHECK_FALSE(options.to_register);
    s.host.end_drain();
    CHECK(s.host.drained());
    s.host.end_drain();
    CHECK_FALSE(s.host.drained());
    CHECK_FALSE(s.bound(at(1s)));
    // No transaction has kept the 503, so the same request is judged anew.
    const Told again = s.host.on_message(at(1s), request_of({contact(20)}));
    REQUIRE(again.response);
    CHECK(again.response->status == 200);
    CHECK_FALSE(again.repeat);
}

TEST_CASE("a request waits its turn and is answered when it is served, not before")
{
    Site s{one_worker(1)};
    const sip::Message first = request_of({contact(20)});
    // M/D/1 with one worker of 1 s: the first is done at 1 s; the second begins then and is done at 2 s.
    const Told served = s.host.on_message(at(0s), first);
    REQUIRE(served.place);
    CHECK_FALSE(served.response);
    CHECK(served.place->begins == at(0s));
    CHECK(served.place->done == at(1s));
    const Told waits = s.host.on_message(at(0s), request_of({contact(20)}, 2));
    REQUIRE(waits.place);
    CHECK(waits.place->begins == at(1s));
    CHECK(waits.place->done == at(2s));
    CHECK(waits.place->waiting == 1);
    CHECK_FALSE(s.bound(at(0s)));
    const Told answered = s.host.serve(at(1s), first, served.process);
    CHECK_FALSE(answered.place);
    REQUIRE(answered.response);
    CHECK(answered.response->status == 200);
    CHECK(answered.answered == at(1s));
    CHECK(answered.changed);
    CHECK(s.bound(at(1s)));
}

TEST_CASE("what finds the queue full is dropped, or told 503 and a drop all the same")
{
    for (const WhenFull when_full : {WhenFull::kDrop, WhenFull::kRefuse})
    {
        RegistrarOptions options = one_worker(0, when_full);
        if (when_full == WhenFull::kRefuse)
        {
            options.station.retry_after = 9;
        }
        Site s{options};
        REQUIRE(s.host.on_message(at(0s), request_of({contact(20)})).place);
        const Told refused = s.host.on_message(at(0s), request_of({contact(20)}, 2));
        if (when_full == WhenFull::kDrop)
        {
            check_silence(refused, Drop::kStationFull);
            continue;
        }
        CHECK(refused.drop == Drop::kStationFull);
        CHECK_FALSE(refused.place);
        REQUIRE(refused.response);
        CHECK(refused.response->status == 503);
        CHECK(refused.response->retry_after == 9U);
        CHECK(refused.to_register);
    }
}

TEST_CASE("a drain comes before the queue: who is refused takes no place")
{
    Site s{one_worker(0)};
    s.host.begin_drain(0);
    const Told refused = s.host.on_message(at(0s), request_of({contact(20)}));
    REQUIRE(refused.response);
    CHECK_FALSE(refused.response->retry_after);
    s.host.end_drain();
    CHECK(s.host.on_message(at(0s), request_of({contact(20)}, 2)).place);
}

TEST_CASE("a rate limit without workers lets a request pass at once, or drops it")
{
    RegistrarOptions options = open_to_all();
    options.station.rate_limit = 1.0; // per second, one at once
    Site s{options};
    CHECK(s.host.on_message(at(0s), request_of({contact(20)})).responds);
    check_silence(s.host.on_message(at(0s), request_of({contact(20)}, 2)), Drop::kStationFull);
}

TEST_CASE("a death takes the queue and the transactions with it; what waited is served by nobody")
{
    Site s{one_worker(0)};
    const sip::Message m = with_method(sip::Method::kOptions);
    const Told waits = s.host.on_message(at(0s), m);
    REQUIRE(waits.place);
    s.host.on_death();
    check_silence(s.host.serve(waits.place->done, m, waits.process), Drop::kNone);
    // Its worker is free, although it would have been busy until 1 s.
    s.host.on_return(at(0s));
    const Told anew = s.host.on_message(at(0s), m);
    REQUIRE(anew.place);
    CHECK(anew.place->begins == at(0s));
    CHECK(s.host.serve(at(1s), m, anew.process).responds);
    s.host.on_death();
    const Told copy = s.host.on_message(at(2s), m);
    REQUIRE(copy.place);
    CHECK_FALSE(
        s.host.serve(at(3s), m, copy.process).repeat); // RFC 3261 17.2.2: it has no transaction
}

TEST_CASE("a process that has returned loads for 2 s and 1 s for each address of record, and "
          "serves nobody before")
{
    RegistrarOptions options = open_to_all();
    options.station.load_time = 2s;
    options.station.load_per_binding = 1s;
    Site s{options};
    CHECK(s.host.on_message(at(0s), request_of({contact(20, 3600)})).changed);
    s.host.on_death();
    s.host.on_return(at(10s));
    CHECK(s.host.loading(at(13s) - 1ns));
    check_silence(s.host.on_message(at(13s) - 1ns, request_of({contact(20)}, 2)),
                  Drop::kStationFull);
    CHECK_FALSE(s.host.loading(at(13s)));
    CHECK(s.host.on_message(at(13s), request_of({contact(20)}, 2)).responds);
}

TEST_CASE("after a take-over the standby's process answers, from its database, at both addresses")
{
    Site primary;
    Site standby;
    CHECK(primary.host.on_message(at(0s), request_of({contact(20, 3600)})).changed);
    primary.host.on_death();
    primary.host.take_over(standby.host);
    CHECK(primary.host.taken_over());
    CHECK(primary.host.locations().lookup(kAlice, at(1s)).empty());
    const sip::Message m = request_of({contact(21, 3600)}, 2);
    CHECK(primary.host.on_message(at(1s), m).changed);
    CHECK(standby.bound(at(1s)));
    CHECK(standby.host.on_message(at(2s), m).repeat); // one process, one table of transactions
}

TEST_CASE("what waits at an address dies with either process that answers there")
{
    // Before the switch the primary's process holds it, after it the standby's.
    for (const bool switched : {false, true})
    {
        Site primary{one_worker(0)};
        Site standby{one_worker(0)};
        const sip::Message m = request_of({contact(20)});
        if (switched)
        {
            primary.host.on_death();
            primary.host.take_over(standby.host);
        }
        const Told waits = primary.host.on_message(at(0s), m);
        REQUIRE(waits.place);
        if (switched)
        {
            standby.host.on_death();
        }
        else
        {
            primary.host.on_death();
            primary.host.take_over(standby.host);
        }
        check_silence(primary.host.serve(at(1s), m, waits.process), Drop::kNone);
    }
}

TEST_CASE("a drain is of the address, not of the process that answers there")
{
    Site primary;
    Site standby;
    primary.host.take_over(standby.host);
    standby.host.begin_drain(0);
    const Told outcome = primary.host.on_message(at(0s), request_of({contact(20)}));
    REQUIRE(outcome.response);
    CHECK(outcome.response->status == 200);
}
