"""The real keyboard and the real screen, in a terminal of their own (tmux)."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from skill.terminal.digits import FONTS
from skill.terminal.keys import NoKeys, key_name

ROOT = Path(__file__).parents[2]
PATIENCE_S = 20

needs_tmux = pytest.mark.skipif(not shutil.which("tmux"), reason="tmux is not installed")


class Terminal:
    """A shell in a tmux window that nobody looks at."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.folder = folder
        self.env = os.environ | {"TMUX_TMPDIR": str(folder), "LANG": "C.UTF-8", "PS1": "$ "} | env
        self.env.pop("TMUX", None)
        self.env.pop("LC_ALL", None)
        self.tmux("-f", os.devnull, "new-session", "-d", "-s", "t", "-x", "80", "-y", "24", "bash --norc")
        self.press(f"cd {ROOT}; stty -g > {folder}/before", "Enter")
        self.until((folder / "before").exists)

    def tmux(self, *words: str) -> str:
        done = subprocess.run(
            ["tmux", "-u", "-L", "test", *words],
            check=True,
            capture_output=True,
            env=self.env,
            encoding="utf-8",
        )
        return done.stdout

    def press(self, *keys: str) -> None:
        self.tmux("send-keys", "-t", "t", *keys)

    def seen(self) -> str:
        return self.tmux("capture-pane", "-p", "-t", "t")

    def start(self, *options: str) -> int:
        self.press(f"{sys.executable} -m tests.skill.terminal_demo {' '.join(options)}", "Enter")
        self.until(lambda: "o it hurts" in self.seen() or "press Enter" in self.seen())
        pane = self.tmux("display", "-p", "-t", "t", "#{pane_pid}").strip()
        return int(Path(f"/proc/{pane}/task/{pane}/children").read_text(encoding="ascii").split()[-1])

    def until(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, self.seen()
            time.sleep(0.02)

    def assert_as_before(self) -> None:
        """Check the shell's own screen, a visible cursor, and the keyboard as it was."""
        self.until(lambda: self.tmux("display", "-p", "-t", "t", "#{alternate_on} #{cursor_flag}") == "0 1\n")
        after = self.folder / "after"
        self.press(f"stty -g > {after}.part; mv {after}.part {after}", "Enter")
        self.until(after.exists)
        assert after.read_bytes() == (self.folder / "before").read_bytes()
        after.unlink()


@pytest.fixture
def terminal(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Terminal]:
    terminal = Terminal(tmp_path, getattr(request, "param", {}))
    yield terminal
    terminal.tmux("kill-server")


@needs_tmux
def test_keys_work_in_both_cases_and_with_arrows_and_the_terminal_is_given_back(terminal: Terminal) -> None:
    terminal.start()
    terminal.press("n", "N", "Right", "Space")
    terminal.until(lambda: "Paused" in terminal.seen())
    terminal.tmux("resize-window", "-t", "t", "-x", "40", "-y", "12")
    terminal.until(lambda: "Paused · Left side · Set 2 of 3" in terminal.seen())
    assert all(row.strip() in terminal.seen() for row in FONTS[-1].rows("10", "█"))
    terminal.press("q")
    terminal.until(lambda: "ended" in terminal.seen())
    terminal.tmux("resize-window", "-t", "t", "-x", "80", "-y", "24")

    terminal.assert_as_before()


@needs_tmux
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_ended_by_a_signal_the_terminal_is_given_back(terminal: Terminal, number: int) -> None:
    os.kill(terminal.start(), number)

    terminal.assert_as_before()


@needs_tmux
def test_ctrl_z_gives_the_terminal_back_until_fg(terminal: Terminal) -> None:
    terminal.start()
    terminal.press("C-z")
    terminal.until(lambda: "Stopped" in terminal.seen())
    terminal.assert_as_before()

    terminal.press("fg", "Enter")
    terminal.until(lambda: "Paused" in terminal.seen())
    terminal.press("q")
    terminal.until(lambda: "ended" in terminal.seen())
    terminal.assert_as_before()


@needs_tmux
@needs_tmux
@pytest.mark.parametrize("terminal", [{"LANG": "C", "NO_COLOR": "1"}], indirect=True)
def test_in_the_c_locale_the_screen_is_ascii(terminal: Terminal) -> None:
    terminal.start()
    seen = terminal.seen()
    terminal.press("q")

    assert "####" in seen
    assert seen.isascii()


def test_without_a_keyboard_polling_only_waits() -> None:
    with NoKeys() as keys:
        assert keys.gone
        assert keys.poll(0) is None


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("N", None, "n"),
        (" ", None, "space"),
        ("\r", "KEY_ENTER", "enter"),
        ("\x1b[C", "KEY_RIGHT", "right"),
        ("\x7f", "KEY_BACKSPACE", "backspace"),
        ("\x1bx", "KEY_ALT_X", None),
        ("\x01", "KEY_CTRL_A", None),
        ("É", None, "é"),
    ],
)
def test_a_key_has_one_name(text: str, name: str | None, expected: str | None) -> None:
    assert key_name(text, name) == expected
