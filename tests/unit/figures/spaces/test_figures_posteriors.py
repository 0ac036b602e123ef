"""Figures of posteriors and of layers, the list of all figures, and what each of them has to keep to."""

import copy

import numpy as np
import pytest
from figure_reports import (
    D,
    assert_nothing_overlaps,
    document,
    layers,
    legend_texts,
    of_file,
    paths,
    pooled,
    spaces,
    three,
    titles,
)
from typed_documents import typed

from latentlab import figures
from latentlab.errors import UsageError
from latentlab.figures import FIGURES, available, kl_per_dimension, layer_profile, mean_against_noise, save
from latentlab.figures.names import short_names
from latentlab.figures.output.style import BLACK, GREY, item_style

OF_WAYS = ["path_strips", "edit_ladder", "norm_profile"]
OF_NOISE = ["waterfall", "constellation"]  # in test_noise_robustness
OF_RUNS = ["training_curves", "latent_map"]  # in test_venues
OF_SPACES = [name for name in FIGURES if name not in ("layer_profile", *OF_WAYS, *OF_NOISE, *OF_RUNS)]


def report_for(name, *named):
    """One that the figure can be drawn from, with items of these names and kinds."""
    if name in OF_WAYS:
        return paths(*(owner for owner, _ in named))
    return layers(*(owner for owner, _ in named)) if name == "layer_profile" else spaces(*named)


def posterior(report, name):
    return next(item["posterior"] for item in report["results"]["items"] if item["name"] == name)


def of_colour(axes, colour):
    return [line for line in axes.lines if line.get_color() == colour]


# Rates


def test_rates_fall_and_95_per_cent_of_them_are_left_of_the_line():
    report = three()
    figure = kl_per_dimension(typed(report))
    axes, content = figure.axes[0], posterior(report, "vib")
    rates = axes.lines[0]
    assert list(rates.get_ydata()) == sorted(content["kl_per_dim"], reverse=True)
    assert list(rates.get_xdata()) == list(range(1, D + 1))
    most = content["metrics"]["kl_dims_95"]["value"]
    assert 0 < most < D
    assert of_colour(axes, BLACK)[0].get_xdata()[0] == most + 0.5
    assert of_colour(axes, GREY)[0].get_ydata()[0] == 0.01
    assert titles(figure) == [f"vib\n95 % in {most:.0f} of {D}", "dead\ncollapsed"]
    assert len({axes.get_ylim() for axes in figure.axes}) == 1


def test_a_rate_of_zero_lies_on_the_floor_and_a_collapsed_line_is_hollow():
    figure = kl_per_dimension(typed(three()))
    alive, dead = (axes.lines[0] for axes in figure.axes)
    assert set(dead.get_ydata()) == {1e-4}
    assert figure.axes[1].get_ylim()[0] < 1e-4
    assert dead.get_markerfacecolor() == "white" != alive.get_markerfacecolor()


def test_an_undefined_rate_and_no_count_leave_the_rest():
    report = three()
    content = posterior(report, "vib")
    content["kl_per_dim"][0] = None
    content["metrics"]["kl_dims_95"]["value"] = None
    axes = kl_per_dimension(typed(report)).axes[0]
    assert np.isfinite(axes.lines[0].get_ydata()).sum() == D - 1
    assert of_colour(axes, BLACK) == []


def test_each_dimension_is_a_point_of_its_two_variances():
    report = three()
    axes, content = mean_against_noise(typed(report)).axes[0], posterior(report, "vib")
    moves, noise = (np.array(content["curves"][key]) for key in ("mean_variance", "noise_variance"))
    filled, hollow, curve, threshold = axes.lines
    for points, chosen in ((filled, moves > 0.01), (hollow, moves <= 0.01)):
        assert chosen.any()
        assert list(points.get_xdata()) == list(moves[chosen])
        assert list(points.get_ydata()) == list(noise[chosen])
    assert hollow.get_markerfacecolor() == "white" != filled.get_markerfacecolor()
    np.testing.assert_allclose(curve.get_xdata() + curve.get_ydata(), 1)
    assert set(threshold.get_xdata()) == {0.01}
    assert len(filled.get_xdata()) == content["metrics"]["active_units"]["value"]


