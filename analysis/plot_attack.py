"""Passwords that get guessed, and what honest devices suffer: a row per limit, a column per attacker."""
import math
import textwrap

import matplotlib.pyplot as plt
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.patches import Patch, Rectangle

from plot_style import definition, finish, legend_rows, sentences

GUESSES, HONEST, FOUND = "guesses_per_hour", "honest_share", "passwords_found"
FAILED = "attempts_failed"
SHADES = LinearSegmentedColormap.from_list("guesses", ["#b9d6ec", "#f4f1ec", "#f6c9a5"])
WORDS = {
    "beside = true": "same addresses",
    "beside = false": "addresses of his own",
}


def value(point, name):
    return (point["metrics"].get(name) or {}).get("mean")


def count_text(number):
    """Three figures; thousands apart."""
    digits = 0 if number >= 100 else 1 if number > 0 else 0
    return f"{number:,.{digits}f}".replace(",", "\u202f")


def shade_of(number, most):
    """Logarithmic from 1 per hour to the most."""
    return to_hex(SHADES(math.log10(max(number, 1.0)) / max(math.log10(max(most, 10.0)), 1.0)))


def head_of(axis, index):
    """What a column has of an axis."""
    name = axis["label"].split(".")[-1].replace("_", " ")
    words = f"{name} = {axis['texts'][index]}"
    return textwrap.fill(WORDS.get(words, words), 24)


def figure_attack(summary):
    """(k) The table; None unless cases were swept against attackers."""
    axes_of = summary["axes"]
    row = next((i for i, a in enumerate(axes_of) if a["param"] == "case" and len(a["values"]) > 1), None)
    points = [p for p in summary["points"] if value(p, GUESSES) is not None]
    if row is None or not points:
        return None
    columns = sorted({tuple(v for i, v in enumerate(p["index"]) if i != row) for p in points})
    rest = [a for i, a in enumerate(axes_of) if i != row]
    if len(columns) > 8:
        return None
    most = max(value(p, GUESSES) for p in points)
    rows = axes_of[row]["texts"]
    fig, axes = plt.subplots(figsize=(11.0, 4.0))
    for point in points:
        y = point["index"][row]
        x = columns.index(tuple(v for i, v in enumerate(point["index"]) if i != row))
        guesses, honest = value(point, GUESSES), value(point, HONEST)
        axes.add_patch(Rectangle((x, y), 1.0, 1.0, fc=shade_of(guesses, most), ec="white", lw=2.0))
        axes.text(x + 0.5, y + 0.36, f"{count_text(guesses)}/h", ha="center", va="center", fontsize=9.5, fontweight="bold")
        words = "owners away" if honest is None else f"honest: {100.0 * honest:.1f} %"
        axes.text(x + 0.5, y + 0.72, words, ha="center", va="center", fontsize=8)
    axes.set_xlim(0.0, len(columns))
    axes.set_ylim(len(rows), 0.0)
    heads = ["\n".join(head_of(rest[i], v) for i, v in enumerate(c)) for c in columns]
    axes.set_xticks([x + 0.5 for x in range(len(columns))], heads, fontweight="bold", fontsize=7.5)
    axes.set_yticks([y + 0.5 for y in range(len(rows))], [textwrap.fill(r, 24) for r in rows], fontsize=9)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    legend_rows(fig, [Patch(fc=shade_of(n, most), ec="#999999", lw=0.6, label=f"{count_text(n)}/h")
                      for n in (1.0, 100.0, most)])
    return finish(
        fig,
        f"{summary['experiment']['name']}: passwords guessed per hour and account, and the share of honest devices registered",
        [],
        [*sentences(summary, {"runs", "note"}), *(definition(summary, name) for name in (GUESSES, HONEST))],
        0.46 * len(rows) + 0.8,
    )
