"""Nobody's settings of matplotlib change a figure, and no figure changes them."""

import copy
import hashlib
import io
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import matplotlib as mpl
import pytest
from figure_reports import of_file, paths, pooled, three
from matplotlib.backends import backend_pgf
from typed_documents import typed

from latentlab.figures.output import pgf
from latentlab.figures.output.bundle import figure_of, render
from latentlab.figures.output.style import HouseFigure, house_style, to_bytes
from latentlab.figures.output.venues import sheet

HOSTILE = r"""
backend: TkAgg
text.usetex: True
text.color: white
text.hinting: none
font.family: serif
font.weight: bold
font.style: italic
font.size: 20
figure.facecolor: black
figure.dpi: 300
axes.facecolor: black
axes.grid: True
axes.formatter.limits: -1, 1
axes.formatter.use_locale: True
axes.prop_cycle: cycler('color', ['ff0000', '00ff00'])
xtick.color: white
xtick.direction: in
ytick.minor.visible: True
lines.linewidth: 5
legend.facecolor: red
legend.loc: upper left
savefig.dpi: 300
savefig.facecolor: black
savefig.bbox: tight
savefig.transparent: True
svg.fonttype: path
svg.hashsalt: mine
pdf.fonttype: 3
pdf.compression: 0
pgf.texsystem: xelatex
pgf.preamble: \nonsense
path.sketch: 1, 100, 2
agg.path.chunksize: 100
mathtext.fontset: stix
image.interpolation: bilinear
"""
DRAWN = [("overview", "png"), ("overview", "svg"), ("overview", "pgf"), ("overview", "pdf")]
SCRIPT = """
import hashlib, json, sys, tempfile
from pathlib import Path
from latentlab.results import Report
from latentlab.figures.output.bundle import render
from latentlab.figures.output import pgf
from matplotlib.backends import backend_pgf
pgf.which = lambda name: name
backend_pgf.RendererPgf.get_text_width_height_descent = lambda *asked: (10.0, 6.0, 1.0)
with tempfile.TemporaryDirectory() as folder:
    Path(folder, "report.json").write_text(sys.stdin.read())
    report = Report.read(Path(folder, "report.json"))
print(json.dumps([hashlib.sha256(render(report, *asked)).hexdigest() for asked in json.loads(sys.argv[1])]))
"""


@pytest.fixture
def as_if_latex(monkeypatch):
    monkeypatch.setattr(pgf, "which", lambda name: name)
    monkeypatch.setattr(
        backend_pgf.RendererPgf, "get_text_width_height_descent", lambda *asked: (10.0, 6.0, 1.0)
    )


