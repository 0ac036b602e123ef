"""The dashboard, run end to end without a browser."""

from pathlib import Path

import pytest

pytest.importorskip("streamlit", reason="the dashboard is an extra: pip install 'latentlab[app]'")

from streamlit.testing.v1 import AppTest

APP = Path(__file__).resolve().parents[2] / "apps" / "dashboard" / "app.py"


@pytest.fixture
def app(tiny_folder, monkeypatch):
    monkeypatch.setenv("LATENTLAB_CHECKPOINTS", str(tiny_folder))
    return AppTest.from_file(str(APP), default_timeout=400)


def with_corpus(app, corpus):
    app.session_state["corpus"] = str(corpus)
    app.session_state["n"] = 200
    return app.run()


def test_it_sets_checkpoints_side_by_side(app, tiny_corpus):
    with_corpus(app, tiny_corpus)
    assert not app.exception
    assert not app.error
    assert [metric.label for metric in app.metric] == ["plain", "vib"]
    table = app.dataframe[0].value
    assert {"cloud", "measure", "plain", "vib", "isotropic"} <= set(table.columns)
    assert len(table) == 15


def test_a_sentence_goes_through_every_checkpoint(app, tiny_corpus):
    with_corpus(app, tiny_corpus)
    app.text_input(key="sentence").set_value("the cat sees a dog").run()
    assert not app.exception
    bold = [text.value for text in app.markdown]
    assert bold.index("**plain**") < bold.index("**vib**")


def test_an_empty_sentence_asks_for_one(app, tiny_corpus):
    with_corpus(app, tiny_corpus)
    app.text_input(key="sentence").set_value("  ").run()
    assert "Type a sentence" in app.info[0].value


@pytest.mark.parametrize(("key", "value"), [("folder", "nowhere"), ("corpus", "nothing.txt")])
def test_what_is_missing_is_said_with_a_way_out(app, tiny_corpus, key, value):
    app.session_state["corpus"] = str(tiny_corpus)
    app.session_state[key] = value
    app.run()
    assert not app.exception
    assert "does not exist" in app.error[0].value
    assert app.info
