"""A run whose training is not done is called that, with how far it is."""

import json

import pytest
from safetensors.numpy import save_file

from latentlab.checkpoints.find import find_checkpoints
from latentlab.errors import NoCheckpointError


def unfinished(folder, *, progress='{"step": 210}', steps=4000):
    (folder / "state").mkdir(parents=True)
    save_file({}, folder / "state/trainer.safetensors", {"progress": progress})
    (folder / "state/run.json").write_text(json.dumps({"config": {"optim": {"steps": steps}}}))
    return folder


def refused(path):
    with pytest.raises(NoCheckpointError) as caught:
        find_checkpoints(path)
    return caught.value


@pytest.mark.parametrize("above", [False, True])
def test_step_and_what_to_do_are_said(tmp_path, above):
    run = unfinished(tmp_path / "runs" / "my run")
    error = refused(run.parent if above else run)
    assert str(run) in error.message
    assert error.message.endswith("its state is of step 210 of 4000")
    assert error.hint.startswith(f"latentlab export '{run}' makes one")
    assert "--resume" in error.hint


@pytest.mark.parametrize("odd", [{"progress": "[]"}, {"progress": "{"}, {"steps": None}, {"steps": "many"}])
def test_what_is_odd_in_it_is_not_made_up(tmp_path, odd):
    error = refused(unfinished(tmp_path / "run", **odd))
    assert "training is not done" in error.message
    assert "step" not in error.message.removeprefix(str(tmp_path))
    (tmp_path / "run/state/trainer.safetensors").write_bytes(b"\x00")
    assert "training is not done" in refused(tmp_path / "run").message


def test_an_empty_folder_is_no_run(tmp_path):
    assert "no checkpoint at or below" in refused(tmp_path).message
