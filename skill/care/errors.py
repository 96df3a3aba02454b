"""What can be wrong with what a caregiver asks for. Each code names the phrase `care.error.<code>`."""

from __future__ import annotations


class CareError(Exception):
    """Something that cannot be done as it was asked. `code` is stable; `fields` fill in its phrase."""

    def __init__(self, code: str, **fields: object) -> None:
        """Keep the parts, so that an edge can put them in a person's words."""
        super().__init__(f"{code}: {fields}")
        self.code = code
        self.fields = fields


class NotAllowedError(CareError):
    """Something that this caregiver may not do: `role`, `consent`, `owner`, or `unknown`.

    `unknown` is also said about a person of whom the caregiver is to know nothing.
    """
