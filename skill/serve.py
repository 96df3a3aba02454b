"""Runs the backend behind a real WSGI server."""

from __future__ import annotations

import errno
import logging
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from skill.errors import UserError
from skill.settings import Settings

if TYPE_CHECKING:
    from flask import Flask
    from waitress.server import BaseWSGIServer

HOST = "127.0.0.1"
PORT = 8080
#: Each live page keeps one; waiting ones cost next to nothing.
THREADS = 128
#: Each browser keeps a connection for its live page, and some more for what else it asks for.
CONNECTIONS = 1000
#: Every address of this machine.
ANYWHERE = "0.0.0.0"  # noqa: S104 - only where it was asked for

_PASSIVE = socket.AI_PASSIVE
_LAST_PORT = 65535


def is_loopback(host: str) -> bool:
    """Whether only programs on this machine can reach a host."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def check_bind(settings: Settings, host: str) -> None:
    """Return if the backend may be reached at a host. `UserError` if strangers could send anything."""
    if settings.alexa.skill_id and not settings.alexa.verify and not is_loopback(host):
        raise UserError("serve-unverified", host=host)


def open_server(app: Flask, host: str, port: int) -> BaseWSGIServer:
    """Return a server that listens. `UserError` if it cannot."""
    from waitress import create_server  # noqa: PLC0415 - only for serving

    return create_server(
        app,
        sockets=[_listening(host, port)],
        threads=THREADS,
        connection_limit=CONNECTIONS,
        asyncore_use_poll=True,  # where there is `poll`, also connections above the 1,024th file are heard
        ident="",
    )


def _listening(host: str, port: int) -> socket.socket:
    try:
        found = socket.getaddrinfo(host.strip("[]") or None, port, type=socket.SOCK_STREAM, flags=_PASSIVE)
        family, _, _, _, where = min(found, key=lambda one: one[0] is not socket.AF_INET)  # IPv4 if there is
        return socket.create_server(where, family=family)
    except (socket.gaierror, UnicodeError) as error:
        raise UserError("serve-no-host", host=host) from error
    except OSError as error:
        raise _cannot_listen(error, host, port) from error


def _cannot_listen(error: OSError, host: str, port: int) -> UserError:
    match error.errno:
        case errno.EADDRINUSE:
            return UserError(
                "serve-port-taken", host=host, port=port, other=port + 1 if port < _LAST_PORT else PORT
            )
        case errno.EACCES:
            return UserError("serve-port-denied", port=port, usual=PORT)
        case errno.EADDRNOTAVAIL:
            return UserError("serve-no-host", host=host)
        case _:
            return UserError("serve-failed", host=host, port=port, reason=error.strerror)


def _nothing() -> None:
    return


def serve(
    server: BaseWSGIServer, ready: Callable[[str], None], ending: Callable[[], None] = _nothing
) -> None:
    """Answer until Ctrl-C or SIGTERM; what is under way is finished. `ready` is told where it listens.

    `ending` is called before requests under way are waited for: it lets those go that would wait long.
    """
    logging.basicConfig(format="%(asctime)s %(name)s %(message)s", level=logging.WARNING)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a request that waits a moment is no news

    def end(_number: int, _frame: FrameType | None) -> NoReturn:
        ending()
        raise SystemExit(0)

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        ready(address(server))
        server.run()
    finally:
        server.close()
        for number, handler in before.items():
            signal.signal(number, handler)


def address(server: BaseWSGIServer) -> str:
    """Return where a server listens; the port is the real one, also if any port was asked for."""
    host, port = server.effective_host, server.effective_port
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def own_addresses(port: int) -> tuple[str, ...]:
    """Return where other machines of the network can reach this one; nothing is sent to find out."""
    found: list[str] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as looking, suppress(OSError):
        looking.connect(("192.0.2.1", 9))  # an address of nobody: this only chooses the way there
        found.append(looking.getsockname()[0])
    return tuple(f"http://{host}:{port}" for host in found if not is_loopback(host))
