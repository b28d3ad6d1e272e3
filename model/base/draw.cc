#include "model/base/draw.h"

#include <Random123/philox.h>

#include <cmath>

namespace sipsim
{

std::array<std::uint64_t, 4>
draw_words(const DrawKey& key, Purpose purpose, std::uint64_t n)
{
    using Philox = r123::Philox4x64;
    const std::uint64_t who = (std::uint64_t{key.device} << 32U) | key.account;
    const Philox::ctr_type counter{{n, static_cast<std::uint64_t>(purpose), 0, 0}};
    const Philox::key_type philox_key{{key.seed, who}};
    const Philox::ctr_type drawn = Philox{}(counter, philox_key);
    return {drawn[0], drawn[1], drawn[2], drawn[3]};
}

std::uint64_t
draw_bits(const DrawKey& key, Purpose purpose, std::uint64_t n)
{
    return draw_words(key, purpose, n)[0];
}

double
draw(const DrawKey& key, Purpose purpose, std::uint64_t n)
{
    return static_cast<double>(draw_bits(key, purpose, n) >> 11U) * 0x1.0p-53;
}

SimDuration
draw_between(const DrawKey& key,
             Purpose purpose,
             std::uint64_t n,
             SimDuration low,
             SimDuration high)
{
    if (high <= low)
    {
        return low;
    }
    const double width = static_cast<double>((high - low).count());
    return low + SimDuration{static_cast<SimDuration::rep>(width * draw(key, purpose, n))};
}

SimDuration
draw_exponential(const DrawKey& key, Purpose purpose, std::uint64_t n, SimDuration mean)
{
    const double u = draw(key, purpose, n);
    return SimDuration{std::llround(-std::log1p(-u) * static_cast<double>(mean.count()))};
}

} // namespace sipsim
