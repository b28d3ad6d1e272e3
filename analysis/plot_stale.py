"""Stale registrations: the table of a sweep over cases of shutdown, and the life of what a crash leaves behind."""
import itertools
import textwrap

import matplotlib.pyplot as plt
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from plot_style import definition, finish, legend_rows, mark, sentences

STALE, MISROUTED, MISSING = "stale_per_account", "calls_stale", "calls_not_registered"
UNREGISTERED, LOAD = "unregistered_account_seconds", "register_rate_steady"
SHADES = LinearSegmentedColormap.from_list("stale", ["#b9d6ec", "#f4f1ec", "#f6c9a5"])


def value(point, name):
    metric = point["metrics"].get(name) or {}
    return metric.get("mean")


def cell_text(point):
    """Stale seconds, calls that went astray, calls to no contact, hours of accounts not registered; of one cell."""
    stale = value(point, STALE)
    ends = point["metrics"][STALE]["interval"]
    # Its ends as they are: one of them may be cut to what is possible.
    spread = f" [{ends[0]:.0f}, {ends[1]:.0f}]" if ends and ends[1] - ends[0] >= 1.0 else ""
    return f"{stale:.0f}{spread} s\n{value(point, MISROUTED):.0f} astray, {value(point, MISSING):.0f} unknown\n{value(point, UNREGISTERED) / 3600.0:.1f} h unregistered"


def head_of(axis, index):
    """What a column has of an axis, in lines that do not run into the next column's."""
    name = axis["label"].split(".")[-1].replace("SS_SIP_USER_AGENT_", "").replace("_", " ").lower()
    return textwrap.fill(f"{name} {axis['texts'][index]}", 20)


def figure_shutdown(summary):
    """A row per case, a column per combination of the rest; None unless cases with calls were swept."""
    axes_of = summary["axes"]
    row = next((i for i, a in enumerate(axes_of) if a["param"] == "case" and len(a["values"]) > 1), None)
    points = [p for p in summary["points"] if value(p, STALE) is not None and value(p, MISROUTED) is not None]
    if row is None or not points:
        return None
    columns = sorted({tuple(v for i, v in enumerate(p["index"]) if i != row) for p in points})
    rest = [a for i, a in enumerate(axes_of) if i != row]
    if len(columns) > 8:
        return None
    most = max(value(p, STALE) for p in points) or 1.0
    rows = axes_of[row]["texts"]
    fig, axes = plt.subplots(figsize=(11.0, 4.0))
    for point in points:
        y = point["index"][row]
        x = columns.index(tuple(v for i, v in enumerate(point["index"]) if i != row))
        shade = to_hex(SHADES((value(point, STALE) / most) ** 0.5))
        axes.add_patch(Rectangle((x, y), 1.0, 1.0, fc=shade, ec="white", lw=2.0))
        axes.text(x + 0.5, y + 0.5, cell_text(point), ha="center", va="center", fontsize=8, linespacing=1.2)
    done = {(*p["index"][:row], *p["index"][row + 1 :], p["index"][row]) for p in points}
    for (x, column), y in itertools.product(enumerate(columns), range(len(rows))):
        if (*column, y) not in done:
            axes.text(x + 0.5, y + 0.5, "no run yet", ha="center", va="center", fontsize=8)
    axes.set_xlim(0.0, len(columns))
    axes.set_ylim(len(rows), 0.0)
    heads = ["\n".join(head_of(rest[i], v) for i, v in enumerate(c)) for c in columns]
    axes.set_xticks([x + 0.5 for x in range(len(columns))], heads, fontweight="bold", fontsize=7)
    axes.set_yticks([y + 0.5 for y in range(len(rows))], rows, fontsize=9)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    legend_rows(fig, [Patch(fc=to_hex(SHADES(s)), ec="#999999", lw=0.6, label=l)
                      for s, l in ((0.0, "0 s"), (1.0, f"{most:.0f} s stale"))])
    return finish(
        fig,
        f"{summary['experiment']['name']}: stale seconds per registration, and calls, by kind of shutdown",
        [],
        [*sentences(summary, {"runs", "note"}),
         "astray: calls to stale contacts only; unknown: calls to an address of record without a binding; per run.",
         *(definition(summary, name) for name in (STALE, MISROUTED, UNREGISTERED))],
        0.52 * len(rows) + 0.8,
    )


def figure_stale_window(summary):
    """Life of what a crash leaves behind, and the load that a shorter one costs, against the granted expiry."""
    points = summary["points"]
    known = [p for p in points if (p["metrics"].get(STALE) or {}).get("law") is not None]
    if len({value(p, "binding_expiry") for p in known}) < 2:
        return None
    fig, (left, right) = plt.subplots(1, 2, figsize=(11.0, 4.2))
    for place, group in enumerate(summary["groups"]):
        mine = sorted((points[i] for i in group["points"] if points[i] in known), key=lambda p: value(p, "binding_expiry"))
        if not mine:
            continue
        x = [value(p, "binding_expiry") for p in mine]
        colour, marker, _ = mark(place)
        left.plot(x, [p["metrics"][STALE]["law"] for p in mine], color=colour, lw=1.6)
        for axes, name in ((left, STALE), (right, LOAD)):
            y = [value(p, name) for p in mine]
            ends = [p["metrics"][name]["interval"] or [v, v] for p, v in zip(mine, y)]
            axes.errorbar(x, y, yerr=[[v - e[0] for v, e in zip(y, ends)], [e[1] - v for v, e in zip(y, ends)]],
                          fmt=marker, ms=6, mfc="white", mec=colour, color=colour, elinewidth=1.3, zorder=10)
    ticks = sorted({value(p, "binding_expiry") for p in known})
    for axes in (left, right):
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xticks(ticks, [f"{t:g}" for t in ticks], rotation=45)
        axes.minorticks_off()
        axes.set_xlabel("expiry granted (s)")
    left.set_ylabel("life of what a crash leaves (s)")
    left.set_title("Stale window")
    right.set_ylabel("REGISTER/s")
    right.set_title("What the expiry costs")
    handles = [Line2D([], [], color=mark(i)[0], marker=mark(i)[1], mfc="white", lw=1.6, label=g["label"])
               for i, g in enumerate(summary["groups"])]
    handles.append(Line2D([], [], color="#555555", lw=1.6, label="closed form (joined from point to point)"))
    legend_rows(fig, handles)
    return finish(
        fig,
        f"{summary['experiment']['name']}: what a crash leaves behind, against the expiry",
        [],
        [*sentences(summary, {"runs", "note"}),
         "Closed form: E - E[R²]/(2 E[R]), R the time from a grant to its refresh. Bars: confidence intervals.",
         definition(summary, STALE)],
        3.6,
    )
