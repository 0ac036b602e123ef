"""Lines of UTF-8 files, plain or gzip, whichever of LF, CRLF and CR ends them."""

import gzip
import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from latentlab.errors import CorpusError

MAX_LINE_BYTES = 200_000
"""Longest line of a .txt: a file without line breaks must not fill the memory."""
MAX_ROW_BYTES = 1 << 26
"""Longest line of a file with columns (64 MiB): what is no sentence may be large there."""

_CHUNK = 1 << 16
# Windows programs that translate line ends twice write CR CR LF; that is one line end.
_ANY_END = re.compile(rb"\r{0,2}\n|\r")
_LF_END = re.compile(rb"\n")


def lines(path: Path, limit: int = MAX_LINE_BYTES, *, any_end: bool = False) -> Iterator[tuple[int, str]]:
    """Yield (line number from 1, line without its end).

    The first line end says which a file has: where that is a lone CR, as on old Macs, CR ends every line;
    else LF does, and a lone CR is white space within a line. A byte order mark before a line is left out.

    Args:
        path: Read as gzip where it ends in .gz.
        limit: Longest line, in bytes.
        any_end: CR, LF and CRLF all end a line, whatever comes first.

    Raises:
        CorpusError: The file cannot be read; a line is too long, not UTF-8, or holds a NUL byte.
    """
    opener: Callable[..., Any] = gzip.open if path.suffix.lower() == ".gz" else open
    number = 0
    try:
        with opener(path, "rb") as handle:
            for number, line in enumerate(_split(handle, limit, _ANY_END if any_end else None), start=1):
                yield number, _decode(line, path, number, limit)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise CorpusError(
            f"{path}, after line {number}: the gzip data are damaged ({error})",
            "fetch or compress the file again",
        ) from error
    except OSError as error:
        raise CorpusError(
            f"cannot read {path}: {error.strerror or error}", "check the file and its permissions"
        ) from error


def _split(handle: Any, limit: int, end: re.Pattern[bytes] | None) -> Iterator[bytes]:
    """Lines without their ends; of one that is longer than `limit`, its beginning, and nothing after it."""
    buffer, more = b"", True
    while more:
        chunk = handle.read1(_CHUNK)
        more = bool(chunk)
        # The longest line end has three bytes, two of which may have come before.
        at, scanned = 0, max(len(buffer) - 2, 0)
        buffer += chunk
        if end is None and (first := _ANY_END.search(buffer, scanned)) and _is_whole(first, buffer, more):
            end = _ANY_END if first.group() == b"\r" else _LF_END
        for found in end.finditer(buffer, scanned) if end else ():
            if not _is_whole(found, buffer, more):
                break
            yield buffer[at : found.start()]
            at = found.end()
        buffer = buffer[at:]
        if len(buffer) > limit + 2:  # more than a line and half its end
            break
    if buffer:
        yield buffer


def _is_whole(found: re.Match[bytes], buffer: bytes, more: bool) -> bool:
    """Whether a line end cannot become a longer one with what is read next."""
    return not more or found.group().endswith(b"\n") or found.end() + 1 < len(buffer)


def _decode(line: bytes, path: Path, number: int, limit: int) -> str:
    if len(line) > limit:
        hint = "write one sentence a line" if limit == MAX_LINE_BYTES else "leave out columns of such a size"
        raise CorpusError(f"{path}, line {number}: longer than {limit:,} bytes", hint)
    if b"\0" in line:
        raise CorpusError(
            f"{path}, line {number}: a NUL byte",
            f"binary or UTF-16? for the latter: iconv -f UTF-16 -t UTF-8 {path.name}",
        )
    try:
        # Every line, since files are often put one behind another, each with its mark.
        return line.rstrip(b"\r").decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CorpusError(
            f"{path}, line {number}: not UTF-8 (byte 0x{error.object[error.start]:02x} at {error.start})",
            f"convert it, for example: iconv -f LATIN1 -t UTF-8 {path.name}",
        ) from error
