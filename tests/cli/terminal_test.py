"""Progress on a terminal and without one; colours nowhere; readers that leave early."""
import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from cli import FAILED, OK, SIPSIM, SMALL, DEADLINE, expect, fresh, run_all  # noqa: E402

STORE = pathlib.Path("store")


def on_terminal(*words, **environment):
    """Runs sipsim with stderr on a terminal; what it wrote there."""
    master, slave = os.openpty()
    with subprocess.Popen(
        [SIPSIM, *map(str, words)],
        stdout=subprocess.DEVNULL,
        stderr=slave,
        env={**os.environ, **environment},
    ) as process:
        os.close(slave)
        written = b""
        try:
            while chunk := os.read(master, 65536):
                written += chunk
        except OSError:  # EIO: the other end is closed
            pass
        os.close(master)
        assert process.wait(DEADLINE) == OK, written
    return written.decode()


def test_lines_without_a_terminal():
    lines = expect(OK, "run", SMALL, "-o", fresh(STORE), "-j", 1).stderr.splitlines()
    assert [line.split(",")[0] for line in lines] == [f"{i}/6 runs" for i in range(7)], lines
    assert all(re.search(r"about \d+ (s|min) left$", line) for line in lines[1:6]), lines
    assert lines[6] == "6/6 runs"


def test_one_line_on_a_terminal():
    for environment in ({}, {"NO_COLOR": "1"}, {"TERM": "dumb"}):
        written = on_terminal("run", SMALL, "-o", fresh("terminal"), "-j", 2, **environment)
        assert written.count("\n") == 1 and written.endswith("\n"), repr(written)
        assert written.count("\r") >= 7, repr(written)
        assert "\r\x1b[K3/6 runs, about " in written and " left" in written, repr(written)
        assert not re.search(r"\x1b\[[0-9;]*m", written), "colours"


def test_export_to_a_reader_that_leaves():
    if not STORE.exists():
        expect(OK, "run", SMALL, "-o", STORE)
    for restore in (True, False):  # SIGPIPE ends the program, or is ignored as under some parents
        with subprocess.Popen(
            [SIPSIM, "export", str(STORE), "--series"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            restore_signals=restore,
        ) as process:
            assert process.stdout.readline().startswith(b"point,seed,status")
            process.stdout.close()
            assert process.wait(DEADLINE) != OK
            assert process.stderr.read() == b"", "a reader that had enough is no error"


def test_no_room_for_the_results():
    if not STORE.exists():
        expect(OK, "run", SMALL, "-o", STORE)
    for words in (["export", STORE], ["show", STORE], ["plan", SMALL], ["params"], ["--help"]):
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run(
                [SIPSIM, *map(str, words)], stdout=full, stderr=subprocess.PIPE, text=True, check=False
            )
        assert done.returncode == FAILED, (words, done)
        assert done.stderr.count("\n") == 1 and "No space left on device" in done.stderr, (words, done)


if __name__ == "__main__":
    run_all(sys.modules["__main__"])
