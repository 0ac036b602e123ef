"""Whole commands on files of vectors: measured, mixed with checkpoints, cut up and put together, encoded."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from latentlab.cli import main
from latentlab.results import Latents
from latentlab.results.vectors.vector_file import open_vectors


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    return code, *capsys.readouterr()


def report(capsys, *arguments):
    code, out, err = run(capsys, *arguments, "--json")
    assert code == 0, err
    return json.loads(out), err


def refused(capsys, code, *arguments):
    """The message of a call that must fail with this code."""
    got, out, err = run(capsys, *arguments)
    lines = [line for line in err.splitlines() if not line.startswith("left out")]
    assert (got, out, len(lines)) == (code, "", 2), err
    assert lines[0].startswith("error: ")
    assert lines[1].startswith("hint: ")
    return err


@pytest.fixture
def vectors(tmp_path):
    x = (np.random.default_rng(0).standard_normal((200, 6)) + 1).astype(np.float32)
    np.save(tmp_path / "x.npy", x)
    return x


def values(document, cloud="latents", item=0):
    measures = document["results"]["items"][item]["clouds"][cloud]["metrics"]
    return {key: (measure["value"], measure["se"]) for key, measure in measures.items()}


def same(got, wanted):
    assert list(got) == list(wanted)
    for key, numbers in wanted.items():
        for a, b in zip(got[key], numbers, strict=True):
            assert (a is None) == (b is None), key
            assert a is None or a == pytest.approx(b, rel=1e-9, abs=1e-12), key


def test_a_file_has_a_table_with_words_and_sizes(capsys, vectors, tmp_path):
    code, out, err = run(capsys, "anisotropy", tmp_path / "x.npy", "--sample", 90)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert max(map(len, lines)) <= 100
    assert lines[0] == "Anisotropy of 1 file of vectors, seed 0"
    words = {line[:25].strip(): line[25:].split() for line in lines[7:10]}
    assert next(line for line in lines if "collapse gate" in line).split()[-2:] == ["NOT", "APPLICABLE"]
    assert "latents: vectors from a file, n = 200, d = 6 (pairs: 90 rows)" in lines
    assert words["cone"] == ["MODERATE", "TO", "STRONG"]
    assert set(words) == {"cone", "anisotropy", "rogue dimensions"}
    assert [line.split()[0] for line in lines if "*" in line][1:] == ["mean", "uniformity", "TwoNN"]


def test_every_format_gives_the_report_of_the_array(capsys, vectors, tmp_path):
    wanted, _ = report(capsys, "anisotropy", tmp_path / "x.npy")
    column = pa.FixedSizeListArray.from_arrays(pa.array(vectors.reshape(-1)), 6)
    pq.write_table(pa.table({"v": column, "w": column}), tmp_path / "x.parquet", row_group_size=50)
    got, err = report(capsys, "anisotropy", tmp_path / "x.parquet", "--column", "v")
    assert err == ""
    same(values(got), values(wanted))
    assert "--column" in refused(capsys, 3, "anisotropy", tmp_path / "x.parquet")


def test_files_and_folders_stand_side_by_side(capsys, vectors, tiny_folder, tiny_corpus, tmp_path):
    np.save(tmp_path / "wide.npy", np.random.default_rng(1).standard_normal((40, 9)))
    paths = [tmp_path / "wide.npy", tiny_folder / "vib", tmp_path / "x.npy"]
    document, err = report(capsys, "anisotropy", *paths, "--corpus", tiny_corpus, "--n", 60)
    items = document["results"]["items"]
    assert [(item["name"], item["kind"]) for item in items] == [
        ("vib", "vib"),
        ("wide.npy", "vectors"),
        ("x.npy", "vectors"),
    ]
    assert (document["inputs"]["n"], len(document["provenance"]["vectors"])) == (60, 2)
    assert "warning: d differs (8, 9, 6)" in err
    code, out, _ = run(capsys, "anisotropy", *paths, "--corpus", tiny_corpus, "--n", 60)
    assert code == 0
    assert "latents: vectors from a file, n = 40 / 200, d = 9 / 6 (pairs: 40 / 200 rows)" in out
    assert "mu: the latent point, d = 8 (pairs: 60 rows)" in out


def test_a_turned_file_is_noticed(capsys, vectors, tmp_path):
    np.save(tmp_path / "turned.npy", vectors[:20, :].repeat(4, axis=1))
    code, out, err = run(capsys, "anisotropy", tmp_path / "turned.npy")
    assert (code, bool(out)) == (0, True)
    said, hint = err.splitlines()
    assert said == "warning: turned.npy: n = 20 < d = 24: are rows and columns swapped?"
    assert ".T" in hint


def test_rows_with_nan_are_counted_named_and_dropped_when_allowed(capsys, vectors, tmp_path):
    vectors[[3, 77], 2] = np.nan, np.inf
    np.save(tmp_path / "x.npy", vectors)
    err = refused(capsys, 3, "anisotropy", tmp_path / "x.npy")
    assert "NaN or infinity in 2 of 200 rows: 3, 77" in err
    assert "--drop-nonfinite" in err
    document, err = report(capsys, "anisotropy", tmp_path / "x.npy", "--drop-nonfinite")
    assert document["results"]["items"][0]["clouds"]["latents"]["n"] == 198
    assert (
        err == "warning: x.npy: 2 rows with NaN or infinity left out; these are rows 3, 77, counted from 0\n"
    )


@pytest.mark.parametrize(
    ("array", "word"),
    [
        (np.array([["a", "b"]]), "text where vectors were expected"),
        (np.array([[1, None]], dtype=object), "never unpickled"),
        (np.ones((3, 2), dtype=int), "floating-point"),
        (np.ones(4), "shape"),
        (np.ones((0, 4)), "no rows"),
    ],
)
def test_what_is_no_cloud_is_one_line(capsys, tmp_path, array, word):
    np.save(tmp_path / "bad.npy", array)
    assert word in refused(capsys, 3, "anisotropy", tmp_path / "bad.npy")


def test_options_that_do_not_go_together_are_usage(capsys, vectors, tiny_folder, tmp_path):
    x = tmp_path / "x.npy"
    for arguments, word in (
        ([], "nothing to measure"),
        ([x, "--mu", x], "--logvar"),
        ([x, "--corpus", x], "--corpus"),
        ([x, "--n", 9], "--n"),
        ([x, "--offline"], "--offline"),
        ([x, "--encoder", tmp_path], "--encoder"),
        ([x, "--column", "v"], "--column"),
        ([x, "--seed", 2**31], "--seed"),
        ([tiny_folder, "--drop-nonfinite"], "--drop-nonfinite"),
        ([x, "--layers"], "--layers"),
        ([tiny_folder, "--layers", "--sample", 9], "--sample"),
        ([tiny_folder, "--state", tmp_path / "s.safetensors"], "single file"),
        ([x, tiny_folder, "--first-row", 5], "single file"),
        ([x, "--state", tmp_path / "s.npy"], ".safetensors"),
    ):
        assert word in refused(capsys, 2, "anisotropy", *arguments)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["x.npy"]


# Pieces


def piece(capsys, tmp_path, number, rows, *options):
    np.save(tmp_path / f"{number}.npy", rows)
    state = tmp_path / f"{number}.safetensors"
    code, _, err = run(capsys, "anisotropy", tmp_path / f"{number}.npy", "--state", state, *options)
    assert code == 0, err
    assert err == f"sums of {len(rows)} rows written to {state}\n"
    return state


def test_pieces_merge_into_the_report_on_the_whole(capsys, vectors, tmp_path):
    whole, _ = report(capsys, "anisotropy", tmp_path / "x.npy", "--seed", 5, "--sample", 70)
    first = piece(capsys, tmp_path, 0, vectors[:80], "--seed", 5, "--sample", 70)
    second = piece(capsys, tmp_path, 1, vectors[80:], "--like", first, "--first-row", 80)
    document, err = report(capsys, "merge", second, first)
    assert err == ""
    same(values(document), values(whole))
    assert document["provenance"]["seed"] == 5
    [item], [other] = document["results"]["items"], whole["results"]["items"]
    assert {key: axis["verdict"] for key, axis in item["verdict"].items()} == {
        key: axis["verdict"] for key, axis in other["verdict"].items()
    }
    code, out, err = run(capsys, "merge", first, second, "--out", tmp_path / "report")
    written = json.loads((tmp_path / "report" / "report.json").read_text())
    same(values(written), values(document))
    assert written["results"]["items"][0]["name"] == item["name"] == "0.npy + 1 more"
    assert err.startswith("written to")
    assert (code, out.splitlines()[0]) == (0, "Anisotropy of 2 states together, seed 5")
    assert "n = 200, d = 6 (pairs: 70 rows)" in out


def test_states_that_do_not_merge(capsys, vectors, tmp_path):
    first = piece(capsys, tmp_path, 0, vectors[:80])
    alone = piece(capsys, tmp_path, 1, vectors[80:], "--first-row", 80)
    again = piece(capsys, tmp_path, 2, vectors[80:], "--like", first, "--first-row", 79)
    seeded = piece(capsys, tmp_path, 3, vectors[80:], "--seed", 1)
    for state, word in ((alone, "pilots"), (again, "share rows"), (seeded, "seed 0 and 1")):
        err = refused(capsys, 3, "merge", first, state)
        assert word in err
        assert str(state) in err
    assert "is no state" in refused(capsys, 3, "merge", tmp_path / "x.npy")
    assert "--seed" in refused(capsys, 2, "anisotropy", tmp_path / "x.npy", "--like", first, "--seed", 2)
    assert "latentlab merge" in refused(capsys, 3, "anisotropy", first)


def test_a_state_never_replaces_what_is_read(capsys, vectors, tmp_path):
    first = piece(capsys, tmp_path, 0, vectors)
    before = first.read_bytes()
    call = ("anisotropy", tmp_path / "x.npy", "--like", first, "--first-row", 200, "--state", first)
    assert "is read by this very command" in refused(capsys, 2, *call)
    assert first.read_bytes() == before


# From a checkpoint and back


@pytest.mark.parametrize("suffix", [".npy", ".safetensors", ".parquet"])
def test_encoded_clouds_are_read_back(capsys, tiny_folder, tiny_corpus, tmp_path, suffix):
    file = tmp_path / f"mu{suffix}"
    code, out, _ = run(capsys, "encode", tiny_folder / "vib", tiny_corpus, "--out", file)
    assert (code, out) == (0, f"{file}\n")
    latents, vectors = Latents.read(file), open_vectors(file)
    assert (latents.cloud, latents.layer, latents.vectors.dtype) == ("mu", None, np.float32)
    assert (vectors.n, vectors.d) == (300, 8) == latents.vectors.shape
    np.testing.assert_array_equal(next(vectors.batches(300)), latents.vectors)
    file.write_bytes(file.read_bytes()[:-1] + b"!")
    assert run(capsys, "anisotropy", file)[0] in (0, 3)


def test_an_encoded_posterior_is_that_of_the_checkpoint(capsys, tiny_folder, tiny_corpus, tmp_path):
    for cloud in ("mu", "logvar", "z"):
        options = ["--out", tmp_path / f"{cloud}.npy", "--cloud", cloud, "--seed", 4]
        assert run(capsys, "encode", tiny_folder / "vib", tiny_corpus, *options)[0] == 0
    pair = ["--mu", tmp_path / "mu.npy", "--logvar", tmp_path / "logvar.npy"]
    document, err = report(capsys, "anisotropy", tmp_path / "z.npy", *pair, "--seed", 4)
    assert err == ""
    asked = [tiny_folder / "vib", "--corpus", tiny_corpus, "--n", 300, "--seed", 4]
    wanted, _ = report(capsys, "anisotropy", *asked)
    assert [item["kind"] for item in document["results"]["items"]] == ["vectors", "vib"]
    z, item, other = *document["results"]["items"], *wanted["results"]["items"]
    assert item["gate"]["verdict"] == other["gate"]["verdict"]
    # The sentences of the report are in another order than those of the file.
    for cloud, key in (("mu", "mean_cosine"), ("mu", "isoscore"), ("mu", "effective_rank")):
        got = item["clouds"][cloud]["metrics"][key]["value"]
        assert got == pytest.approx(other["clouds"][cloud]["metrics"][key]["value"], rel=1e-6)
    for key in ("kl_total", "signal_share", "agg_kl_gaussian"):
        got = item["posterior"]["metrics"][key]["value"]
        assert got == pytest.approx(other["posterior"]["metrics"][key]["value"], rel=1e-6)
    of_z, of_file = item["clouds"]["z"]["metrics"], z["clouds"]["latents"]["metrics"]
    assert of_z["mean_cosine"]["value"] == pytest.approx(of_file["mean_cosine"]["value"], rel=1e-5)


def test_pooled_clouds_of_any_layer(capsys, tiny_folder, tiny_corpus, tmp_path):
    found = {}
    for name, options in {
        "own": [],
        "3": ["--layer", 3],
        "0": ["--layer", 0],
        "4": ["--layer", -1],
    }.items():
        file = tmp_path / f"{name}.npy"
        arguments = [tiny_folder / "plain", tiny_corpus, "--out", file, "--cloud", "pooled", *options]
        assert run(capsys, "encode", *arguments)[0] == 0
        found[name] = Latents.read(file)
    assert [latents.layer for latents in found.values()] == [None, 3, 0, 4]
    np.testing.assert_allclose(found["own"].vectors, found["3"].vectors, atol=1e-6)
    assert not np.allclose(found["0"].vectors, found["3"].vectors, atol=1e-2)
    arguments = [tiny_folder / "plain", tiny_corpus, "--out", tmp_path / "c.npy", "--cloud", "pooled_centred"]
    assert run(capsys, "encode", *arguments)[0] == 0
    centred = Latents.read(tmp_path / "c.npy").vectors
    np.testing.assert_allclose(centred, found["own"].vectors - found["own"].vectors.mean(axis=0), atol=1e-6)
    sidecar = json.loads((tmp_path / "4.npy.json").read_text())
    assert (sidecar["layer"], sidecar["cloud"]) == (4, "pooled")


@pytest.mark.parametrize("options", [[], ["--cloud", "pooled"], ["--cloud", "pooled", "--layer", 1]])
def test_long_encoding_says_how_far_it_is(capsys, monkeypatch, tiny_folder, tiny_corpus, tmp_path, options):
    said: list[tuple[str, int, int]] = []
    monkeypatch.setattr("latentlab.cli.terminal.Progress.__call__", lambda self, *status: said.append(status))
    out = tmp_path / "vectors.npy"
    assert run(capsys, "encode", tiny_folder / "vib", tiny_corpus, "--out", out, *options)[0] == 0
    assert said[0] == ("encoding sentences", 0, 300)
    assert said[-1] == ("encoding sentences", 300, 300)
    assert len(said) > 2


def test_clouds_that_are_not_there(capsys, tiny_folder, tiny_corpus, tmp_path):
    plain = [tiny_folder / "plain", tiny_corpus, "--out", tmp_path / "x.npy"]
    for options, word in (
        (["--cloud", "z"], "deterministic"),
        (["--cloud", "logvar"], "deterministic"),
        (["--layer", 1], "--cloud pooled"),
        (["--cloud", "pooled", "--layer", 5], "outside the encoder's depth 4"),
    ):
        assert word in refused(capsys, 2, "encode", *plain, *options)
    assert list(tmp_path.iterdir()) == []
