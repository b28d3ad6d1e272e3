"""`sipsim compare`: exit codes, table, --json, --junit, what it refuses and the remedy it names."""
import json
import pathlib
import shutil
import sqlite3
import sys
import xml.etree.ElementTree as ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from cli import OK, SMALL, USAGE, expect, experiment, fresh, run_all, sipsim, write  # noqa: E402

WORSE = 3
BASE = pathlib.Path("base")
FLEET = ["--set", "experiment.carrier=fleet"]
POINTS = ["fleet.phones.registration.retry_wait=5s", "fleet.phones.registration.retry_wait=60s"]


def store(name, *options):
    """Results of the small sweep, 12 seeds."""
    if not pathlib.Path(name).exists():
        expect(OK, "run", SMALL, "-o", name, *FLEET, "--set", "replications.count=12", *options)
    return pathlib.Path(name)


def spoiled(name, change, *parameters):
    """A copy of the base whose metrics are changed by SQL."""
    shutil.copytree(store(BASE), fresh(name))
    with sqlite3.connect(f"{name}/results.sqlite") as db:
        db.execute(change, parameters)
    db.close()
    return pathlib.Path(name)


def slower():
    """5 % more time to 99 % in every run; nothing else."""
    return spoiled("slower", "UPDATE metric SET value = value * 1.05 WHERE name = 'time_to_99'")


def compared(code, *words, out=None):
    """As expect(), but exit code 3 is a finding, on stdout, not an error that stderr must explain."""
    done = sipsim("compare", *words)
    said = f"{words} -> {done.returncode}\n{done.stdout}{done.stderr}"
    assert done.returncode == code, said
    assert done.stderr == "" and "\x1b" not in done.stdout, said
    for text in [out] if isinstance(out, str) else out or []:
        assert text in done.stdout, f"stdout lacks {text!r}:\n{said}"
    return done.stdout


def answer_of(code, *words):
    return json.loads(compared(code, *words, "--json"))


def test_identical():
    copy = spoiled("copy", "UPDATE cost SET value = 2 * value")  # cost is never compared
    said = compared(OK, store(BASE), copy)
    assert said.startswith("Identical: 24 runs with equal fingerprints and metrics (content "), said
    assert said.count("\n") == 1, said
    content = json.loads(expect(OK, "show", BASE, "--json").stdout)["content_hash"]
    assert content[:16] in said, said
    assert compared(OK, BASE / "results.sqlite", BASE) == said


def test_worse():
    said = compared(WORSE, store(BASE), slower(), out=["Worse: time_to_99 goes ", "+5 %", "sign-flip, 12 pairs"])
    assert "Holm over all of them, family level 1 %" in said, said
    assert all(f"{point}: 12 pairs of one seed, 12 with equal fingerprints" in said for point in POINTS), said
    better = compared(OK, "slower", BASE, out="No regression: time_to_99 goes ")
    assert "2 better" in better, better
    # 12 pairs have p = 2^-11 at best, which is no evidence at a level of 1e-4: a t test takes over.
    compared(WORSE, BASE, "slower", "--alpha", "0.0001", out=["family level 0.01 %", "paired-t, 12 pairs"])


def test_changed_metric_of_which_neither_way_is_better():
    more = spoiled("more", "UPDATE metric SET value = value + 7 WHERE name = 'calls_offered'")
    compared(WORSE, store(BASE), more, out=["Changed: calls_offered goes ", "  changed "])
    compared(OK, BASE, more, "--only-worse", out=["No regression: calls_offered goes ", "  changed "])


def test_smaller_than_least():
    said = compared(OK, store(BASE), slower(), "--least", "0.06", out=["No difference in 2 comparisons"])
    assert "; 2 differ by less than 6 %." in said and said.count("\n") == 1, said
    compared(OK, BASE, slower(), "--least", "0.06", "--all", out="  small         time_to_99 ")
    compared(WORSE, BASE, "slower", "--least", "0.04", out="Worse: time_to_99 goes ")
    report = answer_of(OK, BASE, "slower", "--least", "0.06")
    assert report["least"] == 0.06 and report["counts"]["small"] == 2, report["counts"]


