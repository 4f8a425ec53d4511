"""The API asked what its description allows and forbids, one call and whole chains: nothing it does is undescribed.

The same examples every time here; `make fuzz` asks more, with a SEED of its own.
"""

import os
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from schemathesis import Case, GenerationMode, Response
from schemathesis.checks import CheckContext, not_a_server_error
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
from tests.web.api.program import ORDER, Program, program, said
from tests.web.stage import Stage, set_up

AnyCase = Case[Any]
SIZE, SEED = int(os.environ.get("FUZZ_SIZE", "5")), int(os.environ.get("FUZZ_SEED", "1"))


def refuses_what_is_not_allowed(ctx: CheckContext, response: Response, case: AnyCase) -> bool | None:
    """The library's own check, which does not know that too much is refused by 413."""
    too_much = response.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    return None if too_much else negative_data_rejection(ctx, response, case)


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    refuses_what_is_not_allowed,
    missing_required_header,
    unsupported_method,
]
IN_CHAINS = [one for one in CHECKS if one is not refuses_what_is_not_allowed]
"""What a chain takes over from an answer may make right what was meant to be wrong."""
BEGINNINGS: dict[str, Any] = {
    "POST /v1/orders": ORDER,
    "POST /v1/pay-links": {"product_id": "book"},
    "POST /v1/endpoints": {"url": "https://shop.example/hooks"},
}
"""Chance alone seldom writes a whole order that can be; the chains that follow from one are the point."""
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
    # The key is ours to send: a wrong one would be refused before anything else is looked at.
    config = schemathesis.Config.from_dict({"generation": {"with-security-parameters": False}})
    return schemathesis.openapi.from_wsgi("/v1/openapi.json", shop.stage.app, config=config)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_call_is_answered_as_described(
    described: BaseSchema, shop: Program, mode: GenerationMode
) -> None:
    headers = {"Authorization": f"Bearer {shop.key}"}
    operations = [found.ok() for found in described.get_all_operations() if isinstance(found, Ok)]
    assert len(operations) == len(DOORS)
    for one in operations:
        raw = one.definition.raw
        if mode is GenerationMode.NEGATIVE and not raw["parameters"] and "requestBody" not in raw:
            continue  # nothing is asked there that could be wrong

        @seed(SEED)
        @MUCH
        @given(case=one.as_strategy(generation_mode=mode))
        def ask(case: AnyCase) -> None:
            case.call_and_validate(headers=headers, checks=CHECKS)

        ask()


def test_every_chain_of_calls_is_answered_as_described(described: BaseSchema, shop: Program) -> None:
    machine = described.as_state_machine()

    before = len(said(shop.get("/v1/orders", limit=100))["data"])

    class Chain(machine):  # type: ignore[misc,valid-type] # made of the description
        def get_call_kwargs(self, _case: AnyCase) -> dict[str, object]:
            return {"headers": {"Authorization": f"Bearer {shop.key}"}}

        def before_call(self, case: AnyCase) -> None:
            case.body = BEGINNINGS.get(case.operation.label, case.body)

        def validate_response(self, response: object, case: AnyCase, **_more: object) -> None:
            case.validate_response(response, checks=IN_CHAINS)

    run_state_machine_as_test(seed(SEED)(Chain), settings=MUCH)
    assert len(said(shop.get("/v1/orders", limit=100))["data"]) > before


def test_the_fuzzing_would_notice_an_undescribed_answer(described: BaseSchema, shop: Program) -> None:
    case = described["/v1/me"]["GET"].Case()
    answer = case.call(headers={"Authorization": f"Bearer {shop.key}"})
    answer.status_code = 418
    with pytest.raises(FailureGroup, match="found 1"):
        case.validate_response(answer, checks=CHECKS)
