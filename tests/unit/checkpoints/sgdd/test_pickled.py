"""The pickle of a `.pt` file as a table: what is read, what is refused, and that nothing is called."""

import io
import os
import pickle
import pickletools
from collections import OrderedDict
from typing import ClassVar

import pytest

from latentlab.checkpoints.sgdd.pickled import check_twice, plain, read_pickle, tensors_of
from latentlab.errors import CheckpointError


class Storage:
    """Pickled as torch pickles a storage."""

    def __init__(self, *pid):
        self.pid = pid


class FloatStorage:
    """Named `torch.FloatStorage` in a pickle."""


def rebuild(*args):
    """Named `torch._utils._rebuild_tensor_v2` in a pickle."""


class Tensor:
    def __init__(self, *args):
        self.args = args

    def __reduce__(self):
        return rebuild, self.args


def dumps(tree) -> bytes:
    """A pickle with torch's names in it, made without torch."""
    FloatStorage.__module__, FloatStorage.__qualname__ = "torch", "FloatStorage"
    rebuild.__module__, rebuild.__qualname__ = "torch._utils", "_rebuild_tensor_v2"

    class Pickler(pickle._Pickler):
        def persistent_id(self, item):
            return item.pid if isinstance(item, Storage) else None

        def save_global(self, item, name=None):
            self.write(pickle.GLOBAL + f"{item.__module__}\n{item.__qualname__}\n".encode())
            self.memoize(item)

        dispatch: ClassVar = dict(pickle._Pickler.dispatch)
        dispatch[type(rebuild)] = save_global
        dispatch[type] = save_global

    out = io.BytesIO()
    Pickler(out, 2).dump(tree)
    return out.getvalue()


def stored(count=6, offset=0, shape=(2, 3), stride=(3, 1), key="0", device="cpu"):
    return Tensor(
        Storage("storage", FloatStorage, key, device, count), offset, shape, stride, False, OrderedDict()
    )


def read(tensor, sizes=None):
    table = read_pickle(dumps({"a": tensor}))
    return tensors_of(table, {"0": 24} if sizes is None else sizes, "weights")["a"]


def test_a_tensor_is_a_type_a_shape_and_a_place():
    found = read(stored())
    assert (found.info.dtype, found.info.shape, found.storage, found.view) == (
        "F32",
        (2, 3),
        "0",
        (0, (3, 1)),
    )
    assert read(stored(shape=(3, 2), stride=(1, 3))).info.shape == (3, 2)
    assert read(stored(shape=(), stride=(), offset=5)).info.shape == ()


@pytest.mark.parametrize(
    "change",
    [
        {"shape": (2, 4)},
        {"offset": 1},
        {"stride": (4, 1)},
        {"stride": (0, 0)},
        {"stride": (1, 1)},
        {"shape": (0, 3)},
        {"shape": (2,)},
        {"shape": (-2, -3)},
        {"shape": ("2", 3)},
        {"shape": (1 << 62, 1 << 62)},
        {"stride": (-3, 1)},
        {"count": 7},
        {"count": 1 << 40},
        {"count": -6},
        {"count": True},
        {"key": "1"},
        {"key": 0},
        {"device": ("cpu",)},
    ],
)
def test_a_tensor_that_its_bytes_do_not_bear_out(change):
    with pytest.raises(CheckpointError, match="tensor a "):
        read(stored(**change))


def test_entries_that_are_no_tensors():
    for entry in (1, "text", None, [1], {"x": 1}, Tensor(1), Storage("storage"), OrderedDict(a=1)):
        with pytest.raises(CheckpointError):
            read(entry)
    with pytest.raises(CheckpointError, match="not a table"):
        tensors_of(read_pickle(pickle.dumps([1], 2)), {}, "weights")


@pytest.mark.parametrize("protocol", range(1, 6))
def test_what_is_asked_for_is_named_and_not_called(protocol):
    class Evil:
        def __reduce__(self):
            return os.mkdir, ("made",)

    with pytest.raises(CheckpointError, match=r"asks for posix\.mkdir"):
        read_pickle(pickle.dumps({"a": [Evil()]}, protocol))
    assert not os.path.exists("made")  # noqa: PTH110


def test_old_instructions_and_extension_codes_are_refused():
    for data in (b"(iposix\nsystem\n.", b"(cposix\nsystem\nS'x'\no.", b"\x80\x02\x82\x01.", b"(d."):
        with pytest.raises(CheckpointError):
            read_pickle(data)


def test_damage_is_one_line():
    whole = dumps({"a": stored(), "config": {"b": [1, 2.5, "c", None, True]}})
    pickletools.dis(whole, out=io.StringIO())
    for cut in range(len(whole)):
        with pytest.raises(CheckpointError) as caught:
            read_pickle(whole[:cut])
        assert "\n" not in caught.value.message
        assert caught.value.hint


def test_plain_values_are_copied():
    tree = {"a": [1, 2.5, (True, None)], "b": {"c": "d"}}
    read_back = plain(read_pickle(pickle.dumps(tree, 2)), "config")
    assert read_back == {"a": [1, 2.5, [True, None]], "b": {"c": "d"}}
    assert type(read_back) is dict


def test_a_key_that_is_there_twice_is_seen_at_every_depth():
    twice = pickle.dumps({"x": {"ab": 1, "ac": 2}}, 2).replace(b"ac", b"ab")
    with pytest.raises(CheckpointError, match=r"config\.x has the key ab twice"):
        plain(read_pickle(twice), "config")
    check_twice({"a": 1}, "it")


def test_a_structure_that_holds_itself():
    loop: list = []
    loop.append(loop)
    with pytest.raises(CheckpointError, match="too deep"):
        plain(read_pickle(pickle.dumps(loop, 2)), "config")
