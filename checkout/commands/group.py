"""A group of commands that are imported only when they are called, and errors said in one sentence."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING

import click

from checkout.domain.errors import CheckoutError

if TYPE_CHECKING:
    from collections.abc import Mapping

GUARDED = (
    "This looks like a card number, so nothing was done with it. Card numbers are entered only on the payment"
    " processor's own page, never here."
)


class Commands(click.Group):
    """A group that says which command was probably meant."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which one was probably meant."""
        known = self.list_commands(ctx)
        if args and not args[0].startswith("-") and args[0] not in known:
            near = get_close_matches(args[0], known, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else f" There are: {', '.join(known)}."
            ctx.fail(f"There is no command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)


class LazyGroup(Commands):
    """Commands by name, each as (`module:attribute`, its line of help).

    A whole shop takes a second to import; nobody who asks for help, or lists products, should wait for the
    parts they do not use.
    """

    def __init__(self, name: str, commands: Mapping[str, tuple[str, str]], *, help: str) -> None:  # noqa: A002 -- click's own word
        super().__init__(name, help=help, no_args_is_help=True)
        self._lazy = commands

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order they were given: what a newcomer needs first comes first."""
        del ctx
        return list(self._lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        del ctx
        if cmd_name not in self._lazy:
            return None
        module, _, attribute = self._lazy[cmd_name][0].partition(":")
        found: click.Command = getattr(import_module(module), attribute)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self._lazy.items()])


class WholeCommandLine(LazyGroup):
    """The root: card numbers are refused before anything is read, known errors end in one sentence."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuse the whole line where any of it is a card number; nothing of it is repeated."""
        from checkout.domain.cards import holds_card_number  # noqa: PLC0415 -- not for --help

        if any(holds_card_number(said) for said in args) or holds_card_number(" ".join(args), split=True):
            raise click.UsageError(GUARDED, ctx)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; what goes wrong on purpose is said and ends with 1, without a traceback."""
        try:
            return super().invoke(ctx)
        except CheckoutError as known:
            raise click.ClickException(str(known)) from known
        except OSError as refused:
            if refused.filename is None or isinstance(refused, BrokenPipeError):
                raise
            message = f"{refused.filename}: {refused.strerror}."
            raise click.ClickException(message) from refused
