"""Checkpoints that are whole: written, read, replaced, listed, described."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from checkpoint_models import POOLED, SENTENCES, Tiny, reseal, tiny
from encoder_models import tiny_bert
from safetensors.torch import load_file

from latentlab import load_checkpoint
from latentlab.checkpoints import find_checkpoints, read_info
from latentlab.errors import CheckpointError, EncoderError, InputError, ResourceError, UsageError
from latentlab.models.autoencoder import Autoencoder

HEADS = {
    "deterministic": {},
    "linear": {"hidden": None},
    "vib": {"use_vib": True},
    "whitened": {"standardize": "whiten"},
    "batchnorm": {"use_vib": True, "batchnorm_gamma": 0.5},
}


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def unsaved(model: Tiny) -> Autoencoder:
    def no_encoder() -> None:
        raise AssertionError("the encoder was asked for")

    return Autoencoder(**vars(model), load_encoder=no_encoder)


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_float32_comes_back_bit_for_bit(head: dict[str, object], tmp_path: Path) -> None:
    model = tiny(**head)
    fingerprint = model.save(tmp_path / "run", half=False)
    loaded, original = load_checkpoint(tmp_path / "run"), unsaved(model)
    pooled = np.random.default_rng(0).normal(size=(3, POOLED)).astype(np.float32)
    ours, theirs = (m.encode_pooled(pooled, SENTENCES, sample_z=True) for m in (loaded, original))
    assert np.array_equal(ours.z, theirs.z)
    assert np.array_equal(ours.mu, theirs.mu)
    assert (ours.logvar is None) == (theirs.logvar is None) == (not model.config.head.use_vib)
    canvas = np.zeros((3, 5), dtype=np.int64)
    assert np.array_equal(loaded.logits(canvas, ours.z), original.logits(canvas, theirs.z))
    assert np.array_equal(loaded.lengths(ours.z), original.lengths(theirs.z))
    assert loaded.tokenizer.to_json() == model.tokenizer.to_json()
    assert (loaded.name, loaded.path, loaded.step) == ("run", tmp_path / "run", 7)
    assert (loaded.config, loaded.fingerprint) == (model.config, fingerprint)


def test_a_loaded_model_is_frozen_and_in_float32(tmp_path: Path) -> None:
    tiny(batchnorm_gamma=0.5).save(tmp_path / "run")
    before = torch.random.get_rng_state()
    model = load_checkpoint(tmp_path / "run")
    for part in (model.head, model.length_head, model.decoder):
        assert not any(module.training for module in part.modules())
        assert not any(parameter.requires_grad for parameter in part.parameters())
        floats = [t for t in part.state_dict().values() if t.is_floating_point()]
        assert {t.dtype for t in floats} == {torch.float32}
        assert {t.device.type for t in part.state_dict().values()} == {"cpu"}
    assert torch.equal(torch.random.get_rng_state(), before)


def test_half_precision_rounds_parameters_and_nothing_else(tmp_path: Path) -> None:
    model = tiny(standardize="standardize", batchnorm_gamma=0.5)
    with torch.no_grad():
        model.decoder.final.weight[0, 0] = 1e6  # more than float16 can hold
    model.save(tmp_path / "run")
    loaded = load_checkpoint(tmp_path / "run")
    for name in ("head", "length_head", "decoder"):
        before, after = getattr(model, name), getattr(loaded, name).state_dict()
        learned = dict(before.named_parameters())
        for key, value in before.state_dict().items():
            rounded = key in learned and f"{name}.{key}" != "decoder.final.weight"
            assert torch.equal(after[key], value.half().float() if rounded else value), key
    stored = load_file(tmp_path / "run" / "model.safetensors")
    assert stored["head.mu.weight"].dtype == torch.float16
    assert stored["head.shift"].dtype == stored["decoder.final.weight"].dtype == torch.float32


def test_bfloat16_weights_are_read(tmp_path: Path) -> None:
    model = tiny()
    model.save(tmp_path / "run")
    reseal(tmp_path / "run", lambda tensors: {k: v.bfloat16() for k, v in tensors.items()})
    weight = load_checkpoint(tmp_path / "run").head.mu.weight
    assert torch.equal(weight, model.head.mu.weight.half().bfloat16().float())


def test_saving_twice_gives_the_same_fingerprint_and_other_weights_another(tmp_path: Path) -> None:
    prints = [tiny(seed=seed).save(tmp_path / name) for name, seed in (("a", 0), ("b", 0), ("c", 1))]
    assert prints[0] == prints[1] != prints[2]


def test_the_encoder_is_found_on_first_use_only(tmp_path: Path) -> None:
    tiny(pooled=16).save(tmp_path / "run")
    missing = load_checkpoint(tmp_path / "run", encoder=tmp_path / "nowhere", offline=True)
    assert len(missing.decode(np.zeros((2, 8), dtype=np.float32))) == 2
    with pytest.raises(EncoderError, match="nowhere"):
        missing.encode(["a dog"])
    folder = tiny_bert(tmp_path / "encoder")
    given = load_checkpoint(tmp_path / "run", encoder=str(folder))
    assert given.encode(["a dog"]).z.shape == (1, 8)


def test_saving_again_keeps_state_log_and_foreign_files(tmp_path: Path) -> None:
    run = tmp_path / "run"
    (run / "state").mkdir(parents=True)
    (run / "state" / "trainer.safetensors").write_bytes(b"moments")
    (run / "training.jsonl").write_text('{"step": 0}\n')
    tiny(seed=0).save(run, extra_files={"statistics.safetensors": b"old", "README.md": "# run\n"})
    (run / "notes.txt").write_text("mine")
    with (run / "training.jsonl").open("a") as log:
        fingerprint = tiny(seed=1).save(run)
        log.write('{"step": 1}\n')
    after = contents(run)
    assert after.pop("training.jsonl") == b'{"step": 0}\n{"step": 1}\n'
    assert after.pop("state/trainer.safetensors") == b"moments"
    assert after.pop("notes.txt") == b"mine"
    # Statistics and card were of the other weights.
    assert set(after) == {"config.json", "model.safetensors", "tokenizer.json"}
    assert load_checkpoint(run).fingerprint == fingerprint
    tiny().save(run, keep=())
    assert set(contents(run)) == {"config.json", "model.safetensors", "tokenizer.json", "notes.txt"}


def test_entries_are_copied_where_links_are_impossible(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny().save(tmp_path / "run")
    (tmp_path / "run" / "training.jsonl").write_text("x")

    def no_links(*_: object, **__: object) -> None:
        raise OSError(1, "not permitted")

    monkeypatch.setattr(os, "link", no_links)
    tiny().save(tmp_path / "run")
    assert (tmp_path / "run" / "training.jsonl").read_text() == "x"


@pytest.mark.parametrize("limit", [100, 3000, 10_000])
def test_a_full_disk_leaves_the_old_checkpoint(limit: int, tmp_path: Path) -> None:
    run = tmp_path / "run"
    tiny(seed=0).save(run, extra_files={"README.md": "# old\n"})
    before = contents(run)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        with pytest.raises(ResourceError, match="cannot write"):
            tiny(seed=1).save(run, extra_files={"README.md": "# new\n"})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert contents(run) == before
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_weights_that_are_not_finite_are_not_saved(tmp_path: Path) -> None:
    tiny(seed=0).save(tmp_path / "run")
    before = contents(tmp_path / "run")
    broken = tiny(seed=1)
    with torch.no_grad():
        broken.decoder.bias[5] = torch.nan
    with pytest.raises(CheckpointError, match=r"decoder\.bias holds NaN"):
        broken.save(tmp_path / "run")
    assert contents(tmp_path / "run") == before


def test_what_could_not_be_loaded_is_not_saved(tmp_path: Path) -> None:
    model = tiny()
    with pytest.raises(CheckpointError, match=r"head\.logvar\.weight is missing"):
        model.save(tmp_path / "run", config=tiny(use_vib=True).config)
    with pytest.raises(CheckpointError, match=r"symbols, model\.decoder\.vocab_size is 270"):
        model.save(tmp_path / "run", tokenizer=type(model.tokenizer).train(SENTENCES, 280))
    with pytest.raises(UsageError, match=r"model\.safetensors"):
        model.save(tmp_path / "run", extra_files={"model.safetensors": b""})
    with pytest.raises(UsageError, match="outside"):
        model.save(tmp_path / "run", extra_files={"../outside": b""})
    assert not list(tmp_path.iterdir())


def test_folders_of_something_else_are_refused(tmp_path: Path) -> None:
    encoder = tiny_bert(tmp_path / "encoder")
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "letter.txt").write_text("dear")
    (tmp_path / "file").write_text("x")
    for folder in (encoder, tmp_path / "mail"):
        before = contents(folder)
        with pytest.raises(CheckpointError, match="neither a checkpoint nor a training run"):
            tiny().save(folder)
        assert contents(folder) == before
    with pytest.raises(InputError, match="is a file"):
        tiny().save(tmp_path / "file")
    (tmp_path / "empty").mkdir()
    tiny().save(tmp_path / "empty")
    os.mkfifo(tmp_path / "empty" / "pipe")
    with pytest.raises(CheckpointError, match="pipe is neither a file nor a folder"):
        tiny().save(tmp_path / "empty")


def test_numbers_that_json_lacks_become_null(tmp_path: Path) -> None:
    training = {"losses": [1.5, float("nan")], "rate": {"peak": float("inf")}}
    tiny().save(tmp_path / "run", training=training)
    tree = json.loads((tmp_path / "run" / "config.json").read_text())
    assert tree["training"] == {"losses": [1.5, None], "rate": {"peak": None}}
    assert tree["format"] == 1


def test_checkpoints_are_found_in_natural_order(tmp_path: Path) -> None:
    encoder = tiny_bert(tmp_path / "encoder")
    tiny().save(tmp_path / "run2")
    for name in ("run10", "run1/late", ".run3.abcd.tmp", "run2/state", "run2/inner"):
        tiny().save(tmp_path / name)
    (tmp_path / "run11").mkdir()
    (tmp_path / "run11" / "config.json").write_bytes(b"{dam")
    (tmp_path / "run11" / "model.safetensors").write_bytes(b"aged")
    names = [str(p.relative_to(tmp_path)) for p in find_checkpoints(tmp_path)]
    assert names == ["run1/late", "run2", "run2/inner", "run10", "run11"]
    assert find_checkpoints(str(tmp_path / "run10")) == [tmp_path / "run10"]
    for path, message in (
        (encoder, "looked for"),
        (tmp_path / "x", "not exist"),
        (encoder / "config.json", "file"),
    ):
        with pytest.raises(CheckpointError, match=message):
            find_checkpoints(path)


def test_info_says_what_a_checkpoint_is(tmp_path: Path) -> None:
    model = tiny(use_vib=True)
    fingerprint = model.save(tmp_path / "run", extra_files={"README.md": "# run\n"})
    info = read_info(tmp_path / "run")
    parts = {"head": model.head, "length_head": model.length_head, "decoder": model.decoder}
    assert info.sizes == {k: sum(t.numel() for t in p.state_dict().values()) for k, p in parts.items()}
    assert (info.name, info.kind, info.layout, info.step) == ("run", "vib", "native", 7)
    assert (info.fingerprint, info.config, info.problems) == (fingerprint, model.config, [])
    assert (info.training, info.provenance["seed"], info.dtypes) == ({"steps": 7}, 3, ("F16", "F32"))
    assert info.encoder == model.config.encoder
    assert info.files["README.md"] == 6


def test_info_needs_no_torch(tmp_path: Path) -> None:
    tiny().save(tmp_path / "run")
    code = """
import sys
from latentlab.checkpoints import find_checkpoints, model_card, read_info
[folder] = find_checkpoints(sys.argv[1])
info = read_info(folder)
assert not info.problems, info.problems
model_card(info.config, info.training, info.provenance, {})
sys.exit(", ".join({"torch", "transformers", "numpy"} & set(sys.modules)) or None)
"""
    run = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "")
