"""Old checkpoints: how near every layout comes to the modules that it was saved from.

`python -m benchmarks.bench_layouts` prints one JSON document. The files are made here from plain torch
modules that share no code with the library (`tests/integration/sgdd_files.py`); where files that SGDD itself
wrote are at hand with what it computed, they are measured too.
"""

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from latentlab.checkpoints import convert_checkpoint, load_checkpoint

ROOT = Path(__file__).resolve().parent.parent
GIVEN = ROOT.parent / "shared" / "upstream"
"""Not part of a clone."""
LATENTS = ("pooled", "mu", "logvar", "z")
REACH = {"latents": 1e-5, "logits": 1e-4, "logits_conditioned": 1e-4, "kl": 1e-4}


def run() -> dict[str, Any]:
    """Largest errors by layout: constructed files, and those that SGDD wrote (None where there are none)."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return {
            "constructed": dict(constructed(folder)),
            "given": dict(given(folder)) if GIVEN.is_dir() else None,
        }


def constructed(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every layout as a tiny file of random weights."""
    sys.path.insert(0, str(ROOT / "tests" / "integration"))
    import sgdd_files

    encoder = sgdd_files.encoder_folder(folder / "roberta")
    ids, mask = sgdd_files.tokens()
    generator = torch.Generator().manual_seed(2)
    x = torch.where(torch.rand(ids.shape, generator=generator) < 0.5, sgdd_files.MASK, ids)
    t = torch.tensor([0, 10, 400, 700, 999])
    for layout in sgdd_files.LAYOUTS:
        old = sgdd_files.OldModel(layout)
        wanted = {name: value.numpy() for name, value in old.encode(ids, mask).items()}
        z = torch.from_numpy(wanted["z"])
        with torch.no_grad():
            if layout != "F":
                wanted["logits"] = old.decoder(x, z, t).numpy()
            if layout not in "ABF":
                wanted["logits_conditioned"] = old.decoder(x, z, t, ids).numpy()
        if "mu" in wanted:
            mu, logvar = wanted["mu"].astype(float), wanted["logvar"].astype(float)
            total = -0.5 * (1 + logvar - mu**2 - np.exp(logvar)).sum(axis=1)
            wanted["kl"] = np.maximum(total, 2.0) * 0.01  # what `old_config` asks for
        inputs = {"ids": ids.numpy(), "mask": mask.numpy(), "x": x.numpy(), "t": t.numpy()}
        file = sgdd_files.write_old(folder / f"{layout}.pt", layout)
        yield layout, errors(file, encoder, inputs, wanted, folder / f"{layout}-converted")


def given(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Files that SGDD wrote, with the numbers that it computed."""
    for file in sorted(GIVEN.glob("*/expected.npz")):
        stored = dict(np.load(file))
        inputs = {"ids": stored["input_ids"], "mask": stored["attention_mask"]}
        inputs |= {"x": stored["x_t"], "t": stored["t"]}
        names = {"logits_conditioned": "logits_selfcond", "kl": "kl_weighted"}
        names |= {name: name for name in (*LATENTS, "logits")}
        wanted = {name: stored[old] for name, old in names.items() if old in stored}
        whole, layout = file.with_name("best_model.pt"), file.parent.name
        yield layout, errors(whole, GIVEN / "tiny-roberta", inputs, wanted, folder / f"given-{layout}")


def errors(
    file: Path, encoder: Path, inputs: Mapping[str, Any], wanted: Mapping[str, Any], out: Path
) -> dict[str, Any]:
    """Largest absolute errors, relative ones of the KL; whether the converted folder gives the same bits."""
    model = load_checkpoint(file, encoder, offline=True)
    got = model.encode_tokens(inputs["ids"], inputs["mask"])
    known = [name for name in LATENTS if name in wanted]
    found: dict[str, Any] = {"latents": max(apart(getattr(got, name), wanted[name]) for name in known)}
    if "kl" in wanted:
        kl = model.kl(got) * model.config.kl_weight
        found["kl"] = float(np.max(np.abs(kl / wanted["kl"] - 1)))
    convert_checkpoint(file, out, encoder, offline=True)
    converted = load_checkpoint(out, encoder, offline=True)
    same = np.array_equal(got.z, converted.encode_tokens(inputs["ids"], inputs["mask"]).z)
    for name, earlier in (("logits", None), ("logits_conditioned", inputs["ids"])):
        if name in wanted:
            asked = (inputs["x"], wanted["z"], inputs["t"], earlier)
            logits = model.logits(*asked)
            found[name] = apart(logits, wanted[name])
            same = same and np.array_equal(logits, converted.logits(*asked))
    return {**found, "converted_is_the_same": bool(same)}


def apart(a: Any, b: Any) -> float:
    """Largest absolute difference."""
    return float(np.abs(np.asarray(a, dtype=np.float64) - b).max())


def rows(found: Mapping[str, Any] | None) -> list[tuple[str, str, str, bool]]:
    """For the page: what, what was to be reached, what was measured, whether it was reached."""
    table = []
    for source in ("constructed", "given"):
        files = (found or {}).get(source)
        if not files:
            continue
        letters = ", ".join("C without adapter" if name == "identity" else name for name in files)
        whose = "written by SGDD itself" if source == "given" else "made of plain torch modules"
        where = f"old checkpoints {whose} ({letters})"
        for key, what, reach in (
            ("latents", "pooled, μ, log σ², z", "≤ 1e-5"),
            ("logits", "logits", "≤ 1e-4"),
            ("logits_conditioned", "logits with self-conditioning", "≤ 1e-4"),
            ("kl", "KL a sentence × KL weight, relative", "≤ 1e-4"),
        ):
            each = [errors[key] for errors in files.values() if key in errors]
            if each:
                measured = (
                    f"{max(each):.0e} at most, files: {len(each)}" if max(each) else f"0, files: {len(each)}"
                )
                table.append((f"{where}: {what}", reach, measured, max(each) <= REACH[key]))
        same = sum(errors["converted_is_the_same"] for errors in files.values())
        table.append(
            (
                f"{where}: z and logits of the converted folder",
                "bitwise the same",
                f"{same} of {len(files)} files",
                same == len(files),
            )
        )
    return table


if __name__ == "__main__":
    print(json.dumps(run(), indent=1))
