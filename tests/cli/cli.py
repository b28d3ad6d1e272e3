"""What the tests of the command line share: run sipsim, look at its exit code and what it said."""
import os
import pathlib
import shutil
import subprocess
import sys
import time

SIPSIM = os.environ["SIPSIM"]
SOURCE = pathlib.Path(os.environ["SIPSIM_SOURCE"])
SMALL = SOURCE / "tests" / "runner" / "small.toml"  # 2 points x 3 replications, short
ABILENE = SOURCE / "topologies" / "abilene.graphml"
DEADLINE = 120.0  # s; only to end a test that would hang, never to decide one

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130


def sipsim(*words, **options):
    """Runs sipsim to its end, output captured."""
    options.setdefault("timeout", DEADLINE)
    return subprocess.run(
        [SIPSIM, *map(str, words)], capture_output=True, text=True, check=False, **options
    )


def expect(code, *words, out=None, err=None, **options):
    """Runs sipsim; its exit code must be `code`, stdout and stderr must contain these texts.

    What every call must keep: an error says something on stderr, a refused one nothing on stdout
    (unless `out` is given); no escape codes; no words of a library's.
    """
    done = sipsim(*words, **options)
    said = f"sipsim {' '.join(map(str, words))}\n-> {done.returncode}\n{done.stdout}{done.stderr}"
    assert done.returncode == code, f"expected exit code {code}:\n{said}"
    for text in [out] if isinstance(out, str) else out or []:
        assert text in done.stdout, f"stdout lacks {text!r}:\n{said}"
    for text in [err] if isinstance(err, str) else err or []:
        assert text in done.stderr, f"stderr lacks {text!r}:\n{said}"
    if code == USAGE and out is None:
        assert done.stdout == "", f"an error on stdout:\n{said}"
    if code != OK:
        assert done.stderr != "", f"no word on stderr:\n{said}"
    assert "\x1b" not in done.stdout + done.stderr, f"escape codes without a terminal:\n{said}"
    for internal in ("terminate called", "map::at", "what():", "basic_", "[json.exception"):
        assert internal not in done.stderr, f"the words of a library:\n{said}"
    return done


def fresh(name):
    """An empty place for a results directory."""
    directory = pathlib.Path(name)
    shutil.rmtree(directory, ignore_errors=True)
    return directory


def write(name, text):
    """A file of the test's own."""
    path = pathlib.Path(name)
    path.write_text(text, encoding="utf-8")
    return path


# Hours of work for one core: such a run ends only if it is ended.
ENDLESS = """calls = "60/h"
registration.expires = "1min"
"""
ENDLESS_SETS = ["--set", "fleet.phones.count=20000", "--set", "experiment.duration=10h"]


def start(*words, **options):
    """Starts sipsim; its stderr is a pipe to read from."""
    options.setdefault("stderr", subprocess.PIPE)
    return subprocess.Popen(
        [SIPSIM, *map(str, words)], stdout=subprocess.PIPE, text=True, **options
    )


def end(process):
    """Waits for a started sipsim; its exit code, stdout and what of stderr was not read."""
    try:
        out, err = process.communicate(timeout=DEADLINE)
    except subprocess.TimeoutExpired as e:
        process.kill()
        raise AssertionError(f"{process.args} did not end") from e
    return process.returncode, out, err


def read_until(process, text):
    """Reads stderr up to a line that contains `text`."""
    for line in process.stderr:
        if text in line:
            return line
    raise AssertionError(f"{process.args} ended without saying {text!r}")


def until(what, condition):
    """Waits until `condition()` is true; its value. `what` names it if it never is."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.01)
    raise AssertionError(f"waited {DEADLINE:.0f} s in vain: {what}")


def children(pid):
    """The worker processes of a runner that are alive."""
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(after_name[1]) == pid and after_name[0] != "Z":
            found.append(int(stat.parent.name))
    return found


def experiment(name, fleet="", after="", topology=ABILENE):
    """A file with one registrar and one fleet of two phones; `fleet` and `after` are added to it."""
    return write(
        name,
        f"""[experiment]
duration = "3min"
[network]
topology = "{topology}"
[[registrar]]
name = "reg1"
at = "Chicago"
[[fleet]]
name = "phones"
profile = "rfc3261"
count = 2
at = "Denver"
server = "reg1"
start = "at-once"
{fleet}
{after}
""",
    )


def run_all(module):
    """Calls every function of the module whose name begins with test_; reports all that fail."""
    failed = []
    for name, function in list(vars(module).items()):
        if name.startswith("test_"):
            try:
                function()
            except AssertionError as e:
                failed.append(name)
                print(f"FAILED {name}: {e}")
    if failed:
        sys.exit(f"{len(failed)} failed: {', '.join(failed)}")
