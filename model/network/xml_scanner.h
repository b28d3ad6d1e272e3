#pragma once

// Models : the part of XML 1.0 that GraphML needs: elements, attributes, text, CDATA, comments.
// Drives : the guard pulls one event after another, before Boost's recursive parser sees the text.
// Keeps  : no recursion, no look-back: time and memory are linear in the text whatever it holds;
//          every event knows its line and column; after a problem there are no more events.
// Leaves : DOCTYPE and entities of one's own (refused), encodings other than UTF-8 (refused),
//          namespaces (a prefix is part of the name).

#include "model/base/problem.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sipsim::network
{

struct XmlAttribute
{
    std::string_view name;
    std::string value; // references replaced
};

struct XmlEvent
{
    enum class Kind
    {
        kStart, // <name a="b">, or <name/>, which a kEnd follows
        kEnd,
        kText,
    };

    Kind kind = Kind::kText;
    std::string_view name{};                // of the element; empty for text
    std::vector<XmlAttribute> attributes{}; // of kStart
    std::string text{};                     // of kText, references replaced
    std::size_t begin = 0;                  // bytes [begin, end) of the input
    std::size_t end = 0;
    int line = 0; // of begin, 1-based
    int column = 0;
};

class XmlScanner
{
  public:
    /// `text` must outlive the scanner; elements nest at most `max_depth` deep.
    XmlScanner(std::string_view text, std::size_t max_depth);

    /// The next event; nullopt at the end of the document or after a problem.
    [[nodiscard]] std::optional<XmlEvent> next();

    /// What made the text unreadable from there on.
    [[nodiscard]] const std::optional<Problem>& problem() const
    {
        return problem_;
    }

  private:
    [[nodiscard]] std::optional<XmlEvent> at_end();
    [[nodiscard]] std::optional<XmlEvent> markup();
    [[nodiscard]] std::optional<XmlEvent> start_tag();
    [[nodiscard]] std::optional<XmlEvent> end_tag();
    [[nodiscard]] std::optional<XmlEvent> character_data();
    [[nodiscard]] std::optional<XmlEvent> cdata();
    bool attribute(XmlEvent& event);
    bool skip_past(std::string_view closing, std::string_view what);
    bool declaration(std::string_view instruction);
    bool decode(std::string_view raw, std::size_t at, std::string& out);
    void skip_space();
    std::string_view scan_name();
    XmlEvent event_at(XmlEvent::Kind kind, std::size_t begin);
    std::nullopt_t fail(std::size_t at, std::string message);
    void advance_to(std::size_t at);

    std::string_view text_;
    std::size_t max_depth_;
    std::size_t pos_ = 0;
    std::vector<std::string_view> open_;
    bool root_seen_ = false;
    std::optional<XmlEvent> pending_end_; // of <name/>
    std::optional<Problem> problem_;
    std::size_t counted_ = 0; // line_ and line_begin_ hold for this offset
    int line_ = 1;
    std::size_t line_begin_ = 0;
};

} // namespace sipsim::network