def test_not_reached():
    never = spoiled(
        "never", "UPDATE metric SET value = NULL, censored = 1 WHERE name = 'time_to_99' AND run_id > 2"
    )
    compared(WORSE, store(BASE), never, out=["time_to_99 not reached", "0 of 12 -> 1", "mcnemar"])


def test_all_and_other_seeds():
    other = store("other", "--seed", 12)
    said = compared(OK, store(BASE), other, out="No difference in ")
    assert said.count("\n") == 1, said
    said = compared(OK, BASE, other, "--all", out=["12 and 12 runs, not paired (0 seeds shared)", "time_to_99"])
    assert "  no difference time_to_95 " in said and "identical" in said, said
    assert "permutation, 12 and 12 runs, p = " in said, said


def test_baseline():
    text = expect(OK, "export", store(BASE), "--format", "baseline").stdout
    file = write("base.json", text)
    compared(OK, file, BASE, out="Identical: 24 runs")
    compared(WORSE, file, slower(), out="Worse: time_to_99 goes ")
    indented = write("indented.json", json.dumps(json.loads(text), indent=4))
    compared(OK, indented, file, out="Identical: 24 runs")
    assert expect(OK, "export", indented, "--format", "baseline").stdout == text
    expect(USAGE, "export", BASE, "--format", "baseline", "--series", err="leave out --series")


def test_json():
    report = answer_of(WORSE, store(BASE), slower())
    assert set(report) == {
        "base", "new", "alpha", "least", "family", "identical", "failed", "undecided", "finding", "only_base",
        "only_new", "counts", "points", "metrics",
    }
    assert report["alpha"] == 0.01 and report["least"] == 0 and report["failed"] and not report["identical"]
    assert report["base"]["runs"] == 24 and report["base"]["content_hash"]
    assert report["counts"]["worse"] == 2 and sum(report["counts"].values()) == len(report["metrics"])
    assert [point["point"] for point in report["points"]] == POINTS
    assert report["family"] == 2, "what is identical in all runs is no question"
    (row, _) = [m for m in report["metrics"] if m["metric"] == "time_to_99"]
    assert set(row) == {"point", "metric", "unit", "better", "verdict", "checks"}
    assert (row["unit"], row["better"], row["verdict"]) == ("s", "less", "worse")
    (check,) = row["checks"]
    assert set(check) == {
        "aspect", "test", "paired", "base", "new", "difference", "interval", "relative", "d", "p",
        "p_holm", "fewer_reach", "verdict",
    }
    assert (check["aspect"], check["test"], check["paired"]) == ("value", "sign-flip", True)
    assert check["p"] == 2 / 2**12 and check["p_holm"] == 4 / 2**12  # one way in all pairs; a family of two
    low, high = check["interval"]
    assert low < check["difference"] < high and abs(check["relative"] - 0.05) < 1e-9
    assert check["d"] > 0
    assert not {"wall_s", "events"} & {m["metric"] for m in report["metrics"]}, "cost is never compared"


def test_junit():
    compared(WORSE, store(BASE), slower(), "--junit", "junit.xml")
    root = ElementTree.parse("junit.xml").getroot()
    assert root.tag == "testsuites"
    (suite,) = root.findall("testsuite")
    cases = suite.findall("testcase")
    rows = answer_of(WORSE, BASE, "slower")["metrics"]
    assert [(c.get("classname"), c.get("name")) for c in cases] == [(r["point"], r["metric"]) for r in rows]
    failures = [c for c in cases if c.find("failure") is not None]
    assert [c.get("name") for c in failures] == ["time_to_99"] * 2
    assert [c.get("classname") for c in failures] == POINTS
    assert "p = " in failures[0].find("failure").get("message")
    for part in (root, suite):
        assert (part.get("tests"), part.get("failures"), part.get("errors")) == (str(len(cases)), "2", "0")
    expect(USAGE, "compare", BASE, BASE, "--junit", "no-such-directory/junit.xml", err="cannot write")


