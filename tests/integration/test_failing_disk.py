"""A few kills of a training, and every write of one command failing; `benchmarks` has many more."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import bench_kills, bench_writes
from latentlab.errors import ResourceError
from latentlab.training.loggers import JsonLines
from latentlab.training.loop import train

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import json
from benchmarks import bench_kills, bench_writes
print(json.dumps([bench_writes.run(("encode npy",)), bench_kills.run(2, 3)]))
"""


@pytest.fixture(scope="module")
def measured():
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_whichever_write_fails_the_old_files_are_whole(measured):
    writes, _ = measured
    assert writes["faults"] == 0, writes["commands"]
    result = writes["commands"]["encode npy"]
    assert result["tried"]["killed"] == result["tried"]["broken disk"] == result["calls"] > 10
    assert writes["kinds"]["two writers"] == bench_writes.ROUNDS
    assert bench_writes.rows(writes)[0][3]


def test_a_killed_training_ends_as_one_that_was_not(measured):
    _, kills = measured
    assert (kills["bitwise"], kills["strays"], kills["faults"]) == (2, 0, [])
    assert kills["kills"] >= 2
    assert not bench_kills.rows(kills)[0][3], "two are not two hundred"


def test_what_differs_is_seen_and_seconds_are_not(tmp_path):
    (tmp_path / "log.jsonl").write_text('{"step": 1, "total": 2.5, "seconds": 0.125}\n')
    once = bench_kills.files_of(tmp_path)
    (tmp_path / "log.jsonl").write_text('{"step": 1, "total": 2.5, "seconds": 11.5}\n')
    assert bench_kills.files_of(tmp_path) == once
    (tmp_path / "log.jsonl").write_text('{"step": 1, "total": 2.25, "seconds": 0.125}\n')
    assert bench_writes._differences(bench_kills.files_of(tmp_path), once) == ["changed: log.jsonl"]
    (tmp_path / ".log.jsonl.0123abcd.tmp").mkdir()
    assert len(bench_writes._differences(bench_kills.files_of(tmp_path), once)) == 2


def test_what_a_kill_left_beside_a_finished_run_goes_with_a_resume(tiny_encoder, tiny_corpus, tmp_path):
    """The last step of a run replaces its folder, and what was there before is removed after that."""
    from latentlab.training.train_config import load_config

    small = "model.decoder={vocab_size: 300, width: 16, layers: 1, heads: 2}"
    config = load_config("tiny", [f"data.corpora=[{tiny_corpus}]", small, "optim.steps=2"])
    asked = {"encoder": tiny_encoder, "cache": tmp_path / "cache"}
    run = train(config, tmp_path / "run", **asked)
    left = tmp_path / ".run.0123abcd.tmp"
    (left / "state").mkdir(parents=True)
    train(config, run, resume=True, **asked)
    assert not left.exists()


FULL = Path("/dev/full")


def test_a_log_that_cannot_be_written_is_named(tmp_path):
    log = JsonLines(tmp_path / "training.jsonl", 0)
    log.log(0, {"total": 1.0})
    log._file.close()
    log._file = FULL.open("w")
    with pytest.raises(ResourceError, match="cannot write /dev/full: No space left"):
        log.log(1, {"total": 1.0})
    log.close()
    assert log.steps == [0]


def test_a_remark_that_nobody_can_read_changes_no_exit_code(tmp_path):
    with FULL.open("w") as full:
        command = [sys.executable, "-m", "latentlab", "info", str(tmp_path / "nowhere")]
        assert subprocess.run(command, stderr=full, check=False).returncode == 3
