"""What latentlab wrote and reads again: a value of another type or beyond its bounds is named, not drawn."""

import json
from dataclasses import replace

import numpy as np
import pytest
from figure_reports import document, layers, paths, three
from vector_files import cloud

from latentlab.errors import InputError, LatentsError
from latentlab.figures.figure_register import FIGURES, available
from latentlab.metrics.streaming.accumulator import State
from latentlab.metrics.streaming.pass_settings import Setting
from latentlab.results import Report
from latentlab.results.accumulator_files import SavedState
from latentlab.results.latents import Latents, Origin
from latentlab.results.statistics import Statistics
from latentlab.results.training_logs import map_report, training_report
from latentlab.results.vectors.memmapped import STATE_KEY


def sweep():
    """Of one checkpoint through noise, with a constellation."""
    cell = {"value": 0.5, "se": 0.1, "ci95": [0.3, 0.7]}
    point = {"ter": cell, "exact_match": cell, "cosine": cell}
    picture = {
        "sentences": ["one", "two"],
        "at": [[0.0, 0.0], [1.0, 1.0]],
        "cloud": [[0.2, 0.3], [0.5, 0.4]],
        "snr_db": 5.0,
        "noise": {"at": [[0.1, 0.1], [0.9, 0.8]], "sentence": [0, 1], "right": [True, False]},
        "edges": [-1.0, 2.0, -1.0, 2.0],
        "texts": ["one", "two", "three"],
        "regions": [[0, 1, 2], [0, 1, 2], [0, 0, 2]],
    }
    item = {
        **{"name": "vib", "path": None, "kind": "vib", "d": 8, "total_variance": 3.0, "clean": point},
        "points": [{"snr_db": snr, "deviation": 1.0, **point} for snr in (-5.0, 5.0)],
        "chance": {"ter": {"value": 0.9, "ci95": None}, "cosine": cell},
        "half_error": {"snr": {"value": 0.0, "ci95": None}, "slope": cell, "side": "inside"},
        "posterior": {"snr_db": 3.0, **point, "ter_white": cell},
        "example": {"text": "one", "clean": "one", "points": ["two", "one"]},
        "constellation": picture,
    }
    return document("noise", [item], metrics={})


