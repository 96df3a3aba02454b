"""Commands to devices, and what became of them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, select

from skill.care.records import Command, CommandEvent, CommandKind, CommandState, ConsentKind, Sent
from skill.store import care_tables as c
from skill.store.care_part import CarePart, Named
from skill.store.rows import to_moment, to_ms
from skill.store.upsert import insert_new

if TYPE_CHECKING:
    from sqlalchemy import Connection


class CareCommands(CarePart):
    """The commands of a store."""

    def add_command(self, command: Command) -> bool:
        """Keep a command, unless its id is known."""
        with self._about(person=command.person) as connection:
            row = self._command_row(command) | {"seq": self._next_number(connection)}
            if not connection.execute(insert_new(connection.dialect, c.command), row).rowcount:
                return False
            self._tell(connection, "command", command.person, command.device)
            return True

    def sent(self, command: str) -> Sent | None:
        """Return a command and what became of it."""
        return next(iter(self._sent(self._ours(c.command, id=command))), None)

    def sent_to(self, device: str, since: datetime) -> tuple[Sent, ...]:
        """Return the commands to a device."""
        wanted = self._ours(c.command, device=device)
        return self._sent(and_(wanted, c.command.c.made_at_ms >= to_ms(since)))

    def sent_for(self, person: str, since: datetime) -> tuple[Sent, ...]:
        """Return the commands about a person."""
        wanted = self._ours(c.command, person=person)
        return self._sent(and_(wanted, c.command.c.made_at_ms >= to_ms(since)))

    def add_command_event(self, command: str, event: CommandEvent) -> bool:
        """Keep what became of a command; whoever gets True did it."""
        with self._writing() as connection:
            about = self._command(connection, command)
            if about is None:
                return False
            row = {
                "household": self._household,
                "command": command,
                "state": event.state.value,
                "seq": self._next_number(connection),
                "at_ms": to_ms(event.at),
                "detail": event.detail,
            }
            if not connection.execute(insert_new(connection.dialect, c.command_event), row).rowcount:
                return False
            self._tell(connection, "command", about.person, about.device)
            return True

    def _command(self, connection: Connection, command: str) -> Named | None:
        """Return whom and what a command is about; it stays until the transaction ends."""
        wanted = select(c.command.c.person, c.command.c.device).where(self._ours(c.command, id=command))
        return connection.execute(wanted.with_for_update(read=True, key_share=True)).first()

    def _sent(self, wanted: ColumnElement[bool]) -> tuple[Sent, ...]:
        m, e = c.command, c.command_event
        joined = m.outerjoin(e, and_(m.c.household == e.c.household, m.c.id == e.c.command))
        of_event = (e.c.state, e.c.at_ms.label("event_at_ms"), e.c.detail)
        rows = select(m, *of_event).select_from(joined).where(wanted).order_by(m.c.seq, e.c.seq)
        found: dict[str, tuple[Command, list[CommandEvent]]] = {}
        with self._reading() as connection:
            for row in connection.execute(rows):
                events = found.setdefault(row.id, (_command(row), []))[1]
                if row.state is not None:
                    at = to_moment(row.event_at_ms)
                    events.append(CommandEvent(state=CommandState(row.state), at=at, detail=row.detail))
        return tuple(Sent(command=command, events=tuple(events)) for command, events in found.values())

    def _command_row(self, command: Command) -> dict[str, Any]:
        return {
            "household": self._household,
            "id": command.id,
            "device": command.device,
            "person": command.person,
            "what": command.what.value,
            "made_by": command.by,
            "made_at_ms": to_ms(command.made_at),
            "not_after_ms": to_ms(command.not_after),
            "routine": command.routine,
            "note": command.note,
            "at_once": command.at_once,
            "consent": [kind.value for kind in command.consent],
            "slot": command.slot,
        }


def _command(row: Named) -> Command:
    return Command(
        id=row.id,
        device=row.device,
        person=row.person,
        what=CommandKind(row.what),
        by=row.made_by,
        made_at=to_moment(row.made_at_ms),
        not_after=to_moment(row.not_after_ms),
        routine=row.routine,
        note=row.note,
        at_once=row.at_once,
        consent=tuple(ConsentKind(kind) for kind in row.consent),
        slot=row.slot,
    )
