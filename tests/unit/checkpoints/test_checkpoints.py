import subprocess
import sys

import pytest

import latentlab.checkpoints
from latentlab.checkpoints import model_card
from latentlab.models.model_config import DecoderConfig, HeadConfig, ModelConfig


def test_every_export_resolves_and_nothing_else() -> None:
    for name in latentlab.checkpoints.__all__:
        assert getattr(latentlab.checkpoints, name).__module__.startswith("latentlab.checkpoints.")
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = latentlab.checkpoints.no_such_name


def test_the_room_is_imported_without_torch() -> None:
    code = "import sys, latentlab.checkpoints; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_the_card_says_what_was_given() -> None:
    card = model_card(
        ModelConfig(head=HeadConfig(use_vib=True), decoder=DecoderConfig(null_probability=0)),
        {"seed": 3, "optim": {"steps": 4000, "ema": 0.999}, "pairs": None},
        {"corpus": "a|b\nc"},
        {"held-out exact match": 0.76543, "sentences": 1000},
        name="vib",
        attribution=["Tatoeba, CC BY 2.0 FR"],
        limits=["English alone."],
    )
    lines = card.splitlines()
    assert lines[0] == "# vib"
    assert "a variational head to 192 dimensions" in card
    assert "- Tatoeba, CC BY 2.0 FR" in lines
    assert "| held-out exact match | 0.7654 |" in lines
    assert {"| seed | 3 |", "| optim.steps | 4000 |", "| optim.ema | 0.999 |"} <= set(lines)
    assert "| corpus | a\\|b c |" in lines
    assert "- English alone." in lines
    assert any("guidance 1" in line for line in lines)
    assert "None" not in card


def test_a_card_admits_what_is_not_known() -> None:
    card = model_card(ModelConfig(), {}, {}, {})
    assert card.count("Not recorded.") == 4
    assert "a deterministic head" in card
    assert "guidance" not in card
