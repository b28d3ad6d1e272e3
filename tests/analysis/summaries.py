"""Summaries as analysis/summary.h writes them, of every figure: what plot_test.py draws."""
import itertools

import numpy as np

import make_store

INFO = {name: dict(unit=u, kind=k, sentence=s) for name, u, k, s in make_store.METRIC_INFO}

for name, unit, kind in (
    ("goodput_rate", "1/s", "rate_series"),
    ("queue_length", "1", "rate_series"),
    ("order_parameter", "1", "period_series"),
    ("fleet_time_to_99", "s", "fleet_series"),
    ("fleet_reached", "1", "fleet_series"),
    ("fleet_load_share", "1", "fleet_series"),
    ("fleet_share_end", "1", "fleet_series"),
    ("server_share_before", "1", "server_series"),
    ("server_share_during", "1", "server_series"),
    ("server_share_after", "1", "server_series"),
    ("service_p99", "s", "scalar"),
    ("attempts_failed", "1", "scalar"),
    ("reachability", "1", "scalar"),
    ("keepalive_rate_mean", "1/s", "scalar"),
    ("share_end", "1", "scalar"),
    ("calls_reached", "1", "scalar"),
    ("calls_blocked_by_nat", "1", "scalar"),
    ("calls_proxy_forgot", "1", "scalar"),
    ("proxy_register_rate_steady", "1/s", "scalar"),
):
    INFO[name] = dict(unit=unit, kind=kind, sentence="What it is, and a few words more on it.")


def metric(mean, half=1.0, runs=3, not_reached=0):
    reached = runs - not_reached
    whole = not_reached == 0
    return {
        "reached": reached,
        "not_reached": not_reached,
        "undefined": 0,
        "mean": mean if whole else None,
        "stddev": 1.0 if whole and runs > 1 else None,
        "interval": [mean - half, mean + half] if whole and runs > 1 else None,
        "median": mean if reached > not_reached else None,
        "min": mean if reached else None,
        "max": mean if whole else None,
    }


def band(values, t0=0.0, bin_s=10.0, runs=3):
    spread = [0.1 * v for v in values] if runs > 1 else []
    return {
        "t0_s": t0,
        "bin_s": bin_s,
        "replications": runs,
        "mean": values,
        "low": [v - s for v, s in zip(values, spread)],
        "high": [v + s for v, s in zip(values, spread)],
        "detail": None,
    }


def summary_of(waits, groups, runs=3, capacity=30.0, not_reached=0, faults=True):
    """A summary as analysis/summary.h writes it, of an outage from 300 s to 400 s."""
    points, listed = [], []
    for g, label in enumerate(groups):
        listed.append({"label": label, "points": []})
        for i, wait in enumerate(waits or [0]):
            peak = 2000.0 / (20.0 + wait)
            rate = [0.5] * 30 + [peak / 2] * 10 + [peak] + [0.5] * 59
            share = [1.0] * 30 + [0.9 - 0.8 * g] * (12 + i) + [1.0] * (58 - i)
            detail = band([peak / 2] * 30 + [peak] * 4 + [0.5] * 56, 370.0, 1.0, runs)
            points.append(
                {
                    "point": len(points),
                    "params": {},
                    "index": [i, g] if waits else [],
                    "label": f"{wait} s" if waits else "",
                    "runs_ok": runs,
                    "runs_failed": 0,
                    "seeds": list(range(runs)),
                    "faults": [{"kind": "outage", "target": "r", "start_s": 300.0, "end_s": 400.0}]
                    if faults
                    else [],
                    "metrics": {
                        "register_rate_peak": metric(peak, 1.0, runs),
                        "time_to_99": metric(4.0 + wait, 1.0, runs, not_reached if i == 0 else 0),
                    }
                    if faults
                    else {
                        "register_rate_peak": metric(peak, 1.0, runs),
                        "share_end": metric(0.99 - 0.4 * i, 0.005, runs),
                    },
                    "series": {
                        "register_rate": dict(
                            band(rate, runs=runs), detail=detail if faults else None
                        ),
                        "registered_share": band(share, runs=runs),
                    },
                }
            )
            listed[-1]["points"].append(len(points) - 1)
    texts = [f"{w} s" for w in waits]
    axis = {"param": "p.retry_wait", "label": "registration.retry_wait", "unit": "s"}
    return {
        "format": "sipsim-summary",
        "format_version": 1,
        "experiment": {"name": "registrar-outage"},
        "confidence": 0.95,
        "capacity": capacity,
        "runs_ok": runs * len(points),
        "runs_failed": 0,
        "axes": [dict(axis, values=texts, texts=texts, numeric=list(map(float, waits)))]
        if waits
        else [],
        "primary_axis": 0 if waits else None,
        "groups": listed,
        "points": points,
        "metric_info": INFO,
        "findings": [
            {
                "topic": topic,
                "text": f"About {topic}: 23.4 [22.9, 23.9] REGISTER/s, " + "and so on " * 18,
            }
            for topic in ("capacity", "rate", "share", "note")
        ],
    }


