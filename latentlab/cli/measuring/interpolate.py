"""`latentlab interpolate`."""

from pathlib import Path
from typing import Annotated

import typer

from latentlab.api.support import checkpoint_inputs
from latentlab.cli import options, terminal
from latentlab.cli.render import writing


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
    steps: Annotated[int, typer.Option(metavar="N", help="Points on the path, both ends included.")] = 9,
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
    scores: Annotated[bool, typer.Option("--scores", help="Score a single path too.")] = False,
    fluency_lm: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Fluency by a causal model of Hugging Face, instead of a 5-gram."),
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
    """Walk from one sentence to another in each checkpoint, and print the paths side by side.

    With --pairs or --draw, many paths are scored beside four baselines: nearest training sentence, copies
    of the ends, mixed words, paths of other pairs. Fluency is by a 5-gram of the training sentences of
    --corpus. Intervals are 95 %, over pairs; with --group no two of the sentences of --draw share a group.

    Example:
      latentlab interpolate data/checkpoints --from "The cat is asleep." --to "We bought a red car."
      latentlab interpolate data/checkpoints --pairs data/pairs.jsonl --steps 11 --out report
      latentlab interpolate runs/vib --draw 100 --corpus sentences.txt --seed 1
    """
    writing.check_folder(out)
    checkpoint_inputs.check_column(column, given=bool(corpus))
    from latentlab.api.interpolate import interpolate as run
    from latentlab.cli.render import path_table

    with terminal.Progress() as progress:
        report = run(
            paths,
            start,
            end,
            pairs=pairs,
            draw=draw,
            steps=steps,
            path=path,
            lengths=lengths,
            temperature=temperature,
            top_k=top_k,
            repetition_penalty=repetition_penalty,
            seeds=seeds,
            rerank=rerank,
            scores=scores,
            fluency_lm=fluency_lm,
            texts=corpus,
            column=column,
            group=group,
            seed=seed,
            encoder=encoder,
            offline=offline,
            progress=progress,
        )
    if out is not None:
        writing.say_written(out, report.save(out))
    if as_json:
        print(report.to_json(), end="")
    else:
        path_table.show(terminal.console(), report.results, single=start is not None)
    checkpoint_inputs.say_unused(report.unused_lines, report.unused_sentences)
    return 0
