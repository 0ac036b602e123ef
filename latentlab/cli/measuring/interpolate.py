"""`latentlab interpolate`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from latentlab.api.support import checkpoint_inputs
from latentlab.cli import options, terminal
from latentlab.cli.render import writing
from latentlab.errors import InputError, UsageError

if TYPE_CHECKING:
    from latentlab.corpora.pair_files import Pair
    from latentlab.results import Report


def interpolate(
    paths: options.Paths,
    start: Annotated[
        str | None, typer.Option("--from", help="Sentence to start at.", metavar="SENTENCE")
    ] = None,
    end: Annotated[str | None, typer.Option("--to", help="Sentence to end at.", metavar="SENTENCE")] = None,
    pairs: Annotated[
        Path | None,
        typer.Option(help="A .jsonl file with a and b on each line; scores all of them.", metavar="FILE"),
    ] = None,
    draw: Annotated[
        int | None,
        typer.Option(metavar="N", help="Score N pairs of held-out sentences of --corpus, drawn with --seed."),
    ] = None,
    steps: Annotated[int, typer.Option(metavar="N", help="Points on the way, both ends included.")] = 9,
    path: Annotated[
        str,
        typer.Option(
            metavar="KIND",
            help="linear, slerp, slerp_radius, norm_corrected, centred, whitened, geodesic (slow) or auto.",
        ),
    ] = "auto",
    lengths: Annotated[
        str, typer.Option(metavar="PLAN", help="Tokens at each point: linear between the ends, or likely.")
    ] = "linear",
    temperature: Annotated[float, typer.Option(metavar="T", help="0 is greedy.")] = 0.0,
    top_k: Annotated[int | None, typer.Option(metavar="K", help="Draw from the K likeliest tokens.")] = None,
    repetition_penalty: Annotated[
        float, typer.Option(metavar="P", help="Above 1, tokens that are there already are less likely.")
    ] = 1.0,
    seeds: Annotated[int, typer.Option(metavar="N", help="Decodings of each point, with a temperature.")] = 1,
    rerank: Annotated[
        bool, typer.Option("--rerank", help="Try other lengths, keep what encodes nearest to the point.")
    ] = False,
    scores: Annotated[bool, typer.Option("--scores", help="Score a single way too.")] = False,
    judge: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Judge fluency by a causal model of Hugging Face, not a 5-gram."),
    ] = None,
    corpus: options.Corpus = None,
    column: options.Column = None,
    group: options.Group = None,
    seed: options.Seed = 0,
    encoder: options.Encoder = None,
    offline: options.Offline = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Also write report, tables and figures there.", metavar="DIR"),
    ] = None,
    as_json: options.Json = False,
    verbose: options.Verbose = False,
) -> int:
    """Walk from one sentence to another in each checkpoint, and print the ways side by side.

    With --pairs or --draw, many ways are scored beside four baselines: nearest training sentence, copies
    of the ends, mixed words, ways of other pairs. The judge of fluency learns the training sentences of
    --corpus. Intervals are 95 %, over pairs; with --group no two of the sentences of --draw share a group.

    Example:
      latentlab interpolate data/checkpoints --from "The cat is asleep." --to "We bought a red car."
      latentlab interpolate data/checkpoints --pairs data/pairs.jsonl --steps 11 --out report
      latentlab interpolate runs/vib --draw 100 --corpus sentences.txt --seed 1
    """
    ends = [start is not None, end is not None]
    if any(ends) != all(ends) or [all(ends), pairs is not None, draw is not None].count(True) != 1:
        usual = 'latentlab interpolate CKPT --from "…" --to "…"'
        raise UsageError("give --from and --to, or --pairs, or --draw", usual)
    if out is not None and out.exists() and not out.is_dir():
        raise InputError(f"{out} is a file, a folder is to be written there", "give another name")
    checkpoint_inputs.check_column(column, given=bool(corpus))
    if group is not None and draw is None:
        raise UsageError(
            "--group says which sentences --draw may put together", "give --draw N, or omit --group"
        )
    from latentlab.analysis import loading
    from latentlab.analysis.interpolation import walk as walking
    from latentlab.analysis.interpolation.interpolations import interpolate as run
    from latentlab.cli.render import path_table

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
    sentences = checkpoint_inputs.load_corpus(corpus, column, group) if corpus or draw is not None else None
    models = loading.load_models(paths, encoder=encoder, offline=offline)
    unwritable: list[str] = []
    complaints: list[str] = []
    checkpoint_inputs.say_other_groups(models, group)
    if draw is not None and sentences is not None:
        held_out = sentences.split("test")  # neither the judge nor the nearest sentences know these
        kept, left_out = walking.drawn(models, held_out, draw, seed)
        checkpoint_inputs.say_excluded(left_out, len(held_out))
    else:
        wanted, complaints = _pairs(start, end, pairs)
        kept, unwritable = walking.fitting(models, wanted)
    with terminal.Progress() as progress:
        report = run(
            models,
            kept,
            asked,
            score=scores or start is None,
            corpus=sentences if corpus else None,
            judge=judge,
            encoder=encoder,
            offline=offline,
            inputs={
                "paths": paths,
                "file": pairs,
                "draw": draw,
                "corpus": sentences.name if sentences else None,
                **checkpoint_inputs.named(group),
            },
            progress=progress,
        )
    if out is not None:
        write(report, out)
    if as_json:
        print(report.to_json(), end="")
    else:
        path_table.show(terminal.console(), report.to_dict()["results"], single=start is not None)
    checkpoint_inputs.say_unused(complaints, unwritable)
    return 0


def _pairs(start: str | None, end: str | None, file: Path | None) -> "tuple[list[Pair], list[str]]":
    from latentlab.corpora import normalise
    from latentlab.corpora.normalisation import is_blank
    from latentlab.corpora.pair_files import Pair, load_pairs

    if file is not None:
        return load_pairs(file)
    a, b = normalise(start or ""), normalise(end or "")
    if is_blank(a) or is_blank(b):
        which = "from" if is_blank(a) else "to"
        raise InputError(f"--{which} has no words in it", "give a sentence in quotes")
    if a == b:
        terminal.say("both ends are the same sentence: the way stands still")
    return [Pair(a, b)], []


def write(report: "Report", out: Path) -> None:
    """Report, tables and figures."""
    from latentlab.results.tables.path_tables import ways_csv, ways_latex

    document = report.to_dict()
    texts = {"table.csv": ways_csv(document)}
    if document["results"]["scores"]:
        texts["table.tex"] = ways_latex(document)
    writing.write(report, texts, out)
