"""Every command in the README is run: as it stands, in its order, from the README's own text.

The commands run in bash with `checkout` on the PATH and the README's own settings in `.env`; those about money that
went wrong are typed one after the other in this process, which has imported already what each of them needs. What
needs PayPal's network talks to the emulator instead: PAYPAL_ENVIRONMENT and its credentials are replaced, nothing
else of a command but ports, the number of an order, and addresses of machines. `make demo` is run by
tests/commands/test_demo.py; here the Makefile is only asked what it would run.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

import pytest
from click.testing import CliRunner

from checkout.commands import opening
from checkout.processors.paypal.building import PayPalVariables
from checkout.processors.paypal.emulator.control_client import EmulatorControl
from checkout.processors.paypal.emulator.start import start_emulator
from checkout.senders.knocking import answers
from checkout.settings import Settings
from tests.ports import free_port
from tests.town import REPOSITORY, STOP_SECONDS, wait_for
from webhooks.commands.demo.customer import Customer
from webhooks.commands.main import COMMANDS, root

pytestmark = pytest.mark.timeout(600)

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
SECONDS = 60
WITHIN = ("Into your shop", "The back office")
"""Sections about a shop that runs already."""
LASTING = {"serve": "is open", "worker": "at work"}
"""Commands that run until they are stopped, and what they say once they do their work."""


def section(heading: str) -> str:
    """Give the text under a heading of the README."""
    found = re.search(rf"^## {re.escape(heading)}$(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL)
    assert found, heading
    return found[1]


def blocks(text: str, language: str) -> list[str]:
    """Give the fenced blocks of a language, without their indentation."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
    return ["\n".join(line.removeprefix(indent) for line in body.splitlines()) for indent, body in found]


def commands(text: str) -> list[str]:
    """Give each command of the shell blocks."""
    return [line for block in blocks(text, "sh") for line in block.splitlines() if line.strip()]


@dataclass(slots=True)
class Shell:
    """A newcomer's terminal, in a folder of its own."""

    folder: Path
    emulator: EmulatorControl
    port: int
    replaced: dict[str, str] = field(default_factory=dict)
    lasting: list[subprocess.Popen[bytes]] = field(default_factory=list)
    ran: list[str] = field(default_factory=list)

    def write_env(self, *dotenv: str, **instead: str) -> None:
        """Write the README's settings to `.env`, those that need the world replaced by the emulator's."""
        told = self.emulator.settings()
        lines = dict(line.split("=", 1) for block in dotenv for line in block.splitlines())
        lines |= {
            "BASE_URL": f"http://127.0.0.1:{self.port}",
            "PAYPAL_ENVIRONMENT": "emulator",
            "PAYPAL_BASE_URL": self.emulator.base_url,
            "PAYPAL_CLIENT_ID": told["client_id"],
            "PAYPAL_CLIENT_SECRET": told["client_secret"],
            "PAYPAL_MERCHANT_ID": told["merchant"]["merchant_id"],
            "PAYPAL_ISSUER_FILE": str(self.folder / "issuer.pem"),
        }
        lines |= instead
        (self.folder / ".env").write_text(
            "".join(f"{name}={value}\n" for name, value in lines.items()), "utf-8"
        )

    def run(self, command: str) -> str:
        """Run a command of the README to its end, or until it does its work. Returns what it said."""
        self.ran.append(command)
        for text, instead in self.replaced.items():
            command = command.replace(text, instead)
        words = shlex.split(command)
        if words[0] == "checkout" and words[1] in LASTING:
            return self._leave_running(command, LASTING[words[1]])
        ran = subprocess.run(
            ["bash", "-c", command], check=False, capture_output=True, text=True, cwd=self.folder, env=self.environment(),
            timeout=SECONDS,
        )  # fmt: skip
        assert ran.returncode == 0, f"{command}\n{ran.stdout}{ran.stderr}"
        return ran.stdout

    def type(self, command: str) -> str:
        """Run one `checkout` command of the README to its end without a process of its own. Returns what it said."""
        self.ran.append(command)
        for text, instead in self.replaced.items():
            command = command.replace(text, instead)
        program, *arguments = shlex.split(command)
        assert program == "checkout"
        with (
            chdir(self.folder),
            mock.patch.dict(os.environ, self.environment(), clear=True),
            mock.patch.object(opening, "configure_logging"),
        ):
            result = CliRunner().invoke(root, arguments, prog_name=program)
        assert result.exit_code == 0, f"{command}\n{result.output}"
        return result.stdout

    def _leave_running(self, command: str, ready: str) -> str:
        command += f" --port {self.port}" if "serve" in command and "--port" not in command else ""
        log = self.folder / f"{len(self.lasting)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                ["bash", "-c", f"exec {command}"],
                cwd=self.folder,
                env=self.environment(),
                stdout=output,
                stderr=output,
            )
        self.lasting.append(process)
        wait_for(
            lambda: ready in log.read_text() or process.poll() is not None, seconds=SECONDS, what=command
        )
        assert process.poll() is None, log.read_text()
        return log.read_text()

    def stop(self) -> None:
        """Stop what is left running, as the README says it can be."""
        for process in self.lasting:
            process.terminate()
        assert [process.wait(STOP_SECONDS) for process in self.lasting] == [0] * len(self.lasting)
        self.lasting.clear()

    def environment(self) -> dict[str, str]:
        """What the terminal's commands find: nothing of the shop that whoever runs the tests may have."""
        own = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
        path = os.pathsep.join([str(self.folder / "bin"), os.environ["PATH"]])
        return own | {"PATH": path, "PYTHONPATH": str(REPOSITORY)}


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """Give a terminal in which `checkout` is this working copy's."""
    (tmp_path / "bin").mkdir()
    checkout = tmp_path / "bin" / "checkout"
    checkout.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m webhooks "$@"\n', encoding="utf-8")
    checkout.chmod(0o755)
    with start_emulator(issuer_file=tmp_path / "issuer.pem") as emulator:
        opened = Shell(tmp_path, emulator, free_port())
        yield opened
        for process in opened.lasting:
            process.kill()
            process.wait()


