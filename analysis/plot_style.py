"""What all figures share: palette, words and units, legend, and the page with its sentences."""
import re
import textwrap

import matplotlib
import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from plot_faults import own_windows, shared_windows

STYLE = {
    "svg.hashsalt": "sipsim",
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "axes.titlesize": 10.5,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e3e3e3",
    "grid.linewidth": 0.7,
    "axes.axisbelow": True,
    "legend.frameon": False,
    "figure.dpi": 110,
}
# Okabe and Ito's palette, told apart by every common kind of colour vision; for what has no order.
CATEGORIES = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
MARKERS = ["o", "s", "D", "v", "P", "X", "*"]
LINES = ["-", (0, (4, 1.6)), (0, (1.2, 1.4)), (0, (6, 1.4, 1.2, 1.4))]  # once all colours are used
HATCHES = ["", "////", "...."]  # of bars, likewise
FAULT_COLOUR = "#c9c9c9"
CAPACITY_COLOUR = "#b00020"
LOG_ABOVE = 20.0  # a logarithmic axis where the largest value is this many times the smallest


def sentences(summary, topics):
    return [f["text"] for f in summary["findings"] if f["topic"] in topics]


def definition(summary, name):
    info = summary["metric_info"].get(name)
    return f"{name}: {info['sentence']}" if info and info["sentence"] else None


def registrars(summary):
    """What the rate's registrar is called, as a subject: one, or all of them."""
    names = (summary.get("report") or {}).get("registrars") or []
    return "all registrars together" if len(names) > 1 else "the registrar"


def panel_title(text, columns=1):
    """A title broken between its parts where one line of a panel does not hold it."""
    width = 150 // (columns * 2 - 1) if columns > 1 else 110
    lines = [""]
    for part in text.split(", "):
        longer = f"{lines[-1]}, {part}" if lines[-1] else part
        if lines[-1] and len(longer) > width:
            lines.append(part)
        else:
            lines[-1] = longer
    return ",\n".join(lines)


def title_of(axes):
    """Where STYLE puts it; axes.get_title() asks for the one in the middle."""
    return axes.get_title(loc=STYLE["axes.titlelocation"])


def title_lines(panels):
    """How many lines the longest title has beyond the first."""
    return max((title_of(axes).count("\n") for axes in panels), default=0)


def axis_label(summary, name, words=None):
    """Words and unit; shares are drawn in percent, rates of REGISTER as REGISTER/s."""
    unit = summary["metric_info"].get(name, {}).get("unit", "")
    words = words or name.replace("_", " ")
    if name.endswith("_share"):
        return f"{words} (%)"
    if name.startswith("register_rate") and unit == "1/s":
        return f"{words} (REGISTER/s)"
    return f"{words} ({unit})" if unit and unit != "1" else words


def primary(summary):
    return None if summary["primary_axis"] is None else summary["axes"][summary["primary_axis"]]


def duration_text(seconds, _=None):
    """In the largest unit that needs no more than a half of it: 90 s is 1.5 min, 100 s is 100 s."""
    for size, unit in ((3600, "h"), (60, "min")):
        if abs(seconds) >= size and seconds * 2 % size == 0:
            return f"{seconds / size:g} {unit}"
    return f"{1000 * seconds:g} ms" if 0 < abs(seconds) < 0.1 else f"{seconds:g} s"


def number_text(value, _=None):
    """Plain, but 2000000 as 2M."""
    return f"{value / 1e6:g}M" if abs(value) >= 1e6 else f"{value:g}"


def figures_text(value):
    """Three figures or more, as in the sentences (text.h); thousands apart."""
    size = abs(value)
    digits = 0 if size >= 99.95 or size == 0.0 else min(max(2 - int(np.floor(np.log10(size))), 0), 9)
    return f"{value:,.{digits}f}".replace(",", "\u202f")


def thousands(value, _=None):
    """1, 20, 5k, 2M."""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


def palette(summary, count):
    """Sequential for an ordered parameter (viridis without its pale end), categorical otherwise."""
    axis = primary(summary)
    if count == 1 or axis is None or axis["numeric"] is None:
        return [CATEGORIES[i % len(CATEGORIES)] for i in range(count)]
    return [matplotlib.colormaps["viridis"](x) for x in np.linspace(0.0, 0.87, count)]


