"""The repository's own files, as the house tests read them."""

import ast
import os
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

REPOSITORY = Path(__file__).parent.parent.parent


@dataclass(frozen=True, slots=True)
class Source:
    """One text file, by its path from the repository's root; made by hand in the proofs."""

    path: PurePosixPath
    text: str

    @property
    def tree(self) -> ast.Module:
        """The syntax tree of a Python file."""
        return ast.parse(self.text, str(self.path))

    @property
    def lines(self) -> list[tuple[int, str]]:
        """Each line with its number, counted from 1."""
        return list(enumerate(self.text.splitlines(), start=1))

    def lies_in(self, folder: str) -> bool:
        """Whether the file is the folder's, at any depth, or is itself named so."""
        return self.path.is_relative_to(folder)


def source(path: str, text: str = "") -> Source:
    """Make a file that does not exist, to prove a check with."""
    return Source(PurePosixPath(path), text)


@cache
def repository_files() -> tuple[Source, ...]:
    """Read every text file that is, or is about to be, under version control."""
    # Whoever runs the tests need not own the files; and git, running them in a hook, says itself where it works.
    listing = [
        "git",
        "-c",
        "safe.directory=*",
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        "-z",
    ]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    listed = subprocess.run(
        listing, check=True, capture_output=True, text=True, cwd=REPOSITORY, env=environment
    ).stdout
    files = [_read(name) for name in sorted(set(listed.split("\0"))) if (REPOSITORY / name).is_file()]
    return tuple(file for file in files if file is not None)


def python_files(*folders: str) -> list[Source]:
    """Give the Python files of some folders, or all of them."""
    everything = [file for file in repository_files() if file.path.suffix == ".py"]
    return [file for file in everything if not folders or any(file.lies_in(folder) for folder in folders)]


def _read(name: str) -> Source | None:
    try:
        return Source(PurePosixPath(name), (REPOSITORY / name).read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        return None  # a picture, a font