def buy(shell: Shell) -> Customer:
    """Let a customer buy tea in the shop that is open."""
    customer = Customer("Hal", f"http://127.0.0.1:{shell.port}/")
    customer.open(customer.shop_url)
    customer.open(customer.page.link("/products/"))
    customer.send(customer.page.form("/products/a-pot-of-tea"), email="hal@example.org", quantity="1")
    customer.send(customer.page.form("/checkoutnow"), choice="pay")
    assert customer.page.heading == "Payment received"
    return customer


def test_a_paid_order_in_five_minutes(shell: Shell) -> None:
    clone, enter, demo, run = commands(section("A paid order in five minutes"))
    assert clone.split()[:2] == ["git", "clone"]
    here = clone.replace("git clone", "git clone --quiet --no-checkout").replace(
        "REPOSITORY", str(REPOSITORY)
    )
    # Whoever runs the tests need not own the repository.
    anybody = shell.folder / "gitconfig"
    anybody.write_text("[safe]\n\tdirectory = *\n", encoding="utf-8")
    environment = shell.environment() | {"GIT_CONFIG_GLOBAL": str(anybody)}
    subprocess.run(["bash", "-c", f"{here} && {enter}"], check=True, cwd=shell.folder, env=environment)
    for command, runs in ((demo, "checkout demo"), (run, "checkout demo --keep")):
        assert command.split()[0] == "make"
        asked = ["make", "--no-print-directory", "--dry-run", "--always-make", *command.split()[1:]]
        said = subprocess.run(asked, check=True, capture_output=True, text=True, cwd=REPOSITORY).stdout
        assert said.rstrip().endswith(runs)


