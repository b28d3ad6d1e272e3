#include "model/base/nearest.h"
#include "scenarios/runner/store.h"
#include "scenarios/runner/verbs.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <functional>
#include <limits>

namespace
{

using namespace sipsim::runner;

std::atomic<int> interrupts{0};

extern "C" void
on_interrupt(int /*signal*/)
{
    ++interrupts;
}

void
catch_interrupts()
{
    struct sigaction action
    {
    };

    action.sa_handler = on_interrupt; // no SA_RESTART: a poll in progress returns
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

/// What would end the process ends the run instead, which removes what it has made.
void
catch_all_ends()
{
    catch_interrupts();

    struct sigaction action
    {
    };

    action.sa_handler = on_interrupt;
    sigemptyset(&action.sa_mask);
    sigaction(SIGHUP, &action, nullptr); // the terminal went
    action.sa_handler = SIG_IGN;         // the reader went: writing fails
    sigaction(SIGPIPE, &action, nullptr);
}

/// Refuses what is no whole number from `low` to `high`, before CLI11 converts (and wraps) it.
CLI::Validator
whole_number(std::uint64_t low, std::uint64_t high)
{
    return {[low, high](std::string& text) {
                std::uint64_t value = 0;
                const char* end = text.data() + text.size();
                const auto [stop, error] = std::from_chars(text.data(), end, value);
                const bool good = error == std::errc{} && stop == end;
                return good && value >= low && value <= high
                           ? std::string{}
                           : fmt::format("{}: must be a whole number, {} to {}", text, low, high);
            },
            ""};
}

constexpr std::uint64_t kMaxSeed = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t kMaxIndex = std::numeric_limits<std::uint32_t>::max();

/// Refuses what is no number, or none that `allowed` takes; `range` says in words which are.
CLI::Validator
number(bool (*allowed)(double), const char* range)
{
    return {[allowed, range](std::string& text) {
                double value = 0;
                const char* end = text.data() + text.size();
                const auto [stop, error] = std::from_chars(text.data(), end, value);
                return error == std::errc{} && stop == end && allowed(value)
                           ? std::string{}
                           : fmt::format("{}: must be a number {}", text, range);
            },
            ""};
}

/// A choice of words; the message names them and the one that was meant.
CLI::Validator
one_of(std::vector<std::string> words)
{
    return {[words = std::move(words)](std::string& text) {
                return std::ranges::find(words, text) != words.end()
                           ? std::string{}
                           : fmt::format("{}: must be {}{}",
                                         text,
                                         fmt::join(words, " or "),
                                         sipsim::did_you_mean(text, words));
            },
            ""};
}

constexpr const char* kExitCodes = R"(Exit codes:
  0    ok
  1    a run failed, results could not be written, or decode refused the datagram
  2    usage or configuration; compare: too few runs to tell
  3    compare: something is worse, or changed
  130  interrupted)";

constexpr const char* kDecodeNotes = R"(Of a SIP request, as RFC 3261 has it used:
  max_forwards  70 where the header field is absent
  expires       3600 where the value of Expires is no whole number below 2^32, or that of a Contact's
                expires is none at all; not shown where it is absent
Exit code 1: the datagram is refused; the reason is on stderr, as JSON. 2: the file cannot be read.)";

/// One override each time it is given: what follows is no more of them.
void
set_option(CLI::App& verb, std::vector<std::string>& sets)
{
    verb.add_option("--set", sets, "override, for example fleet.gateways.count=50")
        ->type_name("KEY=VALUE")
        ->take_all()
        ->expected(1)
        ->allow_extra_args(false);
}

void
experiment_options(CLI::App& verb, ExperimentArgs& args)
{
    verb.add_option("FILE", args.file, "experiment file (TOML)")->required();
    set_option(verb, args.sets);
    verb.add_option("--seed", args.seed, "seed of the experiment, instead of the file's")
        ->check(whole_number(0, kMaxSeed));
}

/// Everything the command line can say; `chosen` is what it said.
struct CommandLine
{
    CLI::App app{"What a fleet of SIP devices does together: registration, simulated.", "sipsim"};
    CheckArgs check;
    PlanArgs plan;
    RunArgs run;
    ShowArgs show;
    ExportArgs export_results;
    CompareArgs compare;
    PlotArgs plot;
    TraceArgs trace;
    LiveArgs live;
    ParamsArgs params;
    ProfilesArgs profiles;
    TopologyArgs topology;
    DecodeArgs decode;
    std::function<int()> chosen;

    CommandLine()
    {
        app.require_subcommand(0, 1); // that there is none, main() says
        app.set_version_flag("--version", std::string("sipsim ") + SIPSIM_VERSION);
        add_experiment_verbs();
        add_live_verb();
        add_result_verbs();
        add_compare_verb();
        add_inspection_verbs();
        app.footer(kExitCodes); // at last: verbs would inherit it
    }