def waves(summary):
    """The same with a registrar that queues and refreshes that fall together, as a closed form has it."""
    for point in summary["points"]:
        runs, g = point["runs_ok"], point["index"][1] if point["index"] else 0
        x = 0.2 * point["index"][0] if point["index"] else 0.0
        law = [abs(float(np.sinc(x * k))) if g else abs(float(np.sinc(x))) ** k for k in range(12)]
        point["metrics"] |= {
            "refresh_spread": metric(x, 0.0, runs),
            "refresh_spread_kept": metric(float(g), 0.0, runs),
            "service_p99": metric(0.01 * 10**g, 0.001, runs),
            "attempts_failed": metric(5000.0 * g, 1.0, runs),
        }
        steady = point["series"]["register_rate"]["mean"]
        point["series"] |= {
            "order_parameter": dict(band(law, 0.0, 1.0, runs), law=law),
            "goodput_rate": band([0.5 * r for r in steady], runs=runs),
            "queue_length": band([100.0 * r for r in steady], runs=runs),
        }
    summary["findings"] += [
        {"topic": topic, "text": f"About the {topic}: " + "and so on " * 18}
        for topic in ("overload", "echo")
    ]
    return summary


def nats(keeps_ports, timeouts=(30.0, 60.0, 120.0), keepalives=(10, 20, 40, 80, 160), runs=3):
    """1000 devices behind NATs, reached as a closed form has it."""
    summary = summary_of(list(keepalives), ["a"] * (len(keeps_ports) * len(timeouts)), runs)
    summary["nat_curves"] = []
    points = iter(enumerate(summary["points"]))
    for keeps, timeout in itertools.product(keeps_ports, timeouts):
        rest = [timeout / k if keeps else timeout / 3600.0 for k in keepalives]
        law = [1.0 if k < timeout else y for k, y in zip(keepalives, rest)]
        curve = {
            "timeout_s": timeout,
            "keeps_port": keeps,
            "refresh_s": 3600.0,
            "points": [],
            "keepalive_s": list(keepalives),
            "reachability": law,
            "keepalive_rate": [1000.0 / k for k in keepalives],
        }
        for k, y, (index, point) in zip(keepalives, law, points):
            curve["points"].append(index)
            point["metrics"] |= {
                "nat_keepalive": metric(float(k), 0.0, runs),
                "reachability": metric(y, 0.1 * y, runs),
                "keepalive_rate_mean": metric(1000.0 / k, 0.0, runs),
            }
        summary["nat_curves"].append(curve)
    summary["findings"] += [{"topic": "nat", "text": "About the NATs: " + "and so on " * 30}]
    return summary


def blocked(keepalives=(10, 20, 29, 31, 60, 120), runs=3):
    """Calls that a carrier's NAT blocks from 31 s on; no closed form is known."""
    summary = summary_of(list(keepalives), [""], runs, faults=False)
    for k, point in zip(keepalives, summary["points"]):
        share = 1.0 if k < 30 else 0.012
        point["metrics"] |= {
            "reachability": metric(share, 0.1 * share, runs),
            "calls_blocked_by_nat": metric(3500.0 * (1.0 - share), 1.0, runs),
        }
    summary["findings"] += [{"topic": "nat", "text": "About the NATs: " + "and so on " * 30}]
    return summary


def cases(names, groups):
    """A sweep over names, of a fault that takes no time."""
    summary = summary_of(list(range(len(names))), groups, capacity=None)
    summary["axes"][0] |= {"label": "case", "unit": "", "values": names, "texts": names, "numeric": None}
    for point in summary["points"]:
        point["label"] = names[point["index"][0]]
        point["faults"] = [{"kind": "nat-reboot", "target": "n", "start_s": 300.0, "end_s": 300.0}]
    return summary


