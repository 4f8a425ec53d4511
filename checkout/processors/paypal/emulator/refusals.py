"""What the emulator refuses and in which words: PayPal's issues, their exact texts, and the error envelope.

Source: issues.csv holds the descriptions of PayPal's API specifications (orders v2 2.13, payments v2 2.5,
February 2024, Apache-2.0), only for the issues this emulator can answer. Some the service answers although
they are not listed there: DECIMALS_NOT_SUPPORTED for orders (it carries the text of the payments specification),
ACTION_DOES_NOT_MATCH_INTENT for a capture, INSTRUMENT_DECLINED for an authorization, REAUTHORIZATION_TOO_SOON.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]


class Operation(StrEnum):
    """What a caller asked for; faults are ordered by these names."""

    TOKEN = "token"  # noqa: S105 -- the name of an operation
    CREATE = "create"
    GET = "get"
    PATCH = "patch"
    CAPTURE = "capture"
    AUTHORIZE = "authorize"
    GET_AUTHORIZATION = "get_authorization"
    CAPTURE_AUTHORIZATION = "capture_authorization"
    REAUTHORIZE = "reauthorize"
    VOID = "void"
    GET_CAPTURE = "get_capture"
    REFUND = "refund"
    GET_REFUND = "get_refund"
    REPORTS = "reports"
    DISPUTES = "disputes"
    NOTIFICATIONS = "notifications"
    WEBHOOKS = "webhooks"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Finding:
    """One entry of an error's `details`."""

    issue: str
    field: str | None = None
    value: str | None = None
    location: str = "body"


class RefusedError(Exception):
    """The call is refused with one or more of PayPal's issues; status and text follow from the operation."""

    def __init__(self, *findings: Finding) -> None:
        """Keep the findings; the first decides the status."""
        super().__init__(", ".join(finding.issue for finding in findings))
        self.findings = findings


class NamedRefusalError(Exception):
    """The call is refused with an error that has its own name instead of an issue: tokens, webhooks."""

    def __init__(self, status: int, name: str, message: str, details: Iterable[Json] = ()) -> None:
        """Keep what the answer says."""
        super().__init__(f"{status} {name}")
        self.status = status
        self.name = name
        self.message = message
        self.details = list(details)


@dataclass(frozen=True, slots=True)
class IssueText:
    """Status and description of an issue, as one operation answers it."""

    status: int
    description: str


ENVELOPES: dict[int, tuple[str, str]] = {
    400: ("INVALID_REQUEST", "Request is not well-formed, syntactically incorrect, or violates schema."),
    401: (
        "AUTHENTICATION_FAILURE",
        "Authentication failed due to missing authorization header, or invalid authentication credentials.",
    ),
    403: ("NOT_AUTHORIZED", "Authorization failed due to insufficient permissions."),
    404: ("RESOURCE_NOT_FOUND", "The specified resource does not exist."),
    409: ("RESOURCE_CONFLICT", "The server has detected a conflict while processing this request."),
    415: ("UNSUPPORTED_MEDIA_TYPE", "The server does not support the request payload's media type."),
    422: (
        "UNPROCESSABLE_ENTITY",
        "The requested action could not be performed, semantically incorrect, or failed business validation.",
    ),
    429: ("RATE_LIMIT_REACHED", "Too many requests. Blocked due to rate limiting."),
    500: ("INTERNAL_SERVER_ERROR", "An internal server error occurred."),
    502: ("BAD_GATEWAY", "Bad gateway."),
    503: ("SERVICE_UNAVAILABLE", "Service Unavailable."),
    504: ("GATEWAY_TIMEOUT", "Gateway timeout."),
}


@cache
def issue_texts() -> dict[tuple[str, str], IssueText]:
    """Return every (operation, issue) the emulator can answer, with its status and text."""
    text = resources.files(__package__).joinpath("issues.csv").read_text(encoding="utf-8")
    return {
        (row["operation"], row["issue"]): IssueText(int(row["status"]), row["description"])
        for row in csv.DictReader(text.splitlines())
    }


def issue_text(operation: Operation, issue: str) -> IssueText:
    """Return the status and text of an issue for an operation.

    Raises `LookupError` when PayPal's specification does not let this operation answer that issue.
    """
    try:
        return issue_texts()[operation, issue]
    except KeyError:
        known = sorted(name for kind, name in issue_texts() if kind == operation)
        message = f"{operation} cannot answer the issue {issue}; it can answer: {', '.join(known)}"
        raise LookupError(message) from None


def envelope(status: int, debug_id: str, details: list[Json]) -> Json:
    """Build an error body with the name and message PayPal uses for `status`."""
    name, message = ENVELOPES[status]
    body: Json = {"name": name, "message": message, "debug_id": debug_id}
    if details:
        body["details"] = details
    return body


def refusal_answer(
    operation: Operation, refused: RefusedError, debug_id: str, base_url: str
) -> tuple[int, Json]:
    """Build the status and body that say why `refused` was refused."""
    details: list[Json] = []
    for finding in refused.findings:
        text = issue_text(operation, finding.issue)
        detail: Json = {"issue": finding.issue, "description": text.description}
        if finding.field is not None:
            detail = {"field": finding.field, **detail}
            # The specification has no word for a header.
            if finding.location != "header":
                detail["location"] = finding.location
        if finding.value is not None:
            detail["value"] = finding.value
        details.append(detail)
    first = refused.findings[0].issue
    status = issue_text(operation, first).status
    body = envelope(status, debug_id, details)
    body["links"] = [{"href": f"{base_url}/docs/issues#{first}", "rel": "information_link", "method": "GET"}]
    return status, body
