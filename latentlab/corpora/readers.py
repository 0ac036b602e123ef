"""Sentences from files: .txt, .jsonl, .csv, .tsv (each also .gz), .parquet, and `hf:NAME[:SPLIT]`.

What is read is normalised (NFKC, white space) and each sentence kept once; what is left out is counted.
"""

import logging
import math
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from latentlab.corpora.corpus import Corpus
from latentlab.corpora.labels import as_label, no_label
from latentlab.corpora.normalisation import is_blank, normalise
from latentlab.corpora.quotes import quotes_of
from latentlab.corpora.records import (
    ID_COLUMNS,
    Record,
    csv_records,
    hf_records,
    jsonl_records,
    parquet_records,
    tsv_records,
    tsv_rows,
    txt_records,
)
from latentlab.errors import CorpusError

log = logging.getLogger(__name__)

MAX_CHARACTERS = 10_000
"""Longest sentence, in characters. Anything beyond is a file without line breaks, not a sentence."""

_READERS: dict[str, Callable[[Path], Iterator[Record]]] = {
    ".txt": txt_records,
    ".jsonl": jsonl_records,
    ".csv": csv_records,
    ".txt.gz": txt_records,
    ".jsonl.gz": jsonl_records,
    ".csv.gz": csv_records,
}
_PARQUET = ".parquet"
_TXT, _JSONL, _TSV = (".txt", ".txt.gz"), (".jsonl", ".jsonl.gz"), (".tsv", ".tsv.gz")
SUFFIXES = (".txt", ".jsonl", ".csv", ".tsv", ".txt.gz", ".jsonl.gz", ".csv.gz", ".tsv.gz", _PARQUET)
_USUAL_COLUMNS = ("text", "sentence")
_NAMES, _SHOWN = 1000, 20
"""Columns of a .jsonl that are remembered, and how many of them an error lists."""


def read_corpus(source: str | Path, column: str | None = None, group: str | None = None) -> Corpus:
    """Read the sentences of a file or a Hugging Face dataset.

    Args:
        source: a path, or `hf:NAME[:SPLIT]` (needs the extra `[hf]`).
        column: the column that holds the sentences; without it `text`, else `sentence`.
            A .txt has only `text`.
        group: the column that says which sentences belong together; what can be a label, and that labels are
            compared as text, is in `labels.py`. It becomes a factor, and the corpus' `group`.

    Returns:
        The distinct normalised sentences, first occurrences in file order; `dropped` counts `empty` and
        `duplicates`, `rows` has the numbers of the records, `ids` the column `id` or another usual name of
        ids. A null, a NaN, a missing key of a .jsonl and text without a visible character are empty.
        Every other column with a string of at most `MAX_CHARACTERS` in every row kept is a factor.

    Raises:
        CorpusError: nothing can be read, or what is read is no corpus; the message names file and line.
    """
    if str(source).startswith("hf:"):
        return _collect(hf_records(str(source)), column, str(source), str(source), group=group)
    path = Path(source)
    suffix = _suffix(path, SUFFIXES)
    if column not in (None, "text") and not has_columns(path):
        raise CorpusError(f"{path} has no column '{column}': a .txt has lines alone", "omit --column")
    if group is not None and not has_columns(path):
        raise CorpusError(f"{path} has no column '{group}': a .txt has lines alone", "omit --group")
    if suffix in _TSV:
        quotes = quotes_of(path)
        records = tsv_records(path, enclose=quotes.enclose)
        warnings = (quotes.warning,) if quotes.warning else ()
        return _collect(records, column, path.name, str(path), warnings=warnings, group=group)
    records = parquet_records(path, group) if suffix == _PARQUET else _READERS[suffix](path)
    return _collect(records, column, path.name, str(path), loose=suffix in _JSONL, group=group)


def has_columns(source: str | Path) -> bool:
    """Whether a column can be named, by the kind of the file alone: in a .txt there is none."""
    return str(source).startswith("hf:") or not str(source).lower().endswith(_TXT)


def read_pairs(path: str | Path) -> list[tuple[str, str]]:
    """Read pairs of sentences that mean the same: encode the first, decode the second.

    Args:
        path: .tsv with two columns and no header, or .jsonl with `source` and `target`; each also .gz.

    Returns:
        The distinct pairs, normalised, in file order. Blank lines are passed over. Pairs with an empty side
        are left out, and their number is logged.

    Raises:
        CorpusError: as for `read_corpus`, and where a line is not a pair.
    """
    path = Path(path)
    suffix = _suffix(path, (*_TSV, *_JSONL))
    sides = _jsonl_pairs(path) if suffix in _JSONL else _tsv_pairs(path)
    pairs: dict[tuple[str, str], None] = {}
    empty = 0
    for place, source, target in sides:
        pair = _sentence(source, place), _sentence(target, place)
        if all(pair):
            pairs[pair] = None
        else:
            empty += 1
    if not pairs:
        raise CorpusError(f"{path} holds no pair", "write source, a tab and target on each line")
    if empty:
        log.warning("%s: left out %d pairs with an empty side", path.name, empty)
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


