"""The paths of A and B under one slider that moves in the browser: nothing is asked of the server."""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from latentlab.analysis.interpolation.sentence_pairs import Walked, marked_words
from parts.show import COLOURS, MARKERS, SIGNS

_HERE = Path(__file__).parent
_SHOWN = st.components.v2.component(
    "latentlab_paths",
    html='<div class="paths"></div>',
    css=(_HERE / "paths_slider.css").read_text(encoding="utf-8"),
    js=(_HERE / "paths_slider.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)
_DASHES = ("none", "7 4")


def under_slider(found: Sequence[Walked]) -> None:
    """Sentence, table, nearness, fluency, length and unmasking of both paths at the point of the slider."""
    _SHOWN(data=content(found), key="paths")


def content(found: Sequence[Walked]) -> dict[str, Any]:
    """What the browser gets: the places (steps,), and of each path all that it shows there."""
    places = np.linspace(0, 1, len(found[0].path.texts[0]))
    return {"places": places.tolist(), "paths": [_path(place, done) for place, done in enumerate(found)]}


def _path(place: int, done: Walked) -> dict[str, Any]:
    texts = done.path.texts[0]
    words = [
        None if i and text == texts[i - 1] else marked_words(texts[i - 1] if i else text, text)
        for i, text in enumerate(texts)
    ]
    return {
        "name": done.name,
        "title": f"{'AB'[place]}: {done.name}",
        "sign": SIGNS[place],
        "colour": COLOURS[place],
        "symbol": MARKERS[place],
        "dash": _DASHES[place],
        "kind": done.path.kind,
        "texts": list(texts),
        "words": words,
        "nearest": list(done.nearest),
        "nearness": _finite(done.nearness),
        "fluency": _finite(done.fluency),
        "norm": _finite(done.path.profile.norm),
        "unmasking": [list(steps) for steps in done.path.unmasking],
    }


def _finite(values: Iterable[float]) -> list[float | None]:
    """As JSON knows them."""
    return [float(value) if math.isfinite(value) else None for value in values]
