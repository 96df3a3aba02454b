"""The default engine: PocketSphinx, whose English model comes with its package.

A grammar alone takes nearly anything for one of its sentences. So each piece of sound is heard up to three
times: with the grammar, with nothing but what halts, and with a dictionary of English. A sentence counts as
said if its sounds are clear and if somebody who knew nothing of the grammar would have written something that
sounds like it: see `belief`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from speech.clips import Samples
from speech.hearing.belief import HALTING, Evidence, believed, in_order
from speech.hearing.grammar import Grammar, Sentence
from speech.hearing.port import Amid, Guess, HearingCode, HearingError, Word

#: The models that come with the package, by language.
_MODELS = {"en": "en-us"}

_ENGLISH = "english"
_LEAST = 1e-300
_FILLER = ("<", "[")

#: So many frames for a sound are no speech, or not this sentence; a short word may be drawn out by so many.
_FASTEST, _SLOWEST = 4, 21
_DRAWN_OUT = 30


class Sphinx:
    """PocketSphinx with the grammar and the dictionary of one language."""

    def __init__(self, grammar: Grammar, model: Path | None = None) -> None:
        """Load the model: its own, or that in the folder `model`; a second or less. HearingError if none."""
        self._grammar = grammar
        home = _home(grammar.locale, model)
        self._decoder = _open(home)
        self._live: dict[frozenset[Word], dict[str, Sentence]] = {}
        self._searches: dict[tuple[frozenset[Word], bool], str] = {}

    @property
    def key(self) -> str:
        """Engine and version."""
        return f"pocketsphinx {version('pocketsphinx')}"

    def recognise(
        self, samples: Samples, expecting: frozenset[Word], *, amid: Amid = Amid.QUIET
    ) -> Guess | None:
        """Return what was said, or None."""
        return believed(self.weigh(samples, expecting), amid, asked=_asked(expecting))

    def weigh(self, samples: Samples, expecting: frozenset[Word]) -> tuple[tuple[Sentence, Evidence], ...]:
        """Return the sentences that may have been said, the first to be believed first, and their evidence.

        Where no question waits, what fits something else better, talk or a number that is counted along, is
        no command; but what fits one of `HALTING` hardly worse may be that.
        """
        sound, asked = samples.tobytes(), _asked(expecting)
        found = self._decode(self._search(expecting, besides=not asked), sound)
        halts = None if asked else self._decode(self._search(HALTING), sound)
        if found is not None and halts is not None and halts.text == found.text:
            halts = None
        worse = halts.worse_than(found) if found is not None and halts is not None else 0.0
        decoded = {one.text: one for one in (found, halts) if one is not None}
        fitting = in_order(self._likely(found, expecting), self._likely(halts, expecting), worse)
        if not fitting:
            return ()
        free = self._decode(_ENGLISH, sound)
        return tuple((said, self._evidence(decoded[said.text], said, free)) for said in fitting)

    def _likely(self, ours: _Decoded | None, expecting: frozenset[Word]) -> Sentence | None:
        """Return what a piece was taken for; None if it is none of what is expected, or too fast or slow."""
        if ours is None or not ours.words:
            return None
        sentence = self._sentences(expecting).get(ours.text)
        if sentence is None:
            return None
        sounds, frames = len(self._sounds(sentence.words)), sum(part.frames for part in ours.words)
        return sentence if _SLOWEST * sounds + _DRAWN_OUT >= frames >= _FASTEST * sounds else None

    def _evidence(self, ours: _Decoded, sentence: Sentence, free: _Decoded | None) -> Evidence:
        frames = sum(part.frames for part in ours.words)
        return Evidence(
            clarity=sum(part.fit for part in ours.words) / frames,
            weakest=min(part.fit / part.frames for part in ours.words),
            margin=(ours.fit - free.fit) / frames if free else 0.0,
            sounds=len(self._sounds(sentence.words)),
        )

    def close(self) -> None:
        """Let go of the model."""
        self._live.clear()
        self._searches.clear()

    def _sentences(self, expecting: frozenset[Word]) -> dict[str, Sentence]:
        """Return what is expected and can be made out, by its text."""
        if expecting not in self._live:
            self._live[expecting] = {
                sentence.text: sentence
                for sentence in self._grammar.live(expecting)
                if self._knows(sentence.text)
            }
        return self._live[expecting]

    def _search(self, expecting: frozenset[Word], *, besides: bool = False) -> str:
        """Return the name of the search for what is expected, and for what is not; made when first needed."""
        if (expecting, besides) not in self._searches:
            texts = list(self._sentences(expecting))
            if besides:
                texts += sorted(text for text in self._grammar.besides(expecting) if self._knows(text))
            name = f"grammar-{len(self._searches)}"
            self._decoder.add_jsgf_string(name, _jsgf(texts))
            self._searches[expecting, besides] = name
        return self._searches[expecting, besides]

    def _knows(self, text: str) -> bool:
        return all(self._decoder.lookup_word(word) for word in text.split())

    def _decode(self, search: str, sound: bytes) -> _Decoded | None:
        decoder = self._decoder
        decoder.activate_search(search)
        decoder.start_utt()
        # All at once: what is the same in all of it, the microphone's own sound, is then taken out.
        decoder.process_raw(sound, full_utt=True)
        decoder.end_utt()
        best = decoder.hyp()
        if best is None or not best.hypstr:
            return None
        parts = [
            _Part(part.word, part.end_frame - part.start_frame + 1, math.log(max(part.ascore, _LEAST)))
            for part in decoder.seg()
        ]
        return _Decoded(best.hypstr, tuple(parts))

    def _sounds(self, words: Iterable[str]) -> tuple[str, ...]:
        return tuple(sound for word in words for sound in (self._decoder.lookup_word(word) or "?").split())


@dataclass(frozen=True, slots=True)
class _Part:
    word: str
    frames: int
    fit: float


@dataclass(frozen=True)
class _Decoded:
    text: str
    parts: tuple[_Part, ...]

    @property
    def fit(self) -> float:
        return sum(part.fit for part in self.parts)

    @property
    def frames(self) -> int:
        return sum(part.frames for part in self.parts)

    def worse_than(self, other: _Decoded) -> float:
        """Return how much worse this fits than the other, in nats a frame."""
        return (other.fit - self.fit) / self.frames

    @cached_property
    def words(self) -> tuple[_Part, ...]:
        return tuple(part for part in self.parts if not part.word.startswith(_FILLER))


def _asked(expecting: frozenset[Word]) -> bool:
    """Whether a question waits: there whatever is said may be its answer."""
    return Word.UNCLEAR in expecting


def _jsgf(texts: Iterable[str]) -> str:
    return f"#JSGF V1.0;\ngrammar said;\npublic <said> = {' | '.join(texts)};\n"


def _home(locale: str, model: Path | None) -> Path:
    if model is not None:
        if not (model / "mdef").exists() and not any(model.glob("*/mdef")):
            raise HearingError(HearingCode.NO_MODEL, str(model))
        return model
    name = _MODELS.get(re.split("[-_]", locale)[0])
    if name is None:
        raise HearingError(HearingCode.NO_LANGUAGE, locale)
    try:
        import pocketsphinx  # noqa: PLC0415 - optional, and only listening needs it
    except ImportError as error:
        raise HearingError(HearingCode.NO_PACKAGE, "pocketsphinx", str(error)) from None
    return Path(pocketsphinx.get_model_path(name))


def _open(home: Path) -> Any:
    """Return a decoder with the model in a folder that is laid out as PocketSphinx's own."""
    import pocketsphinx  # noqa: PLC0415 - see `_home`

    acoustics = next((path.parent for path in (*home.glob("mdef"), *home.glob("*/mdef"))), home)
    words, language = next(home.glob("*.dict"), None), home / f"{home.name}.lm.bin"
    if words is None or not language.exists():
        raise HearingError(HearingCode.NO_MODEL, str(home))
    try:
        decoder = pocketsphinx.Decoder(
            hmm=str(acoustics),
            dict=str(words),
            lm=None,
            loglevel="FATAL",
            # So that a fit is measured against the best of all sounds, not only of those in the grammar.
            compallsen=True,
            bestpath=False,
            fwdflat=False,
            # A tenth of what it would follow: twice as fast, and the same fit to three digits.
            maxhmmpf=3000,
        )
        decoder.add_lm_file(_ENGLISH, str(language))
    except RuntimeError as error:
        raise HearingError(HearingCode.NO_MODEL, str(home), str(error)) from None
    return decoder
