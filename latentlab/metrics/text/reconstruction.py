"""How close the answers are to the references: lists of strings, or lists of token lists.

The unit is the sentence pair, or the group of pairs where `groups` labels them. Proportions of sentences
carry a Wilson interval; ratios of sums are given one by resampling units when a generator is passed, but not
where nothing is wrong, or all: a bound would need the longest sentence there is. Nothing here knows a
tokenizer or a model: a string counts as its characters, so pass token lists where tokens are meant.
"""

from collections.abc import Hashable, Sequence

import numpy as np
from jaxtyping import Float, Int

from latentlab.metrics._checks import check_pairs
from latentlab.metrics.statistics.estimate import Estimate, undefined
from latentlab.metrics.statistics.means import COSINES, mean_estimate, proportion
from latentlab.metrics.streaming.sharding import Labels
from latentlab.metrics.text.bootstrap import RESAMPLES, bootstrap

Tokens = Sequence[Hashable]


def exact_match(
    hypotheses: Sequence[object], references: Sequence[object], *, groups: Labels | None = None
) -> Estimate:
    r"""Share of answers that equal their reference.

    .. math:: \tfrac1n \#\{i : h_i = r_i\}

    Range [0, 1], higher is better. Blind to how far off the others are. Compare decoded text, not tokens: two
    token lists can spell one sentence.
    Source: standard; interval Wilson 1927.

    >>> exact_match(["a b", "c"], ["a b", "d"]).value
    0.5
    """
    check_pairs(hypotheses, references)
    hits = [h == r for h, r in zip(hypotheses, references, strict=True)]
    return proportion(np.array(hits, dtype=np.float64), groups)


def length_accuracy(
    hypotheses: Sequence[Tokens], references: Sequence[Tokens], *, groups: Labels | None = None
) -> Estimate:
    r"""Share of answers that are as long as their reference.

    .. math:: \tfrac1n \#\{i : |h_i| = |r_i|\}

    Range [0, 1], higher is better. Blind to the content.
    Source: standard; interval Wilson 1927.

    >>> length_accuracy([[1, 2], [3]], [[9, 9], [9, 9]]).value
    0.5
    """
    check_pairs(hypotheses, references)
    hits = [len(h) == len(r) for h, r in zip(hypotheses, references, strict=True)]
    return proportion(np.array(hits, dtype=np.float64), groups)


def token_accuracy(
    hypotheses: Sequence[Tokens],
    references: Sequence[Tokens],
    *,
    rng: np.random.Generator | None = None,
    groups: Labels | None = None,
) -> Estimate:
    r"""Share of positions at which the answer has the reference's token.

    .. math:: \frac{\sum_i \#\{t : h_{it} = r_{it}\}}{\sum_i \max(|h_i|, |r_i|)}

    Range [0, 1], higher is better. A missing and a surplus token both count as wrong. Blind to shifts: one
    inserted word makes all that follow wrong, which `ter` does not.
    Source: standard; with equal lengths it is the usual accuracy.

    >>> token_accuracy([[1, 2, 3]], [[1, 9, 3, 4]]).value
    0.5
    """
    check_pairs(hypotheses, references)
    pairs = list(zip(hypotheses, references, strict=True))
    hits = np.array([sum(a == b for a, b in zip(h, r, strict=False)) for h, r in pairs], dtype=np.float64)
    lengths = np.array([max(len(h), len(r)) for h, r in pairs], dtype=np.float64)
    return ratio_of_sums(hits, lengths, rng, groups)


def ter(
    hypotheses: Sequence[Tokens],
    references: Sequence[Tokens],
    *,
    rng: np.random.Generator | None = None,
    groups: Labels | None = None,
) -> Estimate:
    r"""Token error rate: edits that turn the answers into the references, per reference token.

    .. math:: \sum_i Levenshtein(h_i, r_i) / \sum_i |r_i|

    Range [0, inf), lower is better; above 1 where the answers are longer than the references. Blind to
    meaning, and a moved phrase counts as deleted and inserted: this is not the TER of machine translation
    with shifts.
    Source: Levenshtein 1966; as word error rate in speech recognition.

    >>> ter([["the", "cat", "sat"]], [["the", "sat", "down"]]).value  # doctest: +ELLIPSIS
    0.666...
    """
    check_pairs(hypotheses, references)
    edits = [levenshtein(h, r) for h, r in zip(hypotheses, references, strict=True)]
    lengths = np.array([len(r) for r in references], np.float64)
    return ratio_of_sums(np.array(edits, dtype=np.float64), lengths, rng, groups)