def test_the_sandbox_then_live_then_where_the_money_is(shell: Shell) -> None:
    sandbox = section("PayPal's sandbox")
    path, secret, private, add, register, serve, doctor, link = commands(sandbox)
    shell.run(path)
    key = shell.run(secret).strip()
    (settings,) = blocks(sandbox, "dotenv")
    shell.write_env(settings, SECRET_KEY=key)
    shell.run(private)
    assert (shell.folder / ".env").stat().st_mode & 0o777 == 0o600
    shell.run(add)
    registered = shell.run(register)
    line = next(line for line in registered.splitlines() if line.startswith("PAYPAL_WEBHOOK_IDS="))
    shell.write_env(settings, line, SECRET_KEY=key)
    shell.run(serve)
    assert "no problems" in shell.run(doctor)
    assert f":{shell.port}/pay/" in shell.run(link)
    customer = buy(shell)

    said = [shell.type(command) for head in WITHIN for command in commands(section(head))]
    for telling, begins in zip(said, ("dck_sandbox_", "whsec_", "/office/welcome"), strict=True):
        assert begins in telling

    _live(shell, settings, line, key)

    trouble = section("Where is the money, when something goes wrong?")
    number = shell.type("checkout orders list").splitlines()[1].split()[0]
    shell.replaced = {"QXK3-7MWB-TR2H": number}
    wait_for(lambda: "done" in shell.type("checkout inbox list"), what="the webhook")
    said = [shell.type(command) for command in commands(trouble)]
    assert said[0].startswith("EUR 23.80 was taken")
    assert any("The books are true" in one for one in said)
    assert customer.page.url.startswith(f"http://127.0.0.1:{shell.port}/orders/")
    shell.stop()


def _live(shell: Shell, settings: str, line: str, key: str) -> None:
    live = section("Live")
    (changes,) = blocks(live, "dotenv")
    assert "PAYPAL_ENVIRONMENT=live" in changes
    shell.write_env(settings, changes, line, SECRET_KEY=key, SMTP_URL="")
    register, doctor, orders = commands(live)
    assert "It was there already" in shell.run(register)
    assert "no problems" in shell.run(doctor)
    assert "paid" in shell.run(orders)


def test_postgresql_and_more_machines(shell: Shell, postgres_url: str) -> None:
    text = section("PostgreSQL and more machines")
    (settings,) = blocks(section("PayPal's sandbox"), "dotenv")
    (database,) = blocks(text, "dotenv")
    webhook_id = shell.emulator.register_webhook(f"http://127.0.0.1:{shell.port}/webhooks/paypal")
    key = "k7Qw2mZr9Xt4Lc8Vb1Ns6Hd3Jf5Gp0Ya"
    shell.write_env(
        settings, database, DATABASE_URL=postgres_url, SECRET_KEY=key, PAYPAL_WEBHOOK_IDS=webhook_id
    )
    upgrade, serve, worker = commands(text)
    shell.replaced = {"--port 8000": f"--port {shell.port}"}
    shell.run(upgrade)
    shell.run('checkout products add "A pot of tea" 23.80 EUR')
    shell.run(serve)
    shell.run(worker)
    buy(shell)
    wait_for(lambda: list((shell.folder / "var/mail").glob("*.eml")), what="the receipt")
    assert answers("127.0.0.1", shell.port)
    shell.stop()


def test_no_command_of_the_readme_is_left_out() -> None:
    tested = [
        "A paid order in five minutes", "PayPal's sandbox", *WITHIN, "Live", "PostgreSQL and more machines",
        "Where is the money, when something goes wrong?",
    ]  # fmt: skip
    assert sorted(command for heading in tested for command in commands(section(heading))) == sorted(
        commands(README)
    )


def test_every_command_that_a_document_mentions_exists() -> None:
    documents = [REPOSITORY / "README.md", *(REPOSITORY / "docs").rglob("*.md")]
    for document in documents:
        for name in re.findall(r"`checkout ([a-z]+)", document.read_text(encoding="utf-8")):
            assert name in COMMANDS, f"{document.name} speaks of `checkout {name}`"


def test_every_setting_stands_in_the_settings_page_with_its_default() -> None:
    page = (REPOSITORY / "docs/settings.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| ([^|]+?) \|", page, re.MULTILINE))
    fields = {name.upper(): entry for name, entry in Settings.model_fields.items()}
    fields |= {f"PAYPAL_{name.upper()}": entry for name, entry in PayPalVariables.model_fields.items()}
    assert set(rows) == set(fields)
    for name, entry in fields.items():
        default = entry.default
        plain = str(default.get_secret_value() if hasattr(default, "get_secret_value") else default)
        shown = plain.lower() if isinstance(default, bool) else plain
        nothing = default in (None, (), {}) or plain == ""
        assert rows[name].startswith("none") if nothing else rows[name] == f"`{shown}`", name
