"""`pulumi-resource-tradewind`: the plugin that the engine starts."""

from collections.abc import Callable, Mapping

from provider import VERSION
from provider.certificate import Certificate
from provider.image import Image
from provider.kinds import Kind
from provider.node import Node
from provider.password import Password
from provider.protocol import Checked, Created, Diff, Found, Plugin, Resource, Unsupported, Values, serve


class Tradewind(Plugin):
    """Hands each call to the kind of its resource."""

    name, version = "tradewind", VERSION
    kinds: Mapping[str, Kind] = {
        "Certificate": Certificate(),
        "Image": Image(),
        "Node": Node(),
        "Password": Password(),
    }

    def _kind(self, resource: Resource) -> Kind:
        name = resource.type.rpartition(":")[2]
        if name not in self.kinds:
            raise Unsupported(f"tradewind has no resource {name}. To fix: use one of {', '.join(self.kinds)}.")
        return self.kinds[name]

    def _progress(self, resource: Resource) -> Callable[[str], None]:
        return lambda line: self.log.status(resource.urn, line)

    def check(self, resource: Resource) -> Checked:
        return self._kind(resource).check(resource)

    def diff(self, resource: Resource) -> Diff:
        return self._kind(resource).diff(resource)

    def create(self, resource: Resource) -> Created:
        return self._kind(resource).create(resource, self._progress(resource))

    def read(self, resource: Resource) -> Found | None:
        return self._kind(resource).read(resource)

    def update(self, resource: Resource) -> Values:
        return self._kind(resource).update(resource, self._progress(resource))

    def delete(self, resource: Resource) -> None:
        self._kind(resource).delete(resource, self._progress(resource))


def main() -> None:
    serve(Tradewind())
