#include "model/profile/profile.h"

#include <doctest/doctest.h>

using namespace sipsim;
using namespace sipsim::profile;
using namespace std::chrono_literals;

namespace
{

const std::string kHead = "[profile]\nname = \"x\"\nproduct = \"X\"\nmeaning = \"m\"\n";
const std::string kOf = "meaning = \"m\"\nsource = \"s\"\n";

// "line: message" of each problem.
std::vector<std::string>
problems_of(const std::string& text)
{
    const Checked<Profile> loaded = load_profile(text);
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

std::string
first_problem(const std::string& text)
{
    const std::vector<std::string> problems = problems_of(text);
    return problems.empty() ? "(none)" : problems.front();
}

} // namespace

TEST_CASE("a profile of one's own: a parameter, a reading, an assumption")
{
    const Checked<Profile> loaded = load_profile(
        kHead +
        "[[parameter]]\nname = \"Wait\"\nunit = \"10ms\"\nrange = [50, 800]\ndefault = 100\n"
        "sets = \"registration.transaction.t1\"\n" +
        kOf +
        "[[parameter]]\nname = \"Bye\"\ndefault = \"Yes\"\noptions = [\n"
        "{ name = \"Yes\", sets = { \"registration.unregister\" = \"$How\" } }, { name = \"No\" "
        "}]\n" +
        kOf +
        "[[reading]]\nname = \"How\"\noptions = [{ name = \"a\", is = \"all\" }, { name = \"b\", "
        "is = "
        "\"own\" }]\n" +
        kOf + "[[assumption]]\nsets = \"registration.expires\"\nvalue = \"2h\"\nwhy = \"w\"\n");
    REQUIRE(std::holds_alternative<Profile>(loaded));
    DeviceOptions o;
    CHECK(apply(std::get<Profile>(loaded), {}, o).empty());
    CHECK(o.registration.transaction.t1 == 1s); // 100 * 10 ms
    CHECK(o.registration.unregister == registration::Unregister::kAll);
    CHECK(o.registration.expires == 7200);
}

TEST_CASE("a parameter without a known default must be set by its user")
{
    const Checked<Profile> loaded = load_profile(
        kHead +
        "[[parameter]]\nname = \"Wait\"\nunit = \"s\"\nrange = [1, 9]\ndefault = \"unknown\"\n"
        "sets = \"registration.retry_wait\"\n" +
        kOf);
    REQUIRE(std::holds_alternative<Profile>(loaded));
    DeviceOptions o;
    const std::vector<SettingProblem> problems = apply(std::get<Profile>(loaded), {}, o);
    REQUIRE(problems.size() == 1);
    CHECK_FALSE(problems[0].setting);
    CHECK(problems[0].clause == "profile x: vendor.\"Wait\" must be set: X allows 1s to 9s and its "
                                "sources give no default");
    const std::vector<Setting> set{{"vendor.Wait", std::int64_t{4}}};
    CHECK(apply(std::get<Profile>(loaded), set, o).empty());
    CHECK(o.registration.retry.base == 4s);
}

TEST_CASE("what is no TOML is refused at its place")
{
    const std::vector<std::string> problems = problems_of("[profile]\nname = \n");
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].starts_with("2: is not TOML: "));
    CHECK(first_problem(std::string(2'000'000, ' ')) == "0: is larger than 1 MB");
    CHECK(first_problem("") == "1: [profile] is missing: write name, product and meaning there");
}

TEST_CASE("every problem of a profile is reported, at its line")
{
    const std::vector<std::string> problems = problems_of(
        kHead + "[[parameter]]\nname = \"A\"\nunit = \"s\"\nrange = [9, 1]\nsest = 4\n" + kOf +
        "[[assumption]]\nsets = \"registration.expries\"\nvalue = \"1s\"\nwhy = \"w\"\n");
    REQUIRE(problems.size() == 5);
    CHECK(problems[0] == "5: sets is missing: which registration.* parameter the number goes to");
    CHECK(problems[1] == "5: default is missing: write \"unknown\" if the sources give none");
    CHECK(problems[2] == "8: range must be [lowest, highest]");
    CHECK(problems[3] == "9: unknown key parameter.sest; did you mean \"sets\"?");
    CHECK(problems[4] ==
          "13: \"registration.expries\" is no registration.* parameter; did you mean "
          "\"registration.expires\"?");
}

