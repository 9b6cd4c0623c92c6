"""The shapes of the public JSON as JSON Schema, made of the same classes that check and encode them.

What clients send comes from `requests` and the checks of `shapes`, what they get from `responses`; what a
field means comes from `glossary`.
"""

from collections.abc import Iterable, Iterator
from types import NoneType
from typing import Any, get_args

import msgspec
from attrs import NOTHING, Attribute, fields
from msgspec import UNSET

from .glossary import TAG, Form, word_for
from .requests import OPERATIONS, PLACE, Entries
from .shapes import CHECKS

# JSON Schema is JSON: each key says what is under it.
Schema = dict[str, Any]

_REF = "#/components/schemas/"


def ref(name: str) -> Schema:
    """A schema that stands among the components of the document, by its name."""
    return {"$ref": f"{_REF}{name}"}


def any_of(schemas: Iterable[Schema]) -> Schema:
    """What fits one of some schemas, or the only one."""
    each = list(schemas)
    return each[0] if len(each) == 1 else {"anyOf": each}


def answer_schemas(types: Iterable[type]) -> dict[str, Schema]:
    """Every class that occurs in these answers, by its name."""
    _, found = msgspec.json.schema_components(types, ref_template=f"{_REF}{{name}}")
    for name, schema in found.items():
        properties = schema.get("properties", {})
        for key, value in properties.items():
            properties[key] = _described(name, TAG if _is_tag(value) else key, value)
    return found


def _is_tag(schema: Schema) -> bool:
    return list(schema) == ["enum"] and len(schema["enum"]) == 1


def request_schemas(types: Iterable[type]) -> dict[str, Schema]:
    """The bodies that these classes check, by their names."""
    return {cls.__name__: _body(cls) for cls in types}


def message_schema(op: str, cls: type) -> Schema:
    """A message that asks for an operation: what the operation needs, and the name of its answer."""
    schema = _entry(op, cls)
    message_id = _described(cls.__name__, "id", {"type": ["string", "integer", "null"]})
    return schema | {
        "properties": schema["properties"] | {"id": message_id},
        "required": [*dict.fromkeys([*schema["required"], "op"])],
    }


def query_schema(query: type) -> Schema:
    """A query as an object, for documents that have it so."""
    schema = _body(query)
    for each in parameters(query):
        schema["properties"][each["name"]] = each["schema"] | {"description": each["description"]}
    return schema


def parameters(query: type) -> Iterator[Schema]:
    """The parameters of a query, as OpenAPI has them."""
    for attribute in fields(query):
        schema, _ = _field(attribute)
        yield {
            "name": attribute.name,
            "in": "query",
            "required": attribute.default is NOTHING,
            "description": word_for(query.__name__, attribute.name).says,
            "schema": schema,
        }


def _body(cls: type) -> Schema:
    """An object with the fields of a class, and no others."""
    attributes = fields(cls)
    return {
        "type": "object",
        "description": cls.__doc__,
        "properties": {
            attribute.name: _described(cls.__name__, attribute.name, _nullable(attribute))
            for attribute in attributes
        },
        "required": [each.name for each in attributes if each.default is NOTHING],
        "additionalProperties": False,
    }


def _entry(name: str, cls: type) -> Schema:
    """An entry of a batch: the fields of what it asks for, and its op."""
    schema = _body(cls)
    op = _described(cls.__name__, "op", {"const": name})
    required = schema["required"] + ([] if name == PLACE else ["op"])
    return schema | {"properties": {"op": op} | schema["properties"], "required": required}


def _nullable(attribute: "Attribute[Any]") -> Schema:
    schema, is_nullable = _field(attribute)
    return {"anyOf": [schema, {"type": "null"}]} if is_nullable else schema


def _field(attribute: "Attribute[Any]") -> tuple[Schema, bool]:
    """The rule of a field, and whether null is as good as leaving it out."""
    kinds = set(get_args(attribute.type) or (attribute.type,))
    (kind,) = kinds - {NoneType}
    schema = dict(CHECKS[kind].schema)
    if kind is Entries:
        schema["items"] = {"anyOf": [_entry(name, cls) for name, cls in OPERATIONS.items()]}
    if isinstance(attribute.default, str | int):
        schema["default"] = attribute.default
    return schema, NoneType in kinds


def _described(shape: str, name: str, schema: Schema) -> Schema:
    word = word_for(shape, name)
    described = _with_form(schema, word.form) | {"description": word.says}
    return described if word.example is UNSET else described | {"examples": [word.example]}


def _with_form(schema: Schema, form: Form) -> Schema:
    """A schema whose texts look as the form says."""
    if "anyOf" in schema:
        return schema | {"anyOf": [_with_form(each, form) for each in schema["anyOf"]]}
    return schema | form if schema.get("type") == "string" else schema
