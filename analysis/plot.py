#!/usr/bin/python3
"""Draws summary.json (written by `sipsim plot`): SVG and PNG, the finding under each figure.

    plot.py SUMMARY.json -o DIR

Reads nothing but the summary and computes nothing but places on paper: every number, interval and
sentence is the C++ side's (analysis/summary.h). Equal input gives equal files.
"""
import argparse
import json
import os
import pathlib
import sys

import matplotlib

if __name__ == "__main__":
    matplotlib.use("Agg")  # no display needed; a notebook keeps its own
import matplotlib.pyplot as plt

from plot_attack import figure_attack
from plot_echo import figure_echo
from plot_fleets import figure_fleets
from plot_load import figure_load
from plot_nat import figure_reach
from plot_offload import figure_offload
from plot_overload import figure_overload
from plot_servers import figure_servers
from plot_stale import figure_shutdown, figure_stale_window
from plot_style import STYLE, sentences
from plot_sweep import RESPONSE, figure_capacity, figure_sweep
from plot_table import figure_table
from plot_time import bands_of, figure_rate, figure_share

FORMAT_VERSION = 1
FIGURES = (  # all file names that figures() gives
    "traversal_matrix",
    "brute_force",
    "register_rate",
    "registered_share",
    "peak_and_recovery",
    "registrar_load",
    "response",
    "echo",
    "reachability",
    "sbc_offload",
    "mixed_fleet",
    "servers",
    "overload_policies",
    "shutdown_matrix",
    "stale_window",
)


class PlotError(Exception):
    """One line that says what is wrong with the input."""


def load_summary(path):
    """The summary as written by `sipsim plot`; PlotError if it is something else."""
    try:
        summary = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise PlotError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise PlotError(f"{path}: not JSON: {error}") from error
    if not isinstance(summary, dict) or summary.get("format") != "sipsim-summary":
        raise PlotError(f"{path}: not a summary; `sipsim plot RESULTS -o DIR` writes one")
    if summary.get("format_version") != FORMAT_VERSION:
        raise PlotError(
            f"{path}: summary of version {summary.get('format_version')}, "
            f"this plot.py draws version {FORMAT_VERSION}"
        )
    return summary


def figures(summary):
    """(file name, figure, sentences) of everything the summary has data for."""
    with plt.rc_context(STYLE):
        out = []
        table = figure_table(summary)
        if table is not None:
            out.append(("traversal_matrix", table, sentences(summary, {"traversal"})))
            if summary["call_table"]["answers_all"]:
                return out
        attack = figure_attack(summary)
        if attack is not None:
            out.append(("brute_force", attack, sentences(summary, {"attack"})))
            if not any(point["faults"] for point in summary["points"]):
                return out
        for name, series, make, topic in (
            ("register_rate", "register_rate", figure_rate, "rate"),
            ("registered_share", "registered_share", figure_share, "share"),
        ):
            if any(True for _ in bands_of(summary, series, "all")):
                out.append((name, make(summary, series), sentences(summary, {topic})))
        for name, figure, topic in (
            ("peak_and_recovery", figure_capacity(summary), "capacity"),
            ("registrar_load", figure_load(summary), "overload"),
            (
                "response",
                figure_sweep(summary, RESPONSE, "response time and failures", {"overload"}),
                "overload",
            ),
            ("echo", figure_echo(summary), "echo"),
            ("reachability", figure_reach(summary), "nat"),
            ("sbc_offload", figure_offload(summary), "offload"),
            ("mixed_fleet", figure_fleets(summary), "fleets"),
            ("servers", figure_servers(summary), "servers"),
            ("overload_policies", figure_overload(summary), "policies"),
            ("shutdown_matrix", figure_shutdown(summary), "runs"),
            ("stale_window", figure_stale_window(summary), "runs"),
        ):
            if figure is not None:
                out.append((name, figure, sentences(summary, {topic})))
        return out


def write(summary, directory):
    """Writes every figure as SVG and PNG; returns the paths. Figures of other results make room."""
    directory = pathlib.Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    for name in FIGURES:
        for suffix in ("svg", "png"):
            (directory / f"{name}.{suffix}").unlink(missing_ok=True)
    paths = []
    for name, figure, text in figures(summary):
        assert name in FIGURES, name
        with plt.rc_context(STYLE):
            for suffix in ("svg", "png"):
                path = directory / f"{name}.{suffix}"
                metadata = {"Title": name, "Description": " ".join(text)}
                metadata.update({"Date": None} if suffix == "svg" else {"Software": None})
                figure.savefig(path, metadata=metadata, dpi=150)
                paths.append(path)
        plt.close(figure)
    return paths


def main(argv=None):
    parser = argparse.ArgumentParser(prog="plot.py", description=__doc__.splitlines()[0])
    parser.add_argument("summary", help="summary.json as `sipsim plot` writes it")
    parser.add_argument("-o", "--output", required=True, help="directory for the figures")
    args = parser.parse_args(argv)
    try:
        paths = write(load_summary(args.summary), args.output)
        if not paths:
            raise PlotError(f"{args.summary}: nothing in it to draw")
    except PlotError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except (KeyError, TypeError, IndexError) as error:
        print(
            f"error: {args.summary}: broken summary ({type(error).__name__}: {error})",
            file=sys.stderr,
        )
        return 1
    except OSError as error:
        print(f"error: {error.filename or args.output}: {error.strerror}", file=sys.stderr)
        return 1
    for path in paths:
        print(os.fspath(path))
    return 0


if __name__ == "__main__":
    sys.exit(main())
