"""docs/figures.md, run from its first command to its last."""

import re
from pathlib import Path

import pytest

from latentlab.cli import main
from latentlab.figures.output.venues import VENUES, venue_width

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "figures.md").read_text(encoding="utf-8")


@pytest.mark.encoder
def test_every_command_says_what_the_page_shows(tmp_path, monkeypatch, capsys):
    (tmp_path / "data").symlink_to(ROOT / "data")
    monkeypatch.chdir(tmp_path)
    parts = [
        part
        for block in re.findall(r"```console\n(.*?)```", PAGE, flags=re.DOTALL)
        for part in block.split("$ latentlab ")[1:]
    ]
    for part in parts:
        command, *shown = part.splitlines()
        assert main(command.split()) == 0, command
        out, err = capsys.readouterr()
        if shown != ["…"]:
            assert (err + out).splitlines() == shown, command
    assert len(parts) == 7
    assert (tmp_path / "paper" / "manifest.json").is_file()


def test_widths_are_on_the_page():
    rows = re.findall(r"^\| (`.*?`) \| ([\d.]+) in \| ([\d.]+) in \|", PAGE, flags=re.MULTILINE)
    shown = {name: (float(a), float(b)) for names, a, b in rows for name in re.findall(r"`(\w+)`", names)}
    assert shown == {
        name: tuple(pytest.approx(venue_width(name, width), abs=0.006) for width in ("column", "full"))
        for name in VENUES
    }
