#pragma once

// Models : the texts behind identities: canonical ones computed, foreign ones kept.
// Drives : the codec, and whoever writes a name into a configuration.
// Keeps  : text(id(text)) == text; a number never stands for two texts. Texts of users, hosts and the
//          like are kept for the whole run; Call-ID, tag, branch, nonce and cnonce, which are new with
//          each registration, pass (foreign_texts.h).
// Leaves : thread safety (one run is one thread). Model choice: a text that passed and comes again is a
//          new identity, as the Call-ID of a refresh may be that comes a hundred thousand texts later.

#include "model/sip/foreign_texts.h"
#include "model/sip/ids.h"
#include "model/sip/number_text.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sipsim::sip
{

class Names
{
  public:
    static constexpr std::size_t kMaxText = ForeignTexts::kMaxText;

    /// `octets`: of all foreign texts and what finds them, see ForeignTexts.
    explicit Names(std::size_t octets = ForeignTexts::kMaxOctets)
        : texts_(octets)
    {
    }

    /// Texts not taken as there was no room for them. They are no identities: their datagrams are refused,
    /// with 500 where a response can be addressed without them.
    [[nodiscard]] std::uint64_t refused() const
    {
        return texts_.refused();
    }

    struct Mark
    {
        std::size_t texts;
        std::size_t transports;
    };

    /// What is kept for the run, and back to it. Precondition of return_to(): no identity made since the
    /// mark is in use.
    [[nodiscard]] Mark mark() const;
    void return_to(Mark mark);

    // Text to identity; nullopt when there is no room for it, the text is empty, holds control
    // characters, or is longer than kMaxText octets.
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
        return is_name(id) ? texts_.kept_length(number - kFirstHostName).plain
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
        return number < kForeign ? length(id) + 2 : texts_.length(number).quoted;
    }

    [[nodiscard]] std::size_t quoted_length(Host id) const
    {
        const auto number = static_cast<std::uint32_t>(id);
        return is_name(id) ? texts_.kept_length(number - kFirstHostName).quoted
                           : quad_length(number) + 2;
    }

    [[nodiscard]] std::size_t quoted_length(UriText id) const
    {
        return texts_.length(kept_number(id)).quoted;
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

    [[nodiscard]] std::size_t length_of(std::uint64_t number, std::size_t canonical_length) const
    {
        return number < kForeign ? canonical_length : texts_.length(number).plain;
    }

    [[nodiscard]] std::size_t quoted_hex_length(std::uint64_t number) const
    {
        return number < kForeign ? kHexDigits + 2 : texts_.length(number).quoted;
    }

    [[nodiscard]] static constexpr std::uint64_t kept_number(UriText id)
    {
        return kForeign - 1 + static_cast<std::uint32_t>(id); // 0 is none
    }

    template <class Id>
    std::optional<Id> of_hex(std::string_view prefix, std::string_view text);
    [[nodiscard, gnu::cold, gnu::noinline]] std::string_view name_of(Transport id) const;
    void append_hex(std::string& out, std::string_view prefix, std::uint64_t number) const;

    ForeignTexts texts_;
    std::vector<std::string> transports_; // from kFirstOtherTransport up
};

} // namespace sipsim::sip
