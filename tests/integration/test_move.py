"""`latentlab move` with tiny and with the shipped checkpoints."""

import json

import numpy as np
import pytest
from sgdd_files import encoder_folder, write_old
from tiny_checkpoint import tiny_checkpoint

from latentlab import cli
from latentlab.analysis.interpolation.walk import latent_statistics
from latentlab.analysis.loading import load_models
from latentlab.analysis.moves_report import STRENGTHS, Attribute, around, combine, samples, traverse
from latentlab.corpora import data_folder, shipped_corpus
from latentlab.corpora.counterparts import counterparts

TEXT = "the cat sees a dog on the bird 7"
MOVES = {
    "arithmetic": ("--arithmetic", TEXT, "the cat", "the bird"),
    "prior": ("--prior", "--n", "3"),
    "around": ("--around", "--text", TEXT, "--n", "3"),
}


def run(capsys, *arguments):
    code = cli.main([str(argument) for argument in arguments])
    return code, *capsys.readouterr()


@pytest.fixture(scope="module")
def shipped():
    models = load_models([data_folder() / "checkpoints"], offline=True)
    return {model.name: model for model in models if model.name in ("baseline", "vib")}


@pytest.mark.encoder
@pytest.mark.parametrize("factor", ["tense:present:past", "number:singular:plural"])
def test_an_attribute_of_the_grammar_does_what_the_grammar_says(shipped, factor):
    corpus, (name, before, after) = shipped_corpus(), factor.split(":")
    learned = counterparts(corpus, name, before, after, split="train", n=100, seed=0)
    tried = counterparts(corpus, name, before, after, split="test", n=20, seed=0)
    for model in shipped.values():
        scores = Attribute.of(learned).reached(model, tried)
        assert [score["strength"] for score in scores] == list(STRENGTHS)
        assert scores[0]["right"].value == 0
        assert scores[0]["unmoved"].value >= 0.9
        assert max(score["right"].value for score in scores) >= 0.6
        # The direction of another attribute changes something else.
        other = Attribute.of(
            counterparts(corpus, "polarity", "affirmative", "negative", split="train", n=50, seed=0)
        )
        assert max(score["right"].value for score in other.reached(model, tried)) <= 0.2


@pytest.mark.encoder
def test_arithmetic_of_sentences(shipped):
    for model in shipped.values():
        steps = combine(model, "She was a doctor.", "She is a doctor.", "Tom is here.")
        assert [step.label for step in steps] == ["A", "B", "C", "A − B + C"]
        a, b, c = model.encode(["She was a doctor.", "She is a doctor.", "Tom is here."]).mu
        assert steps[-1].text == model.decode((a - b + c)[None])[0] != steps[2].text
        # A − A + C is C.
        still = combine(model, "She was a doctor.", "She was a doctor.", "Tom is here.")
        assert still[-1].text == still[2].text


@pytest.mark.encoder
def test_a_dimension_goes_by_the_deviations_of_the_cloud(shipped, monkeypatch):
    model = shipped["vib"]
    seen = []
    decode = type(model).decode_steps
    monkeypatch.setattr(
        type(model), "decode_steps", lambda self, z, **rest: seen.append(z) or decode(self, z, **rest)
    )
    steps = traverse(model, "The cat is sleeping.", 3, steps=3, reach=2.0)
    assert [step.label for step in steps] == ["-2.0 σ", "+0.0 σ", "+2.0 σ"]
    assert steps[1].text == model.generate("The cat is sleeping.")
    deviation = np.sqrt(latent_statistics(model).covariance[3, 3])
    rows = np.concatenate(seen)
    assert np.ptp(rows[:, 3]) == pytest.approx(4 * deviation, rel=1e-5)
    assert np.ptp(np.delete(rows, 3, axis=1), axis=0).max() < 1e-6


