"""Names of checkpoints in a figure: short, told apart, drawn as they are."""

from collections.abc import Sequence
from functools import cache

from matplotlib.font_manager import FontProperties, findfont, get_font

from latentlab.figures.output.style import FONT, house_style

_LONGEST_NAME, _BEGINNING = 20, 5


def short_names(names: Sequence[str]) -> list[str]:
    """Names that fit and are still told apart: beginning and end of each, or what is around the difference.

    >>> short_names(["vib", "an/even/longer/name/of/a/run/1", "an/even/longer/name/of/a/run/2"])
    ['vib', 'an/even/l…of/a/run/1', 'an/even/l…of/a/run/2']
    """
    names = [_drawable(name) for name in names]
    letters = zip(*(name for name in names if len(name) > _LONGEST_NAME), strict=False)
    start = next((i for i, column in enumerate(letters) if len(set(column)) > 1), 0)
    for cut in (_ends, lambda name: _window(name, start)):
        cuts = [name if len(name) <= _LONGEST_NAME else cut(name) for name in names]
        if len(set(cuts)) == len(set(names)):
            break
    else:
        cuts = [f"{name[: _LONGEST_NAME - 5]}… ({place})" for place, name in enumerate(names, start=1)]
    return [_literal(name) for name in cuts]


def label(text: str) -> str:
    """A text out of a report as it is drawn: no mathematics, not hidden, no sign that the font lacks."""
    return _literal(_drawable(text))


def _ends(name: str) -> str:
    half = _LONGEST_NAME // 2
    return f"{name[: half - 1]}…{name[half - _LONGEST_NAME :]}"


def _window(name: str, difference: int) -> str:
    start = difference - 4
    if start < _BEGINNING:
        return f"{name[: _LONGEST_NAME - 1]}…"
    return f"{name[:_BEGINNING]}…{name[start : start + _LONGEST_NAME - _BEGINNING - 2]}…"


def _literal(name: str) -> str:
    """Signs that matplotlib would take for an instruction are taken for themselves."""
    # Text between two dollars is set as mathematics, a label that starts with _ is not shown in legends.
    name = name.replace("$", r"\$")
    return f" {name}" if name.startswith("_") else name


def _drawable(name: str) -> str:
    """Signs that the font lacks as their number."""
    return "".join(c if ord(c) in _signs() else f"U+{ord(c):04X}" for c in name)


@cache
def _signs() -> frozenset[int]:
    """What the font of the figures has."""
    with house_style():  # a user's weight or slant is another font
        return frozenset(get_font(findfont(FontProperties(family=FONT))).get_charmap())
