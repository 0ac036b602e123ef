"""Traverse: one dimension, an attribute of the grammar, arithmetic, draws from the prior."""

import shlex
from functools import partial

import streamlit as st
from parts import choice, loaded, show

from latentlab.analysis.moves_report import Attribute, Stage, Step, combine, samples, traverse
from latentlab.corpora import shipped_corpus
from latentlab.corpora.counterparts import LEARNED, counterparts

ATTRIBUTES = (
    ("tense", "present", "past"),
    ("number", "singular", "plural"),
    ("polarity", "affirmative", "negative"),
    ("subject", "she", "he"),
)
KINDS = ("an attribute", "one dimension", "A − B + C", "the prior")

st.title("Traverse")
models = choice.models()
kind = (
    st.segmented_control("Move along", KINDS, default=KINDS[0], key="move", bind="query-params") or KINDS[0]
)


@st.cache_resource(show_spinner="Finding pairs of the grammar …", max_entries=16)
def direction(factor: str, before: str, after: str) -> Attribute:
    """The direction from one value to the other, from training sentences of the grammar."""
    learned = counterparts(shipped_corpus(), factor, before, after, split="train", n=LEARNED, seed=0)
    return Attribute.of(learned)


def give(stage: Stage) -> None:
    """Both checkpoints side by side; words that differ from the line above in bold."""
    with choice.LOCK, loaded.steady(models):
        done: list[list[Step]] = [stage(model) for model in models]
    table = [
        "| | " + " | ".join(show.title(i, m) for i, m in enumerate(models)) + " |",
        "|---|" + "---|" * len(models),
    ]
    for i, steps in enumerate(zip(*done, strict=True)):
        cells = [
            show.marked(steps_of[i - 1].text if i else step.text, step.text)
            for steps_of, step in zip(done, steps, strict=True)
        ]
        table.append(f"| {show.literal(steps[0].label)} | " + " | ".join(cells) + " |")
    st.markdown("\n".join(table))


with choice.guarded():
    if kind == KINDS[3]:
        draws = st.slider("Draws", 1, choice.MOST_DRAWS, 8, key="draws", bind="query-params")
        st.caption("z from N(0, I): only a VIB was trained to have sentences there.")
        give(partial(samples, n=draws, seed=st.session_state.seed))
        option = f"--prior --n {draws} --seed {st.session_state.seed}"
    elif kind == KINDS[2]:
        given = [
            show.sentence(label, key, usual)
            for label, key, usual in (
                ("A", "plus", "She was a doctor."),
                ("B", "minus", "She is a doctor."),
                ("C", "onto", "Tom is here."),
            )
        ]
        option = "--arithmetic " + " ".join(map(shlex.quote, given))
        if show.writable(models, *given):
            give(partial(combine, a=given[0], b=given[1], c=given[2]))
    else:
        text = show.sentence("Sentence", "sentence", "Mary is very polite.")
        option = f"--text {shlex.quote(text)}"
        if show.writable(models, text):
            if kind == KINDS[0]:
                chosen = st.selectbox(
                    "Attribute", ATTRIBUTES, format_func=lambda a: f"{a[0]}: {a[1]} → {a[2]}", key="attribute"
                )
                option += f" --attribute {':'.join(chosen)}"
                give(partial(direction(*chosen).push, text=text))
                st.caption("× 1 is the mean difference between training sentences that differ in this alone.")
            else:
                width = min(model.config.head.width for model in models)
                dimension = st.number_input(
                    "Dimension", 0, width - 1, 0, key="dimension", bind="query-params"
                )
                reach = st.slider(
                    "Reach, σ of the training cloud", 1.0, 10.0, 3.0, 1.0, key="reach", bind="query-params"
                )
                option += f" --dimension {dimension} --reach {reach:g}"
                give(partial(traverse, text=text, dimension=int(dimension), reach=reach))
show.reproduce("move", models, option)
