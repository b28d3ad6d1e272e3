#include "tests/unit/runner_config_files.h"

using namespace sipsim;
using namespace sipsim::runner;
using namespace std::chrono_literals;

namespace
{

std::string
config_of(const TemporaryFile& profile, const std::string& fleet = "")
{
    return "[experiment]\nduration = \"2h\"\n[network]\n" + kMap +
           "[[registrar]]\nname = \"reg1\"\nat = \"Chicago\"\n"
           "[[fleet]]\nname = \"f\"\ncount = 1\nat = \"*\"\nserver = \"reg1\"\nprofile = \"" +
           profile.path().filename().string() + "\"\n" + fleet;
}

std::vector<std::string>
messages(const Checked<Experiment>& loaded)
{
    std::vector<std::string> lines;
    if (const auto* problems = std::get_if<std::vector<Problem>>(&loaded))
    {
        for (const Problem& problem : *problems)
        {
            lines.push_back(std::to_string(problem.line) + ": " + problem.message);
        }
    }
    return lines;
}

const std::string kHead = "[profile]\nname = \"mine\"\nproduct = \"Mine\"\nmeaning = \"m\"\n";
const std::string kWait =
    "[[parameter]]\nname = \"Wait\"\nunit = \"s\"\nrange = [1, 9]\ndefault = 7\n"
    "sets = \"registration.retry_wait\"\nmeaning = \"m\"\nsource = \"s\"\n";

} // namespace

TEST_CASE(
    "a profile of one's own is a file beside the configuration, with its own names and ranges")
{
    const TemporaryFile profile(kHead + kWait);
    const TemporaryFile plain(config_of(profile));
    const Checked<Experiment> loaded = load(plain.path());
    CHECK(messages(loaded) == std::vector<std::string>{});
    REQUIRE(std::holds_alternative<Experiment>(loaded));
    const auto& experiment = std::get<Experiment>(loaded);
    const world::World world = experiment.world(experiment.points[0], 1);
    CHECK(world.fleets[0].registration.retry.base == 7s);

    const TemporaryFile beyond(config_of(profile, "vendor.Wait = 10\n"));
    CHECK(messages(load(beyond.path())) ==
          std::vector<std::string>{"14: vendor.Wait = 10: Mine allows 1s to 9s (Wait)"});
    // It decides results, so its text is part of their identity.
    const TemporaryFile other(kHead + kWait + "# another text\n");
    const TemporaryFile again(config_of(other));
    CHECK(std::get<Experiment>(load(again.path())).hash() != experiment.hash());
}

TEST_CASE("every problem of a profile's file is told with its line, at the fleet that names it")
{
    const TemporaryFile profile(kHead + "[[parameter]]\nname = \"A\"\nsest = 4\ndefault = 1\n"
                                        "meaning = \"m\"\nsource = \"s\"\n");
    const TemporaryFile config(config_of(profile));
    const std::string name = profile.path().filename().string();
    const std::string at = "13: profile = \"" + name + "\": " + name + ":";
    const std::vector<std::string> told = messages(load(config.path()));
    REQUIRE(told.size() == 2);
    CHECK(told[0] == at + "5:1: neither a range nor options: nothing could be set");
    CHECK(told[1].starts_with(at + "7:1: unknown key parameter.sest"));
    const TemporaryFile nowhere(
        "[experiment]\nduration = \"2h\"\n[network]\n" + kMap +
        "[[registrar]]\nname = \"reg1\"\nat = \"Chicago\"\n[[fleet]]\nname = \"f\"\ncount = 1\n"
        "at = \"*\"\nserver = \"reg1\"\nprofile = \"no/such.toml\"\n");
    CHECK(
        messages(load(nowhere.path())) ==
        std::vector<std::string>{"13: profile = \"no/such.toml\": there is no such file; paths are "
                                 "relative to the configuration's own folder"});
    const TemporaryFile nothing("");
    CHECK(messages(load(TemporaryFile(config_of(nothing)).path())) ==
          std::vector<std::string>{"13: profile = \"" + nothing.path().filename().string() +
                                   "\": is empty"});
}

TEST_CASE("a profile with something unknown is refused, naming profile, parameter and key")
{
    const TemporaryFile profile(kHead + "[[unknown]]\nsets = \"registration.refresh.lead\"\n"
                                        "why = \"nobody says when it refreshes\"\n");
    const TemporaryFile bare(config_of(profile));
    CHECK(
        messages(load(bare.path())) ==
        std::vector<std::string>{"13: profile mine: registration.refresh.lead must be set: nobody "
                                 "says when it refreshes"});
    const TemporaryFile set(config_of(profile, "registration.refresh.lead = \"30s\"\n"));
    CHECK(messages(load(set.path())) == std::vector<std::string>{});
}
