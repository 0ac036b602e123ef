"""What is done to a folder that holds a model: harmless code is put into it, or one small thing changed.

The code leaves an empty file beside the folder; nothing else is in it.
"""

import json
import os
import pickle
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file

from benchmarks.fuzz_samples import MARKER

Change = Callable[[Path], None]


def change(path: Path, **values: Any) -> None:
    """Set keys of a JSON document."""
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


class _Marks:
    """Leaves the marker when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.marker,)


def own_code(folder: Path) -> str:
    """Python that leaves the marker in the folder of samples."""
    return f"open({str(folder.parent / MARKER)!r}, 'w').close()\nclass Own:\n    pass\n"


def pickled(folder: Path) -> bytes:
    """A pickle that does."""
    return pickle.dumps({"weight": _Marks(folder.parent / MARKER)})


def _python(*names: str) -> Change:
    def put(folder: Path) -> None:
        for name in names:
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(own_code(folder))

    return put


def _pickles(*names: str) -> Change:
    def put(folder: Path) -> None:
        for name in names:
            (folder / name).write_bytes(pickled(folder))

    return put


def _json(name: str, **values: Any) -> Change:
    def put(folder: Path) -> None:
        path = folder / name
        path.write_text(path.read_text() if path.is_file() else "{}")
        change(path, **values)

    return put


def _all(*changes: Change) -> Change:
    def put(folder: Path) -> None:
        for one in changes:
            one(folder)

    return put


def _text(name: str, text: str) -> Change:
    def put(folder: Path) -> None:
        (folder / name).write_text(text)

    return put


def _only_pickle(folder: Path) -> None:
    (folder / "model.safetensors").unlink(missing_ok=True)
    _pickles("pytorch_model.bin")(folder)


def _code(prefix: str = "") -> dict[str, Any]:
    names = ("AutoConfig", "AutoModel", "AutoModelForCausalLM", "AutoProcessor", "AutoFeatureExtractor")
    found: dict[str, Any] = dict.fromkeys(names, f"{prefix}own.Own")
    return {"auto_map": found | {"AutoTokenizer": [f"{prefix}own.Own", f"{prefix}own.Own"]}}


_OWN = _python("own.py")
_CLASS = {"tokenizer_class": "Own"}
_TOKENIZER = _json("tokenizer_config.json", **_code(), **_CLASS)
_LAYERS = [{"idx": 0, "name": "0", "path": "", "type": "own.Own"}]
_ALONE: dict[str, Change] = {
    "auto_map, a type of its own": _all(_OWN, _json("config.json", model_type="own", **_code()), _TOKENIZER),
    "auto_map, a known type": _all(_OWN, _json("config.json", **_code()), _TOKENIZER),
    "auto_map of the tokenizer alone": _all(_OWN, _TOKENIZER),
    "auto_map of another repository": _all(_OWN, _json("config.json", **_code("tiny/judge--"))),
    "auto_map of processors": _all(
        _OWN, _json("processor_config.json", **_code()), _json("preprocessor_config.json", **_code())
    ),
    "classes by dotted names": _all(
        _OWN,
        _json("config.json", architectures=["own.Own"], tokenizer_class="own.Own"),
        _json("tokenizer_config.json", tokenizer_class="own.Own"),
    ),
    "modules of sentence-transformers": _all(
        _OWN,
        _text("modules.json", json.dumps(_LAYERS)),
        _json("config_sentence_transformers.json", **_code()),
    ),
    "own generation": _all(
        _python("custom_generate/generate.py"), _json("generation_config.json", **_code())
    ),
    "modules of known names": _python(
        *(f"{n}.py" for n in ("__init__", "__main__", "conftest", "sitecustomize", "torch", "transformers")),
        *(f"{k}_{n}.py" for k in ("configuration", "modeling", "tokenization") for n in ("bert", "gpt2")),
    ),
    "an adapter": _all(
        _OWN,
        _pickles("adapter_model.bin"),
        _json("adapter_config.json", peft_type="own.Own", auto_mapping=_code()),
    ),
    "a kernel for attention": _all(_OWN, _json("config.json", attn_implementation="tiny/judge:own")),
    "pickles beside the weights": _pickles(
        *("pytorch_model.bin", "training_args.bin", "optimizer.pt", "scheduler.pt", "vocab.pkl"),
        "statistics.npy",
    ),
    "a pickle instead of the weights": _only_pickle,
    "a pickle under the name of the weights": _pickles("model.safetensors"),
    "a pickle under the name of the tokenizer": _pickles("tokenizer.json"),
}

_PASSED_OVER = (
    "auto_map, a known type",
    "auto_map of processors",
    "modules of sentence-transformers",
    "modules of known names",
    "own generation",
    "an adapter",
    "pickles beside the weights",
)
MARKERS: dict[str, Change] = {name: put for name, put in _ALONE.items() if name not in _PASSED_OVER}
MARKERS["all that is passed over"] = _all(*(_ALONE[name] for name in _PASSED_OVER))
KINDS = len(_ALONE)
"""What refuses nothing is put there at once: a marker is a marker, whichever of it leaves it."""


def _weights(edit: Callable[[dict[str, Any]], None]) -> Change:
    def put(folder: Path) -> None:
        tensors = load_file(folder / "model.safetensors")
        edit(tensors)
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})

    return put


_TABLE = "embeddings.word_embeddings.weight"


def _nudged(tensors: dict[str, Any]) -> None:
    tensors[_TABLE][5, 2] += 1e-3


def _less(tensors: dict[str, Any]) -> None:
    del tensors[_TABLE]


def _same_times(folder: Path) -> None:
    path = folder / "model.safetensors"
    found = path.stat()
    _weights(_nudged)(folder)
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))


def _in_another_form(folder: Path) -> None:
    import torch

    tensors = load_file(folder / "model.safetensors")
    _nudged(tensors)
    torch.save(tensors, folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()


def _second_file(folder: Path) -> None:
    table = load_file(folder / "model.safetensors")[_TABLE]
    table[5, 2] += 1e-3
    save_file({_TABLE: table}, folder / "model.zero.safetensors", metadata={"format": "pt"})


def _index(folder: Path) -> None:
    shutil.copy(folder / "model.safetensors", folder / "other.safetensors")
    names = dict.fromkeys(load_file(folder / "model.safetensors"), "other.safetensors")
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": names}))


def _last_bit(folder: Path) -> None:
    path = folder / "model.safetensors"
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))


def _tokens(edit: Callable[[dict[str, Any]], None]) -> Change:
    def put(folder: Path) -> None:
        path = folder / "tokenizer.json"
        tree = json.loads(path.read_text())
        edit(tree)
        path.write_text(json.dumps(tree))

    return put


def _swapped(tree: dict[str, Any]) -> None:
    words = tree["model"]["vocab"]
    words["cat"], words["dog"] = words["dog"], words["cat"]


def _first_renamed(tree: dict[str, Any]) -> None:
    words = tree["model"]["vocab"]
    first = next(word for word, number in words.items() if number == 0)
    words["zebra"] = words.pop(first)


def _set(part: str, **values: Any) -> Change:
    def edit(tree: dict[str, Any]) -> None:
        tree[part] = (tree[part] or {}) | values

    return _tokens(edit)


def _key(key: str, value: Any) -> Change:
    return _json("config.json", **{key: value})


def _other_kind(folder: Path) -> None:
    was = json.loads((folder / "config.json").read_text())["model_type"]
    change(folder / "config.json", model_type="bert" if was == "roberta" else "roberta")


_KEYS: Sequence[tuple[str, Any]] = (
    ("hidden_act", "relu"),
    ("layer_norm_eps", 1e-3),
    ("layer_norm_eps", 0),
    ("num_attention_heads", 4),
    ("num_hidden_layers", 3),
    ("intermediate_size", 16),
    ("hidden_size", 32),
    ("vocab_size", 17),
    ("max_position_embeddings", 20),
    ("type_vocab_size", 3),
    ("pad_token_id", 3),
    ("is_decoder", True),
    ("chunk_size_feed_forward", 3),
    ("transformers_weights", "other.safetensors"),
)
CHANGES: dict[str, Change] = {
    "weights: one value": _weights(_nudged),
    "weights: one value, times set back": _same_times,
    "weights: the last bit": _last_bit,
    "weights: a tensor less": _weights(_less),
    "weights: in pytorch_model.bin, one value": _in_another_form,
    "weights: a second file": _second_file,
    "weights: an index to another file": _index,
    **{f"config: {key}={value}": _key(key, value) for key, value in _KEYS},
    "config: another kind of model": _other_kind,
    "tokenizer: two words swapped": _tokens(_swapped),
    "tokenizer: the word of id 0": _tokens(_first_renamed),
    "tokenizer: capitals kept": _set("normalizer", lowercase=False),
    "tokenizer: strip_accents null to false": _set("normalizer", strip_accents=False),
    "tokenizer: no first and last token": _tokens(lambda tree: tree.update(post_processor=None)),
    "tokenizer: cut elsewhere": _tokens(lambda tree: tree.update(pre_tokenizer={"type": "WhitespaceSplit"})),
    "tokenizer: another unknown word": _set("model", unk_token="cat"),
    "tokenizer: an added word": _json("added_tokens.json", **{"the cat": 6}),
    "tokenizer_config: an added word": _json(
        "tokenizer_config.json", added_tokens_decoder={"6": {"content": "he", "special": False}}
    ),
    "tokenizer_config: another unknown word": _json("tokenizer_config.json", unk_token="dog"),
    "tokenizer_config: another class": _json("tokenizer_config.json", tokenizer_class="BertTokenizer"),
    "a vocabulary beside tokenizer.json": _text("vocab.txt", "cat\ndog\n"),
}
