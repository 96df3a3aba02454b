"""The privacy policy of the skill as a page: what the store's page links to."""

from __future__ import annotations

from html import escape
from importlib import resources
from string import Template

from routines.phrases import Phrases


def privacy_page(phrases: Phrases) -> str:
    """Return the page as HTML in the phrases' language, with no script, no picture and no cookie."""
    template = (resources.files("skill.alexa") / "privacy.html").read_text(encoding="utf-8")
    paragraphs = phrases.lines("alexa-model.privacy.paragraphs")
    return Template(template).substitute(
        language=escape(phrases.locale, quote=True),
        title=escape(phrases("alexa-model.privacy.title")),
        paragraphs="\n".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs),
    )
