"""Figure over the swept parameter: peak REGISTER/s and time to 99 %, with error bars."""
import matplotlib.pyplot as plt
import numpy as np
from matplotlib import ticker
from matplotlib.lines import Line2D

from plot_style import (
    CAPACITY_COLOUR,
    LOG_ABOVE,
    axis_label,
    definition,
    duration_text,
    finish,
    legend_rows,
    mark,
    number_text,
    primary,
    sentences,
    stagger_ticks,
)

DURATION_TICKS = [
    0.001,
    0.01,
    0.1,
    1,
    2,
    5,
    10,
    30,
    60,
    120,
    300,
    600,
    1200,
    1800,
    3600,
    7200,
    14400,
    43200,
    86400,
]

DURATION_STEPS = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400]


def sweep_positions(axis, points, key):
    """x of each point: the value itself if numeric, its rank if not."""
    index = [p["index"][key] for p in points]
    return np.array([axis["numeric"][i] if axis["numeric"] else i for i in index], dtype=float)


def draw_not_reached(axes, x, metric, place, row, colour):
    """An open arrow at the top, k/n beside it; an open mark where the median was reached."""
    if metric["median"] is not None:
        axes.plot(
            x,
            metric["median"],
            marker=mark(place)[1],
            ms=6.5,
            mfc="white",
            mec=colour,
            lw=0,
            zorder=5 + place,
        )
    total = metric["reached"] + metric["not_reached"]
    top = 0.965 - 0.075 * row
    axes.plot(
        x,
        top,
        marker="^",
        ms=8,
        mfc="white",
        mec=colour,
        lw=0,
        clip_on=False,
        transform=axes.get_xaxis_transform(),
        zorder=6 + place,
    )
    axes.annotate(
        f"{metric['not_reached']}/{total}",
        (x, top),
        xycoords=axes.get_xaxis_transform(),
        xytext=(7, 0),
        textcoords="offset points",
        va="center",
        fontsize=8,
        color=colour,
    )


def side_step(axis, groups):
    """By how much groups stand apart: no mark may come near another's value."""
    values = sorted(set(axis["numeric"] or range(len(axis["values"]))))
    gap = min(np.diff(values), default=0.0)
    return min(0.012 * (values[-1] - values[0]), 0.5 * gap / groups)


def draw_sweep(axes, summary, name, log_x):
    """One metric against the primary axis; the values drawn and the number of rows of arrows."""
    axis, key = primary(summary), summary["primary_axis"]
    groups = summary["groups"]
    drawn, rows = [], 0
    for place, group in enumerate(groups):
        points = [
            summary["points"][i] for i in group["points"] if name in summary["points"][i]["metrics"]
        ]
        colour, marker, face = mark(place)
        x = sweep_positions(axis, points, key)
        shift = place - 0.5 * (len(groups) - 1)
        x = x * 1.05**shift if log_x else x + shift * side_step(axis, len(groups))
        metrics = [p["metrics"][name] for p in points]
        reached = [i for i, m in enumerate(metrics) if m["mean"] is not None]
        y = np.array([metrics[i]["mean"] for i in reached])
        bars = np.array([metrics[i]["interval"] or [metrics[i]["mean"]] * 2 for i in reached])
        if reached:
            axes.errorbar(
                x[reached],
                y,
                yerr=[y - bars[:, 0], bars[:, 1] - y],
                color=colour,
                marker=marker,
                mfc=face,
                ms=5.5,
                lw=1.2 if axis["numeric"] else 0.0,
                elinewidth=1.2,
                capsize=3.5,
                capthick=1.2,
                zorder=4 + place,
            )
            drawn += [*y, *bars[:, 1], *[b for b in bars[:, 0] if b > 0]]
        censored = [i for i, m in enumerate(metrics) if m["not_reached"]]
        for i in censored:
            draw_not_reached(axes, x[i], metrics[i], place, rows, colour)
            drawn += [metrics[i]["median"]] if metrics[i]["median"] is not None else []
        rows += bool(censored)
    return drawn, rows


PANEL_IN, LETTER_IN, TURN = 4.5, 0.078, 35  # width of a panel, of a letter; degrees


def turned(axis):
    """Names side by side take more than there is."""
    texts = [] if axis["numeric"] else axis["texts"]
    return len(texts) * LETTER_IN * max(map(len, texts), default=0) > PANEL_IN


