"""Measures Steady Coach: each figure beside a baseline from the same run.

    python -m bench                  # everything; up to a quarter of an hour
    python -m bench --quick          # less of each
    python -m bench onset render     # some of it
    python -m bench --write          # and write docs/bench.md
    python -m bench listen --write   # how well the coach hears, into docs/listening.md; takes long
    python -m bench household --write   # sixty viewers and twenty tablets at once, into docs/household.md

What the figures mean stands in each part's own module.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from bench.figures import CannotMeasureError, Effort, Figure, Measure, markdown, table

#: Name -> what its part of the table is called.
PARTS = {
    "onset": "(a) where each count is heard",
    "render": "(b) how fast a session is rendered",
    "start": "(c) from the command to the first sound",
    "memory": "(d) memory at its peak",
    "growth": "(e) routines of 1, 10 and 60 minutes",
    "kill": "(f) killed at random moments",
    "pause": "(g) from a pause to silence",
    "alexa": "(h) the Alexa skill",
    "listen": "(i) listening",
    "household": "(j) a household of 60 viewers and 20 tablets",
}
#: Measured only when they are named, and written to pages of their own: they take long.
_OWN_PAGES = ("listen", "household")
_PAGE = Path(__file__).parent.parent / "docs" / "bench.md"
_VERSIONS = ("numpy", "miniaudio", "lameenc", "soundfile", "pyttsx3")


def main() -> None:
    """Measure, and print one table."""
    options = argparse.ArgumentParser(
        prog="python -m bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    options.add_argument("--quick", action="store_true", help="measure less of each")
    options.add_argument("--write", action="store_true", help="write docs/bench.md")
    chosen = options.parse_args()
    if unknown := set(chosen.parts) - set(PARTS):
        options.error(f"no such part: {', '.join(sorted(unknown))}")
    here = machine()
    print(here, flush=True)
    began = time.monotonic()
    measured = [
        (PARTS[name], _measured(name, Effort(quick=chosen.quick)))
        for name in chosen.parts or [name for name in PARTS if name not in _OWN_PAGES]
    ]
    took_s = time.monotonic() - began
    print(f"{took_s:.0f} s in all\n")
    print(table(measured))
    print(f"\n{verdict(measured)}")
    if chosen.write:
        _write(here, measured, took_s)


def _write(here: str, measured: Sequence[tuple[str, Sequence[Figure]]], took_s: float) -> None:
    rest = list(measured)
    for page_of in _OWN_PAGES:
        if own := [part for part in measured if part[0] == PARTS[page_of]]:
            head = (
                f"Written by `python -m bench {page_of} --write` on {datetime.now(UTC):%Y-%m-%d}, on {here}."
            )
            import_module(f"bench.{page_of}").write(f"{head} {verdict(own)}", markdown(own))
            rest = [part for part in rest if part not in own]
    if rest:
        _PAGE.write_text(page(here, rest, took_s))


def _measured(name: str, effort: Effort) -> Sequence[Figure]:
    print(f"{name} ...", end=" ", file=sys.stderr, flush=True)
    began = time.monotonic()
    measure: Measure = import_module(f"bench.{name}").measure
    try:
        figures = measure(effort)
    except CannotMeasureError as error:
        print(f"cannot be measured here: {error}", file=sys.stderr)
        return []
    print(f"{time.monotonic() - began:.0f} s", file=sys.stderr)
    return figures


def verdict(measured: Sequence[tuple[str, Sequence[Figure]]]) -> str:
    """Return how many targets are met, and which are not."""
    judged = [figure for _, figures in measured for figure in figures if figure.met is not None]
    missed = [figure.name for figure in judged if not figure.met]
    met = f"{len(judged) - len(missed)} of {len(judged)} targets met"
    return "\n".join((met, *(f"MISSED: {name}" for name in missed)))


def machine() -> str:
    """Return what this was measured on: the kind of machine and the versions, nothing that names it."""
    libraries = ", ".join(f"{name} {version(name)}" for name in _VERSIONS)
    load = f", load {os.getloadavg()[0]:.1f} before" if hasattr(os, "getloadavg") else ""
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores{load}; "
        f"Python {platform.python_version()}; {libraries}; {_program('espeak-ng')}; {_program('pulseaudio')}"
    )


def _program(name: str) -> str:
    if shutil.which(name) is None:
        return f"no {name}"
    told = subprocess.run([name, "--version"], check=False, capture_output=True, text=True).stdout
    numbers = [word for word in told.split() if word[:1].isdigit()]
    return f"{name} {numbers[0] if numbers else ''}".strip()


def page(here: str, measured: Sequence[tuple[str, Sequence[Figure]]], took_s: float) -> str:
    """Return the page for the documentation."""
    return f"""# Measured

Written by `python -m bench --write` on {datetime.now(UTC):%Y-%m-%d}, in {took_s:.0f} s, on {here}.
There was no sound card: sound is played into a private PulseAudio null sink and read from its monitor.
A ratio is the figure divided by its baseline, both measured in this run.
Baselines are what one would write first.

{verdict(measured)}

{markdown(measured)}"""


if __name__ == "__main__":
    main()
