"""What the coach adds to a session that is led by voice: what to listen for, and what to say to silence."""

from __future__ import annotations

from routines.phrases import Phrases
from skill.hearing import Ear, Standing, listened_for
from speech.hearing.port import ANSWERS, Word

#: How long nothing is said before the coach says that it is waiting; then it keeps quiet.
PATIENCE_MS = 45_000

#: How often an answer that was not understood is asked for again: talk beside the coach is no answer.
_REPROMPTS = 2

#: Every situation in which something can be said; see `Standing.situation`.
SITUATIONS = ("running", "paused", "waiting", "yes-no", "ready", "number", "choice", "side", "routine")


class Talk:
    """Keeps the thread of a conversation by voice; decides nothing about the session."""

    def __init__(self, ear: Ear, phrases: Phrases) -> None:
        """Listen with `ear`."""
        self._ear = ear
        self._phrases = phrases
        self._attended: tuple[int, frozenset[Word]] | None = None
        self._turn = -1
        self._reprompted = 0
        self._nudged = False

    def attend(self, standing: Standing, turn: int, *, quiet: bool) -> None:
        """Listen for what makes sense now. `turn` goes up with every question that is asked.

        An answer counts when the coach is `quiet`: what is left of its own question must not answer it.
        """
        words = listened_for(standing)
        attended = (turn, words if quiet else words - ANSWERS)
        if attended != self._attended:
            self._attended = attended
            self._ear.expect(attended[1])
        if turn != self._turn:
            self._turn, self._reprompted = turn, 0

    def moved(self) -> None:
        """Take note that something happened: the next silence is a new one."""
        self._nudged = False

    def can_say(self, standing: Standing) -> tuple[str, ...]:
        """Return what can be said here, to be said."""
        return self._phrases.lines(f"hearing.can-say.{standing.situation}")

    def reprompt(self, standing: Standing) -> tuple[str, ...]:
        """Return what to say to an answer that was not understood; nothing if that has been said enough."""
        if self._reprompted == _REPROMPTS:
            return ()
        self._reprompted += 1
        return (self._phrases("hearing.unclear"), *self.can_say(standing))

    def nudge(self, standing: Standing) -> tuple[str, ...]:
        """Return what to say after a while of silence; nothing where there is nothing to wait for."""
        if self._nudged or standing.situation == "running":
            return ()
        self._nudged = True
        return (self._phrases("hearing.waiting"), *self.can_say(standing)[:1])

    def remarks(self) -> tuple[str, ...]:
        """Return all that may have to be said soon."""
        lines = [line for place in SITUATIONS for line in self._phrases.lines(f"hearing.can-say.{place}")]
        faults = [line for what in ("deaf", "back") for line in self._phrases.lines(f"hearing.{what}")]
        return (self._phrases("hearing.unclear"), self._phrases("hearing.waiting"), *lines, *faults)
