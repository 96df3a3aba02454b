"""Where things are on this machine, and what the environment says. The one module that reads it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from routines.phrases import DEFAULT_LOCALE, locales
from skill.errors import UserError

APP = "steady-coach"

#: A file may say what the environment does not; this names it.
CONFIG = "STEADY_CONFIG"

#: Every name that a file may have.
NAMES = (
    "STEADY_DATA",
    "STEADY_CACHE",
    "STEADY_DATABASE_URL",
    "STEADY_LOCALE",
    "STEADY_LISTEN_ENGINE",
    "STEADY_LISTEN_MODEL",
    "STEADY_PUBLIC_URL",
    "STEADY_PROXIES",
    "STEADY_ALEXA_SKILL_ID",
    "STEADY_ALEXA_VERIFY",
    "STEADY_ALEXA_DELIVERY",
    "STEADY_ALEXA_HEALTH",
    "ALEXA_TRUST_ROOTS",
)

_MAX_PROXIES = 9


class Delivery(StrEnum):
    """How Alexa is given a timeline."""

    APLA = "apla"  #: as a document that Alexa speaks on the beat
    SSML = "ssml"  #: as speech with breaks
    AUDIO = "audio"  #: as one audio file of our own


@dataclass(frozen=True, slots=True, kw_only=True)
class AlexaSettings:
    """What the Alexa skill has to know. Without a skill id there is none."""

    skill_id: str | None = None
    verify: bool = True  #: off: only requests from this very machine are taken
    trust_roots: Path | None = None  #: a PEM bundle; None: the roots that the web trusts
    delivery: Delivery = Delivery.APLA
    health: bool = False  #: numbers of health may be asked and spoken: a private installation


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything the coach has to know about its surroundings."""

    data_folder: Path  #: the history: what must not be lost
    cache_folder: Path  #: clips: what can be made again
    locale: str
    database: Path | str  #: a file, or another database's address in SQLAlchemy's form
    public_url: str | None = None  #: where others reach the backend: https, without a slash at the end
    proxies: int = 0  #: how many proxies in front of the backend are believed
    alexa: AlexaSettings = field(default_factory=AlexaSettings)
    listen_engine: str | None = None  #: what turns sound into words; None: the usual one
    listen_model: Path | None = None  #: a model for it; None: the one in its package

    @property
    def routines_folder(self) -> Path:
        """Where a person keeps routines of their own."""
        return self.data_folder / "routines"

    @property
    def audio_folder(self) -> Path:
        """Where the audio files are that the backend gives out."""
        return self.cache_folder / "audio"


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings from the environment (this process's own by default) and the file it names.

    `STEADY_DATA` and `STEADY_CACHE` name folders, `STEADY_DATABASE_URL` another database, `STEADY_LOCALE` a
    language; without them the platform's own folders and the system's language are taken.
    `STEADY_LISTEN_ENGINE` and `STEADY_LISTEN_MODEL` are described in `docs/listening.md`, the others
    in `docs/alexa-setup.md`. `UserError` says what is wrong with a value, or with the file.
    """
    env = _with_file(os.environ if environ is None else environ)
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
        public_url=_public_url(env),
        proxies=int(_choice(env, "STEADY_PROXIES", [str(n) for n in range(_MAX_PROXIES + 1)])),
        listen_engine=env.get("STEADY_LISTEN_ENGINE") or None,
        listen_model=_folder(env, "STEADY_LISTEN_MODEL"),
        alexa=AlexaSettings(
            skill_id=_skill_id(env),
            verify=_choice(env, "STEADY_ALEXA_VERIFY", ["on", "off"]) == "on",
            trust_roots=_folder(env, "ALEXA_TRUST_ROOTS"),
            delivery=Delivery(_choice(env, "STEADY_ALEXA_DELIVERY", list(Delivery))),
            health=_choice(env, "STEADY_ALEXA_HEALTH", ["off", "on"]) == "on",
        ),
    )


def read_locale(environ: Mapping[str, str] | None = None) -> str:
    """Return the language alone; it is also there when something is wrong with the settings."""
    env = os.environ if environ is None else environ
    try:
        return _locale(_with_file(env))
    except UserError:
        return _locale(env)


def _with_file(env: Mapping[str, str]) -> Mapping[str, str]:
    """Return the environment, and from the file what the environment does not say."""
    if not env.get(CONFIG):
        return env
    said = {name: value for name, value in env.items() if value}
    return _read_file(Path(env[CONFIG]).expanduser()) | said


def _read_file(path: Path) -> dict[str, str]:
    import tomllib  # noqa: PLC0415 - only if there is a file

    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError("config-unreadable", path=path, reason=error.strerror) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError("config-not-toml", path=path, reason=error) from error
    for name in table:
        if name not in NAMES:
            raise UserError("config-unknown", path=path, name=name, names=", ".join(NAMES))
    return {name: _as_text(path, name, value) for name, value in table.items()}


def _as_text(path: Path, name: str, value: object) -> str:
    """Return a value as the environment would have it: true is on."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, (str, int)):
        return str(value)
    raise UserError("config-value", path=path, name=name)


def _choice(env: Mapping[str, str], name: str, choices: list[str]) -> str:
    """Return one of the choices; the first if none is named."""
    said = env.get(name, "").strip().lower()
    if said and said not in choices:
        raise UserError("setting-choice", name=name, value=env[name], choices=", ".join(choices))
    return said or choices[0]


def _skill_id(env: Mapping[str, str]) -> str | None:
    said = env.get("STEADY_ALEXA_SKILL_ID", "").strip()
    if not said.isprintable() or " " in said:
        raise UserError("setting-skill-id", value=said)
    return said or None


def _public_url(env: Mapping[str, str]) -> str | None:
    said = env.get("STEADY_PUBLIC_URL", "").strip().rstrip("/")
    if not said:
        return None
    from urllib.parse import urlsplit  # noqa: PLC0415 - most commands have no address

    try:
        url = urlsplit(said)
        good = url.scheme == "https" and url.hostname and not (url.query or url.fragment or url.username)
    except ValueError:
        good = False
    if not good:
        raise UserError("setting-public-url", value=said)
    return said


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
