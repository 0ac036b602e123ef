"""A checkpoint from the middle of a run: whole, of one moment, marked, and nothing to the run."""

import json
import os
import shutil
import signal
from pathlib import Path

import pytest
import torch
from test_training import SMALL, losses

from latentlab.checkpoints import load_checkpoint, read_info
from latentlab.cli import main
from latentlab.errors import CheckpointError, ConfigError, UsageError
from latentlab.training import trainer_state
from latentlab.training.export import export_run
from latentlab.training.loop import Interrupted, train
from latentlab.training.record import FILE
from latentlab.training.train_config import load_config
from latentlab.training.trainer_state import Progress, save_state


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("export")


def begin(place: Path, name: str, tiny_encoder: Path, tiny_corpus: Path, report=lambda *_: None) -> Path:
    wanted = [f"data.corpora=[{tiny_corpus}]", *SMALL, "threads=1", "optim.steps=12", "save_every=4"]
    out = place / name
    return train(load_config("tiny", wanted), out, encoder=tiny_encoder, cache=place / "cache", report=report)


@pytest.fixture(scope="module")
def finished(place, tiny_encoder, tiny_corpus) -> Path:
    return begin(place, "finished", tiny_encoder, tiny_corpus)


@pytest.fixture(scope="module")
def stopped(place, tiny_encoder, tiny_corpus) -> Path:
    """Stopped after step 6. Read only."""

    def report(what: str, done: int, total: int) -> None:
        if (what, done) == ("training", 6):
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(Interrupted):
        begin(place, "stopped", tiny_encoder, tiny_corpus, report)
    return place / "stopped"


def test_a_run_is_exported_while_it_goes_on(place, finished, tiny_encoder, tiny_corpus, tmp_path):
    seen = []

    def report(what: str, done: int, total: int) -> None:
        if (what, done) == ("training", 6):
            before = {path.name for path in (place / "going").rglob("*")}
            seen.append(export_run(place / "going", tmp_path / "half", cache=place / "cache"))
            assert {path.name for path in (place / "going").rglob("*")} == before

    begin(place, "going", tiny_encoder, tiny_corpus, report)
    half = load_checkpoint(tmp_path / "half")
    assert (seen, half.step) == ([tmp_path / "half"], 4), "of the state that was saved last"
    # The run did not notice.
    assert losses(place / "going") == losses(finished)
    for name in ("model.safetensors", "tokenizer.json", "statistics.safetensors"):
        assert (place / "going" / name).read_bytes() == (finished / name).read_bytes()


def test_the_export_says_what_it_is(stopped, capsys, monkeypatch, place):
    monkeypatch.setenv("LATENTLAB_CACHE", str(place / "cache"))
    assert main(["export", str(stopped)]) == 0
    out, err = capsys.readouterr()
    half = Path(out.strip())
    assert half == place / "stopped-step-6"
    assert "exporting step 6 of 12" in err
    assert (
        "- It was exported after step 6 of 12: its training was not done." in (half / "README.md").read_text()
    )
    assert read_info(half).provenance["unfinished"] == "step 6 of 12"
    logged = [json.loads(line)["step"] for line in (half / "training.jsonl").read_text().splitlines()]
    assert sorted(set(logged)) == list(range(6))
    assert not (half / "state").exists()
    assert main(["info", str(half)]) == 0
    assert "6 (unfinished: step 6 of 12)" in capsys.readouterr().out
    assert main(["export", str(stopped)]) == 2
    assert f"error: {half} is there already" in capsys.readouterr().err


def test_an_export_is_measured_like_any_checkpoint(
    stopped, place, tiny_corpus, tiny_encoder, capsys, tmp_path
):
    half = export_run(stopped, tmp_path / "half", cache=place / "cache")
    arguments = ["anisotropy", half, "--corpus", tiny_corpus, "--encoder", tiny_encoder, "--n", 60, "--json"]
    assert main([str(word) for word in arguments]) == 0
    assert json.loads(capsys.readouterr().out)["results"]["items"][0]["name"] == "half"


def test_an_export_of_a_finished_run_is_its_checkpoint(finished, place, tmp_path):
    again = export_run(finished, tmp_path / "again", cache=place / "cache")
    for name in ("model.safetensors", "tokenizer.json", "statistics.safetensors"):
        assert (again / name).read_bytes() == (finished / name).read_bytes()
    assert "unfinished" not in read_info(again).provenance


def test_a_run_of_an_earlier_version_needs_the_encoder(stopped, place, tiny_encoder, tmp_path, capsys):
    old = shutil.copytree(stopped, tmp_path / "old")
    (old / FILE).unlink()
    assert main(["export", str(old), "--offline"]) == 3
    assert f"--encoder FOLDER with the folder of {tiny_encoder.name}" in capsys.readouterr().err
    assert not (tmp_path / "old-step-6").exists()
    half = export_run(old, encoder=tiny_encoder, cache=place / "cache")
    assert (half, load_checkpoint(half).step) == (tmp_path / "old-step-6", 6)


@pytest.mark.parametrize("out", [".", "inside", "../taken"])
def test_nothing_is_written_over(stopped, tmp_path, out):
    run = shutil.copytree(stopped, tmp_path / "run")
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "thesis.tex").write_text("x")
    with pytest.raises(UsageError, match=r"lies in the run itself|is there already"):
        export_run(run, run / out)
    assert [path.name for path in (tmp_path / "taken").iterdir()] == ["thesis.tex"]


def test_sentences_that_have_changed_are_refused(stopped, tmp_path, tiny_corpus):
    run = shutil.copytree(stopped, tmp_path / "run")
    before = tiny_corpus.read_text()
    tiny_corpus.write_text(before + "the cat sees a bird on the mat 77777\nthe dog finds a bird 77777\n")
    try:
        with pytest.raises(ConfigError, match="other sentences, the files have changed"):
            export_run(run, tmp_path / "out")
    finally:
        tiny_corpus.write_text(before)
    assert not (tmp_path / "out").exists()


def test_a_checkpoint_is_no_run(finished, tmp_path, capsys):
    alone = shutil.copytree(finished, tmp_path / "alone", ignore=shutil.ignore_patterns("state"))
    assert main(["export", str(alone)]) == 3
    assert "is a checkpoint without the state of its run" in capsys.readouterr().err


def test_a_state_that_is_cut_is_refused(stopped, tmp_path):
    run = shutil.copytree(stopped, tmp_path / "run")
    file = run / "state" / "trainer.safetensors"
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(CheckpointError, match="not a readable trainer state"):
        export_run(run, tmp_path / "out")


def test_a_state_is_read_as_of_one_moment(tmp_path, monkeypatch):
    """Also where the run saves the next one while its step is being read."""

    def write(step: int) -> None:
        average = {"weight": torch.full((3,), float(step))}
        progress = Progress(step, 0.0, 0.0, "float32", 1, {}, "", 0.0)
        save_state(tmp_path, torch.nn.Linear(1, 1), average, [], progress)

    parse = trainer_state._progress

    def parse_late(header: dict) -> Progress:
        write(2)
        return parse(header)

    write(1)
    monkeypatch.setattr(trainer_state, "_progress", parse_late)
    read = trainer_state.read_state(tmp_path)
    assert (read.progress.step, read.average["weight"].tolist()) == (1, [1.0, 1.0, 1.0])
