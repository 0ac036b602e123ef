"""The figures of clouds: what is drawn are the report's numbers, and references are the curves they claim."""

import numpy as np
import pytest
from figure_reports import D, N, legend_texts, of_file, pooled, spaces, three, titles
from matplotlib.patches import StepPatch
from scipy.integrate import quad
from scipy.stats import kstest
from typed_documents import typed

from latentlab.figures import cosine_histogram, normal_quantiles, rogue_dimensions, spectrum
from latentlab.figures.output.style import GREY, VERMILION
from latentlab.figures.spaces.cosines import isotropic_cosine_density
from latentlab.metrics.statistics.marchenko_pastur import marchenko_pastur


def cloud(report, name, kind):
    item = next(item for item in report["results"]["items"] if item["name"] == name)
    return item["clouds"][kind]


def line(axes, **wanted):
    """The only line with these properties."""
    found = [
        entry for entry in axes.lines if all(getattr(entry, f"get_{k}")() == v for k, v in wanted.items())
    ]
    assert len(found) == 1, len(found)
    return found[0]


def upright(axes):
    """Where the upright lines of a panel stand."""
    return [float(entry.get_xdata()[0]) for entry in axes.lines if len(set(entry.get_xdata())) == 1]


# Cosines


def test_a_panel_an_encoder_and_an_item_and_z_with_its_item():
    figure = cosine_histogram(typed(three()))
    assert titles(figure) == ["encoder", "plain", "vib", "dead\ncollapsed"]
    assert [len(axes.patches) for axes in figure.axes] == [1, 1, 2, 2]
    assert legend_texts(figure) == ["pooled", "μ", "z", "random directions, same d"]
    colours = [axes._left_title.get_color() for axes in figure.axes]
    assert colours[3] == VERMILION != colours[2]


def test_histograms_are_the_counts_and_means_the_measures():
    report = three()
    axes = cosine_histogram(typed(report)).axes[2]
    patches = [patch for patch in axes.patches if isinstance(patch, StepPatch)]
    for kind, patch in zip(("mu", "z"), patches, strict=True):
        heights, edges, _ = patch.get_data()
        counts = np.array(cloud(report, "vib", kind)["curves"]["cosines"]["counts"])
        np.testing.assert_allclose(heights * np.diff(edges), counts / (N * (N - 1) / 2))
    means = {kind: cloud(report, "vib", kind)["metrics"]["mean_cosine"]["value"] for kind in ("mu", "z")}
    assert sorted(upright(axes)) == sorted(means.values())
    said = {text.get_text() for text in axes.texts}
    assert said == {
        f"{label} {means[kind]:.3f}".replace("-", "−") for kind, label in (("mu", "μ"), ("z", "z"))
    }


def test_the_reference_curve_is_a_density_on_the_drawn_grid():
    drawn = line(cosine_histogram(typed(three())).axes[0], color=GREY)
    x, y = drawn.get_xdata(), drawn.get_ydata()
    assert np.trapezoid(y, x) == pytest.approx(1, abs=1e-6)
    assert np.trapezoid(y * x**2, x) == pytest.approx(1 / D, abs=1e-6)


@pytest.mark.parametrize("d", [2, 3, 8, 384])
def test_the_reference_is_that_of_random_directions(d):
    def density(c):
        return float(isotropic_cosine_density(np.array([c]), d)[0])

    # In two dimensions it grows without bound at the ends.
    edge = 1 - 1e-9
    assert 2 * quad(density, 0, edge, limit=200)[0] == pytest.approx(1, abs=1e-4)
    u = np.random.default_rng(d).standard_normal((400, d))
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    grid = np.linspace(-edge, edge, 4001)
    steps = np.diff(grid) * (isotropic_cosine_density((grid[1:] + grid[:-1]) / 2, d))
    distribution = np.concatenate([[0], np.cumsum(steps)])
    assert kstest(u[::2][:, 0], lambda c: np.interp(c, grid, distribution)).pvalue > 0.01


def test_two_encoders_have_two_panels():
    report = three()
    report["provenance"]["checkpoints"]["vib"]["encoder"] = ["sha", 6, "mean"]
    typed_report = typed(report)
    assert titles(cosine_histogram(typed_report))[:2] == ["encoder of plain", "encoder of vib"]
    assert titles(rogue_dimensions(typed_report))[:2] == [
        "encoder of plain  pooled",
        "encoder of vib  pooled",
    ]


def test_a_cloud_without_angles_says_so():
    axes = cosine_histogram(typed(of_file(np.zeros((20, 3))))).axes[0]
    assert "no pair of rows has an angle" in [text.get_text() for text in axes.texts]


# Spectrum


def test_spectra_are_shares_of_the_eigenvalues_by_cloud():
    report = three()
    figure = spectrum(typed(report))
    assert titles(figure) == ["a  pooled", "b  μ", "c  z"]
    names = ["plain", "vib", "dead"]
    drawn = [entry for entry in figure.axes[1].lines if entry.get_color() != GREY]
    assert len(drawn) == len(names)
    for name, entry in zip(names, drawn, strict=True):
        eigenvalues = np.array(cloud(report, name, "mu")["curves"]["eigenvalues"])
        np.testing.assert_allclose(entry.get_ydata(), eigenvalues / eigenvalues.sum())
        assert list(entry.get_xdata()) == list(range(1, D + 1))
    looks = {(entry.get_color(), entry.get_linestyle(), entry.get_marker()) for entry in drawn}
    assert len(looks) == len({marker for _, _, marker in looks}) == 3
    assert [entry.get_markerfacecolor() == "white" for entry in drawn] == [False, False, True]
    assert legend_texts(figure) == [
        "encoder",
        "plain",
        "vib",
        "dead, collapsed",
        "isotropic Gaussian, same n and d",
    ]
    assert all(axes.get_xscale() == axes.get_yscale() == "log" for axes in figure.axes)


