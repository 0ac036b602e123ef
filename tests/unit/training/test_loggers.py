"""Writers that are not ours: what the system says of them is one error with a way out."""

import errno
import sys
import types

import pytest

from latentlab.errors import ConfigError, ResourceError
from latentlab.training import loggers
from latentlab.training.train_config import TrainConfig


class Full:
    """Fails as a full disk does, in the call that is named."""

    failing = "add_scalar"

    def __init__(self, *_, **__):
        self._do("init")

    def _do(self, name, *_):
        if name == self.failing:
            raise OSError(errno.ENOSPC, "No space left on device")

    def add_scalar(self, *_):
        self._do("add_scalar")

    def close(self):
        self._do("close")

    def log(self, *_, **__):
        self._do("add_scalar")

    def finish(self, **_):
        self._do("close")


def board(monkeypatch, folder, failing):
    fake = type("SummaryWriter", (Full,), {"failing": failing})
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", types.SimpleNamespace(SummaryWriter=fake))
    return loggers.TensorBoard(folder)


def wandb(monkeypatch, folder, failing):
    fake = type("Run", (Full,), {"failing": failing})
    errors = types.SimpleNamespace(Error=RuntimeError)
    monkeypatch.setitem(sys.modules, "wandb", types.SimpleNamespace(init=fake, errors=errors))
    return loggers.WandB(folder, TrainConfig())


@pytest.mark.parametrize("failing", ["add_scalar", "close"])
@pytest.mark.parametrize("made", [board, wandb])
def test_a_full_disk_is_told_with_the_way_out(monkeypatch, tmp_path, made, failing):
    logger = made(monkeypatch, tmp_path, failing)
    if failing == "close":
        logger.log(1, {"loss": 2.0, "note": "words are no scalars"})
    work = logger.close if failing == "close" else lambda: logger.log(1, {"loss": 2.0})
    with pytest.raises(ResourceError, match="No space left on device") as told:
        work()
    assert str(tmp_path) in told.value.message
    assert "--set 'loggers=[]'" in told.value.hint


def test_a_writer_that_does_not_start_is_told_too(monkeypatch, tmp_path):
    with pytest.raises(ResourceError, match="No space left on device"):
        board(monkeypatch, tmp_path, "init")
    with pytest.raises(ConfigError, match="wandb did not start"):
        wandb(monkeypatch, tmp_path, "init")


@pytest.mark.parametrize("module", ["torch.utils.tensorboard", "wandb"])
def test_a_package_that_is_not_there_is_named(monkeypatch, tmp_path, module):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ConfigError, match="needs") as told:
        loggers.TensorBoard(tmp_path) if "torch" in module else loggers.WandB(tmp_path, TrainConfig())
    assert "pip install" in told.value.hint
