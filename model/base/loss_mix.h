#pragma once

// Models : the default algorithm by loss of RFC 7339 §7.2: requests of two categories, of which the first
//          bears the loss as far as it can and the second what is left.
// Drives : who sends less than it is given (proxy::OverloadClient) or takes less than it is sent
//          (registrar::OverloadServer) counts each request and asks for its category's share.
// Leaves : which requests make up the share: a draw of the caller.
//
// Model choice: the mix of the categories is measured over the last 512 to 1024 requests.

#include <algorithm>
#include <cstdint>

namespace sipsim
{

class LossMix
{
  public:
    void count(bool first)
    {
        constexpr std::uint32_t kMany = 1024;
        ++(first ? first_ : second_);
        if (first_ + second_ >= kMany)
        {
            first_ /= 2;
            second_ /= 2;
        }
    }

    /// The share of a category that is lost, so that it is `wanted` of all; 0 <= wanted <= 1.
    [[nodiscard]] double loss_of(bool first, double wanted) const
    {
        if (wanted <= 0)
        {
            return 0;
        }
        const double share = static_cast<double>(first_) / std::max(first_ + second_, 1U);
        if (first)
        {
            return wanted >= share ? 1.0 : wanted / share;
        }
        return wanted <= share ? 0.0 : (wanted - share) / (1 - share);
    }

  private:
    std::uint32_t first_ = 0; // requests of each category seen lately
    std::uint32_t second_ = 0;
};

} // namespace sipsim
