"""What the tests of both faces need: a tiny encoder, two tiny checkpoints that use it, and sentences."""

from pathlib import Path

import numpy as np
import pytest
from encoder_models import tiny_bert
from sgdd_files import encoder_folder
from tiny_checkpoint import sentences, tiny_checkpoint

from latentlab.metrics.statistics.copies import Copies


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_bert(tmp_path_factory.mktemp("encoder"))


@pytest.fixture(scope="session")
def tiny_folder(tiny_encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A deterministic and a variational checkpoint. Read only: copy before you damage one."""
    folder = tmp_path_factory.mktemp("checkpoints")
    for name, use_vib in (("plain", False), ("vib", True)):
        tiny_checkpoint(folder / name, tiny_encoder, use_vib=use_vib)
    return folder


@pytest.fixture(scope="session")
def tiny_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("corpus") / "sentences.txt"
    file.write_text("\n".join(sentences(300)) + "\n")
    return file


@pytest.fixture(scope="session")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small RoBERTa that old files of `sgdd_files` were trained with. Read only."""
    return encoder_folder(tmp_path_factory.mktemp("roberta"))


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """No line says how far a command is: whether one is due is the machine's doing, not the command's."""
    monkeypatch.setattr("latentlab.cli.terminal.EVERY", 1e6)


@pytest.fixture(autouse=True)
def no_copies(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny encoder knows few words and reads many sentences alike: true, but not what is tested here.

    Tests marked `copies` have the search for them as users do.
    """
    if request.node.get_closest_marker("copies"):
        return

    def none(x: np.ndarray, found: object, rows: int | None = None) -> tuple[np.ndarray, Copies]:
        return np.ones(len(x), dtype=bool), Copies(len(x), 0, 0, rows or len(x))

    monkeypatch.setattr("latentlab.metrics.streaming.sampled.distinct_rows", none)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to be in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
