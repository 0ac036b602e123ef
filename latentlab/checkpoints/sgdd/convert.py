"""From an old `.pt` file to a native folder that gives the same numbers bit for bit.

The old modules stay what they are: `config.json` names their layout, `model.safetensors` has head and decoder
in float32 as they were loaded. The frozen encoder is not written where the user's folder has the very same
weights; its hash is then recorded, and another encoder refused. Where it was trained along, or there is no
such folder, it lies beside the rest in `encoder/`.
"""

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save as safetensors_bytes

import latentlab
from latentlab.checkpoints.card import converted_card
from latentlab.checkpoints.folder import CARD, CONFIG, TOKENIZER, WEIGHTS, Manifest, sha256
from latentlab.checkpoints.sgdd.pt_file import PtFile, describe_pt, is_pt
from latentlab.checkpoints.sgdd.sgdd_load import ENCODER, load_pt
from latentlab.checkpoints.sgdd.sgdd_modules import OUTPUT, SgddParts
from latentlab.errors import CheckpointError, EncoderError, UsageError
from latentlab.files import atomic_folder
from latentlab.models.encoder.encoder_files import resolve_encoder
from latentlab.models.encoder.encoder_pin import pins_of
from latentlab.models.encoder.frozen import FrozenEncoder
from latentlab.models.model_config import EncoderConfig
from latentlab.models.sgdd.sgdd_encoder import same_weights, save_encoder
from latentlab.models.sgdd.sgdd_model import SgddAutoencoder


def convert_checkpoint(
    path: str | Path, out: str | Path, encoder: str | Path | None = None, *, offline: bool = False
) -> str:
    """Write a `.pt` file of SGDD as a native folder.

    Args:
        path: The file.
        out: Where to; missing or empty.
        encoder: A local folder with the tokenizer, and the encoder where the file has none inside.
        offline: Never ask the hub for them.

    Returns:
        The fingerprint of the new folder: sha256 of its `model.safetensors`.

    Raises:
        CheckpointError: The file cannot be used; nothing is written.
        EncoderError: There is no tokenizer, or no encoder anywhere.
        InputError: `out` has something in it, or cannot be written.
    """
    source, target = Path(path), Path(out)
    if not is_pt(source):
        raise UsageError(f"{source} is not a .pt file", "latentlab convert best_model.pt FOLDER")
    local = None if encoder is None else Path(encoder)
    described = describe_pt(source)
    model = load_pt(source, encoder=local, offline=offline)
    if model.fingerprint != described.sha256:
        raise CheckpointError(f"{source} changed while it was read", "try again")
    tokenizer = model.tokenizer
    known, inside, source_folder = _encoder(model, local, offline)
    config = model.config.model_copy(update={"encoder": known, "specials": tokenizer.specials})
    weights, vocabulary = _weights(model), tokenizer.to_json().encode()
    provenance = _provenance(described, model)
    training = {"loss": {"kl_weight": config.kl_weight}} if config.kl_weight is not None else {}
    manifest = Manifest(config, training, provenance, sha256(weights), sha256(vocabulary))
    files = {
        CONFIG: manifest.to_json().encode(),
        WEIGHTS: weights,
        TOKENIZER: vocabulary,
        CARD: converted_card(config, provenance, target.name).encode(),
    }
    with atomic_folder(target) as temporary:
        for name, content in files.items():
            (temporary / name).write_bytes(content)
        if inside:
            save_encoder(inside, source_folder, temporary / ENCODER)
            # The hash of the file is known once it is written.
            written = temporary / ENCODER
            found = resolve_encoder(known, folder=written).sha256
            held = known.model_copy(update={"sha256": found, **pins_of(written)})
            whole = Manifest(
                config.model_copy(update={"encoder": held}),
                training,
                provenance,
                sha256(weights),
                sha256(vocabulary),
            )
            (temporary / CONFIG).write_text(whole.to_json(), "utf-8")
    return manifest.weights_sha256


def _encoder(
    model: SgddAutoencoder, local: Path | None, offline: bool
) -> tuple[EncoderConfig, FrozenEncoder | None, Path | None]:
    """How the encoder is recorded; the one to be written beside the rest, if any; whose tokenizer."""
    config = model.config.encoder
    inside = config.sha256 is not None
    unpinned = config.model_copy(update={"sha256": None})
    try:
        found = resolve_encoder(unpinned, folder=local, offline=offline or inside)
    except EncoderError:
        if not inside:
            raise
        found = None
    held = model.encoder
    assert isinstance(held, FrozenEncoder)
    wanted = model.config.head.pooled_width
    if held.dim != wanted:
        raise EncoderError(
            f"the encoder's vectors have {held.dim} numbers, {model.name} takes {wanted}",
            "give the encoder that the checkpoint was trained with",
        )
    if found is not None and (not inside or same_weights(held, found.folder)):
        pins = {"sha256": found.sha256, **pins_of(found.folder)}
        return unpinned.model_copy(update=pins), None, None
    return unpinned, held, local or (found.folder if found else None)


def _weights(model: SgddAutoencoder) -> bytes:
    state = SgddParts(model.head, model.decoder).state_dict()
    tensors = {name: tensor.contiguous() for name, tensor in state.items() if name != OUTPUT}
    return bytes(safetensors_bytes(tensors))


def _provenance(file: PtFile, model: SgddAutoencoder) -> dict[str, Any]:
    return {
        **({} if model.step is None else {"step": model.step}),
        "converted_from": {
            "file": file.path.name,
            "sha256": file.sha256,
            "layout": model.layout,
            **file.about,
            "config": file.config,
        },
        "latentlab": latentlab.__version__,
        "torch": torch.__version__,
    }
