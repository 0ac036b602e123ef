"""Every way in which a folder with a model enters latentlab, and tiny random samples of such folders."""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from benchmarks.fuzz_samples import quiet
from benchmarks.trust_changes import change


@dataclass(frozen=True)
class Door:
    """A way for a folder to enter: the folder, and what is run in the samples' folder."""

    name: str
    folder: str
    command: str
    pinned: bool = False
    """Something else than the folder says which encoder it has to be."""


def make(folder: Path) -> None:
    """All samples into an empty folder; the hub's cache is set to `hub` inside it."""
    from sgdd_files import encoder_folder, write_old
    from tiny_checkpoint import sentences

    encoder = _bert(folder / "encoder")
    change(encoder / "tokenizer.json", normalizer=_NORMALIZER)
    encoder_folder(folder / "roberta")
    _causal(folder / "judge")
    (folder / "c.txt").write_text("\n".join(sentences(600)) + "\n")
    (folder / "p.jsonl").write_text('{"a": "the cat sees a dog", "b": "a bird likes the tree"}\n')
    for kind, layout in (("bare", "B"), ("whole", "D")):
        write_old(folder / f"{kind}.pt", layout)
        quiet("convert", folder / f"{kind}.pt", folder / kind, "--encoder", folder / "roberta")
    encoder_folder(folder / "elsewhere", seed=1)
    quiet("convert", folder / "whole.pt", folder / "held", "--encoder", folder / "elsewhere")
    (folder / "holder").mkdir()
    shutil.copy(folder / "bare.pt", folder / "holder" / "old.pt")
    os.chdir(folder)
    for seed, name in enumerate(("run", "other")):
        quiet(*_TRAIN.split(), "encoder", "--seed", seed, "--set", "save_every=1", "--out", name)
    shutil.copytree(folder / "run", folder / "named")
    config = folder / "named" / "config.json"
    tree = json.loads(config.read_text())
    tree["model"]["encoder"]["id"] = "tiny/encoder"
    config.write_text(json.dumps(tree))
    # Compiled and imported here once, and not again in every child.
    quiet(*_WARM.split())
    shutil.rmtree("warm")
    for name in ("encoder", "judge"):
        place = folder / "hub" / f"models--tiny--{name}"
        (place / "refs").mkdir(parents=True)
        (place / "refs" / "main").write_text("c0ffee")
        (place / "snapshots").mkdir()
        (place / "snapshots" / "c0ffee").symlink_to(f"../../../{name}")


def _bert(folder: Path) -> Path:
    """As the tests' tiny one, for longer sentences: what the tiny decoder makes up has to fit."""
    from encoder_models import _SIZES, _tokenizer
    from transformers import BertConfig, BertModel

    BertModel(BertConfig(**_SIZES, max_position_embeddings=256)).save_pretrained(folder)
    _tokenizer(["[CLS]", "[PAD]", "[SEP]", "[UNK]"]).save_pretrained(folder)
    return folder


def _causal(folder: Path) -> None:
    from encoder_models import _tokenizer
    from transformers import GPT2Config, GPT2LMHeadModel

    sizes = {"n_positions": 64, "n_embd": 16, "n_layer": 2, "n_head": 2}
    GPT2LMHeadModel(GPT2Config(vocab_size=18, **sizes, bos_token_id=0, eos_token_id=0)).save_pretrained(
        folder
    )
    _tokenizer(["[CLS]", "[PAD]", "[SEP]", "[UNK]"]).save_pretrained(folder)
    change(folder / "tokenizer_config.json", bos_token="[CLS]", eos_token="[CLS]")


_NORMALIZER = {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
               "strip_accents": None, "lowercase": True}  # fmt: skip
_TRAIN = "train --preset tiny --corpus c.txt --set optim.steps=2 --set optim.batch_size=4 --encoder"
_N = "--corpus c.txt --n 20 --offline"
_PAIR = "--from cat --to dog"
_MEASURE = {
    "anisotropy": f"anisotropy {{}} {_N}",
    "anisotropy --layers": f"anisotropy {{}} --layers {_N}",
    "reconstruct": "reconstruct {} --offline --text cat",
    "interpolate": f"interpolate {{}} {_PAIR} --offline --corpus c.txt",
    "move": "move {} --arithmetic cat dog bird --offline",
    "noise": f"noise {{}} {_N} --seeds 1 --step 15",
    "memorisation": "memorisation {} --corpus c.txt --n 8 --seeds 1 --step 15 --offline",
    "encode": "encode {} c.txt --offline --out new.npy",
    "project": f"project {{}} {_N} --method pca --out new.csv",
}
_NATIVE = {
    **_MEASURE,
    "compare": f"compare {{}} other {_N}",
    "report": "report {} other --corpus c.txt --n 20 --pairs 1 --offline --out new",
}
_WARM = "report run other --corpus c.txt --n 20 --pairs 1 --offline --encoder encoder --out warm"


