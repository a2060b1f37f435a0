"""SIGTERM ends what runs as Ctrl-C does, and what was set before is set again."""

import signal
import threading

import pytest

from tropdsx.system.interrupts import Terminated, sigterm_interrupts, status_of


def test_sigterm_is_an_interrupt_inside_the_block_alone():
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(Terminated), sigterm_interrupts():
        signal.raise_signal(signal.SIGTERM)
    assert issubclass(Terminated, KeyboardInterrupt)
    assert signal.getsignal(signal.SIGTERM) == before


def test_another_thread_changes_no_signal():
    seen = []

    def work():
        with sigterm_interrupts():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.getsignal(signal.SIGTERM)]


def test_the_status_is_that_of_shells():
    assert status_of(KeyboardInterrupt()) == 128 + 2
    assert status_of(Terminated()) == 128 + 15
