#include "model/dns/selection.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <vector>

using namespace sipsim;
using namespace sipsim::dns;

namespace
{

using Weights = std::vector<std::uint16_t>;
using Order = std::vector<std::size_t>;

constexpr int kDraws = 100'000;

// Three standard errors of a share of so many draws: at most 3 * 0.5 / sqrt(1e5) = 0.0047.
constexpr double kTolerance = 0.0047;

std::vector<Srv>
records(const Weights& weights, std::uint16_t priority = 1)
{
    std::vector<Srv> all;
    for (const auto weight : weights)
    {
        all.push_back({priority, weight, 5060, kRoot});
    }
    return all;
}

Order
order(const std::vector<Srv>& of, Selection selection, std::uint64_t n)
{
    const auto selected = select(of, selection, {3, 1, 0}, n);
    return {selected.begin(), selected.end()};
}

/// How often each record is the first of `kDraws`.
std::vector<double>
first_shares(const Weights& weights, Selection selection)
{
    std::vector<double> shares(weights.size());
    for (int n = 0; n < kDraws; ++n)
    {
        shares[order(records(weights), selection, static_cast<std::uint64_t>(n)).front()] +=
            1.0 / kDraws;
    }
    return shares;
}

/// The probability that `left[i]` is chosen next. RFC 2782: of the sum + 1 integers, record i takes those
/// above the running sum before it and up to its own, w of them; the first takes 0 as well.
double
probability(const Weights& weights, const Order& left, std::size_t i, Selection selection)
{
    double sum = 0;
    for (const auto place : left)
    {
        sum += weights[place];
    }
    const double weight = weights[left[i]];
    if (selection == Selection::kRfc2782)
    {
        return (weight + (i == 0 ? 1 : 0)) / (sum + 1);
    }
    return sum > 0 ? weight / sum : 1.0 / static_cast<double>(left.size());
}

/// The probability of each order, as the product of its choices.
void
probabilities(const Weights& weights,
              Order left,
              Order chosen,
              double so_far,
              Selection selection,
              std::map<Order, double>& out)
{
    if (left.empty())
    {
        out[chosen] = so_far;
        return;
    }
    for (std::size_t i = 0; i < left.size(); ++i)
    {
        Order rest = left;
        rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(i));
        Order next = chosen;
        next.push_back(left[i]);
        probabilities(weights,
                      rest,
                      next,
                      so_far * probability(weights, left, i, selection),
                      selection,
                      out);
    }
}

std::map<Order, double>
expected(const Weights& weights, Selection selection)
{
    Order left(weights.size());
    std::iota(left.begin(), left.end(), 0);
    std::stable_partition(left.begin(), left.end(), [&](std::size_t i) { return weights[i] == 0; });
    std::map<Order, double> out;
    probabilities(weights, left, {}, 1.0, selection, out);
    return out;
}

/// The value that chi-square exceeds once in 1000 (Wilson and Hilferty).
double
critical(double degrees)
{
    const double a = 2 / (9 * degrees);
    return degrees * std::pow(1 - a + 3.09 * std::sqrt(a), 3);
}

} // namespace

TEST_CASE(
    "the letter of the algorithm: {1,1} 2/3 and 1/3, {0,1,1} a third each, {60,40} 61/101 and "
    "40/101 (RFC 2782)")
{
    const auto near = [](const std::vector<double>& shares, const std::vector<double>& exact) {
        for (std::size_t i = 0; i < shares.size(); ++i)
        {
            CHECK(std::abs(shares[i] - exact[i]) < kTolerance);
        }
    };
    near(first_shares({1, 1}, Selection::kRfc2782), {2.0 / 3, 1.0 / 3});
    near(first_shares({0, 1, 1}, Selection::kRfc2782), {1.0 / 3, 1.0 / 3, 1.0 / 3});
    near(first_shares({60, 40}, Selection::kRfc2782), {61.0 / 101, 40.0 / 101});
    near(first_shares({1, 1}, Selection::kProportional), {0.5, 0.5});
    near(first_shares({0, 1, 1}, Selection::kProportional), {0, 0.5, 0.5});
    near(first_shares({60, 40}, Selection::kProportional), {0.6, 0.4});
    // A weight of 0 stands first wherever it arrived.
    near(first_shares({1, 1, 0}, Selection::kRfc2782), {1.0 / 3, 1.0 / 3, 1.0 / 3});
}

