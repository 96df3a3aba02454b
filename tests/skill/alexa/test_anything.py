"""Requests in any order, ordinary and odd: every answer is one that Alexa takes, and safety comes first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from routines.load import load_advice, routine_ids
from routines.model import Barrier
from routines.phrases import load_phrases
from skill.alexa.replies import Delivery
from skill.alexa.wishes import INTENTS, TOUCHES
from skill.records import EventKind
from tests.alexa_device import Backend, Device, Json

TOPICS = load_advice("en")
PAIN = next(topic for topic in TOPICS if topic.id == load_phrases("en")("session.pain-topic"))
URGENT = [topic for topic in TOPICS if topic.urgent]
CALM = [topic for topic in TOPICS if not topic.urgent and topic is not PAIN]

HALTING = {"PainIntent", "MorePainIntent", "RedFlagIntent"}
STOPPING = {"AMAZON.StopIntent", "AMAZON.CancelIntent", "AMAZON.NavigateHomeIntent"}
ORDINARY = sorted(INTENTS.keys() - HALTING - STOPPING - {"AdviceIntent", "QuestionIntent"})
WORDS = st.sampled_from(["", "?", "knee", "a < b & c", "${x}", "\u00fc\u00df", "123456", "x" * 300])
VALUES = st.one_of(
    WORDS,
    st.sampled_from([*routine_ids(), *Barrier, *(topic.id for topic in CALM), "daily", "09:30", "100001"]),
)
PLAYER = (
    "PlaybackStarted",
    "PlaybackFinished",
    "PlaybackStopped",
    "PlaybackNearlyFinished",
    "PlaybackFailed",
)
BUTTONS = ("NextCommandIssued", "PauseCommandIssued", "PlayCommandIssued", "PreviousCommandIssued")
ODD_TYPES = (
    "Alexa.Presentation.APL.RuntimeError",
    "Alexa.Presentation.APL.LoadIndexListData",
    "Display.ElementSelected",
    "Connections.Response",
    "SessionResumedRequest",
    "GameEngine.InputHandlerEvent",
    "NewKindOfRequest",
)
ODD_ATTRIBUTES: tuple[Mapping[str, Any], ...] = (
    {"v": 1},
    {"v": 99, "session": {}},
    {"v": 1, "session": {"v": 1}},
    {"v": 1, "session": "knee", "sent": 5},
    {"v": 1, "sent": ["opening", "a", None]},
    {"v": 1, "question": "start", "offer": "no-such-routine"},
    {"v": 1, "question": "start"},
    {"v": 1, "question": "go-on-there"},
    {"v": 1, "question": 7, "offer": []},
    {"something": "else"},
)


class AnyRequests(RuleBasedStateMachine):
    """A person, a device and the network at their worst."""

    begins = ("leading", "opening")  #: where a routine stands after its start

    def __init__(self) -> None:
        super().__init__()
        self.backend = Backend()
        self.device = Device(self.backend, interfaces=("AudioPlayer", "Alexa.Presentation.APL"))
        self.must_be_over = False

    # -- time ----------------------------------------------------------------------------------------

    @rule()
    def hear_it_to_the_end(self) -> None:
        self.device.listen()

    @rule(after_ms=st.integers(0, 90_000))
    def interrupt(self, after_ms: int) -> None:
        self.device.interrupt(after_ms)

    @rule(by_ms=st.sampled_from([-86_400_000, -5_000, 3_600_000, 90_000_000]))
    def time_jumps(self, by_ms: int) -> None:
        self.backend.clock.forward(by_ms)

    # -- ordinary requests ---------------------------------------------------------------------------

    @rule()
    def launch(self) -> None:
        self.device.launch()

    @rule(routine=st.sampled_from(routine_ids()))
    def start(self, routine: str) -> None:
        self.device.intent("StartRoutineIntent", routine=routine)
        assert self.device.place == self.begins

    @rule(intent=st.sampled_from(["ReadyIntent", "AMAZON.YesIntent", "AMAZON.ResumeIntent"]))
    def go_on(self, intent: str) -> None:
        self.device.intent(intent)

    @rule(intent=st.sampled_from(ORDINARY))
    def say_something(self, intent: str) -> None:
        self.device.intent(intent)

    @rule(intent=st.sampled_from(["CannotIntent", "RemindIntent", "LinkIntent", "StartRoutineIntent"]),
          name=st.sampled_from(["routine", "barrier", "time", "code", "every"]), value=VALUES)  # fmt: skip
    def say_something_with_a_slot(self, intent: str, name: str, value: str) -> None:
        self.device.intent(intent, **{name: value})

    @rule(number=st.sampled_from(["0", "3", "7", "11", "123456", "99999999999", "?", "seven"]))
    def say_a_number(self, number: str) -> None:
        self.device.intent("NumberIntent", number=number)

    @rule(topic=st.sampled_from(CALM))
    def ask_by_name(self, topic: Any) -> None:
        answer = self.device.intent("AdviceIntent", topic=topic.id)
        assert topic.say[0].split("{")[0][:30] in answer.says

    @rule(words=WORDS)
    def ask_freely(self, words: str) -> None:
        self.device.intent("QuestionIntent", question=words)

    @rule(touched=st.sampled_from([*sorted(TOUCHES.keys() - {"pain", "stop"}), "again", ""]))
    def touch(self, touched: str) -> None:
        self.device.request({"type": "Alexa.Presentation.APL.UserEvent", "arguments": [touched]})

    # -- safety --------------------------------------------------------------------------------------

    @rule(intent=st.sampled_from(sorted(STOPPING)))
    def stop(self, intent: str) -> None:
        assert self.device.intent(intent).ends
        assert not self.device.attributes

    @rule(how=st.sampled_from(["PainIntent", "MorePainIntent", "AdviceIntent", "QuestionIntent"]))
    def it_hurts(self, how: str) -> None:
        running = self._is_running
        slots: dict[str, dict[str, str]] = {
            "AdviceIntent": {"topic": PAIN.id},
            "QuestionIntent": {"question": PAIN.asks[0]},
        }
        answer = self.device.intent(how, **slots.get(how, {}))
        self._halted(answer.says, PAIN.say[0], EventKind.PAIN if running else None)

    @rule(
        flag=st.sampled_from(URGENT), how=st.sampled_from(["RedFlagIntent", "AdviceIntent", "QuestionIntent"])
    )
    def red_flag(self, flag: Any, how: str) -> None:
        slots = {
            "RedFlagIntent": {"flag": flag.id},
            "AdviceIntent": {"topic": flag.id},
            "QuestionIntent": {"question": flag.asks[0]},
        }
        running = self._is_running
        answer = self.device.intent(how, **slots[how])
        self._halted(answer.says, "" if how == "QuestionIntent" else flag.say[0],
                     EventKind.STOPPED if running else None)  # fmt: skip

    def _halted(self, says: str, advice: str, kind: EventKind | None) -> None:
        assert self.device.answer.ends
        assert advice.replace("'", "") in says.replace("'", "")
        assert "?" not in says
        assert not self.device.attributes
        if kind is not None:
            ended = [
                record for record in self._history() if any(event.kind is kind for event in record.events)
            ]
            assert any(record.ended_at for record in ended)

    @property
    def _is_running(self) -> bool:
        session = self.device.attributes.get("session")
        return isinstance(session, dict) and "state" in session

    def _history(self) -> tuple[Any, ...]:
        return self.backend.store.history(self.device.person)

    # -- what comes of itself ------------------------------------------------------------------------

    @rule(reason=st.sampled_from(["USER_INITIATED", "EXCEEDED_MAX_REPROMPTS", "ERROR", "?"]),
          error=st.sampled_from([None, {"type": "INVALID_RESPONSE"}, {"type": "NEW"}]))  # fmt: skip
    def the_session_ends(self, reason: str, error: Json | None) -> None:
        assert self.device.ended(reason, error) == {}

    @rule(kind=st.sampled_from(PLAYER), token=WORDS, offset=st.integers(0, 10**9))
    def the_player_tells(self, kind: str, token: str, offset: int) -> None:
        self.device.event(f"AudioPlayer.{kind}", token=token, offsetInMilliseconds=offset)

    @rule(kind=st.sampled_from(BUTTONS))
    def a_button_is_pressed(self, kind: str) -> None:
        self.device.event(f"PlaybackController.{kind}")

    @rule(
        kind=st.sampled_from(
            ["System.ExceptionEncountered", "AlexaSkillEvent.SkillEnabled", "Reminders.ReminderCreated"]
        )
    )
    def something_is_told(self, kind: str) -> None:
        assert self.device.event(kind) == {}

    @rule()
    def the_skill_is_disabled(self) -> None:
        assert self.device.event("AlexaSkillEvent.SkillDisabled") == {}
        assert self._history() == ()
        self.device.open, self.device.attributes = False, {}

    @rule(kind=st.sampled_from(ODD_TYPES))
    def something_odd_comes(self, kind: str) -> None:
        self.device.request({"type": kind})

    @rule(intent=st.sampled_from(["NoSuchIntent", "AMAZON.SomethingNewIntent", ""]))
    def an_unknown_intent_comes(self, intent: str) -> None:
        self.device.intent(intent)

    @rule(attributes=st.sampled_from(ODD_ATTRIBUTES))
    def the_attributes_are_damaged(self, attributes: Json) -> None:
        self.device.attributes = dict(attributes)

    # -- always --------------------------------------------------------------------------------------

    @invariant()
    def every_set_counts_once(self) -> None:
        for record in self._history():
            keys = [event.key for event in record.events if event.kind is EventKind.BLOCK_DONE]
            assert len(keys) == len(set(keys))


class AnyRequestsInSsml(AnyRequests):
    """The same, for devices without APL for Audio."""

    def __init__(self) -> None:
        super().__init__()
        self.backend = Backend(delivery=Delivery.SSML)
        self.device = Device(self.backend, interfaces=())


class AnyRequestsWithNumbers(AnyRequests):
    """The same, where numbers about health are asked."""

    begins = ("checking", "opening")

    def __init__(self) -> None:
        super().__init__()
        self.backend = Backend(health=True)
        self.device = Device(self.backend, interfaces=("AudioPlayer", "Alexa.Presentation.APL"))


_SETTINGS = settings(
    max_examples=20,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestAnyRequests = AnyRequests.TestCase
TestAnyRequests.settings = _SETTINGS
TestAnyRequestsInSsml = AnyRequestsInSsml.TestCase
TestAnyRequestsInSsml.settings = _SETTINGS
TestAnyRequestsWithNumbers = AnyRequestsWithNumbers.TestCase
TestAnyRequestsWithNumbers.settings = _SETTINGS
