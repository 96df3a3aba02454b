"""Who may do what, as a whole table: every role, owner or not, every set of consents, every action."""

from __future__ import annotations

from itertools import chain, combinations

import pytest

from skill.care.permissions import Action, may, why_not
from skill.care.records import ConsentKind, Role

ROLES = (None, *Role)

#: Columns: what the person allows. s: start, o: at once, d: see what is done, p: see pain.
CONSENTS = ("-", "s", "o", "d", "p", "so", "sd", "sp", "od", "op", "dp", "sod", "sop", "sdp", "odp", "sodp")

#: Rows: action and role. `+` may, `.` may not. Nobody without a role may any of this.
TABLE = """
                     -  s  o  d  p  so sd sp od op dp sod sop sdp odp sodp
see_live       view  .  .  .  +  .  .  +  .  +  .  +  +   .   +   +   +
see_live       start .  .  .  +  .  .  +  .  +  .  +  +   .   +   +   +
see_live       edit  .  .  .  +  .  .  +  .  +  .  +  +   .   +   +   +
see_done       view  .  .  .  +  .  .  +  .  +  .  +  +   .   +   +   +
see_done       start .  .  .  +  .  .  +  .  +  .  +  +   .   +   +   +
see_done       edit  .  .  .  +  .  .  +  .  +  .  +  +   .   +   +   +
export         view  .  .  .  +  .  .  +  .  +  .  +  +   .   +   +   +
export         start .  .  .  +  .  .  +  .  +  .  +  +   .   +   +   +
export         edit  .  .  .  +  .  .  +  .  +  .  +  +   .   +   +   +
see_pain       view  .  .  .  .  .  .  .  .  .  .  +  .   .   +   +   +
see_pain       start .  .  .  .  .  .  .  .  .  .  +  .   .   +   +   +
see_pain       edit  .  .  .  .  .  .  .  .  .  .  +  .   .   +   +   +
start          view  .  .  .  .  .  .  .  .  .  .  .  .   .   .   .   .
start          start .  +  .  .  .  +  +  +  .  .  .  +   +   +   .   +
start          edit  .  +  .  .  .  +  +  +  .  .  .  +   +   +   .   +
start_at_once  view  .  .  .  .  .  .  .  .  .  .  .  .   .   .   .   .
start_at_once  start .  .  .  .  .  +  .  .  .  .  .  +   +   .   .   +
start_at_once  edit  .  .  .  .  .  +  .  .  .  .  .  +   +   .   .   +
control        view  .  .  .  .  .  .  .  .  .  .  .  .   .   .   .   .
control        start .  +  .  .  .  +  +  +  .  .  .  +   +   +   .   +
control        edit  .  +  .  .  .  +  +  +  .  .  .  +   +   +   .   +
edit_week      view  .  .  .  .  .  .  .  .  .  .  .  .   .   .   .   .
edit_week      start .  .  .  .  .  .  .  .  .  .  .  .   .   .   .   .
edit_week      edit  .  +  .  .  .  +  +  +  .  .  .  +   +   +   .   +
edit_programme view  .  .  .  .  .  .  .  .  .  .  .  .   .   .   .   .
edit_programme start .  .  .  .  .  .  .  .  .  .  .  .   .   .   .   .
edit_programme edit  .  +  .  .  .  +  +  +  .  .  .  +   +   +   .   +
edit_routines  view  .  .  .  .  .  .  .  .  .  .  .  .   .   .   .   .
edit_routines  start .  .  .  .  .  .  .  .  .  .  .  .   .   .   .   .
edit_routines  edit  +  +  +  +  +  +  +  +  +  +  +  +   +   +   +   +
ask_consent    view  +  +  +  +  +  +  +  +  +  +  +  +   +   +   +   +
ask_consent    start +  +  +  +  +  +  +  +  +  +  +  +   +   +   +   +
ask_consent    edit  +  +  +  +  +  +  +  +  +  +  +  +   +   +   +   +
"""

#: What the owner may do, whatever roles and consents there are; nobody else may.
OWNERS = {"invite", "manage_people", "manage_devices", "see_audit", "delete_person"}

_LETTERS = {
    "s": ConsentKind.START,
    "o": ConsentKind.AT_ONCE,
    "d": ConsentKind.DONE,
    "p": ConsentKind.PAIN,
}


def _expected() -> dict[tuple[Action, Role | None, str], bool]:
    head, *rows = (line for line in TABLE.splitlines() if line.strip())
    assert tuple(head.split()) == CONSENTS
    table: dict[tuple[Action, Role | None, str], bool] = {}
    for row in rows:
        action, role, *cells = row.split()
        for consents, cell in zip(CONSENTS, cells, strict=True):
            table[Action(action), Role(role), consents] = cell == "+"
            table[Action(action), None, consents] = False
    return table


EXPECTED = _expected()


def _kinds(letters: str) -> frozenset[ConsentKind]:
    return frozenset(_LETTERS[letter] for letter in letters.strip("-"))


def test_the_table_has_every_role_and_consent_and_action() -> None:
    sets = chain.from_iterable(combinations(ConsentKind, n) for n in range(len(ConsentKind) + 1))
    assert {_kinds(letters) for letters in CONSENTS} == {frozenset(one) for one in sets}
    assert {action.value for action, _, _ in EXPECTED} | OWNERS == {action.value for action in Action}
    assert len(EXPECTED) == (len(Action) - len(OWNERS)) * len(ROLES) * len(CONSENTS)


@pytest.mark.parametrize("action", [action for action in Action if action not in OWNERS])
@pytest.mark.parametrize("owner", [False, True])
def test_role_and_consent_decide_and_owning_adds_nothing(action: Action, owner: bool) -> None:
    found = {
        (action, role, letters): may(role, owner, _kinds(letters), action)
        for role in ROLES
        for letters in CONSENTS
    }

    assert found == {key: allowed for key, allowed in EXPECTED.items() if key[0] is action}


@pytest.mark.parametrize("action", sorted(OWNERS))
@pytest.mark.parametrize("owner", [False, True])
def test_the_household_is_managed_by_its_owners_alone(action: str, owner: bool) -> None:
    found = {may(role, owner, _kinds(letters), Action(action)) for role in ROLES for letters in CONSENTS}

    assert found == {owner}


@pytest.mark.parametrize(
    ("role", "owner", "letters", "action", "missing"),
    [
        (Role.VIEW, False, "sodp", Action.START, "role"),
        (Role.START, False, "-", Action.START, "consent"),
        (None, True, "sodp", Action.SEE_DONE, "role"),
        (Role.EDIT, False, "sodp", Action.INVITE, "owner"),
        (Role.EDIT, False, "sodp", Action.SEE_PAIN, None),
    ],
)
def test_what_is_missing_is_named(
    role: Role | None, owner: bool, letters: str, action: Action, missing: str | None
) -> None:
    assert why_not(role, owner, _kinds(letters), action) == missing


def test_each_role_may_all_that_the_one_before_may() -> None:
    for action in Action:
        for letters in CONSENTS:
            ladder = [may(role, False, _kinds(letters), action) for role in ROLES]
            assert ladder == sorted(ladder)
