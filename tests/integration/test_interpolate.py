"""`latentlab interpolate` with tiny and with the shipped checkpoints."""

import json

import numpy as np
import pytest
from tiny_checkpoint import sentences

from latentlab import cli
from latentlab.analysis.interpolation.walk import WalkOptions, walk
from latentlab.analysis.loading import load_models
from latentlab.corpora import data_folder, split_of
from latentlab.corpora.pair_files import Pair, load_pairs
from latentlab.errors import UsageError
from latentlab.geometry import KINDS
from latentlab.results.statistics import Statistics


def run(capsys, *arguments):
    code = cli.main([str(argument) for argument in arguments])
    return code, *capsys.readouterr()


@pytest.fixture(scope="module")
def models(tiny_folder, tmp_path_factory):
    loaded = load_models([tiny_folder])
    for model in loaded:  # statistics as training leaves them, beside a copy of nothing else
        z = model.encode(sentences(60)).mu
        folder = tmp_path_factory.mktemp(model.name)
        Statistics.of(z, z).write(folder / "statistics.safetensors")
        model.path = folder
    return loaded


def pairs(n=6):
    texts = sentences(2 * n, seed=3)
    return [
        Pair(a, f"{b} {'near the house ' * (i % 3)}".strip())
        for i, (a, b) in enumerate(zip(texts[::2], texts[1::2], strict=True))
    ]


@pytest.mark.encoder
@pytest.mark.parametrize("options", [{}, {"temperature": 0.7, "top_k": 5, "seeds": 2}, {"rerank": True}])
def test_batch_is_one_by_one_in_any_order(options):
    """With trained weights: those of the tiny models are random, and equal logits fall either path."""
    model = load_models([data_folder() / "checkpoints" / "vib"], offline=True)[0]
    given = WalkOptions(steps=5, **options)
    chosen = load_pairs(data_folder() / "pairs.jsonl")[0][::25]
    together = [path.texts for path in walk(model, chosen, given)]
    alone = [walk(model, [pair], given)[0].texts for pair in reversed(chosen)]
    assert together == alone[::-1]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_path_starts_and_ends_at_the_sentences(models, kind):
    for model in models:
        for path in walk(model, pairs(2), WalkOptions(steps=4, path=kind)):
            ends = model.encode([path.pair.a, path.pair.b]).mu
            # Beside other sentences the encoder's last bit may differ; the path adds nothing to that.
            np.testing.assert_allclose(path.z[[0, -1]], ends, atol=1e-6)
            assert np.isfinite(path.z).all()
            assert path.profile.mahalanobis is not None
            assert (path.profile.prior_log_density is None) == (model.kind != "vib")
            assert len(path.texts[0]) == len(path.unmasking) == 4
            assert [steps[-1] for steps in path.unmasking] == path.texts[0]


def test_common_random_numbers(models):
    pair = Pair("the cat sees a dog on the bird 1", "the cat sees a dog on the bird 1")
    still = walk(models[0], [pair], WalkOptions(steps=5, temperature=2.0, seeds=3))[0].texts
    assert all(len(set(texts)) == 1 for texts in still)  # z does not move, so no text does
    assert len({texts[0] for texts in still}) > 1  # and seeds differ


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": 1},
        {"lengths": "long"},
        {"temperature": -1.0},
        {"temperature": float("nan")},
        {"top_k": 0},
        {"seeds": 2},
        {"repetition_penalty": 0.0},
    ],
)
def test_options_that_make_no_sense(wrong):
    with pytest.raises(UsageError):
        WalkOptions(**wrong)


def test_ways_are_printed_side_by_side(capsys, tiny_folder):
    a, b = sentences(2)
    code, out, err = run(capsys, "interpolate", tiny_folder, "--from", a, "--to", b, "--steps", 4)
    assert (code, err) == (0, "")
    assert "plain" in out
    assert "vib" in out
    assert [
        line.split()[0] for line in out.splitlines() if line.strip()[:4] in ("0.00", "0.33", "0.67", "1.00")
    ]


def test_json_has_everything(capsys, tiny_folder, tiny_corpus):
    a, b = sentences(2)
    code, out, _ = run(
        capsys,
        "interpolate",
        tiny_folder,
        "--from",
        a,
        "--to",
        b,
        "--json",
        "--scores",
        "--corpus",
        tiny_corpus,
    )
    assert code == 0
    document = json.loads(out)
    assert document["command"] == "interpolate"
    for item in document["results"]["items"]:
        path = item["paths"][0]
        assert len(path["texts"]) == len(path["norm"]) == 9
        assert path["scores"]["distinct"] == len(set(path["texts"]))
        assert set(item["baselines"]) == {
            "nearest",
            "copy",
            "mixed",
        }  # another pair to shuffle with is missing
        assert item["baselines"]["copy"]["all pairs"]["distinct"]["value"] == 2


