"""Figures at the size of venues: widths, fonts, the same bytes, and the numbers beside them."""

import csv
import io
import json
import re
import zipfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from figure_reports import assert_nothing_overlaps, layers, paths, spaces, three
from matplotlib.backends import backend_pgf
from matplotlib.figure import Figure
from typed_documents import typed

from latentlab.errors import InputError, UsageError
from latentlab.figures.output import pgf, style
from latentlab.figures.output.bundle import archive, bundle, figure_files, figure_of, origin, render
from latentlab.figures.output.figure_data import COLUMNS, plotted
from latentlab.figures.output.venues import VENUES, sheet, venue_width
from latentlab.results.training_logs import map_report, training_report
from tests.latex_document import check_compiles, needs_latex

SIZES = [(name, width) for name in VENUES for width in ("column", "full")]
OF_SPACES = ("overview", "cosine_histogram", "spectrum", "kl_per_dimension", "rogue_dimensions")
PATH_KINDS = ("path_strips", "edit_ladder", "norm_profile")


def log(folder, steps=120, kl=True):
    folder.mkdir()
    rng = np.random.default_rng(0)
    lines = [
        {"step": i, "reconstruction": 5 / (1 + i) + 0.1 * rng.random(), "beta": 0.1 if kl else 0.0}
        | ({"kl": 40.0 + rng.random()} if kl else {})
        for i in range(steps)
    ]
    lines.append({"step": steps, "ce": 0.5, "active_units": 8.0})
    (folder / "training.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines) + '{"step": 3')
    return folder


def media_box(pdf: bytes) -> tuple[float, float]:
    """Inches."""
    found = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+) ([\d.]+) ?\]", pdf)
    return float(found[1]) / 72, float(found[2]) / 72


def report_of(name):
    if name in PATH_KINDS:
        return paths("plain", "vib")
    return layers("one") if name == "layer_profile" else three()


@pytest.mark.parametrize(("venue", "width"), SIZES)
def test_a_figure_is_as_wide_as_the_venue_says(venue, width):
    pdf = render(typed(three()), "spectrum", "pdf", venue=venue, width=width)
    assert media_box(pdf)[0] == pytest.approx(venue_width(venue, width), abs=0.01)


def test_widths_are_those_of_the_style_files():
    assert venue_width("acl", "column") == pytest.approx(3.03, abs=0.005)
    assert venue_width("acl") == pytest.approx(6.30, abs=0.005)
    assert (venue_width("icml", "column"), venue_width("icml")) == (3.25, 6.75)
    assert venue_width("neurips", "column") == venue_width("neurips") == 5.5
    with pytest.raises(UsageError, match="no venue is called 'nature'") as caught:
        venue_width("nature")
    assert "acl" in caught.value.hint


@pytest.mark.parametrize("name", [*OF_SPACES, "path_strips", "norm_profile", "layer_profile"])
@pytest.mark.parametrize("venue", ["acl", "tmlr"])
def test_in_one_column_nothing_overlaps_or_is_cut(name, venue):
    with sheet(venue, "column"):
        assert_nothing_overlaps(figure_of(typed(report_of(name)), name))


@pytest.mark.parametrize("name", [*OF_SPACES, "path_strips", "layer_profile"])
def test_fonts_are_type_42_and_the_same_report_is_the_same_pdf(name):
    first, second = (
        render(typed(report_of(name)), name, "pdf", venue="acl", width="column") for _ in range(2)
    )
    assert first == second
    assert b"/Type3" not in first
    assert b"/Type0" in first or b"/TrueType" in first  # what fonttype 42 embeds


def test_letters_are_those_of_the_venue_and_leave_no_trace():
    with sheet("icml"):
        narrow = figure_of(typed(three()), "spectrum")
    wide = figure_of(typed(three()), "spectrum")
    assert narrow.axes[0].xaxis.get_ticklabels()[0].get_fontsize() == 6
    assert wide.axes[0].xaxis.get_ticklabels()[0].get_fontsize() == 7.5
    assert wide.get_figwidth() == style.HOUSE.width


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("cosine_histogram", ("place", "mean: pooled")),
        ("kl_per_dimension", ("level", "0.01 nats")),
        ("kl_per_dimension", ("place", "95 % of the KL")),
        ("mean_against_noise", ("place", "Var(μ) = 0.01")),
        ("rogue_dimensions", ("level", "equal shares")),
        ("overview", ("level", "0.01 nats")),
        ("path_strips", ("level", "as fluent as the ends")),
        ("path_strips", ("band", "vib, 95 % CI")),
    ],
)
def test_lines_right_across_a_panel_and_bands_are_in_the_numbers(name, line):
    found = {(row["kind"], row["series"]) for row in plotted(figure_of(typed(report_of(name)), name))}
    assert any(kind == line[0] and series.startswith(line[1]) for kind, series in found)


