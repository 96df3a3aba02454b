"""`steady serve` in a process of its own, and what it says when it cannot listen."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from skill.serve import is_loopback
from tests.skill.command_line import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def lines_of(process: subprocess.Popen[bytes], count: int) -> list[str]:
    """Return the first lines that a server says; it says where it listens when it does."""
    assert process.stdout is not None
    return [process.stdout.readline().decode().strip() for _ in range(count)]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_answers_until_it_is_told_to_end(home: Home, number: signal.Signals) -> None:
    with home.start("serve", "--port", "0") as process:
        running, alexa, _ = lines_of(process, 3)
        address = running.split()[-1]
        with urlopen(f"{address}/healthz", timeout=30) as answer:  # noqa: S310 - our own
            report = json.load(answer)
            server = answer.headers.get("Server", "")
        process.send_signal(number)
        _, err = process.communicate(timeout=30)

    assert address.startswith("http://127.0.0.1:")
    assert report["ok"]
    assert "waitress" not in server
    assert "STEADY_ALEXA_SKILL_ID" in alexa
    assert (process.returncode, err) == (0, b"")


def test_a_port_that_is_taken_is_told_with_another_one(home: Home, taken_port: int) -> None:
    ran = home.steady("serve", "--port", str(taken_port))

    assert (ran.code, ran.out) == (3, "")
    assert f"steady serve --port {taken_port + 1}" in ran.err


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_an_address_that_is_not_this_machines_is_told(home: Home, host: str) -> None:
    ran = home.steady("serve", "--host", host, "--port", "0")

    assert ran.code == 3
    assert host in ran.err


def test_a_port_that_cannot_be_is_not_understood(home: Home) -> None:
    assert home.steady("serve", "--port", "70000").code == 2


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "example.org"])  # noqa: S104 - refused
def test_unverified_requests_are_never_taken_from_other_machines(home: Home, host: str) -> None:
    unverified = {"STEADY_ALEXA_SKILL_ID": "amzn1.ask.skill.x", "STEADY_ALEXA_VERIFY": "off"}

    ran = home.steady("serve", "--host", host, **unverified)

    assert (ran.code, ran.out) == (3, "")
    assert "STEADY_ALEXA_VERIFY" in ran.err


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.3.2.1", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104 - that is the question
        ("::", False),
        ("", False),
        ("*", False),
        ("localhost.example", False),
    ],
)
def test_loopback_is_what_only_this_machine_can_reach(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback
