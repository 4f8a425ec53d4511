"""The units and the container file start what exists, harden what they start, and name no registry."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from checkout.settings import Settings
from webhooks.commands.main import root

REPOSITORY = Path(__file__).parent.parent.parent
DEPLOY = REPOSITORY / "docs" / "deploy"
UNITS = ("checkout.service", "checkout-worker.service")

HARDENED = {
    "DynamicUser": "yes", "NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes",
    "PrivateDevices": "yes", "ProtectKernelTunables": "yes", "ProtectKernelModules": "yes", "ProtectControlGroups": "yes",
    "RestrictSUIDSGID": "yes", "LockPersonality": "yes", "CapabilityBoundingSet": "", "UMask": "0077",
    "RestrictNamespaces": "yes", "SystemCallArchitectures": "native", "StateDirectoryMode": "0700", "Restart": "always",
}  # fmt: skip


def unit(name: str) -> dict[str, dict[str, list[str]]]:
    """Read a unit as systemd does: sections, and keys that may come again."""
    sections: dict[str, dict[str, list[str]]] = {}
    section = ""
    for line in (DEPLOY / name).read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith(("#", ";")):
            continue
        if head := re.fullmatch(r"\[(\w+)\]", line):
            section = head[1]
            continue
        key, equals, value = line.partition("=")
        assert section, line
        assert equals, line
        assert re.fullmatch(r"[A-Z]\w*", key), line
        sections.setdefault(section, {}).setdefault(key, []).append(value)
    return sections


def run_by(line: list[str]) -> click.Command:
    """The command that a command line starts; its options must be real."""
    command: click.Command = root
    words = list(line)
    while isinstance(command, click.Group):
        found = command.get_command(click.Context(command), words.pop(0))
        assert found is not None, line
        command = found
    command.make_context(command.name, words)
    return command


def instructions() -> Iterator[tuple[str, str]]:
    """Each instruction of the container file, its lines joined."""
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    text = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
    for line in filter(str.strip, text.splitlines()):
        word, _, rest = line.partition(" ")
        yield word, rest.strip()


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_is_whole_and_hardened(name: str) -> None:
    sections = unit(name)
    assert sections.keys() == {"Unit", "Service", "Install"}
    service = sections["Service"]
    assert {key: service.get(key, ["absent"])[0] for key in HARDENED} == HARDENED
    assert service["EnvironmentFile"] == ["/etc/checkout/env"]
    assert not re.search("SECRET|PASSWORD|TOKEN", " ".join(service.get("Environment", [])))


@pytest.mark.parametrize(
    ("name", "command"), [("checkout.service", "serve"), ("checkout-worker.service", "worker")]
)
def test_a_unit_starts_a_command_there_is(name: str, command: str) -> None:
    program, *words = shlex.split(unit(name)["Service"]["ExecStart"][0])
    assert program.endswith("/bin/checkout")
    assert run_by(words).name == command


def test_what_a_unit_sets_are_settings() -> None:
    for name in UNITS:
        names = {one.partition("=")[0] for one in unit(name)["Service"]["Environment"]}
        assert {one.lower() for one in names} <= set(Settings.model_fields)


def test_the_container_copies_what_exists_and_starts_a_command_there_is() -> None:
    found = list(instructions())
    copied = [rest.split() for word, rest in found if word == "COPY" and not rest.startswith("--from")]
    assert len(copied) >= 4
    for *sources, _ in copied:
        assert [one for one in sources if not (REPOSITORY / one).exists()] == []
    entry = next(rest for word, rest in found if word == "ENTRYPOINT")
    assert re.fullmatch(r'\["checkout"\]', entry)
    start = next(rest for word, rest in reversed(found) if word == "CMD")
    assert run_by(re.findall(r'"([^"]*)"', start)).name == "serve"


def test_the_container_is_nobody_special_and_comes_in_two_stages() -> None:
    found = list(instructions())
    bases = [rest for word, rest in found if word == "FROM"]
    assert len(bases) == 2
    assert all(re.match(r"python:3\.\d+-slim-bookworm\b", base) for base in bases)  # no host of a registry
    users = [rest for word, rest in found if word == "USER"]
    assert users
    assert users[-1] not in {"root", "0"}
    health = next(rest for word, rest in found if word == "HEALTHCHECK")
    assert "/healthz" in health
    assert "curl" not in health
    assert not [
        rest for word, rest in found if word in {"ENV", "ARG"} and re.search("SECRET|TOKEN|PASSWORD", rest)
    ]


def test_faults_of_a_unit_would_be_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.deploy.test_deploy.DEPLOY", tmp_path)
    (tmp_path / "bad.service").write_text("[Service]\nExecStart\n")
    with pytest.raises(AssertionError):
        unit("bad.service")
    with pytest.raises(click.UsageError):
        run_by(["serve", "--porte", "8000"])
    with pytest.raises(AssertionError):
        run_by(["brew"])
