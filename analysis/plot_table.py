"""Table of calls behind NATs: a row per type of NAT, a column per combination of what else was swept."""
import textwrap

import matplotlib.pyplot as plt
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.patches import Patch, Rectangle

from plot_style import definition, finish, legend_rows, sentences

# From orange to blue, told apart by every common kind of colour vision, and pale enough for black text.
SHADES = LinearSegmentedColormap.from_list("reached", ["#f6c9a5", "#f4f1ec", "#b9d6ec"])
TYPE_WIDTH_IN = 1.65


def wrapped(text, width):
    """Lines of words; a number stays with its %."""
    lines = textwrap.wrap(text.replace(" %", "\u00a0%"), width, break_long_words=False)
    return [line.replace("\u00a0", " ") for line in lines]


def head_lines(head, width):
    """ "STUN + proxy" over two lines, broken before the plus."""
    return [line for part in head.replace(" + ", "\n+ ").split("\n") for line in wrapped(part, width)]


def cell_lines(cell, width):
    """What the cell says, and below it what is reached all the same."""
    if cell is None:
        return ["no run yet"]
    *words, value, percent = cell["text"].split(" ")
    lines = [*wrapped(" ".join(words), width), f"{value} {percent}"]
    return lines


def figure_table(summary):
    """(g) The call table; None without one."""
    table = summary.get("call_table")
    if not table:
        return None
    rows, columns = table["rows"], table["columns"]
    fig, axes = plt.subplots(figsize=(11.0, 4.0))
    inches = (fig.get_size_inches()[0] - TYPE_WIDTH_IN) / len(columns)
    width = max(int(inches * 13.0), 8)
    texts = [[cell_lines(cell, width) for cell in line] for line in table["cells"]]
    deepest = max(len(lines) for line in texts for lines in line)
    for y, (line, words) in enumerate(zip(table["cells"], texts)):
        for x, (cell, lines) in enumerate(zip(line, words)):
            shade = "#ffffff" if cell is None else to_hex(SHADES(cell["reached"]))
            axes.add_patch(Rectangle((x, y), 1.0, 1.0, fc=shade, ec="white", lw=2.0))
            style = "bold" if cell is not None and lines[0] == "reached" else "normal"
            axes.text(
                x + 0.5,
                y + 0.5,
                "\n".join(lines),
                ha="center",
                va="center",
                fontsize=8.5,
                fontweight=style,
                linespacing=1.15,
            )
    axes.set_xlim(0.0, len(columns))
    axes.set_ylim(len(rows), 0.0)
    heads = ["\n".join(head_lines(head, width)) for head in columns]
    axes.set_xticks([x + 0.5 for x in range(len(columns))], heads, fontweight="bold", fontsize=9.5 if len(columns) <= 8 else 7.5)
    axes.set_yticks([y + 0.5 for y in range(len(rows))], rows, fontsize=9)
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.set_xlabel("what is set", fontsize=8.5, color="#555555")
    axes.set_ylabel("type of NAT", fontsize=8.5, color="#555555")
    axes.tick_params(length=0)
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    legend_rows(
        fig,
        [
            Patch(fc=to_hex(SHADES(share)), ec="#999999", lw=0.6, label=label)
            for share, label in (
                (1.0, "every call is reached"),
                (0.5, "half of them"),
                (0.0, "none"),
            )
        ],
    )
    return finish(
        fig,
        f"{summary['experiment']['name']}: which calls get through, and what stops most of the others",
        sentences(summary, {"traversal"}),
        [
            *sentences(summary, {"runs", "note"}),
            "Shares are of all calls offered. Where not all are reached, the cell names the commonest "
            "reason and its share.",
            definition(summary, "calls_reached"),
        ],
        (0.2 + 0.155 * deepest) * len(rows) + 0.75,
    )
