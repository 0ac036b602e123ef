"""The sentences that all pages measure on: somebody's own, else the shipped ones."""

import logging
import os
import shlex
from typing import TYPE_CHECKING

import streamlit as st

from latentlab.errors import InputError

if TYPE_CHECKING:
    from latentlab.corpora import Corpus

log = logging.getLogger(__name__)

FEWEST = 10
"""Sentences below which a part is too small to be drawn from."""


def given() -> str | None:
    """File or `hf:NAME` of somebody's own sentences."""
    return os.environ.get("LATENTLAB_CORPUS")


def corpus() -> "Corpus":
    """All of them."""
    return _read(given(), os.environ.get("LATENTLAB_COLUMN"))


@st.cache_resource(show_spinner="Reading sentences …", max_entries=2)
def _read(source: str | None, column: str | None) -> "Corpus":
    from latentlab.corpora import read_corpus, shipped_corpus

    found = read_corpus(source, column) if source else shipped_corpus()
    if len(found) < 2:
        raise InputError(f"{found.name} has one sentence", "give a corpus of at least two")
    for message in found.messages:
        log.warning("%s", message)
    return found


def part(name: str) -> "Corpus":
    """The `train` or `test` sentences; all, where so few were given that hardly any are there."""
    some = corpus().split(name)
    return some if len(some) >= FEWEST else corpus()


def options(source: str) -> list[str]:
    """What names them on a command line, the source as it may be shown."""
    column = os.environ.get("LATENTLAB_COLUMN")
    return ["--corpus", shlex.quote(source), *(["--column", shlex.quote(column)] if column else [])]
