"""Metrics of the shipped scenarios, reduced, on the fleet carrier, against baselines/: `sipsim compare`.

fingerprints.csv says that something changed, baselines/ whether anybody notices: a change of the model
that only draws or orders otherwise passes here, one that makes recovery slower does not. Seeds are fixed:
a verdict is the same in every run. 20 of them: what so many pairs can reach, 2^-19, is below 1 % over the
largest family here, were all of its metrics to differ between seeds (asserted). A baseline is renewed with
SIPSIM_UPDATE_GOLDEN=1 ctest --preset release -R baselines, a reviewed act.
"""
# ctest: LABELS no-asan
import json
import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from fingerprints_test import REDUCED, SIPSIM, SOURCE  # noqa: E402

BASELINES = SOURCE / "tests" / "golden" / "baselines"
SEEDS = 20


def run(scenario):
    """The reduced scenario's results, in a directory of its own."""
    directory = pathlib.Path(scenario.stem)
    shutil.rmtree(directory, ignore_errors=True)
    sets = [word for word in REDUCED[scenario.stem] if "keepalives" not in word]  # computed are as good
    sets += [f"replications.count={SEEDS}", "experiment.carrier=fleet"]
    words = [word for s in sets for word in ("--set", s)]
    subprocess.run(
        [SIPSIM, "run", str(scenario), "-o", str(directory), "-j", "2", *words],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    return directory


def main():
    failed = []
    scenarios = sorted(SOURCE.glob("scenarios/*.toml"))
    for scenario in scenarios:
        directory = run(scenario)
        baseline = BASELINES / f"{scenario.stem}.json"
        if os.environ.get("SIPSIM_UPDATE_GOLDEN"):
            words = [SIPSIM, "export", str(directory), "--format", "baseline"]
            text = subprocess.run(words, check=True, capture_output=True, text=True).stdout
            BASELINES.mkdir(exist_ok=True)
            baseline.write_text(text, encoding="utf-8")
        words = [SIPSIM, "compare", str(baseline), str(directory), "--json"]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        report = json.loads(done.stdout) if done.returncode in (0, 3) else {}
        print(f"{scenario.stem}: {report.get('finding', done.stderr)}", flush=True)
        least = 2.0 ** (1 - SEEDS)  # of a sign-flip test: all pairs differ one way
        assert report.get("family", 0) * least <= report.get("alpha", 0), f"{scenario.stem}: too few seeds"
        # Points and metrics that are new, or gone, belong into the baseline.
        gone = any(names for side in ("only_base", "only_new") for names in report.get(side, {}).values())
        if done.returncode != 0 or gone:
            failed.append(scenario.stem)
            subprocess.run([SIPSIM, "compare", str(baseline), str(directory)], check=False)
    assert not failed, f"{failed}: if that is meant, SIPSIM_UPDATE_GOLDEN=1 and review"
    left = {p.stem for p in BASELINES.glob("*.json")} - {s.stem for s in scenarios}
    assert not left, f"baselines without a scenario: {left}"


if __name__ == "__main__":
    main()
