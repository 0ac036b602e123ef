"""`reconstruct`: text to latent to text, as `latentlab reconstruct` does it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from typing import TYPE_CHECKING, Any

from latentlab.api.support import checkpoint_inputs, path_inputs
from latentlab.api.support.document import CommandReport, frame_of
from latentlab.api.support.notices import warn
from latentlab.api.support.option_checks import between, labels, whole
from latentlab.errors import CorpusError, UsageError
from latentlab.metrics import Estimate
from latentlab.results.reports.decoding_results import ReconstructionResults

if TYPE_CHECKING:
    from latentlab.analysis.clouds import Progress
    from latentlab.api.support.checkpoint_inputs import Texts

USUAL_N = 500
"""Sentences of each part where nothing else is asked for."""
_SAMPLERS = ("latentlab", "sgdd")


@dataclass(frozen=True, repr=False, eq=False)
class ReconstructionReport(CommandReport[ReconstructionResults]):
    """What `reconstruct` found."""

    command = "reconstruct"

    @property
    def examples(self) -> dict[str, list[tuple[str, str]]]:
        """By checkpoint: some sentences, and what came back of each."""
        found: dict[str, list[tuple[str, str]]] = {}
        for item in self.results.items:
            shown = [example for part in item.parts.values() for example in part.examples]
            found[item.name] = [(example.text, example.output) for example in shown]
        return found

    def metrics(self, name: str | None = None, part: str | None = None) -> dict[str, Estimate]:
        """Metrics of one checkpoint, on one part of the sentences: `held out`, `train`, `given`.

        Names may be left out where there is only one.
        """
        item = _one({item.name: item for item in self.results.items}, name, "checkpoint")
        found = _one(item.parts, part, "part")
        return {key: replace(estimate, n=estimate.n or found.n) for key, estimate in found.metrics.items()}

    def __getitem__(self, metric: str) -> Estimate:
        """A metric of the only checkpoint on the held-out sentences, or on those that were given."""
        parts = self.results.items[0].parts
        found = self.metrics(part="held out" if "held out" in parts else None)
        if not isinstance(metric, str) or metric not in found:
            raise UsageError(f"there is no metric {metric!r}", f"there are: {', '.join(found)}")
        return found[metric]

    def to_frame(self) -> Any:
        """A pandas.DataFrame: a row for each metric of each part of each checkpoint."""
        return frame_of(
            {"name": item.name, "kind": item.kind, "part": part, "metric": key, **estimate.to_json()}
            for item in self.results.items
            for part, found in item.parts.items()
            for key, estimate in found.metrics.items()
        )

    def __repr__(self) -> str:
        lines = []
        for item in self.results.items:
            for part, found in item.parts.items():
                exact = found.metrics["exact_match"]
                lines.append(f"{item.name}, {part}: exact match {exact}, n = {found.n}")
        return "\n".join(lines)


def reconstruct(
    checkpoints: object,
    texts: "Texts | None" = None,
    *,
    column: str | None = None,
    group: "str | Sequence[object] | None" = None,
    n: int | None = None,
    refine: int = 0,
    sampler: str = "latentlab",
    seed: int = 0,
    encoder: "str | PathLike[str] | None" = None,
    offline: bool = False,
    progress: "Progress | None" = None,
) -> ReconstructionReport:
    """Encode and decode sentences; measure what comes back.

    Args:
        checkpoints: Folders, what `load` gave, or a list of these.
        texts: A list of sentences, all of which are taken as one part, `given`; or a file or a `Corpus`,
            which is split into held-out and training sentences. Default: the shipped ones.
        column: Which column of a file has the sentences.
        group: What belongs together and moves as one: a column, or labels of texts in a list.
        n: At most so many sentences of each part of a file or corpus, default 500; or of a list, default all.
        refine: Rounds of search for a text whose latent is nearer; slow.
        sampler: `latentlab`, or `sgdd`: the original loop of old SGDD models.
        seed: Of everything that is drawn.
        encoder: A local folder with the frozen encoder, instead of cache, package and hub.
        offline: Never ask the hub for an encoder.
        progress: Called with what is being done, how much is done and of how much.

    Returns:
        Exact match, token accuracy, TER, BLEU, chrF and others with 95 % intervals, and examples.

    Raises:
        UsageError: An option has no meaning, or a model cannot do it.
        CheckpointError: A checkpoint cannot be loaded, or cannot decode.
        CorpusError: Sentences cannot be read.
        InputError: No sentence fits all models.

    >>> import latentlab as ll
    >>> report = ll.reconstruct("data/checkpoints/vib", ["The cat is sleeping.", "The dog is running."])
    >>> report.examples["vib"][0], report["exact_match"].value
    (('The cat is sleeping.', 'The cat is sleeping.'), 1.0)
    """
    group = labels(group)
    whole(seed=seed, refine=refine)
    if n is not None:
        n = between("--n", n, 1, 2**53)
    if sampler not in _SAMPLERS:
        raise UsageError(f"--sampler: there is none called {sampler!r}", f"there are: {', '.join(_SAMPLERS)}")
    from latentlab.analysis import loading
    from latentlab.analysis import reconstruction_report as analysis

    models, _ = path_inputs.models_of(checkpoints, encoder, offline)
    analysis.check_models(models, refine, sampler)
    corpus = checkpoint_inputs.corpus_of(texts, column, group)
    if checkpoint_inputs.listed(texts):
        some = corpus if n is None or n >= len(corpus) else corpus.sample(n, seed)
        parts = {"given": list(some.texts)}
    else:
        checkpoint_inputs.say_other_groups(models, checkpoint_inputs.name_of(group))
        parts = analysis.parts_of(corpus, n or USUAL_N, seed=seed)
        for part in analysis.PARTS - parts.keys():
            warn(f"no sentence of {corpus.name} is in the part '{part}': it has too few of them")
    if not parts:
        raise CorpusError(f"{corpus.name} has no sentences", "give a larger corpus")
    groups: dict[str, Any] = {}
    for name, given in parts.items():
        parts[name], excluded = loading.filter_by_length(models, given)
        checkpoint_inputs.say_excluded(excluded, len(given))
        if group is not None:
            groups[name] = checkpoint_inputs.groups_of(corpus, parts[name])
    report = analysis.reconstruct(
        models,
        parts,
        refine=refine,
        seed=seed,
        sampler="sgdd" if sampler == "sgdd" else "latentlab",
        groups=groups,
        inputs=checkpoint_inputs.named(group),
        progress=progress,
    )
    return ReconstructionReport(report)


def _one(found: Mapping[str, Any], name: str | None, what: str) -> Any:
    if name is None and len(found) == 1:
        return next(iter(found.values()))
    if name is None or name not in found:
        said = f"which {what}?" if name is None else f"there is no {what} {name!r}"
        raise UsageError(said, f"there are: {', '.join(found)}")
    return found[name]
