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
import torch
from safetensors.numpy import save_file

from latentlab.cli import main

ROOT = Path(__file__).resolve().parent.parent
MARKER = "EXECUTED"
"""What code of a folder would write, were it ever run."""


@dataclass(frozen=True)
class Sample:
    """A file that is mutated, and what is run on it; paths are relative to a copy of the folder of samples."""

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
    roberta = encoder_folder(folder / "roberta")
    write_old(folder / "old.pt", "B")
    texts = sentences(24)
    _corpora(folder, texts)
    _vectors(folder)
    _code(folder / "own", encoder)
    quiet("train", "--preset", "tiny", "--corpus", folder / "c.txt", "--encoder", encoder, "--set",
          "optim.steps=2", "--set", "save_every=1", "--out", folder / "run", "--set", "optim.batch_size=4")  # fmt: skip
    quiet("anisotropy", folder / "x.npy", "--state", folder / "s.safetensors", "--out", folder / "report")
    quiet("project", folder / "vib", "--corpus", folder / "c.txt", "--encoder", encoder, "--method", "pca", "--out", folder / "map.csv")
    quiet("project", folder / "vib", "--corpus", folder / "c.txt", "--encoder", encoder, "--method", "pca", "--out", folder / "map.parquet")
    (folder / "preset.yaml").write_text("name: mine\nseed: 3\noptim: {steps: 5}\n")
    del roberta
    return list(samples(folder))


def quiet(*arguments: object) -> None:
    """A command that has to work."""
    from contextlib import redirect_stderr, redirect_stdout
    from io import StringIO

    said = StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        code = main([str(argument) for argument in arguments])
    if code:
        raise RuntimeError(f"{arguments[0]} ended with {code}: {said.getvalue()[-500:]}")


def samples(folder: Path) -> list[Sample]:
    """Every file that is read, with its commands."""
    measure = ("anisotropy", "vib", "--corpus", "c.txt", "--n", "20", "--encoder", "encoder")
    found = [
        Sample(f"vib/{name}", (("info", "vib"), measure))
        for name in ("config.json", "model.safetensors", "tokenizer.json", "statistics.safetensors")
        if (folder / "vib" / name).is_file()
    ]
    found += [
        Sample(f"{where}/{name}", (measure if where == "encoder" else measure[:-1] + ("own",),))
        for where in ("encoder", "own")
        for name in ("config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors")
        if (folder / where / name).is_file()
    ]
    plots = (("plot", "report/report.json", "--figure", "spectrum", "--out", "f.svg"),
             ("plot", "report/report.json", "--list"))  # fmt: skip
    found += [
        Sample("old.pt", (("info", "old.pt"), ("convert", "old.pt", "new", "--encoder", "roberta"))),
        Sample("report/report.json", plots),
        Sample("run/training.jsonl", (("plot", "run", "--list"), ("export", "run", "--out", "ck"))),
        Sample("run/state/trainer.safetensors", (("export", "run", "--out", "ck"), ("train", "--out", "run", "--resume", "--steps", "3"))),
        Sample("run/state/run.json", (("export", "run", "--out", "ck"), ("train", "--out", "run", "--resume", "--print-config"))),
        Sample("map.csv", (("plot", "map.csv", "--list"),)),
        Sample("map.parquet", (("plot", "map.parquet", "--figure", "latent_map", "--out", "f.svg"),)),
        Sample("s.safetensors", (("merge", "s.safetensors"), ("anisotropy", "x.npy", "--like", "s.safetensors", "--first-row", "60"))),
        Sample("x.npy.json", (("anisotropy", "x.npy", "--group", "kind"),)),
        Sample("g.txt", (("anisotropy", "x.npy", "--group", "g.txt"),)),
        Sample("g.npy", (("anisotropy", "x.npy", "--group", "g.npy"),)),
        Sample("preset.yaml", (("train", "--preset", "preset.yaml", "--print-config"),)),
        Sample("pairs.jsonl", (("train", "--preset", "tiny", "--corpus", "c.txt", "--encoder", "encoder", "--set", "data.pairs=pairs.jsonl", "--set", "optim.steps=1", "--out", "new"),)),
    ]  # fmt: skip
    found += [
        Sample(f"x.{kind}", (("anisotropy", f"x.{kind}"),)) for kind in ("npy", "safetensors", "parquet")
    ]
    encode = ("encode", "vib", "--encoder", "encoder", "--out", "z.npy")
    corpora = ("c.txt", "c.txt.gz", "c.jsonl", "c.csv", "c.tsv", "c.parquet")
    return found + [Sample(name, ((*encode[:2], name, *encode[2:]),)) for name in corpora]


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
    torch.save(torch.from_numpy(x), folder / "x.pt")


def _code(folder: Path, encoder: Path) -> None:
    """An encoder that brings code of its own; all that it does is to leave a mark."""
    shutil.copytree(encoder, folder)
    (folder / "own.py").write_text(f"open({MARKER!r}, 'w').close()\n")
    tree = json.loads((folder / "config.json").read_text())
    code = {"AutoConfig": "own.Config", "AutoModel": "own.Model", "AutoTokenizer": ["own.Tokenizer", None]}
    (folder / "config.json").write_text(json.dumps({**tree, "model_type": "own", "auto_map": code}))
