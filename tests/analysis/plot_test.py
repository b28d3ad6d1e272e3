#!/usr/bin/python3
"""plot.py, results.py and laws.py: what is drawn, that it can be read, and what is refused."""
import contextlib
import io
import itertools
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import unittest
import warnings

HERE = pathlib.Path(__file__).resolve().parent
ANALYSIS = HERE.parent.parent / "analysis"
sys.dont_write_bytecode = True
sys.path[:0] = [str(ANALYSIS), str(HERE)]

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

import laws
import make_store
import plot
import results
from plot_style import title_of

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


def visible_texts(figure):
    """Every text that is drawn, with its box in pixels."""
    renderer = figure.canvas.get_renderer()
    for text in figure.findobj(matplotlib.text.Text):
        if not text.get_visible() or not text.get_text().strip():
            continue
        box = text.get_window_extent(renderer)
        if box.width > 1.0 and box.height > 1.0:
            yield text, box


def figure_of(summary, name):
    """As plot.py draws it, under its style; None if it does not."""
    figures = {n: figure for n, figure, _ in plot.figures(summary)}
    for other in set(figures) - {name}:
        plt.close(figures[other])
    return figures.get(name)


def legend_of(figure):
    return [t.get_text() for legend in figure.legends for t in legend.get_texts()]


def lines_apart(a, b):
    """How many times their size two turned texts of one direction are apart, across it."""
    angle = np.radians(a.get_rotation())
    step = np.subtract(*(t.get_transform().transform(t.get_position()) for t in (a, b)))
    across = abs(step[0] * np.sin(angle) - step[1] * np.cos(angle))
    return across / (a.get_fontsize() * a.get_figure().dpi / 72.0)


def drawn_tick_labels(figure):
    """Tick labels exist beyond the axis limits too; those are not drawn."""
    out = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            shown = {id(t.label1) for t in axis._update_ticks()}
            every = {
                id(label)
                for tick in [*axis.majorTicks, *axis.minorTicks]
                for label in (tick.label1, tick.label2)
            }
            out |= every - shown
    return out


