"""A request whose context is read when somebody asks for it.

The context (device, account, screen, player) is most of a request, and the coach takes what it needs of it
from the request as it came. A handler that asks for it gets the same as from the SDK.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from ask_sdk_model.context import Context
from ask_sdk_model.request_envelope import RequestEnvelope

from skill.alexa.serializer import FastSerializer


class LateEnvelope(RequestEnvelope):
    """A request envelope that is read in two steps."""

    _context: Any = None
    _unread: tuple[FastSerializer, Any] | None = None

    @classmethod
    def read(cls, serializer: FastSerializer, request: Mapping[str, Any]) -> Self:
        """Return a request whose context is yet to be read. `Malformed` if the rest cannot be read."""
        rest = {name: value for name, value in request.items() if name != "context"}
        made: Self = serializer.read(rest, cls)
        made._unread = serializer, request.get("context")
        return made

    @property
    def context(self) -> Any:
        """The context. `Malformed` if it cannot be read."""
        if self._unread is not None:
            serializer, plain = self._unread
            self.context = serializer.read(plain, Context)
        return self._context

    @context.setter
    def context(self, value: Any) -> None:
        self._context, self._unread = value, None
