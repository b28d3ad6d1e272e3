#!/usr/bin/python3
"""Writes a synthetic results.sqlite for the tests of analysis/.

A toy of the registrar outage, account by account and without a network: refreshes at a fixed period,
resends by RFC 3261 17.1.2.2 while the registrar is dead, a constant wait between attempts. It is no
substitute for the simulator; it gives the plots realistic shapes and the closed forms of
analysis/models.h something independent to be compared with.
"""
import argparse
import json
import pathlib
import sqlite3

import numpy as np

RESEND_S = [0.0, 0.5, 1.5] + [3.5 + 4.0 * k for k in range(8)]
GIVE_UP_S = 32.0
WAIT = "fleet.gateways.registration.retry_wait"
BINDINGS = "registrar.reg1.bindings"

SCHEMA = """
CREATE TABLE experiment(name TEXT, config_path TEXT, config_text TEXT, config_hash TEXT, version TEXT,
                        carrier TEXT, sweep_json TEXT, report_json TEXT);
CREATE TABLE run(id INTEGER PRIMARY KEY, point INTEGER, seed INTEGER, params_json TEXT, status TEXT,
                 attempts INTEGER, fingerprint TEXT, error TEXT, faults_json TEXT, UNIQUE(point, seed));
CREATE TABLE metric(run_id INTEGER, name TEXT, value REAL, censored INTEGER, PRIMARY KEY(run_id, name));
CREATE TABLE series(run_id INTEGER, name TEXT, t0_s REAL, dt_s REAL, n INTEGER, data BLOB,
                    PRIMARY KEY(run_id, name));
CREATE TABLE histogram(run_id INTEGER, name TEXT, edges BLOB, counts BLOB, PRIMARY KEY(run_id, name));
CREATE TABLE cost(run_id INTEGER, name TEXT, value REAL, PRIMARY KEY(run_id, name));
CREATE TABLE metric_info(name TEXT PRIMARY KEY, unit TEXT, kind TEXT, sentence TEXT);
"""

METRIC_INFO = [
    (
        "register_rate_steady",
        "1/s",
        "scalar",
        "REGISTER arriving per second between warm-up and fault.",
    ),
    ("register_rate_peak", "1/s", "scalar", "Most REGISTER arriving in one second after warm-up."),
    (
        "register_rate_outage",
        "1/s",
        "scalar",
        "REGISTER arriving per second during the first fault.",
    ),
    ("time_to_99", "s", "time_to", "From the fault's end until the share is at 99 % of before."),
    ("share_min", "1", "scalar", "Lowest registered share after warm-up."),
    ("share_before", "1", "scalar", "Registered share just before the first fault."),
    ("unregistered_account_seconds", "s", "scalar", "Unregistered time, summed over the accounts."),
    ("register_rate", "1/s", "rate_series", "REGISTER arriving at the registrar's interface."),
    ("registered_share", "1", "level_series", "Accounts with a live binding that reaches them."),
]


def send_instants(elapsed_needed, wait):
    """Send instants of one account in retry, until the first at or after elapsed_needed."""
    begin = 0.0
    while True:
        for offset in RESEND_S:
            yield begin + offset
            if begin + offset >= elapsed_needed:
                return
        begin += GIVE_UP_S + wait


def simulate(rng, args, wait, bindings):
    """Arrival instants, and [from, to) intervals in which an account is not registered."""
    period = args.expiry - args.lead
    start, end = args.outage_at, args.outage_at + args.outage
    arrivals, gaps = [], []
    for phase in rng.uniform(0.0, period, args.count):
        now, bound_until = phase, phase + args.lead  # as if refreshed one period ago
        wiped = bindings != "lost"
        while now < args.duration:
            lost_from = None
            if start <= now < end:
                first = now
                for sent in send_instants(end - now, wait):
                    arrivals.append(first + sent)
                    now = first + sent
            if not wiped and now >= end:
                lost_from, wiped = start, True
            elif now > bound_until:
                lost_from = bound_until
            if lost_from is not None and now > lost_from:
                gaps.append((lost_from, now))
            arrivals += [now, now + 0.02]
            bound_until = now + args.expiry
            now += period
        if not wiped or bound_until < args.duration:
            gaps.append((bound_until if wiped else start, args.duration))
    return np.array(arrivals), gaps