REPORTS = {
    "spaces": three,
    "layers": lambda: layers("encoder"),
    "paths": lambda: paths("vib"),
    "sweep": sweep,
}
MU = "clouds.mu"
WRONG = [
    ("spaces", "overview", f"{MU}.metrics.mean_cosine.value", "0.5"),
    ("spaces", "overview", f"{MU}.metrics.mean_cosine.value", True),
    ("spaces", "overview", f"{MU}.metrics.mean_cosine.value", 7.0),
    ("spaces", "overview", f"{MU}.metrics.mean_cosine.value", float("inf")),
    ("spaces", "overview", f"{MU}.metrics.isoscore_debiased.value", float("nan")),
    ("spaces", "overview", f"{MU}.metrics.mean_cosine.ci95", [0.9, 0.1]),
    ("spaces", "overview", f"{MU}.metrics.mean_cosine.ci95", ["0.1", "0.9"]),
    ("spaces", "overview", f"{MU}.metrics.mean_cosine.ci95", [0.1]),
    ("spaces", "overview", f"{MU}.metrics.mean_cosine.se", -0.1),
    ("spaces", "overview", "gate.verdict", "COLAPSED"),
    ("spaces", "overview", "gate.verdict", 5),
    ("spaces", "overview", "posterior.kl_per_dim.0", "0.5"),
    ("spaces", "kl_per_dimension", "posterior.kl_per_dim.0", -2.0),
    ("spaces", "kl_per_dimension", "posterior.kl_per_dim.0", True),
    ("spaces", "mean_against_noise", "posterior.curves.mean_variance.0", -1.0),
    ("spaces", "mean_against_noise", "posterior.curves.noise_variance.0", "1"),
    ("spaces", "spectrum", f"{MU}.curves.eigenvalues.7", -5.0),
    ("spaces", "spectrum", f"{MU}.curves.eigenvalues.0", "5"),
    ("spaces", "spectrum", f"{MU}.d", "8"),
    ("spaces", "spectrum", f"{MU}.d", 8.5),
    ("spaces", "cosine_histogram", f"{MU}.curves.cosines.counts.3", -9),
    ("spaces", "cosine_histogram", f"{MU}.curves.cosines.counts.3", "9"),
    ("spaces", "cosine_histogram", f"{MU}.curves.cosines.edges.0", 0.99),
    ("spaces", "rogue_dimensions", f"{MU}.curves.cosine_contributions.0", "0.1"),
    ("spaces", "normal_quantiles", f"{MU}.curves.quantiles.median.0", "0.1"),
    ("layers", "layer_profile", "layers.0.layer", "0"),
    ("layers", "layer_profile", "layers.0.layer", -1),
    ("layers", "layer_profile", "layers.0.d", "8"),
    ("layers", "layer_profile", "layers.0.reference.mean_cosine.value", "0"),
    ("paths", "path_strips", "curves.alpha.0", "0"),
    ("paths", "path_strips", "curves.alpha.0", -3.0),
    ("paths", "path_strips", "curves.shift.1", "0"),
    ("paths", "path_strips", "curves.ci95.shift.0.1", "0"),
    ("paths", "edit_ladder", "curves.step.1", -0.1),
    ("paths", "edit_ladder", "curves.step.1", "0.1"),
    ("paths", "norm_profile", "curves.norm.1", True),
    ("sweep", "waterfall", "points.0.snr_db", "-5"),
    ("sweep", "waterfall", "points.0.ter.value", -0.5),
    ("sweep", "waterfall", "posterior.snr_db", "3"),
    ("sweep", "waterfall", "chance.ter.value", "0.9"),
    ("sweep", "constellation", "constellation.regions.0.0", -1),
    ("sweep", "constellation", "constellation.regions.0.0", 3),
    ("sweep", "constellation", "constellation.regions.0.0", True),
    ("sweep", "constellation", "constellation.noise.right.1", "False"),
    ("sweep", "constellation", "constellation.noise.sentence.1", 2),
    ("sweep", "constellation", "constellation.at.0.0", "0"),
    ("sweep", "constellation", "constellation.cloud.0.0", "0"),
    ("sweep", "constellation", "constellation.edges", [2.0, -1.0, -1.0, 2.0]),
]


def put(tree, place, value):
    *path, last = place.split(".")
    for key in path:
        tree = tree[int(key) if isinstance(tree, list) else key]
    last = int(last) if isinstance(tree, list) else last
    tree[last]  # it is there already
    tree[last] = value


def drawn(path, figure):
    report = Report.read(path)
    assert figure in available(report)
    FIGURES[figure](report)


@pytest.mark.parametrize(("kind", "figure", "place", "value"), WRONG)
def test_no_figure_is_drawn_of_what_cannot_be(tmp_path, kind, figure, place, value):
    document = json.loads(json.dumps(REPORTS[kind]()))
    path = tmp_path / "report.json"
    path.write_text(json.dumps(document))
    drawn(path, figure)
    items = document["results"]["items"]
    # The one that has it: a deterministic head has no posterior.
    put(next(item for item in items if item.get("posterior")) if kind == "spaces" else items[0], place, value)
    path.write_text(json.dumps(document))
    with pytest.raises(InputError, match="damaged"):
        drawn(path, figure)


LINES = [{"step": 1, "ce": 3.0}, {"step": 2, "ce": 2.0}]


