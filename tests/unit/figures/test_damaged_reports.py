"""Reports and maps that no command wrote: one line about the file, in words, and no figure."""

import json

import figure_reports as made
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from latentlab.cli import main
from latentlab.figures.names import label


def changed(path, value):
    document = json.loads(json.dumps(made.spaces(("a", "vib"))))
    at = document["results"]["items"][0]
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return document


CHANGES = [
    (("clouds",), 0),
    (("clouds",), None),
    (("clouds",), []),
    (("clouds", "mu"), "x"),
    (("clouds", "mu", "metrics"), None),
    (("clouds", "mu", "metrics", "mean_cosine"), 1),
    (("clouds", "mu", "curves"), []),
    (("clouds", "mu", "curves", "eigenvalues"), 3),
    (("clouds", "mu", "curves", "cosines"), [1]),
    (("clouds", "mu", "curves", "quantiles", "low"), {}),
    (("clouds", "mu", "d"), "many"),
    (("clouds", "mu", "d"), 0),
    (("clouds", "mu", "n"), -1),
    (("clouds", "mu", "curves", "eigenvalues", 0), "1"),
    (("clouds", "mu", "curves", "cosines", "counts", 3), -1),
    (("posterior", "kl_per_dim", 2), -0.1),
    (("posterior", "curves", "noise_variance", 0), -0.1),
    (("gate", "verdict"), "WELL"),
    (("clouds", "mu", "d"), 10**30),
    (("clouds", "mu", "curves", "cosines", "counts", 3), 10**30),
    (("clouds", "mu", "metrics", "mean_cosine", "ci95"), [None, None]),
    (("posterior",), []),
    (("posterior", "curves"), True),
    (("gate",), "HEALTHY"),
    (("layers",), {}),
    (("points",), 1),
    (("map",), [1]),
    (("log",), []),
    (("constellation",), {"regions": [1]}),
    (("name",), 5),
]


@pytest.mark.parametrize(("path", "value"), CHANGES, ids=str)
def test_a_part_of_another_kind_is_named(path, value, tmp_path, capsys):
    (tmp_path / "report.json").write_text(json.dumps(changed(path, value)))
    for arguments in (["--list"], ["--figure", "spectrum", "--out", str(tmp_path / "f.svg")]):
        assert main(["plot", str(tmp_path / "report.json"), *arguments]) == 3
        said = capsys.readouterr().err
        assert f"items.0.{'.'.join(map(str, path))}" in said
        assert "Error" not in said
        assert "bug" not in said


def test_a_part_that_is_missing_is_named(tmp_path, capsys):
    document = made.spaces(("a", "vib"))
    del document["results"]["items"][0]["clouds"]["mu"]["curves"]["quantiles"]["low"]
    (tmp_path / "report.json").write_text(json.dumps(document))
    out = ["--figure", "normal_quantiles", "--out", str(tmp_path / "f.svg")]
    assert main(["plot", str(tmp_path / "report.json"), *out]) == 3
    said = capsys.readouterr().err
    assert "items.0.clouds.mu.curves.quantiles.low: field required" in said
    assert "bug" not in said


@pytest.mark.parametrize("cloud", ["$x$", "$x_1$ and $", "_hidden", "mu"])
def test_the_name_of_a_cloud_is_text(tmp_path, capsys, cloud):
    rows = {
        "checkpoint": ["a"] * 2,
        "cloud": [cloud] * 2,
        "text": ["b", "c"],
        "x": [0.5, 1.0],
        "y": [0.5, 1.0],
    }
    pq.write_table(pa.table(rows), tmp_path / "map.parquet")
    out = tmp_path / "f.svg"
    assert main(["plot", str(tmp_path / "map.parquet"), "--figure", "latent_map", "--out", str(out)]) == 0
    assert f"a  {'μ' if cloud == 'mu' else label(cloud).replace(chr(92), '')}, n = 2" in out.read_text()
