"""Valid `.pt` files, mutated: bytes of the file itself, of its pickle, of a storage, of its configuration.

Every other mutation is sealed again with right checksums, so that what lies behind them is reached.
"""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from sgdd_files import LAYOUTS, write_old

from latentlab.checkpoints import load_checkpoint
from latentlab.errors import CheckpointError

NUMBERS = (0, 1, 2, 3, 7, 255, 1 << 16, 1 << 31, (1 << 32) - 1)


def mutate(data: bytes, rng: np.random.Generator) -> bytes:
    """One random change: bits, bytes, a cut, a repetition, or a four-byte number."""
    at, size = int(rng.integers(len(data))), int(rng.integers(1, 40))
    match rng.integers(7):
        case 0:
            return data[:at] + bytes([data[at] ^ (1 << int(rng.integers(8)))]) + data[at + 1 :]
        case 1:
            return data[:at] + rng.bytes(size) + data[at + size :]
        case 2:
            return data[:at]
        case 3:
            return data[:at] + data[at + size :]
        case 4:
            return data[:at] + data[at : at + size] * 2 + data[at + size :]
        case 5:
            other = int(rng.integers(len(data)))
            return data[:at] + data[other : other + size] + data[at + size :]
        case _:
            number = int(rng.choice(NUMBERS)).to_bytes(4, "little")
            return data[:at] + number + data[at + 4 :]


def resealed(data: bytes, rng: np.random.Generator) -> bytes:
    """One member changed, mostly the pickle, with the checksums of what is there now."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        names = old.namelist()
        pickled = next(name for name in names if name.endswith("data.pkl"))
        chosen = pickled if rng.random() < 0.7 else names[int(rng.integers(len(names)))]
        for name in names:
            content = old.read(name)
            new.writestr(name, mutate(content, rng) if name == chosen and content else content)
    return out.getvalue()


def mutations(folder: Path, turns: int, seed: int) -> Iterator[tuple[str, Path, bytes, bytes]]:
    """Layout, file, what it was and what it is now; the file is overwritten each turn."""
    rng = np.random.default_rng(seed)
    whole = {layout: write_old(folder / f"{layout}.pt", layout).read_bytes() for layout in LAYOUTS}
    file = folder / "mutated.pt"
    for turn in range(turns):
        layout = LAYOUTS[turn % len(LAYOUTS)]
        seal = turn // len(LAYOUTS) % 2
        now = resealed(whole[layout], rng) if seal else mutate(whole[layout], rng)
        file.write_bytes(now)
        yield layout, file, whole[layout], now


def outcome(file: Path) -> str:
    """`loaded` with the numbers that the file holds, or `refused`; anything else is an error."""
    try:
        model = load_checkpoint(file)
    except CheckpointError as error:
        whole = error.hint and "\n" not in error.message
        return "refused" if whole else f"refused without a hint, or in lines: {error.message}"
    stored = torch.load(file, map_location="cpu", weights_only=True)["model_state_dict"]
    for part, module in (("encoder", model.head), ("decoder", model.decoder)):
        for name, value in ({} if module is None else module.state_dict()).items():
            assert torch.equal(value, stored[f"{part}.{name}"].to(value.dtype)), name
            assert torch.isfinite(value).all()
    return "loaded"
