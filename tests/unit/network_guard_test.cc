#include "model/network/graphml.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <variant>
#include <vector>

using namespace sipsim;
using namespace sipsim::network;

namespace
{

constexpr const char* kKeys = R"(<graphml>
<key id="n" for="node" attr.name="label" attr.type="string"/>
<key id="lat" for="node" attr.name="Latitude" attr.type="double"/>
<key id="lon" for="node" attr.name="Longitude" attr.type="double"/>
<key id="d" for="edge" attr.name="delay_ms" attr.type="double"/>
<key id="i" for="edge" attr.name="jitter_ms" attr.type="int"/>
<key id="p" for="edge" attr.name="loss" attr.type="double"/>
<key id="b" for="edge" attr.name="bandwidth_bps" attr.type="double"/>
)";

/// The first line of `graph` is line 10.
std::string
file_of(const std::string& graph)
{
    return std::string{kKeys} + "<graph edgedefault=\"undirected\">\n" + graph +
           "</graph></graphml>";
}

/// Two nodes in lines 10 and 11, one link in line 12; `more` from line 13 on.
std::string
pair_and(const std::string& more, const std::string& of_link = "")
{
    return file_of("<node id='a'><data key='lat'>1</data><data key='lon'>1</data></node>\n"
                   "<node id='b'><data key='lat'>2</data><data key='lon'>2</data></node>\n"
                   "<edge source='a' target='b'>" +
                   of_link + "</edge>\n" + more);
}

/// "line: message" of every problem.
std::vector<std::string>
problems(const std::string& text, const TopologyOptions& options = {})
{
    std::vector<std::string> out;
    const auto result = read_graphml(text, options);
    if (const auto* found = std::get_if<std::vector<Problem>>(&result))
    {
        for (const Problem& problem : *found)
        {
            out.push_back(std::to_string(problem.line) + ": " + problem.message);
        }
    }
    return out;
}

/// The one problem of `text`.
std::string
problem(const std::string& text, const TopologyOptions& options = {})
{
    const auto all = problems(text, options);
    std::string joined;
    for (const std::string& one : all)
    {
        joined += (joined.empty() ? "" : " | ") + one;
    }
    return joined;
}

} // namespace

TEST_CASE("the file all refusals are made from is accepted")
{
    CHECK(problem(pair_and("")) == "");
}

TEST_CASE("a file beyond the size limit is refused")
{
    CHECK(problem(pair_and(""), {.max_bytes = 500}).find("more than the limit of 500") !=
          std::string::npos);
}