def test_variances_of_zero_lie_on_the_edge():
    figure = mean_against_noise(typed(three()))
    dead = figure.axes[1].lines[1]
    assert set(dead.get_xdata()) == {1e-6}
    assert figure.axes[1].get_xlim()[0] < 1e-6


# Layers


def test_layers_have_their_values_intervals_and_reference():
    report = layers("first", "second")
    figure = layer_profile(typed(report))
    assert titles(figure) == ["a  Cone", "b  Spread", "c  Rank"]
    assert legend_texts(figure) == ["first", "second", "isotropic Gaussian, same n and d"]
    for axes, key, scale in zip(
        figure.axes, ("mean_cosine", "isoscore_debiased", "effective_rank"), (1, 1, D), strict=True
    ):
        drawn = [line for line in axes.lines if line.get_color() != GREY]
        # The effective rank is a plug-in value, and has no band.
        bands = axes.collections if key != "effective_rank" else [None] * len(drawn)
        for item, line, bars in zip(report["results"]["items"], drawn, bands, strict=True):
            estimates = [layer["metrics"][key] for layer in item["layers"]]
            assert list(line.get_xdata()) == [0, 1, 2]
            np.testing.assert_allclose(line.get_ydata(), [e["value"] / scale for e in estimates])
            if bars is None:
                assert all(e["ci95"] is None for e in estimates)
                continue
            ends = [segment[:, 1] for segment in bars.get_segments()]
            np.testing.assert_allclose(ends, [np.array(e["ci95"]) / scale for e in estimates])
        reference = of_colour(axes, GREY)[0].get_ydata()
        expected = [
            layer["reference"][key]["value"] / scale for layer in report["results"]["items"][0]["layers"]
        ]
        np.testing.assert_allclose(reference, expected)
    assert len({line.get_marker() for line in figure.axes[0].lines if line.get_color() != GREY}) == 2


def test_an_undefined_layer_is_a_gap():
    report = layers("one")
    report["results"]["items"][0]["layers"][1]["metrics"]["isoscore_debiased"] = {
        "value": None,
        "ci95": None,
    }
    line = next(line for line in layer_profile(typed(report)).axes[1].lines if line.get_color() != GREY)
    assert list(np.isnan(line.get_ydata())) == [False, True, False]


# All figures


def test_every_figure_is_exported_by_its_name():
    for name, draw in FIGURES.items():
        exported = "anisotropy_overview" if name == "overview" else name
        assert getattr(figures, exported) is draw
        assert exported in figures.__all__


def test_available_names_what_can_be_drawn_and_nothing_else():
    reports = {
        "checkpoints": three(),
        "deterministic": spaces(("plain", "deterministic")),
        "file": of_file(pooled()),
        "layers": layers("one"),
        "paths": paths("one", "two"),
        "nothing": document("anisotropy", []),
    }
    no_posterior = [name for name in OF_SPACES if name not in ("kl_per_dimension", "mean_against_noise")]
    expected = {
        "checkpoints": OF_SPACES,
        "deterministic": no_posterior,
        "file": no_posterior,
        "layers": ["layer_profile"],
        "paths": OF_WAYS,
        "nothing": [],
    }
    for kind, report in reports.items():
        assert available(typed(report)) == expected[kind], kind
        for name, draw in FIGURES.items():
            if name not in expected[kind]:
                with pytest.raises(UsageError, match="nothing to draw: the report has no"):
                    draw(typed(report))


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("overview", "no clouds"),
        ("cosine_histogram", "no cosines of any cloud"),
        ("spectrum", "no eigenvalues of any cloud"),
        ("kl_per_dimension", "no posterior: none of its items has a variational head"),
        ("mean_against_noise", "no posterior: none of its items has a variational head"),
        ("rogue_dimensions", "no contributions of dimensions to the mean cosine"),
        ("normal_quantiles", "no quantiles of any latent cloud"),
        ("layer_profile", "no layers"),
        ("edit_ladder", "no scored paths"),
    ],
)
def test_what_is_missing_is_named(name, missing):
    with pytest.raises(UsageError, match=f"the report has {missing}") as error:
        FIGURES[name](typed(document("move", [])))
    assert error.value.hint


