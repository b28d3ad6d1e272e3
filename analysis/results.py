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
import tomllib

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


def opened(path, query):
    """A read-only connection that has been read from, and the version of the store."""
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro{query}", uri=True)
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        connection.execute(
            "SELECT count(*) FROM experiment, metric_info, run, metric, series LIMIT 0"
        )
    except sqlite3.Error:
        connection.close()
        raise
    return connection, version


def connect(results):
    """A read-only connection to a results.sqlite or the directory that holds it."""
    path = store_path(results)
    try:
        try:
            connection, version = opened(path, "")
        except sqlite3.OperationalError:
            # SQLite keeps files beside a store, where it may write. A store without them has no writer.
            if path.with_name(path.name + "-wal").exists():
                raise
            connection, version = opened(path, "&immutable=1")
    except sqlite3.OperationalError as error:
        if str(error).startswith("no such "):  # table or column
            raise ResultsError(f"{path}: not a result store ({error})") from error
        raise ResultsError(f"{path}: cannot be read ({error})") from error
    except sqlite3.DatabaseError as error:
        raise ResultsError(f"{path}: not a result store ({error})") from error
    if version not in (0, STORE_VERSION):
        connection.close()
        raise ResultsError(f"{path}: store of version {version}, this reads {STORE_VERSION}")
    return connection


def experiment(results):
    """The experiment's row as a dict; sweep, report and options are parsed."""
    with connect(results) as db:
        db.row_factory = sqlite3.Row
        row = db.execute("SELECT * FROM experiment").fetchone()
    if row is None:
        raise ResultsError(f"{store_path(results)}: no experiment in it")
    out = dict(row)
    out["sweep"] = json.loads(out.pop("sweep_json") or "[]")
    out["report"] = json.loads(out.pop("report_json") or "{}")
    out["options"] = json.loads(out.pop("options_json", None) or "[]")
    return out


def config(results):
    """The experiment's file as tomllib reads it, with the --set and --seed of its runs over it."""
    row = experiment(results)
    settings = tomllib.loads(row["config_text"])
    words = row["options"]
    for option, word in zip(words[::2], words[1::2]):
        path, _, text = ("experiment.seed=" + word if option == "--seed" else word).partition("=")
        kind, _, key = path.partition(".")
        section = settings.setdefault(kind, {})
        if isinstance(section, list):  # [[fleet]]: "fleet.gateways.count"
            name, _, key = key.partition(".")
            section = listed(kind, section, name)
        write(section, key, value(text))
    return settings


def listed(kind, sections, name):
    """The section of that name; a fault may be called by its kind or its number from 1, too."""
    for index, section in enumerate(sections):
        names = [section.get("name")]
        if kind == "fault":
            names += [section.get("kind"), str(index + 1)]
        if name in names:
            return section
    raise ResultsError(f"{kind}.{name}: the experiment has none of that name")


def write(section, key, new):
    """A key with dots is in tables of tables, but the vendor's own names may have dots of their own."""
    first, _, rest = key.partition(".")
    if rest:
        table = section.setdefault(first, {})
        if first == "vendor":
            table[rest] = new
        else:
            write(table, rest, new)
    else:
        section[key] = new


def value(text):
    """As TOML, or a bare word."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


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
    """What `sipsim plot` draws: intervals, bands and findings, estimated by the C++ side.

    sipsim: the executable; by default $SIPSIM, else build/release/sipsim of this repository.
    """
    binary = sipsim or os.environ.get("SIPSIM") or ROOT / "build" / "release" / "sipsim"
    try:
        done = subprocess.run(
            [str(binary), "plot", str(store_path(results)), "--json"],
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        raise ResultsError(f"{binary}: {error.strerror}; build it or set SIPSIM") from error
    if done.returncode != 0:
        raise ResultsError(done.stderr.strip() or f"{binary} plot failed")
    return json.loads(done.stdout)


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
