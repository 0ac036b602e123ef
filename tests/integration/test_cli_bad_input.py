"""Bad input: one clear line, a hint, the right exit code, nothing on stdout, nothing half-written."""

import json
import shutil

import numpy as np
import pytest
import torch
from checkpoint_models import reseal
from encoder_models import tiny_bert

from latentlab.cli import main


@pytest.fixture
def damaged(tiny_folder, tmp_path):
    """A copy of a checkpoint, to be damaged."""
    return shutil.copytree(tiny_folder / "vib", tmp_path / "vib")


def refused(capsys, code, *arguments):
    """The message of a call that must fail with this code."""
    assert main([str(argument) for argument in arguments]) == code
    out, err = capsys.readouterr()
    assert out == ""
    lines = err.splitlines()
    assert lines[0].startswith("error: ")
    assert len(lines) <= 2
    assert all(line.startswith("hint: ") for line in lines[1:])
    return err


COMMANDS = ["anisotropy", "reconstruct", "info"]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_missing_path(capsys, tmp_path, command):
    assert "does not exist" in refused(capsys, 3, command, tmp_path / "nothing")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_without_checkpoints(capsys, tmp_path, command):
    assert "config.json" in refused(capsys, 3, command, tmp_path)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_where_a_folder_should_be(capsys, tiny_corpus, command):
    assert "is a file" in refused(capsys, 3, command, tiny_corpus)


def cut(folder):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])


def flip(folder):
    weights = folder / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-7] ^= 4
    weights.write_bytes(data)


def edit(change):
    def damage(folder):
        file = folder / "config.json"
        tree = json.loads(file.read_text())
        change(tree)
        file.write_text(json.dumps(tree))

    return damage


def poison(folder):
    reseal(folder, lambda tensors: {k: torch.full_like(v, torch.nan) for k, v in tensors.items()})


@pytest.mark.parametrize(
    ("damage", "word"),
    [
        (cut, "cut short"),
        (flip, "has changed"),
        (edit(lambda tree: tree.update(surprise=1)), "surprise"),
        (edit(lambda tree: tree["model"]["head"].update(surprise=1)), "model.head.surprise"),
        (edit(lambda tree: tree["model"]["head"].update(width=9)), "model.head.width is 9"),
        (lambda folder: (folder / "tokenizer.json").unlink(), "tokenizer.json"),
        (poison, "NaN"),
    ],
    ids=["cut", "bit flip", "unknown key", "unknown model key", "width", "no tokenizer", "NaN"],
)
@pytest.mark.parametrize("command", ["anisotropy", "reconstruct"])
def test_a_damaged_checkpoint(capsys, damaged, tiny_corpus, damage, word, command):
    damage(damaged)
    assert word in refused(capsys, 3, command, damaged, "--corpus", tiny_corpus)


def test_info_of_a_damaged_checkpoint_shows_the_rest(capsys, damaged):
    flip(damaged)
    assert main(["info", str(damaged)]) == 3
    out, err = capsys.readouterr()
    assert "latent width 8" in out
    assert err.startswith(f"error: {damaged / 'model.safetensors'} has changed")


