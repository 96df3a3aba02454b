"""The skill's icon, drawn from its measures: a ring that counts down, round a person who sits.

Amazon wants it at 108 and 512 pixels and shows it cut to a circle: nothing stands outside that. Few and thick
strokes, so that it can be made out on a telephone.
"""

from __future__ import annotations

import math
import struct
import zlib

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float64]

_TOP, _BOTTOM = (0.106, 0.361, 0.424), (0.067, 0.247, 0.306)  # deep teal, calm beside other icons
_PALE, _FAINT, _WARM = (0.937, 0.965, 0.953), (0.247, 0.467, 0.518), (0.965, 0.722, 0.341)

# In units of the picture's width, from its middle; y goes down.
_RING, _RING_STROKE = 0.372, 0.056
_SHARE_LEFT = 0.72  # of the ring
_HEAD, _SHOULDER, _HIP = (-0.118, -0.213), (-0.133, -0.100), (-0.150, 0.062)
_KNEE, _HEEL, _TOE = (0.092, 0.030), (0.082, 0.218), (0.160, 0.218)
_BODY_STROKE, _HEAD_ACROSS, _KNEE_ACROSS = 0.074, 0.110, 0.106


def icon_png(size: int) -> bytes:
    """Return the icon as a PNG of `size` x `size` pixels."""
    return _png(icon(size))


def icon(size: int) -> NDArray[np.uint8]:
    """Return the icon's pixels: rows, columns, red-green-blue."""
    steps = (np.arange(size) + 0.5) / size - 0.5
    x, y = np.meshgrid(steps, steps)
    picture = _background(y)
    ring = np.abs(np.hypot(x, y) - _RING)
    _paint(picture, ring, _RING_STROKE, _FAINT, size)
    _paint(picture, _arc(x, y, ring), _RING_STROKE, _PALE, size)
    for start, end in ((_SHOULDER, _HIP), (_HIP, _KNEE), (_KNEE, _HEEL), (_HEEL, _TOE)):
        _paint(picture, _line(x, y, start, end), _BODY_STROKE, _PALE, size)
    _paint(picture, np.hypot(x - _HEAD[0], y - _HEAD[1]), _HEAD_ACROSS, _PALE, size)
    _paint(picture, np.hypot(x - _KNEE[0], y - _KNEE[1]), _KNEE_ACROSS, _WARM, size)
    return np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)


def _background(y: Plane) -> Plane:
    share = (y + 0.5)[..., None]
    return np.array(_TOP) * (1 - share) + np.array(_BOTTOM) * share


def _arc(x: Plane, y: Plane, ring: Plane) -> Plane:
    """Return the distance to the part of the ring that is left: clockwise from the top, with round ends."""
    turn = np.mod(np.arctan2(x, -y), 2 * math.pi)
    end = 2 * math.pi * _SHARE_LEFT
    to_start = np.hypot(x, y + _RING)
    to_end = np.hypot(x - _RING * math.sin(end), y + _RING * math.cos(end))
    return np.where(turn <= end, ring, np.minimum(to_start, to_end))


def _line(x: Plane, y: Plane, start: tuple[float, float], end: tuple[float, float]) -> Plane:
    dx, dy = end[0] - start[0], end[1] - start[1]
    along = np.clip(((x - start[0]) * dx + (y - start[1]) * dy) / (dx * dx + dy * dy), 0, 1)
    return np.hypot(x - start[0] - along * dx, y - start[1] - along * dy)


def _paint(
    picture: Plane, distance: Plane, stroke: float, colour: tuple[float, float, float], size: int
) -> None:
    """Colour what is within half a stroke, with edges one pixel soft."""
    cover = np.clip((stroke / 2 - distance) * size + 0.5, 0, 1)[..., None]
    picture += (np.array(colour) - picture) * cover


def _png(pixels: NDArray[np.uint8]) -> bytes:
    height, width, _ = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)  # each row begins with its filter: none
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
