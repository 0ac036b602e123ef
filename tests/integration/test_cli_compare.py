"""`latentlab compare` on tiny checkpoints: what comes out, where, and what is refused."""

import csv
import json
import shutil

import pytest
from tiny_checkpoint import tiny_checkpoint

from latentlab.cli import main


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    return code, *capsys.readouterr()


def refused(capsys, code, *arguments):
    """The message of a call that must fail with this code."""
    got, out, err = run(capsys, "compare", *arguments)
    assert (got, out) == (code, ""), err
    error, hint = err.splitlines()
    assert error.startswith("error: ")
    assert hint.startswith("hint: ")
    return err


def set_training(folder, **training):
    file = folder / "config.json"
    tree = json.loads(file.read_text())
    tree["training"] = training
    file.write_text(json.dumps(tree))


@pytest.fixture(scope="module")
def runs(tiny_encoder, tmp_path_factory):
    """Three seeds of each head, and a log beside them."""
    folder = tmp_path_factory.mktemp("runs")
    for seed in range(3):
        for name, use_vib in (("base", False), ("vib", True)):
            tiny_checkpoint(folder / f"{name}-{seed}", tiny_encoder, use_vib=use_vib, seed=seed)
    (folder / "vib-log.txt").write_text("not a run")
    return folder


@pytest.fixture
def sentences(tiny_corpus):
    return ["--corpus", tiny_corpus, "--n", 120]


def test_two_checkpoints_for_a_person(capsys, runs, sentences):
    code, out, err = run(capsys, "compare", runs / "base-0", runs / "base-1", *sentences)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert max(map(len, lines)) <= 110  # an answer has two differences with both ends
    assert "B = base-1 against A = base-0" in lines
    header = next(line for line in lines if line.split()[-5:] == ["p", "p", "Holm", "p", "equiv"])
    cosine = next(line for line in lines if line.startswith("    mean cosine "))
    assert len(cosine) == len(header)
    axes = [line[2:].split("  ")[0] for line in lines if line.startswith("  ") and line[2] != " "]
    asked = ["cone gone?", "by centring too?", "covariance rounder?", "at what cost?", "control, beta = 0"]
    assert axes == ["collapse gate", "cone", "anisotropy", "rogue dimensions", *asked, "claim"]
    assert any(line.startswith("unit: sentences") for line in lines)  # a narrow terminal folds it


def test_of_a_collapsed_head_no_number_is_shown(capsys, tiny_folder, tiny_encoder, sentences, tmp_path):
    tiny_checkpoint(tmp_path / "vib", tiny_encoder, use_vib=True, collapsed=True)
    code, out, _ = run(capsys, "compare", tiny_folder / "plain", tmp_path / "vib", *sentences)
    assert code == 0
    assert out.count("COLLAPSED") == 2
    assert "±" not in out
    assert "cosine" not in out


def test_json_is_one_document_and_the_same_twice(capsys, tiny_folder, sentences):
    arguments = ["compare", tiny_folder, *sentences, "--seed", 3, "--baseline", "vib", "--json"]
    code, out, err = run(capsys, *arguments)
    assert (code, err) == (0, "")
    report = json.loads(out)
    assert (report["schema"], report["command"], report["inputs"]["n"]) == (2, "compare", 120)
    results = report["results"]
    assert (results["baseline"], results["unit"], results["margin"]) == ("vib", "sentences", 0.05)
    assert [item["name"] for item in results["items"]] == ["plain", "vib"]
    (comparison,) = results["comparisons"]
    assert (comparison["name"], comparison["against"], comparison["z"]) == ("plain", "vib", None)
    assert set(comparison) == {
        *("name", "against", "d", "metrics", "z", "pca_control", "task", "decoder"),
        *("axes", "answers", "claim", "notes"),
    }
    assert set(comparison["metrics"]["mean_cosine"]) == {
        *("a", "b", "delta", "p", "p_holm", "p_equivalence", "margin")
    }
    assert set(results["sign_flip"]) == {"plain", "vib"}
    assert run(capsys, *arguments)[1] == out


