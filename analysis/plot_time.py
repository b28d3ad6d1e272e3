"""Figures over time: REGISTER/s and registered share, mean and band over the replications."""
import matplotlib.pyplot as plt
import numpy as np
from matplotlib import ticker

from plot_faults import fault_word, first_fault, own_windows, shared_windows, windows_of
from plot_style import (
    CAPACITY_COLOUR,
    FAULT_COLOUR,
    LOG_ABOVE,
    axis_label,
    definition,
    duration_text,
    finish,
    legend_above,
    panel_title,
    point_colours,
    point_lines,
    registrars,
    sentences,
    title_lines,
)


FAULT_ROW = 0.025  # of a panel's height, for the faults that only some have


def is_level(summary, series):
    """Samples of a state at instants, not counts over bins."""
    return summary["metric_info"][series]["kind"] == "level_series"


def step_of(band):
    """Between two samples; a summary of before this was told has one in each bin."""
    return band.get("step_s", band["bin_s"])


def times_of(band, level):
    """Where each value is drawn: in the middle of its bin, n samples in the middle of their instants."""
    middle = 0.5 * (band["bin_s"] - (step_of(band) if level else 0.0))
    return band["t0_s"] + band["bin_s"] * np.arange(len(band["mean"])) + middle


def shade_faults(axes, summary, group, unit_s, origin):
    """A grey field for each fault that all have, a line for one without length; bars at the top for the faults of
    some, a row for each point or for those that have the same."""
    points = [summary["points"][i] for i in group["points"]]
    shared = shared_windows(points, origin)
    for begin, end in shared:
        if begin == end:
            axes.axvline(begin / unit_s, color="#555555", lw=1.0, ls="--", zorder=2)
            continue
        field = {"color": FAULT_COLOUR, "alpha": 0.45, "lw": 0, "zorder": 0}
        axes.axvspan(begin / unit_s, end / unit_s, **field)
    if any(p["faults"] for p in points) and not any(0.0 in window for window in shared):
        axes.axvline(0.0, color="#555555", lw=1.0, ls="--", zorder=2)
    colours = point_colours(summary)
    for row, (windows, places) in enumerate(own_windows(points, origin).items()):
        colour = colours[group["points"][places[0]]] if len(places) == 1 else "#999999"
        for begin, end in windows:
            axes.plot(
                [begin / unit_s, end / unit_s],
                [0.99 - FAULT_ROW * (row + 0.5)] * 2,
                color=colour,
                lw=2.5 if end > begin else 0.0,
                marker=None if end > begin else "v",
                solid_capstyle="butt",
                transform=axes.get_xaxis_transform(),
                zorder=1,
            )


def draw_bands(
    axes, summary, group, series, unit_s, part="all", origin="start", factor=1.0, floor=None
):
    """One line and band per point of the group, in steps: nothing is drawn between two bins' values."""
    level = is_level(summary, series)
    colours, lines = point_colours(summary), point_lines(summary)
    for place, index in enumerate(group["points"]):
        point = summary["points"][index]
        band = point["series"].get(series)
        band = band["detail"] if band and part == "detail" else band
        if not band:
            continue
        fault = first_fault(point)
        zero = 0.0 if fault is None else fault["start_s" if origin == "start" else "end_s"]
        mean = factor * np.array(band["mean"])
        x = (times_of(band, level) - zero) / unit_s
        clip = (lambda y: np.maximum(y, floor)) if floor else (lambda y: y)
        order = 3 + 0.1 * (len(group["points"]) - place)
        if band["low"]:
            axes.fill_between(
                x,
                clip(factor * np.array(band["low"])),
                clip(factor * np.array(band["high"])),
                color=colours[index],
                alpha=0.15,
                lw=0,
                zorder=order - 1,
                step="mid",
            )
        style = {"color": colours[index], "ls": lines[index], "lw": 1.3}
        axes.plot(x, clip(mean), drawstyle="steps-mid", zorder=order, **style)


