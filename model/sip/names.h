#pragma once

// Models : the texts behind identities: canonical ones computed, foreign ones kept.
// Drives : the codec, and whoever writes a name into a configuration.
// Keeps  : text(id(text)) == text; an identity's number never changes within a run; at most
//          `capacity` foreign texts, so that a hostile peer cannot exhaust memory.
// Leaves : thread safety (one run is one thread).

#include "model/sip/ids.h"
#include "model/sip/number_text.h"

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sipsim::sip
{

class Names
{
  public:
    static constexpr std::size_t kMaxText = 255; // octets; Model choice: longer tokens are refused

    explicit Names(std::size_t capacity = 1'000'000);

    // Text to identity; nullopt when the table of foreign texts is full, the text is empty, holds
    // control characters, or is longer than kMaxText octets.
    [[nodiscard]] std::optional<CallId> call_id(std::string_view text);
    [[nodiscard]] std::optional<Tag> tag(std::string_view text);
    [[nodiscard]] std::optional<Branch> branch(std::string_view text);
    [[nodiscard]] std::optional<Nonce> nonce(std::string_view text);
    [[nodiscard]] std::optional<Cnonce> cnonce(std::string_view text);
    [[nodiscard]] std::optional<UserId> user(std::string_view text);
    [[nodiscard]] std::optional<InstanceId> instance(std::string_view text);
    [[nodiscard]] std::optional<OptionTag> option_tag(std::string_view text);
    [[nodiscard]] std::optional<MethodName> method_name(std::string_view text);
    /// A dotted quad becomes the address, anything else a name (RFC 3261 §25.1 host; names are
    /// compared without regard to case, §19.1.4, and kept in lower case).
    [[nodiscard]] std::optional<Host> host(std::string_view text);
    /// Like host(), but the case is kept: a realm enters the digest as it is (RFC 2617 §3.2.1).
    [[nodiscard]] std::optional<Host> realm(std::string_view text);
    /// A URI as it stands, case and all.
    [[nodiscard]] std::optional<UriText> uri_text(std::string_view text);
    /// A token, compared without regard to case (RFC 3261 §7.3.1); nullopt also beyond kLastTransport.
    [[nodiscard]] std::optional<Transport> transport(std::string_view text);
    /// A password shared with a peer outside the simulation.
    [[nodiscard]] std::optional<SecretId> secret(std::string_view text);

    // Identity to text, appended to `out`.
    void append(std::string& out, CallId id) const;
    void append(std::string& out, Tag id) const;
    void append(std::string& out, Branch id) const;
    void append(std::string& out, Nonce id) const;
    void append(std::string& out, Cnonce id) const;
    void append(std::string& out, UserId id) const;
    void append(std::string& out, InstanceId id) const;
    void append(std::string& out, OptionTag id) const;
    void append(std::string& out, Host id) const;
    void append(std::string& out, SecretId id) const;
    void append(std::string& out, MethodName id) const;
    void append(std::string& out, UriText id) const;
    void append(std::string& out, Transport id) const; // in upper case, as a Via has it

    // Length of that text, without making it. Inline: a message has some fifteen of them.
    [[nodiscard]] std::size_t length(CallId id) const
    {
        return length_of(static_cast<std::uint64_t>(id), kHexDigits);
    }

    [[nodiscard]] std::size_t length(Tag id) const
    {
        return length_of(static_cast<std::uint64_t>(id), kHexDigits);
    }

    [[nodiscard]] std::size_t length(Branch id) const
    {
        return length_of(static_cast<std::uint64_t>(id), kMagicCookie.size() + kHexDigits);
    }

    [[nodiscard]] std::size_t length(Nonce id) const
    {
        return length_of(static_cast<std::uint64_t>(id), kHexDigits);
    }

    [[nodiscard]] std::size_t length(Cnonce id) const
    {
        return length_of(static_cast<std::uint64_t>(id), kHexDigits);
    }

    [[nodiscard]] std::size_t length(UserId id) const
    {
        const auto number = static_cast<std::uint64_t>(id);
        return length_of(number,
                         1 + (number < kFirstLongUser ? kUserDigits : decimal_length(number)));
    }

    [[nodiscard]] std::size_t length(InstanceId id) const
    {
        return length_of(static_cast<std::uint64_t>(id), kUuidLength);
    }

    [[nodiscard]] std::size_t length(OptionTag id) const
    {
        return length_of(static_cast<std::uint64_t>(id), kHexDigits);
    }

    [[nodiscard]] std::size_t length(MethodName id) const
    {
        return length_of(static_cast<std::uint64_t>(id), kHexDigits);
    }

    [[nodiscard]] std::size_t length(Host id) const
    {
        const auto number = static_cast<std::uint32_t>(id);
        return is_name(id) ? length_of(kForeign + (number - kFirstHostName), 0)
                           : quad_length(number);
    }

    [[nodiscard]] std::size_t length(Transport id) const
    {
        return id <= Transport::kTls ? 3 : name_of(id).size();
    }

    // The same as a quoted-string, quotes and backslashes included (RFC 3261 §25.1).
    [[nodiscard]] std::size_t quoted_length(UserId id) const
    {
        const auto number = static_cast<std::uint64_t>(id);
        return number < kForeign ? length(id) + 2 : kept_length(number).quoted;
    }

    [[nodiscard]] std::size_t quoted_length(Host id) const
    {
        return is_name(id)
                   ? kept_length(kForeign + (static_cast<std::uint32_t>(id) - kFirstHostName))
                         .quoted
                   : length(id) + 2;
    }

    [[nodiscard]] std::size_t quoted_length(UriText id) const
    {
        return kept_length(kept_number(id)).quoted;
    }

    [[nodiscard]] std::size_t quoted_length(Nonce id) const
    {
        return quoted_hex_length(static_cast<std::uint64_t>(id));
    }

    [[nodiscard]] std::size_t quoted_length(Cnonce id) const
    {
        return quoted_hex_length(static_cast<std::uint64_t>(id));
    }

    /// The foreign text behind an identity's number; empty if the number is canonical.
    [[nodiscard]] std::string_view kept(UserId id) const;
    [[nodiscard]] std::string_view kept(Host id) const;
    [[nodiscard]] std::string_view kept(UriText id) const;
    [[nodiscard]] std::string_view kept(Nonce id) const;
    [[nodiscard]] std::string_view kept(Cnonce id) const;

    template <class Id>
    [[nodiscard]] std::string text(Id id) const
    {
        std::string out;
        append(out, id);
        return out;
    }

  private:
    static constexpr std::string_view kMagicCookie = "z9hG4bK"; // RFC 3261 §8.1.1.7
    static constexpr std::size_t kUserDigits = 7;               // at least
    static constexpr std::uint64_t kFirstLongUser = 10'000'000; // has more
    static constexpr std::size_t kUuidLength = 45;

    struct Length
    {
        std::uint16_t plain = 0;
        std::uint16_t quoted = 0;
    };

    [[nodiscard]] std::size_t length_of(std::uint64_t number, std::size_t canonical_length) const
    {
        return number < kForeign ? canonical_length : kept_length(number).plain;
    }

    [[nodiscard]] std::size_t quoted_hex_length(std::uint64_t number) const
    {
        return number < kForeign ? kHexDigits + 2 : kept_length(number).quoted;
    }

    // Apart, as most messages have no such text.
    [[nodiscard, gnu::cold, gnu::noinline]] Length kept_length(std::uint64_t number) const
    {
        return number - kForeign < lengths_.size() ? lengths_[number - kForeign] : kUnknown;
    }

    static constexpr Length kUnknown{.plain = 7, .quoted = 9}; // "unknown"

    [[nodiscard]] static constexpr std::uint64_t kept_number(UriText id)
    {
        return kForeign - 1 + static_cast<std::uint32_t>(id); // 0 is none
    }

    std::optional<std::uint64_t> intern(std::string_view text);
    template <class Id>
    std::optional<Id> of_hex(std::string_view prefix, std::string_view text);
    [[nodiscard, gnu::cold, gnu::noinline]] std::string_view name_of(Transport id) const;
    [[nodiscard]] const std::string* foreign(std::uint64_t number) const;
    void append_hex(std::string& out, std::string_view prefix, std::uint64_t number) const;

    std::size_t capacity_;
    std::unordered_map<std::string_view, std::uint64_t> numbers_; // keys live in texts_
    std::deque<std::string> texts_;
    std::vector<Length> lengths_;         // of texts_
    std::vector<std::string> transports_; // from kFirstOtherTransport up
};

} // namespace sipsim::sip
