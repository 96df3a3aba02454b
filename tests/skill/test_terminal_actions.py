from __future__ import annotations

import pytest

from skill.terminal.actions import KEYMAP, SHOWN, Action, key_help, key_labels, key_of, key_word
from skill.terminal.keys import key_name
from skill.terminal.view import ViewState
from tests.skill.golden import PHRASES


@pytest.mark.parametrize("action", Action)
def test_every_action_has_a_key_a_label_and_a_line_of_help(action: Action) -> None:
    assert KEYMAP[key_of(action)] is action
    assert PHRASES(f"terminal.keys.{action}.label")
    assert PHRASES(f"terminal.keys.{action}.help").endswith(".")


def test_no_phrase_is_kept_for_an_action_that_is_gone() -> None:
    named = {phrase_id.split(".")[2] for phrase_id in PHRASES.under("terminal.keys")}

    assert named == set(Action)


@pytest.mark.parametrize("key", KEYMAP)
def test_every_key_of_the_table_can_be_pressed(key: str) -> None:
    pressed = {"space": " ", "enter": "\n"}.get(key, key)
    name = f"KEY_{key.upper()}" if key in ("up", "down", "left", "right") else None

    assert key_name(pressed, name) == key


@pytest.mark.parametrize("state", set(ViewState) - {ViewState.DONE, ViewState.STOPPED})
def test_it_hurts_and_stop_are_shown_first_in_every_state(state: ViewState) -> None:
    assert {Action.PAIN, Action.STOP} <= set(SHOWN[state][:3])


@pytest.mark.parametrize("state", ViewState)
def test_every_state_shows_its_keys(state: ViewState) -> None:
    assert all(key and label for key, label in key_labels(state, PHRASES))


def test_the_space_bar_says_what_it_will_do() -> None:
    assert key_labels(ViewState.WORKING, PHRASES)[0] == ("space", "pause")
    assert key_labels(ViewState.PAUSED, PHRASES)[0] == ("space", "go on")


def test_help_lists_every_key_once() -> None:
    keys = [keys for keys, _ in key_help(PHRASES)]

    assert len(keys) == len(Action)
    assert "n and right arrow" in keys
    assert all(key_word(key, PHRASES) in " ".join(keys) for key in KEYMAP)
