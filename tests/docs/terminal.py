"""A reader's terminals: the commands of a document, run as they stand, in the folder it says."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from checkout.senders.knocking import answers
from tests.town import REPOSITORY, STOP_SECONDS, wait_for

SECONDS = 60
LASTING = (
    "checkout emulator",
    "checkout serve",
    "checkout worker",
    "flask run",
    "python3 -m http.server",
)
"""Commands that run until they are stopped."""
AT_WORK = "at work"


def commands(document: str) -> list[str]:
    """Each command of the shell blocks of a document, in its order; one that ends in a backslash goes on."""
    found = re.findall(r"^( *)```sh\n(.*?)^ *```$", document, re.MULTILINE | re.DOTALL)
    lines = [line.removeprefix(indent) for indent, body in found for line in body.splitlines()]
    return [line for line in "\n".join(lines).replace("\\\n", " ").splitlines() if line.strip()]


@dataclass(slots=True)
class Terminal:
    """Somebody who types a document's commands. `instead` names what is another here: ports, places."""

    folder: Path
    instead: dict[str, str]
    home: Path = field(init=False)
    """Where it was opened: what is said and made beside the document goes there."""
    lasting: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.home = self.folder

    def type(self, command: str) -> str:
        """Run one command to its end, or until it does its work. Returns what it said."""
        for text, other in self.instead.items():
            command = command.replace(text, other)
        if command.startswith("cd "):
            self.folder = self.folder / command.removeprefix("cd ")
            return ""
        if command.startswith(LASTING):
            return self._leave_running(command)
        ran = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            check=False, capture_output=True, text=True, cwd=self.folder, env=self._environment(), timeout=SECONDS,
        )  # fmt: skip
        assert ran.returncode == 0, f"{command}\n{ran.stdout}{ran.stderr}"
        return ran.stdout

    def rewrite(self, *names: str) -> None:
        """Put what is another here into files of the document, too."""
        for name in names:
            file = self.folder / name
            text = file.read_text("utf-8")
            for there, here in self.instead.items():
                text = text.replace(there, here)
            file.write_text(text, "utf-8")

    def stop(self) -> None:
        """Stop what is left running; each ends by itself when it is told to."""
        for process in reversed(self.lasting):
            process.terminate()
            process.wait(STOP_SECONDS)

    def logs(self) -> str:
        """What the commands that last have said."""
        return "\n".join(log.read_text(errors="replace") for log in sorted(self.home.glob("*.log")))

    def _leave_running(self, command: str) -> str:
        log = self.home / f"{len(self.lasting)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                ["bash", "-c", f"exec {command}"],
                cwd=self.folder, env=self._environment(), stdout=output, stderr=output,
            )  # fmt: skip
        self.lasting.append(process)
        wait_for(
            lambda: self._is_at_work(command, log) or process.poll() is not None,
            seconds=SECONDS,
            what=command,
        )
        assert process.poll() is None, log.read_text()
        return log.read_text()

    def _is_at_work(self, command: str, log: Path) -> bool:
        words = shlex.split(command)
        port = next((word for word in words if word.isdecimal()), None)
        return answers("127.0.0.1", int(port)) if port else AT_WORK in log.read_text()

    def _curl(self) -> Path:
        """A folder with curl in it, for a machine that has none."""
        folder = self.home / "bin"
        if shutil.which("curl") is None and not folder.exists():
            folder.mkdir()
            curl = folder / "curl"
            program = Path(__file__).with_name("curl.py")
            curl.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {program} "$@"\n', "utf-8")
            curl.chmod(0o755)
        return folder

    def _environment(self) -> dict[str, str]:
        """Nothing of a shop that whoever runs the tests may have; programs of this working copy's environment."""
        own = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"], str(self._curl())])
        return own | {"PATH": path, "PYTHONPATH": str(REPOSITORY), "PYTHONUNBUFFERED": "1"}
