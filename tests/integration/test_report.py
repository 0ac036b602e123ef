"""`latentlab plot` and `latentlab report`, whole commands."""

import csv
import hashlib
import json
import re

import pytest
from sgdd_files import encoder_folder, write_old

from latentlab import cli
from latentlab.corpora import data_folder
from tests.latex_document import check_compiles, has_package


def run(capsys, *arguments):
    code = cli.main([str(argument) for argument in arguments])
    return code, *capsys.readouterr()


@pytest.fixture(scope="module")
def measured(tiny_folder, tiny_corpus, tmp_path_factory):
    out = tmp_path_factory.mktemp("measured")
    given = ["anisotropy", str(tiny_folder), "--corpus", str(tiny_corpus), "--out", str(out)]
    assert cli.main(given) == 0
    return out / "report.json"


def test_plot_lists_and_draws(capsys, measured, tmp_path):
    code, out, _ = run(capsys, "plot", measured, "--list")
    assert code == 0
    assert "spectrum" in out.split()
    given = ("--figure", "spectrum", "--venue", "acl", "--width", "column")
    file = tmp_path / "deep" / "spectrum.pdf"
    code, out, err = run(capsys, "plot", measured, *given, "--out", file)
    assert (code, out.strip()) == (0, str(file))
    assert "beside it: spectrum.csv, spectrum.json" in err
    first = file.read_bytes()
    assert run(capsys, "plot", measured, *given, "--out", file)[0] == 0
    assert file.read_bytes() == first
    with file.with_suffix(".csv").open() as rows:
        assert len(list(csv.reader(rows))) > 10
    loud = tmp_path / "LOUD.PDF"
    assert run(capsys, "plot", measured, *given, "--out", loud)[1].strip() == str(loud)
    assert loud.read_bytes() == first
    beside = json.loads(file.with_suffix(".json").read_text())
    assert (beside["figure"], beside["venue"], beside["command"]) == ("spectrum", "acl", "anisotropy")


def test_plot_draws_the_logs_of_the_shipped_runs(capsys, tmp_path):
    runs = [data_folder() / "checkpoints" / name for name in ("baseline", "vib")]
    code, _, _ = run(capsys, "plot", *runs, "--figure", "training_curves", "--out", tmp_path / "t.png")
    assert code == 0
    assert (tmp_path / "t.png").stat().st_size > 20_000


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        (("--figure", "spectrum"), 2, "give --figure and --out"),
        (("--figure", "spectrum", "--out", "a.gif"), 2, "cannot draw a.gif"),
        (("--figure", "pie", "--out", "a.pdf"), 2, "no figure is called 'pie'"),
        (("--figure", "spectrum", "--out", "a.pdf", "--venue", "nature"), 2, "no venue is called"),
    ],
)
def test_what_cannot_be_drawn_is_said(capsys, measured, monkeypatch, tmp_path, given, code, words):
    monkeypatch.chdir(tmp_path)
    found, out, err = run(capsys, "plot", measured, *given)
    assert (found, out) == (code, "")
    assert words in err
    assert list(tmp_path.iterdir()) == []


def test_plot_replaces_neither_what_it_draws_from_nor_data_of_others(capsys, measured, tmp_path):
    report = tmp_path / "report.json"
    report.write_bytes(measured.read_bytes())
    given = ("plot", report, "--figure", "spectrum", "--out")
    code, _, err = run(capsys, *given, tmp_path / "report.pdf")
    assert code == 2
    assert "is drawn from" in err
    assert report.read_bytes() == measured.read_bytes()
    (tmp_path / "mine.csv").write_text("year,words\n2026,90000\n")
    (tmp_path / "my.json").write_text('{"figure": 1}')
    (tmp_path / "folder.csv").mkdir()
    for name, words in (("mine", "does not belong"), ("my", "does not belong"), ("folder", "is a folder")):
        code, _, err = run(capsys, *given, tmp_path / f"{name}.pdf")
        assert code == 3
        assert words in err
        assert not (tmp_path / f"{name}.pdf").exists()
    assert (tmp_path / "mine.csv").read_text() == "year,words\n2026,90000\n"


def test_plot_says_what_a_report_has_no_figure_for(capsys, measured, tmp_path):
    document = json.loads(measured.read_text())
    document["results"] = {"items": []}
    (tmp_path / "empty.json").write_text(json.dumps(document))
    code, out, err = run(capsys, "plot", tmp_path / "empty.json", "--list")
    assert (code, out) == (3, "")
    assert "has data for no figure" in err


@pytest.mark.parametrize(("part", "wrong"), [("clouds", {"mu": 3}), ("clouds", 3), ("posterior", [1])])
def test_plot_of_a_report_whose_parts_are_something_else_names_the_file(
    capsys, measured, tmp_path, part, wrong
):
    document = json.loads(measured.read_text())
    for item in document["results"]["items"]:
        item[part] = wrong
    (tmp_path / "x.json").write_text(json.dumps(document))
    given = ("--figure", "overview", "--out", tmp_path / "y.svg")
    code, out, err = run(capsys, "plot", tmp_path / "x.json", *given)
    assert (code, out) == (3, "")
    assert err.startswith(f"error: {tmp_path / 'x.json'}, results, is damaged: items.0.{part}")
    assert "give the file as the command wrote it" in err
    assert [file.name for file in tmp_path.iterdir()] == ["x.json"]