def test_threads_that_draw_at_once_get_the_bytes_that_each_alone_gets():
    report, asked = typed(three()), [("spectrum", None), ("spectrum", "acl"), ("kl_per_dimension", "jmlr")]
    alone = [render(report, name, "pdf", venue=venue) for name, venue in asked]
    with ThreadPoolExecutor(3) as pool:
        for _ in range(3):
            drawn = [pool.submit(render, report, name, "pdf", venue=venue) for name, venue in asked]
            assert [done.result() for done in drawn] == alone


def test_a_sign_that_the_font_lacks_is_drawn_as_its_number():
    report = three()
    report["results"]["items"][1]["name"] = "größe_日"
    assert b"gr\xc3\xb6\xc3\x9fe_U+65E5" in render(typed(report), "overview", "svg")


def test_every_kind_of_file(monkeypatch):
    assert render(typed(three()), "spectrum", "png").startswith(b"\x89PNG")
    assert b"<svg" in render(typed(three()), "spectrum", "svg")
    with pytest.raises(UsageError, match="cannot draw a jpeg"):
        render(typed(three()), "spectrum", "jpeg")
    monkeypatch.setattr(pgf, "which", lambda name: None)
    with pytest.raises(UsageError, match="PGF needs a LaTeX, and none is installed"):
        render(typed(three()), "spectrum", "pgf")


@pytest.fixture
def words_of_one_width(monkeypatch):
    """As if a LaTeX were there, which matplotlib asks for widths alone."""
    monkeypatch.setattr(pgf, "which", lambda name: name)
    monkeypatch.setattr(
        backend_pgf.RendererPgf, "get_text_width_height_descent", lambda *asked: (10.0, 6.0, 1.0)
    )


def test_pgf_is_ascii_that_any_document_prints(words_of_one_width):
    report = three()
    report["results"]["items"][0]["name"] = "50%_μ & $1"
    drawn = render(typed(report), "overview", "pgf").decode("ascii")
    assert drawn.startswith(r"\providecommand{\mathdefault}")
    assert r"\begin{pgfpicture}" in drawn
    assert r"50\%\_$\mu$ \& \$1" in drawn
    assert r"$\mathdefault{10^{-1}}$" in drawn
    assert render(typed(report), "overview", "pgf").decode("ascii") == drawn
    assert backend_pgf._tex_escape is not pgf.latex_text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a_b", r"a\_b"),
        ("$x_1$ of a_b", r"$x_1$ of a\_b"),
        ("costs $5", r"costs \$5"),
        (r"\$5 and \$6", r"\$5 and \$6"),
        ("−1 ≥ σ²", r"$-$1 $\geq$ $\sigma$$^2$"),
    ],
)
def test_text_of_a_figure_for_latex(text, written):
    assert pgf.latex_text(text) == written


def test_a_picture_has_no_place_in_pgf(words_of_one_width):
    figure = Figure()
    figure.subplots().imshow(np.eye(2))
    with pytest.raises(UsageError, match="has a picture in it"):
        style.to_bytes(figure, "pgf")


@needs_latex
@pytest.mark.parametrize("name", ["overview", "spectrum", "mean_against_noise"])
def test_pgf_compiles_where_there_is_a_latex(name, tmp_path):
    (tmp_path / "figure.pgf").write_bytes(render(typed(three()), name, "pgf"))
    check_compiles(tmp_path, r"\input{figure.pgf}", ["pgf"])


def test_the_numbers_beside_a_figure_are_those_it_shows():
    report = three()
    rows = list(plotted(figure_of(typed(report), "kl_per_dimension")))
    vib = next(item for item in report["results"]["items"] if item["name"] == "vib")
    drawn = [row["y"] for row in rows if row["panel"] == 1 and row["kind"] == "line"][
        : len(vib["posterior"]["kl_per_dim"])
    ]
    assert drawn == sorted(vib["posterior"]["kl_per_dim"], reverse=True)
    files = figure_files(typed(report), "kl_per_dimension", ["pdf", "svg"], venue="acl")
    assert sorted(files) == [f"kl_per_dimension.{kind}" for kind in ("csv", "json", "pdf", "svg")]
    read = list(csv.DictReader(io.StringIO(files["kl_per_dimension.csv"].decode())))
    assert tuple(read[0]) == COLUMNS
    assert len(read) == len(rows)
    assert json.loads(files["kl_per_dimension.json"]) == origin(
        typed(report), "kl_per_dimension", venue="acl"
    )


