"""Small files for the tests of reading and judging, and how a test spoils them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROUTINE = (Path(__file__).parent / "shoulders.yaml").read_text(encoding="utf-8")

ADVICE = """\
format: 1
topics:
  - id: how-often
    title: How often to exercise
    asks: [how often should I do these, every day or every other day, how many times a week]
    keywords: [often, daily]
    say: [Every other day is a good start.]
    brief: [Every other day.]
    source: Leaflet of my physiotherapist, May 2026
  - id: chest-pain
    title: Pain in the chest
    asks: [my chest hurts, chest pain, tight chest]
    keywords: [chest]
    say: [Stop here. Call your local emergency number.]
    brief: ['Stop, and call your local emergency number.']
    source: NHS page on heart attacks
    urgent: true
"""


@dataclass(frozen=True)
class Spoilt:
    """A good file with one thing made bad: in `old`'s place stands `new`."""

    code: str
    path: str
    old: str
    new: str
    good: str = ROUTINE
    by_schema: bool = False  #: whether an editor's schema can see it too

    @property
    def text(self) -> str:
        """The file's text."""
        assert self.old in self.good, self.old
        return self.good.replace(self.old, self.new, 1)
