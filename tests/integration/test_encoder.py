import json
from pathlib import Path

import numpy as np
import pytest
import torch
from encoder_models import WORDS, tiny_bert, tiny_roberta

from latentlab.errors import ConfigError, EncoderError, InputError
from latentlab.models.encoder.encoder_files import resolve_encoder
from latentlab.models.encoder.frozen import FrozenEncoder
from latentlab.models.model_config import EncoderConfig

MAKERS = {"bert": tiny_bert, "roberta": tiny_roberta}


def sentences(n: int, seed: int = 0) -> list[str]:
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(WORDS, rng.integers(1, 15))) for _ in range(n)]


@pytest.fixture(scope="module", params=MAKERS)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return MAKERS[request.param](tmp_path_factory.mktemp(request.param))


def load(folder: Path, layer: int = 3, pooling: str = "mean", **more: object) -> FrozenEncoder:
    config = EncoderConfig(id=str(folder), layer=layer, pooling=pooling)
    return FrozenEncoder.load(config, **more)


def reference(folder: Path, texts: list[str], layer: int, pooling: str) -> np.ndarray:
    """One sentence at a time, whole model, by the transformers interface alone."""
    from transformers import AutoModel, AutoTokenizer

    model = AutoModel.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    rows = []
    for text in texts:
        with torch.no_grad():
            ids = torch.tensor([tokenizer(text)["input_ids"]])
            states = model(input_ids=ids, output_hidden_states=True).hidden_states[layer][0]
        rows.append((states.mean(0) if pooling == "mean" else states[0]).numpy())
    return np.stack(rows)


