"""From one sentence to another through the latent space of a checkpoint, decoded on the path.

All points of all paths are decoded together, sorted by length; a text depends neither on its neighbours nor
on their order. Each path has one plan of lengths, so that texts change because z does. Where the decoder
draws, all points of a path share one tensor of noise for each seed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
from jaxtyping import Float

from latentlab.analysis.loading import filter_by_length
from latentlab.corpora import Corpus
from latentlab.corpora.pair_files import Pair, corpus_pairs
from latentlab.errors import CorpusError, InputError, LatentsError, UsageError
from latentlab.geometry import KINDS, LatentStatistics, Profile, draw_path, profile
from latentlab.models.autoencoder import Autoencoder
from latentlab.models.geodesic import geodesic
from latentlab.models.sentence_model import EncoderKey, SentenceModel
from latentlab.results.statistics import Statistics

Progress = Callable[[str, int, int], None]
CHUNK = 256
"""Points decoded at a time: the logits of more would not fit a small memory."""
AUTO, GEODESIC = "auto", "geodesic"
PATH_KINDS = (*KINDS, GEODESIC)
"""Kinds of path; the last is found by search, from the straight line."""
PLANS = ("linear", "likely")


@dataclass(frozen=True)
class WalkOptions:
    """How paths are drawn and decoded."""

    steps: int = 9
    """Points, both ends included."""
    path: str = AUTO
    """One of PATH_KINDS; `auto`: `slerp_radius` for a variational head, else `whitened`."""
    lengths: str = "linear"
    """`linear`: rounded from the length that the model predicts at one end to that at the other; `likely`:
    the likeliest at each point."""
    temperature: float = 0.0
    top_k: int | None = None
    repetition_penalty: float = 1.0
    seeds: int = 1
    """Decodings of each point, more than one with a temperature."""
    seed: int = 0
    rerank: bool = False
    """Decode one token shorter and longer too; keep the text whose latent has the largest cosine with z."""

    def __post_init__(self) -> None:
        if self.steps < 2:
            raise UsageError(f"a path has at least 2 points, got {self.steps} steps", "both ends are points")
        if self.lengths not in PLANS:
            raise UsageError(
                f"no plan of lengths is called {self.lengths!r}", f"there are {', '.join(PLANS)}"
            )
        if not 0 <= self.temperature < np.inf or not 0 < self.repetition_penalty < np.inf:
            raise UsageError("a temperature is 0 or more, a repetition penalty above 0, and both are finite")
        if (self.top_k is not None and self.top_k < 1) or self.seeds < 1:
            raise UsageError("there is at least 1 seed, and at least 1 token to choose from")
        if self.seeds > 1 and self.temperature == 0:
            raise UsageError("seeds differ only where the decoder draws", "give a temperature above 0")


@dataclass(frozen=True)
class DecodedPath:
    """One pair in one checkpoint."""

    pair: Pair
    kind: str
    """Of the path."""
    z: Float[np.ndarray, "steps d"]
    texts: list[list[str]]
    """For each seed, a text a point."""
    unmasking: list[list[str]]
    """The first seed's texts after every unmasking step, by point."""
    lengths: list[int]
    """Planned tokens at each point."""
    profile: Profile = field(repr=False)


def latent_statistics(model: SentenceModel) -> LatentStatistics | None:
    """Mean and covariance of the training latents that lie beside the weights; None where they do not."""
    if model.path is None:
        return None
    file = model.path / "statistics.safetensors"
    try:
        seen = file.stat()
    except (FileNotFoundError, NotADirectoryError):  # the second beside a .pt file
        return None
    # Of two files in one archive, times and sizes may be the same: this one's place and change of it are not.
    state = seen.st_ino, seen.st_ctime_ns, seen.st_mtime_ns, seen.st_size
    return _latent_statistics(file, state, model.config.head.width, model.kind == "vib")


