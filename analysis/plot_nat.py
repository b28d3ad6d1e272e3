"""Figure over the keepalive's interval: who behind a NAT is reached, and what the server bears for it."""
import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib import ticker
from matplotlib.lines import Line2D

from plot_style import (
    axis_label,
    definition,
    finish,
    legend_rows,
    number_text,
    sentences,
    stagger_ticks,
)
from plot_sweep import REACHED as PANELS
from plot_sweep import figure_sweep

REACHED, RATE = "reachability", "keepalive_rate_mean"
PORTS = {True: "Ports preserved", False: "A fresh port for each mapping"}
LAWS = {
    True: "1 if k < T, else 1 - (1 - T/k)(1 - T/r)",
    False: "1 if k < T, else (T + T²/2k)/r where r ≥ 2T",
}
SYMBOLS = {True: r"$1-(1-T/k)(1-T/r)$ where $k \geq T$", False: r"$(T+T^2/2k)/r$ where $k \geq T$"}
COST = ("#555555", 5.5, 1.4, 20)  # it asks for no timeout
TICKS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100]


def kind_of(curve):
    """What tells curves of one panel apart: life of a mapping and time between refreshes, in s."""
    return curve["timeout_s"], curve["refresh_s"]


def looks(summary):
    """Colour, size of mark and width of line by kind of curve: where curves coincide all are seen."""
    kinds = sorted({kind_of(c) for c in summary["nat_curves"]})
    steps = np.linspace(0.0, 0.87, len(kinds)) if len(kinds) > 1 else [0.0]
    size = np.linspace(4.5, 10.5, len(kinds)) if len(kinds) > 1 else [6.0]
    width = np.linspace(1.4, 3.8, len(kinds)) if len(kinds) > 1 else [1.4]
    colour = [matplotlib.colormaps["viridis"](x) for x in steps]
    return {kind: (colour[i], size[i], width[i], 20 - i) for i, kind in enumerate(kinds)}


def marks(axes, summary, curve, name, scale, look):
    """Simulated means with their intervals; all values drawn."""
    colour, size, _, order = look
    points = [summary["points"][i] for i in curve["points"]]
    points = [p for p in points if (p["metrics"].get(name) or {}).get("mean") is not None]
    x = np.array([p["metrics"]["nat_keepalive"]["mean"] for p in points])
    y = scale * np.array([p["metrics"][name]["mean"] for p in points])
    ends = [p["metrics"][name]["interval"] or [p["metrics"][name]["mean"]] * 2 for p in points]
    ends = scale * np.array(ends).reshape(-1, 2)
    axes.plot(
        x, y, color=colour, marker="o", ms=size, mfc="white", mew=1.6, lw=0, zorder=order + 20
    )
    axes.errorbar(
        x,
        y,
        yerr=[y - ends[:, 0], ends[:, 1] - y],
        fmt="none",
        color=colour,
        elinewidth=1.5,
        capsize=0.0,
        zorder=order + 40,
    )
    return [v for v in [*y, *ends.flat] if v > 0.0]


def law(axes, curve, values, scale, look):
    colour, _, width, order = look
    axes.plot(
        curve["keepalive_s"],
        scale * np.array(values),
        color=colour,
        lw=width,
        zorder=order,
        solid_capstyle="butt",
    )


def dress(axes, drawn, name):
    axes.set_yscale("log")
    axes.yaxis.set_minor_locator(ticker.NullLocator())
    low, high = min(drawn), max(drawn)
    if name == REACHED:
        axes.set_ylim(low * 0.72, 130.0)
        axes.yaxis.set_major_locator(ticker.FixedLocator(TICKS))
    else:
        axes.set_ylim(low / 1.5, high * 1.5)
        axes.yaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(ticker.FuncFormatter(number_text))


def key(summary, bars):
    look = looks(summary)
    apart = len({refresh for _, refresh in look}) > 1
    head = "mappings live T, a REGISTER every r:" if apart else "mappings live T ="
    handles = [Line2D([], [], lw=0, label=head)]
    for (timeout, refresh), (colour, *_) in look.items():
        label = f"T = {timeout:g} s, r = {refresh:g} s" if apart else f"{timeout:g} s"
        handles.append(Line2D([], [], color=colour, lw=2.4, label=label))
    ring = {"marker": "o", "mfc": "white", "mew": 1.6, "ms": 7, "lw": 0}
    handles.append(Line2D([], [], color="#555555", label="simulated", **ring))
    if bars:
        label = f"{100 * summary['confidence']:g} % interval"
        handles.append(
            Line2D([], [], color="#555555", marker="|", ms=9, lw=0, mew=1.2, label=label)
        )
    handles.append(Line2D([], [], color="#555555", lw=1.6, label="closed form"))
    return handles