def test_report_and_table_are_written(capsys, runs, sentences, tmp_path):
    folder = tmp_path / "made" / "report"
    paths = [runs / "base-0", runs / "base-1"]
    code, out, err = run(capsys, "compare", *paths, *sentences, "--task", "--out", folder)
    assert code == 0
    assert err.startswith("written to")
    assert "exact match, n = " in out
    assert {file.name for file in folder.iterdir()} == {"report.json", "table.csv", "table.tex"}
    report = json.loads((folder / "report.json").read_text())
    (comparison,) = report["results"]["comparisons"]
    assert comparison["task"]["delta"]["n"] == report["inputs"]["n_task"] > 0
    rows = list(csv.DictReader((folder / "table.csv").read_text().splitlines()))
    assert rows[0]["metric"] == "gate"
    assert rows[-1]["metric"] == "claim"
    cosine = next(row for row in rows if (row["cloud"], row["metric"]) == ("mu", "mean_cosine"))
    assert float(cosine["delta"]) == comparison["metrics"]["mean_cosine"]["delta"]["value"]
    assert cosine["verdict"] == comparison["axes"]["cone"]["verdict"]
    table = (folder / "table.tex").read_text()
    assert table.isascii()
    assert r"metric & {$A$: base-{}0} & {$B$: base-{}1} & {$B - A$} & {p} & verdict \\" in table
    lines = [line for line in table.splitlines() if line.startswith("mean cosine &")]
    _, a, b, delta, _, word = (cell.strip() for cell in lines[0].removesuffix(r"\\").split("&"))
    measured = comparison["metrics"]["mean_cosine"]
    for cell, key in ((a, "a"), (b, "b"), (delta.split(r"\pm")[0], "delta")):
        assert float(cell) == pytest.approx(measured[key]["value"], abs=0.01)
    assert word == cosine["verdict"]
    assert table.count(r"\begin{tabular}") == table.count(r"\end{tabular}") == 1
    assert all(line.count("&") == 5 for line in table.splitlines() if line.startswith(("mean", "Iso", "top")))


def test_arms_by_pattern_and_by_folder(capsys, runs, sentences, tmp_path):
    shutil.copytree(runs / "base-0", tmp_path / "base" / "a")
    shutil.copytree(runs / "base-1", tmp_path / "base" / "b")
    shutil.copytree(runs / "base-2", tmp_path / "base" / "deeper" / "c")
    conditions = ["--condition", f"vib={runs}/vib-*", "--condition", f"baseline={tmp_path / 'base'}"]
    code, out, err = run(capsys, "compare", *conditions, *sentences)
    assert (code, err) == (0, "")
    assert "B = vib (3 seeds) against A = baseline (3 seeds)" in out
    assert "so few seeds give no smaller p" in out
    assert max(map(len, out.splitlines())) <= 110
    code, out, _ = run(capsys, "compare", *conditions, *sentences, "--json", "--task")
    results = json.loads(out)["results"]
    assert (results["unit"], results["baseline"]) == ("seeds", "baseline")
    assert [seed["name"] for seed in results["conditions"]["vib"]["checkpoints"]] == [
        "vib-0",
        "vib-1",
        "vib-2",
    ]
    assert [seed["name"] for seed in results["conditions"]["baseline"]["checkpoints"]] == ["a", "b", "c"]
    # Nothing comes back from random weights: six equal scores can be told apart by no arrangement.
    assert results["comparisons"][0]["task"]["p"] == results["comparisons"][0]["task"]["p_attainable"] == 1


def test_a_name_given_again_adds_to_its_condition(capsys, runs, sentences):
    conditions = [f"x={runs}/base-0", f"x={runs}/base-1", f"y={runs}/vib-[01]"]
    options = [word for condition in conditions for word in ("--condition", condition)]
    code, out, _ = run(capsys, "compare", *options, *sentences, "--json")
    assert code == 0
    assert {
        name: condition["seeds"] for name, condition in json.loads(out)["results"]["conditions"].items()
    } == {
        "x": 2,
        "y": 2,
    }