def log(folder, *rows):
    (folder / "training.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return training_report([folder]).to_dict()["results"]["items"][0]["log"]


def test_a_truth_value_in_a_log_is_no_number(tmp_path):
    assert log(tmp_path, *LINES, {"step": 3, "ce": True})["ce"]["value"] == [3.0, 2.0]


@pytest.mark.parametrize("step", [-1, 1])
def test_a_log_that_goes_back_is_not_one_run(tmp_path, step):
    log(tmp_path, *LINES, {"step": 2, "ce": 1.0})
    with pytest.raises(InputError, match=f"goes back from step 2 to step {step}"):
        log(tmp_path, *LINES, {"step": step, "ce": 1.0})


COLUMNS = {
    "checkpoint": ["a", "a", "b"],
    "cloud": ["mu", "mu", "z"],
    "text": ["one", "two", "one"],
    "x": [0.0, 1.0, 2.0],
    "y": [0.0, 1.0, 2.0],
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": ["0", "1", "2"]}, "'0' is no place along x"),
        ({"y": [0.0, None, 2.0]}, "None is no place along y"),
        ({"y": [0.0, float("nan"), 2.0]}, "nan is no place along y"),
        ({"x": [True, False, True]}, "True is no place along x"),
        ({"text": ["one", None, "two"]}, "None is no text"),
        ({"checkpoint": [1, 1, 2]}, "1 is no checkpoint"),
        ({"cloud": ["mu", "z", "z"]}, "several clouds of a: mu, z"),
    ],
)
def test_a_map_of_something_else_is_refused(tmp_path, change, message):
    import pyarrow as pa
    from pyarrow import parquet

    path = tmp_path / "map.parquet"
    parquet.write_table(pa.table(COLUMNS), path)
    assert [item.name for item in map_report(path).results.items] == ["a", "b"]
    parquet.write_table(pa.table(COLUMNS | change), path)
    with pytest.raises(InputError, match=message):
        map_report(path)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("cloud", 5),
        ("corpus", None),
        ("layer", "3"),
        ("layer", -1),
        ("layer", True),
        ("origin.encoder_layer", "3"),
        ("origin.seed", 0.5),
        ("origin.versions", "all"),
        ("origin.checkpoint", None),
    ],
)
def test_a_sidecar_that_says_something_else_is_refused(tmp_path, key, value):
    origin = Origin("vib", "corpus", "encoder", None, 6, "mean", 0)
    path = tmp_path / "x.npy"
    Latents(np.ones((3, 2), np.float32), "mu", "f" * 64, "c" * 64, 3, origin).write(path)
    assert Latents.read(path).origin == origin
    sidecar = tmp_path / "x.npy.json"
    document = json.loads(sidecar.read_text())
    put(document, key, value)
    sidecar.write_text(json.dumps(document))
    with pytest.raises(LatentsError, match="does not describe latents"):
        Latents.read(path)


def described(path, **change):
    """Change what a file says of its sums, and leave the sums."""
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + size])
    metadata = header["__metadata__"]
    metadata[STATE_KEY] = json.dumps(json.loads(metadata[STATE_KEY]) | change)
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data[8 + size :])


@pytest.mark.parametrize(
    "change",
    [
        {"nonfinite": "0"},
        {"nonfinite": 0.5},
        {"ranges": [["0", "50"]]},
        {"ranges": [[0, 50.5]]},
        {"row_spread": "1"},
        {"row_spread": -1.0},
        {"name": 5},
    ],
)
def test_a_state_that_says_something_else_is_refused(tmp_path, change):
    state = State.start(x := cloud(50, 4, np.float64), Setting(seed=3, shards=5, subsample=20))
    state.update(x)
    path = tmp_path / "s.safetensors"
    SavedState("x", state).write(path)
    described(path, name="y")
    assert SavedState.read(path).name == "y"
    described(path, **change)
    with pytest.raises(LatentsError, match="is no whole state"):
        SavedState.read(path)


def test_sums_of_squares_below_zero_are_refused(tmp_path):
    state = State.start(x := cloud(50, 4, np.float64), Setting(seed=3, shards=5, subsample=20))
    state.update(x)
    path = tmp_path / "s.safetensors"
    for name in ("scatter", "quartic"):
        sums = replace(state.shards, **{name: -getattr(state.shards, name)})
        SavedState("x", replace(state, shards=sums)).write(path)
        with pytest.raises(LatentsError, match="a sum of squares is below 0"):
            SavedState.read(path)


@pytest.mark.parametrize(("place", "value"), [((0, 0), -1.0), ((0, 1), 9.0)])
def test_a_covariance_that_is_none_is_refused(tmp_path, place, value):
    rng = np.random.default_rng(0)
    made = Statistics.of(rng.standard_normal((9, 5)), rng.standard_normal((9, 3)))
    made.write(tmp_path / "s.safetensors")
    Statistics.read(tmp_path / "s.safetensors")
    made.latent_cov[place] = value
    made.write(tmp_path / "s.safetensors")
    with pytest.raises(LatentsError, match="the latent covariance is none"):
        Statistics.read(tmp_path / "s.safetensors")
