"""The whole report of a fixed set of vectors, key by key and number by number.

When a number changes on purpose, write the file anew with `python tests/golden/test_anisotropy_golden.py` and
say in the change why it is right.
"""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from latentlab.analysis.anisotropy.spaces_report import anisotropy

GOLDEN = Path(__file__).with_name("anisotropy.json")
TEXTS = [f"sentence {i}" for i in range(64)]


class Fixed:
    """Vectors from a formula, not from a generator."""

    path = None
    step = 100
    encoder_key = ("fixed", 3, "mean")

    def __init__(self, name, kind):
        self.name, self.kind, self.fingerprint = name, kind, name * 8

    def pool(self, texts):
        i, j = np.arange(1, len(texts) + 1)[:, None], np.arange(1, 8)[None, :]
        return 0.4 + np.sin(1.7 * i * j + j**2) / j

    def encode_pooled(self, pooled, texts):
        mu = np.tanh(pooled[:, :5] * 1.5 - 0.2)
        logvar = -1 + np.cos(pooled[:, 1:6]) if self.kind == "vib" else None
        return SimpleNamespace(mu=mu, logvar=logvar)


def current():
    report = anisotropy([Fixed("vib", "vib"), Fixed("baseline", "deterministic")], TEXTS, seed=0).to_dict()
    del report["provenance"]["versions"]
    return report


def same(got, expected, where="report"):
    if isinstance(expected, dict):
        assert list(got) == list(expected), where
        for key in expected:
            same(got[key], expected[key], f"{where}.{key}")
    elif isinstance(expected, list):
        assert len(got) == len(expected), where
        for i, (a, b) in enumerate(zip(got, expected, strict=True)):
            same(a, b, f"{where}[{i}]")
    elif isinstance(expected, float):
        assert got == pytest.approx(expected, rel=1e-9, abs=1e-12), where
    else:
        assert got == expected, where


def test_the_report_is_the_golden_one():
    same(current(), json.loads(GOLDEN.read_text(encoding="utf-8")))


@pytest.mark.parametrize("change", [lambda r: r.pop("inputs"), lambda r: r["provenance"].update(seed=1)])
def test_a_difference_is_seen(change):
    report = current()
    change(report)
    with pytest.raises(AssertionError):
        same(report, json.loads(GOLDEN.read_text(encoding="utf-8")))


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(current(), indent=1) + "\n", encoding="utf-8")
