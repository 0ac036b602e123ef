"""The commands of docs/moves.md run, and begin and end as the page shows.

Single decoded sentences may differ: one in a hundred hangs on the processor's arithmetic.
"""

import re
import shlex
from pathlib import Path

import pytest

from latentlab.analysis.interpolation.walk import PATH_KINDS
from latentlab.cli import main

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "moves.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```console\n\$ latentlab (.*?)\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.mark.encoder
@pytest.mark.parametrize(("command", "shown"), BLOCKS)
def test_every_command_says_what_the_page_shows(capsys, monkeypatch, tmp_path, command, shown):
    (tmp_path / "data").symlink_to(ROOT / "data")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    assert main(shlex.split(command)) == 0
    said = [line.rstrip() for line in capsys.readouterr().out.rstrip().splitlines()]
    wanted = shown.rstrip().splitlines()
    if wanted == ["…"]:
        assert (tmp_path / "report" / "report.json").is_file()
        return
    assert len(said) == len(wanted)
    assert said[:3] == wanted[:3]
    assert sum(a == b for a, b in zip(said, wanted, strict=True)) >= 0.6 * len(wanted)


def test_every_kind_of_path_is_on_the_page():
    assert len(BLOCKS) == 3
    assert set(re.findall(r"^\| `(\w+)` \|", PAGE, flags=re.MULTILINE)) == set(PATH_KINDS)
