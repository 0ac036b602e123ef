"""Ten visitors of the running dashboard at once, over the socket that a browser opens.

They speak Streamlit's own protocol to the real server and draw nothing, so that the two cores serve and do
not paint ten pages; benchmarks.bench_dashboard and the browser tests look at pages that are painted.
"""

import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

from latentlab.corpora import shipped_corpus

VISITORS = 10


class Visitor:
    """One session on one page; `shown` and `wrong` are what its last run sent."""

    patience = 120.0
    """Seconds without a word from the server."""

    def __init__(self, socket: ClientConnection, page: str) -> None:
        self.socket = socket
        self.page, self.fields = page, dict[str, str]()  # label of a field -> id of its widget
        self.shown, self.wrong = "", list[str]()
        self.live = ""  # a part of the page that asks to be run again after some seconds

    def run(self, query: str = "", **texts: str) -> None:
        """Run the page with these texts in its fields, until the server says that it is done."""
        message = BackMsg()
        message.rerun_script.page_name, message.rerun_script.query_string = self.page, query
        message.rerun_script.widget_states.SetInParent()
        for label, text in texts.items():
            message.rerun_script.widget_states.widgets.add(id=self.fields[label], string_value=text)
        self.send(message)

    def send(self, message: BackMsg) -> None:
        """Ask for a run, and take what comes until the server says that it is done."""
        self.socket.send(message.SerializeToString())
        self.shown, self.wrong, self.live = "", [], ""
        while True:
            came = ForwardMsg.FromString(self.socket.recv(timeout=self.patience))
            kind = came.WhichOneof("type")
            if kind == "delta":
                self._take(came.delta.new_element)
            elif kind == "auto_rerun":
                self.live = came.auto_rerun.fragment_id
            elif kind == "script_finished" and came.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                return

    def _take(self, element: Any) -> None:
        kind = element.WhichOneof("type")
        if kind == "text_input":
            self.fields[element.text_input.label] = element.text_input.id
        elif kind == "exception":
            self.wrong.append(f"{element.exception.type}: {element.exception.message}")
        elif kind == "alert" and element.alert.format == element.alert.ERROR:
            self.wrong.append(element.alert.body)
        elif kind == "bidi_component":
            self.shown += element.bidi_component.json


def visitors(port: int, process: int, seconds: float) -> dict[str, Any]:
    """Ten of them walk for so long, a second's pause after each way; no pair comes twice."""
    sentences = iter(shipped_corpus().split("train").sample(4000, seed=0).texts)
    taken: list[float] = []
    wrong: list[str] = []
    memory: list[int] = []
    start = threading.Barrier(VISITORS + 1)
    address = f"ws://127.0.0.1:{port}/_stcore/stream"

    def visit() -> None:
        try:
            with connect(address, subprotocols=["streamlit"], max_size=None) as socket:
                stay(Visitor(socket, "interpolate"))
        except BaseException:
            start.abort()  # the others would wait for one that never comes
            raise

    def stay(visitor: Visitor) -> None:
        visitor.run()
        wrong.extend(visitor.wrong)
        start.wait()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            a, b = next(sentences), next(sentences)
            started = time.perf_counter()
            visitor.run(From=a, To=b)
            taken.append(time.perf_counter() - started)
            wrong.extend(visitor.wrong)
            if '"texts"' not in visitor.shown:
                wrong.append(f"no way from {a} to {b}")
            time.sleep(1)

    with ThreadPoolExecutor(VISITORS) as pool:
        visits = [pool.submit(visit) for _ in range(VISITORS)]
        with suppress(threading.BrokenBarrierError):  # why it broke is what the visit below raises
            start.wait()
            time.sleep(seconds / 3)
            memory.append(resident(process))
        for done in sorted(visits, key=lambda one: isinstance(one.exception(), threading.BrokenBarrierError)):
            done.result()
    memory.append(resident(process))
    return {
        "walks": len(taken),
        "errors": len(wrong),
        "first_errors": wrong[:3],
        "p95_s": statistics.quantiles(taken, n=20)[-1],
        "growth_after_a_third": memory[1] / memory[0],
    }


def resident(process: int) -> int:
    """Kilobytes that a process holds."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])
