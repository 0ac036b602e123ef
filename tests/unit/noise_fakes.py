"""Sentence models whose errors are known in closed form, and what goes with them.

A sentence has a word at each of PLACES places, one of two; its latent is ±1 in as many dimensions. Decoded by
sign, each word is wrong with probability Q(1 / σ) under white noise of deviation σ in each dimension.
"""

import hashlib
from types import SimpleNamespace

import numpy as np
from scipy.stats import norm

from latentlab.corpora import Corpus
from latentlab.errors import CheckpointError
from latentlab.models.sentence_model import Decoded, Encoding, SentenceModel

PLACES = 16
WORDS = [[f"{letter}{chr(97 + place)}" for letter in "xy"] for place in range(PLACES)]
IDS = {word: i + 1 for i, word in enumerate(word for pair in WORDS for word in pair)}


def text_of(signs):
    return " ".join(WORDS[place][int(sign > 0)] for place, sign in enumerate(signs))


def signs_of(text):
    return np.array([1.0 if word[0] == "y" else -1.0 for word in text.split()])


def sentences(n, seed=0):
    rng = np.random.default_rng(seed)
    made = {}
    while len(made) < n:
        made[text_of(rng.choice([-1, 1], PLACES))] = None
    return list(made)


def corpus(n=1500):
    return Corpus(tuple(sentences(n)), "words")


def word_error(snr_db, power):
    """Of the sign decoder; the power is that of the sample's latents."""
    return norm.sf(1 / np.sqrt(power * 10 ** (-snr_db / 10) / PLACES))


class BagOfWords:
    """An encoder that nobody trained."""

    def encode(self, texts):
        rows = np.zeros((len(texts), len(IDS) + 2), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.split():
                row[IDS.get(word, 0)] += 1
        return rows


class Signs(SentenceModel):
    """Smooth: each word has a dimension of its own."""

    step, path, fingerprint, layout, max_tokens = 1, None, "f" * 64, "native", PLACES

    def __init__(self, name="signs", sigma=None):
        self.name, self.sigma, self._encoder = name, sigma, None
        self.config = SimpleNamespace(
            head=SimpleNamespace(use_vib=sigma is not None, width=PLACES),
            encoder=SimpleNamespace(id="none", sha256="none", layer=3, pooling="mean", settings=None),
        )
        self.load_encoder = BagOfWords
        self.tokenizer = SimpleNamespace(encode=lambda texts: [[IDS[w] for w in t.split()] for t in texts])
        self.batches = []

    def pool(self, texts):
        return np.array([signs_of(text) for text in texts], dtype=np.float32)

    def encode_pooled(self, pooled, texts=None, *, sample_z=False, seed=0):
        mu = np.asarray(pooled, dtype=np.float32)
        logvar = None if self.sigma is None else np.full_like(mu, 2 * np.log(self.sigma))
        return Encoding(mu, mu, logvar, mu)

    def likely_lengths(self, z):
        return [PLACES] * len(z)

    def write(self, z):
        return text_of(z)

    def decode_steps(self, z, *, length=None, **options):
        self.batches.append(len(z))
        texts = [self.write(row) for row in self.checked(z)]
        return Decoded(texts, self.tokenizer.encode(texts), [[text] for text in texts], [0.0] * len(texts))

    def logits(self, *args):
        raise NotImplementedError


class HashMap(Signs):
    """A table: its sentence right on the point of a sentence, any sentence everywhere else."""

    def __init__(self, known, name="hash map"):
        super().__init__(name)
        self.known = known
        self.points = self.pool(known)

    def write(self, z):
        distances = np.linalg.norm(self.points - z, axis=1)
        if distances.min() < 1e-3:
            return self.known[int(distances.argmin())]
        number = int.from_bytes(hashlib.sha256(z.tobytes()).digest()[:8], "big")
        return self.known[number % len(self.known)]


class Lookup(Signs):
    """A literal table: a sentence that it knows, or one that has nothing to do with z."""

    def __init__(self, known, name="table"):
        super().__init__(name)
        self.known, self.names = known, set(known)

    def write(self, z):
        text = text_of(z)
        if text in self.names:
            return text
        number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
        return self.known[number % len(self.known)]


class Nearest(HashMap):
    """Writes the nearest of the sentences that it knows."""

    def write(self, z):
        return self.known[int(np.linalg.norm(self.points - z, axis=1).argmin())]


class ByHeart(Signs):
    """Knows its training sentences fairly, others badly: so many places of sixteen are wrong."""

    def __init__(self, known, wrong=(3, 7), name="by heart"):
        super().__init__(name)
        self.names, self.wrong = set(known), wrong

    def write(self, z):
        turned = z.copy()
        turned[: self.wrong[text_of(z) not in self.names]] *= -1
        return text_of(turned)


class Poor(Signs):
    """Reads five places of sixteen the wrong way round."""

    def write(self, z):
        turned = z.copy()
        turned[:5] *= -1
        return text_of(turned)


class Mute(Signs):
    """Cannot decode."""

    def likely_lengths(self, z):
        raise CheckpointError(f"{self.name} is of layout F, whose decoder is not known: it cannot decode")
