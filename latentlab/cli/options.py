"""Options that several commands share: one spelling, one help text, one default."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

Paths = Annotated[
    list[Path],
    typer.Argument(
        metavar="PATH...",
        help="Checkpoint folders, .pt files of SGDD, or folders with either somewhere below.",
        show_default=False,
    ),
]
Encoder = Annotated[
    Path | None,
    typer.Option(
        help="Local folder with the frozen encoder, for a .pt its tokenizer; default: cache, package, hub.",
        metavar="FOLDER",
    ),
]
Offline = Annotated[bool, typer.Option("--offline", help="Never ask the model hub.")]
Corpus = Annotated[
    str | None,
    typer.Option(
        help="Sentences: .txt .jsonl .csv .tsv (also .gz) .parquet or hf:NAME; default: the shipped ones.",
        metavar="FILE",
    ),
]


class Part(StrEnum):
    """Sentences of a corpus by the hash split of training, of groups where these are named."""

    held_out = "held-out"
    train = "train"
    all = "all"


PartOption = Annotated[
    Part,
    typer.Option("--part", help="Which sentences of the corpus, by the hash split of training."),
]
Column = Annotated[
    str | None,
    typer.Option(help="Column that holds the sentences; default: text, else sentence.", metavar="NAME"),
]
Group = Annotated[
    str | None,
    typer.Option(
        help="Column that says which sentences belong together (text, whole numbers or booleans, compared as "
        "text): one split has them all, every interval moves them as one.",
        metavar="NAME",
    ),
]
Seed = Annotated[
    int, typer.Option(min=0, max=2**31 - 1, metavar="N", help="Seed of everything that is drawn at random.")
]
Out = Annotated[Path | None, typer.Option(help="Also write report, tables and figures there.", metavar="DIR")]
Low = Annotated[float, typer.Option(metavar="DB", help="Lowest SNR.")]
High = Annotated[float, typer.Option(metavar="DB", help="Highest SNR.")]
Step = Annotated[float, typer.Option(metavar="DB", help="From one SNR to the next.")]
Seeds = Annotated[int, typer.Option(metavar="N", help="Noises for each sentence.")]


class Width(StrEnum):
    """Of a figure in a paper."""

    column = "column"
    full = "full"


Venue = Annotated[
    str | None,
    typer.Option(
        help="Draw at the size of acl, aistats, colm, iclr, icml, jmlr, neurips or tmlr.", metavar="NAME"
    ),
]
FigureWidth = Annotated[Width, typer.Option("--width", help="One column of the venue, or all of its text.")]
Rules = Annotated[
    bool,
    typer.Option(
        "--verbose",
        "-v",
        help="Show logs, tracebacks of errors, and the rule and numbers behind each verdict.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of tables.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show logs, and tracebacks of errors.")]
