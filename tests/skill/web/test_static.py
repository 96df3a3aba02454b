"""What browsers are given beside the pages, and what no page may hold."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from tests.sources import ROOT, templates

STATIC = ROOT / "skill" / "web" / "static"

#: htmx.org 2.0.11 from npm, `dist/htmx.min.js`.
HTMX_SHA256 = "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717"


def test_htmx_is_the_published_file_with_its_licence_beside_it() -> None:
    assert hashlib.sha256((STATIC / "htmx.min.js").read_bytes()).hexdigest() == HTMX_SHA256
    assert "Zero-Clause BSD" in (STATIC / "htmx.LICENSE.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", templates(), ids=lambda path: path.name)
def test_a_template_has_no_script_no_style_and_no_address_of_its_own(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert re.findall(r"<style|\sstyle=|\son\w+=|javascript:|hx-on|https?://|\|\s*safe", text) == []
    assert [tag for tag in re.findall(r"<script[^>]*>", text) if "src=" not in tag] == []


@pytest.mark.parametrize("path", templates(), ids=lambda path: path.name)
def test_no_word_for_people_stands_in_a_template(path: Path) -> None:
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    shown = re.sub(r"<[^>]*>", " ", text)
    told = re.findall(r'(?:aria-label|alt|title|placeholder)="([^"]*)"', text)

    assert re.findall(r"[^\W\d_]{2,}", " ".join([shown, *told])) == []


@pytest.mark.parametrize("path", templates(), ids=lambda path: path.name)
def test_every_form_that_changes_something_carries_its_token(path: Path) -> None:
    for form in re.findall(r"<form[^>]*>.*?</form>", path.read_text(encoding="utf-8"), flags=re.DOTALL):
        if 'method="post"' in form:
            assert "csrf" in form


@pytest.mark.parametrize("path", sorted(STATIC.glob("*.css")), ids=lambda path: path.name)
def test_a_stylesheet_fetches_nothing(path: Path) -> None:
    assert re.findall(r"url\(|@import|https?:", path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "path",
    [path for path in sorted(STATIC.glob("*.js")) if path.name != "htmx.min.js"],
    ids=lambda path: path.name,
)
def test_a_script_of_ours_says_nothing_and_evaluates_nothing(path: Path) -> None:
    code = re.sub(r"//[^\n]*|/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)

    assert re.findall(r"\beval\(|new Function|document\.write|https?://", code) == []
    sentences = [
        text for text in re.findall(r'"([^"\n]*)"', code) if len(text.split()) > 2 and "[" not in text
    ]
    assert sentences == []


def test_all_that_a_page_needs_is_small() -> None:
    """For an old phone on a slow network; htmx is about half of it."""
    ours = [path for path in STATIC.iterdir() if path.suffix in (".css", ".js", ".svg")]

    assert sum(path.stat().st_size for path in ours) < 128 * 1024
