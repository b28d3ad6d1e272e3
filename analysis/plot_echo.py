"""Figure over the refreshes after a fault: the order parameter, simulated and by its closed form."""
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.lines import Line2D

from plot_faults import fault_word
from plot_style import (
    axis_label,
    definition,
    finish,
    legend_above,
    panel_title,
    point_colours,
    point_lines,
    point_marks,
    sentences,
    title_lines,
)

SERIES = "order_parameter"
FEWEST = 4  # refreshes; less is no decay (analysis/finding_wave.h)
ALWAYS = ("1 where no refresh is spread (refresh_spread 0)", "1")
LAWS = {
    0.0: ("|sinc x|^k where it is drawn anew each time", r"$|\mathrm{sinc}\,x|^{\,k}$"),
    1.0: ("|sinc kx| where it is drawn once and kept", r"$|\mathrm{sinc}\,k x|$"),
}


def bands(summary, group):
    """(index of the point, its band) where there are refreshes enough."""
    for index in group["points"]:
        band = summary["points"][index]["series"].get(SERIES)
        if band and len(band["mean"]) > FEWEST:
            yield index, band


def mean_of(point, name):
    metric = point["metrics"].get(name)
    return None if metric is None else metric["mean"]


def closed_form(summary, group):
    """The law in words and in symbols; None where the group's points differ or have none."""
    drawn = [summary["points"][i] for i, band in bands(summary, group) if band.get("law")]
    spread = [p for p in drawn if mean_of(p, "refresh_spread")]
    kept = {mean_of(p, "refresh_spread_kept") for p in spread}
    if drawn and not spread:
        return ALWAYS
    return LAWS.get(kept.pop()) if len(kept) == 1 else None


def has_law(summary, group):
    return any(band.get("law") for _, band in bands(summary, group))


def draw_order(axes, summary, group):
    """Marks with error bars for what was simulated, a line through the closed form at every refresh."""
    colours, lines, marks = point_colours(summary), point_lines(summary), point_marks(summary)
    for index, band in bands(summary, group):
        mean = np.array(band["mean"])
        refresh = np.arange(len(mean))
        if band["low"]:
            spread = [mean - np.array(band["low"]), np.array(band["high"]) - mean]
            axes.errorbar(
                refresh, mean, yerr=spread, color=colours[index], lw=0, elinewidth=1.1, capsize=2
            )
        marker, face = marks[index]
        style = {"color": colours[index], "marker": marker, "mfc": face, "ms": 4.5}
        axes.plot(refresh, mean, lw=0, zorder=4, clip_on=False, **style)
        law = band.get("law") or []  # it may end before the series
        axes.plot(
            refresh[: len(law)], law, color=colours[index], ls=lines[index], lw=1.4, zorder=3
        )


def figure_echo(summary):
    """(d) Order parameter against the number of the refresh, one panel per group; None without any."""
    groups = [g for g in summary["groups"] if any(True for _ in bands(summary, g))]
    if not groups:
        return None
    columns = min(len(groups), 2)
    rows = -(-len(groups) // columns)
    fig, grid = plt.subplots(
        rows, columns, figsize=(11.0, 4.0), squeeze=False, sharex=True, sharey=True
    )
    last = max(len(b["mean"]) for g in groups for _, b in bands(summary, g)) - 1
    for group, axes in zip(groups, grid.flat):
        draw_order(axes, summary, group)
        law = closed_form(summary, group)
        name = group["label"] or "all accounts"
        axes.set_title(panel_title(f"{name}:  {law[1]}" if law else name, columns))
        axes.set_xlim(-0.4, last + 0.4)
        axes.set_ylim(0.0, 1.03)
        axes.set_xlabel(f"refresh after the {fault_word(summary)}, k")
        axes.set_ylabel(axis_label(summary, SERIES))
        axes.tick_params(labelbottom=True, labelleft=True)
    lines = title_lines(grid.flat)
    for axes in list(grid.flat)[len(groups) :]:
        axes.remove()
    laws = [law for law in (closed_form(summary, g) for g in groups) if law]
    extra = [Line2D([], [], color="#555555", marker="o", ms=4.5, lw=0, label="simulated")]
    if any(has_law(summary, g) for g in groups):
        extra.append(Line2D([], [], color="#555555", lw=1.4, label="closed form"))
    legend_above(fig, summary, summary["points"], False, fault=False, bars=True, extra=extra)
    notes = sentences(summary, {"runs", "note"})
    if laws:
        words = "; ".join(dict.fromkeys(words for words, _ in laws))
        terms = "; x is refresh_spread, sinc x = sin(πx)/(πx)" if "sinc" in words else ""
        notes.append(f"Closed form: {words}{terms}.")
    if any(0 < len(band.get("law") or []) < len(band["mean"]) for g in groups for _, band in bands(summary, g)):
        notes.append(
            "The closed form leaves out what answers take. It ends where that, k + 1 times the spread of the "
            "first registrations, may change it by more than 2 %."
        )
    if any(not band.get("law") for g in groups for _, band in bands(summary, g)):
        notes.append("No closed form is drawn of what did not begin together, or is not spread evenly.")
    return finish(
        fig,
        f"{summary['experiment']['name']}: order parameter, refresh by refresh",
        sentences(summary, {"echo"}),
        [*notes, definition(summary, SERIES)],
        (3.1 + 0.17 * lines) * rows,
    )
