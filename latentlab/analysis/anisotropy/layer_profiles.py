"""Frozen encoders layer by layer: where the cone comes from, before any checkpoint sees the vectors.

Every hidden state from the embeddings to the last layer is mean-pooled, as in Ethayarajh 2019
(arXiv:1909.00512), but over sentences. Only metrics of one pass are taken: there are many layers.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from latentlab.analysis.anisotropy.cloud import state_of, told_of_rows
from latentlab.analysis.anisotropy.row_warnings import repeated_rows
from latentlab.analysis.clouds import Progress
from latentlab.analysis.report_provenance import report_provenance
from latentlab.errors import InputError, UsageError
from latentlab.metrics import isotropic_reference
from latentlab.metrics.streaming.accumulator import State
from latentlab.metrics.streaming.column_sums import Columns
from latentlab.metrics.streaming.read_accumulator import measure_state
from latentlab.metrics.streaming.sampled import measure_sample
from latentlab.models.encoder.frozen import FrozenEncoder
from latentlab.models.model_config import Pooling
from latentlab.models.sentence_model import SentenceModel
from latentlab.models.sgdd.sgdd_model import SgddAutoencoder
from latentlab.results import Inputs, Report
from latentlab.results.reports.space_results import LayersResults


def layer_profile(
    models: Sequence[SentenceModel],
    texts: Sequence[str],
    *,
    seed: int,
    encoder: Path | None = None,
    offline: bool = False,
    inputs: Inputs | None = None,
    progress: Progress | None = None,
) -> Report[LayersResults]:
    """Measure every layer of every distinct encoder of the models on the same sentences.

    Args:
        models: Checkpoints, at least one; those with one encoder share a profile.
        texts: Sentences, at least two, none too long for an encoder.
        seed: Of the jackknife shards and the simulated references.
        encoder: A local folder with the frozen encoder, instead of cache, package and hub.
        offline: Never ask the hub.
        inputs: What else the report should say was asked for.
        progress: Called with what is being done, how much is done and of how much.

    Returns:
        Report whose `results.items` has one entry an encoder: `name`, `path`, `sha256`, `checkpoints`,
        `read` (layers that those checkpoints read), `warnings` on the rows, and `layers`, from layer 0, the
        embeddings.
    """
    if not models:
        raise UsageError("there is no checkpoint whose encoder could be measured", "give a checkpoint folder")
    if len(texts) < 2:
        raise InputError(f"expected at least 2 sentences, got {len(texts)}", "give a larger corpus")
    owners: dict[str, list[SentenceModel]] = {}
    for model in models:
        owners.setdefault(model.config.encoder.sha256 or model.config.encoder.id, []).append(model)
    items = []
    for sharing in owners.values():
        whole = encoder_at(sharing[0], -1, pooling="mean", folder=encoder, offline=offline)
        items.append(_item(whole, sharing, texts, seed, progress))
    return Report.of(
        "layers",
        inputs={**(inputs or {}), "n": len(texts), "seed": seed},
        results={"items": items},
        provenance=report_provenance(models, {"measured": texts}, seed, sharded=True),
    )


def encoder_at(
    model: SentenceModel,
    layer: int,
    *,
    pooling: Pooling | None = None,
    folder: Path | None = None,
    offline: bool = False,
) -> FrozenEncoder:
    """The frozen encoder of a checkpoint, read at another layer; ConfigError where there is no such layer."""
    config = model.config.encoder
    pooling = pooling or config.pooling
    if isinstance(model, SgddAutoencoder):
        # It may lie inside the checkpoint; it is read at its last layer, and so has all of them.
        held = model.encoder
        assert isinstance(held, FrozenEncoder)
        return held.reading(layer, pooling)
    wanted = config.model_copy(update={"layer": layer, "pooling": pooling})
    return FrozenEncoder.load(wanted, folder=folder, offline=offline, untrusted=True)


def _item(
    encoder: FrozenEncoder,
    sharing: Sequence[SentenceModel],
    texts: Sequence[str],
    seed: int,
    progress: Progress | None,
) -> dict[str, Any]:
    name = Path(encoder.config.id).name
    folder = Path(encoder.config.id).expanduser()

    def encoded(done: int) -> None:
        if progress:
            progress(f"encoding sentences with {name}", done, len(texts))

    clouds = encoder.encode_layers(texts, progress=encoded)
    layers: list[dict[str, Any]] = []
    told: dict[str, list[int]] = {}
    for layer, cloud in enumerate(clouds):
        n, d = cloud.shape
        state = state_of(cloud, seed=seed)
        measured = measure_state(state)
        for fact in told_of_rows(state, Columns.of_sums(state.whole, state.pilot)[0], None):
            told.setdefault(fact, []).append(layer)
        layers.append(
            {
                "layer": layer,
                "n": n,
                "d": d,
                "metrics": {key: value.estimate for key, value in measured.items()},
                "reference": isotropic_reference(n, d, seed=seed),
            }
        )
        if progress:
            progress(f"measuring layers of {name}", layer + 1, len(clouds))
    return {
        "name": name,
        "path": str(folder) if folder.is_dir() else None,
        "sha256": encoder.sha256,
        "pooling": "mean",
        "checkpoints": [model.name for model in sharing],
        "read": sorted({model.config.encoder.layer % len(clouds) for model in sharing}),
        "warnings": [
            *(f"layer {_ranges(numbers)}: {fact}" for fact, numbers in told.items()),
            *(f"all layers, as layer {len(clouds) - 1} shows: {fact}" for fact in _of_copies(state)),
        ],
        "layers": layers,
    }


def _of_copies(state: State) -> list[str]:
    """What is to be said of repeated rows, once: equal input has equal vectors in every layer."""
    columns = Columns.of_sums(state.whole, state.pilot)[0]
    found = measure_sample(state.kept, seed=state.setting.seed, keys=(), rows=state.n).copies
    without = told_of_rows(state, columns, None)
    few = [fact for fact in told_of_rows(state, columns, found) if fact not in without]
    many = repeated_rows(found, state.n)
    return [*few, *([many] if many else [])]


def _ranges(numbers: Sequence[int]) -> str:
    """Ascending numbers with runs as ranges.

    >>> _ranges([0, 1, 2, 5])
    '0–2, 5'
    """
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
