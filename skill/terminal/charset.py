"""Which letters a terminal can show. Where it is not certain to show UTF-8, everything is drawn in ASCII."""

from __future__ import annotations

import codecs
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Charset:
    """The signs that a screen is drawn with."""

    block: str
    done: str  #: the part of a bar that is done
    left: str  #: the part that is left: a different shape, so that it needs no colour
    rule: str
    dot: str  #: between two words on one line
    cut: str  #: where a text had to be cut
    ascii_only: bool

    def text(self, text: str) -> str:
        """Return a text as one line in letters that the terminal has, and nothing that steers it."""
        line = clean(text)
        return to_ascii(line) if self.ascii_only else line


UTF8 = Charset(block="█", done="━", left="─", rule="─", dot="·", cut="…", ascii_only=False)
ASCII = Charset(block="#", done="=", left="-", rule="-", dot="-", cut="...", ascii_only=True)

_CONTROLS = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

# What decomposition does not turn into ASCII but a person expects.
_SIGNS = str.maketrans({
    "\u2018": "'",
    "\u2019": "'",
    "\u201c": '"',
    "\u201d": '"',
    "\u2013": "-",
    "\u2014": "-",
    "\u2212": "-",
    "\u00b7": "-",
    "\u00d7": "x",
    "\u00df": "ss",
    "\u2192": ">",
    "\u2190": "<",
    "\u2191": "^",
    "\u2193": "v",
})  # fmt: skip


def clean(text: str) -> str:
    """Return a text as one line without control characters, so that no routine steers the terminal."""
    kept = (letter for letter in " ".join(text.split()) if unicodedata.category(letter) not in _CONTROLS)
    return "".join(kept)


def to_ascii(text: str) -> str:
    """Return a text with typographic signs and accents replaced; what has no likeness becomes "?"."""
    plain = unicodedata.normalize("NFKD", text.translate(_SIGNS))
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return bare.encode("ascii", "replace").decode("ascii")


def charset_for(encoding: str | None, env: Mapping[str, str]) -> Charset:
    """Return what a terminal can show, from its stream's encoding and the environment.

    Python speaks UTF-8 even where the person chose the C locale, so an explicit choice is looked up in `env`.
    The kernel's own console (TERM=linux) has too few signs in its fonts.
    """
    chosen = env.get("LC_ALL") or env.get("LANG") or ""
    if chosen in ("C", "POSIX") or env.get("TERM") == "linux":
        return ASCII
    try:
        return UTF8 if encoding and codecs.lookup(encoding).name == "utf-8" else ASCII
    except LookupError:
        return ASCII
