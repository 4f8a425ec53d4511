"""What happens to the money afterwards: a refund, a dispute, and a difference that somebody planted."""

from __future__ import annotations

import json
import os
from contextlib import chdir
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner

from checkout.domain.errors import CheckoutError
from checkout.domain.orders import OrderState
from checkout.store import orders
from webhooks.commands.demo.waiting import wait_until

if TYPE_CHECKING:
    from click.testing import Result

    from webhooks.commands.demo.stage import Stage
    from webhooks.commands.demo.telling import Teller

PLANTED = "4.20"


class CommandFailedError(CheckoutError):
    """A command of the shop that did not do what the demo needs of it."""

    def __init__(self, arguments: tuple[str, ...], said: str) -> None:
        super().__init__(f"`checkout {' '.join(arguments)}` failed: {said.strip()[-500:]}")


@dataclass(frozen=True, slots=True)
class Afterwards:
    """Plays the operator, by the shop's own command line, and PayPal's people."""

    stage: Stage
    teller: Teller

    def gives_a_part_back(self, token: str) -> None:
        """The operator refunds a part of an order."""
        number = self._number(token)
        self.teller.say(f"the operator: checkout refunds give {number} --amount 5.00")
        (refund,) = self._asked("refunds", "give", number, "--amount", "5.00")
        self.teller.check(f"5.00 EUR is {refund['said']}", holds=refund["arrived"] == "completed")
        self._await_state(token, OrderState.PARTIALLY_REFUNDED)

    def gives_in_to_a_dispute(self, token: str) -> None:
        """A customer contests a payment; its webhook tells the shop, and the operator gives in."""
        number = self._number(token)
        dispute = self.stage.emulator.open_dispute(self._capture(token))["dispute_id"]
        self.teller.say(f"Ben opens a dispute at PayPal: {dispute}")
        known = wait_until(lambda: dispute in str(self._asked("disputes", "list")))
        self.teller.check("`checkout disputes list` shows it with its deadline", holds=known)
        refused = self._run("refunds", "give", number)
        self.teller.check(
            "a refund beside the dispute is refused: the customer could get the money twice",
            holds=refused.exit_code == 1 and "dispute" in refused.stderr,
            otherwise=refused.stderr,
        )
        self.teller.say(f"the operator: checkout disputes accept {dispute}")
        self._asked("disputes", "accept", dispute, "--note", "The pot arrived broken; we are sorry.")
        self._await_state(token, OrderState.REFUNDED)

    def finds_a_planted_difference(self, token: str) -> None:
        """PayPal's report says something else than the books; the operator looks, and decides."""
        self.stage.emulator.account_settings(report_lag_seconds=0)
        capture = self._capture(token)
        self.stage.emulator.distort_report("amount", capture, value=PLANTED)
        self.teller.say(f"somebody alters PayPal's report: of Cleo's payment it says {PLANTED} EUR")
        found = self._asked_in_trouble("reconcile", "run")
        self.teller.say("the operator: checkout reconcile run, then checkout discrepancies list")
        listed = self._asked("discrepancies", "list")["discrepancies"]
        about = [one for one in listed if one["subject"] == capture]
        shown = ", ".join(
            f"{one['kind'].replace('_', ' ')}: ours {one['ours']}, PayPal's {one['theirs']}" for one in about
        )
        self.teller.check(f"it is found, and nothing else: {shown}", holds=len(listed) == len(about) == 1,
                          otherwise=f"{listed or found}")  # fmt: skip
        for one in about:
            reason = "The report was altered for the demo; PayPal's own page shows 23.80."
            self._asked("discrepancies", "resolve", str(one["id"]), "--as", "ignore", "--reason", reason)
        self.stage.emulator.clear_distortions()
        left = self._asked("discrepancies", "list")["discrepancies"]
        self.teller.check(
            "after the operator's decision nothing is open", holds=not left, otherwise=f"{left}"
        )

    def proves_the_books(self) -> None:
        """What an operator can run at any time."""
        told = self._asked("ledger", "verify")
        self.teller.check(
            f"no line of the ledger was changed: its chain of {told['lines']} holds", holds=told["true"]
        )
        self.teller.check(
            "everything that must always be true is true", holds=self._asked("invariants")["hold"]
        )

    def _number(self, token: str) -> str:
        with self.stage.house.store.read() as tx:
            order = orders.by_token(tx, token)
        return order.id if order else token

    def _capture(self, token: str) -> str:
        trace = self._asked("orders", "show", self._number(token))
        facts = [fact for payment in trace["payments"] for fact in payment["facts"]]
        return next(str(fact["subject"]) for fact in facts if fact["kind"] == "captured")

    def _await_state(self, token: str, state: OrderState) -> None:
        def reached() -> bool:
            with self.stage.house.store.read() as tx:
                order = orders.by_token(tx, token)
            return order is not None and order.state is state

        self.teller.check(f"the order is {state}", holds=wait_until(reached))

    def _asked(self, *arguments: str) -> Any:  # noqa: ANN401 -- whatever the command says
        """What a command of the shop says, as programs read it."""
        done = self._run(*arguments)
        if done.exit_code != 0:
            raise CommandFailedError(arguments, done.stderr or repr(done.exception))
        return json.loads(done.stdout)

    def _asked_in_trouble(self, *arguments: str) -> Any:  # noqa: ANN401 -- whatever the command says
        """The same of a command that exits with 1 where it found something."""
        return json.loads(self._run(*arguments).stdout)

    def _run(self, *arguments: str) -> Result:
        """The command itself, in this process: starting one for each would take most of the demo's time."""
        from webhooks.commands.main import root  # noqa: PLC0415 -- the root imports this command

        foreign = dict.fromkeys(os.environ)
        with chdir(self.stage.folder):
            return CliRunner().invoke(root, [*arguments, "--json"], env=foreign | self.stage.variables)
