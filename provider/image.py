"""A container image: built where its sources changed, pushed where the registry lacks it."""

from typing import Any

from provider import sources
from provider.kinds import Field, Progress, misfits
from provider.oci.registry import Registry, RegistryError, push
from provider.protocol import UNKNOWN, Checked, Created, Diff, Found, Resource, Values, compare

FIELDS = {
    "source": Field(str, "write it like bento:bentos/embedder"),
    "registry": Field(str, "give host:port of the registry"),
    "sources_digest": Field(str, "give provider.sources.digest(source)"),
    "username": Field(str, "give both username and password, or neither", required=False),
    "password": Field(str, "give both username and password, or neither", required=False),
}
LOGIN = ("username", "password")
"""What opens the registry today. Another one tomorrow is no change of the image."""


class Image:
    """`ref`, `digest` and `size_bytes` of what was pushed. It outlives the resource: another stack may run it."""

    def check(self, resource: Resource) -> Checked:
        failures = misfits(resource.inputs.plain, FIELDS)
        source = resource.inputs.get("source")
        if isinstance(source, str):
            try:
                sources.split(source)
            except sources.SourceError as error:
                failures.append(("source", str(error)))
        given = [name for name in LOGIN if name in resource.inputs.plain]
        if len(given) == 1:
            failures.append((given[0], f"{given[0]} must not be given alone. To fix: {FIELDS['username'].fix}."))
        return Checked(resource.inputs, failures)

    def diff(self, resource: Resource) -> Diff:
        changes = dict(compare(_lasting(resource.old_inputs), _lasting(resource.inputs)))
        if not changes and not self._present(resource):
            changes[("digest",)] = "update"
        return Diff(changes)

    def create(self, resource: Resource, progress: Progress) -> Created:
        return Created("" if resource.preview else resource.name, self._pushed(resource, progress))

    def read(self, resource: Resource) -> Found | None:
        return Found(resource.id, resource.state, resource.inputs) if self._present(resource) else None

    def update(self, resource: Resource, progress: Progress) -> Values:
        return self._pushed(resource, progress)

    def delete(self, resource: Resource, progress: Progress) -> None:
        """The image stays in the registry."""

    def _present(self, resource: Resource) -> bool:
        """Whether the registry still has it. One that does not answer counts as yes: its own resource tells of that."""
        digest, registry = resource.state.get("digest"), resource.state.get("registry")
        if not digest or digest is UNKNOWN:
            return False
        try:
            with Registry(registry, _login(resource.inputs)) as session:
                return session.has(sources.repository(resource.state.get("source")), digest)
        except RegistryError:
            return True

    def _pushed(self, resource: Resource, progress: Progress) -> Values:
        inputs = _lasting(resource.inputs)
        if resource.preview and resource.state and inputs == _lasting(resource.old_inputs):
            return resource.state  # it left the registry; what is pushed again has the same digest
        if resource.preview:
            return Values({**inputs, "ref": UNKNOWN, "digest": UNKNOWN, "size_bytes": UNKNOWN})
        start, roots = sources.spec(inputs["source"], progress)
        repository = sources.repository(inputs["source"])
        registry = inputs["registry"]
        digest, size = push(start, roots, registry, repository, progress, _login(resource.inputs))
        return Values({**inputs, "ref": f"{registry}/{repository}@{digest}", "digest": digest, "size_bytes": size})


def _lasting(inputs: Values) -> dict[str, Any]:
    """All but the login, which neither changes the image nor belongs into the outputs."""
    return {key: value for key, value in inputs.plain.items() if key not in LOGIN}


def _login(inputs: Values) -> tuple[str, str] | None:
    given = inputs.plain
    return (given["username"], given["password"]) if LOGIN[0] in given else None