class Figures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        plt.rcParams["figure.max_open_warning"] = 0
        cls.drawn = []
        for name, summary in VARIANTS.items():
            for file, figure, text in plot.figures(summary):
                figure.canvas.draw()
                cls.drawn.append((name, file, figure, text))

    @classmethod
    def tearDownClass(cls):
        plt.close("all")

    def each(self, check):
        for name, file, figure, text in self.drawn:
            with self.subTest(variant=name, figure=file):
                check(file, figure, text)

    def test_no_two_texts_overlap_and_none_leaves_the_page(self):
        def check(file, figure, text):
            hidden = drawn_tick_labels(figure)
            boxes = [(t, b) for t, b in visible_texts(figure) if id(t) not in hidden]
            page = figure.bbox
            for text, box in boxes:
                self.assertGreaterEqual(box.x0, page.x0 - 1, text.get_text())
                self.assertLessEqual(box.x1, page.x1 + 1, text.get_text())
                self.assertGreaterEqual(box.y0, page.y0 - 1, text.get_text())
                self.assertLessEqual(box.y1, page.y1 + 1, text.get_text())
            for (a, box_a), (b, box_b) in itertools.combinations(boxes, 2):
                if a.get_rotation() == b.get_rotation() and a.get_rotation() % 90.0:
                    self.assertGreater(lines_apart(a, b), 1.0, f"{a.get_text()!r} over {b.get_text()!r}")
                    continue
                across = min(box_a.x1, box_b.x1) - max(box_a.x0, box_b.x0)
                down = min(box_a.y1, box_b.y1) - max(box_a.y0, box_b.y0)
                self.assertFalse(
                    across > 1.5 and down > 1.5, f"{a.get_text()!r} over {b.get_text()!r}"
                )

        self.each(check)

    def test_every_axis_has_a_name_and_every_quantity_its_unit(self):
        def check(file, figure, text):
            below = [a for a in figure.axes if a.get_xlabel()]
            left = [a.get_ylabel() for a in figure.axes if a.get_ylabel()]
            self.assertTrue(below and left)
            for axes in below:
                across = {
                    "echo": r"fault, k$",
                    "peak_and_recovery": r"\(s\)$|^case$",
                    "traversal_matrix": r"^what is set$",
                    "sbc_offload": r"\((s|calls)\)$|^offload$",
                    "mixed_fleet": r"\((s|%)\)$",
                    "servers": r"\((%|account-hours|1/s|REGISTER/s)\)",
                }.get(file, r"\((s|min|h|days)\)$")
                self.assertRegex(axes.get_xlabel(), across)
            units = {
                "register_rate": r"\(REGISTER/s\)$",
                "registered_share": r"\(%\)$",
                "peak_and_recovery": r"\(REGISTER/s\)$|^time to 99 %",  # its ticks carry s, min, h
                "registrar_load": r"\((REGISTER|1)/s\)$|^waiting requests$",
                "response": r"within$|^attempts that fail$",
                "echo": r"^order parameter$",
                "reachability": r"\(%\)$|^keepalives \(1/s\)$|^calls (reached|that NATs block)",
                "traversal_matrix": r"^type of NAT$",
                "sbc_offload": r"\(REGISTER/s\)$",
                "mixed_fleet": r"^fleet$",
                "servers": r"^setting$",
            }
            for label in left:
                self.assertRegex(label, units[file])

        self.each(check)

    def test_the_finding_stands_under_each_figure(self):
        def check(file, figure, text):
            page = " ".join(t.get_text() for t in figure.texts)
            page = " ".join(page.replace("\u00a0", " ").split())
            self.assertTrue(text)
            for sentence in text:
                self.assertIn(sentence.strip(), page)

        self.each(check)

    def test_a_fleet_that_is_not_back_has_no_mark_and_says_what_is_left(self):
        figure = figure_of(VARIANTS["fleets"], "mixed_fleet")
        left, right = figure.axes
        self.assertEqual([t.get_text() for t in left.get_yticklabels()], ["gateways", "phones", "proxies"])
        marks = [line for line in left.lines if line.get_marker() == "o"]
        self.assertEqual(len(marks), 5)  # three fleets at two points, but for one
        self.assertEqual([t.get_text() for t in left.texts], ["not reached: 60 % at the end"])
        self.assertEqual(sorted(round(bar.get_width()) for bar in right.patches), [20, 20, 30, 30, 50, 50])
        plt.close(figure)
        self.assertIsNone(figure_of(VARIANTS["the main job"], "mixed_fleet"))

    def test_the_load_of_servers_is_a_bar_per_phase_parted_by_registrar(self):
        figure = figure_of(VARIANTS["servers"], "servers")
        load, away, queries, peak = figure.axes
        bars = [(round(b.get_x()), round(b.get_width())) for b in load.patches]
        # Two registrars in five phases, since none came during the first point's fault.
        self.assertEqual(bars, [(0, 75), (75, 25), (0, 0), (0, 100)] + [(0, 75), (75, 25)] + 2 * [(0, 0), (0, 100)])
        self.assertEqual([float(l.get_xdata()[0]) for l in away.lines if l.get_marker() == "o"], [2.0, 4.0])
        self.assertEqual([float(l.get_xdata()[0]) for l in queries.lines if l.get_marker() == "o"], [7.0, 2.0])
        plt.close(figure)
        single = figure_of(VARIANTS["one server, once"], "servers")
        self.assertEqual(len(single.axes), 2)  # one registrar has no share and no backup
        plt.close(single)
        self.assertIsNone(figure_of(VARIANTS["the main job"], "servers"))

    def test_what_was_not_reached_is_an_open_arrow_with_its_count(self):
        figure = figure_of(VARIANTS["not reached"], "peak_and_recovery")
        recovery = figure.axes[1]
        self.assertEqual([t.get_text() for t in recovery.texts].count("2/3"), 2)
        arrows = [line for line in recovery.lines if line.get_marker() == "^"]
        self.assertEqual(len(arrows), 2)
        self.assertTrue(all(a.get_markerfacecolor() == "white" for a in arrows))
        plt.close(figure)

    def test_the_outage_is_shaded_where_it_was(self):
        figure = figure_of(VARIANTS["the main job"], "registered_share")
        for axes in figure.axes:
            (x0, _), *_, (x1, _) = [axes.patches[0].get_xy()[i] for i in (0, 1, 2)]
            self.assertAlmostEqual(x0, 0.0)
            self.assertIn("s", axes.get_xlabel())
            self.assertAlmostEqual(x1 * (60.0 if "(min)" in axes.get_xlabel() else 1.0), 100.0)
        plt.close(figure)

    def test_the_echo_has_its_closed_form_as_a_line_and_its_law_in_the_title(self):
        figure = figure_of(VARIANTS["waves"], "echo")
        for axes, symbol in zip(figure.axes, ("^{\\,k}", "k x")):
            self.assertIn(symbol, title_of(axes))
            lines = [
                line
                for line in axes.lines
                if line.get_linewidth() == 1.4 and len(line.get_xdata()) == 12
            ]
            self.assertEqual(len(lines), 3)
        plt.close(figure)
        self.assertIsNone(figure_of(VARIANTS["the main job"], "echo"))
        self.assertIsNone(figure_of(VARIANTS["the main job"], "registrar_load"))

    def test_reachability_stands_over_its_cost_with_a_closed_form_for_each_timeout(self):
        figure = figure_of(VARIANTS["behind NATs"], "reachability")
        self.assertEqual(len(figure.axes), 4)
        kept, fresh, cost, _ = figure.axes
        self.assertIn("T/k", title_of(kept))
        self.assertIn("/r", title_of(fresh))
        for axes in (kept, fresh, cost):
            laws = [line for line in axes.lines if line.get_marker() == "None"]
            simulated = [line for line in axes.lines if line.get_marker() == "o"]
            self.assertEqual((len(laws), len(simulated)), (3, 3))
            self.assertEqual(axes.get_yscale(), "log")
        lowest = min(min(line.get_ydata()) for line in fresh.lines)
        self.assertLess(fresh.get_ylim()[0], lowest)
        plt.close(figure)
        self.assertIsNone(figure_of(VARIANTS["the main job"], "reachability"))

    def test_calls_that_nats_block_have_a_figure_without_a_closed_form(self):
        names = [name for name, *_ in plot.figures(VARIANTS["blocked by NATs"])]
        self.assertIn("reachability", names)
        figure = figure_of(VARIANTS["blocked by NATs"], "reachability")
        share, lost = figure.axes
        self.assertEqual(list(share.lines[0].get_ydata()), [1.0] * 3 + [0.012] * 3)
        self.assertEqual(list(lost.lines[0].get_ydata())[:3], [0.0] * 3)
        close = [t.get_text() for t in share.get_xticklabels(minor=True)]
        self.assertEqual(close, ["31"])  # a line below 29
        plt.close("all")

    def test_cases_beyond_the_palette_differ_in_their_lines_and_a_fault_without_length_is_a_line(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            figure = figure_of(VARIANTS["twelve cases"], "registered_share")
        axes = figure.axes[0]
        curves = [line for line in axes.lines if len(line.get_xdata()) == 100]
        looks = {(line.get_color(), line.get_linestyle()) for line in curves}
        self.assertEqual((len(curves), len(looks)), (12, 12))
        self.assertEqual({line.get_drawstyle() for line in curves}, {"steps-mid"})
        self.assertTrue(title_of(axes).endswith("samples every 10 s"))
        handles = [t.get_text() for legend in figure.legends for t in legend.get_texts()]
        self.assertIn("nat-reboot, at once", handles)
        plt.close(figure)

    def test_where_no_closed_form_is_known_the_echo_has_no_line_and_no_key_for_one(self):
        summary = waves(summary_of([1], [""]))
        order = summary["points"][0]["series"]["order_parameter"]
        for law, key in ((order["law"], True), (None, False)):
            order["law"] = law
            figure = figure_of(summary, "echo")
            handles = [t.get_text() for legend in figure.legends for t in legend.get_texts()]
            self.assertEqual("closed form" in handles, key)
            plt.close(figure)

    def test_a_rate_over_several_registrars_says_so(self):
        summary = dict(VARIANTS["one replication"], report={"registrars": ["a", "b"]})
        figure = figure_of(summary, "register_rate")
        self.assertIn("REGISTER/s at all registrars together", figure.texts[0].get_text())
        plt.close(figure)

    def test_the_table_says_in_words_what_its_colours_show_and_stands_alone_where_it_is_all(self):
        summary = VARIANTS["calls behind NATs"]
        figure = figure_of(summary, "traversal_matrix")
        (axes,) = figure.axes
        said = [" ".join(t.get_text().split()) for t in axes.texts]
        cells = [cell for line in summary["call_table"]["cells"] for cell in line]
        self.assertEqual(said, [cell["text"] for cell in cells])
        shades = {cell["text"]: p.get_facecolor() for cell, p in zip(cells, axes.patches)}
        self.assertEqual(len(set(shades.values())), 3)
        red, _, blue, _ = shades["reached 100 %"]
        self.assertGreater(blue, red)
        red, _, blue, _ = shades["private contact 100 %"]
        self.assertGreater(red, blue)
        heads = [" ".join(t.get_text().split()) for t in axes.get_xticklabels()]
        self.assertEqual(heads, summary["call_table"]["columns"])
        self.assertEqual([t.get_text() for t in axes.get_yticklabels()], NATS)
        plt.close(figure)
        self.assertEqual([name for name, *_ in plot.figures(summary)], ["traversal_matrix"])
        beside = [n for n, *_ in plot.figures(VARIANTS["calls behind NATs, one column, a gap"])]
        self.assertIn("register_rate", beside)
        self.assertIsNone(figure_of(VARIANTS["the main job"], "traversal_matrix"))
        plt.close("all")

    def test_offload_has_its_rates_over_the_swept_number_and_a_bar_per_variant(self):
        figure = figure_of(VARIANTS["an SBC"], "sbc_offload")
        steady, busiest, calls = figure.axes
        self.assertEqual(steady.get_yscale(), "log")
        marks = {
            tuple(np.round(line.get_ydata(), 3))
            for line in steady.lines
            if line.get_marker() in ("o", "s")
        }
        on = tuple(np.round([1000 / 60, 1000 / 120, 1000 / 300], 3))
        self.assertEqual(marks, {on, (1.1,) * 3, (0.56,) * 3})
        self.assertEqual(busiest.get_ylim()[0], 0.0)
        # Down, forgotten and the 7 for other reasons: 6007 without offload, 2037 with, whatever the expiry.
        ends = [t.get_text().strip() for t in calls.texts]
        self.assertEqual(ends, ["6007", "2037", "2037", "2037"])
        lengths = [p.get_width() for p in calls.patches]
        self.assertEqual(sum(lengths), 6007 + 3 * 2037)
        plt.close(figure)
        self.assertEqual(len(figure_of(VARIANTS["an SBC without calls, once"], "sbc_offload").axes), 2)
        self.assertIsNone(figure_of(VARIANTS["the main job"], "sbc_offload"))
        plt.close("all")

    def test_without_a_sweep_there_is_no_figure_over_it(self):
        self.assertIsNone(figure_of(VARIANTS["nothing swept"], "peak_and_recovery"))

    def test_rates_far_apart_are_drawn_on_a_logarithmic_scale_and_close_ones_from_zero(self):
        figure = figure_of(VARIANTS["the main job"], "register_rate")
        self.assertEqual(figure.axes[0].get_yscale(), "log")
        plt.close(figure)
        flat = summary_of([1980, 1990], [""], faults=False)
        figure = figure_of(flat, "register_rate")
        self.assertEqual(figure.axes[0].get_yscale(), "linear")
        self.assertEqual(figure.axes[0].get_ylim()[0], 0.0)
        plt.close(figure)


class Command(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = pathlib.Path(self.folder.name)

    def run_plot(self, *arguments, **environment):
        clean = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "MPLBACKEND")}
        return subprocess.run(
            ["/usr/bin/python3", "-B", str(ANALYSIS / "plot.py"), *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            env=dict(clean, **environment),
        )

    def write(self, value):
        path = self.path / "summary.json"
        path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
        return path

    def test_equal_input_gives_equal_files_and_their_names_are_printed(self):
        summary = self.write(VARIANTS["one replication"])
        outputs = []
        for name in ("a", "b"):
            done = self.run_plot(summary, "-o", self.path / name, PYTHONHASHSEED=str(len(outputs)))
            self.assertEqual(done.returncode, 0, done.stderr)
            files = [pathlib.Path(line) for line in done.stdout.splitlines()]
            self.assertEqual(len(files), 6)
            outputs.append({f.name: f.read_bytes() for f in files})
        self.assertEqual(outputs[0], outputs[1])

    def refused(self, argument, reason, output="out"):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = plot.main([str(argument), "-o", str(self.path / output)])
        self.assertEqual(code, 1)
        self.assertEqual(out.getvalue(), "")
        self.assertEqual(len(err.getvalue().splitlines()), 1, err.getvalue())
        self.assertTrue(err.getvalue().startswith("error: "))
        self.assertIn(reason, err.getvalue())

    def test_what_is_no_summary_is_refused_in_one_line(self):
        self.refused(self.path / "nowhere.json", "No such file")
        self.refused(self.path, "Is a directory")
        self.refused(self.write("{"), "not JSON")
        self.refused(self.write("[]"), "not a summary")
        self.refused(self.write({"format": "sipsim-summary", "format_version": 9}), "version 9")
        self.refused(
            self.write({"format": "sipsim-summary", "format_version": 1}), "broken summary"
        )

    def test_figures_of_other_results_make_room(self):
        summary = self.write(VARIANTS["nothing swept"])
        for name in ("mixed_fleet.svg", "mixed_fleet.png", "notes.txt"):
            (self.path / name).write_text("of another experiment", encoding="utf-8")
        with contextlib.redirect_stdout(io.StringIO()):
            self.assertEqual(plot.main([str(summary), "-o", str(self.path)]), 0)
        names = {path.name for path in self.path.iterdir()}
        self.assertIn("register_rate.svg", names)
        self.assertIn("notes.txt", names)
        self.assertFalse({"mixed_fleet.svg", "mixed_fleet.png"} & names, "the figures left there")

    def test_a_directory_that_cannot_be_made_is_told_in_one_line(self):
        summary = self.write(VARIANTS["nothing swept"])
        self.refused(summary, "Not a directory", output="summary.json/below-a-file")


class Stores(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = pathlib.Path(self.folder.name) / "results.sqlite"

    def test_a_store_reads_as_tables(self):
        make_store.main(
            [str(self.path), "--count", "20", "--waits", "5", "50", "--bindings", "kept"]
            + ["--seeds", "2", "--duration", "900", "--warmup", "100", "--outage-at", "300"]
            + ["--outage", "60", "--failed", "4"]
        )
        runs = results.runs(self.path.parent)
        self.assertEqual(list(runs["status"]), ["ok", "ok", "ok", "failed"])
        self.assertEqual(list(runs[make_store.WAIT]), ["5s", "5s", "50s", "50s"])
        metrics = results.metrics(self.path)
        self.assertEqual(len(metrics), 3)
        rate = results.series(self.path, 1, "register_rate")
        self.assertEqual(len(rate), 900)
        steady = metrics["register_rate_steady"][0]
        self.assertAlmostEqual(rate[(rate.index >= 100) & (rate.index < 300)].mean(), steady)
        self.assertEqual(results.metric_info(self.path).loc["time_to_99", "unit"], "s")
        self.assertEqual(results.experiment(self.path)["sweep"][0]["param"], make_store.WAIT)
        with self.assertRaisesRegex(results.ResultsError, "has no series nothing"):
            results.series(self.path, 1, "nothing")

    def test_the_options_of_the_command_line_are_over_the_file(self):
        make_store.main([str(self.path), "--count", "5", "--seeds", "1", "--waits", "5", "--bindings", "kept"])
        text = """[[fleet]]
        name = "a"
        [[fleet]]
        name = "b"
        count = 1
        vendor."Register Expiration" = 10
        [[fault]]
        kind = "outage"
        """
        words = []
        for word in (
            "fleet.b.count=2",
            "fleet.b.registration.retry_wait=20s",
            "fleet.b.vendor.Register Expiration=20",
            "fault.outage.for=1min",
            "fault.1.at=2min",
            "experiment.duration=1h",
        ):
            words += ["--set", word]
        with sqlite3.connect(self.path) as db:
            db.execute("ALTER TABLE experiment ADD COLUMN options_json TEXT")
            db.execute(
                "UPDATE experiment SET config_text = ?, options_json = ?",
                (text, json.dumps(words + ["--seed", "7"])),
            )
        db.close()
        config = results.config(self.path)
        self.assertEqual(config["fleet"][0], {"name": "a"})
        self.assertEqual(
            config["fleet"][1],
            {
                "name": "b",
                "count": 2,
                "registration": {"retry_wait": "20s"},
                "vendor": {"Register Expiration": 20},
            },
        )
        self.assertEqual(config["fault"], [{"kind": "outage", "for": "1min", "at": "2min"}])
        self.assertEqual(config["experiment"], {"duration": "1h", "seed": 7})

    def test_a_store_where_nobody_may_write_is_read(self):
        make_store.main([str(self.path), "--count", "5", "--seeds", "1", "--waits", "5", "--bindings", "kept"])
        with sqlite3.connect(self.path) as db:
            db.execute("PRAGMA journal_mode = WAL")
        db.close()
        self.path.chmod(0o444)
        self.path.parent.chmod(0o555)
        user = os.geteuid()
        try:
            if user == 0:
                os.seteuid(65534)
            self.assertEqual(len(results.runs(self.path)), 1)
        finally:
            os.seteuid(user)
            self.path.parent.chmod(0o755)

    def test_what_is_no_store_is_refused(self):
        with self.assertRaisesRegex(results.ResultsError, "no such file"):
            results.runs(self.path)
        self.path.write_text("text " * 40, encoding="utf-8")
        with self.assertRaisesRegex(results.ResultsError, "not a result store"):
            results.runs(self.path)
        self.path.unlink()
        with sqlite3.connect(self.path) as db:
            db.execute("CREATE TABLE cats(name TEXT)")
        db.close()
        with self.assertRaisesRegex(results.ResultsError, "not a result store .no such table"):
            results.runs(self.path)


class Laws(unittest.TestCase):
    def test_the_closed_forms_are_those_of_the_table(self):
        rows = [r for r in (HERE / "laws.csv").read_text().splitlines() if not r.startswith("#")]
        for row in rows:
            accounts, period, outage, wait, requests, t, back = map(float, row.split(","))
            self.assertAlmostEqual(
                laws.requests_in_outage(accounts, period, outage, wait), requests, places=5
            )
            self.assertAlmostEqual(laws.back_within(period, outage, wait, t), back, places=9)
        self.assertEqual(len(rows), 3)

    def test_a_toy_outage_account_by_account_agrees_with_them(self):
        # 4000 accounts x 2 seeds: 1333 in retry (period 3540 s), relative deviation of their number
        # 1 / sqrt(1333) * sqrt(5/6) = 2.5 %; four of those.
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "results.sqlite"
            make_store.main(
                [str(path), "--count", "4000", "--waits", "20", "--bindings", "kept"]
                + ["--seeds", "2", "--duration", "6000"]
            )
            metrics = results.metrics(path)
        expected = laws.requests_in_outage(4000, 3540, 600, 20) / 600
        self.assertLess(abs(metrics["register_rate_outage"].mean() / expected - 1.0), 0.10)


if __name__ == "__main__":
    unittest.main()
