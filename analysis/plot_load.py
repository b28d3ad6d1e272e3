"""Figure of a registrar that queues: what arrives, what succeeds, what waits, over time."""
import matplotlib.pyplot as plt
from matplotlib import ticker

from plot_style import (
    axis_label,
    definition,
    finish,
    legend_above,
    registrars,
    sentences,
    thousands,
    title_of,
)
from plot_time import (
    bands_of,
    bin_text,
    draw_bands,
    rate_floor,
    settled,
    shade_faults,
    since,
    time_unit,
    time_window,
)

ROWS = {
    "register_rate": "arriving",
    "goodput_rate": "registrations",
    "queue_length": "waiting requests",
}


def dress(axes, floor):
    if floor:
        axes.set_yscale("log")
        axes.set_ylim(bottom=floor)
        axes.yaxis.set_minor_locator(ticker.NullLocator())
    else:
        axes.set_ylim(bottom=0.0)
    axes.yaxis.set_major_formatter(ticker.FuncFormatter(thousands))


def figure_load(summary):
    """(e) One row per series, one column per group; None where nothing queues."""
    if not any(True for _ in bands_of(summary, "queue_length", "all")):
        return None
    groups = summary["groups"]
    fig, grid = plt.subplots(
        len(ROWS), len(groups), figsize=(11.0, 4.0), squeeze=False, sharex=True, sharey="row"
    )
    low, high = time_window(summary, "register_rate")
    if any(True for _ in bands_of(summary, "registered_share", "all")):
        high = settled(summary, "registered_share", high)
    low = max(low, -0.1 * high)
    unit_s, unit = time_unit(high - low)
    for row, (series, words) in zip(grid, ROWS.items()):
        floor = None if series == "queue_length" else rate_floor(summary, series)
        for group, axes in zip(groups, row):
            shade_faults(axes, summary, group, unit_s, "start")
            draw_bands(axes, summary, group, series, unit_s, floor=floor)
        for axes in row:  # after the last is drawn: they share their scale
            dress(axes, floor)
        row[0].set_ylabel(axis_label(summary, series, words))
        what = "most in" if series == "queue_length" else "means over"
        row[0].set_title(bin_text(summary, series, what), fontsize=9)
    for group, axes in zip(groups, grid[0]):
        parts = [*group["label"].split(", "), title_of(axes)]
        axes.set_title("\n".join(filter(None, parts)), fontsize=9)
    for axes in grid[-1]:
        axes.set_xlim(low / unit_s, high / unit_s)
        axes.set_xlabel(f"{since(summary)} ({unit})")
    legend_above(fig, summary, summary["points"], False)
    return finish(
        fig,
        f"{summary['experiment']['name']}: what {registrars(summary)} {'bear' if registrars(summary).startswith('all') else 'bears'}",
        sentences(summary, {"overload"}),
        [*sentences(summary, {"runs", "note"}), *(definition(summary, s) for s in ROWS)],
        1.75 * len(ROWS) + 0.4,
    )