def traversal(types, columns, gaps=False):
    """Calls behind NATs, every third column reached, the others for the longest of reasons or in part."""
    kinds = [
        {"reached": 1.0, "reason": "", "share": 0.0, "text": "reached 100 %"},
        {"reached": 0.4, "reason": "mapping forgotten", "share": 0.6, "text": "mapping forgotten 60 %"},
        {"reached": 0.0, "reason": "private contact", "share": 1.0, "text": "private contact 100 %"},
    ]
    summary = summary_of([], [""], faults=False)
    summary["call_table"] = {
        "rows": types,
        "columns": columns,
        "cells": [[kinds[(x + y) % 3] for x in range(len(columns))] for y in range(len(types))],
        "answers_all": True,
        "text": "",
    }
    if gaps:
        summary["call_table"]["cells"][-1][-1] = None
        summary["call_table"]["answers_all"] = False
    summary["findings"] += [{"topic": "traversal", "text": "About the table: " + "and so on " * 40}]
    return summary


def offload(expires=(60, 120, 300), runs=3, calls=True):
    """A proxy with and without offload; the registrar spared the more, the shorter the grant."""
    summary = summary_of(list(expires), ["offload = false", "offload = true"], runs)
    texts = [f"{e} s" for e in expires]
    summary["axes"] = [
        {
            "param": "proxy.p.device_expires",
            "label": "device_expires",
            "unit": "s",
            "values": texts,
            "texts": texts,
            "numeric": list(map(float, expires)),
        },
        {
            "param": "proxy.p.offload",
            "label": "offload",
            "unit": "",
            "values": ["false", "true"],
            "texts": ["false", "true"],
            "numeric": None,
        },
    ]
    off, on = [g["points"] for g in summary["groups"]]
    summary["offload_variants"] = [{"label": "offload = false", "points": off}] + [
        {"label": f"offload = true, device_expires = {t}", "points": [i]} for t, i in zip(texts, on)
    ]
    for index, point in enumerate(summary["points"]):
        grant = expires[point["index"][0]]
        proxy, registrar = (1000.0 / grant, 1.1) if index in on else (0.56, 0.56)
        point["metrics"] |= {
            "proxy_register_rate_steady": metric(proxy, 0.1, runs),
            "register_rate_steady": metric(registrar, 0.1, runs),
            "proxy_register_rate_peak": metric(400.0 if index in on else 60.0, 9.0, runs),
            "register_rate_peak_after": metric(390.0 if index in on else 60.0, 9.0, runs),
        }
        if calls:
            forgot = 30.0 if index in on else 4000.0
            point["metrics"] |= {
                "calls_offered": metric(24000.0, 1.0, runs),
                "calls_reached": metric(24000.0 - 2000.0 - forgot - 7.0, 1.0, runs),
                "calls_proxy_down": metric(2000.0, 1.0, runs),
                "calls_proxy_forgot": metric(forgot, 1.0, runs),
            }
    summary["findings"] += [{"topic": "offload", "text": "About offload: " + "and so on " * 60}]
    return summary


def fleets(runs=3):
    """Three fleets, of which the last is not back in every run of the first point."""
    summary = summary_of([2, 4], [""], runs)
    summary["report"] = {"capacity": None, "fleets": ["gateways", "phones", "proxies"]}
    for k, point in enumerate(summary["points"]):
        point["series"] |= {
            "fleet_time_to_99": band([150.0, 460.0, 3600.0 if k == 0 else 190.0], 0.0, 1.0, runs),
            "fleet_reached": band([1.0, 1.0, float(k)], 0.0, 1.0, runs),
            "fleet_load_share": band([0.5, 0.3, 0.2], 0.0, 1.0, runs),
            "fleet_share_end": band([1.0, 1.0, 0.6 + 0.4 * k], 0.0, 1.0, runs),
        }
    summary["findings"] += [{"topic": "fleets", "text": "About fleets: " + "and so on " * 40}]
    return summary


def servers(names, runs=3):
    """Fleets that locate their servers; nothing came to one during the fault of the first point."""
    summary = summary_of([60, 3600], [""], runs)
    summary["report"] = {"capacity": None, "registrars": names}
    for k, point in enumerate(summary["points"]):
        for phase in ("before", "during", "after"):
            if k == 0 and phase == "during":
                continue
            shares = [0.75, 0.25] if phase == "before" else [0.0, 1.0]
            point["series"][f"server_share_{phase}"] = band(shares[: len(names)], 0.0, 1.0, runs)
        point["metrics"] |= {
            "unregistered_account_seconds": metric(7200.0 * (1 + k), 60.0, runs),
            "dns_query_rate_mean": metric(7.0 - 5.0 * k, 0.1, runs),
            "backup_register_rate_peak": metric(35.0, 1.0, runs),
        }
    summary["findings"] += [{"topic": "servers", "text": "About servers: " + "and so on " * 40}]
    return summary


