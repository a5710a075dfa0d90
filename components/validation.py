"""Errors of files that people write, all of a file at once: `file: field must ..., got value. To fix: ...`."""

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

Model = TypeVar("Model", bound=BaseModel)

LONGEST_VALUE = 60
"""Characters of a refused value that an error quotes."""


MUST = {
    "model_type": "must be a mapping of keys",
    "dict_type": "must be a mapping of keys",
    "list_type": "must be a list",
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
}
"""Types in the words of YAML's readers; pydantic's are Python's."""


SHOULD = re.compile(r"^(Input|Value|String|List) should")


class InvalidInput(ValueError):
    """What a person wrote cannot be used; the text has a line for each problem, file first and fix last."""


class InvalidFile(InvalidInput):
    """The problems of one file."""

    def __init__(self, file: str, problems: Iterable[str]):
        super().__init__("\n".join(f"{file}: {problem}" for problem in problems))


def problem(must: str, fix: str) -> PydanticCustomError:
    """What a field validator raises: `must` follows the field's name, `fix` follows `To fix:`."""
    # The texts go in as context, since the template would take braces in them for its own.
    return PydanticCustomError("house_rule", "{must}", {"must": must, "fix": fix})


def checked(model: type[Model], data: Mapping[str, Any], file: str, context: Mapping[str, Any] | None = None) -> Model:
    """`data` as `model`, or InvalidFile with every problem found."""
    try:
        return model.model_validate(data, context=dict(context or {}))
    except ValidationError as error:
        raise InvalidFile(file, (sentence(model, detail) for detail in error.errors())) from None


def read(path: Path, shown: str) -> Mapping[str, Any]:
    """The mapping that a YAML or JSON file holds; `shown` is the file's name in errors."""
    try:
        text = path.read_text()
    except FileNotFoundError:
        raise InvalidFile(
            shown, ["the file is missing. To fix: write it, or take the service off the stack."]
        ) from None
    except UnicodeDecodeError:
        raise InvalidFile(shown, ["the file must be UTF-8 text. To fix: save it as UTF-8."]) from None
    try:
        data = json.loads(text) if path.suffix == ".json" else yaml.load(text, _OnceLoader)  # noqa: S506, a SafeLoader
    except (yaml.YAMLError, json.JSONDecodeError) as error:
        where = " ".join(str(error).split())
        raise InvalidFile(shown, [f"cannot be read: {where}. To fix: correct the syntax."]) from None
    if not isinstance(data, dict):
        raise InvalidFile(shown, [f"must be a mapping of keys, got {quoted(data)}. To fix: write `key: value` lines."])
    return data


class _OnceLoader(yaml.CSafeLoader):
    """Refuses a key written twice, of which YAML's own loader silently keeps the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} is written twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


def sentence(model: type[BaseModel], detail: ErrorDetails) -> str:
    """One pydantic error in the house form."""
    field = ".".join(str(part) for part in detail["loc"])
    got = f", got {quoted(detail['input'])}"
    context = detail.get("ctx", {})
    match detail["type"]:
        case "house_rule":
            return f"{field} {context['must']}{got}. To fix: {context['fix']}."
        case "missing":
            return f"{field} is missing. To fix: add it{_such_as(model, detail['loc'])}."
        case "extra_forbidden":
            return f"{field} is not a known key{got}. To fix: {_nearest(model, detail['loc'])}."
        case "literal_error":
            return f"{field} must be {context['expected']}{got}. To fix: choose one of these."
        case _:
            must = MUST.get(detail["type"]) or SHOULD.sub("must", detail["msg"])
            must = must[0].lower() + must[1:]
            return f"{field} {must}{got}. To fix: correct it{_such_as(model, detail['loc'])}."


def quoted(value: object) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "..."


def _fields_at(model: type[BaseModel], path: tuple[int | str, ...]) -> Mapping[str, Any]:
    """The fields of the model that `path` leads to; none where it leads into free data."""
    for part in path:
        info = model.model_fields.get(str(part))
        annotation = info.annotation if info else None
        kinds = [each for each in (annotation, *get_args(annotation)) if isinstance(each, type)]
        found = next((each for each in kinds if issubclass(each, BaseModel)), None)
        if found is None:
            return {}
        model = found
    return model.model_fields


def _such_as(model: type[BaseModel], path: tuple[int | str, ...]) -> str:
    info = _fields_at(model, path[:-1]).get(str(path[-1])) if path else None
    if info is None or not info.examples:
        return ""
    return f", as in `{path[-1]}: {json.dumps(info.examples[0])}`"


def _nearest(model: type[BaseModel], path: tuple[int | str, ...]) -> str:
    known = list(_fields_at(model, path[:-1]))
    near = difflib.get_close_matches(str(path[-1]), known, n=1, cutoff=0.7)
    return f"write {near[0]} instead" if near else f"remove it (known here: {', '.join(known)})"
