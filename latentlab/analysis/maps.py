"""Maps of the latent clouds of several models over the same sentences, as one table."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float

from latentlab.analysis.clouds import LatentClouds, LoadedModel, Progress, latent_clouds, pooled_once
from latentlab.errors import UsageError
from latentlab.geometry import project
from latentlab.metrics.streaming.neighbours import nearest
from latentlab.results.sentence_rows import SentenceRows

CLOUDS = ("pooled", "mu", "z")


@dataclass(frozen=True)
class Maps:
    """Maps of several clouds over the same sentences."""

    columns: dict[str, list[Any]]
    """`checkpoint`, `cloud`, those of the records, `text`, `x`, `y`, of equal length."""
    clouds: list[Float[np.ndarray, "n d"]] = field(repr=False)
    """What was drawn, one a checkpoint, in the order of the rows."""

    def with_neighbours(self, k: int = 15) -> dict[str, list[Any]]:
        """The columns, and who is near, as embedding-atlas reads them.

        `id` is the number of the row of the table, `neighbors` has the `ids` and `distances` of the nearest k
        sentences of the latent space, not of the map.
        """
        near: list[dict[str, list[Any]]] = []
        for cloud in self.clouds:
            distances, rows = nearest(cloud.astype(np.float64), min(k, len(cloud) - 1))
            pairs = zip((rows + len(near)).tolist(), distances.tolist(), strict=True)
            near += [{"ids": ids, "distances": gaps} for ids, gaps in pairs]
        return {**self.columns, "id": list(range(len(near))), "neighbors": near}


def project_models(
    models: Sequence[LoadedModel],
    texts: Sequence[str],
    *,
    cloud: str = "mu",
    method: str = "pca",
    seed: int = 0,
    records: SentenceRows | None = None,
    progress: Progress | None = None,
) -> Maps:
    """Two coordinates a model and sentence.

    Each model has its own map: axes and distances of two models are not comparable.

    Args:
        models: Loaded checkpoints.
        texts: Sentences that every model can take.
        cloud: `pooled`, `mu` or `z`; models without a posterior have no `z` and are left out.
        method: `pca` or `umap`.
        seed: Of the sample z and of UMAP.
        records: Which records of a corpus the sentences are, to stand beside them.
        progress: Called with what is being done, how much is done and of how much.

    Raises:
        UsageError: No such cloud, or no model has it.
    """
    if cloud not in CLOUDS:
        raise UsageError(f"no cloud is called {cloud!r}", f"there are {', '.join(CLOUDS)}")
    pooled = pooled_once(models, texts, progress=progress)
    names: list[str] = []
    clouds: list[np.ndarray] = []
    maps: list[np.ndarray] = []
    for done, model in enumerate(models, start=1):
        vectors = pooled[model.encoder_key]
        latents: LatentClouds = latent_clouds(model, vectors, texts, seed=seed)
        chosen = vectors if cloud == "pooled" else getattr(latents, cloud)
        if chosen is not None:
            clouds.append(chosen)
            names.append(model.name)
            maps.append(project(chosen, method, seed=seed))
        if progress:
            progress("drawing maps", done, len(models))
    if not maps:
        raise UsageError("none of the checkpoints has a posterior to sample z from", "use --cloud mu")
    points = np.concatenate(maps)
    sentences = {**(records.columns() if records else {}), "text": texts}
    columns = {
        "checkpoint": [name for name in names for _ in texts],
        "cloud": [cloud] * len(points),
        "method": [method] * len(points),
        **{name: list(values) * len(names) for name, values in sentences.items()},
        "x": points[:, 0].tolist(),
        "y": points[:, 1].tolist(),
    }
    return Maps(columns, clouds)
