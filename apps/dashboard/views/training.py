"""Training: curves of the chosen runs, read again every few seconds while one of them is written."""

import time

import streamlit as st
from parts import choice, show

from latentlab.figures import FIGURES
from latentlab.results.logs import LOG, flags, training_report

STILL_WRITTEN = 120  # seconds since the last line after which a run counts as ended

st.title("Training")
known = choice.found()
runs = [known[name] for name in choice.chosen() if (known[name] / LOG).is_file()]
missing = [name for name in choice.chosen() if not (known[name] / LOG).is_file()]
if missing:
    st.info(f"No {LOG} beside {', '.join(map(show.literal, missing))}: old files keep no log.")
live = any(time.time() - (run / LOG).stat().st_mtime < STILL_WRITTEN for run in runs)


@st.fragment(run_every="5s" if live else None)
def curves() -> None:
    """Logs, flags and figure; alone, so that a refresh does not touch the rest of the page."""
    report = training_report(runs).to_dict()
    for place, (column, item) in enumerate(
        zip(st.columns(len(runs)), report["results"]["items"], strict=True)
    ):
        last = max(max(values["step"]) for values in item["log"].values())
        column.markdown(f"**{show.SIGNS[place]} {show.literal(item['name'])}**, step {last}")
        worries = flags(item["log"])
        for worry in worries:
            column.warning(worry, icon=":material/warning:")
        if not worries:
            column.success("No health signal is out of range.", icon=":material/check:")
    st.pyplot(
        FIGURES["training_curves"](report), alt="Training curves: losses, KL and its weight, active units"
    )


if runs:
    if live:
        st.caption(":material/autorenew: a run is being written: read again every 5 seconds")
    curves()
    show.reproduce(
        "latentlab plot", *(f"PATH/{run.name}" for run in runs), "--figure training_curves --out training.pdf"
    )
elif not missing:
    st.info("Choose a run on the left.")
