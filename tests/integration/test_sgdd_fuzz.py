"""Mutated files of every layout: each is loaded with the numbers it holds, or refused in one line.

`python -m benchmarks.bench_checkpoints` does the same thousands of times.
"""

from collections import Counter

from sgdd_mutations import mutations, outcome

TURNS = 640


def test_mutations_are_loaded_rightly_or_refused(tmp_path):
    seen = Counter()
    for _, file, before, now in mutations(tmp_path, TURNS, seed=4):
        result = outcome(file)
        assert result in ("loaded", "refused")
        seen[result] += 1
        if now == before:
            assert result == "loaded"
    # Both ways out are taken: a reader that refuses everything, or nothing, is no reader.
    assert seen["refused"] > TURNS / 2
    assert seen["loaded"] > TURNS / 50
