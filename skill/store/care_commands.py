"""Commands to devices, and what became of them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, select

from skill.care.records import Command, CommandEvent, CommandKind, CommandState, ConsentKind, Sent
from skill.store import care_tables as c
from skill.store.care_part import CarePart
from skill.store.rows import Row, to_moment, to_ms
from skill.store.upsert import insert_new

if TYPE_CHECKING:
    from sqlalchemy import Engine

_m, _e = c.command.c, c.command_event.c
_OURS = _m.household == bindparam("of_household")
#: The columns of a command, then those of one thing that became of it.
_SENT = (
    select(
        *(_m.id, _m.device, _m.person, _m.what, _m.made_by, _m.made_at_ms, _m.not_after_ms),
        *(_m.routine, _m.note, _m.at_once, _m.consent, _m.slot),
        *(_e.state, _e.at_ms, _e.detail),
    )
    .select_from(
        c.command.outerjoin(c.command_event, and_(_m.household == _e.household, _m.id == _e.command))
    )
    .where(_OURS)
    .order_by(_m.seq, _e.seq)
)
_THIS = _SENT.where(_m.id == bindparam("of_command"))
_SINCE = _SENT.where(_m.made_at_ms >= bindparam("since_ms"))
_TO_DEVICE = _SINCE.where(_m.device == bindparam("of_device_id"))
_FOR_PERSON = _SINCE.where(_m.person == bindparam("of_person"))
#: Whom and what a command is about; on a database server it stays until the transaction ends.
_ABOUT = (
    select(_m.person, _m.device)
    .where(_OURS, _m.id == bindparam("of_command"))
    .with_for_update(read=True, key_share=True)
)


class CareCommands(CarePart):
    """The commands of a store."""

    def __init__(self, engine: Engine, household: str, where: str) -> None:
        """Put together what runs all the time."""
        super().__init__(engine, household, where)
        self._put_command = insert_new(engine.dialect, c.command)
        self._put_event = insert_new(engine.dialect, c.command_event)

    def add_command(self, command: Command) -> bool:
        """Keep a command, unless its id is known."""
        with self._quickly_about(command.person) as runs:
            row = self._command_row(command) | {"seq": self._next_number(runs)}
            if not runs.change(self._put_command, row):
                return False
            self._tell_by(runs, "command", command.person, command.device)
            return True

    def sent(self, command: str) -> Sent | None:
        """Return a command and what became of it."""
        return next(iter(self._sent(_THIS, {"of_command": command})), None)

    def sent_to(self, device: str, since: datetime) -> tuple[Sent, ...]:
        """Return the commands to a device."""
        return self._sent(_TO_DEVICE, {"of_device_id": device, "since_ms": to_ms(since)})

    def sent_for(self, person: str, since: datetime) -> tuple[Sent, ...]:
        """Return the commands about a person."""
        return self._sent(_FOR_PERSON, {"of_person": person, "since_ms": to_ms(since)})

    def add_command_event(self, command: str, event: CommandEvent) -> bool:
        """Keep what became of a command; whoever gets True did it."""
        with self._quickly(writes=True) as runs:
            about = runs.first(_ABOUT, {"of_household": self._household, "of_command": command})
            if about is None:
                return False
            person, device = about
            row = {
                "household": self._household,
                "command": command,
                "state": event.state.value,
                "seq": self._next_number(runs),
                "at_ms": to_ms(event.at),
                "detail": event.detail,
            }
            if not runs.change(self._put_event, row):
                return False
            self._tell_by(runs, "command", person, device)
            return True

    def _sent(self, statement: Any, values: dict[str, Any]) -> tuple[Sent, ...]:
        found: dict[str, tuple[Command, list[CommandEvent]]] = {}
        for row in self._all(statement, {"of_household": self._household, **values}):
            *command, state, at_ms, detail = row
            events = found.setdefault(row[0], (_command(tuple(command)), []))[1]
            if state is not None:
                events.append(CommandEvent(state=CommandState(state), at=to_moment(at_ms), detail=detail))
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


def _command(row: Row) -> Command:
    made_of = ("id", "device", "person", "what", "by", "made_at", "not_after", "routine", "note", "at_once")
    plain = dict(zip((*made_of, "consent", "slot"), row, strict=True))
    plain["what"] = CommandKind(plain["what"])
    plain["made_at"], plain["not_after"] = to_moment(plain["made_at"]), to_moment(plain["not_after"])
    plain["consent"] = tuple(ConsentKind(kind) for kind in plain["consent"])
    return Command(**plain)
