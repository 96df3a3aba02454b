"""`steady advice`: the topics there are, and answers to questions."""

from __future__ import annotations

import json

import click

from routines.phrases import Phrases
from skill.commands.base import make, option
from skill.settings import read_settings


def command(phrases: Phrases) -> click.Command:
    """Return the command."""

    def advice(question: tuple[str, ...], speak: bool, brief: bool, as_json: bool) -> None:
        asked = " ".join(question).strip()
        if asked:
            _answer(asked, phrases, aloud=speak, brief=brief, as_json=as_json)
        else:
            _topics(phrases, as_json=as_json)

    return make(
        phrases,
        "advice",
        advice,
        click.Argument(["question"], nargs=-1),
        option(phrases, "advice", "--speak", is_flag=True),
        option(phrases, "advice", "--brief", is_flag=True),
        option(phrases, "advice", "--json", "as_json", is_flag=True),
    )


def _topics(phrases: Phrases, *, as_json: bool) -> None:
    from skill.advice_view import in_order, topic_lines  # noqa: PLC0415
    from skill.bootstrap import open_library  # noqa: PLC0415

    topics = open_library(read_settings()).advice()
    if as_json:
        plain = [{"id": topic.id, "title": topic.title, "urgent": topic.urgent} for topic in in_order(topics)]
        click.echo(json.dumps(plain, indent=2, ensure_ascii=False))
        return
    lines = (phrases("advice-view.topics"), *topic_lines(topics, phrases), phrases("advice-view.how"))
    click.echo("\n".join(lines))


def _answer(asked: str, phrases: Phrases, *, aloud: bool, brief: bool, as_json: bool) -> None:
    from skill.advice_view import answer, answer_data, answer_lines, spoken_lines  # noqa: PLC0415
    from skill.bootstrap import open_library  # noqa: PLC0415

    given = answer(asked, open_library(read_settings()).advice(), phrases.locale)
    if as_json:
        click.echo(json.dumps(answer_data(given), indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(answer_lines(given, phrases, brief=brief)))
    if aloud:
        _speak(spoken_lines(given, phrases, brief=brief), phrases)


def _speak(lines: tuple[str, ...], phrases: Phrases) -> None:
    """Say lines aloud; where that is not possible, say why: they have been shown all the same."""
    from skill.bootstrap import open_clips  # noqa: PLC0415
    from skill.showing import plan_now, voices_for  # noqa: PLC0415
    from skill.speaking import speak  # noqa: PLC0415
    from speech.speaker import MiniaudioSpeaker  # noqa: PLC0415

    settings = read_settings()
    with voices_for(phrases.locale, None) as voices:
        rate_wpm = plan_now(settings, phrases).rate_wpm
        with open_clips(settings, voices, rate_wpm) as clips:
            hindered = speak(lines, clips, MiniaudioSpeaker(), phrases)
    if hindered:
        click.echo("\n".join(hindered), err=True)
