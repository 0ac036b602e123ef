"""States on disk: read as written, refused when damaged, and together what one pass over all rows is."""

import json
from dataclasses import asdict, fields, replace

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file
from vector_files import cloud, saved

from latentlab.analysis.anisotropy.spaces import merge_spaces
from latentlab.analysis.anisotropy.vector_clouds import measure_vectors, merge_states, setting_of
from latentlab.errors import InputError, LatentsError
from latentlab.metrics.streaming.accumulator import State
from latentlab.metrics.streaming.pass_settings import Setting
from latentlab.metrics.streaming.sharding import group_labels
from latentlab.metrics.streaming.sums import Sums
from latentlab.results.accumulator_files import SavedState
from latentlab.results.vectors.memmapped import STATE_KEY
from latentlab.results.vectors.vector_file import open_vectors

SETTING = Setting(seed=3, shards=5, subsample=20)


def state(x, setting=SETTING, **more):
    state = State.start(x, setting, **more)
    state.update(x, drop_nonfinite=True)
    return state


def assert_same_bits(a, b):
    arrays = {
        f"shards.{f.name}": (getattr(a.shards, f.name), getattr(b.shards, f.name)) for f in fields(Sums)
    }
    for key in ("pilot", "kept", "kept_rows", "kept_groups"):
        arrays[key] = getattr(a, key), getattr(b, key)
    if a.unit_scatter is not None:
        arrays["unit_scatter"] = a.unit_scatter, b.unit_scatter
    for key, (first, second) in arrays.items():
        assert first.dtype == second.dtype, key
        assert first.shape == second.shape, key
        assert first.tobytes() == second.tobytes(), key
    for key in ("setting", "ranges", "nonfinite", "row_spread"):
        assert getattr(a, key) == getattr(b, key), key


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("directions", [True, False])
def test_a_state_is_read_as_it_was_written(tmp_path, dtype, directions):
    x = cloud(100, 4, dtype)
    x[9] = np.nan
    made = state(x, replace(SETTING, directions=directions), first_row=7)
    if not directions:
        made.second_pass([x])
    SavedState("x.npy", made).write(tmp_path / "s.safetensors")
    read = SavedState.read(tmp_path / "s.safetensors")
    assert read.name == "x.npy"
    assert_same_bits(read.state, made)
    # Any reader of safetensors finds the same.
    with safe_open(tmp_path / "s.safetensors", "np") as file:
        assert file.get_tensor("pilot").tobytes() == made.pilot.tobytes()
        assert json.loads(file.metadata()[STATE_KEY])["setting"] | {"products": True} == asdict(made.setting)


