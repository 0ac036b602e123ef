"""Training: curves of the chosen runs, read again every few seconds while one of them is written."""

import shlex
import time
from contextlib import suppress
from pathlib import Path

import streamlit as st
from parts import choice, show

from latentlab.figures import FIGURES
from latentlab.results.training_logs import LOG, flags, training_report

STILL_WRITTEN = 120  # seconds since the last line after which a run counts as ended

st.title("Training")
done, going_on = choice.found(), choice.unfinished()
known = {name: path for name, path in done.items() if (path / LOG).is_file()} | going_on
chosen = choice.chosen(done)
missing = [name for name in chosen if name not in known]
if missing:
    st.info(f"No {LOG} beside {', '.join(map(show.literal, missing))}: old files keep no log.")
usual = [name for name in chosen if name in known] + list(going_on)
names = st.multiselect(
    "Runs",
    list(known),
    usual[:4],
    key="runs",
    bind="query-params",
    max_selections=4,
    help="A run is here from its first step on.",
)
runs = [known[name] for name in names]


def is_written(run: Path) -> bool:
    """Whether lines are still added to its log; one that has gone meanwhile gets none."""
    with suppress(OSError):
        return time.time() - (run / LOG).stat().st_mtime < STILL_WRITTEN
    return False


live = any(map(is_written, runs))


@st.fragment(run_every="5s" if live else None)
def curves() -> None:
    """Logs, flags and figure; alone, so that a refresh does not touch the rest of the page."""
    with choice.guarded():
        report = training_report(runs)
    for column, item in zip(st.columns(len(runs)), report.results.items, strict=True):
        last = max(max(values.step) for values in item.log.values())
        column.markdown(f"**{show.literal(item.name)}**, step {last}")
        worries = flags(item.log)
        for worry in worries:
            column.warning(worry, icon=":material/warning:")
        if not worries:
            column.success("No health signal is out of range.", icon=":material/check:")
    show.picture(
        FIGURES["training_curves"](report), "Training curves: losses, KL and its weight, active units"
    )


if runs:
    if live:
        st.caption(":material/autorenew: a run is being written: read again every 5 seconds")
    curves()
    paths = " ".join(shlex.quote(f"PATH/{name}") for name in names)
    show.reproduce(f"plot {paths}", [], "--figure training_curves --out training.pdf")
elif not missing:
    st.info("Choose a run above.")
