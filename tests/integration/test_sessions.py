"""The benchmark of sessions while checkpoints are replaced, in small: the replacer, the count, the server."""

import pytest

pytest.importorskip("streamlit", reason="the dashboard is an extra: pip install 'latentlab[app]'")
from benchmarks import bench_sessions, replacer
from benchmarks.replacer import Replacer


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(replacer, "GONE", 0.1)
    monkeypatch.setattr(replacer, "PIECE", 0.01)


def content(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_every_way_of_replacing_leaves_a_checkpoint_of_that_name(quick, tmp_path):
    for place in ("masters", "served"):
        for name in ("a", "b"):
            (tmp_path / place / name).mkdir(parents=True)
            for file in ("config.json", "model.safetensors"):
                (tmp_path / place / name / file).write_text(f"{file} of {name}")
    work = Replacer(tmp_path / "served", tmp_path / "masters")
    whole = [content(tmp_path / "masters" / name) for name in ("a", "b")]
    for _ in range(10):
        work.act()
        assert sorted(entry.name for entry in (tmp_path / "served").iterdir()) == ["a", "b"]
        assert all(content(tmp_path / "served" / name) in whole for name in ("a", "b"))
    assert set(work.done.values()) == {2}
    assert len(work.done) == 5


def test_a_refusal_is_the_truth_only_of_what_was_being_replaced_then(tmp_path):
    (tmp_path / "vib").mkdir()
    work = Replacer(tmp_path, tmp_path)
    work.torn = [("vib", 10.0, 12.0)]
    assert work.was_torn("runs/vib has no config.json", 11.0, 11.5)
    assert work.was_torn("runs/vib has no config.json", 5.0, 10.5)
    assert not work.was_torn("runs/vib has no config.json", 12.5, 13.0)
    assert not work.was_torn("runs/baseline has no config.json", 11.0, 11.5)


def test_growth_is_told_from_rest():
    start = [(float(at), 900.0) for at in range(0, 60, 2)]
    still = start + [(float(at), 1000.0) for at in range(60, 600, 2)]
    grown = start + [(float(at), 1000.0 + at) for at in range(60, 600, 2)]
    assert bench_sessions.trend(still)["mib_a_minute"] == 0
    assert bench_sessions.trend(still)["last_over_second"] == 1
    assert bench_sessions.trend(grown)["mib_a_minute"] == pytest.approx(60)
    assert bench_sessions.trend(grown)["last_over_second"] > bench_sessions.FLAT
    assert bench_sessions.trend(start)["last_over_second"] is None
    about = {"sessions": 30, "seconds": 600.0, "runs": 9, "errors": 0, "told": 1, "replaced": {"swapped": 2}}
    rows = [bench_sessions.rows(about | bench_sessions.trend(memory))[0] for memory in (still, grown)]
    assert [row[3] for row in rows] == [True, False]
    assert not bench_sessions.rows({**about, "errors": 1, **bench_sessions.trend(still)})[0][3]


def test_sessions_on_the_running_server_meet_no_error(quick, tiny_folder):
    found = bench_sessions.run(tiny_folder, sessions=2, seconds=4, every=0.5, pages=("overview", "training"))
    assert found["errors"] == 0, (found["error_kinds"], found["log_tail"])
    assert found["runs"] > 2
    assert found["replaced"]
