"""Maps of the latent clouds of several models over the same sentences, as one table."""

from collections.abc import Sequence

import numpy as np

from latentlab.analysis.latents import LatentClouds, LoadedModel, Progress, latent_clouds, pooled_once
from latentlab.errors import UsageError
from latentlab.geometry import project

CLOUDS = ("pooled", "mu", "z")


def project_models(
    models: Sequence[LoadedModel],
    texts: Sequence[str],
    *,
    cloud: str = "mu",
    method: str = "pca",
    seed: int = 0,
    progress: Progress | None = None,
) -> dict[str, list[str] | list[float]]:
    """Two coordinates a model and sentence.

    Each model has its own map: axes and distances of two models are not comparable.

    Args:
        models: Loaded checkpoints.
        texts: Sentences that every model can take.
        cloud: `pooled`, `mu` or `z`; models without a posterior have no `z` and are left out.
        method: `pca` or `umap`.
        seed: Of the sample z and of UMAP.
        progress: Called with what is being done, how much is done and of how much.

    Returns:
        Columns `checkpoint`, `cloud`, `text`, `x`, `y` of equal length.

    Raises:
        UsageError: No such cloud, or no model has it.
    """
    if cloud not in CLOUDS:
        raise UsageError(f"no cloud is called {cloud!r}", f"there are {', '.join(CLOUDS)}")
    pooled = pooled_once(models, texts, progress=progress)
    names: list[str] = []
    maps: list[np.ndarray] = []
    for done, model in enumerate(models, start=1):
        vectors = pooled[model.encoder_key]
        latents: LatentClouds = latent_clouds(model, vectors, texts, seed=seed)
        chosen = vectors if cloud == "pooled" else getattr(latents, cloud)
        if chosen is not None:
            names.append(model.name)
            maps.append(project(chosen, method, seed=seed))
        if progress:
            progress("drawing maps", done, len(models))
    if not maps:
        raise UsageError("none of the checkpoints has a posterior to sample z from", "use --cloud mu")
    points = np.concatenate(maps)
    return {
        "checkpoint": [name for name in names for _ in texts],
        "cloud": [cloud] * len(points),
        "text": list(texts) * len(names),
        "x": points[:, 0].tolist(),
        "y": points[:, 1].tolist(),
    }