@lru_cache(maxsize=16)
def _latent_statistics(file: Path, _state: tuple[int, ...], width: int, prior: bool) -> LatentStatistics:
    """Read once, and whitened once, for as long as the file stays as it is."""
    saved = Statistics.read(file)
    if len(saved.latent_mean) != width:
        raise LatentsError(
            f"{file} is of latents of width {len(saved.latent_mean)}, not of this checkpoint's"
        )
    return LatentStatistics(saved.latent_mean, saved.latent_cov, prior=prior)


def filter_pairs_by_length(
    models: Sequence[SentenceModel], pairs: Sequence[Pair]
) -> tuple[list[Pair], list[str]]:
    """Pairs whose sentences every model can write, and what is wrong with the others.

    Raises:
        CheckpointError: A model cannot decode.
        InputError: None is left.
    """
    for model in models:
        model.check_decodes()
    sentences = [text for pair in pairs for text in (pair.a, pair.b)]
    bad = {i for model in models for i in model.too_long(sentences)}
    limit = min(model.max_tokens for model in models)
    complaints = [
        f"{sentences[i][:50]!r} has {'no token' if not sentences[i].strip() else f'more than {limit} tokens'}"
        for i in sorted(bad)
    ]
    kept = [pair for i, pair in enumerate(pairs) if not {2 * i, 2 * i + 1} & bad]
    if not kept:
        raise InputError(
            complaints[0] if complaints else "there is no pair", f"write sentences of 1 to {limit} tokens"
        )
    return kept, complaints


def drawn(models: Sequence[SentenceModel], corpus: Corpus, n: int, seed: int) -> tuple[list[Pair], list[str]]:
    """N pairs of sentences that every model can write, and the sentences that one of them cannot.

    For one seed the first m of n pairs are those of m. Where sentences come in groups, no two of them are of
    one group, so that the pairs are independent of each other.

    Raises:
        CorpusError: There are fewer sentences than the pairs need.
    """
    texts, left_out = filter_by_length(models, corpus.texts) if len(corpus) else ([], [])
    texts = list(corpus.only(texts).one_of_each_group(seed).texts)
    if n < 1 or 2 * n > len(texts):
        there = f"{len(texts)} sentences {'of different groups ' if corpus.groups else ''}that all can write"
        raise CorpusError(
            f"cannot draw {n} pairs from {corpus.name}, which has {there}",
            f"ask for 1 to {len(texts) // 2}" if len(texts) > 1 else "give a larger corpus",
        )
    return corpus_pairs(Corpus(tuple(texts), corpus.name), n, seed), left_out


def walk(
    model: SentenceModel,
    pairs: Sequence[Pair],
    options: WalkOptions,
    *,
    pooled: dict[EncoderKey, Float[np.ndarray, "n p"]] | None = None,
    progress: Progress | None = None,
) -> list[DecodedPath]:
    """The paths of all pairs, in their order; each sentence fits the model (`filter_pairs_by_length`).

    `pooled` is filled in: passed to the walks of several models between the same pairs, it lets those that
    share an encoder read each sentence once.
    """
    cloud = latent_statistics(model)
    kind = options.path
    if kind == AUTO:
        kind = "slerp_radius" if model.kind == "vib" or cloud is None else "whitened"
    sentences = list(dict.fromkeys(text for pair in pairs for text in (pair.a, pair.b)))
    known = {} if pooled is None else pooled
    if model.encoder_key not in known:
        known[model.encoder_key] = model.pool(sentences)
    mu = model.encode_pooled(known[model.encoder_key], sentences).mu.astype(np.float64)
    latents = dict(zip(sentences, mu, strict=True))
    points = [_draw(model, latents[p.a], latents[p.b], options.steps, kind, cloud) for p in pairs]
    z = np.concatenate(points)
    lengths = _plan(model, z, options)
    decoded = [
        _decode(model, z, lengths, options, options.seed + s, (s, options.seeds, progress))
        for s in range(options.seeds)
    ]
    paths = []
    for i, (pair, own) in enumerate(zip(pairs, points, strict=True)):
        rows = slice(i * options.steps, (i + 1) * options.steps)
        texts = [texts[rows] for texts, _ in decoded]
        paths.append(
            DecodedPath(pair, kind, own, texts, decoded[0][1][rows], lengths[rows], profile(own, cloud))
        )
    return paths


