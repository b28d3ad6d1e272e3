"""What a registrar does with more than it can serve: time to recovery, goodput and waste of each policy."""
import matplotlib.pyplot as plt
from matplotlib.ticker import FuncFormatter

from plot_style import CATEGORIES, definition, finish, number_text, sentences

PANELS = (
    ("time_to_99", "time to 99 % (s)"),
    ("goodput", "goodput (registrations/s)"),
    ("wasted_registers", "REGISTERs wasted at the registrar"),
)
REFUSED = "registers_refused"
ROW_IN = 0.36


def mean_of(point, name):
    return (point["metrics"].get(name) or {}).get("mean")


def reaches(point):
    """The share is back in every run."""
    return not point["metrics"][PANELS[0][0]]["not_reached"]


def figure_overload(summary):
    """A row per case, a panel per question; None unless cases of what to refuse were swept."""
    place = next((i for i, a in enumerate(summary["axes"]) if a["param"] == "case" and len(a["values"]) > 1), None)
    if place is None:
        return None
    points = [p for p in summary["points"] if all(p["metrics"].get(name) is not None for name, _ in PANELS)]
    if not any(mean_of(p, REFUSED) for p in points):
        return None
    rest = [i for i in range(len(summary["axes"])) if i != place]
    kinds = sorted({tuple(p["index"][i] for i in rest) for p in points})
    texts = summary["axes"][place]["texts"]
    fig, panels = plt.subplots(1, len(PANELS), figsize=(11.0, 4.0), sharey=True)
    for axes, (name, label) in zip(panels, PANELS):
        for point in points:
            kind = kinds.index(tuple(point["index"][i] for i in rest))
            y = point["index"][place] + (kind - (len(kinds) - 1) / 2) * 0.6 / len(kinds)
            colour = CATEGORIES[kind % len(CATEGORIES)]
            if name == PANELS[0][0] and not reaches(point):
                axes.annotate("not reached", (0.99, y), xycoords=("axes fraction", "data"), ha="right", va="center", fontsize=8, color=colour)
                continue
            metric = point["metrics"][name]
            if metric["mean"] is None:
                continue
            axes.plot([0.0, metric["mean"]], [y, y], color=colour, lw=5.0, alpha=0.35, solid_capstyle="butt")
            if metric["interval"]:
                axes.plot(metric["interval"], [y, y], color=colour, lw=1.5)
            axes.plot(metric["mean"], y, "o", color=colour, ms=4.5)
            end = max([metric["mean"], *(metric["interval"] or [])])
            axes.annotate(f"{metric['mean']:,.0f}", (end, y), xytext=(7, 0), textcoords="offset points", va="center", fontsize=8)
        axes.set_xlim(0.0, 1.3 * max((p["metrics"][name]["mean"] or 0.0) for p in points))
        axes.xaxis.set_major_formatter(FuncFormatter(number_text))
        axes.set_xlabel(label)
        axes.grid(axis="y", visible=False)
    panels[0].set_yticks(range(len(texts)), texts)
    panels[0].invert_yaxis()
    return finish(
        fig,
        f"{summary['experiment']['name']}: what each policy makes of more than can be served",
        sentences(summary, {"policies"}),
        [*sentences(summary, {"runs", "note"}), "Dots: mean over runs; lines: its interval.",
         *(definition(summary, name) for name, _ in PANELS)],
        ROW_IN * len(texts) + 0.9,
    )
