"""The fuzzer on a few mutations of every kind of file; `benchmarks/fuzz.py` makes as many as one likes."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import fuzz
from benchmarks.fuzz_samples import COMMANDS, MARKER

ROOT = Path(__file__).resolve().parents[2]
MUTATIONS = 500


def test_no_mutated_file_ends_in_anything_but_a_result_or_one_line():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.fuzz", str(MUTATIONS), "11"],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    told, _, found = f"\n{done.stdout}".rpartition("\n{\n")
    counted = json.loads("{\n" + found)
    assert counted["faults"] == {}, told
    assert counted["mutations"] == MUTATIONS
    assert counted["files"] == len(COMMANDS)
    # Most mutations are noticed, and some do no harm.
    assert counted["codes"]["3"] > MUTATIONS / 2
    assert counted["codes"]["0"] > 0


@pytest.fixture
def place(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "said").touch()
    return tmp_path


@pytest.mark.parametrize(
    ("code", "said", "used", "fault"),
    [
        (0, "", 1, None),
        (3, "error: it is cut short\nhint: copy it again\n", 1, None),
        (3, "error: it is cut short\nerror: and again\n", 1, "not one printable line"),
        (3, "error: " + "x" * 400, 1, "not one printable line"),
        (3, "error: a \x1b[31mred name\n", 1, "not one printable line"),
        (3, "", 1, "not one printable line"),
        (1, "error: KeyError: 'a'\nhint: this is a bug in latentlab; -v shows where\n", 1, "traceback"),
        (0, "", 3 << 30, "memory"),
        (7, "", 1, "exit code 7"),
        (-signal.SIGALRM, "", 1, "hang"),
        (-signal.SIGSEGV, "", 1, "killed by SIGSEGV"),
    ],
)
def test_what_counts_as_a_fault(place, code, said, used, fault):
    assert fuzz._fault(code, said, used, place) == fault


def test_what_runs_or_writes_elsewhere_is_a_fault(place):
    (place / "other").touch()
    assert fuzz._fault(0, "", 1, place) == "written outside"
    (place / "in" / MARKER).touch()
    assert fuzz._fault(0, "", 1, place) == "executed"


def test_a_mutation_is_made_again_from_its_number():
    data = b'{"a": 1, "b": [1, 2, 3]}' * 20
    made = [fuzz.mutated(data, fuzz.random.Random(f"0 {i}")) for i in range(200)]
    assert made == [fuzz.mutated(data, fuzz.random.Random(f"0 {i}")) for i in range(200)]
    assert len(set(made)) > 150
    assert fuzz.mutated(b"", fuzz.random.Random(1)) is not None
