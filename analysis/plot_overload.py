"""What a registrar does with more than it can serve: time to recovery, goodput and waste of each policy."""
import matplotlib.pyplot as plt
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from plot_style import definition, figures_text, finish, legend_rows, mark, sentences, thousands

TIME = "time_to_99"
PANELS = (
    (TIME, "time to 99 % (s)"),
    ("goodput", "goodput (registrations/s)"),
    ("wasted_registers", "REGISTERs wasted at the registrar"),
)
REFUSED = "registers_refused"
ROW_IN, LETTER_IN = 0.36, 0.075  # of a row; of a letter beside a mark


def mean_of(point, name):
    return (point["metrics"].get(name) or {}).get("mean")


def kind_text(summary, kind, kinds, rest):
    """What a kind has of the axes beside the case."""
    return ", ".join(
        f"{summary['axes'][axis]['label']} = {summary['axes'][axis]['texts'][value]}"
        for place, (axis, value) in enumerate(zip(rest, kind))
        if len({k[place] for k in kinds}) > 1
    )


def draw_value(axes, metric, y, look):
    """Bar, interval and mark; where not every run gets there, an open mark at the median if there is one.
    Returns where its text begins, and the text."""
    colour, marker, face = look
    if metric["not_reached"]:
        total = metric["reached"] + metric["not_reached"]
        text = f"not reached in {metric['not_reached']}/{total}"
        if metric["median"] is None:
            return 0.0, text
        axes.plot(metric["median"], y, marker, color=colour, mfc="white", ms=4.5)
        return metric["median"], text
    mean, ends = metric["mean"], metric["interval"] or [metric["mean"]] * 2
    axes.plot([0.0, mean], [y, y], color=colour, lw=5.0, alpha=0.35, solid_capstyle="butt")
    axes.plot(ends, [y, y], color=colour, lw=1.5)
    axes.plot(mean, y, marker, color=colour, mfc=face, ms=4.5)
    return max(mean, *ends), figures_text(mean)


def draw_panel(axes, rows, name, width_in):
    """`rows`: (y, look, point). The axis ends where the last text does."""
    most = 0.0
    for y, look, point in rows:
        metric = point["metrics"][name]
        if metric["mean"] is None and not metric["not_reached"]:
            continue
        end, text = draw_value(axes, metric, y, look)
        beside = {"xytext": (7, 0), "textcoords": "offset points", "va": "center", "fontsize": 8}
        axes.annotate(text, (end, y), color=look[0] if metric["not_reached"] else "black", **beside)
        most = max(most, end / (1.0 - (LETTER_IN * len(text) + 0.15) / width_in))
    axes.set_xlim(0.0, most or 1.0)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(thousands))
    axes.grid(axis="y", visible=False)


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
    rows = []
    for point in points:
        kind = kinds.index(tuple(point["index"][i] for i in rest))
        shift = (kind - (len(kinds) - 1) / 2) * 0.7 / len(kinds)
        rows.append((point["index"][place] + shift, mark(kind), point))
    fig, panels = plt.subplots(1, len(PANELS), figsize=(11.0, 4.0), sharey=True)
    names_in = LETTER_IN * 1.2 * max(map(len, texts))
    for axes, (name, label) in zip(panels, PANELS):
        draw_panel(axes, rows, name, (10.2 - names_in) / len(PANELS) - 0.25)
        axes.set_xlabel(label)
    panels[0].set_yticks(range(len(texts)), texts)
    panels[0].set_ylabel("case")
    panels[0].set_ylim(len(texts) - 0.4, -0.6)
    if len(kinds) > 1:
        legend_rows(fig, [
            Line2D([], [], color=mark(k)[0], marker=mark(k)[1], mfc=mark(k)[2], label=kind_text(summary, kind, kinds, rest))
            for k, kind in enumerate(kinds)
        ])
    return finish(
        fig,
        f"{summary['experiment']['name']}: what each policy makes of more than can be served",
        sentences(summary, {"policies"}),
        [*sentences(summary, {"runs", "note"}),
         "Marks: mean over runs; lines: its interval. An open mark: median, where not all of n runs get there.",
         *(definition(summary, name) for name, _ in PANELS)],
        max(ROW_IN, 0.18 * len(kinds) + 0.08) * len(texts) + 0.9,
    )