@pytest.mark.encoder
def test_draws_are_those_of_the_seed_and_the_scale(shipped):
    model = shipped["vib"]
    assert samples(model, 4, seed=1) == samples(model, 4, seed=1) != samples(model, 4, seed=2)
    still = around(model, "The cat is sleeping.", 3, scale=0.0)
    own = model.generate("The cat is sleeping.")
    assert {step.text for step in still} == {own}
    assert {step.text for step in around(model, "The cat is sleeping.", 6, scale=6.0)} != {own}


@pytest.mark.parametrize("move", MOVES)
def test_every_move_prints_checkpoints_side_by_side_and_as_json(capsys, tiny_folder, tmp_path, move):
    given = MOVES[move]
    if move == "around":
        tiny_folder = tiny_folder / "vib"  # the others have no statistics to draw by
    code, out, err = run(capsys, "move", tiny_folder, *given)
    assert (code, err) == (0, "")
    code, printed, _ = run(capsys, "move", tiny_folder, *given, "--json", "--out", tmp_path / "r.json")
    document = json.loads(printed)
    assert (code, document["command"]) == (0, "move")
    assert json.loads((tmp_path / "r.json").read_text()) == document
    for item in document["results"]["items"]:
        assert item["name"] in out
        assert len(item["steps"]) == (4 if move == "arithmetic" else 3)


def test_a_direction_from_a_file_of_pairs(capsys, tiny_folder, tmp_path):
    file = tmp_path / "pairs.jsonl"
    good = '{"a": "the cat sees", "b": "the dog sees"}'
    file.write_text(good + "\n")
    code, alone, err = run(capsys, "move", tiny_folder, "--pairs", file, "--text", TEXT)
    assert (code, err) == (0, "")
    assert sum(line.lstrip().startswith("× ") for line in alone.splitlines()) == len(STRENGTHS)
    long = json.dumps({"a": "cat " * 90, "b": "dog"})
    file.write_text(f'{{"a": "a cat"}}\n{good}\n{long}\n')
    code, out, err = run(capsys, "move", tiny_folder, "--pairs", file, "--text", TEXT)
    assert code == 5
    assert "line 1: no strings `a` and `b`" in err
    assert "more than 32 tokens" in err
    assert "1 lines and 1 sentences could not be used" in err
    assert out == alone  # the rest was done, and the bad lines took no part


def test_a_direction_from_two_groups_of_unequal_size(capsys, tiny_folder, tmp_path):
    without, with_it = tmp_path / "without.txt", tmp_path / "with.txt"
    without.write_text("the cat sees\nthe cat finds a bird\n" + "cat " * 90 + "\n")
    with_it.write_text("the dog sees a cat\n")
    given = ("move", tiny_folder, "--groups", without, with_it, "--text", TEXT)
    code, out, err = run(capsys, *given, "--json")
    assert code == 0
    assert "left out 1 of 3 sentences, too long for a model" in err
    document = json.loads(out)
    assert document["inputs"]["groups"] == [str(without), str(with_it)]
    models = {model.name: model for model in load_models([tiny_folder])}
    for item in document["results"]["items"]:
        assert [step["label"] for step in item["steps"]] == [f"× {s:g}" for s in STRENGTHS]
        assert item["scores"] is None  # nobody said what is right
        model = models[item["name"]]
        attribute = Attribute(["the cat sees", "the cat finds a bird"], ["the dog sees a cat"])
        means = [model.encode(group).mu.mean(axis=0) for group in (attribute.with_it, attribute.without)]
        np.testing.assert_allclose(attribute.vector(model), means[0] - means[1], atol=1e-5)
        assert [step.text for step in attribute.push(model, TEXT)] == [s["text"] for s in item["steps"]]


def test_the_first_file_is_the_group_without(capsys, tiny_folder, tmp_path, monkeypatch):
    """Random weights may write the same text for every latent, so the direction itself is looked at."""
    seen = []
    push = Attribute.push
    monkeypatch.setattr(
        Attribute, "push", lambda self, model, text: seen.append(self) or push(self, model, text)
    )
    for name, text in (("first", "the cat sees"), ("second", "the dog sees a cat")):
        (tmp_path / f"{name}.txt").write_text(text + "\n")
    files = (tmp_path / "first.txt", tmp_path / "second.txt")
    code, _, err = run(capsys, "move", tiny_folder / "vib", "--groups", *files, "--text", TEXT)
    assert (code, err) == (0, "")
    assert [(a.without, a.with_it) for a in seen] == [(["the cat sees"], ["the dog sees a cat"])]