def test_the_expectation_is_that_of_the_same_n_and_d():
    expected = line(spectrum(typed(three())).axes[2], color=GREY).get_ydata()
    law = marchenko_pastur(N, D)
    np.testing.assert_allclose(expected, law / law.sum())
    flat = of_file(np.random.default_rng(0).standard_normal((N, D)))
    axes = spectrum(typed(flat)).axes[0]
    drawn = next(entry for entry in axes.lines if entry.get_color() != GREY)
    np.testing.assert_allclose(drawn.get_ydata(), expected, rtol=0.15)


def test_eigenvalues_of_zero_end_the_line_and_a_point_has_none():
    few = spectrum(typed(of_file(pooled(n=5, d=12)))).axes[0]
    assert [len(entry.get_xdata()) for entry in few.lines] == [4, 4]
    point = spectrum(typed(of_file(np.ones((30, 4))))).axes[0]
    assert [text.get_text() for text in point.texts] == ["no variance"]


# Rogue dimensions


def test_contributions_are_sorted_labelled_and_sum_to_the_mean_cosine():
    report = three()
    axes = rogue_dimensions(typed(report)).axes[0]
    content = cloud(report, "plain", "pooled")
    raw = np.array(content["curves"]["cosine_contributions"])
    assert raw.sum() == pytest.approx(content["metrics"]["mean_cosine"]["value"])
    order = np.argsort(-np.abs(raw))
    np.testing.assert_allclose(line(axes, linestyle="-").get_ydata(), np.abs(raw)[order])
    share = 100 * content["metrics"]["cc_share_top1"]["value"]
    labels = [text.get_text() for text in axes.texts]
    assert labels[0] == f"2: {share:.0f} %"
    assert [label.split(":")[0] for label in labels] == [str(j) for j in order[:3]]
    assert line(axes, linestyle=":").get_ydata()[0] == pytest.approx(np.abs(raw).sum() / D)


def test_every_item_has_a_panel_for_its_latent_point():
    figure = rogue_dimensions(typed(three()))
    assert titles(figure) == ["encoder  pooled", "plain  μ", "vib  μ", "dead  μ\ncollapsed"]
    # The three largest are drawn one by one: beside the figure, the CSV names each by its index.
    largest = [[e for e in axes.lines if e.get_linestyle() == "None"] for axes in figure.axes]
    assert [len(points) for points in largest] == [3, 3, 3, 3]
    faces = [{point.get_markerfacecolor() for point in points} for points in largest]
    assert faces[3] == {"white"}
    assert "white" not in faces[2]
    assert len({axes.get_ylim() for axes in figure.axes}) == 1
    assert titles(rogue_dimensions(typed(of_file(pooled())))) == ["vectors  latents"]


def test_contributions_of_nothing_leave_an_empty_panel():
    report = three()
    cloud(report, "dead", "mu")["curves"]["cosine_contributions"] = [0.0] * D
    axes = rogue_dimensions(typed(report)).axes[3]
    assert [text.get_text() for text in axes.texts] == ["no contributions"]


# Normal quantiles


def test_quantiles_are_those_of_the_report():
    report = three()
    figure = normal_quantiles(typed(report))
    assert titles(figure) == ["plain  μ", "vib  μ", "vib  z", "dead  μ\ncollapsed", "dead  z\ncollapsed"]
    axes, curve = figure.axes[2], cloud(report, "vib", "z")["curves"]["quantiles"]
    diagonal = line(axes, color=GREY)
    assert list(diagonal.get_xdata()) == list(diagonal.get_ydata()) == curve["normal"]
    assert list(line(axes, linestyle="--").get_ydata()) == curve["worst"]
    median = next(e for e in axes.lines if e.get_linestyle() == "-" and e.get_color() != GREY)
    assert list(median.get_ydata()) == curve["median"]
    corners = {tuple(point) for point in axes.collections[0].get_paths()[0].vertices}
    assert {*zip(curve["normal"], curve["low"], strict=True)} <= corners
    assert {*zip(curve["normal"], curve["high"], strict=True)} <= corners
    assert [text.get_text() for text in axes.texts] == [f"dimension {curve['worst_dim']}"]


def test_a_sample_from_the_prior_lies_on_the_diagonal():
    axes = normal_quantiles(typed(of_file(np.random.default_rng(0).standard_normal((2000, 8))))).axes[0]
    median = next(e for e in axes.lines if e.get_linestyle() == "-" and e.get_color() != GREY)
    np.testing.assert_allclose(median.get_ydata(), median.get_xdata(), atol=0.06)


@pytest.mark.parametrize("spread", [1.0, 30.0])
def test_panels_share_a_scale_unless_one_would_vanish(spread):
    report = spaces(("a", "deterministic"), ("b", "deterministic"))
    curve = report["results"]["items"][1]["clouds"]["mu"]["curves"]["quantiles"]
    for key in ("median", "low", "high", "worst"):
        curve[key] = [spread * value for value in curve[key]]
    limits = {axes.get_ylim() for axes in normal_quantiles(typed(report)).axes}
    assert len(limits) == (1 if spread == 1 else 2)
