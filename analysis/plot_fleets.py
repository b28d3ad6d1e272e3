"""Figure of several fleets after a fault: when each is back, and its share of the load."""
import matplotlib.pyplot as plt

from plot_faults import fault_word
from plot_style import definition, finish, hatch, legend_rows, mark, palette, primary, sentences

SERIES = ("fleet_time_to_99", "fleet_reached", "fleet_load_share", "fleet_share_end")
ROW_IN = 0.6


def values_of(point, name):
    """Mean over runs of each fleet's value, and its interval."""
    band = point["series"][name]
    low, high = band["low"] or band["mean"], band["high"] or band["mean"]
    return list(zip(band["mean"], low, high))


def name_of(summary, point):
    """What was swept, at this point."""
    axis = primary(summary)
    own = "" if axis is None else f"{axis['label']} = {point['label']}"
    groups = [g["label"] for g in summary["groups"] if summary["points"].index(point) in g["points"]]
    return ", ".join(part for part in (own, *groups) if part) or "all"


def looks(summary, count):
    """Colour, marker and face of each point's mark, and how its bar is filled."""
    axis = primary(summary)
    if axis is not None and axis["numeric"]:
        colours = palette(summary, count)
        return [((c, "o", c), {"fc": c, "lw": 0.0}) for c in colours]
    return [(mark(k), hatch(k)) for k in range(count)]


def figure_fleets(summary):
    """(i) A row per fleet, a mark per point; None with one fleet or without a fault."""
    names = (summary.get("report") or {}).get("fleets") or []
    points = [p for p in summary["points"] if all(s in p["series"] for s in SERIES)]
    if len(names) < 2 or not points:
        return None
    fig, (left, right) = plt.subplots(
        1, 2, figsize=(11.0, 4.0), sharey=True, gridspec_kw={"width_ratios": (3, 2)}
    )
    handles = []
    for k, (point, look) in enumerate(zip(points, looks(summary, len(points)))):
        (colour, marker, face), bar = look
        shift = (k - (len(points) - 1) / 2) * 0.7 / len(points)
        times, reached = values_of(point, SERIES[0]), values_of(point, SERIES[1])
        loads, kept = values_of(point, SERIES[2]), values_of(point, SERIES[3])
        for row in range(len(names)):
            y = row + shift
            if reached[row][0] < 1.0:
                # It may lie anywhere beyond the end of the run: no mark, what is left is said.
                left.annotate(
                    f"not reached: {100.0 * kept[row][0]:.0f} % at the end",
                    (0.995, y),
                    xycoords=("axes fraction", "data"),
                    ha="right",
                    va="center",
                    fontsize=7.5,
                    color=colour,
                )
            else:
                mean, low, high = times[row]
                left.plot([low, high], [y, y], color=colour, lw=1.5)
                left.plot(mean, y, marker, color=colour, mfc=face, ms=4.5)
            right.barh(y, 100.0 * loads[row][0], 0.7 / len(points), **bar)
        handles.append(plt.Line2D([], [], color=colour, marker=marker, mfc=face, label=name_of(summary, point)))
    left.set_yticks(range(len(names)), names)
    left.invert_yaxis()
    left.set_xlim(left=0.0)
    for axes in (left, right):
        axes.grid(axis="y", visible=False)
        for row in range(1, len(names)):
            axes.axhline(row - 0.5, color="0.9", lw=0.6, zorder=0)
    left.set_ylabel("fleet")
    left.set_xlabel("time to 99 % of the fleet (s)")
    right.set_xlabel(f"share of the REGISTERs sent in\nthe 10 min after the {fault_word(summary)} (%)")
    legend_rows(fig, handles)
    return finish(
        fig,
        f"{summary['experiment']['name']}: who is back when, and who bears down",
        sentences(summary, {"fleets"}),
        [*sentences(summary, {"runs", "note"}), *(definition(summary, s) for s in SERIES)],
        ROW_IN * len(names) + 0.75,
    )
