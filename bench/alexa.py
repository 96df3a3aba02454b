"""How quickly the Alexa skill answers, beside the smallest skill that one would write with Amazon's SDK.

Ours is the whole backend with its history on SQLite; once with a process that remembers by itself what it
has answered, once as it is served, where every process is told. Every cache is warm, as after the first
conversation with anybody. The other says "Hello World!" to everything. Latency is from Flask's test client
and back, one request after another, each sent to both, so that what else the machine does hits both alike.
The clock is the simulated person's; nobody waits.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import cycle
from pathlib import Path
from statistics import median
from threading import local
from typing import Any

import orjson
from flask import Flask
from flask.testing import FlaskClient

from bench.alexa_hello import adapter_app, adapter_installed, core_app
from bench.alexa_load import Replay, record, throughput
from bench.alexa_signing import Signing
from bench.alexa_sizes import sizes
from bench.alexa_talk import Door, Json, converse, do_it_all, echo, first_count_ms, to_bytes
from bench.figures import CannotMeasureError, Effort, Figure, Target
from bench.world import World
from skill.app import create_app
from skill.seen import SeenHere
from skill.settings import AlexaSettings, Settings
from tests.alexa_device import SKILL_ID, Clock

Headers = Mapping[str, str]
_P50, _P99 = 50, 99
#: Conversations before it is measured, so that whatever is made once has been made.
_WARM_UP = 2


def measure(effort: Effort) -> list[Figure]:
    """Return latencies and throughput next to the other skill's, and the sizes of replies."""
    with World() as world, ExitStack() as stack:
        world.folder.mkdir(exist_ok=True)
        signing = Signing()
        roots = signing.write_roots(world.folder / "roots.pem")
        peer, name, note = core_app, "ask-sdk-core alone", ""
        try:
            stack.enter_context(adapter_installed(world.folder / "peer", roots))
            peer, name = adapter_app, "SkillAdapter"
        except CannotMeasureError as error:
            note = f"{error}: the baseline is ask-sdk-core alone"
        figures: list[Figure] = []
        start_ms = 0.0
        for verified in (False, True):
            for screen in (False, True):
                sides = _sides(world.folder / f"{verified}-{screen}", signing if verified else None, peer)
                timed = _timed(sides, signing, effort.pick(30, 6), screen=screen)
                figures += _latencies(timed, name, note, verified=verified, screen=screen)
                start_ms = start_ms or timed["ours"].percentile(_P50, "StartRoutineIntent")
        sides = _sides(world.folder / "shared", None, peer, shared=True)
        timed = _timed(sides, signing, effort.pick(30, 6), screen=False)
        figures += _latencies(timed, name, note, verified=False, screen=False, shared=True)
        figures += _load(world.folder, signing, peer, name, effort)
        figures += _first_counts(world.folder, start_ms)
        figures += sizes(world.folder, effort.pick(100_000, 3_000))
        return figures


# -- latency ---------------------------------------------------------------------------------------


