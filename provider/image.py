"""A container image: built where its sources changed, pushed where the registry lacks it, signed if the stack signs."""

from typing import Any

from provider import sources
from provider.kinds import Field, Progress, misfits
from provider.oci.registry import Login, Registry, RegistryError, push
from provider.protocol import UNKNOWN, Checked, Created, Diff, Found, Resource, Values, compare
from provider.signatures import cosign, keys

FIELDS = {
    "source": Field(str, "write it like bento:bentos/embedder"),
    "registry": Field(str, "give host:port of the registry"),
    "sources_digest": Field(str, "give provider.sources.digest(source)"),
    "signing_key": Field(str, "give the public key in PEM, or none", required=False),
    "username": Field(str, "give both username and password, or neither", required=False),
    "password": Field(str, "give both username and password, or neither", required=False),
}
LOGIN = ("username", "password")
"""What opens the registry today. Another one tomorrow is no change of the image."""
EARLIER = 3
"""Images that may run still: as many as a Deployment of ours keeps for a rollback."""
MADE = ("ref", "digest", "size_bytes", "verified")


class Image:
    """What was pushed. It outlives the resource: another stack may run it."""

    def check(self, resource: Resource) -> Checked:
        failures = misfits(resource.inputs.plain, FIELDS)
        source, key = resource.inputs.get("source"), resource.inputs.get("signing_key")
        if isinstance(source, str):
            try:
                sources.split(source)
            except sources.SourceError as error:
                failures.append(("source", str(error)))
        if isinstance(key, str):
            try:
                keys.load_public(key)
            except keys.InvalidKey as error:
                failures.append(("signing_key", str(error)))
        given = [name for name in LOGIN if name in resource.inputs.plain]
        if len(given) == 1:
            failures.append((given[0], f"{given[0]} must not be given alone. To fix: {FIELDS['username'].fix}."))
        return Checked(resource.inputs, failures)

    def diff(self, resource: Resource) -> Diff:
        changes = dict(compare(_lasting(resource.old_inputs), _lasting(resource.inputs)))
        if not changes and not _present(resource):
            changes[("digest",)] = "update"
        return Diff(changes)

    def create(self, resource: Resource, progress: Progress) -> Created:
        return Created("" if resource.preview else resource.name, _pushed(resource, progress))

    def read(self, resource: Resource) -> Found | None:
        return Found(resource.id, resource.state, resource.inputs) if _present(resource) else None

    def update(self, resource: Resource, progress: Progress) -> Values:
        return _pushed(resource, progress)

    def delete(self, resource: Resource, progress: Progress) -> None:
        """The image stays in the registry."""


def _present(resource: Resource) -> bool:
    """Whether the registry still has it, and its signature. One that does not answer counts as yes: its own resource
    tells of that.
    """
    digest, ref = resource.state.get("digest"), resource.state.get("ref")
    if not digest or digest is UNKNOWN:
        return False
    login, key = _login(resource.inputs), resource.inputs.get("signing_key")
    try:
        if key:
            return cosign.is_signed(ref, key, login)
        with Registry(resource.state.get("registry"), login) as session:
            return session.has(sources.repository(resource.state.get("source")), digest)
    except RegistryError:
        return True


def _pushed(resource: Resource, progress: Progress) -> Values:
    inputs = _lasting(resource.inputs)
    key, login = inputs.get("signing_key"), _login(resource.inputs)
    if resource.preview and resource.state and inputs == _lasting(resource.old_inputs) and not key:
        return resource.state  # it left the registry; what is pushed again has the same digest
    if resource.preview:
        # So of one that is not signed yet: what names it is judged when it is.
        return Values({**inputs, **dict.fromkeys(MADE, UNKNOWN)})
    start, roots = sources.spec(inputs["source"], progress)
    repository, registry = sources.repository(inputs["source"]), inputs["registry"]
    digest, size = push(start, roots, registry, repository, progress, login)
    ref = f"{registry}/{repository}@{digest}"
    verified = _verified(ref, resource.state, key, login, progress) if key else []
    return Values({**inputs, "ref": ref, "digest": digest, "size_bytes": size, "verified": verified})


def _verified(ref: str, before: Values, key: str, login: Login | None, progress: Progress) -> list[str]:
    """`ref`, once it is signed, and those before it, which replicas run until the next ones are ready."""
    if not cosign.is_signed(ref, key, login):
        progress(f"signing {ref}")
        cosign.sign(ref, _private_half(ref, key), login)
        cosign.verify(ref, key, login)
    earlier = [each for each in before.get("verified") or [] if each != ref][:EARLIER]
    return [ref, *(each for each in earlier if cosign.is_signed(each, key, login))]


def _private_half(ref: str, key: str) -> str:
    private = keys.held()
    if private is None or not keys.same(keys.public_key(private), key):
        there = "holds another key" if private else "is not there"
        raise cosign.SignatureError(
            f"{ref}: nobody has signed it with the stack's signing_key, and {keys.file()} {there}. To fix: name the "
            f"file of the private key in {keys.FILE}, or have its holder sign that image, as `cosign sign --key` does, "
            "and run this again."
        )
    return private


def _lasting(inputs: Values) -> dict[str, Any]:
    """All but the login, which neither changes the image nor belongs into the outputs."""
    return {key: value for key, value in inputs.plain.items() if key not in LOGIN}


def _login(inputs: Values) -> Login | None:
    given = inputs.plain
    return (given["username"], given["password"]) if LOGIN[0] in given else None
