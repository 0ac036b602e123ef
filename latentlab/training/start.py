"""Where a run begins: a device, and fresh weights or those of a checkpoint that is trained further."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from latentlab.checkpoints import load_checkpoint
from latentlab.checkpoints.folder import read_manifest
from latentlab.errors import ConfigError
from latentlab.models.autoencoder import Autoencoder
from latentlab.models.decoder import Decoder
from latentlab.models.heads import Head, LengthHead
from latentlab.models.model_config import FORM, ModelConfig
from latentlab.training.optimisation.losses import Model
from latentlab.training.train_config import TrainConfig


def usable_device(name: str) -> torch.device:
    """The torch device of that name.

    Raises:
        ConfigError: There is no such kind of device, or none of it here.
    """
    try:
        device = torch.device(name)
        torch.zeros(1, device=device).sum().item()
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).strip().splitlines()[0][:200]
        raise ConfigError(f"device {name!r} cannot be used: {reason}", "use --device cpu") from error
    return device


def load_start(init: str | None, wanted: ModelConfig) -> Autoencoder | None:
    """The checkpoint to begin with.

    Raises:
        ConfigError: It is of another model than `wanted`; the message names what differs.
        CheckpointError: It cannot be read.
    """
    if init is None:
        return None
    start = load_checkpoint(init)
    if not isinstance(start, Autoencoder):
        raise ConfigError(f"{init} has layout {start.layout}: only native checkpoints are trained further")
    ours, theirs = _comparable(wanted), _comparable(start.config)
    if wanted.encoder.sha256 and wanted.encoder.sha256 == start.config.encoder.sha256:
        theirs["encoder"]["id"] = ours["encoder"]["id"]  # the same encoder, whatever it was called
    for pin in ("tensors", "settings"):
        was, now = (part["encoder"][pin] or "" for part in (theirs, ours))
        if not was or was.startswith(FORM) != now.startswith(FORM):
            theirs["encoder"][pin] = ours["encoder"][
                pin
            ]  # older checkpoints have none, or one of another form
    differ = [f"{part}.{key}" for part in ours for key in ours[part] if ours[part][key] != theirs[part][key]]
    if differ:
        raise ConfigError(
            f"{init} is of another model: {', '.join(differ)}", "begin with a checkpoint of the same preset"
        )
    return start


def build_model(
    config: TrainConfig, mean: Tensor, covariance: Tensor, start: Autoencoder | None = None
) -> Model:
    """A freshly initialised model, or one with the weights of `start`.

    `mean` and `covariance` are those of the pooled training cloud.
    """
    generator = torch.Generator().manual_seed(config.seed)
    head = Head(config.model.head, len(mean))
    head.initialise(mean, covariance, generator)
    # The default initialisation draws from the global generator, which belongs to the caller.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        length_head = LengthHead(config.model.head.width, config.model.decoder.max_length)
    decoder = Decoder(config.model.decoder, config.model.head.width)
    decoder.initialise(generator)
    model = Model(head, length_head, decoder)
    if start:
        for part, begun in ((head, start.head), (length_head, start.length_head), (decoder, start.decoder)):
            part.load_state_dict(begun.state_dict())
    return model


def described(init: str) -> dict[str, Any]:
    """What the checkpoint was, for the record of what was made of it: name, hash, training."""
    manifest = read_manifest(Path(init))
    return {
        "name": Path(init).resolve().name,
        "weights_sha256": manifest.weights_sha256,
        "training": manifest.training,
    }


def _comparable(config: ModelConfig) -> dict[str, dict[str, Any]]:
    """All but the revision and the size that the vocabulary came out at."""
    tree: dict[str, dict[str, Any]] = config.model_dump(mode="json")
    tree["decoder"].pop("vocab_size")
    tree["encoder"].pop("revision")
    return tree
