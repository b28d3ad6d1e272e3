"""Figure of a proxy's registration offload: what its registrar is spared, and what its death costs in calls."""
import matplotlib.pyplot as plt
import numpy as np
from matplotlib import ticker
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from plot_style import (
    CATEGORIES,
    LOG_ABOVE,
    definition,
    finish,
    legend_rows,
    number_text,
    sentences,
)

STEADY = {"proxy": "proxy_register_rate_steady", "registrar": "register_rate_steady"}
BUSIEST = {"proxy": "proxy_register_rate_peak", "registrar": "register_rate_peak_after"}
# (place, offload): colour, marker, filled
LOOKS = {
    ("proxy", True): (CATEGORIES[0], "o", True),
    ("registrar", True): (CATEGORIES[1], "s", True),
    ("proxy", False): (CATEGORIES[0], "o", False),
    ("registrar", False): (CATEGORIES[1], "s", False),
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


def draw_rates(axes, summary, names):
    """Marks with intervals, joined by lines; points that coincide lie on each other. Returns what is drawn."""
    drawn, over = [], across(summary)
    points = [summary["points"][i] for v in summary["offload_variants"] for i in v["points"]]
    for (place, on), (colour, marker, filled) in LOOKS.items():
        found = {}
        for point in points:
            metric = point["metrics"].get(names[place]) or {}
            if is_on(summary, point) == on and metric.get("mean") is not None:
                x = over[1]["numeric"][point["index"][over[0]]] if over else float(on)
                found.setdefault(x, metric)  # flows kept or lost: see the panel below
        if not found:
            continue
        x = np.array(sorted(found))
        y = np.array([found[v]["mean"] for v in x])
        ends = np.array([found[v]["interval"] or [found[v]["mean"]] * 2 for v in x])
        axes.errorbar(
            x,
            y,
            yerr=[y - ends[:, 0], ends[:, 1] - y],
            color=colour,
            marker=marker,
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


def key(summary, classes):
    handles = []
    for (place, on), (colour, marker, filled) in LOOKS.items():
        handles.append(
            Line2D(
                [],
                [],
                color=colour,
                marker=marker,
                mfc=colour if filled else "white",
                mew=1.5,
                ms=6.5,
                lw=1.3,
                ls="-" if filled else (0, (4, 2)),
                label=f"at the {place}, {'with' if on else 'without'} offload",
            )
        )
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
    for column, (names, title, words) in enumerate(panels):
        axes = fig.add_subplot(grid[0, column])
        drawn = draw_rates(axes, summary, names)
        dress_rates(axes, summary, drawn or [1.0])
        axes.set_title(title)
        axes.set_ylabel(f"{words} (REGISTER/s)")
    classes = draw_calls(fig.add_subplot(grid[1, :]), summary) if calls else []
    legend_rows(fig, key(summary, classes))
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
