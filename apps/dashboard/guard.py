"""Who may ask the dashboard's server, and what a browser may do with its pages: one ASGI middleware.

Streamlit checks the name under which it is asked on its socket alone; here every request is looked at. A page
of somebody else's may neither read this one nor show it inside its own.
"""

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any
from urllib.parse import urlsplit

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

HEADERS = (
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"content-security-policy", b"frame-ancestors 'self'"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
)
METRICS = "/_stcore/metrics"
LOCAL = ("localhost", "127.0.0.1", "::1")


class Guard:
    """Refuse other names, other pages' requests and, for other machines, the metrics; set the headers."""

    def __init__(self, app: Asgi, *, hosts: Sequence[str], port: int, metrics: bool) -> None:
        self.app = app
        self.hosts = [host.lower() for host in hosts]
        self.port = port
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request or socket."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        status = self.refused(scope["path"], headers.get(b"host", ""), headers.get(b"origin"))
        if status is None:
            await self.app(scope, receive, _with_headers(send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            plain = [(b"content-type", b"text/plain; charset=utf-8"), *HEADERS]
            await send({"type": "http.response.start", "status": status, "headers": plain})
            await send({"type": "http.response.body", "body": _SAID[status]})

    def refused(self, path: str, host: str, origin: str | None) -> int | None:
        """The status of a refusal, None for what may pass.

        >>> guard = Guard(None, hosts=["localhost"], port=8501, metrics=True)
        >>> guard.refused("/", "localhost:8501", None), guard.refused("/", "elsewhere.example:8501", None)
        (None, 421)
        >>> guard.refused("/", "localhost:8501", "http://localhost:9999")
        403
        """
        name = _split(f"//{host}")[0]
        if self.hosts and "*" not in self.hosts and not self._named(name):
            return 421
        if origin is not None and not self._own(origin, host, name):
            return 403
        return 404 if path.rstrip("/").endswith(METRICS) and not self.metrics else None

    def _named(self, name: str | None) -> bool:
        """Whether it is among the names that were given; `*.lab.example` stands for all below it."""
        return name is not None and any(
            name == host or (host.startswith("*.") and name.endswith(host[1:])) for host in self.hosts
        )

    def _own(self, origin: str, host: str, name: str | None) -> bool:
        """Whether a page of ours asks: it has the name asked for, and on this machine the port too."""
        theirs, port = _split(origin)
        if theirs is None or theirs != name:
            # Behind a proxy the name asked for may be the proxy's own; those that were allowed are ours.
            return self._named(theirs) and theirs not in LOCAL
        return name not in LOCAL or port in (_split(f"//{host}")[1], self.port)


_SAID = {
    403: b"a page of another address may not ask\n",
    404: b"not found\n",
    421: b"unknown name: start with --allow-host NAME\n",
}


def _split(address: str) -> tuple[str | None, int | None]:
    try:
        parts = urlsplit(address)
        return parts.hostname, parts.port
    except ValueError:
        return None, None


def _with_headers(send: Send) -> Send:
    async def sending(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            own = {name for name, _ in HEADERS}
            kept = [pair for pair in message.get("headers", []) if pair[0].lower() not in own]
            message = {**message, "headers": [*kept, *HEADERS]}
        await send(message)

    return sending