    CLI::App& verb(const std::string& name, const std::string& does, std::function<int()> action)
    {
        CLI::App* sub = app.add_subcommand(name, does);
        sub->callback([this, action = std::move(action)] { chosen = action; });
        return *sub;
    }

    void add_experiment_verbs()
    {
        auto& check_verb = verb("check", "all errors of experiment files, in one pass", [this] {
            return sipsim::runner::check(check);
        });
        check_verb.add_option("FILE", check.files, "experiment files (TOML)")->required();
        set_option(check_verb, check.sets);

        auto& plan_verb =
            verb("plan",
                 "points, replications, estimated time, disk and memory; runs nothing",
                 [this] { return sipsim::runner::plan(plan); });
        experiment_options(plan_verb, plan.experiment);
        plan_verb.add_flag("--json", plan.json, "one JSON object");

        auto& run_verb = verb("run", "run what is missing; results go to a directory", [this] {
            catch_interrupts();
            return sipsim::runner::run(run, interrupts);
        });
        experiment_options(run_verb, run.experiment);
        run_verb.add_option("-o,--output", run.output, "results directory (default results/NAME)");
        run_verb.add_option("-j,--jobs", run.workers, "runs at a time (default: one per core)")
            ->check(whole_number(1, 1024));
        run_verb.add_option("--only",
                            run.only,
                            "only points with PARAM=VALUE[,PARAM=VALUE...], only runs with seed=N");

        auto& trace_verb = verb("trace",
                                "one run, with a ladder diagram and a pcap of one user agent",
                                [this] { return sipsim::runner::trace(trace); });
        experiment_options(trace_verb, trace.experiment);
        trace_verb.add_option("--ua", trace.ua, "account number, from 0")
            ->required()
            ->check(whole_number(0, kMaxIndex));
        trace_verb.add_option("--point", trace.point, "point of the sweep, from 0 (see plan)")
            ->check(whole_number(0, kMaxIndex));
        trace_verb.add_flag("--json",
                            trace.json,
                            "one JSON object per message instead of the ladder");
        trace_verb.add_option("--pcap",
                              trace.pcap,
                              "capture file (default NAME-uaN.pcap; none with --json)");
    }

    void add_live_verb()
    {
        auto& live_verb =
            verb("live",
                 "in real time, with the real network in the place of one host ([live])",
                 [this] {
                     catch_all_ends();
                     return sipsim::runner::live(live, interrupts);
                 });
        experiment_options(live_verb, live.experiment);
        live_verb.add_flag("--json", live.json, "one JSON object per line");
        live_verb.add_option("--pcap", live.pcap, "capture of that host's link (raw IP)");
    }

    void add_result_verbs()
    {
        auto& show_verb =
            verb("show",
                 "what is in a result store; of a run, its parameters, metrics and cost",
                 [this] { return sipsim::runner::show(show); });
        show_verb.add_option("RESULTS", show.results, "results directory")->required();
        show_verb.add_option("RUN", show.run, "run number")->check(whole_number(1, kMaxSeed));
        show_verb.add_flag("--json", show.json, "one JSON object");

        auto& export_verb =
            verb("export",
                 "metrics, series or histograms as CSV or JSON, sorted by point and seed; or a "
                 "baseline",
                 [this] { return sipsim::runner::export_results(export_results); });
        export_verb.add_option("RESULTS", export_results.results, "results directory")->required();
        auto* metrics = export_verb.add_flag("--metrics",
                                             export_results.metrics,
                                             "the metrics of each run (default)");
        auto* series =
            export_verb.add_flag("--series", export_results.series, "the series of each run")
                ->excludes(metrics);
        export_verb
            .add_flag("--histograms", export_results.histograms, "the histograms of each run")
            ->excludes(metrics)
            ->excludes(series);
        export_verb
            .add_option("--format",
                        export_results.format,
                        "csv or json; baseline: metrics and fingerprints for compare")
            ->check(one_of({"csv", "json", "baseline"}));

        auto& plot_verb = verb("plot",
                               "SVG and PNG figures, and what they say in a sentence",
                               [this] { return sipsim::runner::plot(plot); });
        plot_verb.add_option("RESULTS", plot.results, "results directory")->required();
        auto* output =
            plot_verb.add_option("-o,--output", plot.output, "directory for the figures");
        plot_verb
            .add_flag("--json", plot.json, "no figures: what they would show, as one JSON object")
            ->excludes(output);
    }

    void add_compare_verb()
    {
        auto& compare_verb = verb("compare",
                                  "is NEW worse than BASE? Exit code 3 if it is",
                                  [this] { return sipsim::runner::compare(compare); });
        compare_verb.add_option("BASE", compare.base, "results directory, or baseline file")
            ->required();
        compare_verb.add_option("NEW", compare.changed, "results directory, or baseline file")
            ->required();
        compare_verb
            .add_option("--alpha",
                        compare.alpha,
                        "probability of a false alarm over all metrics and points (default 0.01)")
            ->check(number([](double x) { return x > 0 && x < 1; }, "above 0 and below 1"));
        compare_verb
            .add_option("--least",
                        compare.least,
                        "share of BASE's mean below which no difference is a finding (default 0)")
            ->check(number([](double x) { return x >= 0 && x <= 1; }, "from 0 to 1"));
        compare_verb.add_flag("--only-worse",
                              compare.only_worse,
                              "exit 0 if what changed is neither better nor worse");
        compare_verb.add_flag("--all", compare.all, "also what does not differ");
        compare_verb.add_flag("--json", compare.json, "one JSON object");
        compare_verb.add_option("--junit", compare.junit, "JUnit XML to this file");
    }

