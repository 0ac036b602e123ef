"""Figures show the report's numbers, overlap nothing, leave no trace, and are the same bytes every time."""

import copy
import errno
import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest
from figure_reports import assert_nothing_overlaps, document
from typed_documents import typed

from latentlab import files
from latentlab.errors import ResourceError, UsageError
from latentlab.figures import anisotropy_overview, save


def estimate(value, half=0.02):
    return {"value": value, "se": half / 2, "ci95": [value - half, value + half], "note": None}


def cloud(cosine, isoscore, n=500, d=32):
    curves = ("eigenvalues", "mean", "cosine_contributions", "intrinsic", "cosines", "quantiles")
    return {
        **{"n": n, "d": d, "sampled": n, "curves": dict.fromkeys(curves)},
        "metrics": {"mean_cosine": estimate(cosine), "isoscore_debiased": estimate(isoscore)},
        "reference": {"mean_cosine": {"value": 0.0}, "isoscore_debiased": {"value": 1.0}},
    }


def item(name, cosine, isoscore, *, vib=False, word="PASSED"):
    clouds = {"pooled": cloud(0.6, 0.1), "mu": cloud(cosine, isoscore)}
    posterior = None
    if vib:
        clouds["z"] = cloud(cosine, isoscore + 0.3)
        kl = np.geomspace(2, 0.003, 32).tolist() if word == "PASSED" else [0.0] * 32
        posterior = {"kl_per_dim": kl, "metrics": {"kl_total": estimate(sum(kl))}, "collapsed_dims": {}}
        posterior |= {"curves": {"mean_variance": [], "noise_variance": []}}
    gate = {"verdict": word if vib else "NOT APPLICABLE"}
    rest = {"path": None, "kind": "vib", "fingerprint": None, "step": None, "verdict": {}}
    return {"name": name, **rest, "clouds": clouds, "posterior": posterior, "gate": gate}


def report(*items):
    known = {"fingerprint": None, "step": None, "encoder": ["sha", 3, "mean"]}
    checkpoints = {entry["name"]: dict(known) for entry in items}
    return document("anisotropy", items) | {"provenance": {"checkpoints": checkpoints}}


FOUR = report(
    item("baseline", 0.55, 0.2),
    item("centred", 0.01, 0.2),
    item("bottleneck", 0.5, 0.21, vib=True),
    item("vib", 0.02, 0.4, vib=True),
)


def labels(figure):
    return [text.get_text() for text in figure.axes[0].get_yticklabels()]


def points(axes, marker):
    found = [line for line in axes.lines if line.get_marker() == marker]
    return [(float(line.get_xdata()[0]), int(line.get_ydata()[0])) for line in found]


def test_every_cloud_has_a_row_and_the_encoder_one_row():
    figure = anisotropy_overview(typed(FOUR))
    assert labels(figure) == [
        "encoder  pooled",
        "baseline  μ",
        "centred  μ",
        "bottleneck  μ",
        "bottleneck  z",
        "vib  μ",
        "vib  z",
    ]
    assert len(figure.axes) == 3


def test_points_bars_and_references_are_the_numbers():
    cone, spread, _ = anisotropy_overview(typed(FOUR)).axes
    assert points(cone, "o") == [(0.55, 1), (0.01, 2), (0.5, 3), (0.02, 5)]
    assert points(spread, "^") == [(pytest.approx(0.51), 4), (0.7, 6)]
    assert points(cone, "D") == [(0.0, y) for y in range(7)]
    assert points(spread, "D") == [(1.0, y) for y in range(7)]
    bars = [line.get_xdata() for line in cone.lines if len(line.get_xdata()) == 2 and line.get_lw() == 1.4]
    assert bars[1] == pytest.approx([0.53, 0.57])


def test_rates_are_sorted_and_belong_to_their_checkpoint():
    rates = anisotropy_overview(typed(FOUR)).axes[2]
    lines = {line.get_label(): line.get_ydata() for line in rates.lines if ":" in line.get_label()}
    assert [label.split(":")[0] for label in lines] == ["bottleneck", "vib"]
    expected = FOUR["results"]["items"][3]["posterior"]["kl_per_dim"]
    shuffled = copy.deepcopy(FOUR)
    shuffled["results"]["items"][3]["posterior"]["kl_per_dim"] = expected[::-1]
    for drawn in (FOUR, shuffled):
        line = anisotropy_overview(typed(drawn)).axes[2].lines[1]
        assert list(line.get_ydata()) == pytest.approx(expected)