def _collect(
    records: Iterable[Record],
    column: str | None,
    name: str,
    origin: str,
    *,
    loose: bool = False,
    warnings: tuple[str, ...] = (),
    group: str | None = None,
) -> Corpus:
    """Normalise, leave out empty rows and repetitions, and keep the columns that are factors.

    `loose` says that a row may lack what others have.
    """
    kept: dict[str, dict[str, str]] = {}
    numbers: list[int] = []
    ids: dict[str, list[str]] = {name: [] for name in ID_COLUMNS if name != column}
    dropped = {"empty": 0, "duplicates": 0}
    there: dict[str, None] = {}
    usual, second = _USUAL_COLUMNS
    chosen, found, grouped = column, False, group is None
    refused: tuple[str, str] | None = None
    for number, (place, row) in enumerate(records):
        if len(there) < _NAMES and (loose or not there):
            there.update(dict.fromkeys(row))
        if chosen is None:
            chosen = next((name for name in _USUAL_COLUMNS if name in row), None)
        if not loose and chosen not in row:
            raise _no_column(usual if chosen is None else chosen, row, place)
        if loose and column is None and chosen == second and usual in row:
            raise CorpusError(
                f"{place}: column '{usual}', where rows before it have '{second}'",
                "name the one with the sentences: --column NAME",
            )
        found |= chosen in row
        text = _sentence(row.get(chosen), place) if chosen is not None else ""
        if not text:
            dropped["empty"] += 1
        elif text in kept:
            dropped["duplicates"] += 1
        else:
            kept[text] = _labels(row, chosen)
            numbers.append(number)
            for key, values in ids.items():
                if isinstance(row.get(key), str | int) and len(str(row[key])) <= MAX_CHARACTERS:
                    values.append(str(row[key]))
            if group is not None:
                label = as_label(row.get(group))
                refused = refused or (no_label(row.get(group), place) if label is None else None)
                kept[text][group] = label or text  # without a label it is on its own, called as it reads
                grouped |= group in row
    if there and not found:
        raise _no_column(usual if chosen is None else chosen, there, origin)
    if not kept:
        raise _no_sentence(origin, chosen, there, dropped["empty"])
    if group is not None and not grouped:
        others = f"{origin}: no column '{group}'; there are: {_listed(there)}"
        raise CorpusError(others, "name the one that says what belongs together: --group NAME")
    if refused:
        raise CorpusError(*refused)
    rows = list(kept.values())
    factors = {
        factor: tuple(row[factor] for row in rows) for factor in rows[0] if all(factor in row for row in rows)
    }
    named = next((tuple(values) for values in ids.values() if len(values) == len(kept)), None)
    return Corpus(tuple(kept), name, factors or None, dropped, warnings, group, tuple(numbers), named)


def _labels(row: dict[str, Any], chosen: str | None) -> dict[str, str]:
    """What can be a factor's value: a long text labels nothing, and would fill the memory."""
    return {
        name: value
        for name, value in row.items()
        if name != chosen and isinstance(value, str) and len(value) <= MAX_CHARACTERS
    }


def _no_column(column: str, there: Iterable[str], place: str) -> CorpusError:
    there = list(there)
    if not there:
        return CorpusError(
            f"{place}: no column of strings '{column}', nor any other",
            "give a file that has sentences",
        )
    return CorpusError(
        f"{place}: no column of strings '{column}'; there are: {_listed(there)}",
        "name the one with the sentences: --column NAME",
    )


def _no_sentence(origin: str, column: str | None, there: Iterable[str], empty: int) -> CorpusError:
    others = [name for name in there if name != column]
    if not others:
        return CorpusError(f"{origin} holds no sentence", "give a file with at least one line of text")
    return CorpusError(
        f"{origin} holds no sentence: all {empty} cells of '{column}' are empty",
        f"name another column: --column NAME; there are: {_listed(others)}",
    )


def _listed(names: Iterable[str]) -> str:
    """Names out of a file, fit for one line."""
    cut = [name[:80] if name[:80].isprintable() else ascii(name[:80]) for name in map(str, names)]
    more = [f"and {len(cut) - _SHOWN} more"] if len(cut) > _SHOWN else []
    return ", ".join([name or "''" for name in cut[:_SHOWN]] + more) or "none"


def _sentence(value: Any, place: str) -> str:
    """The normalised sentence, empty for a null and where nothing is visible; refuse what is none."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
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
    return "" if is_blank(value) else normalise(value)


def _tsv_pairs(path: Path) -> Iterator[tuple[str, str, str]]:
    quotes = quotes_of(path, header=False)
    if quotes.warning:
        log.warning("%s", quotes.warning)
    for number, cells in tsv_rows(path, enclose=quotes.enclose):
        if len(cells) < 2 and is_blank("".join(cells)):
            continue
        place = f"{path}, line {number}"
        if len(cells) != 2:
            raise CorpusError(
                f"{place}: {len(cells)} columns where a pair has 2", "write source, a tab and target"
            )
        yield place, cells[0], cells[1]


def _jsonl_pairs(path: Path) -> Iterator[tuple[str, Any, Any]]:
    there: dict[str, None] = {}
    for place, row in jsonl_records(path):
        there.update(dict.fromkeys(row))
        yield place, row.get("source"), row.get("target")
    for side in ("source", "target"):
        if there and side not in there:
            raise CorpusError(
                f"{path}: no column of strings '{side}'; there are: {_listed(there)}",
                'write {"source": "…", "target": "…"} on each line',
            )
