"""Sentences: reading them, splitting them, and writing them from known factors (`latentlab.corpora.grammar`).

Knows nothing of encoders, latents or measures.
"""

from latentlab.corpora.corpus import Corpus
from latentlab.corpora.normalisation import normalise, split_of, text_id
from latentlab.corpora.readers import read_corpus, read_pairs
from latentlab.corpora.shipped import data_folder, shipped_corpus

__all__ = [
    "Corpus",
    "data_folder",
    "normalise",
    "read_corpus",
    "read_pairs",
    "shipped_corpus",
    "split_of",
    "text_id",
]