def test_a_control_is_found_by_its_training(capsys, runs, sentences, tmp_path):
    for name in ("base-0", "vib-0", "vib-1", "vib-2"):
        shutil.copytree(runs / name, tmp_path / name)
    set_training(tmp_path / "vib-0", loss={"kl_weight": 0.0, "kl_schedule": "controlled", "kl_target": 50})
    set_training(tmp_path / "vib-1", loss={"kl_weight": 0.0, "kl_schedule": "constant", "kl_target": None})
    set_training(tmp_path / "vib-2", loss={"kl_weight": 1.0, "kl_schedule": "constant", "kl_target": None})
    code, out, err = run(capsys, "compare", tmp_path, *sentences, "--json")
    assert (code, err) == (0, "")
    results = json.loads(out)["results"]
    assert (results["baseline"], results["control"]) == ("base-0", "vib-1")
    assert "control: vib-1" in results["notes"][0]
    code, out, err = run(capsys, "compare", tmp_path, *sentences, "--control", "vib-2", "--json")
    assert json.loads(out)["results"]["control"] == "vib-2"


def test_one_training_seed_twice_in_an_arm_is_said(capsys, runs, sentences, tmp_path):
    for name in ("base-0", "base-1", "vib-0", "vib-1"):
        shutil.copytree(runs / name, tmp_path / name)
        set_training(tmp_path / name, seed=5 if name.startswith("vib") else int(name[-1]))
    conditions = ["--condition", f"vib={tmp_path}/vib-*", "--condition", f"base={tmp_path}/base-*"]
    code, out, _ = run(capsys, "compare", *conditions, *sentences)
    assert code == 0
    notes = [line for line in out.splitlines() if line.startswith("note: ")]
    assert notes == ["note: condition vib: 2 checkpoints name training seed 5: are they different runs?"]


def test_refused_before_anything_is_loaded(capsys, tiny_folder, tmp_path):
    assert "nothing to compare" in refused(capsys, 2)
    assert "exclude each other" in refused(capsys, 2, tiny_folder, "--condition", "a=b")
    for margin in ("0", "-0.1", "nan"):
        assert "--margin" in refused(capsys, 2, tiny_folder, f"--margin={margin}")
    (tmp_path / "taken").write_text("mine")
    assert "is a file" in refused(capsys, 3, tiny_folder, "--out", tmp_path / "taken")
    assert (tmp_path / "taken").read_text() == "mine"


@pytest.mark.parametrize("condition", ["vib", "=x", "vib=", " =x"])
def test_an_arm_is_a_name_and_a_place(capsys, condition):
    assert "NAME=DIR" in refused(capsys, 2, "--condition", condition)


def test_refused_with_a_usage_error(capsys, runs, tmp_path, sentences):
    one, two = runs / "base-0", runs / "vib-0"
    assert "needs two checkpoints, got base-0" in refused(capsys, 2, one)
    assert "is given 2 times" in refused(capsys, 2, one, two, one)
    assert "is given 2 times" in refused(capsys, 2, runs, two)
    shutil.copytree(one, tmp_path / "copy")
    assert "are the same weights" in refused(capsys, 2, one, tmp_path / "copy")
    for option in ("--baseline", "--control"):
        message = refused(capsys, 2, one, two, *sentences, option, "nobody")
        assert "hint: there are base-0, vib-0" in message
    conditions = ["--condition", f"a={runs}/base-*", "--condition", f"b={two}"]
    assert "condition b has 1 checkpoint" in refused(capsys, 2, *conditions, *sentences)
    assert "two conditions" in refused(capsys, 2, "--condition", f"a={runs}/base-*", *sentences)


def test_places_without_checkpoints(capsys, runs, tmp_path):
    assert "does not exist" in refused(capsys, 3, runs / "base-0", runs / "nothing")
    assert "no checkpoint matches" in refused(capsys, 3, "--condition", f"a={runs}/nothing-*")
    assert "no checkpoint" in refused(capsys, 3, runs / "base-0", tmp_path)


def test_no_held_out_sentence_for_the_task(capsys, runs, tmp_path):
    from latentlab.corpora import split_of

    texts = [text for text in (f"the cat sees a dog {i}" for i in range(60)) if split_of(text) == "train"]
    (tmp_path / "train.txt").write_text("\n".join(texts) + "\n")
    arguments = [runs / "base-0", runs / "vib-0", "--corpus", tmp_path / "train.txt", "--task"]
    assert "no held-out sentences" in refused(capsys, 2, *arguments)
