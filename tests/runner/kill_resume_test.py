"""kill -9 of the runner at random moments: nothing finished is lost or doubled.

ctest runs 5 trials; `./tests/run --full` runs 50 (kill_resume_50.sh).
"""
# ctest: TIMEOUT 600
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import sweep  # noqa: E402

TRIALS = int(os.environ.get("SIPSIM_KILLS", "5"))
SEED = int(os.environ.get("SIPSIM_KILL_SEED", time.time_ns() % 1_000_000))


def killed_after(directory, delay):
    """Starts the sweep, kills it after `delay` seconds; True if it was still running."""
    process = subprocess.Popen(
        sweep.command(directory, "-j", "2"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        process.wait(timeout=delay)
        return False
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True


def main():
    print(f"replay with SIPSIM_KILL_SEED={SEED}")
    chance = random.Random(SEED)
    undisturbed = pathlib.Path("undisturbed")
    shutil.rmtree(undisturbed, ignore_errors=True)
    begin = time.monotonic()
    sweep.run(undisturbed, "-j", "2")
    whole = time.monotonic() - begin
    expected = sweep.show(undisturbed)
    kills = 0
    for trial in range(TRIALS):
        directory = pathlib.Path("killed")
        shutil.rmtree(directory, ignore_errors=True)
        for _ in range(2):  # two kills a trial, the second during a resumed sweep
            kills += killed_after(directory, chance.uniform(0.0, whole))
            if (directory / "results.sqlite").exists():
                before = sweep.show(directory)["runs"] if store_is_made(directory) else []
            else:
                before = []
        sweep.run(directory, "-j", "2")
        after = sweep.show(directory)
        kept = {sweep.identity(r): (r["run"], r["fingerprint"]) for r in after["runs"]}
        assert len(kept) == len(after["runs"]) == len(expected["runs"]), f"trial {trial}: doubled"
        for run in before:
            mine = kept[sweep.identity(run)]
            assert mine == (run["run"], run["fingerprint"]), f"trial {trial}: {run['run']} was redone"
        assert after["content_hash"] == expected["content_hash"], f"trial {trial}: other content"
    assert kills > 0, "no kill hit a running sweep: the test tested nothing"
    print(f"{TRIALS} trials, {kills} kills of a running sweep of {whole:.1f} s")


def store_is_made(directory):
    """False if the kill fell between making the file and making its tables."""
    done = subprocess.run(
        [sweep.SIPSIM, "show", str(directory), "--json"], capture_output=True, check=False
    )
    return done.returncode == 0


if __name__ == "__main__":
    main()
