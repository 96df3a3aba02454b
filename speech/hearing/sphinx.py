"""The default engine: PocketSphinx, whose English model comes with its package.

A grammar alone takes nearly anything for one of its sentences. So each piece of sound is heard twice: once
with only the grammar, once with a dictionary of English. A sentence counts as said if its sounds are clear
and if somebody who knew nothing of the grammar would have written something that sounds like it.
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
from speech.hearing.grammar import Grammar, Sentence
from speech.hearing.port import ALWAYS, Guess, HearingCode, HearingError, Word

#: The models that come with the package, by language.
_MODELS = {"en": "en-us"}

_ENGLISH = "english"
_LEAST = 1e-300
_FILLER = ("<", "[")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a sentence, measured so that it does not depend on how long the sentence is."""

    clarity: float  #: mean fit of the sound to the sentence, in nats a frame; 0 is perfect
    weakest: float  #: the same for the word that fits worst
    margin: float  #: how much better (+) or worse (-) it fits than free English
    sounds: int  #: how many sounds it has: of a long sentence one is sooner sure

    def score(self) -> float:
        """Return how likely it is that this was said, 0-1. See `_WEIGHTS`."""
        parts = (self.clarity, self.weakest, self.margin, self.sounds)
        total = _BIAS + sum(weight * part for weight, part in zip(_WEIGHTS, parts, strict=True))
        return 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, total))))


#: Logistic regression over 1,853 pieces of speech, of which 1,011 were what they were taken for: in quiet, in
#: noise and over the coach, by voices and (what is no command) in words that are not those of the page's
#: figures. How far apart the sounds of the sentence and of free English are, and how fast it is said, add
#: nothing to these four.
_WEIGHTS = (577.0, 375.0, 1020.0, 0.076)
_BIAS = 7.13

#: So many frames for a sound are no speech, or not this sentence; a short word may be drawn out by so many.
_FASTEST, _SLOWEST = 4, 21
_DRAWN_OUT = 30

#: What stops may fit so much worse than anything else, in nats a frame, and is still taken for what was said.
#: It wins back three in four of those that were mistaken, and takes one in a hundred of other commands.
_IN_DOUBT = 0.0005

#: From which score on a sentence counts as said, in quiet and where one has to be wary: what stops, in doubt;
#: other commands, which talk must not be taken for; and whatever is said while a question waits: nothing
#: moves then that could hurt, and it can be asked again.
_ALWAYS_FROM = 0.2, 0.3
_COMMAND_FROM = 0.4, 0.6
_ANSWER_FROM = 0.5, 0.6


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

    def recognise(self, samples: Samples, expecting: frozenset[Word], *, wary: bool = False) -> Guess | None:
        """Return what was said, or None."""
        asked = _asked(expecting)
        for sentence, evidence in self.weigh(samples, expecting):
            always = sentence.meaning.word in ALWAYS
            least = _ANSWER_FROM if asked else _ALWAYS_FROM if always else _COMMAND_FROM
            if (score := evidence.score()) >= least[wary]:
                return Guess(sentence.meaning, sentence.text, score)
        return None

    def weigh(self, samples: Samples, expecting: frozenset[Word]) -> tuple[tuple[Sentence, Evidence], ...]:
        """Return the sentences that may have been said, the first to be believed first, and their evidence.

        Where no question waits, what fits something else better, talk or a number that is counted along, is
        no command; but what fits one of `ALWAYS` hardly worse is taken for that.
        """
        sound = samples.tobytes()
        found = self._decode(self._search(expecting, besides=not _asked(expecting)), sound)
        doubt = None if _asked(expecting) else self._decode(self._search(ALWAYS), sound)
        if doubt is not None and found is not None:
            hardly_worse = doubt.fit - found.fit > -_IN_DOUBT * doubt.frames
            doubt = doubt if hardly_worse and doubt.text != found.text else None
        fitting = [(one, said) for one in (doubt, found) if one and (said := self._likely(one, expecting))]
        if not fitting:
            return ()
        free = self._decode(_ENGLISH, sound)
        return tuple((said, self._evidence(one, said, free)) for one, said in fitting)

    def _likely(self, ours: _Decoded, expecting: frozenset[Word]) -> Sentence | None:
        """Return what a piece was taken for; None if it is none of what is expected, or too fast or slow."""
        sentence = self._sentences(expecting).get(ours.text)
        if sentence is None or not ours.words:
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
