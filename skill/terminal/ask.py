"""Asks in the terminal: yes or no, a number, a choice. There is never a time limit.

"Stop" and "it hurts" are answers to every question.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TextIO, TypeVar

from routines.phrases import Phrases
from skill.terminal.plain import print_line
from skill.terminal.replies import Entry, Listener, Replies

Answer = TypeVar("Answer")

#: Up to here one key is enough.
_LAST_DIGIT = 9


class Instead(StrEnum):
    """What came instead of an answer."""

    SKIPPED = "skipped"  #: left out on purpose
    NO_INPUT = "no-input"  #: nobody can answer: the end of a pipe, a closed terminal
    STOP = "stop"
    PAIN = "pain"


@dataclass(frozen=True, slots=True)
class Prompt:
    """A question as it is shown."""

    question: str
    hint: str  #: what can be answered
    typed: str = ""  #: the digits so far


def _nothing() -> None:
    return


class Asker:
    """Asks one question after another; repeats what can be answered until it is."""

    def __init__(
        self,
        replies: Replies,
        phrases: Phrases,
        *,
        say: Callable[[str], None],
        show: Callable[[Prompt], None],
        idle: Callable[[], None] = _nothing,
    ) -> None:
        """`say` is given what should be heard, `show` what should be seen, `idle` is called while waiting."""
        self._replies = replies
        self._phrases = phrases
        self._say = say
        self._show = show
        self._idle = idle

    def yes_no(self, question: str) -> bool | Instead:
        """Return True for yes, False for no."""
        words = dict.fromkeys(self._words("no"), False) | dict.fromkeys(self._words("yes"), True)
        prompt = Prompt(question, self._phrases("terminal.ask.yes_no"))
        return self._ask(prompt, Entry.KEY, words.get)

    def number(self, question: str, low: int = 0, high: int = 10) -> int | Instead:
        """Return a whole number from `low` to `high`; Enter alone leaves it out."""
        prompt = Prompt(question, self._phrases("terminal.ask.number", low=low, high=high))
        skips = {"", *self._words("skip")}

        def parse(text: str) -> int | Instead | None:
            return Instead.SKIPPED if text in skips else _number(text, low, high)

        return self._ask(prompt, Entry.DIGITS, parse)

    def choice(self, question: str, choices: Sequence[str]) -> int | Instead:
        """Return the index of one of the choices (from 0), chosen by its number or by its name."""
        numbered = self._phrases("terminal.ask.choice_join").join(
            self._phrases("terminal.ask.choice_item", no=no, choice=choice)
            for no, choice in enumerate(choices, 1)
        )
        many = len(choices) > _LAST_DIGIT
        hint = "terminal.ask.choice_many" if many else "terminal.ask.choice"
        names = [choice.lower() for choice in choices]

        def parse(text: str) -> int | None:
            if text in names:
                return names.index(text)
            number = _number(text, 1, len(names))
            return None if number is None else number - 1

        prompt = Prompt(question, self._phrases(hint, choices=numbered, n=len(choices)))
        return self._ask(prompt, Entry.DIGITS if many else Entry.KEY, parse)

    def _ask(
        self, prompt: Prompt, entry: Entry, parse: Callable[[str], Answer | Instead | None]
    ) -> Answer | Instead:
        listener = Listener(
            typed=lambda digits: self._show(replace(prompt, typed=digits)),
            silent=lambda: self._say(self._phrases("terminal.ask.waiting")),
            idle=self._idle,
        )
        self._show(prompt)
        self._say(prompt.question)
        while (text := self._replies.read(entry, listener)) is not None:
            answer = parse(text)
            if answer is None:
                answer = self._always(text)
            if answer is not None:
                return answer
            self._show(prompt)
            self._say(self._phrases("terminal.ask.sorry", hint=prompt.hint))
        return Instead.NO_INPUT

    def _always(self, text: str) -> Instead | None:
        if text in self._words("pain"):
            return Instead.PAIN
        return Instead.STOP if text in self._words("stop") else None

    def _words(self, kind: str) -> tuple[str, ...]:
        return self._phrases.lines(f"terminal.ask.{kind}_words")


class PromptPrinter:
    """Shows prompts as plain lines: question and possible answers once, then the digits as they are typed."""

    def __init__(self, stream: TextIO) -> None:
        """Print to `stream`."""
        self._stream = stream
        self._question = ""

    def __call__(self, prompt: Prompt) -> None:
        """Print what is new. OutputClosedError if nobody reads it."""
        if prompt.typed:
            print_line(self._stream, prompt.typed)
        elif prompt.question != self._question:
            self._question = prompt.question
            print_line(self._stream, prompt.question)
            print_line(self._stream, prompt.hint)


def _number(text: str, low: int, high: int) -> int | None:
    # Not more digits than the highest has: int() of an endless line would take long.
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(high))):
        return None
    return int(text) if low <= int(text) <= high else None
