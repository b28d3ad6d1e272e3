#include "model/dns/names.h"

#include <algorithm>
#include <array>

namespace sipsim::dns
{

namespace
{

constexpr std::size_t kMaxString = 65535;

char
lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/// The octets of one label in lower case, without allocation; a label may be as long as a name so that
/// the caller sees that it is too long.
struct Label
{
    std::array<char, kMaxNameOctets> octets{};
    std::size_t size = 0;

    bool push(char c)
    {
        if (size == octets.size())
        {
            return false;
        }
        octets[size++] = lower(c);
        return true;
    }

    [[nodiscard]] std::string_view view() const
    {
        return {octets.data(), size};
    }
};

Label
lowered(std::string_view text)
{
    Label label;
    for (const char c : text)
    {
        if (!label.push(c))
        {
            break;
        }
    }
    return label;
}

/// Reads one octet of a label at `at`, an escape perhaps; empty: a broken escape (RFC 1035 §5.1).
std::optional<char>
next_octet(std::string_view text, std::size_t& at)
{
    if (text[at] != '\\')
    {
        return text[at++];
    }
    ++at;
    if (at == text.size())
    {
        return std::nullopt;
    }
    if (!is_digit(text[at]))
    {
        return text[at++];
    }
    if (at + 3 > text.size() || !is_digit(text[at + 1]) || !is_digit(text[at + 2]))
    {
        return std::nullopt;
    }
    const int value = (text[at] - '0') * 100 + (text[at + 1] - '0') * 10 + (text[at + 2] - '0');
    at += 3;
    return value <= 255 ? std::optional{static_cast<char>(value)} : std::nullopt;
}

} // namespace

Names::Names(std::size_t capacity)
    : capacity_(capacity)
{
    texts_.emplace_back();
    strings_.push_back(&texts_.front());
    numbers_.emplace(texts_.front(), 0);
    nodes_.push_back({.label = &texts_.front()});
}

const std::string*
Names::kept(std::string_view text)
{
    if (const auto found = numbers_.find(text); found != numbers_.end())
    {
        return strings_[found->second];
    }
    if (size() >= capacity_ || text.size() > kMaxString)
    {
        return nullptr;
    }
    texts_.emplace_back(text);
    numbers_.emplace(texts_.back(), static_cast<std::uint32_t>(strings_.size()));
    strings_.push_back(&texts_.back());
    return strings_.back();
}

std::optional<Octets>
Names::octets(std::string_view text)
{
    if (kept(text) == nullptr)
    {
        return std::nullopt;
    }
    return Octets{numbers_.find(text)->second};
}

std::optional<Name>
Names::find_child(Name parent, std::string_view label) const
{
    const Label key = lowered(label);
    const auto found = children_.find(Key{parent, key.view()});
    return found != children_.end() ? std::optional{found->second} : std::nullopt;
}

std::optional<Name>
Names::child(Name parent, std::string_view label)
{
    if (const auto known = find_child(parent, label))
    {
        return known;
    }
    // RFC 1035 §2.3.4; an empty label is the root's alone (§3.1).
    if (label.empty() || label.size() > kMaxLabelOctets ||
        wire_length(parent) + label.size() + 1 > kMaxNameOctets || size() >= capacity_)
    {
        return std::nullopt;
    }
    const std::string* text = kept(lowered(label).view());
    if (text == nullptr)
    {
        return std::nullopt;
    }
    const Name name{static_cast<std::uint32_t>(nodes_.size())};
    nodes_.push_back(
        {.parent = parent,
         .depth = static_cast<std::uint8_t>(depth(parent) + 1),
         .wire_length = static_cast<std::uint8_t>(wire_length(parent) + label.size() + 1),
         .label = text});
    children_.emplace(Key{parent, *text}, name);
    return name;
}

std::optional<Name>
Names::name(std::string_view text)
{
    if (text == ".")
    {
        return kRoot;
    }
    // Labels from the left; a name has at most 127 of them in 255 octets.
    std::array<Label, kMaxNameOctets / 2> labels;
    std::size_t count = 0;
    std::size_t at = 0;
    while (at < text.size())
    {
        if (count == labels.size())
        {
            return std::nullopt;
        }
        Label& label = labels[count++];
        while (at < text.size() && text[at] != '.')
        {
            const auto octet = next_octet(text, at);
            if (!octet || !label.push(*octet))
            {
                return std::nullopt;
            }
        }
        ++at; // the dot
    }
    std::optional<Name> name = count == 0 ? std::nullopt : std::optional{kRoot};
    while (name && count > 0)
    {
        name = child(*name, labels[--count].view());
    }
    return name;
}

std::optional<Name>
Names::below(Name domain, std::string_view labels)
{
    std::optional<Name> name = domain;
    while (name && !labels.empty())
    {
        const auto dot = labels.rfind('.');
        const std::size_t first = dot == std::string_view::npos ? 0 : dot + 1;
        name = child(*name, labels.substr(first));
        labels = labels.substr(0, dot == std::string_view::npos ? 0 : dot);
    }
    return name;
}

std::string
Names::text(Name name) const
{
    if (name == kRoot)
    {
        return ".";
    }
    std::string out;
    for (; name != kRoot; name = parent(name))
    {
        if (!out.empty())
        {
            out += '.';
        }
        for (const char c : label(name))
        {
            const auto value = static_cast<unsigned char>(c);
            if (value <= 0x20 || value >= 0x7F)
            {
                out += '\\';
                out += static_cast<char>('0' + value / 100);
                out += static_cast<char>('0' + value / 10 % 10);
                out += static_cast<char>('0' + value % 10);
                continue;
            }
            if (c == '.' || c == '\\')
            {
                out += '\\';
            }
            out += c;
        }
    }
    return out;
}

} // namespace sipsim::dns
