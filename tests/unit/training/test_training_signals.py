"""What a training does when it is told to stop."""

import os
import signal

import pytest

from latentlab.training.process import interruptible

pytestmark = pytest.mark.skipif(os.name != "posix", reason="other signals there")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_first_signal_is_a_question_and_the_second_stops(number):
    seen = []
    before = signal.signal(number, lambda *_: seen.append("before"))
    try:
        with interruptible() as asked:
            assert not asked()
            signal.raise_signal(number)
            assert asked()
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(number)
        signal.raise_signal(number)
        assert seen == ["before"]
    finally:
        signal.signal(number, before)


def test_under_nohup_a_closed_terminal_is_no_matter():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interruptible() as asked:
            signal.raise_signal(signal.SIGHUP)
            assert not asked()
    finally:
        signal.signal(signal.SIGHUP, before)
