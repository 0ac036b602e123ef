"""A few sentences as a constellation: what is decoded around them, and where noise takes them.

The plane is that of the two principal axes of the latents. Most of a latent lies outside any plane, so a
point of the plane has no latent of its own: it gets that of the nearest chosen sentence, moved along the two
axes to the point. Right at the chosen sentences, and a step from one slice to the next in between.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from latentlab.analysis.decoding import Progress, decode
from latentlab.analysis.noise.noise_robustness import Run, Sweep
from latentlab.metrics.text.noise_curves import noise_deviation
from latentlab.models.sentence_model import SentenceModel
from latentlab.results.reports.noise_results import MOST_SENTENCES

CHOSEN, DRAWS, GRID = MOST_SENTENCES, 24, 40
"""Sentences, noises for each, and points of the map along each axis."""
_LONGEST = 42
"""Letters of a sentence that fits a legend."""
_MARGIN = 0.06
Plane = Float[np.ndarray, "rows 2"]


def constellations(
    models: Sequence[SentenceModel], runs: Sequence[Run], asked: Sweep, *, progress: Progress | None = None
) -> list[dict[str, Any] | None]:
    """One picture a checkpoint, of the same sentences at the same SNR; None where none can be chosen.

    The SNR is that of the sweep at which the first checkpoint writes nearest to half of its sentences.

    Returns:
        For each: `sentences`, `at` (k, 2), `cloud` (n, 2), `snr_db`, `noise` (`at`, `sentence`, `right`),
        `edges` (left, right, bottom, top), `texts` (the chosen ones first) and `regions`, a grid of places in
        `texts` from the lower left.
    """
    planes = [_plane(run.signal.z) for run in runs]
    chosen = choose(runs, planes[0][1])
    if not len(chosen):
        return [None] * len(runs)
    right = np.array([point.hits.mean() for point in runs[0].points])
    snr = asked.snr[int(np.abs(right - runs[0].clean.hits.mean() / 2).argmin())]
    return [
        _picture(model, run, axes, at, chosen, snr, asked.seed, progress)
        for model, run, (axes, at) in zip(models, runs, planes, strict=True)
    ]


def choose(runs: Sequence[Run], at: Plane) -> Int[np.ndarray, " k"]:
    """Sentences, short if possible, that come back from every checkpoint, far apart in the first plane.

    The one nearest to the middle is first, then always the one farthest from those chosen.
    """
    back = np.all([run.clean.hits == 1 for run in runs], axis=0)
    short = np.array([len(text) <= _LONGEST for text in runs[0].signal.texts])
    # A long one is cut in a legend: taken only where there are not enough others.
    able = np.flatnonzero(back & short if (back & short).sum() >= CHOSEN else back)
    texts = np.array(runs[0].signal.texts)[able]
    able = able[np.sort(np.unique(texts, return_index=True)[1])]  # a text that is there again is the same
    if not len(able):
        return able
    taken = [int(able[np.linalg.norm(at[able] - at.mean(axis=0), axis=1).argmin()])]
    while len(taken) < min(CHOSEN, len(able)):
        gaps = np.linalg.norm(at[able][:, None] - at[taken], axis=2).min(axis=1)
        taken.append(int(able[gaps.argmax()]))
    return np.array(taken)


def _plane(z: Float[np.ndarray, "n d"]) -> tuple[Float[np.ndarray, "2 d"], Plane]:
    """The two principal axes, and the latents in their plane; a cloud on a line has one axis of zeros."""
    centred = z - z.mean(axis=0)
    axes = np.zeros((2, z.shape[1]))
    found = np.linalg.svd(centred, full_matrices=False)[2][:2]
    # The sign of an axis is the library's whim: let the largest entry be positive.
    found *= np.sign(np.take_along_axis(found, np.abs(found).argmax(axis=1)[:, None], axis=1))
    axes[: len(found)] = found
    return axes, centred @ axes.T


def _picture(
    model: SentenceModel,
    run: Run,
    axes: Float[np.ndarray, "2 d"],
    cloud: Plane,
    chosen: Int[np.ndarray, " k"],
    snr: float,
    seed: int,
    progress: Progress | None,
) -> dict[str, Any]:
    z, at = run.signal.z[chosen], cloud[chosen]
    low, high = cloud.min(axis=0), cloud.max(axis=0)
    margin = _MARGIN * (high - low) + 1e-9
    x, y = (np.linspace(low[i] - margin[i], high[i] + margin[i], GRID) for i in range(2))
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    owner = np.linalg.norm(grid[:, None] - at, axis=2).argmin(axis=1)
    moved = z[owner] + (grid - at[owner]) @ axes

    rng = np.random.default_rng([seed, len(chosen)])
    sentence = np.repeat(np.arange(len(chosen)), DRAWS)
    deviation = noise_deviation(run.signal.power, z.shape[1], snr)
    noise = deviation * rng.standard_normal((len(sentence), z.shape[1]))

    written = decode(model, np.concatenate([moved, z[sentence] + noise]), what=", map", progress=progress)
    names = [run.signal.texts[i] for i in chosen]
    texts = list(dict.fromkeys([*names, *written.texts[: len(grid)]]))
    place = {text: i for i, text in enumerate(texts)}
    right = [text == names[k] for text, k in zip(written.texts[len(grid) :], sentence.tolist(), strict=True)]
    return {
        "sentences": names,
        "at": at,
        "cloud": cloud,
        "snr_db": snr,
        "noise": {"at": at[sentence] + noise @ axes.T, "sentence": sentence, "right": right},
        "edges": [x[0], x[-1], y[0], y[-1]],
        "texts": texts,
        "regions": np.array([place[text] for text in written.texts[: len(grid)]]).reshape(GRID, GRID),
    }
