"""A run is continued by its folder alone, its goal can be moved, and what may not change is named."""

import os
import shutil
import signal
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file
from test_training import SMALL, losses

from latentlab.checkpoints import load_checkpoint
from latentlab.cli import main
from latentlab.errors import EncoderError, InputError, UsageError
from latentlab.training.loop import Interrupted, train
from latentlab.training.record import FILE, find_run
from latentlab.training.train_config import load_config
from latentlab.training.trainer_state import read_progress

TINY = (*SMALL, "threads=1", "optim.steps=12", "optim.warmup=0.2")


@pytest.fixture(scope="module")
def cache(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def start(tiny_encoder, tiny_corpus, tmp_path, monkeypatch, cache):
    """Begin a run, which is told to stop after a step; None lets it end. Returns its folder."""
    monkeypatch.setenv("LATENTLAB_CACHE", str(cache))

    def call(name: str, *overrides: str, stop: int | None = None, preset: str = "tiny") -> Path:
        def report(what: str, done: int, total: int) -> None:
            if (what, done) == ("training", stop):
                os.kill(os.getpid(), signal.SIGINT)

        config = load_config(preset, [f"data.corpora=[{tiny_corpus}]", *TINY, *overrides])
        out = tmp_path / name
        if stop is None:
            return train(config, out, encoder=tiny_encoder, report=report)
        with pytest.raises(Interrupted):
            train(config, out, encoder=tiny_encoder, report=report)
        assert read_progress(out).step == stop
        return out

    return call


@pytest.fixture(scope="module")
def whole(tiny_encoder, tiny_corpus, tmp_path_factory, cache) -> Path:
    """The run that was not stopped."""
    config = load_config("tiny", [f"data.corpora=[{tiny_corpus}]", *TINY])
    return train(config, tmp_path_factory.mktemp("runs") / "whole", encoder=tiny_encoder, cache=cache)


def resume(out: Path, *options: object) -> int:
    return main(["train", "--out", str(out), "--resume", *map(str, options)])


def same(one: Path, other: Path) -> bool:
    files = ("model.safetensors", "tokenizer.json", "statistics.safetensors")
    return losses(one) == losses(other) and all(
        (one / name).read_bytes() == (other / name).read_bytes() for name in files
    )


# -- without any option ------------------------------------------------------------------------------------


def test_a_stopped_run_is_continued_by_its_folder_alone(start, whole, capsys):
    stopped = start("stopped", stop=5)
    assert resume(stopped) == 0
    said = capsys.readouterr().err
    assert "continuing after step 5 of 12\ntraining tiny for 12 steps; " in said
    assert "training.jsonl is the log\nreads layer 2 of 4 of " in said
    assert same(whole, stopped)
    assert resume(stopped) == 0
    assert "is finished: 12 of 12 steps are done" in capsys.readouterr().err


def test_a_run_is_continued_from_another_folder(start, whole, tiny_corpus, tmp_path, monkeypatch):
    shutil.copy(tiny_corpus, tmp_path / "here.txt")
    monkeypatch.chdir(tmp_path)
    stopped = start("stopped", "data.corpora=[here.txt]", stop=4)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert resume(stopped) == 0
    assert same(whole, stopped)


def test_a_run_whose_sentences_were_moved_says_how_to_name_them(start, whole, tiny_corpus, tmp_path, capsys):
    old, new = tmp_path / "old.txt", tmp_path / "new.txt"
    shutil.copy(tiny_corpus, old)
    stopped = start("stopped", f"data.corpora=[{old}]", stop=4)
    old.rename(new)
    capsys.readouterr()
    assert resume(stopped) == 3
    said, hint = capsys.readouterr().err.splitlines()[-2:]
    assert said == f"error: the run in {stopped}: {old} does not exist"
    assert hint.endswith("for a file that lies elsewhere now: --resume --corpus FILE")
    assert resume(stopped, "--corpus", new) == 0
    assert same(whole, stopped)


@pytest.mark.parametrize("lost", [0, 1, 3])
def test_rows_of_the_log_that_are_lost_are_said(start, whole, capsys, lost):
    stopped = start("stopped", "log_every=1", stop=6)
    log = stopped / "training.jsonl"
    lines = log.read_text().splitlines(keepends=True)
    # A line cut in the middle, as a full disk or a copy leaves it, is lost too.
    cut = ["".join(lines[:-lost]), lines[-lost][:9]] if lost else ["".join(lines)]
    log.write_text("".join(cut))
    assert resume(stopped) == 0
    said = f"{lost} of the rows of {log} before step 6 are lost"
    assert (said in capsys.readouterr().err) == bool(lost)
    assert resume(stopped, "--steps", 12) == 0
    assert "are lost" not in capsys.readouterr().err


def test_a_run_that_was_killed_before_its_first_state_is_begun_again(start, whole):
    killed = start("killed", stop=4)
    (killed / "state" / "trainer.safetensors").unlink()
    assert resume(killed) == 0
    assert same(whole, killed)


def test_a_start_that_came_to_nothing_is_in_nobodys_way(start, tiny_corpus, tmp_path):
    long = tmp_path / "long.txt"
    long.write_text(tiny_corpus.read_text() + "the cat " * 15 + "\n")
    with pytest.raises(InputError, match="do not fit the encoder"):
        start("run", f"data.corpora=[{long}]", "model.decoder.max_length=64")
    assert [path.name for path in (tmp_path / "run").rglob("*")] == ["state", "run.json"]
    assert load_checkpoint(start("run")).step == 12


# -- a run of an earlier version ---------------------------------------------------------------------------


def test_an_older_folder_needs_the_encoder_alone(start, whole, tiny_encoder, capsys):
    stopped = start("stopped", stop=5)
    (stopped / FILE).unlink()
    assert resume(stopped, "--offline") == 3
    name = f"{tiny_encoder.name!r} (sha256 {find_run(stopped).config.model.encoder.sha256[:12]}…)"
    assert f"error: encoder {name} not found" in (err := capsys.readouterr().err)
    assert f"hint: --encoder FOLDER with the folder of {tiny_encoder.name}\n" in err
    assert resume(stopped, "--encoder", tiny_encoder) == 0
    assert same(whole, stopped)


def test_nothing_to_continue(capsys, tmp_path):
    assert resume(tmp_path) == 2
    assert "there is no run in" in capsys.readouterr().err
    (tmp_path / "training.jsonl").write_text("")
    assert resume(tmp_path) == 2
    assert (
        "hint: give --preset, --corpus, --set and --encoder as on the first start" in capsys.readouterr().err
    )


# -- options beside --resume -------------------------------------------------------------------------------


def test_the_same_options_again_continue(start, whole, tiny_corpus, tiny_encoder):
    stopped = start("stopped", stop=5)
    options = [word for override in TINY for word in ("--set", override)]
    options += ["--preset", "tiny", "--corpus", tiny_corpus, "--encoder", tiny_encoder]
    assert resume(stopped, *options) == 0
    assert same(whole, stopped)


def test_changed_options_are_named_and_change_nothing(start, tiny_corpus, tmp_path, capsys):
    stopped = start("stopped", stop=5)
    record = (stopped / FILE).read_bytes()
    assert resume(stopped, "--seed", 3, "--set", "optim.batch_size=32") == 2
    assert "seed: 0 → 3; optim.batch_size: 16 → 32\nhint: leave these away" in capsys.readouterr().err
    other = tmp_path / "other.txt"
    other.write_text("\n".join(tiny_corpus.read_text().splitlines()[10:]))
    assert resume(stopped, "--corpus", other) == 2
    assert f'other sentences: data.corpora: ["{tiny_corpus}"] → ["{other}"]' in capsys.readouterr().err
    for key, old, new in (("encoder.layer", 2, 3), ("decoder.vocab_size", 300, 290)):
        assert resume(stopped, "--set", f"model.{key}={new}") == 2
        assert f"another configuration: model.{key}: {old} → {new}\n" in capsys.readouterr().err
    assert (stopped / FILE).read_bytes() == record


def test_sentences_may_have_moved(start, whole, tiny_corpus, tmp_path):
    stopped = start("stopped", stop=5)
    moved = shutil.copy(tiny_corpus, tmp_path / "moved.txt")
    assert resume(stopped, "--corpus", moved) == 0
    assert same(whole, stopped)


def test_a_resume_takes_no_other_encoder(start, tiny_encoder, tmp_path):
    stopped = start("stopped", stop=5)
    other = shutil.copytree(tiny_encoder, tmp_path / "other")
    tensors = load_file(other / "model.safetensors")
    tensors["embeddings.word_embeddings.weight"][0, 0] += 1
    save_file(tensors, other / "model.safetensors")
    with pytest.raises(EncoderError, match="wanted"):
        train(find_run(stopped).config, stopped, resume=True, encoder=other)


def test_a_checkpoint_without_a_state_is_not_begun_anew(start, tiny_encoder, capsys):
    whole = start("whole")
    config = find_run(whole).config
    shutil.rmtree(whole / "state")
    before = {path: path.read_bytes() for path in whole.rglob("*") if path.is_file()}
    assert resume(whole) == 2
    assert "is a checkpoint without the state of a run" in capsys.readouterr().err
    with pytest.raises(UsageError, match="nothing to continue"):
        train(config, whole, resume=True, encoder=tiny_encoder)
    assert {path: path.read_bytes() for path in whole.rglob("*") if path.is_file()} == before


# -- another goal ------------------------------------------------------------------------------------------

CONTROLLED = (
    "model.head={use_vib: true, width: 8, hidden: 8}",
    "loss={kl_schedule: controlled, kl_target: 5, kl_weight: 0.1}",
)


@pytest.mark.parametrize("overrides", [(), CONTROLLED], ids=["linear", "controlled"])
@pytest.mark.parametrize("steps", [20, 11])
def test_a_stopped_run_with_another_goal_is_the_run_that_had_it_from_the_beginning(start, overrides, steps):
    pins = ["optim.warmup_steps=2.4", f"optim.steps={steps}"]
    pins += ["loss.kl_wait_steps=0.6"] if overrides else []
    whole = start("whole", *overrides, *pins)
    stopped = start("stopped", *overrides, stop=5)
    assert resume(stopped, "--set", f"optim.steps={steps}") == 0
    assert same(whole, stopped)
    assert load_checkpoint(stopped).step == steps


def test_the_goal_is_kept_when_the_longer_run_is_stopped_too(start):
    pins = ("optim.warmup_steps=2.4", "optim.steps=20")
    whole, stopped = start("whole", *pins), start("stopped", stop=5)
    (stopped / "state" / "before").write_bytes((stopped / "state" / "trainer.safetensors").read_bytes())
    assert resume(stopped, "--steps", 20) == 0
    # As if the second run had been killed before it saved anything.
    (stopped / "state" / "before").replace(stopped / "state" / "trainer.safetensors")
    (stopped / "model.safetensors").unlink()
    assert resume(stopped) == 0
    assert same(whole, stopped)


def test_a_finished_run_without_a_cool_down_is_prolonged(start, capsys):
    flat = "optim.cooldown=0"
    whole = start("whole", flat, "optim.steps=16", "optim.warmup_steps=2.4")
    finished = start("finished", flat)
    before = load_checkpoint(finished)
    assert resume(finished, "--steps", 16) == 0
    assert same(whole, finished)
    assert (before.step, load_checkpoint(finished).step) == (12, 16)


def test_a_finished_run_with_a_cool_down_says_why_not(start, capsys):
    finished = start("finished")
    weights = (finished / "model.safetensors").read_bytes()
    assert resume(finished, "--steps", 16) == 2
    assert "optim.steps: 12 → 16 is not possible: in a run of 12 the learning rate falls after step 6" in (
        err := capsys.readouterr().err
    )
    assert f"--set init={finished} and another --out" in err
    assert (finished / "model.safetensors").read_bytes() == weights
