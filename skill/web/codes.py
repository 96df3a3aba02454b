"""Links as QR codes, drawn into the page."""

from __future__ import annotations

import io

from markupsafe import Markup


def code_svg(link: str) -> Markup:
    """Return a link as a QR code: an SVG element without style or script, for light paper."""
    import segno  # noqa: PLC0415 - seldom needed

    drawn = io.BytesIO()
    segno.make(link, error="m", micro=False).save(
        drawn,
        kind="svg",
        xmldecl=False,
        svgns=True,
        border=2,
        omitsize=True,
        dark="#000",
        light="#fff",
        nl=False,
    )
    return Markup(drawn.getvalue().decode())  # noqa: S704 - drawn here, from squares alone
