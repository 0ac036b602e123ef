"""Training: it runs, it resumes bit for bit, it leaves a checkpoint that loads."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from encoder_models import tiny_bert
from tiny_checkpoint import sentences

from latentlab.checkpoints import load_checkpoint
from latentlab.errors import ConfigError, CorpusError, InputError, UsageError
from latentlab.models.encoder.frozen import FrozenEncoder
from latentlab.training.data import batch_rows
from latentlab.training.loop import train
from latentlab.training.train_config import load_config
from latentlab.training.trainer_state import read_progress


@pytest.fixture(scope="module")
def encoder(tmp_path_factory) -> Path:
    return tiny_bert(tmp_path_factory.mktemp("encoder"))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("corpus") / "corpus.txt"
    path.write_text("\n".join(sentences(400)))
    return path


@pytest.fixture
def run(encoder, corpus, tmp_path):
    """`train` with the tiny encoder and its own cache."""

    def call(out: str, *overrides: str, resume: bool = False, preset: str = "tiny") -> Path:
        c = load_config(preset, [f"data.corpora=[{corpus}]", "optim.steps=12", *overrides])
        return train(c, tmp_path / out, resume=resume, encoder=encoder, cache=tmp_path / "cache")

    return call


def logged(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "training.jsonl").read_text().splitlines()]


def losses(folder: Path) -> list[tuple]:
    return [(r["step"], r["total"], r["kl"], r["gradient_norm"]) for r in logged(folder) if "total" in r]


SMALL = ("model.decoder={vocab_size: 300, width: 16, layers: 1, heads: 2}", "optim.batch_size=16")


# -- the loop ----------------------------------------------------------------------------------------------


def test_a_whole_run_logs_apart_and_leaves_a_checkpoint(run):
    out = run("run", "data.substitutions=0.5")
    rows = logged(out)
    steps = [r for r in rows if "total" in r]
    assert [r["step"] for r in steps] == list(range(12))
    assert {"reconstruction", "length", "kl", "beta", "rate", "gradient_norm", "seconds"} <= set(steps[0])
    assert steps[-1]["reconstruction"] < steps[0]["reconstruction"]
    health = [r for r in rows if "ce" in r]
    assert {"context_gain", "latent_gain", "active_units", "sigma_median", "clamp_share"} <= set(health[0])
    m = load_checkpoint(out, encoder=None)
    assert (m.kind, m.step) == ("vib", 12)
    card = (out / "README.md").read_text()
    assert "held-out sentences: exact match" in card
    assert str(out.parent) not in card + (out / "config.json").read_text()


def test_the_encoder_never_runs_inside_the_loop(run, monkeypatch):
    run("first")
    calls = []
    real = FrozenEncoder.encode
    monkeypatch.setattr(
        FrozenEncoder, "encode", lambda self, texts: calls.append(len(texts)) or real(self, texts)
    )
    run("second")
    # All vectors come from the cache; what is left is the evaluation of the finished model.
    assert len(calls) == 2


def test_beta_follows_its_schedule_in_the_log(run):
    rows = [r for r in logged(run("run", "loss.kl_anneal_steps=10", "loss.kl_weight=0.1")) if "total" in r]
    assert [r["beta"] for r in rows] == pytest.approx([min(1, s / 10) * 0.1 for s in range(12)])


@pytest.mark.parametrize("preset", ["baseline", "centred", "bottleneck", "vib", "vib-sgdd"])
def test_every_preset_trains(run, preset):
    out = run(preset, *SMALL, "optim.steps=3", "eval_every=2", preset=preset)
    assert load_checkpoint(out).kind == ("deterministic" if preset in ("baseline", "centred") else "vib")


@pytest.mark.parametrize(
    "cure",
    [
        "loss.isotropy_weight=0.5",
        "loss.free_bits=0.05",
        "model.head.batchnorm_gamma=0.6",
        "model.head.standardize=whiten",
        "precision=bfloat16",
    ],
)
def test_every_cure_trains(run, cure):
    rows = [r for r in logged(run("run", "optim.steps=4", cure)) if "total" in r]
    assert all(np.isfinite(r["total"]) for r in rows)


def test_paraphrase_pairs_encode_the_first_and_decode_the_second(run, tmp_path):
    pairs = tmp_path / "pairs.tsv"
    pairs.write_text("the cat sees a bird here\tthe bird\nthe dog likes a cat here\ta cat\n")
    plain = run("plain")
    paired = run("paired", f"data.pairs={pairs}")
    assert json.loads((paired / "config.json").read_text())["training"]["extra_sentences"] == 2
    assert losses(plain) != losses(paired)


# -- stopping and resuming ---------------------------------------------------------------------------------

SCRIPT = """
import sys
from pathlib import Path
from latentlab.training.train_config import load_config
from latentlab.training.loop import train
from latentlab.training.trainer_state import read_progress
corpus, out, encoder, cache, resume = sys.argv[1:]
import torch; torch.set_num_threads(1)
c = load_config("tiny", [f"data.corpora=[{corpus}]", "optim.steps=40", "save_every=7", "threads=1"])
train(c, Path(out), resume=resume == "resume", encoder=Path(encoder), cache=Path(cache))
"""


def start(corpus: Path, out: Path, encoder: Path, cache: Path, resume: str = "") -> subprocess.Popen:
    command = [sys.executable, "-c", SCRIPT, *map(str, (corpus, out, encoder, cache)), resume]
    return subprocess.Popen(
        command, env={**os.environ, "HF_HUB_OFFLINE": "1"}, stderr=subprocess.PIPE, text=True
    )


def wait_for_step(out: Path, step: int, process: subprocess.Popen) -> None:
    end = time.monotonic() + 300
    while time.monotonic() < end and process.poll() is None:
        log = out / "training.jsonl"
        if log.exists() and f'{{"step": {step},' in log.read_text():
            return
        time.sleep(0.01)
    raise AssertionError(f"step {step} was never logged: {process.stderr.read() if process.poll() else ''}")


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory, corpus, encoder):
    folder = tmp_path_factory.mktemp("whole")
    process = start(corpus, folder / "run", encoder, folder / "cache")
    _, error = process.communicate(timeout=300)
    assert process.returncode == 0, error
    return folder


@pytest.mark.parametrize("step", [9, 23])
def test_a_killed_run_resumes_bit_for_bit(uninterrupted, corpus, encoder, tmp_path, step):
    out = tmp_path / "run"
    process = start(corpus, out, encoder, uninterrupted / "cache")
    wait_for_step(out, step, process)
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stderr.close()
    assert not (out / "model.safetensors").exists()
    again = start(corpus, out, encoder, uninterrupted / "cache", "resume")
    _, error = again.communicate(timeout=300)
    assert again.returncode == 0, error
    assert losses(out) == losses(uninterrupted / "run")
    weights = [(f / "model.safetensors").read_bytes() for f in (out, uninterrupted / "run")]
    assert weights[0] == weights[1]


def test_ctrl_c_saves_the_state_first(uninterrupted, corpus, encoder, tmp_path):
    out = tmp_path / "run"
    process = start(corpus, out, encoder, uninterrupted / "cache")
    wait_for_step(out, 12, process)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=300)
    assert process.returncode != 0
    assert "the state is saved" in error
    assert read_progress(out).step >= 13


def test_a_finished_run_is_left_alone_by_resume(run):
    out = run("run")
    before = (out / "model.safetensors").stat().st_mtime_ns
    run("run", resume=True)
    assert (out / "model.safetensors").stat().st_mtime_ns == before


def test_an_occupied_folder_is_refused(run, tmp_path):
    run("run")
    with pytest.raises(UsageError, match="already holds a run"):
        run("run")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("x")
    with pytest.raises(UsageError, match="not empty"):
        run("mine")


def test_resume_refuses_another_configuration_and_other_sentences(run, corpus):
    out = run("run")
    (out / "model.safetensors").unlink()  # as if it had been stopped before the end
    before = corpus.read_text()
    with pytest.raises(ConfigError, match="another configuration"):
        run("run", "seed=5", resume=True)
    # The same file with one sentence more: the configuration is the same, the sentences are not.
    corpus.write_text(corpus.read_text() + "\nthe bird likes a tree under the mat now")
    try:
        with pytest.raises(ConfigError, match="other sentences"):
            run("run", resume=True)
    finally:
        corpus.write_text(before)


def test_a_corpus_too_small_to_hold_out_is_refused(run, tmp_path):
    small = tmp_path / "small.txt"
    small.write_text("one\ntwo\n")
    with pytest.raises(CorpusError, match="too few"):
        run("run", f"data.corpora=[{small}]")


def test_batches_visit_every_sentence_once_an_epoch():
    rows = np.concatenate([batch_rows(10, 4, step, seed=0) for step in range(5)])
    assert sorted(rows[:10]) == list(range(10))
    assert sorted(rows[10:]) == list(range(10))
    assert list(rows[:10]) != list(rows[10:])


# No file may grow beyond half a state: the operating system's way of saying that the disk is full.
FULL_DISK = """
import resource, sys
size = Path(out, "state", "trainer.safetensors").stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size // 2, resource.RLIM_INFINITY))
from latentlab.errors import ResourceError
try:
    train(c, Path(out), resume=True, encoder=Path(encoder), cache=Path(cache))