def test_a_cloud_without_its_curve_is_left_out():
    report = copy.deepcopy(three())
    del report["results"]["items"][1]["clouds"]["z"]["curves"]["quantiles"]
    assert titles(FIGURES["normal_quantiles"](typed(report)))[:2] == ["plain  μ", "vib  μ"]
    assert len(FIGURES["normal_quantiles"](typed(report)).axes) == 4


@pytest.mark.parametrize("name", [*OF_SPACES, *OF_WAYS, "layer_profile"])
def test_the_same_report_is_the_same_pdf(tmp_path, name):
    report = report_for(name, ("plain", "deterministic"), ("vib", "vib"), ("dead", "dead"))
    before = copy.deepcopy(report)
    for run in ("a", "b"):
        save(FIGURES[name](typed(report)), tmp_path / f"{run}.pdf")
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()
    assert report == before


@pytest.mark.parametrize("count", [1, 4, 8])
@pytest.mark.parametrize("name", [*OF_SPACES, *OF_WAYS, "layer_profile"])
def test_no_two_texts_overlap(name, count):
    kinds = ("vib", "deterministic", "dead", "vib")
    named = [(f"checkpoint number {i} with a very long name", kinds[i % 4]) for i in range(count)]
    report = report_for(name, *named)
    figure = FIGURES[name](typed(report))
    assert_nothing_overlaps(figure)
    assert figure.get_figwidth() == 6.3


@pytest.mark.parametrize(("n", "d"), [(30, 1), (30, 2), (2, 5), (20, 64)])
def test_clouds_of_odd_sizes_and_points_can_be_drawn(n, d):
    for x in (np.random.default_rng(0).standard_normal((n, d)), np.ones((n, d))):
        report = of_file(x)
        for name in available(typed(report)):
            figure = FIGURES[name](typed(report))
            assert_nothing_overlaps(figure)
            assert all(np.isfinite([*axes.get_xlim(), *axes.get_ylim()]).all() for axes in figure.axes)


def test_checkpoints_and_files_stand_in_one_figure():
    report = three()
    report["results"]["items"] += of_file(pooled())["results"]["items"]
    assert available(typed(report)) == OF_SPACES
    for name in OF_SPACES:
        assert_nothing_overlaps(FIGURES[name](typed(report)))
    assert titles(FIGURES["spectrum"](typed(report))) == ["a  pooled", "b  μ", "c  z", "d  latents"]
    assert titles(FIGURES["cosine_histogram"](typed(report)))[-1] == "vectors"


def test_short_names_are_told_apart_and_taken_literally():
    for names in (
        [f"checkpoint number {i} with a very long name" for i in range(3)],
        [f"{'a' * 40}{i}" for i in range(3)],
        ["x" * 30 + a + "x" * 30 + b for a in "ab" for b in "ab"],
    ):
        cut = short_names(names)
        assert len(set(cut)) == len(names)
        assert max(map(len, cut)) <= 20
    assert short_names(["a$b$", "_hidden"]) == [r"a\$b\$", " _hidden"]
    figure = layer_profile(typed(layers("a$b$", "_hidden")))
    assert legend_texts(figure)[:2] == [r"a\$b\$", " _hidden"]
    assert_nothing_overlaps(figure)


def test_sixteen_items_look_different():
    assert len({tuple(item_style(i).values()) for i in range(16)}) == 16
    first, second = item_style(0), item_style(1)
    assert all(first[key] != second[key] for key in first)
