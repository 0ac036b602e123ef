"""Checkpoints sent through noise side by side, as a report."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from latentlab.analysis.decoding import Progress, Written, check_decoders, decode
from latentlab.analysis.interpolation.interpolations import scoring_encoder
from latentlab.analysis.meaning import Meaning, with_others
from latentlab.analysis.noise.constellation import constellations
from latentlab.analysis.noise.noise_robustness import NOISE_METRICS, Heard, Run, Sweep, hear, noises, run_of
from latentlab.analysis.report_provenance import report_provenance
from latentlab.metrics import Estimate, undefined
from latentlab.metrics.statistics.means import COSINES, mean_estimate
from latentlab.metrics.streaming.sharding import Labels
from latentlab.metrics.text.noise_curves import noise_deviation, snr_db, with_replicates
from latentlab.metrics.text.reconstruction import ratio_of_sums
from latentlab.models.sentence_model import SentenceModel, TextEncoder
from latentlab.results import Inputs, Report
from latentlab.results.reports.noise_results import NoiseResults


def measure_noise(
    models: Sequence[SentenceModel],
    texts: Sequence[str],
    asked: Sweep,
    *,
    groups: Labels | None = None,
    draw: bool = False,
    similarity_encoder: TextEncoder | None = None,
    encoder: Path | None = None,
    offline: bool = False,
    inputs: Inputs | None = None,
    progress: Progress | None = None,
) -> Report[NoiseResults]:
    """Send the same sentences through the same noise with every model.

    Args:
        models: Checkpoints that can decode, at least one.
        texts: At least 2 sentences that every model can take (`loading.filter_by_length`).
        asked: The noise.
        groups: Labels of the sentences that belong together, at least 2 different ones; a group moves whole.
        draw: Also compute what the constellation figure shows, some two thousand decodes a model.
        similarity_encoder: What says how near texts are in meaning; by default a layer of the first model's
            encoder that it does not read.
        encoder: A local folder with the frozen encoder, instead of cache, package and hub.
        offline: Never ask the hub.
        inputs: What else the report should say was asked for.
        progress: Called with what is being done, how much is done and of how much.

    Returns:
        `results.items` has one entry a model: `name`, `path`, `kind`, `d`, `total_variance`, the metrics of
        `clean` and of each of `points` (with `snr_db` and `deviation`), `chance`, `half_error` (`snr`,
        `slope`, `side`), `posterior` (None for a deterministic head), `example` and `constellation`.

    Raises:
        CheckpointError: A model cannot decode.
        InputError: There are fewer than 2 sentences or groups, or a model gives all of them one latent.
    """
    check_decoders(models)
    meaning = Meaning(similarity_encoder or scoring_encoder(models[0], folder=encoder, offline=offline))
    runs = [run_of(model, texts, asked, meaning, groups=groups, progress=progress) for model in models]
    drawn: list[Any] = [None] * len(models)
    if draw:
        drawn = constellations(models, runs, asked, progress=progress)
    items = [
        {
            "name": model.name,
            "path": model.path,
            "kind": model.kind,
            **readings(run, meaning),
            "posterior": _posterior(model, run, asked, meaning),
            "example": {
                "text": run.signal.texts[0],
                "clean": run.clean.texts[0][0],
                "points": [point.texts[0][0] for point in run.points],
            },
            "constellation": figure,
        }
        for model, run, figure in zip(models, runs, drawn, strict=True)
    ]
    return Report.of(
        "noise",
        inputs={**(inputs or {}), **vars(asked), "n": len(texts)},
        results={"metrics": NOISE_METRICS, "items": items},
        provenance=report_provenance(models, {"measured": texts}, asked.seed),
    )


def readings(run: Run, meaning: Meaning) -> dict[str, Any]:
    """What is read off a run: `d`, `total_variance`, `clean`, `chance`, `points`, `half_error` of an item."""
    signal = run.signal
    *rates, clean, chance = run.curve.estimates()
    sent = meaning.units(signal.texts)
    others = with_others(meaning.units(run.clean.texts[0]), sent)
    d = signal.z.shape[1]
    return {
        "d": d,
        "total_variance": signal.power,
        "clean": run.clean.metrics(clean, signal.groups),
        "chance": {
            "ter": chance,
            "cosine": mean_estimate(others, signal.groups, within=COSINES),
        },
        "points": [
            {
                "snr_db": snr,
                "deviation": noise_deviation(signal.power, d, snr),
                **heard.metrics(rate, signal.groups),
            }
            for snr, heard, rate in zip(run.curve.snr.tolist(), run.points, rates, strict=True)
        ],
        "half_error": {"snr": run.half.snr, "slope": run.half.slope, "side": run.half.side},
    }


def _posterior(model: SentenceModel, run: Run, asked: Sweep, meaning: Meaning) -> dict[str, Any] | None:
    """Samples from the posterior: their metrics and SNR, and the error rate of white noise at that SNR."""
    signal = run.signal
    if signal.deviation is None:
        return None
    n, d = signal.z.shape
    noise = noises(n, d, seeds=asked.seeds, seed=asked.seed)
    written = decode(model, (signal.z + signal.deviation * noise).reshape(-1, d), what=", posterior")
    tries = [
        Written(written.texts[at : at + n], written.tokens[at : at + n]) for at in range(0, len(noise) * n, n)
    ]
    heard: Heard = hear(signal, tries, meaning)
    lengths = np.array([len(ids) for ids in signal.tokens], dtype=np.float64)
    rng = np.random.default_rng(asked.seed)
    ter = ratio_of_sums(heard.edits, lengths, rng, signal.groups).from_rows(n)
    snr = snr_db(signal.power, float((signal.deviation**2).sum(axis=1).mean()))
    return {"snr_db": snr, **heard.metrics(ter, signal.groups), "ter_white": _white(run, snr)}


def _white(run: Run, snr: float) -> Estimate:
    """Error rate of white noise, between the points of the sweep."""
    points = run.curve.snr
    if not points[0] <= snr <= points[-1]:
        return undefined("outside the sweep")
    resampled = np.array([np.interp(snr, points, rates) for rates in run.curve.resampled[:, :-2]])
    value = float(np.interp(snr, points, run.curve.values))
    return with_replicates(value, resampled).from_rows(len(run.signal.texts))
