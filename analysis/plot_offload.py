"""Figure of a proxy's registration offload: what its registrar is spared, and what its death costs in calls."""
import matplotlib.pyplot as plt
import numpy as np
from matplotlib import ticker
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from plot_style import (
    CATEGORIES,
    LOG_ABOVE,
    MARKERS,
    definition,
    finish,
    legend_rows,
    number_text,
    sentences,
)

STEADY = {"proxy": "proxy_register_rate_steady", "registrar": "register_rate_steady"}
BUSIEST = {"proxy": "proxy_register_rate_peak", "registrar": "register_rate_peak_after"}
# (place, offload): colour, filled
LOOKS = {
    ("proxy", True): (CATEGORIES[0], True),
    ("registrar", True): (CATEGORIES[1], True),
    ("proxy", False): (CATEGORIES[0], False),
    ("registrar", False): (CATEGORIES[1], False),
}
CALLS = {
    "calls_proxy_down": ("while the proxy is down", "#8c8c8c", ""),
    "calls_proxy_forgot": ("the proxy has forgotten the flow", CATEGORIES[1], ""),
    "calls_not_registered": ("not registered", CATEGORIES[5], "///"),
    "other": ("any other reason", CATEGORIES[3], "..."),
}


def offload_axis(summary):
    return next(
        i
        for i, axis in enumerate(summary["axes"])
        if axis["param"].startswith("proxy.") and axis["param"].endswith(".offload")
    )


def mean_of(point, name):
    return (point["metrics"].get(name) or {}).get("mean")


def is_on(summary, point):
    key = offload_axis(summary)
    return summary["axes"][key]["values"][point["index"][key]] == "true"


def across(summary):
    """The swept number that the rates are drawn over: (its place among the axes, the axis), or None."""
    for i, axis in enumerate(summary["axes"]):
        if axis["numeric"] and len(axis["values"]) > 1:
            return i, axis
    return None


def place_on_axis(summary, point):
    over = across(summary)
    return over[1]["numeric"][point["index"][over[0]]] if over else float(is_on(summary, point))


def rest_of(summary, point):
    """Its values on the axes that neither the lines' x nor their look tell."""
    over = across(summary)
    told = {offload_axis(summary), over[0] if over else None}
    return tuple((axis, value) for axis, value in enumerate(point["index"]) if axis not in told)


def label_of(summary, settings, among):
    """ "count = 50" of settings that are drawn alike: what not all of `among` have."""
    parts = []
    for axis, _ in settings[0]:
        own, every = ({value for s in part for a, value in s if a == axis} for part in (settings, among))
        if own != every:
            texts = (summary["axes"][axis]["texts"][value] for value in sorted(own))
            parts.append(f"{summary['axes'][axis]['label']} = {' or '.join(texts)}")
    return ", ".join(parts)


def lines_of(summary, panels):
    """Of each combination of the other settings its points, by label; of those that are drawn alike one."""
    by_rest, alike = {}, {}
    for variant in summary["offload_variants"]:
        for index in variant["points"]:
            point = summary["points"][index]
            by_rest.setdefault(rest_of(summary, point), []).append(point)
    names = {name for names in panels for name in names.values()}
    for rest, points in sorted(by_rest.items()):
        drawn = sorted(
            (is_on(summary, p), place_on_axis(summary, p), name, repr(p["metrics"].get(name)))
            for p in points
            for name in names
        )
        alike.setdefault(tuple(drawn), []).append(rest)
    groups = list(alike.values())
    labels = [label_of(summary, rests, list(by_rest)) for rests in groups]
    if len(set(labels)) < len(labels):  # no values tell them apart: each alone
        groups = [[rest] for rest in by_rest]
        labels = [label_of(summary, rests, list(by_rest)) for rests in groups]
    return {label: by_rest[rests[0]] for label, rests in zip(labels, groups)}


def marker_of(place, line, count):
    """Of the place, where one line is all; else of the combination."""
    return ("o" if place == "proxy" else "s") if count == 1 else MARKERS[line % len(MARKERS)]


def draw_rates(axes, summary, names, lines):
    """Marks with intervals, joined by lines; lines that coincide lie on each other. Returns what is drawn."""
    drawn = []
    for line, points in enumerate(lines.values()):
        for (place, on), (colour, filled) in LOOKS.items():
            known = [p for p in points if is_on(summary, p) == on and mean_of(p, names[place]) is not None]
            if not known:
                continue
            known.sort(key=lambda p: place_on_axis(summary, p))
            y = np.array([mean_of(p, names[place]) for p in known])
            ends = [p["metrics"][names[place]]["interval"] or [v, v] for p, v in zip(known, y)]
            ends = np.array(ends)
            axes.errorbar(
                [place_on_axis(summary, p) for p in known],
                y,
                yerr=[y - ends[:, 0], ends[:, 1] - y],
                color=colour,
                marker=marker_of(place, line, len(lines)),
                mfc=colour if filled else "white",
                mew=1.5,
                ms=6.5 if filled else (10.0 if place == "proxy" else 5.5),
                lw=1.3,
                ls="-" if filled else (0, (4, 2)),
                elinewidth=1.1,
                capsize=2.5,
                zorder=3 if place == "proxy" else 4,
            )
            drawn += [*y, *(v for v in ends.flat if v > 0.0)]
    return drawn


