from __future__ import annotations

import io

import pytest

from skill.terminal.ask import Asker, Instead, Prompt, PromptPrinter
from skill.terminal.replies import KeyReplies, LineReplies, Replies
from tests.doubles import ScriptedKeys
from tests.skill.golden import PHRASES


class Room:
    """Keeps what is said and shown while questions are asked."""

    def __init__(self, replies: Replies) -> None:
        self.said: list[str] = []
        self.shown: list[Prompt] = []
        self.idles = 0
        self.asker = Asker(replies, PHRASES, say=self.said.append, show=self.shown.append, idle=self.idle)

    def idle(self) -> None:
        self.idles += 1


def keyed(*keys: str | None, remind_s: float | None = None) -> Room:
    return Room(KeyReplies(ScriptedKeys(*keys), remind_s=remind_s))


def piped(text: str) -> Room:
    return Room(LineReplies(io.StringIO(text)))


@pytest.mark.parametrize(
    ("key", "answer"), [("y", True), ("n", False), ("q", Instead.STOP), ("o", Instead.PAIN)]
)
def test_one_key_answers_yes_or_no(key: str, *, answer: bool | Instead) -> None:
    room = keyed(key)

    assert room.asker.yes_no("Are you ready?") is answer
    assert room.said == ["Are you ready?"]
    assert room.shown == [Prompt("Are you ready?", "Press y for yes or n for no.")]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Yes\n", True),
        ("  nope \n", False),
        ("stop\n", Instead.STOP),
        ("It hurts\n", Instead.PAIN),
        ("ok", True),
    ],
)
def test_a_line_answers_in_words(text: str, *, answer: bool | Instead) -> None:
    assert piped(text).asker.yes_no("Are you ready?") is answer


def test_what_is_no_answer_is_told_what_can_be_answered() -> None:
    room = keyed("enter", "x", "up", "y")

    assert room.asker.yes_no("Are you ready?") is True
    assert room.said[1:] == ["Sorry, I did not get that. Press y for yes or n for no."] * 3


@pytest.mark.parametrize("room", [piped(""), keyed(), piped("what\n")])
def test_where_nobody_can_answer_any_more_that_is_said(room: Room) -> None:
    assert room.asker.yes_no("Are you ready?") is Instead.NO_INPUT


def test_a_closed_input_is_no_answer() -> None:
    stream = io.StringIO("y")
    stream.close()

    assert Room(LineReplies(stream)).asker.yes_no("Are you ready?") is Instead.NO_INPUT


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (("7", "enter"), 7),
        (("1", "0", "enter"), 10),
        (("0", "enter"), 0),
        (("8", "backspace", "3", "enter"), 3),
        (("enter",), Instead.SKIPPED),
        (("1", "1", "enter", "5", "enter"), 5),
        (("4", "q"), Instead.STOP),
        (("o",), Instead.PAIN),
        (("1",), Instead.NO_INPUT),
    ],
)
def test_a_number_is_typed_and_confirmed(keys: tuple[str, ...], answer: int | Instead) -> None:
    assert keyed(*keys).asker.number("How much does it hurt?") == answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("7\n", 7),
        ("10", 10),
        ("\n", Instead.SKIPPED),
        ("skip\n", Instead.SKIPPED),
        ("11\n-1\n2.5\n٣\n6\n", 6),
    ],
)
def test_a_number_can_come_as_a_line(text: str, answer: int | Instead) -> None:
    assert piped(text).asker.number("How much does it hurt?") == answer


def test_an_endless_number_is_refused() -> None:
    assert piped("9" * 100_000 + "\n").asker.number("How much?") is Instead.NO_INPUT


def test_digits_are_shown_as_they_are_typed() -> None:
    room = keyed("1", "0", "backspace", "enter")
    room.asker.number("How much does it hurt?")

    assert [prompt.typed for prompt in room.shown] == ["", "1", "10", "1"]


def test_a_choice_is_made_by_one_key() -> None:
    room = keyed("3", "2")

    assert room.asker.choice("Where shall we go on?", ["where we were", "from the start"]) == 1
    assert room.shown[0].hint == "1 where we were, 2 from the start. Press a number from 1 to 2."


def test_a_choice_is_made_by_name_in_a_pipe() -> None:
    assert piped("From the start\n").asker.choice("Where?", ["where we were", "from the start"]) == 1


def test_among_more_than_nine_choices_the_number_is_confirmed() -> None:
    assert keyed("1", "0", "enter").asker.choice("Which?", [str(n) * 2 for n in range(10)]) == 9


def test_waiting_is_said_gently_and_ever_more_rarely() -> None:
    room = keyed(*[None] * 69, "y", remind_s=1)

    assert room.asker.yes_no("Are you ready?") is True
    assert room.said[1:] == ["I am waiting for your answer. Take your time."] * 2
    assert room.idles == 69


def test_without_a_wish_to_be_reminded_silence_is_fine() -> None:
    room = keyed(*[None] * 1000, "y")

    assert room.asker.yes_no("Are you ready?") is True
    assert room.said == ["Are you ready?"]


def test_plain_prompts_print_the_question_once() -> None:
    stream = io.StringIO()
    show = PromptPrinter(stream)
    for typed in ("", "1", "10", ""):
        show(Prompt("How much?", "Type a number.", typed))

    assert stream.getvalue() == "How much?\nType a number.\n1\n10\n"
