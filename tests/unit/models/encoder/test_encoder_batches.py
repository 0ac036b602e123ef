"""The order, the budget and the checks of `encode`, on a model that is arithmetic."""

import numpy as np
import pytest
import torch

from latentlab.errors import EncoderError, InputError
from latentlab.models.encoder.encoder_load import Forward
from latentlab.models.encoder.frozen import FrozenEncoder
from latentlab.models.model_config import EncoderConfig


class Counted:
    """Hidden state = (token id, 1); remembers the shape of every batch."""

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []
        self.masked = False

    def __call__(self, input_ids: torch.Tensor, attention_mask: torch.Tensor | None) -> "Counted":
        self.shapes.append(tuple(input_ids.shape))
        self.masked |= attention_mask is not None
        self.last_hidden_state = torch.stack([input_ids, torch.ones_like(input_ids)], -1).float()
        return self

    def get_input_embeddings(self) -> torch.nn.Embedding:
        return torch.nn.Embedding(128, 1)


def fake(model: Counted, pooling: str = "mean") -> FrozenEncoder:
    """Every letter is a token: its code."""
    return FrozenEncoder(
        EncoderConfig(pooling=pooling),
        Forward(model, layer=3, depth=3, dim=2, max_positions=9, truncated=True, device="cpu"),
        lambda texts: [[ord(letter) for letter in text] for text in texts],
        max_tokens=9,
        sha256="0" * 64,
        source="folder",
        precision="float32",
    )


def test_a_letter_that_the_model_has_no_symbol_for():
    with pytest.raises(EncoderError, match="makes the id 233, the encoder has 128 symbols"):
        fake(Counted()).encode(["a", "é"])


@pytest.mark.parametrize("budget", [1, 7, 30, 4096])
def test_mean_ignores_padding_and_order_is_kept(budget: int) -> None:
    rng = np.random.default_rng(0)
    texts = ["".join(rng.choice(list("abcxyz"), rng.integers(1, 10))) for _ in range(60)]
    model = Counted()
    got = fake(model).encode(texts, batch_tokens=budget)
    assert got[:, 0] == pytest.approx([np.mean([ord(letter) for letter in text]) for text in texts])
    assert (got[:, 1] == 1).all()
    assert all(rows * width <= budget or rows == 1 for rows, width in model.shapes)
    assert sum(rows for rows, _ in model.shapes) == 60
    assert not model.masked  # one length at a time: nothing is padded


def test_cls_is_the_first_token() -> None:
    assert fake(Counted(), "cls").encode(["cab", "a"])[:, 0].tolist() == [ord("c"), ord("a")]


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["a", "a" * 10, "b" * 11], r"2 of 3 .*sentence 1 \(from 0\) has 10 tokens, allowed are 1 to 9"),
        (["a", "b", ""], r"1 of 3 .*sentence 2 \(from 0\) has 0 tokens"),
    ],
)
def test_sentences_that_do_not_fit(texts: list[str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        fake(Counted()).encode(texts)


def test_progress_counts_sentences() -> None:
    seen: list[int] = []
    fake(Counted()).encode(["aa", "bb", "cc"], batch_tokens=4, progress=seen.append)
    assert seen == [2, 3]
