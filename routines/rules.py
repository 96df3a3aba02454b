"""The safety and sense rules that a routine or an advice file must keep: a table of small named functions.

A rule looks at a loaded value and yields what breaks it: the path of a field and the values for its phrases,
which are `check.<code>.what` and `check.<code>.hint`. Errors make a routine unsafe or unspeakable; a warning
says how it would be better. Rules for one line by itself are in `lines`, rules for doses in `doses`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from routines.doses import DOSE_RULES, DoseRule, minutes_of
from routines.faults import Fault, RoutineFaults, Severity, errors, in_order
from routines.lines import (
    LINE_RULES,
    Line,
    LineRule,
    Part,
    Values,
    lines_of_exercise,
    lines_of_routine,
    lines_of_topic,
)
from routines.load import (
    Library,
    Origin,
    is_advice,
    read_advice_with_origin,
    read_with_origin,
    text_of,
)
from routines.model import Barrier, Exercise, Hold, Posture, Reps, Routine, Sides, Topic, Wording
from routines.phrases import DEFAULT_LOCALE
from routines.plan import Plan
from routines.wordlists import WordLists, word_lists

MAX_MINUTES = 45
MIN_SOURCE = 8  # characters: "unknown" and "me" name nothing
MIN_ASKS = 3
#: How often a routine may send a person down to the floor. Once is best; twice lets an easier exercise stand
#: between two on the floor.
MAX_DOWNS = 2
SHORT = 40  # characters: an instruction this short needs no shorter form

Broken = tuple[str, Values]  #: the path of the field, and the values


@dataclass(frozen=True, slots=True)
class Entry:
    """An exercise or an alternative that stands in the file, and where."""

    path: str
    exercise: Exercise
    own: Exercise | None = None  #: for an alternative: the exercise whose values it has where it gives none

    def gives(self, name: str) -> bool:
        """Whether the file gives this entry the value, or it only has it from its exercise."""
        return self.own is None or getattr(self.exercise, name) != getattr(self.own, name)


@dataclass(frozen=True, slots=True)
class Look:
    """A routine as the rules see it."""

    routine: Routine
    origin: Origin
    words: WordLists
    topics: frozenset[str] | None  #: ids of the advice there is; None if that is not known

    def entries(self) -> Iterator[Entry]:
        """Return the exercises and alternatives of the file itself; borrowed ones are judged in theirs."""
        for index, exercise in enumerate(self.routine.exercises):
            if index not in self.origin.borrowed:
                yield Entry(f"exercises[{index}]", exercise)
                for nth, alternative in enumerate(exercise.alternatives):
                    yield Entry(f"exercises[{index}].alternatives[{nth}]", alternative.exercise, exercise)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule for a whole routine."""

    code: str
    severity: Severity
    breaks: Callable[[Look], Iterable[Broken]]


@dataclass(frozen=True, slots=True)
class AdviceRule:
    """A rule for all advice topics of a file together."""

    code: str
    severity: Severity
    breaks: Callable[[tuple[Topic, ...], WordLists], Iterable[Broken]]


def check_routine(
    routine: Routine, origin: Origin | None = None, topics: frozenset[str] | None = None
) -> tuple[Fault, ...]:
    """Return every rule that a routine breaks. `topics` are the ids of the advice that it may name."""
    origin = origin or Origin(file=routine.id)
    words = word_lists(routine.locale)
    look = Look(routine, origin, words, topics)
    lines = list(lines_of_routine(routine))
    for entry in look.entries():
        lines += lines_of_exercise(entry.path, entry.exercise, entry.own)
    found = list(_check_lines(lines, words, origin))
    for entry in look.entries():
        if entry.gives("dose"):
            for dose_rule in DOSE_RULES:
                for field, values in dose_rule.breaks(entry.exercise.dose):
                    found.append(_fault(dose_rule, f"{entry.path}.dose.{field}", values, origin))
    for rule in RULES:
        found += [_fault(rule, path, values, origin) for path, values in rule.breaks(look)]
    return in_order(found)


def check_advice(
    topics: tuple[Topic, ...], origin: Origin | None = None, locale: str = DEFAULT_LOCALE
) -> tuple[Fault, ...]:
    """Return every rule that the topics of an advice file break."""
    origin = origin or Origin(file="advice")
    words = word_lists(locale)
    lines = [line for nth, topic in enumerate(topics) for line in lines_of_topic(f"topics[{nth}]", topic)]
    found = list(_check_lines(lines, words, origin))
    for rule in ADVICE_RULES:
        found += [_fault(rule, path, values, origin) for path, values in rule.breaks(topics, words)]
    return in_order(found)


def check_text(text: str, name: str, library: Library | None = None) -> tuple[Fault, ...]:
    """Return all that is wrong with a file's text: its form or, if that is right, the rules it breaks."""
    library = library or Library()
    try:
        if is_advice(text):
            topics, origin = read_advice_with_origin(text, name)
            return check_advice(topics, origin, library.locale)
        routine, origin = read_with_origin(text, name, library.locale, library.routine)
    except RoutineFaults as error:
        return error.faults
    return check_routine(routine, origin, _topic_ids(library))