def policies(queues=(100, 1000), runs=3):
    """Two cases per length of queue; of the second length one run in three gets there at most."""
    summary = summary_of([], [""], runs, capacity=None)
    template = summary["points"].pop()
    for name, values in (("case", ["drop", "503"]), ("queue", [str(q) for q in queues])):
        summary["axes"].append(
            {"param": name, "label": name, "unit": "", "values": values, "texts": values, "numeric": None}
        )
    summary["groups"] = [{"label": f"queue = {q}", "points": []} for q in queues]
    summary["primary_axis"] = 0
    for case, k in itertools.product(range(2), range(len(queues))):
        summary["groups"][k]["points"].append(len(summary["points"]))
        metrics = {
            "time_to_99": metric(800.0 - 700.0 * case, 150.0, runs, k * (3 - case)),
            "goodput": metric(0.132 if k else 6.28, 0.02, runs),
            "wasted_registers": metric(118075.0 if k else 6992.7, 9000.0 if k else 400.0, runs),
            "registers_refused": metric(float(case), 0.0, runs),
        }
        point = {"index": [case, k], "label": ["drop", "503"][case], "metrics": metrics}
        summary["points"].append(template | point)
    summary["findings"] += [{"topic": "policies", "text": "About policies: " + "and so on " * 40}]
    return summary


def shutdown(missing=False):
    """Cases of shutdown, each with calls; an interval that is cut at 0."""
    summary = cases(["planned", "crash"], ["a = On", "a = Off"])
    summary["axes"][0]["param"] = "case"
    texts = ["On", "Off"]
    summary["axes"].append(dict(summary["axes"][0], param="a", label="a", values=texts, texts=texts))
    for point in summary["points"]:
        stale = dict(metric(11.0, 30.0), interval=[0.0, 41.0])
        point["metrics"] |= {
            "stale_per_account": stale,
            "calls_stale": metric(8.0),
            "calls_not_registered": metric(388.0),
            "unregistered_account_seconds": metric(240480.0),
        }
    if missing:
        del summary["points"][3]
        summary["groups"][1]["points"].remove(3)
    return summary


def attack(most):
    """Two limits, of which the second has no run from the second attacker yet."""
    summary = summary_of([], [""], faults=False)
    for name, values in (("case", ["tight", "loose"]), ("sources", ["1", "20"])):
        summary["axes"].append({"param": name, "label": name, "values": values, "texts": values, "numeric": None})
    for guesses, index in ((most / 50.0, [0, 0]), (0.0, [0, 1]), (most, [1, 0])):
        point = dict(summary["points"][0], index=index, metrics={"guesses_per_hour": metric(guesses)})
        summary["points"].append(point)
    del summary["points"][0]
    return summary


CASES = [f"{way} of all devices {n}" for n in range(6) for way in ("crash", "restart")]
NATS = ["open", "port-restricted-cone", "symmetric-firewall"]
VARIANTS = {
    "calls behind NATs": traversal(
        NATS, ["none", "none + proxy", "keep-alive", "keep-alive + proxy", "STUN", "STUN + proxy"]
    ),
    "calls behind NATs, twelve columns": traversal(
        NATS, [f"keep-alive + proxy, timeout = {t} s" for t in range(12)]
    ),
    "calls behind NATs, one column, a gap": traversal(NATS, ["none"], gaps=True),
    "fleets": fleets(),
    "fleets, once": fleets(1),
    "servers": servers(["primary", "backup"]),
    "one server, once": servers(["reg1"], 1),
    "policies": policies(),
    "policies, once": policies([100], 1),
    "an SBC": offload(),
    "an SBC without calls, once": offload(runs=1, calls=False),
    "an SBC over one expiry": offload([60]),
    "behind NATs": nats([True, False]),
    "behind NATs of one kind, once": nats([False], [30.0], [20, 30], 1),
    "blocked by NATs": blocked(),
    "twelve cases": cases(CASES, [f"vendor.SS_SIP_{n} = On, second_contact = {n}" for n in "AB"]),
    "waves": waves(summary_of([1, 20, 300], ["b = kept", "b = lost"])),
    "waves in four groups, once": waves(
        summary_of(
            [1, 20, 300], [f"workers = {w}, registration.retry_wait = 30 s" for w in range(4)], 1
        )
    ),
    "the main job": summary_of([1, 20, 60, 300, 1200], ["bindings = kept", "bindings = lost"]),
    "not reached": summary_of([1, 20, 300], ["b = kept", "b = lost"], not_reached=2),
    "never reached": summary_of([1], ["b = kept", "b = lost"], not_reached=3),
    "one replication": summary_of([5, 10, 15], [""], runs=1, capacity=None),
    "nothing swept": summary_of([], [""]),
    "no fault": summary_of([1, 20], [""], faults=False),
    "many points": summary_of([2**k for k in range(12)], ["b = kept", "b = lost"]),
}