    void add_inspection_verbs()
    {
        auto& params_verb = verb("params",
                                 "every parameter: unit, default, range, meaning, source",
                                 [this] { return sipsim::runner::params(params); });
        params_verb.add_option("--profile", params.profile, "only this vendor profile");
        params_verb.add_flag("--json", params.json, "one JSON array");

        auto& profiles_verb = verb("profiles",
                                   "every product: its laws, and what its user must set",
                                   [this] { return sipsim::runner::profiles(profiles); });
        profiles_verb.add_flag("--json", profiles.json, "one JSON array");

        auto& topology_verb = verb("topology",
                                   "nodes, links, diameter and cut vertices of a map",
                                   [this] { return sipsim::runner::topology(topology); });
        auto* file = topology_verb.add_option("FILE", topology.file, "GraphML file");
        topology_verb
            .add_option(
                "--generate",
                topology.generate,
                "write a generated map to stdout, for example scale-free?nodes=100&links=2&seed=1")
            ->excludes(file);
        topology_verb.add_flag("--json", topology.json, "one JSON object");

        auto& decode_verb = verb("decode",
                                 "one datagram from a file to JSON, or the reason it is refused",
                                 [this] { return sipsim::runner::decode(decode); });
        decode_verb.add_option("PROTOCOL", decode.protocol, "sip, dns or stun")
            ->required()
            ->check(one_of({"sip", "dns", "stun"}));
        decode_verb.add_option("FILE", decode.file, "file with the datagram's octets")->required();
        decode_verb.footer(kDecodeNotes);
    }
};

/// What CLI11 found wrong, with the verb it is about and where to read on.
std::string
explain(const CommandLine& line, const CLI::ParseError& error, int argc, char** argv)
{
    const auto chosen = line.app.get_subcommands();
    const std::string verb = chosen.empty() ? "sipsim" : "sipsim " + chosen.front()->get_name();
    std::string what = error.what();
    if (const auto missing = what.find(": 1 required "); missing != std::string::npos)
    {
        what = what.substr(0, missing) + ": its value is missing";
    }
    if (chosen.empty() && argc > 1)
    {
        std::vector<std::string> verbs;
        for (const auto* sub : line.app.get_subcommands([](const CLI::App*) { return true; }))
        {
            verbs.push_back(sub->get_name());
        }
        const std::string word = argv[1];
        what = fmt::format("{}: there is no such {}{}",
                           word,
                           word.starts_with("-") ? "option" : "verb",
                           sipsim::did_you_mean(word, verbs));
    }
    return fmt::format("{0}: error: {1}\n({0} --help says what it takes)\n", verb, what);
}

/// Results that could not be written are no results.
int
flush_results(int code)
{
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0)
    {
        return code;
    }
    if (errno != EPIPE) // the reader had enough
    {
        fmt::print(stderr, "sipsim: error: standard output: cannot write: {}\n", strerror(errno));
    }
    return code == kOk ? kRunFailed : code;
}

int
carry_out(const CommandLine& line)
{
    try
    {
        return flush_results(line.chosen());
    }
    catch (const DiskError& e)
    {
        fmt::print(stderr, "sipsim: error: {}\n", e.what());
        return kRunFailed;
    }
    catch (const StoreError& e)
    {
        fmt::print(stderr, "sipsim: error: {}\n", e.what());
        return kUsage;
    }
    catch (const std::system_error& e)
    {
        if (e.code() == std::errc::broken_pipe)
        {
            return kRunFailed; // of fmt::print, with SIGPIPE ignored: the reader had enough
        }
        fmt::print(stderr, "sipsim: error: {}\n", e.what());
        return kRunFailed;
    }
    catch (const std::exception& e)
    {
        fmt::print(stderr, "sipsim: error: {}\n", e.what());
        return kRunFailed;
    }
}

} // namespace

int
main(int argc, char** argv)
{
    CommandLine line;
    try
    {
        line.app.parse(argc, argv);
    }
    catch (const CLI::ParseError& e)
    {
        if (e.get_exit_code() == 0) // --help and --version
        {
            return flush_results(line.app.exit(e));
        }
        fmt::print(stderr, "{}", explain(line, e, argc, argv));
        return kUsage;
    }
    if (!line.chosen)
    {
        fmt::print(stderr,
                   "sipsim: error: say what to do, by one of these verbs\n{}",
                   line.app.help());
        return kUsage;
    }
    return carry_out(line);
}