def figure_nat(summary):
    """(f) One column per port assignment: reachability above, keepalives/s below; None without NATs."""
    curves = summary.get("nat_curves") or []
    intervals = sorted(
        {
            summary["points"][i]["metrics"]["nat_keepalive"]["mean"]
            for c in curves
            for i in c["points"]
        }
    )
    if len(intervals) < 2:
        return None
    columns = [keeps for keeps in (True, False) if any(c["keeps_port"] == keeps for c in curves)]
    has_rate = any(RATE in p["metrics"] for p in summary["points"])
    rows = [REACHED, RATE] if has_rate else [REACHED]
    fig, grid = plt.subplots(
        len(rows),
        len(columns),
        figsize=(11.0, 5.0),
        squeeze=False,
        sharex=True,
        sharey="row",
        height_ratios=[2.4, 1.0][: len(rows)],
    )
    look = looks(summary)
    for row, name in zip(grid, rows):
        drawn = []
        for keeps, axes in zip(columns, row):
            for curve in (c for c in curves if c["keeps_port"] == keeps):
                style = look[kind_of(curve)] if name == REACHED else COST
                scale = 100.0 if name == REACHED else 1.0
                values = curve["reachability"] if name == REACHED else curve["keepalive_rate"]
                drawn += marks(axes, summary, curve, name, scale, style)
                if values:
                    law(axes, curve, values, scale, style)
        for axes in row:
            dress(axes, drawn or [1.0], name)
            axes.tick_params(labelbottom=True, labelleft=True)
    for keeps, axes in zip(columns, grid[0]):
        axes.set_title(f"{PORTS[keeps]}:  {SYMBOLS[keeps]}")
    grid[0][0].set_ylabel("calls that find their way in (%)")
    if has_rate:
        grid[1][0].set_ylabel(axis_label(summary, RATE, "keepalives"))
    for axes in grid.flat:
        axes.set_xscale("log")
        axes.set_xlim(intervals[0] / 1.12, intervals[-1] * 1.12)
        axes.xaxis.set_minor_locator(ticker.NullLocator())
        stagger_ticks(axes, intervals, True, 9.5 / len(columns))
    for axes in grid[-1]:
        axes.set_xlabel("a keepalive every k (s)")
    points = [summary["points"][i] for c in curves for i in c["points"]]
    legend_rows(fig, key(summary, any(p["runs_ok"] > 1 for p in points)))
    refresh = " or ".join(f"{r:g} s" for r in sorted({c["refresh_s"] for c in curves}))
    laws = "; ".join(f"{PORTS[keeps].lower()}: {LAWS[keeps]}" for keeps in columns)
    return finish(
        fig,
        f"{summary['experiment']['name']}: reachability behind NATs against the keepalive",
        sentences(summary, {"nat"}),
        [
            *sentences(summary, {"runs", "note"}),
            f"Closed forms: {laws}; r = {refresh} is nat_refresh. Keepalives/s: N/k.",
            *(definition(summary, name) for name in rows),
        ],
        3.4 + 1.7 * has_rate,
    )


def blocking(summary):
    """Indices of the points at which NATs block calls."""
    counts = (p["metrics"].get("calls_blocked_by_nat") or {} for p in summary["points"])
    return {i for i, m in enumerate(counts) if (m.get("max") or 0.0) > 0.0}


def figure_reach(summary):
    """(f) With closed forms where they are known of all points, else over what was swept."""
    blocked = blocking(summary)
    known = {i for c in summary.get("nat_curves") or [] for i in c["points"]}
    curves = figure_nat(summary)
    if not blocked or (curves is not None and blocked <= known):
        return curves
    over = figure_sweep(summary, PANELS, "reachability behind NATs", {"nat"})
    if over is not None and curves is not None:
        plt.close(curves)
    return over or curves
