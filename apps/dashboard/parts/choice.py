"""Which checkpoints a page is about, and everything heavy, loaded once behind one lock.

A page calls `models()` (A, and B where two are chosen) and `texts(n)`; decodes and encodes inside
`LOCK`; and shows errors through `guarded`. Checkpoints are chosen by name below one folder: no path is typed.
"""

import os
import re
import threading
from collections.abc import Callable, Hashable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from latentlab.checkpoints.find import find_checkpoints
from latentlab.checkpoints.folder import LOG
from latentlab.corpora.shipped import data_folder
from latentlab.errors import CheckpointError, LatentlabError, NoCheckpointError
from latentlab.files import cache_folder
from parts import sentences
from parts.loaded import LOCK, freeze_gc, newest

if TYPE_CHECKING:
    from latentlab.analysis.interpolation.sentence_pairs import ScoringResources
    from latentlab.models.sentence_model import SentenceModel, TextEncoder
    from latentlab.results import Report
    from latentlab.results.reports.comparison_results import ComparisonResults
    from latentlab.results.reports.space_results import AnisotropyResults

# What is heavy is imported where it is used: the frame of the page is there before torch is.

_WAITING: dict[Any, list[tuple[Any, Future[Any]]]] = {}
_GUARD = threading.Lock()
NONE = "—"
LONGEST_TEXT, MOST_STEPS, MOST_DRAWS = 300, 21, 32
"""Letters of a sentence, points of a path, draws: what one visitor may ask for at once."""
SIZES = [200, 500, 1000, 2000, 5000, 20_000]


def root() -> Path:
    """The folder that was given, or the shipped one."""
    return Path(os.environ.get("LATENTLAB_CHECKPOINTS") or data_folder() / "checkpoints").resolve()


def public() -> bool:
    """Whether others than this machine may look."""
    return bool(os.environ.get("LATENTLAB_PUBLIC"))


def found() -> dict[str, Path]:
    """Checkpoints by their place below the folder; what leads out of it by a link is none.

    None where a first run is being trained: the page Training shows it before it is a checkpoint.
    """
    base = root()
    folder = base if base.is_dir() else base.parent
    try:
        paths = find_checkpoints(base)
    except NoCheckpointError:
        if not logged():
            raise
        paths = []
    inside = {}
    for path in paths:
        if path.resolve().is_relative_to(folder):
            inside[path.resolve().relative_to(folder).as_posix() or path.name] = path
    return {(path.name if name == "." else name): path for name, path in inside.items()}


@contextmanager
def guarded() -> Iterator[None]:
    """Errors as a line and what to do; off this machine without the folder's place."""
    try:
        yield
    except LatentlabError as error:
        st.error(literal(hidden(error.message)), icon=":material/error:")
        if error.hint:
            st.info(literal(hidden(error.hint)), icon=":material/lightbulb:")
        st.stop()


def hidden(message: str) -> str:
    """The message; where others look on, of every path only the last part."""
    if not public():
        return message
    given = (Path(os.environ.get(f"LATENTLAB_{name}") or root()) for name in ("ENCODER", "CORPUS"))
    known = [root(), cache_folder(), *(path for path in given if path.is_absolute())]
    for folder in known:  # by name first: a folder may have a space in it
        message = message.replace(str(folder), folder.name)
    # Other paths: what begins with / and each part up to the next /, which may have spaces in it.
    return re.sub(r"(?<![\w/])/(?=[^\s/])(?:[^/:,;'\"]*[^/\s:,;'\"]/)*", "", message)


