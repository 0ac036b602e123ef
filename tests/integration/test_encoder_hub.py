"""The hub's own client against a hub of one model on this machine."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from encoder_models import tiny_bert

NAME = "somebody/tiny"
COMMIT = "c0ffee" + "0" * 34

CODE = """
import sys
from latentlab.errors import EncoderError
from latentlab.models.model_config import EncoderConfig
from latentlab.models.encoder.frozen import FrozenEncoder
name, sha256 = sys.argv[1], sys.argv[2] or None
try:
    encoder = FrozenEncoder.load(EncoderConfig(id=name, layer=2, sha256=sha256))
except EncoderError as error:
    sys.exit(error.message)
print(encoder.source, encoder.encode(["the cat sees a bird"]).shape)
"""


class OneModel(BaseHTTPRequestHandler):
    """Answers what the client asks about one repository: its list of files, and each file."""

    def __init__(self, folder: Path, *args: object) -> None:
        self.folder = folder
        super().__init__(*args)

    def do_GET(self) -> None:
        self.answer(with_body=True)

    def do_HEAD(self) -> None:
        self.answer(with_body=False)

    def answer(self, *, with_body: bool) -> None:
        path = self.path.partition("?")[0]
        body, status = b"", 404
        files = {file.name: file for file in self.folder.iterdir()}
        if path.startswith(f"/api/models/{NAME}/tree/"):
            rows = [
                {"type": "file", "path": name, "size": file.stat().st_size, "oid": f"oid-{name}"}
                for name, file in files.items()
            ]
            body, status = json.dumps(rows).encode(), 200
        elif path.startswith(f"/api/models/{NAME}"):
            siblings = [{"rfilename": name} for name in files]
            body, status = json.dumps({"id": NAME, "sha": COMMIT, "siblings": siblings}).encode(), 200
        elif path.startswith(f"/{NAME}/resolve/"):
            name = path.rpartition("/")[2]
            if name in files:
                body, status = files[name].read_bytes(), 200
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{path.rpartition("/")[2]}"')
        self.send_header("X-Repo-Commit", COMMIT)
        if NAME not in path:
            self.send_header("X-Error-Code", "RepoNotFound")
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    folder = tiny_bert(tmp_path / "model")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(OneModel, folder))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def ask(endpoint: str, home: Path, name: str = NAME, sha256: str = "") -> subprocess.CompletedProcess[str]:
    """In a process of its own: the client reads its environment once, when imported."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    environment |= {"HF_ENDPOINT": endpoint, "HF_HOME": str(home), "NO_PROXY": "127.0.0.1"}
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", CODE, name, sha256],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_download_then_cache(hub: tuple[Path, str], tmp_path: Path) -> None:
    folder, endpoint = hub
    home = tmp_path / "home"
    first = ask(endpoint, home)
    assert (first.stdout, first.stderr) == ("hub (1, 16)\n", "")
    (folder / "model.safetensors").unlink()
    second = ask("http://127.0.0.1:9", home)
    assert (second.stdout, second.stderr) == ("cache (1, 16)\n", "")


def test_refusals_say_what_was_tried(hub: tuple[Path, str], tmp_path: Path) -> None:
    _, endpoint = hub
    other = ask(endpoint, tmp_path / "home", sha256="0" * 64)
    assert other.returncode == 1
    assert "hub: weights with sha256" in other.stderr
    assert "wanted " + "0" * 64 in other.stderr
    unknown = ask(endpoint, tmp_path / "home", name="somebody/else")
    assert unknown.stderr.count("\n") == 1
    assert "encoder 'somebody/else' not found" in unknown.stderr
    assert "hub: RepositoryNotFoundError" in unknown.stderr
