"""Cached vectors are those that were written, or are made again."""

from types import SimpleNamespace

import numpy as np
import pytest

from latentlab.errors import InputError
from latentlab.models.encoder.frozen import FrozenEncoder
from latentlab.training import vector_cache
from latentlab.training.vector_cache import cached_vectors

TEXTS = [f"sentence {i}" for i in range(20)]


class Encoder(FrozenEncoder):
    """Three numbers a sentence, from its text; counts what it reads."""

    key = ("abc", 3, "mean")
    precision = "float32"

    def __init__(self, settings="one"):
        self.config = SimpleNamespace(settings=settings)
        self.read = 0

    def encode(self, texts, progress=None):
        self.read += len(texts)
        return np.array([[len(t), sum(map(ord, t)), 1] for t in texts], dtype=np.float32)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(vector_cache, "CHUNK", 8)


def flip(data):
    return data[:140] + bytes([data[140] ^ 4]) + data[141:]


DAMAGE = {
    "a flipped bit": flip,
    "a flipped bit of the digest": lambda data: data[:-1] + bytes([data[-1] ^ 1]),
    "cut off": lambda data: data[:-7],
    "cut to nothing": lambda data: b"",
    "too long": lambda data: data + b"0",
    "something else": lambda data: b"not an array " * 9,
}


def test_sentences_are_read_once(tmp_path):
    encoder = Encoder()
    first = cached_vectors(TEXTS, encoder, cache=tmp_path)
    again = cached_vectors(TEXTS, encoder, cache=tmp_path)
    assert encoder.read == 20
    assert isinstance(again, np.memmap)
    np.testing.assert_array_equal(first, again)
    # A part serves another corpus that begins alike.
    cached_vectors(TEXTS[:16], encoder, cache=tmp_path)
    assert encoder.read == 20


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
@pytest.mark.parametrize("which", ["whole", "parts"])
def test_what_is_damaged_is_made_again_with_a_warning(tmp_path, caplog, damage, which):
    encoder = Encoder()
    wanted = np.array(cached_vectors(TEXTS, encoder, cache=tmp_path))
    parts = set(tmp_path.glob("*.part.npy"))
    (whole,) = set(tmp_path.glob("*.npy")) - parts
    files = [whole] if which == "whole" else sorted(parts)
    if which == "parts":
        whole.unlink()
    for file in files:
        file.write_bytes(damage(file.read_bytes()))
    np.testing.assert_array_equal(cached_vectors(TEXTS, encoder, cache=tmp_path), wanted)
    assert sum("are damaged and are made again" in message for message in caplog.messages) == len(files)
    assert encoder.read == (20 if which == "whole" else 40)
    caplog.clear()
    cached_vectors(TEXTS, encoder, cache=tmp_path)
    assert not caplog.messages


def test_another_configuration_or_tokenizer_has_vectors_of_its_own(tmp_path):
    for settings in ("one", "other", None):
        encoder = Encoder(settings)
        cached_vectors(TEXTS, encoder, cache=tmp_path)
        assert encoder.read == 20


@pytest.mark.parametrize("part", [True, False])
def test_what_is_in_the_way_of_the_cache_is_named(tmp_path, part):
    cached_vectors(TEXTS, Encoder(), cache=tmp_path)
    [file] = [p for p in sorted(tmp_path.iterdir()) if p.name.endswith(".part.npy") is part][:1]
    for path in tmp_path.iterdir():
        path.unlink()
    file.mkdir()
    with pytest.raises(InputError, match=f"{file.name} is in the way of cached vectors") as found:
        cached_vectors(TEXTS, Encoder(), cache=tmp_path)
    assert found.value.hint == "move it away, or set LATENTLAB_CACHE to a folder that can be written"


def test_a_cache_that_is_no_folder_is_named(tmp_path):
    (tmp_path / "cache").touch()
    with pytest.raises(InputError, match=r"vectors cannot be cached: cannot write .*cache") as found:
        cached_vectors(TEXTS, Encoder(), cache=tmp_path / "cache")
    assert "LATENTLAB_CACHE" in found.value.hint
