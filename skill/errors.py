"""What is said when something goes wrong: each known error in the person's words, with an exit code.

Exit codes: 2 the command was not understood, 3 something that was given is not right (a file, a name, a
choice), 4 this machine lacks something (a folder, a sound device, a voice), 5 another coach has taken over,
130 ended by Ctrl-C.
"""

from __future__ import annotations

from routines.phrases import PhraseError, Phrases

EXIT_INPUT = 3
EXIT_ENVIRONMENT = 4
EXIT_LED_ELSEWHERE = 5
EXIT_INTERRUPTED = 130


class UserError(Exception):
    """What a person asked for is not there. `code` names the phrase `errors.<code>`, filled with `values`."""

    def __init__(self, code: str, **values: object) -> None:
        """Keep code and values apart."""
        super().__init__(f"{code}: {values}")
        self.code = code
        self.values = values


class LedElsewhereError(UserError):
    """Another coach has gone on with what was led here, or has led the person since."""


def explain(error: BaseException, phrases: Phrases) -> tuple[tuple[str, ...], int] | None:
    """Return lines for the person and an exit code; None for an error that nobody foresaw.

    Looks at the error's name, not its class, so that nothing heavy is imported just to fail.
    """
    name = type(error).__name__
    if isinstance(error, UserError):
        exit_code = EXIT_LED_ELSEWHERE if isinstance(error, LedElsewhereError) else EXIT_INPUT
        return phrases.lines(f"errors.{error.code}", **error.values), exit_code
    if isinstance(error, PhraseError):
        return (str(error),), EXIT_ENVIRONMENT
    if name == "PlanError":
        values = {key: getattr(error, key) for key in ("field", "value", "allowed")}
        if phrases.has(f"plan.names.{values['field']}"):
            values["field"] = phrases(f"plan.names.{values['field']}")
        return phrases.lines("errors.plan", **values), EXIT_INPUT
    if name == "RoutineFaults":
        return _faults(error, phrases), EXIT_INPUT
    if name in ("SpeakerError", "MicrophoneError"):
        return _sound(error, phrases), EXIT_ENVIRONMENT
    return _by_code(name, error, phrases) if name in _TOLD_BY else None


def _by_code(name: str, error: BaseException, phrases: Phrases) -> tuple[tuple[str, ...], int]:
    code = str(getattr(error, "code", ""))
    values = {key: value for key, value in vars(error).items() if not key.startswith("_")}
    values |= values.pop("fields", {})
    ids = (pattern.format(code=code) for pattern in _TOLD_BY[name])
    lines = tuple(phrases(phrase_id, **values) for phrase_id in ids if phrases.has(phrase_id))
    exit_code = EXIT_INPUT if name in _ASKED or (name, code) in _GIVEN else EXIT_ENVIRONMENT
    return lines or (str(error),), exit_code


#: Which phrases say what is wrong and what to do, by the error's name.
_TOLD_BY = {
    "HearingError": ("listen.fault.{code}", "listen.remedy.{code}"),
    "CareError": ("care.error.{code}",),
    "NotAllowedError": ("care.error.{code}",),
    "StoreError": ("store.fault.{code}", "store.remedy.{code}"),
    "VoiceError": ("voice.{code}",),
    "AudioFileError": ("render.error.{code}",),
    "BackupError": ("backup.error.{code}", "backup.remedy.{code}"),
}

#: What was asked for cannot be, whatever the machine.
_ASKED = ("CareError", "NotAllowedError")

#: Not this machine's fault: the person can name another file.
_GIVEN = {("AudioFileError", code) for code in ("unknown-suffix", "no-folder", "not-allowed", "too-long")} | {
    ("BackupError", code)
    for code in ("no-file", "no-folder", "exists", "foreign", "damaged", "newer", "not-empty", "elsewhere")
}


def fault_lines(error: Exception, phrases: Phrases) -> tuple[str, ...]:
    """Return what to say of a fault that ends nothing, such as listening that does not work."""
    told = explain(error, phrases)
    return told[0] if told else (phrases("hearing.fault", detail=type(error).__name__),)


def _sound(error: BaseException, phrases: Phrases) -> tuple[str, ...]:
    from speech import microphone, speaker  # noqa: PLC0415 - only where there is no sound

    if isinstance(error, speaker.SpeakerError):
        return speaker.advice(error, phrases)
    return microphone.advice(error, phrases) if isinstance(error, microphone.MicrophoneError) else ()


def _faults(error: BaseException, phrases: Phrases) -> tuple[str, ...]:
    from skill import faults_view  # noqa: PLC0415 - only where a file is at fault

    lines: tuple[str, ...] = faults_view.fault_lines(getattr(error, "faults", ()), phrases)
    return lines
