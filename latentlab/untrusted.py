"""Reading files that anybody may have made: regular, of a sane size, JSON that is neither deep nor ambiguous.

Everything is checked before it is read, and what is wrong comes out as one of latentlab's own errors, one
line of printable characters. This file knows nothing about what is read.
"""

import json
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tokenize import TokenError
from typing import Any

from latentlab.errors import InputError

LARGEST_TEXT = 64 << 20
"""Bytes; a configuration or a vocabulary is never this long."""
LARGEST_DOCUMENT = 512 << 20
"""Bytes; nor a report or a training log this long."""
_MOST_DIGITS = 308
"""Of a whole number in JSON: a double holds no more."""
NUMPY_ERRORS = (OSError, ValueError, TypeError, KeyError, EOFError, SyntaxError, TokenError, OverflowError,
                MemoryError, RecursionError)  # fmt: skip
"""What numpy raises for a damaged .npy: its header is parsed as Python."""
Error = Callable[[str, str | None], Exception]


@contextmanager
def reading(path: Path, error: Error = InputError) -> Iterator[None]:
    """Turn what the operating system says about reading `path` into an InputError, or the kind given."""
    try:
        yield
    except OSError as found:
        reason = found.strerror or str(found)
        raise error(f"cannot read {path}: {reason}", "check the path and its permissions") from found


def check_regular(path: Path, error: Error = InputError, hint: str | None = None) -> int:
    """The size of a regular file in bytes; an error for a folder, pipe or device, which is not opened."""
    with reading(path, error):
        found = path.stat()
    if not stat.S_ISREG(found.st_mode):
        raise error(f"{path} is not a regular file", hint)
    return found.st_size


def check_size(path: Path, error: Error = InputError, hint: str | None = None, *, limit: int) -> None:
    """An error for what is no regular file, or has more than `limit` bytes."""
    size = check_regular(path, error, hint)
    if size > limit:
        raise error(f"{path} has {size} bytes, more than the {limit} allowed", hint)


def read_small(
    path: Path, error: Error = InputError, hint: str | None = None, *, limit: int = LARGEST_TEXT
) -> bytes:
    """The bytes of a regular file of at most `limit` bytes; its size is looked at first."""
    check_size(path, error, hint, limit=limit)
    with reading(path, error), path.open("rb") as file:
        return file.read(limit)


def parse_json(data: bytes | str, where: str, error: Error = InputError, hint: str | None = None) -> Any:
    """Parse JSON strictly; an error names `where` when it is not JSON, too deep, or repeats a key.

    >>> parse_json('{"a": 1}', "here")
    {'a': 1}
    >>> try:
    ...     parse_json("[" * 100_000, "here")
    ... except InputError as found:
    ...     print(found.message)
    here is not valid JSON: it is nested too deeply

    A whole number that no double holds is no number of a model either.
    """
    try:
        return json.loads(data, object_pairs_hook=_unique, parse_int=_whole)
    except RecursionError:
        raise error(f"{where} is not valid JSON: it is nested too deeply", hint) from None
    except ValueError as found:
        raise error(f"{where} is not valid JSON: {one_line(found)}", hint) from found


def parse_yaml(text: str, where: str, error: Error = InputError, hint: str | None = None) -> Any:
    """Parse plain YAML; an error names `where` when it is none, or nested too deeply.

    >>> parse_yaml("a: {b: 1}", "here")
    {'a': {'b': 1}}
    >>> try:
    ...     parse_yaml("when: 2024-13-01", "here")
    ... except InputError as found:
    ...     print(found.message)
    here is not valid YAML: month must be in 1..12
    """
    import yaml

    try:
        return yaml.safe_load(text)
    except RecursionError:
        raise error(f"{where} is not valid YAML: it is nested too deeply", hint) from None
    except (yaml.YAMLError, ValueError, OverflowError) as found:
        raise error(f"{where} is not valid YAML: {one_line(found)}", hint) from found


def _whole(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise ValueError(f"a number of {len(digits)} digits")
    return int(digits)


def json_lines(data: bytes) -> Iterator[dict[str, Any]]:
    r"""The objects in a file of one object a line; a line that is anything else is passed over.

    >>> list(json_lines(b'{"a": 1}\n5\n{"half": '))
    [{'a': 1}]
    """
    for line in data.decode("utf-8", "replace").splitlines():
        try:
            row = parse_json(line, "the line")
        except InputError:
            continue
        if isinstance(row, dict):
            yield row


def shown(name: str) -> str:
    r"""A name out of an untrusted file, fit for one line of a message.

    >>> shown("a name"), shown("two\nlines")
    ('a name', "'two\\nlines'")
    """
    return name[:80] if name[:80].isprintable() else ascii(name[:80])


@contextmanager
def foreign(error: Callable[[str], Exception]) -> Iterator[None]:
    """Turn whatever a library raises into one error, the panics of one in Rust too, which are no Exception.

    `error` is called with the library's words in one line.
    """
    try:
        yield
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as found:
        raise error(one_line(found)) from found


def one_line(error: BaseException) -> str:
    """The text of an error without line breaks and control characters, cut to a readable length."""
    text = " ".join(str(error).split())[:200]
    return "".join(c if c.isprintable() else "?" for c in text) or type(error).__name__


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    tree = dict(pairs)
    if len(tree) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"key {shown(twice)} appears twice")
    return tree