def _every(
    name: str, folder: str, commands: dict[str, str], subject: str, end: str, *, pinned: bool
) -> list[Door]:
    return [
        Door(name.format(command), folder, f"{words.format(subject)}{end}", pinned)
        for command, words in commands.items()
    ]


def _some(pinned: bool, folder: str, commands: dict[str, str]) -> list[Door]:
    return [Door(name, folder, words, pinned) for name, words in commands.items()]


_ENCODER, _ROBERTA = " --encoder encoder", " --encoder roberta"
_FRESH = _TRAIN.removesuffix(" --encoder")
_RECONSTRUCT = _MEASURE["reconstruct"].format
_JUDGED = f"interpolate run {_PAIR} --scores --corpus c.txt --offline{_ENCODER} --fluency-lm"
_OLD = {name: words for name, words in _MEASURE.items() if name != "anisotropy --layers"}
_FEW = {name: _MEASURE[name] for name in ("anisotropy", "reconstruct", "encode")}
"""Where the command has been tried already and only the place of the encoder is another."""
DOORS = [
    *_every("{} --encoder", "encoder", _NATIVE, "run", _ENCODER, pinned=True),
    *_every("{}, hub cache", "encoder", _FEW, "named", "", pinned=True),
    *_some(
        False,
        "encoder",
        {
            "train --encoder": f"{_TRAIN} encoder --out new",
            "train --set model.encoder.id=FOLDER": f"{_FRESH} --set model.encoder.id=./encoder --out new",
            "train, hub cache": f"{_FRESH} --set model.encoder.id=tiny/encoder --offline --out new",
            "Python: FrozenEncoder.load": "api FrozenEncoder",
            "Python: pins_of": "api pins",
            "doctor --encoder": f"doctor run{_ENCODER}",
        },
    ),
    *_some(
        True,
        "encoder",
        {
            "train --set init": f"{_TRAIN} encoder --set init=run --out new",
            "train --resume": "train --out run --resume --steps 3",
            "train --resume --encoder": f"train --out run --resume --steps 3{_ENCODER}",
            "export": "export run --out new",
            "export --encoder": f"export run --out new{_ENCODER}",
            "Python: load_checkpoint(encoder=)": "api load_checkpoint",
            "the dashboard's LATENTLAB_ENCODER": "api app",
        },
    ),
    *_every("a .pt, {} --encoder", "roberta", _OLD, "bare.pt", _ROBERTA, pinned=False),
    *_every("a converted folder, {} --encoder", "roberta", _MEASURE, "bare", _ROBERTA, pinned=True),
    *_some(
        False,
        "roberta",
        {
            "convert --encoder": f"convert bare.pt new{_ROBERTA}",
            "convert --encoder, the encoder in the .pt": f"convert whole.pt new{_ROBERTA}",
            "a .pt with its encoder, --encoder": _RECONSTRUCT("whole.pt") + _ROBERTA,
            "Python: EncoderTokenizer.from_folder": "api EncoderTokenizer",
        },
    ),
    *_some(
        False,
        "judge",
        {
            "interpolate --fluency-lm FOLDER": f"{_JUDGED} judge",
            "interpolate --fluency-lm NAME": f"{_JUDGED} tiny/judge",
            "Python: CausalFluencyLM.load": "api CausalFluencyLM",
        },
    ),
    *_every("the checkpoint itself, {}", "run", _MEASURE, "run", _ENCODER, pinned=False),
    *_some(
        False,
        "run",
        {
            "the checkpoint itself, info": "info run",
            "the run itself, train --resume": "train --out run --resume --steps 3",
            "the run itself, export": "export run --out new",
        },
    ),
    *_every("a converted folder's own encoder, {}", "held/encoder", _FEW, "held", "", pinned=True),
    Door("a converted folder itself", "bare", _RECONSTRUCT("bare") + _ROBERTA),
    Door("a folder with one .pt", "holder", _RECONSTRUCT("holder") + _ROBERTA),
]
