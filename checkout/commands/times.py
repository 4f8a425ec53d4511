"""Times as the command line takes them: in UTC unless they say otherwise."""

from __future__ import annotations

from datetime import UTC, datetime

import click


class UtcMoment(click.ParamType[datetime]):
    """`2026-11-30`, `2026-11-30T12:00` or `2026-11-30T12:00+01:00`; without a zone it is UTC."""

    name = "moment"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read it, or say how it is written."""
        if isinstance(value, datetime):
            return value
        try:
            found = datetime.fromisoformat(str(value).strip())
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        except (ValueError, OverflowError):
            message = "write it as 2026-11-30 or 2026-11-30T12:00; without a zone it is UTC."
            self.fail(message, param, ctx)


UTC_MOMENT = UtcMoment()
