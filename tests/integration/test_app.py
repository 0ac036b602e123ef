"""Every page of the dashboard in every state, without a browser: small real checkpoints."""

import ast
import json
import shlex
import shutil
from pathlib import Path

import pytest

pytest.importorskip("streamlit", reason="the dashboard is an extra: pip install 'latentlab[app]'")
from streamlit.testing.v1 import AppTest

from latentlab.corpora import data_folder

APP = Path(__file__).resolve().parents[2] / "apps" / "dashboard" / "app.py"
PAGES = ("overview", "geometry", "map", "interpolate", "noise", "traverse", "training", "export")
TWO_MEGABYTES = 2_000_000


@pytest.fixture
def open_app(monkeypatch, tmp_path_factory):
    """A session on a folder; `page` by its file, `link` is what the address says."""

    def start(folder, page="overview", **link):
        monkeypatch.setenv("LATENTLAB_CHECKPOINTS", str(folder))
        monkeypatch.setenv("LATENTLAB_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
        at = AppTest.from_file(str(APP), default_timeout=300)
        for key, value in {"n": "200", **link}.items():
            at.query_params[key] = value
        at.run()
        if page != "overview":
            at.switch_page(f"views/{page}.py").run()
        return at

    return start


def words(at):
    """All that a page says."""
    parts = (at.title, at.markdown, at.caption, at.info, at.warning, at.error, at.success, at.subheader)
    return "\n".join(str(element.value) for part in parts for element in part)


def paths(at):
    """What the slider of Interpolate moves in."""
    return json.loads(at.get("bidi_component")[0].proto.json)


def plain(element):
    """Without the marks that keep a message from being markup."""
    return element.value.replace("\\", "")


@pytest.fixture(scope="module")
def pair():
    """The shipped ones, for pages that decode: a tiny model cannot write sentences of the grammar."""
    return data_folder() / "checkpoints"


@pytest.mark.encoder
@pytest.mark.parametrize("page", PAGES)
def test_every_page_shows_two_checkpoints(open_app, pair, page):
    at = open_app(pair, page)
    assert not at.exception
    assert not at.error
    assert at.title
    assert [box.value for box in at.sidebar.selectbox] == ["baseline", "vib"]


@pytest.mark.parametrize("page", PAGES)
def test_every_page_shows_one_small_checkpoint(open_app, tiny_folder, page):
    at = open_app(tiny_folder / "vib", page)
    assert not at.exception
    assert at.title
    if page in ("interpolate", "noise", "map", "traverse"):
        return  # a random model without statistics may refuse; that it says so without a trace is enough
    assert "latentlab" in "\n".join(code.value for code in at.code) or page == "training"


def test_a_folder_without_a_checkpoint_says_what_to_do(open_app, tmp_path):
    at = open_app(tmp_path)
    assert not at.exception
    assert "no checkpoint at or below" in plain(at.error[0])
    assert "latentlab train" in plain(at.info[0])


def test_a_damaged_checkpoint_is_named_and_the_others_stay(open_app, tiny_folder, tmp_path):
    shutil.copytree(tiny_folder, tmp_path / "runs")
    weights = tmp_path / "runs" / "vib" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:200])
    at = open_app(tmp_path / "runs", a="vib", b="—")
    assert not at.exception
    assert "model.safetensors" in plain(at.error[0])
    at.sidebar.selectbox(key="a").set_value("plain").run()
    assert not at.error


@pytest.mark.parametrize("folder", ["secret/runs", "my secret/two words", "geheim/läufe"])
def test_off_this_machine_no_path_is_shown(open_app, tiny_folder, tmp_path, monkeypatch, folder):
    runs = tmp_path / folder
    shutil.copytree(tiny_folder / "vib", runs / "vib")
    (runs / "vib" / "model.safetensors").write_bytes(b"no weights")
    monkeypatch.setenv("LATENTLAB_PUBLIC", "1")
    at = open_app(runs)
    assert at.error
    assert "safetensors is cut short" in words(at).replace("\\", "")
    assert str(tmp_path) not in words(at)
    assert folder.split("/")[0] not in words(at)


