"""PayPal's specification as a judge of answers: which schema fits a call, and what it says of a body."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from openapi_schema_validator import OAS30Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

ROOT = "urn:specification"


@dataclass(frozen=True)
class Specification:
    """One OpenAPI document."""

    document: dict[str, Any]
    registry: Any

    def faults(self, answer: requests.Response) -> list[str]:
        """Return what the specification says against this answer; nothing when it is as it should be."""
        path = str(answer.request.path_url).partition("?")[0]
        operation = self._operation(str(answer.request.method).lower(), path)
        responses = operation["responses"]
        name = str(answer.status_code)
        chosen = self._resolved(responses.get(name) or responses["default"])
        content = chosen.get("content", {}).get("application/json")
        if content is None:
            return [] if not answer.content else [f"{name} has no body: {answer.text}"]
        return self.schema_faults(answer.json(), content["schema"])

    def schema_faults(self, body: object, schema: dict[str, Any]) -> list[str]:
        """Return what a schema of the document says against a body."""
        rooted = json.loads(json.dumps(schema).replace('"#/', f'"{ROOT}#/'))
        validator = OAS30Validator(rooted, registry=self.registry)
        return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(body)]

    def named_faults(self, body: object, name: str) -> list[str]:
        """Return what a schema, by its name, says against a body."""
        return self.schema_faults(body, {"$ref": f"#/components/schemas/{name}"})

    def _operation(self, method: str, path: str) -> dict[str, Any]:
        for template, operations in self.document["paths"].items():
            pattern = re.sub(r"\{[^}]+\}", "[^/]+", template)
            if re.fullmatch(pattern, path) and method in operations:
                found: dict[str, Any] = operations[method]
                return found
        raise LookupError(f"The specification knows no {method} {path}.")

    def _resolved(self, response: dict[str, Any]) -> dict[str, Any]:
        name = response.get("$ref", "").rpartition("/")[2]
        found: dict[str, Any] = self.document["components"]["responses"][name] if name else response
        return found


def specification(path: Path) -> Specification:
    """Read an OpenAPI document."""
    document = json.loads(path.read_text(encoding="utf-8"))
    resource = Resource.from_contents(document, default_specification=DRAFT202012)
    return Specification(document, Registry().with_resource(ROOT, resource))
