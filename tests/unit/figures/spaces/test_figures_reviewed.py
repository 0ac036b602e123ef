"""What a reviewer could not read: labels of a second row, cut names, struck labels, clipped markers."""

import copy

import numpy as np
import pytest
from figure_reports import document, legend_texts, of_file, spaces
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from typed_documents import typed

from latentlab.errors import InputError
from latentlab.figures.figure_register import FIGURES
from latentlab.figures.output.venues import sheet
from latentlab.figures.waterfall import waterfall
from latentlab.results.tables.column_files import write_columns
from latentlab.results.training_logs import map_report

LONG = "a-very-long-name-of-a-file-of-latents-version-"


def drawn(report, name, venue=None):
    with sheet(venue, "column" if venue else "full"):
        figure = FIGURES[name](typed(report))
    FigureCanvasAgg(figure).draw()
    return figure


@pytest.mark.parametrize("venue", ["acl", "icml", "neurips", None])
def test_every_row_of_spectra_has_its_own_axis(venue):
    figure = drawn(spaces(("vib", "vib"), ("baseline", "deterministic")), "spectrum", venue)
    assert len(figure.axes) == 3
    for axes in figure.axes:
        first = axes.get_subplotspec().colspan.start == 0
        assert (axes.get_ylabel() == "share of the variance") == first
        assert any(label.get_visible() for label in axes.get_yticklabels()) == first
    labels = [axes.xaxis.label for axes in figure.axes if axes.get_xlabel()]
    boxes = [label.get_window_extent() for label in labels]
    assert all(not a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_rows_in_groups_have_no_reference_in_the_spectrum():
    report = of_file(np.random.default_rng(0).standard_normal((60, 8)))
    alone = drawn(report, "spectrum")
    assert any("isotropic" in text for text in legend_texts(alone))
    grouped = copy.deepcopy(report)
    grouped["results"]["items"][0]["clouds"]["latents"]["groups"] = 20
    figure = drawn(grouped, "spectrum")
    assert not any("isotropic" in text for text in legend_texts(figure))
    assert len(figure.axes[0].lines) == len(alone.axes[0].lines) - 1


@pytest.mark.parametrize("venue", ["acl", None])
@pytest.mark.parametrize("name", ["rogue_dimensions", "normal_quantiles"])
def test_long_names_end_inside_the_page(name, venue):
    rng = np.random.default_rng(0)
    files = [of_file(rng.standard_normal((60, 24)) + 0.2, f"{LONG}{i}.npy") for i in range(4)]
    report = copy.deepcopy(files[0])
    report["results"]["items"] = [file["results"]["items"][0] for file in files]
    figure = drawn(report, name, venue)
    for axes in figure.axes:
        box = axes._left_title.get_window_extent()
        assert "latents" in axes._left_title.get_text()
        assert box.x1 <= figure.bbox.x1
        if name == "rogue_dimensions":  # labels above every line
            for text in axes.texts:
                at = Text.get_window_extent(text)  # without its leader
                for line in axes.lines:
                    assert line.get_window_extent().y1 < at.y0 or not len(line.get_xdata())


def noise_curves(*names):
    def measured(value):
        return {"value": value, "ci95": None}

    keys = ("ter", "exact_match", "cosine")
    points = [
        {"snr_db": s, "deviation": 1.0, **dict.fromkeys(keys, measured(v))}
        for s, v in ((-10.0, 1.0), (0.0, 0.3), (10.0, 0.0))
    ]
    one = {
        **{"path": None, "kind": "vib", "d": 4, "total_variance": 1.0, "constellation": None},
        "clean": dict.fromkeys(keys, measured(0.0)),
        "example": {"text": "a", "clean": "a", "points": ["a"] * len(points)},
        "points": points,
        "chance": {"ter": measured(1.0), "cosine": measured(None)},
        "half_error": {"snr": measured(-3.0), "slope": measured(None), "side": "inside"},
        "posterior": {"snr_db": -2.5, "ter_white": measured(0.1), **dict.fromkeys(keys, measured(0.01))},
    }
    return document("noise", [{"name": name, **copy.deepcopy(one)} for name in names], metrics={})


@pytest.mark.parametrize("venue", ["acl", None])
def test_a_marker_near_zero_is_whole_and_leaves_the_tick_free(venue):
    with sheet(venue, "column" if venue else "full"):
        figure = waterfall(typed(noise_curves("a", "b")))
    FigureCanvasAgg(figure).draw()
    axes = figure.axes[0]
    own = [line for line in axes.lines if "posterior noise" in str(line.get_label())]
    assert len(own) == 2
    ticks = [line for line in axes.lines if "half error" in str(line.get_label())]
    radius = own[0].get_markersize() / 2 * figure.dpi / 72
    for line in own:
        bottom = axes.transData.transform((0, line.get_ydata()[0]))[1] - radius
        assert bottom > axes.bbox.y0
        assert all(tick.get_window_extent().y1 < bottom for tick in ticks)
    shown = {handle.get_label(): handle.get_marker() for handle in figure.legends[0].legend_handles}
    assert shown["a: its own posterior noise"] == own[0].get_marker()
    assert shown["b: its own posterior noise"] == own[1].get_marker()


@pytest.mark.parametrize("venue", ["acl", None])
def test_the_floor_of_the_rates_is_named_where_nothing_runs_through_it(venue):
    report = spaces(("vib", "vib"))
    report["results"]["items"][0]["posterior"]["metrics"]["kl_total"]["value"] = 2.8554e22
    figure = drawn(report, "overview", venue)
    assert "vib: 2.855e22 nats" in [
        text.get_text() for legend in figure.legends for text in legend.get_texts()
    ]
    axes = figure.axes[-1]
    (label,) = (text for text in axes.texts if text.get_text() == "0.01 nats")
    covers = label.get_bbox_patch() is not None and label.get_zorder() > max(
        line.zorder for line in axes.lines
    )
    assert covers or label.get_window_extent().x0 >= axes.bbox.x1
    assert label.get_window_extent().x1 <= figure.bbox.x1


def test_a_map_names_its_axes_and_the_method(tmp_path):
    rows = {key: [value] * 3 for key, value in (("checkpoint", "a"), ("cloud", "mu"), ("text", "t"))}
    rows |= {"x": [0.0, 1.0, 2.0], "y": [2.0, 0.0, 1.0]}
    known = {"umap": ("UMAP 1", "UMAP 2"), "pca": ("first principal axis", "second principal axis")}
    for method, names in known.items():
        write_columns({tmp_path / "map.csv": {**rows, "method": [method] * 3}})
        (axes,) = FIGURES["latent_map"](map_report(tmp_path / "map.csv")).axes
        assert (axes.get_xlabel(), axes.get_ylabel()) == names
    write_columns({tmp_path / "map.csv": rows})  # of a version that did not say it
    (axes,) = FIGURES["latent_map"](map_report(tmp_path / "map.csv")).axes
    assert "map" in axes.get_xlabel()
    write_columns({tmp_path / "map.csv": {**rows, "method": ["tsne"] * 3}})
    with pytest.raises(InputError, match="no method"):
        map_report(tmp_path / "map.csv")