def test_a_name_in_the_address_leads_nowhere_else(open_app, tiny_folder, tmp_path):
    shutil.copytree(tiny_folder, tmp_path / "runs")
    shutil.copytree(tiny_folder / "vib", tmp_path / "elsewhere")
    (tmp_path / "runs" / "link").symlink_to(tmp_path / "elsewhere")
    at = open_app(tmp_path / "runs", a="../elsewhere")
    assert not at.exception
    options = at.sidebar.selectbox(key="a").options
    assert at.sidebar.selectbox(key="a").value in options
    assert not any("elsewhere" in name or "link" in name for name in options)


@pytest.mark.encoder
def test_a_deep_link_gives_what_it_says(open_app, pair):
    ends = {"from": "I am a student.", "to": "She was a doctor."}
    at = open_app(pair, "interpolate", a="centred", b="bottleneck", steps="7", **ends)
    assert not at.exception
    assert at.text_input(key="from").value == "I am a student."
    assert at.slider(key="steps").value == 7
    shown = paths(at)
    assert [path["title"] for path in shown["paths"]] == ["A: centred", "B: bottleneck"]
    assert all(len(path["texts"]) == 7 for path in shown["paths"])
    assert all(path["texts"][0] == "I am a student." for path in shown["paths"])


@pytest.mark.encoder
def test_a_link_to_a_checkpoint_that_is_not_here_says_so(open_app, pair):
    at = open_app(pair, a="gone*", b="vib")
    said = [plain(warning) for warning in at.sidebar.warning]
    assert said == ["The link asks for “gone*”, which is not here."]
    assert "A: baseline" in words(at)
    assert not open_app(pair, a="baseline", b="—").sidebar.warning


@pytest.mark.encoder
def test_the_browser_has_all_that_the_slider_shows(open_app, pair):
    shown = paths(open_app(pair, "interpolate"))
    assert shown["places"] == pytest.approx([i / 10 for i in range(11)])
    for path in shown["paths"]:
        assert (path["texts"][0], path["texts"][-1]) == ("The cat is sleeping.", "The dog is running.")
        assert {
            len(path[key]) for key in ("nearest", "nearness", "fluency", "norm", "unmasking", "words")
        } == {11}
        assert [steps[-1] for steps in path["unmasking"]] == path["texts"]
        # Words that the sentence above does not have are new; the same sentence is said once.
        for before, text, cell in zip(path["texts"], path["texts"][1:], path["words"][1:], strict=False):
            assert (cell is None) == (text == before)
            assert cell is None or {w for w, new in cell if new} == set(text.split()) - set(before.split())
        assert path["nearness"][0] < 0 < path["nearness"][-1]
        assert min(path["fluency"]) > 0


@pytest.mark.encoder
def test_examples_swap_and_impossible_sentences(open_app, pair):
    at = open_app(pair, "interpolate")
    at.button[0].click().run()
    assert at.text_input(key="from").value == "The dog is running."
    at.text_input(key="from").set_value("").run()
    assert "Type a sentence" in words(at)
    at.text_input(key="from").set_value("a b c d e f g h " * 12).run()
    assert "Shorten it" in words(at)
    at.text_input(key="from").set_value("<script>alert(1)</script> **x**").run()
    assert not at.exception
    assert "<script>" not in words(at)


@pytest.mark.encoder
def test_points_of_a_map_stay_under_two_megabytes(open_app, pair):
    at = open_app(pair, "map", n="2000", colour="tense")
    assert not at.exception
    charts = at.get("plotly_chart")
    assert len(charts) == 2
    for chart in charts:
        assert chart.proto.ByteSize() < TWO_MEGABYTES / 10  # a tenth of the 20,000 points of the budget
    assert "2,000 of 30,000 sentences, seed 0" in str(at.get("badge")) + words(at)


@pytest.mark.encoder
@pytest.mark.parametrize("move", ["one dimension", "an attribute", "A − B + C", "the prior"])
def test_every_move_of_traverse(open_app, pair, move):
    at = open_app(pair, "traverse", move=move)
    assert not at.exception
    assert not at.error
    assert any(m.value.startswith("| | ") for m in at.markdown)


