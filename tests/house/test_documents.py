"""The documents: no link leads nowhere, no command is one that does not exist, decisions have their form."""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from tests.house.source import Source, repository_files, source

DECISION_PARTS = ("Context", "Decision", "Consequences", "Alternatives")
DECISION_LINES_MAX = 60  # a page
LINK = re.compile(r"(?<!`)\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
TARGET_SAID = re.compile(r"(?:`|^\s*\$? ?)make ([a-z]+)\b", re.MULTILINE)


def anchors(text: str) -> set[str]:
    """Give the anchors of a document's headings, as the forge makes them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def dead_links(documents: Iterable[Source], paths: Iterable[PurePosixPath]) -> list[str]:
    """Give each relative link to a file or heading that is not there."""
    by_path = {document.path: document for document in documents}
    present = set(paths) | {parent for path in paths for parent in path.parents}
    faults = []
    for document in by_path.values():
        for target in LINK.findall(FENCE.sub("", document.text)):
            place, _, anchor = target.partition("#")
            if ":" in place:
                continue  # an address; asking the network is no part of a check
            path = _resolve(document.path.parent / place) if place else document.path
            known = by_path.get(path)
            if path not in present or (anchor and known and anchor not in anchors(known.text)):
                faults.append(f"{document.path} links to {target}, which is not there")
    return faults


def unknown_targets(document: Source, makefile: str) -> list[str]:
    """Give each `make …` of a document that the Makefile does not have."""
    known = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    said = TARGET_SAID.findall(document.text)
    return [
        f"{document.path} says 'make {target}', which is not there" for target in said if target not in known
    ]


def decision_faults(records: Iterable[Source]) -> list[str]:
    """Give whatever is wrong with the form of decision records, or with their numbers."""
    faults = []
    for number, record in enumerate(sorted(records, key=lambda record: record.path), start=1):
        if not record.path.name.startswith(f"{number:04}-"):
            faults.append(f"{record.path} should have the number {number:04}")
        if not record.text.startswith(f"# {number}. "):
            faults.append(f"{record.path} should begin with '# {number}. ' and what was decided")
        if re.findall(r"^## (.+)$", record.text, re.MULTILINE) != list(DECISION_PARTS):
            faults.append(f"{record.path} should have the parts {', '.join(DECISION_PARTS)}, in this order")
        if len(record.lines) > DECISION_LINES_MAX:
            faults.append(f"{record.path} is longer than a page of {DECISION_LINES_MAX} lines")
    return faults


def _resolve(path: PurePosixPath) -> PurePosixPath:
    parts: list[str] = []
    for part in path.parts:
        if part == ".." and parts:
            parts.pop()
        else:
            parts.append(part)
    return PurePosixPath(*parts)


def _documents() -> list[Source]:
    return [file for file in repository_files() if file.path.suffix == ".md"]


def _record(
    number: int = 1, title: str = "# 1. A", parts: int = len(DECISION_PARTS), more: str = ""
) -> Source:
    body = "\n\n".join([title, *(f"## {part}" for part in DECISION_PARTS[:parts])])
    return source(f"docs/decisions/{number:04}-a.md", f"{body}\n{more}")


def test_no_link_leads_nowhere() -> None:
    assert dead_links(_documents(), [file.path for file in repository_files()]) == []


def test_every_make_that_is_written_about_exists() -> None:
    makefile = next(file.text for file in repository_files() if str(file.path) == "Makefile")
    assert [fault for document in _documents() for fault in unknown_targets(document, makefile)] == []


def test_every_decision_has_its_form() -> None:
    assert decision_faults(file for file in _documents() if file.lies_in("docs/decisions")) == []


def test_a_dead_link_is_found() -> None:
    read, there = source("docs/a.md", "[b](../b.md) [c](c.md#end) [d](https://d.example)"), source("b.md")
    faults = dead_links([read, there], [read.path, there.path])
    assert faults == ["docs/a.md links to c.md#end, which is not there"]


def test_a_dead_anchor_is_found() -> None:
    read = source("a.md", "# The (whole) way\n[way](#the-whole-way) [end](a.md#the-end)")
    assert dead_links([read], [read.path]) == ["a.md links to a.md#the-end, which is not there"]


def test_a_make_that_does_not_exist_is_found() -> None:
    document = source("README.md", "Run `make demo`, then\n\n    make coffee\n")
    assert unknown_targets(document, "demo: ready\n") == ["README.md says 'make coffee', which is not there"]


def test_a_decision_without_its_form_is_found() -> None:
    assert decision_faults([_record()]) == []
    assert decision_faults([_record(parts=3)])
    assert decision_faults([_record(title="# A")])
    assert decision_faults([_record(number=2)])
    assert decision_faults([_record(more="\n" * DECISION_LINES_MAX)])
