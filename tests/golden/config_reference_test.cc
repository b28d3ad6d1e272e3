#include "scenarios/runner/config_reference.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

using namespace sipsim;

TEST_CASE("scenarios/README.md lists the keys that configurations have")
{
    const auto file = std::filesystem::path{SIPSIM_SOURCE_DIR} / "scenarios" / "README.md";
    std::ostringstream stream;
    stream << std::ifstream{file}.rdbuf();
    const std::string text = stream.str();
    const std::string mark = "a test compares. -->\n\n";
    const std::size_t begin = text.find(mark);
    REQUIRE(begin != std::string::npos);
    const std::string by_hand = text.substr(0, begin + mark.size());
    if (std::getenv("SIPSIM_UPDATE_GOLDEN") != nullptr)
    {
        std::ofstream{file} << by_hand << runner::config_reference();
    }
    else
    {
        CHECK(text.substr(by_hand.size()) == runner::config_reference());
    }
}
