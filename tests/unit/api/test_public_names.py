"""What `latentlab` offers: few names, each with its arguments and errors, none of them heavy to import."""

import inspect
import subprocess
import sys

import pytest

import latentlab
from latentlab import CALLS, COMMANDS
from latentlab.api.support.notices import warn
from latentlab.api.support.spelling import for_python
from latentlab.errors import CorpusError

CALLED = {"anisotropy": "measure", "merge": "merge_states", "report": "study"}
"""Commands that are called something else in Python."""
WITHOUT = {"app", "doctor", "plot"}
"""Commands that serve, look at the machine, or draw what `report.plot` draws."""


def test_the_calls_are_functions_and_nothing_else_is():
    named = {name for name in latentlab.__all__ if inspect.isfunction(getattr(latentlab, name))}
    assert named <= set(CALLS)
    assert all(inspect.isfunction(getattr(latentlab, name)) for name in CALLS)


def test_there_are_few():
    assert len(latentlab.__all__) <= 25
    assert set(latentlab.__all__) <= set(dir(latentlab))


@pytest.mark.parametrize("name", CALLS)
def test_a_call_says_what_it_takes_and_what_it_raises(name):
    said = inspect.getdoc(getattr(latentlab, name))
    parameters = inspect.signature(getattr(latentlab, name)).parameters
    assert "Args:" in said
    assert "Raises:" in said
    for parameter in parameters:
        assert f"{parameter}:" in said or f"{parameter}, " in said, parameter


@pytest.mark.parametrize("command", sorted(COMMANDS.keys() - WITHOUT))
def test_every_command_has_its_call(command):
    assert CALLED.get(command, command) in CALLS


def test_importing_and_measuring_an_array_is_light():
    code = (
        "import sys, numpy as np, latentlab as ll\n"
        "ll.measure(np.random.default_rng(0).standard_normal((50, 4)))\n"
        "print(sorted({'torch', 'transformers', 'sklearn', 'umap', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_was_said_before_an_error_is_in_its_notes():
    def fails():
        warn("left out 2 of 3 sentences of --corpus")
        raise CorpusError("there are too few", "give more with --corpus")

    with pytest.raises(CorpusError, match=r"too few \(give more with texts\)") as raised:
        for_python(fails)()
    assert raised.value.__notes__ == ["left out 2 of 3 sentences of texts"]
