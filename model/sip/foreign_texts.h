#pragma once

// Models : the texts that came from outside, each with its number.
// Drives : Names.
// Keeps  : a number never stands for two texts; all of them take at most the octets given, so that
//          neither a hostile peer nor a long run exhausts memory. A text that is kept stays for the run;
//          when there is no room left, a new one is refused. One that passes lasts until an eighth of the
//          octets came after it was asked for the last time, and is never refused for want of room.
// Leaves : which kind of text is kept and which passes (Names).

#include "model/sip/ids.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sipsim::sip
{

class ForeignTexts
{
  public:
    static constexpr std::size_t kMaxText = 255; // octets; Model choice: longer tokens are refused
    static constexpr std::size_t kMaxOctets = std::size_t{256} << 20U;
    static constexpr std::string_view kUnknown = "unknown"; // a number that stands for no text

    struct Length
    {
        std::uint16_t plain = 0;
        std::uint16_t quoted = 0; // as a quoted-string (RFC 3261 §25.1)
    };

    static constexpr Length kUnknownLength{.plain = kUnknown.size(), .quoted = kUnknown.size() + 2};

    /// Of the texts and what finds them, about; at least 64 KiB.
    explicit ForeignTexts(std::size_t octets);

    /// Neither empty nor longer than kMaxText octets, and without control characters.
    [[nodiscard]] static bool takes(std::string_view text);

    // The number of a text, from kForeign up; nullopt if it is not taken.
    [[nodiscard]] std::optional<std::uint64_t> keep(std::string_view text);
    [[nodiscard]] std::optional<std::uint64_t> pass(std::string_view text);

    /// Empty: the number stands for no text, or for one that has passed.
    [[nodiscard]] std::string_view text(std::uint64_t number) const;

    /// Of that text, or of kUnknown. Apart, as most messages have no such text.
    [[nodiscard, gnu::cold, gnu::noinline]] Length length(std::uint64_t number) const
    {
        return number - kForeign < lengths_.size() ? lengths_[number - kForeign]
                                                   : passing_length(number);
    }

    /// Of the text kept as the one after `place` others.
    [[nodiscard]] Length kept_length(std::size_t place) const
    {
        return place < lengths_.size() ? lengths_[place] : kUnknownLength;
    }

    /// Texts refused for want of room.
    [[nodiscard]] std::uint64_t refused() const
    {
        return refused_;
    }

    /// One more, of a table beside this.
    void refuse()
    {
        ++refused_;
    }

    /// The number of texts kept, and back to it. Precondition: the number of none kept since is in use.
    [[nodiscard]] std::size_t mark() const
    {
        return kept_.size();
    }

    void return_to(std::size_t mark);

  private:
    // From here on numbers are of texts that pass, in the order of their coming.
    static constexpr std::uint64_t kPassing = kForeign + (kForeign >> 1U);

    // Two tables instead of an order of use. A text that is asked for goes over to the latest one, with
    // its number; when that is full it becomes the earlier one, and the one before is forgotten.
    struct Generation
    {
        std::unordered_map<std::uint64_t, std::string> texts;
        std::unordered_map<std::string_view, std::uint64_t> numbers; // keys live in texts
        std::size_t octets = 0;
    };

    [[nodiscard]] Length passing_length(std::uint64_t number) const;

    std::size_t passing_limit_; // of a generation
    std::size_t kept_limit_;
    std::size_t kept_octets_ = 0;
    std::uint64_t refused_ = 0;
    std::unordered_map<std::string_view, std::uint64_t> numbers_; // keys live in kept_
    std::deque<std::string> kept_;
    std::vector<Length> lengths_; // of kept_
    Generation latest_;
    Generation earlier_;
    std::uint64_t next_passing_ = kPassing;
};

} // namespace sipsim::sip