TEST_CASE(
    "a Yealink phone takes the heaviest record always, of equal ones the first (SIP-T46G guide)")
{
    const auto always = [](const Weights& weights, std::size_t place) {
        const std::vector<double> shares = first_shares(weights, Selection::kHighestWeight);
        CHECK(std::abs(shares[place] - 1.0) < 1e-9); // a sum of kDraws equal parts
    };
    always({1, 3}, 1);
    always({2, 2, 1}, 0);
    always({0, 0}, 0);
    always({1, 0, 5}, 2);
}

TEST_CASE("whole orders come as often as the product of their choices says (RFC 2782)")
{
    const std::vector<Weights> sets{{1, 1},
                                    {0, 1, 1},
                                    {60, 40},
                                    {1, 2, 3},
                                    {0, 0, 5},
                                    {10, 0, 10, 20},
                                    {0, 0, 0},
                                    {65535, 65535},
                                    {1, 1, 1, 1},
                                    {100, 1, 1},
                                    {5, 0}};
    for (const auto selection : {Selection::kRfc2782, Selection::kProportional})
    {
        for (const auto& weights : sets)
        {
            std::map<Order, int> seen;
            const auto of = records(weights);
            for (int n = 0; n < kDraws; ++n)
            {
                ++seen[order(of, selection, static_cast<std::uint64_t>(n))];
            }
            double chi_square = 0;
            int cells = 0;
            for (const auto& [sequence, share] : expected(weights, selection))
            {
                const double due = share * kDraws;
                const double count = seen.contains(sequence) ? seen[sequence] : 0;
                if (due == 0)
                {
                    CHECK(count == 0);
                    continue;
                }
                ++cells;
                chi_square += (count - due) * (count - due) / due;
            }
            CAPTURE(static_cast<int>(selection));
            CAPTURE(weights.size());
            CAPTURE(weights[0]);
            if (cells > 1)
            {
                CHECK(chi_square < critical(cells - 1));
            }
            else
            {
                CHECK(seen.size() == 1);
            }
        }
    }
}

TEST_CASE("a lower priority number always comes first, whatever the weights (RFC 2782 Priority)")
{
    std::vector<Srv> of = records({0, 5, 100}, 20);
    for (const auto& r : records({1, 0, 7}, 10))
    {
        of.push_back(r);
    }
    of.push_back({0, 0, 5060, kRoot});
    for (const auto selection : {Selection::kRfc2782, Selection::kProportional})
    {
        for (std::uint64_t n = 0; n < 10'000; ++n)
        {
            Order o = order(of, selection, n);
            const bool sorted = std::ranges::is_sorted(o, {}, [&of](std::size_t place) {
                return of[place].priority;
            });
            CHECK(sorted);
            std::ranges::sort(o);
            CHECK(o == Order{0, 1, 2, 3, 4, 5, 6});
        }
    }
}

TEST_CASE("an order is a function of key and number alone; other keys and numbers differ")
{
    const auto of = records({1, 1, 1, 1, 1, 1, 1, 1});
    CHECK(order(of, Selection::kRfc2782, 4) == order(of, Selection::kRfc2782, 4));
    int same = 0;
    for (std::uint64_t n = 0; n < 100; ++n)
    {
        const auto other = select(of, Selection::kRfc2782, {3, 2, 0}, n);
        same += order(of, Selection::kRfc2782, n) == Order(other.begin(), other.end()) ? 1 : 0;
    }
    CHECK(same < 5); // 8! orders
}

TEST_CASE("none and one are no choice")
{
    CHECK(order({}, Selection::kRfc2782, 0).empty());
    CHECK(order(records({0}), Selection::kRfc2782, 0) == Order{0});
}
