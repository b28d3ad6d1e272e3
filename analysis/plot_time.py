"""Figures over time: REGISTER/s and registered share, mean and band over the replications."""
import matplotlib.pyplot as plt
import numpy as np
from matplotlib import ticker

from plot_style import (
    CAPACITY_COLOUR,
    FAULT_COLOUR,
    LOG_ABOVE,
    axis_label,
    common_fault,
    definition,
    duration_text,
    finish,
    first_fault,
    legend_above,
    panel_title,
    point_colours,
    point_lines,
    registrars,
    sentences,
    title_lines,
)


def times_of(band, count, level):
    """Where each value is drawn: in the middle of its bin, a single level at its instant."""
    middle = 0.0 if level and band["bin_s"] <= 1.0 else 0.5
    return band["t0_s"] + band["bin_s"] * (np.arange(count) + middle)


def shade_fault(axes, points, unit_s, origin):
    """The outage as a grey field; a line where it has no length, or at one end where the lengths differ."""
    fault = common_fault(points)
    if fault is not None and fault[0] > 0.0:
        zero = 0.0 if origin == "start" else -fault[0]
        axes.axvspan(
            zero / unit_s,
            (zero + fault[0]) / unit_s,
            color=FAULT_COLOUR,
            alpha=0.45,
            lw=0,
            zorder=0,
        )
    elif any(map(first_fault, points)):
        axes.axvline(0.0, color="#555555", lw=1.0, ls="--", zorder=2)


def draw_bands(
    axes, summary, group, series, unit_s, part="all", origin="start", factor=1.0, floor=None
):
    """One line and band per point of the group, in steps: nothing is drawn between two bins' values."""
    level = summary["metric_info"][series]["kind"] == "level_series"
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
        x = (times_of(band, len(mean), level) - zero) / unit_s
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
    """ "means over 10 s bins", of the widest."""
    width = max(b["bin_s"] for _, b in bands_of(summary, series, "all"))
    return f"{what} {duration_text(width)} bins"


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
    """Where to stop: a while after the last mean that is not yet back at its first value."""
    last = 0.0
    for point, band in bands_of(summary, series, "all"):
        mean, fault = np.array(band["mean"]), first_fault(point)
        if fault is None:
            return high
        times = band["t0_s"] + band["bin_s"] * np.arange(len(mean)) - fault["start_s"]
        away = (
            times[(times > 0.0) & (mean < 0.99 * mean[times < 0.0][-1])]
            if any(times < 0.0)
            else times
        )
        last = max(last, *away[-1:], fault["end_s"] - fault["start_s"])
    return min(high, 1.25 * last) if last > 0.0 else high


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
    has_fault = any(p["faults"] for p in summary["points"])
    for group, row in zip(groups, grid):
        points = [summary["points"][i] for i in group["points"]]
        for column, axes in enumerate(row):
            zoom = column == 1
            shade_fault(axes, points, 1.0 if zoom else unit_s, "end" if zoom else "start")
            draw_bands(
                axes,
                summary,
                group,
                series,
                1.0 if zoom else unit_s,
                "detail" if zoom else "all",
                "end" if zoom else "start",
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
            row[1].set_title(f"around the fault's end, {duration_text(step)} bins")
    for axes in grid.flat:
        if floor:
            axes.set_yscale("log")
            axes.set_ylim(bottom=floor)
            axes.yaxis.set_major_formatter(ticker.FuncFormatter(lambda y, _: f"{y:g}"))
        else:
            axes.set_ylim(bottom=0.0)
    grid[-1][0].set_xlim(low / unit_s, high / unit_s)
    grid[-1][0].set_xlabel(f"time since the {'fault began' if has_fault else 'start'} ({unit})")
    if detail:
        grid[-1][1].set_xlabel("time since the fault's end (s)")
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
        (2.45 + 0.17 * title_lines(a.get_title() for a in grid.flat)) * len(groups) + 0.3,
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
    has_fault = any(p["faults"] for p in summary["points"])
    for group, axes in zip(groups, grid.flat):
        points = [summary["points"][i] for i in group["points"]]
        shade_fault(axes, points, unit_s, "start")
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
        axes.set_ylim(bottom, 100.0 + 0.03 * (100.0 - bottom))
        name = group["label"] or "all accounts"
        axes.set_title(panel_title(f"{name}, {bin_text(summary, series)}", columns))
        axes.set_xlim(low / unit_s, high / unit_s)
        axes.set_xlabel(f"time since the {'fault began' if has_fault else 'start'} ({unit})")
        axes.set_ylabel(axis_label(summary, series))
    lines = title_lines(a.get_title() for a in grid.flat)
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