def dress_rates(axes, summary, drawn):
    low, high = min(drawn), max(drawn)
    if low > 0.0 and high / low >= LOG_ABOVE:
        axes.set_yscale("log")
        axes.set_ylim(low / 1.5, high * 1.5)
        axes.yaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5), numticks=30))
        axes.yaxis.set_minor_locator(ticker.NullLocator())
    else:
        axes.set_ylim(0.0, high * 1.1 if high > 0.0 else 1.0)
    axes.yaxis.set_major_formatter(ticker.FuncFormatter(number_text))
    over = across(summary)
    if over is None:
        axes.set_xticks([0.0, 1.0], ["without", "with"])
        axes.set_xlim(-0.5, 1.5)
        axes.set_xlabel("offload")
        return
    axis = over[1]
    values = sorted(set(axis["numeric"]))
    if values[0] > 0.0:
        axes.set_xscale("log")
        axes.set_xlim(values[0] / 1.2, values[-1] * 1.2)
    axes.set_xticks(values, [f"{v:g}" for v in values])
    axes.xaxis.set_minor_locator(ticker.NullLocator())
    axes.set_xlabel(f"{axis['label']} ({axis['unit']})" if axis["unit"] else axis["label"])


def lost_calls(point):
    """Calls that are not reached, by class."""
    known = {name: mean_of(point, name) or 0.0 for name in CALLS if name != "other"}
    offered, reached = mean_of(point, "calls_offered"), mean_of(point, "calls_reached")
    return known | {"other": max(0.0, offered - reached - sum(known.values()))}


def draw_calls(axes, summary):
    """One bar per variant, stacked by class, the number of the whole at its end; the classes drawn."""
    variants = [
        v
        for v in summary["offload_variants"]
        if mean_of(summary["points"][v["points"][0]], "calls_offered")
    ]
    used = []
    longest = 1.0
    for y, variant in enumerate(variants):
        left = 0.0
        for name, count in lost_calls(summary["points"][variant["points"][0]]).items():
            if count < 0.5:
                continue
            _, colour, hatch = CALLS[name]
            axes.barh(y, count, 0.66, left, color=colour, hatch=hatch, ec="white", lw=0.8)
            left += count
            used.append(name)
        axes.text(left, y, f"  {left:.0f}", va="center", fontsize=8.5)
        longest = max(longest, left)
    axes.set_yticks(range(len(variants)), [v["label"] for v in variants], fontsize=8.5)
    axes.set_ylim(len(variants) - 0.45, -0.55)
    axes.set_xlim(0.0, 1.09 * longest)
    axes.grid(axis="y", visible=False)
    axes.set_xlabel("calls that are not reached (calls)")
    offered = {
        round(mean_of(summary["points"][v["points"][0]], "calls_offered")) for v in variants
    }
    of = f", of {offered.pop()} offered" if len(offered) == 1 else ""
    axes.set_title(f"Calls lost{of}")
    return [name for name in CALLS if name in used]


def key(summary, classes, lines):
    handles = []
    for (place, on), (colour, filled) in LOOKS.items():
        handles.append(
            Line2D(
                [],
                [],
                color=colour,
                marker=marker_of(place, 0, 1) if len(lines) == 1 else None,
                mfc=colour if filled else "white",
                mew=1.5,
                ms=6.5,
                lw=1.3,
                ls="-" if filled else (0, (4, 2)),
                label=f"at the {place}, {'with' if on else 'without'} offload",
            )
        )
    for line, label in enumerate(lines if len(lines) > 1 else ()):
        style = {"color": "#555555", "mfc": "white", "mew": 1.5, "ms": 6.5, "lw": 0}
        handles.append(Line2D([], [], marker=marker_of("", line, len(lines)), label=label, **style))
    if any(p["runs_ok"] > 1 for p in summary["points"]):
        label = f"{100 * summary['confidence']:g} % interval"
        handles.append(
            Line2D([], [], color="#555555", marker="|", ms=9, lw=0, mew=1.2, label=label)
        )
    if classes:
        handles.append(Line2D([], [], lw=0, label="calls lost:"))
    for name in classes:
        words, colour, hatch = CALLS[name]
        handles.append(Patch(fc=colour, hatch=hatch, ec="white", lw=0.0, label=words))
    return handles


def figure_offload(summary):
    """(h) REGISTER/s at the proxy and its registrar, steady and busiest; below, calls lost. None without."""
    variants = summary.get("offload_variants") or []
    if not variants:
        return None
    points = [summary["points"][i] for v in variants for i in v["points"]]
    calls = any(mean_of(p, "calls_offered") for p in points)
    after = any(mean_of(p, BUSIEST["registrar"]) is not None for p in points)
    fig = plt.figure(figsize=(11.0, 6.0))
    rows = 2 if calls else 1
    heights = [2.9, 0.32 * len(variants) + 0.5][:rows]
    grid = fig.add_gridspec(rows, 2, height_ratios=heights)
    panels = [(STEADY, "In steady state", "mean")]
    busiest = dict(BUSIEST) if after else dict(BUSIEST, registrar="register_rate_peak")
    panels.append((busiest, "The busiest second", "busiest second"))
    lines = lines_of(summary, [names for names, *_ in panels])
    for column, (names, title, words) in enumerate(panels):
        axes = fig.add_subplot(grid[0, column])
        drawn = draw_rates(axes, summary, names, lines)
        dress_rates(axes, summary, drawn or [1.0])
        axes.set_title(title)
        axes.set_ylabel(f"{words} (REGISTER/s)")
    classes = draw_calls(fig.add_subplot(grid[1, :]), summary) if calls else []
    legend_rows(fig, key(summary, classes, lines))
    return finish(
        fig,
        f"{summary['experiment']['name']}: what offload spares the registrar, and what the proxy's death costs",
        sentences(summary, {"offload"}),
        [
            *sentences(summary, {"runs", "note"}),
            "The proxy's busiest second may lie in the outage, when devices resend to nobody; the "
            "registrar's is the busiest after it. Settings that change none of this are left out of the "
            "bars' labels.",
            *(definition(summary, name) for name in (*STEADY.values(), "calls_proxy_forgot")),
        ],
        sum(heights) + 0.6 * rows,
    )
