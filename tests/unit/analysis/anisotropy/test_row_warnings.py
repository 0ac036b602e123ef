"""What is odd about rows is told on the terminal, once, with the items and clouds that have it."""

from types import SimpleNamespace

import numpy as np
import pytest

from latentlab.analysis.anisotropy.cloud import measure_cloud, state_of
from latentlab.analysis.anisotropy.row_warnings import row_warnings
from latentlab.analysis.anisotropy.spaces_report import Item, measure_models
from latentlab.analysis.comparison.comparisons import compare
from latentlab.cli import main
from latentlab.metrics import Gate

N, D = 120, 6


def odd():
    x = np.random.default_rng(0).standard_normal((N, D))
    x[:, 4] = 1.5
    x[:3] = 0
    x[3:, 4] = 0.0
    x[11] = x[10]
    return x


def file(name, x):
    return Item(
        name, None, "vectors", {"latents": measure_cloud(state_of(x, seed=0))}, Gate("NOT APPLICABLE")
    )


def test_each_fact_is_told_once_with_all_that_have_it():
    plain = np.random.default_rng(1).standard_normal((N, D))
    still = plain.copy()
    still[:, 4] = 2.0
    assert row_warnings([file("a", odd()), file("b", plain), file("c", still)]) == [
        "a: 3 of 120 rows are zero: they have no direction, and cosines leave them out",
        "a: 1 of 120 rows repeat another, exactly or to .2 % of the usual distance: metrics of neighbours "
        "leave them out",
        "a, c: 1 of 6 dimensions do not vary",
    ]
    several = [file(name, still) for name in "abcde"]
    assert row_warnings(several) == ["a, b, c and 2 more: 1 of 6 dimensions do not vary"]


def test_many_copies_are_a_warning_and_not_a_warning():
    x = np.tile(np.random.default_rng(0).standard_normal((60, D)), (2, 1))
    assert row_warnings([file("a", x)]) == []


class Odd:
    """A checkpoint with odd latents; its encoder is the one of all others here."""

    path, step, encoder_key = None, 1, ("e", 3, "mean")

    def __init__(self, name, kind, mu):
        self.name, self.kind, self.fingerprint, self.mu = name, kind, name, mu

    def pool(self, texts):
        return odd()

    def encode_pooled(self, pooled, texts):
        return SimpleNamespace(mu=self.mu, logvar=np.full((N, D), -1.0) if self.kind == "vib" else None)


def test_a_checkpoint_is_named_with_its_clouds():
    models = [
        Odd("base", "deterministic", odd()),
        Odd("vib", "vib", np.random.default_rng(2).standard_normal((N, D))),
    ]
    texts = [str(i) for i in range(N)]
    told = row_warnings(measure_models(models, texts, seed=0))
    assert "base (pooled, mu), vib (pooled): 1 of 6 dimensions do not vary" in told
    assert len(told) == 3
    assert compare(models, texts, seed=0).to_dict()["results"]["notes"][-3:] == told


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_files_are_told_of_on_stderr_once(tmp_path, capsys, options):
    x = odd()
    x[50:52] = np.nan
    (tmp_path / "other").mkdir()
    np.save(tmp_path / "odd.npy", x)
    np.save(tmp_path / "other" / "odd.npy", odd())
    files = [str(tmp_path / "odd.npy"), str(tmp_path / "other" / "odd.npy")]
    assert main(["anisotropy", *files, "--drop-nonfinite", *options]) == 0
    told = [line for line in capsys.readouterr().err.splitlines() if line.startswith("warning: ")]
    first, second = f"{tmp_path.name}/odd.npy", "other/odd.npy"
    assert told[:4] == [
        f"warning: {first}: 2 rows with NaN or infinity left out; these are rows 50, 51, counted from 0",
        f"warning: {first}: 3 of 118 rows are zero: they have no direction, and cosines leave them out",
        f"warning: {first}: 1 of 118 rows repeat another, exactly or to .2 % of the usual distance: "
        "metrics of neighbours leave them out",
        f"warning: {first}, {second}: 1 of 6 dimensions do not vary",
    ]
    assert sum("are zero" in line for line in told) == 2
