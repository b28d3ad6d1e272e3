#pragma once

// Models : the texts behind identities: canonical ones computed, foreign ones kept.
// Drives : the codec, and whoever writes a name into a configuration.
// Keeps  : text(id(text)) == text; an identity's number never changes within a run; at most
//          `capacity` foreign texts, so that a hostile peer cannot exhaust memory.
// Leaves : thread safety (one run is one thread).

#include "model/sip/ids.h"

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

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

    // Length of that text, without making it.
    [[nodiscard]] std::size_t length(CallId id) const;
    [[nodiscard]] std::size_t length(Tag id) const;
    [[nodiscard]] std::size_t length(Branch id) const;
    [[nodiscard]] std::size_t length(Nonce id) const;
    [[nodiscard]] std::size_t length(Cnonce id) const;
    [[nodiscard]] std::size_t length(UserId id) const;
    [[nodiscard]] std::size_t length(InstanceId id) const;
    [[nodiscard]] std::size_t length(OptionTag id) const;
    [[nodiscard]] std::size_t length(Host id) const;
    [[nodiscard]] std::size_t length(MethodName id) const;

    /// The foreign text behind an identity's number; empty if the number is canonical.
    [[nodiscard]] std::string_view kept(UserId id) const;
    [[nodiscard]] std::string_view kept(Host id) const;
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
    std::optional<std::uint64_t> intern(std::string_view text);
    template <class Id>
    std::optional<Id> of_hex(std::string_view prefix, std::string_view text);
    [[nodiscard]] const std::string* foreign(std::uint64_t number) const;
    [[nodiscard]] std::size_t length_of(std::uint64_t number, std::size_t canonical_length) const;
    void append_hex(std::string& out, std::string_view prefix, std::uint64_t number) const;

    std::size_t capacity_;
    std::unordered_map<std::string_view, std::uint64_t> numbers_; // keys live in texts_
    std::deque<std::string> texts_;
};

} // namespace sipsim::sip
