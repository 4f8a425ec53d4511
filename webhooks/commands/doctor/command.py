"""Runs every check and prints one line for each."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import TYPE_CHECKING

import click

from checkout import processors
from checkout.building import mint, now
from checkout.commands.opening import opened_store, quiet_settings
from checkout.commands.printing import as_json, print_json
from checkout.domain.findings import Finding, Level, problem
from checkout.settings import SettingsError
from webhooks.commands.doctor.books import check_books
from webhooks.commands.doctor.disputes import check_operator_mail
from webhooks.commands.doctor.machine import check_machine
from webhooks.commands.doctor.shop import check_database, check_mails, check_settings
from webhooks.commands.doctor.standstill import check_standstill

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARKS = {Level.OK: ("ok", "green"), Level.WARNING: ("warning", "yellow"), Level.PROBLEM: ("PROBLEM", "red")}


@click.command()
@as_json
def doctor(as_json: bool) -> None:  # noqa: FBT001
    """Check every setting and all that waits for a person, and say how to mend what is broken.

    Changes nothing. At PayPal it opens one payment of 1.00 USD that nobody can pay, to see whose account it
    is. Exits 1 where there is a problem, 0 with warnings only.
    """
    found = []
    for finding in _findings():
        found.append(finding)
        if not as_json:
            _print(finding)
    problems = sum(finding.level is Level.PROBLEM for finding in found)
    warnings = sum(finding.level is Level.WARNING for finding in found)
    if as_json:
        checks = [
            {"name": one.name, "level": one.level, "said": one.said, "fix": one.fix or None} for one in found
        ]
        print_json({"healthy": not problems, "problems": problems, "warnings": warnings, "checks": checks})
    else:
        click.echo()
        counts = f"{_counted(problems, 'problem')}, {_counted(warnings, 'warning')}."
        click.echo(counts if problems or warnings else "All is well.")
    if problems:
        raise SystemExit(1)


def _counted(count: int, what: str) -> str:
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"


def _findings() -> Iterator[Finding]:
    try:
        settings = quiet_settings()
    except SettingsError as wrong:
        for line in str(wrong).splitlines():
            yield problem("settings", line, "Mend it in .env or the environment; see docs/settings.md.")
        return
    yield from check_settings(settings)
    database = list(check_database(settings))
    yield from database
    yield check_mails(settings)
    yield check_operator_mail(settings)
    yield from check_machine(settings)
    for name in _processors_with_checks():
        yield from import_module(name).check(settings.base_url, now, mint)
    if not any(finding.name == "database" and finding.fix for finding in database):
        with opened_store(settings, may_create=False) as store:
            yield from check_books(store)
            yield from check_standstill(store, settings)


def _processors_with_checks() -> list[str]:
    """Each processor's own checks, found by its folder's name."""
    names = [f"{processors.__name__}.{folder.name}.checks" for folder in iter_modules(processors.__path__)]
    return [name for name in names if find_spec(name) is not None]


def _print(finding: Finding) -> None:
    mark, colour = _MARKS[finding.level]
    click.echo(f"{click.style(mark.ljust(8), fg=colour)} {finding.name}: {finding.said}")
    if finding.fix:
        click.echo(f"{'':8} → {finding.fix}")
