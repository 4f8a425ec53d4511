"""What docs/emulator.md promises exists: every fault has an example that can be ordered, every path answers."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from checkout.processors.paypal.emulator.command import emulator_command
from checkout.processors.paypal.emulator.control_client import ControlFailedError, EmulatorControl
from checkout.processors.paypal.emulator.faults import KINDS

REPOSITORY = Path(__file__).parents[4]
TEXT = (REPOSITORY / "docs" / "emulator.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```json\n(.*?)\n```", TEXT, re.MULTILINE | re.DOTALL)
PATHS = sorted(set(re.findall(r"`GET (/control/[a-z]+)`", TEXT)))


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_of_a_fault_can_be_ordered(emulator: EmulatorControl, example: str) -> None:
    wish = json.loads(example)
    ordered = emulator.call("POST", "/control/faults", wish)
    assert ordered["kind"] == wish["kind"]


def test_every_fault_has_an_example() -> None:
    shown = {json.loads(example)["kind"].partition(":")[0] for example in EXAMPLES}
    assert shown == KINDS.keys()


@pytest.mark.parametrize("path", [path for path in PATHS if path != "/control/issuer"])
def test_every_list_that_is_documented_answers(emulator: EmulatorControl, path: str) -> None:
    assert isinstance(emulator.call("GET", path), dict)


def test_what_is_not_documented_does_not_answer(emulator: EmulatorControl) -> None:
    assert PATHS
    with pytest.raises(ControlFailedError, match="404"):
        emulator.call("GET", "/control/nothing")


def test_every_option_that_is_documented_exists_and_the_other_way_round() -> None:
    table = TEXT.partition("| option")[2].partition("\n\n")[0]
    documented = set(re.findall(r"--[a-z][a-z-]+", table))
    offered = set(re.findall(r"--[a-z][a-z-]+", CliRunner().invoke(emulator_command, ["--help"]).output))
    assert documented == offered - {"--help"}
