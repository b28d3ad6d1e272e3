#include "analysis/models.h"

#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

using namespace sipsim::analysis;
using doctest::Approx;

namespace
{

// 1000 accounts, one refresh per hour, a registrar dead for 10 min, 20 s between attempts.
OutageLaw
main_job(double wait_s = 20.0)
{
    return {.accounts = 1000, .refresh_period_s = 3600, .outage_s = 600, .retry_wait_s = wait_s};
}

// What the closed forms integrate, counted account by account on a fine grid of first failures.
struct Counted
{
    double requests = 0.0; // within the outage
    double back = 0.0;     // share of those in retry that sent within t after the end
};

Counted
count(const OutageLaw& law, double t_s)
{
    constexpr int kAccounts = 60000;
    const double first = std::min(law.outage_s, law.refresh_period_s);
    Counted out;
    for (int i = 0; i < kAccounts; ++i)
    {
        const double begun = (i + 0.5) / kAccounts * first;
        bool back = false;
        for (double attempt = begun; attempt <= law.outage_s + t_s; attempt += retry_cycle_s(law))
        {
            for (const double offset : law.resend.sent_at_s)
            {
                const double sent = attempt + offset;
                out.requests += sent <= law.outage_s ? 1.0 : 0.0;
                back = back || (sent > law.outage_s && sent <= law.outage_s + t_s);
            }
        }
        out.back += back ? 1.0 : 0.0;
    }
    out.requests *= accounts_in_retry(law) / kAccounts;
    out.back /= kAccounts;
    return out;
}

} // namespace

TEST_CASE(
    "in equilibrium N accounts with period r send N/r requests per second, twice with a challenge")
{
    CHECK(steady_register_rate(1000, 3600, 1) == Approx(0.27778).epsilon(1e-4));
    CHECK(steady_register_rate(1000, 3600, 2) == Approx(0.55556).epsilon(1e-4));
}

TEST_CASE("an unanswered REGISTER leaves 11 times and fails at 32 s (RFC 3261 17.1.2.2)")
{
    const auto law = rfc3261_resend_law();
    const std::vector<double> expected{0, .5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5};
    CHECK(law.sent_at_s == expected);
    CHECK(law.give_up_s == 32.0);
    // T1 above T2: 8, then MIN(2*8, 4) = 4 s each, before 64*8 = 512 s.
    const auto slow = rfc3261_resend_law(8.0, 4.0);
    CHECK(slow.sent_at_s.size() == 2 + (508 - 8) / 4);
    CHECK(slow.sent_at_s[1] == 8.0);
    CHECK(slow.sent_at_s[2] == 12.0);
    CHECK(slow.sent_at_s.back() == 508.0);
    CHECK(slow.give_up_s == 512.0);
}

TEST_CASE("an outage of length D touches N min(1, D/r) accounts, all of them if bindings are lost")
{
    auto law = main_job();
    CHECK(accounts_in_retry(law) == Approx(1000.0 / 6.0));
    CHECK(affected_accounts(law) == Approx(1000.0 / 6.0));
    law.bindings_lost = true;
    CHECK(accounts_in_retry(law) == Approx(1000.0 / 6.0));
    CHECK(affected_accounts(law) == 1000.0);
    law.bindings_lost = false;
    law.outage_s = 7200; // longer than the period
    CHECK(affected_accounts(law) == 1000.0);
}

TEST_CASE("an account in retry offers 11 requests per 32 s + wait")
{
    CHECK(offered_rate_per_account(main_job(20)) == Approx(11.0 / 52.0));
    CHECK(offered_rate_per_account(main_job(1200)) == Approx(11.0 / 1232.0));
}

TEST_CASE("the requests of an outage are the sum of what is left of it after each copy")
{
    // An outage of 4 s: copies at 0, .5, 1.5, 3.5 count, for 4 + 3.5 + 2.5 + 0.5 = 10.5 account
    // seconds, N/r = 1/3.6 per second: 2.9167 requests.
    auto law = main_job();
    law.outage_s = 4.0;
    CHECK(expected_requests_in_outage(law) == Approx(10.5 / 3.6));
}

TEST_CASE("requests and returns agree with a count over 60 000 accounts")
{
    for (const double wait : {1.0, 20.0, 60.0, 300.0, 1200.0})
    {
        for (const double outage : {10.0, 600.0, 5000.0})
        {
            auto law = main_job(wait);
            law.outage_s = outage;
            for (const double t : {0.7, 4.0, 30.0, 900.0})
            {
                CAPTURE(wait);
                CAPTURE(outage);
                CAPTURE(t);
                const auto counted = count(law, t);
                // The grid is 10 ms to 83 ms wide: an error of one cell per copy, below 1e-3.
                CHECK(expected_requests_in_outage(law) == Approx(counted.requests).epsilon(2e-3));
                CHECK(resend_within(law, t) == Approx(counted.back).epsilon(2e-3));
            }
        }
    }
}

