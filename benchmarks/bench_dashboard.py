"""The dashboard as a visitor has it: the real server, in Chromium; ten visitors over its socket.

Without a Chromium nothing is measured but the bytes of a map.
"""

import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.visitors import visitors

APP = Path(__file__).resolve().parent.parent / "apps" / "dashboard" / "app.py"
SECONDS, OPENED = 60, 5
_PAIRS = (
    ("We live here.", "We bought a red car."),
    ("She was a doctor.", "They are running."),
    ("I like cold coffee.", "It was sunny yesterday."),
)
_TABLE = "document.querySelector('table')?.innerText"
_PAINTED = "() => document.querySelectorAll('[data-testid=\"stPlotlyChart\"] canvas.gl-canvas').length >= 2"


def run(folder: Path) -> dict[str, Any]:
    """Seconds and bytes; the browser's rows are None where there is no Chromium."""
    chromium = shutil.which("chromium")
    if chromium is None:
        return {"map_bytes": _map_bytes(folder), "shell_s": None}
    first, *again = (_opened(folder, chromium) for _ in range(1 + OPENED))
    shell, usable = (statistics.median(seconds) for seconds in zip(*again, strict=True))
    found = {"shell_s": shell, "usable_s": usable, "usable_first_s": first[1]}
    with server(folder) as (url, _, process):
        found |= _clicked(url, chromium)
        found["visitors"] = visitors(int(url.rsplit(":", 1)[1]), process, SECONDS)
    return found | {"map_bytes": _map_bytes(folder)}


def _map_bytes(folder: Path) -> int:
    """Of the larger of two panes with twenty thousand sentences, as they go to the browser."""
    from streamlit.testing.v1 import AppTest

    os.environ["LATENTLAB_CHECKPOINTS"] = str(folder)
    at = AppTest.from_file(str(APP), default_timeout=300).run()
    at.switch_page("views/map.py").run()
    at.sidebar.select_slider(key="n").set_value(20_000).run()
    return max(chart.proto.ByteSize() for chart in at.get("plotly_chart"))


def _clicked(url: str, chromium: str) -> dict[str, float]:
    """From a key to what it changes on the page, in one browser, after everything has been shown once."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1360, "height": 900})
        page.set_default_timeout(100_000)
        page.goto(f"{url}/interpolate")
        page.locator("pre").first.wait_for()  # the last of the page
        page.wait_for_timeout(3000)
        clicks = []
        for a, b in _PAIRS:
            for label, text in (("From", a), ("To", b)):
                page.get_by_label(label, exact=True).fill(text)
                before = page.evaluate(_TABLE)
                started = time.perf_counter()
                page.get_by_label(label, exact=True).press("Enter")
                page.wait_for_function(f"before => {_TABLE} && {_TABLE} !== before", arg=before)
                clicks.append(time.perf_counter() - started)
                page.wait_for_timeout(2000)
        slides = []
        slider = page.get_by_role("slider", name="Point on the path")
        for key, place in (("Home", "0.00"), ("End", "1.00"), ("ArrowLeft", "0.90"), ("ArrowLeft", "0.80")):
            started = time.perf_counter()
            slider.press(key)
            page.locator("table tbody tr", has_text="▸").filter(has_text=place).wait_for()
            slides.append(time.perf_counter() - started)
            page.wait_for_timeout(1000)
        paints = []
        page.goto(f"{url}/map?n=20000")
        for _ in range(3):
            page.wait_for_function(_PAINTED)
            page.get_by_test_id("stSidebarNav").get_by_text("Training", exact=True).click()
            page.wait_for_function(f"() => !({_PAINTED})()")
            page.wait_for_timeout(1000)
            started = time.perf_counter()
            page.get_by_test_id("stSidebarNav").get_by_text("Map", exact=True).click()
            page.wait_for_function(_PAINTED)
            paints.append(time.perf_counter() - started)
        browser.close()
    return {
        "click_s": statistics.median(clicks),
        "slider_s": statistics.median(slides),
        "map_s": statistics.median(paints),
    }


def _opened(folder: Path, chromium: str) -> tuple[float, float]:
    """Seconds from the command to the frame of the page, and to its numbers.

    The browser is there already and has nothing of the page in its cache.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        with server(folder) as (url, started, _):
            page.goto(url)
            page.wait_for_selector('[data-testid="stSidebarNav"]', timeout=60_000)
            shell = time.perf_counter() - started
            page.get_by_text("Numbers").first.wait_for(timeout=120_000)
            usable = time.perf_counter() - started
        browser.close()
    return shell, usable


@contextmanager
def server(
    folder: Path, log: Path = Path(os.devnull), **environment: str
) -> Iterator[tuple[str, float, int]]:
    """Address, when it was started, and the number of the process that serves; what it says is in `log`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    call = [sys.executable, "-m", "latentlab", "app", str(folder), "--port", str(port), "--no-open"]
    started = time.perf_counter()
    # The dashboard of this tree, whichever is installed.
    here = os.pathsep.join(filter(None, [str(APP.parents[2]), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": here, **environment}
    with log.open("w") as said:
        process = subprocess.Popen(call, start_new_session=True, stdout=said, stderr=said, env=environment)
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=2).close()
            break
        except OSError:
            time.sleep(0.05)
    try:
        yield url, started, process.pid
    finally:
        os.killpg(process.pid, 15)
        process.wait()


def rows(d: dict[str, Any] | None) -> list[tuple[str, str, str, bool]]:
    """What was to be reached, what was measured, whether it was; nothing where it has not been measured."""
    if not d:
        return []
    size = f"{d['map_bytes'] / 1e6:.2f} MB"
    if d["shell_s"] is None:
        return [("dashboard: a map of 20,000 sentences", "≤ 2 MB", size, d["map_bytes"] <= 2e6)]
    v = d["visitors"]
    return [
        (
            "dashboard: click to both paths shown, warm, 11 points, in Chromium",
            "≤ 0.5 s",
            f"{d['click_s']:.2f} s",
            d["click_s"] <= 0.5,
        ),
        (
            "dashboard: slider to update, in Chromium",
            "≤ 150 ms",
            f"{1e3 * d['slider_s']:.0f} ms",
            d["slider_s"] <= 0.15,
        ),
        (
            "dashboard: map of 20,000 sentences a pane, both panes, warm, painted in Chromium",
            "≤ 1.5 s, ≤ 2 MB",
            f"{d['map_s']:.2f} s, {size}",
            d["map_s"] <= 1.5 and d["map_bytes"] <= 2e6,
        ),
        (
            "`latentlab app` in Chromium, opened before: page shell / first page usable",
            "≤ 2 s / ≤ 8 s",
            f"{d['shell_s']:.1f} s / {d['usable_s']:.1f} s; the first time {d['usable_first_s']:.1f} s",
            d["shell_s"] <= 2 and d["usable_s"] <= 8,
        ),
        (
            "ten visitors interpolating for a minute, each pair new",
            "no error, p95 ≤ 3 s, memory flat",
            f"{v['walks']} walks, {v['errors']} errors, p95 {v['p95_s']:.2f} s, memory × "
            f"{v['growth_after_a_third']:.2f} after the first third",
            v["errors"] == 0 and v["p95_s"] <= 3 and v["growth_after_a_third"] < 1.1,
        ),
    ]
