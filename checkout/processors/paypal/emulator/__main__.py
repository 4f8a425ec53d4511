"""Lets the emulator be started by `python -m checkout.processors.paypal.emulator`."""

from checkout.processors.paypal.emulator.command import emulator_command

if __name__ == "__main__":
    emulator_command()
