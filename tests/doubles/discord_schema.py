"""Discord's OpenAPI document as fast validators of request bodies, one per route and built when first needed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from doubles.discord_world import Json

SPEC = Path(__file__).parents[3] / "shared" / "specs" / "discord-openapi.json"
_METHODS = ("get", "post", "put", "patch", "delete")


class Schema:
    """The document, or nothing where the shared folder is absent: then every body passes."""

    def __init__(self) -> None:
        document = json.loads(SPEC.read_text(encoding="utf-8")) if SPEC.exists() else {"paths": {}}
        self.paths: Json = document["paths"]
        self.schemas: Json = document.get("components", {}).get("schemas", {})
        self._validators: dict[str, Any] = {}
        self._class: Any = None
        if self.schemas:
            _loosen(self.schemas)
            self._class = _validator_class(self.schemas)

    @property
    def present(self) -> bool:
        """Whether there is anything to check against."""
        return self._class is not None

    def operation(self, method: str, template: str) -> Json | None:
        """The description of a route."""
        found = self.paths.get(template, {}).get(method.lower())
        return found if isinstance(found, dict) else None

    def faults(self, method: str, template: str, body: Any) -> list[tuple[tuple[Any, ...], str]]:
        """What a request body breaks, with the path to each place; empty when it is fine or nothing is known."""
        operation = self.operation(method, template)
        content = (operation or {}).get("requestBody", {}).get("content", {}).get("application/json")
        if content is None or self._class is None:
            return []
        return self._check(f"{method} {template}", content["schema"], body)

    def answer_faults(self, name: str, body: Any) -> list[tuple[tuple[Any, ...], str]]:
        """What an answer of the double itself breaks, against a schema by name."""
        return self._check(name, {"$ref": f"#/components/schemas/{name}"}, body) if self._class else []

    def _check(self, key: str, schema: Json, body: Any) -> list[tuple[tuple[Any, ...], str]]:
        validator = self._validators.get(key)
        if validator is None:
            validator = self._validators[key] = self._class(schema)
        return [(tuple(error.absolute_path), error.message[:300]) for error in validator.iter_errors(body)]


_shared: list[Schema] = []


def schema() -> Schema:
    """The document, read once a process."""
    if not _shared:
        _shared.append(Schema())
    return _shared[0]


def _loosen(schemas: Json) -> None:
    """Where the document is stricter than Discord: ids may be numbers, permissions may be strings."""
    schemas["SnowflakeType"] = {
        "anyOf": [{"type": "string", "pattern": "^(0|[1-9][0-9]*)$"}, {"type": "integer", "minimum": 0}]
    }
    for name in ("ApplicationCommandUpdateRequest", "ApplicationCommandCreateRequest"):
        properties = schemas[name]["properties"]
        properties["default_member_permissions"] = {
            "anyOf": [properties["default_member_permissions"], {"type": "string", "pattern": "^[0-9]+$"}]
        }


def _kinds(schemas: Json, variant: Json) -> list[Any] | None:
    """The values of `type` that a variant is for."""
    name = variant.get("$ref", "").rsplit("/", 1)[-1]
    target = schemas.get(name, variant)
    kinds = target.get("properties", {}).get("type", {}).get("enum") if isinstance(target, dict) else None
    return kinds if isinstance(kinds, list) else None


def _validator_class(schemas: Json) -> Any:
    """JSON Schema with references looked up directly and unions decided by `type`, for speed and clear messages."""
    from jsonschema import Draft202012Validator, ValidationError, validators

    def ref(validator: Any, target: str, instance: Any, _: Any) -> Iterator[Any]:
        yield from validator.descend(instance, schemas[target.rsplit("/", 1)[-1]])

    def union(validator: Any, variants: list[Json], instance: Any, _: Any) -> Iterator[Any]:
        if isinstance(instance, dict) and "type" in instance:
            known = [(one, _kinds(schemas, one)) for one in variants]
            if any(kinds for _, kinds in known):
                for one, kinds in known:
                    if kinds and instance["type"] in kinds:
                        yield from validator.descend(instance, one)
                        return
                yield ValidationError(f"the type {instance['type']!r} cannot stand here")
                return
        failures = []
        for one in variants:
            errors = list(validator.descend(instance, one))
            if not errors:
                return
            failures.append(errors)
        real = [errors for one, errors in zip(variants, failures, strict=True) if one.get("type") != "null"]
        yield from real[0] if len(real) == 1 else [ValidationError(f"{str(instance)[:200]} fits none of the shapes")]

    return validators.extend(Draft202012Validator, {"$ref": ref, "oneOf": union, "anyOf": union})
