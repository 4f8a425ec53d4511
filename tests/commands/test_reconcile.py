"""`checkout reconcile` and `checkout discrepancies`, as they are typed."""

from tests.commands.conftest import Terminal


def late(terminal: Terminal) -> None:
    """Let the reports know everything at once."""
    terminal.emulator.reset()
    terminal.emulator.account_settings(report_lag_seconds=0)


def test_a_run_says_what_it_found_and_goes_on_where_it_was(either_terminal: Terminal) -> None:
    late(either_terminal)
    either_terminal.order(approve="balance")
    said = either_terminal.says("reconcile", "run")
    assert "1 rows compared" in said
    assert "No difference is open." in said
    (run,) = either_terminal.reads("reconcile", "run")["runs"]
    assert (run["compared"], run["found"]) == (1, 0)
    assert "compared up to" in either_terminal.says("reconcile", "status")
    (status,) = either_terminal.reads("reconcile", "status")
    assert (status["processor"], status["state"], status["open"]) == ("paypal", "done", {})


def test_events_are_pulled_on_request(terminal: Terminal) -> None:
    late(terminal)
    terminal.order(approve="balance")
    pulled = terminal.reads("reconcile", "events")
    assert pulled["new"] == pulled["listed"] > 0
    assert "0 of them had never come" in terminal.says("reconcile", "events")


def test_a_difference_is_listed_shown_and_decided_once(either_terminal: Terminal) -> None:
    late(either_terminal)
    order = either_terminal.order(approve="balance")
    (capture,) = either_terminal.emulator.captures()
    either_terminal.emulator.distort_report("amount", capture["id"], value="25.00")
    assert "1 new differences" in either_terminal.says("reconcile", "run")
    listed = either_terminal.reads("discrepancies", "list")
    assert listed["counts"] == {"amount_differs": 1}
    (one,) = listed["discrepancies"]
    assert one["ours"].startswith("captured EUR 23.80")
    assert "EUR 25.00" in one["theirs"]
    number = str(one["id"])
    assert "amount differs" in either_terminal.says("discrepancies", "list")
    assert "ours      captured EUR 23.80" in either_terminal.says("discrepancies", "show", number)
    arguments = (
        "discrepancies",
        "resolve",
        number,
        "--as",
        "adopt",
        "--reason",
        "PayPal is right",
        "--by",
        "Ada",
    )
    assert "is resolved by Ada: adopt: PayPal is right" in either_terminal.says(*arguments)
    assert "was resolved by Ada" in either_terminal.fails(*arguments)
    assert "by Ada: adopt" in either_terminal.says("discrepancies", "show", number)
    assert f"discrepancy-{number}" in either_terminal.says("orders", "show", order)
    assert "Nothing differs." in either_terminal.says("discrepancies", "list")


def test_what_is_not_there_is_said_in_one_sentence(terminal: Terminal) -> None:
    late(terminal)
    assert "There is no discrepancy '7'" in terminal.fails("discrepancies", "show", "7")
    terminal.emulator.account_settings(reports_authorized=False)
    assert "Transaction Search" in terminal.fails("reconcile", "run")
    terminal.set(PAYPAL_ENVIRONMENT="off")
    assert "No processor that is switched on has reports" in terminal.fails("reconcile", "run")
