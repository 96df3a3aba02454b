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
    distance: float  #: how far the free English sounds from it: 0 the same, 1 as many changes as sounds
    pace: float  #: frames (10 ms) a sound
    sounds: int  #: how many sounds it has

    def score(self) -> float:
        """Return how likely it is that this was said, 0-1. See `_WEIGHTS`."""
        parts = (self.clarity, self.weakest, self.margin, self.distance, self.pace, self.sounds)
        if self.distance > _FARTHEST:
            return 0.0
        total = _BIAS + sum(weight * part for weight, part in zip(_WEIGHTS, parts, strict=True))
        return 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, total))))


#: Logistic regression over 206 commands and 520 other things said by voices, and in words, that are not
#: among those of the page's figures.
_WEIGHTS = (546.0, 557.0, 784.0, -2.48, 0.115, -0.048)
_BIAS = 11.25

#: What sounds so different that nothing else can speak for it.
_FARTHEST = 1.45

#: So many frames for a sound are no speech, or not this sentence.
_FASTEST, _SLOWEST = 4.0, 21.0

#: A sentence is this far from no words at all.
_NOTHING = 1.5

#: From which score on a sentence counts as said, in quiet and while the coach speaks: what stops, in doubt,
#: and anything else.
_ALWAYS_FROM = 0.3, 0.4
_FROM = 0.6, 0.8


class Sphinx:
    """PocketSphinx with the grammar and the dictionary of one language."""

    def __init__(self, grammar: Grammar, model: Path | None = None) -> None:
        """Load the model: its own, or that in the folder `model`; a second or less. HearingError if none."""
        self._grammar = grammar
        home = _home(grammar.locale, model)
        self._decoder = _open(home)
        self._live: dict[frozenset[Word], tuple[str, dict[str, Sentence]]] = {}

    @property
    def key(self) -> str:
        """Engine and version."""
        return f"pocketsphinx {version('pocketsphinx')}"

    def recognise(self, samples: Samples, expecting: frozenset[Word], *, wary: bool = False) -> Guess | None:
        """Return what was said, or None."""
        found = self.weigh(samples, expecting)
        if found is None:
            return None
        sentence, evidence = found
        score = evidence.score()
        least = (_ALWAYS_FROM if sentence.meaning.word in ALWAYS else _FROM)[wary]
        return Guess(sentence.meaning, sentence.text, score) if score >= least else None

    def weigh(self, samples: Samples, expecting: frozenset[Word]) -> tuple[Sentence, Evidence] | None:
        """Return the sentence that fits best, and what speaks for it; None if nothing fits at all."""
        search, sentences = self._search(expecting)
        sound = samples.tobytes()
        ours = self._decode(search, sound)
        sentence = None if ours is None else sentences.get(ours.text)
        if ours is None or sentence is None or not ours.words:
            return None
        sounds = self._sounds(sentence.words)
        frames = sum(part.frames for part in ours.words)
        if not _SLOWEST >= frames / len(sounds) >= _FASTEST:
            return None
        free = self._decode(_ENGLISH, sound)
        return sentence, Evidence(
            clarity=sum(part.fit for part in ours.words) / frames,
            weakest=min(part.fit / part.frames for part in ours.words),
            margin=(ours.fit - free.fit) / frames if free else 0.0,
            distance=_changes(sounds, self._sounds(free.text.split())) / len(sounds) if free else _NOTHING,
            pace=frames / len(sounds),
            sounds=len(sounds),
        )

    def close(self) -> None:
        """Let go of the model."""
        self._live.clear()

    def _search(self, expecting: frozenset[Word]) -> tuple[str, dict[str, Sentence]]:
        """Return the name of the search for what is expected; it is made when it is first needed."""
        if expecting not in self._live:
            sentences = {
                sentence.text: sentence
                for sentence in self._grammar.live(expecting)
                if all(self._decoder.lookup_word(word) for word in sentence.words)
            }
            name = f"grammar-{len(self._live)}"
            self._decoder.add_jsgf_string(name, _jsgf(sentences))
            self._live[expecting] = name, sentences
        return self._live[expecting]

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

    @cached_property
    def words(self) -> tuple[_Part, ...]:
        return tuple(part for part in self.parts if not part.word.startswith(_FILLER))


def _jsgf(texts: Iterable[str]) -> str:
    return f"#JSGF V1.0;\ngrammar said;\npublic <said> = {' | '.join(texts)};\n"


def _changes(ours: tuple[str, ...], theirs: tuple[str, ...]) -> int:
    """Return how many sounds have to be put in, taken out or changed to make the one the other."""
    row = list(range(len(theirs) + 1))
    for at, one in enumerate(ours, 1):
        corner, row[0] = row[0], at
        for place, other in enumerate(theirs, 1):
            corner, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, corner + (one != other))
    return row[-1]


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
        )
        decoder.add_lm_file(_ENGLISH, str(language))
    except RuntimeError as error:
        raise HearingError(HearingCode.NO_MODEL, str(home), str(error)) from None
    return decoder
