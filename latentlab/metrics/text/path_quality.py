"""How good a path of texts between two sentences is. No single number says it, and a jump must not win.

A path that copies A and then B is fluent, faithful and on the straight line; a smoothness score praises it.
It shows in the largest step (all of it), in the number of different sentences (two) and in the ranks of the
shift. Read the values together, beside those of the baselines.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Float

from latentlab.metrics.text.ngram import words_of
from latentlab.metrics.text.reconstruction import levenshtein

Vectors = Float[np.ndarray, "steps d"]


def monotone_shift(vectors: Vectors, a: Float[np.ndarray, " d"], b: Float[np.ndarray, " d"]) -> float | None:
    r"""Spearman correlation of the place on the way with how much nearer to B than to A a text is.

    .. math:: \rho_S\big(k,\ \cos(e_k, e_B) - \cos(e_k, e_A)\big)

    `vectors` (steps, d), one a text, and a and b of the two sentences, of an encoder that the model does not
    use. Range [-1, 1], 1 where every step goes towards B. One jump halfway reads √3/2 = .866 for many steps;
    None where no text differs.
    Source: Spearman 1904, with ties.

    >>> monotone_shift(np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]), np.array([1.0, 0]), np.array([0, 1.0]))
    1.0
    """
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = vectors / np.where(lengths > 0, lengths, 1.0)
    ends = [end / (np.linalg.norm(end) or 1.0) for end in (a, b)]
    shift = np.round(unit @ (ends[1] - ends[0]), 6)  # equal texts are equal, whatever the last bit says
    if len(shift) < 2 or np.ptp(shift) == 0:
        return None
    from scipy.stats import spearmanr  # here: half a second, and whoever scores no ways need not wait

    return round(float(spearmanr(np.arange(len(shift)), shift).statistic), 12)


def edit_steps(texts: Sequence[str]) -> Float[np.ndarray, " gaps"]:
    """Word edits between neighbours, over the longer of the two: (steps − 1,), each in [0, 1].

    >>> edit_steps(["a cat", "a dog", "a dog"]).tolist()
    [0.5, 0.0]
    """
    words = [words_of(text) for text in texts]
    return np.array(
        [levenshtein(a, b) / max(len(a), len(b), 1) for a, b in pairwise(words)], dtype=np.float64
    )


def largest_step_share(steps: Float[np.ndarray, " gaps"]) -> float | None:
    r"""The largest step over the whole path.

    .. math:: \max_k s_k / \sum_k s_k

    Range [1 / (steps − 1), 1]; 1 is a single jump. None where nothing moves.

    >>> largest_step_share(np.array([0.0, 3.0, 1.0]))
    0.75
    """
    total = float(steps.sum())
    return float(steps.max()) / total if total > 0 else None


def detour_ratio(vectors: Vectors) -> float | None:
    r"""Length of the path over the straight distance of its ends.

    .. math:: \sum_k \lVert e_{k+1} - e_k \rVert / \lVert e_K - e_0 \rVert

    Range [1, inf); a straight path and a single jump both read 1. None where the ends are one point.

    >>> detour_ratio(np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, 0.0]]))
    3.0
    """
    straight = float(np.linalg.norm(vectors[-1] - vectors[0]))
    steps = np.linalg.norm(np.diff(vectors, axis=0), axis=1)
    return float(steps.sum()) / straight if straight > 1e-9 else None


def smoothness_ratio(vectors: Vectors) -> float | None:
    """The inverse of `detour_ratio`, as the interpolation score of LangSpace has it. Flawed, for comparison.

    It gives 1, its best, to a single jump, and never asks whether the ends are right.
    Source: Carvalho et al. 2025 (LangVAE and LangSpace), there with a word mover's distance.

    >>> smoothness_ratio(np.array([[0.0], [0.0], [1.0], [1.0]]))
    1.0
    """
    ratio = detour_ratio(vectors)
    return None if ratio is None else 1 / ratio


def length_drift(texts: Sequence[str]) -> float:
    r"""How far lengths stray from the line between those of the ends.

    .. math:: \tfrac1{K-1} \sum_{0<k<K} |n_k - \bar n_k| / \tfrac12 (n_0 + n_K)

    n in words. Range [0, inf); 0 where every length is within rounding of the line.

    >>> length_drift(["a b", "a b c d", "a b"])
    1.0
    """
    n = np.array([len(words_of(text)) for text in texts], dtype=np.float64)
    off = np.abs(n - np.linspace(n[0], n[-1], len(n)))[1:-1]
    if not len(off):
        return 0.0
    return float(np.where(off <= 0.5, 0.0, off).mean() / max((n[0] + n[-1]) / 2, 1.0))


def repetition(texts: Sequence[str]) -> float:
    """Share of texts that say a word twice in a row, or a pair of words twice.

    >>> repetition(["the the cat", "to be or not to be", "fine"]) == 2 / 3
    True
    """

    def repeats(words: list[str]) -> bool:
        pairs = list(pairwise(words))
        return any(a == b for a, b in pairs) or len(set(pairs)) < len(pairs)

    return sum(repeats(words_of(text)) for text in texts) / len(texts)


def seed_share(vectors: Float[np.ndarray, "seeds steps d"]) -> float | None:
    r"""How much of what moves comes from the decoder's dice and not from the latent.

    .. math:: \frac{\sum_k \overline{\lVert e_{sk} - \bar e_k \rVert^2}}
        {\sum_k \overline{\lVert e_{sk} - \bar e \rVert^2}}

    Range [0, 1]: 0 where all seeds write the same way, near 1 where the points differ by chance alone.
    None for a single seed, or where nothing differs.

    >>> seed_share(np.array([[[0.0], [1.0]], [[0.0], [1.0]]]))
    0.0
    """
    if len(vectors) < 2:
        return None
    within = float(((vectors - vectors.mean(axis=0)) ** 2).sum())
    total = float(((vectors - vectors.mean(axis=(0, 1))) ** 2).sum())
    return within / total if total > 1e-12 else None
