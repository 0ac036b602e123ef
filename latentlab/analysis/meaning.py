"""How near texts are in meaning, by an encoder layer that the checkpoint does not read."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from latentlab.analysis.interpolation.path_scores import embedded
from latentlab.models.sentence_model import TextEncoder


class Meaning:
    """Unit vectors of texts; each different text is encoded once."""

    def __init__(self, encoder: TextEncoder) -> None:
        self._encoder = encoder
        self._known: dict[str, Float[np.ndarray, " p"]] = {}

    def units(self, texts: Sequence[str]) -> Float[np.ndarray, "n p"]:
        """One row a text; a text without a letter has no meaning and gets zeros, cosine 0 with all others."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        for text, vector in embedded(self._encoder, new).items():
            if vector.any():
                self._known[text] = vector / np.linalg.norm(vector)
        width = len(next(iter(self._known.values()))) if self._known else 1
        blank = np.zeros(width)
        return np.stack([self._known.get(text, blank) for text in texts])


def with_others(
    units: Float[np.ndarray, "m p"],
    sentences: Float[np.ndarray, "n p"],
    own: Int[np.ndarray, " m"] | None = None,
) -> Float[np.ndarray, " m"]:
    """Mean cosine of each text with all sentences but its own: what chance gives it.

    `own` is the place of each text's sentence; in the order of the sentences where it is left away.

    >>> with_others(np.eye(2), np.array([[1.0, 0.0], [0.0, 1.0]])).tolist()
    [0.0, 0.0]
    """
    places = np.arange(len(sentences)) if own is None else own
    others = sentences.sum(axis=0) - sentences[places]
    return np.asarray((units * others).sum(axis=1) / max(len(sentences) - 1, 1))
