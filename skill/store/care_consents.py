"""What people have allowed whom."""

from __future__ import annotations

from sqlalchemy import insert, select

from skill.care.records import Consent, ConsentKind, ConsentState
from skill.store import care_tables as c
from skill.store.care_part import CarePart
from skill.store.rows import to_moment, to_ms


class CareConsents(CarePart):
    """The consents of a store."""

    def consents(self, person: str) -> tuple[Consent, ...]:
        """Return the latest word for every caregiver and kind."""
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
        wanted = select(c.consent).where(self._ours(c.consent, person=person))
        with self._reading() as connection:
            rows = connection.execute(wanted.order_by(c.consent.c.seq)).all()
        return tuple(
            Consent(
                person=row.person,
                caregiver=row.caregiver,
                kind=ConsentKind(row.kind),
                state=ConsentState(row.state),
                at=to_moment(row.at_ms),
            )
            for row in rows
        )