except ResourceError as error:
    sys.exit(str(error))
"""


def test_a_full_disk_keeps_the_state_before(uninterrupted, corpus, encoder, tmp_path):
    out = tmp_path / "run"
    process = start(corpus, out, encoder, uninterrupted / "cache")
    wait_for_step(out, 9, process)
    process.kill()
    process.communicate()
    before = (out / "state" / "trainer.safetensors").read_bytes()
    script = SCRIPT.rsplit("train(c", 1)[0] + FULL_DISK
    command = [sys.executable, "-c", script, *map(str, (corpus, out, encoder, uninterrupted / "cache")), ""]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1
    assert "cannot write" in done.stderr
    assert (out / "state" / "trainer.safetensors").read_bytes() == before


# -- loggers -----------------------------------------------------------------------------------------------


def test_tensorboard_gets_the_same_stream(run):
    pytest.importorskip("tensorboard", reason="extra [tensorboard] is not installed")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    out = run("run", "loggers=[tensorboard]")
    events = EventAccumulator(str(out / "state" / "tensorboard")).Reload()
    totals = [r for r in logged(out) if "total" in r]
    seen = events.Scalars("total")
    assert [e.step for e in seen] == [r["step"] for r in totals]
    assert [e.value for e in seen] == pytest.approx([r["total"] for r in totals], rel=1e-6)
    assert set(events.Tags()["scalars"]) == {key for r in logged(out) for key in r} - {"step"}


def test_wandb_offline_gets_the_same_stream(run, monkeypatch):
    pytest.importorskip("wandb", reason="extra [wandb] is not installed")
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    out = run("run", "loggers=[wandb]")
    assert list((out / "state" / "wandb").glob("offline-run-*/*.wandb"))


def test_an_out_that_is_a_file_is_refused_at_once(run, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="not a folder"):
        run("file")
