"""The latents of models as they are, centred or whitened, measured alike: what a cheap cure would do."""

from collections.abc import Sequence

from latentlab.analysis.anisotropy.cloud import measure_cloud, state_of
from latentlab.analysis.anisotropy.spaces_report import Item
from latentlab.analysis.report_provenance import report_provenance
from latentlab.errors import UsageError
from latentlab.geometry.transforms import centring, whitening
from latentlab.metrics import Gate, Moments
from latentlab.models.sentence_model import SentenceModel
from latentlab.results import Report
from latentlab.results.reports.space_results import AnisotropyResults

TRANSFORMS = ("raw", "centred", "whitened")


def transformed(
    models: Sequence[SentenceModel], texts: Sequence[str], how: str, *, seed: int
) -> Report[AnisotropyResults]:
    """A report with the cloud `mu` of every model after the transform, in the form of `anisotropy`.

    Mean and covariance are those of these sentences. A posterior, and so a gate, is not read here.

    Raises:
        UsageError: `how` is none of TRANSFORMS.
    """
    if how not in TRANSFORMS:
        raise UsageError(f"no transform is called {how!r}", f"there are {', '.join(TRANSFORMS)}")
    items = []
    for model in models:
        mu = model.encode(texts).mu
        if how != "raw":
            moments = Moments.of(mu)
            space = (
                centring(moments.mean) if how == "centred" else whitening(moments.mean, moments.covariance)
            )
            mu = space.apply(mu.astype("float64"))
        clouds = {"mu": measure_cloud(state_of(mu, seed=seed))}
        items.append(Item(model.name, None, model.kind, clouds, Gate("NOT APPLICABLE"), None))
    return Report.of(
        "anisotropy",
        inputs={"n": len(texts), "seed": seed, "transform": how},
        results={"items": items},
        provenance=report_provenance(models, {"measured": texts}, seed, sharded=True),
    )
