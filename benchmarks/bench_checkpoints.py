"""Old SGDD checkpoints: memory and time of loading a large one, and thousands of mutated files.

`python -m benchmarks.bench_checkpoints [--mutations N]` prints one JSON document.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import torch

ROOT = Path(__file__).resolve().parent.parent
WIDTH, SYMBOLS = 512, 50265


def run(mutations: int = 5000, rounds: int = 5) -> dict[str, Any]:
    """Both parts; files lie in a temporary folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return {**loading(folder, rounds), **mutated(folder, mutations)}


def loading(folder: Path, rounds: int) -> dict[str, Any]:
    """A file of SGDD's usual sizes with RoBERTa-base inside: ours against building modules and copying.

    The other one is the usual way: make the modules, load, copy, check nothing. Every load is a process of
    its own; times are medians of rounds that alternate, memory is the highest resident size less that after
    the imports, in sizes of the file.
    """
    file = folder / "large.pt"
    subprocess.run([sys.executable, "-m", __spec__.name, "--write", str(file)], check=True, cwd=ROOT)
    measured: dict[str, list[dict[str, float]]] = {"ours": [], "copy": []}
    for _ in range(rounds):
        for how, values in measured.items():
            call = [sys.executable, "-m", __spec__.name, "--load", how, str(file)]
            done = subprocess.run(call, check=True, cwd=ROOT, capture_output=True, text=True)
            values.append(json.loads(done.stdout))
    size = file.stat().st_size
    seconds = {how: statistics.median(v["seconds"] for v in values) for how, values in measured.items()}
    peaks = {how: max(v["bytes"] for v in values) / size for how, values in measured.items()}
    return {
        "file_bytes": size,
        "load_s": seconds["ours"],
        "build_and_copy_s": seconds["copy"],
        "load_speedup": seconds["copy"] / seconds["ours"],
        "load_peak_files": peaks["ours"],
        "build_and_copy_peak_files": peaks["copy"],
    }


def mutated(folder: Path, count: int, seed: int = 11) -> dict[str, Any]:
    """Outcomes of mutated files of every layout; anything but a right load or a refusal raises."""
    sys.path.insert(0, str(ROOT / "tests" / "integration"))
    from sgdd_mutations import mutations, outcome

    started = time.perf_counter()
    seen = Counter(outcome(file) for _, file, _, _ in mutations(folder, count, seed))
    return {"mutations": count, "mutations_s": time.perf_counter() - started, **seen}


def _write(file: Path) -> None:
    """Random weights under the old names: RoBERTa-base, and layout E of width 512."""
    parts = _parts()
    state = {f"encoder.roberta.{name}": t for name, t in _roberta().state_dict().items()}
    state |= {f"encoder.{name}": t for name, t in parts["head"].state_dict().items()}
    state |= {f"decoder.{name}": t for name, t in parts["decoder"].state_dict().items()}
    model = {"encoder_name": "roberta-base", "semantic_dim": WIDTH, "num_heads": 8, "kl_weight": 1e-3}
    torch.save({"model_state_dict": state, "config": {"model": model}}, file)


def _load(how: str, file: Path) -> dict[str, float]:
    from latentlab.checkpoints import load_checkpoint

    # Both need the library's modules; neither is charged for importing them.
    _parts(meta=True)
    _roberta(meta=True)
    before, started = _memory("VmRSS"), time.perf_counter()
    if how == "ours":
        model = load_checkpoint(file, offline=True)
        model.encoder  # noqa: B018
    else:
        parts, roberta = _parts(), _roberta()
        state = torch.load(file, map_location="cpu", weights_only=True)["model_state_dict"]
        for prefix, module in (("encoder.roberta.", roberta), ("decoder.", parts["decoder"])):
            module.load_state_dict(
                {n.removeprefix(prefix): t for n, t in state.items() if n.startswith(prefix)}
            )
    return {"seconds": time.perf_counter() - started, "bytes": float(_memory("VmHWM") - before)}


def _parts(*, meta: bool = False) -> dict[str, torch.nn.Module]:
    from latentlab.models.sgdd.sgdd_config import SgddDecoderConfig, SgddHeadConfig
    from latentlab.models.sgdd.sgdd_decoders import SgddDecoder
    from latentlab.models.sgdd.sgdd_heads import SgddHead

    decoder = SgddDecoderConfig(
        kind="adaln", vocab_size=SYMBOLS, layers=6, heads=8, feed_forward=2048, max_length=64, timesteps=1000
    )
    with torch.device("meta" if meta else "cpu"):
        head = SgddHead(SgddHeadConfig(kind="batchnorm", pooled_width=768, width=WIDTH))
        return {"head": head, "decoder": SgddDecoder(decoder, WIDTH)}


def _roberta(*, meta: bool = False) -> torch.nn.Module:
    from transformers import RobertaConfig, RobertaModel

    config = RobertaConfig(vocab_size=SYMBOLS, max_position_embeddings=514, type_vocab_size=1)
    with torch.device("meta" if meta else "cpu"):
        return RobertaModel(config)


def _memory(key: str) -> int:
    """Bytes of this process: VmRSS now, VmHWM at most. The usual ru_maxrss starts at what the parent had."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(key)).split()[1]) * 1024


def main() -> None:
    """Measure, or do one of the parts that need a process of their own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mutations", type=int, default=5000)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--load", nargs=2)
    options = parser.parse_args()
    if options.write:
        _write(options.write)
    elif options.load:
        print(json.dumps(_load(options.load[0], Path(options.load[1]))))
    else:
        print(json.dumps(run(options.mutations), indent=1))


if __name__ == "__main__":
    main()
