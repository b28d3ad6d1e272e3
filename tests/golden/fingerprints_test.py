"""Trajectories of the shipped scenarios, reduced, on both carriers, against fingerprints.csv.

Both carriers must take the same course; that the course is right is for the oracles to say.
A fingerprint is a hash over (time, entity, event) in order: it guards, it proves nothing. A change of
the model that is meant changes it; SIPSIM_UPDATE_GOLDEN=1 writes the file anew, a reviewed act.
"""
import csv
import json
import os
import pathlib
import shutil
import subprocess

SIPSIM = os.environ["SIPSIM"]
SOURCE = pathlib.Path(os.environ["SIPSIM_SOURCE"])
GOLDEN = SOURCE / "tests" / "golden" / "fingerprints.csv"

# The fleets of mixed-fleet.toml, but for the largest.
MIXED = (
    "gxw42xx ht8xx grp26xx vos3000 yealink cisco-spa poly asterisk freeswitch pjsua baresip sofia-sip kamailio"
).split()

# Smaller fleets, one seed: seconds instead of minutes.
REDUCED = {
    "avalanche": [
        "fleet.phones.count=200",
        "registrar.reg1.station.queue=20",
        "registrar.reg1.station.unauthenticated=50ms",
        "registrar.reg1.station.authenticated=150ms",
    ],
    # A minute of attack.
    "brute-force": ["fleet.phones.count=40", "attacker.scanner.victims=2", "experiment.duration=660s"],
    "echo": ["fleet.phones.count=20"],
    "echo-granted": ["fleet.phones.count=20"],
    # Computed keepalives are no events: both carriers send them here.
    "nat-keepalive": ["fleet.gateways.count=6", "experiment.keepalives=sent"],
    "nat-traversal-matrix": ["fleet.phones.count=6", "experiment.keepalives=sent", "experiment.duration=110min"],
    "sbc-offload": ["fleet.phones.count=20", "experiment.keepalives=sent"],
    # A registrar as much slower as the fleets are smaller; odd times, as below.
    "overload": [
        "fleet.western.count=60",
        "fleet.eastern.count=60",
        "registrar.reg1.station.unauthenticated=131ms",
        "registrar.reg1.station.authenticated=800ms",
        "registrar.reg1.station.queue=8",
    ],
    "registrar-outage": ["fleet.gateways.count=60"],
    "phone-reboot": ["fleet.phones.count=10"],
    "power-cut": ["fleet.denver.count=60"],
    # One device per node: of two that are stopped at one instant at one node, ties and loss decide.
    "shutdown-matrix": ["fleet.switches.count=6", "fleet.switches.at=*"],
    "slow-links": ["fleet.remote.count=20"],
    "stale-window": ["fleet.devices.count=10"],
    "srv-failover": ["fleet.phones.count=20"],
    "srv-balance": ["fleet.phones.count=20"],
    "dns-outage": ["fleet.phones.count=20"],
    "rolling-drain": ["fleet.phones.count=20"],
    "unregister": ["fleet.switches.count=4"],
    # A registrar as much slower as the fleets are smaller. Odd times: with multiples of 100 ms its workers
    # would be done as retransmissions arrive, to the nanosecond, and such ties are nobody's promise.
    "mixed-fleet": [
        "fleet.gxw410x.count=15",
        *(f"fleet.{name}.count=3" for name in MIXED),
        "registrar.reg1.station.unauthenticated=1693ms",
        "registrar.reg1.station.authenticated=5099ms",
        "registrar.reg1.station.queue=4",
    ],
}


def rows(carrier):
    """scenario, point, seed, fingerprint of every run on this carrier."""
    found = []
    for scenario in sorted(SOURCE.glob("scenarios/*.toml")):
        name = scenario.stem
        assert name in REDUCED, f"{name}: say in REDUCED how to make it small"
        directory = pathlib.Path(f"{name}-{carrier}")
        shutil.rmtree(directory, ignore_errors=True)
        sets = [word for s in [*REDUCED[name], "replications.count=1", f"experiment.carrier={carrier}"] for word in ("--set", s)]
        subprocess.run(
            [SIPSIM, "run", str(scenario), "-o", str(directory), *sets],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        shown = subprocess.run(
            [SIPSIM, "show", str(directory), "--json"], check=True, capture_output=True, text=True
        )
        for run in json.loads(shown.stdout)["runs"]:
            point = " ".join(f"{k}={v}" for k, v in run["point"].items())
            found.append([name, point, str(run["seed"]), run["fingerprint"]])
    return sorted(found)


def main():
    header = ["scenario", "point", "seed", "fingerprint"]
    if os.environ.get("SIPSIM_UPDATE_GOLDEN"):
        with GOLDEN.open("w", newline="", encoding="utf-8") as out:
            csv.writer(out, lineterminator="\n").writerows([header, *rows("packet")])
    with GOLDEN.open(newline="", encoding="utf-8") as stored:
        then = list(csv.reader(stored))[1:]
    for carrier in ("packet", "fleet"):
        now = rows(carrier)
        for row in now:
            if row not in then:
                print(f"{carrier}:", *row)
        for row in then:
            if row not in now:
                print("golden:", *row)
        assert now == then, (
            f"trajectories on the {carrier} carrier changed: if that is meant, "
            "SIPSIM_UPDATE_GOLDEN=1 and review"
        )


if __name__ == "__main__":
    main()