def test_only_on_one_side():
    less = spoiled("less", "DELETE FROM metric_info WHERE name = 'queue_peak'")
    with sqlite3.connect(less / "results.sqlite") as db:
        db.execute("UPDATE run SET params_json = replace(params_json, '60s', ?) WHERE point = 1", ['<&\\"61s'])
    db.close()
    said = compared(OK, store(BASE), less, "--junit", "less.xml")
    assert f"only in BASE, points: {POINTS[1]}\n" in said and "only in NEW, points: " in said, said
    assert "only in BASE, metrics: queue_peak\n" in said, said
    cases = ElementTree.parse("less.xml").getroot().findall("testsuite/testcase")
    skipped = {(c.get("classname"), c.get("name")) for c in cases if c.find("skipped") is not None}
    odd = POINTS[1].replace("60s", '<&"61s')
    assert skipped == {(POINTS[1], "all metrics"), (odd, "all metrics"), ("-", "queue_peak")}, skipped


def test_stores_of_before():
    """Without the column that says which way is better: NEW's word counts, or BASE's."""
    old = spoiled("old", "ALTER TABLE metric_info DROP COLUMN better")
    compared(WORSE, old, slower(), out="Worse: time_to_99")
    compared(OK, "slower", old, out="No regression: time_to_99")
    with sqlite3.connect("slower/results.sqlite") as db:
        db.execute("ALTER TABLE metric_info DROP COLUMN better")
    db.close()
    compared(WORSE, "slower", old, out="Changed: time_to_99")


def test_refused():
    expect(USAGE, "compare", err=["sipsim compare: error:", "required"])
    expect(USAGE, "compare", BASE, err=["sipsim compare: error:", "required"])
    for alpha in ("0", "1", "-1", "x", "nan", "5%"):
        expect(USAGE, "compare", BASE, BASE, f"--alpha={alpha}", err=["--alpha", "above 0 and below 1"])
    for least in ("-0.1", "1.1", "x", "nan", "5%"):
        expect(USAGE, "compare", BASE, BASE, f"--least={least}", err=["--least", "from 0 to 1"])
    expect(USAGE, "compare", "no-such", store(BASE), err=["no-such: no results here", "sipsim run FILE -o no-such"])
    text = write("text", "{}")
    nothing = write("nothing", "")
    for words in ((text, BASE), (BASE, text), (BASE, SMALL), (nothing, BASE), (BASE, nothing)):
        expect(USAGE, "compare", *words, err=["neither results nor a baseline", "sipsim export DIR --format baseline"])
    broken = write("broken.json", '{"sipsim_baseline": 1, "experiment": "x"}')
    expect(USAGE, "compare", broken, BASE, err=["broken.json: broken baseline", "writes it anew"])
    newer = write("newer.json", '{"sipsim_baseline": 9}')
    expect(USAGE, "compare", newer, BASE, err="newer.json: a baseline of version 9")
    expect(USAGE, "compare", BASE, "/dev/null", err="/dev/null")


def test_nothing_to_compare():
    single = experiment("single.toml")
    expect(OK, "run", single, "-o", fresh("single"))
    expect(USAGE, "compare", store(BASE), "single", err=["nothing in common", "no point has the same parameters"])
    expect(OK, "run", single, "-o", fresh("longer"), "--set", "experiment.duration=4min", "--seed", 3)
    expect(
        USAGE, "compare", "single", "longer", out="\nUndecided: ",
        err=["no test of so few runs can tell it from chance", "--set replications.count="],
    )


if __name__ == "__main__":
    for left in (BASE, pathlib.Path("other")):
        fresh(left)
    run_all(sys.modules["__main__"])
