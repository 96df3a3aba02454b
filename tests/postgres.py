"""A PostgreSQL server of the tests' own: started in a temporary folder, reached by a socket in there."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

#: Where packages put programs that are not on the path.
_FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")
#: Nothing that is kept here has to outlive a power cut.
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "100",
    "shared_buffers": "16MB",
}


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, the newest one; None if it is not installed, or no Unix."""
    if os.name != "posix":
        return None
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    for pattern in _FOLDERS:
        folders = sorted(Path("/").glob(pattern[1:]), key=lambda folder: (len(str(folder)), str(folder)))
        if folders and (folders[-1] / "initdb").exists():
            return folders[-1]
    return None


class Postgres:
    """A server. It refuses to run as root: then it is another user's."""

    def __init__(self, programs: Path) -> None:
        """Make its folder; it does not run yet."""
        self._programs = programs
        # The path of a socket has to be short.
        self.folder = Path(tempfile.mkdtemp(prefix="steady-pg-", dir="/tmp"))
        self._as: Mapping[str, Any] = {}
        if os.geteuid() == 0:
            user, group = _somebody()
            os.chown(self.folder, user, group)
            self._as = {"user": user, "group": group, "extra_groups": []}
        self._run("initdb", "--username=steady", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C")
        self._databases = 0

    def start(self) -> None:
        """Start it, and return when it can be asked."""
        settings = {**_SETTINGS, "unix_socket_directories": str(self.folder)}
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        self._run("pg_ctl", "start", "--wait", "--log", str(self.folder / "log"), "--options", options)

    def stop(self) -> None:
        """Stop it at once: whoever is connected loses the connection."""
        self._run("pg_ctl", "stop", "--wait", "--mode=fast")

    def runs(self) -> bool:
        """Whether it can be asked."""
        return subprocess.run(self._command("pg_ctl", "status"), check=False, **self._how()).returncode == 0

    def remove(self) -> None:
        """Stop it, and delete its folder."""
        subprocess.run(self._command("pg_ctl", "stop", "--mode=immediate"), check=False, **self._how())
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str = "postgres") -> str:
        """Return the address of a database."""
        return f"postgresql://steady@/{database}?host={quote(str(self.folder), safe='')}"

    def new_database(self) -> str:
        """Return the address of a database with nothing in it."""
        self._databases += 1
        name = f"db{self._databases}"
        subprocess.run(
            [self._programs / "createdb", f"--host={self.folder}", "--username=steady", name],
            check=True,
            **self._how(),
        )
        return self.url(name)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(self._command(program, *arguments), check=True, **self._how())

    def _command(self, program: str, *arguments: str) -> list[str]:
        return [str(self._programs / program), f"--pgdata={self.folder / 'data'}", *arguments]

    def _how(self) -> dict[str, Any]:
        # A server that is started would hold a pipe open for ever.
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return {**quiet, **self._as, "cwd": self.folder, "timeout": 120}


def _somebody() -> tuple[int, int]:
    """Return a user who is not root, and their group."""
    import pwd  # noqa: PLC0415 - Unix has it

    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    user = known.get("postgres") or known["nobody"]
    return user.pw_uid, user.pw_gid
