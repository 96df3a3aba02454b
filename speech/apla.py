"""Cues as a document of APL for Audio, which every Alexa device plays: exact counts in Alexa's own voice.

One `Mixer` plays everything at once. Each count, and each word of work, waits in a `Sequencer` of its own for
its exact time, so that however long Alexa takes for one word, the next is not late. Lines outside the work
stand in one `Sequencer`, one after the other: nobody needs their exact time, and so they never talk into one
another. A `Silence` of the full length keeps the end where it belongs.

Text stands in the document itself, without data binding: one `Sequencer` takes about 100 bytes, ninety of
them 9 kB of a reply's 24.

Nothing is hosted anywhere. Ticks and chimes are beeps of Alexa's sound library, cut short and turned down. A
document may play 15 files, so ticks at even distances are one file, repeated: they then also sound, softly,
under the counts between them. Silence of more than five seconds gets a few ticks of its own.

Never tried on a device: the files of the sound library (others use them) and whether they begin at once;
`Repeat` on a `Sequencer`; `Silence` of more than ten seconds; how many voices one `Mixer` takes. Whoever sees
a document fail can ask for one without sounds, and then for `speech.ssml`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from routines.cue import Cue, CueKind, Tone
from speech.limits import APLA_SOUNDS, AUDIO_MS, SILENCE_MS, TOKEN_CHARS, TooLongError
from speech.turns import Turn

VERSION = "0.91"
_LIBRARY = "soundbank://soundlibrary/musical"
#: How long a beep is let sound; how loud, so that it stays behind the voice.
TICK_MS, TICK_VOLUME = 120, "12%"
CHIME_MS, CHIME_VOLUME = 400, "40%"
#: Ticks in a silence: at about this distance.
FILL_MS = 4_000
#: Ticks nearer to one another, or further apart, are not one row.
LEAST_STEP_MS, MOST_STEP_MS = 2 * TICK_MS, 15_000

Component = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Row:
    """Ticks at even distances."""

    at_ms: int
    step_ms: int
    count: int

    @property
    def times(self) -> tuple[int, ...]:
        return tuple(self.at_ms + nth * self.step_ms for nth in range(self.count))

    @property
    def end_ms(self) -> int:
        return self.times[-1] + TICK_MS


def document(turn: Turn, *, sounds: bool = True) -> Component:
    """Return a turn as a document, with or without ticks and chimes; TooLongError if it takes too long."""
    length_ms = turn.length_ms
    if length_ms > AUDIO_MS:
        raise TooLongError("AUDIO_MS", length_ms)
    items = [*_voices(turn.cues, turn.work)]
    if sounds:
        items += _sounds([cue for cue in turn.cues if cue.kind is not CueKind.QUIET], length_ms)
    if items:  # a document of nothing but silence is refused
        items.append(_silence(length_ms))
    return {
        "type": "APLA",
        "version": VERSION,
        "mainTemplate": {"parameters": ["payload"], "item": {"type": "Mixer", "items": items}},
    }


def directive(made: Mapping[str, Any], token: str) -> Component:
    """Return the directive that plays a document; TooLongError for a token that is too long."""
    if len(token) > TOKEN_CHARS:
        raise TooLongError("TOKEN_CHARS", len(token))
    return {
        "type": "Alexa.Presentation.APLA.RenderDocument",
        "token": token,
        "document": dict(made),
        "datasources": {},
    }


# -- voices ----------------------------------------------------------------------------------------


def _voices(cues: Iterable[Cue], work: Sequence[tuple[int, int]]) -> Iterator[Component]:
    for chain in _chains(cues, work):
        parts: list[Component] = []
        at_ms = 0
        for cue in chain:
            if cue.at_ms > at_ms:
                parts.append(_silence(cue.at_ms - at_ms))
            parts.append({"type": "Speech", "content": _literal(cue.text)})
            at_ms = cue.end_ms
        yield {"type": "Sequencer", "items": parts}


def _chains(cues: Iterable[Cue], work: Sequence[tuple[int, int]]) -> Iterator[list[Cue]]:
    """Yield lines that follow one another without anything between; alone what must be on the beat."""
    chain: list[Cue] = []
    for cue in cues:
        spoken = cue.kind in (CueKind.SAY, CueKind.COUNT) and _literal(cue.text)
        exact = cue.kind is CueKind.COUNT or any(start <= cue.at_ms < end for start, end in work)
        if spoken and not exact and chain and cue.at_ms - chain[-1].end_ms <= SILENCE_MS:
            chain.append(cue)
            continue
        if chain:
            yield chain
        chain = [cue] if spoken and not exact else []
        if spoken and exact:
            yield [cue]
    if chain:
        yield chain


def _literal(text: str) -> str:
    """Return a text that is neither evaluated nor looked up: `${...}` is data binding, `@...` a resource."""
    plain = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return plain.replace("${", "$ {").removeprefix("@")


def _silence(length_ms: int) -> Component:
    return {"type": "Silence", "duration": length_ms}


# -- sounds ----------------------------------------------------------------------------------------


def _sounds(cues: Sequence[Cue], length_ms: int) -> list[Component]:
    chimes = [
        cue
        for cue in cues
        if cue.kind is CueKind.CHIME and cue.text != Tone.LEAD_IN and cue.at_ms + CHIME_MS <= length_ms
    ]
    ticks = [cue.at_ms for cue in cues if cue.kind is CueKind.TICK and cue.at_ms + TICK_MS <= length_ms]
    counts = [cue.at_ms for cue in cues if cue.kind is CueKind.COUNT]
    rows = _rows(ticks, counts)
    rows += _fillings(cues, chimes, length_ms)
    rows.sort(key=lambda row: -row.count)  # where there are too many files, the shortest rows are left out
    kept = rows[: APLA_SOUNDS - len(chimes)]
    made = [_after(cue.at_ms, _beep("amzn_sfx_electronic_beep_02", CHIME_MS, CHIME_VOLUME)) for cue in chimes]
    return made[:APLA_SOUNDS] + [_played(row, length_ms) for row in kept]


def _rows(ticks: Sequence[int], counts: Iterable[int]) -> list[_Row]:
    """Return rows that together hold each tick once; they may step on counts between two ticks."""
    left, rows = set(ticks), []
    steps = left.union(counts)
    while left:
        first = min(left)
        distances = sorted(at_ms - first for at_ms in left if LEAST_STEP_MS <= at_ms - first <= MOST_STEP_MS)
        tries = (_row(first, step_ms, steps, left) for step_ms in distances)
        best = max(tries, key=lambda row: len(left.intersection(row.times)), default=_Row(first, 0, 1))
        rows.append(best)
        left = left.difference(best.times)
    return rows


def _row(first: int, step_ms: int, steps: set[int], ticks: set[int]) -> _Row:
    """Return the longest row that steps on nothing but ticks and counts, and ends on a tick."""
    count = 1
    at_ms = first + step_ms
    nth = 1
    while at_ms in steps:
        nth += 1
        if at_ms in ticks:
            count = nth
        at_ms += step_ms
    return _Row(first, step_ms, count)


def _fillings(cues: Sequence[Cue], chimes: Sequence[Cue], length_ms: int) -> list[_Row]:
    """Return a few ticks for each silence that would sound as if something were broken."""
    heard = [cue for cue in cues if cue.kind is not CueKind.CHIME or cue in chimes]
    ends = [0, *(cue.end_ms for cue in heard)]
    starts = [*(cue.at_ms for cue in heard), length_ms]
    made = []
    for end_ms, start_ms in zip(ends, starts, strict=True):
        gap_ms = start_ms - end_ms
        if gap_ms > SILENCE_MS:
            count = -(-gap_ms // FILL_MS) - 1
            step_ms = gap_ms // (count + 1)
            made.append(_Row(end_ms + step_ms, step_ms, count))
    return made


def _played(row: _Row, length_ms: int) -> Component:
    beep = _beep("amzn_sfx_electronic_beep_01", TICK_MS, TICK_VOLUME)
    if row.count == 1:
        return _after(row.at_ms, beep)
    repeated: Component = {
        "type": "Sequencer",
        "items": [beep, _silence(row.step_ms - TICK_MS)],
        "filter": [{"type": "Repeat", "repeatCount": row.count - 1}],
    }
    if row.at_ms + row.count * row.step_ms > length_ms:  # the silence after the last tick would be too much
        repeated["filter"].append({"type": "Trim", "end": row.end_ms - row.at_ms})
    return _after(row.at_ms, repeated)


def _beep(name: str, length_ms: int, volume: str) -> Component:
    return {
        "type": "Audio",
        "source": f"{_LIBRARY}/{name}",
        "filter": [{"type": "Trim", "end": length_ms}, {"type": "Volume", "amount": volume}],
    }


def _after(wait_ms: int, component: Component) -> Component:
    return {"type": "Sequencer", "items": [_silence(wait_ms), component]} if wait_ms else component
