"""The API asked what its description allows and forbids, one call and whole chains: nothing it does is undescribed.

The same examples every time here; `make fuzz` asks more, with a SEED of its own.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    missing_required_header,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from checkout.web.api.doors import DOORS
from tests.web.api.program import Program, program
from tests.web.stage import Stage, set_up

AnyCase = Case[Any]
SIZE, SEED = int(os.environ.get("FUZZ_SIZE", "5")), int(os.environ.get("FUZZ_SEED", "1"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    missing_required_header,
    unsupported_method,
]
MUCH = settings(
    max_examples=SIZE,
    stateful_step_count=8,
    deadline=None,
    database=None,
    derandomize=False,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """Give a program of a shop that has an order, a paid one and a pay link already."""
    stage: Stage = set_up(tmp_path_factory.mktemp("fuzzed"))
    made = program(stage)
    made.order()
    made.paid()
    made.post("/v1/pay-links", {"product_id": "book"})
    yield made
    stage.house.store.close()


@pytest.fixture(scope="module")
def described(shop: Program) -> BaseSchema:
    """Give the description as the shop serves it."""
    return schemathesis.openapi.from_wsgi("/v1/openapi.json", shop.stage.app)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_call_is_answered_as_described(
    described: BaseSchema, shop: Program, mode: GenerationMode
) -> None:
    headers = {"Authorization": f"Bearer {shop.key}"}
    operations = [found.ok() for found in described.get_all_operations() if isinstance(found, Ok)]
    assert len(operations) == len(DOORS)
    for one in operations:

        @seed(SEED)
        @MUCH
        @given(case=one.as_strategy(generation_mode=mode))
        def ask(case: AnyCase) -> None:
            case.call_and_validate(headers=headers, checks=CHECKS)

        ask()


def test_every_chain_of_calls_is_answered_as_described(described: BaseSchema, shop: Program) -> None:
    machine = described.as_state_machine()

    class Chain(machine):  # type: ignore[misc,valid-type] # made of the description
        def get_call_kwargs(self, _case: AnyCase) -> dict[str, object]:
            return {"headers": {"Authorization": f"Bearer {shop.key}"}}

        def validate_response(self, response: object, case: AnyCase, **_more: object) -> None:
            case.validate_response(response, checks=CHECKS)

    run_state_machine_as_test(seed(SEED)(Chain), settings=MUCH)


def test_the_fuzzing_would_notice_an_undescribed_answer(described: BaseSchema, shop: Program) -> None:
    case = described["/v1/me"]["GET"].Case()
    answer = case.call(headers={"Authorization": f"Bearer {shop.key}"})
    answer.status_code = 418
    with pytest.raises(FailureGroup, match="found 1"):
        case.validate_response(answer, checks=CHECKS)
