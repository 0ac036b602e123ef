"""What lies in `data/`: beside the package in a clone, in `latentlab/_data` in an installed wheel."""

from pathlib import Path

from latentlab.corpora.corpus import Corpus
from latentlab.corpora.readers import read_corpus
from latentlab.errors import CorpusError

SENTENCES = "sentences.jsonl.gz"
"""The corpus that the grammar wrote, with its factors."""


def data_folder() -> Path:
    """Return the folder of the shipped data.

    Raises:
        CorpusError: neither place exists.
    """
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "_data", package.parent / "data"):
        if folder.is_dir():
            return folder
    raise CorpusError(
        f"no shipped data at {package / '_data'} or {package.parent / 'data'}",
        "install the wheel, or run from a full clone",
    )


def shipped_corpus() -> Corpus:
    """Return the controlled corpus of 30,000 sentences with the factors each was written from.

    Raises:
        CorpusError: the file is missing or damaged.
    """
    return read_corpus(data_folder() / SENTENCES)
