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
from summaries import (
    NATS,
    VARIANTS,
    attack,
    band,
    cases,
    metric,
    nats,
    offload,
    policies,
    shutdown,
    summary_of,
    waves,
)


def visible_texts(figure):
    """Every text that is drawn, with its box in pixels."""
    renderer = figure.canvas.get_renderer()
    for text in figure.findobj(matplotlib.text.Text):
        if not text.get_visible() or not text.get_text().strip():
            continue
        box = text.get_window_extent(renderer)
        if box.width > 1.0 and box.height > 1.0:
            yield text, box


DRAWN = {}  # figures by name, by summary


def figure_of(summary, name):
    """As plot.py draws it, under its style; None if it does not."""
    if id(summary) not in DRAWN:
        figures = plot.figures(summary)
        DRAWN[id(summary)] = {n: figure for n, figure, _ in figures}, summary
    return DRAWN[id(summary)][0].get(name)


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
            figures = plot.figures(summary)
            DRAWN[id(summary)] = {n: figure for n, figure, _ in figures}, summary
            for file, figure, text in figures:
                figure.canvas.draw()
                cls.drawn.append((name, file, figure, text))

    @classmethod
    def tearDownClass(cls):
        plt.close("all")

    def each(self, check):
        for name, file, figure, text in self.drawn:
            with self.subTest(variant=name, figure=file):
                check(file, figure, text)

    def legible(self, figure):
        figure.canvas.draw()
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
            self.assertFalse(across > 1.5 and down > 1.5, f"{a.get_text()!r} over {b.get_text()!r}")

    def test_no_two_texts_overlap_and_none_leaves_the_page(self):
        self.each(lambda file, figure, text: self.legible(figure))

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
                    "overload_policies": r"\((s|registrations/s)\)$|^REGISTERs wasted",
                    "servers": r"\((%|account-hours|1/s|REGISTER/s)\)",
                }.get(file, r"\((s|min|h|days)\)$")
                self.assertRegex(axes.get_xlabel(), across)
            units = {
                "register_rate": r"\(REGISTER/s\)$",
                "registered_share": r"\(%\)$",
                # Its ticks carry s, min, h.
                "peak_and_recovery": r"\(REGISTER/s\)$|^time to 99 %|^accounts registered at the end",
                "registrar_load": r"\((REGISTER|1)/s\)$|^waiting requests$",
                "response": r"within$|^attempts that fail$",
                "echo": r"^order parameter$",
                "reachability": r"\(%\)$|^keepalives \(1/s\)$|^calls (reached|that NATs block)",
                "traversal_matrix": r"^type of NAT$",
                "sbc_offload": r"\(REGISTER/s\)$",
                "mixed_fleet": r"^fleet$",
                "servers": r"^setting$",
                "overload_policies": r"^case$",
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

    def levels(self, step, bin_s):
        """Of 120 s in which all are away from just after 300 s to 330 s; a sample every `step` s."""
        summary = summary_of([], [""], runs=1)
        point = summary["points"][0]
        point["faults"][0]["end_s"] = 330.0
        samples = np.array([0.0 if 300.0 < 240.0 + step * i <= 330.0 else 1.0 for i in range(int(120 / step))])
        means = samples.reshape(-1, int(bin_s / step)).mean(axis=1)
        share = dict(band(list(means), 240.0, bin_s, 1), step_s=step)
        point["series"] = {"registered_share": share}
        axes = figure_of(summary, "registered_share").axes[0]
        (curve,) = [line for line in axes.lines if line.get_drawstyle() == "steps-mid"]
        return axes, curve.get_xdata(), curve.get_ydata()

    def test_a_sample_is_drawn_at_its_instant_and_the_fall_within_half_a_step_of_the_fault(self):
        axes, x, y = self.levels(10.0, 10.0)
        self.assertIn("samples every 10 s", title_of(axes))
        edges = 0.5 * (x[1:] + x[:-1])[np.diff(y) != 0.0]
        self.assertLessEqual(abs(edges[0]), 5.0)
        self.assertLessEqual(abs(edges[1] - 30.0), 5.0)
        self.assertGreater(axes.get_xlim()[1], edges[1])  # one sees it come back
        axes, x, _ = self.levels(5.0, 10.0)
        self.assertIn("means of 2 samples 5 s apart", title_of(axes))
        self.assertEqual(x[0], -57.5)  # samples at -60 s and -55 s

    def test_each_fault_is_shaded_and_one_of_a_single_setting_is_in_its_colour(self):
        summary = summary_of([1, 20], [""])
        for point, begin in zip(summary["points"], (500.0, 600.0)):
            for start in (700.0, begin):
                fault = {"kind": "crash", "target": "r", "start_s": start, "end_s": start + 50.0}
                point["faults"].append(fault)
        figure = figure_of(summary, "registered_share")
        (axes,) = figure.axes
        scale = 60.0 if "(min)" in axes.get_xlabel() else 1.0
        self.assertIn("since the first fault began", axes.get_xlabel())
        fields = sorted((round(scale * p.get_xy()[0][0]), round(scale * p.get_xy()[2][0])) for p in axes.patches)
        self.assertEqual(fields, [(0, 100), (400, 450)])
        bars = [line for line in axes.lines if line.get_linewidth() == 2.5]
        self.assertEqual([round(scale * b.get_xdata()[0]) for b in bars], [200, 300])
        curves = [line for line in axes.lines if line.get_drawstyle() == "steps-mid"]
        self.assertEqual([b.get_color() for b in bars], [c.get_color() for c in curves])
        self.assertLessEqual({"outage, 100 s", "crash, 50 s"}, set(legend_of(figure)))
        zoom = figure_of(summary, "register_rate").axes[1]
        self.assertEqual(title_of(zoom), "around the first fault's end, 1 s bins")

    def test_a_long_title_makes_the_page_grow_and_every_row_of_the_load_says_its_bins(self):
        short, long = (summary_of([1], [label, "b"]) for label in ("a", ", ".join(["a = word"] * 9)))
        heights = [figure_of(s, "registered_share").get_size_inches()[1] for s in (short, long)]
        self.assertGreater(heights[1], heights[0] + 0.3)
        load = figure_of(VARIANTS["waves"], "registrar_load")
        titles = [title_of(axes) for axes in load.axes]
        self.assertEqual(titles[0], "b = kept\nmeans over 10 s bins")
        self.assertEqual(titles[4], "most in 10 s bins")

    def test_points_beyond_the_palette_differ_in_their_marks(self):
        summary = cases([f"case {n}" for n in range(9)], [""])
        summary["report"] = {"fleets": ["phones", "gateways"]}
        for point in summary["points"]:
            point["series"] |= {
                name: band([0.5, 1.0], 0.0, 1.0)
                for name in ("fleet_time_to_99", "fleet_load_share", "fleet_share_end")
            }
            point["series"]["fleet_reached"] = band([1.0, 1.0], 0.0, 1.0)
        left, right = figure_of(summary, "mixed_fleet").axes
        marks = [line for line in left.lines if line.get_marker() not in ("None", None, "")]
        looks = {(l.get_color(), l.get_marker(), l.get_markerfacecolor()) for l in marks}
        self.assertEqual(len(looks), 9)
        self.assertEqual(len({(b.get_facecolor(), b.get_hatch()) for b in right.patches}), 9)

    def test_of_policies_each_kind_has_its_key_and_no_text_leaves_its_panel(self):
        figure = figure_of(VARIANTS["policies"], "overload_policies")
        self.assertEqual(legend_of(figure), ["queue = 100", "queue = 1000"])
        time, goodput, waste = figure.axes
        self.assertEqual([t.get_text() for t in time.texts], ["800", "not reached in 3/3", "100", "not reached in 2/3"])
        self.assertEqual({t.get_text() for t in goodput.texts}, {"6.28", "0.132"})
        self.assertEqual({t.get_text() for t in waste.texts}, {"6\u202f993", "118\u202f075"})
        for axes in figure.axes:
            for text in axes.texts:
                self.assertLessEqual(text.get_window_extent().x1, axes.bbox.x1 + 1, text.get_text())
        self.assertEqual(time.get_ylim(), (1.6, -0.6))
        nothing = policies()
        for point in nothing["points"]:
            point["metrics"] |= {name: metric(0.0, 0.0) for name in ("goodput", "wasted_registers")}
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            self.assertEqual(figure_of(nothing, "overload_policies").axes[1].get_xlim(), (0.0, 1.0))

    def test_the_table_of_shutdowns_prints_both_ends_of_an_interval_and_what_has_no_run(self):
        (axes,) = figure_of(shutdown(), "shutdown_matrix").axes
        self.assertEqual(len(axes.texts), 4)
        self.assertTrue(axes.texts[0].get_text().startswith("11 [0, 41] s\n"))
        figure = figure_of(shutdown(missing=True), "shutdown_matrix")
        self.assertEqual([t.get_text() for t in figure.axes[0].texts].count("no run yet"), 1)
        self.legible(figure)

    def test_the_shades_of_guesses_reach_from_small_numbers_to_the_most(self):
        for most, keys in ((0.3, ["0.001/h or less", "0.01/h", "0.300/h"]), (277259.0, ["1/h or less", "1000/h", "277\u202f259/h"])):
            figure = figure_of(attack(most), "brute_force")
            self.assertEqual(legend_of(figure), keys)
            (axes,) = figure.axes
            self.assertEqual([t.get_text() for t in axes.texts].count("no run yet"), 1)
            self.assertEqual(len({p.get_facecolor() for p in axes.patches}), 4)  # white where no run is
            self.legible(figure)
        self.assertEqual(legend_of(figure_of(attack(0.0), "brute_force")), ["0/h"])

    def test_two_refresh_periods_have_curves_of_their_own_in_colour_and_key(self):
        summary = nats([True], (30.0, 30.0))
        summary["nat_curves"][1]["refresh_s"] = 100.0
        figure = figure_of(summary, "reachability")
        laws = [line for line in figure.axes[0].lines if line.get_marker() == "None"]
        self.assertEqual(len({line.get_color() for line in laws}), 2)
        self.assertLessEqual({"T = 30 s, r = 100 s", "T = 30 s, r = 3600 s"}, set(legend_of(figure)))

    def test_a_closed_form_that_ends_before_its_series_is_drawn_as_far_as_it_goes(self):
        summary = waves(summary_of([1], [""]))
        order = summary["points"][0]["series"]["order_parameter"]
        order["law"] = order["law"][:5]
        figure = figure_of(summary, "echo")
        (law,) = [line for line in figure.axes[0].lines if line.get_linewidth() == 1.4]
        self.assertEqual(list(law.get_xdata()), [0, 1, 2, 3, 4])
        self.assertIn("leaves out what answers take", " ".join(t.get_text() for t in figure.texts))

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
        handles = legend_of(figure)
        self.assertIn("nat-reboot, at once", handles)
        plt.close(figure)

    def test_where_no_closed_form_is_known_the_echo_has_no_line_and_no_key_for_one(self):
        summary = waves(summary_of([1], [""]))
        order = summary["points"][0]["series"]["order_parameter"]
        for law, key in ((order["law"], True), (None, False)):
            order["law"] = law
            figure = figure_of(dict(summary), "echo")
            handles = legend_of(figure)
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

    def test_offload_has_a_line_for_each_combination_of_what_changes_the_rates(self):
        summary = offload()
        axis = dict(summary["axes"][1], param="count", label="count", values=["50", "500"], texts=["50", "500"])
        summary["axes"].append(axis)
        more = json.loads(json.dumps(summary["points"]))
        for point, other in zip(summary["points"], more):
            point["index"].append(0)
            other["index"].append(1)
        count = len(more)
        for variant in summary["offload_variants"]:
            variant["points"] += [i + count for i in variant["points"]]
        summary["points"] += more
        steady = figure_of(summary, "sbc_offload").axes[0]
        marks = lambda axes: [l for l in axes.lines if len(l.get_xdata()) == 3 and l.get_linestyle() != "None"]
        self.assertEqual(len(marks(steady)), 4)  # the count changes nothing
        for point in more:
            for name in ("proxy_register_rate_steady", "register_rate_steady"):
                point["metrics"][name] = metric(10.0 * point["metrics"][name]["mean"], 0.1)
        figure = figure_of(dict(summary), "sbc_offload")
        self.assertEqual(len(marks(figure.axes[0])), 8)
        self.assertLessEqual({"count = 50", "count = 500"}, set(legend_of(figure)))

    def test_without_a_fault_who_is_registered_at_the_end_stands_in_the_place_of_recovery(self):
        figure = figure_of(VARIANTS["no fault"], "peak_and_recovery")
        self.assertEqual(figure.axes[1].get_title(loc="left"), "Registered")
        drawn = [y for line in figure.axes[1].lines for y in line.get_ydata()]
        self.assertLessEqual({0.99, 0.59}, set(drawn))
        self.assertGreater(figure.axes[1].get_ylim()[0], 0.0)  # most of all: seen from near
        self.assertTrue(all(t.get_text().endswith(" %") for t in figure.axes[1].get_yticklabels()))
        plt.close(figure)
        figure = figure_of(VARIANTS["the main job"], "peak_and_recovery")
        self.assertEqual(figure.axes[1].get_title(loc="left"), "Recovery")

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