def literal(text: str) -> str:
    """Text as Markdown shows it literally: what a model or a visitor writes is never markup."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()#+-.!|<>$~:&=^" else c for c in text)


def sidebar() -> None:
    """A and B, sentences, seed; all of it is in the address."""
    names = list(found())
    if not names:
        st.sidebar.caption(f"No checkpoint yet in `{root().name}`, only runs without one.")
        return
    usual = {name: place for place, name in enumerate(names)}
    # Read before the fields are made: a field drops what it does not offer from the address.
    asked = [st.query_params.get(key) for key in "ab"]
    unknown = [name for name in asked if name and name not in (*names, NONE)]
    with st.sidebar:
        st.caption(f"{len(names)} checkpoint{'s' if len(names) > 1 else ''} in `{root().name}`")
        first = usual.get("baseline", 0)
        st.selectbox("A  ●", names, index=first, key="a", bind="query-params")
        others = [NONE, *names]
        second = others.index("vib") if "vib" in names else min(2, len(others) - 1)
        st.selectbox("B  ◆", others, index=second, key="b", bind="query-params")
        st.select_slider("Sentences", SIZES, 500, key="n", bind="query-params")
        st.number_input("Seed", 0, 2**31 - 1, 0, key="seed", bind="query-params")
        for name in unknown:
            message = f"The link asks for “{literal(name[:50])}”, which is not here."
            st.warning(message, icon=":material/link_off:")
        st.caption("Everything you choose is in the address: copy it to share what you see.")


def logged() -> dict[str, Path]:
    """Runs below the folder that have a log, by their place; what is hidden, or a link, is none."""
    base = root()
    logs = []
    for name, below, files in os.walk(base):  # a folder that goes away meanwhile has no log
        below[:] = [entry for entry in below if not entry.startswith(".")]
        logs += [Path(name, LOG)] if LOG in files else []
    logs.sort()
    return {log.parent.relative_to(base).as_posix(): log.parent for log in logs if not log.is_symlink()}


def unfinished() -> dict[str, Path]:
    """Runs below the folder that have a log and no checkpoint yet, by their place."""
    done = {path.resolve() for path in found().values()}
    return {name: path for name, path in logged().items() if path.resolve() not in done}


def chosen(known: Mapping[str, Path]) -> list[str]:
    """Names of A and B, those that are among these; the same one twice is one."""
    names = [st.session_state.get("a"), st.session_state.get("b")]
    return list(dict.fromkeys(name for name in names if name in known))


def models() -> "list[SentenceModel]":
    """A and B, loaded."""
    known = found()
    if not known:
        raise NoCheckpointError(
            f"no checkpoint yet in {root()}", "the page Training shows the runs that are going on"
        )
    names = chosen(known)
    if not names:
        raise CheckpointError(f"{st.session_state.get('a')} is not here any more", "choose another")
    return [newest(name, known[name]) for name in names]


def together(key: Hashable, item: Any, work: Callable[[list[Any]], list[Any]]) -> Any:
    """What `work` makes of this item, in one batch with all that wait for the lock with the same key.

    Whoever gets the lock does the work of those who wait, so ten visitors take hardly longer than two.
    """
    own: Future[Any] = Future()
    with _GUARD:
        _WAITING.setdefault(key, []).append((item, own))
    with LOCK:
        if not own.done():
            with _GUARD:
                items, futures = zip(*_WAITING.pop(key), strict=True)
            try:
                made = work(list(items))
            except BaseException as error:
                for future in futures:
                    future.set_exception(error)
                raise
            for future, result in zip(futures, made, strict=True):
                future.set_result(result)
    return own.result()


def asked() -> int:
    """How many sentences the sidebar asks for, of those that there are."""
    return min(int(st.session_state.n), len(sentences.corpus()))


def texts(loaded: "list[SentenceModel]", n: int | None = None) -> list[str]:
    """Sentences of the corpus that all these models can write, drawn with the seed of the sidebar."""
    return drawn(tuple(m.fingerprint for m in loaded), n or st.session_state.n, st.session_state.seed, loaded)


@st.cache_data(show_spinner=False, max_entries=32)
def drawn(fingerprints: tuple[str, ...], n: int, seed: int, _models: Any) -> list[str]:
    """Fingerprints stand for the models in the cache's key."""
    from latentlab.analysis.loading import filter_by_length

    whole = sentences.corpus()
    return filter_by_length(_models, whole.sample(min(n, len(whole)), seed).texts)[0]


def measured(loaded: "list[SentenceModel]") -> "Report[AnisotropyResults]":
    """The report of `latentlab anisotropy` on A and B."""
    return _asked("anisotropy", loaded)


def compared(loaded: "list[SentenceModel]") -> "Report[ComparisonResults]":
    """The report of `latentlab compare A B`."""
    return _asked("compare", loaded)


def _asked(command: str, loaded: "list[SentenceModel]") -> "Report[Any]":
    names, prints = tuple(m.name for m in loaded), tuple(m.fingerprint for m in loaded)
    return report_of(command, names, prints, st.session_state.n, st.session_state.seed, loaded)


@st.cache_data(show_spinner="Measuring …", max_entries=32)
def report_of(
    command: str, names: tuple[str, ...], fingerprints: tuple[str, ...], n: int, seed: int, _models: Any
) -> "Report[Any]":
    """Made, or read back from the disk where it was made before."""
    from latentlab.results.report_cache import kept

    inputs = {"paths": list(names), "corpus": sentences.corpus().name}
    drawn_from = {"corpus": sentences.corpus().fingerprint, "n": n, "seed": seed}

    def make() -> "Report[Any]":
        from latentlab.analysis.anisotropy.spaces_report import anisotropy
        from latentlab.analysis.comparison.comparisons import compare

        with LOCK:
            run = {"anisotropy": anisotropy, "compare": compare}[command]
            return run(_models, texts(_models, n), seed=seed, inputs=inputs)

    key = {"command": command, "weights": fingerprints, "inputs": inputs, **drawn_from}
    return strip_paths(kept(key, make))


def strip_paths(report: "Report[Any]") -> "Report[Any]":
    """The report without where checkpoints lie on this machine: visitors take it away with them."""
    items = tuple(replace(item, path=item.name) for item in report.results.items)
    return replace(report, results=replace(report.results, items=items))


def resources(loaded: "list[SentenceModel]") -> "ScoringResources":
    """What paths are scored and set against."""
    return make_resources(tuple(model.fingerprint for model in loaded), loaded)


@st.cache_resource(show_spinner="Reading training sentences, once …", max_entries=4)
def make_resources(fingerprints: tuple[str, ...], _models: Any) -> "ScoringResources":
    """Two thousand encoded sentences and a fluency LM."""
    from latentlab.analysis.interpolation.sentence_pairs import ScoringResources
    from latentlab.metrics.text.ngram import NGram

    encoder = os.environ.get("LATENTLAB_ENCODER")
    train = sentences.part("train")
    with LOCK:
        own = NGram.fit(train.texts) if sentences.given() else None
        reader = scorer(_models[0].encoder_key, encoder, _models[0])
        made = ScoringResources.of(_models, train, fluency_lm=own, reader=reader)
    freeze_gc()
    return made


@st.cache_resource(show_spinner=False, max_entries=2)
def scorer(key: Any, encoder: str | None, _model: Any) -> "TextEncoder":
    """What the paths of all models with one encoder are read with: each set would load it again."""
    from latentlab.analysis.interpolation.interpolations import scoring_encoder

    return scoring_encoder(_model, folder=Path(encoder) if encoder else None)