def test_deterministic_checkpoints_have_no_rates():
    assert len(anisotropy_overview(typed(report(item("baseline", 0.5, 0.2)))).axes) == 2


def test_a_collapsed_checkpoint_looks_it():
    figure = anisotropy_overview(
        typed(report(item("alive", 0.1, 0.3, vib=True), item("dead", 0, 0.9, vib=True, word="COLLAPSED")))
    )
    cone = figure.axes[0]
    colours = [text.get_color() for text in cone.get_yticklabels()]
    assert colours[3] == colours[4] != colours[1]
    faces = [line.get_markerfacecolor() for line in cone.lines if line.get_marker() == "o"]
    assert faces[1] == "white" != faces[0]
    assert "collapsed" in [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def test_an_undefined_number_is_said_to_be():
    document = report(item("point", 0.5, 0.2))
    document["results"]["items"][0]["clouds"]["mu"]["metrics"]["isoscore_debiased"] = {
        "value": None,
        "se": None,
        "ci95": None,
        "note": "why",
    }
    spread = anisotropy_overview(typed(document)).axes[1]
    assert [text.get_text() for text in spread.texts] == ["undefined"]
    assert points(spread, "o") == []


def test_two_encoders_have_two_rows():
    document = copy.deepcopy(FOUR)
    document["provenance"]["checkpoints"]["vib"]["encoder"] = ["sha", 6, "mean"]
    assert labels(anisotropy_overview(typed(document)))[:2] == [
        "encoder of baseline  pooled",
        "encoder of vib  pooled",
    ]


@pytest.mark.parametrize("count", [1, 4, 12])
def test_no_two_texts_overlap(count):
    items = [
        item(f"checkpoint number {i} with a very long name", 0.1 * i / 2, 0.3, vib=i % 2 == 1)
        for i in range(count)
    ]
    figure = anisotropy_overview(typed(report(*items)))
    assert_nothing_overlaps(figure)
    assert figure.get_figwidth() == 6.3


@pytest.mark.parametrize("suffix", [".pdf", ".png", ".svg"])
def test_the_same_report_is_the_same_file(tmp_path, suffix):
    for name in ("a", "b"):
        save(anisotropy_overview(typed(FOUR)), tmp_path / f"{name}{suffix}")
    first, second = ((tmp_path / f"{name}{suffix}").read_bytes() for name in ("a", "b"))
    assert first == second
    assert b"Date" not in first
    if suffix == ".pdf":
        assert b"/FontType 42" in first or b"/CIDFontType2" in first
        assert b"/Type3" not in first


def test_the_house_style_leaves_no_trace(tmp_path):
    before = dict(mpl.rcParams)
    save(anisotropy_overview(typed(FOUR)), tmp_path / "x.png", dpi=50)
    assert dict(mpl.rcParams) == before


def test_pyplot_and_a_display_are_not_needed():
    code = "import sys, latentlab.figures; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_other_formats_and_a_full_disk(tmp_path, monkeypatch):
    figure = anisotropy_overview(typed(report(item("baseline", 0.5, 0.2))))
    with pytest.raises(UsageError, match=r"cannot draw .*x\.bmp"):
        save(figure, tmp_path / "x.bmp")
    save(figure, tmp_path / "x.png", dpi=40)
    before = (tmp_path / "x.png").read_bytes()

    def full(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(ResourceError):
        save(figure, tmp_path / "x.png", dpi=60)
    assert (tmp_path / "x.png").read_bytes() == before


def test_a_real_report_can_be_drawn(tmp_path):
    from types import SimpleNamespace

    from latentlab.analysis.anisotropy.spaces_report import anisotropy

    class Fixed:
        name, path, kind, fingerprint, step = "vib", None, "vib", "f", 1
        encoder_key = ("e", 3, "mean")

        def pool(self, texts):
            return np.random.default_rng(0).standard_normal((len(texts), 6))

        def encode_pooled(self, pooled, texts):
            return SimpleNamespace(mu=pooled[:, :4], logvar=np.full((len(pooled), 4), -1.0))

    document = anisotropy([Fixed()], [str(i) for i in range(40)], seed=0).to_dict()
    save(anisotropy_overview(typed(document)), tmp_path / "overview.pdf")
    assert (tmp_path / "overview.pdf").read_bytes().startswith(b"%PDF")