def check_file(path: Path, library: Library | None = None) -> tuple[Fault, ...]:
    """Return all that is wrong with a routine or advice file, as `check_text`; also if it cannot be read."""
    try:
        text = text_of(path)
    except RoutineFaults as error:
        return error.faults
    return check_text(text, str(path), library)


def read_sound_file(path: Path, library: Library | None = None) -> Routine:
    """Return the routine in a person's own file. RoutineFaults if a rule is broken, too."""
    library = library or Library()
    routine, origin = read_with_origin(text_of(path), str(path), library.locale, library.routine)
    if bad := errors(check_routine(routine, origin, _topic_ids(library))):
        raise RoutineFaults(bad)
    return routine


def _topic_ids(library: Library) -> frozenset[str] | None:
    try:
        return frozenset(topic.id for topic in library.advice())
    except RoutineFaults:  # reported when that file is checked
        return None


def _check_lines(lines: Iterable[Line], words: WordLists, origin: Origin) -> Iterator[Fault]:
    for line in lines:
        for rule in LINE_RULES:
            values = rule.check(line, words)
            if values is not None:
                yield _fault(rule, line.path, {"text": line.text, **values}, origin)


def _fault(rule: Rule | AdviceRule | LineRule | DoseRule, path: str, values: Values, origin: Origin) -> Fault:
    line = origin.line(path)
    return Fault(
        file=origin.file, line=line, path=path, code=rule.code, values=values, severity=rule.severity
    )


# Sides: what is said for one side is said for the other with the same words, and for the same time.


def _one_sided(look: Look) -> Iterator[Broken]:
    for entry, line in _instructions(look):
        dose = entry.exercise.dose
        if isinstance(dose, (Hold, Reps)) and dose.sides is Sides.BOTH:
            found = look.words.find("one-sided", line.text)
            if found:
                yield line.path, {"words": found}


def _names_a_side(look: Look) -> Iterator[Broken]:
    for entry, line in _instructions(look):
        dose = entry.exercise.dose
        if isinstance(dose, (Hold, Reps)) and dose.sides is Sides.EACH:
            found = look.words.find("a-side", line.text)
            if found:
                yield line.path, {"words": found}


# Moves: the article's own list of what to avoid.


def _high_impact(look: Look) -> Iterator[Broken]:
    yield from _moves(look, "high-impact")


def _deep_bend(look: Look) -> Iterator[Broken]:
    yield from _moves(look, "deep-bend")


def _moves(look: Look, name: str) -> Iterator[Broken]:
    for _, line in _instructions(look):
        found = look.words.find_asserted(name, line.text)
        if found:
            yield line.path, {"words": found}


def _instructions(look: Look) -> Iterator[tuple[Entry, Line]]:
    for entry in look.entries():
        for line in lines_of_exercise(entry.path, entry.exercise, entry.own):
            if line.part.instructs:
                yield entry, line


# Ways round: nobody should have to leave an exercise out for want of another position.


def _meets(exercise: Exercise, barrier: Barrier, words: WordLists) -> bool:
    """Return whether an exercise needs what the barrier rules out."""
    match barrier:
        case Barrier.FLOOR:
            return exercise.posture.is_low
        case Barrier.EQUIPMENT:
            return any(words.find("equipment", need) for need in exercise.needs)
        case _:
            return exercise.posture is _POSTURE_OF[barrier]


_POSTURE_OF = {
    Barrier.KNEEL: Posture.KNEELING,
    Barrier.LIE: Posture.LYING,
    Barrier.STAND: Posture.STANDING,
    Barrier.CYCLE: Posture.BIKE,
}


def _no_way_round(look: Look) -> Iterator[Broken]:
    for entry in look.entries():
        if entry.own is None:
            missing = tuple(
                str(barrier)
                for barrier in Barrier
                if _meets(entry.exercise, barrier, look.words)
                and Plan(without=frozenset({barrier})).exercise_for(entry.exercise) is entry.exercise
            )
            if missing:
                yield f"{entry.path}.posture", {"barriers": missing}


def _not_round(look: Look) -> Iterator[Broken]:
    for path, exercise in _exercises(look):
        for nth, alternative in enumerate(exercise.alternatives):
            still = tuple(
                str(barrier)
                for barrier in Barrier
                if barrier in alternative.instead_of and _meets(alternative.exercise, barrier, look.words)
            )
            if still:
                yield f"{path}.alternatives[{nth}].instead_of", {"barriers": still}


def _never_taken(look: Look) -> Iterator[Broken]:
    for path, exercise in _exercises(look):
        taken: frozenset[Barrier] = frozenset()
        for nth, alternative in enumerate(exercise.alternatives):
            if alternative.instead_of <= taken:
                yield f"{path}.alternatives[{nth}].instead_of", {}
            taken |= alternative.instead_of


def _exercises(look: Look) -> Iterator[tuple[str, Exercise]]:
    yield from ((entry.path, entry.exercise) for entry in look.entries() if entry.own is None)