def bin_text(summary, series, what="means over"):
    """ "means over 10 s bins", of the widest; of levels "samples every 10 s", "means of 5 samples 10 s apart"."""
    widest = max((b for _, b in bands_of(summary, series, "all")), key=lambda b: b["bin_s"])
    step = duration_text(step_of(widest))
    if not is_level(summary, series):
        return f"{what} {duration_text(widest['bin_s'])} bins"
    count = round(widest["bin_s"] / step_of(widest))
    return f"means of {count} samples {step} apart" if count > 1 else f"samples every {step}"


def bands_of(summary, series, part):
    for point in summary["points"]:
        band = point["series"].get(series)
        band = band["detail"] if band and part == "detail" else band
        if band:
            yield point, band


def time_window(summary, series):
    """From a little before the first fault to the end, in seconds since the fault began."""
    low, high = [], []
    for point, band in bands_of(summary, series, "all"):
        fault = first_fault(point)
        zero = fault["start_s"] if fault else 0.0
        end = band["t0_s"] + band["bin_s"] * len(band["mean"]) - zero
        low.append(max(band["t0_s"] - zero, -0.08 * end) if fault else band["t0_s"])
        high.append(end)
    return min(low), max(high)


def settled(summary, series, high):
    """Where to stop: a while after the last mean that is not yet back at its first value, and the last fault."""
    last = 0.0
    for point, band in bands_of(summary, series, "all"):
        mean, fault = np.array(band["mean"]), first_fault(point)
        if fault is None:
            return high
        times = times_of(band, is_level(summary, series)) - fault["start_s"]
        away = (
            times[(times > 0.0) & (mean < 0.99 * mean[times <= 0.0][-1])]
            if any(times <= 0.0)
            else times
        )
        # The line comes back half a bin after it: by then the next value is reached.
        last = max(last, *(away[-1:] + band["bin_s"]), *(end for _, end in windows_of(point)))
    return min(high, 1.25 * last) if last > 0.0 else high


def since(summary):
    """What the axis of time counts from."""
    has_fault = any(p["faults"] for p in summary["points"])
    return f"time since the {fault_word(summary)} began" if has_fault else "time since the start"


def time_unit(span_s):
    return next(
        (s, name)
        for s, name, least in (
            (86400.0, "days", 4 * 86400.0),
            (3600.0, "h", 6 * 3600.0),
            (60.0, "min", 300.0),
            (1.0, "s", 0.0),
        )
        if span_s >= least
    )


def rate_floor(summary, series):
    """Lower end of a logarithmic rate axis, or None for a linear one."""
    means = [
        np.array(b["mean"])
        for part in ("all", "detail")
        for _, b in bands_of(summary, series, part)
    ]
    values = np.concatenate(means)
    typical = np.median(
        np.concatenate([np.array(b["mean"]) for _, b in bands_of(summary, series, "all")])
    )
    if typical <= 0.0 and values.max() > 0.0:
        typical = np.median(values[values > 0.0])  # mostly silent: what is usual when it is not
    if values.max() <= 0.0 or values.max() < LOG_ABOVE * max(typical, 1e-9) and typical > 0.0:
        return None
    if typical <= 0.0:
        return None
    return float(f"{typical / 2.0:.1g}")