def test_another_encoder_than_the_one_trained_with(capsys, tiny_folder, tiny_corpus, tmp_path):
    other = tiny_bert(tmp_path / "other", seed=1)
    capsys.readouterr()
    message = refused(capsys, 3, "anisotropy", tiny_folder, "--corpus", tiny_corpus, "--encoder", other)
    assert "sha256" in message


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "no sentence"),
        (b"\n \n", "no sentence"),
        (b"caf\xe9\n", "UTF-8"),
        (b"a\0b\nc\n", "NUL"),
        (b"x" * 1_000_000, "longer than"),
        (b"only one\n", "at least 2"),
        (b"z9 " * 40 + b"\n" + b"y8 " * 40 + b"\n", "none of 2"),
    ],
    ids=["empty", "blank", "latin-1", "NUL", "1 MB line", "one sentence", "all too long"],
)
def test_a_corpus_that_is_none(capsys, tiny_folder, tmp_path, content, word):
    corpus = tmp_path / "corpus.txt"
    corpus.write_bytes(content)
    assert main(["anisotropy", str(tiny_folder), "--corpus", str(corpus)]) == 3
    out, err = capsys.readouterr()
    assert out == ""
    errors = [line for line in err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert word in errors[0]


def test_more_sentences_than_there_are(capsys, tiny_folder, tiny_corpus):
    assert "300" in refused(capsys, 3, "anisotropy", tiny_folder, "--corpus", tiny_corpus, "--n", 301)


@pytest.mark.parametrize("n", ["1", "0", "-3", "many"])
def test_too_small_a_number_of_sentences_is_usage(capsys, tiny_folder, n):
    refused(capsys, 2, "anisotropy", tiny_folder, "--n", n)


def test_an_unknown_kind_of_corpus(capsys, tiny_folder, tmp_path):
    (tmp_path / "a.docx").write_text("x")
    assert ".txt" in refused(capsys, 3, "anisotropy", tiny_folder, "--corpus", tmp_path / "a.docx")


def test_an_output_that_is_a_file_is_refused_and_kept(capsys, tiny_folder, tiny_corpus, tmp_path):
    taken = tmp_path / "taken"
    taken.write_text("mine")
    refused(capsys, 3, "anisotropy", tiny_folder, "--corpus", tiny_corpus, "--n", 50, "--out", taken)
    assert taken.read_text() == "mine"


def test_text_and_file_together(capsys, tiny_folder, tiny_corpus):
    refused(capsys, 2, "reconstruct", tiny_folder, "--text", "a", "--corpus", tiny_corpus)


def test_a_text_that_is_too_long(capsys, tiny_folder):
    assert "at most 32 tokens" in refused(capsys, 3, "reconstruct", tiny_folder, "--text", "z9 " * 40)


@pytest.mark.parametrize("text", ["", "   "])
def test_a_text_without_words(capsys, tiny_folder, text):
    assert "--text" in refused(capsys, 2, "reconstruct", tiny_folder, "--text", text)


def test_encode_to_a_name_without_a_known_ending(capsys, tiny_folder, tiny_corpus, tmp_path):
    file = tmp_path / "latents.bin"
    assert main(["encode", str(tiny_folder / "vib"), str(tiny_corpus), "--out", str(file)]) == 3
    assert list(tmp_path.iterdir()) == []


def test_training_into_a_folder_that_is_not_empty(capsys, tiny_corpus, tiny_encoder, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    arguments = ["train", "--preset", "tiny", "--corpus", tiny_corpus, "--encoder", tiny_encoder, "--out"]
    assert main([str(word) for word in [*arguments, tmp_path]]) == 2
    assert "not empty" in capsys.readouterr().err
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]


def test_training_that_is_refused_says_nothing_of_a_log(capsys, tiny_encoder, tmp_path):
    arguments = ["train", "--preset", "tiny", "--corpus", tmp_path / "no.txt", "--encoder", tiny_encoder]
    assert "is the log" not in refused(capsys, 3, *arguments, "--out", tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_vectors_that_are_all_nan_are_not_told_to_be_left_out(capsys, tmp_path):
    np.save(tmp_path / "x.npy", np.full((20, 4), np.nan, dtype=np.float32))
    for given in ([], ["--drop-nonfinite"]):
        err = refused(capsys, 3, "anisotropy", tmp_path / "x.npy", *given)
        assert "NaN or infinity in each of 20 rows" in err
        assert "--drop-nonfinite" not in err


def test_a_part_without_sentences_is_named(capsys, tiny_folder, tmp_path):
    (tmp_path / "two.txt").write_text("the cat sleeps\nthe dog sleeps\n")
    assert main(["reconstruct", str(tiny_folder / "vib"), "--corpus", str(tmp_path / "two.txt")]) == 0
    assert "no sentence of two.txt is in the part 'held out'" in capsys.readouterr().err
