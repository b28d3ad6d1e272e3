"""Results directories that are none, damaged, full, of another version, or not ours to write to."""
import json
import os
import pathlib
import resource
import shutil
import sqlite3
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from cli import FAILED, OK, SIPSIM, SMALL, USAGE, expect, fresh, run_all, sipsim, write  # noqa: E402

STORE = pathlib.Path("store")
READERS = (["show"], ["export"], ["plot", "-o", "figures"])


def copy_of_store(name):
    """A copy of a finished store to spoil."""
    if not STORE.exists():
        expect(OK, "run", SMALL, "-o", STORE)
    shutil.copytree(STORE, fresh(name))
    return pathlib.Path(name)


def refused(store, said):
    """Every verb that reads, and run, refuse it by exit code 2, and leave it as it is."""
    file = store / "results.sqlite"
    before = file.read_bytes()
    for verb, *more in READERS:
        expect(USAGE, verb, store, *more, err=["sipsim: error: ", str(store), said])
    expect(USAGE, "run", SMALL, "-o", store, err=["sipsim: error: ", str(store), said])
    assert file.read_bytes() == before, "a refused store was changed"


def test_no_results():
    empty = fresh("empty")
    empty.mkdir()
    for place in ("no-such-directory", empty):
        for verb, *more in READERS:
            expect(USAGE, verb, place, *more, err=[f"{place}: no results here", f"sipsim run FILE -o {place}"])
    (empty / "results.sqlite").touch()  # a run that was killed as it began
    expect(USAGE, "show", empty, err="empty: no results here yet")
    text = write("text", "not a database, but long enough to be looked at " * 9)
    expect(USAGE, "show", text, err=["text: ", "not a result store"])
    expect(USAGE, "show", "/dev/null", err="/dev/null")


def test_no_such_run():
    store = copy_of_store("copy")
    expect(USAGE, "show", store, 99, err=["copy: no run 99", "sipsim show copy lists them"])
    expect(OK, "show", store / "results.sqlite", 1, out="run 1")


def test_no_database():
    store = copy_of_store("noise")
    (store / "results.sqlite").write_bytes(os.urandom(20_000))
    refused(store, "not a result store of sipsim")


def test_damaged():
    store = copy_of_store("damaged")
    file = store / "results.sqlite"
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    file.write_bytes(content)
    refused(store, "not a result store of sipsim, or a damaged one")


def test_truncated():
    store = copy_of_store("truncated")
    file = store / "results.sqlite"
    file.write_bytes(file.read_bytes()[:8192])
    refused(store, "not a result store of sipsim, or a damaged one")


def test_of_another_version():
    store = copy_of_store("newer")
    with sqlite3.connect(store / "results.sqlite") as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    refused(store, "another version of sipsim (schema 99")


def test_another_database():
    store = fresh("another")
    store.mkdir()
    with sqlite3.connect(store / "results.sqlite") as db:
        db.execute("CREATE TABLE cats(name TEXT)")
    db.close()
    for verb, *more in READERS:
        expect(USAGE, verb, store, *more, err=["another/results.sqlite", "sipsim"])
    expect(USAGE, "run", SMALL, "-o", store, err="another/results.sqlite")


def test_of_another_experiment():
    store = copy_of_store("other")
    for change in (["--seed", 12], ["--set", "fleet.phones.count=61"]):
        expect(USAGE, "run", SMALL, "-o", store, *change, err=["other/", "another experiment", "with -o"])
    expect(OK, "run", SMALL, "-o", store, out="0 runs done")


def test_of_another_course():
    """Who goes on with it would mix runs of two models; reading it, and comparing with it, is what it is for."""
    store = copy_of_store("course")
    with sqlite3.connect(store / "results.sqlite") as db:
        db.execute("UPDATE experiment SET version = '0.1.0+00000000'")
    db.close()
    expect(USAGE, "run", SMALL, "-o", store, err=["course/", "0.1.0+00000000", "with -o"])
    expect(OK, "show", store, out="0.1.0+00000000")
    expect(OK, "compare", copy_of_store("base"), store)


def test_no_place_for_a_directory():
    plain = write("plain", "")
    for place in (plain, plain / "below", "/proc/sipsim"):
        expect(USAGE, "run", SMALL, "-o", place, err=[f"{place}: cannot make the directory", "with -o"])
    store = copy_of_store("good")
    for place in (plain, plain / "below", "/proc/sipsim"):
        expect(USAGE, "plot", store, "-o", place, err=[f"{place}: error: cannot make the directory", "with -o"])


def unprivileged():
    """How to run sipsim as somebody who may not write everywhere; None if that cannot be."""
    if os.geteuid() != 0:
        return SIPSIM, {}
    home = pathlib.Path(tempfile.mkdtemp(prefix="sipsim-cli-"))
    home.chmod(0o755)
    shutil.copy2(SIPSIM, home / "sipsim")
    return str(home / "sipsim"), {"user": 65534, "group": 65534, "extra_groups": [], "cwd": home}


