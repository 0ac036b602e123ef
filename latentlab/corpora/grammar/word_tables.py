"""How the word tables are written: as text, because a list of quoted words cannot be read."""


def split_words(text: str) -> tuple[str, ...]:
    """Return the words of a table entry.

    >>> split_words("old new")
    ('old', 'new')
    """
    return tuple(text.split())


def split_phrases(text: str) -> tuple[str, ...]:
    """Return the phrases of a table entry; none for an empty one.

    >>> split_phrases("at home; in bed")
    ('at home', 'in bed')
    """
    return tuple(text.split("; ")) if text else ()
