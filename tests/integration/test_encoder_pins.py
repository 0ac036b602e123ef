"""What a pin of configuration and tokenizer sees, in checkpoints of every age; the samples of bench_trust."""

import json
import os
import shutil

import pytest
from encoder_models import tiny_bert
from sgdd_files import encoder_folder, write_old
from tiny_checkpoint import tiny_checkpoint
from tokenizers import Tokenizer, models
from transformers import CTRLTokenizer, FunnelConfig, FunnelModel

from benchmarks import bench_trust
from benchmarks.fuzz_samples import MARKER
from benchmarks.trust_changes import CHANGES, MARKERS, change, own_code, pickled
from latentlab.analysis.comparison.control_selection import encoder_notes
from latentlab.analysis.loading import load_models
from latentlab.checkpoints import load_checkpoint
from latentlab.checkpoints.sgdd.convert import convert_checkpoint
from latentlab.errors import ConfigError, EncoderError
from latentlab.models.encoder.encoder_files import MINILM_ID, MINILM_SHA256, resolve_encoder
from latentlab.models.encoder.encoder_pin import pins_of, settings_sha256
from latentlab.models.encoder.frozen import FrozenEncoder
from latentlab.models.encoder.pretrained import config_of, tokenizer_of
from latentlab.models.model_config import FORM, EncoderConfig
from latentlab.training.start import load_start

TEXTS = ["the cat sees a bird"]
REFUSED = "configuration or tokenizer are not those of training"


def pinned(folder, **update):
    sha256 = resolve_encoder(EncoderConfig(), folder=folder).sha256
    return EncoderConfig(id="tiny/encoder", sha256=sha256).model_copy(update={**pins_of(folder), **update})


def with_normalizer(folder):
    plain = {"clean_text": True, "handle_chinese_chars": True, "lowercase": True, "strip_accents": None}
    change(folder / "tokenizer.json", normalizer={"type": "BertNormalizer", **plain})
    return folder


def test_false_that_is_not_null_is_pinned(tmp_path):
    folder = with_normalizer(tiny_bert(tmp_path / "encoder"))
    wanted = pinned(folder)
    FrozenEncoder.load(wanted, folder=folder)
    CHANGES["tokenizer: strip_accents null to false"](folder)
    with pytest.raises(EncoderError, match=REFUSED):
        FrozenEncoder.load(wanted, folder=folder)


def test_the_word_of_id_0_is_pinned(tmp_path):
    folder = tiny_bert(tmp_path / "encoder")
    digests = set()
    for first in ("cat", "dog"):
        words = Tokenizer(models.WordLevel({first: 0, "[UNK]": 1}, unk_token="[UNK]"))
        words.save(str(folder / "tokenizer.json"))
        digests.add(settings_sha256(config_of(folder), tokenizer_of(folder), folder))
    assert len(digests) == 2


def test_a_pin_of_the_first_form_is_still_met(tmp_path):
    folder = tiny_bert(tmp_path / "encoder")
    first = settings_sha256(config_of(folder), tokenizer_of(folder), folder, "")
    wanted = pinned(folder, settings=first)
    assert FORM not in first
    assert pins_of(folder)["settings"].startswith(FORM)
    FrozenEncoder.load(wanted, folder=folder)
    change(folder / "config.json", hidden_act="relu")
    with pytest.raises(EncoderError, match=REFUSED):
        FrozenEncoder.load(wanted, folder=folder)


def test_both_forms_side_by_side_are_one_encoder(tmp_path):
    folder = tiny_bert(tmp_path / "encoder")
    settings = [settings_sha256(config_of(folder), tokenizer_of(folder), folder, f) for f in ("", FORM)]
    paths = []
    for i, pin in enumerate(settings):
        path = tiny_checkpoint(tmp_path / f"c{i}", folder, use_vib=bool(i))
        tree = json.loads((path / "config.json").read_text())
        tree["model"]["encoder"]["settings"] = pin
        (path / "config.json").write_text(json.dumps(tree))
        paths.append(path)
    assert encoder_notes(load_models(paths, offline=True)) == []


