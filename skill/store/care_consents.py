"""What people have allowed whom."""

from __future__ import annotations

from sqlalchemy import bindparam, insert, select

from skill.care.records import Consent, ConsentKind, ConsentState
from skill.store import care_tables as c
from skill.store.care_part import CarePart
from skill.store.rows import to_moment, to_ms

_c = c.consent.c
_LOG = (
    select(_c.person, _c.caregiver, _c.kind, _c.state, _c.at_ms)
    .where(_c.household == bindparam("of_household"), _c.person == bindparam("of_person"))
    .order_by(_c.seq)
)


class CareConsents(CarePart):
    """The consents of a store."""

    def consents(self, person: str) -> tuple[Consent, ...]:
        """Return the latest word for every caregiver and kind."""
        return self._unless_changed(("consents", person), lambda: self._latest(person))

    def _latest(self, person: str) -> tuple[Consent, ...]:
        latest = {(word.caregiver, word.kind): word for word in self.consent_log(person)}
        return tuple(latest.values())

    def add_consent(self, consent: Consent) -> None:
        """Keep a person's word."""
        mine = self._ours(c.consent, person=consent.person)
        with self._about(person=consent.person, caregiver=consent.caregiver) as connection:
            row = {
                "household": self._household,
                "person": consent.person,
                "seq": self._next_of(connection, c.consent.c.seq, mine),
                "caregiver": consent.caregiver,
                "kind": consent.kind.value,
                "state": consent.state.value,
                "at_ms": to_ms(consent.at),
            }
            connection.execute(insert(c.consent), row)
            self._tell(connection, "consent", consent.person)

    def consent_log(self, person: str) -> tuple[Consent, ...]:
        """Return every word, oldest first."""
        rows = self._all(_LOG, {"of_household": self._household, "of_person": person})
        return tuple(
            Consent(
                person=whose,
                caregiver=caregiver,
                kind=ConsentKind(kind),
                state=ConsentState(state),
                at=to_moment(at_ms),
            )
            for whose, caregiver, kind, state, at_ms in rows
        )
