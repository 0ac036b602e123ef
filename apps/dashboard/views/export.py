"""Export: any figure at the size of a venue, tables, the whole bundle, the commands that make them again."""

from functools import partial

import streamlit as st
from parts import choice, sentences, show

from latentlab.analysis.maps import project_models
from latentlab.analysis.study import StudyOptions, study
from latentlab.corpora import data_folder
from latentlab.corpora.pair_files import load_pairs
from latentlab.errors import UsageError
from latentlab.figures import available
from latentlab.figures.output.bundle import archive, bundle, figure_files, render
from latentlab.figures.output.venues import VENUES, venue_width
from latentlab.results import to_csv, to_latex
from latentlab.results.tables.column_files import to_parquet
from latentlab.results.tables.typed_parquet import csv_to_parquet

MIME = {"pdf": "application/pdf", "png": "image/png", "svg": "image/svg+xml", "pgf": "text/plain"}
HOUSE = "house, 6.3 in"

st.title("Take it along")
models = choice.models()
names = tuple(model.name for model in models)
report = choice.measured(models)

st.subheader("A figure")
one, two, three, four = st.columns([3, 3, 2, 3])
figure = one.selectbox("Figure", available(report), key="figure", bind="query-params")
venue = two.selectbox("Venue", [HOUSE, *VENUES], key="venue", bind="query-params")
width = (
    three.segmented_control("Width", ["column", "full"], default="full", key="width", bind="query-params")
    or "full"
)
kind = four.segmented_control("File", list(MIME), default="pdf", key="kind", bind="query-params") or "pdf"
at = None if venue == HOUSE else venue
inches = 6.3 if at is None else venue_width(at, width)
st.image(
    render(report, figure, "png", venue=at, width=width),
    width=int(96 * inches),
    alt=f"{figure} at the size of the paper",
)
st.caption(f"As wide as it will be in the paper: {inches:.2f} in. Always in the light style of print.")
try:
    files = figure_files(report, figure, [kind], venue=at, width=width)
except UsageError as error:
    st.warning(show.literal(f"{error.message}: {error.hint}"))
else:
    for column, (file, data) in zip(st.columns(3), files.items(), strict=True):
        mime = MIME.get(file.rsplit(".", 1)[1], "text/plain")
        column.download_button(
            file, data, file, mime, on_click="ignore", icon=":material/download:", width="stretch"
        )
options = f"--figure {figure} --out {figure}.{kind}" + (f" --venue {at} --width {width}" if at else "")
measure = f"--n {choice.asked()} --seed {st.session_state.seed} --out report"
show.commands(
    show.terminal("anisotropy", models, measure), show.terminal("plot report/report.json", [], options)
)

st.subheader("Tables")
table = to_csv(report)
tables = {"table.csv": (table, "text/csv"), "table.tex": (to_latex(report), "text/plain")}
tables["table.parquet"] = (csv_to_parquet(table), "application/octet-stream")
for column, (file, (data, mime)) in zip(st.columns(3), tables.items(), strict=True):
    column.download_button(
        file, data, file, mime, on_click="ignore", icon=":material/table:", width="stretch"
    )


def atlas() -> bytes:
    """Both maps with identifiers and neighbours, made when it is asked for."""
    with choice.LOCK:
        return to_parquet(project_models(models, choice.texts(models)).with_neighbours())


st.download_button(
    "atlas.parquet",
    atlas,
    "atlas.parquet",
    "application/octet-stream",
    on_click="ignore",
    icon=":material/map:",
    help="Text, x, y and neighbours of every sentence, as embedding-atlas reads them.",
)

st.subheader("All of it")
st.caption(
    "Every figure, table and report, a results section in Markdown and LaTeX, a manifest: about a minute."
)
drawn = [f"--n {choice.asked()}", f"--seed {st.session_state.seed}"]
drawn += [f"--venue {at} --width {width}"] if at else []
command = show.terminal("report", models, "--out paper", *drawn)


def everything(seed: int, n: int) -> bytes:
    """The bundle as a zip, made when it is asked for."""
    pairs, _ = load_pairs(data_folder() / "pairs.jsonl")
    with choice.LOCK:
        made = study(
            models,
            sentences.corpus(),
            pairs,
            StudyOptions(n=n, seed=seed),
            own=sentences.given() is not None,
            inputs={"paths": list(names)},
        )
    made = {name: choice.strip_paths(report) for name, report in made.items()}
    return archive(bundle(made, command, venue=at, width=width))


st.download_button(
    "paper.zip",
    partial(everything, st.session_state.seed, st.session_state.n),
    "paper.zip",
    "application/zip",
    on_click="ignore",
    icon=":material/folder_zip:",
)
show.reproduce("report", models, "--out paper", *drawn)
