"""What the pages share: visitors who wait for one another, and words that name no folder."""

import asyncio
import socket
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("streamlit", reason="the dashboard is an extra: pip install 'latentlab[app]'")
from parts import choice, show

from apps.dashboard.serve import FRAME, send_at_once
from latentlab.analysis.interpolation.path_baselines import ReferenceSentences
from latentlab.analysis.interpolation.sentence_pairs import ScoringResources, walk_pairs
from latentlab.analysis.interpolation.walk import WalkOptions
from latentlab.analysis.loading import load_models
from latentlab.corpora import data_folder, shipped_corpus
from latentlab.corpora.pair_files import load_pairs
from latentlab.figures.output.bundle import figure_of, render
from latentlab.metrics import Estimate
from latentlab.results import Report
from latentlab.results.reports.provenance import Provenance


def ask_at_once(asked, work):
    """Results by what was asked, or the error; all wait behind one who has the lock."""
    found = {}

    def ask(key, item):
        try:
            found[item] = choice.together(key, item, work)
        except ValueError as error:
            found[item] = error

    with choice.LOCK:
        threads = [threading.Thread(target=ask, args=one) for one in asked]
        for thread in threads:
            thread.start()
        while sum(map(len, choice._WAITING.values())) < len(asked):
            time.sleep(0.001)
    for thread in threads:
        thread.join()
    return found


def test_those_who_wait_are_served_in_one_batch_and_get_their_own():
    batches = []

    def work(items):
        batches.append(sorted(items))
        return [item * 10 for item in items]

    assert ask_at_once([("a", 1), ("a", 2), ("b", 3), ("a", 4)], work) == {1: 10, 2: 20, 3: 30, 4: 40}
    assert sorted(batches) == [[1, 2, 4], [3]]
    assert choice._WAITING == {}


def test_an_error_reaches_all_of_its_batch_and_nobody_else():
    def work(items):
        if 2 in items:
            raise ValueError("two")
        return items

    found = ask_at_once([("a", 1), ("a", 2), ("b", 3)], work)
    assert [str(found[1]), str(found[2]), found[3]] == ["two", "two", 3]
    assert choice.together("a", 5, work) == 5


@pytest.mark.encoder
def test_ways_in_company_are_those_alone():
    folder = data_folder() / "checkpoints"
    models = load_models([folder / "baseline", folder / "vib"], offline=True)
    bench = ScoringResources.of(models, shipped_corpus().split("train"), offline=True)
    pairs, options = load_pairs(data_folder() / "pairs.jsonl")[0][::50], WalkOptions(steps=5)
    for alone, both in zip(pairs, walk_pairs(models, pairs, options, bench), strict=True):
        for one, other in zip(walk_pairs(models, [alone], options, bench)[0], both, strict=True):
            assert (one.name, one.path.pair, one.path.texts) == (other.name, alone, other.path.texts)
            assert one.nearest == other.nearest
            np.testing.assert_allclose(one.nearness, other.nearness, atol=1e-5)
            np.testing.assert_array_equal(one.fluency, other.fluency)


@pytest.mark.encoder
def test_a_bank_keeps_the_latents_of_each_model_apart():
    folder = data_folder() / "checkpoints"
    models = load_models([folder / "baseline", folder / "vib"], offline=True)
    reference = ReferenceSentences.of(models, shipped_corpus().split("train"), 0, n=60)
    z = [model.encode(reference.texts[:20]).mu.astype(np.float64) for model in models]
    for _ in range(2):
        for model, latents in zip(models, z, strict=True):
            assert reference.nearest(model, latents) == reference.texts[:20]
    assert set(reference.latents) == {model.fingerprint for model in models}


def test_of_a_path_the_last_part_stays(monkeypatch):
    monkeypatch.setenv("LATENTLAB_PUBLIC", "1")
    monkeypatch.setenv("LATENTLAB_CHECKPOINTS", "/srv/our runs")
    said = {
        "cannot read /data: gone": "cannot read data: gone",
        "/mnt/runs/x/model.pt is empty": "model.pt is empty",
        "in '/srv/our runs/vib/config.json'": "in 'our runs/vib/config.json'",
        "cannot read /disk/ann lee/runs/a": "cannot read a",
        "/srv/my data/x/model.safetensors and /disk/b differ": "model.safetensors and b differ",
        "A/B at 1 / 2, see https://example.org/page": "A/B at 1 / 2, see https://example.org/page",
    }
    assert {text: choice.hidden(text) for text in said} == said


def test_a_connection_to_the_server_sends_small_pieces_at_once():
    async def connected():
        arrived = asyncio.get_running_loop().create_future()

        class Protocol(asyncio.Protocol):
            def connection_made(self, transport):
                taken = transport.get_extra_info("socket")
                arrived.set_result(taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
                transport.close()

        listening = socket.socket(socket.AF_INET)  # as Streamlit opens it: no protocol is named
        listening.bind(("127.0.0.1", 0))
        send_at_once(asyncio.get_running_loop())
        async with await asyncio.get_running_loop().create_server(Protocol, sock=listening):
            _, writer = await asyncio.open_connection(*listening.getsockname())
            writer.close()
            return await arrived

    assert asyncio.run(connected()) != 0


def test_the_frame_of_a_page_needs_nothing_heavy():
    code = (
        "import importlib, sys\n"
        f"for name in {FRAME!r}: importlib.import_module(name)\n"
        "sys.exit(', '.join({'torch', 'scipy', 'pandas', 'matplotlib'} & set(sys.modules)) or None)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_numbers_of_a_loaded_checkpoint_wait_for_nothing_that_they_do_not_use(tiny_folder):
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from latentlab.analysis.interpolation import sentence_pairs\n"
        "from latentlab.analysis.loading import load_models\n"
        f"load_models([Path({str(tiny_folder)!r})])\n"
        "heavy = {'torch._dynamo', 'transformers', 'scipy.stats', 'sklearn', 'pandas', 'matplotlib'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or None)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (Estimate(168.25), "168.2"),
        (Estimate(1.0, ci95=(0.981, 1.0)), "1.000 [0.981, 1.000]"),
        (Estimate(0.617, ci95=(0.613, 0.621)), "0.617 ± 0.004"),
        (Estimate(2.5e8), "2.500e8"),
        (Estimate(None), "–"),
        (None, "–"),
    ],
)
def test_a_page_prints_a_number_with_the_interval_that_it_has(cell, text):
    assert show.number(cell, 1) == text


def test_a_page_shows_the_bytes_that_plot_writes():
    import matplotlib as mpl

    log = {"reconstruction": {"step": [1, 2], "value": [3.0, 1.0]}}
    report = Report.of("training", {}, {"items": [{"name": "a", "log": log}]}, Provenance())
    shown = []
    page = SimpleNamespace(image=lambda data, **options: shown.append((data, options["alt"])))
    expected = render(report, "training_curves", "png")
    with mpl.rc_context({"figure.facecolor": "black", "font.size": 20}):
        show.picture(figure_of(report, "training_curves"), "curves", page)
    assert shown == [(expected, "curves")]
