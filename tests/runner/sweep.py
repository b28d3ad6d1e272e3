"""What the tests of `sipsim run` share: start it, and read what it left."""
import json
import os
import pathlib
import subprocess

SIPSIM = os.environ["SIPSIM"]
SOURCE = pathlib.Path(os.environ["SIPSIM_SOURCE"])
SMALL = SOURCE / "tests" / "runner" / "small.toml"


def command(directory, *more):
    return [SIPSIM, "run", str(SMALL), "-o", str(directory), *more]


def run(directory, *more):
    """Runs the small sweep to its end."""
    done = subprocess.run(command(directory, *more), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"sipsim run failed with {done.returncode}:\n{done.stderr}")
    return done


def show(directory):
    """The store as `sipsim show --json` tells it."""
    done = subprocess.run(
        [SIPSIM, "show", str(directory), "--json"], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def identity(run_of_store):
    """Point and seed: what a run is."""
    return (run_of_store["point_index"], run_of_store["seed"])
