"""What is said when something goes wrong: each known error in the person's words, with an exit code.

Exit codes: 2 the command was not understood, 3 something that was given is not right (a file, a name, a
choice), 4 this machine lacks something (a folder, a sound device, a voice), 130 ended by Ctrl-C.
"""

from __future__ import annotations

from routines.phrases import PhraseError, Phrases

EXIT_INPUT = 3
EXIT_ENVIRONMENT = 4
EXIT_INTERRUPTED = 130


class UserError(Exception):
    """What a person asked for is not there. `code` names the phrase `errors.<code>`, filled with `values`."""

    def __init__(self, code: str, **values: object) -> None:
        """Keep code and values apart."""
        super().__init__(f"{code}: {values}")
        self.code = code
        self.values = values


def explain(error: BaseException, phrases: Phrases) -> tuple[tuple[str, ...], int] | None:
    """Return lines for the person and an exit code; None for an error that nobody foresaw.

    Looks at the error's name, not its class, so that nothing heavy is imported just to fail.
    """
    name = type(error).__name__
    code = str(getattr(error, "code", ""))
    if isinstance(error, UserError):
        return phrases.lines(f"errors.{error.code}", **error.values), EXIT_INPUT
    if isinstance(error, PhraseError):
        return (str(error),), EXIT_ENVIRONMENT
    if name == "PlanError":
        values = {key: getattr(error, key) for key in ("field", "value", "allowed")}
        return phrases.lines("errors.plan", **values), EXIT_INPUT
    if name == "RoutineFaults":
        return _faults(error, phrases), EXIT_INPUT
    section = _SECTIONS.get(name)
    if section is None:
        return None
    values = {key: value for key, value in vars(error).items() if not key.startswith("_")}
    lines = [
        phrases(f"{section}.{part}.{code}", **values)
        for part in ("fault", "remedy")
        if phrases.has(f"{section}.{part}.{code}")
    ]
    return tuple(lines) or (str(error),), EXIT_ENVIRONMENT


_SECTIONS = {
    "StoreError": "store",
    "VoiceError": "voice",
    "SpeakerError": "speaker",
    "AudioFileError": "render",
}


def _faults(error: BaseException, phrases: Phrases) -> tuple[str, ...]:
    from skill.faults_view import fault_lines  # noqa: PLC0415 - only where a file is at fault

    lines: tuple[str, ...] = fault_lines(getattr(error, "faults", ()), phrases)
    return lines