@pytest.mark.parametrize("pooling", ["mean", "cls"])
@pytest.mark.parametrize("layer", [0, 3, -1])
def test_is_the_hidden_state_of_transformers(folder: Path, layer: int, pooling: str) -> None:
    texts = sentences(20)
    encoder = load(folder, layer, pooling)
    got = encoder.encode(texts)
    assert got.shape == (20, encoder.dim) == (20, 16)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, reference(folder, texts, layer, pooling), atol=1e-5)


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_batch_and_order_do_not_matter(folder: Path, pooling: str) -> None:
    texts = [*sentences(40), "", "the cat"]
    encoder = load(folder, pooling=pooling)
    together = encoder.encode(texts, batch_tokens=64)
    alone = np.concatenate([encoder.encode([text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    order = np.random.default_rng(1).permutation(len(texts))
    shuffled = encoder.encode([texts[i] for i in order], batch_tokens=1)
    np.testing.assert_allclose(shuffled, together[order], atol=1e-5)


def test_more_than_one_chunk_is_read(folder: Path) -> None:
    texts = sentences(5000)
    seen: list[int] = []
    got = load(folder, 1).encode(texts, progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 5000
    rows = [0, 17, 2048, 4999]
    np.testing.assert_allclose(got[rows], reference(folder, [texts[i] for i in rows], 1, "mean"), atol=1e-5)


def test_no_sentences(folder: Path) -> None:
    assert load(folder).encode([]).shape == (0, 16)


def test_tokens_with_and_without_padding(folder: Path) -> None:
    encoder = load(folder)
    short, long = "the cat", "the cat sees a bird"
    ids = np.array([[0, 4, 6, 2, 1, 1, 1], [0, 4, 6, 9, 5, 8, 2]])
    mask = np.array([[1] * 4 + [0] * 3, [1] * 7])
    np.testing.assert_allclose(encoder.encode_tokens(ids, mask), encoder.encode([short, long]), atol=1e-5)
    np.testing.assert_allclose(
        encoder.encode_tokens(ids[:1, :4], mask[:1, :4]), encoder.encode([short]), atol=1e-5
    )


def test_layers_above_are_dropped_and_nothing_changes(folder: Path) -> None:
    encoder = load(folder, 2)
    model = encoder._forward.model
    assert encoder._forward.truncated
    assert len(model.encoder.layer) == 2
    assert not model.training
    before = {name: value.clone() for name, value in model.state_dict().items()}
    encoder.encode(sentences(8))
    assert not any(parameter.requires_grad for parameter in model.parameters())
    after = model.state_dict()
    assert after.keys() == before.keys()
    assert all(torch.equal(after[name], value) for name, value in before.items())


@pytest.mark.parametrize("layer", [5, -6])
def test_layer_outside_the_depth(folder: Path, layer: int) -> None:
    with pytest.raises(ConfigError, match=rf"layer {layer} .* depth 4"):
        load(folder, layer)


def test_long_sentences_are_counted_and_named(folder: Path) -> None:
    encoder = load(folder)
    assert encoder.max_tokens == 24
    fits = " ".join(["cat"] * 22)
    assert encoder.encode([fits]).shape == (1, 16)
    texts = ["a dog", "a tree", fits + " cat", *sentences(3000), fits + " now here"]
    with pytest.raises(InputError, match=r"2 of 3004 .*sentence 2 .* 25 tokens.* 24"):
        encoder.encode(texts)


def test_key_counts_the_last_layer_from_zero(folder: Path) -> None:
    last, fourth = load(folder, -1), load(folder, 4)
    assert last.key == fourth.key == (last.sha256, 4, "mean")
    assert last.config.layer == -1
    assert load(folder, 3).key != last.key != load(folder, -1, "cls").key


def test_precision_is_recorded(folder: Path) -> None:
    texts = sentences(12)
    exact, rough = load(folder), load(folder, precision="bfloat16")
    assert (exact.precision, rough.precision) == ("float32", "bfloat16")
    got = rough.encode(texts)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, exact.encode(texts), atol=0.05)
    assert not np.array_equal(got, exact.encode(texts))
    assert load(folder, precision="auto").precision in ("float32", "bfloat16")


def test_nothing_is_printed(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    load(folder).encode([*sentences(4), " ".join(["cat"] * 20)])
    assert capfd.readouterr() == ("", "")


def test_model_with_a_norm_behind_its_layers_is_left_whole(tmp_path: Path) -> None:
    """ESM has BERT's names, but its last hidden state is normed once more."""
    from transformers import EsmConfig, EsmModel

    tiny_bert(tmp_path)
    config = EsmConfig(
        vocab_size=20,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=3,
        num_attention_heads=2,
        max_position_embeddings=30,
        pad_token_id=1,
        mask_token_id=3,
    )
    model = EsmModel(config)
    torch.nn.init.normal_(model.encoder.emb_layer_norm_after.bias)
    model.save_pretrained(tmp_path)
    texts = sentences(10)
    encoder = load(tmp_path, 2)
    assert not encoder._forward.truncated
    np.testing.assert_allclose(encoder.encode(texts), reference(tmp_path, texts, 2, "mean"), atol=1e-5)


def test_damaged_folders_are_refused(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    weights = tiny_bert(tmp_path) / "model.safetensors"
    good = load_file(weights)
    name = "encoder.layer.1.output.dense.weight"

    save_file({**good, name: torch.full_like(good[name], torch.nan)}, weights, {"format": "pt"})
    with pytest.raises(EncoderError, match=f"{name} has values that are not finite"):
        load(tmp_path)
    save_file({key: value for key, value in good.items() if key != name}, weights, {"format": "pt"})
    with pytest.raises(EncoderError, match=f"1 tensors are missing, the first is {name}"):
        load(tmp_path)
    weights.write_bytes(weights.read_bytes()[:2000])
    with pytest.raises(EncoderError, match="cannot be read"):
        load(tmp_path)
    save_file(good, weights, {"format": "pt"})
    (tmp_path / "tokenizer.json").write_text("{")
    with pytest.raises(EncoderError, match=r"tokenizer\.json: the tokenizer is not valid JSON"):
        load(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "no such model"}))
    with pytest.raises(EncoderError, match="no model type no such model"):
        load(tmp_path)


@pytest.mark.encoder
@pytest.mark.parametrize("pooling", ["mean", "cls"])
@pytest.mark.parametrize("layer", [0, 3, -1])
def test_minilm(layer: int, pooling: str) -> None:
    texts = ["We went to the beach.", "I don't like cold coffee.", "Why?", "Tom said that he was fine now."]
    config = EncoderConfig(layer=layer, pooling=pooling)
    found = resolve_encoder(config, offline=True)
    encoder = FrozenEncoder.load(config, offline=True)
    assert (encoder.dim, encoder.max_tokens) == (384, 512)
    got = encoder.encode(texts)
    np.testing.assert_allclose(got, reference(found.folder, texts, layer, pooling), atol=1e-5)
