"""`move`: a latent moved and decoded, as `latentlab move` does it."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from latentlab.api.move_report import MoveReport
from latentlab.api.support import checkpoint_inputs, path_inputs
from latentlab.api.support.option_checks import between, number, sentence, whole
from latentlab.api.support.path_inputs import path_of
from latentlab.errors import CorpusError, UsageError

if TYPE_CHECKING:
    from latentlab.analysis.clouds import Progress
    from latentlab.analysis.moves_report import Attribute
    from latentlab.api.support.checkpoint_inputs import Texts
    from latentlab.corpora.counterparts import Counterpart
    from latentlab.corpora.pair_files import Pair
    from latentlab.models.sentence_model import SentenceModel

    Scored = tuple[Attribute, list[Counterpart]]
    Pairs = str | PathLike[str] | Iterable[Sequence[str]]

_TRIED = 50
"""Held-out pairs that judge an attribute vector."""
_MOST = 1000
_DIMENSIONS = 2**31 - 1
_MOVES = ("--arithmetic", "--attribute", "--pairs", "--groups", "--dimension", "--around", "--prior")


def move(
    checkpoints: object,
    text: str | None = None,
    *,
    arithmetic: Sequence[str] | None = None,
    attribute: str | None = None,
    pairs: "Pairs | None" = None,
    groups: "Sequence[Texts] | None" = None,
    column: str | None = None,
    dimension: int | None = None,
    around: bool = False,
    prior: bool = False,
    n: int = 8,
    steps: int = 7,
    reach: float = 3.0,
    scale: float = 1.0,
    seed: int = 0,
    encoder: str | PathLike[str] | None = None,
    offline: bool = False,
    progress: "Progress | None" = None,
) -> MoveReport:
    """Move a latent and decode it: arithmetic, attribute vectors, one dimension, draws; give one of them.

    Args:
        checkpoints: Checkpoints that `load` gave, folders of checkpoints, or a list of these.
        text: The sentence to move; arithmetic and prior have none.
        arithmetic: Three sentences: decode A − B + C.
        attribute: `FACTOR:FROM:TO`, a factor of the grammar, such as `tense:present:past`; is scored too.
        pairs: Move from the first to the second sentence of pairs: a .jsonl file, or a list of (a, b).
        groups: Move from one group of sentences to another: two files, or two lists.
        column: Which column of the files of groups has the sentences.
        dimension: Move this dimension of the latent, in deviations of the training cloud.
        around: Draw around the sentence.
        prior: Draw from N(0, I).
        n: How many draws.
        steps: Points along a dimension.
        reach: How far a dimension goes, in deviations.
        scale: Of what `around` draws by.
        seed: Of everything that is drawn.
        encoder: A local folder with the frozen encoder, instead of cache, package and hub.
        offline: Never ask the hub for an encoder.
        progress: Called with what is being done, how much is done and of how much.

    Returns:
        What every checkpoint decodes; pairs that could not be used are counted, and warned about.

    Raises:
        UsageError: Not exactly one move is asked for, or an option has no meaning.
        CheckpointError: A checkpoint cannot be loaded, or cannot decode.
        CorpusError: Pairs or groups cannot be read.
        InputError: A sentence is empty or too long for a model.

    >>> import latentlab as ll
    >>> report = ll.move("data/checkpoints/vib", "The cat is sleeping.", dimension=0, steps=3)
    >>> report.labels, len(report.texts)
    (['-3.0 σ', '+0.0 σ', '+3.0 σ'], 3)
    """
    asked = {
        "--arithmetic": arithmetic is not None,
        "--attribute": attribute is not None,
        "--pairs": pairs is not None,
        "--groups": groups is not None,
        "--dimension": dimension is not None,
        "--around": bool(around),
        "--prior": bool(prior),
    }
    if sum(asked.values()) != 1:
        raise UsageError(f"give one of {', '.join(_MOVES)}", "latentlab move --help")
    if text is None and not (asked["--arithmetic"] or prior):
        raise UsageError("there is no sentence to move", 'give --text "…"')
    if text is not None and (asked["--arithmetic"] or prior):
        used = "--arithmetic" if asked["--arithmetic"] else "--prior"
        raise UsageError(f"{used} moves no --text", "leave --text out")
    whole(seed=seed)
    n, steps = between("--n", n, 1, _MOST), between("--steps", steps, 2, _MOST)
    reach, scale = number("--reach", reach), number("--scale", scale)
    dimension = None if dimension is None else between("--dimension", dimension, 0, _DIMENSIONS)
    if attribute is not None:
        sentence("--attribute", attribute)
    parts = None if arithmetic is None else _three(arithmetic)
    both = None if groups is None else _two(groups)
    from latentlab.corpora.readers import has_columns

    given = any(isinstance(group, Path) and has_columns(group) for group in both or ())
    checkpoint_inputs.check_column(column, given=given)
    from latentlab.analysis import moves_report as moves
    from latentlab.corpora import normalise

    moved = normalise(sentence("--text", text or ""))
    models, named = path_inputs.models_of(checkpoints, encoder, offline)
    scored = None
    lines: list[str] = []
    too_long: list[str] = []
    if parts is not None:
        a, b, c = map(normalise, parts)
        stage: moves.Stage = partial(moves.combine, a=a, b=b, c=c)
    elif attribute is not None:
        direction, tried = _factor(attribute, seed)
        stage = partial(direction.push, text=moved)
        scored = partial(direction.reached, pairs=tried)
    elif pairs is not None:
        direction, lines, too_long = _paired(models, pairs)
        stage = partial(direction.push, text=moved)
    elif both is not None:
        without, with_it = (_sentences(models, group, column) for group in both)
        direction = moves.Attribute(without, with_it)
        stage = partial(direction.push, text=moved)
    elif dimension is not None:
        stage = partial(moves.traverse, text=moved, dimension=dimension, steps=steps, reach=reach)
    elif around:
        stage = partial(moves.around, text=moved, n=n, scale=scale, seed=seed)
    else:
        stage = partial(moves.samples, n=n, seed=seed)
    inputs = {
        "paths": named,
        "arithmetic": parts,
        "attribute": attribute,
        "pairs": path_of(pairs) if isinstance(pairs, str | PathLike) else pairs and "pairs",
        "groups": both and [group if isinstance(group, Path) else "texts" for group in both],
        "column": column,
        "dimension": dimension,
        "around": bool(around),
        "prior": bool(prior),
        "text": text,
        "n": n,
        "steps": steps,
        "reach": reach,
        "scale": scale,
    }
    if progress:
        progress("encoding and decoding", 0, 0)
    report = moves.move(models, stage, scored=scored, inputs=inputs, seed=seed)
    warnings = tuple((complaint, None) for complaint in (*lines, *too_long))
    return MoveReport(report, warnings, tuple(lines), tuple(too_long))


def _three(arithmetic: Sequence[str]) -> tuple[str, ...]:
    listed = isinstance(arithmetic, Iterable) and not isinstance(arithmetic, str | Mapping)
    parts = tuple(arithmetic) if listed else ()
    if len(parts) != 3:
        raise UsageError("--arithmetic takes three sentences, A − B + C", 'give ("…", "…", "…")')
    return tuple(sentence("--arithmetic", part) for part in parts)


def _two(groups: "Sequence[Texts]") -> "list[Path | Texts]":
    """Both groups, a file as its path."""
    if isinstance(groups, str | PathLike) or not isinstance(groups, Sequence) or len(groups) != 2:
        raise UsageError("--groups takes two files or lists of sentences", "give [WITHOUT, WITH]")
    return [path_of(group) if isinstance(group, str | PathLike) else group for group in groups]


def _factor(attribute: str, seed: int) -> "Scored":
    """What a factor of the grammar changes, and held-out pairs that judge it."""
    from latentlab.analysis.moves_report import Attribute
    from latentlab.corpora import shipped_corpus
    from latentlab.corpora.counterparts import LEARNED, counterparts

    parts = attribute.split(":")
    if len(parts) != 3 or not all(parts):
        raise UsageError(f"--attribute {attribute!r} is not FACTOR:FROM:TO", "such as tense:present:past")
    if parts[1] == parts[2]:
        raise UsageError(f"--attribute {attribute!r} changes nothing", "name two values: tense:present:past")
    factor, before, after = parts
    corpus = shipped_corpus()
    learned = counterparts(corpus, factor, before, after, split="train", n=LEARNED, seed=seed)
    tried = counterparts(corpus, factor, before, after, split="test", n=_TRIED, seed=seed)
    return Attribute.of(learned), tried


def _paired(models: "list[SentenceModel]", pairs: "Pairs") -> "tuple[Attribute, list[str], list[str]]":
    """What pairs differ in; lines of their file that are no pair, sentences that do not fit."""
    from latentlab.analysis.interpolation.walk import filter_pairs_by_length
    from latentlab.analysis.moves_report import Attribute
    from latentlab.corpora.pair_files import load_pairs

    lines: list[str] = []
    if isinstance(pairs, str | PathLike):
        given, lines = load_pairs(path_of(pairs))
    else:
        given = _listed(pairs)
    kept, too_long = filter_pairs_by_length(models, given)
    return Attribute.of([(pair.a, pair.b) for pair in kept]), lines, too_long


def _listed(pairs: Iterable[Sequence[str]]) -> "list[Pair]":
    """Pairs in a list, normalised as those of a file."""
    from latentlab.corpora import normalise
    from latentlab.corpora.normalisation import is_blank
    from latentlab.corpora.pair_files import Pair

    if isinstance(pairs, Mapping | bytes) or not isinstance(pairs, Iterable):
        raise UsageError(f"--pairs: a {type(pairs).__name__} is no list of pairs", "give [(a, b), …]")
    found: list[Pair] = []
    for i, pair in enumerate(pairs):
        both = () if isinstance(pair, str) or not isinstance(pair, Iterable) else tuple(pair)
        if len(both) != 2 or not all(isinstance(side, str) for side in both):
            raise CorpusError(f"pairs: number {i} is no two strings", "give [(a, b), …]")
        a, b = (normalise(sentence(f"pair {i}", side)) for side in both)
        if is_blank(a) or is_blank(b):
            raise CorpusError(f"pairs: number {i} has an empty side", "give two sentences")
        found.append(Pair(a, b))
    if not found:
        raise CorpusError("pairs: there are none", "give [(a, b), …]")
    return found


def _sentences(models: "list[SentenceModel]", group: "Path | Texts", column: str | None) -> list[str]:
    from latentlab.analysis import loading
    from latentlab.corpora import normalise
    from latentlab.corpora.readers import has_columns

    if isinstance(group, Path):
        corpus = checkpoint_inputs.load_corpus(str(group), column if has_columns(group) else None)
        texts = list(corpus.texts)
    else:
        texts = list(map(normalise, checkpoint_inputs.corpus_of(group).texts))
    kept, excluded = loading.filter_by_length(models, texts)
    checkpoint_inputs.say_excluded(excluded, len(texts))
    return kept
