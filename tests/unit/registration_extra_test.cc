#include "model/registration/extra_requests.h"
#include "tests/unit/registration_fixture.h"

#include <set>

using namespace sipsim;
using namespace sipsim::registration;
using namespace std::chrono_literals;

namespace
{

struct Phone
{
    explicit Phone(ExtraRequestsOptions extra)
    {
        bench.settings.extra = extra;
    }

    /// CSeq tells one registration from the other.
    std::optional<Send> registered(std::uint64_t cseq, bool initial)
    {
        return extra.on_registered(bench.settings, bench.account, now, cseq, kServer, initial);
    }

    std::optional<Send> answer(const sip::Message& request, std::uint16_t status)
    {
        const sip::Message response = sip::make_response(request, status, sip::Tag{3});
        REQUIRE(extra.answers(bench.account, response));
        return extra.on_message(bench.settings, bench.account, now, response);
    }

    Bench bench;
    ExtraRequests extra;
    SimTime now = kT0;
};

} // namespace

TEST_CASE("SUBSCRIBEs follow a registration one after another, each with what RFC 6665 asks for")
{
    Phone phone({.count = 3, .each_refresh = false, .expires = 1800});
    std::optional<Send> send = phone.registered(2, true);
    std::set<std::uint64_t> call_ids;
    for (int i = 0; i < 3; ++i)
    {
        REQUIRE(send);
        const sip::Message& m = send->message;
        CHECK(m.method == sip::Method::kSubscribe);
        CHECK(m.dst == kServer);
        CHECK(m.event ==
              (i == 0 ? sip::EventPackage::kMessageSummary : sip::EventPackage::kDialog));
        CHECK(m.expires == 1800U);     // §4.1.2.1
        CHECK(m.contacts.size() == 1); // RFC 3261 §8.1.1.8
        CHECK(m.to_tag == sip::Tag{}); // it begins a dialogue
        call_ids.insert(static_cast<std::uint64_t>(m.call_id));
        send = phone.answer(send->message, i == 1 ? 404 : 200); // whatever the answer is
    }
    CHECK_FALSE(send);
    CHECK(phone.extra.idle());
    CHECK(call_ids.size() == 3);
}

TEST_CASE("SUBSCRIBEs follow refreshes only if that is wanted, and are others then")
{
    Phone only_first({.count = 1});
    CHECK_FALSE(only_first.registered(2, false));
    Phone always({.count = 1, .each_refresh = true});
    const auto first = always.registered(2, true);
    REQUIRE(first);
    CHECK_FALSE(always.registered(3, false)); // the first is still under way
    CHECK_FALSE(always.answer(first->message, 200));
    const auto second = always.registered(3, false);
    REQUIRE(second);
    CHECK(second->message.via[0].branch != first->message.via[0].branch);
    CHECK(second->message.call_id != first->message.call_id);
    CHECK_FALSE(always.extra.answers(always.bench.account,
                                     sip::make_response(first->message, 200, sip::Tag{3})));
    Phone none({.count = 0, .each_refresh = true});
    CHECK_FALSE(none.registered(2, true));
}

TEST_CASE("a 503 ends the SUBSCRIBEs of a registration, not those of the next (RFC 3261 21.5.4)")
{
    for (const std::optional<std::uint32_t> seconds : {std::optional<std::uint32_t>{}, {30U}})
    {
        Phone phone({.count = 3, .each_refresh = true});
        std::optional<Send> send = phone.registered(2, true);
        REQUIRE(send);
        send = phone.answer(send->message, 500); // of this one nothing more is said
        REQUIRE(send);
        sip::Message busy = sip::make_response(send->message, 503, sip::Tag{3});
        busy.retry_after = seconds;
        REQUIRE(phone.extra.answers(phone.bench.account, busy));
        CHECK_FALSE(
            phone.extra.on_message(phone.bench.settings, phone.bench.account, phone.now, busy));
        CHECK(phone.extra.idle());
        CHECK(phone.extra.next_deadline() == kNever);
        CHECK_FALSE(phone.extra.answers(phone.bench.account, busy)); // a copy
        send = phone.registered(3, false);
        for (int i = 0; i < 3; ++i)
        {
            REQUIRE(send);
            CHECK((send->message.event == sip::EventPackage::kMessageSummary) == (i == 0));
            send = phone.answer(send->message, 200);
        }
        CHECK_FALSE(send);
    }
}

TEST_CASE(
    "a SUBSCRIBE that is not answered is sent by Timer E and ends by Timer F (RFC 3261 17.1.2.2)")
{
    Phone phone({.count = 2});
    const auto first = phone.registered(2, true);
    REQUIRE(first);
    // T1 = 500 ms, T2 = 4 s: .5, 1.5, 3.5, then every 4 s up to 31.5 s; the end at 32 s.
    std::vector<SimDuration> again;
    std::optional<Send> send;
    while (phone.extra.next_deadline() < kT0 + 32s)
    {
        phone.now = phone.extra.next_deadline();
        send = phone.extra.on_deadline(phone.bench.settings, phone.bench.account, phone.now);
        REQUIRE(send);
        CHECK(send->again);
        CHECK(send->message == first->message);
        again.push_back(phone.now - kT0);
    }
    CHECK(again == std::vector<SimDuration>{500ms,
                                            1500ms,
                                            3500ms,
                                            7500ms,
                                            11500ms,
                                            15500ms,
                                            19500ms,
                                            23500ms,
                                            27500ms,
                                            31500ms});
    phone.now = kT0 + 32s;
    send = phone.extra.on_deadline(phone.bench.settings, phone.bench.account, phone.now);
    REQUIRE(send);
    CHECK_FALSE(send->again); // the next one
    CHECK(send->message.event == sip::EventPackage::kDialog);
    phone.extra.stop();
    CHECK(phone.extra.next_deadline() == kNever);
}

TEST_CASE("a registration is a refresh as long as the account has not failed and lost its binding")
{
    Bench bench;
    bench.start();
    bench.grant(100);
    CHECK(bench.last().initial);
    bench.run_until(bench.next_deadline()); // by default as the binding ends
    bench.grant(100);
    CHECK(bench.last().to == State::kRegistered);
    CHECK_FALSE(bench.last().initial);
    bench.run_until(bench.next_deadline());
    bench.answer(503);
    bench.run_until(bench.next_deadline());
    bench.grant(100);
    CHECK(bench.last().to == State::kRegistered);
    CHECK(bench.last().initial);
    bench.options().refresh.lead = 60s; // longer than the wait after a failure
    bench.run_until(bench.next_deadline());
    bench.grant(100);
    bench.run_until(bench.next_deadline());
    bench.answer(503);
    bench.run_until(bench.next_deadline());
    bench.grant(100);
    CHECK(bench.last().to == State::kRegistered);
    CHECK_FALSE(bench.last().initial); // the binding was there all the time
}
