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
        (remark, hint) = err.splitlines()
        assert remark.startswith("remark: plain, vib: of 120 rows, ")
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
