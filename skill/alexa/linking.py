"""Linking an account with a person by a spoken code."""

from __future__ import annotations

from datetime import datetime, timedelta

from skill.alexa.accounts import person_id
from skill.alexa.desk import Reply
from skill.alexa.standing import WORDS_NOTE
from skill.alexa.starting import Starting

#: How often a code may be tried by one account, and in what time.
LINK_TRIES = 3
LINK_WINDOW_S = 600


class Linking(Starting):
    """Links accounts."""

    def link(self) -> Reply:
        """Link this account to the person whose code was spoken."""
        code = "".join(letter for letter in self.heard.slots.get("code", "") if letter.isdigit())
        if not code:
            return self._aside(self.phrases.lines("alexa.link.no-code"))
        if not self._may_try(self._moment):
            return self._aside(self.phrases.lines("alexa.link.too-often"))
        person = self.desk.store.take_link_code(code, self._moment)
        if person is None:
            return self._aside(self.phrases.lines("alexa.link.wrong"))
        account = person_id(self.heard.person)
        words = self.desk.store.note(self.person, WORDS_NOTE)
        self.desk.store.set_alias(account, person, self._moment)
        self.person = self.desk.store.person_of(account)
        if words is not None:
            self.desk.store.set_note(self.person, WORDS_NOTE, words, self._moment)
        if self.talk.running is not None or self._interrupted() is None:
            return self._aside(self.phrases.lines("alexa.link.done"))
        self.lines += self.phrases.lines("alexa.link.done")
        return self.launch()

    def _may_try(self, moment: datetime) -> bool:
        """Whether this account may try a code: so seldom that nobody finds one by guessing."""
        window = f"link:{person_id(self.heard.person)}:{int(moment.timestamp()) // LINK_WINDOW_S}"
        keep = timedelta(seconds=LINK_WINDOW_S)
        return any(not self.desk.store.seen(f"{window}:{nth}", moment, keep) for nth in range(LINK_TRIES))