def results_of(args, arrivals, gaps):
    seconds = int(args.duration)
    rate = np.bincount(arrivals[arrivals < seconds].astype(int), minlength=seconds).astype(float)
    missing = np.zeros(seconds + 1)
    for low, high in gaps:
        missing[min(int(np.ceil(low)), seconds)] += 1
        missing[min(int(np.ceil(high)), seconds)] -= 1
    share = 1.0 - np.cumsum(missing)[:seconds] / args.count
    first, start, end = int(args.warmup), int(args.outage_at), int(args.outage_at + args.outage)
    before = share[start - 1]
    back = np.flatnonzero(share[end:] >= 0.99 * before)
    metrics = {
        "register_rate_steady": (rate[first:start].mean(), 0),
        "register_rate_peak": (rate[first:].max(), 0),
        "register_rate_outage": (rate[start:end].mean(), 0),
        "time_to_99": (float(back[0]), 0) if len(back) else (None, 1),
        "share_min": (share[first:].min(), 0),
        "share_before": (before, 0),
        "unregistered_account_seconds": (
            sum(max(0.0, min(h, seconds) - max(l, first)) for l, h in gaps),
            0,
        ),
    }
    return metrics, {"register_rate": rate, "registered_share": share}


def axis_of(param, values, numeric=None, unit=""):
    return {"param": param, "values": values, "numeric": numeric, "unit": unit}


def write_store(path, args):
    path.unlink(missing_ok=True)
    db = sqlite3.connect(path)
    db.executescript("PRAGMA journal_mode=WAL;" + SCHEMA)
    axes = []
    if args.waits:
        axes.append(
            axis_of(WAIT, [f"{w}s" for w in args.waits], [float(w) for w in args.waits], "s")
        )
    if args.bindings:
        axes.append(axis_of(BINDINGS, args.bindings))
    db.execute(
        "INSERT INTO experiment VALUES(?,?,?,?,?,?,?,?)",
        (
            "registrar-outage",
            "registrar-outage.toml",
            args.config.read_text() if args.config else "",
            "0",
            "0.0.0",
            "packet",
            json.dumps(axes),
            json.dumps({"capacity": args.capacity}),
        ),
    )
    db.executemany("INSERT INTO metric_info VALUES(?,?,?,?)", METRIC_INFO)
    fault = [
        {
            "kind": "outage",
            "target": "registrar:reg1",
            "start_s": args.outage_at,
            "end_s": args.outage_at + args.outage,
        }
    ]
    run_id = point = 0
    for wait in args.waits or [20]:
        for bindings in args.bindings or ["kept"]:
            params = {WAIT: f"{wait}s"} if args.waits else {}
            if args.bindings:
                params[BINDINGS] = bindings
            for seed in range(1, args.seeds + 1):
                run_id += 1
                status = "failed" if run_id in args.failed else "ok"
                db.execute(
                    "INSERT INTO run VALUES(?,?,?,?,?,1,'','',?)",
                    (run_id, point, seed, json.dumps(params), status, json.dumps(fault)),
                )
                if status != "ok":
                    continue
                rng = np.random.default_rng(seed)
                metrics, series = results_of(args, *simulate(rng, args, wait, bindings))
                db.executemany(
                    "INSERT INTO metric VALUES(?,?,?,?)",
                    [(run_id, name, *value) for name, value in metrics.items()],
                )
                db.executemany(
                    "INSERT INTO series VALUES(?,?,0,1,?,?)",
                    [
                        (run_id, name, len(data), data.astype("<f8").tobytes())
                        for name, data in series.items()
                    ],
                )
            point += 1
    db.commit()
    db.close()


def main(argv=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=pathlib.Path, help="the results.sqlite to write")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--waits", type=int, nargs="*", default=[1, 20, 60, 300, 1200])
    parser.add_argument("--bindings", nargs="*", default=["kept", "lost"])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--capacity", type=float, default=None)
    parser.add_argument("--duration", type=float, default=14400.0)
    parser.add_argument("--warmup", type=float, default=4200.0)
    parser.add_argument("--outage-at", type=float, default=4800.0)
    parser.add_argument("--outage", type=float, default=600.0)
    parser.add_argument("--expiry", type=float, default=3600.0)
    parser.add_argument("--config", type=pathlib.Path, help="a config file to keep in the store")
    parser.add_argument("--lead", type=float, default=60.0)
    parser.add_argument("--failed", type=int, nargs="*", default=[], help="run ids that fail")
    args = parser.parse_args(argv)
    write_store(args.output, args)


if __name__ == "__main__":
    main()
