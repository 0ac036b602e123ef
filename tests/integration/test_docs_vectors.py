"""docs/vectors.md, run from its first line to its last."""

import doctest
import re
from pathlib import Path

import numpy as np

from latentlab.cli import main

PAGE = Path(__file__).resolve().parents[2] / "docs" / "vectors.md"


def blocks():
    """(language, text) of each fenced block, in order."""
    return re.findall(r"```(python|console)\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)


def test_every_command_says_what_the_page_shows(tmp_path, monkeypatch, capsys, tiny_folder):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").symlink_to(tiny_folder)
    names = {"np": np}
    commands = 0
    for language, text in blocks():
        if language == "python":
            test = doctest.DocTestParser().get_doctest(text, names, "page", str(PAGE), 0)
            runner = doctest.DocTestRunner()
            runner.run(test, clear_globs=False)
            names |= test.globs
            assert runner.failures == 0
            continue
        for part in text.split("$ latentlab ")[1:]:
            command, *shown = part.splitlines()
            main(command.split())
            out, err = capsys.readouterr()
            said = [line.rstrip() for line in (err + out).splitlines()]
            wanted = [line.rstrip() for line in shown]
            if wanted[-1:] == ["…"]:
                wanted = wanted[:-1]
                said = said[: len(wanted)]
            assert said == wanted, command
            commands += 1
    assert commands == 10
