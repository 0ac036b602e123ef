"""Map: the same sentences in A and in B, a lasso that selects in both, typed sentences, neighbours."""

from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from parts import charts, choice, sentences, show

from latentlab.analysis.plane import Plane
from latentlab.errors import LatentlabError
from latentlab.results.training_logs import map_report

MOST = 20_000
ALL = "nothing"
SHOWN_ROWS = 200

st.title("Map")
models = choice.models()


@st.cache_resource(show_spinner="Encoding …", max_entries=16)
def plane_of(
    fingerprint: str, n: int, seed: int, prints: tuple[str, ...], _model: object, _models: list
) -> Plane:
    """The cloud of one model, of sentences that both can write."""
    with choice.LOCK:
        return Plane.of(_model, choice.texts(_models, n))


@st.cache_data(show_spinner=False, max_entries=8)
def factors(prints: tuple[str, ...], n: int, seed: int, _texts: list[str]) -> dict[str, list[str]]:
    """What the corpus knows of each sentence."""
    whole = sentences.corpus()
    place = {text: i for i, text in enumerate(whole.texts)}
    return {k: [v[place[text]] for text in _texts] for k, v in (whole.factors or {}).items()}


def encoded(model: Any, sentences: list[str]) -> np.ndarray:
    """Latent points of typed sentences."""
    with choice.LOCK:
        return model.encode(sentences).mu


def projected(name: str, texts: list[str]) -> np.ndarray | None:
    """Coordinates from a map file beside the checkpoints, for the sentences that it has."""
    files = sorted(choice.root().glob("*.parquet")) if choice.root().is_dir() else []
    for file in files:
        try:
            items = map_report(Path(file)).results.items
        except LatentlabError:
            continue
        for item in items:
            if item.name == name.rsplit("/", 1)[-1]:
                where = dict(zip(item.map.text, zip(item.map.x, item.map.y, strict=True), strict=True))
                if all(text in where for text in texts):
                    return np.array([where[text] for text in texts])
    return None


n, seed = min(choice.asked(), MOST), st.session_state.seed
prints = tuple(model.fingerprint for model in models)
planes = [plane_of(m.fingerprint, n, seed, prints, m, models) for m in models]
texts = planes[0].texts
known = factors(prints, n, seed, texts)
left, middle, right = st.columns([2, 2, 3], vertical_alignment="bottom")
method = left.segmented_control(
    "Projection", ["PCA", "from file"], default="PCA", key="projection", bind="query-params"
)
colour = middle.selectbox("Colour by", [ALL, *known], key="colour", bind="query-params")
right.badge(
    f"{len(texts):,} of {len(sentences.corpus()):,} sentences, seed {seed}", icon=":material/shuffle:"
)
typed = [
    show.sentence("A sentence to place (★ 1)", "typed1", "The cat is sleeping."),
    show.sentence("Another (★ 2)", "typed2", ""),
]
typed = [text for text in typed if text]
if typed and not show.writable(models, *typed):
    typed = []

if colour == ALL:
    groups = {"sentences": np.arange(len(texts))}
else:
    values = np.array(known[colour])
    names, counts = np.unique(values, return_counts=True)
    common = names[np.argsort(-counts)][:7]
    groups = {str(name): np.flatnonzero(values == name) for name in common}
    rest = np.flatnonzero(~np.isin(values, common))
    groups |= {"other": rest} if len(rest) else {}


@st.fragment
def panes() -> None:
    """Both maps and what is selected: a lasso reruns this alone."""
    chosen = st.session_state.get("rows", [])
    for place, (column, model, cloud) in enumerate(zip(st.columns(len(models)), models, planes, strict=True)):
        column.markdown(f"**{show.title(place, model)}**")
        points = cloud.place(cloud.z)
        marks = cloud.place(encoded(model, typed)) if typed and method != "from file" else None
        if method == "from file":
            points = projected(model.name, texts)
            if points is None:
                column.info(
                    "No map file beside the checkpoints has these sentences. Make one:\n\n"
                    f"`latentlab project PATH --method umap --n {n} --seed {seed} --out PATH/map.parquet`"
                )
                continue
        else:
            column.caption(f"two principal axes of μ: {cloud.share:.0%} of the variance")
        state = column.plotly_chart(
            charts.plane(points, groups, chosen=chosen, typed=marks, place=place),
            key=f"pane{place}",
            on_select="rerun",
            selection_mode=["lasso", "box"],
            alt=f"Map of {len(texts)} sentences in {model.name}, coloured by {colour}",
        )
        rows = charts.selected_rows(state)
        if rows and rows != st.session_state.get(f"last{place}"):
            st.session_state[f"last{place}"] = rows
            st.session_state["rows"] = rows
            st.rerun(scope="fragment")
    if chosen:
        st.markdown(
            f"**{len(chosen)} selected**, ringed in both"
            + (f"; the first {SHOWN_ROWS}" if len(chosen) > SHOWN_ROWS else "")
        )
        picked = chosen[:SHOWN_ROWS]
        st.dataframe(
            {"sentence": [texts[i] for i in picked]}
            | {k: [v[i] for i in picked] for k, v in known.items() if k == colour},
            width="stretch",
        )
        if st.button("Clear the selection"):
            st.session_state["rows"] = []
            st.rerun(scope="fragment")
    else:
        st.caption("Draw a lasso around points in one pane: the same sentences are ringed in the other.")


panes()
if typed:
    st.subheader("Neighbours in the latent space, not on the map")
    for i, text in enumerate(typed):
        st.markdown(f"★ {i + 1}  {show.literal(text)}")
        table = {}
        for place, (model, cloud) in enumerate(zip(models, planes, strict=True)):
            rows = cloud.near(encoded(model, [text])[0], 6)
            table[f"{show.SIGNS[place]} {model.name}"] = [texts[k] for k in rows]
        st.dataframe(table, hide_index=True, width="stretch")
show.reproduce("project", models, f"--n {n} --seed {seed} --out map.parquet")
