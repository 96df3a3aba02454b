from __future__ import annotations

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from skill.care.live_state import LiveState, Phase
from skill.care.permissions import Action

TEXTS = st.text(max_size=20)
NUMBERS = st.none() | st.integers(1, 99)
STATES = st.builds(
    LiveState,
    phase=st.sampled_from(Phase),
    command=TEXTS,
    asked_by=TEXTS,
    routine=TEXTS,
    exercise_title=TEXTS,
    exercise_no=NUMBERS,
    exercises=st.integers(0, 20),
    set_no=NUMBERS,
    sets=NUMBERS,
    side=st.sampled_from(["", "left", "right"]),
    since=st.none() | st.datetimes(timezones=st.just(UTC)),
    reason=TEXTS,
    progress_ms=st.integers(0, 10**7),
    total_ms=st.integers(0, 10**7),
)


@given(STATES)
def test_a_state_comes_back_from_json_as_it_was(state: LiveState) -> None:
    assert LiveState.from_dict(json.loads(json.dumps(state.to_dict()))) == state


def test_nothing_told_is_idle() -> None:
    assert LiveState.from_dict({}) == LiveState()
    assert LiveState().to_dict() == {"phase": "idle"}


def test_what_a_newer_version_tells_is_left_out() -> None:
    state = LiveState.from_dict({"phase": "dancing", "mood": "good", "sets": 3})

    assert state == LiveState(sets=3)


def test_without_the_persons_consent_nothing_is_shown() -> None:
    everything_else = set(Action) - {Action.SEE_LIVE}

    assert LiveState(phase=Phase.WORKING).for_caregiver(everything_else) is None


def test_the_reason_for_a_stop_is_shown_with_consent_alone() -> None:
    stopped = LiveState(phase=Phase.STOPPED, reason="pain", since=datetime(2026, 3, 1, tzinfo=UTC))

    assert stopped.for_caregiver({Action.SEE_LIVE, Action.SEE_PAIN}) == stopped
    hidden = stopped.for_caregiver({Action.SEE_LIVE})
    assert hidden is not None
    assert (hidden.phase, hidden.reason) == (Phase.STOPPED, "")
    assert "reason" not in hidden.to_dict()


def test_only_a_session_that_is_on_runs() -> None:
    assert {phase for phase in Phase if not phase.running} == {
        Phase.IDLE, Phase.INVITED, Phase.DONE, Phase.STOPPED, Phase.INTERRUPTED,
    }  # fmt: skip
