"""A run that dies or takes too long is retried once, marked, and stops nothing else."""
import json
import os
import pathlib
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from cli import (  # noqa: E402
    ENDLESS, FAILED, OK, children, end, expect, experiment, fresh, read_until, run_all, start, until,
)

# Point 0 works for hours, point 1 is done at once.
SWEEP = """[sweep.over]
"fleet.phones.count" = [20000, 2]
"""
LONG = ["--set", "experiment.duration=4h"]


def config(name):
    return experiment(name, fleet=ENDLESS, after=SWEEP)


def show(store):
    return json.loads(expect(OK, "show", store, "--json").stdout)["runs"]


def worker_of(process, known=()):
    """The one worker of a runner with -j 1, when it is another than those known."""
    return until("a worker", lambda: [w for w in children(process.pid) if w not in known])[0]


def test_a_run_that_takes_too_long():
    store = fresh("late")
    words = ["run", config("late.toml"), "-o", store, "-j", 1, *LONG, "--set", "experiment.run_timeout=3s"]
    expect(FAILED, *words, out=["1 runs done", "1 failed"], err=f"sipsim show {store} tells why")
    late, good = show(store)
    assert (late["status"], late["attempts"]) == ("timeout", 2), late
    assert "experiment.run_timeout" in late["error"] and late["metrics"] == {}, late
    assert (good["status"], good["attempts"]) == ("ok", 1), good
    expect(OK, "show", store, out=["timeout", "experiment.run_timeout"])
    expect(OK, "show", store, late["run"], out=["timeout at attempt 2", "experiment.run_timeout", "again: "])
    rows = json.loads(expect(OK, "export", store, "--format", "json").stdout)
    assert [row["status"] for row in rows] == ["timeout", "ok"]
    assert expect(OK, "export", store).stdout.count("\n") == 3
    # The next run tries it again, and only it.
    expect(FAILED, *words, out=["0 runs done", "1 were there already", "1 failed"])
    assert len(show(store)) == 2, "a failed run is replaced, not doubled"


def test_a_run_whose_process_dies():
    store = fresh("dead")
    words = ["run", config("dead.toml"), "-o", store, "-j", 1, *LONG]
    process = start(*words)
    read_until(process, "0/2 runs")
    first = worker_of(process)
    os.kill(first, signal.SIGKILL)
    read_until(process, "1/2 runs")  # the sweep went on
    again = worker_of(process, (first,))
    os.kill(again, signal.SIGABRT)  # not SEGV: a sanitizer makes an exit code of it
    code, out, err = end(process)
    assert code == FAILED and "1 runs done" in out and "1 failed" in out, (code, out, err)
    dead, good = show(store)
    assert (dead["status"], dead["attempts"]) == ("failed", 2), dead
    assert "signal 6 (Aborted)" in dead["error"], dead
    assert good["status"] == "ok"


def test_a_run_that_dies_once_is_repeated():
    store = fresh("once dead")
    sets = ["--set", "experiment.duration=4h", "--set", "fleet.phones.count=50"]
    plain = experiment("once.toml", fleet=ENDLESS)
    process = start("run", plain, "-o", store, "-j", 1, *sets)
    read_until(process, "0/1 runs")
    os.kill(worker_of(process), signal.SIGKILL)
    code, out, err = end(process)
    assert code == OK and "1 runs done" in out, (code, out, err)
    (run,) = show(store)
    assert (run["status"], run["attempts"]) == ("ok", 2), run
    undisturbed = fresh("undisturbed")
    expect(OK, "run", plain, "-o", undisturbed, *sets)
    assert show(undisturbed)[0]["fingerprint"] == run["fingerprint"]


if __name__ == "__main__":
    run_all(sys.modules["__main__"])
