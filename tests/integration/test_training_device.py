"""Where a run computes: a device by name, the same draws on each, a clear word where there is none."""

import pytest
import torch
from test_training import SMALL, corpus, encoder, logged, run

from latentlab.errors import ConfigError

__all__ = ["corpus", "encoder", "run"]  # fixtures


@pytest.mark.parametrize("name", ["toaster", "cuda:99"])
def test_a_device_that_is_not_there_is_named(run, tmp_path, name):
    with pytest.raises(ConfigError, match=f"device '{name}' cannot be used: ") as caught:
        run("out", *SMALL, f"device={name}", preset="vib")
    assert "\n" not in caught.value.message
    assert caught.value.hint == "use --device cpu"
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
@pytest.mark.parametrize("preset", ["baseline", "vib"])
def test_a_cuda_device_draws_and_learns_what_the_cpu_does(run, preset):
    both = ("precision=float32", "loss.neighbour_mix=0.5")
    there = logged(run("there", *SMALL, *both, "device=cuda", preset=preset))
    here = logged(run("here", *SMALL, *both, preset=preset))
    for ours, theirs in zip(there[:3], here[:3], strict=True):
        for key in ("total", "reconstruction", "kl", "ce"):
            assert ours.get(key) == pytest.approx(theirs.get(key), rel=0.02), key