def point_colours(summary):
    """Colour by the value on the primary axis, the same in every panel and figure."""
    axis = primary(summary)
    order = [0]
    if axis is not None:
        order = list(range(len(axis["values"])))
        if axis["numeric"]:
            order.sort(key=lambda i: axis["numeric"][i])
    colours = dict(zip(order, palette(summary, len(order))))
    return [colours[i] for i in primary_index(summary)]


def primary_index(summary):
    key = summary["primary_axis"]
    return [0 if key is None else p["index"][key] for p in summary["points"]]


def point_lines(summary):
    """Style of line by the value on the primary axis: solid while colours last, then another each round."""
    axis = primary(summary)
    if axis is None or axis["numeric"]:
        return ["-"] * len(summary["points"])
    return [LINES[i // len(CATEGORIES) % len(LINES)] for i in primary_index(summary)]


def mark(place):
    """Colour, marker and its face of a group; hollow, and another marker, once all colours are used."""
    turn, place = divmod(place, len(CATEGORIES))
    marker = MARKERS[(place + 3 * turn) % len(MARKERS)]
    return CATEGORIES[place], marker, "white" if turn % 2 else CATEGORIES[place]


def hatch(place):
    """The same of a bar: colour and hatch."""
    turn, place = divmod(place, len(CATEGORIES))
    return {"fc": CATEGORIES[place], "hatch": HATCHES[turn % len(HATCHES)], "ec": "white", "lw": 0.0}


def point_marks(summary):
    """Marker and its face by the value on the primary axis: all alike where colours have an order."""
    axis = primary(summary)
    if axis is None or axis["numeric"]:
        return [("o", colour) for colour in point_colours(summary)]
    return [mark(i)[1:] for i in primary_index(summary)]


def fault_handles(summary):
    """A key for each kind and length of fault that a panel shades, and for those of one point alone."""
    panels = [[summary["points"][i] for i in g["points"]] for g in summary["groups"]]
    labels = {}
    for (begin, end), kinds in (w for points in panels for w in shared_windows(points).items()):
        length = "at once" if begin == end else duration_text(end - begin)
        labels[f"{' or '.join(sorted(kinds))}, {length}"] = begin == end
    field = {"color": FAULT_COLOUR, "alpha": 0.6, "lw": 0}
    handles = [
        Line2D([], [], color="#555555", lw=1.0, ls="--", label=label)
        if at_once
        else Patch(label=label, **field)
        for label, at_once in labels.items()
    ]
    own = [places for points in panels for places in own_windows(points).values()]
    if own:
        several = ", in grey of several" if any(len(places) > 1 for places in own) else ""
        label = f"faults of one setting, in its colour{several}"
        handles.append(Line2D([], [], color="#555555", lw=3.5, solid_capstyle="butt", label=label))
    return handles


def legend_above(fig, summary, points, capacity, fault=True, bars=False, extra=()):
    """Colours of the primary axis (with marks, where there are bars), what a band (or bar) and the grey field
    are, and the `extra` handles."""
    axis = primary(summary)
    colours, lines, marks = point_colours(summary), point_lines(summary), point_marks(summary)
    handles, seen = [], set()
    order = [i for g in summary["groups"] for i in g["points"]]
    if axis is not None:
        key = summary["primary_axis"]
        rank = axis["numeric"] or list(range(len(axis["values"])))
        order.sort(key=lambda i: rank[summary["points"][i]["index"][key]])
        handles.append(Line2D([], [], lw=0, label=f"{axis['label']}:"))
    for index in order:
        label = summary["points"][index]["label"] or "mean"
        if label not in seen:
            seen.add(label)
            style = {"lw": 2.4, "ls": lines[index], "color": colours[index]}
            if bars:
                style |= {"lw": 1.4, "marker": marks[index][0], "mfc": marks[index][1], "ms": 5.5}
            handles.append(Line2D([], [], label=label, **style))
    if any(p["runs_ok"] > 1 for p in points):
        label = f"{100 * summary['confidence']:g} % interval"
        bar = Line2D([], [], color="#555555", marker="|", ms=9, lw=0, mew=1.2, label=label)
        handles.append(bar if bars else Patch(fc="#d5d5d5", ec="#555555", lw=0.9, label=label))
    handles += fault_handles(summary) if fault else []
    if capacity:
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
    legend_rows(fig, [*handles, *extra])


def stagger_ticks(axes, values, log, inches):
    """Labels of ticks too close to the one before stand a line lower."""
    place = np.log(values) if log else np.array(values, dtype=float)
    span = max(np.ptp(place), 1e-9)
    upper, lower, ends = [], [], [-np.inf, -np.inf]
    for value, at in zip(values, (place - place[0]) / span * inches):
        half = 0.042 * len(f"{value:g}") + 0.03
        row = next((r for r in (0, 1) if at - half >= ends[r]), None)
        if row is not None:
            ends[row] = at + half
            (upper, lower)[row].append(value)
    axes.set_xticks(upper, [f"{v:g}" for v in upper])
    axes.set_xticks(lower, [f"{v:g}" for v in lower], minor=True)
    axes.tick_params(axis="x", which="minor", length=3.5, pad=15)
    axes.grid(bool(lower), which="minor", axis="x")


def legend_rows(fig, handles):
    """As many one-line legends as the page is wide for; finish() puts them under the title."""
    renderer = fig.canvas.get_renderer()
    font = FontProperties(family=STYLE["font.family"], size=STYLE["font.size"])
    dashed = any(isinstance(h, Line2D) and h.get_linestyle() == "--" for h in handles)
    rows, used = [[]], 0.0
    for handle in handles:
        pixels, _, _ = renderer.get_text_width_height_descent(handle.get_label(), font, False)
        width = pixels / fig.dpi + 0.42 + 0.19 * dashed  # inches, with the key and the space between entries
        if rows[-1] and used + width > fig.get_size_inches()[0] - 0.1:
            rows.append([])
            used = 0.0
        rows[-1].append(handle)
        used += width
    for row in rows:
        fig.legend(
            handles=row,
            loc="upper left",
            ncol=len(row),
            handlelength=2.7 if dashed else 1.3,
            columnspacing=1.0,
            borderaxespad=0.2,
        )


def unbroken(text):
    """No line ends between a number and its unit, or inside an interval."""
    text = re.sub(r"(?<=\d) (?=(s|min|h|%|REGISTER/s|account-hours)\b|%)", "\u00a0", text)
    return re.sub(r"(\S) (\[[-\d.]+,) ([-\d.]+\])", "\\1\u00a0\\2\u00a0\\3", text)


def finish(fig, title, paragraphs, footnotes, height):
    """Title above, sentences below; the axes take what is left of a figure that grows with them."""
    line_in, width = 0.185, int(fig.get_size_inches()[0] * 13.6)
    body = [textwrap.fill(unbroken(p), width) for p in paragraphs]
    notes = [textwrap.fill(unbroken(p), int(width * 1.17)) for p in footnotes if p]
    body_lines = sum(t.count("\n") + 1 for t in body)
    note_lines = sum(t.count("\n") + 1 for t in notes)
    below = 0.12 + line_in * body_lines + 0.06 * len(body) + 0.155 * note_lines
    above = 0.36 + 0.23 * len(fig.legends)
    total = height + below + above
    fig.set_size_inches(fig.get_size_inches()[0], total)
    fig.text(0.012, 1.0 - 0.10 / total, title, fontsize=12, fontweight="bold", va="top")
    for row, legend in enumerate(fig.legends):
        top = 1.0 - (0.34 + 0.23 * row) / total
        legend.set_bbox_to_anchor((0.005, top), transform=fig.transFigure)
    fig.tight_layout(rect=(0.0, below / total, 1.0, 1.0 - above / total), h_pad=1.4, w_pad=1.6)
    y = below - 0.02
    for text in body:
        fig.text(0.012, y / total, text, va="top", fontsize=9.5)
        y -= line_in * (text.count("\n") + 1) + 0.06
    for text in notes:
        fig.text(0.012, y / total, text, va="top", fontsize=8, color="#555555")
        y -= 0.155 * (text.count("\n") + 1)
    return fig
