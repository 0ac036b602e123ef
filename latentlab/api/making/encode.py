"""`encode`: the vectors of sentences, as `latentlab encode` makes them."""

from collections.abc import Sequence
from os import PathLike
from typing import TYPE_CHECKING

from latentlab.api.support import checkpoint_inputs, path_inputs
from latentlab.api.support.option_checks import between, labels, one_of, whole
from latentlab.api.support.path_inputs import path_of
from latentlab.errors import UsageError

if TYPE_CHECKING:
    from latentlab.analysis.clouds import Progress
    from latentlab.api.support.checkpoint_inputs import Texts
    from latentlab.results import Latents

CLOUDS = ("pooled", "pooled_centred", "mu", "logvar", "z")
_DEEPEST = 10_000
"""No encoder has as many layers."""


def encode(
    checkpoint: object,
    texts: "Texts",
    *,
    cloud: str = "mu",
    layer: int | None = None,
    column: str | None = None,
    group: "str | Sequence[object] | None" = None,
    text: bool = False,
    seed: int = 0,
    encoder: str | PathLike[str] | None = None,
    offline: bool = False,
    progress: "Progress | None" = None,
) -> "Latents":
    """Encode sentences: an array of vectors, and what says whose they are.

    Args:
        checkpoint: What `load` gave, or the folder of one checkpoint.
        texts: Sentences: a list, a `Corpus`, a file; `None` for the shipped ones.
        cloud: `pooled`, the encoder's vector, `pooled_centred`, that less its mean; `mu`, `logvar`, `z` of
            the posterior. The latent point of a deterministic head is `mu` too.
        layer: Of the encoder, 0 the embeddings, -1 the last, where `pooled` is to be of another one.
        column: Which column of a file has the sentences.
        group: What belongs together, kept beside the vectors: a column, or labels of texts in a list.
        text: Keep the sentences beside their vectors, not their numbers and ids alone.
        seed: Of z.
        encoder: A local folder with the frozen encoder, instead of cache, package and hub.
        offline: Never ask the hub for an encoder.
        progress: Called with what is being done, how much is done and of how much.

    Returns:
        `.vectors` (n, d), float32; `.rows` says which sentence each is of (`.rows.row` its number, from 0),
        for sentences too long for the model are left out; `.write("mu.npy")` writes what the command writes.

    Raises:
        UsageError: There are several checkpoints, or no such cloud.
        CheckpointError: The checkpoint cannot be loaded.
        CorpusError: Sentences cannot be read.

    >>> import latentlab as ll
    >>> ll.encode("data/checkpoints/vib", ["The cat is sleeping.", "The dog is running."])
    mu of vib on texts: 2 vectors of 192 dimensions
    """
    group = labels(group)
    whole(seed=seed)
    one_of("--cloud", cloud, CLOUDS)
    layer = None if layer is None else between("--layer", layer, -_DEEPEST, _DEEPEST)
    if layer is not None and cloud != "pooled":
        raise UsageError(f"--layer is of the encoder, {cloud} is not", "add --cloud pooled")
    from latentlab.analysis import loading
    from latentlab.analysis.encoding import encode_cloud

    models, named = path_inputs.models_of(checkpoint, encoder, offline)
    if len(models) > 1:
        below = ", ".join(map(str, named))
        raise UsageError(f"Invalid value: {len(models)} checkpoints lie below {below}; name one of them")
    sentences = checkpoint_inputs.numbered(checkpoint_inputs.corpus_of(texts, column, group), texts)
    kept, excluded = loading.filter_by_length(models, sentences.texts)
    checkpoint_inputs.say_excluded(excluded, len(sentences))
    return encode_cloud(
        models[0],
        sentences.only(kept),
        cloud=cloud,
        text=bool(text),
        layer=layer,
        seed=seed,
        encoder=None if encoder is None else path_of(encoder),
        offline=offline,
        progress=progress,
    )
