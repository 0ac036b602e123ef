"""The dashboard: from the command to the first page, clicks, sliders, maps, and ten visitors at once."""

import os
import shutil
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

APP = Path(__file__).resolve().parent.parent / "apps" / "dashboard" / "app.py"
VISITORS, SECONDS = 10, 60
_PAIRS = (
    ("The cat is sleeping.", "We bought a red car."),
    ("She was a doctor.", "They are running."),
    ("I like cold coffee.", "It was sunny yesterday."),
)


def run(folder: Path) -> dict[str, Any]:
    """Seconds and bytes; the browser's rows are None where there is no Chromium."""
    return {**_session(folder), **_served(folder)}


def _session(folder: Path) -> dict[str, Any]:
    """Without a browser: what a click, a slider and a map cost on the server."""
    from streamlit.testing.v1 import AppTest

    os.environ["LATENTLAB_CHECKPOINTS"] = str(folder)
    at = AppTest.from_file(str(APP), default_timeout=300).run()
    at.switch_page("views/interpolate.py").run()
    clicks = []
    for a, b in _PAIRS:
        at.text_input(key="from").set_value(a)
        started = time.perf_counter()
        at.text_input(key="to").set_value(b).run()
        clicks.append(time.perf_counter() - started)
    slides = []
    for place in (0, 3, 8):
        started = time.perf_counter()
        at.select_slider(key="point").set_value(place).run()
        slides.append(time.perf_counter() - started)
    at.switch_page("views/map.py").run()
    at.sidebar.select_slider(key="n").set_value(20_000).run()
    started = time.perf_counter()
    at.run()
    painted = time.perf_counter() - started
    size = max(chart.proto.ByteSize() for chart in at.get("plotly_chart"))
    return {
        "click_s": statistics.median(clicks),
        "slider_s": statistics.median(slides),
        "map_s": painted,
        "map_bytes": size,
    }


def _served(folder: Path) -> dict[str, Any]:
    chromium = shutil.which("chromium")
    if chromium is None:
        return {"shell_s": None}
    first, again = _opened(folder, chromium), _opened(folder, chromium)
    return {
        "shell_s": again[0],
        "usable_s": again[1],
        "usable_first_s": first[1],
        "visitors": _visitors(folder),
    }


def _opened(folder: Path, chromium: str) -> tuple[float, float]:
    """Seconds from the command to the frame of the page, and to its numbers."""
    from playwright.sync_api import sync_playwright

    with _server(folder) as (url, started), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(url)
        page.wait_for_selector('[data-testid="stSidebarNav"]', timeout=60_000)
        shell = time.perf_counter() - started
        page.get_by_text("Numbers").first.wait_for(timeout=120_000)
        usable = time.perf_counter() - started
        browser.close()
    return shell, usable


@contextmanager
def _server(folder: Path) -> Iterator[tuple[str, float]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    call = [sys.executable, "-m", "latentlab", "app", str(folder), "--port", str(port), "--no-open"]
    started = time.perf_counter()
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(call, start_new_session=True, **quiet)
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=2).close()
            break
        except OSError:
            time.sleep(0.05)
    try:
        yield url, started
    finally:
        os.killpg(process.pid, 15)
        process.wait()


def _visitors(folder: Path) -> dict[str, Any]:
    """Ten sessions that share models and lock, each walking between sentences for a minute.

    They run in this process, so that the two cores serve and do not draw ten browsers.
    """
    from streamlit.testing.v1 import AppTest

    os.environ["LATENTLAB_CHECKPOINTS"] = str(folder)
    taken: list[float] = []
    wrong: list[str] = []
    memory = [_resident()]

    def visit(number: int) -> None:
        at = AppTest.from_file(str(APP), default_timeout=300).run()
        at.switch_page("views/interpolate.py").run()
        end, turn = time.monotonic() + SECONDS, 0
        while time.monotonic() < end:
            a, b = _PAIRS[(number + turn) % 3][0], _PAIRS[(number + turn + 1) % 3][1]
            at.text_input(key="from").set_value(a)
            started = time.perf_counter()
            at.text_input(key="to").set_value(b).run()
            taken.append(time.perf_counter() - started)
            wrong.extend(str(error.value) for error in (*at.exception, *at.error))
            turn += 1
            time.sleep(1)

    threads = [threading.Thread(target=visit, args=(i,)) for i in range(VISITORS)]
    for thread in threads:
        thread.start()
    time.sleep(SECONDS / 3)
    memory.append(_resident())
    for thread in threads:
        thread.join()
    memory.append(_resident())
    return {
        "walks": len(taken),
        "errors": len(wrong),
        "first_errors": wrong[:3],
        "p95_s": statistics.quantiles(taken, n=20)[-1],
        "growth_after_a_third": memory[2] / memory[1],
    }


def _resident() -> int:
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])


def rows(d: dict[str, Any] | None) -> list[tuple[str, str, str, bool]]:
    """What was to be reached, what was measured, whether it was; nothing where it has not been measured."""
    if not d:
        return []
    found = [
        (
            "dashboard: click to both ways shown, warm, 11 points",
            "≤ 0.5 s",
            f"{d['click_s']:.2f} s",
            d["click_s"] <= 0.5,
        ),
        ("dashboard: slider to update", "≤ 150 ms", f"{1e3 * d['slider_s']:.0f} ms", d["slider_s"] <= 0.15),
        (
            "dashboard: map of 20,000 sentences a pane, both panes, warm",
            "≤ 1.5 s, ≤ 2 MB",
            f"{d['map_s']:.2f} s, {d['map_bytes'] / 1e6:.2f} MB",
            d["map_s"] <= 1.5 and d["map_bytes"] <= 2e6,
        ),
    ]
    if d["shell_s"] is not None:
        v = d["visitors"]
        found += [
            (
                "`latentlab app` in Chromium, opened before: page shell / first page usable",
                "≤ 2 s / ≤ 8 s",
                f"{d['shell_s']:.1f} s / {d['usable_s']:.1f} s; the first time {d['usable_first_s']:.1f} s",
                d["shell_s"] <= 2 and d["usable_s"] <= 8,
            ),
            (
                "ten visitors interpolating for a minute",
                "no error, p95 ≤ 3 s, memory flat",
                f"{v['walks']} walks, {v['errors']} errors, p95 {v['p95_s']:.2f} s, memory × "
                f"{v['growth_after_a_third']:.2f} after the first third",
                v["errors"] == 0 and v["p95_s"] <= 3 and v["growth_after_a_third"] < 1.1,
            ),
        ]
    return found
