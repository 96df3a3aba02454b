from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from skill.care.records import ConsentKind, ConsentState, Invite, Role, SignIn
from skill.ports import HOME, ME
from skill.store import care_tables, open_store
from skill.store.changes import KEPT_CHANGES, MOST_AT_ONCE
from tests.skill.care_store_contract import RUTH, BothStores, CareStoreContract, said, settle
from tests.skill.store_contract import NOW, at


class TestCareOnSqlite(CareStoreContract):
    @pytest.fixture(name="store")
    def _store(self, tmp_path: Path) -> Iterator[BothStores]:
        with closing(open_store(tmp_path / "steady.db", durable=False)) as store:
            yield store


def test_old_changes_are_dropped_and_new_ones_come_a_thousand_at_a_time(tmp_path: Path) -> None:
    many = KEPT_CHANGES + 500
    rows = [
        {"household": HOME, "id": n, "topic": "live", "device": "pc", "person": ME} for n in range(1, many)
    ]
    with closing(open_store(tmp_path / "steady.db")) as store:
        with store._engine.begin() as connection:
            connection.execute(insert(care_tables.change), rows)
        store.add_change("week", "", ME)

        with store._engine.connect() as connection:
            oldest = connection.execute(select(func.min(care_tables.change.c.id))).scalar_one()
        assert (oldest, store.last_change()) == (many - KEPT_CHANGES + 1, many)
        assert len(store.changes(0)) == MOST_AT_ONCE
        assert store.changes(0)[0].id == oldest


def test_invites_and_sign_ins_whose_time_is_over_do_not_pile_up(tmp_path: Path) -> None:
    with closing(open_store(tmp_path / "steady.db")) as store:
        settle(store)
        for name, second in (("old", 1), ("new", 60), ("taken", 60)):
            store.add_invite(Invite(id=name, by="", until=at(second)), name)
            store.add_sign_in(name, SignIn(caregiver="anna", csrf="c", until=at(second)))

        assert store.take_invite("taken", at(2)) is not None

        with store._engine.connect() as connection:
            assert connection.execute(select(care_tables.invite.c.id)).scalars().all() == ["new"]
            kept = connection.execute(select(care_tables.sign_in.c.key_hash)).scalars().all()
        assert set(kept) == {"new", "taken"}
        assert store.sign_in("new", NOW) is not None


def test_what_another_process_changed_is_known_to_whoever_asks_next(tmp_path: Path) -> None:
    """What is remembered about who is here and who may do what outlives no change, wherever it was made."""
    with closing(open_store(tmp_path / "s.db")) as here, closing(open_store(tmp_path / "s.db")) as there:
        settle(here)
        given = said(ConsentKind.DONE, ConsentState.GIVEN)
        taken_back = replace(given, state=ConsentState.WITHDRAWN)
        changes: tuple[tuple[Callable[[], object], Callable[[], object]], ...] = (
            (lambda: there.set_grant("anna", ME, Role.VIEW), here.grants),
            (lambda: there.add_consent(given), lambda: here.consents(ME)),
            (lambda: there.add_consent(taken_back), lambda: here.consents(ME)),
            (lambda: there.set_grant("anna", ME, None), here.grants),
            (lambda: there.remove_caregiver("ben", at(1)), here.caregivers),
            (lambda: there.save_person(replace(RUTH, name="Ruth B"), at(1)), here.people),
            (lambda: there.forget(ME), here.people),
        )
        for change, asked in changes:
            before = asked()
            assert asked() is before

            change()

            assert asked() != before
