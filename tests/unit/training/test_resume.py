"""What a resume may change: keys named with both values, and where the goal of a run may be moved to."""

import json
from pathlib import Path

import pytest

from latentlab.errors import CheckpointError, ConfigError, InputError, UsageError
from latentlab.models.encoder.encoder_files import MINILM_ID, MINILM_SHA256
from latentlab.training.optimisation.schedules import control_wait, controlled_weight, learning_rate
from latentlab.training.record import (
    FILE,
    Run,
    find_run,
    previous_progress,
    run_to_continue,
    saved_state,
    write_run,
)
from latentlab.training.resume import asked_again, continued, other_sentences
from latentlab.training.train_config import TrainConfig, load_config

OUT = Path("runs/mine")


def config(*overrides: str, preset: str = "tiny") -> TrainConfig:
    """As a state has it: the encoder's hash and layer are filled in."""
    known = (f"model.encoder.sha256={MINILM_SHA256}", "model.encoder.layer=3")
    return load_config(preset, [*known, *overrides])


def test_every_changed_key_is_named_with_both_values():
    with pytest.raises(ConfigError) as caught:
        continued(config(), config("seed=3", "optim.batch_size=32", "data.substitutions=1"), 5, OUT)
    assert caught.value.message == (
        f"the run in {OUT} has another configuration: "
        "seed: 0 → 3; data.substitutions: 0.0 → 1.0; optim.batch_size: 64 → 32"
    )


def test_bookkeeping_may_change():
    now = continued(config(), config("save_every=3", "name=other", "threads=2", "loggers=[wandb]"), 5, OUT)
    assert (now.save_every, now.name, now.threads) == (3, "other", 2)


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("optim.warmup_steps=3", "optim.warmup_steps: 0.8 → 3"),
        ("model.encoder.id=other/encoder", f"model.encoder.id: {MINILM_ID} → other/encoder"),
        (f"model.encoder.sha256={'b' * 64}", f"{MINILM_SHA256} → {'b' * 64}"),
        ("model.encoder.pooling=cls", "model.encoder.pooling: mean → cls"),
    ],
)
def test_what_a_start_decides_is_named_too(override, words):
    with pytest.raises(ConfigError, match=words):
        continued(config(), config(override), 5, OUT)


def test_an_encoder_under_a_false_name_may_get_its_own():
    was = config(f"model.encoder.sha256={'a' * 64}")  # earlier versions called any encoder MiniLM
    now = config(f"model.encoder.sha256={'a' * 64}", "model.encoder.id=mpnet")
    assert continued(was, now, 5, OUT).model.encoder.id == "mpnet"


def test_the_encoder_of_the_run_is_taken_where_none_is_named():
    was = config(f"model.encoder.sha256={'a' * 64}", "model.encoder.id=mpnet")
    now = continued(was, load_config("tiny"), 5, OUT).model.encoder
    assert (now.id, now.sha256) == ("mpnet", "a" * 64)


# -- the goal ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("done", "steps"), [(0, 1), (20, 41), (21, 80), (21, 4000), (21, 40), (10, 30), (1, 2)]
)
def test_a_moved_goal_leaves_every_done_step_its_rate(done, steps):
    was = config("optim.steps=40", "optim.warmup=0.1")
    now = continued(was, config(f"optim.steps={steps}", "optim.warmup=0.1"), done, OUT)
    rates = [[learning_rate(s, c.optim) for s in range(done)] for c in (was, now)]
    assert rates[0] == rates[1]
    assert (now.optim.steps, learning_rate(steps, now.optim)) == (steps, 0.0)


def test_a_goal_that_is_moved_twice_keeps_the_first_warm_up():
    first = config("optim.steps=40", "optim.warmup=0.1")
    second = continued(first, config("optim.steps=80", "optim.warmup=0.1"), 10, OUT)
    third = continued(second, config("optim.steps=60", "optim.warmup=0.1"), 20, OUT)
    assert second.optim.warmup_steps == third.optim.warmup_steps == 4.0
    # The state may still be of the first goal: the second was never saved.
    assert continued(first, third, 10, OUT).optim == third.optim
    assert continued(first, second.model_copy(update={"optim": first.optim}), 10, OUT) == first


@pytest.mark.parametrize(
    ("done", "steps", "words", "hint"),
    [
        (
            30,
            80,
            "40 → 80 is not possible: in a run of 40 the learning rate falls after step 20",
            "init=CHECK",
        ),
        (40, 80, r"\(optim.cooldown 0.5\), and 40 steps are done", "another --out"),
        (
            21,
            30,
            "40 → 30 is not possible: in a run of 30 the learning rate falls after step 15",
            "40 or more",
        ),
        (16, 20, "in a run of 20 the learning rate falls after step 10", "30 or more"),
        (15, 12, "40 → 12 is not possible: 15 steps are done", "28 or more"),
        (40, 12, "40 → 12 is not possible: 40 steps are done", "another --out"),
    ],
)
def test_a_goal_that_the_schedule_forbids_is_refused_with_the_reason(done, steps, words, hint):
    with pytest.raises(ConfigError, match=words) as caught:
        continued(config("optim.steps=40"), config(f"optim.steps={steps}"), done, OUT)
    assert hint in caught.value.hint


