"""Messages through Apprise, to any service that it knows: an optional package."""

from __future__ import annotations

import logging
from types import ModuleType

from skill.care.errors import CareError


class AppriseSender:
    """Sends to Apprise's addresses (`mailto://...`, `ntfy://...`, `tgram://...`)."""

    def knows(self, address: str) -> bool:
        """Whether Apprise understands an address. CareError `no-sender` if it is not installed."""
        return _apprise().Apprise.instantiate(address, suppress_exceptions=True) is not None

    def send(self, address: str, title: str, body: str) -> bool:
        """Send a message; False if it did not get there, or the address means nothing."""
        module = _apprise()
        one = module.Apprise.instantiate(address, suppress_exceptions=True)
        if one is None:
            return False
        try:
            return bool(one.notify(title=title, body=body, notify_type=module.NotifyType.INFO))
        except Exception:  # noqa: BLE001 - some hundred services, each with errors of its own
            return False


def _apprise() -> ModuleType:
    try:
        import apprise  # noqa: PLC0415 - optional, and slow to import
    except ImportError as error:
        raise CareError("no-sender") from error
    # What Apprise logs has addresses in it, and these hold secrets.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    module: ModuleType = apprise
    return module
