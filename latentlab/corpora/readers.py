"""Sentences from files: .txt, .jsonl, .csv, .tsv (each also .gz), .parquet, and `hf:NAME[:SPLIT]`.

What is read is normalised (NFKC, white space) and each sentence kept once; what is left out is counted.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from latentlab.corpora.corpus import Corpus
from latentlab.corpora.records import (
    ID_COLUMNS,
    Record,
    csv_records,
    hf_records,
    jsonl_records,
    lines,
    parquet_records,
    tsv_records,
    txt_records,
)
from latentlab.corpora.text import normalise
from latentlab.errors import CorpusError

MAX_CHARACTERS = 10_000
"""Longest sentence, in characters. Anything beyond is a file without line breaks, not a sentence."""

_READERS: dict[str, Callable[[Path], Iterator[Record]]] = {
    ".txt": txt_records,
    ".jsonl": jsonl_records,
    ".csv": csv_records,
    ".tsv": tsv_records,
    ".txt.gz": txt_records,
    ".jsonl.gz": jsonl_records,
    ".csv.gz": csv_records,
    ".tsv.gz": tsv_records,
    ".parquet": parquet_records,
}
_USUAL_COLUMNS = ("text", "sentence")


def read_corpus(source: str | Path, column: str | None = None) -> Corpus:
    """Read the sentences of a file or a Hugging Face dataset.

    Args:
        source: a path, or `hf:NAME[:SPLIT]` (needs the extra `[hf]`).
        column: the column that holds the sentences; without it `text`, else `sentence`.
            A .txt has only `text`.

    Returns:
        The distinct normalised sentences, first occurrences in file order; `dropped` counts `empty` and
        `duplicates`, `rows` has the numbers of the records, `ids` the column `id` or another usual name of
        ids. Every other column that holds a string in every row kept is a factor.

    Raises:
        CorpusError: nothing can be read, or what is read is no corpus; the message names file and line.
    """
    if str(source).startswith("hf:"):
        return _collect(hf_records(str(source)), column, str(source), str(source))
    path = Path(source)
    reader = _READERS[_suffix(path, _READERS)]
    return _collect(reader(path), column, path.name, str(path))


def read_pairs(path: str | Path) -> list[tuple[str, str]]:
    """Read pairs of sentences that mean the same: encode the first, decode the second.

    Args:
        path: .tsv with two columns and no header, or .jsonl with `source` and `target`; each also .gz.

    Returns:
        The distinct pairs, normalised, in file order. Blank lines are passed over.

    Raises:
        CorpusError: as for `read_corpus`, and where a line is not a pair.
    """
    path = Path(path)
    suffix = _suffix(path, (".tsv", ".jsonl", ".tsv.gz", ".jsonl.gz"))
    sides = _jsonl_pairs(path) if suffix.startswith(".jsonl") else _tsv_pairs(path)
    pairs: dict[tuple[str, str], None] = {}
    for place, source, target in sides:
        pair = _sentence(source, place), _sentence(target, place)
        if not all(pair):
            raise CorpusError(f"{place}: one side of the pair is empty", "give both sentences or neither")
        pairs[pair] = None
    if not pairs:
        raise CorpusError(f"{path} holds no pair", "write source, a tab and target on each line")
    return list(pairs)


def _suffix(path: Path, known: Iterable[str]) -> str:
    try:
        is_folder, exists = path.is_dir(), path.exists()
    except OSError as error:
        raise CorpusError(f"cannot read {path}: {error.strerror}", "give the path of a file") from error
    if is_folder:
        raise CorpusError(
            f"{path} is a folder, not a file of sentences", f"give one file: {', '.join(known)}"
        )
    if not exists:
        raise CorpusError(f"{path} does not exist", f"give a file ({', '.join(known)}) or hf:NAME[:SPLIT]")
    endings = [suffix.lower() for suffix in path.suffixes]
    suffix = "".join(endings[-2:]) if endings[-1:] == [".gz"] else "".join(endings[-1:])
    if suffix not in known:
        raise CorpusError(
            f"{path}: sentences are not read from '{suffix or path.name}' files",
            f"known are {', '.join(known)}",
        )
    return suffix


def _collect(records: Iterable[Record], column: str | None, name: str, origin: str) -> Corpus:
    """Normalise, leave out empty rows and repetitions, and keep the columns that are factors."""
    kept: dict[str, dict[str, Any]] = {}
    numbers: list[int] = []
    dropped = {"empty": 0, "duplicates": 0}
    for number, (place, row) in enumerate(records):
        column = column or _usual_column(row, place)
        if column not in row:
            raise _no_column(column, row, place)
        text = _sentence(row[column], place)
        if not text:
            dropped["empty"] += 1
        elif text in kept:
            dropped["duplicates"] += 1
        else:
            kept[text] = row
            numbers.append(number)
    if not kept:
        raise CorpusError(f"{origin} holds no sentence", "give a file with at least one line of text")
    rows = list(kept.values())
    factors = {
        factor: tuple(row[factor] for row in rows)
        for factor in rows[0]
        if factor != column and all(isinstance(row.get(factor), str) for row in rows)
    }
    return Corpus(tuple(kept), name, factors or None, dropped, rows=tuple(numbers), ids=_ids(rows, column))


def _ids(rows: Sequence[dict[str, Any]], column: str | None) -> tuple[str, ...] | None:
    """The first of the usual columns of ids that has a text or a whole number in every row kept."""
    for name in ID_COLUMNS:
        values = [row.get(name) for row in rows]
        if name != column and all(isinstance(value, str | int) for value in values):
            return tuple(map(str, values))
    return None


def _usual_column(row: dict[str, Any], place: str) -> str:
    for column in _USUAL_COLUMNS:
        if column in row:
            return column
    raise _no_column(_USUAL_COLUMNS[0], row, place)


def _no_column(column: str, row: dict[str, Any], place: str) -> CorpusError:
    there = ", ".join(map(str, row)) or "none"
    return CorpusError(
        f"{place}: no column of strings '{column}'; there are: {there}", "name one with column="
    )


def _sentence(value: Any, place: str) -> str:
    """Return the normalised sentence, or refuse what is none."""
    if not isinstance(value, str):
        raise CorpusError(
            f"{place}: {type(value).__name__} where a string should be", "give text in every row"
        )
    if len(value) > MAX_CHARACTERS:
        raise CorpusError(
            f"{place}: {len(value):,} characters, a sentence has at most {MAX_CHARACTERS:,}",
            "write one sentence a line",
        )
    if "\0" in value:
        raise CorpusError(f"{place}: a NUL character", "remove it")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise CorpusError(f"{place}: half a surrogate pair, which is no character", "remove it") from error
    return normalise(value)


def _tsv_pairs(path: Path) -> Iterator[tuple[str, str, str]]:
    for number, line in lines(path):
        if not line.strip():
            continue
        cells = line.split("\t")
        place = f"{path}, line {number}"
        if len(cells) != 2:
            raise CorpusError(
                f"{place}: {len(cells)} columns where a pair has 2", "write source, a tab and target"
            )
        yield place, cells[0], cells[1]


def _jsonl_pairs(path: Path) -> Iterator[tuple[str, Any, Any]]:
    for place, row in jsonl_records(path):
        for side in ("source", "target"):
            if side not in row:
                raise _no_column(side, row, place)
        yield place, row["source"], row["target"]