def depth(axis):
    """Inches that turned names take below the axes."""
    longest = max(map(len, axis["texts"]), default=0)
    return LETTER_IN * longest * np.sin(np.radians(TURN)) if turned(axis) else 0.0


def percent_text(value, _=None):
    return f"{100.0 * value:g} %"


def dress_sweep_x(axes, axis, log_x):
    if axis["numeric"]:
        if log_x:
            axes.set_xscale("log")
        values = sorted(set(axis["numeric"]))
        axes.xaxis.set_minor_locator(ticker.NullLocator())
        stagger_ticks(axes, values, log_x, PANEL_IN)
        if not log_x and len(values) > 10:
            axes.xaxis.set_minor_locator(ticker.NullLocator())
            axes.xaxis.set_major_locator(ticker.MaxNLocator(8))
            axes.xaxis.set_major_formatter(ticker.ScalarFormatter())
        axes.set_xlabel(f"{axis['label']} ({axis['unit']})" if axis["unit"] else axis["label"])
    else:
        axes.set_xticks(range(len(axis["texts"])), axis["texts"])
        if turned(axis):
            axes.tick_params(axis="x", rotation=TURN)
            plt.setp(axes.get_xticklabels(), ha="right", rotation_mode="anchor")
        axes.set_xlim(-0.5, len(axis["texts"]) - 0.5)
        axes.set_xlabel(axis["label"])


def scale_y(axes, drawn, room):
    """Logarithmic where the values are far apart; `room` is the part kept free above."""
    low, high = min(drawn), max(drawn)
    if low > 0.0 and high / low >= LOG_ABOVE:
        axes.set_yscale("log")
        span = np.log10(high / low)
        axes.set_ylim(
            low * 10 ** (-0.07 * span), high * 10 ** (span * (0.06 + room / (1.0 - room)))
        )
    else:
        axes.set_ylim(0.0, high * 1.08 / (1.0 - room) if high > 0.0 else 1.0)


def dress_sweep_y(axes, drawn, rows, duration):
    """Scale and ticks; what was not reached has a field of its own above, without a scale."""
    room = 0.03 + 0.075 * rows if rows else 0.0
    scale_y(axes, drawn or [1.0], room)
    log = axes.get_yscale() == "log"
    bottom, limit = axes.get_ylim()
    place = (lambda f: bottom * (limit / bottom) ** f) if log else (lambda f: limit * f)
    top = place(1.0 - room)
    axes.yaxis.set_minor_locator(ticker.NullLocator())
    if rows:
        axes.axhline(top, color="#777777", lw=0.9, ls=":", zorder=1)
        axes.yaxis.set_minor_locator(ticker.FixedLocator([place(1.0 - 0.5 * room)]))
        axes.yaxis.set_minor_formatter(ticker.FixedFormatter(["not\nreached"]))
        axes.tick_params(axis="y", which="minor", length=0, labelsize=8)
    axes.yaxis.set_major_locator(
        ticker.FixedLocator(sweep_ticks(bottom, top, log, duration) if drawn else [])
    )
    axes.yaxis.set_major_formatter(ticker.FuncFormatter(duration_text if duration else number_text))


def dress_share(axes, drawn, whole):
    """In percent, up to all; from none on, unless the least is most of all and not the `whole` scale is wanted."""
    least = 0.0 if whole or min(drawn, default=0.0) < 0.5 else min(drawn)
    room = 0.08 * max(1.0 - least, 0.01)
    axes.set_yscale("linear")
    axes.set_ylim(max(least - room, 0.0), 1.0 + room)
    steps = ticker.MaxNLocator(6, steps=[1, 2, 2.5, 5, 10])
    ticks = [t for t in steps.tick_values(*axes.get_ylim()) if axes.get_ylim()[0] <= t <= 1.0 + 1e-9]
    axes.yaxis.set_major_locator(ticker.FixedLocator(ticks))
    axes.yaxis.set_major_formatter(ticker.FuncFormatter(percent_text))


def sweep_ticks(bottom, top, log, duration):
    """1-2-5 on a logarithmic axis, a round step on a linear one; durations by the clock."""
    if log:
        steps = [m * 10.0**e for e in range(-9, 10) for m in (1, 2, 5)]
        return [t for t in (DURATION_TICKS if duration else steps) if bottom <= t <= top]
    if duration:
        step = next((s for s in DURATION_STEPS if top / s <= 8), top / 6)
        return np.arange(0.0, top * (1.0 + 1e-9), step)
    steps = ticker.MaxNLocator(8, steps=[1, 2, 2.5, 5, 10])
    return [t for t in steps.tick_values(0.0, top) if t <= top]


