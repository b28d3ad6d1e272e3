"""Ctrl-C once finishes what runs, twice stops; SIGTERM is a Ctrl-C; nothing finished is lost."""
import json
import os
import pathlib
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from cli import (  # noqa: E402
    ENDLESS, ENDLESS_SETS, INTERRUPTED, OK, SMALL, children, end, expect, experiment, fresh,
    read_until, run_all, start, until,
)


def runs_in(store):
    return json.loads(expect(OK, "show", store, "--json").stdout)["runs"]


def interrupted_once(sent):
    """A sweep of eighty runs, interrupted while the second or a later one runs."""
    store = fresh("once")
    words = ["run", SMALL, "-o", store, "--set", "replications.count=40"]
    process = start(*words, "-j", 1)
    read_until(process, "1/80 runs")
    process.send_signal(sent)
    code, out, err = end(process)
    assert code == INTERRUPTED, (code, out, err)
    assert "the same command runs what is missing" in err, err
    after = err.partition("interrupted: waiting")[2]
    assert "left" not in after, f"promises time that will not be used: {after}"
    done = runs_in(store)
    assert 0 < len(done) < 80 and {run["status"] for run in done} == {"ok"}, len(done)
    assert f"{len(done)} runs done" in out, (out, len(done))
    expect(OK, *words, out=[f"{80 - len(done)} runs done", f"{len(done)} were there already"])
    after = {run["run"]: run for run in runs_in(store)}
    assert len(after) == 80 and all(after[run["run"]] == run for run in done)


def test_once_finishes_what_runs():
    interrupted_once(signal.SIGINT)


def test_sigterm_is_an_interrupt():
    interrupted_once(signal.SIGTERM)


def test_sigterm_of_a_group_is_an_interrupt():
    """As `timeout` ends it: the workers get the signal, too, and go on all the same."""
    config = experiment("endless.toml", fleet=ENDLESS)
    store = fresh("group")
    words = ["run", config, "-o", store, "-j", 2, "--set", "replications.count=4", *ENDLESS_SETS]
    process = start(*words, start_new_session=True)
    read_until(process, "0/4 runs")
    workers = until("two workers", lambda: len(found := children(process.pid)) == 2 and found)
    # A worker that was forked just now has not yet turned the signal off.
    until("they ignore it", lambda: all(ignores(worker, signal.SIGTERM) for worker in workers))
    os.killpg(process.pid, signal.SIGTERM)
    read_until(process, "interrupted: waiting for 2 more")
    assert set(children(process.pid)) == set(workers), "the runs are let end"
    os.killpg(process.pid, signal.SIGTERM)
    code, out, err = end(process)
    assert code == INTERRUPTED and "0 failed" in out and "the same command" in err, (code, out, err)
    assert runs_in(store) == [], "what was cut off is not stored"


def ignores(pid, sent):
    status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    mask = int(status.split("SigIgn:")[1].split()[0], 16)
    return mask >> (sent - 1) & 1 == 1


def test_twice_stops_at_once():
    config = experiment("endless.toml", fleet=ENDLESS)
    store = fresh("twice")
    process = start("run", config, "-o", store, "-j", 2, "--set", "replications.count=2", *ENDLESS_SETS)
    read_until(process, "0/2 runs")
    workers = until("workers", lambda: children(process.pid))
    process.send_signal(signal.SIGINT)
    read_until(process, "interrupted: waiting for")
    assert process.poll() is None, "the first Ctrl-C lets the runs end"
    # As a terminal does it: to the workers too.
    expect(2, "run", config, "-o", store, *ENDLESS_SETS, "--set", "replications.count=2",
           err="another sipsim run is writing here")
    expect(OK, "show", store)  # reading beside a writer
    for worker in workers:
        signal.pidfd_send_signal(pidfd(worker), signal.SIGINT)
    process.send_signal(signal.SIGINT)
    code, out, err = end(process)
    assert code == INTERRUPTED and "the same command" in err, (code, out, err)
    assert runs_in(store) == []
    until("the workers end", lambda: not any(pathlib.Path(f"/proc/{w}/exe").exists() for w in workers))


def pidfd(pid):
    return os.pidfd_open(pid)


def test_other_verbs_end_by_one():
    config = experiment("endless.toml", fleet=ENDLESS)
    process = start("trace", config, "--ua", 0, "--json", *ENDLESS_SETS)
    assert process.stdout.readline().startswith("{"), "a trace is written while it happens"
    process.send_signal(signal.SIGINT)
    code, _, err = end(process)
    assert code in (-signal.SIGINT, INTERRUPTED) and "error" not in err, (code, err)


if __name__ == "__main__":
    run_all(sys.modules["__main__"])
