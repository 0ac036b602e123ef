"""Valid checkpoints with bits flipped, bytes cut, spliced and repeated: loaded rightly, or refused cleanly.

A load counts as right only if it gives the weights that the file on disk holds, and the file was not changed
behind the back of its hash.
"""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from checkpoint_models import reseal, tiny
from safetensors.torch import load_file

from latentlab.checkpoints import load_checkpoint
from latentlab.errors import CheckpointError

MUTATIONS = 70


def mutate(data: bytes, rng: np.random.Generator) -> bytes:
    at, size = int(rng.integers(len(data))), int(rng.integers(1, 40))
    match rng.integers(6):
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
        case _:
            digits = [i for i, byte in enumerate(data) if 48 <= byte <= 57]
            place = digits[int(rng.integers(len(digits)))]
            return data[:place] + b"%d" % rng.integers(10**9) + data[place + 1 :]


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_mutations_are_loaded_rightly_or_refused(name: str, tmp_path: Path) -> None:
    whole, run = tmp_path / "whole", tmp_path / "run"
    tiny().save(whole)
    rng = np.random.default_rng(5)
    refused = 0
    for turn in range(MUTATIONS):
        shutil.copytree(whole, run, dirs_exist_ok=True)
        intact = (run / name).read_bytes()
        (run / name).write_bytes(mutate(intact, rng))
        # Every other forger also corrects the hashes, so that the layers behind them are reached.
        forged = turn % 2 == 1 and name != "config.json"
        if forged:
            reseal(run)
        changed = (run / name).read_bytes() != intact
        try:
            model = load_checkpoint(run)
        except CheckpointError:
            refused += 1
            continue
        assert forged or name == "config.json" or not changed
        for key, value in load_file(run / "model.safetensors").items():
            part, rest = key.split(".", 1)
            assert torch.equal(getattr(model, part).state_dict()[rest], value.float()), key
            assert torch.isfinite(value).all()
        assert len(model.tokenizer) == model.config.decoder.vocab_size
    assert refused > MUTATIONS / 2
