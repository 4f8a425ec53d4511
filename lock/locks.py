"""Compiles the locks from pyproject.toml, and proves without a network that they still fit it.

A lock's first line holds the digest of the dependency tables it was compiled from: who changes a dependency
and forgets `make lock` changes the digest, and `make check` says so. Asking uv would need the network.
"""

import hashlib
import json
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parent.parent
UV = REPOSITORY / ".tools" / "bin" / "uv"
OLDEST_PYTHON = "3.11"
COMPILE = [
    *(str(UV), "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-header"),
    *("--python-version", OLDEST_PYTHON),
]
HEADER = "# compiled by `make lock` from "
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Lock:
    """One lock: which groups of dependencies it holds, and which lock's versions it keeps."""

    path: Path
    groups: tuple[str, ...]
    constraint: Path | None = None

    def digest(self, pyproject: dict[str, Any]) -> str:
        """Give the digest of everything in pyproject.toml that decides about this lock."""
        tables = {
            "python": pyproject["project"]["requires-python"],
            "run": pyproject["project"]["dependencies"],
            "groups": {name: pyproject["dependency-groups"][name] for name in self.groups},
        }
        return hashlib.sha256(json.dumps(tables, sort_keys=True).encode()).hexdigest()

    def command(self, *extra: str) -> list[str]:
        """Give the uv command that compiles this lock; pins that fit stay, unless extra holds `--upgrade`."""
        groups = [word for name in self.groups for word in ("--group", name)]
        constraint = ["--constraint", str(self.constraint)] if self.constraint else []
        return [*COMPILE, *groups, *constraint, *extra, "--output-file", str(self.path), "pyproject.toml"]


RUN = Lock(Path("lock/run.txt"), ())
DEV = Lock(Path("lock/dev.txt"), ("test", "lint"), constraint=RUN.path)
LOCKS = (RUN, DEV)
UV_LOCK = Path("lock/uv.txt")


def compile_locks(*extra: str) -> None:
    """Compile every lock, uv's own first; raises subprocess.CalledProcessError when uv refuses."""
    pyproject = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    required = pyproject["tool"]["uv"]["required-version"]
    uv = [*COMPILE, "--no-annotate", "--output-file", str(UV_LOCK), "-"]
    subprocess.run(uv, input=f"uv{required}", check=True, cwd=REPOSITORY, text=True)
    for lock in LOCKS:
        subprocess.run(lock.command(*extra), check=True, cwd=REPOSITORY)
        path = REPOSITORY / lock.path
        path.write_text(f"{HEADER}{lock.digest(pyproject)}\n{path.read_text()}")


def check_locks(repository: Path) -> list[str]:
    """Give one sentence for each way in which the locks do not fit pyproject.toml."""
    pyproject = tomllib.loads((repository / "pyproject.toml").read_text())
    texts = {lock.path: (repository / lock.path).read_text() for lock in LOCKS}
    faults = [
        f"{lock.path} was compiled from other dependencies than pyproject.toml now has: run 'make lock'"
        for lock in LOCKS
        if not texts[lock.path].startswith(f"{HEADER}{lock.digest(pyproject)}\n")
    ]
    run, dev = (set(PINNED.findall(texts[lock.path])) for lock in LOCKS)
    # What tests the shop contains what runs it: the environment goes from one to the other by adding only.
    for name, version in sorted(run - dev):
        faults.append(f"{DEV.path} lacks {name}=={version} of {RUN.path}: run 'make lock'")
    required = pyproject["tool"]["uv"]["required-version"]
    if f"uv{required} " not in (repository / UV_LOCK).read_text():
        faults.append(f"{UV_LOCK} does not hold uv{required}, which pyproject.toml requires: run 'make lock'")
    return faults


def main(words: list[str]) -> str | None:
    """Do what the command line asks; give what is wrong, or nothing."""
    match words:
        case ["compile", *extra]:
            compile_locks(*extra)
            return None
        case ["check"]:
            return "\n".join(check_locks(REPOSITORY)) or None
        case _:
            return "usage: locks.py compile [options of 'uv pip compile'] | check"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
