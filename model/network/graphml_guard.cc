#include "model/network/graphml_guard.h"

#include "model/network/graphml_attributes.h"
#include "model/network/graphml_keys.h"
#include "model/network/graphml_values.h"
#include "model/network/xml_scanner.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace sipsim::network
{

namespace
{

enum class Place : std::uint8_t
{
    kGraphml,
    kKey,
    kGraph,
    kNode,
    kEdge,
    kData,
    kDefault,
    kIgnored,
};

/// An element that may hold data, while it is open.
struct Open
{
    Place place = Place::kIgnored;
    std::unordered_set<std::string> keys_seen{};
};

class Guard
{
  public:
    Guard(std::string_view text, const TopologyOptions& options)
        : text_(text),
          options_(options)
    {
    }

    Guarded run();

  private:
    void start(const XmlEvent& event);
    void end(const XmlEvent& event);
    Place place_of(const XmlEvent& event);
    Place place_in_graph(const XmlEvent& event);
    Place refused(const XmlEvent& event, const std::string& why);
    void open_key(const XmlEvent& event);
    void open_default(const XmlEvent& event);
    void open_graph(const XmlEvent& event);
    void open_node(const XmlEvent& event);
    void open_edge(const XmlEvent& event);
    void open_data(const XmlEvent& event);
    void open_value(const XmlEvent& event, const GraphmlAttribute* meaning, const GraphmlKey& key);
    void close_value();
    void note(const GraphmlAttribute& attribute);
    void check_blank(const XmlEvent& text);
    void apply_defaults();
    void problem(const XmlEvent& event, std::string message);
    void problem(int line, int column, std::string message);
    std::string_view text_;
    TopologyOptions options_;
    Guarded result_;
    std::vector<Open> open_;
    GraphmlKeys keys_;
    std::unordered_map<std::string, int> node_lines_; // by id
    std::unordered_map<std::string, int> edge_lines_;
    GraphmlKey* key_ = nullptr;               // the <key> that is open, or its namesake
    const GraphmlAttribute* value_ = nullptr; // of the <data> or <default> that is open
    std::string value_type_;
    std::string value_text_;
    int value_line_ = 0;
    int value_column_ = 0;
    std::size_t clean_up_to_ = 0;
    std::optional<std::size_t> cut_depth_; // everything deeper is left out of `clean`
    bool graph_seen_ = false;
};

Guarded
Guard::run()
{
    XmlScanner scanner(text_, options_.max_depth);
    while (const auto event = scanner.next())
    {
        switch (event->kind)
        {
        case XmlEvent::Kind::kStart:
            start(*event);
            break;
        case XmlEvent::Kind::kEnd:
            end(*event);
            break;
        case XmlEvent::Kind::kText:
            if (value_ != nullptr)
            {
                value_text_ += event->text;
            }
            else if (!cut_depth_)
            {
                check_blank(*event);
            }
            break;
        }
    }
    if (scanner.problem())
    {
        // Half a document: what it says as a whole is no news.
        result_.add(*scanner.problem());
        return std::move(result_);
    }
    result_.clean += text_.substr(clean_up_to_);
    if (!graph_seen_ && result_.problems.empty())
    {
        result_.add({1, 1, "the file has no <graph>: a map is expected"});
    }
    apply_defaults();
    check_whole(result_, options_);
    return std::move(result_);
}

void
Guard::start(const XmlEvent& event)
{
    if (cut_depth_)
    {
        open_.push_back({});
        return;
    }
    const Place place = value_ != nullptr
                            ? refused(event, "an element inside a value: write the value alone")
                            : place_of(event);
    open_.push_back({.place = place});
    switch (place)
    {
    case Place::kKey:
        open_key(event);
        break;
    case Place::kGraph:
        open_graph(event);
        break;
    case Place::kNode:
        open_node(event);
        break;
    case Place::kEdge:
        open_edge(event);
        break;
    case Place::kData:
        open_data(event);
        break;
    case Place::kDefault:
        open_default(event);
        break;
    default:
        break;
    }
    const bool empty_value = place == Place::kData && value_ == nullptr;
    if (place == Place::kIgnored || empty_value ||
        (place == Place::kKey && key_->meaning() == nullptr))
    {
        result_.clean += text_.substr(clean_up_to_, event.begin - clean_up_to_);
        cut_depth_ = open_.size();
    }
}

void
Guard::end(const XmlEvent& event)
{
    const Place place = open_.back().place;
    if (cut_depth_ == open_.size())
    {
        cut_depth_.reset();
        clean_up_to_ = event.end;
    }
    else if (!cut_depth_ && (place == Place::kData || place == Place::kDefault))
    {
        close_value();
    }
    open_.pop_back();
}

Place
Guard::refused(const XmlEvent& event, const std::string& why)
{
    problem(event, "<" + std::string{event.name} + ">: " + why);
    return Place::kIgnored;
}

Place
Guard::place_of(const XmlEvent& event)
{
    const std::string_view name = event.name;
    if (open_.empty())
    {
        return name == "graphml" ? Place::kGraphml
                                 : refused(event, "not GraphML: the root element is <graphml>");
    }
    const Place parent = open_.back().place;
    if (name == "desc" || name.find(':') != std::string_view::npos)
    {
        return Place::kIgnored;
    }
    if (name == "data" && parent != Place::kKey)
    {
        return Place::kData;
    }
    if (parent == Place::kGraphml && name == "key")
    {
        return Place::kKey;
    }
    if (parent == Place::kGraphml && name == "graph")
    {
        return graph_seen_ ? refused(event, "a second graph: keep one map in a file")
                           : Place::kGraph;
    }
    if (parent == Place::kKey && name == "default")
    {
        return Place::kDefault;
    }
    return place_in_graph(event);
}

Place
Guard::place_in_graph(const XmlEvent& event)
{
    const Place parent = open_.back().place;
    const std::string_view name = event.name;
    if (parent == Place::kGraph && name == "node")
    {
        return Place::kNode;
    }
    if (parent == Place::kGraph && name == "edge")
    {
        return Place::kEdge;
    }
    if (name == "graph")
    {
        return refused(event, "a graph inside a node or an edge: draw its nodes in the one graph");
    }
    if (name == "hyperedge")
    {
        return refused(event, "a link joins two nodes: make the hyperedge a node with links");
    }
    if (name == "port")
    {
        return refused(event, "ports are not modelled: delete it");
    }
    return refused(event, "not an element of GraphML in this place: delete it");
}

void
Guard::open_key(const XmlEvent& event)
{
    for (std::string& fault : keys_.declare(event))
    {
        problem(event, std::move(fault));
    }
    key_ = keys_.find(attribute_of(event, "id"));
}

void
Guard::open_default(const XmlEvent& event)
{
    key_->has_default = true;
    open_value(event, key_->meaning(), *key_);
}

void
Guard::open_value(const XmlEvent& event, const GraphmlAttribute* meaning, const GraphmlKey& key)
{
    value_ = meaning;
    value_type_ = key.type;
    value_text_.clear();
    value_line_ = event.line;
    value_column_ = event.column;
}

void
Guard::open_graph(const XmlEvent& event)
{
    graph_seen_ = true;
    const std::string edges = attribute_of(event, "edgedefault");
    if (edges != "undirected")
    {
        problem(event,
                "edgedefault is " + quoted(edges) +
                    ": a link carries both directions, so draw each once and write \"undirected\"");
    }
}

void
Guard::open_node(const XmlEvent& event)
{
    GuardedNode node{.id = attribute_of(event, "id"), .line = event.line, .column = event.column};
    if (node.id.empty())
    {
        problem(event, "<node> without id: give it one");
    }
    else
    {
        const auto [other, added] = node_lines_.try_emplace(node.id, event.line);
        if (!added)
        {
            problem(event,
                    "node id " + quoted(node.id) + " is used twice, first in line " +
                        std::to_string(other->second) + ": rename one of them");
        }
    }
    result_.nodes.push_back(std::move(node));
}

void
Guard::open_edge(const XmlEvent& event)
{
    const std::string directed = attribute_of(event, "directed");
    if (!directed.empty() && directed != "false")
    {
        problem(event, "a directed edge: a link carries both directions, delete the attribute");
    }
    const std::string id = attribute_of(event, "id");
    const auto [other, added] = edge_lines_.try_emplace(id, event.line);
    if (!id.empty() && !added)
    {
        problem(event,
                "edge id " + quoted(id) + " is used twice, first in line " +
                    std::to_string(other->second) + ": rename one of them");
    }
    result_.edges.push_back({.source = attribute_of(event, "source"),
                             .target = attribute_of(event, "target"),
                             .line = event.line,
                             .column = event.column});
}

void
Guard::open_data(const XmlEvent& event)
{
    Open& parent = open_[open_.size() - 2];
    const std::string id = attribute_of(event, "key");
    const GraphmlKey* key = keys_.find(id);
    if (key == nullptr)
    {
        problem(event,
                "data of key " + quoted(id) + ", which is not declared: add a <key id=" +
                    quoted(id) + " ...> before the graph, or delete the <data>");
        return;
    }
    const bool in_node = parent.place == Place::kNode;
    const bool in_edge = parent.place == Place::kEdge;
    if ((in_node && !key->is_for("node")) || (in_edge && !key->is_for("edge")))
    {
        problem(event,
                "key " + quoted(id) + " is declared for " + quoted(key->owner) +
                    ": use a key of this element");
        return;
    }
    if (!parent.keys_seen.insert(id).second)
    {
        problem(event, "key " + quoted(id) + " is given twice here: delete one");
        return;
    }
    if (in_node || in_edge)
    {
        open_value(event, key->meaning(in_node ? Owner::kNode : Owner::kEdge), *key);
    }
}

void
Guard::close_value()
{
    if (value_ == nullptr)
    {
        return;
    }
    const std::string_view text = trimmed(value_text_);
    if (value_->is_number)
    {
        std::string fault = fault_of_number(*value_, value_type_, text);
        if (!fault.empty())
        {
            problem(value_line_, value_column_, std::move(fault));
        }
    }
    const GraphmlAttribute& attribute = *std::exchange(value_, nullptr);
    const Place parent = open_[open_.size() - 2].place;
    if (parent == Place::kNode && attribute.name == kLabel.name)
    {
        result_.nodes.back().label = text;
    }
    if (parent == Place::kNode || parent == Place::kEdge)
    {
        note(attribute);
    }
}

void
Guard::note(const GraphmlAttribute& attribute)
{
    if (attribute.name == kLatitude.name)
    {
        result_.nodes.back().has_latitude = true;
    }
    else if (attribute.name == kLongitude.name)
    {
        result_.nodes.back().has_longitude = true;
    }
    else if (attribute.name == kDelay.name)
    {
        result_.edges.back().has_delay = true;
    }
}

void
Guard::check_blank(const XmlEvent& text)
{
    const std::string_view stray = trimmed(text.text);
    if (stray.empty())
    {
        return;
    }
    const auto before = static_cast<std::size_t>(stray.data() - text.text.data());
    const std::string_view blank = std::string_view{text.text}.substr(0, before);
    const auto lines = static_cast<int>(std::ranges::count(blank, '\n'));
    const std::size_t line_begin = blank.rfind('\n') + 1; // 0 if there is none
    problem(text.line + lines,
            static_cast<int>(before - line_begin) + (lines == 0 ? text.column : 1),
            quoted(stray) + " stands between elements: delete it");
}

void
Guard::apply_defaults()
{
    const bool latitude = keys_.has_default(kLatitude);
    const bool longitude = keys_.has_default(kLongitude);
    const bool delay = keys_.has_default(kDelay);
    for (GuardedNode& node : result_.nodes)
    {
        node.has_latitude |= latitude;
        node.has_longitude |= longitude;
    }
    for (GuardedEdge& edge : result_.edges)
    {
        edge.has_delay |= delay;
    }
}

void
Guard::problem(const XmlEvent& event, std::string message)
{
    problem(event.line, event.column, std::move(message));
}

void
Guard::problem(int line, int column, std::string message)
{
    result_.add({line, column, std::move(message)});
}

} // namespace

Guarded
guard_graphml(std::string_view text, const TopologyOptions& options)
{
    Guarded guarded;
    if (text.size() > options.max_bytes)
    {
        guarded.add({0,
                     0,
                     "the file has " + std::to_string(text.size()) +
                         " bytes, more than the limit of " + std::to_string(options.max_bytes) +
                         ": delete what is not the map"});
    }
    else
    {
        guarded = Guard{text, options}.run();
    }
    std::ranges::stable_sort(guarded.problems, {}, [](const Problem& p) {
        return std::pair{p.line, p.column};
    });
    if (guarded.unlisted > 0)
    {
        guarded.problems.push_back(
            {0, 0, "and " + std::to_string(guarded.unlisted) + " more problems"});
    }
    return guarded;
}

} // namespace sipsim::network
