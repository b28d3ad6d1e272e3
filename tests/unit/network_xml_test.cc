#include "model/network/xml_scanner.h"
#include "model/network/xml_text.h"

#include <doctest/doctest.h>

#include <string>

using namespace sipsim;
using namespace sipsim::network;

namespace
{

/// A document in one line: <name a=1>, </name>, text; a problem as !line:column.
std::string
scanned(std::string_view text, std::size_t depth = 8)
{
    XmlScanner scanner(text, depth);
    std::string out;
    while (const auto event = scanner.next())
    {
        switch (event->kind)
        {
        case XmlEvent::Kind::kStart:
            out += "<" + std::string{event->name};
            for (const auto& attribute : event->attributes)
            {
                out += " " + std::string{attribute.name} + "=" + attribute.value;
            }
            out += ">";
            break;
        case XmlEvent::Kind::kEnd:
            out += "</" + std::string{event->name} + ">";
            break;
        case XmlEvent::Kind::kText:
            out += event->text;
            break;
        }
    }
    if (const auto& problem = scanner.problem())
    {
        out += "!" + std::to_string(problem->line) + ":" + std::to_string(problem->column);
    }
    return out;
}

} // namespace

TEST_CASE("elements attributes text and CDATA are read and the rest is skipped")
{
    CHECK(scanned("<?xml version='1.0'?><!-- a --><a b='1' c = \"2\">x<d/>y</a >\n<!-- z -->") ==
          "<a b=1 c=2>x<d></d>y</a>");
    CHECK(scanned("<a>1<!-- < & -->2<![CDATA[<&]]>3</a>") == "<a>12<&3</a>");
    CHECK(scanned("\xEF\xBB\xBF<a/>") == "<a></a>");
}

TEST_CASE("XML's five names and character numbers are replaced (XML 1.0 4.1 and 4.6)")
{
    CHECK(scanned("<a b='&lt;&#65;'>&amp;&gt;&quot;&apos;&#x20AC;</a>") ==
          "<a b=<A>&>\"'\xE2\x82\xAC</a>");
    for (const char* bad : {"&nbsp;", "&", "&#0;", "&#xD800;", "&#x110000;", "&#;", "&#x;", "&amp"})
    {
        CHECK(scanned("<a>" + std::string{bad} + "</a>") == "<a>!1:4");
    }
}

TEST_CASE("what is not well-formed is refused at its place (XML 1.0 2.1)")
{
    CHECK(scanned("") == "!1:1");
    CHECK(scanned("hello") == "!1:1");
    CHECK(scanned("<a>") == "<a>!1:4");
    CHECK(scanned("<a>\n </b></a>") == "<a>\n !2:2");
    CHECK(scanned("<a/>\n<b/>") == "<a></a>!2:1");
    CHECK(scanned("<a/>x") == "<a></a>!1:5");
    CHECK(scanned("<a b=1/>") == "!1:6");
    CHECK(scanned("<a b='1' b='2'/>") == "!1:10");
    CHECK(scanned("<a b='1'c='2'/>") == "!1:9");
    CHECK(scanned("<a b='1/>") == "!1:4");
    CHECK(scanned("<a b='<'/>") == "!1:4");
    CHECK(scanned("<a") == "!1:3");
    CHECK(scanned("<1a/>") == "!1:1");
    CHECK(scanned("<a><!-- </a>") == "<a>!1:4");
    CHECK(scanned("<a><![CDATA[</a>") == "<a>!1:4");
}

TEST_CASE("DOCTYPE and encodings other than UTF-8 are refused")
{
    CHECK(scanned("<!DOCTYPE a [<!ENTITY b 'c'>]><a/>") == "!1:1");
    CHECK(scanned("<?xml version='1.0' encoding='ISO-8859-1'?><a/>") == "!1:1");
    CHECK(scanned("<?xml version='1.0' encoding='utf-8'?><a/>") == "<a></a>");
}

TEST_CASE("only UTF-8 of characters that XML allows passes (RFC 3629 4; XML 1.0 2.2)")
{
    CHECK_FALSE(first_bad_byte("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\t\r\n").has_value());
    CHECK(first_bad_byte("a\xE9") == 1);            // Latin-1
    CHECK(first_bad_byte("\xC0\x80") == 0);         // overlong
    CHECK(first_bad_byte("\xE0\x80\x80") == 0);     // overlong
    CHECK(first_bad_byte("\xED\xA0\x80") == 0);     // surrogate
    CHECK(first_bad_byte("\xF4\x90\x80\x80") == 0); // beyond U+10FFFF
    CHECK(first_bad_byte("ab\xE2\x82") == 2);       // cut off
    CHECK(first_bad_byte("ab\x01") == 2);
    CHECK(first_bad_byte(std::string_view{"a\0b", 3}) == 1);
    CHECK(scanned("<a>\n\xFF</a>") == "!2:1");
}

TEST_CASE("nesting beyond the limit is refused however deep it goes")
{
    CHECK(scanned("<a><b><c/></b></a>", 3) == "<a><b><c></c></b></a>");
    CHECK(scanned("<a><b><c/></b></a>", 2) == "<a><b>!1:7");
    std::string bomb;
    for (int i = 0; i < 200'000; ++i)
    {
        bomb += "<a>";
    }
    CHECK(scanned(bomb, 4) == "<a><a><a><a>!1:13");
}

TEST_CASE("a tag of very many attributes is refused")
{
    std::string tag = "<a";
    for (int i = 0; i < 100'000; ++i)
    {
        tag += " a" + std::to_string(i) + "=''";
    }
    CHECK(scanned(tag + "/>").starts_with("!1:"));
}

TEST_CASE("escaped text reads back as it was")
{
    const std::string text = "a < b && c > \"d\" 'e' \xE2\x82\xAC";
    CHECK(scanned("<a b=\"" + escaped(text) + "\">" + escaped(text) + "</a>") ==
          "<a b=" + text + ">" + text + "</a>");
}