def test_a_direction_is_that_of_the_weights_not_of_the_name(tiny_folder, tiny_encoder, tmp_path):
    another = tiny_checkpoint(tmp_path / "vib", tiny_encoder, use_vib=True, seed=7)
    models = load_models([tiny_folder / "vib"]) + load_models([another])
    assert models[0].name == models[1].name
    pair = [("the cat sees", "the dog sees a cat")]
    together = Attribute.of(pair)
    vectors = [together.vector(model) for model in models]
    for model, vector in zip(models, vectors, strict=True):
        assert np.array_equal(vector, Attribute.of(pair).vector(model))
    assert not np.allclose(*vectors)
    models[0].fingerprint = models[1].fingerprint = ""  # as of weights that were never saved
    unsaved = Attribute.of(pair)
    assert not np.allclose(*(unsaved.vector(model) for model in models))


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        ((), 2, "give one of --arithmetic, --attribute"),
        (("--prior", "--around", "--text", TEXT), 2, "give one of"),
        (("--around",), 2, "there is no sentence to move"),
        (("--prior", "--text", TEXT), 2, "--prior moves no --text"),
        (("--arithmetic", TEXT, TEXT, TEXT, "--text", TEXT), 2, "--arithmetic moves no --text"),
        (("--around", "--text", TEXT, "--scale", "inf"), 2, "a finite scale of 0 or more"),
        (("--groups", "absent.txt", "absent.txt", "--text", TEXT), 3, "absent.txt"),
        (("--groups", "absent.txt", "absent.txt"), 2, "there is no sentence to move"),
        (("--attribute", "tense:past", "--text", TEXT), 2, "is not FACTOR:FROM:TO"),
        (("--attribute", "tense:past:past", "--text", TEXT), 2, "changes nothing"),
        (("--attribute", "mood:good:bad", "--text", TEXT), 2, "no factor is called 'mood'"),
        (("--dimension", "900", "--text", TEXT), 3, "has no statistics of its training cloud"),
        (("--around", "--text", "  "), 3, "do not have 1 to 32 tokens"),
        (("--arithmetic", TEXT, "word " * 60, TEXT), 3, "more than 32 tokens"),
    ],
)
def test_what_cannot_be_moved_is_said_in_a_line(capsys, tiny_folder, given, code, words):
    found, out, err = run(capsys, "move", tiny_folder / "vib", *given)
    assert (found, out) == (code, "")
    assert err.startswith("error: ")
    assert words in err
    assert "Traceback" not in err


def test_a_checkpoint_without_a_decoder_is_refused(capsys, tmp_path):
    file, pairs = write_old(tmp_path / "f.pt", "F"), tmp_path / "pairs.jsonl"
    pairs.write_text('{"a": "the cat sees", "b": "the dog sees"}\n')
    encoder = encoder_folder(tmp_path / "enc")
    for given in (("--prior",), ("--pairs", pairs, "--text", TEXT)):
        code, out, err = run(capsys, "move", file, "--encoder", encoder, *given)
        assert (code, out) == (3, "")
        assert "layout F" in err


def test_a_direction_is_that_of_the_weights_whatever_their_name(tiny_encoder, tmp_path):
    pairs = [(TEXT, "the bird"), ("the cat sees", "a dog on the bird")]
    shared = Attribute.of(pairs)
    for seed in (0, 1):  # the same run, trained anew
        folder = tiny_checkpoint(tmp_path / str(seed) / "vib", tiny_encoder, use_vib=True, seed=seed)
        model = load_models([folder], offline=True)[0]
        model.name = "vib"
        assert np.array_equal(shared.vector(model), Attribute.of(pairs).vector(model))
