"""Who made what the services run: each image has a signature by the stack's key, which the registry is asked for."""

from collections.abc import Iterator

from policies.graph import Graph, Node, StackRule
from policies.kubernetes.relations import TEMPLATE, WORKLOADS, served
from policies.rule import Finding

SIGNING_KEY = "tradewind:signing_key"
"""Of the stack's config: the public key, PEM."""
IMAGE = "tradewind:index:Image"


def _signed(workload: Node, graph: Graph) -> Iterator[Finding]:
    key = graph.config.get(SIGNING_KEY)
    if not any(each is workload for each in served(graph)):
        return
    if not key:
        if graph.tier == "prod":
            yield Finding("", f"the config has no {SIGNING_KEY}, and so nothing is verified")
        return
    for containers in ("containers", "initContainers"):
        for container in workload.each(f"{TEMPLATE}.spec.{containers}"):
            image = str(container.get("image"))
            if why := _refusal(image, key, _login(graph, image)):
                yield Finding(container.path("image"), f"{image!r}: {why}")


def _refusal(image: str, key: str, login: tuple[str, str] | None) -> str | None:
    """Whatever is in the way of a proof is a finding: nothing is taken for signed that was not seen to be."""
    # With an HTTP client, whose import most previews can do without.
    from provider.oci.registry import RegistryError
    from provider.signatures import InvalidReference
    from provider.signatures.cosign import SignatureError, verify
    from provider.signatures.keys import InvalidKey

    try:
        verify(image, key, login)
    except (SignatureError, RegistryError, InvalidReference, InvalidKey) as refused:
        return str(refused).partition(" To fix: ")[0].rstrip(".")
    return None


def _login(graph: Graph, image: str) -> tuple[str, str] | None:
    """With which the stack itself pushes to that registry; None for one that asks nobody."""
    for each in graph.of(IMAGE):
        if image.startswith(f"{each.get('registry')}/") and each.get("username"):
            return str(each.get("username")), str(each.get("password"))
    return None


signed = StackRule(
    name="model-image-signed",
    on=WORKLOADS,
    severity="high",
    must="A service must run an image that the holder of the stack's signing key has signed, since whoever can push to "
    "the registry decides otherwise what runs.",
    fix=f"set {SIGNING_KEY.partition(':')[2]} to the public key, as `make up` does for a local stack, and sign that "
    "digest with the private one",
    check=_signed,
)

RULES = [signed]
