"""`latentlab convert`."""

from pathlib import Path
from typing import Annotated

import typer

from latentlab.cli import options, terminal


def convert(
    old: Annotated[
        Path, typer.Argument(metavar="OLD.pt", help="A checkpoint file of SGDD.", show_default=False)
    ],
    out: Annotated[
        Path, typer.Argument(metavar="OUT", help="Folder to write; missing or empty.", show_default=False)
    ],
    encoder: options.Encoder = None,
    offline: options.Offline = False,
    verbose: options.Verbose = False,
) -> None:
    """Write an old SGDD checkpoint as a native folder.

    The folder gives the same latents and logits, bit for bit, and says where it came from. --encoder names
    the folder of the frozen encoder and its tokenizer.

    Example:
      latentlab convert best_model.pt checkpoints/old --encoder roberta-base
    """
    from latentlab.api.making.checkpoint_files import convert as write

    fingerprint = write(old, out, encoder=encoder, offline=offline)
    terminal.say(f"{old} converted to {out}")
    print(fingerprint)
