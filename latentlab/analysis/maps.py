"""Maps of the latent clouds of several models over the same sentences, as one table."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from latentlab.analysis.clouds import LatentClouds, LoadedModel, Progress, latent_clouds, pooled_once
from latentlab.errors import UsageError
from latentlab.geometry import project
from latentlab.metrics.streaming.neighbours import nearest
from latentlab.results.sentence_rows import SentenceRows

CLOUDS = ("pooled", "mu", "z")


def project_models(
    models: Sequence[LoadedModel],
    texts: Sequence[str],
    *,
    cloud: str = "mu",
    method: str = "pca",
    seed: int = 0,
    neighbours: int = 0,
    records: SentenceRows | None = None,
    progress: Progress | None = None,
) -> dict[str, list[Any]]:
    """Two coordinates a model and sentence.

    Each model has its own map: axes and distances of two models are not comparable.

    Args:
        models: Loaded checkpoints.
        texts: Sentences that every model can take.
        cloud: `pooled`, `mu` or `z`; models without a posterior have no `z` and are left out.
        method: `pca` or `umap`.
        seed: Of the sample z and of UMAP.
        neighbours: How many nearest sentences of the latent space, not of the map, each row is to name.
        records: Which records of a corpus the sentences are, to stand beside them.
        progress: Called with what is being done, how much is done and of how much.

    Returns:
        Columns `checkpoint`, `cloud`, `method`, those of `records`, `text`, `x`, `y` of equal length; with
        `neighbours` also `id`, the number of the row of this table, and `neighbors` with the `ids` and
        `distances` of the nearest, as embedding-atlas reads them.

    Raises:
        UsageError: No such cloud, or no model has it.
    """
    if cloud not in CLOUDS:
        raise UsageError(f"no cloud is called {cloud!r}", f"there are {', '.join(CLOUDS)}")
    pooled = pooled_once(models, texts, progress=progress)
    names: list[str] = []
    near: list[dict[str, list[Any]]] = []
    maps: list[np.ndarray] = []
    for done, model in enumerate(models, start=1):
        vectors = pooled[model.encoder_key]
        latents: LatentClouds = latent_clouds(model, vectors, texts, seed=seed)
        chosen = vectors if cloud == "pooled" else getattr(latents, cloud)
        if chosen is not None:
            if neighbours:
                distances, rows = nearest(chosen.astype(np.float64), min(neighbours, len(texts) - 1))
                first = len(names) * len(texts)
                pairs = zip((rows + first).tolist(), distances.tolist(), strict=True)
                near += [{"ids": ids, "distances": gaps} for ids, gaps in pairs]
            names.append(model.name)
            maps.append(project(chosen, method, seed=seed))
        if progress:
            progress("drawing maps", done, len(models))
    if not maps:
        raise UsageError("none of the checkpoints has a posterior to sample z from", "use --cloud mu")
    points = np.concatenate(maps)
    sentences = {**(records.columns() if records else {}), "text": texts}
    return {
        "checkpoint": [name for name in names for _ in texts],
        "cloud": [cloud] * len(points),
        "method": [method] * len(points),
        **{name: list(values) * len(names) for name, values in sentences.items()},
        "x": points[:, 0].tolist(),
        "y": points[:, 1].tolist(),
        **({"id": list(range(len(points))), "neighbors": near} if neighbours else {}),
    }
