"""Does what the documents ask of curl, for machines that have none: `python curl.py --silent --header … URL`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import requests

ANSWER_SECONDS = 60


def _given(text: str) -> str:
    """What an option says: itself, or what stands in the file after an @."""
    return Path(text[1:]).read_text("utf-8") if text.startswith("@") else text


def main() -> None:
    """Send one request, and write the answer's body to stdout."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--silent", action="store_true")
    parser.add_argument("--header", action="append", default=[])
    parser.add_argument("--data")
    asked = parser.parse_args()
    headers = dict(
        line.split(": ", 1) for header in asked.header for line in _given(header).splitlines() if line
    )
    body = None if asked.data is None else _given(asked.data).encode()
    answer = requests.request(
        "GET" if body is None else "POST", asked.url, headers=headers, data=body, timeout=ANSWER_SECONDS
    )
    sys.stdout.write(answer.text)


if __name__ == "__main__":
    main()