@pytest.mark.parametrize("name", [*OF_SPACES, *PATH_KINDS, "mean_against_noise", "layer_profile"])
def test_every_number_beside_a_figure_says_whose_it_is(name):
    report = report_of(name)
    rows = list(plotted(figure_of(typed(report), name)))
    series = {row["series"] for row in rows}
    assert "" not in series
    if name not in ("cosine_histogram", "rogue_dimensions", "mean_against_noise"):  # the panel says it there
        for item in report["results"]["items"]:
            if name != "kl_per_dimension" or item.get("posterior"):
                assert any(item["name"] in label for label in series), (item["name"], series)


def test_a_histogram_is_beside_its_figure():
    report = three()
    rows = list(plotted(figure_of(typed(report), "cosine_histogram")))
    bars = [row for row in rows if row["kind"] == "bar"]
    assert {row["series"] for row in bars} == {"pooled", "μ", "z"}
    curve = report["results"]["items"][0]["clouds"]["mu"]["curves"]["cosines"]
    mine = [row for row in bars if row["panel"] == 2 and row["series"] == "μ"]
    edges, counts = np.array(curve["edges"]), np.array(curve["counts"])
    np.testing.assert_allclose([row["x"] for row in mine], (edges[1:] + edges[:-1]) / 2)
    np.testing.assert_allclose([row["y"] for row in mine], counts / counts.sum() / np.diff(edges))


def test_a_figure_that_is_not_there_is_named():
    with pytest.raises(UsageError, match="no figure is called 'pie'"):
        render(typed(three()), "pie", "pdf")
    with pytest.raises(UsageError, match="the report has nothing for waterfall") as caught:
        render(typed(three()), "waterfall", "pdf")
    assert "spectrum" in caught.value.hint


def test_logs_of_runs_are_drawn_together(tmp_path):
    report = training_report([log(tmp_path / "a"), log(tmp_path / "b", kl=False)])
    figure = figure_of(report, "training_curves")
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["Reconstruction", "Held out", "KL", "β", "Active units"]
    assert [len(axes.lines) for axes in figure.axes] == [2, 2, 1, 1, 2]
    # A running mean: as long as the log, and smoother.
    first = figure.axes[0].lines[0].get_ydata()
    raw = report.results.items[0].log["reconstruction"].value
    assert len(first) == len(raw)
    assert first[60] == pytest.approx(np.mean(raw[36:61]))
    assert_nothing_overlaps(figure)


def test_a_log_that_is_none_is_said(tmp_path):
    with pytest.raises(InputError, match=r"cannot read .*training\.jsonl"):
        training_report([tmp_path])
    (tmp_path / "training.jsonl").write_text("nothing\n[1]\n")
    with pytest.raises(InputError, match="no line of a training log"):
        training_report([tmp_path])


def test_a_map_is_drawn_with_its_points_as_a_picture(tmp_path):
    rng = np.random.default_rng(0)
    rows = ["checkpoint,cloud,text,x,y"]
    rows += [f"{name},mu,s{i},{rng.normal()},{rng.normal()}" for name in ("a", "b") for i in range(500)]
    (tmp_path / "map.csv").write_text("\n".join(rows) + "\n")
    report = map_report(tmp_path / "map.csv")
    assert [item.name for item in report.results.items] == ["a", "b"]
    pdf = render(report, "latent_map", "pdf", venue="acl")
    assert b"/Subtype /Image" in pdf
    assert len(list(plotted(figure_of(report, "latent_map")))) == 1000
    (tmp_path / "other.csv").write_text("x,y\n1,2\n")
    with pytest.raises(InputError, match="is not a map"):
        map_report(tmp_path / "other.csv")


def test_a_bundle_lists_the_hash_of_every_file_and_packs_to_the_same_bytes():
    import hashlib

    document = spaces(("plain_1 & co", "deterministic"), ("vib", "vib"))
    document["inputs"]["n"] = 200
    reports = {"anisotropy": typed(document)}
    files = bundle(reports, "latentlab report a b --out paper")
    manifest = json.loads(files["manifest.json"])
    assert set(manifest["files"]) == set(files) - {"manifest.json"}
    for name, found in manifest["files"].items():
        assert hashlib.sha256(files[name]).hexdigest() == found
    assert manifest["command"] == "latentlab report a b --out paper"
    for name in ("figures/anisotropy-spectrum.pdf", "tables/anisotropy.parquet", "results.md", "results.tex"):
        assert name in files
    value = reports["anisotropy"].results.items[1].clouds["mu"].metrics["mean_cosine"].value
    assert f"{value:.3f}" in files["results.md"].decode()
    latex = files["results.tex"].decode()
    assert r"plain\_1 \& co" in latex
    assert latex.count("{") == latex.count("}")
    assert not re.search(r"[±μ]", latex)
    packed = archive(files)
    assert packed == archive(bundle(reports, "latentlab report a b --out paper"))
    assert zipfile.ZipFile(io.BytesIO(packed)).namelist() == list(files)
