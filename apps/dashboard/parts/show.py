"""How things look on every page: colours of A and B, numbers with their intervals, words that differ."""

import shlex
from collections.abc import Sequence
from typing import Any

import streamlit as st

from latentlab.analysis.interpolation.sentence_pairs import marked_words
from latentlab.corpora import normalise
from latentlab.corpora.normalisation import is_blank
from latentlab.metrics import Estimate
from latentlab.metrics.statistics.intervals import in_words, interval
from latentlab.models.sentence_model import SentenceModel
from parts import sentences
from parts.choice import LONGEST_TEXT, hidden, literal

COLOURS = ("#009E73", "#CC79A7")
"""Of A and B, as in the figures: those of the first two items of a report; Okabe & Ito 2008."""
MARKERS = ("circle", "diamond")
DASHES = ("solid", "dash")
SIGNS = ("●", "◆")
GREY = "#888888"
ON_A_CORPUS = ("anisotropy", "noise", "compare", "interpolate", "project", "report")
GOOD, BAD, OPEN = ":green-badge", ":red-badge", ":gray-badge"
_WORDS = {
    **dict.fromkeys(("PASSED", "NONE", "REDUCED", "SMOOTH"), GOOD),
    **dict.fromkeys(("GONE", "ROUNDER", "NO COST", "BETTER", "SUPPORTED", "NOT AS GOOD", "USES Z"), GOOD),
    **dict.fromkeys(("COLLAPSED", "NO INFORMATION", "MODERATE TO STRONG", "STRONG", "INCREASED"), BAD),
    **dict.fromkeys(("ROGUE IN COSINE", "ROGUE IN VARIANCE", "ROGUE IN BOTH", "GREW", "LESS ROUND"), BAD),
    **dict.fromkeys(("LOST", "DECODER IGNORES Z", "NOISE-INDUCED", "NOT SUPPORTED", "HASH-LIKE"), BAD),
}


def badge(word: str) -> str:
    """A verdict's word, coloured by what it says; the word itself says it without the colour."""
    return f"{_WORDS.get(word, OPEN)}[{word}]"


def title(place: int, model: SentenceModel) -> str:
    """Sign and name of A or B."""
    return f"{SIGNS[place]} {'AB'[place]}: {literal(model.name)}"


def number(cell: Estimate | None, digits: int = 3) -> str:
    """A value with its 95 % interval, rounded by it; so many digits where there is none."""
    return "–" if cell is None else in_words(cell, decimals=None if interval(cell) else digits)


def picture(figure: Any, alt: str, where: Any = st) -> None:
    """A figure as it is saved: `st.pyplot` would draw it with the settings of this machine's matplotlib."""
    from latentlab.figures.output.style import to_bytes  # here: pages are there before matplotlib

    where.image(to_bytes(figure, "png"), alt=alt, width="stretch")


def marked(before: str, text: str) -> str:
    """The text in Markdown, words that the text before does not have in bold."""
    words = [f"**{literal(w)}**" if new else literal(w) for w, new in marked_words(before, text)]
    return " ".join(words) or "(nothing)"


def sentence(label: str, key: str, usual: str) -> str:
    """A field for one sentence, cleaned; its text is in the address."""
    raw = st.text_input(label, usual, key=key, max_chars=LONGEST_TEXT, bind="query-params")
    return normalise(raw)


def writable(models: Sequence[SentenceModel], *sentences: str) -> bool:
    """Whether all models can write these; says what is wrong where one cannot."""
    for text in sentences:
        if is_blank(text):
            st.info("Type a sentence in every field.", icon=":material/edit:")
            return False
        for model in models:
            if model.too_long([text]):
                st.warning(
                    f"{literal(model.name)} cannot write “{literal(text[:50])}”: it has no token, or more "
                    f"than {model.max_tokens}. Shorten it.",
                    icon=":material/content_cut:",
                )
                return False
    return True


def reproduce(command: str, models: Sequence[Any], *options: str) -> None:
    """The command that gives the same on a terminal; sentences in `options` are quoted by the page."""
    commands(terminal(command, models, *options))


def commands(*lines: str) -> None:
    """Lines for a shell, one after the other."""
    st.caption("The same on a terminal:")
    st.code("\n".join(lines), language="bash", wrap_lines=True)


def terminal(command: str, models: Sequence[Any], *options: str) -> str:
    """One line for a shell: the command, checkpoints by name below PATH, options."""
    paths = (shlex.quote(f"PATH/{model.name}") for model in models)
    given = sentences.given() if command in ON_A_CORPUS else None
    own = sentences.options(hidden(given)) if given else []
    return " ".join([f"latentlab {command}", *paths, *options, *own])