def test_plot_of_what_is_no_report(capsys, tmp_path):
    (tmp_path / "x.json").write_text("{}")
    code, _, err = run(capsys, "plot", tmp_path / "x.json", "--list")
    assert code == 3
    assert "is not a report" in err


def check_manifest(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    there = {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}
    assert there == set(manifest["files"]) | {"manifest.json"}
    for name, found in manifest["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == found
    return manifest


def test_report_writes_a_folder_whose_manifest_is_true(capsys, tiny_folder, tiny_corpus, tmp_path):
    out = tmp_path / "paper"
    given = ("report", tiny_folder, "--corpus", tiny_corpus, "--n", 50, "--pairs", 4, "--out", out)
    code, printed, err = run(capsys, *given)
    if code == 3:  # sentences of the grammar are too long for the tiny vocabulary
        pytest.fail(err)
    assert (code, printed.strip()) == (0, str(out))
    manifest = check_manifest(out)
    assert manifest["command"].startswith("latentlab report ")
    assert "--pairs 4" in manifest["command"]
    assert (out / "results.md").read_text().startswith("# Results\n\n## Cone and spread")
    kept = json.loads((out / "reports" / "anisotropy.json").read_text())["results"]
    _, alone, _ = run(capsys, "anisotropy", tiny_folder, "--corpus", tiny_corpus, "--n", 50, "--json")
    assert json.loads(alone)["results"] == kept
    # Nothing of anybody else's is replaced, nor a report of ours unless asked to.
    code, _, err = run(capsys, *given)
    assert code == 3
    assert "with something in it" in err
    assert "--overwrite replaces a report" in err
    assert run(capsys, *given, "--overwrite")[0] == 0
    (tmp_path / "mine").mkdir()
    for beside, words in (
        (None, "has no manifest.json"),
        ("{", "its manifest.json is not ours"),
        ('{"name": "my web app"}', "its manifest.json is not ours"),
        (
            '{"command": "latentlab report A", "files": {"results.md": ""}}',
            "thesis.tex is not in its manifest",
        ),
    ):
        (tmp_path / "mine" / "thesis.tex").write_text("years")
        if beside:
            (tmp_path / "mine" / "manifest.json").write_text(beside)
        code, _, err = run(capsys, *given[:-1], tmp_path / "mine", "--overwrite")
        assert code == 3
        assert words in err
        assert (tmp_path / "mine" / "thesis.tex").read_text() == "years"


def test_a_wrong_venue_is_said_before_anything_is_measured(capsys, tiny_folder, monkeypatch, tmp_path):
    monkeypatch.setattr("latentlab.analysis.study.study", None)
    code, _, err = run(capsys, "report", tiny_folder, "--venue", "nature", "--out", tmp_path / "paper")
    assert code == 2
    assert "no venue is called 'nature'" in err
    assert not (tmp_path / "paper").exists()


def test_report_of_a_file_without_a_decoder_has_no_ways(capsys, tmp_path):
    file = write_old(tmp_path / "f.pt", "F")
    out = tmp_path / "paper"
    encoder = encoder_folder(tmp_path / "enc")
    code, _, err = run(capsys, "report", file, "--encoder", encoder, "--n", 40, "--out", out)
    assert code == 0, err
    assert "Paths between" not in (out / "results.md").read_text()
    assert set(check_manifest(out)["provenance"]) == {"anisotropy"}


@pytest.mark.encoder
def test_report_of_the_shipped_pair(capsys, tmp_path):
    pair = [data_folder() / "checkpoints" / name for name in ("baseline", "vib")]
    out = tmp_path / "paper"
    code, _, _ = run(capsys, "report", *pair, "--offline", "--n", 300, "--pairs", 6, "--out", out)
    assert code == 0
    manifest = check_manifest(out)
    assert set(manifest["provenance"]) == {"anisotropy", "compare", "interpolate", "noise"}
    for name in ("anisotropy-spectrum", "interpolate-path_strips", "noise-waterfall"):
        assert b"/Type3" not in (out / "figures" / f"{name}.pdf").read_bytes()
    paths = json.loads((out / "reports" / "interpolate.json").read_text())
    assert set(paths["results"]["items"][0]["scores"]) == {"all pairs", "one", "two", "all"}
    section = (out / "results.md").read_text()
    assert "vib against baseline: gate PASSED" in section
    latex = (out / "results.tex").read_text()
    assert latex.isascii()
    assert re.findall(r"(?<!\\)[_%&#~^]|(?<!\$)-\d", latex) == []
    assert latex.count("$") % 2 == 0
    if has_package("siunitx"):
        (tmp_path / "document").mkdir()
        tables = "".join(rf"\par\input{{{file}}}" for file in sorted((out / "tables").glob("*.tex")))
        figure = rf"\par\includegraphics{{{out / 'figures' / 'anisotropy-overview.pdf'}}}"
        body = rf"\input{{{out / 'results.tex'}}}" + tables + figure
        check_compiles(tmp_path / "document", body, ["booktabs", "siunitx", "graphicx"])
