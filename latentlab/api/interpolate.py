"""`interpolate`: paths between sentences, decoded, as `latentlab interpolate` does it."""

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Any

from latentlab.api.support import checkpoint_inputs, path_inputs
from latentlab.api.support.document import CommandReport, frame_of
from latentlab.api.support.notices import warn
from latentlab.api.support.option_checks import labels, real, whole
from latentlab.api.support.path_inputs import path_of
from latentlab.errors import CorpusError, InputError, UsageError
from latentlab.results.reports.decoding_results import InterpolationResults
from latentlab.results.tables.path_tables import paths_csv, paths_latex, paths_rows

if TYPE_CHECKING:
    from latentlab.analysis.clouds import Progress
    from latentlab.api.support.checkpoint_inputs import Texts
    from latentlab.corpora.pair_files import Pair

    Pairs = str | PathLike[str] | Sequence[tuple[str, str]]


@dataclass(frozen=True, repr=False, eq=False)
class InterpolationReport(CommandReport[InterpolationResults]):
    """What `interpolate` found."""

    unused_lines: tuple[str, ...] = ()
    """Lines of the pairs' file that are no pairs."""
    unused_sentences: tuple[str, ...] = ()
    """Sentences that a model cannot write, with their pairs left out."""

    command = "interpolate"

    @property
    def paths(self) -> dict[str, list[list[str]]]:
        """By checkpoint: for each pair the decoded texts, from one end to the other."""
        return {item.name: [list(path.texts) for path in item.paths] for item in self.results.items}

    @property
    def texts(self) -> list[str]:
        """The decoded texts of the only path; of several see `paths`."""
        found = [path for paths in self.paths.values() for path in paths]
        if len(found) != 1:
            raise UsageError(f"'texts' of which of {len(found)} paths?", "report.paths[NAME][i]")
        return found[0]

    def to_frame(self) -> Any:
        """A pandas.DataFrame: a row for each score, or for each point where nothing was scored."""
        return frame_of(paths_rows(self.report))

    def tables(self) -> dict[str, str]:
        """Tables as text, by the names of their files."""
        scored = {"table.tex": paths_latex(self.report)} if self.results.scores else {}
        return {"table.csv": paths_csv(self.report)} | scored

    def __repr__(self) -> str:
        lines = []
        for name, paths in self.paths.items():
            lines.append(f"{name}: {len(paths)} path{'' if len(paths) == 1 else 's'}")
            lines += [f"  {text}" for path in paths[:1] for text in path]
        return "\n".join(lines)


