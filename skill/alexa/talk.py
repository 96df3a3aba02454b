"""What an Alexa conversation has to remember from one request to the next: small, versioned, plain JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from routines.session import Session, SessionError

#: The version of what `to_dict` gives. Anything else begins a new conversation.
VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The turn that was sent last: where in the session it began, and when."""

    block: str
    from_ms: int
    at_ms: int  #: the request's own time, milliseconds since 1970
    lead_ms: int = 0  #: how long the words before it take


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """The state of one conversation."""

    session_id: str | None = None
    session: Session | None = None
    sent: Sent | None = None  #: None: nothing is being played
    heard: bool = False  #: the last turn was heard to its end, and nothing has been played since
    question: str | None = None  #: what was asked last, outside of a session: a phrase id under `alexa.ask`
    offer: str | None = None  #: the routine that was offered
    remind: str = ""  #: the reminder that the question is about
    before: bool = False  #: the person has done all of this routine before

    @property
    def running(self) -> Session | None:
        """The session, unless it is over."""
        return None if self.session is None or self.session.is_over else self.session

    def over(self) -> Talk:
        """Return the conversation with nothing under way."""
        return Talk()

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON. Numbers of health never travel."""
        plain: dict[str, Any] = {"v": VERSION}
        if self.session is not None:
            session = self.session
            if session.pain_before is not None:
                session = replace(session, pain_before=None)
            plain |= {"id": self.session_id, "session": session.to_dict()}
        if self.sent is not None:
            plain["sent"] = [self.sent.block, self.sent.from_ms, self.sent.at_ms, self.sent.lead_ms]
        if self.heard:
            plain["heard"] = True
        if self.question is not None:
            plain |= {"question": self.question, "offer": self.offer}
        if self.remind:
            plain["remind"] = self.remind
        if self.before:
            plain["before"] = True
        return plain

    @staticmethod
    def from_dict(plain: Mapping[str, Any] | None) -> Talk:
        """Return what `to_dict` gave; an empty conversation for anything else, however odd."""
        if not plain or plain.get("v") != VERSION:
            return Talk()
        try:
            session = Session.from_dict(plain["session"]) if plain.get("session") else None
            words = [plain.get(name) for name in ("id", "question", "offer")]
            if any(not (word is None or isinstance(word, str)) for word in words):
                return Talk()
            block, *times = plain.get("sent") or [""]
            return Talk(
                session_id=plain.get("id"),
                session=session,
                sent=_sent(str(block), [int(time) for time in times]),
                heard=plain.get("heard") is True,
                question=plain.get("question"),
                offer=plain.get("offer"),
                remind=str(plain.get("remind") or ""),
                before=plain.get("before") is True,
            )
        except (SessionError, AttributeError, KeyError, TypeError, ValueError, IndexError):
            return Talk()


def _sent(block: str, times: list[int]) -> Sent | None:
    if not block:
        return None
    from_ms, at_ms, lead_ms = times
    return Sent(block=block, from_ms=from_ms, at_ms=at_ms, lead_ms=lead_ms)