# Sense.


def _brief_not_shorter(look: Look) -> Iterator[Broken]:
    for entry in look.entries():
        for name in ("set_up", "movement"):
            wording: Wording = getattr(entry.exercise, name)
            full, brief = sum(map(len, wording.full)), sum(map(len, wording.brief))
            if entry.gives(name) and brief >= full and full > SHORT:
                yield f"{entry.path}.{name}.brief", {"brief": brief, "full": full}


def _name_twice(look: Look) -> Iterator[Broken]:
    owners: dict[str, str] = {}
    for entry in look.entries():
        owner = (entry.own or entry.exercise).id
        for line in lines_of_exercise(entry.path, entry.exercise, entry.own):
            if line.part in (Part.TITLE, Part.NAME) and ".needs" not in line.path:
                other = owners.setdefault(line.text.casefold(), owner)
                if other != owner:
                    yield line.path, {"text": line.text, "other": other}


def _thin_source(look: Look) -> Iterator[Broken]:
    if len(look.routine.source) < MIN_SOURCE:
        yield "source", {}
    for entry in look.entries():
        source = entry.exercise.source
        if len(source) < MIN_SOURCE and source != look.routine.source and entry.gives("source"):
            yield f"{entry.path}.source", {}


def _ups_and_downs(look: Look) -> Iterator[Broken]:
    low = [exercise.posture.is_low for exercise in look.routine.exercises]
    downs = [at for at in range(len(low)) if low[at] and not (at and low[at - 1])]
    for at in downs[MAX_DOWNS:]:
        yield f"exercises[{at}]", {"downs": len(downs), "limit": MAX_DOWNS}
        return


def _too_long(look: Look) -> Iterator[Broken]:
    minutes = minutes_of(look.routine)
    if minutes > MAX_MINUTES:
        yield "exercises", {"minutes": minutes, "limit": MAX_MINUTES}


def _unknown_advice(look: Look) -> Iterator[Broken]:
    for nth, topic in enumerate(look.routine.advice):
        if look.topics is not None and topic not in look.topics:
            yield f"advice[{nth}]", {"text": topic, "known": tuple(sorted(look.topics))}


def _file_name(look: Look) -> Iterator[Broken]:
    stem = Path(look.origin.file).stem
    if look.origin.file.endswith(".yaml") and stem != look.routine.id:
        yield "id", {"id": look.routine.id, "stem": stem}


# Advice.


def _ask_twice(topics: tuple[Topic, ...], _: WordLists) -> Iterator[Broken]:
    first: dict[str, str] = {}
    for nth, topic in enumerate(topics):
        for index, ask in enumerate(topic.asks):
            other = first.setdefault(ask.casefold().rstrip("?"), f"topics[{nth}].asks[{index}]")
            if other != f"topics[{nth}].asks[{index}]":
                yield f"topics[{nth}].asks[{index}]", {"text": ask, "other": other}


def _few_asks(topics: tuple[Topic, ...], _: WordLists) -> Iterator[Broken]:
    for nth, topic in enumerate(topics):
        if len(topic.asks) < MIN_ASKS:
            yield f"topics[{nth}].asks", {"limit": MIN_ASKS}


def _no_help(topics: tuple[Topic, ...], words: WordLists) -> Iterator[Broken]:
    for nth, topic in enumerate(topics):
        if topic.urgent:
            for name, lines in (("say", topic.say), ("brief", topic.brief)):
                if not any(words.find("help", line) for line in lines):
                    yield f"topics[{nth}].{name}", {}


def _thin_advice_source(topics: tuple[Topic, ...], _: WordLists) -> Iterator[Broken]:
    for nth, topic in enumerate(topics):
        if len(topic.source) < MIN_SOURCE:
            yield f"topics[{nth}].source", {}


RULES = (
    Rule("one-sided", Severity.ERROR, _one_sided),
    Rule("names-a-side", Severity.ERROR, _names_a_side),
    Rule("high-impact", Severity.ERROR, _high_impact),
    Rule("deep-bend", Severity.ERROR, _deep_bend),
    Rule("no-way-round", Severity.WARNING, _no_way_round),
    Rule("not-round", Severity.ERROR, _not_round),
    Rule("never-taken", Severity.WARNING, _never_taken),
    Rule("brief-not-shorter", Severity.WARNING, _brief_not_shorter),
    Rule("name-twice", Severity.ERROR, _name_twice),
    Rule("thin-source", Severity.WARNING, _thin_source),
    Rule("ups-and-downs", Severity.WARNING, _ups_and_downs),
    Rule("too-long", Severity.WARNING, _too_long),
    Rule("unknown-advice", Severity.ERROR, _unknown_advice),
    Rule("file-name", Severity.WARNING, _file_name),
)

ADVICE_RULES = (
    AdviceRule("ask-twice", Severity.ERROR, _ask_twice),
    AdviceRule("few-asks", Severity.WARNING, _few_asks),
    AdviceRule("no-help", Severity.ERROR, _no_help),
    AdviceRule("thin-source", Severity.WARNING, _thin_advice_source),
)