TEST_CASE("defaults, assumptions and effects must be values that could be set")
{
    const std::string number = "[[parameter]]\nname = \"A\"\nunit = \"s\"\nrange = [1, 9]\nsets = "
                               "\"registration.retry_wait\"\n" +
                               kOf;
    CHECK(first_problem(kHead + number + "default = 10\n") ==
          "5: default = 10: A allows 1s to 9s (A)");
    CHECK(first_problem(kHead + number + "default = \"unknown\"\nassumed = \"x\"\n")
              .starts_with("5: assumed = x: is not a duration"));
    CHECK(
        first_problem(kHead +
                      "[[assumption]]\nsets = \"registration.retry_wait\"\nvalue = 20\nwhy = "
                      "\"w\"\n") ==
        "5: registration.retry_wait = 20: has no unit: write \"20s\" (units: ns us ms s min h d)");
    const std::string choice = "[[parameter]]\nname = \"B\"\ndefault = \"Yes\"\n" + kOf;
    CHECK(first_problem(
              kHead + choice +
              "options = [{ name = \"Yes\", sets = { \"registration.unregister\" = \"some\" } "
              "}]\n") == "5: registration.unregister = some: must be one of none, own, all");
    CHECK(first_problem(
              kHead + choice +
              "options = [{ name = \"Yes\", sets = { \"registration.unregister\" = \"$How\" } "
              "}]\n") == "5: $How names no [[reading]]");
    CHECK(first_problem(kHead +
                        "[[parameter]]\nname = \"C\"\nunit = \"min\"\nrange = [0, 9]\ndefault = "
                        "1\nsets = \"registration.expires\"\n" +
                        kOf) == "5: registration.expires = 0s: must be 1s to 4294967295s");
}

TEST_CASE("a text goes to what it sets, if that can hold it")
{
    const std::string tag = "[[parameter]]\nname = \"D\"\ntype = \"text\"\nsets = "
                            "\"registration.proxy_require\"\ndefault = \"unknown\"\n" +
                            kOf;
    CHECK(first_problem(kHead + tag + "assumed = \"a.tag\"\n") == "(none)");
    CHECK(first_problem(kHead + tag + "assumed = \"two words\"\n")
              .ends_with("must be a token (RFC 3261 §25.1), or none"));
    CHECK(first_problem(kHead + tag + "assumed = 1\n") == "5: assumed = 1: must be a text");
}

TEST_CASE("names and keys are there once, in any case of letters")
{
    const std::string one = "[[parameter]]\nname = \"A\"\nkeys = [\"P1\"]\ntype = "
                            "\"text\"\nsimulated = false\ndefault = "
                            "\"unknown\"\n" +
                            kOf;
    CHECK(first_problem(kHead + one) == "(none)");
    const std::vector<std::string> problems = problems_of(kHead + one + one);
    REQUIRE(problems.size() == 2);
    CHECK(problems[0] == "13: key P1 is there twice");
    CHECK(problems[1] == "13: \"A\" is there twice");
}

TEST_CASE("a parameter may hold only where another one stands at a choice; elsewhere it is idle")
{
    const std::string mode = "[[parameter]]\nname = \"Mode\"\ndefault = \"a\"\noptions = [{ name = "
                             "\"a\", sets = {} }, { name = \"b\", sets = {} }]\n" +
                             kOf;
    const std::string wait =
        "[[parameter]]\nname = \"Wait\"\nunit = \"s\"\nrange = [1, 9]\ndefault = "
        "\"unknown\"\nsets = \"registration.retry_wait\"\nwhen = { \"Mode\" = "
        "\"b\" }\n" +
        kOf;
    const Checked<Profile> loaded = load_profile(kHead + mode + wait);
    REQUIRE(std::holds_alternative<Profile>(loaded));
    const auto& profile = std::get<Profile>(loaded);
    DeviceOptions o;
    CHECK(apply(profile, {}, o).empty()); // an unknown default that nothing reads
    const std::vector<Setting> alone{{"vendor.Wait", std::int64_t{4}}};
    Applied applied;
    CHECK(apply(profile, alone, o, {}, &applied).empty()); // a sweep of Mode may set it beside both
    REQUIRE(applied.idle.size() == 1);
    CHECK(applied.idle[0].setting == 0U);
    CHECK(applied.idle[0].clause == "has no effect unless vendor.\"Mode\" is b");
    CHECK(applied.writes[0].empty());
    const std::vector<Setting> mode_only{{"vendor.Mode", std::string{"b"}}};
    const std::vector<SettingProblem> problems = apply(profile, mode_only, o);
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].clause.starts_with("profile x: vendor.\"Wait\" must be set"));
    const std::vector<Setting> both{{"vendor.Mode", std::string{"b"}},
                                    {"vendor.Wait", std::int64_t{4}}};
    CHECK(apply(profile, both, o).empty());
    CHECK(o.registration.retry.base == 4s);
    CHECK(first_problem(kHead + wait) ==
          "11: no parameter before this one is \"Mode\" with a choice \"b\"");
}

