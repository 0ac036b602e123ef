"""The dashboard: what the command line does, in a browser. Load, compute, draw; no arithmetic.

Started by `latentlab app [FOLDER]`, which hands the folder over in LATENTLAB_CHECKPOINTS,
and that of a frozen encoder in LATENTLAB_ENCODER.
"""

import os
from pathlib import Path
from typing import Any

import streamlit as st

from latentlab.analysis import anisotropy as analysis
from latentlab.analysis.load import load_models, usable
from latentlab.analysis.reconstruct import Example
from latentlab.checkpoints import find_checkpoints
from latentlab.corpora import Corpus, data_folder, normalise, read_corpus, shipped_corpus
from latentlab.errors import LatentlabError
from latentlab.figures import anisotropy_overview
from latentlab.models.sentence_model import SentenceModel
from latentlab.results import Report, to_csv

CLOUDS = {"pooled": "pooled (frozen encoder)", "mu": "mu (latent point)", "z": "z (posterior sample)"}
MEASURES = {
    "mean_cosine": "mean cosine",
    "mean_energy_ratio": "mean energy ratio",
    "isoscore_debiased": "IsoScore, debiased",
    "effective_rank": "effective rank",
    "top1_variance_share": "top-1 variance share",
}
EXAMPLE = "The old man walked slowly to the river."

Stamp = tuple[tuple[str, int, int], ...]


def main() -> None:
    """One page: choose, compare, try a sentence."""
    st.set_page_config(page_title="latentlab", layout="wide")
    st.title("Is this latent space a place you can move in?")
    try:
        folder, corpus_path, n, seed = choose()
        models = load(folder, stamp(folder))
        corpus = sentences(corpus_path)
        drawn = corpus.sample(min(n, len(corpus)), seed)
        texts, excluded = usable(models, drawn.texts)
        if excluded:
            st.caption(f"{len(excluded)} of {len(drawn)} sentences are too long for a model and left out.")
        report = measure(tuple(model.fingerprint for model in models), tuple(texts), seed, models)
        draw_overview(report)
        draw_sentence(models)
    except LatentlabError as error:
        st.error(error.message)
        if error.hint:
            st.info(error.hint)
        st.stop()


def choose() -> tuple[Path, str, int, int]:
    """The sidebar: which checkpoints, which sentences, how many, which seed."""
    usual = os.environ.get("LATENTLAB_CHECKPOINTS") or str(data_folder() / "checkpoints")
    with st.sidebar:
        folder = st.text_input("Folder with checkpoints", usual, key="folder")
        corpus = st.text_input("Sentences (a file; empty: the shipped ones)", "", key="corpus")
        n = st.select_slider("Number of sentences", [200, 500, 1000, 2000, 5000], 1000, key="n")
        seed = st.number_input("Seed", min_value=0, value=0, step=1, key="seed")
    return Path(folder).expanduser(), corpus.strip(), int(n), int(seed)


def stamp(folder: Path) -> Stamp:
    """What changes when a checkpoint does: names, sizes and times of the weights."""
    found = find_checkpoints(folder)
    weights = [path / "model.safetensors" if path.is_dir() else path for path in found]
    stats = [(str(file), file.stat()) for file in weights if file.exists()]
    return tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats)


@st.cache_resource(show_spinner="Loading checkpoints …", max_entries=4)
def load(folder: Path, stamp: Stamp) -> list[SentenceModel]:
    """The checkpoints below a folder; `stamp` is only there to notice that one has changed."""
    encoder = os.environ.get("LATENTLAB_ENCODER")
    return load_models([folder], encoder=Path(encoder) if encoder else None)


@st.cache_data(show_spinner="Reading sentences …", max_entries=4)
def sentences(path: str) -> Corpus:
    """The sentences of a file, or the shipped ones."""
    return read_corpus(path) if path else shipped_corpus()


@st.cache_data(show_spinner="Measuring …", max_entries=16)
def measure(fingerprints: tuple[str, ...], texts: tuple[str, ...], seed: int, _models: Any) -> Report:
    """The report of `latentlab anisotropy`; the fingerprints stand for the models in the cache's key."""
    return analysis.anisotropy(_models, texts, seed=seed)


def draw_overview(report: Report) -> None:
    """Gate first, then the numbers, then the figure."""
    document = report.to_dict()
    items = document["results"]["items"]
    st.subheader(f"{len(items)} checkpoints on {document['inputs']['n']} sentences")
    for column, item in zip(st.columns(len(items)), items, strict=True):
        column.metric(item["name"], item["gate"]["word"].lower(), help="collapse gate")
        if item["gate"]["word"] == "COLLAPSED":
            column.warning("Collapsed: its isotropy says nothing about sentences.")
    st.dataframe(overview_rows(items), hide_index=True, width="stretch")
    st.caption("isotropic: a Gaussian of the same n and d. Intervals are in the files below the figure.")
    st.pyplot(anisotropy_overview(document))
    left, right = st.columns(2)
    left.download_button("All numbers with intervals (CSV)", to_csv(document), "table.csv", "text/csv")
    right.download_button("Report (JSON)", report.to_json(), "report.json", "application/json")


def overview_rows(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row a cloud and measure, one column a checkpoint."""
    rows = []
    for cloud, title in CLOUDS.items():
        for key, label in MEASURES.items():
            row: dict[str, Any] = {"cloud": title, "measure": label}
            for item in items:
                there = item["clouds"].get(cloud)
                row[item["name"]] = there["measures"][key]["value"] if there else None
                if there:
                    row.setdefault("isotropic", (there["reference"].get(key) or {}).get("value"))
            rows.append(row)
    return rows


def draw_sentence(models: list[SentenceModel]) -> None:
    """A sentence through every checkpoint, side by side."""
    st.subheader("Try a sentence")
    text = normalise(st.text_input("A sentence", EXAMPLE, key="sentence"))
    if not text:
        st.info("Type a sentence: every checkpoint encodes it and decodes what it kept.")
        return
    for column, model in zip(st.columns(len(models)), models, strict=True):
        column.markdown(f"**{model.name}**")
        try:
            column.write(marked(Example.of(text, model.generate(text))))
        except LatentlabError as error:
            column.warning(error.message)


def marked(example: Example) -> str:
    """The output in Markdown, words that the sentence does not have in bold; ✓ when all came back."""
    if example.text == example.output:
        return "✓ word for word"
    words = zip(example.output.split(), example.differs, strict=True)
    escaped = ((literal(word), differs) for word, differs in words)
    return " ".join(f"**{word}**" if differs else word for word, differs in escaped) or "(nothing)"


def literal(word: str) -> str:
    """A word as Markdown shows it literally."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()#+-.!|<>$~:" else c for c in word)


main()
