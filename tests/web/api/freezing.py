"""Writes down what the API is: docs/openapi.json and docs/problems.md, for a change of them to show in review."""

import json
from pathlib import Path

from checkout.web.api.description import description
from checkout.web.api.problems import PROBLEMS

DOCS = Path(__file__).parents[3] / "docs"


def openapi_text() -> str:
    """The description as it is kept."""
    return json.dumps(description(), indent=1, ensure_ascii=False) + "\n"


def problems_text() -> str:
    """Every problem, as it is kept."""
    chapters = [
        f"## {problem.title}\n\n`{code}`, status {problem.status}. {problem.happened}\n\n**What to do:** {problem.do}\n"
        for code, problem in PROBLEMS.items()
    ]
    head = (
        "# Problems of the API\n\nEach answer of the [API](api.md) that says what went wrong is"
        " `application/problem+json` (RFC 9457). A program may\nrely on its `code`, and on no other word of it. A"
        " running shop has the same pages at `/v1/problems/<code>`, where an\nanswer's `type` leads. This page is"
        " written by `make openapi`.\n"
    )
    return "\n".join([head, *chapters])


WRITTEN = {"openapi.json": openapi_text, "problems.md": problems_text}


def main() -> None:
    """Write both."""
    for name, text in WRITTEN.items():
        DOCS.joinpath(name).write_text(text())


if __name__ == "__main__":
    main()