def test_a_state_of_groups_is_read_as_it_was_written(tmp_path):
    x = np.random.default_rng(0).standard_normal((300, 4))
    state = State.of(x, Setting(grouped=True), groups=group_labels([i // 5 for i in range(300)]))
    assert len(state.kept_rows) == 60  # one row a group, and fewer than the sample could have
    SavedState("x", state).write(tmp_path / "s.safetensors")
    read = SavedState.read(tmp_path / "s.safetensors").state
    np.testing.assert_array_equal(read.kept_rows, state.kept_rows)


def test_an_empty_state_and_one_of_many_ranges(tmp_path):
    x = cloud(100, 4)
    empty = State.start(x, SETTING)
    late = empty.sibling(first_row=500)
    late.update(x)
    for number, made in enumerate(
        (empty, empty.merge(late), state(x).merge(state(x).sibling(first_row=300)))
    ):
        path = tmp_path / f"{number}.safetensors"
        SavedState("x", made).write(path)
        assert_same_bits(SavedState.read(path).state, made)


def edited(path, change):
    """Rewrite a state file after a change of its tensors and its description."""
    with safe_open(path, "np") as file:
        description = json.loads(file.metadata()[STATE_KEY])
    arrays = load_file(path)
    change(arrays, description)
    save_file(arrays, path, {STATE_KEY: json.dumps(description)})


def setting(key, value):
    return lambda arrays, said: said["setting"].update({key: value})


DAMAGE = {
    "missing tensor": (
        lambda a, said: a.pop("shards.third"),
        "no whole state: there is no tensor shards.third",
    ),
    "unknown tensor": (
        lambda a, said: a.update(more=a["pilot"]),
        "no whole state: there is an unknown tensor more",
    ),
    "other format": (lambda a, said: said.update(format=1), "has format 1, this version reads 2"),
    "no setting": (lambda a, said: said.pop("setting"), "no whole state: 'setting'"),
    "unknown setting": (setting("more", 1), "no whole state: its setting is .*more"),
    "other seed": (setting("seed", "0"), "no whole state: its setting is"),
    "other width": (lambda a, said: a.update(pilot=a["pilot"][:3]), r"contradicts itself: .* has shape"),
    "other shards": (setting("shards", 4), r"contradicts itself: shards\.\w+ has shape \(5,\), not \(4,\)"),
    "no directions": (lambda a, said: a.pop("unit_scatter"), "there is no tensor unit_scatter"),
    "directions": (setting("directions", False), "an unknown tensor unit_scatter"),
    "NaN": (lambda a, said: a["shards.scatter"].fill(np.nan), "shards.scatter is not finite"),
    "single": (lambda a, said: a.update(pilot=a["pilot"].astype("f4")), "pilot holds F32 numbers"),
    "rows": (lambda a, said: said.update(nonfinite=3), "100 rows are counted and 3 left out, of 100"),
    "ranges": (lambda a, said: said.update(ranges=[[0, 60], [50, 90]]), "overlap"),
    "no ranges": (lambda a, said: said.update(ranges=[]), "are no ranges"),
    "kept": (lambda a, said: a["kept_rows"].__iadd__(90), "a row is kept that was not seen"),
    "order": (lambda a, said: a.update(kept_rows=a["kept_rows"][::-1].copy()), "are kept in this order"),
    "sample": (setting("subsample", 10), "20 rows are kept in this order, of 100"),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_what_contradicts_itself_is_refused(tmp_path, case):
    change, message = DAMAGE[case]
    path = tmp_path / "s.safetensors"
    SavedState("x", state(cloud(100, 4))).write(path)
    edited(path, change)
    with pytest.raises(LatentsError, match=message) as caught:
        SavedState.read(path)
    assert caught.value.message.startswith(str(path))
    assert "--state" in caught.value.hint


def test_what_is_no_state_is_refused(tmp_path):
    path = tmp_path / "s.safetensors"
    SavedState("x", state(cloud(100, 4))).write(path)
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(LatentsError, match="is not a whole safetensors file"):
        SavedState.read(path)
    save_file({"vectors": cloud()}, path)
    with pytest.raises(LatentsError, match=r"is no state: it has no latentlab\.state"):
        SavedState.read(path)
    for name in ("none.safetensors", "none.npy"):
        with pytest.raises(LatentsError, match=r"cannot read|does not end in"):
            SavedState.read(tmp_path / name)
    with pytest.raises(InputError, match=r"ends in \.safetensors"):
        SavedState("x", state(cloud())).write(tmp_path / "s.npy")
    SavedState("x", state(cloud())).write(path)
    with pytest.raises(LatentsError, match="holds a state, not vectors") as caught:
        open_vectors(path)
    assert "latentlab merge" in caught.value.hint


# Together


def test_fifty_pieces_are_one_pass(tmp_path):
    x = cloud(1100, 6) + 3
    x[[5, 700]] = np.nan
    sample = setting_of(6, seed=2, sample=150, directions=True)
    whole = measure_vectors(saved(tmp_path / "x.npy", x), seed=2, setting=sample, drop_nonfinite=True)[1]
    edges = np.sort(np.random.default_rng(0).choice(np.arange(1, 1100), 49, replace=False))
    first, paths = None, []
    for number, (start, end) in enumerate(zip([0, *edges], [*edges, 1100], strict=True)):
        piece = saved(tmp_path / f"{number}.npy", np.vstack([x[start:end], x[:2]])[: max(end - start, 1)])
        made = State.start(x[: edges[0]].astype(float), sample) if first is None else first
        made = made.sibling(first_row=int(start))
        for batch in piece.batches(10):
            made.update(batch, drop_nonfinite=True)
        first = made if first is None else first
        paths.append(tmp_path / f"{number}.safetensors")
        SavedState(piece.name, made).write(paths[-1])
    order = np.random.default_rng(1).permutation(50)
    merged = merge_spaces([paths[i] for i in order])
    [item] = merged.report.results.items
    assert item.name.endswith("+ 49 more")
    got, wanted = item.clouds["latents"], whole.clouds["latents"]
    assert (got.n, got.d, got.sampled) == (wanted.n, wanted.d, wanted.sampled) == (1098, 6, 150)
    assert list(got.metrics) == list(wanted.metrics)
    for key, estimate in wanted.metrics.items():
        for a, b in ((got.metrics[key].value, estimate.value), (got.metrics[key].se, estimate.se)):
            assert (a is None) == (b is None), key
            assert a is None or a == pytest.approx(b, rel=1e-9, abs=1e-12), key


def test_like_makes_a_piece_that_merges(tmp_path):
    x = cloud(300, 4)
    setting = setting_of(4, seed=0, directions=True)
    a, _ = measure_vectors(saved(tmp_path / "a.npy", x[:100]), seed=0, setting=setting)
    b, _ = measure_vectors(saved(tmp_path / "b.npy", x[100:]), seed=9, like=a, first_row=100)
    whole = state(x.astype(np.float64), setting)
    both = merge_states([SavedState("a", a), SavedState("b", b)]).state
    assert both.ranges == [(0, 300)]
    assert np.array_equal(both.kept_rows, whole.kept_rows)
    np.testing.assert_array_equal(both.kept, whole.kept)
    with pytest.raises(LatentsError, match=r"c\.npy: d = 5, and the state .* has d = 4"):
        measure_vectors(saved(tmp_path / "c.npy", cloud(9, 5)), seed=0, like=a)


def test_states_that_do_not_belong_together_are_refused():
    x = cloud(100, 4)
    first = SavedState("first", state(x))
    for other, message, hint in (
        (state(x + 1), "second: the two states have different pilots", "--like"),
        (state(x, replace(SETTING, seed=4), first_row=100), "another setting: seed 3 and 4", "--like"),
        (state(x, replace(SETTING, subsample=9)), "another setting: subsample 20 and 9", "--like"),
        (state(x[:, :3]), "different pilots", "--like"),
        (state(x, first_row=99), "second: the two states share rows: .* row 99", "--first-row"),
    ):
        with pytest.raises(LatentsError, match=message) as caught:
            merge_states([first, SavedState("second", other)])
        assert hint in caught.value.hint
    with pytest.raises(LatentsError, match="no state to merge"):
        merge_states([])
