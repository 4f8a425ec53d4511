"""Turns the description into what its page shows: chapters, fields in plain words, and an example of each body."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """One field or parameter: its name, what it is, whether it must be there, and what is said of it."""

    name: str
    kind: str
    required: bool
    about: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One door as it is read."""

    name: str
    method: str
    path: str
    summary: str
    about: str
    parameters: list[Field]
    asked: list[Field]
    asked_example: str
    answered: list[Field]
    answer_status: str
    answer_example: str
    refusals: list[tuple[str, list[str]]]


@dataclass(frozen=True, slots=True)
class Chapter:
    """The doors of one resource."""

    name: str
    about: str
    entries: list[Entry]


def chapters(api: Json) -> list[Chapter]:
    """The description as it is read, from the first chapter to the last."""
    entries: dict[str, list[Entry]] = {tag["name"]: [] for tag in api["tags"]}
    for path, methods in api["paths"].items():
        for method, said in methods.items():
            entries[said["tags"][0]].append(_entry(api, method.upper(), path, said))
    return [Chapter(tag["name"], tag["description"], entries[tag["name"]]) for tag in api["tags"]]


@dataclass(frozen=True, slots=True)
class Part:
    """A shape that others are made of."""

    name: str
    about: str
    fields: list[Field]


def parts(api: Json) -> list[Part]:
    """Every shape that stands in another one, by its name."""
    schemas: Json = api["components"]["schemas"]
    inside = {name for one in schemas.values() for name in _names_in(one)}
    return [
        Part(name, schemas[name].get("description", ""), _fields(api, schemas[name]))
        for name in sorted(inside)
    ]


def _names_in(said: object) -> Iterator[str]:
    if isinstance(said, dict):
        if "$ref" in said:
            yield said["$ref"].rpartition("/")[2]
        said = list(said.values())
    if isinstance(said, list):
        for one in said:
            yield from _names_in(one)


def _entry(api: Json, method: str, path: str, said: Json) -> Entry:
    status = next(one for one in said["responses"] if one.startswith("2"))
    answer = _schema(said["responses"][status])
    asked = _schema(said.get("requestBody", {}))
    return Entry(
        name=said["operationId"],
        method=method,
        path=path,
        summary=said["summary"],
        about=said["description"],
        parameters=[
            Field(one["name"], _kind(one["schema"]), one["required"], one.get("description", ""))
            for one in said["parameters"]
        ],
        asked=_fields(api, asked),
        asked_example=_written(api, asked) if asked and _resolved(api, asked).get("properties") else "",
        answered=_fields(api, answer),
        answer_status=status,
        answer_example=_written(api, answer) if answer else "",
        refusals=[
            (one, [code.strip("`") for code in problem["description"].split(", ")])
            for one, problem in said["responses"].items()
            if not one.startswith("2")
        ],
    )


def _schema(said: Json) -> Json:
    content: Json = next(iter(said.get("content", {}).values()), {})
    schema: Json = content.get("schema", {})
    return schema


def _resolved(api: Json, schema: Json) -> Json:
    name = schema.get("$ref", "").rpartition("/")[2]
    found: Json = api["components"]["schemas"][name] if name else schema
    return found


def _fields(api: Json, schema: Json) -> list[Field]:
    shape = _resolved(api, schema)
    needed = shape.get("required", [])
    return [
        Field(name, _kind(one), name in needed, one.get("description", ""))
        for name, one in shape.get("properties", {}).items()
    ]


def _kind(schema: Json) -> str:
    """`integer`, `list of OrderLine`, `paid or cancelled or …`, `text or null`."""
    if "anyOf" in schema:
        return " or ".join(_kind(one) for one in schema["anyOf"])
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "enum" in schema:
        return " | ".join(schema["enum"])
    match schema.get("type"):
        case "array":
            return f"list of {_kind(schema['items'])}"
        case "string":
            return "time" if schema.get("format") == "date-time" else "text"
        case "boolean":
            return "true or false"
        case other:
            return str(other or "anything")


def _written(api: Json, schema: Json) -> str:
    return json.dumps(_example(api, schema), indent=2, ensure_ascii=False)


def _example(api: Json, schema: Json) -> object:
    """A value of this shape, made of the examples and first choices in it."""
    shape = _resolved(api, schema)
    if "examples" in shape:
        return shape["examples"][0]
    if "anyOf" in shape:
        return _example(api, shape["anyOf"][0])
    if "enum" in shape:
        return shape["enum"][0]
    match shape.get("type"):
        case "object":
            return {name: _example(api, one) for name, one in shape.get("properties", {}).items()}
        case "array":
            return [_example(api, shape["items"])]
        case "integer":
            return max(1, shape.get("minimum", 1))
        case "boolean":
            return False
        case "string":
            return "…"
        case _:
            return None
