"""The only door to the loaders of transformers: local files, no code of a folder, no question asked.

Every model class comes from transformers itself. A folder whose model type transformers does not know is
refused before transformers is asked, whatever code lies in it.
"""

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from latentlab.errors import EncoderError
from latentlab.models.encoder.template_check import check_template
from latentlab.untrusted import LARGEST_TEXT, check_size, foreign, parse_json, read_small, reading, shown

if TYPE_CHECKING:
    import torch

T = TypeVar("T")
_LOCAL: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
_VOCABULARIES = ("tokenizer.json", "vocab.json", "vocab.txt")
_BUILT_IN = (None, "eager", "sdpa", "flex_attention", "grouped_mm", "batched_mm")
_PACKED = ("quantization_config", "compression_config")
_SMALL = (".json", ".txt", ".model", ".jinja", ".spm", ".codes", ".vocab", ".bpe", ".tiktoken")
_TEMPLATES = "additional_chat_templates"
_MOST_LAYERS, _LARGEST = 1024, 1 << 31
_TABLED = ("distilbert", "flaubert", "marian", "pegasus", "roformer", "xlm")
"""Their table of positions, so many by the width, is written out number by number: a second for a million."""
_WIDTHS = ("dim", "emb_dim", "d_model", "hidden_size", "embedding_size")
_MOST_TABLED = 1 << 22
_NO_MODEL = "the model cannot be loaded"
_SPARE = 1 << 26
"""Numbers that a model may have beside its weights, such as the masks of a language model."""
_REPAIR = "take the config.json that the model was saved with"
_OWN = "take a model whose type transformers itself has"


def config_of(folder: Path) -> Any:
    """The configuration of a model folder. EncoderError where it cannot be read or names a foreign model."""
    from transformers import AutoConfig

    _refuse_foreign(folder)
    return _asked(folder, "no usable config.json", lambda: AutoConfig.from_pretrained(str(folder), **_LOCAL))


def model_of(
    folder: Path, tensors: "Mapping[str, torch.Tensor]", *, causal: bool = False
) -> tuple[Any, dict[str, Any]]:
    """A model in float32 on the given tensors, by the configuration of a folder, and the report of loading.

    The folder's own weight files are not looked at. `causal` asks for a language model with its head.
    """
    from transformers import MODEL_FOR_CAUSAL_LM_MAPPING, MODEL_MAPPING

    from latentlab.models.meta import on_meta

    config = config_of(folder)
    mapping = MODEL_FOR_CAUSAL_LM_MAPPING if causal else MODEL_MAPPING

    def outline() -> Any:
        with on_meta():
            return _class_for(config, mapping)(deepcopy(config))

    _refuse_shapes(folder, _asked(folder, _NO_MODEL, outline), tensors)

    def load() -> tuple[Any, dict[str, Any]]:
        found: tuple[Any, dict[str, Any]] = _class_for(config, mapping).from_pretrained(
            None,
            config=config,
            state_dict=dict(tensors),
            output_loading_info=True,
            dtype="float32",
            local_files_only=True,
        )
        return found

    return _asked(folder, _NO_MODEL, load)


def empty_model(config: Any, **options: Any) -> Any:
    """A model without weights by a configuration, from transformers' own classes."""
    from transformers import AutoModel

    return AutoModel.from_config(config, trust_remote_code=False, **options)


def has_tokenizer(folder: Path) -> bool:
    """Whether a folder holds a vocabulary; EncoderError where there is no folder: a hub would be asked."""
    if not folder.is_dir():
        raise EncoderError(f"{folder} is not a folder", "--encoder FOLDER, with tokenizer.json")
    return any((folder / name).is_file() for name in _VOCABULARIES) or any(folder.glob("*.model"))


def check_tokenizer(folder: Path) -> None:
    """EncoderError where a folder holds no vocabulary: transformers would make one that knows no word."""
    if not has_tokenizer(folder):
        raise EncoderError(
            f"{folder} has no tokenizer: no tokenizer.json, no vocabulary",
            "copy the tokenizer of the same encoder there",
        )


def tokenizer_of(folder: Path) -> Any:
    """The tokenizer of a model folder. EncoderError where there is none, or it cannot be loaded."""
    from transformers import AutoTokenizer

    check_tokenizer(folder)
    _refuse_foreign(folder)
    check_template(folder / "tokenizer.json")
    return _asked(
        folder, "the tokenizer cannot be loaded", lambda: AutoTokenizer.from_pretrained(str(folder), **_LOCAL)
    )


def class_among(config: Any) -> str | None:
    """The name of the class that a configuration chose, where transformers has several for it."""
    from transformers import MODEL_MAPPING

    several = isinstance(MODEL_MAPPING[type(config)], tuple)
    return str(_class_for(config, MODEL_MAPPING).__name__) if several else None


