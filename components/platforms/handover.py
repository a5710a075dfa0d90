"""What a stack of `layer: platform` hands over, and how one of `layer: services` takes it, before it makes anything."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal, TypeVar

import pulumi

from components.part import Part
from components.platforms.settings import Common, Kind, StackSettings
from components.validation import InvalidFile, checked

VERSION = "1"
"""Of the record, and another for every change of it, but for a key that is only there where it is used: two teams may
run two versions of this program. A text, since a lookup gives every number as a float."""

NONE = "unknown stack"
"""Of the engine's refusal where there is no such stack: backendClient.GetStackOutputs in pkg/backend/backend.go."""


class Handover(Part):
    """All that services need to know of their platform, and no secret; each cloud adds its own."""

    version: Literal["1"]
    kind: Kind
    services: list[str]
    """Those that its Prometheus watches; without that none can be scaled."""
    namespace: str
    callers: list[str]
    gateway: str
    entry: str
    prometheus: str
    context: str
    registry: str
    secrets_key: str | None = None
    """What secrets of services are encrypted under. None: nothing there mounts any, as when no card had one."""
    as_peer: dict[str, str]


Record = TypeVar("Record", bound=Handover)


def take(
    settings: StackSettings,
    read: Common,
    model: type[Record],
    same: Sequence[str],
    services: Sequence[str],
    secrets: bool,
) -> tuple[Record, pulumi.Output[str]]:
    """The record of the stack that `read.platform` names, and its kubeconfig, a secret.

    InvalidFile where there is none, or it is not for `services` or their `secrets`, or a key of `same` is another's
    there.
    """
    platform = str(read.platform)
    # In the settings' organization: a bare name would mean the one that happens to be the caller's default.
    whole = f"{pulumi.get_organization()}/{pulumi.get_project()}/{platform}"
    unfit = partial(_unfit, settings.file, platform)
    record = _record(model, read.kind, platform, _outputs(whole, unfit), unfit)
    differing = [
        f"{key} must be {theirs!r}, as that of the stack {platform!r}, got {ours!r}. To fix: write it so, or name "
        "another platform."
        for key, ours, theirs in ((key, getattr(read, key), getattr(record, key)) for key in same)
        if ours != theirs
    ]
    watched = ", ".join(record.services)
    unwatched = [
        f"services must be among those that the stack {platform!r} watches ({watched}), got {name!r}. To fix: add it "
        f"to `services` there and `pulumi up -s {platform}`, or take it off here."
        for name in services
        if name not in record.services
    ]
    unmounted = [
        f"services must have no secrets in their cards, since the stack {platform!r} was made when none had any and "
        f"mounts none. To fix: `pulumi up -s {platform}` with the same cards, or take them out."
    ]
    wrong = differing + unwatched + (unmounted if secrets and not record.secrets_key else [])
    if wrong:
        raise InvalidFile(settings.file, wrong)
    reference = pulumi.StackReference("platform", whole)
    kubeconfig = reference.require_output("platform").apply(lambda outputs: outputs["kubeconfig"])
    return record, pulumi.Output.secret(kubeconfig)


Unfit = Callable[[str, str], InvalidFile]
"""Of what the platform must be, and the fix."""


def _outputs(whole: str, unfit: Unfit) -> Mapping[str, Any]:
    """At plan time, since a platform that is not fit must be refused before anything stands on it.

    By the function behind a StackReference, whose own refusal cannot be caught.
    """
    try:
        return pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", {"name": whole}).value["outputs"]
    except Exception as refusal:  # the SDK has no narrower one
        words = " ".join(str(refusal).split())
        if NONE in words:
            return {}
        raise unfit(f"must be a stack that can be read ({words})", "repair what it names") from None


def _record(model: type[Record], kind: Kind, platform: str, outputs: Mapping[str, Any], unfit: Unfit) -> Record:
    up = f"`pulumi up -s {platform}`"
    if not outputs:
        raise unfit("must be a stack that is up", f"{up}, or correct the name")
    found = outputs.get("handover")
    if not isinstance(found, Mapping):
        raise unfit("must be a stack of `layer: platform`", f"write that there and {up}, or name another stack")
    if found.get("version") != VERSION:
        must = f"must hand over version {VERSION} of the record, and does {found.get('version')}"
        raise unfit(must, f"{up} from the version of Tradewind that this stack is of")
    if found.get("kind") != kind:
        raise unfit(
            f"must be of kind {kind}, and is of kind {found.get('kind')}", "name another stack, or correct `kind`"
        )
    # The engine leaves nothing of a secret that it cannot open.
    if not (outputs.get("platform") or {}).get("kubeconfig"):
        must = "must be a stack whose secrets can be opened, and its kubeconfig cannot"
        raise unfit(must, "have its passphrase, or the right to decrypt by its key")
    return checked(model, found, f"output `handover` of the stack {platform}")


def _unfit(file: str, platform: str, must: str, fix: str) -> InvalidFile:
    return InvalidFile(file, [f"platform {must}, got {platform!r}. To fix: {fix}."])