def own_less_other(
    hypotheses: Sequence[Tokens], references: Sequence[Tokens], *, groups: Labels | None = None
) -> Estimate:
    r"""How much nearer an answer is to its own reference than to that of another row.

    .. math:: \tfrac1n \sum_i [A(h_i, r_i) - A(h_i, r_{\pi(i)})], \quad A = \frac{\#\{t : h_{it} = r_{it}\}}
        {\max(|h_i|, |r_i|)}

    with π half of the rows further. Range [-1, 1]; 0 where the answers have nothing to do with their rows, as
    those of a decoder that ignores its latent. Rows are pairs of themselves: the interval is that of the mean
    difference. Blind to how right an answer is that is no nearer to anything.
    Source: the shuffled latent of autoencoders, on what is decoded anyway.

    >>> own_less_other([["a", "b"], ["c"]], [["a", "b"], ["c"]]).value
    1.0
    >>> own_less_other([["x"], ["x"]], [["x"], ["y"]]).value
    0.0
    """
    check_pairs(hypotheses, references)
    n = len(references)
    if n < 2:
        return undefined("one row has no other")

    def agreement(h: Tokens, r: Tokens) -> float:
        return sum(a == b for a, b in zip(h, r, strict=False)) / max(len(h), len(r), 1)

    others = [*references[n // 2 :], *references[: n // 2]]
    rows = zip(hypotheses, references, others, strict=True)
    gaps = np.array([agreement(h, own) - agreement(h, other) for h, own, other in rows])
    return mean_estimate(gaps, groups, within=COSINES).from_rows(n)


def bleu(
    hypotheses: Sequence[str],
    references: Sequence[str],
    *,
    rng: np.random.Generator | None = None,
    groups: Labels | None = None,
) -> Estimate:
    r"""Corpus BLEU-4 as sacrebleu computes it: 13a tokens, exponential smoothing.

    .. math:: 100 \cdot BP \cdot \exp(\tfrac14 \sum_{n=1}^4 \ln p_n)

    Range [0, 100], higher is better. Blind to sentences without a common n-gram, so harsh on short ones.
    Source: Papineni et al. 2002; Post 2018, arXiv:1804.08771.

    >>> round(bleu(["We went to the beach ."], ["We went to the beach ."]).value, 6)
    100.0
    """
    from sacrebleu.metrics import BLEU

    check_pairs(hypotheses, references)
    metric = BLEU()
    value = metric.corpus_score(list(hypotheses), [list(references)]).score
    if rng is None:
        return Estimate(min(value, 100.0))
    # Effective order silences a warning about sentence scores; the counts do not depend on it.
    counter = BLEU(effective_order=True)
    scores = [counter.sentence_score(h, [r]) for h, r in zip(hypotheses, references, strict=True)]
    counts = np.array([[*s.counts, *s.totals, s.sys_len, s.ref_len] for s in scores])

    def resampled(rows: Int[np.ndarray, " m"]) -> float:
        total = counts[rows].sum(axis=0).tolist()
        # Smoothed as the value is: without, a resample in which no four words are right scores 0.
        score: float = BLEU.compute_bleu(total[:4], total[4:8], total[8], total[9], smooth_method="exp").score
        return score

    return bootstrap(Estimate(min(value, 100.0)), resampled, len(scores), rng=rng, groups=groups)


def chrf(
    hypotheses: Sequence[str],
    references: Sequence[str],
    *,
    rng: np.random.Generator | None = None,
    groups: Labels | None = None,
) -> Estimate:
    r"""Corpus chrF as sacrebleu computes it: character n-grams up to 6, β = 2.

    .. math:: 100 \cdot (1 + \beta^2) \frac{P R}{\beta^2 P + R}

    Range [0, 100], higher is better. Blind to word order beyond six characters. The interval takes a tenth of
    the usual resamples, for each one counts all n-grams again.
    Source: Popović 2015, W15-3049; Post 2018, arXiv:1804.08771.

    >>> round(chrf(["We went to the beach."], ["We went to the beach."]).value, 6)
    100.0
    """
    from sacrebleu.metrics import CHRF

    check_pairs(hypotheses, references)
    metric = CHRF()

    def score(rows: Int[np.ndarray, " m"]) -> float:
        value: float = metric.corpus_score(
            [hypotheses[i] for i in rows], [[references[i] for i in rows]]
        ).score
        return value

    estimate = Estimate(score(np.arange(len(references))))
    if rng is None:
        return estimate
    return bootstrap(estimate, score, len(references), rng=rng, resamples=RESAMPLES // 10, groups=groups)


def levenshtein(a: Tokens, b: Tokens) -> int:
    """Fewest insertions, deletions and substitutions that turn one sequence into the other.

    >>> levenshtein("kitten", "sitting")
    3
    """
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        diagonal, row[0] = row[0], i
        for j, y in enumerate(b, start=1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (x != y))
    return row[-1]


def ratio_of_sums(
    numerator: Float[np.ndarray, " n"],
    denominator: Float[np.ndarray, " n"],
    rng: np.random.Generator | None,
    groups: Labels | None = None,
) -> Estimate:
    """Sum over sum, with the interval of resampled sentences, or groups, where a generator is given.

    >>> ratio_of_sums(np.array([1.0, 0.0]), np.array([2.0, 2.0]), None).value
    0.25
    """
    if not denominator.any():
        return undefined("no tokens to compare")
    estimate = Estimate(float(numerator.sum() / denominator.sum()))
    if rng is None:
        return estimate

    def resampled(rows: Int[np.ndarray, " m"]) -> float:
        total = denominator[rows].sum()
        return float(numerator[rows].sum() / total) if total else estimate.value or 0.0

    return bootstrap(estimate, resampled, len(numerator), rng=rng, groups=groups)
