"""Checkpoints that are replaced while the dashboard looks at them: loaded again, never mixed, never kept."""

import gc
import os
import shutil
import weakref
from pathlib import Path

import pytest

pytest.importorskip("streamlit", reason="the dashboard is an extra: pip install 'latentlab[app]'")
from parts import choice, loaded
from streamlit.testing.v1 import AppTest

from latentlab.analysis.interpolation.walk import latent_statistics
from latentlab.errors import CheckpointError
from latentlab.files import atomic_folder
from latentlab.results.statistics import Statistics


@pytest.fixture
def folder(tiny_folder, tmp_path):
    """Of two checkpoints; nothing that another test loaded is kept."""
    loaded.load.clear()
    loaded.readers.clear()
    shutil.copytree(tiny_folder, tmp_path / "runs")
    yield tmp_path / "runs"
    loaded.load.clear()
    loaded.readers.clear()


def load(path):
    return loaded.load(path.name, path, loaded.stamp(path))


def like(file, other):
    """The times of one file for another, as an archive gives them to all that it holds."""
    times = file.stat()
    os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))


def test_another_file_of_the_same_size_and_time_is_another(folder):
    before = loaded.stamp(folder / "vib")
    assert loaded.stamp(folder / "vib") == before
    for name in ("config.json", "model.safetensors", "tokenizer.json"):
        file = folder / "vib" / name
        copy = folder / "copy"
        shutil.copy(file, copy)
        like(file, copy)
        copy.replace(file)
        after = loaded.stamp(folder / "vib")
        assert after != before
        assert [entry[3:] for entry in after] == [entry[3:] for entry in before]
        before = after


def test_a_log_that_grows_is_no_other_checkpoint(folder):
    before = loaded.stamp(folder / "vib")
    (folder / "vib" / "training.jsonl").write_text('{"step": 1, "loss": 2.0}\n')
    assert loaded.stamp(folder / "vib") == before


def test_copies_of_one_checkpoint_share_their_tensors_and_nothing_else(folder):
    shutil.copytree(folder / "vib", folder / "other")
    first, second, plain = (load(folder / name) for name in ("vib", "other", "plain"))
    assert second.decoder is first.decoder
    assert plain.decoder is not first.decoder
    assert (first.name, second.name, second.path) == ("vib", "other", folder / "other")
    assert first.stamp != second.stamp
    weights = weakref.ref(first.decoder)
    del first
    loaded.load.clear()
    gc.collect()
    assert load(folder / "vib").decoder is second.decoder  # still there, and found again
    del second, plain
    loaded.load.clear()
    loaded.freeze_gc()
    assert weights() is None


def test_another_configuration_shares_nothing(folder):
    first = load(folder / "vib")
    config = folder / "vib" / "config.json"
    config.write_text(config.read_text() + "\n")
    assert load(folder / "vib").decoder is not first.decoder


def test_statistics_that_come_late_are_seen(folder):
    path = folder / "vib"
    (path / "statistics.safetensors").unlink(missing_ok=True)
    before = loaded.stamp(path)
    (path / "statistics.safetensors").write_bytes(b"x")
    assert loaded.stamp(path) != before


def test_what_is_replaced_while_it_is_loaded_is_not_kept(folder, monkeypatch):
    path = folder / "vib"
    first = loaded.stamp(path)

    def swapped(paths, **_):
        found = load_models([folder / "plain"])
        shutil.copy(folder / "plain" / "model.safetensors", path / "model.safetensors")
        return found

    from latentlab.analysis import loading as module

    load_models = module.load_models
    monkeypatch.setattr(module, "load_models", swapped)
    with pytest.raises(CheckpointError, match="vib was replaced while it was read"):
        loaded.load("vib", path, first)
    monkeypatch.undo()
    (path / "model.safetensors").unlink()
    shutil.rmtree(path)
    with pytest.raises(CheckpointError):
        load(path)


def test_what_is_made_of_two_states_is_an_error(folder):
    model = load(folder / "vib")
    with loaded.steady([model]):
        pass
    with pytest.raises(CheckpointError, match="vib was replaced"), loaded.steady([model]):
        shutil.copy(folder / "plain" / "config.json", folder / "vib" / "config.json")


def test_a_replaced_checkpoint_goes_when_nobody_keeps_it(folder):
    path = folder / "vib"
    first = weakref.ref(load(path))
    for turn in range(9):  # one more than are kept
        with atomic_folder(path, overwrite=True) as made:
            shutil.copytree(folder / "plain", made, dirs_exist_ok=True)
        last = load(path)
        assert last.kind == "deterministic", turn
    gc.collect()
    assert first() is None


