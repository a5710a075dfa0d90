"""A provider plugin that plays a cloud: checks as the cloud would, and keeps what it made in a Cloud."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from provider.protocol import (
    UNKNOWN,
    Checked,
    Created,
    Diff,
    Found,
    InitFailed,
    Plugin,
    PropertyPath,
    Resource,
    Values,
    compare,
)
from tests.doubles import shapes
from tests.doubles.cloud import Cloud, Thing
from tests.doubles.faults import CloudError, with_faults
from tests.doubles.rows import Facts, Row, merged, values_at
from tests.doubles.schema import Schema
from tests.doubles.walk import Finding

Source = Callable[[Row, Mapping[str, Any]], Iterable[Finding]]
"""What a cloud's own published models say of a resource's inputs."""

CreateOnly = Callable[[str, Row, PropertyPath], bool]
"""Whether a change at a path needs a new resource, beyond what the row says."""


class Behind(Protocol):
    """What runs behind the resources whose rows serve something."""

    def start(self, thing: Thing, row: Row) -> Mapping[str, Any]:
        """Runs it, unless it runs; the outputs that lead there."""
        ...

    def stop(self, thing: Thing) -> None: ...


Function = Callable[[Cloud, Mapping[str, Any]], dict[str, Any]]


class Double(Plugin):
    """One cloud: rows by token, the sources that judge values, and the functions that programs call."""

    def __init__(
        self,
        name: str,
        schema: Schema,
        rows: Mapping[str, Row],
        source: Source,
        functions: Mapping[str, Function],
        cloud: Cloud,
        create_only: CreateOnly = lambda token, row, path: False,
        behind: Behind | None = None,
    ):
        """Without `behind`, nothing runs behind a cluster, and its address is one that leads nowhere."""
        super().__init__()
        self.name, self.version = name, schema.version
        self._schema, self._rows, self._functions = schema, rows, functions
        self._source, self._create_only = source, create_only
        self._cloud, self._behind = cloud, behind
        self._account, self._region = "", ""

    def configure(self, config: Values) -> None:
        self.log.warning("", f"REHEARSAL: this is a double of {self.name}; nothing is made in any account")
        # The SDKs send whatever is no text as JSON.
        accounts = config.get("allowedAccountIds") or "[]"
        allowed = json.loads(accounts) if isinstance(accounts, str) else accounts
        self._account = config.get("project") or next(iter(allowed), "")
        self._region = config.get("region") or ""

    def check(self, resource: Resource) -> Checked:
        row, inputs = self._row(resource.type), resource.inputs
        found = list(shapes.problems(self._schema, resource.type, inputs.plain))
        if not found:
            known = without_unknown(inputs.plain)
            found += [(path, why) for what, path, why in self._source(row, known) if what == "wrong"]
            facts = self._facts(resource, known)
            found += [problem for rule in row.rules for problem in rule(known, facts)]
        return Checked(inputs, found)

    def diff(self, resource: Resource) -> Diff:
        row = self._row(resource.type)
        changes = compare(resource.old_inputs.plain, resource.inputs.plain)
        replaces = frozenset(
            path for path in changes if path[0] in row.replaces or self._create_only(resource.type, row, path)
        )
        # What has one name only cannot stand beside its successor.
        return Diff(changes, replaces, delete_before_replace=bool(replaces and row.unique))

    def create(self, resource: Resource) -> Created:
        row = self._row(resource.type)
        if resource.preview:
            return Created("", Values(self._foreseen(row, resource), resource.inputs.secrets))
        facts = self._facts(resource, resource.inputs.plain)

        def make() -> Thing:
            self._admit(row, facts)
            id = row.id(facts)
            self._require_free(row, resource, id)
            return self._written(resource.type, row, replace(facts, id=id))

        made, usable = with_faults(self._cloud, "create", resource.type, resource.name, make)
        return Created(made.id, self._usable(resource, made, usable))

    def update(self, resource: Resource) -> Values:
        row = self._row(resource.type)
        if resource.preview:
            # Deeply: what the cloud made up within an input stays as it is.
            return Values(merged(resource.state.plain, resource.inputs.plain), resource.inputs.secrets)

        def change() -> Thing:
            if self._cloud.get(resource.type, resource.id) is None:
                raise CloudError(f"NotFound: {resource.type} {resource.id} does not exist")
            facts = self._facts(resource, resource.inputs.plain)
            self._admit(row, facts)
            return self._written(resource.type, row, facts)

        made, usable = with_faults(self._cloud, "update", resource.type, resource.name, change)
        return self._usable(resource, made, usable)

    def read(self, resource: Resource) -> Found | None:
        row = self._row(resource.type)

        def look() -> Thing | None:
            if found := self._cloud.get(resource.type, resource.id):
                return found
            things = self._cloud.things(resource.type) if row.imported_by else []
            return next((each for each in things if row.imported_by(each.inputs) == resource.id), None)

        found, _ = with_faults(self._cloud, "read", resource.type, resource.name, look)
        if found is None:
            return None
        return Found(found.id, Values(state(found)), Values(found.inputs, resource.inputs.secrets))

    def delete(self, resource: Resource) -> None:
        row = self._row(resource.type)

        def end() -> None:
            found = self._cloud.get(resource.type, resource.id)
            if found is None or row.leaves(found.inputs):
                return
            if why := row.refuses_deletion(found.inputs):
                raise CloudError(why)
            self._require_unused(found)
            if row.serves and self._behind:
                self._behind.stop(found)
            self._cloud.remove(found.token, found.id, "" if row.ends(found.inputs) else row.kept)

        with_faults(self._cloud, "delete", resource.type, resource.name, end)

    def invoke(self, token: str, arguments: Values) -> dict[str, Any]:
        if token not in self._functions:
            raise LookupError(f"no double for {token}. To fix: add it to the functions in tests/doubles/{self.name}.")
        return self._functions[token](self._cloud, {"region": self._region, **arguments.plain})

    def _row(self, token: str) -> Row:
        if token not in self._rows:
            raise LookupError(f"no double for {token}. To fix: add a row to tests/doubles/{self.name}.")
        return self._rows[token]

    def _facts(self, resource: Resource, inputs: dict[str, Any]) -> Facts:
        return Facts(
            account=inputs.get("project") or self._account,
            region=inputs.get("location") or inputs.get("region") or self._region,
            name=resource.name,
            inputs=inputs,
            id=resource.id,
            cloud=self._cloud,
        )

    def _written(self, token: str, row: Row, facts: Facts) -> Thing:
        thing = Thing(token=token, id=facts.id, inputs=facts.inputs, outputs=dict(row.outputs(facts)))
        if row.serves and self._behind:
            served = self._behind.start(thing, row)
            thing = replace(thing, outputs=merged(thing.outputs, served))
        self._cloud.put(thing)
        return thing

    def _foreseen(self, row: Row, resource: Resource) -> dict[str, Any]:
        """The state as a preview knows it: what the cloud makes up is unknown, nested in an input too."""
        unknown = dict.fromkeys(self._schema.kinds[resource.type].outputs, UNKNOWN)
        made_up = all_unknown(row.outputs(self._facts(resource, resource.inputs.plain)))
        return merged({**unknown, **resource.inputs.plain}, made_up)

    def _usable(self, resource: Resource, made: Thing, usable: bool) -> Values:
        values = Values(state(made), resource.inputs.secrets)
        if not usable:
            reason = "it was made, and did not become ready in time"
            raise InitFailed(reason, id=made.id, state=values, inputs=resource.inputs, reasons=[reason])
        return values

    def _require_free(self, row: Row, resource: Resource, id: str) -> None:
        if row.again:
            return
        mine = [resource.inputs.plain.get(key) for key in row.unique]
        for other in self._cloud.things(resource.type) + self._cloud.things(resource.type, kept=True):
            taken = any(mine) and mine == [other.inputs.get(key) for key in row.unique]
            if taken or other.id == id:
                kept = f" ({other.kept})" if other.kept else ""
                what = ", ".join(f"{key} {value!r}" for key, value in zip(row.unique, mine, strict=True)) or id
                raise CloudError(f"AlreadyExists: {resource.type} with {what} exists already{kept}")

    def _admit(self, row: Row, facts: Facts) -> None:
        """What it refers to is there, and nothing there is in its way."""
        for reference in row.refers:
            others = [each for token in reference.tokens for each in self._cloud.things(token)]
            there = {named(each, reference.output) for each in others}
            for value in values_at(facts.inputs, reference.path):
                if value and value not in there:
                    wanted = " or ".join(token.rpartition(":")[2] for token in reference.tokens)
                    raise CloudError(f"NotFound: {reference.path} names the {wanted} {value!r}, which does not exist")
        for conflict in row.conflicts:
            for path, why in conflict(facts.inputs, facts):
                raise CloudError(f"{why} ({path})")

    def _require_unused(self, thing: Thing) -> None:
        for token, row in self._rows.items():
            for reference in row.refers:
                if not reference.holds or thing.token not in reference.tokens:
                    continue
                mine = named(thing, reference.output)
                for other in self._cloud.things(token):
                    if mine in values_at(other.inputs, reference.path):
                        raise CloudError(f"DependencyViolation: {thing.id} is in use by {token} {other.id}")


def state(thing: Thing) -> dict[str, Any]:
    """As the provider gives it: what was asked for, and what the cloud made up."""
    return merged(thing.inputs, thing.outputs)


def named(thing: Thing, output: str) -> Any:
    """What another resource calls it by."""
    return thing.id if output == "id" else state(thing).get(output)


def without_unknown(value: Any) -> Any:
    """The same without what a preview does not know yet; a list keeps its other elements."""
    if isinstance(value, Mapping):
        return {key: without_unknown(each) for key, each in value.items() if each is not UNKNOWN}
    if isinstance(value, list):
        return [without_unknown(each) for each in value if each is not UNKNOWN]
    return value


def all_unknown(value: Any) -> Any:
    """The same mappings with nothing known in them."""
    return {key: all_unknown(each) for key, each in value.items()} if isinstance(value, Mapping) else UNKNOWN