def test_which_of_several_classes_is_pinned(tmp_path):
    sizes = {"d_model": 16, "n_head": 2, "d_head": 8, "d_inner": 16, "vocab_size": 18, "block_sizes": [1, 1]}
    FunnelModel(FunnelConfig(**sizes)).save_pretrained(tmp_path)
    source = tiny_bert(tmp_path / "bert")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(source / name, tmp_path / name)
    before = pins_of(tmp_path)["settings"]
    change(tmp_path / "config.json", architectures=["FunnelBaseModel"])
    assert settings_sha256(config_of(tmp_path), tokenizer_of(tmp_path), tmp_path) != before


def test_the_files_of_a_tokenizer_in_python_are_pinned(tmp_path):
    folder = tiny_bert(tmp_path / "encoder")
    (folder / "vocab.json").write_text(json.dumps({"<unk>": 0, "a": 1, "b</w>": 2, "a@@": 3, "b": 4}))
    (folder / "merges.txt").write_text("#version: 0.2\na b</w>\n")

    def digest():
        tokenizer = CTRLTokenizer.from_pretrained(folder)
        assert not tokenizer.is_fast
        return settings_sha256(config_of(folder), tokenizer, folder)

    before = digest()
    assert digest() == before
    (folder / "merges.txt").write_text("#version: 0.2\nb a</w>\n")
    assert digest() != before


def test_weights_whose_times_were_set_back_are_read_again(tmp_path):
    folder = tiny_bert(tmp_path / "encoder")
    wanted = pinned(folder)
    CHANGES["weights: one value, times set back"](folder)
    with pytest.raises(EncoderError, match="wanted"):
        FrozenEncoder.load(wanted, folder=folder)


def test_an_id_that_the_encoder_does_not_know_is_one_line(tmp_path):
    folder = tiny_bert(tmp_path / "encoder")
    CHANGES["tokenizer: the word of id 0"](with_normalizer(folder))
    with pytest.raises(EncoderError, match="makes the id 18, the encoder has 18 symbols"):
        FrozenEncoder.load(EncoderConfig(), folder=folder).encode(["[CLS] the cat"])


@pytest.mark.parametrize("beside", [True, False], ids=["encoder elsewhere", "encoder inside"])
def test_a_converted_checkpoint_pins_its_encoder(tmp_path, beside):
    right, other = (encoder_folder(tmp_path / name, seed) for name, seed in (("right", 0), ("other", 1)))
    old = write_old(tmp_path / "old.pt", "D")
    convert_checkpoint(old, tmp_path / "new", encoder=right if beside else other)
    own = tmp_path / "new" / "encoder"
    assert own.exists() is not beside
    used = right if beside else own
    load_checkpoint(tmp_path / "new", encoder=right).encode(TEXTS)
    CHANGES["tokenizer: two words swapped"](used)
    with pytest.raises(EncoderError, match=REFUSED):
        load_checkpoint(tmp_path / "new", encoder=right).encode(TEXTS)


@pytest.mark.encoder
def test_checkpoints_without_a_pin_know_the_default_encoder_whole(tmp_path):
    source = resolve_encoder(EncoderConfig(), offline=True).folder
    folder = tmp_path / "minilm"
    folder.mkdir()
    for file in source.iterdir():
        if file.suffix in (".json", ".txt"):
            shutil.copy(file, folder / file.name)
    os.link(source / "model.safetensors", folder / "model.safetensors")
    wanted = EncoderConfig(id=MINILM_ID, sha256=MINILM_SHA256)
    FrozenEncoder.load(wanted, folder=folder)
    change(folder / "config.json", hidden_act="relu")
    with pytest.raises(EncoderError, match=REFUSED):
        FrozenEncoder.load(wanted, folder=folder)
    # Nobody says what it has to be.
    FrozenEncoder.load(EncoderConfig(), folder=folder)


