"""Same seed, same content: for any -j, for a repetition, and for a run made alone."""
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import sweep  # noqa: E402


def fresh(name, *more):
    directory = pathlib.Path(name)
    shutil.rmtree(directory, ignore_errors=True)
    sweep.run(directory, *more)
    return sweep.show(directory)


def main():
    one = fresh("j1", "-j", "1")
    two = fresh("j2", "-j", "2")
    assert one["content_hash"] == two["content_hash"], "-j1 and -j2 differ"
    again = fresh("again", "-j", "2")
    assert two["content_hash"] == again["content_hash"], "a repetition differs"

    alone = fresh("alone", "--only", "retry_wait=60s")
    wanted = {sweep.identity(r): r["fingerprint"] for r in one["runs"]}
    assert 0 < len(alone["runs"]) < len(one["runs"])
    for run in alone["runs"]:
        assert run["fingerprint"] == wanted[sweep.identity(run)], "a run made alone differs"

    other = fresh("other-seed", "--seed", "12")
    mine = {r["fingerprint"] for r in one["runs"]}
    assert not mine & {r["fingerprint"] for r in other["runs"]}, "the seed changes nothing"

    # A finished store is left as it is, and says so.
    done = sweep.run(pathlib.Path("j1"))
    assert "0 runs done" in done.stdout and "6 were there already" in done.stdout, done.stdout

    # Another experiment is not mixed into it.
    refused = subprocess.run(
        sweep.command("j1", "--set", "fleet.phones.count=61"), capture_output=True, text=True, check=False
    )
    assert refused.returncode == 2 and "another experiment" in refused.stderr, refused


if __name__ == "__main__":
    main()
