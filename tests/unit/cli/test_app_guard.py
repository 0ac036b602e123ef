"""Whom the dashboard's server answers, and what it tells a browser about its pages."""

import asyncio

import pytest
from guard import HEADERS, METRICS, Guard

from latentlab import cli
from latentlab.cli.showing import app as command

LOCAL = command.settings("127.0.0.1", 8501, False)["server.allowedHosts"]
LAB = command.settings("0.0.0.0", 8501, False, ["lab.example"])["server.allowedHosts"]


async def page(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"X-Frame-Options", b"other")]})
    await send({"type": "http.response.body", "body": b"page"})


def asked(kind="http", path="/", host="localhost:8501", origin=None, hosts=LOCAL, metrics=True):
    """What is sent to one request."""
    sent = []

    async def send(message):
        sent.append(message)

    headers = [(b"host", host.encode())] + ([] if origin is None else [(b"origin", origin.encode())])
    guard = Guard(page, hosts=hosts, port=8501, metrics=metrics)
    asyncio.run(guard({"type": kind, "path": path, "headers": headers}, None, send))
    return sent


def status(**request):
    return asked(**request)[0]["status"]


@pytest.mark.parametrize(
    ("wanted", "request_"),
    [
        (200, {}),
        (200, {"host": "127.0.0.1:8501"}),
        (200, {"host": "[::1]:8501"}),
        (200, {"host": "LOCALHOST"}),
        (421, {"host": "elsewhere.example:8501"}),
        (421, {"host": ""}),
        (421, {"host": "[::1"}),
        (421, {"host": "localhost.elsewhere.example"}),
        (200, {"host": "lab.example", "hosts": LAB}),
        (421, {"host": "elsewhere.example", "hosts": LAB}),
        (200, {"host": "any.example:8501", "hosts": []}),
        (200, {"host": "any.example:8501", "hosts": ["*"]}),
        (200, {"host": "a.lab.example", "hosts": ["*.lab.example"]}),
        (421, {"host": "lab.example", "hosts": ["*.lab.example"]}),
        (421, {"host": "badlab.example", "hosts": ["*.lab.example"]}),
    ],
)
def test_only_a_known_name_is_answered(wanted, request_):
    assert status(**request_) == wanted


@pytest.mark.parametrize(
    ("wanted", "origin", "more"),
    [
        (200, "http://localhost:8501", {}),
        (403, "http://localhost:9999", {}),
        (403, "http://elsewhere.example", {}),
        (403, "null", {}),
        (200, "http://localhost:9000", {"host": "localhost:9000"}),  # forwarded to another port
        (200, "https://lab.example", {"host": "lab.example", "hosts": LAB}),
        (200, "https://lab.example", {"host": "localhost:8501", "hosts": LAB}),  # behind a proxy
        (403, "https://elsewhere.example", {"host": "lab.example", "hosts": LAB}),
        (403, "https://elsewhere.example", {"host": "any.example", "hosts": []}),
        (403, "https://elsewhere.example", {"host": "any.example", "hosts": ["*"]}),
        (200, "https://a.lab.example", {"host": "localhost:8501", "hosts": [*LOCAL, "*.lab.example"]}),
    ],
)
def test_only_pages_of_its_own_may_ask(wanted, origin, more):
    assert status(origin=origin, **more) == wanted
    closed = asked("websocket", origin=origin, **more)
    assert (closed == [{"type": "websocket.close", "code": 1008}]) == (wanted != 200)


def test_metrics_are_for_this_machine():
    assert status(path=METRICS) == 200
    assert status(path=METRICS, metrics=False) == 404
    assert status(path=f"/below{METRICS}/", metrics=False) == 404


@pytest.mark.parametrize("host", ["localhost", "elsewhere.example"])
def test_every_answer_has_the_headers_once(host):
    headers = asked(host=host)[0]["headers"]
    for pair in HEADERS:
        assert [found for found in headers if found[0].lower() == pair[0]] == [pair]


def test_no_name_given_for_all_addresses_is_remarked(monkeypatch, capsys):
    monkeypatch.setattr("os.execve", lambda *_: None)
    monkeypatch.setattr("subprocess.run", lambda *_, **__: type("Done", (), {"returncode": 0}))
    arguments = ["app", "--port", "0", "--no-open", "--host"]
    for given, remarked in (
        (["0.0.0.0"], True),
        (["0.0.0.0", "--allow-host", "lab"], False),
        (["::1"], False),
    ):
        cli.main([*arguments, *given])
        assert ("--allow-host NAME" in capsys.readouterr().err) == remarked
