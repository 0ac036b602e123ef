"""`latentlab encode`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from latentlab.cli import loading, options, terminal


def encode(
    checkpoint: Annotated[
        Path, typer.Argument(metavar="CHECKPOINT", help="A checkpoint folder.", show_default=False)
    ],
    corpus: Annotated[
        str, typer.Argument(metavar="CORPUS", help="Sentences; see anisotropy --corpus.", show_default=False)
    ],
    out: Annotated[Path, typer.Option(help="A name that ends in .safetensors or .npy.", metavar="FILE")],
    cloud: Annotated[
        Literal["pooled", "mu", "z"],
        typer.Option(help="The encoder's vector, the latent point, or a sample of the posterior."),
    ] = "mu",
    column: options.Column = None,
    seed: options.Seed = 0,
    encoder: options.Encoder = None,
    offline: options.Offline = False,
    verbose: options.Verbose = False,
) -> None:
    """Write the vectors of sentences to a file.

    Beside it goes a JSON file that says whose they are. Sentences too long for the model are left out.

    Example:
      latentlab encode data/checkpoints/vib sentences.txt --out latents.safetensors
    """
    from latentlab.analysis import load
    from latentlab.corpora import Corpus
    from latentlab.results import Latents

    sentences = loading.load_corpus(corpus, column)
    models = load.load_models([checkpoint], encoder=encoder, offline=offline)
    if len(models) > 1:
        raise typer.BadParameter(f"{len(models)} checkpoints lie below {checkpoint}; name one of them")
    kept, excluded = load.usable(models, sentences.texts)
    loading.say_excluded(excluded, len(sentences))
    encoding = models[0].encode(kept, sample_z=cloud == "z", seed=seed)
    fingerprint = Corpus(tuple(kept), sentences.name).fingerprint
    latents = Latents(getattr(encoding, cloud), cloud, models[0].fingerprint, fingerprint)
    latents.write(out)
    n, d = latents.vectors.shape
    terminal.say(f"{n} vectors of {d} dimensions")
    print(out)
