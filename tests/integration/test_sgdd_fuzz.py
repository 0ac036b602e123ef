"""Mutated files of every layout: each is loaded with the numbers it holds, or refused in one line.

`python -m benchmarks.bench_checkpoints` does the same more often.
"""

import io
import zipfile
from collections import Counter
from functools import cache

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sgdd_files import LAYOUTS, old_config, old_tree, write_old
from sgdd_mutations import mutations, outcome

TURNS = 1600
NUMBERS = st.integers(-(1 << 70), 1 << 70) | st.floats() | st.booleans() | st.none()
PLAIN = st.recursive(
    NUMBERS | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


def bounded(examples: int) -> settings:
    """The same examples every time."""
    return settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


@cache
def members(layout: str) -> dict[str, bytes]:
    """The members of a whole file."""
    out = io.BytesIO()
    torch.save(old_tree(layout), out)
    with zipfile.ZipFile(out) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_mutations_are_loaded_rightly_or_refused(tmp_path):
    seen = Counter()
    for _, file, before, now in mutations(tmp_path, TURNS, seed=4):
        result = outcome(file)
        assert result in ("loaded", "refused")
        seen[result] += 1
        if now == before:
            assert result == "loaded"
    # Both paths out are taken: a reader that refuses everything, or nothing, is no reader.
    assert seen["refused"] > TURNS / 2
    assert seen["loaded"] > TURNS / 50


@pytest.mark.parametrize("part", ["config", "model", "top"])
@bounded(120)
@given(data=st.data())
def test_any_configuration_is_taken_or_refused(part, tmp_path, data):
    """Whatever stands in the place of a setting, of all settings, or beside the weights."""
    layout = data.draw(st.sampled_from(LAYOUTS))
    config, more = old_config(layout), {}
    if part == "config":
        more["config"] = data.draw(PLAIN)
    elif part == "model":
        names = [
            *config["model"],
            "hidden_dim",
            "use_vib",
            "kl_threshold",
            "num_diffusion_steps",
            "vocab_size",
        ]
        config["model"][data.draw(st.sampled_from(names))] = data.draw(PLAIN)
        more["config"] = config
    else:
        more[data.draw(st.sampled_from(["epoch", "step", "loss", "metric", "metric_name"]))] = data.draw(
            PLAIN
        )
    assert outcome(write_old(tmp_path / "x.pt", layout, **more)) in ("loaded", "refused")


@bounded(1500)
@given(data=st.data())
def test_any_edit_of_a_pickle_is_taken_or_refused(tmp_path, data):
    """Behind the checksums: the archive is whole, its pickle is not what torch wrote."""
    layout = data.draw(st.sampled_from(LAYOUTS))
    whole = members(layout)
    name = next(name for name in whole if name.endswith("data.pkl"))
    edited = whole[name]
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(edited)))
        cut, put = data.draw(st.integers(0, 12)), data.draw(st.binary(max_size=12))
        edited = edited[:at] + put + edited[at + cut :]
    with zipfile.ZipFile(tmp_path / "x.pt", "w") as archive:
        for member, content in whole.items():
            archive.writestr(member, edited if member == name else content)
    assert outcome(tmp_path / "x.pt") in ("loaded", "refused")
