"""`latentlab app`: what it tells the server that takes its place."""

import os
import socket
import subprocess
import sys

import pytest

from latentlab import cli
from latentlab.cli.showing import app as command
from latentlab.errors import ResourceError


def test_only_this_machine_may_look_unless_asked():
    local, open_to_all = command.settings("127.0.0.1", 1, False), command.settings("0.0.0.0", 1, False)
    assert local["server.address"] == "127.0.0.1"
    assert local["server.allowedHosts"] == ["localhost", "127.0.0.1", "::1"]
    assert local["browser.gatherUsageStats"] is False
    assert open_to_all["server.allowedHosts"] == []
    one = command.settings("192.0.2.7", 1, False)["server.allowedHosts"]
    assert one == ["localhost", "127.0.0.1", "::1", "192.0.2.7"]
    assert command.settings("::", 1, False, ["lab.example"])["server.allowedHosts"][-1] == "lab.example"
    assert open_to_all["client.showErrorDetails"] == "type"


def test_a_port_is_free_or_refused():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ResourceError, match=r"cannot listen on 127\.0\.0\.1:"):
            command.free_port("127.0.0.1", taken.getsockname()[1])
    assert command.free_port("127.0.0.1", 0) > 0


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        (["--corpus", "nowhere.txt"], 3, "nowhere.txt is not a file"),
        (["--column", "said"], 2, "--column is for a file of sentences"),
    ],
)
def test_what_cannot_be_opened_is_said_before_a_server_starts(capsys, monkeypatch, given, code, words):
    monkeypatch.setattr("os.execve", None)
    assert cli.main(["app", *given]) == code
    assert words in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="elsewhere it is another process")
def test_the_server_is_told_which_sentences(monkeypatch, tmp_path):
    told = {}

    def become(program, call, environment):
        assert program == call[0] == sys.executable
        told.update(environment)

    own = tmp_path / "my own.csv"
    own.write_text("said\nhello\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("os.execve", become)
    monkeypatch.setattr("subprocess.run", lambda *a, **k: subprocess.CompletedProcess(a, 0))
    assert cli.main(["app", "--corpus", own.name, "--column", "said", "--port", "0", "--no-open"]) == 0
    assert (told["LATENTLAB_CORPUS"], told["LATENTLAB_COLUMN"]) == (str(own), "said")
    assert cli.main(["app", "--corpus", "hf:some/name", "--port", "0", "--no-open"]) == 0
    assert told["LATENTLAB_CORPUS"] == "hf:some/name"
