"""Two trainings into one folder, each of a user with a cache of its own: the second one is refused."""

import os
import subprocess
import sys
import time


def test_the_second_of_two_trainings_is_refused_whatever_its_cache(tiny_encoder, tiny_corpus, tmp_path):
    settings = ["--set", "optim.steps=100000", "--set", "optim.batch_size=4", "--set", "save_every=100000"]

    def start(user, seed):
        options = ["--corpus", str(tiny_corpus), "--encoder", str(tiny_encoder), "--set", f"seed={seed}"]
        options += ["--out", "run"]
        return subprocess.Popen(
            [
                sys.executable,
                "-m",
                "latentlab",
                "train",
                "--preset",
                "tiny",
                *settings,
                *options,
                "--out",
                "run",
            ],
            cwd=tmp_path,
            env={**os.environ, "LATENTLAB_CACHE": str(tmp_path / user)},
            stderr=subprocess.PIPE,
            text=True,
        )

    first = start("one", 1)
    try:
        while first.poll() is None and not (tmp_path / "run" / "training.jsonl").exists():
            time.sleep(0.05)
        log = (tmp_path / "run" / "training.jsonl").stat().st_ino
        second = start("two", 2)
        _, said = second.communicate()
        assert second.returncode == 2
        assert "run is being written by another process" in said
        assert first.poll() is None
        assert (tmp_path / "run" / "training.jsonl").stat().st_ino == log
    finally:
        first.kill()
        first.communicate()
