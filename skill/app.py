"""The backend as a Flask app: Alexa's requests, audio, the privacy policy, and whether all is well."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask, Response, jsonify

from routines.phrases import load_phrases
from skill.alexa_skill import open_audio, open_lasting_store, own_skill
from skill.audio_pages import audio_blueprint
from skill.errors import UserError
from skill.health import Health, Look, look_at_storage
from skill.seen import Seen, SeenByAll, SeenHere
from skill.settings import Settings

if TYPE_CHECKING:
    from ask_sdk_core.skill import CustomSkill

    from skill.alexa.fetching import Fetch
    from skill.alexa.verify import Verifier
    from skill.audio_library import AudioFiles

_MAX_BODY_BYTES = 1024 * 1024

#: For every page that does not say otherwise: a browser runs nothing, embeds nothing, guesses nothing.
_POLICY = {
    "default-src": "'none'",
    "style-src": "'unsafe-inline'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
    "form-action": "'none'",
}
_HEADERS = {
    "Content-Security-Policy": "; ".join(f"{what} {whence}" for what, whence in _POLICY.items()),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def create_app(
    settings: Settings,
    *,
    skill: CustomSkill | None = None,
    seen: Seen | None = None,
    fetch: Fetch | None = None,
    now: Callable[[], datetime] | None = None,
    storage: Look | None = None,
    audio: AudioFiles | None = None,
) -> Flask:
    """Return the backend. `/alexa` is there if the settings name a skill.

    By default the skill is the coach's own, which shares the history and what was answered before with every
    process; certificates are fetched from Amazon; `/healthz` looks at the history. With a skill of one's own,
    this process alone remembers what was answered. `UserError` if the settings' trust roots cannot be used,
    `StoreError` if the history cannot.
    """
    app = Flask("skill", static_folder=None, template_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = _MAX_BODY_BYTES
    _add_pages(app, settings, Health(storage or look_at_storage(settings)))
    app.register_blueprint(audio_blueprint(settings.audio_folder))
    if settings.alexa.skill_id:
        _add_alexa(app, settings, skill, seen, fetch, now, audio)
    if settings.proxies:
        _believe_proxies(app, settings.proxies)

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return app


def _add_pages(app: Flask, settings: Settings, health: Health) -> None:
    @app.get("/healthz")
    def healthz() -> tuple[Response, int]:
        report = health.report()
        return jsonify(report), 200 if report["ok"] else 503

    @app.get("/privacy")
    def privacy() -> Response:
        from skill.alexa.privacy import privacy_page  # noqa: PLC0415 - seldom read

        return Response(privacy_page(load_phrases(settings.locale)), mimetype="text/html")


def _add_alexa(
    app: Flask,
    settings: Settings,
    skill: CustomSkill | None,
    seen: Seen | None,
    fetch: Fetch | None,
    now: Callable[[], datetime] | None,
    audio: AudioFiles | None,
) -> None:
    from skill.alexa.answering import Answering, invoking  # noqa: PLC0415 - only with a skill
    from skill.alexa.endpoint import Gate, alexa_blueprint, straight_to  # noqa: PLC0415
    from skill.alexa.verify import utc_now  # noqa: PLC0415

    if skill is None:
        store = open_lasting_store(settings)
        skill = own_skill(settings, store, audio or open_audio(settings))
        seen = SeenByAll(store.seen) if seen is None else seen
    clock = now or utc_now
    gate = Gate(
        Answering(invoking(skill), SeenHere() if seen is None else seen),
        skill_id=settings.alexa.skill_id or "",
        verifier=_verifier(settings, fetch, clock) if settings.alexa.verify else None,
        now=clock,
    )
    app.register_blueprint(alexa_blueprint(gate))
    app.wsgi_app = straight_to(gate, app.wsgi_app, _HEADERS)  # type: ignore[method-assign, assignment]


def _verifier(settings: Settings, fetch: Fetch | None, now: Callable[[], datetime]) -> Verifier:
    from skill.alexa.certificates import NoTrustRootsError, usual_trust_roots  # noqa: PLC0415
    from skill.alexa.verify import Verifier  # noqa: PLC0415 - only with a skill

    roots: Path = settings.alexa.trust_roots or usual_trust_roots()
    try:
        return Verifier(roots, fetch, now)
    except OSError as error:
        raise UserError("trust-roots-unreadable", path=roots, reason=error.strerror) from error
    except NoTrustRootsError as error:
        raise UserError("trust-roots-none", path=roots) from error


def _believe_proxies(app: Flask, count: int) -> None:
    from werkzeug.middleware.proxy_fix import ProxyFix  # noqa: PLC0415 - only if told so

    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
