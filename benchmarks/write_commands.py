"""Every command that writes, on small files: what it is given, and what is there before."""

import os
import sys
from collections.abc import Callable
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import partial
from io import StringIO
from pathlib import Path

import numpy as np

from benchmarks.fuzz_samples import ROOT, quiet

_TRAIN = (
    "train --preset tiny --corpus c.txt --encoder encoder --offline --set optim.steps=2 --set save_every=1 "
    "--set optim.batch_size=4 --set threads=1 --out new --resume"
)
_ON = "--corpus d.txt --encoder encoder --offline --n"
_FEW = _ON.replace("d.txt", "c.txt")
_NOISE = "--low 0 --high 10 --step 10 --seeds 1"
_WAY = "the cat sees a bird on the {}|the dog likes a cat under the {}"


@dataclass(frozen=True)
class Write:
    """A command that writes, and the one that wrote what is there before, or that writes at the same time."""

    name: str
    new: tuple[str, ...]
    old: tuple[str, ...] | None = None
    """None where what is there is never replaced."""
    codes: tuple[int, ...] = ()
    """Exit codes that are right where nothing could be written, in the place of those of errors.py."""
    resumes: bool = False
    """Whether it goes on where it was stopped: then what counts is how it ends."""

    def action(self, old: bool = False) -> Callable[[], int]:
        """In the folder of the samples; the exit code."""
        words = self.old if old and self.old else self.new
        return partial(_kept_report, words[0]) if self.name == "dashboard" else partial(_command, words)


def _command(words: tuple[str, ...]) -> int:
    from latentlab.cli import main

    return main(words)


def _kept_report(page: str) -> int:
    """What the dashboard writes: reports that it made, into the cache."""
    from latentlab.results.report import Report
    from latentlab.results.report_cache import kept
    from latentlab.results.reports.provenance import Provenance

    kept({"page": 1}, lambda: Report.of("anisotropy", {"page": page}, {"items": []}, Provenance()))
    return 0


def _pair(name: str, words: str, old: str, new: str) -> Write:
    return Write(name, tuple(words.format(new).split()), tuple(words.format(old).split()))


def _ways(place: str) -> tuple[str, ...]:
    start, end = _WAY.format(place, place).split("|")
    given = ("--steps", "3", "--encoder", "encoder", "--offline", "--out", "ways")
    return ("interpolate", "vib", "--from", start, "--to", end, *given)


COMMANDS = (
    Write("train", tuple(_TRAIN.split()), resumes=True),
    Write("export", ("export", "run", "--out", "exported", "--offline")),
    Write("convert", ("convert", "old.pt", "converted", "--encoder", "roberta", "--offline")),
    *(
        _pair(f"encode {kind}", f"encode vib c.txt --encoder encoder --offline --out z.{kind} {{}}", old, new)
        for kind in ("npy", "safetensors", "parquet")
        for old, new in (("--cloud mu", "--cloud pooled"),)
    ),
    _pair("anisotropy --out", "anisotropy {} --out measured", "y.npy", "x.npy"),
    _pair("anisotropy --state", "anisotropy {} --state sums.safetensors", "y.npy", "x.npy"),
    _pair("anisotropy --layers", f"anisotropy run --layers --out layers {_ON} {{}}", "16", "20"),
    _pair("merge", "merge {} --out merged", "t.safetensors", "s.safetensors"),
    _pair("compare", f"compare vib run --out compared {_ON} {{}}", "16", "20"),
    Write("interpolate", _ways("mat"), _ways("tree")),
    _pair("move", "move vib --prior --n 2 --encoder encoder --offline --out move.json --seed {}", "1", "0"),
    _pair("noise", f"noise vib --out noise {_NOISE} {_ON} {{}}", "8", "10"),
    _pair("memorisation", f"memorisation vib --out memory {_NOISE} {_ON} {{}}", "8", "10"),
    _pair("project", f"project vib --out map2.csv --atlas atlas.parquet {_ON} {{}}", "16", "20"),
    _pair("plot", "plot report.json --out f.svg --figure {}", "cosine_histogram", "spectrum"),
    _pair("report", f"report vib run --pairs 1 --out paper --overwrite {_FEW} {{}}", "16", "20"),
    Write("doctor", ("doctor", "--encoder", "encoder"), codes=(1,)),
    Write("dashboard", ("page",), codes=(0,)),
)


def prepare(folder: Path, chosen: tuple[Write, ...]) -> None:
    """Write what the commands read, and what they replace."""
    sys.path.insert(0, str(ROOT / "tests" / "integration"))
    from encoder_models import tiny_bert
    from sgdd_files import encoder_folder, write_old
    from tiny_checkpoint import sentences, tiny_checkpoint

    named = {word for write in chosen for word in (*write.new, *(write.old or ()))}
    encoder = tiny_bert(folder / "encoder")
    tiny_checkpoint(folder / "vib", encoder, use_vib=True)
    for name, count in (("c.txt", 24), ("d.txt", 900)):
        (folder / name).write_text("\n".join(sentences(count)) + "\n")
    x = np.random.default_rng(0).standard_normal((60, 6)).astype(np.float32) + 0.3
    np.save(folder / "x.npy", x)
    np.save(folder / "y.npy", x * 2 + 1)
    with chdir(folder):
        if "old.pt" in named:
            encoder_folder(folder / "roberta")
            write_old(folder / "old.pt", "B")
        if "run" in named:
            quiet(*_TRAIN.replace("--out new", "--out run").split())
        for data, state in (("x.npy", "s.safetensors"), ("y.npy", "t.safetensors")):
            if state in named:
                quiet("anisotropy", data, "--state", state)
        if "report.json" in named:
            _report()
        if "paper" in named:
            _bundle_once()
        os.environ["LATENTLAB_CACHE"] = str(folder / "cache")
        for write in chosen:
            if write.old:
                quiet(*write.old)


def _report() -> None:
    said = StringIO()
    with redirect_stdout(said), redirect_stderr(StringIO()):
        _command(("anisotropy", "x.npy", "--json"))
    Path("report.json").write_text(said.getvalue())


def _bundle_once() -> None:
    """Draw the figures of `latentlab report` once: it begins to write before it measures, which is slow."""
    from latentlab.analysis import study
    from latentlab.figures.output import bundle

    made: dict[str, bytes] = {}
    measure, draw = study.study, bundle.bundle

    def measured(*given: object, **options: object) -> object:
        return {} if made else measure(*given, **options)  # type: ignore[arg-type]

    def drawn(reports: object, command: str, **options: object) -> dict[str, bytes]:
        if not made:
            made.update(draw(reports, command, **options))  # type: ignore[arg-type]
        return {**made, "results.md": made["results.md"] + command.encode()}

    study.study, bundle.bundle = measured, drawn  # type: ignore[assignment]
