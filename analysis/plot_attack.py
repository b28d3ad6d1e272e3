"""Passwords that get guessed, and what honest devices suffer: a row per limit, a column per attacker."""
import itertools
import math
import textwrap

import matplotlib.pyplot as plt
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.patches import Patch, Rectangle

from plot_style import definition, figures_text, finish, legend_rows, sentences

GUESSES, HONEST, FOUND = "guesses_per_hour", "honest_share", "passwords_found"
FAILED = "attempts_failed"
SHADES = LinearSegmentedColormap.from_list("guesses", ["#b9d6ec", "#f4f1ec", "#f6c9a5"])
WORDS = {
    "beside = true": "same addresses",
    "beside = false": "addresses of his own",
}


def value(point, name):
    return (point["metrics"].get(name) or {}).get("mean")


def scale_of(most):
    """Ends of the shades: the most per hour, and a power of ten two decades below it, or 1 if that is less."""
    return 10.0 ** math.floor(math.log10(min(1.0, most / 100.0))) if most > 0.0 else 1.0, most


def shade_of(number, scale):
    """Logarithmic between the ends."""
    least, most = scale
    if number <= least or most <= least:
        return to_hex(SHADES(0.0))
    return to_hex(SHADES(math.log10(number / least) / math.log10(most / least)))


def key(scale):
    """Of the ends and of a power of ten between them."""
    least, most = scale
    if most <= 0.0:
        return [Patch(fc=shade_of(0.0, scale), ec="#999999", lw=0.6, label="0/h")]
    middle = 10.0 ** round(0.5 * (math.log10(least) + math.log10(most)))
    labels = {least: f"{least:g}/h or less", middle: f"{middle:g}/h", most: f"{figures_text(most)}/h"}
    return [Patch(fc=shade_of(n, scale), ec="#999999", lw=0.6, label=label) for n, label in labels.items()]


def draw_cell(axes, x, y, point, scale):
    """Guesses and what honest devices have of it; `point` is None where no run is done."""
    guesses = None if point is None else value(point, GUESSES)
    shade = "#ffffff" if guesses is None else shade_of(guesses, scale)
    axes.add_patch(Rectangle((x, y), 1.0, 1.0, fc=shade, ec="white", lw=2.0))
    if guesses is None:
        words = "no run yet" if point is None else "not defined"
        axes.text(x + 0.5, y + 0.5, words, ha="center", va="center", fontsize=8)
        return
    honest = value(point, HONEST)
    words = "owners away" if honest is None else f"honest: {100.0 * honest:.1f} %"
    axes.text(x + 0.5, y + 0.36, f"{figures_text(guesses)}/h", ha="center", va="center", fontsize=9.5, fontweight="bold")
    axes.text(x + 0.5, y + 0.72, words, ha="center", va="center", fontsize=8)


def head_of(axis, index):
    """What a column has of an axis."""
    name = axis["label"].split(".")[-1].replace("_", " ")
    words = f"{name} = {axis['texts'][index]}"
    return textwrap.fill(WORDS.get(words, words), 24)


def figure_attack(summary):
    """(k) The table; None unless cases were swept against attackers."""
    axes_of = summary["axes"]
    row = next((i for i, a in enumerate(axes_of) if a["param"] == "case" and len(a["values"]) > 1), None)
    points = {tuple(p["index"]): p for p in summary["points"]}
    known = [value(p, GUESSES) for p in points.values() if value(p, GUESSES) is not None]
    if row is None or not known:
        return None
    rest = [a for i, a in enumerate(axes_of) if i != row]
    columns = list(itertools.product(*(range(len(a["values"])) for a in rest)))
    if len(columns) > 8:
        return None
    scale = scale_of(max(known))
    rows = axes_of[row]["texts"]
    fig, axes = plt.subplots(figsize=(11.0, 4.0))
    for (x, column), y in itertools.product(enumerate(columns), range(len(rows))):
        draw_cell(axes, x, y, points.get((*column[:row], y, *column[row:])), scale)
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
    legend_rows(fig, key(scale))
    return finish(
        fig,
        f"{summary['experiment']['name']}: passwords guessed per hour and account, and the share of honest devices registered",
        [],
        [*sentences(summary, {"runs", "note"}), *(definition(summary, name) for name in (GUESSES, HONEST))],
        0.46 * len(rows) + 0.8,
    )
