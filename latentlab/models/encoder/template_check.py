"""The template of a tokenizer.json: a special token without an entry ends the library at the first text."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from latentlab.errors import EncoderError
from latentlab.untrusted import parse_json, read_small, shown

_HINT = "copy the tokenizer of the same encoder there again"


def check_template(path: Path) -> None:
    """EncoderError names a special token that has no entry; nothing where there is no file."""
    if not path.is_file():
        return
    data = read_small(path, EncoderError, _HINT)
    tree = parse_json(data, f"{path}: the tokenizer", EncoderError, _HINT)
    for template in _templates(tree.get("post_processor") if isinstance(tree, dict) else None):
        entries = template.get("special_tokens")
        known = entries if isinstance(entries, dict) else {}
        for name in _named(template):
            if not isinstance(name, str) or name not in known:
                said = f"its template names {shown(repr(name))}, which has no entry"
                raise EncoderError(f"{path}: the tokenizer cannot be used: {said}", _HINT)


def _templates(part: Any) -> Iterator[dict[str, Any]]:
    """Every template of a post-processor, or of a sequence of them."""
    waiting = [part]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if part.get("type") == "TemplateProcessing":
                yield part
            processors = part.get("processors")
            waiting += processors if isinstance(processors, list) else []


def _named(template: dict[str, Any]) -> Iterator[Any]:
    for key in ("single", "pair"):
        pieces = template.get(key)
        for piece in pieces if isinstance(pieces, list) else []:
            token = piece.get("SpecialToken") if isinstance(piece, dict) else None
            if isinstance(token, dict) and "id" in token:
                yield token["id"]