# What is drawn against the swept parameter: (words on the axis, title) by metric.
PEAK = {
    "register_rate_peak": ("busiest second", "Peak load"),
    "time_to_99": ("time to 99 % of the share before", "Recovery"),
}
CALM = {  # without a fault there is nothing to recover from
    "register_rate_peak": PEAK["register_rate_peak"],
    "share_end": ("accounts registered at the end", "Registered"),
}
RESPONSE = {
    "service_p99": ("at the registrar, 99 % of requests within", "Waiting and service"),
    "attempts_failed": ("attempts that fail", "Failures"),
}


REACHED = {
    "reachability": ("calls reached, of those offered", "Reachability"),
    "calls_blocked_by_nat": ("calls that NATs block", "Blocked by NATs"),
}


def figure_capacity(summary):
    """(c) Peak load and recovery, or the share registered at the end where no point has a fault."""
    if any(p["faults"] for p in summary["points"]):
        return figure_sweep(summary, PEAK, "peak load and recovery", {"capacity"})
    return figure_sweep(summary, CALM, "peak load and who is registered", {"capacity", "share"})


def figure_sweep(summary, panels, title, topics):
    """Two metrics against the swept parameter; None if nothing was swept or nothing has them."""
    axis = primary(summary)
    known = [n for n in panels if any(n in p["metrics"] for p in summary["points"])]
    of_capacity = "register_rate_peak" in panels
    if axis is None or (known != list(panels) and not of_capacity):
        return None
    numeric = axis["numeric"]
    log_x = bool(numeric) and min(numeric) > 0 and max(numeric) / min(numeric) >= LOG_ABOVE
    fig, pair = plt.subplots(1, 2, figsize=(11.0, 4.0))
    for axes, (name, (words, heading)) in zip(pair, panels.items()):
        drawn, rows = draw_sweep(axes, summary, name, log_x)
        if name == "register_rate_peak" and summary["capacity"]:
            axes.axhline(summary["capacity"], color=CAPACITY_COLOUR, lw=1.2, ls=(0, (6, 3)))
            drawn.append(summary["capacity"])
        duration = summary["metric_info"].get(name, {}).get("unit") == "s"
        dress_sweep_x(axes, axis, log_x)
        dress_sweep_y(axes, drawn, rows, duration)
        if name in ("reachability", "share_end"):
            dress_share(axes, drawn, whole=name == "reachability")
        axes.set_ylabel(words if duration else axis_label(summary, name, words))
        axes.set_title(heading)
    handles = [
        Line2D(
            [],
            [],
            color=mark(i)[0],
            marker=mark(i)[1],
            mfc=mark(i)[2],
            ms=5.5,
            lw=1.2 if numeric else 0,
            label=g["label"] or "mean",
        )
        for i, g in enumerate(summary["groups"])
    ]
    if any(p["runs_ok"] > 1 for p in summary["points"]):
        handles.append(
            Line2D(
                [],
                [],
                color="#555555",
                marker="|",
                ms=9,
                lw=0,
                mew=1.2,
                label=f"{100 * summary['confidence']:g} % interval",
            )
        )
    if any(
        p["metrics"][n]["not_reached"]
        for p in summary["points"]
        for n in panels
        if n in p["metrics"]
    ):
        handles.append(
            Line2D(
                [],
                [],
                color="#555555",
                marker="^",
                mfc="white",
                lw=0,
                ms=8,
                label="not reached in k/n runs (open mark: median)",
            )
        )
    if summary["capacity"] and of_capacity:
        handles.append(
            Line2D(
                [],
                [],
                color=CAPACITY_COLOUR,
                lw=1.2,
                ls=(0, (6, 3)),
                label=f"capacity {summary['capacity']:g} REGISTER/s",
            )
        )
    legend_rows(fig, handles)
    return finish(
        fig,
        f"{summary['experiment']['name']}: {title} against {axis['label']}",
        sentences(summary, topics),
        [
            *sentences(summary, {"runs", "note"} | ({"capacity-note"} if of_capacity else set())),
            *(definition(summary, name) for name in panels),
        ],
        3.5 + depth(axis),
    )
