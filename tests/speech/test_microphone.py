from __future__ import annotations

import pytest

from routines.phrases import load_phrases
from speech.microphone import MicrophoneCode, MicrophoneError, advice

PHRASES = load_phrases()


@pytest.mark.parametrize("code", MicrophoneCode)
@pytest.mark.parametrize("platform", ["linux", "darwin", "win32", "freebsd13"])
def test_every_fault_has_words_and_a_remedy(code: MicrophoneCode, platform: str) -> None:
    problem, *remedies = advice(MicrophoneError(code), PHRASES, platform)

    assert problem.endswith(".")
    assert remedies