def test_a_run_that_is_written_is_read_again_and_flagged(open_app, tiny_folder, tmp_path):
    shutil.copytree(tiny_folder / "vib", tmp_path / "vib")
    lines = [{"step": i, "reconstruction": 1.0 / (1 + i)} for i in range(5)]
    lines += [{"step": 5, "ce": 1.0, "kl_held_out": 0.01, "train_gap": 0.9}]
    (tmp_path / "vib" / "training.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    at = open_app(tmp_path, "training")
    assert not at.exception
    said = words(at)
    assert "read again every 5 seconds" in said
    assert "the posterior has collapsed" in said
    assert "it memorises" in said


def test_a_first_run_is_there_before_its_checkpoint(open_app, tiny_folder, tmp_path):
    shutil.copytree(tiny_folder / "vib", tmp_path / "done")
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "training.jsonl").write_text('{"step": 0, "reconstruction": 9.0}\n')
    at = open_app(tmp_path, "training")
    assert not at.exception
    assert at.multiselect[0].value == ["new"]
    assert "read again every 5 seconds" in words(at)
    (tmp_path / "new" / "training.jsonl").write_text("nothing yet\n")
    at.run()
    assert not at.exception
    assert "no line of a training log" in at.error[0].value


def test_a_first_run_alone_in_its_folder_is_shown(open_app, tmp_path):
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "training.jsonl").write_text('{"step": 0, "reconstruction": 9.0}\n')
    at = open_app(tmp_path)
    assert not at.exception
    assert "no checkpoint yet" in plain(at.error[0])
    assert "Training" in plain(at.info[0])
    at.switch_page("views/training.py").run()
    assert not at.exception
    assert not at.error
    assert at.multiselect[0].value == ["new"]


def test_the_address_says_which_runs_are_shown(open_app, tiny_folder, tmp_path):
    for name in ("one", "two"):
        shutil.copytree(tiny_folder / "vib", tmp_path / name)
        (tmp_path / name / "training.jsonl").write_text('{"step": 0, "reconstruction": 9.0}\n')
    at = open_app(tmp_path, "training", runs="two")
    assert not at.exception
    assert at.multiselect[0].value == ["two"]


@pytest.mark.encoder
@pytest.mark.parametrize("page", ["overview", "export"])
def test_commands_draw_the_same_sentences(open_app, pair, page):
    at = open_app(pair, page, seed="7", venue="acl", width="column")
    assert not at.exception
    lines = [code.value for code in at.code if "anisotropy" in code.value or "report " in code.value]
    assert lines
    assert all("--n 200 --seed 7" in line for line in lines)
    assert page == "overview" or "--venue acl --width column" in lines[-1]


def test_what_a_message_holds_is_no_markup(open_app, tiny_folder, tmp_path):
    folder = tmp_path / "![x](http:"
    shutil.copytree(tiny_folder / "vib", folder)
    (folder / "model.safetensors").write_bytes(b"no weights")
    at = open_app(tmp_path)
    assert "![x](" not in at.error[0].value


@pytest.mark.encoder
def test_commands_are_quoted_for_a_shell(open_app, pair):
    ends = {"from": "It's $HOME `id`.", "to": "She was a doctor."}
    at = open_app(pair, "interpolate", temperature="0.5", walkseed="3", **ends)
    assert not at.exception
    line = next(code.value for code in at.code if "interpolate" in code.value)
    assert line.endswith("--steps 11 --path auto --scores --temperature 0.5 --seed 3")
    assert shlex.split(line)[shlex.split(line).index("--from") + 1] == ends["from"]


def test_pages_have_no_html_of_anybody_and_no_fold_of_their_own():
    files = list(APP.parent.rglob("*.py"))
    assert len(files) > 10
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert "unsafe_allow_html" not in text
        assert "pickle" not in text
        assert "import umap" not in text
    for file in [APP, *(APP.parent / "views").glob("*.py")]:
        _, *rest = ast.parse(file.read_text(encoding="utf-8")).body
        alone = [
            node.lineno
            for node in rest
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        ]
        assert alone == [], file  # Streamlit shows what stands alone