def test_the_encoder_is_shared_as_long_as_somebody_has_it(folder):
    models = [load(folder / name) for name in ("plain", "vib")]
    assert len({model.encoder_key for model in models}) == 1
    assert models[1].encoder is models[0].encoder
    assert len(loaded.readers()) == 1
    loaded.load.clear()
    del models
    gc.collect()
    assert not loaded.readers()


def test_what_was_garbage_when_the_next_checkpoint_came_is_not_kept():
    class Page:
        """Refers to itself, as a page with its fields does."""

        def __init__(self):
            self.own = self

    page = Page()
    gone = weakref.ref(page)
    loaded.freeze_gc()
    del page
    gc.collect()
    assert gone() is not None  # it was set aside
    loaded.freeze_gc()
    assert gone() is None
    gc.unfreeze()


def test_statistics_of_another_file_are_read_again(folder, tmp_path):
    import numpy as np

    rng = np.random.default_rng(0)
    model = load(folder / "vib")
    width = model.config.head.width
    file = folder / "vib" / "statistics.safetensors"
    assert latent_statistics(model) is None or file.exists()
    means = []
    for shift in (0.0, 3.0):
        made = tmp_path / f"{shift}"
        Statistics.of(rng.standard_normal((9, 5)), shift + rng.standard_normal((9, width))).write(made)
        if file.exists():
            like(file, made)
        made.replace(file)
        means.append(latent_statistics(model).mean.mean())
    assert means[1] - means[0] > 1
    file.unlink()
    assert latent_statistics(model) is None


@pytest.mark.encoder
def test_benches_of_several_pairs_read_with_one_encoder(monkeypatch):
    from latentlab.corpora import data_folder, shipped_corpus

    # A bench of a few sentences: what is told apart here is who reads them.
    few = shipped_corpus().split("train").sample(20, 0)
    monkeypatch.setattr(choice.sentences, "part", lambda name: few)
    made = []
    for name in ("baseline", "vib"):
        path = data_folder() / "checkpoints" / name
        made.append(choice.make_resources((name, "few"), [loaded.load(name, path, loaded.stamp(path))]))
    assert made[0] is not made[1]
    assert made[0].reader is made[1].reader
    choice.make_resources.clear()
    loaded.load.clear()


def test_what_is_replaced_once_while_others_are_served_is_read_as_it_is_then(folder, monkeypatch):
    path = folder / "vib"
    stamps = [loaded.stamp(path)]
    shutil.copy(path / "config.json", folder / "copy")
    (folder / "copy").replace(path / "config.json")
    true = loaded.stamp
    monkeypatch.setattr(loaded, "stamp", lambda place: stamps.pop() if stamps else true(place))
    assert loaded.newest("vib", path).stamp == true(path)
    turns = iter(range(99))
    monkeypatch.setattr(loaded, "stamp", lambda place: ((str(next(turns)), 0, 0, 0, 0),))
    with pytest.raises(loaded.Replaced, match="vib was replaced"):
        loaded.newest("vib", path)


def test_two_names_of_the_same_weights_are_not_compared(folder, monkeypatch, tmp_path):
    shutil.copytree(folder / "vib", folder / "again")
    monkeypatch.setenv("LATENTLAB_CHECKPOINTS", str(folder))
    monkeypatch.setenv("LATENTLAB_CACHE", str(tmp_path / "cache"))
    app = Path(__file__).resolve().parents[2] / "apps" / "dashboard" / "app.py"
    at = AppTest.from_file(str(app), default_timeout=300)
    for key, value in {"a": "vib", "b": "again", "n": "200"}.items():
        at.query_params[key] = value
    at.run()
    assert not at.exception
    assert not at.error
    assert any("the same weights" in info.value for info in at.info)


def test_a_hidden_folder_is_no_run(folder, monkeypatch):
    """A checkpoint that is put aside while another takes its place."""
    monkeypatch.setenv("LATENTLAB_CHECKPOINTS", str(folder))
    for name in ("run", ".aside", "run/.old"):
        (folder / name).mkdir()
        (folder / name / "training.jsonl").write_text('{"step": 1, "loss": 2.0}\n')
    assert [name for name in choice.logged() if "run" in name or "aside" in name] == ["run"]
