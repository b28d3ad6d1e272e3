// Admission and replication in their steady state take no memory: every operator new of this executable is counted.

#include "model/registrar/admission.h"
#include "model/registrar/location_group.h"
#include "tests/unit/counted_new.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace sipsim;
using namespace sipsim::registrar;
using namespace std::chrono_literals;

namespace
{

/// Devices with the right password and guessers, each a few requests a second from addresses and with
/// Call-IDs that are ever new, as in an attack that goes on for hours.
class Traffic
{
  public:
    explicit Traffic(Admission& admission)
        : admission_(admission)
    {
    }

    /// From `from` to `to`, a session each 10 ms; gives the requests.
    std::uint64_t run(SimTime from, SimTime to)
    {
        std::uint64_t requests = 0;
        for (SimTime now = from; now < to; now += 10ms)
        {
            ++session_;
            const bool guesser = session_ % 4 == 0;
            Admission::Attempt attempt{.user = sip::UserId{1 + session_ % 700},
                                       .call_id = sip::CallId{session_},
                                       .cseq = sip::CSeq{1},
                                       .source = sip::Host{static_cast<std::uint32_t>(
                                           0x0A00'0001U + session_ * 7 % 90'001)},
                                       .known = true};
            const bool leaves = session_ % 8 == 1; // and never answers its challenge
            for (int n = 0; n < (guesser ? 8 : leaves ? 1 : 2); ++n)
            {
                attempt.cseq = sip::CSeq{static_cast<std::uint32_t>(n + 1)};
                attempt.credentials = n > 0;
                requests += handle(now, attempt, guesser) ? 1 : 0;
            }
            most_sessions_ = std::max(most_sessions_, admission_.kept()[0]);
        }
        return requests;
    }

    /// Kept at once, so far.
    [[nodiscard]] std::size_t most_sessions() const
    {
        return most_sessions_;
    }

  private:
    // As RegistrarServer and Registrar ask.
    bool handle(SimTime now, const Admission::Attempt& attempt, bool guesser)
    {
        if (admission_.on_request(now, attempt.source).action != Verdict::Action::kPass)
        {
            return true;
        }
        admission_.on_queued(now, attempt);
        if (admission_.on_taken_up(now, attempt).action != Verdict::Action::kPass ||
            admission_.on_unproven(now, attempt).action != Verdict::Action::kPass)
        {
            return true;
        }
        if (!attempt.credentials)
        {
            admission_.on_challenged(now, attempt);
        }
        else if (guesser)
        {
            static_cast<void>(admission_.on_wrong(now, attempt));
        }
        else
        {
            admission_.on_right(attempt);
        }
        return true;
    }

    Admission& admission_;
    std::uint64_t session_ = 0;
    std::size_t most_sessions_ = 0;
};

} // namespace

TEST_CASE("admission allocates nothing per request once its tables have grown, whatever the limits")
{
    for (const bool first_request : {false, true})
    {
        CAPTURE(first_request);
        AdmissionOptions options;
        options.session_retries = 6;
        options.session_timeout = 10s;
        options.timer_from = first_request ? AdmissionOptions::TimerFrom::kFirstRequest
                                           : AdmissionOptions::TimerFrom::kFirstChallenge;
        options.timeout_suspends = first_request;
        options.terminal_retries = 6;
        options.suspend = 180s;
        options.register_retries = 20;
        options.register_suspend = 60s;
        options.source_density = 30;
        Admission admission(options);
        Traffic traffic(admission);
        traffic.run(SimTime{0s}, SimTime{45min}); // three rounds through the addresses
        const auto kept = admission.kept();
        // Where a timeout suspends, all who leave a session open may be suspended at a given instant.
        CHECK(traffic.most_sessions() > 0);
        CHECK(kept[1] > 0);
        CHECK(kept[2] > 10'000); // 120 s of new addresses, 100 a second
        const std::size_t before = allocations;
        const std::uint64_t requests = traffic.run(SimTime{45min}, SimTime{60min});
        const std::size_t taken = allocations - before;
        CHECK(requests > 200'000);
        CHECK(taken <= 1); // a table's next chunk now and then, for a quarter of a million requests
    }
}

TEST_CASE("replicated: refreshes that come and go allocate nothing")
{
    LocationGroup group{{.kind = Sharing::kReplicated, .replication_delay = 2s}, 3};
    SimTime now{};
    const auto round = [&](std::uint32_t cseq) {
        for (std::uint64_t user = 1; user <= 2000; ++user)
        {
            now += 1ms;
            Binding binding;
            binding.contact_user = sip::UserId{user};
            binding.contact = {sip::Host{static_cast<std::uint32_t>(user)}, 5060};
            binding.expires_at = now + 60s;
            binding.cseq = sip::CSeq{cseq};
            LocationService::Bindings bindings;
            bindings.push(binding);
            group.service(static_cast<std::uint32_t>(user % 3))
                .change(sip::UserId{user}, bindings, now);
        }
    };
    for (std::uint32_t cseq = 1; cseq <= 10; ++cseq)
    {
        round(cseq);
    }
    const std::size_t before = allocations;
    for (std::uint32_t cseq = 11; cseq <= 60; ++cseq)
    {
        round(cseq);
    }
    CHECK(group.under_way() == 2000); // a change each millisecond, 2 s
    CHECK(allocations - before <= 2); // a queue's next block now and then, for 100 000 changes
}
