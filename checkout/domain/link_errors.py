"""Why a link that a shop signed leads nowhere, each with the way out."""

from __future__ import annotations

from checkout.domain.errors import CheckoutError


class LinkError(CheckoutError):
    """A signed link that makes no order."""


class LinkBrokenError(LinkError):
    """A link that is not as it was signed, or that nobody signed here."""

    def __init__(self) -> None:
        super().__init__(
            "This link is not complete, or was changed: its signature does not fit what it says."
        )


class LinkTooLongError(LinkError):
    """A link with more in it than is read."""

    def __init__(self, characters_max: int) -> None:
        super().__init__(f"This link is longer than the {characters_max} characters that are read.")


class LinkExpiredError(LinkError):
    """A link whose own time is over."""

    def __init__(self) -> None:
        super().__init__("This link was good until a time that is over.")


class LinkWithdrawnError(LinkError):
    """A link signed with a key that the shop has withdrawn or replaced."""

    def __init__(self, key: str) -> None:
        super().__init__(f"This link was signed with key {key!r}, which does not hold any more.")


class LinkUnusableError(LinkError):
    """A link that the shop signed, and that says something no order can be made of."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(f"This link says something that cannot be ordered. {why}")


class LinkPaidError(LinkError):
    """A link for one order, which has been paid."""

    def __init__(self, reference: str) -> None:
        super().__init__(f"What this link is for, {reference}, has been paid already.")


class LinkKeyMissingError(LinkError):
    """There is no key to sign with."""

    def __init__(self) -> None:
        super().__init__(
            "There is no link key to sign with. Make one: checkout link keys create 'static pages'"
        )
