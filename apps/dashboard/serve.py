"""Start the dashboard: `latentlab app` runs this file with the settings as JSON in LATENTLAB_SERVE."""

import asyncio
import importlib
import json
import os
import socket
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from guard import Guard
from starlette.middleware import Middleware

FRAME = ("numpy", "PIL.Image", "latentlab.checkpoints.find")
"""What the frame of every page needs."""


@asynccontextmanager
async def opened(app: st.App) -> AsyncIterator[None]:
    """Just before anybody can connect."""
    send_at_once(asyncio.get_running_loop())
    threading.Thread(target=import_frame, daemon=True).start()
    yield


def import_frame() -> None:
    """While the browser still reads Streamlit's own files: the frame is then there when they are.

    Not torch as well: its import would hold up those files.
    """
    for name in FRAME:
        importlib.import_module(name)


def send_at_once(loop: asyncio.AbstractEventLoop) -> None:
    """Let the server's socket, and the connections that inherit it, send small pieces at once (TCP_NODELAY).

    Streamlit hands uvicorn a socket that does not name its protocol, so asyncio leaves the option off and
    answers wait some 40 ms for the browser's acknowledgement of their first piece (uvicorn issue 3149).
    """
    create = loop.create_server

    async def create_server(*args: Any, sock: socket.socket | None = None, **options: Any) -> Any:
        if sock is not None:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return await create(*args, sock=sock, **options)

    loop.create_server = create_server  # type: ignore[method-assign]


if __name__ == "__main__":
    served = json.loads(os.environ["LATENTLAB_SERVE"])
    guard = Middleware(
        Guard,
        hosts=served["server.allowedHosts"],
        port=served["server.port"],
        metrics="LATENTLAB_PUBLIC" not in os.environ,
    )
    app = st.App(Path(__file__).with_name("app.py"), lifespan=opened, middleware=[guard])
    try:
        app.run(config=served)
    except KeyboardInterrupt:
        sys.exit(130)
