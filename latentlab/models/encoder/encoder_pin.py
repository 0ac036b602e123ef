"""What says that an encoder is the same: its tensors, its configuration and its tokenizer.

The sha256 of `model.safetensors` is that of a file: the same encoder saved by another version has another.
The digests here are of what is computed with.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from latentlab.errors import EncoderError
from latentlab.models.encoder.encoder_load import load_whole
from latentlab.models.encoder.encoder_weights import bytes_sha256
from latentlab.models.encoder.pretrained import class_among, tokenizer_of
from latentlab.models.model_config import FORM

_THREE_WAYS = {"strip_accents"}
"""Keys of a tokenizer whose false is not what their null is."""
_VOLATILE = {
    "_name_or_path",
    "architectures",
    "bos_token_id",
    "classifier_dropout",
    "dtype",
    "eos_token_id",
    "finetuning_task",
    "gradient_checkpointing",
    "id2label",
    "initializer_range",
    "label2id",
    "output_attentions",
    "output_hidden_states",
    "return_dict",
    "sep_token_id",
    "tie_word_embeddings",
    "tokenizer_class",
    "torch_dtype",
    "transformers_version",
    "use_cache",
}
"""Keys of a configuration that change no hidden state of a frozen encoder; a dropout does not either."""


def tensors_sha256(model: Any, form: str = FORM) -> str:
    """Of names, shapes and values of what a model loads, but for a pooler, which is not read.

    The first form, a digest alone, was of the parameters; other buffers, which are loaded too, are other
    vectors.
    """
    digest = hashlib.sha256()
    for name, tensor in sorted((model.state_dict() if form else dict(model.named_parameters())).items()):
        if not name.startswith("pooler."):
            values = tensor.detach().cpu()
            if values.is_floating_point() and values.itemsize <= 4:  # in whatever type they were saved
                values = values.float()
            array = values.contiguous().numpy()
            kind = f" {array.dtype}" if form and array.dtype != "float32" else ""
            digest.update(f"{name} {list(array.shape)}{kind}\n".encode())
            digest.update(array.astype(array.dtype.newbyteorder("<"), copy=False))
    return form + digest.hexdigest()


def settings_sha256(config: Any, tokenizer: Any, folder: Path, form: str = FORM) -> str:
    """Of what a model's configuration and its tokenizer make of a sentence; defaults count as left out.

    The first form, a digest alone, left out the number 0 with them, and so the word of id 0; it is still met
    in checkpoints of that time.
    """
    tree = {key: value for key, value in config.to_diff_dict().items() if not _is_volatile(key)}
    if form:
        tree["class"] = class_among(config)
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is not None:
        tokenising = json.loads(backend.to_str())
        tokenising |= {"truncation": None, "padding": None}
    else:
        tokenising = {"class": type(tokenizer).__name__, "vocabulary": tokenizer.get_vocab()}
        if form:
            tokenising |= _slow(tokenizer, folder)
    trees = [_pruned(tree, bool(form)), _pruned(tokenising, bool(form))]
    return form + hashlib.sha256(json.dumps(trees, sort_keys=True).encode()).hexdigest()


def _slow(tokenizer: Any, folder: Path) -> dict[str, Any]:
    """What a tokenizer in Python reads beside its vocabulary: its files, and what it was told."""
    files = {name: folder / name for name in tokenizer.vocab_files_names.values()}
    told = {
        key: value
        for key, value in tokenizer.init_kwargs.items()
        if isinstance(value, str | int | float) and not {"name_or_path", "path", "file"} & set(key.split("_"))
    }
    return {"files": {n: bytes_sha256(path) for n, path in files.items() if path.is_file()}, "told": told}


def pins_of(folder: Path) -> dict[str, str]:
    """`tensors` and `settings` of a model folder, as training records them."""
    model = load_whole(folder)
    return {
        "tensors": tensors_sha256(model),
        "settings": settings_sha256(model.config, tokenizer_of(folder), folder),
    }


def same_tensors(folder: Path, wanted: str) -> bool:
    """Whether a model folder holds the tensors of that digest, in whatever file.

    One of the first form says nothing of a model with buffers: there only the same file will do.
    """
    try:
        model = load_whole(folder)
    except EncoderError:
        return False
    form = FORM if wanted.startswith(FORM) else ""
    if not form and model.state_dict().keys() & {name for name, _ in model.named_buffers()}:
        return False
    return tensors_sha256(model, form) == wanted


def check_settings(folder: Path, wanted: str | None, config: Any, tokenizer: Any) -> None:
    """EncoderError where a pin is not met: other activations or other ids make other vectors."""
    if wanted is None:
        return
    found = settings_sha256(config, tokenizer, folder, FORM if wanted.startswith(FORM) else "")
    if found != wanted:
        raise EncoderError(
            f"{folder}: the weights are right, configuration or tokenizer are not those of training: "
            f"sha256 {found.removeprefix(FORM)[:12]}…, wanted {wanted.removeprefix(FORM)[:12]}…",
            "--encoder FOLDER with config.json and tokenizer as they were",
        )


def _is_volatile(key: str) -> bool:
    return key in _VOLATILE or "dropout" in key


def _pruned(value: Any, numbers: bool) -> Any:
    """Without what is null, false or empty: later versions write more of these. `numbers`: but with 0."""
    if isinstance(value, dict):
        kept = {str(key): _pruned(item, numbers) for key, item in value.items()}
        return {key: item for key, item in kept.items() if not _says_nothing(key, item, numbers)}
    if isinstance(value, list | tuple):
        return [_pruned(item, numbers) for item in value]
    return value


def _says_nothing(key: str, value: Any, numbers: bool) -> bool:
    if numbers and (key in _THREE_WAYS or type(value) in (int, float)):
        return value is None
    return value in (None, False, "", [], {})
