"""What every shape of the API is made of: amounts, times, words and pages."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
)
from pydantic_core import CoreSchema, core_schema

from checkout.domain.happenings import word
from checkout.domain.money import Money
from checkout.flows.complaints import ID
from checkout.flows.said import Asked

LIMIT_MAX = 100


class Shape(BaseModel):
    """Something that we answer. What is not there is null, never left out."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Parameters(BaseModel):
    """What an address asks after its question mark; all of it is text at first."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
    pages: ClassVar[bool] = False


class Nothing(Parameters):
    """A door that asks for nothing more."""


class Empty(Asked):
    """A body without anything in it; it may also be left out."""


class Amount(Shape):
    """An exact amount: a whole number of the currency's smallest unit, such as cents."""

    amount_minor: int = Field(examples=[2380])
    currency: str = Field(examples=["EUR"], description="ISO 4217")

    @classmethod
    def of(cls, money: Money) -> Amount:
        """As the house has it."""
        return cls(amount_minor=money.minor, currency=money.currency)


Id = Annotated[str, Field(pattern=ID)]


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


Moment = Annotated[
    AwareDatetime,
    PlainSerializer(_iso, return_type=str),
    Field(description="UTC", examples=["2026-11-27T12:00:00Z"], json_schema_extra={"format": "date-time"}),
]


YEARS = range(2000, 2200)


def _sane(at: datetime) -> datetime:
    if at.year not in YEARS:
        message = "must be of this century or the next"
        raise ValueError(message)
    return at


AskedMoment = Annotated[AwareDatetime, AfterValidator(_sane), Field(examples=["2026-11-27T12:00:00Z"])]


class Worded:
    """Marks an enumeration whose words go over the wire as `partially_paid`."""

    def __get_pydantic_core_schema__(
        self, source: type[StrEnum], _handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Read and write the words."""
        words = {word(one): one for one in source}

        def read(said: object) -> StrEnum:
            if isinstance(said, source):
                return said
            if not isinstance(said, str) or said not in words:
                message = f"must be one of {', '.join(words)}"
                raise ValueError(message)
            return words[said]

        return core_schema.no_info_plain_validator_function(
            read,
            serialization=core_schema.plain_serializer_function_ser_schema(
                word, return_schema=core_schema.str_schema()
            ),
            metadata={"words": list(words)},
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Name the words."""
        return {"type": "string", "enum": schema["metadata"]["words"]}


class Listing(Parameters):
    """A page of a list."""

    pages: ClassVar[bool] = True

    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX, description="How many at most.")] = 20
    cursor: Annotated[
        str | None, Field(max_length=500, description="The `next_cursor` of the page before.")
    ] = None


class Page(Shape):
    """A page of a list, and what to ask for the next one with; null on the last page."""

    next_cursor: str | None
