"""The dashboard on somebody's own sentences: `latentlab app runs --corpus FILE`."""

from pathlib import Path

import pytest

pytest.importorskip("streamlit", reason="the dashboard is an extra: pip install 'latentlab[app]'")
import streamlit as st
from streamlit.testing.v1 import AppTest

from latentlab.corpora import Corpus, data_folder

APP = Path(__file__).resolve().parents[2] / "apps" / "dashboard" / "app.py"
WORDS = ("We", "They", "You"), ("like", "see", "know"), ("cats", "dogs", "books", "rivers"), ("here", "today")


ADJECTIVES = ("old", "young", "tall", "small", "happy")
NOUNS = ("cat", "dog", "man", "woman", "doctor", "teacher", "child", "king")
VERBS = ("is here", "was there", "sleeps", "runs", "sings", "reads", "waits", "works", "left", "came")


@pytest.fixture
def own(monkeypatch, tmp_path):
    """Seventy-two sentences in a column of their own, beside the shipped pair."""
    file = tmp_path / "my own.csv"
    made = [f"{a} {b} {c} {d}." for a in WORDS[0] for b in WORDS[1] for c in WORDS[2] for d in WORDS[3]]
    file.write_text("said,who\n" + "".join(f"{text},{text.split()[0]}\n" for text in made))
    monkeypatch.setenv("LATENTLAB_CHECKPOINTS", str(data_folder() / "checkpoints"))
    monkeypatch.setenv("LATENTLAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("LATENTLAB_CORPUS", str(file))
    monkeypatch.setenv("LATENTLAB_COLUMN", "said")
    yield file
    # What is kept in the process belongs to one server, which has one corpus.
    st.cache_data.clear()
    st.cache_resource.clear()


def opened(page):
    st.cache_data.clear()
    st.cache_resource.clear()
    at = AppTest.from_file(str(APP), default_timeout=300)
    at.query_params["n"] = "200"
    at.run()
    return at.switch_page(f"views/{page}.py").run()


@pytest.mark.encoder
@pytest.mark.parametrize("page", ["overview", "map", "interpolate", "noise", "traverse", "export"])
def test_pages_measure_on_it_and_say_so(own, page):
    at = opened(page)
    assert not at.exception
    assert not at.error
    shown = "\n".join(code.value for code in at.code)
    assert ("--corpus" in shown) == (page != "traverse")  # its attributes are those of the grammar
    if page != "traverse":
        assert f"--corpus '{own}' --column said" in shown
    if page == "overview":
        assert any("72 sentences of my own.csv" in caption.value for caption in at.caption)
    if page == "map":
        assert "who" in at.selectbox(key="colour").options


@pytest.mark.encoder
@pytest.mark.parametrize("n", [1, 3, 400])
@pytest.mark.parametrize("page", ["interpolate", "noise"])
def test_few_sentences_are_enough_or_said_to_be_too_few(own, page, n):
    made = [f"The {a} {b} {c}." for a in ADJECTIVES for b in NOUNS for c in VERBS][:n]
    assert len(made) == n
    own.write_text("said\n" + "\n".join(made) + "\n")
    at = opened(page)
    assert not at.exception
    if n == 1:
        assert "has one sentence" in at.error[0].value
        return
    assert not at.error
    if page == "noise":
        held_out = len(Corpus(tuple(made), "own").split("test"))
        assert 10 <= held_out < 40 or n == 3
        assert f"--n {n if n == 3 else held_out} " in at.code[0].value
    else:
        at.button[1].click().run()  # a random pair
        assert not at.exception


def test_off_this_machine_the_command_names_the_file_alone(own, monkeypatch):
    monkeypatch.setenv("LATENTLAB_PUBLIC", "1")
    shown = "\n".join(code.value for code in opened("overview").code)
    assert "--corpus 'my own.csv' --column said" in shown
    assert str(own.parent) not in shown


def test_a_corpus_that_cannot_be_read_is_named(own):
    own.write_text("other\nhello\n")
    at = opened("overview")
    assert not at.exception
    assert "said" in at.error[0].value
