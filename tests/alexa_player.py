"""The audio player of a simulated Echo: it knows how far it is, and tells what a real one would tell."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from routines.lengths import EstimatedLengths
from routines.load import load_routine
from routines.model import Routine
from routines.plan import Plan
from skill.alexa.audio import RenderedAudio, audio_course
from skill.alexa.conversation import Desk
from skill.alexa.replies import Replies
from skill.alexa.skill import build_skill
from skill.app import create_app
from skill.settings import AlexaSettings, Settings
from tests.alexa_device import SKILL_ID, Backend, Device, Json, library


@dataclass
class ReadyFiles:
    """Every session as a file that is there at once, unless `ready` is False. Nothing is rendered."""

    ready: bool = True
    made: dict[str, RenderedAudio] = field(default_factory=dict)

    def url(self, routine: Routine, plan: Plan) -> RenderedAudio | None:
        if not self.ready:
            return None
        course = audio_course(routine, EstimatedLengths(plan.rate_wpm, typical=True))
        digest = hashlib.sha256(repr(course.script(plan)).encode()).hexdigest()
        if digest not in self.made:
            self.made[digest] = RenderedAudio(
                url=f"https://coach.example.org/audio/{digest}.mp3",
                digest=digest,
                plan=plan,
                course=course,
                timeline=course.timeline(plan),
            )
        return self.made[digest]

    def find(self, digest: str) -> RenderedAudio | None:
        return self.made.get(digest)


@dataclass
class Player:
    """What plays: a file's token, how far it is, and what it does."""

    token: str = ""
    url: str = ""
    offset_ms: int = 0
    activity: str = "IDLE"

    def context(self) -> Json:
        told = {"token": self.token} if self.token else {}
        return told | {"offsetInMilliseconds": self.offset_ms, "playerActivity": self.activity}


@dataclass
class AudioBackend(Backend):
    """The backend whose sessions are played as files, and the player of the one device that asks it."""

    files: ReadyFiles = field(default_factory=ReadyFiles)
    player: Player = field(default_factory=Player)
    #: What the player has still to tell: kind, token, offset.
    to_tell: list[tuple[str, str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        replies = Replies()
        desk = Desk(
            store=self.store,
            find_routine=load_routine,
            routines=library,
            fits=replies.fits,
            audio=self.files,
            health=self.health,
        )
        nowhere = Path("nowhere")
        self.app = create_app(
            Settings(
                data_folder=nowhere,
                cache_folder=nowhere,
                locale="en",
                database=nowhere,
                alexa=AlexaSettings(skill_id=SKILL_ID, verify=False),
            ),
            skill=build_skill(desk, replies, self.delivery),
            now=self.clock,
        )
        self.client = self.app.test_client()

    def post(self, envelope: Json) -> Json:
        envelope["context"]["AudioPlayer"] = self.player.context()
        answer = super().post(envelope)
        for directive in answer["response"].get("directives", ()):
            if directive["type"].startswith("AudioPlayer."):
                self._obey(directive)
        return answer

    def _obey(self, directive: Json) -> None:
        player = self.player
        if player.activity in ("PLAYING", "PAUSED"):
            self.to_tell.append(("PlaybackStopped", player.token, player.offset_ms))
            player.activity = "STOPPED"
        if directive["type"] == "AudioPlayer.Play":
            stream = directive["audioItem"]["stream"]
            player.token, player.url = stream["token"], stream["url"]
            player.offset_ms, player.activity = stream["offsetInMilliseconds"], "PLAYING"
            self.to_tell.append(("PlaybackStarted", player.token, player.offset_ms))


@dataclass
class Echo(Device):
    """A device with a player."""

    backend: AudioBackend = field(default_factory=AudioBackend)

    @property
    def player(self) -> Player:
        return self.backend.player

    @property
    def file(self) -> RenderedAudio:
        """The file that plays, or played last."""
        found = self.backend.files.find(self.player.token.split("|")[2])
        assert found is not None
        return found

    @property
    def block(self) -> tuple[str, int]:
        """Where the player is: the block, and how far from its start."""
        for block in self.file.timeline.blocks:
            if self.player.offset_ms < block.end_ms:
                return block.id, self.player.offset_ms - block.at_ms
        return self.file.timeline.blocks[-1].id, self.file.timeline.blocks[-1].length_ms

    def tell(self) -> list[Json]:
        """Send the events that are due, and return what came back."""
        due, self.backend.to_tell = self.backend.to_tell, []
        return [
            self.event(f"AudioPlayer.{kind}", token=token, offsetInMilliseconds=offset_ms)
            for kind, token, offset_ms in due
        ]

    def play(self, until_ms: int) -> None:
        """Let the player play up to an offset of the file, or to its end."""
        assert self.player.activity == "PLAYING"
        self.tell()
        until_ms = min(until_ms, self.file.timeline.total_ms)
        self.backend.clock.forward(until_ms - self.player.offset_ms)
        self.player.offset_ms = until_ms
        if until_ms == self.file.timeline.total_ms:
            self.player.activity = "FINISHED"
            self.backend.to_tell += [
                ("PlaybackNearlyFinished", self.player.token, until_ms),
                ("PlaybackFinished", self.player.token, until_ms),
            ]

    def play_into(self, block_id: str, offset_ms: int = 0) -> None:
        """Let it play up to a place in a block."""
        block = next(block for block in self.file.timeline.blocks if block.id == block_id)
        self.play(block.at_ms + offset_ms)

    def word(self, name: str) -> Json:
        """Say a word to Alexa while the file plays; what came back."""
        self.open, self.attributes = False, {}
        return self.intent(name).response