TEST_CASE("nesting beyond the limit is refused")
{
    std::string deep;
    for (int i = 0; i < 100'000; ++i)
    {
        deep += "<y:a>";
    }
    CHECK(problem("<graphml>\n" + deep) ==
          "2: elements nest deeper than 32: a map needs graphml, graph, node and data only");
}

TEST_CASE("a DOCTYPE is refused")
{
    CHECK(problem("<!DOCTYPE graphml [<!ENTITY a 'b'>]>\n" + pair_and("")) ==
          "1: DOCTYPE and entity declarations are refused: delete them");
}

TEST_CASE("data of an undeclared key is refused")
{
    CHECK(problem(pair_and("", "<data key='zz'>1</data>")) ==
          "12: data of key \"zz\", which is not declared: add a <key id=\"zz\" ...> before the "
          "graph, "
          "or delete the <data>");
    CHECK(problem(pair_and("", "<data>1</data>")).find("data of key \"\"") != std::string::npos);
}

TEST_CASE("data of a key for another element is refused")
{
    CHECK(problem(pair_and("", "<data key='n'>x</data>")) ==
          "12: key \"n\" is declared for \"node\": use a key of this element");
}

TEST_CASE("a key given twice in an element is refused")
{
    CHECK(problem(pair_and("", "<data key='d'>1</data><data key='d'>1</data>")) ==
          "12: key \"d\" is given twice here: delete one");
}

TEST_CASE("an edge to an undeclared node is refused")
{
    CHECK(problem(pair_and("<edge source='a' target='q'/>")) ==
          "13: edge ends at node \"q\", which is not declared: add the node or delete the edge");
    CHECK(problems(pair_and("<edge/>")).size() == 2); // neither end
}

TEST_CASE("a node id used twice is refused")
{
    CHECK(
        problem(pair_and("<node id='a'><data key='lat'>3</data><data key='lon'>3</data></node>")) ==
        "13: node id \"a\" is used twice, first in line 10: rename one of them");
    CHECK(problem(pair_and("<node/><edge source='' target='a'><data key='d'>1</data></edge>")) ==
          "13: <node> without id: give it one");
}

TEST_CASE("an edge id used twice is refused and edges without one are fine")
{
    CHECK(problem(pair_and("<edge id='e' source='a' target='b'/>\n"
                           "<edge id='e' source='a' target='b'/><edge source='a' target='b'/>")) ==
          "14: edge id \"e\" is used twice, first in line 13: rename one of them");
}

TEST_CASE("a key id declared twice is refused")
{
    auto text = pair_and("");
    text.insert(text.find("<graph "), "<key id='d' for='edge' attr.name='x' attr.type='int'/>\n");
    CHECK(problem(text) == "9: key id \"d\" is declared twice: rename one of them");
}

TEST_CASE("a key that is for nothing known is refused")
{
    auto text = pair_and("");
    text.insert(text.find("<graph "), "<key id='x' for='nod' attr.name='x' attr.type='int'/>\n");
    CHECK(problem(text) == "9: key \"x\" is for=\"nod\": write node, edge, graph or all");
    text = pair_and("");
    text.replace(text.find("for=\"node\" attr.name=\"Lat"), 10, "");
    CHECK(problem(text) == "3: key \"lat\" does not say for what: write for=\"node\"");
}

TEST_CASE("two keys of one name for one kind of element are refused")
{
    auto text = pair_and("");
    text.insert(text.find("<graph "),
                "<key id='d2' for='edge' attr.name='delay_ms' attr.type='double'/>\n");
    CHECK(problem(text) == "9: a second key named \"delay_ms\", after line 5: keep one of them");
}

TEST_CASE("a key whose name differs in case only is refused since it would be ignored")
{
    auto text = pair_and("");
    text.insert(text.find("<graph "),
                "<key id='x' for='edge' attr.name='Delay_MS' attr.type='double'/>\n");
    CHECK(problem(text) == "9: key named \"Delay_MS\" would be ignored: is \"delay_ms\" meant?");
}

TEST_CASE("a key of a type that cannot hold its values is refused")
{
    auto text = pair_and("");
    text.replace(text.find("attr.name=\"loss\" attr.type=\"double\""),
                 35,
                 "attr.name=\"loss\" attr.type=\"boolean\"");
    CHECK(problem(text).find(
              "7: key \"p\" (loss) has attr.type \"boolean\": declare it \"double\"") == 0);
}

TEST_CASE("numbers that are none are refused")
{
    for (const std::string bad : {"", "x", "1,5", "1.5ms", "--1", "0x10", "1 2", "+1"})
    {
        CHECK(problem(pair_and("", "<data key='d'>" + bad + "</data>")) ==
              "12: delay_ms \"" + bad +
                  "\" is not a number: write one like 12.5, or delete the <data>");
    }
    for (const std::string bad : {"nan", "inf", "-inf", "NaN"})
    {
        CHECK(problem(pair_and("", "<data key='p'>" + bad + "</data>")) ==
              "12: loss \"" + bad + "\" is not a finite number: write one, or delete the <data>");
    }
    CHECK(problem(pair_and("", "<data key='d'>1e999</data>")).find("is not a number") !=
          std::string::npos);
    CHECK(problem(pair_and("", "<data key='i'>1.5</data>")) ==
          "12: jitter_ms \"1.5\" is no int: declare its key with attr.type=\"double\"");
}

TEST_CASE("numbers out of range are refused with the range")
{
    const auto of_link = [](const std::string& key, const std::string& value) {
        return problem(pair_and("", "<data key='" + key + "'>" + value + "</data>"));
    };
    CHECK(of_link("d", "-1") == "12: delay_ms \"-1\" is out of range: 0 to 10000 ms");
    CHECK(of_link("p", "1.01") == "12: loss \"1.01\" is out of range: 0 to 1 (a probability)");
    CHECK(of_link("b", "0") == "12: bandwidth_bps \"0\" is out of range: 16 to 1e+13 bit/s");
    CHECK(of_link("i", "-5") == "12: jitter_ms \"-5\" is out of range: 0 to 10000 ms");
    const auto node = [](const std::string& lat, const std::string& lon) {
        return problem(file_of("<node id='a'><data key='lat'>" + lat + "</data><data key='lon'>" +
                               lon + "</data></node>"));
    };
    CHECK(node("90.1", "0") == "10: Latitude \"90.1\" is out of range: -90 to 90 degrees");
    CHECK(node("0", "181") == "10: Longitude \"181\" is out of range: -180 to 180 degrees");
    CHECK(node("-90", "180") == "");
}

TEST_CASE("a default is checked like a value")
{
    auto text = pair_and("");
    text.insert(text.find("<graph "),
                "<key id='s' for='edge' attr.name='LinkSpeedRaw' attr.type='double'>\n"
                "<default>fast</default></key>");
    CHECK(problem(text).find("10: LinkSpeedRaw \"fast\" is not a number") == 0);
}

TEST_CASE("missing coordinates are counted and named with their remedies")
{
    const auto text = pair_and("<node id='h'><data key='n'>Hidden</data></node><node id='g'/>"
                               "<edge source='a' target='h'/><edge source='h' target='g'/>");
    CHECK(
        problem(text) ==
        "13: 2 nodes without coordinates at links without delay_ms: \"Hidden\" (id h), \"g\"; give "
        "Latitude and Longitude, or delay_ms to their links, or set missing_coordinates = "
        "\"neighbours\"");
    CHECK(problem(text, {.missing_coordinates = MissingCoordinates::kNeighbours}) == "");
}

TEST_CASE("a map without any coordinates cannot place nodes at neighbours")
{
    const auto text = file_of("<node id='a'/><node id='b'/><edge source='a' target='b'/>");
    const std::string expected =
        "10: 2 nodes without coordinates at links without delay_ms: \"a\", "
        "\"b\"; give Latitude and Longitude, or delay_ms to their links";
    CHECK(problem(text) == expected);
    CHECK(problem(text, {.missing_coordinates = MissingCoordinates::kNeighbours}) == expected);
}

TEST_CASE("half a place is refused")
{
    CHECK(problem(file_of("<node id='a'><data key='lat'>1</data></node>")) ==
          "10: node \"a\" has no Longitude: give both or none");
}

TEST_CASE("an edge from a node to itself is refused")
{
    CHECK(problem(pair_and("<edge source='b' target='b'/>")) ==
          "13: edge joins node \"b\" with itself: delete it");
}

TEST_CASE("a map in parts is refused and the small parts are named")
{
    CHECK(
        problem(
            pair_and("<node id='c'><data key='n'>Reno</data></node>\n<node id='e'/>\n"
                     "<node id='f'/><edge source='e' target='f'><data key='d'>1</data></edge>"
                     "<node id='g'/><edge source='f' target='g'><data key='d'>1</data></edge>")) ==
        "10: the map falls into 3 parts with no link between them: 3 nodes, 2 nodes with \"a\", 1 "
        "node with \"Reno\" (id c); add links or delete the small parts");
}

TEST_CASE("an empty map and a file without a map are refused")
{
    CHECK(problem(file_of("")) == "1: the map has no node: draw at least one PoP");
    CHECK(problem("<graphml/>") == "1: the file has no <graph>: a map is expected");
    CHECK(problem("<html/>") == "1: <html>: not GraphML: the root element is <graphml>");
    CHECK(problem("[network]") == "1: text outside the root element: a GraphML file is expected");
    CHECK(problem("") == "1: the file holds no XML element: a GraphML file is expected");
}

TEST_CASE("directed graphs and edges are refused")
{
    auto text = pair_and("<edge source='a' target='b' directed='true'/>");
    CHECK(problem(text) ==
          "13: a directed edge: a link carries both directions, delete the attribute");
    text = pair_and("");
    text.replace(text.find("undirected"), 10, "directed");
    CHECK(problem(text) ==
          "9: edgedefault is \"directed\": a link carries both directions, so draw "
          "each once and write \"undirected\"");
}

TEST_CASE("nested graphs hyperedges ports and unknown elements are refused")
{
    CHECK(problem(pair_and("<node id='c'><graph edgedefault='undirected'><node id='a'/></graph>"
                           "</node><edge source='c' target='a'><data key='d'>1</data></edge>"))
              .find("13: <graph>: a graph inside a node") == 0);
    CHECK(
        problem(pair_and("<hyperedge><endpoint node='a'/></hyperedge>")).find("13: <hyperedge>") ==
        0);
    CHECK(problem(pair_and("<vertex/>")) ==
          "13: <vertex>: not an element of GraphML in this place: delete it");
    auto text = pair_and("");
    text.insert(text.find("</graphml>"), "<graph edgedefault='undirected'/>");
    CHECK(problem(text) == "13: <graph>: a second graph: keep one map in a file");
    CHECK(problem(pair_and("", "<data key='d'><b>1</b></data>"))
              .find("12: <b>: an element inside a value") == 0);
    CHECK(problem(pair_and("stray")) == "13: \"stray\" stands between elements: delete it");
}

TEST_CASE("maps beyond the limits of nodes and links are refused")
{
    CHECK(problem(pair_and(""), {.max_nodes = 1}) ==
          "0: 2 nodes, more than the limit of 1: draw PoPs, not hosts (fleets stand in the "
          "experiment's config)");
    CHECK(problem(pair_and("<edge source='a' target='b'/>"), {.max_links = 1}) ==
          "0: 2 edges, more than the limit of 1: draw parallel cables as one link");
}

TEST_CASE("all problems of a file are reported in one pass in the order of the file")
{
    const auto all =
        problems(pair_and("<node id='a'/>\n"
                          "<edge source='a' target='q'/>\n"
                          "<edge source='b' target='b'><data key='p'>2</data></edge>\n",
                          "<data key='zz'>1</data>"));
    REQUIRE(all.size() == 5);
    CHECK(all[0].starts_with("12: data of key \"zz\""));
    CHECK(all[1].starts_with("13: node id \"a\" is used twice"));
    CHECK(all[2].starts_with("14: edge ends at node \"q\""));
    CHECK(all[3].starts_with("15: edge joins node \"b\" with itself"));
    CHECK(all[4].starts_with("15: loss \"2\" is out of range"));
}

TEST_CASE("the list of problems ends at a hundred with the number of the rest")
{
    std::string edges;
    for (int i = 0; i < 250; ++i)
    {
        edges += "<edge source='a' target='b'><data key='d'>x</data></edge>\n";
    }
    const auto all = problems(pair_and(edges));
    REQUIRE(all.size() == 101);
    CHECK(all.back() == "0: and 150 more problems");
}

TEST_CASE("a message is one line however long and strange the value is")
{
    const auto text =
        problem(pair_and("", "<data key='d'>a\n\tb" + std::string(500, 'x') + "</data>"));
    CHECK(text.size() < 200);
    CHECK(std::ranges::count(text, '\n') == 0);
}

TEST_CASE("options out of range are refused")
{
    CHECK(validate({}).empty());
    CHECK(validate({.route_factor = 0.5}).size() == 1);
    CHECK(validate({.route_factor = 11}).size() == 1);
}
