"""The dashboard in a real browser, on the shipped checkpoints: what a visitor does, and what nobody may see.

Needs Debian's Chromium; skipped where there is none. `SCREENSHOTS=DIR` keeps a picture of every page.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="the browser tests need playwright: pip install 'latentlab[dev]'")
pytest.importorskip("streamlit", reason="the dashboard is an extra: pip install 'latentlab[app]'")
from playwright.sync_api import sync_playwright

from benchmarks import visitors

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.encoder,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt-get install chromium"),
    pytest.mark.xdist_group("browser"),
]
PAGES = ("Geometry", "Map", "Interpolate", "Noise", "Traverse", "Training", "Export", "Overview")
PATIENCE = 120_000
WRONG = '[data-testid="stException"], [data-testid="stAlertContentError"]'
HEIGHT = "() => document.querySelector('[data-testid=\"stMain\"]').scrollHeight"
WORKING = '[data-testid="stSpinner"], [data-testid="stStatusWidget"]'


@pytest.fixture(scope="module")
def address():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    call = [sys.executable, "-m", "latentlab", "app", "--port", str(port), "--no-open"]
    served = subprocess.Popen(
        call, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    url = f"http://127.0.0.1:{port}"
    for _ in range(200):
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=2).close()
            break
        except OSError:
            time.sleep(0.2)
    yield url
    os.killpg(served.pid, 15)
    served.wait()


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


class Visitor:
    """A window that remembers errors and who was asked for what."""

    def __init__(self, browser, address):
        self.address, self.errors, self.hosts = address, [], set()
        self.page = browser.new_page(viewport={"width": 1360, "height": 900})
        self.page.set_default_timeout(PATIENCE)
        self.page.on(
            "console", lambda message: self.errors.append(message.text) if message.type == "error" else None
        )
        # A component's script is a blob that the page itself made: its address has the page's own within.
        host = re.compile(r"^(?:blob:)?\w+:/*([^/:]*).*")
        self.page.on("request", lambda request: self.hosts.add(host.sub(r"\1", request.url)))

    def open(self, rest=""):
        self.page.goto(f"{self.address}/{rest}")
        self.page.wait_for_selector("h1")
        self.rest()

    def go(self, name):
        self.page.get_by_test_id("stSidebarNav").get_by_text(name, exact=True).click()
        self.rest()

    def rest(self):
        """Until nothing is being computed, and a moment more for what is drawn last."""
        for _ in range(3):
            self.page.wait_for_timeout(700)
            self.page.wait_for_function(f"() => !document.querySelector('{WORKING}')", timeout=PATIENCE)

    def says(self, text):
        return self.page.get_by_text(text).first.is_visible()


@pytest.fixture
def visitor(browser, address):
    window = Visitor(browser, address)
    yield window
    window.page.close()


def test_every_page_without_an_error_or_a_word_to_anybody(visitor):
    visitor.open()
    folder = os.environ.get("SCREENSHOTS")
    for name in PAGES:
        visitor.go(name)
        assert visitor.page.locator("h1").first.is_visible()
        assert visitor.page.locator(WRONG).count() == 0
        if folder:
            height = visitor.page.evaluate(HEIGHT)
            visitor.page.set_viewport_size({"width": 1360, "height": min(int(height) + 20, 2600)})
            visitor.rest()
            visitor.page.screenshot(path=str(Path(folder) / f"{name.lower()}.png"))
            visitor.page.set_viewport_size({"width": 1360, "height": 900})
    assert visitor.errors == []
    assert visitor.hosts == {"127.0.0.1"}


def test_two_sentences_are_typed_and_the_slider_moves_both_ways(visitor):
    asked = []
    visitor.page.on("websocket", lambda line: line.on("framesent", lambda sent: asked.append(sent)))
    visitor.open()
    visitor.go("Interpolate")
    for label, text in (("From", "The cat is sleeping."), ("To", "We bought a red car.")):
        field = visitor.page.get_by_label(label, exact=True)
        field.fill(text)
        field.press("Enter")
    visitor.rest()
    slider = visitor.page.get_by_role("slider", name="Point on the path")
    heads = visitor.page.locator(".paths .sentence")
    before = heads.all_inner_texts()
    assert len(before) == 2
    told = len(asked)
    assert told > 0
    slider.press("Home")
    assert [text.strip() for text in heads.all_inner_texts()] == ["The cat is sleeping."] * 2
    slider.press("End")
    assert [text.strip() for text in heads.all_inner_texts()] == ["We bought a red car."] * 2
    visitor.page.locator(".paths tbody tr").first.click()
    assert [text.strip() for text in heads.all_inner_texts()] == ["The cat is sleeping."] * 2
    assert visitor.page.locator(".paths output").inner_text() == "t = 0.00"
    last = visitor.page.locator(".paths tbody button").last
    last.focus()
    last.press("Enter")  # the table by keyboard as well
    assert [text.strip() for text in heads.all_inner_texts()] == ["We bought a red car."] * 2
    assert last.get_attribute("aria-current") == "true"
    assert visitor.page.locator(".paths svg").count() == 3
    visitor.rest()
    assert len(asked) == told  # the server heard nothing of it
    assert "to=We+bought" in visitor.page.url
    assert visitor.errors == []


def test_a_deep_link_is_followed(visitor):
    visitor.open("interpolate?a=centred&from=I+am+a+student.&to=She+was+a+doctor.&steps=5")
    assert visitor.page.get_by_label("From", exact=True).input_value() == "I am a student."
    assert visitor.says("A: centred")
    assert visitor.page.locator("table").first.locator("tbody tr").count() == 5


def test_a_lasso_selects_the_same_sentences_in_both(visitor):
    visitor.open("map?n=500")
    pane = visitor.page.locator(".js-plotly-plot .nsewdrag").first
    pane.scroll_into_view_if_needed()
    box = pane.bounding_box()
    x, y, w, h = box["x"], box["y"], box["width"], box["height"]
    mouse = visitor.page.mouse
    corners = [(0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8), (0.2, 0.25)]
    mouse.move(x + corners[0][0] * w, y + corners[0][1] * h)
    mouse.down()
    for fx, fy in corners[1:]:
        mouse.move(x + fx * w, y + fy * h, steps=8)
    mouse.up()
    visitor.rest()
    assert visitor.page.get_by_text(re.compile(r"^\d+ selected")).first.is_visible()
    legends = visitor.page.locator(".legendtext", has_text="selected")
    assert legends.count() == 2


def test_a_figure_is_exported_as_the_file_it_says(visitor):
    visitor.open("export?figure=spectrum&venue=acl&width=column")
    with visitor.page.expect_download() as caught:
        visitor.page.get_by_role("button", name="spectrum.pdf").click()
    data = Path(caught.value.path()).read_bytes()
    assert caught.value.suggested_filename == "spectrum.pdf"
    assert data.startswith(b"%PDF")
    assert b"/Type3" not in data


def test_the_dark_theme_is_dark(browser, address):
    window = Visitor(browser, address)
    window.page.emulate_media(color_scheme="dark")
    window.open("training")
    colour = window.page.evaluate(
        "() => getComputedStyle(document.querySelector('[data-testid=\"stApp\"]')).backgroundColor"
    )
    assert max(map(int, re.findall(r"\d+", colour)[:3])) < 80
    window.page.close()


def test_another_host_is_refused(address):
    """A page of somebody else's whose name was made to lead here."""
    port = int(address.rsplit(":", 1)[1])

    def answer(host):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
            ask = f"GET /_stcore/stream HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n"
            ask += "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            line.sendall((ask + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").encode())
            return line.recv(200).split(b"\r\n")[0]

    assert b" 101 " in answer(f"127.0.0.1:{port}")
    assert b" 403 " in answer("evil.example")


def test_visitors_at_once_all_get_their_ways(address, monkeypatch):
    monkeypatch.setattr(visitors, "VISITORS", 4)
    found = visitors.visitors(int(address.rsplit(":", 1)[1]), os.getpid(), 3)
    assert found["first_errors"] == []
    assert found["walks"] >= 4
