#include "model/network/xml_scanner.h"

#include "model/network/xml_text.h"

#include <algorithm>
#include <utility>

namespace sipsim::network
{

namespace
{

/// GraphML's longest tag, <key>, has five.
constexpr std::size_t kMaxAttributes = 64;

bool
is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool
starts_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' ||
           static_cast<unsigned char>(c) >= 0x80;
}

bool
continues_name(char c)
{
    return starts_name(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

std::string
lower(std::string_view text)
{
    std::string result{text};
    std::transform(result.begin(), result.end(), result.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return result;
}

} // namespace

XmlScanner::XmlScanner(std::string_view text, std::size_t max_depth)
    : text_(text),
      max_depth_(max_depth)
{
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (const auto bad = first_bad_byte(text_))
    {
        fail(*bad, "this byte is not UTF-8 text: save the file as UTF-8");
    }
    if (text_.starts_with(kByteOrderMark))
    {
        pos_ = kByteOrderMark.size();
    }
}

std::optional<XmlEvent>
XmlScanner::next()
{
    if (problem_)
    {
        return std::nullopt;
    }
    if (pending_end_)
    {
        open_.pop_back();
        return std::exchange(pending_end_, std::nullopt);
    }
    while (pos_ < text_.size())
    {
        const std::string_view rest = text_.substr(pos_);
        if (rest.starts_with("<!--"))
        {
            if (!skip_past("-->", "comment"))
            {
                return std::nullopt;
            }
        }
        else if (rest.starts_with("<?"))
        {
            const std::size_t begin = pos_;
            if (!skip_past("?>", "processing instruction") ||
                !declaration(text_.substr(begin, pos_ - begin)))
            {
                return std::nullopt;
            }
        }
        else if (open_.empty() && is_space(rest.front()))
        {
            ++pos_;
        }
        else
        {
            return rest.front() == '<' ? markup() : character_data();
        }
    }
    return at_end();
}

std::optional<XmlEvent>
XmlScanner::at_end()
{
    if (!open_.empty())
    {
        return fail(text_.size(),
                    "the file ends inside <" + std::string{open_.back()} +
                        ">: it was cut off, or an end tag is missing");
    }
    if (!root_seen_)
    {
        return fail(text_.size(), "the file holds no XML element: a GraphML file is expected");
    }
    return std::nullopt;
}

std::optional<XmlEvent>
XmlScanner::markup()
{
    const std::string_view rest = text_.substr(pos_);
    if (rest.starts_with("</"))
    {
        return end_tag();
    }
    if (rest.starts_with("<![CDATA["))
    {
        return cdata();
    }
    if (rest.starts_with("<!"))
    {
        return fail(pos_, "DOCTYPE and entity declarations are refused: delete them");
    }
    return start_tag();
}

std::optional<XmlEvent>
XmlScanner::start_tag()
{
    XmlEvent event = event_at(XmlEvent::Kind::kStart, pos_);
    ++pos_;
    event.name = scan_name();
    if (event.name.empty())
    {
        return fail(event.begin, "'<' does not begin a tag: write &lt; for the character");
    }
    if (open_.empty() && std::exchange(root_seen_, true))
    {
        return fail(event.begin, "a second root element: a file holds one <graphml>");
    }
    if (open_.size() == max_depth_)
    {
        return fail(event.begin,
                    "elements nest deeper than " + std::to_string(max_depth_) +
                        ": a map needs graphml, graph, node and data only");
    }
    for (;;)
    {
        const std::size_t before = pos_;
        skip_space();
        const std::string_view rest = text_.substr(pos_);
        const bool empty = rest.starts_with("/>");
        if (empty || rest.starts_with('>'))
        {
            pos_ += empty ? 2 : 1;
            event.end = pos_;
            open_.push_back(event.name);
            if (empty)
            {
                pending_end_ = event;
                pending_end_->kind = XmlEvent::Kind::kEnd;
            }
            return event;
        }
        if (event.attributes.size() == kMaxAttributes)
        {
            return fail(pos_, "more than " + std::to_string(kMaxAttributes) + " attributes");
        }
        if (pos_ == before || !attribute(event))
        {
            return fail(pos_, "the tag <" + std::string{event.name} + "> is malformed here");
        }
    }
}

bool
XmlScanner::attribute(XmlEvent& event)
{
    const std::size_t begin = pos_;
    const std::string_view name = scan_name();
    skip_space();
    if (name.empty() || pos_ >= text_.size() || text_[pos_] != '=')
    {
        return false;
    }
    ++pos_;
    skip_space();
    if (pos_ >= text_.size() || (text_[pos_] != '"' && text_[pos_] != '\''))
    {
        return false;
    }
    const char quote = text_[pos_++];
    const std::size_t close = text_.find(quote, pos_);
    const std::string_view raw = text_.substr(pos_, close - pos_);
    if (close == std::string_view::npos || raw.find('<') != std::string_view::npos)
    {
        fail(begin, "the value of " + std::string{name} + " has no closing quote");
        return false;
    }
    for (const XmlAttribute& other : event.attributes)
    {
        if (other.name == name)
        {
            fail(begin, "attribute " + std::string{name} + " is given twice");
            return false;
        }
    }
    XmlAttribute& added = event.attributes.emplace_back();
    added.name = name;
    if (!decode(raw, pos_, added.value))
    {
        return false;
    }
    pos_ = close + 1;
    return true;
}

std::optional<XmlEvent>
XmlScanner::end_tag()
{
    XmlEvent event = event_at(XmlEvent::Kind::kEnd, pos_);
    pos_ += 2;
    event.name = scan_name();
    skip_space();
    if (event.name.empty() || pos_ >= text_.size() || text_[pos_] != '>')
    {
        return fail(event.begin, "this end tag is malformed");
    }
    if (open_.empty() || open_.back() != event.name)
    {
        const std::string expected =
            open_.empty() ? "no element is open" : "</" + std::string{open_.back()} + "> is due";
        return fail(event.begin, "</" + std::string{event.name} + "> closes nothing: " + expected);
    }
    open_.pop_back();
    event.end = ++pos_;
    return event;
}

std::optional<XmlEvent>
XmlScanner::character_data()
{
    if (open_.empty())
    {
        return fail(pos_, "text outside the root element: a GraphML file is expected");
    }
    XmlEvent event = event_at(XmlEvent::Kind::kText, pos_);
    event.end = std::min(text_.find('<', pos_), text_.size());
    if (!decode(text_.substr(pos_, event.end - pos_), pos_, event.text))
    {
        return std::nullopt;
    }
    pos_ = event.end;
    return event;
}

std::optional<XmlEvent>
XmlScanner::cdata()
{
    constexpr std::size_t kOpening = 9; // <![CDATA[
    constexpr std::size_t kClosing = 3; // ]]>
    if (open_.empty())
    {
        return fail(pos_, "text outside the root element: a GraphML file is expected");
    }
    XmlEvent event = event_at(XmlEvent::Kind::kText, pos_);
    if (!skip_past("]]>", "CDATA section"))
    {
        return std::nullopt;
    }
    event.end = pos_;
    event.text = text_.substr(event.begin + kOpening, pos_ - event.begin - kOpening - kClosing);
    return event;
}

bool
XmlScanner::skip_past(std::string_view closing, std::string_view what)
{
    const std::size_t found = text_.find(closing, pos_);
    if (found == std::string_view::npos)
    {
        fail(pos_, "this " + std::string{what} + " has no end");
        return false;
    }
    pos_ = found + closing.size();
    return true;
}

/// `<?xml ... encoding="..."?>` must name UTF-8, or nothing; other instructions are no matter.
bool
XmlScanner::declaration(std::string_view instruction)
{
    const std::string folded = lower(instruction);
    const std::size_t found = folded.find("encoding");
    if (!folded.starts_with("<?xml") || found == std::string::npos)
    {
        return true;
    }
    const std::size_t open = folded.find_first_of("\"'", found);
    const std::size_t close = folded.find_first_of("\"'", open + 1);
    const std::string encoding =
        close == std::string::npos ? "" : folded.substr(open + 1, close - open - 1);
    if (encoding == "utf-8" || encoding == "us-ascii" || encoding == "ascii")
    {
        return true;
    }
    fail(pos_ - instruction.size(),
         "encoding \"" + encoding + "\" is refused: save the file as UTF-8");
    return false;
}

bool
XmlScanner::decode(std::string_view raw, std::size_t at, std::string& out)
{
    const auto bad = replace_references(raw, out);
    if (bad)
    {
        fail(at + *bad,
             "'&' does not begin one of &amp; &lt; &gt; &quot; &apos; or a character's number: "
             "write &amp; for the character");
    }
    return !bad;
}

void
XmlScanner::skip_space()
{
    while (pos_ < text_.size() && is_space(text_[pos_]))
    {
        ++pos_;
    }
}

std::string_view
XmlScanner::scan_name()
{
    const std::size_t begin = pos_;
    if (pos_ < text_.size() && starts_name(text_[pos_]))
    {
        ++pos_;
        while (pos_ < text_.size() && continues_name(text_[pos_]))
        {
            ++pos_;
        }
    }
    return text_.substr(begin, pos_ - begin);
}

XmlEvent
XmlScanner::event_at(XmlEvent::Kind kind, std::size_t begin)
{
    advance_to(begin);
    XmlEvent event;
    event.kind = kind;
    event.begin = begin;
    event.line = line_;
    event.column = static_cast<int>(begin - line_begin_) + 1;
    return event;
}

/// The first problem stays: what follows from it is no news.
std::nullopt_t
XmlScanner::fail(std::size_t at, std::string message)
{
    if (!problem_)
    {
        advance_to(at);
        problem_ = Problem{line_, static_cast<int>(at - line_begin_) + 1, std::move(message)};
    }
    return std::nullopt;
}

void
XmlScanner::advance_to(std::size_t at)
{
    for (; counted_ < at; ++counted_)
    {
        if (text_[counted_] == '\n')
        {
            ++line_;
            line_begin_ = counted_ + 1;
        }
    }
}

} // namespace sipsim::network