def _class_for(config: Any, mapping: Any) -> Any:
    """A class of transformers for a configuration; the one that it names where there are several."""
    if type(config) not in mapping:
        raise ValueError(f"{shown(config.model_type)} is no model of this kind")
    found = mapping[type(config)]
    several = found if isinstance(found, tuple) else (found,)
    named = config.architectures or []
    return next((one for one in several if one.__name__ in named), several[0])


def _refuse_foreign(folder: Path) -> None:
    """EncoderError for a model type that only code of the folder could make: that code is never run."""
    from transformers import CONFIG_MAPPING

    _refuse_large(folder)
    path = folder / "config.json"
    tree = parse_json(read_small(path, EncoderError), str(path), EncoderError)
    if not isinstance(tree, dict):
        raise EncoderError(f"{path} must hold keys and values, found {type(tree).__name__}")
    kind = tree.get("model_type")
    if not isinstance(kind, str) or kind not in CONFIG_MAPPING:
        named = shown(kind) if isinstance(kind, str) else "no name"
        brings = "; the folder brings code of its own, which is never run" if tree.get("auto_map") else ""
        raise EncoderError(f"{folder}: transformers has no model type {named}{brings}", _OWN)
    _refuse_sizes(path, tree)
    _refuse_kernels(path, tree)


def _refuse_large(folder: Path) -> None:
    """EncoderError for a small file that is large, or none at all: which of them are opened is not ours."""
    with reading(folder, EncoderError):
        files = sorted((*folder.iterdir(), *folder.glob(f"{_TEMPLATES}/*")))
    for path in files:
        if path.suffix in _SMALL and path.exists() and not path.is_dir():
            check_size(path, EncoderError, "take it out of the folder", limit=LARGEST_TEXT)


def _refuse_shapes(folder: Path, outline: Any, tensors: "Mapping[str, torch.Tensor]") -> None:
    """EncoderError for a configuration that is not of the weights, before a model takes its memory."""
    prefix = f"{outline.base_model_prefix}."
    for name, wanted in outline.state_dict().items():
        names = (name, prefix + name, name.removeprefix(prefix))
        found = next((tensors[known] for known in names if known in tensors), wanted)
        if found.shape != wanted.shape:
            shapes = f"is {list(found.shape)} in the weights, by config.json it is {list(wanted.shape)}"
            raise EncoderError(f"{folder}: {shown(name)} {shapes}", _REPAIR)
    wanted = sum(tensor.numel() for tensor in (*outline.parameters(), *outline.buffers()))
    given = sum(tensor.numel() for tensor in tensors.values())
    if wanted > 2 * given + _SPARE:
        raise EncoderError(
            f"{folder}: by config.json the model has {wanted:,} numbers, the weights are {given:,}", _REPAIR
        )


def _refuse_kernels(path: Path, tree: Mapping[str, Any]) -> None:
    """EncoderError for attention or experts by a kernel: the code of one is fetched from a hub, and run.

    For packed numbers too: what unpacks them is code of yet another package.
    """
    for key, value in tree.items():
        if isinstance(value, Mapping):
            _refuse_kernels(path, value)
        if key.removeprefix("_").startswith(("attn_impl", "experts_impl")) and value not in _BUILT_IN:
            raise EncoderError(f"{path}: {key} asks for code from elsewhere, which is never run", _REPAIR)
        if key in _PACKED and value is not None:
            raise EncoderError(f"{path}: {key}: quantised weights are not read", "take the model unquantised")


def _refuse_sizes(path: Path, tree: Mapping[str, Any]) -> None:
    """EncoderError for a number that no model has: transformers would build what it says, however long."""
    tabled = tree.get("model_type") in _TABLED
    widths = [size for key in _WIDTHS if isinstance(size := tree.get(key), int)]
    for key, value in tree.items():
        most = _MOST_LAYERS if "layer" in key else _LARGEST
        if tabled and key == "max_position_embeddings":
            most = _MOST_TABLED // max(1, *widths, 1)
        if isinstance(value, Mapping):
            _refuse_sizes(path, value)
        elif isinstance(value, int) and abs(value) > most:
            raise EncoderError(f"{path}: {shown(key)} is {value:.3g}, at most {most} makes sense", _REPAIR)


def _asked(folder: Path, what: str, load: Callable[[], T]) -> T:
    """What transformers gives; whatever its readers raise is an EncoderError of one line."""
    with foreign(lambda said: EncoderError(f"{folder}: {what}: {said}")), quiet():
        return load()


@contextmanager
def quiet() -> Iterator[None]:
    """Loading reports, bars and warnings of transformers off; they are put back as they were."""
    from transformers.utils import logging

    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()
