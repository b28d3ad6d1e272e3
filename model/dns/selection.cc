#include "model/dns/selection.h"

#include "model/dns/uniform.h"

#include <algorithm>
#include <array>
#include <utility>

namespace sipsim::dns
{

namespace
{

using Places = FixedVector<std::uint8_t, kMaxSet>;

/// The number of the chosen one among `left`, which are of one priority; `sum`: of their weights.
std::size_t
choose(std::span<const Srv> records,
       std::span<const std::uint8_t> left,
       std::uint64_t sum,
       Selection selection,
       std::uint64_t bits)
{
    if (selection == Selection::kHighestWeight)
    {
        const auto heaviest = std::ranges::max_element(left, {}, [records](std::uint8_t place) {
            return records[place].weight;
        });
        return static_cast<std::size_t>(heaviest - left.begin());
    }
    if (selection == Selection::kProportional && sum == 0)
    {
        return uniform(bits, left.size());
    }
    // RFC 2782: first running sum >= a number in 0 .. sum. Proportional: > a number in 0 .. sum - 1,
    // which is the same with 1 .. sum.
    const std::uint64_t number =
        selection == Selection::kRfc2782 ? uniform(bits, sum + 1) : 1 + uniform(bits, sum);
    std::uint64_t running = 0;
    for (std::size_t i = 0; i < left.size(); ++i)
    {
        running += records[left[i]].weight;
        if (running >= number)
        {
            return i;
        }
    }
    return left.size() - 1; // not reached: the last running sum is the sum
}

} // namespace

FixedVector<std::uint8_t, kMaxSet>
select(std::span<const Srv> records, Selection selection, const DrawKey& key, std::uint64_t n)
{
    // RFC 2782: by priority; "all those with weight 0 are placed at the beginning of the list".
    // Else as they came; std::stable_sort would allocate.
    const auto before = [](const Srv& x, const Srv& y) {
        return x.priority != y.priority ? x.priority < y.priority : x.weight == 0 && y.weight != 0;
    };
    Places order;
    for (std::size_t i = 0; i < std::min(records.size(), kMaxSet); ++i)
    {
        order.push(static_cast<std::uint8_t>(i));
        for (std::size_t at = i; at > 0 && before(records[i], records[order[at - 1]]); --at)
        {
            std::swap(order[at - 1], order[at]);
        }
    }
    std::uint64_t draws = 0;
    std::array<std::uint64_t, 4> words{}; // of which each choice takes one
    for (auto* first = order.begin(); first != order.end();)
    {
        // Those of one priority.
        std::uint64_t sum = 0;
        auto* last = first;
        for (; last != order.end() && records[*last].priority == records[*first].priority; ++last)
        {
            sum += records[*last].weight;
        }
        for (; last - first > 1; ++first)
        {
            if (draws % words.size() == 0)
            {
                words = draw_words(key,
                                   Purpose::kSrvSelection,
                                   n * kDrawsPerSelection + draws / words.size());
            }
            const std::uint64_t bits = words[draws++ % words.size()];
            auto* chosen = first + choose(records, {first, last}, sum, selection, bits);
            sum -= records[*chosen].weight;
            // To the front; those that are left keep their order.
            for (; chosen != first; --chosen)
            {
                std::swap(chosen[-1], chosen[0]);
            }
        }
        first = last;
    }
    return order;
}

} // namespace sipsim::dns
