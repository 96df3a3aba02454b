from __future__ import annotations

import os
import signal
import threading

import pytest

from skill.terminal.guard import TerminalGuard


class Notes:
    """A part of the terminal that writes down what happens to it."""

    def __init__(self, name: str, notes: list[str], *, fails: bool = False) -> None:
        self.name = name
        self.notes = notes
        self.fails = fails

    def enter(self) -> None:
        self.notes.append(f"enter {self.name}")
        if self.fails:
            raise RuntimeError(self.name)

    def leave(self) -> None:
        self.notes.append(f"leave {self.name}")


def test_parts_are_entered_in_order_and_left_in_reverse() -> None:
    notes: list[str] = []
    with TerminalGuard(Notes("screen", notes), Notes("keys", notes)):
        notes.append("work")

    assert notes == ["enter screen", "enter keys", "work", "leave keys", "leave screen"]


def test_if_one_part_cannot_be_entered_all_are_left() -> None:
    notes: list[str] = []
    with pytest.raises(RuntimeError), TerminalGuard(Notes("screen", notes), Notes("keys", notes, fails=True)):
        notes.append("work")

    assert notes == ["enter screen", "enter keys", "leave keys", "leave screen"]


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="this system has no such signals")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_signal_to_end_leaves_the_parts_and_ends_as_a_shell_expects(name: str) -> None:
    number = getattr(signal, name)
    notes: list[str] = []

    def killed() -> None:
        with TerminalGuard(Notes("screen", notes)):
            os.kill(os.getpid(), number)
            signal.pause()

    with pytest.raises(SystemExit) as caught:
        killed()
    assert caught.value.code == 128 + number
    assert notes == ["enter screen", "leave screen"]
    assert signal.getsignal(number) is signal.SIG_DFL


def test_a_handler_that_somebody_else_set_stays() -> None:
    def mine(*_: object) -> None:
        return

    before = signal.signal(signal.SIGTERM, mine)
    try:
        with TerminalGuard():
            assert signal.getsignal(signal.SIGTERM) is mine
        assert signal.getsignal(signal.SIGTERM) is mine
    finally:
        signal.signal(signal.SIGTERM, before)


def test_in_another_thread_it_guards_without_signals() -> None:
    notes: list[str] = []

    def work() -> None:
        with TerminalGuard(Notes("screen", notes)):
            notes.append("work")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert notes == ["enter screen", "work", "leave screen"]
