"""Figure of fleets that locate their servers: who bears the load before, during and after a failure, and at what price."""
import matplotlib.pyplot as plt
from matplotlib.patches import Patch

from plot_faults import fault_word
from plot_style import CATEGORIES, definition, finish, hatch, legend_rows, sentences

PHASES = ("before", "during", "after")
PRICES = (
    ("unregistered_account_seconds", 3600.0, "not registered\n(account-hours)"),
    ("dns_query_rate_mean", 1.0, "DNS queries (1/s)"),
    ("backup_register_rate_peak", 1.0, "peak at the others\n(REGISTER/s)"),
)
ROW_IN = 0.36


def setting_of(summary, point):
    """What was swept, at this point: one short part per axis."""
    parts = []
    for axis, index in zip(summary["axes"], point["index"]):
        if len(axis["values"]) > 1:
            parts.append(f"{axis['label'].split('.')[-1].replace('_', ' ')} {axis['texts'][index]}")
    return ", ".join(parts) or "all"


def draw_shares(axes, points, names, fault):
    """Three bars per point, one per phase, each parted by registrar."""
    for row, point in enumerate(points):
        for k, phase in enumerate(PHASES):
            band = point["series"].get(f"server_share_{phase}")
            left = 0.0
            for registrar, share in enumerate(band["mean"] if band else []):
                axes.barh(row + 0.27 * (k - 1), 100.0 * share, 0.24, left=left,
                          alpha=1.0 if k != 1 else 0.55, **hatch(registrar))
                left += 100.0 * share
    axes.set_xlim(0.0, 100.0)
    axes.set_xlabel(f"share of the REGISTERs (%); bars from above:\nbefore, during and after the {fault}")
    axes.set_title(f"Load of {len(names)} registrars")


def draw_price(axes, points, name, unit, words):
    for row, point in enumerate(points):
        metric = point["metrics"].get(name)
        if metric is None or metric["mean"] is None:
            continue
        low, high = metric["interval"] or (metric["mean"], metric["mean"])
        axes.plot([low / unit, high / unit], [row, row], color=CATEGORIES[0], lw=1.6)
        axes.plot(metric["mean"] / unit, row, "o", color=CATEGORIES[0], ms=4.5, clip_on=False)
    axes.set_xlim(left=0.0, right=1.1 * axes.get_xlim()[1])
    axes.set_xlabel(words)


def figure_servers(summary):
    """(k) A row per point; None where no fleet locates its servers."""
    points = [p for p in summary["points"] if (p["metrics"].get("dns_query_rate_mean") or {}).get("mean") is not None]
    if not points:
        return None
    names = (summary.get("report") or {}).get("registrars") or []
    shares = len(names) > 1 and any("server_share_before" in p["series"] for p in points)
    prices = [p for p in PRICES if p[0] != "backup_register_rate_peak" or shares]
    widths = [2.2] * shares + [1.0] * len(prices)
    fig, panels = plt.subplots(1, len(widths), figsize=(11.0, 4.0), sharey=True, squeeze=False,
                               gridspec_kw={"width_ratios": widths})
    panels = list(panels[0])
    panels[0].set_yticks(range(len(points)), [setting_of(summary, p) for p in points], fontsize=8)
    panels[0].set_ylabel("setting")
    panels[0].set_ylim(len(points) - 0.5, -0.5)
    if shares:
        draw_shares(panels[0], points, names, fault_word(summary))
        legend_rows(fig, [Patch(label=n, **hatch(i)) for i, n in enumerate(names)])
    for axes, price in zip(panels[len(panels) - len(prices):], prices):
        draw_price(axes, points, *price)
    for axes in panels:
        axes.grid(axis="y", visible=False)
        for row in range(1, len(points)):
            axes.axhline(row - 0.5, color="0.9", lw=0.6, zorder=0)
    used = [name for name, _, _ in prices] + ["server_share_before"] * shares
    return finish(
        fig,
        f"{summary['experiment']['name']}: the servers that DNS names, and what it costs",
        sentences(summary, {"servers"}),
        [*sentences(summary, {"runs", "note"}), *(definition(summary, name) for name in used)],
        ROW_IN * len(points) + 1.1,
    )