def figure_rate(summary, series="register_rate"):
    """(a) REGISTER/s over time, one row per group; on the right, around the fault's end."""
    groups = summary["groups"]
    detail = any(True for _ in bands_of(summary, series, "detail"))
    fig, grid = plt.subplots(
        len(groups),
        2 if detail else 1,
        figsize=(11.0, 4.0),
        squeeze=False,
        sharey=True,
        sharex="col",
        gridspec_kw={"width_ratios": [1.55, 1.0]} if detail else None,
    )
    low, high = time_window(summary, series)
    unit_s, unit = time_unit(high - low)
    floor = rate_floor(summary, series)
    fault = fault_word(summary)
    for group, row in zip(groups, grid):
        for column, axes in enumerate(row):
            zoom = column == 1
            unit_here, origin = (1.0, "end") if zoom else (unit_s, "start")
            shade_faults(axes, summary, group, unit_here, origin)
            draw_bands(
                axes,
                summary,
                group,
                series,
                unit_here,
                "detail" if zoom else "all",
                origin,
                floor=floor,
            )
            if summary["capacity"]:
                axes.axhline(
                    summary["capacity"], color=CAPACITY_COLOUR, lw=1.2, ls=(0, (6, 3)), zorder=6
                )
        step = next((b["bin_s"] for _, b in bands_of(summary, series, "detail")), 1.0)
        name = f"{group['label']}, " if group["label"] else ""
        row[0].set_title(panel_title(name + bin_text(summary, series), len(row)))
        row[0].set_ylabel(axis_label(summary, series, "arriving"))
        if detail:
            row[1].set_title(f"around the {fault}'s end, {duration_text(step)} bins")
    for axes in grid.flat:
        if floor:
            axes.set_yscale("log")
            axes.set_ylim(bottom=floor)
            axes.yaxis.set_major_formatter(ticker.FuncFormatter(lambda y, _: f"{y:g}"))
        else:
            axes.set_ylim(bottom=0.0)
    grid[-1][0].set_xlim(low / unit_s, high / unit_s)
    grid[-1][0].set_xlabel(f"{since(summary)} ({unit})")
    if detail:
        grid[-1][1].set_xlabel(f"time since the {fault}'s end (s)")
        edges = [
            (b["t0_s"] - first_fault(p)["end_s"], b["bin_s"] * len(b["mean"]))
            for p, b in bands_of(summary, series, "detail")
        ]
        grid[-1][1].set_xlim(min(e for e, _ in edges), max(e + w for e, w in edges))
    legend_above(fig, summary, summary["points"], summary["capacity"])
    notes = sentences(summary, {"runs", "note"})
    if floor:
        notes.append(f"Logarithmic scale; values below {floor:g} are drawn on its lower edge.")
    return finish(
        fig,
        f"{summary['experiment']['name']}: REGISTER/s at {registrars(summary)}",
        sentences(summary, {"rate"}),
        [*notes, definition(summary, series)],
        (2.45 + 0.17 * title_lines(grid.flat)) * len(groups) + 0.3,
    )


def figure_share(summary, series="registered_share"):
    """(b) Registered share over time, one panel per group."""
    groups = summary["groups"]
    columns = min(len(groups), 2)
    rows = -(-len(groups) // columns)
    fig, grid = plt.subplots(rows, columns, figsize=(11.0, 4.0), squeeze=False)
    low, high = time_window(summary, series)
    high = settled(summary, series, high)
    low = max(low, -0.15 * high)
    unit_s, unit = time_unit(high - low)
    for group, axes in zip(groups, grid.flat):
        points = [summary["points"][i] for i in group["points"]]
        shade_faults(axes, summary, group, unit_s, "start")
        draw_bands(axes, summary, group, series, unit_s, factor=100.0)
        least = min(
            (
                100.0 * min(p["series"][series]["low"] or p["series"][series]["mean"])
                for p in points
                if series in p["series"]
            ),
            default=0.0,
        )
        bottom = max(0.0, 5.0 * np.floor((least - 1.0) / 5.0))
        room = 0.03 + FAULT_ROW * len(own_windows(points))
        axes.set_ylim(bottom, bottom + (100.0 - bottom) / (1.0 - room))
        name = group["label"] or "all accounts"
        axes.set_title(panel_title(f"{name}, {bin_text(summary, series)}", columns))
        axes.set_xlim(low / unit_s, high / unit_s)
        axes.set_xlabel(f"{since(summary)} ({unit})")
        axes.set_ylabel(axis_label(summary, series))
    lines = title_lines(grid.flat)
    for axes in list(grid.flat)[len(groups) :]:
        axes.remove()
    legend_above(fig, summary, summary["points"], False)
    return finish(
        fig,
        f"{summary['experiment']['name']}: who is registered",
        sentences(summary, {"share"}),
        [*sentences(summary, {"runs", "note"}), definition(summary, series)],
        (3.1 + 0.17 * lines) * rows,
    )