@dataclass
class Times:
    """How long answers took, in milliseconds, by what was asked."""

    by_kind: dict[str, list[float]] = field(default_factory=dict)

    def add(self, kind: str, took_ms: float) -> None:
        """Take one more."""
        self.by_kind.setdefault(kind, []).append(took_ms)

    def percentile(self, percent: int, kind: str | None = None) -> float:
        """Return what so many percent are below; of one kind, or of all."""
        chosen = [ms for one, some in self.by_kind.items() if kind in (None, one) for ms in some]
        return sorted(chosen)[min(len(chosen) - 1, len(chosen) * percent // 100)] if chosen else 0.0


def our_app(
    folder: Path, now: Callable[[], datetime], signing: Signing | None, *, shared: bool = False
) -> Flask:
    """Return the whole backend with certificates from memory.

    If `shared`, just as `steady serve` has it by default: what was answered is noted for every process.
    """
    folder.mkdir(parents=True, exist_ok=True)
    roots = signing.write_roots(folder / "roots.pem") if signing else None
    settings = Settings(
        data_folder=folder,
        cache_folder=folder,
        locale="en",
        database=folder / "history.sqlite3",
        alexa=AlexaSettings(skill_id=SKILL_ID, verify=signing is not None, trust_roots=roots),
    )
    seen = None if shared else SeenHere()
    return create_app(settings, seen=seen, fetch=signing.fetch if signing else None, now=now)


def _sides(
    folder: Path, signing: Signing | None, peer: Callable[[Signing | None], Flask], *, shared: bool = False
) -> dict[str, tuple[FlaskClient, Clock]]:
    clock = Clock(datetime.now(UTC))
    return {
        "ours": (our_app(folder, clock, signing, shared=shared).test_client(), clock),
        "peer": (peer(signing).test_client(), clock),
    }


def _timed(
    sides: Mapping[str, tuple[FlaskClient, Clock]], signing: Signing, conversations: int, *, screen: bool
) -> dict[str, Times]:
    """Hold conversations; every request goes to both sides, one first as often as the other."""
    times: dict[str, Times] = {}
    turns = cycle((list(sides), list(sides)[::-1]))
    (_, clock), began = sides["ours"], datetime.now(UTC)
    for nth in range(_WARM_UP + conversations):
        if nth in (0, _WARM_UP):
            times.update({name: Times() for name in sides})

        def send(envelope: Json, _clock: Clock) -> Json:
            body = to_bytes(envelope)
            headers = signing.headers(body)
            made: dict[str, Any] = {}
            for name in next(turns):
                took_ms, made[name] = _one(sides[name][0], body, headers)
                times[name].add(_kind(envelope), took_ms)
            answer: Json = made["ours"]
            return answer

        clock.now = began
        converse(echo(Door(send, clock), nth, screen=screen))
    return times


def _one(client: FlaskClient, body: bytes, headers: Headers) -> tuple[float, Any]:
    began_s = time.perf_counter()
    answer = client.post("/alexa", data=body, headers=dict(headers), content_type="application/json")
    took_ms = (time.perf_counter() - began_s) * 1_000
    if answer.status_code != 200:
        raise CannotMeasureError(f"answered with {answer.status}")
    return took_ms, orjson.loads(answer.get_data())


def _kind(envelope: Json) -> str:
    request = envelope["request"]
    return str(request["intent"]["name"] if "intent" in request else request["type"])


def _latencies(
    timed: Mapping[str, Times], name: str, note: str, *, verified: bool, screen: bool, shared: bool = False
) -> Iterator[Figure]:
    what = f"{'verified' if verified else 'unverified'}, {'with a screen' if screen else 'speaker'}"
    what += ", noted for every process" if shared else ""
    ours, peer = timed["ours"], timed["peer"]
    limit = 0.3 if verified else 1.0
    count = sum(map(len, ours.by_kind.values()))
    slowest = sorted(ours.by_kind, key=lambda kind: -ours.percentile(_P50, kind))[:3]
    told = ", ".join(f"{kind} {ours.percentile(_P50, kind):.2f} ms" for kind in slowest)
    for percent in (_P50, _P99):
        beside = peer.percentile(percent)
        yield Figure(
            name=f"{what}: p{percent}",
            value=ours.percentile(percent),
            unit="ms",
            baseline=beside,
            baseline_name=f"hello, {name}",
            target=(Target.AT_MOST, limit * beside) if percent == _P50 else None,
            note=f"{count} requests; slowest by p50: {told}" + (f"; {note}" if note else ""),
        )


# -- requests a second -----------------------------------------------------------------------------


def _load(
    folder: Path,
    signing: Signing,
    peer: Callable[[Signing | None], Flask],
    name: str,
    effort: Effort,
) -> Iterator[Figure]:
    conversations, rounds = effort.pick(40, 12), effort.pick(5, 2)
    for verified in (False, True):
        signed = signing if verified else None
        place = folder / f"load-{verified}"
        replay = record(place, partial(our_app, shared=True), signed, conversations)
        rates: dict[str, list[float]] = {"ours": [], "peer": []}
        for _ in range(rounds):
            for side, told in rates.items():
                app = _served(place, signed, peer, side)
                told.append(throughput(app, replay, afresh=side == "ours"))
        yield Figure(
            name=f"{'verified' if verified else 'unverified'}: requests a second, 2 processes",
            value=median(rates["ours"]),
            unit="/s",
            baseline=median(rates["peer"]),
            baseline_name=f"hello, {name}",
            note=f"waitress with 2 threads in each; {len(replay)} requests a round, {rounds} rounds: "
            + ", ".join(f"{ours:,.0f} to {other:,.0f}" for ours, other in zip(*rates.values(), strict=True)),
        )


def _served(
    place: Path, signed: Signing | None, peer: Callable[[Signing | None], Flask], side: str
) -> Callable[[], Flask]:
    clock = Told()

    def app() -> Flask:
        made = our_app(place, clock, signed, shared=True) if side == "ours" else peer(signed)
        made.wsgi_app = clock.listening(made.wsgi_app)  # type: ignore[method-assign]
        return made

    return app


class Told(local):
    """The time, as the request that is being answered says it in a header of its own."""

    now = datetime.now(UTC)

    def __call__(self) -> datetime:
        """Return it."""
        return self.now

    def listening(self, app: Any) -> Any:
        """Return an app that heeds the header."""

        def heeding(environ: dict[str, Any], start: Any) -> Any:
            self.now = datetime.fromisoformat(environ[Replay.CLOCK])
            return app(environ, start)

        return heeding


# -- to the first count ----------------------------------------------------------------------------


def _first_counts(folder: Path, start_ms: float) -> Iterator[Figure]:
    clock = Clock()
    client = our_app(folder / "first", clock, None).test_client()
    door = Door(lambda envelope, _clock: _one(client, to_bytes(envelope), {})[1], clock)
    for nth, who in enumerate(("a new person", "somebody who has done it all")):
        device = echo(door, nth, screen=False)
        if nth:
            do_it_all(device)
        sound_ms = first_count_ms(device)
        yield Figure(
            name=f'{who}: from "start" to the first count',
            value=(sound_ms + start_ms) / 1_000,
            unit="s",
            note=f"{sound_ms / 1_000:.1f} s of sound by the timeline (safety, the first exercise of the knee "
            f'routine, getting down to the floor) if "ready" comes at once, and {start_ms:.1f} ms for the '
            "reply; without Alexa's own time",
        )
