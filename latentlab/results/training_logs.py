"""Training logs and maps as reports, so that figures, plots and pages read one form."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from latentlab.errors import InputError
from latentlab.results.checked import is_number
from latentlab.results.report import Report, versions
from latentlab.results.reports.log_results import LogColumn, MapResults, TrainingResults
from latentlab.results.reports.provenance import Provenance
from latentlab.untrusted import LARGEST_DOCUMENT, check_size, json_lines, one_line, read_small, shown

LOG = "training.jsonl"
_MAP = "write one with `latentlab project`"
_METHODS = ("pca", "umap")
_LARGEST = 10**18
"""No step and no value of a run is beyond; a figure could not draw it."""


def training_report(folders: Sequence[Path]) -> Report[TrainingResults]:
    """The logs of runs, finished or not, in their order.

    `results.items` has `name` and `log`: for each key that was ever logged its lists `step` and `value`.
    Lines that are not whole, as the last one of a run that is being written, are passed over.

    Raises:
        InputError: A folder has no log, or an empty one, or one whose steps go back, as of two runs.
    """
    items = [{"name": folder.resolve().name, "log": _columns(folder)} for folder in folders]
    return Report.of(
        "training",
        inputs={"paths": [str(folder) for folder in folders]},
        results={"items": items},
        provenance=Provenance(versions=versions()),
    )


def _columns(folder: Path) -> dict[str, dict[str, list[Any]]]:
    path = folder / LOG if folder.is_dir() else folder
    data = read_small(path, hint=f"give a run with a {LOG}", limit=LARGEST_DOCUMENT)
    columns: dict[str, dict[str, list[Any]]] = {}
    last = 0
    for row in json_lines(data):
        step = row.get("step")
        if type(step) is not int or abs(step) > _LARGEST:
            continue
        if step < last:
            raise InputError(
                f"{path} goes back from step {last} to step {step}",
                "give the log of one run, as it was written",
            )
        last = step
        for key, value in row.items():
            # A truth value would count as 0 or 1; what is not finite has no place on a curve.
            if key != "step" and type(value) in (int, float) and abs(value) <= _LARGEST:
                column = columns.setdefault(key, {"step": [], "value": []})
                column["step"].append(step)
                column["value"].append(float(value))
    if not columns:
        raise InputError(
            f"{path} has no line of a training log", "wait for the first step, or give another run"
        )
    return columns


def map_report(path: Path) -> Report[MapResults]:
    """The table that `latentlab project` writes.

    `results.items` has one entry a checkpoint: `name` and `map` with `cloud`, `method` (None where the file
    does not say it), `x`, `y` and `text`.

    Raises:
        InputError: The file is no such table.
    """
    import pyarrow as pa
    from pyarrow import csv, parquet

    check_size(path, hint=_MAP, limit=LARGEST_DOCUMENT)
    try:
        table = parquet.read_table(path) if path.suffix == ".parquet" else csv.read_csv(path)
        columns = {key: table.column(key).to_pylist() for key in ("checkpoint", "cloud", "text", "x", "y")}
        columns["method"] = table.column("method").to_pylist() if "method" in table.column_names else []
    except (OSError, KeyError, UnicodeDecodeError, pa.ArrowException) as error:
        raise InputError(f"{path} is not a map: {one_line(error)}", _MAP) from error
    _check_map(columns, path)
    items = []
    for name in dict.fromkeys(columns["checkpoint"]):
        rows = [i for i, owner in enumerate(columns["checkpoint"]) if owner == name]
        found = {key: [columns[key][i] for i in rows] for key in ("x", "y", "text")}
        said = columns["method"][rows[0]] if columns["method"] else None
        items.append({"name": name, "map": {"cloud": columns["cloud"][rows[0]], "method": said, **found}})
    return Report.of(
        "project",
        inputs={"paths": [str(path)]},
        results={"items": items},
        provenance=Provenance(versions=versions()),
    )


def _check_map(columns: Mapping[str, list[Any]], path: Path) -> None:
    """InputError where a map would be drawn of something else than points with sentences."""
    for key in ("x", "y"):
        odd = next((value for value in columns[key] if not is_number(value)), 0)
        if not is_number(odd):
            raise InputError(f"{path} is not a map: {shown(repr(odd))} is no place along {key}", _MAP)
    for key in ("checkpoint", "cloud", "text"):
        odd = next((value for value in columns[key] if not isinstance(value, str)), "")
        if not isinstance(odd, str):
            raise InputError(f"{path} is not a map: {shown(repr(odd))} is no {key}", _MAP)
    odd = next((value for value in columns["method"] if value not in _METHODS), None)
    if odd is not None:
        raise InputError(
            f"{path} is not a map: {shown(repr(odd))} is no method, {' or '.join(_METHODS)}", _MAP
        )
    for name in dict.fromkeys(columns["checkpoint"]):
        of = {
            cloud
            for owner, cloud in zip(columns["checkpoint"], columns["cloud"], strict=True)
            if owner == name
        }
        if len(of) > 1:
            raise InputError(
                f"{path} has several clouds of {shown(name)}: {shown(', '.join(sorted(of)))}", _MAP
            )


def flags(log: Mapping[str, LogColumn]) -> list[str]:
    """What a reader of this log should worry about, a line each; thresholds are those of docs/training.md.

    >>> flags({"train_gap": LogColumn((1,), (0.9,))})
    ['held out minus training 0.90 nats at step 1: above 0.5, it memorises']
    """
    found = []
    for key, (bad, what, why) in _WORRIES.items():
        column = log.get(key)
        if column and bad(column.value[-1]):
            found.append(f"{what} {column.value[-1]:.2f}{why[0]} at step {column.step[-1]}: {why[1]}")
    return found


_WORRIES: dict[str, tuple[Any, str, tuple[str, str]]] = {
    "context_gain": (
        lambda v: v < 0.02,
        "context gain",
        (" nats", "near 0, the decoder ignores the words it sees"),
    ),
    "latent_gain": (lambda v: v < 0.1, "latent gain", (" nats", "near 0, the decoder ignores z")),
    "train_gap": (lambda v: v > 0.5, "held out minus training", (" nats", "above 0.5, it memorises")),
    "length_accuracy": (lambda v: v < 0.8, "length accuracy", ("", "far below 1")),
    "kl_held_out": (lambda v: v < 0.1, "KL", (" nats", "the posterior has collapsed")),
    "sigma_median": (lambda v: v < 0.1, "median σ", ("", "the posterior is nearly a point")),
    "clamp_share": (lambda v: v > 0.01, "share at the clamp", ("", "log σ² runs into its limits")),
    "aggregate_variance": (
        lambda v: not 0.5 < v < 1.5,
        "aggregate variance",
        ("", "far from 1, the aggregate is not the prior"),
    ),
}