@pytest.mark.parametrize("key", ["attn_implementation", "_attn_implementation", "experts_implementation"])
def test_no_kernel_is_fetched(tmp_path, key):
    folder = tiny_bert(tmp_path / "encoder")
    for built_in in ("eager", "sdpa"):
        change(folder / "config.json", attn_implementation=built_in)
        FrozenEncoder.load(EncoderConfig(), folder=folder)
    change(folder / "config.json", attn_implementation=None, nested={key: "somebody/kernel"})
    with pytest.raises(EncoderError, match="asks for code from elsewhere"):
        FrozenEncoder.load(EncoderConfig(), folder=folder)


@pytest.mark.parametrize("what", [*MARKERS, *CHANGES])
def test_every_sample_of_the_benchmark_does_something(tmp_path, what):
    folder = with_normalizer(tiny_bert(tmp_path / "encoder"))
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    {**MARKERS, **CHANGES}[what](folder)
    after = {path.name: path.read_bytes() if path.is_file() else b"" for path in folder.iterdir()}
    assert after != before
    assert not list(tmp_path.rglob(MARKER))


def test_the_code_of_the_samples_leaves_its_marker(tmp_path):
    assert bench_trust._markers_work(tmp_path) == 2
    place = tmp_path / "inside"
    assert MARKER in own_code(place)
    assert MARKER.encode() in pickled(place)


def test_a_question_and_a_marker_are_seen(tmp_path, monkeypatch):
    inside = tmp_path / "in"
    inside.mkdir()

    def asks(_):
        (inside / MARKER).touch()
        input("run it? ")
        return 0

    monkeypatch.setattr("latentlab.cli.main", asks)
    code, said, read = bench_trust.in_child("info x", inside)
    assert (code, read) == (0, True)
    assert "run it?" in said
    assert (inside / MARKER).exists()
    monkeypatch.setattr("latentlab.cli.main", lambda _: 3)
    assert bench_trust.in_child("info x", inside)[::2] == (3, False)


def test_rows_are_reached_only_where_everything_was(tmp_path):
    assert bench_trust.rows(None) == []
    good = {"door": "d", "folder": "f", "code": 3, "run": False, "asked": False, "fault": False, "said": ""}
    marker, changed = next(iter(MARKERS)), next(iter(CHANGES))
    as_it_was = {**good, "what": "as it was", "code": 0}
    fine = [as_it_was, {**good, "what": marker}, {**good, "what": changed}]
    assert [row[3] for row in bench_trust.rows(bench_trust._counted(fine, 2))] == [True, True]
    bad = {
        "run": ([{**fine[1], "run": True}], 2, [False, False]),
        "accepted": ([{**fine[2], "code": 0}], 2, [True, False]),
        "door closed": ([{**as_it_was, "code": 3}], 2, [False, False]),
        "dead marker": ([], 1, [False, False]),
    }
    for more, alive, wanted in bad.values():
        assert [row[3] for row in bench_trust.rows(bench_trust._counted([*fine, *more], alive))] == wanted


def test_training_goes_on_from_checkpoints_of_every_age(tmp_path):
    folder = tiny_bert(tmp_path / "encoder")
    start = tiny_checkpoint(tmp_path / "start", folder, use_vib=False)
    config = load_checkpoint(start).config
    pins = pins_of(folder)
    wanted = config.model_copy(update={"encoder": config.encoder.model_copy(update=pins)})
    for settings in (None, "0" * 64, pins["settings"]):
        tree = json.loads((start / "config.json").read_text())
        tree["model"]["encoder"]["settings"] = settings
        (start / "config.json").write_text(json.dumps(tree))
        assert load_start(str(start), wanted).config.encoder.settings == settings
    tree["model"]["encoder"]["settings"] = FORM + "0" * 64
    (start / "config.json").write_text(json.dumps(tree))
    with pytest.raises(ConfigError, match=r"another model: encoder\.settings"):
        load_start(str(start), wanted)