def test_a_directory_one_may_not_write_to():
    import subprocess

    program, who = unprivileged()
    place = pathlib.Path(tempfile.mkdtemp(prefix="sipsim-cli-"))
    place.chmod(0o755)
    try:
        finished = place / "finished"
        shutil.copytree(copy_of_store("copy"), finished)
        shutil.copytree(SMALL.parent, place / "tests/runner")
        shutil.copytree(SMALL.parent.parent.parent / "topologies", place / "topologies")
        locked = place / "locked"
        locked.mkdir()
        for path in (*place.rglob("*"), place):
            path.chmod(0o555 if path.is_dir() else 0o444)

        def call(*words):
            return subprocess.run(
                [program, *map(str, words)], capture_output=True, text=True, check=False, **who
            )

        assert call("--version").returncode == OK
        small = place / "tests/runner/small.toml"
        done = call("run", small, "-o", locked)
        assert done.returncode == USAGE and "Permission denied" in done.stderr, done
        assert "with -o" in done.stderr and not list(locked.iterdir()), done
        done = call("run", small, "-o", locked / "below")
        assert done.returncode == USAGE and "Permission denied" in done.stderr, done
        done = call("plot", finished, "-o", locked / "below")
        assert done.returncode == USAGE and "cannot make the directory: Permission denied" in done.stderr, done
        # Others' results can be read.
        for words in (["show", finished], ["show", finished, 1], ["export", finished, "--series"]):
            done = call(*words)
            mine = sipsim(*words)
            assert (done.returncode, done.stdout) == (OK, mine.stdout), done.stderr
        small.chmod(0o000)
        done = call("check", small)
        assert done.returncode == USAGE and "error: cannot be read: Permission denied" in done.stderr, done
    finally:
        for path in (place, *place.rglob("*")):
            path.chmod(0o755)
        shutil.rmtree(place)
        if who:
            shutil.rmtree(pathlib.Path(program).parent)


def test_a_full_disk():
    store = fresh("full")

    def little_room():
        resource.setrlimit(resource.RLIMIT_FSIZE, (120_000, resource.RLIM_INFINITY))

    # Without restoring signals SIGXFSZ stays ignored: a write just fails, as on a full disk.
    expect(
        FAILED, "run", SMALL, "-o", store, "-j", 1, preexec_fn=little_room, restore_signals=False,
        err=["full/results.sqlite: ", "make room, then the same command goes on"],
    )
    expect(OK, "run", SMALL, "-o", store)
    whole = json.loads(expect(OK, "show", store, "--json").stdout)
    copy = json.loads(expect(OK, "show", copy_of_store("copy"), "--json").stdout)
    assert whole["content_hash"] == copy["content_hash"] and len(whole["runs"]) == 6


def test_figures_on_a_full_disk():
    """The results could not be written: no fault of what was typed."""
    store = copy_of_store("copy")

    def no_room():
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, resource.RLIM_INFINITY))

    expect(
        FAILED, "plot", store, "-o", fresh("no room"), preexec_fn=no_room, restore_signals=False,
        err="no room/summary.json: error: cannot write: ",
    )


def test_no_finished_run():
    """As where there are no results: neither a figure nor a baseline can be made of it."""
    store = copy_of_store("unfinished")
    with sqlite3.connect(store / "results.sqlite") as db:
        db.execute("UPDATE run SET status = 'failed'")
    db.close()
    expect(USAGE, "plot", store, "-o", fresh("figures of none"), err="unfinished")
    expect(USAGE, "plot", store, "--json", err="unfinished")
    expect(USAGE, "export", store, "--format", "baseline", err="unfinished")
    assert not pathlib.Path("figures of none").exists()


def test_captures_wanted_later():
    store = fresh("captured")
    words = ["run", SMALL, "-o", store]
    expect(OK, *words, "--only", "retry_wait=5s")
    first = json.loads(expect(OK, "show", store, "--json").stdout)["runs"][0]
    words += ["--set", "experiment.pcap=true"]
    said = ["warning: pcap = true", f"point 0 seed {first['seed']}", "no capture", "with -o"]
    done = expect(OK, *words, out=["3 runs done", "3 were there already"], err=said)
    assert "point 1" not in done.stderr, "these have theirs"
    assert len(list((store / "pcap").iterdir())) == 3
    again = expect(OK, "run", SMALL, "-o", store).stderr
    assert "warning" not in again, "nobody asked for captures"


if __name__ == "__main__":
    if STORE.exists():
        fresh(STORE)
    run_all(sys.modules["__main__"])
