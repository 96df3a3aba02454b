"""One person, an Echo and a computer: linked with a code, they share one record."""

from __future__ import annotations

from datetime import timedelta

from routines.events import BlockFinished, Effect, Save, Start
from routines.lengths import EstimatedLengths
from routines.load import load_routine
from routines.phrases import load_phrases
from routines.plan import Plan, Words
from routines.session import Session, step
from skill.alexa.conversation import person_id
from skill.coach import RESUME_WITHIN, Keeper, Run, going_on, new_run
from skill.ports import ME
from skill.records import EventKind
from tests.alexa_device import Backend, Device

PHRASES = load_phrases("en")
LENGTHS = EstimatedLengths()


def linked() -> Device:
    """Return an Echo that has been told the computer's code."""
    return link(Device(Backend()))


def link(device: Device) -> Device:
    """Tell a device the computer's code."""
    code = device.backend.store.new_link_code(ME, device.backend.clock.now, timedelta(minutes=10))
    device.launch()
    answer = device.say(f"link with code {' '.join(code)}")
    assert "share one history" in answer.says
    assert not answer.ends
    return device


def pc(device: Device, run: Run) -> Keeper:
    return Keeper(store=device.backend.store, now=device.backend.clock, session_id=run.session_id)


def on_pc(device: Device) -> Run:
    """Begin the knee routine at the computer, do its first set, and break off."""
    run = new_run(load_routine("knee"), Plan(), PHRASES, LENGTHS, asked=False)
    keeper = pc(device, run)
    keeper.begin(run)
    session: Session = run.session
    effects: tuple[Effect, ...]
    session, effects = step(session, Start(), run.course)
    while session.block != "adductor-stretch/1/left/change":
        session, effects = step(session, BlockFinished(block=session.block), run.course)
        for effect in effects:
            if isinstance(effect, Save):
                keeper.keep(session, effect.records, run.course)
    keeper.break_off(session)
    return run


def done(device: Device) -> list[str]:
    (session,) = device.backend.store.history(ME)
    return [event.key for event in session.events if event.kind is EventKind.BLOCK_DONE]


def test_the_account_becomes_the_person_of_the_computer() -> None:
    assert linked().person == ME


def test_a_session_begun_at_the_computer_goes_on_with_alexa() -> None:
    device = linked()
    on_pc(device)

    assert "Shall we go on there?" in device.launch().says
    device.listen()
    device.say("yes")
    device.listen()
    device.say("ready")

    assert done(device) == ["done:adductor-stretch/1/left:0", "done:adductor-stretch/1/right:0"]


def test_a_session_begun_with_alexa_goes_on_at_the_computer() -> None:
    device = linked()
    device.intent("StartRoutineIntent", routine="knee")
    for _ in range(3):
        device.listen()
        device.intent("ReadyIntent")
    device.ended()

    store = device.backend.store
    found = store.interrupted(ME, device.backend.clock.now, RESUME_WITHIN)
    assert found is not None
    fresh = new_run(load_routine("knee"), Plan(), PHRASES, LENGTHS, asked=False)
    run = going_on(found, load_routine("knee"), fresh)

    assert run is not None
    assert run.session.block == "wall-slides/lead"
    assert len(done(device)) == 2


def test_linking_offers_at_once_to_go_on() -> None:
    device = Device(Backend())
    on_pc(device)
    code = device.backend.store.new_link_code(ME, device.backend.clock.now, timedelta(minutes=10))
    device.launch()

    answer = device.say(f"link with code {' '.join(code)}")

    assert answer.says.endswith("Shall we go on there?")


def test_a_wrong_code_and_one_too_old_link_nothing() -> None:
    device = Device(Backend())
    code = device.backend.store.new_link_code(ME, device.backend.clock.now, timedelta(minutes=10))
    device.launch()
    assert "That code is not right" in device.intent("LinkIntent", code="999999").says
    device.backend.clock.forward(11 * 60_000)

    assert "That code is not right" in device.intent("LinkIntent", code=code).says
    assert device.person != ME


def test_codes_cannot_be_guessed_one_after_the_other() -> None:
    device = Device(Backend())
    device.launch()
    said = [device.intent("LinkIntent", code=str(100_001 + nth)).says for nth in range(4)]

    assert "That code is not right" in said[2]
    assert "one code too many" in said[3]
    device.backend.clock.forward(11 * 60_000)
    assert "That code is not right" in device.intent("LinkIntent", code="100001").says


def test_without_a_code_it_is_said_how_to_get_one() -> None:
    device = Device(Backend())
    device.launch()

    assert "steady link" in device.intent("LinkIntent").says


def test_disabling_the_skill_deletes_what_alexa_knows_and_leaves_the_computer_alone() -> None:
    device = linked()
    on_pc(device)
    device.event("AlexaSkillEvent.SkillDisabled")

    assert device.person != ME
    assert device.backend.store.history(device.person) == ()
    assert len(device.backend.store.history(ME)) == 1


def test_disabling_the_skill_deletes_everything_about_an_account_that_was_never_linked() -> None:
    device = Device(Backend())
    device.intent("StartRoutineIntent", routine="knee")
    device.intent("BriefIntent")
    device.ended("ERROR", {"type": "INVALID_RESPONSE"})
    person = device.person
    device.event("AlexaSkillEvent.SkillDisabled")

    store = device.backend.store
    assert store.history(person) == ()
    assert store.plan(person) == Plan()
    assert "notes={}" in repr(store)


def test_what_was_done_with_alexa_before_is_in_the_one_history_too() -> None:
    device = Device()
    device.one_shot("start the knee routine")
    for _ in range(3):
        device.listen()
        device.say("ready")
    device.say("stop")
    account = device.person

    link(device)

    assert [record.device for record in device.backend.store.history(ME)] == ["alexa"]
    assert "done:adductor-stretch/1/left:0" in done(device)
    assert device.backend.store.history(account) == ()


def test_a_session_that_was_interrupted_before_they_were_linked_can_be_gone_on_with() -> None:
    device = Device()
    device.one_shot("start the knee routine")
    device.listen()
    device.ended()

    link(device)

    assert "Shall we go on there?" in device.answer.says


def test_what_was_chosen_with_alexa_is_the_persons_choice_if_they_have_made_none() -> None:
    device = Device()
    device.one_shot("keep it brief")

    link(device)

    assert device.backend.store.plan(ME).words is Words.BRIEF


def test_disabling_the_skill_ends_the_link_and_leaves_the_computers_record() -> None:
    device = linked()
    account = person_id(device.account)
    on_pc(device)
    device.event("AlexaSkillEvent.SkillDisabled")

    assert device.person == account
    assert len(device.backend.store.history(ME)) == 1


def test_forgetting_at_the_computer_takes_the_accounts_notes_along() -> None:
    device = linked()
    account = person_id(device.account)
    device.backend.store.set_note(account, "delivery:x", "ssml", device.backend.clock.now)
    on_pc(device)

    device.backend.store.forget(ME)

    assert device.backend.store.note(account, "delivery:x") is None
    assert device.person == account
