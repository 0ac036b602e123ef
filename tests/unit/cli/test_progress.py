"""Progress without a terminal: a line at least every half minute, whatever the work reports."""

import re
import sys
import threading
import time

import pytest

from latentlab.cli import terminal

REACH = 30.0
"""Longest silence, in seconds."""


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def lines(capsys) -> list[str]:
    return capsys.readouterr().err.splitlines()


def work(progress: terminal.Progress, clock: Clock, seconds: int) -> None:
    """What the watch does, second by second."""
    for _ in range(seconds):
        clock.now += 1
        progress.remind()


def test_short_work_is_silent(capsys):
    clock = Clock()
    progress = terminal.Progress(clock)
    progress("encoding sentences", 3, 10)
    work(progress, clock, 20)
    progress("training", 1, 40)
    work(progress, clock, 4)
    assert lines(capsys) == []


def test_no_long_part_is_silent_for_more_than_half_a_minute(capsys):
    clock = Clock()
    progress, said, last = terminal.Progress(clock), [], clock.now
    # A part without a known end, one that reports often, one that reports nothing after its beginning.
    for what, total, every in (("reading sentences", 0, 0), ("training", 400, 1), ("evaluating", 2, 0)):
        progress(what, 0, total)
        for second in range(1, 101):
            work(progress, clock, 1)
            if every:
                progress(what, second, total)
            for line in lines(capsys):
                assert clock.now - last <= REACH
                last = clock.now
                said.append(line)
        assert clock.now - last <= REACH
    assert said[0] == "reading sentences, after 25 s"
    assert "training: 24 of 400, after 25 s" in said
    assert said[-1] == "evaluating: 0 of 2, after 1 min 40 s"


def test_nothing_is_said_before_there_is_something_to_say(capsys):
    clock = Clock()
    work(terminal.Progress(clock), clock, 100)
    assert lines(capsys) == []


def test_work_that_does_not_report_is_watched_from_beside_it(capsys, monkeypatch):
    monkeypatch.setattr(terminal, "EVERY", 0.05)
    monkeypatch.setattr(terminal, "LOOK", 0.01)
    with terminal.Progress() as progress:
        progress("thinking", 1_000, 2_000)
        deadline = time.monotonic() + 30
        said = ""
        while not said and time.monotonic() < deadline:
            said = capsys.readouterr().err
    assert re.match(r"thinking: 1,000 of 2,000, after \d+ s\n", said)
    assert not [thread for thread in threading.enumerate() if thread.name == "progress"]


def test_the_watch_ends_with_an_error():
    with pytest.raises(ZeroDivisionError), terminal.Progress():
        raise ZeroDivisionError
    assert not [thread for thread in threading.enumerate() if thread.name == "progress"]


def test_a_terminal_gets_bars_and_no_lines(monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    clock = Clock()
    with terminal.Progress(clock) as progress:
        assert not [thread for thread in threading.enumerate() if thread.name == "progress"]
        progress("reading sentences", 0, 0)
        clock.now += 100
        progress("reading sentences", 0, 0)
        progress("training", 5, 40)
        shown = {task.description: (task.total, task.visible) for task in progress._bars.tasks}
    assert shown == {"reading sentences": (None, False), "training": (40, True)}
    assert "after" not in capsys.readouterr().err
