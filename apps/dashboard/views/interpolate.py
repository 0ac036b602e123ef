"""Interpolate: from one sentence to another in A and in B, decoded on the way, side by side."""

import random
import shlex
from typing import Any

import numpy as np
import streamlit as st
from parts import charts, choice, loaded, paths_slider, sentences, show

from latentlab.analysis.interpolation.sentence_pairs import Walked, walk_pairs
from latentlab.analysis.interpolation.walk import AUTO, PATH_KINDS, WalkOptions
from latentlab.analysis.plane import Plane
from latentlab.corpora.pair_files import Pair
from latentlab.geometry import KINDS

EXAMPLES = (
    ("The cat is sleeping.", "The dog is running."),
    ("She reads a book in the garden.", "They will travel to Japan next year."),
    ("I am a student.", "She was a doctor."),
    ("We went to the beach yesterday.", "I don't like cold coffee."),
)
FAST = (AUTO, *KINDS)  # the geodesic takes seconds: on the command line

st.title("Is there a sentence between two sentences?")
models = choice.models()


def put(a: str, b: str) -> None:
    """Into the fields."""
    st.session_state["from"], st.session_state["to"] = a, b


def swap(shown: tuple[str, str]) -> None:
    """The other way round; what was shown, where the fields are not there any more."""
    a, b = (st.session_state.get(key, text) for key, text in zip(("from", "to"), shown, strict=True))
    put(b, a)


def draw() -> None:
    """Two held-out sentences."""
    held_out = sentences.part("test").texts
    put(*random.SystemRandom().sample(held_out, 2))


left, right = st.columns(2)
with left:
    a = show.sentence("From", "from", EXAMPLES[0][0])
with right:
    b = show.sentence("To", "to", EXAMPLES[0][1])
buttons = st.columns(len(EXAMPLES) + 2)
buttons[0].button("Swap", icon=":material/swap_horiz:", on_click=swap, args=((a, b),), width="stretch")
buttons[1].button("Random pair", icon=":material/casino:", on_click=draw, width="stretch")
for i, (column, example) in enumerate(zip(buttons[2:], EXAMPLES, strict=True)):
    column.button(f"Example {i + 1}", on_click=put, args=example, width="stretch", help=" → ".join(example))
one, two, three, four = st.columns(4)
kind = one.selectbox(
    "Path", FAST, key="path", bind="query-params", help=f"Also {PATH_KINDS[-1]} on the command line."
)
steps = two.slider("Points", 3, choice.MOST_STEPS, 11, 2, key="steps", bind="query-params")
temperature = three.slider("Temperature", 0.0, 1.5, 0.0, 0.1, key="temperature", bind="query-params")
walk_seed = four.number_input(
    "Decoding seed", 0, 9999, 0, key="walkseed", bind="query-params", disabled=not temperature
)


@st.cache_data(show_spinner="Walking …", max_entries=64, scope="session")
def walked(
    prints: tuple[Any, ...],
    a: str,
    b: str,
    path: str,
    steps: int,
    temperature: float,
    seed: int,
    _models: list,
) -> list[Walked]:
    """Both paths; a slider moves along them without another decode."""
    options = WalkOptions(steps=steps, path=path, temperature=temperature, seed=seed)
    tools = choice.resources(_models)
    with loaded.steady(_models):
        return choice.together(
            (prints, options), Pair(a, b), lambda pairs: walk_pairs(_models, pairs, options, tools)
        )


@st.cache_resource(show_spinner=False, max_entries=8)
def backdrop(fingerprint: str, _model: object, _models: list) -> Plane:
    """A thousand sentences to see the path among."""
    with choice.LOCK:
        return Plane.of(_model, choice.texts(_models, 1000))


@st.fragment
def on_the_map(found: list[Walked]) -> None:
    """Where the paths lead through the clouds."""
    for place, (column, model, done) in enumerate(zip(st.columns(len(found)), models, found, strict=True)):
        cloud = backdrop(model.fingerprint, model, models)
        column.plotly_chart(
            charts.plane(
                cloud.place(cloud.z),
                {"sentences": np.arange(len(cloud.z))},
                path=cloud.place(done.path.z),
                place=place,
                height=340,
            ),
            key=f"waymap{place}",
            alt=f"The path through the cloud of {model.name} on its two principal axes",
        )


if show.writable(models, a, b):
    # A path goes by the statistics beside the weights, too: others give another path.
    prints = tuple((model.name, model.fingerprint, model.stamp) for model in models)
    found = walked(prints, a, b, kind or AUTO, steps, temperature, int(walk_seed), models)
    if a == b:
        st.info("Both ends are the same sentence: every point is that sentence.")
    paths_slider.under_slider(found)
    scores = {
        "monotone_shift": ("monotone shift", "0.87"),
        "largest_step_share": ("largest step share", "1.00"),
        "distinct": ("distinct sentences", "2"),
        "fluency": ("perplexity ratio", "1.00"),
        "endpoint_fidelity": ("endpoint fidelity", "1.00"),
        "detour_ratio": ("detour ratio", "1.00"),
    }  # and what a single jump halfway reads
    rows = [
        {"score": label}
        | {d.name: "–" if d.scores[key] is None else f"{d.scores[key]:.2f}" for d in found}
        | {"a single jump": jump}
        for key, (label, jump) in scores.items()
    ]
    several = len(found) > 1
    st.subheader("Scores of these two paths" if several else "Scores of this path")
    st.dataframe(rows, hide_index=True, width="stretch")
    st.caption("One pair says little. Many pairs: `latentlab interpolate --pairs`.")
    st.subheader("The paths among other sentences" if several else "The path among other sentences")
    on_the_map(found)
    command = f"--from {shlex.quote(a)} --to {shlex.quote(b)} --steps {steps} --path {kind or AUTO} --scores"
    drawing = f"--temperature {temperature:g} --seed {walk_seed}" if temperature else ""
    show.reproduce("interpolate", models, command, *filter(None, [drawing]))
