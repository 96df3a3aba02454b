"""The smallest skill one would write with the SDK, and the two usual ways to serve it with Flask."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from ask_sdk_core.dispatch_components.exception_components import AbstractExceptionHandler
from ask_sdk_core.dispatch_components.request_components import AbstractRequestHandler
from ask_sdk_core.handler_input import HandlerInput
from ask_sdk_core.serialize import DefaultSerializer
from ask_sdk_core.skill import CustomSkill
from ask_sdk_core.skill_builder import SkillBuilder
from ask_sdk_core.utils.predicate import is_intent_name, is_request_type
from ask_sdk_model.request_envelope import RequestEnvelope
from ask_sdk_model.response import Response
from flask import Flask, request
from flask import Response as Page

from bench.alexa_signing import PlainVerifier, Signing
from bench.figures import CannotMeasureError

#: What the adapter needs and the project does not have.
_PACKAGES = (
    "flask-ask-sdk==1.0.0",
    "ask-sdk-webservice-support==1.3.3",
    "certvalidator==0.11.1",
    "oscrypto==1.3.0",
    "asn1crypto==1.5.1",
    "freezegun==1.5.5",
)


class _Says(AbstractRequestHandler):
    def __init__(self, kind: str, *intents: str) -> None:
        self._kind, self._intents = kind, intents

    def can_handle(self, handler_input: HandlerInput) -> bool:
        if not self._intents:
            return bool(is_request_type(self._kind)(handler_input))
        return any(is_intent_name(intent)(handler_input) for intent in self._intents)

    def handle(self, handler_input: HandlerInput) -> Response:
        builder = handler_input.response_builder
        if self._kind == "SessionEndedRequest":
            return builder.response
        return builder.speak("Hello World!").ask("What would you like?").response


class _Sorry(AbstractExceptionHandler):
    def can_handle(self, handler_input: HandlerInput, exception: Exception) -> bool:  # noqa: ARG002
        return True

    def handle(self, handler_input: HandlerInput, exception: Exception) -> Response:  # noqa: ARG002
        raise exception


def hello() -> CustomSkill:
    """Return a skill as in the SDK's own example: a greeting, help, stop, the end."""
    builder = SkillBuilder()
    intent = "IntentRequest"
    for handler in (
        _Says("LaunchRequest"),
        _Says(intent, "HelloWorldIntent"),
        _Says(intent, "AMAZON.HelpIntent"),
        _Says(intent, "AMAZON.CancelIntent", "AMAZON.StopIntent"),
        _Says(intent, "AMAZON.FallbackIntent"),
        _Says("SessionEndedRequest"),
        _Says(intent),
    ):
        builder.add_request_handler(handler)
    builder.add_exception_handler(_Sorry())
    return builder.create()


def core_app(signing: Signing | None) -> Flask:
    """Return the skill in a Flask view of a few lines, on ask-sdk-core alone; signed if `signing`."""
    app, skill, serializer = Flask("core"), hello(), DefaultSerializer()
    verifier = PlainVerifier(signing) if signing else None

    @app.post("/alexa")
    def alexa() -> Page:
        body = request.get_data()
        if verifier is not None:
            verifier.verify(request.headers["Signature-256"], body)
        envelope = serializer.deserialize(body.decode(), RequestEnvelope)
        answer = skill.invoke(request_envelope=envelope, context=None)
        return Page(json.dumps(serializer.serialize(answer)), mimetype="application/json")

    return app


def adapter_app(signing: Signing | None) -> Flask:
    """Return the skill behind flask-ask-sdk's SkillAdapter, which is to be installed here."""
    adapter: Any = import_module("flask_ask_sdk.skill_adapter")
    app = Flask("adapter")
    app.config["ASK_SDK_VERIFY_SIGNATURE"] = signing is not None
    app.config["ASK_SDK_VERIFY_TIMESTAMP"] = False  # the requests' clock is not this machine's
    if signing is not None:
        verifier: Any = import_module("ask_sdk_webservice_support.verifier")
        verifier.urlopen = lambda url: io.BytesIO(signing.fetch(url))
    made = adapter.SkillAdapter(skill=hello(), skill_id=1, app=app)
    made.register(app=app, route="/alexa")
    return app


@contextmanager
def adapter_installed(folder: Path, roots: Path) -> Iterator[None]:
    """Install flask-ask-sdk into a folder of its own, for this process alone; it trusts `roots`.

    CannotMeasureError if it cannot be had.
    """
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder)]
    done = subprocess.run([*command, *_PACKAGES], check=False, capture_output=True, text=True)
    if done.returncode:
        raise CannotMeasureError(f"flask-ask-sdk cannot be installed: {done.stderr.strip()[-200:]}")
    for file in (folder / "oscrypto" / "_openssl").glob("_libcrypto_c*.py"):
        # As it was published, it takes OpenSSL 3.0.19 for no version at all.
        text = file.read_text()
        file.write_text(text.replace(r"\\d[a-z]", r"\\d+[a-z]"))
    sys.path.append(str(folder))
    before = os.environ.get("SSL_CERT_FILE")
    os.environ["SSL_CERT_FILE"] = str(roots)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import_module("flask_ask_sdk.skill_adapter")
            yield
    finally:
        sys.path.remove(str(folder))
        os.environ.pop("SSL_CERT_FILE")
        if before is not None:
            os.environ["SSL_CERT_FILE"] = before
