"""Runs `steady` as a person would, with a home of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from skill.cli import main
from speech.pyttsx3_voice import probe
from speech.voice import VoiceError

#: No process can be started, so there is no voice.
NO_VOICE = "import sys; sys.executable = '/nowhere/python'"

_MAIN = "from skill.cli import main; main()"


@dataclass(frozen=True)
class Ran:
    """What came of a command."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The JSON that was printed."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Home:
    """A person's folders, and commands run in them."""

    folder: Path

    @property
    def routines(self) -> Path:
        """The person's own routines."""
        return self.folder / "data" / "routines"

    @property
    def database(self) -> Path:
        return self.folder / "data" / "history.sqlite3"

    def env(self) -> dict[str, str]:
        return {
            "STEADY_DATA": str(self.folder / "data"),
            "STEADY_CACHE": str(self.folder / "cache"),
            "STEADY_LOCALE": "en",
            "STEADY_DATABASE_URL": "",
            # No sound server, so that nothing is heard in a test run.
            "PULSE_SERVER": "none",
            "XDG_RUNTIME_DIR": str(self.folder),
        }

    def steady(self, *args: str, text: str = "", **env: str) -> Ran:
        """Run a command in this process."""
        with CliRunner().isolation(input=text, env=self.env() | env) as streams:
            try:
                main(list(args))
            except SystemExit as end:
                code = end.code
        assert isinstance(code, int)
        return Ran(code, streams[0].getvalue().decode(), streams[1].getvalue().decode())

    def start(self, *args: str) -> subprocess.Popen[bytes]:
        """Start a command in a process of its own."""
        command = [sys.executable, "-c", _MAIN, *args]
        env = {**os.environ, **self.env()}
        return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def process(self, *args: str, text: str = "", before: str = "", **env: str) -> Ran:
        """Run a command in a process of its own, after the statement `before`."""
        ran = subprocess.run(
            [sys.executable, "-c", f"{before}\n{_MAIN}", *args],
            env={**os.environ, **self.env(), **env},
            input=text,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return Ran(ran.returncode, ran.stdout, ran.stderr)


@cache
def missing_voice() -> str | None:
    """Return why nothing can be spoken here, or None."""
    try:
        probe()
    except VoiceError as error:
        return str(error)
    return None


needs_voice = pytest.mark.skipif(missing_voice() is not None, reason=f"no voice here: {missing_voice()}")
