"""The sampler with a lookup table instead of a model."""

import pytest
import torch

from latentlab.models.sampler import Noise, unmask, unmask_counts
from latentlab.models.tokenizer import MASK


@pytest.mark.parametrize("length", range(1, 65))
def test_schedule_sums_to_the_length_and_wastes_no_step(length):
    for steps in range(1, 65):
        counts = unmask_counts(length, steps)
        assert sum(counts) == length
        assert len(counts) == min(steps, length)
        assert min(counts) >= 1


@pytest.mark.parametrize("bad", [(0, 1), (1, 0), (-3, 4)])
def test_schedule_refuses_nothing_to_do(bad):
    with pytest.raises(ValueError, match="at least 1"):
        unmask_counts(*bad)


def lookup(answer: torch.Tensor, sure: torch.Tensor):
    """Logits whose argmax is `answer`, surer where `sure` is larger."""

    def tokens_to_logits(tokens, masked):
        logits = torch.zeros(*answer.shape, 11)
        logits.scatter_(2, answer[..., None], sure[..., None])
        logits[..., MASK] = -torch.inf  # as the decoder has it
        return logits[masked]

    return tokens_to_logits


@pytest.mark.parametrize("steps", [1, 2, 3, 5, 9])
def test_every_mask_is_filled_with_the_likeliest_token(steps):
    answer = torch.tensor([[3, 4, 5, 6, 7], [8, 9, 10, 3, 4]])
    path, score = unmask(lookup(answer, torch.rand(2, 5) + 2), torch.full((2, 5), MASK), steps=steps)
    assert torch.equal(path[-1], answer)
    assert (path[0] == MASK).all()
    assert len(path) == min(steps, 5) + 1
    assert (score < 0).all()


def test_surest_positions_come_first_and_stay():
    answer = torch.tensor([[3, 4, 5, 6]])
    path, _ = unmask(lookup(answer, torch.tensor([[2.0, 9.0, 4.0, 3.0]])), torch.full((1, 4), MASK), steps=4)
    assert [row.tolist() for row in path[:, 0]] == [
        [0, 0, 0, 0],
        [0, 4, 0, 0],
        [0, 4, 5, 0],
        [0, 4, 5, 6],
        [3, 4, 5, 6],
    ]


def test_the_canvas_is_not_changed():
    canvas = torch.full((2, 3), MASK)
    unmask(lookup(torch.full((2, 3), 5), torch.ones(2, 3)), canvas, steps=2)
    assert (canvas == MASK).all()


def test_shared_noise_gives_equal_rows_for_equal_latents():
    flat = lookup(torch.full((4, 6), 3), torch.zeros(4, 6))  # all tokens equally likely: noise decides
    noise = Noise.of([1] * 4, 6, 11)
    path, _ = unmask(flat, torch.full((4, 6), MASK), steps=3, temperature=1.0, noise=noise)
    assert (path[-1] == path[-1][0]).all()
    assert len(set(path[-1][0].tolist())) > 1


def test_rows_of_other_seeds_get_other_noise_whatever_stands_beside_them():
    flat = lookup(torch.full((3, 6), 3), torch.zeros(3, 6))
    both, _ = unmask(
        flat, torch.full((3, 6), MASK), steps=2, temperature=1.0, noise=Noise.of([7, 8, 7], 6, 11)
    )
    alone = lookup(torch.full((1, 6), 3), torch.zeros(1, 6))
    one, _ = unmask(alone, torch.full((1, 6), MASK), steps=2, temperature=1.0, noise=Noise.of([8], 6, 11))
    assert torch.equal(both[-1][0], both[-1][2])
    assert not torch.equal(both[-1][0], both[-1][1])
    assert torch.equal(both[-1][1], one[-1][0])


def test_top_one_is_greedy_at_any_temperature():
    answer = torch.tensor([[3, 4, 5, 6]])
    path, _ = unmask(
        lookup(answer, torch.full((1, 4), 0.1)),
        torch.full((1, 4), MASK),
        temperature=50.0,
        noise=Noise.of([0], 4, 11),
        top_k=1,
    )
    assert torch.equal(path[-1], answer)


def test_a_penalty_keeps_a_token_from_coming_twice():
    same = lookup(torch.tensor([[3, 3]]), torch.tensor([[1.0, 0.9]]))
    plain, _ = unmask(same, torch.full((1, 2), MASK), steps=2)
    penalised, _ = unmask(same, torch.full((1, 2), MASK), steps=2, repetition_penalty=5.0)
    assert plain[-1].tolist() == [[3, 3]]
    assert penalised[-1][0].tolist().count(3) == 1