@pytest.mark.parametrize(("done", "least"), [(21, 40), (16, 30), (15, 28)])
def test_the_least_goal_that_a_refusal_names_is_possible_and_the_one_below_is_not(done, least):
    continued(config("optim.steps=40"), config(f"optim.steps={least}"), done, OUT)
    with pytest.raises(ConfigError):
        continued(config("optim.steps=40"), config(f"optim.steps={least - 1}"), done, OUT)


def test_without_a_cool_down_every_goal_from_here_on_is_possible():
    flat = ("optim.cooldown=0", "optim.warmup=0")
    was = config("optim.steps=40", *flat)
    for steps in (40, 41, 400):
        assert continued(was, config(f"optim.steps={steps}", *flat), 40, OUT).optim.steps == steps


def test_the_controller_begins_when_it_began():
    was = config("optim.steps=200", preset="vib")
    now = continued(was, config("optim.steps=1000", preset="vib"), 60, OUT)
    assert [control_wait(c.loss, c.optim.steps) for c in (was, now)] == [10.0, 10.0]
    # Without the pin, step 20 would still be before the beginning of a run of 1000.
    assert controlled_weight(0.3, 92.0, 20, control_wait(now.loss, 1000), 46.0) > 0.3


# -- what is given beside --resume -------------------------------------------------------------------------


def test_options_are_laid_over_the_configuration_of_the_run():
    was = config("optim.steps=33", "seed=4")
    assert asked_again(was, OUT, None, [], {"optim.steps": None}) == was
    now = asked_again(was, OUT, None, ["optim.batch_size=8"], {"optim.steps": 50})
    assert (now.seed, now.optim.batch_size, now.optim.steps) == (4, 8, 50)


def test_a_preset_is_the_whole_configuration_and_moves_no_goal_by_itself():
    was = config("optim.steps=33", "seed=4")
    with pytest.raises(ConfigError, match=r"seed: 4 → 0; optim\.steps: 33 → 40"):
        asked_again(was, OUT, "tiny", [], {})
    assert asked_again(was, OUT, "tiny", ["optim.steps=50"], {}).optim.steps == 50
    assert asked_again(was, OUT, "tiny", [], {"optim.steps": 50}).optim.steps == 50


def test_other_sentences_are_told_by_their_files():
    error = other_sentences(config("data.corpora=[a.txt]"), config("data.corpora=[b.txt]"), OUT)
    assert 'data.corpora: ["a.txt"] → ["b.txt"]' in error.message
    assert "the files have changed" in other_sentences(config(), config(), OUT).message


# -- the record --------------------------------------------------------------------------------------------


def test_a_record_is_read_back(tmp_path):
    run = Run(config("seed=7", "data.corpora=[a.txt]"), tmp_path / "encoder", offline=True)
    write_run(tmp_path, run)
    assert find_run(tmp_path) == run
    assert run.source(None, False) == (None, True), "a folder that is gone is not asked for"
    (tmp_path / "encoder").mkdir()
    assert run.source(None, False) == (tmp_path / "encoder", True)
    assert run.source(tmp_path, False) == (tmp_path, True)


@pytest.mark.parametrize("offline", ["false", 0, None])
def test_a_record_says_true_or_false(tmp_path, offline):
    write_run(tmp_path, Run(config()))
    tree = json.loads((tmp_path / FILE).read_text())
    (tmp_path / FILE).write_text(json.dumps({**tree, "offline": offline}))
    with pytest.raises(CheckpointError, match="offline is "):
        find_run(tmp_path)


def test_a_start_that_came_to_nothing_is_no_run(tmp_path):
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / ".lock").touch()
    assert previous_progress(tmp_path, resume=False) is None
    (tmp_path / "other").touch()
    with pytest.raises(UsageError, match="is not empty"):
        previous_progress(tmp_path, resume=False)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"config": {"sead": 1}, "encoder": null, "offline": 0}']
)
def test_a_damaged_record_is_named(tmp_path, content):
    (tmp_path / FILE).parent.mkdir()
    (tmp_path / FILE).write_text(content)
    with pytest.raises(CheckpointError, match=r"run\.json|sead: unknown key"):
        find_run(tmp_path)


def test_what_cannot_be_continued_says_what_to_give(tmp_path):
    with pytest.raises(UsageError, match="there is no run in"):
        run_to_continue(tmp_path / "nowhere")
    (tmp_path / "training.jsonl").write_text("")
    with pytest.raises(UsageError, match="has no saved state") as caught:
        run_to_continue(tmp_path)
    assert "--preset, --corpus, --set and --encoder" in caught.value.hint


def test_what_cannot_be_exported_says_why(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        saved_state(tmp_path / "nowhere")
    with pytest.raises(InputError, match="is not the folder of a run"):
        saved_state(tmp_path)
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="is not a folder"):
        saved_state(tmp_path / "file")
    write_run(tmp_path, Run(config()))
    with pytest.raises(InputError, match="has saved no state yet") as caught:
        saved_state(tmp_path)
    assert caught.value.hint == "it does after step 10, and when it is stopped"
    (tmp_path / "state" / "trainer.safetensors").write_bytes(b"\x10" + bytes(7) + b'{"half": ')
    with pytest.raises(CheckpointError, match="not a readable trainer state"):
        saved_state(tmp_path)