def interpolate(
    checkpoints: object,
    start: str | None = None,
    end: str | None = None,
    *,
    pairs: "Pairs | None" = None,
    draw: int | None = None,
    steps: int = 9,
    path: str = "auto",
    lengths: str = "linear",
    temperature: float | int = 0.0,
    top_k: int | None = None,
    repetition_penalty: float | int = 1.0,
    seeds: int = 1,
    rerank: bool = False,
    scores: bool = False,
    fluency_lm: str | None = None,
    texts: "Texts | None" = None,
    column: str | None = None,
    group: "str | Sequence[object] | None" = None,
    seed: int = 0,
    encoder: "str | PathLike[str] | None" = None,
    offline: bool = False,
    progress: "Progress | None" = None,
) -> InterpolationReport:
    """Walk between sentences in each checkpoint, and decode on the way.

    Args:
        checkpoints: Folders, what `load` gave, or a list of these.
        start: Sentence to start at.
        end: Sentence to end at.
        pairs: Instead: a .jsonl file with a and b on each line, or a list of (a, b). They are scored.
        draw: Instead: score so many pairs of held-out sentences of `texts`.
        steps: Points on the path, both ends included.
        path: linear, slerp, slerp_radius, norm_corrected, centred, whitened, geodesic (slow), or auto:
            slerp_radius for a variational head, else whitened.
        lengths: Tokens at each point: linear between the ends, or likely.
        temperature: 0 is greedy.
        top_k: Draw from so many of the likeliest tokens.
        repetition_penalty: Above 1, tokens that are there already are less likely.
        seeds: Decodings of each point, with a temperature.
        rerank: Try other lengths, keep what encodes nearest to the point.
        scores: Score the one path too.
        fluency_lm: A causal model of Hugging Face that scores fluency, instead of a 5-gram.
        texts: Sentences whose training part the 5-gram learns, and `draw` draws from: a file, a list, a
            `Corpus`. Default: the shipped ones.
        column: Which column of a file has the sentences.
        group: No two sentences that `draw` draws are of one group: a column, or labels of texts in a list.
        seed: Of everything that is drawn.
        encoder: A local folder with the frozen encoder, instead of cache, package and hub.
        offline: Never ask the hub for an encoder or a model.
        progress: Called with what is being done, how much is done and of how much.

    Returns:
        Decoded texts of every path, and scores beside those of four baselines.

    Raises:
        UsageError: Not one of the two ends, `pairs` and `draw` is given, or an option has no meaning.
        InputError: No pair is left that every model can write.
        CheckpointError: A checkpoint cannot be loaded, or cannot decode.
        CorpusError: Sentences or pairs cannot be read.

    >>> import latentlab as ll
    >>> ll.interpolate("data/checkpoints/vib", "The cat is sleeping.", "The dog is running.", steps=3).texts
    ['The cat is sleeping.', 'The dog is sleeping.', 'The dog is running.']
    """
    group = labels(group)
    whole(seed=seed, draw=draw, steps=steps, top_k=top_k, seeds=seeds)
    temperature, repetition_penalty = real(temperature=temperature, repetition_penalty=repetition_penalty)
    ends = [start is not None, end is not None]
    if any(ends) != all(ends) or [all(ends), pairs is not None, draw is not None].count(True) != 1:
        usual = 'latentlab interpolate CKPT --from "…" --to "…"'
        raise UsageError("give --from and --to, or --pairs, or --draw", usual)
    if group is not None and draw is None:
        raise UsageError(
            "--group says which sentences --draw may put together", "give --draw N, or omit --group"
        )
    from latentlab.analysis.interpolation import walk as walking
    from latentlab.analysis.interpolation.interpolations import interpolate as walk_all

    asked = walking.WalkOptions(
        steps=steps,
        path=path,
        lengths=lengths,
        temperature=temperature,
        top_k=top_k,
        repetition_penalty=repetition_penalty,
        seeds=seeds,
        seed=seed,
        rerank=rerank,
    )
    given = texts is not None
    sentences = checkpoint_inputs.corpus_of(texts, column, group) if given or draw is not None else None
    models, named = path_inputs.models_of(checkpoints, encoder, offline)
    unused_lines: list[str] = []
    left_out: list[str] = []
    checkpoint_inputs.say_other_groups(models, checkpoint_inputs.name_of(group))
    if draw is not None and sentences is not None:
        held_out = sentences.split("test")  # neither the fluency LM nor the nearest sentences know these
        kept, too_long = walking.drawn(models, held_out, draw, seed)
        checkpoint_inputs.say_excluded(too_long, len(held_out))
    else:
        wanted, unused_lines = _pairs(start, end, pairs)
        kept, left_out = walking.filter_pairs_by_length(models, wanted)
    report = walk_all(
        models,
        kept,
        asked,
        score=scores or start is None,
        corpus=sentences if given else None,
        fluency_lm=fluency_lm,
        encoder=path_inputs.local_path(encoder),
        offline=offline,
        inputs={
            "paths": named,
            "file": path_of(pairs) if isinstance(pairs, str | PathLike) else None,
            "draw": draw,
            "corpus": sentences.name if sentences else None,
            **checkpoint_inputs.named(group),
        },
        progress=progress,
    )
    warnings = tuple((said, None) for said in (*unused_lines, *left_out))
    return InterpolationReport(report, warnings, tuple(unused_lines), tuple(left_out))


def _pairs(start: str | None, end: str | None, pairs: "Pairs | None") -> "tuple[list[Pair], list[str]]":
    from latentlab.corpora import normalise
    from latentlab.corpora.normalisation import is_blank
    from latentlab.corpora.pair_files import Pair, load_pairs

    if isinstance(pairs, str | PathLike):
        return load_pairs(path_of(pairs))
    if pairs is not None:
        checked = [_pair(pair, i) for i, pair in enumerate(pairs)]
        return [Pair(normalise(a), normalise(b)) for a, b in checked], []
    for name, sentence in (("from", start), ("to", end)):
        if not isinstance(sentence, str):
            raise UsageError(f"--{name}: a {type(sentence).__name__} is no sentence", "give a str")
    a, b = normalise(start or ""), normalise(end or "")
    if is_blank(a) or is_blank(b):
        which = "from" if is_blank(a) else "to"
        raise InputError(f"--{which} has no words in it", "give a sentence in quotes")
    if a == b:
        warn("both ends are the same sentence: every point is that sentence")
    return [Pair(a, b)], []


def _pair(pair: object, i: int) -> tuple[str, str]:
    if isinstance(pair, list | tuple) and len(pair) == 2 and all(isinstance(text, str) for text in pair):
        return pair[0], pair[1]
    raise CorpusError(f"pairs: number {i} (from 0) is no pair of sentences", "give a list of (a, b)")