def _draw(
    model: SentenceModel,
    a: Float[np.ndarray, " d"],
    b: Float[np.ndarray, " d"],
    steps: int,
    kind: str,
    cloud: LatentStatistics | None,
) -> Float[np.ndarray, "steps d"]:
    if kind not in PATH_KINDS:
        raise UsageError(f"no path is called {kind!r}", f"there are {', '.join((AUTO, *PATH_KINDS))}")
    if kind != GEODESIC:
        return draw_path(a, b, steps, kind, cloud)
    if not isinstance(model, Autoencoder):
        raise UsageError(f"{model.name} has layout {model.layout}: a geodesic needs a native decoder")
    line = draw_path(a, b, steps, "linear", cloud)
    return geodesic(model, line, max(model.likely_lengths(line[[0, -1]])))


def _plan(model: SentenceModel, z: Float[np.ndarray, "n d"], options: WalkOptions) -> list[int]:
    likely = np.array(model.likely_lengths(z)).reshape(-1, options.steps)
    if options.lengths == "likely":
        return [int(n) for n in likely.ravel()]
    t = np.linspace(0, 1, options.steps)
    planned = np.outer(likely[:, 0], 1 - t) + np.outer(likely[:, -1], t)
    return [int(n) for n in np.floor(planned + 0.5).ravel()]


def _decode(
    model: SentenceModel,
    z: Float[np.ndarray, "n d"],
    lengths: Sequence[int],
    options: WalkOptions,
    seed: int,
    report: tuple[int, int, Progress | None],
) -> tuple[list[str], list[list[str]]]:
    """A text a row, and its unmasking."""
    (at, seeds, progress), limit = report, model.max_tokens
    tried = (0, -1, 1) if options.rerank else (0,)
    # The planned length comes first, and wins where another is no better.
    jobs = [(i, n + d) for d in tried for i, n in enumerate(lengths) if 1 <= n + d <= limit]
    order = sorted(range(len(jobs)), key=lambda job: jobs[job][1])
    texts, steps = [""] * len(jobs), [[""]] * len(jobs)
    for start in range(0, len(order), CHUNK):
        part = order[start : start + CHUNK]
        done = model.decode_steps(
            z[[jobs[job][0] for job in part]],
            length=[jobs[job][1] for job in part],
            temperature=options.temperature,
            top_k=options.top_k,
            repetition_penalty=options.repetition_penalty,
            seed=seed,
        )
        for job, text, shown in zip(part, done.texts, done.steps, strict=True):
            texts[job], steps[job] = text, shown
        if progress:
            progress(f"decoding {model.name}", at * len(jobs) + start + len(part), seeds * len(jobs))
    chosen = _nearest(model, z, [row for row, _ in jobs], texts) if options.rerank else range(len(lengths))
    return [texts[job] for job in chosen], [steps[job] for job in chosen]


def _nearest(
    model: SentenceModel, z: Float[np.ndarray, "n d"], rows: Sequence[int], texts: Sequence[str]
) -> list[int]:
    """For each row of z the job whose text, encoded again, has the largest cosine with it."""
    too_long = set(model.too_long(texts))
    unique = list(dict.fromkeys(text for job, text in enumerate(texts) if job not in too_long))
    latents = dict(zip(unique, model.encode(unique).mu, strict=True)) if unique else {}
    best: dict[int, tuple[float, int]] = {}
    for job, (row, text) in enumerate(zip(rows, texts, strict=True)):
        cosine = -np.inf
        if job not in too_long:
            own = latents[text]
            cosine = float(own @ z[row] / ((np.linalg.norm(own) * np.linalg.norm(z[row])) or 1.0))
        if row not in best or cosine > best[row][0]:
            best[row] = (cosine, job)
    return [best[row][1] for row in range(len(z))]
