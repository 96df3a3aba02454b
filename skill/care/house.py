"""One household, with everything that its caregivers can do."""

from __future__ import annotations

from skill.care.asking import Asking
from skill.care.members import Members
from skill.care.ways_in import WaysIn


class House(WaysIn, Members, Asking):
    """All use cases of caregivers. Each checks for itself whether it is allowed (`skill.care.permissions`).

    Any thread may call. What cannot be done raises `CareError`, of which `NotAllowedError` is one.
    """
