"""The pods that a stack keeps running: what each requests, and how many a scaler allows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from costs.prices import Pods
from costs.quantity import GIB, quantity
from costs.resources import Resource, of_type
from policies.kubernetes.scalers import SCALERS
from provider.protocol import UNKNOWN


class NotKnown(Exception):
    """What a plan does not tell; the text ends the sentence that says what has no price."""


@dataclass(frozen=True, kw_only=True)
class Running:
    """Pods of one resource."""

    resource: Resource
    cpu: float
    """Cores that one pod requests."""
    memory: float
    """GiB that one pod requests."""
    least: float
    most: float
    """Replicas: both the same where nothing scales them."""
    scaled: bool

    @property
    def name(self) -> str:
        """In the cluster, as the card has it."""
        return str(self.resource.get("metadata.name") or self.resource.name)


def running(resource: Resource, row: Pods, resources: Sequence[Resource]) -> Running:
    """The pods that `row` says the resource keeps; NotKnown where it does not tell what they request."""
    cpu, memory = _requested(resource, row)
    scalers = list(_scalers_of(resource, resources))
    if not scalers:
        count = _replicas(resource, row)
        return Running(resource=resource, cpu=cpu, memory=memory, least=count, most=count, scaled=False)
    least = min(_bound(each, *SCALERS[each.type].least) for each in scalers)
    most = max(_bound(each, *SCALERS[each.type].most) for each in scalers)
    return Running(resource=resource, cpu=cpu, memory=memory, least=least, most=most, scaled=True)


def _requested(resource: Resource, row: Pods) -> tuple[float, float]:
    if row.requests:
        return quantity(row.requests.cpu) or 0, (quantity(row.requests.memory) or 0) / GIB
    boxes = [box for path in row.containers for box in resource.each(path)]
    if not boxes:
        raise NotKnown(f"{row.containers[0]} shows no container")
    found = [(_request(box, "cpu"), _request(box, "memory") / GIB) for box in boxes]
    return sum(cpu for cpu, _ in found), sum(memory for _, memory in found)


def _request(box: object, what: str) -> float:
    held = Resource(type="", name="", inputs=box if isinstance(box, Mapping) else {})
    amount = quantity(held.get(f"resources.requests.{what}"))
    if amount is None:
        raise NotKnown(f"container {held.get('name') or 'without a name'} requests no {what} that is known")
    return amount


def _replicas(resource: Resource, row: Pods) -> float:
    if row.replicas is None or resource.get(row.replicas) is None:
        return 1
    return _bound(resource, row.replicas, 1)


def _scalers_of(resource: Resource, resources: Iterable[Resource]) -> Iterable[Resource]:
    """A preview may know no namespace; then the name has to do, which can only make the figure larger."""
    kind = resource.type.rpartition(":")[2]
    for each in of_type(resources, *SCALERS):
        spaces = {one.get("metadata.namespace") or "default" for one in (resource, each)} - {UNKNOWN}
        target = each.get("spec.scaleTargetRef.kind") or "Deployment", each.get("spec.scaleTargetRef.name")
        if target == (kind, resource.get("metadata.name")) and len(spaces) < 2:
            yield each


def _bound(resource: Resource, path: str, default: int) -> float:
    if resource.get(path) is None:
        return default
    if (count := resource.count(path)) is None:
        raise NotKnown(f"{path} of {resource.name} is not known before the update")
    return count