def run(code, folder, *arguments, given="", **environment):
    """What a fresh Python prints that was started in this folder; `given` is its stdin."""
    mine = {key: value for key, value in os.environ.items() if not key.startswith(("MPL", "MATPLOTLIB"))}
    paths = os.pathsep.join(path for path in sys.path if path)
    call = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(
        call,
        cwd=folder,
        env={**mine, "PYTHONPATH": paths, **environment},
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_matplotlibrc_a_style_sheet_and_a_backend_change_no_byte(tmp_path, as_if_latex):
    here, configured = tmp_path / "here", tmp_path / "configured"
    (configured / "stylelib").mkdir(parents=True)
    (configured / "stylelib" / "bad.mplstyle").write_bytes(b"font.size: \xf6\n")
    here.mkdir()
    (here / "matplotlibrc").write_text(HOSTILE)
    (tmp_path / "settings").write_text(HOSTILE)
    report = of_file(pooled())
    places = [
        # Named by a variable, with a backend that is none; in the working directory, with that of a notebook.
        (tmp_path, {"MATPLOTLIBRC": str(tmp_path / "settings"), "MPLBACKEND": "nonsense"}),
        (here, {"MPLCONFIGDIR": str(configured), "MPLBACKEND": "module://matplotlib_inline.backend_inline"}),
    ]
    with ThreadPoolExecutor() as pool:
        found = [
            pool.submit(run, SCRIPT, folder, json.dumps(DRAWN), given=json.dumps(report), **environment)
            for folder, environment in places
        ]
        expected = [hashlib.sha256(render(typed(report), *asked)).hexdigest() for asked in DRAWN]
        assert [json.loads(done.result()) for done in found] == [expected, expected]


@pytest.mark.parametrize(
    "settings",
    [b"font.size: 9  # gr\xf6\xdfer\n", b"axes.formatter.use_locale: True\n"],
    ids=["not UTF-8", "a locale that is not here"],
)
def test_settings_that_matplotlib_itself_cannot_take_are_left_alone(tmp_path, settings):
    (tmp_path / "matplotlibrc").write_bytes(settings)
    code = "from latentlab.figures import house_style; from matplotlib.figure import Figure; print('drawn')"
    assert run(code, tmp_path, LC_ALL="xx_XX.UTF-8") == "drawn\n"


@pytest.mark.parametrize(
    ("asked", "then"), [("svg", "svg"), ("module://a.b", "module://a.b"), ("nonsense", "None")]
)
def test_the_backend_that_was_asked_for_stays_that_of_pyplot(tmp_path, asked, then):
    code = (
        "import os, latentlab.figures, matplotlib; "
        "print(os.environ['MPLBACKEND'], matplotlib.rcParams._get_backend_or_none())"
    )
    assert run(code, tmp_path, MPLBACKEND=asked).split() == [asked, then]


@pytest.fixture
def dark():
    """rcParams of somebody's notebook."""
    lines = [line.split(": ", 1) for line in HOSTILE.strip().splitlines()]
    with mpl.rc_context({key: value for key, value in lines if key != "backend"}):
        yield


def saved(figure):
    data = io.BytesIO()
    figure.savefig(data, format="png", dpi=200, metadata={"Software": None})
    return data.getvalue()


def test_a_notebook_draws_the_house_style_and_keeps_its_own(request):
    report = of_file(pooled())
    expected = render(typed(report), "spectrum", "png", venue="icml")
    request.getfixturevalue("dark")
    before = copy.deepcopy(dict(mpl.rcParams))
    with sheet("icml"):
        figure = figure_of(typed(report), "spectrum")
    # Saved after the sheet was left, by matplotlib's own function and by ours.
    assert saved(figure) == expected
    assert to_bytes(figure, "png") == expected
    assert dict(mpl.rcParams) == before


def test_a_figure_that_was_saved_as_something_else_gives_the_same_bytes():
    figure = figure_of(typed(paths("a", "b")), "path_strips")
    first = to_bytes(figure, "svg")
    to_bytes(figure, "png", dpi=30)
    assert to_bytes(figure, "svg") == first


def test_every_figure_is_one_of_the_house():
    for report, name in ((three(), "overview"), (three(), "spectrum"), (paths("a"), "path_strips")):
        assert isinstance(figure_of(typed(report), name), HouseFigure)


def test_a_notebook_shows_a_figure_at_its_size_on_paper():
    figure = figure_of(typed(three()), "spectrum")
    shown, size = figure._repr_png_()
    assert shown == to_bytes(figure, "png")
    assert size["width"] == round(6.3 * 96)
    assert size["height"] / size["width"] == pytest.approx(figure.get_figheight() / 6.3, rel=0.01)


def test_a_block_in_a_block_keeps_what_was_set_in_between():
    with house_style():
        mpl.rcParams["pgf.rcfonts"] = False
        with house_style():
            assert mpl.rcParams["pgf.rcfonts"] is False
        with sheet("icml"), house_style():
            assert mpl.rcParams["pgf.rcfonts"] is True
            assert mpl.rcParams["xtick.labelsize"] == 6
        assert mpl.rcParams["pgf.rcfonts"] is False
