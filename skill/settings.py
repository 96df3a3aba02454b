"""Where things are on this machine, and what the environment says. The one module that reads it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from routines.phrases import DEFAULT_LOCALE, locales

APP = "steady-coach"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything the coach has to know about its surroundings."""

    data_folder: Path  #: the history: what must not be lost
    cache_folder: Path  #: clips: what can be made again
    locale: str
    database: Path | str  #: a file, or another database's address in SQLAlchemy's form

    @property
    def routines_folder(self) -> Path:
        """Where a person keeps routines of their own."""
        return self.data_folder / "routines"


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings from the environment (this process's own by default).

    `STEADY_DATA` and `STEADY_CACHE` name folders, `STEADY_DATABASE_URL` another database, `STEADY_LOCALE` a
    language; without them the platform's own folders and the system's language are taken.
    """
    env = os.environ if environ is None else environ
    data = _folder(env, "STEADY_DATA")
    cache = _folder(env, "STEADY_CACHE")
    if data is None or cache is None:
        from platformdirs import PlatformDirs  # noqa: PLC0415 - only where it is needed

        dirs = PlatformDirs(APP, appauthor=False)
        data = data or Path(dirs.user_data_dir)
        cache = cache or Path(dirs.user_cache_dir)
    return Settings(
        data_folder=data,
        cache_folder=cache,
        locale=_locale(env),
        database=env.get("STEADY_DATABASE_URL") or data / "history.sqlite3",
    )


def _folder(env: Mapping[str, str], name: str) -> Path | None:
    return Path(env[name]).expanduser().absolute() if env.get(name) else None


def _locale(env: Mapping[str, str]) -> str:
    """Return the first of the person's languages that there are phrases for: en_GB, then en."""
    there = locales()
    for name in ("STEADY_LOCALE", "LC_ALL", "LC_MESSAGES", "LANG"):
        wanted = env.get(name, "").split(".")[0].split("@")[0]
        for candidate in (wanted, wanted.split("_")[0].split("-")[0]):
            if candidate in there:
                return candidate
    return DEFAULT_LOCALE