TEST_CASE(
    "a number below the range may be raised to it; a choice may need a key of the fleet, or be one")
{
    const std::string wait =
        "[[parameter]]\nname = \"Wait\"\nunit = \"s\"\nrange = [5, 9]\nraised = "
        "2\ndefault = 7\nsets = \"registration.retry_wait\"\n" +
        kOf;
    const std::string way =
        "[[parameter]]\nname = \"Way\"\ndefault = \"none\"\noptions = [{ name = \"none\" }, "
        "{ name = \"by\", needs = \"proxy\" }, { name = \"to\", instead = \"configured\", "
        "sets = { \"dns.failover.tries\" = 3 } }]\n" +
        kOf;
    const Checked<Profile> loaded = load_profile(kHead + wait + way);
    REQUIRE(std::holds_alternative<Profile>(loaded));
    const auto& profile = std::get<Profile>(loaded);
    const auto clause = [&profile](const Setting& setting, const FleetKeys& fleet) {
        DeviceOptions o;
        const auto problems = apply(profile, std::vector{setting}, o, fleet);
        return problems.empty() ? std::string{} : problems[0].clause;
    };
    const Setting low{"vendor.Wait", std::int64_t{2}};
    DeviceOptions o;
    Applied applied;
    CHECK(apply(profile, std::vector{low}, o, {}, &applied).empty());
    CHECK(o.registration.retry.base == 5s);
    REQUIRE(applied.raised.size() == 1);
    CHECK(applied.raised[0].clause == "is taken as 5s, as X does");
    CHECK(applied.writes == std::vector<std::vector<std::string>>{{"registration.retry_wait"}});
    CHECK(clause({"vendor.Wait", std::int64_t{1}}, {}) == "X allows 5s to 9s (Wait)");
    CHECK(clause({"registration.retry_wait", std::string{"2s"}}, {}) == "X allows 5s to 9s (Wait)");
    const Setting by{"vendor.Way", std::string{"by"}};
    CHECK(clause(by, {}) == "needs the fleet's `proxy`");
    CHECK(clause(by, {"proxy"}).empty());
    CHECK(clause({"vendor.Way", std::string{"to"}}, {"configured"}) ==
          "is the fleet's `configured`: set that instead");
    CHECK(apply(profile, {}, o, {"configured"}).empty());
    CHECK(o.failover.tries == 3);
    CHECK(first_problem(kHead +
                        "[[parameter]]\nname = \"W\"\nunit = \"s\"\nrange = [5, 9]\n"
                        "raised = 5\ndefault = 7\nsets = \"registration.retry_wait\"\n" +
                        kOf) == "9: raised must be a number below the range");
}

TEST_CASE("a number may have something added, set more than one key, and have a name of its own")
{
    const Checked<Profile> loaded =
        load_profile(kHead +
                     "[[parameter]]\nname = \"Retries\"\nrange = [1, 9]\nplus = 1\ndefault = 3\n"
                     "sets = \"registration.retry.stop_after\"\n"
                     "also = { \"registration.retry.law\" = \"linear\" }\n"
                     "options = [{ name = \"ever\", code = 0, sets = { "
                     "\"registration.retry.stop_after\" = 0 } }]\n" +
                     kOf);
    REQUIRE(std::holds_alternative<Profile>(loaded));
    const auto& profile = std::get<Profile>(loaded);
    DeviceOptions o;
    CHECK(apply(profile, {}, o).empty());
    CHECK(o.registration.retry.stop_after == 4); // 3 retries: the fourth failure is the last
    CHECK(o.registration.retry.kind == registration::RetryLaw::Kind::kLinear);
    const std::vector<Setting> ever{{"vendor.Retries", std::int64_t{0}}};
    CHECK(apply(profile, ever, o).empty());
    CHECK(o.registration.retry.stop_after == 0);
    CHECK(o.registration.retry.kind == registration::RetryLaw::Kind::kConstant);
}

TEST_CASE("what no source says, the profile names and its user must set")
{
    const Checked<Profile> loaded = load_profile(
        kHead + "[[unknown]]\nsets = \"registration.refresh.lead\"\nwhy = \"nobody says\"\n");
    REQUIRE(std::holds_alternative<Profile>(loaded));
    const auto& profile = std::get<Profile>(loaded);
    CHECK(must_be_set(profile) == std::vector<std::string>{"registration.refresh.lead"});
    DeviceOptions o;
    const std::vector<SettingProblem> problems = apply(profile, {}, o);
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].clause == "profile x: registration.refresh.lead must be set: nobody says");
    const std::vector<Setting> set{{"registration.refresh.lead", std::string{"30s"}}};
    CHECK(apply(profile, set, o).empty());
    CHECK(o.registration.refresh.lead == 30s);
    CHECK(first_problem(kHead + "[[unknown]]\nsets = \"registration.x\"\nwhy = \"w\"\n")
              .starts_with("6: \"registration.x\" is no registration.* parameter"));
}
