"""What names a group: one rule for labels out of every kind of file, whatever type it gave them.

Labels are compared as text. Text, whole numbers and booleans are labels; 7, 7.0 and the text "7.0", as pandas
writes whole numbers of a column that lacks some, are all the text "7". Nothing at all (blank text, a null, a
NaN, a missing key) is a group of its own. Whatever else a cell can hold is refused.
"""

import math
import re

from latentlab.corpora.normalisation import is_blank

_AS_FLOAT = re.compile(r"(-?[0-9]+)\.0")
_EXACT = 2.0**53
"""From here on two whole numbers may be the same float."""
_SHOWN = 40
LABEL_HINT = "labels are text, whole numbers or booleans; an empty cell is a group of its own"


def as_label(value: object) -> str | None:
    """A label as text, empty where there is none; None for what is no label.

    >>> as_label(7), as_label(7.0), as_label("7.0"), as_label(True), as_label("v7.0"), as_label(" ")
    ('7', '7', '7', 'True', 'v7.0', '')
    >>> as_label(None), as_label(math.nan), as_label(7.5), as_label([7])
    ('', '', None, None)
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bytes):
        try:
            value = value.decode()
        except UnicodeDecodeError:
            return None
    if isinstance(value, str):
        whole = _AS_FLOAT.fullmatch(value)
        return str(int(whole[1])) if whole and len(value) < _SHOWN else "" if is_blank(value) else value
    if isinstance(value, float):
        return str(int(value)) if abs(value) < _EXACT and value.is_integer() else None
    return str(value) if isinstance(value, int) else None


def no_label(value: object, place: str) -> tuple[str, str]:
    """Message and hint for what is no label.

    >>> no_label(2.5, "a.jsonl, line 3")[0]
    'a.jsonl, line 3: float 2.5 is no label of a group'
    """
    said = repr(value)
    said = said if len(said) <= _SHOWN else said[:_SHOWN] + "…"
    return f"{place}: {type(value).__name__} {said} is no label of a group", LABEL_HINT