TEST_CASE("with a uniform phase an account is back within T2 with probability 31.5 / (32 + wait)")
{
    // The gaps .5 + 1 + 2 + 7 * 4 = 31.5 s lie inside the attempt, none longer than 4 s, and 4 s of
    // the last gap (0.5 s + wait) count too: the last copy leaves at 31.5 s.
    const auto law = main_job(20);
    CHECK(resend_within_uniform_phase(law, 4.0) == Approx((31.5 + 4.0) / 52.0));
    CHECK(resend_within_uniform_phase(law, 20.5) == Approx(1.0));
    // Within the wait uniform: between 4 s and 20.5 s only the last gap contributes.
    CHECK(resend_within_uniform_phase(law, 12.0) - resend_within_uniform_phase(law, 8.0) ==
          Approx(4.0 / 52.0));
}

TEST_CASE("an outage of whole cycles has a uniform phase")
{
    auto law = main_job(28); // cycle 60 s, outage ten of them
    for (const double t : {0.5, 1.0, 4.0, 15.0, 28.0})
    {
        CHECK(resend_within(law, t) == Approx(resend_within_uniform_phase(law, t)));
    }
}

TEST_CASE("a wait longer than the outage leaves everyone waiting for at least the difference")
{
    // Wait 1200 s, outage 600 s: who began s before the end (s > 31.5) sends again 1232 - s after it,
    // at the earliest after 632 s. Until then only those within their first attempt: 31.5 / 600.
    const auto law = main_job(1200);
    CHECK(resend_within(law, 100.0) == Approx(31.5 / 600.0));
    CHECK(resend_within(law, 631.9) == Approx(31.5 / 600.0));
    CHECK(resend_within(law, 1200.5) == Approx(1.0));
}

TEST_CASE("the first second after the outage brings the accounts whose next copy is due in it")
{
    // Uniform phase, cycle 60 s: the gaps give .5 + 1 + 1 + 7 * 1 + 1 = 10.5 s of it within 1 s.
    const auto law = main_job(28);
    CHECK(return_rate(law, 0.0, 1.0) == Approx(1000.0 / 6.0 * 10.5 / 60.0));
}

TEST_CASE("with bindings kept the share falls by who failed longer ago than the lead")
{
    // At the end of the outage those whose refresh failed more than 60 s ago are missing:
    // (600 - 60) / 3600 = 15 %.
    auto law = main_job(20);
    law.refresh_lead_s = 60;
    CHECK(expected_share(law, 0.0) == Approx(0.85));
    CHECK(expected_share(law, 20.5) == Approx(1.0));
    law.refresh_lead_s = 600; // bindings outlive the outage
    CHECK(expected_share(law, 0.0) == Approx(1.0));
}

TEST_CASE("with bindings lost the share comes back with the refreshes, over r - D")
{
    // Nobody at t = 0. After the retries of wait 20 s are done (20.5 s), missing are those whose
    // refresh is still to come: (3000 - t) / 3600.
    auto law = main_job(20);
    law.bindings_lost = true;
    CHECK(expected_share(law, 0.0) == Approx(0.0));
    CHECK(expected_share(law, 300.0) == Approx(1.0 - 2700.0 / 3600.0));
    CHECK(expected_share(law, 3000.0) == Approx(1.0));
    // 99 %: (3000 - t) / 3600 = 0.01 at t = 2964 s.
    CHECK(time_to_expected_share(law, 0.99, 3600.0) == Approx(2964.0));
}

TEST_CASE("a share already there takes no time, one never there is told by a negative time")
{
    auto law = main_job(20);
    law.refresh_lead_s = 600;
    CHECK(time_to_expected_share(law, 0.99, 3600.0) == 0.0);
    law.bindings_lost = true;
    CHECK(time_to_expected_share(law, 0.99, 100.0) < 0.0);
}

TEST_CASE(
    "a stale binding lives E - r/2 on average, 2306 s for a refresh drawn from 0.5 E to 0.9 E")
{
    CHECK(mean_stale_life(3600, 3000, 3000) == Approx(2100.0));
    CHECK(mean_stale_life(3600, 1800, 3240) == Approx(2306.0).epsilon(5e-4));
}

TEST_CASE("these laws and those of analysis/laws.py give the values of one table")
{
    std::ifstream table(SIPSIM_SOURCE_DIR "/tests/analysis/laws.csv");
    REQUIRE(table);
    int rows = 0;
    for (std::string line; std::getline(table, line);)
    {
        if (line.starts_with("#"))
        {
            continue;
        }
        std::istringstream row(line);
        std::vector<double> value;
        for (std::string field; std::getline(row, field, ',');)
        {
            value.push_back(std::stod(field));
        }
        REQUIRE(value.size() == 7);
        const OutageLaw law{.accounts = value[0],
                            .refresh_period_s = value[1],
                            .outage_s = value[2],
                            .retry_wait_s = value[3]};
        CHECK(expected_requests_in_outage(law) == Approx(value[4]).epsilon(1e-8));
        CHECK(resend_within(law, value[5]) == Approx(value[6]).epsilon(1e-9));
        ++rows;
    }
    CHECK(rows == 3);
}
