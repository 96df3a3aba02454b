"""Random routines, plans and voices for properties."""

from __future__ import annotations

from hypothesis import strategies as st

from routines.model import (
    Alternative,
    Barrier,
    Dose,
    Exercise,
    Hold,
    Phase,
    Posture,
    Range,
    Reps,
    Routine,
    Sides,
    Steady,
    Tempo,
    Wording,
)
from routines.own_dose import OwnDose
from routines.plan import CountStyle, FirstSide, Level, PhaseStyle, Plan, Words
from routines.script import Channel, Occasion
from tests.doubles import LetterLengths

words = st.text(alphabet="abcdefghij ", min_size=1, max_size=60).map(lambda text: f"W{text}.")
lines = st.lists(words, min_size=1, max_size=4).map(tuple)


@st.composite
def ranges(draw: st.DrawFn, low: int, high: int) -> Range:
    """Return a range inside low..high."""
    start = draw(st.integers(low, high))
    return Range(start, draw(st.integers(start, high)))


phases = st.builds(
    Phase,
    st.sampled_from(["down", "hold", "release", "slowly up"]),
    st.sampled_from([1000, 1500, 2000, 3000]),
)
tempos = st.lists(phases, min_size=1, max_size=4).map(lambda some: Tempo(tuple(some)))
doses: st.SearchStrategy[Dose] = st.one_of(
    st.builds(Hold, ranges(5, 60), ranges(1, 4), st.sampled_from(Sides)),
    st.builds(Reps, ranges(1, 30), ranges(1, 4), st.sampled_from(Sides), tempos),
    st.builds(Steady, ranges(1, 20)),
)


@st.composite
def exercises(draw: st.DrawFn, name: str, *, alternative: bool = True) -> Exercise:
    """Return an exercise, perhaps with an alternative."""
    others: tuple[Alternative, ...] = ()
    if alternative and draw(st.booleans()):
        barriers = draw(st.frozensets(st.sampled_from(Barrier), min_size=1))
        others = (Alternative(barriers, draw(exercises(f"{name}.other", alternative=False))),)
    return Exercise(
        id=name,
        title=name,
        synonyms=(),
        needs=draw(st.sampled_from([(), ("a mat",), ("a chair", "a wall")])),
        posture=draw(st.sampled_from(Posture)),
        dose=draw(doses),
        set_up=Wording(draw(lines), draw(lines)),
        movement=Wording(draw(lines), draw(lines)),
        feel=draw(words),
        breathing=draw(words),
        benefit=draw(words),
        cautions=draw(lines),
        source="made up",
        alternatives=others,
    )


@st.composite
def routines(draw: st.DrawFn) -> Routine:
    """Return a routine of one to four exercises."""
    names = ["one", "two", "three", "four"][: draw(st.integers(1, 4))]
    return Routine(
        id="random",
        title="random routine",
        synonyms=(),
        summary=draw(words),
        advice=(),
        exercises=tuple(draw(exercises(name)) for name in names),
        locale="en",
        source="made up",
    )


own_doses = st.one_of(
    st.builds(OwnDose, hold_s=st.integers(5, 60), sets=st.none() | st.integers(1, 10)),
    st.builds(OwnDose, reps=st.integers(1, 30), sets=st.none() | st.integers(1, 10)),
    st.builds(OwnDose, minutes=st.integers(1, 30)),
)
plans = st.builds(
    Plan,
    doses=st.dictionaries(st.sampled_from(["one", "two", "three"]), own_doses, max_size=3),
    level=st.sampled_from(Level),
    hold_s=st.none() | st.integers(15, 30),
    pace_percent=st.integers(50, 1000),
    rest_s=st.integers(10, 180),
    get_ready_s=st.integers(5, 10),
    time_left_s=st.integers(15, 120),
    words=st.sampled_from(Words),
    count=st.sampled_from(CountStyle),
    phases=st.sampled_from(PhaseStyle),
    first_side=st.sampled_from(FirstSide),
    wait=st.booleans(),
    listen=st.booleans(),
    without=st.frozensets(st.sampled_from(Barrier)),
    rate_wpm=st.integers(120, 175),
)
occasions = st.builds(
    Occasion, told=st.booleans(), notes=st.just(()) | lines, channel=st.sampled_from(Channel)
)
#: Voices from very quick to very slow: milliseconds a letter and at least so many a word.
lengths = st.builds(LetterLengths, letter_ms=st.integers(5, 150), least_ms=st.integers(1, 700))
