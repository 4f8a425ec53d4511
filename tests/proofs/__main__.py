"""Runs one proof: `python -m tests.proofs lives`, `discrepancies`, `report`, `scale` or `cards`."""

from __future__ import annotations

from checkout.commands.group import LazyGroup

proofs = LazyGroup(
    "proofs",
    {
        "cards": ("tests.proofs.cards:cards", "Card numbers in every spelling: none comes past the doors."),
        "lives": ("tests.proofs.lives.command:lives", "The same lives in every way their messages may fare."),
        "discrepancies": (
            "tests.proofs.commands:discrepancies",
            "Differences of every kind: all found, none made up.",
        ),
        "scale": (
            "tests.proofs.commands:scale",
            "A large shop: every list, search and timeline answers in time.",
        ),
        "report": (
            "tests.proofs.commands:report",
            "A report of any length, in bounded memory, killed and resumed.",
        ),
    },
    help="Proofs too large for the ordinary tests. Each exits with 1 where it does not hold.",
)

if __name__ == "__main__":
    proofs(prog_name="python -m tests.proofs")
