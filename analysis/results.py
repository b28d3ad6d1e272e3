"""Result stores as pandas tables, for notebooks and scripts.

    import results
    metrics = results.metrics("results/registrar-outage")   # one row per run
    summary = results.summary("results/registrar-outage")   # what plot.py draws

Read only. A ResultsError says in one line what is wrong.
"""
import json
import os
import pathlib
import sqlite3
import subprocess
import tempfile

import numpy as np
import pandas as pd

STORE_VERSION = 1
ROOT = pathlib.Path(__file__).resolve().parent.parent


class ResultsError(Exception):
    """One line that says what is wrong with the store."""


def store_path(results):
    path = pathlib.Path(results)
    path = path / "results.sqlite" if path.is_dir() else path
    if not path.is_file():
        raise ResultsError(f"{path}: no such file; `sipsim run FILE -o DIR` writes one into DIR")
    return path


def connect(results):
    """A read-only connection to a results.sqlite or the directory that holds it."""
    path = store_path(results)
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        connection.execute(
            "SELECT count(*) FROM experiment, metric_info, run, metric, series LIMIT 0"
        )
    except sqlite3.DatabaseError as error:
        raise ResultsError(f"{path}: not a result store ({error})") from error
    if version not in (0, STORE_VERSION):
        raise ResultsError(f"{path}: store of version {version}, this reads {STORE_VERSION}")
    return connection


def experiment(results):
    """The experiment's row as a dict; sweep and report are parsed."""
    with connect(results) as db:
        db.row_factory = sqlite3.Row
        row = db.execute("SELECT * FROM experiment").fetchone()
    if row is None:
        raise ResultsError(f"{store_path(results)}: no experiment in it")
    out = dict(row)
    out["sweep"] = json.loads(out.pop("sweep_json") or "[]")
    out["report"] = json.loads(out.pop("report_json") or "{}")
    return out


def runs(results):
    """One row per run: id, point, seed, status and a column per swept parameter."""
    with connect(results) as db:
        table = pd.read_sql("SELECT id, point, seed, status, params_json FROM run", db)
    params = pd.DataFrame([json.loads(p) for p in table.pop("params_json")], index=table.index)
    return table.join(params).sort_values(["point", "seed"]).reset_index(drop=True)


def metrics(results):
    """One row per finished run, a column per metric; what was not reached or not defined is NaN."""
    with connect(results) as db:
        values = pd.read_sql("SELECT run_id, name, value FROM metric", db)
    wide = values.pivot(index="run_id", columns="name", values="value")
    table = runs(results)
    return table[table["status"] == "ok"].join(wide, on="id").reset_index(drop=True)


def not_reached(results):
    """Runs in which a time was not reached before the end: id and name."""
    with connect(results) as db:
        return pd.read_sql("SELECT run_id AS id, name FROM metric WHERE censored = 1", db)


def series(results, run_id, name):
    """One series of one run, indexed by time in s."""
    with connect(results) as db:
        row = db.execute(
            "SELECT t0_s, dt_s, n, data FROM series WHERE run_id = ? AND name = ?", (run_id, name)
        ).fetchone()
    if row is None:
        raise ResultsError(f"{store_path(results)}: run {run_id} has no series {name}")
    t0, dt, n, data = row
    index = pd.Index(t0 + dt * np.arange(n), name="time (s)")
    return pd.Series(np.frombuffer(data, dtype="<f8"), index=index, name=name)


def metric_info(results):
    """Unit, kind and meaning of every metric and series."""
    with connect(results) as db:
        return pd.read_sql(
            "SELECT name, unit, kind, sentence FROM metric_info", db, index_col="name"
        )


def summary(results, sipsim=None):
    """What `sipsim plot` writes: intervals, bands and findings, estimated by the C++ side.

    sipsim: the executable; by default $SIPSIM, else build/release/sipsim of this repository.
    """
    binary = sipsim or os.environ.get("SIPSIM") or ROOT / "build" / "release" / "sipsim"
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                [str(binary), "plot", str(store_path(results)), "-o", folder],
                capture_output=True,
                text=True,
                check=False,
            )
        except OSError as error:
            raise ResultsError(f"{binary}: {error.strerror}; build it or set SIPSIM") from error
        if done.returncode != 0:
            raise ResultsError(done.stderr.strip() or f"{binary} plot failed")
        return json.loads((pathlib.Path(folder) / "summary.json").read_text(encoding="utf-8"))


def point_table(summary_json, names):
    """Mean and interval of some metrics, one row per point, as text for a page."""
    rows = []
    for group in summary_json["groups"]:
        for index in group["points"]:
            point = summary_json["points"][index]
            row = {"series": group["label"] or "all", "point": point["label"] or "-"}
            for name in names:
                row[name] = metric_text(point["metrics"].get(name))
            rows.append(row)
    return pd.DataFrame(rows)


def metric_text(metric):
    """ "23.4 [22.9, 23.9]", or why there is no mean."""
    if metric is None or metric["reached"] + metric["not_reached"] == 0:
        return "not defined"
    if metric["not_reached"]:
        total = metric["reached"] + metric["not_reached"]
        return f"not reached in {metric['not_reached']} of {total}"
    if metric["interval"] is None:
        return f"{metric['mean']:.4g}"
    low, high = metric["interval"]
    return f"{metric['mean']:.4g} [{low:.4g}, {high:.4g}]"
