"""Copies among what people bring: every command that has intervals says so, once, on the terminal."""

import numpy as np
import pytest

from latentlab.cli import main

pytestmark = pytest.mark.copies


def run(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_a_checkpoint_that_reads_sentences_alike_is_told_of(capsys, tiny_folder, tiny_corpus):
    for command in ("anisotropy", "compare"):
        code, out, err = run(capsys, command, tiny_folder, "--corpus", tiny_corpus, "--n", 120)
        assert code == 0
        (warning, hint) = err.splitlines()
        assert warning.startswith("warning: plain, vib: of 120 rows, ")
        assert hint.startswith("hint: --group COLUMN")
        assert "±" in out


@pytest.mark.parametrize("noise", [0.0, 0.01])
def test_copies_in_a_file_are_told_of_and_groups_silence_it(capsys, tmp_path, noise):
    rng = np.random.default_rng(0)
    x = np.repeat(rng.standard_normal((80, 12)) + 0.3, 5, axis=0)
    np.save(tmp_path / "x.npy", x + noise * rng.standard_normal(x.shape))
    (tmp_path / "of.txt").write_text("".join(f"s{i // 5}\n" for i in range(400)))
    code, _, err = run(capsys, "anisotropy", tmp_path / "x.npy")
    assert (code, err.count("--group")) == (0, 1)
    assert "intervals, which take rows for independent" in err
    code, out, err = run(capsys, "anisotropy", tmp_path / "x.npy", "--group", tmp_path / "of.txt")
    assert (code, err) == (0, "")
    assert "80 groups" in out


def test_the_column_that_encode_wrote_is_found_beside_any_file(capsys, tiny_folder, tiny_corpus, tmp_path):
    texts = tiny_corpus.read_text().splitlines()[:120]
    (tmp_path / "c.csv").write_text(
        "sentence,doc\n" + "".join(f"{t},d{i // 4}\n" for i, t in enumerate(texts))
    )
    given = ["encode", tiny_folder / "vib", tmp_path / "c.csv", "--column", "sentence", "--group", "doc"]
    for name in ("x.npy", "x.safetensors", "x.parquet"):
        assert run(capsys, *given, "--out", tmp_path / name)[0] == 0
        code, out, _ = run(capsys, "anisotropy", tmp_path / name, "--group", "group")
        assert (code, "in 30 groups" in out) == (0, True), name
    code, _, err = run(capsys, "anisotropy", tmp_path / "x.npy", "--group", "topic")
    assert (code, "has no labels of that name" in err) == (3, True)


def test_a_comparison_of_groups_says_so(capsys, tiny_folder, tiny_corpus, tmp_path):
    texts = tiny_corpus.read_text().splitlines()[:120]
    (tmp_path / "c.csv").write_text(
        "sentence,doc\n" + "".join(f"{t},d{i // 4}\n" for i, t in enumerate(texts))
    )
    options = ["--corpus", tmp_path / "c.csv", "--column", "sentence", "--group", "doc", "--n", 120]
    code, out, err = run(capsys, "compare", tiny_folder, *options)
    assert code == 0, err
    assert "its 95 % interval over groups of one doc" in out
    assert "unit: groups of sentences" in out


def test_labels_of_a_text_file_are_read_as_a_person_sees_them(capsys, tmp_path):
    np.save(tmp_path / "x.npy", np.random.default_rng(0).standard_normal((40, 5)))
    labels = [" " if i < 10 else f"s{i // 2}" for i in range(40)]  # a blank one is a group of its own
    (tmp_path / "g.txt").write_bytes(b"\xef\xbb\xbf" + "".join(f"{label}\n" for label in labels).encode())
    code, out, _ = run(capsys, "anisotropy", tmp_path / "x.npy", "--group", tmp_path / "g.txt")
    assert (code, "in 25 groups" in out) == (0, True)
    (tmp_path / "g.txt").write_text("")
    code, _, err = run(capsys, "anisotropy", tmp_path / "x.npy", "--group", tmp_path / "g.txt")
    assert (code, "0 labels for 40 rows" in err) == (3, True)
