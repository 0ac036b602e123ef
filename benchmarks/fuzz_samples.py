"""One small file of every kind that latentlab reads, and the commands that read it."""

import gzip
import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from safetensors.numpy import save_file

from latentlab.cli import main

ROOT = Path(__file__).resolve().parent.parent
MARKER = "EXECUTED"
"""What code of a folder would write, were it ever run."""


@dataclass(frozen=True)
class Sample:
    """A file that is mutated, and what is run on it; paths are relative to the folder of samples."""

    file: str
    commands: tuple[tuple[str, ...], ...]


def make(folder: Path) -> list[Sample]:
    """Write all samples into an empty folder; the hub's cache must be set to one that may be written to."""
    sys.path.insert(0, str(ROOT / "tests" / "integration"))
    from encoder_models import tiny_bert
    from sgdd_files import encoder_folder, write_old
    from tiny_checkpoint import sentences, tiny_checkpoint

    encoder = tiny_bert(folder / "encoder")
    tiny_checkpoint(folder / "vib", encoder, use_vib=True)
    encoder_folder(folder / "roberta")
    write_old(folder / "old.pt", "B")
    texts = sentences(24)
    _corpora(folder, texts)
    _vectors(folder)
    _code(folder / "own", encoder)
    trained = ("--set", "optim.steps=2", "--set", "save_every=1", "--set", "optim.batch_size=4")
    read = ("--corpus", folder / "c.txt", "--encoder", encoder)
    quiet("train", "--preset", "tiny", *read, *trained, "--out", folder / "run")
    quiet("anisotropy", folder / "x.npy", "--state", folder / "s.safetensors", "--out", folder / "report")
    for kind in ("csv", "parquet"):
        quiet("project", folder / "vib", *read, "--method", "pca", "--out", folder / f"map.{kind}")
    (folder / "preset.yaml").write_text("name: mine\nseed: 3\noptim: {steps: 5}\n")
    return [Sample(file, tuple(tuple(c.split()) for c in said)) for file, said in COMMANDS.items()]


def quiet(*arguments: object) -> None:
    """A command that has to work."""
    from contextlib import redirect_stderr, redirect_stdout
    from io import StringIO

    said = StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        code = main([str(argument) for argument in arguments])
    if code:
        raise RuntimeError(f"{arguments[0]} ended with {code}: {said.getvalue()[-500:]}")


_MEASURE = "anisotropy vib --corpus c.txt --n 20 --encoder"
_TRAIN = "train --preset tiny --corpus c.txt --encoder encoder --set optim.steps=1 --out new"
_ENCODE = "encode vib {} --encoder encoder --out z.npy"
COMMANDS = {
    **{
        f"vib/{name}": ["info vib", f"{_MEASURE} encoder"]
        for name in ("config.json", "model.safetensors", "tokenizer.json")
    },
    **{
        f"{folder}/{name}": [f"{_MEASURE} {folder}"]
        for folder in ("encoder", "own")
        for name in ("config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors")
    },
    "old.pt": ["info old.pt", "convert old.pt new --encoder roberta"],
    "report/report.json": [
        "plot report/report.json --figure spectrum --out f.svg",
        "plot report/report.json --list",
    ],
    "run/training.jsonl": ["plot run --list", "export run --out ck"],
    "run/state/trainer.safetensors": ["export run --out ck", "train --out run --resume --steps 3"],
    "run/state/run.json": ["export run --out ck", "train --out run --resume --print-config"],
    "map.csv": ["plot map.csv --list"],
    "map.parquet": ["plot map.parquet --figure latent_map --out f.svg"],
    "s.safetensors": ["merge s.safetensors", "anisotropy x.npy --like s.safetensors --first-row 60"],
    "x.npy.json": ["anisotropy x.npy --group kind"],
    "g.txt": ["anisotropy x.npy --group g.txt"],
    "g.npy": ["anisotropy x.npy --group g.npy"],
    "preset.yaml": ["train --preset preset.yaml --print-config"],
    "pairs.jsonl": [f"{_TRAIN} --set data.pairs=pairs.jsonl"],
    **{f"x.{kind}": [f"anisotropy x.{kind}"] for kind in ("npy", "safetensors", "parquet")},
    **{
        name: [_ENCODE.format(name)]
        for name in ("c.txt", "c.txt.gz", "c.jsonl", "c.csv", "c.tsv", "c.parquet")
    },
}
"""Every file that is read, with commands that read it."""


def _corpora(folder: Path, texts: Sequence[str]) -> None:
    kinds = ["a" if i % 2 else "b" for i in range(len(texts))]
    (folder / "c.txt").write_text("\n".join(texts) + "\n")
    (folder / "c.txt.gz").write_bytes(gzip.compress((folder / "c.txt").read_bytes(), mtime=0))
    rows = [{"text": text, "kind": kind} for text, kind in zip(texts, kinds, strict=True)]
    (folder / "c.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "c.csv").write_text("text,kind\n" + "".join(f'"{r["text"]}",{r["kind"]}\n' for r in rows))
    (folder / "c.tsv").write_text("text\tkind\n" + "".join(f"{r['text']}\t{r['kind']}\n" for r in rows))
    pq.write_table(pa.table({"text": list(texts), "kind": kinds}), folder / "c.parquet")
    pairs = [{"source": texts[i], "target": texts[i + 1]} for i in range(3)]
    (folder / "pairs.jsonl").write_text("".join(json.dumps(pair) + "\n" for pair in pairs))


def _vectors(folder: Path) -> None:
    x = np.random.default_rng(0).standard_normal((60, 6)).astype(np.float32) + 0.3
    np.save(folder / "x.npy", x)
    save_file({"vectors": x}, folder / "x.safetensors")
    pq.write_table(pa.table({"v": pa.array(list(x), pa.list_(pa.float32()))}), folder / "x.parquet")
    labels = [f"g{i // 3}" for i in range(60)]
    (folder / "x.npy.json").write_text(json.dumps({"rows": {"kind": labels}}))
    (folder / "g.txt").write_text("\n".join(labels) + "\n")
    np.save(folder / "g.npy", np.arange(60) // 3)


def _code(folder: Path, encoder: Path) -> None:
    """An encoder that brings code of its own; all that it does is to leave a mark."""
    shutil.copytree(encoder, folder)
    (folder / "own.py").write_text(f"open({MARKER!r}, 'w').close()\n")
    tree = json.loads((folder / "config.json").read_text())
    code = {"AutoConfig": "own.Config", "AutoModel": "own.Model", "AutoTokenizer": ["own.Tokenizer", None]}
    (folder / "config.json").write_text(json.dumps({**tree, "model_type": "own", "auto_map": code}))
