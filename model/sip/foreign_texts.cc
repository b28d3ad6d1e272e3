#include "model/sip/foreign_texts.h"

#include "model/sip/text.h"

#include <algorithm>
#include <utility>

namespace sipsim::sip
{

namespace
{

constexpr std::size_t kLeastOctets = std::size_t{64} << 10U; // else a message's own might not last
constexpr std::size_t kPlaces = 160; // octets of a text's places in two tables (glibc, 64 bits)
constexpr std::size_t kMaxHostNames =
    0x0FFF'FFFEU; // a Host has 28 bits, 255.255.255.255 stays unused

constexpr std::size_t
octets_of(std::string_view text)
{
    return kPlaces + text.size();
}

} // namespace

ForeignTexts::ForeignTexts(std::size_t octets)
    : passing_limit_(std::max(octets, kLeastOctets) / 8), // two generations are a quarter
      kept_limit_(std::max(octets, kLeastOctets) / 4 * 3)
{
}

bool
ForeignTexts::takes(std::string_view text)
{
    return !text.empty() && text.size() <= kMaxText && std::ranges::none_of(text, [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    });
}

std::optional<std::uint64_t>
ForeignTexts::keep(std::string_view text)
{
    const auto found = numbers_.find(text);
    if (found != numbers_.end())
    {
        return found->second;
    }
    if (!takes(text))
    {
        return std::nullopt;
    }
    if (kept_octets_ + octets_of(text) > kept_limit_ || kept_.size() >= kMaxHostNames)
    {
        ++refused_;
        return std::nullopt;
    }
    const std::uint64_t number = kForeign + kept_.size();
    kept_.emplace_back(text);
    lengths_.push_back({.plain = static_cast<std::uint16_t>(text.size()),
                        .quoted = static_cast<std::uint16_t>(quoted_length(text))});
    numbers_.emplace(kept_.back(), number);
    kept_octets_ += octets_of(text);
    return number;
}

std::optional<std::uint64_t>
ForeignTexts::pass(std::string_view text)
{
    const auto found = latest_.numbers.find(text);
    if (found != latest_.numbers.end())
    {
        return found->second;
    }
    if (!takes(text))
    {
        return std::nullopt;
    }
    const auto before = earlier_.numbers.find(text);
    const std::uint64_t number =
        before != earlier_.numbers.end() ? before->second : next_passing_++;
    if (latest_.octets + octets_of(text) > passing_limit_)
    {
        earlier_ = std::exchange(latest_, {});
    }
    const auto placed = latest_.texts.emplace(number, text).first;
    latest_.numbers.emplace(placed->second, number);
    latest_.octets += octets_of(text);
    return number;
}

std::string_view
ForeignTexts::text(std::uint64_t number) const
{
    if (number < kPassing)
    {
        return number >= kForeign && number - kForeign < kept_.size()
                   ? std::string_view{kept_[number - kForeign]}
                   : std::string_view{};
    }
    for (const Generation* generation : {&latest_, &earlier_})
    {
        const auto found = generation->texts.find(number);
        if (found != generation->texts.end())
        {
            return found->second;
        }
    }
    return {};
}

ForeignTexts::Length
ForeignTexts::passing_length(std::uint64_t number) const
{
    const std::string_view known = text(number);
    const std::string_view printed = known.empty() ? kUnknown : known;
    return {.plain = static_cast<std::uint16_t>(printed.size()),
            .quoted = static_cast<std::uint16_t>(quoted_length(printed))};
}

void
ForeignTexts::return_to(std::size_t mark)
{
    while (kept_.size() > mark)
    {
        kept_octets_ -= octets_of(kept_.back());
        numbers_.erase(kept_.back());
        lengths_.pop_back();
        kept_.pop_back();
    }
}

} // namespace sipsim::sip
