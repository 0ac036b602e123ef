"""Configuration: the order of overrides, and errors that name the path."""

import subprocess
import sys

import pytest

from latentlab.errors import ConfigError
from latentlab.training.resume import changes
from latentlab.training.train_config import PRESETS, TrainConfig, load_config, parse_config


def test_every_preset_loads_and_is_called_by_its_name():
    assert all(load_config(name).name == name.removesuffix("-further") for name in PRESETS)


def test_the_four_shipped_arms_differ_in_the_head_and_the_kl_alone():
    conditions = [load_config(name) for name in ("baseline", "centred", "bottleneck", "vib")]
    assert len({condition.model.head.width for condition in conditions}) == 1
    assert (
        len(
            {
                (
                    condition.optim,
                    condition.data,
                    condition.seed,
                    condition.model.decoder,
                    condition.model.encoder,
                )
                for condition in conditions
            }
        )
        == 1
    )
    assert [condition.model.head.use_vib for condition in conditions] == [False, False, True, True]
    assert [condition.model.head.standardize for condition in conditions] == [
        "none",
        "standardize",
        "none",
        "none",
    ]
    assert conditions[2].model.head == conditions[3].model.head
    assert conditions[2].loss.kl_weight == 0
    assert conditions[3].loss.kl_schedule == "controlled"


def test_the_sgdd_preset_has_its_published_weights():
    loss = load_config("vib-sgdd").loss
    assert (loss.kl_weight, loss.kl_anneal_steps) == (0.001, 10000)


def test_defaults_then_yaml_then_set_then_flags(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text("seed: 1\noptim: {steps: 11, batch_size: 32}\n")
    config = load_config(path, ["optim.steps=22", "optim.clip=0.5"], {"optim.steps": 33, "threads": None})
    assert (config.seed, config.optim.steps, config.optim.batch_size) == (1, 33, 32)
    assert (config.optim.clip, config.optim.ema) == (0.5, TrainConfig().optim.ema)


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["optim.stepz=3"], "optim.stepz: unknown key"),
        (["model.head.use_vbi=true"], "model.head.use_vbi: unknown key"),
        (["optim.steps=many"], "optim.steps"),
        (["optim.steps"], "a.b=value"),
        (["name=["], "not valid YAML"),
        (["seed=2", "seed.x=1"], "not a group"),
        (["model.head.use_vib=false", "loss.kl_weight=1"], "use_vib"),
        (["loss.kl_schedule=controlled"], "kl_target"),
        (["loss.kl_schedule=linear", "loss.kl_weight=1"], "kl_anneal_steps"),
        (["model.decoder.heads=5"], "not a multiple"),
    ],
)
def test_errors_name_the_path(overrides, words):
    with pytest.raises(ConfigError, match=words):
        load_config("baseline", overrides)


@pytest.mark.parametrize(("content", "words"), [("a: [", "not valid YAML"), ("- 1", "keys and values")])
def test_broken_files(tmp_path, content, words):
    path = tmp_path / "c.yaml"
    path.write_text(content)
    with pytest.raises(ConfigError, match=words):
        load_config(path)


def test_a_missing_preset_lists_those_there_are():
    with pytest.raises(ConfigError) as caught:
        load_config("vibb")
    assert "vib-sgdd" in (caught.value.hint or "")


def test_reading_a_configuration_needs_no_torch():
    code = "import sys, latentlab.training.train_config; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_a_state_written_before_a_key_existed_is_the_same_run():
    config = load_config("tiny")
    older = config.model_dump(mode="json")
    del older["data"]["encoder_words"]
    assert changes(parse_config(older, "state"), config) == {}
    assert changes(config, load_config("tiny", ["seed=1"])) == {"seed": (0, 1)}