def test_a_file_of_pairs_with_bad_lines(capsys, tiny_folder, tiny_corpus, tmp_path):
    file = tmp_path / "pairs.jsonl"
    texts = sentences(6)
    rows = [json.dumps({"a": a, "b": b}) for a, b in zip(texts[:3], texts[3:], strict=True)]
    long = json.dumps({"a": "cat " * 90, "b": "dog"})
    file.write_text("\n".join([rows[0], "oops", rows[1], long, rows[2]]))
    out = tmp_path / "report"
    code, shown, err = run(
        capsys,
        "interpolate",
        tiny_folder,
        "--pairs",
        file,
        "--steps",
        3,
        "--out",
        out,
        "--corpus",
        tiny_corpus,
    )
    assert code == 5
    assert "line 2: not JSON" in err
    assert "more than 32 tokens" in err
    assert "n = 3" in shown
    written = {path.name for path in out.iterdir()}
    assert written >= {
        "report.json",
        "table.csv",
        "table.tex",
        "path_strips.pdf",
        "edit_ladder.png",
        "norm_profile.pdf",
    }
    assert json.loads((out / "report.json").read_text())["inputs"]["pairs"] == 3
    lines = (out / "table.csv").read_text().splitlines()
    assert lines[0].startswith("name,kind,path_kind,source,pairs,metric,n,value")
    assert sum(",endpoint_fidelity," in line for line in lines) == 2 * 5
    assert r"\toprule" in (out / "table.tex").read_text()


def test_pairs_are_drawn_from_any_corpus(capsys, tiny_folder, tmp_path):
    corpus = tmp_path / "corpus.txt"
    corpus.write_text("\n".join(sentences(900)) + "\n")

    def paths(n, seed):
        code, out, _ = run(
            capsys, "interpolate", tiny_folder, "--draw", n, "--corpus", corpus, "--seed", seed,
            "--steps", 3, "--json",
        )  # fmt: skip
        document = json.loads(out)
        assert (code, document["inputs"]["draw"]) == (0, n)
        item = document["results"]["items"][0]
        assert set(item["baselines"]) == {"nearest", "copy", "mixed", "shuffled"}
        return [(path["a"], path["b"]) for path in item["paths"]]

    drawn = paths(4, 1)
    assert len({text for pair in drawn for text in pair}) == 8
    assert {split_of(text) for pair in drawn for text in pair} == {"test"}
    assert drawn == paths(4, 1)
    assert drawn[:2] == paths(2, 1)
    assert drawn != paths(4, 2)


def test_drawn_pairs_take_no_group_twice(capsys, tiny_folder, tmp_path):
    corpus, texts = tmp_path / "corpus.csv", sentences(900)
    corpus.write_text("sentence,topic\n" + "".join(f"{text},t{i % 300}\n" for i, text in enumerate(texts)))
    topics = {text: f"t{i % 300}" for i, text in enumerate(texts)}
    options = ["--corpus", corpus, "--column", "sentence", "--group", "topic", "--steps", 3]
    code, out, err = run(capsys, "interpolate", tiny_folder, "--draw", 2, *options, "--json")
    assert code == 0, err
    document = json.loads(out)
    assert document["inputs"]["group"] == "topic"
    paths = document["results"]["items"][0]["paths"]
    used = [topics[path[end]] for path in paths for end in "ab"]
    assert len(set(used)) == len(used) == 4
    assert {split_of(topic) for topic in used} == {"test"}
    code, _, err = run(capsys, "interpolate", tiny_folder, "--draw", 40, *options)
    assert code == 3
    assert "sentences of different groups that all can write" in err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--pairs", "absent.jsonl", "--group", "topic"], 2, "--draw"),
        (["--draw", "2", "--pairs", "absent.jsonl"], 2, "or --draw"),
        (["--draw", "2", "--from", "a cat"], 2, "or --draw"),
        (["--draw", "0"], 3, "cannot draw 0 pairs"),
        (["--draw", "100000"], 3, "cannot draw 100000 pairs"),
        (["--from", "a cat"], 2, "--from and --to"),
        (["--from", "a cat", "--to", "a dog", "--steps", "1"], 2, "at least 2 points"),
        (["--from", "", "--to", "a dog"], 3, "--from has no words"),
        (["--from", "a cat", "--to", "dog " * 200], 3, "more than 32 tokens"),
        (["--from", "a cat", "--to", "a dog", "--path", "spiral"], 2, "geodesic"),
        (["--from", "a cat", "--to", "a dog", "--path", "whitened"], 2, "needs the statistics"),
        (["--pairs", "absent.jsonl"], 3, "cannot read"),
        (["--pairs", "absent.jsonl", "--from", "x"], 2, "--from and --to"),
    ],
)
def test_bad_input_is_one_line_and_a_hint(capsys, tiny_folder, arguments, code, message):
    got, out, err = run(capsys, "interpolate", tiny_folder, *arguments)
    assert (got, out) == (code, "")
    assert message in err
    assert "Traceback" not in err


@pytest.mark.parametrize("strange", ["🦊🐟", "Кот спит.", "猫", "a\u0301 b", "!!!"])
def test_other_scripts_never_crash(capsys, tiny_folder, tiny_corpus, strange):
    code, out, _ = run(
        capsys,
        "interpolate",
        tiny_folder,
        "--from",
        strange,
        "--to",
        "the cat",
        "--scores",
        "--corpus",
        tiny_corpus,
    )
    assert code == 0
    assert "0.50" in out


def test_identical_ends_stand_still(capsys, tiny_folder, tiny_corpus):
    code, out, err = run(
        capsys,
        "interpolate",
        tiny_folder,
        "--from",
        "the cat",
        "--to",
        " the  cat",
        "--scores",
        "--corpus",
        tiny_corpus,
    )
    assert code == 0
    assert "every point is that sentence" in err
    assert "NaN" not in out
